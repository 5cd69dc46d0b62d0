-- The national id of the user whose grant an order was sent with; it outlives the grant. Older orders have none: their grants, which are kept,
-- have it.
ALTER TABLE transfer_order ADD COLUMN user_nid TEXT;
