-- Filters of lists that operators have saved.
CREATE TABLE saved_filter (
    operator TEXT NOT NULL,
    list     TEXT NOT NULL,
    name     TEXT NOT NULL,
    query    TEXT NOT NULL,
    at_ms    INTEGER NOT NULL,
    PRIMARY KEY (operator, list, name)
) STRICT, WITHOUT ROWID;

-- Lists of a terminal's telephone payments and of a receiver's SMS, and the audit by time. The expression differs from the key's column, so that
-- look-ups by the whole key do not use this index.
CREATE INDEX phone_order_terminal ON phone_order ((terminal || ''), id);
CREATE INDEX message_receiver ON message (to_mobile, id) WHERE business IS NULL;
CREATE INDEX audit_at ON audit_line (at_ms, id);
-- The businesses, by whom bill numbers are searched.
CREATE INDEX party_business ON party (id) WHERE kind = 2;
