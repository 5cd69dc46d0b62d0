-- What an access token of a log-in may be used for, where that is less than what its family may.
ALTER TABLE api_token ADD COLUMN scopes TEXT;
