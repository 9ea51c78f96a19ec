//! What was shown of this register's journal elsewhere: that its end is not the one that is here.
//!
//! ```text
//!  central's signed answer ┐
//!  a peer's copy of a line ┴─ Mark ─▶ lacks? ─▶ shown-<store>-<register>, flushed ─▶ next opening
//! ```
//!
//! A disk that was put back whole brings an older anchor with it, and only others know better.
//! Their word is kept like a mark of the anchor, and the opening that finds it gives the journal
//! up. Whoever brings a mark has verified it; whether it says something new is judged here, by the
//! ledger itself, so that an answer that was on its way while records were written says nothing.

use std::fs::File;

use crate::domain::ids::Seq;
use crate::journal::record::Line;

use super::anchor::{self, Anchor, Mark};
use super::error::LedgerError;
use super::writer::Ledger;
use super::{Identity, Place};

/// What was shown last. What can't be read is shown again.
pub(super) fn read(place: &Place, identity: Identity) -> Option<Mark> {
    anchor::read(&place.shown(identity)).ok().flatten().map(|(_, mark)| mark)
}

impl Ledger {
    /// True where a mark names a record of this journal that is not here: a place beyond its end,
    /// or another record at a place that it has.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be read.
    pub fn lacks(&self, mark: &Mark) -> Result<bool, LedgerError> {
        let chain = self.chain();
        if mark.journal != chain.journal {
            return Ok(false);
        }
        if mark.next_seq >= chain.next_seq {
            return Ok(mark.next_seq > chain.next_seq || mark.head != chain.head);
        }
        let Some(last) = mark.next_seq.0.checked_sub(1) else { return Ok(false) };
        let here = self.line_at(Seq(last))?;
        Ok(here.as_ref().map(Line::hash) != Some(mark.head))
    }

    /// Keeps a mark that this journal lacks, durably: the next opening gives the journal up.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be written.
    pub fn keep_shown(&self, mark: &Mark) -> Result<(), LedgerError> {
        let identity = Identity { store: mark.journal.store, register: mark.journal.register };
        let path = self.place().shown(identity);
        let failed = |why| LedgerError::file(&path, why);
        let mut file = Anchor::open(&path).map_err(failed)?;
        file.write(mark).and_then(|()| file.flush()).map_err(failed)?;
        File::open(&self.place().dir).and_then(|dir| dir.sync_all()).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::FindingKind;
    use super::super::sample::{Till, WHO, sell};
    use super::*;
    use crate::domain::event::Event;
    use crate::domain::ids::Epoch;
    use crate::journal::hash::Hash;

    fn mark_of(ledger: &Ledger) -> Mark {
        let chain = ledger.chain();
        Mark { journal: chain.journal, next_seq: chain.next_seq, head: chain.head }
    }

    #[test]
    fn only_a_record_that_is_not_here_says_something_new() {
        let till = Till::sold(2);
        let (mut ledger, _) = till.open();
        let here = mark_of(&ledger);
        sell(&mut ledger, 1);
        let now = mark_of(&ledger);
        let lacks = |mark: Mark| ledger.lacks(&mark).expect("looked at");
        assert!(!lacks(here), "an answer that was on its way while a sale was recorded");
        assert!(!lacks(now));
        assert!(!lacks(Mark { next_seq: Seq(0), head: Hash::ZERO, ..now }));
        assert!(lacks(Mark { next_seq: now.next_seq.next(), ..now }), "a place beyond the end");
        assert!(lacks(Mark { head: Hash([9; 32]), ..now }), "another last record");
        assert!(lacks(Mark { head: Hash([9; 32]), ..here }), "another record before it");
        let mut journal = now.journal;
        journal.epoch = Epoch([9; 8]);
        assert!(!lacks(Mark { journal, next_seq: Seq(99), ..now }), "of another journal");
    }

    #[test]
    fn what_was_shown_gives_the_journal_up_at_the_next_opening_and_no_later_one() {
        for (beyond, head) in [(7, Hash([9; 32])), (3, Hash([9; 32]))] {
            let till = Till::sold(2);
            let (ledger, _) = till.open();
            let (end, old) = (ledger.chain().next_seq, ledger.chain().journal);
            let shown = Mark { journal: old, next_seq: Seq(beyond), head };
            ledger.keep_shown(&shown).expect("kept");
            drop(ledger);
            assert_eq!(read(&till.place, WHO), Some(shown));
            let (ledger, opening) = till.open();
            let kinds: Vec<_> = opening.findings.iter().map(|found| found.kind).collect();
            assert_eq!(kinds, [FindingKind::JournalFrozen]);
            let said = opening.findings.first().expect("one").text().to_string();
            assert!(said.contains("was put back to an earlier moment"), "{said}");
            let Some(Event::EpochOpen(open)) = till.events().into_iter().next() else {
                panic!("a journal begins")
            };
            let follows = open.follows.expect("it follows one");
            assert_eq!((follows.epoch, follows.next_seq), (old.epoch, Seq(beyond).max(end)));
            assert_ne!(ledger.chain().journal.epoch, old.epoch);
            drop(ledger);
            assert_eq!(till.open().1.findings, [], "said once");
        }
    }

    #[test]
    fn what_is_here_as_well_gives_nothing_up() {
        let till = Till::sold(2);
        let (mut ledger, _) = till.open();
        let here = mark_of(&ledger);
        sell(&mut ledger, 1);
        ledger.keep_shown(&here).expect("kept");
        drop(ledger);
        let (ledger, opening) = till.open();
        assert_eq!((opening.findings, ledger.chain().journal), (Vec::new(), here.journal));
    }
}
