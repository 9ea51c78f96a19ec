-- The fourth version: rain checks over all stores. All of it is projected, so a store that an
-- earlier version wrote is projected again.

-- A projection: promises as they were issued. One row a record.
CREATE TABLE rain_check (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL,
    seq INTEGER NOT NULL, branch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    number INTEGER NOT NULL, kind TEXT NOT NULL,
    item TEXT,                      -- NULL where it is for no item of the price file
    what TEXT NOT NULL,
    off INTEGER,                    -- so much off, in minor units
    unit INTEGER, pieces INTEGER,   -- or a price of one, in ten-thousandths, and for how many
    until TEXT NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch)
) STRICT, WITHOUT ROWID;

-- A projection: where each was redeemed, at whatever store. The first columns name the promise's
-- record, so that all redemptions of one stand together; the later ones the redemption.
CREATE TABLE rain_check_use (
    check_epoch BLOB NOT NULL, check_seq INTEGER NOT NULL,
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL, seq INTEGER NOT NULL,
    branch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    number INTEGER NOT NULL, check_store INTEGER NOT NULL, check_reg INTEGER NOT NULL,
    sale INTEGER,                   -- the sale's number; NULL where the service desk honored it
    hash BLOB CHECK (length(hash) = 16),  -- of the promise's record, where its paper proved it
    voided INTEGER NOT NULL,        -- 1 once that sale was taken back as a whole
    PRIMARY KEY (check_epoch, check_seq, store, reg, epoch, seq, branch)
) STRICT, WITHOUT ROWID;

CREATE INDEX rain_check_use_by_record ON rain_check_use (epoch, seq);

-- A projection: pads of paper slips. One row a record.
CREATE TABLE paper_pad (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL,
    seq INTEGER NOT NULL, branch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, person TEXT NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch)
) STRICT, WITHOUT ROWID;

-- A projection: slips that were keyed or spoiled, so that all of one number stand together.
CREATE TABLE paper_slip (
    store INTEGER NOT NULL, number INTEGER NOT NULL,
    reg INTEGER NOT NULL, epoch BLOB NOT NULL, seq INTEGER NOT NULL, branch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    sale INTEGER,                   -- the sale's number; NULL for a spoiled one
    taken INTEGER NOT NULL,         -- what was taken, in minor units
    voided INTEGER NOT NULL,        -- 1 once that sale was taken back as a whole
    PRIMARY KEY (store, number, reg, epoch, seq, branch)
) STRICT, WITHOUT ROWID;
