-- The merchant's id of an order as it was first sent, if it differs from the folded id, which is used for comparison.
ALTER TABLE phone_order ADD COLUMN sent_order_id TEXT;
