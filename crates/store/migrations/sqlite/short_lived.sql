-- Tables in the memory of the process: a restart loses their rows.
PRAGMA temp_store = MEMORY;
-- Valid one-time passwords: keyed hashes, removed when they are used or have expired.
CREATE TEMP TABLE otp (
    card       BLOB NOT NULL,
    terminal   TEXT NOT NULL,
    order_id   TEXT NOT NULL,
    hash       BLOB NOT NULL,
    amount     INTEGER NOT NULL,
    ends_at_ms INTEGER NOT NULL,
    mobile     TEXT NOT NULL,
    PRIMARY KEY (card, terminal, order_id)
) STRICT;

CREATE INDEX temp.otp_end ON otp (ends_at_ms);
