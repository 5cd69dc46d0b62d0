-- The looks of shops on payers' pages, and their logos: PNG files of at most 12 KiB. Colours are numbers: 0xRRGGBB.
CREATE TABLE shop_look (
    business BIGINT PRIMARY KEY,
    name     TEXT,
    site     TEXT,
    help     TEXT,
    colour   BIGINT,
    accent   BIGINT,
    logo     BYTEA
);
CREATE TABLE shop_logo (
    business BIGINT PRIMARY KEY,
    png      BYTEA NOT NULL
);
