//! The store's book out of what lies on the disk, for whoever looks without selling.

use crate::domain::book::{Book, Origin};
use crate::domain::ids::{RecordRef, Seq};
use crate::journal::record::Envelope;

use super::{LedgerError, Reader};

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
                for line in &lines {
                    next = next.next();
                    let Ok(envelope) = Envelope::read(line.bytes()) else { continue };
                    let Ok(event) = envelope.event() else { continue };
                    let header = &envelope.header;
                    let origin = Origin {
                        register: header.journal.register,
                        at_record: RecordRef { epoch: header.journal.epoch, seq: header.seq },
                        at: header.at,
                        day: header.date,
                        by: header.by.clone(),
                    };
                    book.take(&origin, &event);
                }
            }
        }
        Ok(book)
    }
}
