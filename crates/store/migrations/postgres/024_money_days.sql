-- Money that the operator's API has created, by day of Tehran (YYYYMMDD in the Jalali calendar).
CREATE TABLE money_day (
    day     BIGINT PRIMARY KEY,
    created BIGINT NOT NULL
);
