-- The store's own key, encrypted with one that is configured: hashes and signatures are derived from it. Empty: it is the one that the store was
-- made with, as in the first edition.
ALTER TABLE origin ADD COLUMN data_key BYTEA NOT NULL DEFAULT '';
