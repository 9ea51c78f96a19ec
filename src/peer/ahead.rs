//! A peer holds records of this register's journal in use that are not here: it shows one.
//!
//! ```text
//!  want: held up to 41 │ here: up to 36 ─▶ give(40) ─▶ the line, signed by this register's own key
//! ```
//!
//! Nobody else can have written it, so this disk was put back, or copied. The till decides what
//! follows; a peer that only says so, and shows nothing, is told of as a warning (`client`).

use super::News;
use super::client::{Ended, Line};
use super::offer::{Offer, Offers};
use super::wire::{Ask, Head, Say};
use crate::domain::ids::Seq;
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::journal::record::Envelope;
use crate::ledger::Mark;
use crate::sync::wire::JournalName;

/// The most places one line is asked to show.
const ASKED_MAX: usize = 16;

impl Line<'_> {
    /// Has each branch shown that ends beyond what is here, or with another record; once each.
    pub(super) fn see_ahead(
        &mut self,
        offers: &Offers<'_>,
        offer: &Offer,
        next: Seq,
        held: &[Head],
    ) -> Result<(), Ended> {
        let journal = offer.journal();
        for (branch, theirs) in (1..).zip(held) {
            let (at, head) = (Seq(theirs.next_seq), Hash::parse(&theirs.head));
            let (Some(last), Some(head)) = (at.0.checked_sub(1).map(Seq), head) else { continue };
            // What is here was read after the peer answered: it never lacks what is on its way.
            if at <= next && offers.hash_at(offer, last)? == Some(head) {
                continue;
            }
            let mark = Mark { journal, next_seq: at, head };
            let asked = self.ahead.iter().any(|(known, _)| *known == mark);
            if !self.gives || asked || self.ahead.len() >= ASKED_MAX {
                continue;
            }
            let shown = self.shows_line(branch, last, &mark)?;
            self.ahead.push((mark, shown));
            if shown {
                (self.hub.hear)(News::Elsewhere(mark));
            }
        }
        Ok(())
    }

    /// It showed a record that is not here.
    pub(super) fn showed_ahead(&self) -> bool {
        self.ahead.iter().any(|(_, shown)| *shown)
    }

    fn shows_line(&mut self, branch: u32, last: Seq, mark: &Mark) -> Result<bool, Ended> {
        let journal = JournalName::of(&mark.journal);
        match self.talk.ask(&Ask::Give { journal, branch, from: last.0 }, &[])? {
            (Say::Given, lines) => {
                let key = self.hub.key.public();
                Ok(lines.first().is_some_and(|line| is_own(line, last, mark, &key)))
            }
            (Say::No { .. }, _) => Ok(false),
            _ => Err(Ended::Confused),
        }
    }
}

/// The very record a mark names, signed by this key.
fn is_own(line: &[u8], last: Seq, mark: &Mark, key: &PublicKey) -> bool {
    Envelope::read(line).is_ok_and(|envelope| {
        envelope.header.journal == mark.journal
            && envelope.header.seq == last
            && Hash::of_line(line) == mark.head
            && envelope.is_signed_by(key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Event;
    use crate::domain::ids::{Epoch, JournalId, RegisterNo, StoreNo};
    use crate::domain::time::Timestamp;
    use crate::journal::chain::{Chain, Entry};
    use crate::journal::key::SigningKey;

    #[test]
    fn nothing_is_believed_but_the_very_record_under_this_registers_own_key() {
        let key = |seed: u8| SigningKey::from_seed(&[seed; 32]).expect("a key");
        let journal =
            JournalId { store: StoreNo(1_042), register: RegisterNo(7), epoch: Epoch([9; 8]) };
        let at = Timestamp::parse("2026-11-22T13:05:09.120-06:00").expect("a time");
        let event = Event::Note { text: "sold".to_owned() };
        let (by, pack, outage) = (None, None, None);
        let entry = Entry { at, mono_ms: 1, date: at.local_date(), by, pack, outage, event };
        let chain = Chain { next_seq: Seq(4), ..Chain::empty(journal) };
        let line = |key: Option<&SigningKey>| {
            let (line, next) = chain.next(&entry, key).expect("sums fit");
            (line.into_bytes(), Mark { journal, next_seq: next.next_seq, head: next.head })
        };
        let (own, public) = (key(1), key(1).public());
        let (signed, mark) = line(Some(&own));
        assert!(is_own(&signed, Seq(4), &mark, &public));
        assert!(!is_own(&signed, Seq(5), &mark, &public), "of another place");
        assert!(!is_own(&signed, Seq(4), &Mark { head: Hash([1; 32]), ..mark }, &public));
        let mut other = journal;
        other.epoch = Epoch([8; 8]);
        assert!(!is_own(&signed, Seq(4), &Mark { journal: other, ..mark }, &public));
        assert!(!is_own(&signed, Seq(4), &mark, &key(2).public()), "another register's key");
        let (foreign, mark) = line(Some(&key(2)));
        assert!(!is_own(&foreign, Seq(4), &mark, &public), "signed by another one");
        let (unsigned, mark) = line(None);
        assert!(!is_own(&unsigned, Seq(4), &mark, &public), "signed by nobody");
        assert!(!is_own(b"no record", Seq(4), &mark, &public));
    }
}
