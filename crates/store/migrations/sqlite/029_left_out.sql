-- The cycle in which a paya order was accepted, if the order missed it. Older undecided orders have none: they take the next cycle
-- when their network accepts them.
ALTER TABLE transfer_order ADD COLUMN left_out_of INTEGER;
