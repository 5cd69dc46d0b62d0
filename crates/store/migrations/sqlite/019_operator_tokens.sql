-- Named tokens of the operator API: their hashes, their rights, and the operators who may have kept them.
CREATE TABLE operator_token (
    name          TEXT PRIMARY KEY,
    hash          BLOB NOT NULL,
    role          INTEGER NOT NULL,
    operator      TEXT,
    made_by       TEXT NOT NULL,
    at_ms         INTEGER NOT NULL,
    ends_at_ms    INTEGER NOT NULL,
    revoked_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX operator_token_hash ON operator_token (hash);
