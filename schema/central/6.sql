-- The sixth version: what was handed over to other systems. None of it is a projection: it says
-- what others were given, and stays when projections are derived again.

-- A system that is handed records, by its name: poslog:/srv/out, webhook:https://example/in.
CREATE TABLE hand_over_target (
    target       TEXT    NOT NULL PRIMARY KEY CHECK (length(target) BETWEEN 1 AND 300),
    server_epoch TEXT    NOT NULL,  -- the store's name when the target was last handed anything
    look_first   INTEGER NOT NULL,  -- 1: this store was restored since; nothing is sent unseen
    disabled     TEXT    NOT NULL   -- why it is handed nothing any more; empty while it is
) STRICT, WITHOUT ROWID;

-- How far a journal's records were looked at for a target.
CREATE TABLE hand_over_plan (
    store   INTEGER NOT NULL,
    reg     INTEGER NOT NULL,
    epoch   BLOB    NOT NULL,
    target  TEXT    NOT NULL,
    planned INTEGER NOT NULL,       -- records below it have a row, or the target takes none
    PRIMARY KEY (store, reg, epoch, target)
) STRICT, WITHOUT ROWID;

-- One row a record that a target takes.
CREATE TABLE hand_over (
    store      INTEGER NOT NULL,
    reg        INTEGER NOT NULL,
    epoch      BLOB    NOT NULL,
    seq        INTEGER NOT NULL,
    target     TEXT    NOT NULL,
    hash       BLOB    NOT NULL CHECK (length(hash) = 32),
    day        TEXT    NOT NULL,    -- the business date
    state      TEXT    NOT NULL CHECK (state IN
        ('held', 'pending', 'sent', 'confirmed', 'unknown', 'refused', 'different')),
    attempts   INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    note       TEXT    NOT NULL,    -- what the target said last
    PRIMARY KEY (store, reg, epoch, seq, target)
) STRICT, WITHOUT ROWID;

-- What is still open of a target: few rows, however many were handed over.
CREATE INDEX hand_over_open ON hand_over (target, state, store, reg, epoch, seq)
    WHERE state <> 'confirmed';
