-- The store's data key, encrypted with a configured key; hashes and signatures are derived from it. Empty: the key that the store was
-- made with is used, as in the first edition.
ALTER TABLE origin ADD COLUMN data_key BYTEA NOT NULL DEFAULT '';
