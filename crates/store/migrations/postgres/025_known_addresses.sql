-- Addresses from which operators have signed in, by a hash of name and address: limits of the name over all addresses do not close them.
CREATE TABLE known_address (
    hash       BYTEA PRIMARY KEY,
    ends_at_ms BIGINT NOT NULL
);

CREATE INDEX known_address_end ON known_address (ends_at_ms);
