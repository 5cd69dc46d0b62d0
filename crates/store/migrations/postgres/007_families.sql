-- A grant is the family of its tokens. It ends when a refresh token is used a second time; the time is recorded.
ALTER TABLE oauth_grant ADD COLUMN ended_at_ms BIGINT;

-- When a refresh token was first used; a dead one without this time was revoked.
ALTER TABLE refresh_token ADD COLUMN used_at_ms BIGINT;
