-- The fifth version: rain checks over all stores, and paper slips. All of it is projected.

-- A projection: promises as they were issued. One row a record.
CREATE TABLE rain_check (
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL,
    seq bigint NOT NULL, branch bigint NOT NULL,
    at bigint NOT NULL,
    number bigint NOT NULL, kind text NOT NULL,
    item text,                         -- NULL where it is for no item of the price file
    what text NOT NULL,
    off bigint,                        -- so much off, in minor units
    unit bigint, pieces bigint,        -- or a price of one, in ten-thousandths, and for how many
    until text NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch)
);

-- A projection: where each was redeemed, at whatever store. The first columns name the promise's
-- record, so that all redemptions of one stand together; the later ones the redemption.
CREATE TABLE rain_check_use (
    check_epoch bigint NOT NULL, check_seq bigint NOT NULL,
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL, seq bigint NOT NULL,
    branch bigint NOT NULL,
    at bigint NOT NULL,
    number bigint NOT NULL, check_store bigint NOT NULL, check_reg int NOT NULL,
    sale bigint,                       -- the sale's number; NULL where the service desk honored it
    hash bytea CHECK (length(hash) = 16),  -- of the promise's record, where its paper proved it
    voided boolean NOT NULL,           -- once that sale was taken back as a whole
    PRIMARY KEY (check_epoch, check_seq, store, reg, epoch, seq, branch)
);
CREATE INDEX rain_check_use_by_record ON rain_check_use (epoch, seq);
-- What was found about one rain check stands at any store, and is replaced as a whole.
CREATE INDEX exception_cause ON exception (cause, code);

-- A projection: pads of paper slips. One row a record.
CREATE TABLE paper_pad (
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL,
    seq bigint NOT NULL, branch bigint NOT NULL,
    at bigint NOT NULL,
    first bigint NOT NULL, last bigint NOT NULL, person text NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch)
);

-- A projection: slips that were keyed or spoiled, so that all of one number stand together.
CREATE TABLE paper_slip (
    store bigint NOT NULL, number bigint NOT NULL,
    reg int NOT NULL, epoch bigint NOT NULL, seq bigint NOT NULL, branch bigint NOT NULL,
    at bigint NOT NULL,
    sale bigint,                       -- the sale's number; NULL for a spoiled one
    taken bigint NOT NULL,             -- what was taken, in minor units
    voided boolean NOT NULL,           -- once that sale was taken back as a whole
    PRIMARY KEY (store, number, reg, epoch, seq, branch)
);

-- Held by whoever looks at a store's slips, so that of two the later one sees what the earlier
-- wrote. Only records about slips touch it.
CREATE TABLE paper_slips_held (
    store bigint NOT NULL PRIMARY KEY
) WITH (fillfactor = 50);
