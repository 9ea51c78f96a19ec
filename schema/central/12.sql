-- What is said of outages: declared, updated, ended, as records, so that a store's staff and
-- customers are told what its own registers recorded. All of it is projected.

CREATE TABLE outage_record (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL,
    seq INTEGER NOT NULL, branch INTEGER NOT NULL,
    line BLOB NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch)
) STRICT, WITHOUT ROWID;
