-- Sendings and wrong tries of codes that pay, by invoice (1), customer (2) and issuer (3).
CREATE TABLE code_count (
    kind            INTEGER NOT NULL,
    id              INTEGER NOT NULL,
    sent            INTEGER NOT NULL,
    sent_since_ms   INTEGER NOT NULL,
    in_a_row        INTEGER NOT NULL,
    closed_until_ms INTEGER NOT NULL,
    day             INTEGER NOT NULL,
    wrong           INTEGER NOT NULL,
    ends_at_ms      INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX code_count_end ON code_count (ends_at_ms);

-- The keyed hash of the mobile number that the bank has of its user: consent by SMS goes there and nowhere else.
ALTER TABLE bank_user ADD COLUMN mobile BLOB;

-- Jobs that could not be done: how often they were tried, and since when they are not tried any more (their due time is the last there is).
ALTER TABLE job ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN dead_at_ms INTEGER;

-- Why a job could not be done when it was tried last. Gone with the job.
CREATE TABLE job_failure (
    job   INTEGER PRIMARY KEY,
    error TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;

-- Orders that wait for a decision: those that are stuck, too.
DROP INDEX order_undecided;
CREATE INDEX order_undecided ON transfer_order (id) WHERE state IN (3, 4, 5, 9);
