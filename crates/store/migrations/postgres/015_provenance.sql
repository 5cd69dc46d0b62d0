-- Whether the business itself gave the address: only calls to such addresses are signed. For older rows it is unknown.
ALTER TABLE gateway_session ADD COLUMN call_signed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE pay_link ADD COLUMN call_signed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN signed BIGINT NOT NULL DEFAULT 0;
