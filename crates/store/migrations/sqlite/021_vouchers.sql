-- The encrypted codes of vouchers; `code` is their keyed hash. Empty: `code` is still in clear, and the next start seals it.
ALTER TABLE voucher ADD COLUMN sealed BLOB NOT NULL DEFAULT X'';
