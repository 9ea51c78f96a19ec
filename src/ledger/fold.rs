//! The store's book, and how the journal in use stands, out of what lies on the disk, for whoever
//! looks without selling.

use crate::domain::book::{Book, Origin};
use crate::domain::event::Event;
use crate::domain::ids::{RecordRef, Seq};
use crate::journal::record::Envelope;

use super::{LedgerError, Reader, State};

const RECORDS_A_READ: usize = 1_000;
const BYTES_A_READ: usize = 4 * 1024 * 1024;

impl Reader {
    /// All journals of this register, folded. A line that can't be read is left to the verifier.
    ///
    /// # Errors
    /// [`LedgerError`] when they can't be read.
    pub fn book(&self) -> Result<Book, LedgerError> {
        let mut book = Book::default();
        for journal in self.journals()? {
            let mut next = Seq(0);
            loop {
                let lines = self.lines(&journal, next, RECORDS_A_READ, BYTES_A_READ)?;
                if lines.is_empty() {
                    break;
                }
                for (origin, event) in lines.iter().filter_map(|line| event_of(line.bytes())) {
                    book.take(&origin, &event);
                }
                next = lines.iter().fold(next, |seq, _| seq.next());
            }
        }
        Ok(book)
    }

    /// What the journal in use comes to; the state of none where no journal was begun.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be read.
    pub fn state(&self) -> Result<State, LedgerError> {
        let journals = self.journals()?;
        let Some(journal) = journals.iter().find(|journal| !journal.frozen) else {
            return Ok(State::default());
        };
        let mut state = Ok(State::default());
        self.pages(journal, RECORDS_A_READ, &mut |lines| {
            for (origin, event) in lines.iter().filter_map(|line| event_of(line.bytes())) {
                if let Ok(before) = &state {
                    state = before.after(origin.at, origin.day, &event);
                }
            }
        })?;
        Ok(state?)
    }
}

/// What a line says and where it comes from; none where it can't be read.
fn event_of(line: &[u8]) -> Option<(Origin, Event)> {
    let envelope = Envelope::read(line).ok()?;
    let event = envelope.event().ok()?;
    let header = envelope.header;
    let origin = Origin {
        register: header.journal.register,
        at_record: RecordRef { epoch: header.journal.epoch, seq: header.seq },
        at: header.at,
        day: header.date,
        by: header.by,
    };
    Some((origin, event))
}
