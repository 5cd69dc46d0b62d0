-- The standing permission of a client to pay its own invoices from a user's wallet: the limit of a period, and the amount spent in the last one.
ALTER TABLE sso_consent ADD COLUMN standing_limit INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sso_consent ADD COLUMN standing_period_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sso_consent ADD COLUMN standing_spent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sso_consent ADD COLUMN standing_since_ms INTEGER NOT NULL DEFAULT 0;
