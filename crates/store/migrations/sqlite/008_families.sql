-- A grant is the family of its tokens. A refresh token that is used again ends it: when.
ALTER TABLE oauth_grant ADD COLUMN ended_at_ms INTEGER;

-- When a refresh token was used first; one that is dead without it was revoked.
ALTER TABLE refresh_token ADD COLUMN used_at_ms INTEGER;
