-- The ledger. The codes of kinds and states are declared beside their types (`schema::codes!`).
CREATE TABLE account (
    id              INTEGER PRIMARY KEY,
    kind            INTEGER NOT NULL,
    limited         INTEGER NOT NULL,
    gate            INTEGER NOT NULL,
    debits_posted   INTEGER NOT NULL,
    credits_posted  INTEGER NOT NULL,
    debits_pending  INTEGER NOT NULL,
    credits_pending INTEGER NOT NULL,
    entries         INTEGER NOT NULL
) STRICT;

-- A transfer with both its entries: each account's sums and entry number after it.
CREATE TABLE transfer (
    id            INTEGER PRIMARY KEY,
    kind          INTEGER NOT NULL,
    pending       INTEGER,
    debit         INTEGER NOT NULL,
    credit        INTEGER NOT NULL,
    amount        INTEGER NOT NULL,
    at_ms         INTEGER NOT NULL,
    cause         INTEGER NOT NULL,
    expires_at_ms INTEGER,
    debit_dp      INTEGER NOT NULL,
    debit_cp      INTEGER NOT NULL,
    debit_dq      INTEGER NOT NULL,
    debit_cq      INTEGER NOT NULL,
    debit_seq     INTEGER NOT NULL,
    credit_dp     INTEGER NOT NULL,
    credit_cp     INTEGER NOT NULL,
    credit_dq     INTEGER NOT NULL,
    credit_cq     INTEGER NOT NULL,
    credit_seq    INTEGER NOT NULL
) STRICT;

CREATE TABLE pending (
    id            INTEGER PRIMARY KEY,
    debit         INTEGER NOT NULL,
    credit        INTEGER NOT NULL,
    amount        INTEGER NOT NULL,
    expires_at_ms INTEGER,
    state         INTEGER NOT NULL
) STRICT;

-- Look-ups that are compacted after the commits: see tail.rs.
CREATE TABLE entry (
    account  INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    transfer INTEGER NOT NULL,
    PRIMARY KEY (account, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE order_track (
    hash INTEGER NOT NULL,
    id   INTEGER NOT NULL,
    PRIMARY KEY (hash, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE settled (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    up_to    INTEGER NOT NULL,
    hash_key BLOB NOT NULL
) STRICT;

-- The purpose of the store, and its keys. It is never wiped.
CREATE TABLE origin (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    purpose INTEGER NOT NULL,
    key     BLOB NOT NULL
) STRICT;

-- Payments.
CREATE TABLE client (
    id              TEXT PRIMARY KEY,
    secret          BLOB NOT NULL,
    caller_nids     TEXT NOT NULL,
    redirect_origin TEXT NOT NULL,
    scopes          TEXT NOT NULL,
    max_amount      INTEGER NOT NULL,
    max_count       INTEGER NOT NULL,
    float_card      INTEGER,
    charge_limits   TEXT NOT NULL,
    disabled        INTEGER NOT NULL
) STRICT;

CREATE TABLE deposit (
    bank         INTEGER NOT NULL,
    digits       TEXT NOT NULL,
    id           INTEGER NOT NULL UNIQUE,
    number       TEXT NOT NULL,
    owner        TEXT NOT NULL,
    first_name   TEXT NOT NULL,
    last_name    TEXT NOT NULL,
    account_type TEXT NOT NULL,
    approved_for TEXT NOT NULL,
    PRIMARY KEY (bank, digits)
) STRICT;

CREATE INDEX deposit_owner ON deposit (owner, bank, number);

CREATE TABLE oauth_grant (
    id              INTEGER PRIMARY KEY,
    client          TEXT NOT NULL,
    kind            INTEGER NOT NULL,
    user_nid        TEXT NOT NULL,
    bank            INTEGER,
    scopes          TEXT NOT NULL,
    deposits        TEXT NOT NULL,
    deposit_numbers TEXT NOT NULL,
    max_amount      INTEGER NOT NULL,
    monthly_count   INTEGER NOT NULL,
    life_ms         INTEGER NOT NULL
) STRICT;

CREATE INDEX oauth_grant_user ON oauth_grant (client, user_nid);

CREATE TABLE access_token (
    hash          BLOB PRIMARY KEY,
    grant_id      INTEGER NOT NULL,
    refresh       BLOB NOT NULL,
    created_at_ms INTEGER NOT NULL,
    revoked_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX access_token_grant ON access_token (grant_id);

CREATE TABLE refresh_token (
    hash       BLOB PRIMARY KEY,
    grant_id   INTEGER NOT NULL,
    dead_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE transfer_order (
    id                     INTEGER PRIMARY KEY,
    client                 TEXT NOT NULL,
    track_id               TEXT NOT NULL,
    grant_id               INTEGER NOT NULL,
    service                INTEGER NOT NULL,
    route                  INTEGER NOT NULL,
    first                  INTEGER NOT NULL,
    refusal                INTEGER,
    bound                  INTEGER,
    charge_code            TEXT,
    state                  INTEGER NOT NULL,
    transfer               INTEGER,
    fee_hold               INTEGER,
    returned_to            INTEGER,
    return_ref             INTEGER,
    return_reason          TEXT,
    bank                   INTEGER NOT NULL,
    source                 INTEGER NOT NULL,
    source_number          TEXT NOT NULL,
    source_first_name      TEXT NOT NULL,
    source_last_name       TEXT NOT NULL,
    destination            INTEGER,
    through                INTEGER,
    destination_number     TEXT NOT NULL,
    destination_first_name TEXT NOT NULL,
    destination_last_name  TEXT NOT NULL,
    amount                 INTEGER NOT NULL,
    fee                    INTEGER NOT NULL,
    cycle                  INTEGER,
    description            TEXT NOT NULL,
    payment_number         TEXT NOT NULL,
    at_ms                  INTEGER NOT NULL,
    inquiry_sequence       INTEGER NOT NULL,
    ref_code               INTEGER NOT NULL,
    request_hash           BLOB NOT NULL
) STRICT;

-- A client's orders by time, for its report; a cycle's orders in the order they settle; an account's paya orders by time.
CREATE INDEX order_report ON transfer_order (client, at_ms);
CREATE INDEX order_cycle ON transfer_order (cycle, source, id) WHERE cycle IS NOT NULL;
CREATE INDEX order_paya ON transfer_order (source, at_ms) WHERE cycle IS NOT NULL;

CREATE TABLE bank_day (
    bank          INTEGER NOT NULL,
    day           INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    PRIMARY KEY (bank, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE grant_month (
    grant_id INTEGER NOT NULL,
    month    INTEGER NOT NULL,
    orders   INTEGER NOT NULL,
    PRIMARY KEY (grant_id, month)
) STRICT, WITHOUT ROWID;

CREATE TABLE clock (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    frozen_at_ms INTEGER
) STRICT;

-- Jobs. A claim leases a job and increments its fence.
CREATE TABLE job (
    id              INTEGER PRIMARY KEY,
    due_at_ms       INTEGER NOT NULL,
    kind            INTEGER NOT NULL,
    subject         INTEGER NOT NULL,
    leased_until_ms INTEGER NOT NULL,
    fence           INTEGER NOT NULL
) STRICT;

CREATE INDEX job_due ON job (due_at_ms, id);

-- The banks' parts in cycles of the paya network.
CREATE TABLE paya_cycle (
    id             INTEGER PRIMARY KEY,
    cutoff_ms      INTEGER NOT NULL,
    settle_ms      INTEGER NOT NULL,
    settled_source INTEGER NOT NULL,
    settled_order  INTEGER NOT NULL,
    settled        INTEGER NOT NULL,
    returned       INTEGER NOT NULL,
    settled_at_ms  INTEGER
) STRICT;

-- Cards. Their numbers are stored only as hashes and sealed.
CREATE TABLE card (
    number       BLOB PRIMARY KEY,
    sealed       BLOB NOT NULL,
    mask         TEXT NOT NULL,
    id           INTEGER NOT NULL UNIQUE,
    kind         INTEGER NOT NULL,
    approved_for TEXT NOT NULL,
    active       INTEGER NOT NULL,
    replaced_by  BLOB
) STRICT;

CREATE TABLE charge_total (
    client  TEXT NOT NULL,
    account INTEGER NOT NULL,
    period  INTEGER NOT NULL,
    sum     INTEGER NOT NULL,
    PRIMARY KEY (client, account, period)
) STRICT, WITHOUT ROWID;

-- Bank users, and requests for their consent. Values that a caller could guess are hashed.
CREATE TABLE bank_user (
    nid             TEXT PRIMARY KEY,
    password        TEXT NOT NULL,
    failures        INTEGER NOT NULL,
    locked_until_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE consent (
    id             BLOB PRIMARY KEY,
    client         TEXT NOT NULL,
    kind           INTEGER NOT NULL,
    redirect_uri   TEXT NOT NULL,
    scopes         TEXT NOT NULL,
    bank           INTEGER,
    max_amount     INTEGER NOT NULL,
    monthly_count  INTEGER NOT NULL,
    state          TEXT NOT NULL,
    ends_at_ms     INTEGER NOT NULL,
    tries          INTEGER NOT NULL,
    user_nid       TEXT NOT NULL,
    login          BLOB,
    otp            BLOB,
    mobile         BLOB,
    deposit        INTEGER,
    deposit_number TEXT NOT NULL
) STRICT;

CREATE INDEX consent_end ON consent (ends_at_ms);

CREATE TABLE auth_code (
    hash            BLOB PRIMARY KEY,
    client          TEXT NOT NULL,
    kind            INTEGER NOT NULL,
    user_nid        TEXT NOT NULL,
    bank            INTEGER,
    scopes          TEXT NOT NULL,
    deposits        TEXT NOT NULL,
    deposit_numbers TEXT NOT NULL,
    max_amount      INTEGER NOT NULL,
    monthly_count   INTEGER NOT NULL,
    life_ms         INTEGER NOT NULL,
    redirect_uri    TEXT NOT NULL,
    ends_at_ms      INTEGER NOT NULL
) STRICT;

CREATE INDEX auth_code_end ON auth_code (ends_at_ms);

-- The operator's setting for the banks' day close.
CREATE TABLE day_close (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    closed INTEGER NOT NULL
) STRICT;

-- Payments by telephone.
CREATE TABLE terminal (
    sequence TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    account  INTEGER NOT NULL UNIQUE,
    disabled INTEGER NOT NULL
) STRICT;

-- Payers' cards. Their numbers are stored only as hashes and sealed.
CREATE TABLE payer_card (
    number          BLOB PRIMARY KEY,
    sealed          BLOB NOT NULL,
    mask            TEXT NOT NULL,
    id              INTEGER NOT NULL UNIQUE,
    mobile          TEXT NOT NULL,
    expires         INTEGER NOT NULL,
    state           INTEGER NOT NULL,
    per_transaction INTEGER NOT NULL,
    daily           INTEGER NOT NULL,
    wrong_tries     INTEGER NOT NULL,
    code_first_ms   INTEGER NOT NULL,
    code_second_ms  INTEGER NOT NULL,
    code_third_ms   INTEGER NOT NULL,
    paid_day        INTEGER NOT NULL,
    paid_sum        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE phone_order (
    terminal        TEXT NOT NULL,
    order_id        TEXT NOT NULL,
    id              INTEGER NOT NULL UNIQUE,
    asked_card      BLOB,
    asked_amount    INTEGER,
    asked_at_ms     INTEGER,
    at_ms           INTEGER NOT NULL,
    forgotten_at_ms INTEGER,
    mask            TEXT,
    payer           TEXT,
    amount          INTEGER,
    tried_at_ms     INTEGER,
    account         INTEGER,
    transfer        INTEGER,
    declined        INTEGER,
    PRIMARY KEY (terminal, order_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX phone_order_forgotten ON phone_order (forgotten_at_ms) WHERE forgotten_at_ms IS NOT NULL;

CREATE TABLE otp_request (
    id          INTEGER PRIMARY KEY,
    phone_order INTEGER NOT NULL,
    terminal    TEXT NOT NULL,
    order_id    TEXT NOT NULL,
    card        BLOB NOT NULL,
    amount      INTEGER NOT NULL,
    at_ms       INTEGER NOT NULL
) STRICT;

CREATE INDEX otp_request_order ON otp_request (phone_order);

-- The outbox. A message without a text carries a code, which is only in memory.
CREATE TABLE message (
    id          INTEGER PRIMARY KEY,
    to_mobile   TEXT NOT NULL,
    text        TEXT,
    state       INTEGER NOT NULL,
    tries       INTEGER NOT NULL,
    at_ms       INTEGER NOT NULL,
    ended_at_ms INTEGER,
    error       TEXT NOT NULL
) STRICT;
