-- Readiness of registers on calm days. Projected, so a store that an earlier version wrote is
-- projected again.

-- A projection: the newest that a branch of a journal says of its register. What it never said
-- is NULL.
CREATE TABLE readiness (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL, branch INTEGER NOT NULL,
    looked_at INTEGER, score INTEGER,
    not_ready TEXT, soon TEXT,      -- topics with a blank between them
    practiced_at INTEGER, practice_steps INTEGER,
    pack TEXT, pack_at INTEGER,     -- since when it is in use
    PRIMARY KEY (store, reg, epoch, branch)
) STRICT, WITHOUT ROWID;
