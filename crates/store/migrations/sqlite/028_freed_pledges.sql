-- Whether the rest of an invoice that has paid another one became withdrawable with that. It did not, before.
ALTER TABLE invoice ADD COLUMN pledge_freed INTEGER NOT NULL DEFAULT 0;
