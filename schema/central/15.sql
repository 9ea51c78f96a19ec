-- The fifteenth version: a register's key is followed by another one, at the word of both. None of
-- it is a projection: it says what was asked and what journals say of themselves, and nothing of it
-- is ever changed or taken away.

-- A register asked for it: the new key is enrolled, and the old one ends with this journal, once
-- the journal itself says so.
CREATE TABLE key_change (
    store   INTEGER NOT NULL,
    reg     INTEGER NOT NULL,
    old_key BLOB    NOT NULL CHECK (length(old_key) = 32),
    epoch   BLOB    NOT NULL CHECK (length(epoch) = 8),
    new_key BLOB    NOT NULL CHECK (length(new_key) = 32),
    at      INTEGER NOT NULL,
    PRIMARY KEY (store, reg, old_key, epoch)
) STRICT, WITHOUT ROWID;

-- How long the old key's other journals were then: so long they are good once the key has ended. One
-- that stands in no row is good for nothing.
CREATE TABLE key_change_length (
    store   INTEGER NOT NULL,
    reg     INTEGER NOT NULL,
    old_key BLOB    NOT NULL CHECK (length(old_key) = 32),
    epoch   BLOB    NOT NULL CHECK (length(epoch) = 8),
    other   BLOB    NOT NULL CHECK (length(other) = 8),
    length  INTEGER NOT NULL CHECK (length >= 0),
    PRIMARY KEY (store, reg, old_key, epoch, other)
) STRICT, WITHOUT ROWID;

-- Journals that say that they ended: the records below the length count.
CREATE TABLE journal_end (
    store      INTEGER NOT NULL,
    reg        INTEGER NOT NULL,
    epoch      BLOB    NOT NULL CHECK (length(epoch) = 8),
    public_key BLOB    NOT NULL CHECK (length(public_key) = 32),
    length     INTEGER NOT NULL CHECK (length > 0),
    new_key    BLOB    NOT NULL CHECK (length(new_key) = 32),
    PRIMARY KEY (store, reg, epoch)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER key_change_stays BEFORE UPDATE ON key_change
    BEGIN SELECT RAISE(ABORT, 'what was asked about a key is never changed'); END;
CREATE TRIGGER key_change_kept BEFORE DELETE ON key_change
    BEGIN SELECT RAISE(ABORT, 'what was asked about a key is never taken away'); END;
CREATE TRIGGER key_change_length_stays BEFORE UPDATE ON key_change_length
    BEGIN SELECT RAISE(ABORT, 'what was asked about a key is never changed'); END;
CREATE TRIGGER key_change_length_kept BEFORE DELETE ON key_change_length
    BEGIN SELECT RAISE(ABORT, 'what was asked about a key is never taken away'); END;
CREATE TRIGGER journal_end_stays BEFORE UPDATE ON journal_end
    BEGIN SELECT RAISE(ABORT, 'where a journal ended is never changed'); END;
CREATE TRIGGER journal_end_kept BEFORE DELETE ON journal_end
    BEGIN SELECT RAISE(ABORT, 'where a journal ended is never taken away'); END;
