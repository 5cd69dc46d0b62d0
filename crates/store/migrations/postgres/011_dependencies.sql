-- The operators who created this one or set its password, with the time: they and this operator cannot approve one another's proposals.
ALTER TABLE operator ADD COLUMN depends_on TEXT NOT NULL DEFAULT '[]';
