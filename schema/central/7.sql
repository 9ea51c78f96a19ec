-- Drawers, checks and hours, so that a store can be reconciled and closed. All but the closures
-- is projected.

-- One drawer of one shift: opened, counted, closed. A shift may be known by its sales alone.
CREATE TABLE drawer (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL, branch INTEGER NOT NULL,
    shift INTEGER NOT NULL,
    cashier TEXT,                   -- NULL where nobody opened it
    opened INTEGER,                 -- the record that opened it
    float INTEGER NOT NULL DEFAULT 0,
    closed INTEGER,                 -- the record that closed it; the count stands below
    counted_cash INTEGER, counted_checks INTEGER,
    expected_cash INTEGER, expected_checks INTEGER,   -- by the register's own ledger
    sales INTEGER, refunds INTEGER,
    no_sales INTEGER NOT NULL DEFAULT 0,  -- how often it was opened without a sale
    PRIMARY KEY (store, reg, epoch, branch, shift)
) STRICT, WITHOUT ROWID;

-- Cash that moved without a sale.
CREATE TABLE cash_moved (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL,
    seq INTEGER NOT NULL, branch INTEGER NOT NULL,
    shift INTEGER NOT NULL,
    into_drawer INTEGER NOT NULL,   -- below zero left the drawer
    into_store INTEGER NOT NULL,    -- of paid in and paid out alone
    PRIMARY KEY (store, reg, epoch, seq, branch)
) STRICT, WITHOUT ROWID;

-- Checks by what can be seen of them here.
CREATE TABLE check_taken (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL,
    seq INTEGER NOT NULL, branch INTEGER NOT NULL, place INTEGER NOT NULL,
    sale INTEGER NOT NULL, day TEXT NOT NULL, number TEXT NOT NULL, amount INTEGER NOT NULL,
    returned INTEGER NOT NULL,      -- 1: handed back with a void
    PRIMARY KEY (store, reg, epoch, seq, branch, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX check_alike ON check_taken (number, amount, day);

-- Punches and their corrections as records, for rules that need all of a store's.
CREATE TABLE hours_record (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL,
    seq INTEGER NOT NULL, branch INTEGER NOT NULL,
    line BLOB NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch)
) STRICT, WITHOUT ROWID;

-- Closure certificates as they were signed. Never derived, never changed.
CREATE TABLE closure (
    store INTEGER NOT NULL, number INTEGER NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (store, number)
) STRICT, WITHOUT ROWID;
