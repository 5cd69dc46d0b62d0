-- Operators who made this one or set its password, with the time: they and it do not approve one another's proposals.
ALTER TABLE operator ADD COLUMN depends_on TEXT NOT NULL DEFAULT '[]';
