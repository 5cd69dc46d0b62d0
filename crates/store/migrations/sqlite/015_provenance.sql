-- Whether the business itself has given the address that is called: only such calls are signed. Of older rows that is not known.
ALTER TABLE gateway_session ADD COLUMN call_signed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pay_link ADD COLUMN call_signed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN signed INTEGER NOT NULL DEFAULT 0;
