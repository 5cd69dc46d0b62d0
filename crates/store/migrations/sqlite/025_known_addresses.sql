-- Addresses from which operators have logged in, by a hash of name and address: the limit of failed log-ins of a name does not apply to them.
CREATE TABLE known_address (
    hash       BLOB PRIMARY KEY,
    ends_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX known_address_end ON known_address (ends_at_ms);
