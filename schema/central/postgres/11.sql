-- The eleventh version: what is said of outages, declared, updated, ended, as records, so that a
-- store's staff and customers are told what its own registers recorded. All of it is projected.

CREATE TABLE outage_record (
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL,
    seq bigint NOT NULL, branch bigint NOT NULL,
    line bytea NOT NULL,
    PRIMARY KEY (store, reg, epoch, seq, branch)
);
