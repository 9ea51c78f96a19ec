//! Hours of a store that don't follow: coming twice without going, a meal that nobody began.
//!
//! Punches are made at whichever register is free, so only all of them together tell.

use crate::domain::book::Book;
use crate::domain::ids::{JournalId, Seq};
use crate::journal::record::Envelope;

use super::exception::{Code, Exception};

/// Each time that doesn't follow from the one before, after all corrections. `records` are the
/// store's punches and corrections, in their journals' order.
pub fn look(records: &[Vec<u8>]) -> Vec<Exception> {
    let mut book = Book::default();
    let mut places: Vec<(JournalId, Seq)> = Vec::new();
    for line in records {
        // They were read before they were kept; what is none now was damaged, and verification
        // tells that.
        let Ok(envelope) = Envelope::read(line) else { continue };
        let Ok(event) = envelope.event() else { continue };
        places.push((envelope.header.journal, envelope.header.seq));
        book.take(&envelope.header.origin(), &event);
    }
    let mut found = Vec::new();
    for person in book.hours.people() {
        for stamp in book.hours.of(&person).iter().filter(|stamp| stamp.odd) {
            let place = places
                .iter()
                .find(|(journal, seq)| {
                    (journal.epoch, *seq) == (stamp.record.epoch, stamp.record.seq)
                })
                .copied();
            let Some((journal, seq)) = place else { continue };
            let text = format!(
                "{person}: \"{}\" at {} does not follow from the time before it",
                stamp.kind.label(),
                stamp.at
            );
            let one = Exception::new(Code::PunchConflict, journal, seq, text);
            found.push(one.because_of(format!("person {person}")));
        }
    }
    found
}
