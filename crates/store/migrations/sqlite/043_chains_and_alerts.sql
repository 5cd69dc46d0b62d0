-- Hash chains over the audit and the ledger: each link covers the rows of its table from `first_id` to `last_id`. Kept.
CREATE TABLE seal (
    chain     INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    first_id  INTEGER NOT NULL,
    last_id   INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    at_ms     INTEGER NOT NULL,
    hash      BLOB NOT NULL,
    PRIMARY KEY (chain, number)
) STRICT, WITHOUT ROWID;

-- The last alert of each kind.
CREATE TABLE alert (
    kind            INTEGER PRIMARY KEY,
    raised_at_ms    INTEGER NOT NULL,
    confirmed_at_ms INTEGER NOT NULL,
    resolved_at_ms  INTEGER,
    value           INTEGER NOT NULL,
    detail          TEXT NOT NULL,
    tell_at_ms      INTEGER,
    tries           INTEGER NOT NULL
) STRICT;

-- Searches of the audit by author, action or subject, newest first; those by time have their index.
CREATE INDEX audit_line_operator ON audit_line (operator, at_ms, id);
CREATE INDEX audit_line_action ON audit_line (action, at_ms, id);
CREATE INDEX audit_line_subject ON audit_line (subject, at_ms, id);

-- What a message is about, for the page of the order or invoice.
ALTER TABLE message ADD COLUMN about INTEGER;
CREATE INDEX message_about ON message (about, id) WHERE about IS NOT NULL;

-- Calls to businesses in the order of their numbers, for their list and for the alert about failed calls.
CREATE INDEX message_webhook ON message (id) WHERE business IS NOT NULL;

-- The last card that was declined for an invoice on a page; NULL: none was.
ALTER TABLE invoice ADD COLUMN declined INTEGER;
ALTER TABLE invoice ADD COLUMN declined_at_ms INTEGER;
ALTER TABLE invoice ADD COLUMN declines INTEGER;

-- The card payments of an invoice, for its page.
CREATE INDEX card_attempt_invoice ON card_attempt (invoice, id);
-- Those that are not decided, for the alert about old ones.
CREATE INDEX card_attempt_undecided ON card_attempt (asked_at_ms) WHERE state IN (1, 2);
