-- Finds expired tokens.
CREATE INDEX access_token_made ON access_token (created_at_ms);
CREATE INDEX refresh_token_dead ON refresh_token (dead_at_ms) WHERE dead_at_ms IS NOT NULL;
