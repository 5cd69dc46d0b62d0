-- Totals of reports: sums of movements by half hours (span 1) and by days in Tehran (span 2). They follow from the transfers with numbers up to
-- `report_fold.up_to`. `world` counts the worlds that replaced one another.
CREATE TABLE report_total (
    span      BIGINT NOT NULL,
    begins_ms BIGINT NOT NULL,
    dialect   BIGINT NOT NULL,
    bank      BIGINT NOT NULL,
    payee     BIGINT NOT NULL,
    cycle     BIGINT NOT NULL,
    means     BIGINT NOT NULL,
    kind      BIGINT NOT NULL,
    count     BIGINT NOT NULL,
    millions  BIGINT NOT NULL,
    rest      BIGINT NOT NULL,
    PRIMARY KEY (span, begins_ms, dialect, bank, payee, cycle, means, kind)
);

CREATE TABLE report_fold (
    id         BIGINT PRIMARY KEY CHECK (id = 1),
    world      BIGINT NOT NULL,
    up_to      BIGINT NOT NULL,
    last_cause BIGINT NOT NULL,
    last_kind  BIGINT NOT NULL,
    last_at_ms BIGINT NOT NULL
);

INSERT INTO report_fold (id, world, up_to, last_cause, last_kind, last_at_ms) VALUES (1, 0, 0, 0, 0, 0);

-- What a report of reasons reads: refused and returned orders, and payments by other banks' cards that were not approved.
CREATE INDEX order_failed ON transfer_order (at_ms, state, refusal, charge_code, amount) WHERE state IN (2, 8);
CREATE INDEX card_attempt_open ON card_attempt (asked_at_ms, state, declined, rest) WHERE state IN (1, 2, 4, 5);
