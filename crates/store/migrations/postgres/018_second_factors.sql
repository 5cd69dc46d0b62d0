-- The operators' second factors: a sealed secret, the last step whose code was accepted, hashes of recovery codes.
CREATE TABLE second_factor (
    operator  TEXT PRIMARY KEY,
    sealed    BYTEA NOT NULL,
    version   BIGINT NOT NULL,
    last_step BIGINT NOT NULL,
    recovery  TEXT NOT NULL
);
