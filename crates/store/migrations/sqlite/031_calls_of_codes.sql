-- The address that is called when a code has paid, and whether the issuer gave that address.
ALTER TABLE pay_code ADD COLUMN call_uri TEXT;
ALTER TABLE pay_code ADD COLUMN call_signed INTEGER NOT NULL DEFAULT 0;
