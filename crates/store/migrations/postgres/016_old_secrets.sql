-- The previous secret for signing calls to a business, sealed, and until when it signs beside the present one.
ALTER TABLE party ADD COLUMN old_webhook_secret BYTEA NOT NULL DEFAULT '';
ALTER TABLE party ADD COLUMN old_webhook_secret_until_ms BIGINT NOT NULL DEFAULT 0;
