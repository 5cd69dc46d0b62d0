-- Whether the rest of an invoice that has paid another one became withdrawable then. In older rows it did not.
ALTER TABLE invoice ADD COLUMN pledge_freed INTEGER NOT NULL DEFAULT 0;
