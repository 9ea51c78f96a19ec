-- A register's key is followed by another one, at the word of both. None of it is a projection: it
-- says what was asked and what journals say of themselves, and nothing of it is ever changed or
-- taken away.

-- A register asked for it: the new key is enrolled, and the old one ends with this journal, once
-- the journal itself says so.
CREATE TABLE key_change (
    store   bigint NOT NULL,
    reg     int    NOT NULL,
    old_key bytea  NOT NULL CHECK (length(old_key) = 32),
    epoch   bigint NOT NULL,
    new_key bytea  NOT NULL CHECK (length(new_key) = 32),
    at      bigint NOT NULL,
    PRIMARY KEY (store, reg, old_key, epoch)
);

-- How long the old key's other journals were then: so long they are good once the key has ended. One
-- that stands in no row is good for nothing.
CREATE TABLE key_change_length (
    store   bigint NOT NULL,
    reg     int    NOT NULL,
    old_key bytea  NOT NULL CHECK (length(old_key) = 32),
    epoch   bigint NOT NULL,
    other   bigint NOT NULL,
    length  bigint NOT NULL CHECK (length >= 0),
    PRIMARY KEY (store, reg, old_key, epoch, other)
);

-- Journals that say that they ended: the records below the length count.
CREATE TABLE journal_end (
    store      bigint NOT NULL,
    reg        int    NOT NULL,
    epoch      bigint NOT NULL,
    public_key bytea  NOT NULL CHECK (length(public_key) = 32),
    length     bigint NOT NULL CHECK (length > 0),
    new_key    bytea  NOT NULL CHECK (length(new_key) = 32),
    PRIMARY KEY (store, reg, epoch)
);

CREATE TRIGGER key_change_stays BEFORE UPDATE OR DELETE ON key_change
    FOR EACH ROW EXECUTE FUNCTION revocation_stays();
CREATE TRIGGER key_change_length_stays BEFORE UPDATE OR DELETE ON key_change_length
    FOR EACH ROW EXECUTE FUNCTION revocation_stays();
CREATE TRIGGER journal_end_stays BEFORE UPDATE OR DELETE ON journal_end
    FOR EACH ROW EXECUTE FUNCTION revocation_stays();
