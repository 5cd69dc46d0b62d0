-- The last attempts of each callback. They are removed with the message.
CREATE TABLE callback_attempt (
    message        INTEGER PRIMARY KEY,
    written_at_ms  INTEGER NOT NULL,
    attempts       TEXT NOT NULL,
    next_try_at_ms INTEGER
) STRICT;
CREATE INDEX callback_attempt_written ON callback_attempt (written_at_ms);
