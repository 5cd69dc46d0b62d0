-- Columns and indexes by which expired grants, sums of months and days, and proposals are found and removed. Older grants are kept, because
-- older orders rest on them.
ALTER TABLE oauth_grant ADD COLUMN forgotten_at_ms BIGINT DEFAULT 9223372036854775807;
ALTER TABLE proposal ADD COLUMN ended_at_ms BIGINT;
UPDATE proposal SET ended_at_ms = CAST(COALESCE(state::jsonb #>> '{Approved,1}', state::jsonb #>> '{Rejected,1}') AS BIGINT) WHERE is_open = 0;

CREATE INDEX oauth_grant_forgotten ON oauth_grant (forgotten_at_ms) WHERE forgotten_at_ms IS NOT NULL;
CREATE INDEX refresh_token_grant ON refresh_token (grant_id);
CREATE INDEX proposal_ended ON proposal (ended_at_ms) WHERE ended_at_ms IS NOT NULL;

-- The expressions differ from the key's columns, so that look-ups by the whole key do not use these indexes.
CREATE INDEX grant_month_month ON grant_month ((month + 0));
CREATE INDEX charge_total_period ON charge_total ((period + 0));
CREATE INDEX bank_day_day ON bank_day ((day + 0));

-- Undecided orders by the rows that they need: their grants, and the sums from which a failed charge is subtracted. The last condition restricts each
-- index to look-ups by its own column.
CREATE INDEX order_undecided_grant ON transfer_order (grant_id) WHERE state IN (3, 4, 5, 9) AND grant_id IS NOT NULL;
CREATE INDEX charge_undecided_source ON transfer_order (source) WHERE service = 5 AND state IN (3, 4, 5, 9) AND source IS NOT NULL;
CREATE INDEX charge_undecided_card ON transfer_order (destination) WHERE service = 5 AND state IN (3, 4, 5, 9) AND destination IS NOT NULL;
