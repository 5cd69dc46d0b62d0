-- Made anew by every process, in its memory: a restart forgets them.
PRAGMA temp_store = MEMORY;
-- Living one-time passwords: keyed hashes, gone when they are used or their time is over.
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
