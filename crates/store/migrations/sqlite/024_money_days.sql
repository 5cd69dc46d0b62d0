-- The amount of money that the operator API has created, by day in Tehran (Jalali YYYYMMDD).
CREATE TABLE money_day (
    day     INTEGER PRIMARY KEY,
    created INTEGER NOT NULL
) STRICT;
