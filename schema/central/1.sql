-- Central's store, version 1 (SQLite). What was received is never changed; everything below
-- "Projections" is derived from it and can be rebuilt at will.
-- Every key begins with the store, so that a larger database can spread stores over machines.
-- Hashes and keys are blobs of 32 bytes, epochs of 8; money is in minor units; times are
-- milliseconds since 1970 in UTC.

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,  -- server_epoch, signing_seed, hold, received
    value ANY  NOT NULL
) STRICT, WITHOUT ROWID;

-- A one-time code that makes one register known. Only its hash is kept.
CREATE TABLE enrollment_code (
    code_hash  BLOB    NOT NULL PRIMARY KEY CHECK (length(code_hash) = 32),
    store      INTEGER NOT NULL,
    reg        INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER              -- NULL until it was used
) STRICT, WITHOUT ROWID;

-- A key that speaks for a register. A register that was set up anew has more than one.
CREATE TABLE register_key (
    store       INTEGER NOT NULL,
    reg         INTEGER NOT NULL,
    public_key  BLOB    NOT NULL CHECK (length(public_key) = 32),
    standing    TEXT    NOT NULL CHECK (standing IN ('enrolled', 'provisional', 'revoked')),
    since       INTEGER NOT NULL,
    certificate BLOB,               -- as it was sent; NULL while provisional
    PRIMARY KEY (store, reg, public_key)
) STRICT, WITHOUT ROWID;

-- One journal of one installation, and what its register says it holds.
CREATE TABLE journal (
    store            INTEGER NOT NULL,
    reg              INTEGER NOT NULL,
    epoch            BLOB    NOT NULL CHECK (length(epoch) = 8),
    public_key       BLOB    NOT NULL CHECK (length(public_key) = 32),
    first_seen       INTEGER NOT NULL,
    last_seen        INTEGER NOT NULL,
    prune_seq        INTEGER NOT NULL DEFAULT 0,
    expected_next    INTEGER NOT NULL DEFAULT 0,  -- of the announcement that goes furthest
    expected_head    BLOB,
    expected_takings INTEGER NOT NULL DEFAULT 0,
    expected_payouts INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (store, reg, epoch)
) STRICT, WITHOUT ROWID;

-- The end of each branch of a journal. Branch 0 came first; others are forks. This is the cursor.
CREATE TABLE branch (
    store     INTEGER NOT NULL,
    reg       INTEGER NOT NULL,
    epoch     BLOB    NOT NULL,
    branch    INTEGER NOT NULL,
    from_seq  INTEGER NOT NULL,     -- the first record that is this branch's own
    next_seq  INTEGER NOT NULL,
    head      BLOB    NOT NULL CHECK (length(head) = 32),
    projected INTEGER NOT NULL,     -- records below it are in the projections
    PRIMARY KEY (store, reg, epoch, branch)
) STRICT, WITHOUT ROWID;

-- Records as they came, packed; the same bytes the register hashed and signed.
CREATE TABLE segment (
    store       INTEGER NOT NULL,
    reg         INTEGER NOT NULL,
    epoch       BLOB    NOT NULL,
    branch      INTEGER NOT NULL,   -- the branch its new records belong to; -1 while parked
    from_seq    INTEGER NOT NULL,
    to_seq      INTEGER NOT NULL,
    head        BLOB    NOT NULL CHECK (length(head) = 32),
    prev        BLOB    NOT NULL CHECK (length(prev) = 32),
    header      BLOB,               -- the sealed header; NULL for plain record lines
    blob        BLOB    NOT NULL,   -- zstd of the lines, joined by newlines
    raw_len     INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (store, reg, epoch, from_seq, to_seq, head)
) STRICT, WITHOUT ROWID;

-- One row a record, without its body. The same seq with another hash is a fork: both are kept.
CREATE TABLE record (
    store   INTEGER NOT NULL,
    reg     INTEGER NOT NULL,
    epoch   BLOB    NOT NULL,
    seq     INTEGER NOT NULL,
    hash    BLOB    NOT NULL CHECK (length(hash) = 32),
    branch  INTEGER NOT NULL,
    kind    TEXT    NOT NULL,       -- empty where the line can't be read
    at      INTEGER NOT NULL,
    takings INTEGER NOT NULL,       -- lifetime totals of the journal after this record
    payouts INTEGER NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, hash)
) STRICT, WITHOUT ROWID;

-- Personal data of checks, sealed by registers for whoever has the private key; never opened by
-- central itself.
CREATE TABLE sealed (
    store       INTEGER NOT NULL,
    reg         INTEGER NOT NULL,
    epoch       BLOB    NOT NULL,
    commitment  BLOB    NOT NULL CHECK (length(commitment) = 32),  -- as in the sale's record
    seq         INTEGER NOT NULL,
    bytes       BLOB    NOT NULL CHECK (length(bytes) <= 1024),
    received_at INTEGER NOT NULL,
    PRIMARY KEY (store, reg, epoch, commitment)
) STRICT, WITHOUT ROWID;

-- Who opened a check's data, and why: written before it is opened.
CREATE TABLE sealed_opening (
    store  INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    reg    INTEGER NOT NULL,
    epoch  BLOB    NOT NULL,
    seq    INTEGER NOT NULL,
    who    TEXT    NOT NULL CHECK (length(who) BETWEEN 1 AND 80),
    reason TEXT    NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    PRIMARY KEY (store, at, reg, epoch, seq, who, reason)
) STRICT, WITHOUT ROWID;

-- What a person should look at. Derived, but for codes that were found on receipt.
CREATE TABLE exception (
    store  INTEGER NOT NULL,
    reg    INTEGER NOT NULL,
    epoch  BLOB    NOT NULL,
    seq    INTEGER NOT NULL,
    branch INTEGER NOT NULL,
    code   TEXT    NOT NULL,
    cause  TEXT    NOT NULL,        -- what groups it with others: an item's code, or empty
    level  TEXT    NOT NULL,
    text   TEXT    NOT NULL,
    amount INTEGER NOT NULL,
    derived INTEGER NOT NULL,       -- 1: found by a rule, comes again when rebuilt
    PRIMARY KEY (store, reg, epoch, seq, branch, code, cause)
) STRICT, WITHOUT ROWID;

-- Projections ---------------------------------------------------------------------------------

CREATE TABLE sale (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL,
    seq INTEGER NOT NULL, branch INTEGER NOT NULL,
    number INTEGER NOT NULL, shift INTEGER NOT NULL, day TEXT NOT NULL,
    refund INTEGER NOT NULL,
    subtotal INTEGER NOT NULL, tax INTEGER NOT NULL, total INTEGER NOT NULL,
    rounding INTEGER NOT NULL, cash INTEGER NOT NULL, checks INTEGER NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch)
) STRICT, WITHOUT ROWID;

CREATE TABLE sale_line (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL,
    seq INTEGER NOT NULL, branch INTEGER NOT NULL, place INTEGER NOT NULL,
    item TEXT NOT NULL, quantity INTEGER NOT NULL, unit INTEGER NOT NULL,
    amount INTEGER NOT NULL, voided INTEGER NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE tender (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL,
    seq INTEGER NOT NULL, branch INTEGER NOT NULL, place INTEGER NOT NULL,
    kind TEXT NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch, place)
) STRICT, WITHOUT ROWID;

-- Tax by code and rate, as charged; one row a journal and branch.
CREATE TABLE tax (
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL, branch INTEGER NOT NULL,
    code TEXT NOT NULL, rate INTEGER NOT NULL,
    taxable INTEGER NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (store, reg, epoch, branch, code, rate)
) STRICT, WITHOUT ROWID;

-- What sales took from the shelf, in ten-thousandths; below zero left the store.
CREATE TABLE stock (
    store INTEGER NOT NULL, item TEXT NOT NULL, branch INTEGER NOT NULL, delta INTEGER NOT NULL,
    PRIMARY KEY (store, item, branch)
) STRICT, WITHOUT ROWID;
