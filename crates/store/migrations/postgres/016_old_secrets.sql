-- What signed the calls to a business before its present secret, sealed, and until when it signs beside that one.
ALTER TABLE party ADD COLUMN old_webhook_secret BYTEA NOT NULL DEFAULT '';
ALTER TABLE party ADD COLUMN old_webhook_secret_until_ms BIGINT NOT NULL DEFAULT 0;
