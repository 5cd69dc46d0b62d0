-- The merchant's id of an order as it was first sent, where it differs from the folded one that it is compared by.
ALTER TABLE phone_order ADD COLUMN sent_order_id TEXT;
