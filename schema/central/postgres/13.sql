-- Keys are revoked by the length of their journals, by two people. None of it is a projection: it
-- says what people did, and nothing of it is ever changed or taken away.

-- What somebody did about the keys of a register: proposed to revoke them, decided it, refused it.
CREATE TABLE revocation_step (
    store  bigint NOT NULL,
    reg    int    NOT NULL,
    number int    NOT NULL,            -- of the register's revocations, from 1
    step   text   NOT NULL CHECK (step IN ('proposed', 'decided', 'refused')),
    at     bigint NOT NULL,
    who    text   NOT NULL CHECK (length(who) BETWEEN 1 AND 80),
    reason text   NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    PRIMARY KEY (store, reg, number, step)
);
-- It ends in one way.
CREATE UNIQUE INDEX revocation_end ON revocation_step (store, reg, number) WHERE step <> 'proposed';

-- The keys that a revocation names.
CREATE TABLE revoked_key (
    store      bigint NOT NULL,
    reg        int    NOT NULL,
    number     int    NOT NULL,
    public_key bytea  NOT NULL CHECK (length(public_key) = 32),
    PRIMARY KEY (store, reg, number, public_key)
);

-- How long a journal of such a key is good: the records below the length count. A journal that
-- stands in no row is good for nothing.
CREATE TABLE good_length (
    store      bigint NOT NULL,
    reg        int    NOT NULL,
    number     int    NOT NULL,
    epoch      bigint NOT NULL,
    public_key bytea  NOT NULL CHECK (length(public_key) = 32),
    length     bigint NOT NULL CHECK (length >= 0),
    head       bytea  NOT NULL CHECK (length(head) = 32),  -- hash of the last record that counts
    takings    bigint NOT NULL,        -- lifetime totals there
    payouts    bigint NOT NULL,
    PRIMARY KEY (store, reg, number, epoch)
);

-- Keys that were revoked before lengths were kept: the line is where central stands now.
INSERT INTO revocation_step (store, reg, number, step, at, who, reason)
    SELECT store, reg, 1, step.word, max(since), '-',
           'revoked before central kept who decided and why; all that it held then counts'
    FROM register_key CROSS JOIN (VALUES ('proposed'), ('decided')) AS step (word)
    WHERE standing = 'revoked' GROUP BY store, reg, step.word;
INSERT INTO revoked_key (store, reg, number, public_key)
    SELECT store, reg, 1, public_key FROM register_key WHERE standing = 'revoked';
INSERT INTO good_length (store, reg, number, epoch, public_key, length, head, takings, payouts)
    SELECT j.store, j.reg, 1, j.epoch, j.public_key, b.next_seq, b.head,
           coalesce(r.takings, 0), coalesce(r.payouts, 0)
    FROM register_key k
    JOIN journal j ON j.store = k.store AND j.reg = k.reg AND j.public_key = k.public_key
    JOIN branch b ON b.store = j.store AND b.reg = j.reg AND b.epoch = j.epoch AND b.branch = 0
    LEFT JOIN record r ON r.store = b.store AND r.reg = b.reg AND r.epoch = b.epoch
         AND r.seq = b.next_seq - 1 AND r.branch = 0
    WHERE k.standing = 'revoked';

CREATE FUNCTION revocation_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was done about a key is never changed or taken away';
END $$;
CREATE TRIGGER revocation_step_stays BEFORE UPDATE OR DELETE ON revocation_step
    FOR EACH ROW EXECUTE FUNCTION revocation_stays();
CREATE TRIGGER revoked_key_stays BEFORE UPDATE OR DELETE ON revoked_key
    FOR EACH ROW EXECUTE FUNCTION revocation_stays();
CREATE TRIGGER good_length_stays BEFORE UPDATE OR DELETE ON good_length
    FOR EACH ROW EXECUTE FUNCTION revocation_stays();
