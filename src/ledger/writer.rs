//! The writer: one record at a time, from its entry to the disk.

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::{OptionalExtension as _, TransactionBehavior};

use crate::device::clock::Clock;
use crate::device::entropy::Entropy;
use crate::domain::event::Event;
use crate::domain::ids::{SaleNo, Seq, ShiftNo};
use crate::domain::money::Money;
use crate::domain::stock::{StockDeltas, add_sale};
use crate::journal::chain::{Chain, Entry};
use crate::journal::hash::Hash;
use crate::journal::key::{Domain, PublicKey, Signature, SigningKey};
use crate::journal::record::{Envelope, LINE_LEN_MAX, Line};

use super::ack::{self, ACK_LEN_MAX, AckRow};
use super::anchor::{Anchor, Mark};
use super::error::{BesideFailed, LedgerError};
use super::faults::{FaultPoint, Faults, Hook};
use super::open::{Db, Lock, sql_int};
use super::recover::{self, Opening};
use super::sealed::{self, CheckRow, SealedBytes};
use super::state::State;
use super::tape::Tape;
use super::{Identity, Place, ballast, projection};

/// Records that are moved into the database in any case: 100 sales take 0.6 MB of the WAL, and
/// moving them takes as long as a few flushes.
const UNMOVED_MAX: u32 = 100;
/// Records that are worth it while nobody waits.
const UNMOVED_WHEN_QUIET: u32 = 10;

/// A ledger that is open to be written; there is one at a time.
pub struct Ledger {
    pub(super) db: Db,
    pub(super) place: Place,
    pub(super) chain: Chain,
    pub(super) state: State,
    pub(super) key: Option<SigningKey>,
    pub(super) public: PublicKey,
    pub(super) tape: Option<Tape>,
    pub(super) anchor: Option<Anchor>,
    pub(super) hook: Hook,
    pub(super) poisoned: bool,
    /// Records in the WAL only.
    pub(super) unmoved: u32,
    pub(super) _lock: Lock,
}

/// What is committed at once.
#[derive(Clone, Copy)]
struct Whole<'a> {
    line: &'a Line,
    entry: &'a Entry,
    state: &'a State,
    checks: &'a [CheckRow],
    sealed: Option<&'a SealedBytes>,
}

/// A record that is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its place.
    pub seq: Seq,
    /// Its hash.
    pub hash: Hash,
    /// Its bytes.
    pub line: Line,
    /// The tape holds it too.
    pub second_copy: bool,
}

/// What lies beyond a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// Records of any kind.
    pub records: u64,
    /// Sales and refunds among them.
    pub sales: u64,
    /// Their totals with rounding, refunds taken off.
    pub money: Money,
}

/// What a checkpoint of the WAL came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalCheckpoint {
    /// A reader kept some pages from being moved; the next one moves them.
    pub busy: bool,
    /// Pages in the WAL.
    pub pages: u64,
    /// Those of them that are in the database now.
    pub moved: u64,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ledger({}, next {})", self.chain.journal, self.chain.next_seq)
    }
}

impl Ledger {
    /// Opens the ledger of a register: checks it against its tape and its anchor, puts right what
    /// can be put right, and begins a journal where there is none to go on with.
    ///
    /// Without a key records are written unsigned; selling does not stop for a key.
    ///
    /// # Errors
    /// [`LedgerError`] when nothing can be recorded durably; its words are for the screen.
    pub fn open(
        place: &Place,
        identity: Identity,
        key: Option<SigningKey>,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
        faults: Option<Arc<dyn Faults>>,
    ) -> Result<(Self, Opening), LedgerError> {
        let other_machine = false;
        let request = recover::Request { place, identity, clock, entropy, other_machine };
        recover::open(&request, key, Hook(faults))
    }

    /// The same on a machine that is not the one it was written on: its journal is kept, and not
    /// gone on with, since the other machine may do that.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn open_moved(
        place: &Place,
        identity: Identity,
        key: Option<SigningKey>,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
        faults: Option<Arc<dyn Faults>>,
    ) -> Result<(Self, Opening), LedgerError> {
        let other_machine = true;
        let request = recover::Request { place, identity, clock, entropy, other_machine };
        recover::open(&request, key, Hook(faults))
    }

    /// Records a fact. When this returns, it is durable.
    ///
    /// # Errors
    /// [`LedgerError`]: nothing was recorded, unless its words say that this is not certain.
    pub fn append(&mut self, entry: &Entry) -> Result<Committed, LedgerError> {
        self.append_with(entry, &[])
    }

    /// Records a sale together with what stands beside it: both, or neither.
    ///
    /// # Errors
    /// [`LedgerError`], as for [`Ledger::append`].
    pub fn append_with(
        &mut self,
        entry: &Entry,
        checks: &[CheckRow],
    ) -> Result<Committed, LedgerError> {
        self.append_whole(entry, checks, None)
    }

    /// Records a fact together with sealed data that its record commits to: both, or neither.
    ///
    /// # Errors
    /// [`LedgerError`], as for [`Ledger::append`].
    pub fn append_sealing(
        &mut self,
        entry: &Entry,
        sealed: Option<&SealedBytes>,
    ) -> Result<Committed, LedgerError> {
        self.append_whole(entry, &[], sealed)
    }

    fn append_whole(
        &mut self,
        entry: &Entry,
        checks: &[CheckRow],
        sealed: Option<&SealedBytes>,
    ) -> Result<Committed, LedgerError> {
        if self.poisoned {
            return Err(LedgerError::Poisoned);
        }
        if self.state.rotated.is_some() {
            return Err(LedgerError::Ended);
        }
        if let Some(sale) = entry.event.sale()
            && sale.number <= self.state.last_sale_no
        {
            return Err(LedgerError::AlreadyRecorded(sale.number));
        }
        let (line, chain) = self.chain.next(entry, self.key.as_ref())?;
        let state = self.state.after(entry.at, entry.date, &entry.event)?;
        if line.bytes().len() > LINE_LEN_MAX {
            return Err(LedgerError::TooLong(line.bytes().len()));
        }
        self.hook.at(FaultPoint::BeforeBegin);
        self.db.still_there().inspect_err(|_| self.poisoned = true)?;
        let whole = Whole { line: &line, entry, state: &state, checks, sealed };
        match self.commit(&whole) {
            Ok(()) => {}
            Err(why @ LedgerError::Locked { .. }) => return Err(why),
            Err(why @ LedgerError::DiskFull { .. }) => {
                self.poisoned = true;
                self.finish_on_ballast(&whole, why)?;
                self.poisoned = false;
            }
            Err(why) => {
                // What the disk holds now is not known, and asking it again may lie: the next
                // start checks it. A failed flush is never tried again.
                self.poisoned = true;
                return Err(why);
            }
        }
        self.hook.at(FaultPoint::AfterCommit);
        let seq = self.chain.next_seq;
        self.chain = chain;
        self.state = state;
        self.unmoved = self.unmoved.saturating_add(1);
        let second_copy = self.copy_to_tape(&line);
        self.write_anchor();
        self.hook.at(FaultPoint::AfterAnchor);
        Ok(Committed { seq, hash: chain.head, line, second_copy })
    }

    /// Whoever sells has come to a point of a sale's way that lies outside the ledger.
    pub fn pass(&self, point: FaultPoint) {
        self.hook.at(point);
    }

    /// What the register must know to go on.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The end of the journal.
    pub const fn chain(&self) -> Chain {
        self.chain
    }

    /// Records are signed: the key is there.
    pub const fn signs(&self) -> bool {
        self.key.is_some()
    }

    /// The journal's key.
    pub const fn public_key(&self) -> PublicKey {
        self.public
    }

    /// The journal's key under a sale's own receipt; none where the key is not at hand.
    pub fn sign_receipt(&self, bytes: &[u8]) -> Option<Signature> {
        self.key.as_ref().map(|key| key.sign(Domain::Receipt, bytes))
    }

    /// The journal's key under a rain check's slip; none where the key is not at hand.
    pub fn sign_rain_check(&self, bytes: &[u8]) -> Option<Signature> {
        self.key.as_ref().map(|key| key.sign(Domain::RainCheck, bytes))
    }

    /// Where the files lie.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// The records from a place on: how many, and the money of their sales.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be read.
    pub fn pending_from(&self, seq: Seq) -> Result<Pending, LedgerError> {
        pending_from(&self.db.conn, seq, self.chain.next_seq)
            .map_err(|why| self.failed("counting what is pending", why))
    }

    /// What the sales from a place on took from the shelf, by item.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be read.
    pub fn stock_deltas(&self, from: Seq) -> Result<StockDeltas, LedgerError> {
        stock_deltas(&self.db.conn, from)
            .map_err(|why| self.failed("adding up stock", why))?
            .map_err(LedgerError::Absurd)
    }

    /// Sales of a shift, refunds too.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be read.
    pub fn sales_of_shift(&self, shift: ShiftNo) -> Result<Pending, LedgerError> {
        let sql = "SELECT count(*), COALESCE(sum(total + rounding), 0) FROM sale WHERE shift = ?1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        let (sales, money) = self
            .db
            .conn
            .query_row(sql, (shift.0,), row)
            .map_err(|why| self.failed("counting a shift's sales", why))?;
        let sales = u64::try_from(sales).unwrap_or(0);
        Ok(Pending { records: sales, sales, money: Money::from_minor(money) })
    }

    /// The record of a sale, refund or void, by the number on its receipt.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be read.
    pub fn sale_line(&self, number: SaleNo) -> Result<Option<(Seq, Line)>, LedgerError> {
        let sql =
            "SELECT seq, line FROM journal WHERE seq = (SELECT seq FROM sale WHERE number = ?1)";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?));
        let found = self.db.conn.query_row(sql, (sql_int(number.0),), row).optional();
        let found = found.map_err(|why| self.failed("reading a sale's record", why))?;
        Ok(found.map(|(seq, line)| (Seq(u64::try_from(seq).unwrap_or(0)), Line::from_bytes(line))))
    }

    /// The record at a place.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be read.
    pub fn line_at(&self, seq: Seq) -> Result<Option<Line>, LedgerError> {
        let sql = "SELECT line FROM journal WHERE seq = ?1";
        let row = |row: &rusqlite::Row<'_>| row.get::<_, Vec<u8>>(0);
        let found = self.db.conn.query_row(sql, (sql_int(seq.0),), row).optional();
        let found = found.map_err(|why| self.failed("reading a record", why))?;
        Ok(found.map(Line::from_bytes))
    }

    /// Keeps central's acknowledgement, durably.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be written; the one before stays.
    pub fn store_ack(&mut self, ack: &AckRow) -> Result<(), LedgerError> {
        if self.poisoned {
            return Err(LedgerError::Poisoned);
        }
        if ack.verbatim.len() > ACK_LEN_MAX {
            return Err(LedgerError::TooLong(ack.verbatim.len()));
        }
        self.db.still_there()?;
        ack::store(&self.db.conn, ack).map_err(|why| self.failed("keeping an acknowledgement", why))
    }

    /// Central's last acknowledgement of this journal.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be read.
    pub fn last_ack(&self) -> Result<Option<AckRow>, LedgerError> {
        ack::read(&self.db.conn, self.chain.journal.epoch)
            .map_err(|why| self.failed("reading an acknowledgement", why))
    }

    /// Moves what the WAL holds into the database, without waiting for readers. To be called
    /// while nobody waits for a sale.
    ///
    /// # Errors
    /// [`LedgerError`] when the disk fails; no record is lost by it.
    pub fn checkpoint_wal(&mut self) -> Result<WalCheckpoint, LedgerError> {
        self.checkpoint("PRAGMA wal_checkpoint(PASSIVE)")
    }

    /// Moves the WAL into the database when that is worth it: to be called after each command,
    /// once its answer is out, and while it is quiet. So the WAL is written over from its
    /// beginning and does not grow, and a start has little to take in.
    ///
    /// # Errors
    /// [`LedgerError`] when the disk fails; no record is lost by it.
    pub fn rest(&mut self, quiet: bool) -> Result<(), LedgerError> {
        let due = if quiet { UNMOVED_WHEN_QUIET } else { UNMOVED_MAX };
        if self.unmoved < due || self.poisoned {
            return Ok(());
        }
        self.unmoved = 0;
        self.checkpoint_wal().map(|_| ())
    }

    /// Derives the tables from the journal again.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be read or written; the tables stay as they were.
    pub fn rebuild(&mut self) -> Result<(), LedgerError> {
        let path = self.db.path.clone();
        let failed = |why| LedgerError::sqlite(&path, "deriving the tables again", why);
        let transaction = self
            .db
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        projection::rebuild(&transaction).map_err(failed)?;
        transaction.commit().map_err(failed)
    }

    /// Closes the ledger: WAL moved into the database, tape trimmed, anchor flushed.
    ///
    /// # Errors
    /// [`LedgerError`] when the disk fails; no record is lost by it.
    pub fn close(mut self) -> Result<(), LedgerError> {
        if let Some(tape) = self.tape.take() {
            let path = tape.path().to_path_buf();
            tape.close().map_err(|why| BesideFailed::tape(&path, &why))?;
        }
        if let Some(anchor) = &self.anchor {
            let failed = |why| BesideFailed::anchor(&self.place.anchor_dir, &why);
            anchor.flush().map_err(failed)?;
        }
        if !self.poisoned {
            self.checkpoint("PRAGMA wal_checkpoint(TRUNCATE)")?;
        }
        Ok(())
    }

    fn commit(&mut self, whole: &Whole<'_>) -> Result<(), LedgerError> {
        let Whole { line, entry, state, checks, sealed } = *whole;
        let (seq, epoch) = (self.chain.next_seq, self.chain.journal.epoch);
        let path = &self.db.path;
        let failed = |why| LedgerError::sqlite(path, "recording", why);
        let transaction = self
            .db
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        self.hook.at(FaultPoint::AfterBegin);
        transaction
            .prepare_cached("INSERT INTO journal(seq, line) VALUES (?1, ?2)")
            .and_then(|mut insert| insert.execute((sql_int(seq.0), line.bytes())))
            .map_err(failed)?;
        self.hook.at(FaultPoint::AfterInsert);
        projection::write(&transaction, seq, &entry.event, state).map_err(failed)?;
        if let Some(sale) = entry.event.sale() {
            let taken_back = sale.terms.link.as_ref().filter(|_| sale.is_void());
            sealed::write(&transaction, epoch, seq, entry.date, sale.number, checks)
                .and_then(|()| sealed::take_back(&transaction, taken_back))
                .map_err(failed)?;
        }
        if let Event::PiiErased(erased) = &entry.event {
            sealed::erase_held(&transaction, &erased.of).map_err(failed)?;
        }
        if let Some(sealed) = sealed {
            sealed::put(&transaction, epoch, seq, entry.date, sealed).map_err(failed)?;
        }
        self.hook.at(FaultPoint::BeforeCommit);
        transaction.commit().map_err(failed)
    }

    /// The disk is full: gives the ballast up, opens the file again, looks whether the record
    /// landed all the same, and only if it did not writes it once more.
    fn finish_on_ballast(
        &mut self,
        whole: &Whole<'_>,
        full: LedgerError,
    ) -> Result<(), LedgerError> {
        if !ballast::give_up(&self.place.dir) {
            return Err(full);
        }
        tracing::warn!("the disk is full; the ballast was given up for the record in hand");
        self.db = Db::open(&PathBuf::from(&self.db.path))?;
        let next = self.chain.next_seq;
        match self.db.last_line()? {
            Some((seq, last)) if seq == next.0 && last == whole.line.bytes() => Ok(()),
            Some((seq, last))
                if Seq(seq).next() == next && Hash::of_line(&last) == self.chain.head =>
            {
                self.commit(whole)
            }
            None if next == Seq(0) => self.commit(whole),
            _ => Err(full),
        }
    }

    /// The tape is a second copy: when it fails, the record is durable all the same.
    fn copy_to_tape(&mut self, line: &Line) -> bool {
        let Some(tape) = self.tape.as_mut() else { return false };
        let written = tape.write(line.bytes());
        self.hook.at(FaultPoint::AfterTapeWrite);
        let flushed = written.and_then(|()| tape.flush());
        self.hook.at(FaultPoint::AfterTapeFlush);
        if let Err(why) = &flushed {
            tracing::warn!(%why, tape = %tape.path().display(), "the tape can't be written; \
             records go on with one copy");
            // Not tried again: the next start completes the tape from the database.
            self.tape = None;
        }
        flushed.is_ok()
    }

    pub(super) fn write_anchor(&mut self) {
        let Chain { journal, next_seq, head, .. } = self.chain;
        let Some(anchor) = self.anchor.as_mut() else { return };
        if let Err(why) = anchor.write(&Mark { journal, next_seq, head }) {
            tracing::warn!(%why, "the anchor can't be written");
            self.anchor = None;
        }
    }

    fn checkpoint(&self, sql: &str) -> Result<WalCheckpoint, LedgerError> {
        let row = |row: &rusqlite::Row<'_>| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        };
        let (busy, pages, moved) = self
            .db
            .conn
            .query_row(sql, (), row)
            .map_err(|why| self.failed("moving records into the database", why))?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        let done = WalCheckpoint { busy: busy != 0, pages: count(pages), moved: count(moved) };
        tracing::debug!(?done, "WAL checkpoint");
        Ok(done)
    }

    pub(super) fn failed(&self, doing: &'static str, why: rusqlite::Error) -> LedgerError {
        LedgerError::sqlite(&self.db.path, doing, why)
    }
}

pub(super) fn pending_from(
    db: &rusqlite::Connection,
    from: Seq,
    next_seq: Seq,
) -> rusqlite::Result<Pending> {
    let (sales, money): (i64, i64) = db
        .prepare_cached(
            "SELECT count(*), COALESCE(sum(total + rounding), 0) FROM sale WHERE seq >= ?1",
        )?
        .query_row((sql_int(from.0),), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Pending {
        records: next_seq.0.saturating_sub(from.0),
        sales: u64::try_from(sales).unwrap_or(0),
        money: Money::from_minor(money),
    })
}

/// Stock is added up from the records themselves: no table of lines is kept for it.
pub(super) fn stock_deltas(
    db: &rusqlite::Connection,
    from: Seq,
) -> rusqlite::Result<Result<StockDeltas, crate::domain::money::Overflow>> {
    let mut deltas = StockDeltas::new();
    let mut lines = db.prepare_cached(
        "SELECT line FROM journal WHERE seq IN (SELECT seq FROM sale WHERE seq >= ?1) ORDER BY seq",
    )?;
    let mut rows = lines.query((sql_int(from.0),))?;
    while let Some(row) = rows.next()? {
        let event = Envelope::read(row.get_ref(0)?.as_blob()?).and_then(|e| e.event());
        if let Ok(event) = event
            && let Some(sale) = event.sale()
            && let Err(overflow) = add_sale(&mut deltas, sale)
        {
            return Ok(Err(overflow));
        }
    }
    Ok(Ok(deltas))
}

#[cfg(test)]
mod tests;
