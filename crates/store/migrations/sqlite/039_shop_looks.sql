-- The looks of shops on payers' pages, and their logos: PNG files of at most 12 KiB. Colours are numbers: 0xRRGGBB.
CREATE TABLE shop_look (
    business INTEGER PRIMARY KEY,
    name     TEXT,
    site     TEXT,
    help     TEXT,
    colour   INTEGER,
    accent   INTEGER,
    logo     BLOB
) STRICT;
CREATE TABLE shop_logo (
    business INTEGER PRIMARY KEY,
    png      BLOB NOT NULL
) STRICT;
