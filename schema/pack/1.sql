-- The store pack, format 1: all a store needs to sell, in one immutable file.
-- Written once by `tideover pack build`, signed as a whole, never changed afterwards.
-- Money and rates are integers; every table is STRICT, so that a text can't stand for a number.
-- The version, the store and the digest stand in the trailer after the last page (docs/pack.md).

-- The store's rules, as the words of policy.csv.
CREATE TABLE policy (
    key   TEXT NOT NULL PRIMARY KEY,  -- 'store', 'currency', 'check_max', ...
    value TEXT NOT NULL               -- as written in policy.csv
) STRICT, WITHOUT ROWID;

-- The tax table in the order of taxes.csv; expired and future rows too, chosen by business date.
CREATE TABLE tax (
    place     INTEGER NOT NULL PRIMARY KEY,  -- 0, 1, 2, ...: the order on the receipt
    code      TEXT    NOT NULL,              -- the authority: 'STATE', 'CITY'
    class     TEXT    NOT NULL,              -- the items it applies to
    rate      INTEGER NOT NULL CHECK (rate BETWEEN 0 AND 10000000),  -- ten-millionths
    from_day  TEXT    NOT NULL,              -- first business date, 2026-11-22
    until_day TEXT                           -- last business date; NULL while open
) STRICT;

-- People and what opens with their PIN. No PIN and no digest of one is stored: the PIN's key opens
-- `sealed`, or it doesn't.
CREATE TABLE person (
    id     TEXT    NOT NULL PRIMARY KEY,  -- the number they sign in with
    name   TEXT    NOT NULL,              -- on the screen and the receipt
    role   TEXT    NOT NULL CHECK (role IN ('cashier', 'lead', 'manager', 'it')),
    m_kib  INTEGER NOT NULL,              -- argon2id: memory in KiB
    t      INTEGER NOT NULL,              -- argon2id: passes
    p      INTEGER NOT NULL,              -- argon2id: lanes
    salt   BLOB    NOT NULL,              -- 16 bytes
    nonce  BLOB    NOT NULL,              -- AES-256-GCM: 12 bytes
    sealed BLOB    NOT NULL               -- the user key under the PIN's key: 32 + 16 bytes
) STRICT, WITHOUT ROWID;

-- Who has a badge: their `sealed` opens under PIN and badge together. Nothing of the badge is here.
CREATE TABLE badge (
    person TEXT    NOT NULL PRIMARY KEY,
    issue  INTEGER NOT NULL CHECK (issue BETWEEN 1 AND 9999)  -- their how many-th badge
) STRICT, WITHOUT ROWID;

-- Items. The key is the 14 digits of a GTIN as a number; for any other code bit 62 and the first
-- 62 bits of the SHA-256 of its text. A look-up compares `code` too, so that two codes with one
-- key could never be sold for each other.
CREATE TABLE item (
    key        INTEGER NOT NULL PRIMARY KEY,
    code       TEXT    NOT NULL,          -- canonical code: 14 digits for a GTIN
    name       TEXT    NOT NULL,          -- 1 to 80 bytes, no control characters
    unit_price INTEGER NOT NULL CHECK (unit_price BETWEEN 1 AND 1000000000),  -- ten-thousandths
    by_weight  INTEGER NOT NULL CHECK (by_weight IN (0, 1)),  -- 1: in the store's weight unit
    tax_class  TEXT    NOT NULL,          -- a class of `tax`, or 'exempt'
    department INTEGER NOT NULL CHECK (department BETWEEN 0 AND 65535),
    age_min    INTEGER CHECK (age_min BETWEEN 1 AND 99)  -- youngest buyer in years; NULL: anyone
) STRICT;

-- The store's fast items: what has no bar code and is sold often, each with a picture if there is
-- one. A picture is a PNG of at most 256 by 256 points and 32 KiB.
CREATE TABLE fast (
    place   INTEGER NOT NULL PRIMARY KEY,  -- 1, 2, 3, ...: the order on the page
    key     INTEGER NOT NULL,              -- an item of `item`
    label   TEXT    NOT NULL,              -- 1 to 80 bytes, no control characters
    picture BLOB                           -- NULL: the register draws a tile
) STRICT;

-- How the store's scales write a label: 13 digits, a UPC-A with a zero before it.
CREATE TABLE label (
    prefix       TEXT    NOT NULL PRIMARY KEY,  -- how the digits begin: '02', '20', '2811'
    item_digits  INTEGER NOT NULL,
    verifier     TEXT    NOT NULL CHECK (verifier IN ('none', 'checked', 'ignored')),
    value_digits INTEGER NOT NULL,
    decimals     INTEGER NOT NULL,
    means        TEXT    NOT NULL CHECK (means IN ('price', 'weight', 'pieces')),
    catalog_code TEXT    NOT NULL CHECK (catalog_code IN ('plu', 'digits', 'gtin'))
) STRICT, WITHOUT ROWID;

-- Numbers of gift cards: known, so that they can be refused politely.
CREATE TABLE gift_card (
    prefix TEXT    NOT NULL,  -- how the number begins, 4 to 14 digits
    digits INTEGER NOT NULL,  -- how many digits it has
    name   TEXT    NOT NULL,  -- what the store calls it
    PRIMARY KEY (prefix, digits)
) STRICT, WITHOUT ROWID;

-- What must not be sold. The item need not be in `item`.
CREATE TABLE recall (
    code   TEXT NOT NULL,                 -- canonical code
    batch  TEXT NOT NULL COLLATE NOCASE,  -- '' for all batches
    reason TEXT NOT NULL,                 -- said to the cashier
    PRIMARY KEY (code, batch)
) STRICT, WITHOUT ROWID;

-- Accounts of which no check is taken now: 16 bytes of PBKDF2-HMAC-SHA-256 over routing and
-- account, 50,000 rounds, salted with the store and the pack's version.
CREATE TABLE check_block (
    digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 16)
) STRICT, WITHOUT ROWID;

-- What was on hand when the pack's maker last knew, in ten-thousandths.
CREATE TABLE stock (
    key     INTEGER NOT NULL PRIMARY KEY,  -- an item of `item`
    on_hand INTEGER NOT NULL,
    as_of   TEXT    NOT NULL               -- 2026-11-22T05:00:00.000-06:00
) STRICT;

-- Deliveries that are expected: one row an item and carton. The item need not be in `item`.
CREATE TABLE expected (
    delivery TEXT    NOT NULL,  -- the notice's number
    place    INTEGER NOT NULL,  -- 1, 2, 3, ...
    supplier TEXT    NOT NULL,
    po       TEXT,              -- the purchase order; NULL: not said
    day      TEXT    NOT NULL,  -- 2026-11-22
    carton   TEXT,              -- an SSCC or the sender's own number; NULL: not said
    code     TEXT    NOT NULL,  -- canonical code
    quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 1000000000),  -- ten-thousandths
    PRIMARY KEY (delivery, place)
) STRICT, WITHOUT ROWID;

-- Orders that customers paid online and fetch. Whose they are is sealed: `name` opens under the
-- order's own key, and that key under the pickup code's or a word of the name (docs/pickup.md).
CREATE TABLE pickup_order (
    number  TEXT    NOT NULL PRIMARY KEY,
    staged  INTEGER NOT NULL CHECK (staged IN (0, 1)),  -- 1: its goods stand ready
    until   TEXT,                                       -- the last day to fetch it; NULL: not said
    name    BLOB    NOT NULL,                           -- 80 + 16 bytes
    by_code BLOB    NOT NULL                            -- the order's key: 32 + 16 bytes
) STRICT, WITHOUT ROWID;

-- What was ordered. The item need not be in `item`.
CREATE TABLE pickup_line (
    number   TEXT    NOT NULL,
    place    INTEGER NOT NULL,  -- 1, 2, 3, ...
    code     TEXT    NOT NULL,  -- canonical code
    quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 1000000000),  -- ten-thousandths
    paid     INTEGER NOT NULL CHECK (paid >= 0),  -- for all of it, in minor units
    stands   TEXT    NOT NULL,  -- where; '' for not said
    PRIMARY KEY (number, place)
) STRICT, WITHOUT ROWID;

-- What a name is found by: one row a word of it.
CREATE TABLE pickup_word (
    tag    BLOB NOT NULL,  -- 16 bytes, of the word under the pack's order key
    number TEXT NOT NULL,
    opens  BLOB NOT NULL,  -- the order's key under the word's: 32 + 16 bytes
    PRIMARY KEY (tag, number)
) STRICT, WITHOUT ROWID;

-- The pack's order key, for each person under what their PIN opens.
CREATE TABLE pickup_key (
    person TEXT NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL   -- 32 + 16 bytes
) STRICT, WITHOUT ROWID;
