-- The changes in each step of `epoch`, for processes that cache rows: the rights or the setting that changed. The last 1,024 steps are kept; a
-- process that is further behind invalidates its whole cache.
CREATE TABLE invalidation (
    epoch   BIGINT NOT NULL,
    place   BIGINT NOT NULL,
    kind    BIGINT NOT NULL,
    subject BYTEA NOT NULL,
    PRIMARY KEY (epoch, place)
);
