-- The eighteenth version: sealed data that was destroyed at central stays destroyed. None of it
-- is a projection: it says who destroyed what and why, and is never changed or taken away.

-- Somebody destroyed sealed data of a store: kept with the first row of it that went.
CREATE TABLE sealed_destruction (
    store           bigint  NOT NULL,
    at              bigint  NOT NULL,   -- when it was begun
    who             text    NOT NULL CHECK (length(who) BETWEEN 1 AND 80),
    reason          text    NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    received_before bigint  NOT NULL,   -- what central had received before then went
    early           boolean NOT NULL,   -- sooner than the days that are kept
    PRIMARY KEY (store, at, who)
);

-- A row that was destroyed: its name, where it lay, and whose deed it was. No data.
CREATE TABLE sealed_destroyed (
    store        bigint NOT NULL,
    reg          int    NOT NULL,
    epoch        bigint NOT NULL,
    commitment   bytea  NOT NULL CHECK (length(commitment) = 32),
    seq          bigint NOT NULL,
    received_at  bigint NOT NULL,
    destroyed_at bigint NOT NULL,       -- with `who`, the row of `sealed_destruction`
    who          text   NOT NULL,
    PRIMARY KEY (store, reg, epoch, commitment)
);

-- What a destruction had left behind in the files was overwritten, too: only then it is finished.
CREATE TABLE sealed_overwritten (
    store          bigint NOT NULL,
    at             bigint NOT NULL,
    who            text   NOT NULL,
    overwritten_at bigint NOT NULL,
    PRIMARY KEY (store, at, who)
);

-- Whoever sends it again, and whichever program takes it in: it is not kept a second time. A
-- program before this one can go on beside it: its own rows are left out here like any others.
CREATE FUNCTION sealed_stays_destroyed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM sealed_destroyed d WHERE d.store = NEW.store AND d.reg = NEW.reg
               AND d.epoch = NEW.epoch AND d.commitment = NEW.commitment) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sealed_stays_destroyed BEFORE INSERT ON sealed
    FOR EACH ROW EXECUTE FUNCTION sealed_stays_destroyed();

CREATE FUNCTION destruction_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was destroyed, and by whom, is never changed or taken away';
END $$;
CREATE TRIGGER sealed_destruction_stays BEFORE UPDATE OR DELETE ON sealed_destruction
    FOR EACH ROW EXECUTE FUNCTION destruction_stays();
CREATE TRIGGER sealed_destroyed_stays BEFORE UPDATE OR DELETE ON sealed_destroyed
    FOR EACH ROW EXECUTE FUNCTION destruction_stays();
CREATE TRIGGER sealed_overwritten_stays BEFORE UPDATE OR DELETE ON sealed_overwritten
    FOR EACH ROW EXECUTE FUNCTION destruction_stays();
