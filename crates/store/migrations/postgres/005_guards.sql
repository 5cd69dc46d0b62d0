-- Counts of sent payment codes and of failed attempts, by invoice (1), customer (2) and issuer (3).
CREATE TABLE code_count (
    kind            BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    sent            BIGINT NOT NULL,
    sent_since_ms   BIGINT NOT NULL,
    in_a_row        BIGINT NOT NULL,
    closed_until_ms BIGINT NOT NULL,
    day             BIGINT NOT NULL,
    wrong           BIGINT NOT NULL,
    ends_at_ms      BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE INDEX code_count_end ON code_count (ends_at_ms);

-- The keyed hash of the user's mobile number at the bank: codes for consent by SMS are sent only to that number.
ALTER TABLE bank_user ADD COLUMN mobile BYTEA;

-- Failed jobs: the number of attempts, and since when they are dead and not retried (their due time is then the largest value).
ALTER TABLE job ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN dead_at_ms BIGINT;

-- Why the last attempt of a job failed. Removed with the job.
CREATE TABLE job_failure (
    job   BIGINT PRIMARY KEY,
    error TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);

-- Undecided orders, including stuck ones.
DROP INDEX order_undecided;
CREATE INDEX order_undecided ON transfer_order (id) WHERE state IN (3, 4, 5, 9);
