-- The cycle in which a paya order was accepted that it does not go with. Orders that were undecided before have none: they take the next cycle
-- when their network says yes.
ALTER TABLE transfer_order ADD COLUMN left_out_of INTEGER;
