-- What a client may take of a user's wallet for its own invoices: most of a period, and what was taken of the last one.
ALTER TABLE sso_consent ADD COLUMN standing_limit BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sso_consent ADD COLUMN standing_period_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sso_consent ADD COLUMN standing_spent BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sso_consent ADD COLUMN standing_since_ms BIGINT NOT NULL DEFAULT 0;
