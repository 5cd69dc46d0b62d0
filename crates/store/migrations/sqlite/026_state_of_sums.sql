-- Which state of the file of sums the database had when its log began: an older copy of both takes no later log.
ALTER TABLE settled ADD COLUMN state_of_sums INTEGER NOT NULL DEFAULT 0;
