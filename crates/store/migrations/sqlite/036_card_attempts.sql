-- Payments by cards of other banks: what their network is asked, and what it has said. Kept.
CREATE TABLE card_attempt (
    id                INTEGER PRIMARY KEY,
    reference         TEXT NOT NULL,
    invoice           INTEGER NOT NULL,
    issuer            INTEGER NOT NULL,
    guild             INTEGER NOT NULL,
    session           BLOB NOT NULL,
    payer             INTEGER,
    card              BLOB NOT NULL,
    voucher           TEXT,
    voucher_amount    INTEGER NOT NULL,
    legs              TEXT NOT NULL,
    rest              INTEGER NOT NULL,
    slip              TEXT NOT NULL,
    call              TEXT,
    call_signed       INTEGER NOT NULL,
    asked_at_ms       INTEGER NOT NULL,
    state             INTEGER NOT NULL,
    declined          INTEGER,
    network_reference TEXT,
    inquiries         INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX card_attempt_reference ON card_attempt (reference);
