-- Money that the operator's API has created, by day of Tehran (YYYYMMDD in the Jalali calendar).
CREATE TABLE money_day (
    day     INTEGER PRIMARY KEY,
    created INTEGER NOT NULL
) STRICT;
