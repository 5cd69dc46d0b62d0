-- The grant for which a code was exchanged: using the code again ends the grant.
ALTER TABLE auth_code ADD COLUMN used_by BIGINT;
