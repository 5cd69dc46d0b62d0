-- The next number that was never given. Numbers are reserved in blocks, in the commit that first needs them: a number is never
-- given twice, even if its row was removed. A store of an earlier version continues after its highest number.
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
