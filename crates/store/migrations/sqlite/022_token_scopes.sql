-- The scopes of an access token of a log-in, if they are fewer than those of its family.
ALTER TABLE api_token ADD COLUMN scopes TEXT;
