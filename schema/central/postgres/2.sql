-- The second version: readiness of registers on calm days. Projected, so a database that the first
-- version wrote is projected again.

-- A projection: the newest that a branch of a journal says of its register. What it never said
-- is NULL.
CREATE TABLE readiness (
    store bigint NOT NULL, reg int NOT NULL, epoch bigint NOT NULL, branch bigint NOT NULL,
    looked_at bigint, score int,
    not_ready text, soon text,         -- topics with a blank between them
    practiced_at bigint, practice_steps bigint,
    pack text, pack_at bigint,         -- since when it is in use
    PRIMARY KEY (store, reg, epoch, branch)
) WITH (fillfactor = 70);
