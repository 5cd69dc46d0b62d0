-- The codes of vouchers, encrypted; `code` is their keyed hash. Empty: `code` is in clear yet, and the next start seals it.
ALTER TABLE voucher ADD COLUMN sealed BLOB NOT NULL DEFAULT X'';
