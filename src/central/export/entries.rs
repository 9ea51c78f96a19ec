//! Reads stored records as entries: what a target takes of a journal, in its order.

use crate::domain::event::Event;
use crate::domain::ids::{JournalId, Seq};
use crate::journal::hash::Hash;
use crate::journal::record::Envelope;

use super::super::store::{JournalRow, Store, StoreError};
use super::Entry;
use super::ledger::HandOver;

/// Records read at a time.
pub const RECORDS_A_READ: usize = 500;

/// A journal as far as it may be handed over: what lies beyond is not looked at by the rules yet,
/// or stands apart since its key was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The journal.
    pub journal: JournalId,
    /// The first record that may not.
    pub end: Seq,
}

/// How far each journal may be handed over.
///
/// # Errors
/// [`StoreError`].
pub fn reaches(store: &mut dyn Store) -> Result<Vec<Reach>, StoreError> {
    let rows = store.journals(None)?;
    let end = |row: &JournalRow| row.trust.map_or(row.projected, |t| row.projected.min(t.length));
    Ok(rows.iter().map(|row| Reach { journal: row.journal, end: end(row) }).collect())
}

/// The currency that a journal was opened with.
///
/// # Errors
/// [`StoreError`].
pub fn currency(store: &mut dyn Store, journal: &JournalId) -> Result<Option<String>, StoreError> {
    let lines = store.lines(journal, Seq(0), 1)?;
    let first = lines.first().and_then(|line| Envelope::read(line).ok()?.event().ok());
    Ok(match first {
        Some(Event::EpochOpen(open)) => open.currency,
        _ => None,
    })
}

/// The records of a stretch that can be read. A line that can't is an exception already, and no
/// other system would understand it.
///
/// # Errors
/// [`StoreError`].
pub fn stretch(
    store: &mut dyn Store,
    journal: &JournalId,
    from: Seq,
    end: Seq,
    currency: Option<&str>,
) -> Result<Vec<Entry>, StoreError> {
    let wanted = end.0.saturating_sub(from.0);
    let count = usize::try_from(wanted).unwrap_or(usize::MAX);
    let lines = store.lines(journal, from, count)?;
    Ok(lines.iter().filter_map(|line| entry(line, currency)).collect())
}

/// The entries of some rows, in their order. A row whose record is another one meanwhile is left
/// out: its hash says so.
///
/// # Errors
/// [`StoreError`].
pub fn of_rows(store: &mut dyn Store, rows: &[HandOver]) -> Result<Vec<Entry>, StoreError> {
    let mut entries = Vec::with_capacity(rows.len());
    for run in rows.chunk_by(|one, next| one.journal == next.journal) {
        let Some(journal) = run.first().map(|row| row.journal) else { continue };
        let currency = currency(store, &journal)?;
        let mut rest = run;
        while let Some(first) = rest.first() {
            // Rows lie close together as a rule; what lies between two of them is read as well.
            let limit = u64::try_from(RECORDS_A_READ).unwrap_or(u64::MAX);
            let end = Seq(first.seq.0.saturating_add(limit));
            let near = rest.iter().take_while(|row| row.seq < end).count();
            let (now, later) = rest.split_at_checked(near).unwrap_or((rest, &[]));
            let last = now.last().map_or(first.seq, |row| row.seq);
            let read = stretch(store, &journal, first.seq, last.next(), currency.as_deref())?;
            let mut read = read.into_iter().peekable();
            for row in now {
                while read.next_if(|entry| entry.seq() < row.seq).is_some() {}
                entries.extend(read.next_if(|e| e.seq() == row.seq && e.hash == row.hash));
            }
            rest = later;
        }
    }
    Ok(entries)
}

fn entry(line: &[u8], currency: Option<&str>) -> Option<Entry> {
    let envelope = Envelope::read(line).ok()?;
    let event = envelope.event().ok()?;
    Some(Entry {
        hash: Hash::of_line(line),
        json: envelope.json.to_owned(),
        header: envelope.header,
        event,
        currency: currency.map(str::to_owned),
        amended: None,
    })
}
