-- The sixth version: sealed bags that left a drawer. It is projected.
CREATE TABLE cash_bag (
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL,
    seq bigint NOT NULL, branch bigint NOT NULL,
    at bigint NOT NULL, day text NOT NULL,
    bag text NOT NULL,
    amount bigint NOT NULL,            -- what is in it, in minor units
    PRIMARY KEY (store, reg, epoch, seq, branch)
);
