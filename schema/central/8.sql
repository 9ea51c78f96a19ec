-- Sealed bags that left a drawer, for the rule that needs all of a store's. It is projected.
CREATE TABLE cash_bag (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL,
    seq INTEGER NOT NULL, branch INTEGER NOT NULL,
    at INTEGER NOT NULL, day TEXT NOT NULL,
    bag TEXT NOT NULL,
    amount INTEGER NOT NULL,        -- what is in it, in minor units
    PRIMARY KEY (store, reg, epoch, seq, branch)
) STRICT, WITHOUT ROWID;
