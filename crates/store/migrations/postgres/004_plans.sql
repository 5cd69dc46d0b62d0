-- Orders are looked up by client and trackId by an index that no other index can be taken for: beside (client, at_ms) one on
-- (client, track_id) was not always chosen, and what is planned while a table is empty stays. No client's id has a line break.
CREATE UNIQUE INDEX order_track ON transfer_order ((client || E'\n' || track_id));
ALTER TABLE transfer_order DROP CONSTRAINT transfer_order_client_track_id_key;

-- Tokens whose time is over are looked for by it.
CREATE INDEX access_token_made ON access_token (created_at_ms);
CREATE INDEX refresh_token_dead ON refresh_token (dead_at_ms) WHERE dead_at_ms IS NOT NULL;

-- By owner alone: an index that has bank and digits, too, was taken for look-ups by these.
DROP INDEX deposit_owner;
CREATE INDEX deposit_owner ON deposit (owner);
