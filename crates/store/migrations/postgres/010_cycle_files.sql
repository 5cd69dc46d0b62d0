-- Since when a cycle accepts no more orders, and the fingerprints of its files: SHA-256, number of orders, sum in rials.
ALTER TABLE paya_cycle ADD COLUMN closed_at_ms BIGINT;
ALTER TABLE paya_cycle ADD COLUMN file_digest BYTEA;
ALTER TABLE paya_cycle ADD COLUMN file_orders BIGINT;
ALTER TABLE paya_cycle ADD COLUMN file_sum BIGINT;
ALTER TABLE paya_cycle ADD COLUMN leaving_digest BYTEA;
ALTER TABLE paya_cycle ADD COLUMN leaving_orders BIGINT;
ALTER TABLE paya_cycle ADD COLUMN leaving_sum BIGINT;

-- Cycles that have begun to settle were closed. Others are closed when they settle.
UPDATE paya_cycle SET closed_at_ms = cutoff_ms WHERE settled_order <> 0 OR settled_at_ms IS NOT NULL;
