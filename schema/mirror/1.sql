-- Copies of other registers' records, schema 1: one file for all of a store's journals.
--
-- Nothing here is derived from anything else on this machine; it is what other registers sent,
-- byte for byte, after chain and signature were checked.

-- One row a branch of a journal. A journal that forked has several, and all are kept.
CREATE TABLE branch (
  id       INTEGER PRIMARY KEY,
  register INTEGER NOT NULL CHECK (register >= 0),
  -- The journal's epoch, 16 hex digits.
  epoch    TEXT NOT NULL CHECK (length(epoch) = 16),
  -- 1 is the branch that was heard first.
  number   INTEGER NOT NULL CHECK (number BETWEEN 1 AND 8),
  -- The branch it left, and the first place at which it differs; null and 0 for the first.
  parent   INTEGER REFERENCES branch(id),
  from_seq INTEGER NOT NULL CHECK (from_seq >= 0),
  -- The public key the journal's first record names.
  key      BLOB NOT NULL CHECK (length(key) = 32),
  -- Central's certificate for that key, where it was sent along.
  certificate TEXT CHECK (length(certificate) <= 4096),
  UNIQUE (epoch, register, number)
) STRICT;

-- One row a record.
CREATE TABLE line (
  branch  INTEGER NOT NULL REFERENCES branch(id),
  seq     INTEGER NOT NULL CHECK (seq >= 0),
  -- The register's clock, in milliseconds since 1970.
  at_ms   INTEGER NOT NULL,
  -- 1 for what the store's book reads at each start however old it is: all but plain sales.
  lasting INTEGER NOT NULL CHECK (lasting IN (0, 1)),
  line    BLOB NOT NULL CHECK (length(line) BETWEEN 3 AND 262144),
  PRIMARY KEY (branch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX line_lasting ON line(branch, seq) WHERE lasting = 1;
CREATE INDEX line_recent ON line(at_ms);

-- A record goes to the end of its branch, and is never changed or taken away.
CREATE TRIGGER line_goes_to_the_end BEFORE INSERT ON line BEGIN
  SELECT RAISE(ABORT, 'mirror: a record only goes to the end')
  WHERE NEW.seq IS NOT COALESCE((SELECT max(seq) + 1 FROM line WHERE branch = NEW.branch),
                                (SELECT from_seq FROM branch WHERE id = NEW.branch));
END;
CREATE TRIGGER line_is_not_updated BEFORE UPDATE ON line BEGIN
  SELECT RAISE(ABORT, 'mirror: a record is never changed');
END;
CREATE TRIGGER line_is_not_deleted BEFORE DELETE ON line BEGIN
  SELECT RAISE(ABORT, 'mirror: a record is never deleted');
END;

-- Where a sale, refund or void stands, by the number on its receipt.
CREATE TABLE sale (
  branch INTEGER NOT NULL REFERENCES branch(id),
  number INTEGER NOT NULL,
  seq    INTEGER NOT NULL,
  PRIMARY KEY (branch, number)
) STRICT, WITHOUT ROWID;

-- What is personal about a check, in the form only central can open, inside the message its own
-- register signed: any carrier can bring it, and none can change it. Taken away with time.
CREATE TABLE sealed (
  commitment BLOB PRIMARY KEY CHECK (length(commitment) = 32),
  epoch      TEXT NOT NULL CHECK (length(epoch) = 16),
  seq        INTEGER NOT NULL CHECK (seq >= 0),
  -- The business date of its sale, as 2026-11-22.
  day        TEXT NOT NULL,
  message    BLOB NOT NULL CHECK (length(message) <= 4096)
) STRICT, WITHOUT ROWID;
