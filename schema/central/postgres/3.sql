-- The third version: drawers, checks and hours, so that a store can be reconciled and closed. All
-- but the closures is projected.

-- One drawer of one shift: opened, counted, closed. A shift may be known by its sales alone.
CREATE TABLE drawer (
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL, branch bigint NOT NULL,
    shift bigint NOT NULL,
    cashier text,                      -- NULL where nobody opened it
    opened bigint,                     -- the record that opened it
    float bigint NOT NULL DEFAULT 0,
    closed bigint,                     -- the record that closed it; the count stands below
    counted_cash bigint, counted_checks bigint,
    expected_cash bigint, expected_checks bigint,   -- by the register's own ledger
    sales bigint, refunds bigint,
    no_sales bigint NOT NULL DEFAULT 0,  -- how often it was opened without a sale
    PRIMARY KEY (store, reg, epoch, branch, shift)
) WITH (fillfactor = 70);

-- Cash that moved without a sale.
CREATE TABLE cash_moved (
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL,
    seq bigint NOT NULL, branch bigint NOT NULL,
    shift bigint NOT NULL,
    into_drawer bigint NOT NULL,       -- below zero left the drawer
    into_store bigint NOT NULL,        -- of paid in and paid out alone
    PRIMARY KEY (store, reg, epoch, seq, branch)
);

-- Checks by what can be seen of them here.
CREATE TABLE check_taken (
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL,
    seq bigint NOT NULL, branch bigint NOT NULL, place int NOT NULL,
    sale bigint NOT NULL, day text NOT NULL, number text NOT NULL, amount bigint NOT NULL,
    returned boolean NOT NULL,         -- handed back with a void
    PRIMARY KEY (store, reg, epoch, seq, branch, place)
);
CREATE INDEX check_alike ON check_taken (number, amount, day);

-- Held by whoever projects a check that looks like this one, at whatever store, so that of two
-- the later one sees the earlier. Keyed as checks are compared: by no store.
CREATE TABLE check_held (
    number text NOT NULL, amount bigint NOT NULL, day text NOT NULL,
    PRIMARY KEY (number, amount, day)
) WITH (fillfactor = 50);

-- Punches and their corrections as records, for rules that need all of a store's.
CREATE TABLE hours_record (
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL,
    seq bigint NOT NULL, branch bigint NOT NULL,
    line bytea NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch)
);

-- Closure certificates as they were signed. Never derived, never changed.
CREATE TABLE closure (
    store bigint NOT NULL, number bigint NOT NULL, sealed bytea NOT NULL,
    PRIMARY KEY (store, number)
);
