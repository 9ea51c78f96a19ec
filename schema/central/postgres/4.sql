-- The fourth version: pickup orders. All of it is projected.

-- Who claimed an online order, and what came of it. One row a record.
CREATE TABLE pickup (
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL,
    seq bigint NOT NULL, branch bigint NOT NULL,
    at bigint NOT NULL,
    person text,                       -- who recorded it
    number text NOT NULL,              -- the order's
    outcome text NOT NULL,
    code boolean NOT NULL,             -- its pickup code was right
    id boolean NOT NULL,               -- an ID was looked at
    why text,                          -- why money is asked back
    asked bigint,                      -- how much was paid online, as far as the pack says
    name bytea CHECK (length(name) = 32),  -- commitment to the sealed name on the ID
    again boolean NOT NULL,            -- an earlier claim was known
    signed text,                       -- the witness, or the manager
    PRIMARY KEY (store, reg, epoch, seq, branch)
);

-- The goods of it; quantities in ten-thousandths.
CREATE TABLE pickup_line (
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL,
    seq bigint NOT NULL, branch bigint NOT NULL, place int NOT NULL,
    item text NOT NULL, name text NOT NULL,
    ordered bigint,                    -- NULL for what was not ordered
    handed bigint NOT NULL,
    instead_of text,                   -- the ordered item that it stands for
    stands text NOT NULL,              -- where it stood
    PRIMARY KEY (store, reg, epoch, seq, branch, place)
);
