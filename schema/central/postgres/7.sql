-- The seventh version: how people worked, as records that are more than a plain sale, for rules that
-- need all of a store's. All of it is projected.

CREATE TABLE conduct_record (
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL,
    seq bigint NOT NULL, branch bigint NOT NULL,
    line bytea NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch)
);
