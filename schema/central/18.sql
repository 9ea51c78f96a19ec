-- The eighteenth version: sealed data that was destroyed at central stays destroyed. None of it
-- is a projection: it says who destroyed what and why, and is never changed or taken away.

-- Somebody destroyed sealed data of a store: kept with the first row of it that went.
CREATE TABLE sealed_destruction (
    store           INTEGER NOT NULL,
    at              INTEGER NOT NULL,   -- when it was begun
    who             TEXT    NOT NULL CHECK (length(who) BETWEEN 1 AND 80),
    reason          TEXT    NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    received_before INTEGER NOT NULL,   -- what central had received before then went
    early           INTEGER NOT NULL CHECK (early IN (0, 1)),  -- 1: sooner than is usual
    PRIMARY KEY (store, at, who)
) STRICT, WITHOUT ROWID;

-- A row that was destroyed: its name, where it lay, and whose deed it was. No data.
CREATE TABLE sealed_destroyed (
    store        INTEGER NOT NULL,
    reg          INTEGER NOT NULL,
    epoch        BLOB    NOT NULL CHECK (length(epoch) = 8),
    commitment   BLOB    NOT NULL CHECK (length(commitment) = 32),
    seq          INTEGER NOT NULL,
    received_at  INTEGER NOT NULL,
    destroyed_at INTEGER NOT NULL,      -- with `who`, the row of `sealed_destruction`
    who          TEXT    NOT NULL,
    PRIMARY KEY (store, reg, epoch, commitment)
) STRICT, WITHOUT ROWID;

-- What a destruction had left behind in the files was overwritten, too: only then it is finished.
CREATE TABLE sealed_overwritten (
    store          INTEGER NOT NULL,
    at             INTEGER NOT NULL,
    who            TEXT    NOT NULL,
    overwritten_at INTEGER NOT NULL,
    PRIMARY KEY (store, at, who)
) STRICT, WITHOUT ROWID;

-- Whoever sends it again, and whichever program takes it in: it is not kept a second time.
CREATE TRIGGER sealed_stays_destroyed BEFORE INSERT ON sealed
    WHEN EXISTS (SELECT 1 FROM sealed_destroyed AS d WHERE d.store = NEW.store
                 AND d.reg = NEW.reg AND d.epoch = NEW.epoch AND d.commitment = NEW.commitment)
    BEGIN SELECT RAISE(IGNORE); END;

CREATE TRIGGER sealed_destruction_stays BEFORE UPDATE ON sealed_destruction
    BEGIN SELECT RAISE(ABORT, 'who destroyed sealed data is never changed'); END;
CREATE TRIGGER sealed_destruction_kept BEFORE DELETE ON sealed_destruction
    BEGIN SELECT RAISE(ABORT, 'who destroyed sealed data is never taken away'); END;
CREATE TRIGGER sealed_destroyed_stays BEFORE UPDATE ON sealed_destroyed
    BEGIN SELECT RAISE(ABORT, 'what was destroyed is never changed'); END;
CREATE TRIGGER sealed_destroyed_kept BEFORE DELETE ON sealed_destroyed
    BEGIN SELECT RAISE(ABORT, 'what was destroyed is never taken away'); END;
CREATE TRIGGER sealed_overwritten_stays BEFORE UPDATE ON sealed_overwritten
    BEGIN SELECT RAISE(ABORT, 'what was overwritten is never changed'); END;
CREATE TRIGGER sealed_overwritten_kept BEFORE DELETE ON sealed_overwritten
    BEGIN SELECT RAISE(ABORT, 'what was overwritten is never taken away'); END;
