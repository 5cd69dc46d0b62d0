-- What each step of `epoch` was about, for processes that keep it in memory: whose rights, or which setting. The last 1,024 steps are kept; a
-- process that is further behind takes everything for changed.
CREATE TABLE invalidation (
    epoch   BIGINT NOT NULL,
    place   BIGINT NOT NULL,
    kind    BIGINT NOT NULL,
    subject BYTEA NOT NULL,
    PRIMARY KEY (epoch, place)
);
