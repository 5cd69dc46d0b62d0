-- The grant that a code has become: a code that comes again ends it.
ALTER TABLE auth_code ADD COLUMN used_by INTEGER;
