-- The eighth version: sales that were put aside, so that other registers are told of them and what
-- does not agree about them is found. All of it is projected.

-- One row a record and a sale it is about; the sale is named by the record that put it aside.
CREATE TABLE aside (
    store bigint NOT NULL,
    about_epoch bigint NOT NULL, about_seq bigint NOT NULL,
    reg int NOT NULL, epoch bigint NOT NULL, seq bigint NOT NULL, branch bigint NOT NULL,
    at bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('suspended', 'resumed', 'collected', 'closed', 'voided')),
    slip bigint,                       -- of what was put aside
    card boolean NOT NULL,             -- a card may have paid it
    line bytea NOT NULL,               -- the record
    PRIMARY KEY (store, about_epoch, about_seq, reg, epoch, seq, branch)
);
-- What a journal's own records are about is looked up by their place.
CREATE INDEX aside_by_record ON aside (store, reg, epoch, seq);
CREATE INDEX aside_by_slip ON aside (store, reg, epoch, slip, seq) WHERE kind = 'suspended';
CREATE INDEX aside_recent ON aside (store, at);
