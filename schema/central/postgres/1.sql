-- Central's store, version 1 (PostgreSQL). What was received is never changed; everything below
-- "Projections" is derived from it and can be rebuilt at will.
-- Every key begins with the store, so that Citus or YugabyteDB can spread stores over machines;
-- the exceptions say why (docs/scale.md). Nothing here counts up one row for all, and no key comes
-- from a sequence.
-- Hashes and keys are bytea of 32 bytes. An epoch is a bigint: to_hex(epoch) is how it is written
-- everywhere else. Money is in minor units; times are milliseconds since 1970 in UTC.

-- Words about the whole database. Few rows, read often, written almost never.
CREATE TABLE meta (
    name  text NOT NULL PRIMARY KEY,   -- server_epoch, hold, central_key
    value text NOT NULL
);

-- The names this database bore. A process that knows a name which is not here knows that the
-- database was put back to an older copy.
CREATE TABLE server_name (
    name  text   NOT NULL PRIMARY KEY,
    since bigint NOT NULL
);

-- A one-time code that makes one register known. Only its hash is kept. Keyed by the code, since
-- whoever brings it does not say the store.
CREATE TABLE enrollment_code (
    code_hash  bytea  NOT NULL PRIMARY KEY CHECK (length(code_hash) = 32),
    store      bigint NOT NULL,
    reg        int    NOT NULL,
    expires_at bigint NOT NULL,
    used_at    bigint                  -- NULL until it was used
);

-- A key that speaks for a register. A register that was set up anew has more than one.
CREATE TABLE register_key (
    store      bigint NOT NULL,
    reg        int    NOT NULL,
    public_key bytea  NOT NULL CHECK (length(public_key) = 32),
    standing   text   NOT NULL CHECK (standing IN ('enrolled', 'provisional', 'revoked')),
    since      bigint NOT NULL,
    PRIMARY KEY (store, reg, public_key)
);
CREATE INDEX register_key_provisional ON register_key (store) WHERE standing = 'provisional';

-- One journal of one installation, and what its register says it holds. Its row is the lock under
-- which a run is decided about.
CREATE TABLE journal (
    store            bigint NOT NULL,
    reg              int    NOT NULL,
    epoch            bigint NOT NULL,
    public_key       bytea  NOT NULL CHECK (length(public_key) = 32),
    first_seen       bigint NOT NULL,
    last_seen        bigint NOT NULL,
    prune_seq        bigint NOT NULL DEFAULT 0,
    expected_next    bigint NOT NULL DEFAULT 0,  -- of the announcement that goes furthest
    expected_head    bytea,
    expected_takings bigint NOT NULL DEFAULT 0,
    expected_payouts bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (store, reg, epoch)
) WITH (fillfactor = 70);
-- A return names the epoch of the sale it takes back, and no store.
CREATE INDEX journal_epoch ON journal (epoch);

-- The end of each branch of a journal. Branch 0 came first; others are forks. This is the cursor.
CREATE TABLE branch (
    store     bigint NOT NULL,
    reg       int    NOT NULL,
    epoch     bigint NOT NULL,
    branch    bigint NOT NULL,
    from_seq  bigint NOT NULL,         -- the first record that is this branch's own
    next_seq  bigint NOT NULL,
    head      bytea  NOT NULL CHECK (length(head) = 32),
    projected bigint NOT NULL,         -- records below it are in the projections
    PRIMARY KEY (store, reg, epoch, branch)
) WITH (fillfactor = 70);
-- What is left to project, found without reading the branches that have nothing.
CREATE INDEX branch_due ON branch (store, reg, epoch, branch) WHERE projected < next_seq;

-- Records as they came, packed; the same bytes the register hashed and signed.
CREATE TABLE segment (
    store       bigint NOT NULL,
    reg         int    NOT NULL,
    epoch       bigint NOT NULL,
    branch      bigint NOT NULL,       -- the branch its new records belong to; -1 while parked
    from_seq    bigint NOT NULL,
    to_seq      bigint NOT NULL,
    head        bytea  NOT NULL CHECK (length(head) = 32),
    prev        bytea  NOT NULL CHECK (length(prev) = 32),
    header      bytea,                 -- the sealed header; NULL for plain record lines
    blob        bytea  NOT NULL,       -- zstd of the lines, joined by newlines
    raw_len     bigint NOT NULL,
    received_at bigint NOT NULL,
    PRIMARY KEY (store, reg, epoch, from_seq, to_seq, head)
);
-- It is packed already.
ALTER TABLE segment ALTER COLUMN blob SET STORAGE EXTERNAL;
CREATE INDEX segment_parked ON segment (store, reg, epoch, from_seq) WHERE branch = -1;

-- One row a record, without its body. The same seq on another branch is a fork: both are kept.
CREATE TABLE record (
    store   bigint NOT NULL,
    epoch   bigint NOT NULL,
    seq     bigint NOT NULL,
    at      bigint NOT NULL,
    takings bigint NOT NULL,           -- lifetime totals of the journal after this record
    payouts bigint NOT NULL,
    branch  bigint NOT NULL,
    reg     int    NOT NULL,
    hash    bytea  NOT NULL CHECK (length(hash) = 32),
    kind    text   NOT NULL,           -- empty where the line can't be read
    PRIMARY KEY (store, reg, epoch, seq, branch)
);

-- Personal data of checks, sealed by registers for whoever has the private key; never opened by
-- central itself.
CREATE TABLE sealed (
    store       bigint NOT NULL,
    reg         int    NOT NULL,
    epoch       bigint NOT NULL,
    commitment  bytea  NOT NULL CHECK (length(commitment) = 32),  -- as in the sale's record
    seq         bigint NOT NULL,
    bytes       bytea  NOT NULL CHECK (length(bytes) <= 1024),
    received_at bigint NOT NULL,
    PRIMARY KEY (store, reg, epoch, commitment)
);

-- Who opened a check's data, and why: written before it is opened.
CREATE TABLE sealed_opening (
    store  bigint NOT NULL,
    at     bigint NOT NULL,
    reg    int    NOT NULL,
    epoch  bigint NOT NULL,
    seq    bigint NOT NULL,
    who    text   NOT NULL CHECK (length(who) BETWEEN 1 AND 80),
    reason text   NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    PRIMARY KEY (store, at, reg, epoch, seq, who, reason)
);

-- What a person should look at. Derived, but for codes that were found on receipt.
CREATE TABLE exception (
    store   bigint  NOT NULL,
    reg     int     NOT NULL,
    epoch   bigint  NOT NULL,
    seq     bigint  NOT NULL,
    branch  bigint  NOT NULL,
    code    text    NOT NULL,
    cause   text    NOT NULL,          -- what groups it with others: an item's code, or empty
    level   text    NOT NULL,
    text    text    NOT NULL,
    amount  bigint  NOT NULL,
    derived boolean NOT NULL,          -- found by a rule, comes again when rebuilt
    PRIMARY KEY (store, reg, epoch, seq, branch, code, cause)
);

-- Projections ---------------------------------------------------------------------------------
-- No foreign keys: they cost more than half of a batch, and the mark in `branch` already says
-- that each record is here once.

-- Held by whoever projects a journal or a return of one of its sales, so that of a sale and its
-- returns the later one sees the earlier. Keyed as a return names a sale: by epoch alone.
CREATE TABLE projecting (
    epoch bigint NOT NULL PRIMARY KEY
) WITH (fillfactor = 50);

CREATE TABLE sale (
    store bigint NOT NULL, epoch bigint NOT NULL, seq bigint NOT NULL, branch bigint NOT NULL,
    number bigint NOT NULL, subtotal bigint NOT NULL, tax bigint NOT NULL, total bigint NOT NULL,
    rounding bigint NOT NULL, cash bigint NOT NULL, checks bigint NOT NULL,
    shift bigint NOT NULL, reg int NOT NULL, day text NOT NULL, refund boolean NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch)
);
CREATE INDEX sale_number ON sale (store, reg, number);

-- Lines are found by their sale, and have no key of their own: an index entry a line would cost
-- more than the line, and equal entries of one sale are kept as one.
CREATE TABLE sale_line (
    store bigint NOT NULL, epoch bigint NOT NULL, seq bigint NOT NULL, branch bigint NOT NULL,
    quantity bigint NOT NULL, unit bigint NOT NULL, amount bigint NOT NULL,
    reg int NOT NULL, place int NOT NULL, voided boolean NOT NULL, item text NOT NULL
);
CREATE INDEX sale_line_sale ON sale_line (store, reg, epoch, seq);

CREATE TABLE tender (
    store bigint NOT NULL, epoch bigint NOT NULL, seq bigint NOT NULL, branch bigint NOT NULL,
    amount bigint NOT NULL, reg int NOT NULL, place int NOT NULL, kind text NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch, place)
);

-- Tax by code and rate, as charged; one row a journal and branch.
CREATE TABLE tax (
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL, branch bigint NOT NULL,
    code text NOT NULL, rate bigint NOT NULL,
    taxable bigint NOT NULL, amount bigint NOT NULL,
    PRIMARY KEY (store, reg, epoch, branch, code, rate)
) WITH (fillfactor = 70);

-- What sales took from the shelf, in ten-thousandths; below zero left the store. One row a
-- journal, so that the registers of a store don't wait for each other over bananas.
CREATE TABLE stock (
    store bigint NOT NULL, item text NOT NULL, reg int NOT NULL, epoch bigint NOT NULL,
    branch bigint NOT NULL, delta bigint NOT NULL,
    PRIMARY KEY (store, item, reg, epoch, branch)
) WITH (fillfactor = 70);

-- Each line of a paid sale that came back, at whatever store. Its first columns name the sale, so
-- that all returns of one sale stand together; the later ones the return.
CREATE TABLE returned (
    sold_epoch bigint NOT NULL, sold_seq bigint NOT NULL, sold_place int NOT NULL,
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL, seq bigint NOT NULL,
    branch bigint NOT NULL, place int NOT NULL,
    quantity bigint NOT NULL,          -- above zero
    amount bigint NOT NULL,            -- what was given back before tax, above zero
    hash bytea CHECK (length(hash) = 16),  -- of the sale's record, where its paper proved it
    PRIMARY KEY (sold_epoch, sold_seq, sold_place, store, reg, epoch, seq, branch, place)
);

-- What was counted, and what came or went beside sales; quantities in ten-thousandths.
CREATE TABLE goods_move (
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL,
    seq bigint NOT NULL, branch bigint NOT NULL, place int NOT NULL,
    at bigint NOT NULL,                -- of a count: when it was taken
    reason text NOT NULL,              -- of a stock_delta or delivery, or count
    item text NOT NULL, name text NOT NULL,
    delta bigint,                      -- NULL for a count
    counted bigint,                    -- NULL for all else
    expected bigint,                   -- what the register reckoned; NULL where it did not know
    note text NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch, place)
);

-- Receivings, to find goods that were received twice. One row a record.
CREATE TABLE receiving (
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL,
    seq bigint NOT NULL, branch bigint NOT NULL,
    at bigint NOT NULL,
    receiving text NOT NULL, notice text, po text,
    cartons text NOT NULL,             -- with a blank between them
    signed text,                       -- who signed for a second receiving
    PRIMARY KEY (store, reg, epoch, seq, branch)
);

-- The packs that a store's records name: the latest one's figures of stock hold.
CREATE TABLE goods_pack (
    store bigint NOT NULL, version text NOT NULL,
    PRIMARY KEY (store, version)
);

-- Journals since whose last look at their store's goods something was projected, and up to which
-- record. One row a journal and branch, none for the store: its registers don't share a row.
CREATE TABLE goods_due (
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL, branch bigint NOT NULL,
    upto bigint NOT NULL,
    PRIMARY KEY (store, reg, epoch, branch)
) WITH (fillfactor = 70);
