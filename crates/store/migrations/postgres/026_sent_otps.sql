-- The numbers of one-time passwords that were sent for a card recently: pairs of an instant and a count, as JSON. The limit is a setting.
ALTER TABLE payer_card ADD COLUMN sent_otps TEXT NOT NULL DEFAULT '[]';
UPDATE payer_card SET sent_otps = '[' || rtrim(
    CASE WHEN code_first_ms > 0 THEN '[' || code_first_ms || ',1],' ELSE '' END
    || CASE WHEN code_second_ms > 0 THEN '[' || code_second_ms || ',1],' ELSE '' END
    || CASE WHEN code_third_ms > 0 THEN '[' || code_third_ms || ',1],' ELSE '' END, ',') || ']';
ALTER TABLE payer_card DROP COLUMN code_first_ms;
ALTER TABLE payer_card DROP COLUMN code_second_ms;
ALTER TABLE payer_card DROP COLUMN code_third_ms;
-- The mobile number to which a valid password was sent.
ALTER TABLE otp ADD COLUMN mobile TEXT NOT NULL DEFAULT '';
