-- Named tokens of the operator API: their hashes, their rights, and the operators who may have kept them.
CREATE TABLE operator_token (
    name          TEXT PRIMARY KEY,
    hash          BYTEA NOT NULL,
    role          BIGINT NOT NULL,
    operator      TEXT,
    made_by       TEXT NOT NULL,
    at_ms         BIGINT NOT NULL,
    ends_at_ms    BIGINT NOT NULL,
    revoked_at_ms BIGINT
);

CREATE UNIQUE INDEX operator_token_hash ON operator_token (hash);
