-- Users and businesses. Tokens are stored only as hashes; the secrets that sign calls to businesses are encrypted.
CREATE TABLE party (
    id                 BIGINT PRIMARY KEY,
    kind               BIGINT NOT NULL,
    name               TEXT NOT NULL,
    password           TEXT NOT NULL,
    mobile             TEXT NOT NULL,
    mobile_verified    BIGINT NOT NULL,
    joined_at_ms       BIGINT NOT NULL,
    disabled           BIGINT NOT NULL,
    guilds             TEXT NOT NULL,
    api_keys           TEXT NOT NULL,
    sheba              TEXT NOT NULL,
    webhook_secret     BYTEA NOT NULL,
    returns_when_taken BIGINT NOT NULL
);

CREATE TABLE handle (
    name  TEXT PRIMARY KEY,
    party BIGINT NOT NULL
);

CREATE TABLE api_token (
    hash          BYTEA PRIMARY KEY,
    party         BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    ends_at_ms    BIGINT
);

CREATE INDEX api_token_party ON api_token (party);
CREATE INDEX api_token_end ON api_token (ends_at_ms) WHERE ends_at_ms IS NOT NULL;

-- Credit that parties have granted to others.
CREATE TABLE credit_book (
    holder  BIGINT PRIMARY KEY,
    credits TEXT NOT NULL
);

CREATE TABLE invoice (
    id               BIGINT PRIMARY KEY,
    issuer           BIGINT NOT NULL,
    guild            BIGINT NOT NULL,
    customer         BIGINT,
    cellphone        TEXT NOT NULL,
    bill_number      TEXT,
    unique_number    BIGINT NOT NULL,
    reference_number TEXT NOT NULL,
    issued_at_ms     BIGINT NOT NULL,
    without_discount BIGINT NOT NULL,
    total            BIGINT NOT NULL,
    vat              BIGINT NOT NULL,
    payable          BIGINT NOT NULL,
    rate_micro       BIGINT NOT NULL,
    lines            TEXT NOT NULL,
    terms            TEXT NOT NULL,
    state            BIGINT NOT NULL,
    detail           TEXT NOT NULL,
    delegated        BIGINT NOT NULL,
    serial           BIGINT NOT NULL,
    verified_at_ms   BIGINT,
    canceled_at_ms   BIGINT NOT NULL,
    edited           BIGINT NOT NULL,
    replaces         BIGINT,
    taking           BIGINT,
    settled_at_ms    BIGINT,
    pledged_to       BIGINT,
    pledged          BIGINT,
    pledge_done      BIGINT NOT NULL,
    transferred      BIGINT NOT NULL
);

-- Indexes for: unique numbers in links; a business's list, with all columns of its filters and sums; its invoices by customer, and by request.
CREATE UNIQUE INDEX invoice_unique ON invoice (unique_number);
CREATE INDEX invoice_list ON invoice (issuer, id, state, edited, guild, customer, issued_at_ms, payable, total, delegated);
CREATE INDEX invoice_customer ON invoice (issuer, customer, id) WHERE customer IS NOT NULL;
CREATE INDEX invoice_reference ON invoice (reference_number);

-- The businesses' own numbers of invoices.
CREATE TABLE bill (
    issuer  BIGINT NOT NULL,
    number  TEXT NOT NULL,
    invoice BIGINT NOT NULL,
    PRIMARY KEY (issuer, number)
);

-- The search terms of a business's invoices: words in small letters, and products.
CREATE TABLE invoice_word (
    issuer  BIGINT NOT NULL,
    word    TEXT COLLATE "C" NOT NULL,
    invoice BIGINT NOT NULL,
    PRIMARY KEY (issuer, word, invoice)
);

CREATE TABLE invoice_serial (
    issuer BIGINT NOT NULL,
    year   BIGINT NOT NULL,
    last   BIGINT NOT NULL,
    PRIMARY KEY (issuer, year)
);

-- Card receivables: money that a card network still has to settle.
CREATE TABLE taking (
    id      BIGINT PRIMARY KEY,
    invoice BIGINT NOT NULL,
    issuer  BIGINT NOT NULL,
    guild   BIGINT NOT NULL,
    amount  BIGINT NOT NULL
);

-- Payment codes, one for each invoice, only as hashes; payment links, by the hash of their key.
CREATE TABLE pay_code (
    invoice BIGINT PRIMARY KEY,
    mobile  TEXT NOT NULL,
    hash    BYTEA NOT NULL,
    at_ms   BIGINT NOT NULL,
    tries   BIGINT NOT NULL,
    credits TEXT NOT NULL,
    forced  BIGINT NOT NULL
);

CREATE INDEX pay_code_mobile ON pay_code (mobile);
CREATE INDEX pay_code_at ON pay_code (at_ms);

CREATE TABLE pay_link (
    hash         BYTEA PRIMARY KEY,
    invoice      BIGINT NOT NULL,
    redirect_uri TEXT,
    call_uri     TEXT,
    gateway      TEXT,
    ends_at_ms   BIGINT
);

CREATE INDEX pay_link_end ON pay_link (ends_at_ms) WHERE ends_at_ms IS NOT NULL;

-- The shops' terminals, and their network's records of payments.
CREATE TABLE pos_terminal (
    number   TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    business BIGINT NOT NULL
);

CREATE TABLE pos_transaction (
    terminal   TEXT NOT NULL,
    merchant   TEXT NOT NULL,
    reference  TEXT NOT NULL,
    tracking   TEXT NOT NULL,
    at_ms      BIGINT NOT NULL,
    amount     BIGINT NOT NULL,
    deposit_id BIGINT NOT NULL,
    claimed_by BIGINT,
    PRIMARY KEY (terminal, merchant, reference, tracking, at_ms)
);

-- The businesses' own ids of transfers.
CREATE TABLE unique_id (
    business  BIGINT NOT NULL,
    unique_id TEXT NOT NULL,
    invoice   BIGINT NOT NULL,
    PRIMARY KEY (business, unique_id)
);

-- One-time tokens that were used and have not expired.
CREATE TABLE used_ott (
    value      BIGINT PRIMARY KEY,
    ends_at_ms BIGINT NOT NULL
);

CREATE INDEX used_ott_end ON used_ott (ends_at_ms);

-- For a call, the business that is called; the address is in the column of the mobile number.
ALTER TABLE message ADD COLUMN business BIGINT;
