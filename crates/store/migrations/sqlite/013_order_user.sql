-- The national id of the user whose grant an order came with, which outlives the grant. Orders of before have none: their grants, which stay, name it.
ALTER TABLE transfer_order ADD COLUMN user_nid TEXT;
