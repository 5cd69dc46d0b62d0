-- Sessions of payers on the gateway's pages, by the hash of their numbers; receipts are kept for a while.
CREATE TABLE gateway_session (
    hash            BYTEA PRIMARY KEY,
    invoice         BIGINT NOT NULL,
    back            TEXT,
    call            TEXT,
    only_party      BIGINT,
    voucher         TEXT,
    holder          BIGINT,
    credits         TEXT NOT NULL,
    card_until_ms   BIGINT,
    state           TEXT NOT NULL,
    ends_at_ms      BIGINT NOT NULL,
    forgotten_at_ms BIGINT NOT NULL
);

CREATE INDEX gateway_session_end ON gateway_session (forgotten_at_ms);

-- Vouchers; on an invoice, the vouchers that were used on it.
CREATE TABLE voucher (
    issuer BIGINT NOT NULL,
    code   TEXT NOT NULL,
    value  BIGINT NOT NULL,
    state  TEXT NOT NULL,
    PRIMARY KEY (issuer, code)
);

ALTER TABLE invoice ADD COLUMN vouchers TEXT NOT NULL DEFAULT '[]';

-- Browser sessions; failed log-ins by the hash of a name or number; log-in codes by the hash of a mobile number.
CREATE TABLE browser_session (
    hash       BYTEA PRIMARY KEY,
    party      BIGINT,
    operator   TEXT,
    password   BYTEA,
    since_ms   BIGINT NOT NULL,
    ends_at_ms BIGINT NOT NULL
);

CREATE INDEX browser_session_end ON browser_session (ends_at_ms);

CREATE TABLE log_in_tries (
    id_hash         BYTEA PRIMARY KEY,
    wrong           BIGINT NOT NULL,
    locked_until_ms BIGINT NOT NULL,
    ends_at_ms      BIGINT NOT NULL
);

CREATE INDEX log_in_tries_end ON log_in_tries (ends_at_ms);

CREATE TABLE log_in_code (
    mobile          BYTEA PRIMARY KEY,
    party           BIGINT NOT NULL,
    hash            BYTEA,
    at_ms           BIGINT NOT NULL,
    since_ms        BIGINT NOT NULL,
    sent            BIGINT NOT NULL,
    forgotten_at_ms BIGINT NOT NULL
);

CREATE INDEX log_in_code_end ON log_in_code (forgotten_at_ms);

-- Authorization codes and refresh tokens of users for businesses.
CREATE TABLE sso_code (
    hash         BYTEA PRIMARY KEY,
    client       BIGINT NOT NULL,
    party        BIGINT NOT NULL,
    scope        TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    challenge    TEXT,
    ends_at_ms   BIGINT NOT NULL
);

CREATE INDEX sso_code_end ON sso_code (ends_at_ms);

CREATE TABLE sso_refresh (
    hash       BYTEA PRIMARY KEY,
    client     BIGINT NOT NULL,
    party      BIGINT NOT NULL,
    scope      TEXT NOT NULL,
    ends_at_ms BIGINT NOT NULL
);

CREATE INDEX sso_refresh_end ON sso_refresh (ends_at_ms);

-- The business for which a user granted the token by logging in.
ALTER TABLE api_token ADD COLUMN client BIGINT;

-- For a business: its client secret, its redirect addresses, and the sites that may show its payment pages in a frame.
ALTER TABLE party ADD COLUMN client_secret BYTEA;
ALTER TABLE party ADD COLUMN redirect_uris TEXT NOT NULL DEFAULT '[]';
ALTER TABLE party ADD COLUMN frame_origins TEXT NOT NULL DEFAULT '[]';
CREATE INDEX party_mobile ON party (mobile) WHERE mobile <> '';

-- Operators, the audit log, and proposals, which need a second operator.
CREATE TABLE operator (
    name     TEXT PRIMARY KEY,
    password TEXT NOT NULL,
    role     BIGINT NOT NULL,
    disabled BIGINT NOT NULL,
    since_ms BIGINT NOT NULL
);

CREATE TABLE audit_line (
    id       BIGINT PRIMARY KEY,
    at_ms    BIGINT NOT NULL,
    operator TEXT NOT NULL,
    action   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    detail   TEXT NOT NULL
);

CREATE TABLE proposal (
    id       BIGINT PRIMARY KEY,
    act      TEXT NOT NULL,
    operator TEXT NOT NULL,
    reason   TEXT NOT NULL,
    at_ms    BIGINT NOT NULL,
    state    TEXT NOT NULL,
    is_open  BIGINT NOT NULL
);

CREATE INDEX proposal_open ON proposal (id) WHERE is_open = 1;

CREATE TABLE suspense_release (
    transfer BIGINT PRIMARY KEY,
    given_by BIGINT NOT NULL
);

-- Indexes for operators' searches: the transfers of an order, invoices by the numbers of their card payments, cards by their masked numbers,
-- undecided orders. The first transfers of an order have the numbers after its own, so they are left out of the index, which would slow down
-- every transfer.
CREATE INDEX transfer_cause ON transfer (cause) WHERE cause <> 0 AND id NOT BETWEEN cause + 1 AND cause + 8;
CREATE INDEX invoice_rrn ON invoice ((detail::jsonb #>> '{Paid,means,Card,2}')) WHERE detail::jsonb #>> '{Paid,means,Card,2}' IS NOT NULL;
CREATE INDEX invoice_tref ON invoice ((detail::jsonb #>> '{Paid,means,Card,3}')) WHERE detail::jsonb #>> '{Paid,means,Card,3}' IS NOT NULL;
CREATE INDEX card_mask ON card (mask);
CREATE INDEX payer_card_mask ON payer_card (mask);
CREATE INDEX payer_card_mobile ON payer_card (mobile);
CREATE INDEX order_undecided ON transfer_order (id) WHERE state IN (3, 4, 5);
