-- The keys beside `key` that may have sealed values since: their fingerprints, 32 bytes each. Empty: none.
ALTER TABLE origin ADD COLUMN sealing BLOB NOT NULL DEFAULT X'';
