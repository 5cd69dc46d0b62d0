-- The next number that was never given. Numbers are taken in blocks, in the commit that needs them first: a number that was given is not
-- given again after a restart, whatever became of its row. A store of an earlier version goes on behind all that it has.
CREATE TABLE id_block (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    next INTEGER NOT NULL
) STRICT;

INSERT INTO id_block (id, next) VALUES (1, 1 + max(
    999999,
    ifnull((SELECT max(id) FROM account WHERE id < 1000000000000000), 0),
    ifnull((SELECT max(id) FROM transfer), 0),
    ifnull((SELECT max(id) FROM transfer_order), 0),
    ifnull((SELECT max(id) FROM oauth_grant), 0),
    ifnull((SELECT max(id) FROM job), 0),
    ifnull((SELECT max(id) FROM phone_order), 0),
    ifnull((SELECT max(id) FROM otp_request), 0),
    ifnull((SELECT max(id) FROM message), 0),
    ifnull((SELECT max(id) FROM party WHERE id < 1000000000000000), 0),
    ifnull((SELECT max(id) FROM invoice), 0),
    ifnull((SELECT max(id) FROM taking), 0),
    ifnull((SELECT max(id) FROM audit_line), 0),
    ifnull((SELECT max(id) FROM proposal), 0)
));
