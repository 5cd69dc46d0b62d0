-- The amount of money that the operator API has created, by day in Tehran (Jalali YYYYMMDD).
CREATE TABLE money_day (
    day     BIGINT PRIMARY KEY,
    created BIGINT NOT NULL
);
