-- The last attempts of each callback. They are removed with the message.
CREATE TABLE callback_attempt (
    message        BIGINT PRIMARY KEY,
    written_at_ms  BIGINT NOT NULL,
    attempts       TEXT NOT NULL,
    next_try_at_ms BIGINT
);
CREATE INDEX callback_attempt_written ON callback_attempt (written_at_ms);
