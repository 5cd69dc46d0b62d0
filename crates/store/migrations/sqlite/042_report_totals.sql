-- Totals of reports: sums of movements by half hours (span 1) and by days in Tehran (span 2). They follow from the transfers with numbers up to
-- `report_fold.up_to`. `world` counts the worlds that replaced one another.
CREATE TABLE report_total (
    span      INTEGER NOT NULL,
    begins_ms INTEGER NOT NULL,
    dialect   INTEGER NOT NULL,
    bank      INTEGER NOT NULL,
    payee     INTEGER NOT NULL,
    cycle     INTEGER NOT NULL,
    means     INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    millions  INTEGER NOT NULL,
    rest      INTEGER NOT NULL,
    PRIMARY KEY (span, begins_ms, dialect, bank, payee, cycle, means, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE report_fold (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    world      INTEGER NOT NULL,
    up_to      INTEGER NOT NULL,
    last_cause INTEGER NOT NULL,
    last_kind  INTEGER NOT NULL,
    last_at_ms INTEGER NOT NULL
) STRICT;

INSERT INTO report_fold (id, world, up_to, last_cause, last_kind, last_at_ms) VALUES (1, 0, 0, 0, 0, 0);

-- What a report of reasons reads: refused and returned orders, and payments by other banks' cards that were not approved.
CREATE INDEX order_failed ON transfer_order (at_ms, state, refusal, charge_code, amount) WHERE state IN (2, 8);
CREATE INDEX card_attempt_open ON card_attempt (asked_at_ms, state, declined, rest) WHERE state IN (1, 2, 4, 5);
