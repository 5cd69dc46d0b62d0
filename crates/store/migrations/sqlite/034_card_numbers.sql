-- The numbers of a card payment are columns, not a part of its JSON.

DROP INDEX IF EXISTS invoice_rrn;
DROP INDEX IF EXISTS invoice_tref;
ALTER TABLE invoice ADD COLUMN rrn TEXT;
ALTER TABLE invoice ADD COLUMN tref TEXT;
UPDATE invoice SET rrn = detail ->> '$.Paid.means.Card[2]', tref = detail ->> '$.Paid.means.Card[3]',
    detail = json_remove(detail, '$.Paid.means.Card[3]', '$.Paid.means.Card[2]')
    WHERE detail ->> '$.Paid.means.Card[2]' IS NOT NULL;
CREATE INDEX invoice_rrn ON invoice (rrn) WHERE rrn IS NOT NULL;
CREATE INDEX invoice_tref ON invoice (tref) WHERE tref IS NOT NULL;
