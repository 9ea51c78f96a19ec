-- The ninth version: what was handed over to other systems, as schema/central/6.sql keeps it in
-- SQLite. None of it is a projection: it says what others were given, and stays when projections
-- are derived again. The program before this one works beside it and leaves it alone.

-- A system that is handed records, by its name.
CREATE TABLE hand_over_target (
    target       text    NOT NULL PRIMARY KEY CHECK (length(target) BETWEEN 1 AND 300),
    server_epoch text    NOT NULL,     -- the database's name when it was last handed anything
    look_first   boolean NOT NULL,     -- the database was restored since; nothing is sent unseen
    disabled     text    NOT NULL      -- why it is handed nothing any more; empty while it is
);

-- How far a journal's records were looked at for a target.
CREATE TABLE hand_over_plan (
    store   bigint NOT NULL,
    reg     int    NOT NULL,
    epoch   bigint NOT NULL,
    target  text   NOT NULL,
    planned bigint NOT NULL,           -- records below it have a row, or the target takes none
    PRIMARY KEY (store, reg, epoch, target)
);

-- One row a record that a target takes.
CREATE TABLE hand_over (
    store      bigint NOT NULL,
    reg        int    NOT NULL,
    epoch      bigint NOT NULL,
    seq        bigint NOT NULL,
    target     text   NOT NULL,
    hash       bytea  NOT NULL CHECK (length(hash) = 32),
    day        text   NOT NULL,        -- the business date
    state      text   NOT NULL CHECK (state IN
        ('held', 'pending', 'sent', 'confirmed', 'unknown', 'refused', 'different')),
    attempts   int    NOT NULL,
    changed_at bigint NOT NULL,
    note       text   NOT NULL,        -- what the target said last
    PRIMARY KEY (store, reg, epoch, seq, target)
) WITH (fillfactor = 70);
-- What is still open of a target: few rows, however many were handed over.
CREATE INDEX hand_over_open ON hand_over (target, state, store, reg, epoch, seq)
    WHERE state <> 'confirmed';

-- Whose turn it is to hand over. One row: two at once could both believe that a record is still to
-- be sent. Whoever was stopped loses the turn when its time is over.
CREATE TABLE hand_over_turn (
    one    boolean     NOT NULL PRIMARY KEY CHECK (one),
    holder text        NOT NULL,       -- of which folder; empty when nobody's
    until  timestamptz NOT NULL
);
INSERT INTO hand_over_turn VALUES (true, '', now());

-- Held while a register's key is enrolled, so that of two that bring one key at once the later
-- sees the earlier.
CREATE TABLE key_held (
    public_key bytea NOT NULL PRIMARY KEY CHECK (length(public_key) = 32)
);
