//! The ledger as sending sees it: journals to be read, and a drawer for central's receipts.
//!
//! Reading has its own connection and never holds up a sale. Receipts go to the ledger's one
//! writer, whoever that is: the till's thread, or a command that has the ledger to itself.

use crate::device::clock::Clock;
use crate::domain::check::Commitment;
use crate::domain::ids::{JournalId, Seq};
use crate::journal::chain::Chain;
use crate::journal::hash::Hash;
use crate::journal::record::{Envelope, Line};
use crate::ledger::{AckRow, JournalRef, LedgerError, Place, Reader, SealedRow};
use crate::sync::carrier::{JournalState, Receipt, SealedData, Sink, Source, SourceFailed};
use crate::sync::sealed::Sealed;
use crate::sync::wire::Answer;

type KeepHeld<'a> = Box<dyn FnMut(String, Vec<Commitment>) -> Result<(), SourceFailed> + Send + 'a>;
type KeepAck<'a> = Box<dyn FnMut(AckRow) -> Result<(), SourceFailed> + Send + 'a>;

/// A register's journals.
pub struct LedgerJournals<'a> {
    place: Place,
    reader: Reader,
    clock: &'a dyn Clock,
    keep: KeepAck<'a>,
    keep_held: Option<KeepHeld<'a>>,
}

impl<'a> LedgerJournals<'a> {
    /// Opens the journals to be read; `keep` hands an acknowledgement to the ledger's writer.
    ///
    /// # Errors
    /// [`LedgerError`] when there is no ledger, or it can't be read.
    pub fn open(
        place: &Place,
        clock: &'a dyn Clock,
        keep: KeepAck<'a>,
    ) -> Result<Self, LedgerError> {
        Ok(Self {
            place: place.clone(),
            reader: Reader::open(place)?,
            clock,
            keep,
            keep_held: None,
        })
    }

    /// Sends sealed data too; `keep_held` hands what central holds to the ledger's writer.
    #[must_use]
    pub fn with_sealed(mut self, keep_held: KeepHeld<'a>) -> Self {
        self.keep_held = Some(keep_held);
        self
    }

    /// Opens the files again: a journal was frozen, or the database replaced.
    ///
    /// # Errors
    /// [`LedgerError`] when they can't be read.
    pub fn reopen(&mut self) -> Result<(), LedgerError> {
        self.reader = Reader::open(&self.place)?;
        Ok(())
    }

    /// False once the till began another journal: the files are to be opened again.
    pub fn is_current(&self) -> bool {
        self.reader.is_current()
    }

    fn find(&self, journal: &JournalId, branch: u32) -> Result<JournalRef, SourceFailed> {
        let journals = self.reader.journals().map_err(failed)?;
        let is_it = |known: &JournalRef| known.id == *journal && known.branch == branch;
        journals.into_iter().find(is_it).ok_or_else(|| SourceFailed {
            text: format!("{journal} is not here any more"),
            cause: None,
        })
    }

    fn state(&self, journal: &JournalRef) -> Result<JournalState, SourceFailed> {
        let (next_seq, head) = self.reader.head(journal).map_err(failed)?;
        let last = match next_seq.0.checked_sub(1) {
            None => None,
            Some(last) => {
                self.reader.lines(journal, Seq(last), 1, usize::MAX).map_err(failed)?.pop()
            }
        };
        // A last line that can't be read has no totals to tell; its bytes are sent all the same.
        let lifetime = last
            .and_then(|line| Envelope::read(line.bytes()).ok().map(|e| e.header.lifetime))
            .unwrap_or(Chain::empty(journal.id).lifetime);
        Ok(JournalState { id: journal.id, branch: journal.branch, next_seq, head, lifetime })
    }
}

impl Source for LedgerJournals<'_> {
    fn in_use(&self, journal: &JournalId) -> bool {
        self.find(journal, 1).map_or(true, |found| !found.frozen)
    }

    fn journals(&self) -> Result<Vec<JournalState>, SourceFailed> {
        let mut journals = self.reader.journals().map_err(failed)?;
        // The one in use goes last; a frozen one may hold records nobody else has.
        journals.sort_by_key(|journal| !journal.frozen);
        let mut states = Vec::new();
        for journal in &journals {
            match self.state(journal) {
                Ok(state) => states.push(state),
                // The others have to go all the same.
                Err(why) if journal.frozen => tracing::warn!(%why, "a journal is left out"),
                Err(why) => return Err(why),
            }
        }
        Ok(states)
    }

    fn unreadable(&self) -> Option<String> {
        let journals = self.reader.journals().ok()?;
        let frozen = journals.iter().filter(|journal| journal.frozen);
        let failed = frozen.filter_map(|journal| self.reader.head(journal).err()).next();
        let why = failed.or_else(|| self.reader.unreadable().ok()?.into_iter().next())?;
        Some(why.to_string())
    }

    fn lines(
        &self,
        journal: &JournalState,
        from: Seq,
        records: usize,
        bytes: usize,
    ) -> Result<Vec<Line>, SourceFailed> {
        self.reader
            .lines(&self.find(&journal.id, journal.branch)?, from, records, bytes)
            .map_err(failed)
    }

    fn receipt(&self, journal: &JournalId) -> Result<Option<Receipt>, SourceFailed> {
        let row = self.reader.last_ack(&self.find(journal, 1)?).map_err(failed)?;
        Ok(row.and_then(|row| receipt_of(&row)))
    }

    fn sealed(
        &self,
        journal: &JournalId,
        central: &str,
        count: usize,
    ) -> Result<Vec<SealedData>, SourceFailed> {
        // What can't be noted as held would be sent without end.
        if self.keep_held.is_none() {
            return Ok(Vec::new());
        }
        let rows = self.reader.sealed_not_held(journal.epoch, central, count).map_err(failed)?;
        let row = |row: SealedRow| {
            let SealedRow { commitment, seq, bytes, .. } = row;
            SealedData { commitment, seq, bytes }
        };
        Ok(rows.into_iter().map(row).collect())
    }
}

impl Sink for LedgerJournals<'_> {
    fn store_receipt(
        &mut self,
        journal: &JournalId,
        receipt: &Receipt,
    ) -> Result<(), SourceFailed> {
        (self.keep)(AckRow {
            epoch: journal.epoch,
            next_seq: receipt.next_seq,
            prune_seq: receipt.prune_seq,
            server_epoch: receipt.server_epoch.clone(),
            verbatim: receipt.bytes.clone(),
            received_at: self.clock.now(),
        })
    }

    fn sealed_held(&mut self, central: &str, held: &[Commitment]) -> Result<(), SourceFailed> {
        match &mut self.keep_held {
            Some(keep) => keep(central.to_owned(), held.to_vec()),
            None => Ok(()),
        }
    }
}

/// The receipt of a stored acknowledgement; its head stands only in the signed bytes.
fn receipt_of(row: &AckRow) -> Option<Receipt> {
    let answer: Answer = Sealed::split(&row.verbatim).ok()?.claim().ok()?;
    Some(Receipt {
        next_seq: row.next_seq,
        head: Hash::parse(&answer.cursor.head)?,
        prune_seq: row.prune_seq,
        server_epoch: row.server_epoch.clone(),
        bytes: row.verbatim.clone(),
    })
}

/// The ledger's words for a failure, as sending reports them.
pub fn failed(error: LedgerError) -> SourceFailed {
    SourceFailed { text: error.to_string(), cause: Some(Box::new(error)) }
}
