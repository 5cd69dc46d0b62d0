-- Orders are looked up by client and trackId with an index that the planner cannot confuse with another one: beside (client, at_ms), one on
-- (client, track_id) was not always chosen, and a plan that is made while a table is empty remains. No client's id contains a line break.
CREATE UNIQUE INDEX order_track ON transfer_order ((client || E'\n' || track_id));
ALTER TABLE transfer_order DROP CONSTRAINT transfer_order_client_track_id_key;

-- Finds expired tokens.
CREATE INDEX access_token_made ON access_token (created_at_ms);
CREATE INDEX refresh_token_dead ON refresh_token (dead_at_ms) WHERE dead_at_ms IS NOT NULL;

-- By owner only: an index that also has bank and digits was chosen for look-ups by those.
DROP INDEX deposit_owner;
CREATE INDEX deposit_owner ON deposit (owner);
