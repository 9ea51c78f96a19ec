-- The second version: returns over all stores, and goods. All of it is projected, so a store
-- that the first version wrote is projected again.

-- A projection: each line of a paid sale that came back, at whatever store. Its first columns
-- name the sale, so that all returns of one sale stand together; the later ones the return.
CREATE TABLE returned (
    sold_epoch BLOB NOT NULL, sold_seq INTEGER NOT NULL, sold_place INTEGER NOT NULL,
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL, seq INTEGER NOT NULL,
    branch INTEGER NOT NULL, place INTEGER NOT NULL,
    quantity INTEGER NOT NULL,      -- above zero
    amount INTEGER NOT NULL,        -- what was given back before tax, above zero
    hash BLOB CHECK (length(hash) = 16),  -- of the sale's record, where its paper proved it
    PRIMARY KEY (sold_epoch, sold_seq, sold_place, store, reg, epoch, seq, branch, place)
) STRICT, WITHOUT ROWID;

-- What was counted, and what came or went beside sales; quantities in ten-thousandths.
CREATE TABLE goods_move (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL,
    seq INTEGER NOT NULL, branch INTEGER NOT NULL, place INTEGER NOT NULL,
    at INTEGER NOT NULL,            -- of a count: when it was taken
    reason TEXT NOT NULL,           -- of a stock_delta, 'count', or what came of a delivery's line
    item TEXT NOT NULL, name TEXT NOT NULL,
    delta INTEGER,                  -- NULL for a count
    counted INTEGER,                -- NULL for all else
    expected INTEGER,               -- what the register reckoned; NULL where it did not know
    note TEXT NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch, place)
) STRICT, WITHOUT ROWID;

-- Receivings, to find goods that were received twice. One row a record.
CREATE TABLE receiving (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL,
    seq INTEGER NOT NULL, branch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    receiving TEXT NOT NULL, notice TEXT, po TEXT,
    cartons TEXT NOT NULL,          -- with a blank between them
    signed TEXT,                    -- who signed for a second receiving
    PRIMARY KEY (store, reg, epoch, seq, branch)
) STRICT, WITHOUT ROWID;

-- The packs that a store's records name: the latest one's figures of stock hold.
CREATE TABLE goods_pack (
    store INTEGER NOT NULL, version TEXT NOT NULL,
    PRIMARY KEY (store, version)
) STRICT, WITHOUT ROWID;

-- Stores whose goods are to be looked at again, since something was projected.
CREATE TABLE goods_due (
    store INTEGER NOT NULL PRIMARY KEY, stamp INTEGER NOT NULL
) STRICT;
