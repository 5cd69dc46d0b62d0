-- What signed the calls to a business before its present secret, sealed, and until when it signs beside that one.
ALTER TABLE party ADD COLUMN old_webhook_secret BLOB NOT NULL DEFAULT x'';
ALTER TABLE party ADD COLUMN old_webhook_secret_until_ms INTEGER NOT NULL DEFAULT 0;
