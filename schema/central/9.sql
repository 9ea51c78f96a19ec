-- How people worked: records that are more than a plain sale, as they stand in the journal, for
-- rules that need all of a store's. All of it is projected.

CREATE TABLE conduct_record (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL,
    seq INTEGER NOT NULL, branch INTEGER NOT NULL,
    line BLOB NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch)
) STRICT, WITHOUT ROWID;
