-- The last instant of the store at the time when the clock was found to be behind it, and how far rows may be out of the order of time since then.
CREATE TABLE clock_mark (
    id          BIGINT PRIMARY KEY CHECK (id = 1),
    last_ms     BIGINT NOT NULL,
    disorder_ms BIGINT NOT NULL
);

INSERT INTO clock_mark (id, last_ms, disorder_ms) VALUES (1, 0, 0);
