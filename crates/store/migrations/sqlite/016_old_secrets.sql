-- The previous secret for signing calls to a business, sealed, and until when it signs beside the present one.
ALTER TABLE party ADD COLUMN old_webhook_secret BLOB NOT NULL DEFAULT x'';
ALTER TABLE party ADD COLUMN old_webhook_secret_until_ms INTEGER NOT NULL DEFAULT 0;
