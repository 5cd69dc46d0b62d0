-- The operators' second factors: a sealed secret, the last step whose code was accepted, hashes of recovery codes.
CREATE TABLE second_factor (
    operator  TEXT PRIMARY KEY,
    sealed    BLOB NOT NULL,
    version   INTEGER NOT NULL,
    last_step INTEGER NOT NULL,
    recovery  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
