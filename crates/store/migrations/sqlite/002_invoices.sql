-- Users and businesses. Tokens are stored only as hashes; the secrets that sign calls to businesses are encrypted.
CREATE TABLE party (
    id                 INTEGER PRIMARY KEY,
    kind               INTEGER NOT NULL,
    name               TEXT NOT NULL,
    password           TEXT NOT NULL,
    mobile             TEXT NOT NULL,
    mobile_verified    INTEGER NOT NULL,
    joined_at_ms       INTEGER NOT NULL,
    disabled           INTEGER NOT NULL,
    guilds             TEXT NOT NULL,
    api_keys           TEXT NOT NULL,
    sheba              TEXT NOT NULL,
    webhook_secret     BLOB NOT NULL,
    returns_when_taken INTEGER NOT NULL
) STRICT;

CREATE TABLE handle (
    name  TEXT PRIMARY KEY,
    party INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_token (
    hash          BLOB PRIMARY KEY,
    party         INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    ends_at_ms    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX api_token_party ON api_token (party);
CREATE INDEX api_token_end ON api_token (ends_at_ms) WHERE ends_at_ms IS NOT NULL;

-- Credit that parties have granted to others.
CREATE TABLE credit_book (
    holder  INTEGER PRIMARY KEY,
    credits TEXT NOT NULL
) STRICT;

CREATE TABLE invoice (
    id               INTEGER PRIMARY KEY,
    issuer           INTEGER NOT NULL,
    guild            INTEGER NOT NULL,
    customer         INTEGER,
    cellphone        TEXT NOT NULL,
    bill_number      TEXT,
    unique_number    INTEGER NOT NULL,
    reference_number TEXT NOT NULL,
    issued_at_ms     INTEGER NOT NULL,
    without_discount INTEGER NOT NULL,
    total            INTEGER NOT NULL,
    vat              INTEGER NOT NULL,
    payable          INTEGER NOT NULL,
    rate_micro       INTEGER NOT NULL,
    lines            TEXT NOT NULL,
    terms            TEXT NOT NULL,
    state            INTEGER NOT NULL,
    detail           TEXT NOT NULL,
    delegated        INTEGER NOT NULL,
    serial           INTEGER NOT NULL,
    verified_at_ms   INTEGER,
    canceled_at_ms   INTEGER NOT NULL,
    edited           INTEGER NOT NULL,
    replaces         INTEGER,
    taking           INTEGER,
    settled_at_ms    INTEGER,
    pledged_to       INTEGER,
    pledged          INTEGER,
    pledge_done      INTEGER NOT NULL,
    transferred      INTEGER NOT NULL
) STRICT;

-- Indexes for: unique numbers in links; a business's list, with all columns of its filters and sums; its invoices by customer, and by request.
CREATE UNIQUE INDEX invoice_unique ON invoice (unique_number);
CREATE INDEX invoice_list ON invoice (issuer, id, state, edited, guild, customer, issued_at_ms, payable, total, delegated);
CREATE INDEX invoice_customer ON invoice (issuer, customer, id) WHERE customer IS NOT NULL;
CREATE INDEX invoice_reference ON invoice (reference_number);

-- The businesses' own numbers of invoices.
CREATE TABLE bill (
    issuer  INTEGER NOT NULL,
    number  TEXT NOT NULL,
    invoice INTEGER NOT NULL,
    PRIMARY KEY (issuer, number)
) STRICT, WITHOUT ROWID;

-- The search terms of a business's invoices: words in small letters, and products.
CREATE TABLE invoice_word (
    issuer  INTEGER NOT NULL,
    word    TEXT NOT NULL,
    invoice INTEGER NOT NULL,
    PRIMARY KEY (issuer, word, invoice)
) STRICT, WITHOUT ROWID;

CREATE TABLE invoice_serial (
    issuer INTEGER NOT NULL,
    year   INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    PRIMARY KEY (issuer, year)
) STRICT, WITHOUT ROWID;

-- Card receivables: money that a card network still has to settle.
CREATE TABLE taking (
    id      INTEGER PRIMARY KEY,
    invoice INTEGER NOT NULL,
    issuer  INTEGER NOT NULL,
    guild   INTEGER NOT NULL,
    amount  INTEGER NOT NULL
) STRICT;

-- Payment codes, one for each invoice, only as hashes; payment links, by the hash of their key.
CREATE TABLE pay_code (
    invoice INTEGER PRIMARY KEY,
    mobile  TEXT NOT NULL,
    hash    BLOB NOT NULL,
    at_ms   INTEGER NOT NULL,
    tries   INTEGER NOT NULL,
    credits TEXT NOT NULL,
    forced  INTEGER NOT NULL
) STRICT;

CREATE INDEX pay_code_mobile ON pay_code (mobile);
CREATE INDEX pay_code_at ON pay_code (at_ms);

CREATE TABLE pay_link (
    hash         BLOB PRIMARY KEY,
    invoice      INTEGER NOT NULL,
    redirect_uri TEXT,
    call_uri     TEXT,
    gateway      TEXT,
    ends_at_ms   INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX pay_link_end ON pay_link (ends_at_ms) WHERE ends_at_ms IS NOT NULL;

-- The shops' terminals, and their network's records of payments.
CREATE TABLE pos_terminal (
    number   TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    business INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pos_transaction (
    terminal   TEXT NOT NULL,
    merchant   TEXT NOT NULL,
    reference  TEXT NOT NULL,
    tracking   TEXT NOT NULL,
    at_ms      INTEGER NOT NULL,
    amount     INTEGER NOT NULL,
    deposit_id INTEGER NOT NULL,
    claimed_by INTEGER,
    PRIMARY KEY (terminal, merchant, reference, tracking, at_ms)
) STRICT, WITHOUT ROWID;

-- The businesses' own ids of transfers.
CREATE TABLE unique_id (
    business  INTEGER NOT NULL,
    unique_id TEXT NOT NULL,
    invoice   INTEGER NOT NULL,
    PRIMARY KEY (business, unique_id)
) STRICT, WITHOUT ROWID;

-- One-time tokens that were used and have not expired.
CREATE TABLE used_ott (
    value      INTEGER PRIMARY KEY,
    ends_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX used_ott_end ON used_ott (ends_at_ms);

-- For a call, the business that is called; the address is in the column of the mobile number.
ALTER TABLE message ADD COLUMN business INTEGER;
