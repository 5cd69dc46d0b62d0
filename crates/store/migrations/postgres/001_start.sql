-- The ledger. The codes of kinds and states are declared beside their types (`schema::codes!`).
CREATE TABLE account (
    id              BIGINT PRIMARY KEY,
    kind            BIGINT NOT NULL,
    limited         BIGINT NOT NULL,
    gate            BIGINT NOT NULL,
    debits_posted   BIGINT NOT NULL,
    credits_posted  BIGINT NOT NULL,
    debits_pending  BIGINT NOT NULL,
    credits_pending BIGINT NOT NULL,
    entries         BIGINT NOT NULL
) WITH (fillfactor = 80);

-- A transfer with both its entries: each account's sums and entry number after it. The two constraints also serve as the look-up of entries.
CREATE TABLE transfer (
    id            BIGINT PRIMARY KEY,
    kind          BIGINT NOT NULL,
    pending       BIGINT,
    debit         BIGINT NOT NULL,
    credit        BIGINT NOT NULL,
    amount        BIGINT NOT NULL,
    at_ms         BIGINT NOT NULL,
    cause         BIGINT NOT NULL,
    expires_at_ms BIGINT,
    debit_dp      BIGINT NOT NULL,
    debit_cp      BIGINT NOT NULL,
    debit_dq      BIGINT NOT NULL,
    debit_cq      BIGINT NOT NULL,
    debit_seq     BIGINT NOT NULL,
    credit_dp     BIGINT NOT NULL,
    credit_cp     BIGINT NOT NULL,
    credit_dq     BIGINT NOT NULL,
    credit_cq     BIGINT NOT NULL,
    credit_seq    BIGINT NOT NULL,
    UNIQUE (debit, debit_seq),
    UNIQUE (credit, credit_seq)
);

CREATE TABLE pending (
    id            BIGINT PRIMARY KEY,
    debit         BIGINT NOT NULL,
    credit        BIGINT NOT NULL,
    amount        BIGINT NOT NULL,
    expires_at_ms BIGINT,
    state         BIGINT NOT NULL
);

-- Rows that several nodes share. Blocks of numbers are reserved in `id_block`; `epoch` grows whenever rows change that nodes
-- cache; each process has a row in `node` with the number of its last committed batch, which it keeps locked during a batch.
CREATE TABLE id_block (
    id   BIGINT PRIMARY KEY CHECK (id = 1),
    next BIGINT NOT NULL
);

CREATE TABLE epoch (
    id    BIGINT PRIMARY KEY CHECK (id = 1),
    value BIGINT NOT NULL
);

CREATE TABLE node (
    id    BIGINT PRIMARY KEY,
    batch BIGINT NOT NULL,
    at_ms BIGINT NOT NULL
);

-- The purpose of the store, and its keys. It is never wiped.
CREATE TABLE origin (
    id      BIGINT PRIMARY KEY CHECK (id = 1),
    purpose BIGINT NOT NULL,
    key     BYTEA NOT NULL
);

-- Payments.
CREATE TABLE client (
    id              TEXT PRIMARY KEY,
    secret          BYTEA NOT NULL,
    caller_nids     TEXT NOT NULL,
    redirect_origin TEXT NOT NULL,
    scopes          TEXT NOT NULL,
    max_amount      BIGINT NOT NULL,
    max_count       BIGINT NOT NULL,
    float_card      BIGINT,
    charge_limits   TEXT NOT NULL,
    disabled        BIGINT NOT NULL
);

CREATE TABLE deposit (
    bank         BIGINT NOT NULL,
    digits       TEXT NOT NULL,
    id           BIGINT NOT NULL UNIQUE,
    number       TEXT NOT NULL,
    owner        TEXT NOT NULL,
    first_name   TEXT NOT NULL,
    last_name    TEXT NOT NULL,
    account_type TEXT NOT NULL,
    approved_for TEXT NOT NULL,
    PRIMARY KEY (bank, digits)
);

CREATE INDEX deposit_owner ON deposit (owner, bank, number);

CREATE TABLE oauth_grant (
    id              BIGINT PRIMARY KEY,
    client          TEXT NOT NULL,
    kind            BIGINT NOT NULL,
    user_nid        TEXT NOT NULL,
    bank            BIGINT,
    scopes          TEXT NOT NULL,
    deposits        TEXT NOT NULL,
    deposit_numbers TEXT NOT NULL,
    max_amount      BIGINT NOT NULL,
    monthly_count   BIGINT NOT NULL,
    life_ms         BIGINT NOT NULL
);

CREATE INDEX oauth_grant_user ON oauth_grant (client, user_nid);

CREATE TABLE access_token (
    hash          BYTEA PRIMARY KEY,
    grant_id      BIGINT NOT NULL,
    refresh       BYTEA NOT NULL,
    created_at_ms BIGINT NOT NULL,
    revoked_at_ms BIGINT
);

CREATE INDEX access_token_grant ON access_token (grant_id);

CREATE TABLE refresh_token (
    hash       BYTEA PRIMARY KEY,
    grant_id   BIGINT NOT NULL,
    dead_at_ms BIGINT
);

CREATE TABLE transfer_order (
    id                     BIGINT PRIMARY KEY,
    client                 TEXT NOT NULL,
    track_id               TEXT NOT NULL,
    grant_id               BIGINT NOT NULL,
    service                BIGINT NOT NULL,
    route                  BIGINT NOT NULL,
    first                  BIGINT NOT NULL,
    refusal                BIGINT,
    bound                  BIGINT,
    charge_code            TEXT,
    state                  BIGINT NOT NULL,
    transfer               BIGINT,
    fee_hold               BIGINT,
    returned_to            BIGINT,
    return_ref             BIGINT,
    return_reason          TEXT,
    bank                   BIGINT NOT NULL,
    source                 BIGINT NOT NULL,
    source_number          TEXT NOT NULL,
    source_first_name      TEXT NOT NULL,
    source_last_name       TEXT NOT NULL,
    destination            BIGINT,
    through                BIGINT,
    destination_number     TEXT NOT NULL,
    destination_first_name TEXT NOT NULL,
    destination_last_name  TEXT NOT NULL,
    amount                 BIGINT NOT NULL,
    fee                    BIGINT NOT NULL,
    cycle                  BIGINT,
    description            TEXT NOT NULL,
    payment_number         TEXT NOT NULL,
    at_ms                  BIGINT NOT NULL,
    inquiry_sequence       BIGINT NOT NULL,
    ref_code               BIGINT NOT NULL,
    request_hash           BYTEA NOT NULL,
    UNIQUE (client, track_id)
);

-- A client's orders by time, for its report; a cycle's orders in the order they settle; an account's paya orders by time.
CREATE INDEX order_report ON transfer_order (client, at_ms);
CREATE INDEX order_cycle ON transfer_order (cycle, source, id) WHERE cycle IS NOT NULL;
CREATE INDEX order_paya ON transfer_order (source, at_ms) WHERE cycle IS NOT NULL;

CREATE TABLE bank_day (
    bank          BIGINT NOT NULL,
    day           BIGINT NOT NULL,
    last_sequence BIGINT NOT NULL,
    PRIMARY KEY (bank, day)
);

CREATE TABLE grant_month (
    grant_id BIGINT NOT NULL,
    month    BIGINT NOT NULL,
    orders   BIGINT NOT NULL,
    PRIMARY KEY (grant_id, month)
);

CREATE TABLE clock (
    id           BIGINT PRIMARY KEY CHECK (id = 1),
    frozen_at_ms BIGINT
);

-- Jobs. A claim leases a job and increments its fence.
CREATE TABLE job (
    id              BIGINT PRIMARY KEY,
    due_at_ms       BIGINT NOT NULL,
    kind            BIGINT NOT NULL,
    subject         BIGINT NOT NULL,
    leased_until_ms BIGINT NOT NULL,
    fence           BIGINT NOT NULL
);

CREATE INDEX job_due ON job (due_at_ms, id);

-- The banks' parts in cycles of the paya network.
CREATE TABLE paya_cycle (
    id             BIGINT PRIMARY KEY,
    cutoff_ms      BIGINT NOT NULL,
    settle_ms      BIGINT NOT NULL,
    settled_source BIGINT NOT NULL,
    settled_order  BIGINT NOT NULL,
    settled        BIGINT NOT NULL,
    returned       BIGINT NOT NULL,
    settled_at_ms  BIGINT
);

-- Cards. Their numbers are stored only as hashes and sealed.
CREATE TABLE card (
    number       BYTEA PRIMARY KEY,
    sealed       BYTEA NOT NULL,
    mask         TEXT NOT NULL,
    id           BIGINT NOT NULL UNIQUE,
    kind         BIGINT NOT NULL,
    approved_for TEXT NOT NULL,
    active       BIGINT NOT NULL,
    replaced_by  BYTEA
);

CREATE TABLE charge_total (
    client  TEXT NOT NULL,
    account BIGINT NOT NULL,
    period  BIGINT NOT NULL,
    sum     BIGINT NOT NULL,
    PRIMARY KEY (client, account, period)
);

-- Bank users, and requests for their consent. Values that a caller could guess are hashed.
CREATE TABLE bank_user (
    nid             TEXT PRIMARY KEY,
    password        TEXT NOT NULL,
    failures        BIGINT NOT NULL,
    locked_until_ms BIGINT NOT NULL
);

CREATE TABLE consent (
    id             BYTEA PRIMARY KEY,
    client         TEXT NOT NULL,
    kind           BIGINT NOT NULL,
    redirect_uri   TEXT NOT NULL,
    scopes         TEXT NOT NULL,
    bank           BIGINT,
    max_amount     BIGINT NOT NULL,
    monthly_count  BIGINT NOT NULL,
    state          TEXT NOT NULL,
    ends_at_ms     BIGINT NOT NULL,
    tries          BIGINT NOT NULL,
    user_nid       TEXT NOT NULL,
    login          BYTEA,
    otp            BYTEA,
    mobile         BYTEA,
    deposit        BIGINT,
    deposit_number TEXT NOT NULL
);

CREATE INDEX consent_end ON consent (ends_at_ms);

CREATE TABLE auth_code (
    hash            BYTEA PRIMARY KEY,
    client          TEXT NOT NULL,
    kind            BIGINT NOT NULL,
    user_nid        TEXT NOT NULL,
    bank            BIGINT,
    scopes          TEXT NOT NULL,
    deposits        TEXT NOT NULL,
    deposit_numbers TEXT NOT NULL,
    max_amount      BIGINT NOT NULL,
    monthly_count   BIGINT NOT NULL,
    life_ms         BIGINT NOT NULL,
    redirect_uri    TEXT NOT NULL,
    ends_at_ms      BIGINT NOT NULL
);

CREATE INDEX auth_code_end ON auth_code (ends_at_ms);

-- The operator's setting for the banks' day close.
CREATE TABLE day_close (
    id     BIGINT PRIMARY KEY CHECK (id = 1),
    closed BIGINT NOT NULL
);

-- Payments by telephone.
CREATE TABLE terminal (
    sequence TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    account  BIGINT NOT NULL UNIQUE,
    disabled BIGINT NOT NULL
);

-- Payers' cards. Their numbers are stored only as hashes and sealed.
CREATE TABLE payer_card (
    number          BYTEA PRIMARY KEY,
    sealed          BYTEA NOT NULL,
    mask            TEXT NOT NULL,
    id              BIGINT NOT NULL UNIQUE,
    mobile          TEXT NOT NULL,
    expires         BIGINT NOT NULL,
    state           BIGINT NOT NULL,
    per_transaction BIGINT NOT NULL,
    daily           BIGINT NOT NULL,
    wrong_tries     BIGINT NOT NULL,
    code_first_ms   BIGINT NOT NULL,
    code_second_ms  BIGINT NOT NULL,
    code_third_ms   BIGINT NOT NULL,
    paid_day        BIGINT NOT NULL,
    paid_sum        BIGINT NOT NULL
);

CREATE TABLE phone_order (
    terminal        TEXT NOT NULL,
    order_id        TEXT NOT NULL,
    id              BIGINT NOT NULL UNIQUE,
    asked_card      BYTEA,
    asked_amount    BIGINT,
    asked_at_ms     BIGINT,
    at_ms           BIGINT NOT NULL,
    forgotten_at_ms BIGINT,
    mask            TEXT,
    payer           TEXT,
    amount          BIGINT,
    tried_at_ms     BIGINT,
    account         BIGINT,
    transfer        BIGINT,
    declined        BIGINT,
    PRIMARY KEY (terminal, order_id)
);

CREATE INDEX phone_order_forgotten ON phone_order (forgotten_at_ms) WHERE forgotten_at_ms IS NOT NULL;

CREATE TABLE otp_request (
    id          BIGINT PRIMARY KEY,
    phone_order BIGINT NOT NULL,
    terminal    TEXT NOT NULL,
    order_id    TEXT NOT NULL,
    card        BYTEA NOT NULL,
    amount      BIGINT NOT NULL,
    at_ms       BIGINT NOT NULL
);

CREATE INDEX otp_request_order ON otp_request (phone_order);

-- The outbox. A message without a text carries a code, which is only in memory.
CREATE TABLE message (
    id          BIGINT PRIMARY KEY,
    to_mobile   TEXT NOT NULL,
    text        TEXT,
    state       BIGINT NOT NULL,
    tries       BIGINT NOT NULL,
    at_ms       BIGINT NOT NULL,
    ended_at_ms BIGINT,
    error       TEXT NOT NULL
);

-- Valid one-time passwords: keyed hashes, removed when they are used or have expired.
CREATE TABLE otp (
    card       BYTEA NOT NULL,
    terminal   TEXT NOT NULL,
    order_id   TEXT NOT NULL,
    hash       BYTEA NOT NULL,
    amount     BIGINT NOT NULL,
    ends_at_ms BIGINT NOT NULL,
    PRIMARY KEY (card, terminal, order_id)
);

CREATE INDEX otp_end ON otp (ends_at_ms);
