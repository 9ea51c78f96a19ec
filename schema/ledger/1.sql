-- The ledger of one journal, schema 1.
--
-- journal is the truth: the exact bytes of each record, and nothing that could disagree with
-- them. Every other table but ack, sealed and check_seen follows from it and is derived again
-- by `rebuild`.
-- There is no table of sale lines: they stand in the records, where the few questions about
-- them are answered, and a second copy would cost every sale a tenth of its time.

-- One row a record. A rowid table, since its rows are long; its key is the only b-tree.
CREATE TABLE journal (
  -- The record's place: dense, from 0. The trigger below lets only the next one in.
  seq  INTEGER PRIMARY KEY CHECK (seq >= 0),
  -- The record's line without its newline, at most 256 KiB.
  line BLOB NOT NULL CHECK (length(line) BETWEEN 3 AND 262144)
) STRICT;

-- A record goes to the end. A BEFORE INSERT trigger also runs for INSERT OR REPLACE and for
-- UPSERT, before the row that would be replaced is touched: triggers on UPDATE and DELETE
-- alone let INSERT OR REPLACE pass.
CREATE TRIGGER journal_goes_to_the_end BEFORE INSERT ON journal BEGIN
  SELECT RAISE(ABORT, 'journal: a record only goes to the end')
  WHERE NEW.seq IS NOT (SELECT COALESCE(max(seq) + 1, 0) FROM journal);
END;
-- A record is never changed.
CREATE TRIGGER journal_is_not_updated BEFORE UPDATE ON journal BEGIN
  SELECT RAISE(ABORT, 'journal: a record is never changed');
END;
-- A record is never deleted. With recursive_triggers=ON this also stops a REPLACE.
CREATE TRIGGER journal_is_not_deleted BEFORE DELETE ON journal BEGIN
  SELECT RAISE(ABORT, 'journal: a record is never deleted');
END;

-- One row a completed sale or refund. Money is in minor units.
CREATE TABLE sale (
  -- The record.
  seq       INTEGER PRIMARY KEY CHECK (seq >= 0),
  -- The number on the receipt.
  number    INTEGER NOT NULL,
  -- The shift it belongs to.
  shift     INTEGER NOT NULL,
  -- Lines and tax.
  total     INTEGER NOT NULL,
  -- What cash rounding added, or took.
  rounding  INTEGER NOT NULL,
  -- What was handed back.
  change    INTEGER NOT NULL,
  -- What the drawer gained in notes and coins.
  cash_kept INTEGER NOT NULL,
  -- What was paid by check.
  checks    INTEGER NOT NULL
) STRICT;

-- One row a shift. Money is in minor units. The sums of its sales stand here once it is closed;
-- while it is open they are asked of `sale`, since keeping them up would cost each sale a page.
CREATE TABLE shift (
  -- Its number.
  number      INTEGER PRIMARY KEY CHECK (number >= 0),
  -- The record that opened it.
  opened_seq  INTEGER NOT NULL,
  -- The record that closed it; null while it is open.
  closed_seq  INTEGER,
  -- Whose drawer it is.
  cashier     TEXT NOT NULL,
  -- The day it is booked on, as 2026-11-22.
  date        TEXT NOT NULL,
  -- What the drawer was opened with.
  float       INTEGER NOT NULL,
  -- Sales, refunds not counted; 0 while the shift is open.
  sales       INTEGER NOT NULL,
  -- Refunds; 0 while the shift is open.
  refunds     INTEGER NOT NULL,
  -- Cash handed over less change and payouts; 0 while the shift is open.
  cash_kept   INTEGER NOT NULL,
  -- Checks taken; 0 while the shift is open.
  checks      INTEGER NOT NULL,
  -- What cash rounding added, or took; 0 while the shift is open.
  rounding    INTEGER NOT NULL,
  -- Cash brought in without a sale.
  moved_in    INTEGER NOT NULL,
  -- Cash taken out without a sale.
  moved_out   INTEGER NOT NULL
) STRICT;

-- One row an outage that was declared.
CREATE TABLE outage (
  -- The record that declared it.
  seq       INTEGER PRIMARY KEY CHECK (seq >= 0),
  -- Its name.
  id        TEXT NOT NULL,
  -- The record that ended it; null while it lasts.
  ended_seq INTEGER
) STRICT;

-- One row each time a pack was taken into use.
CREATE TABLE pack (
  -- The record.
  seq     INTEGER PRIMARY KEY CHECK (seq >= 0),
  -- Its version.
  version TEXT NOT NULL
) STRICT;

-- Central's last acknowledgement of each journal of this register. Not part of the journal and
-- not derived from it: when it is lost, central tells its position again.
CREATE TABLE ack (
  -- The journal's epoch, 16 hex digits.
  epoch        TEXT PRIMARY KEY CHECK (length(epoch) = 16),
  -- The next record central waits for. May go back when central was restored from a backup.
  next_seq     INTEGER NOT NULL CHECK (next_seq >= 0),
  -- Records below this one may be forgotten.
  prune_seq    INTEGER NOT NULL CHECK (prune_seq >= 0),
  -- The central installation that answered.
  server_epoch TEXT NOT NULL,
  -- The acknowledgement as it came, with its signature.
  verbatim     BLOB NOT NULL CHECK (length(verbatim) <= 65536),
  -- When it came, as 2026-11-22T13:05:09.120-06:00.
  received_at  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What is personal about a check, sealed for central alone. Written with the sale it belongs to,
-- not derived from it; it can be taken away while every record still verifies.
CREATE TABLE sealed (
  -- The commitment in the sale's record: SHA-256 over salt and plain data.
  commitment BLOB PRIMARY KEY CHECK (length(commitment) = 32),
  -- The journal of the sale, 16 hex digits.
  epoch      TEXT NOT NULL CHECK (length(epoch) = 16),
  -- The sale's record.
  seq        INTEGER NOT NULL CHECK (seq >= 0),
  -- Its business date, as 2026-11-22.
  day        TEXT NOT NULL,
  -- HPKE: the one-use public key, ciphertext and tag.
  bytes      BLOB NOT NULL CHECK (length(bytes) BETWEEN 49 AND 1024),
  -- The central that said it holds it; empty before. A central that was restored from a backup
  -- bears another name, and is sent the row again.
  held_by    TEXT NOT NULL CHECK (length(held_by) <= 64)
) STRICT, WITHOUT ROWID;

-- Accounts of which checks were taken, under a key that never leaves the register and is
-- destroyed with these rows: for limits by account, and to know a check that comes twice.
CREATE TABLE check_seen (
  -- HMAC-SHA-256 of routing and account.
  account BLOB NOT NULL CHECK (length(account) = 32),
  -- The journal of the sale, 16 hex digits.
  epoch   TEXT NOT NULL CHECK (length(epoch) = 16),
  -- The sale's number.
  sale    INTEGER NOT NULL CHECK (sale >= 0),
  -- The check's place among the sale's checks.
  place   INTEGER NOT NULL CHECK (place >= 0),
  -- The business date, as 2026-11-22.
  day     TEXT NOT NULL,
  -- The check's number.
  number  TEXT NOT NULL,
  -- Its amount, in minor units.
  amount  INTEGER NOT NULL,
  PRIMARY KEY (account, epoch, sale, place)
) STRICT, WITHOUT ROWID;
