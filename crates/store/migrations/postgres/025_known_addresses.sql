-- Addresses from which operators have logged in, by a hash of name and address: the limit of failed log-ins of a name does not apply to them.
CREATE TABLE known_address (
    hash       BYTEA PRIMARY KEY,
    ends_at_ms BIGINT NOT NULL
);

CREATE INDEX known_address_end ON known_address (ends_at_ms);
