-- Payments by cards of other banks: what their network is asked, and what it has said. Kept.
CREATE TABLE card_attempt (
    id                BIGINT PRIMARY KEY,
    reference         TEXT NOT NULL,
    invoice           BIGINT NOT NULL,
    issuer            BIGINT NOT NULL,
    guild             BIGINT NOT NULL,
    session           BYTEA NOT NULL,
    payer             BIGINT,
    card              BYTEA NOT NULL,
    voucher           TEXT,
    voucher_amount    BIGINT NOT NULL,
    legs              TEXT NOT NULL,
    rest              BIGINT NOT NULL,
    slip              TEXT NOT NULL,
    call              TEXT,
    call_signed       BIGINT NOT NULL,
    asked_at_ms       BIGINT NOT NULL,
    state             BIGINT NOT NULL,
    declined          BIGINT,
    network_reference TEXT,
    inquiries         BIGINT NOT NULL
);
CREATE UNIQUE INDEX card_attempt_reference ON card_attempt (reference);
