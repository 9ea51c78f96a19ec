-- The third version: pickup orders. All of it is projected.

-- Who claimed an online order, and what came of it. One row a record.
CREATE TABLE pickup (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL,
    seq INTEGER NOT NULL, branch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    person TEXT,                    -- who recorded it
    number TEXT NOT NULL,           -- the order's
    outcome TEXT NOT NULL,
    code INTEGER NOT NULL,          -- 1: its pickup code was right
    id INTEGER NOT NULL,            -- 1: an ID was looked at
    why TEXT,                       -- why money is asked back
    asked INTEGER,                  -- how much was paid online, as far as the pack says
    name BLOB CHECK (length(name) = 32),  -- commitment to the sealed name on the ID
    again INTEGER NOT NULL,         -- 1: an earlier claim was known
    signed TEXT,                    -- the witness, or the manager
    PRIMARY KEY (store, reg, epoch, seq, branch)
) STRICT, WITHOUT ROWID;

-- The goods of it; quantities in ten-thousandths.
CREATE TABLE pickup_line (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL,
    seq INTEGER NOT NULL, branch INTEGER NOT NULL, place INTEGER NOT NULL,
    item TEXT NOT NULL, name TEXT NOT NULL,
    ordered INTEGER,                -- NULL for what was not ordered
    handed INTEGER NOT NULL,
    instead_of TEXT,                -- the ordered item that it stands for
    stands TEXT NOT NULL,           -- where it stood
    PRIMARY KEY (store, reg, epoch, seq, branch, place)
) STRICT, WITHOUT ROWID;
