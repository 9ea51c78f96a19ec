-- The tenth version: sales that were put aside, so that other registers are told of them and what
-- does not agree about them is found. All of it is projected.

-- One row a record and a sale it is about; the sale is named by the record that put it aside.
CREATE TABLE aside (
    store INTEGER NOT NULL,
    about_epoch BLOB NOT NULL, about_seq INTEGER NOT NULL,
    reg INTEGER NOT NULL, epoch BLOB NOT NULL, seq INTEGER NOT NULL, branch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('suspended', 'resumed', 'collected', 'closed', 'voided')),
    slip INTEGER,                   -- of what was put aside
    card INTEGER NOT NULL,          -- 1: a card may have paid it
    line BLOB NOT NULL,             -- the record
    PRIMARY KEY (store, about_epoch, about_seq, reg, epoch, seq, branch)
) STRICT, WITHOUT ROWID;
-- What a journal's own records are about is looked up by their place.
CREATE INDEX aside_by_record ON aside (store, reg, epoch, seq);
CREATE INDEX aside_by_slip ON aside (store, reg, epoch, slip, seq) WHERE kind = 'suspended';
CREATE INDEX aside_recent ON aside (store, at);
