-- The fingerprints of further keys, beside `key`, that may have sealed values since: 32 bytes each. Empty: none.
ALTER TABLE origin ADD COLUMN sealing BYTEA NOT NULL DEFAULT '';
