-- The state of the file of checksums when the present log began: an older copy of database and checksums does not accept a later log.
ALTER TABLE settled ADD COLUMN state_of_sums INTEGER NOT NULL DEFAULT 0;
