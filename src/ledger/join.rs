//! The one way in which records come back: what several carriers hold of one journal, joined at
//! each place to the line that is right.
//!
//! ```text
//!  database   0 1 2 3 x             x: a flipped bit
//!  tape       0 1 2 y 4             y: no record
//!  peer               4 5   7
//!  central    0 1
//!  joined     0 1 2 3 4 5           each line follows the one before; where two differ, the
//!                         └ 6 is missing, so 7 has no place yet
//! ```
//!
//! A start joins database and tape; `tideover recover` joins as many carriers as a person names.
//! Pure: it is handed lines and hands lines on. Two lines at one place that are both right are a
//! fork: the carrier that is named first gives the line of the first branch, and the other one is
//! told, never swallowed. Lines are streamed, so a journal of any length takes constant memory.

use std::collections::VecDeque;

use crate::domain::book::{Book, Origin};
use crate::domain::event::Event;
use crate::domain::ids::{Epoch, Seq};
use crate::journal::chain::Chain;
use crate::journal::epoch;
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::journal::record::Envelope;

use super::anchor::Mark;
use super::error::LedgerError;
use super::state::State;

/// A line and its place.
pub(super) type Record = (Seq, Vec<u8>);
/// Is handed each accepted line.
pub(super) type Sink<'a> = &'a mut dyn FnMut(Seq, &[u8]) -> Result<(), LedgerError>;

/// The most carriers of one journal.
pub(super) const CARRIERS_MAX: usize = 64;
/// The most other branches that are told.
pub(super) const BRANCHES_MAX: usize = 8;
/// The longest run of unsigned records from outside that waits for a signed one.
const WAITING_MAX: usize = 10_000;

/// How far a carrier is believed beyond what its lines prove themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Word {
    /// The ledger itself: what only it holds is proven by the records after it, and at the end by
    /// its last signature.
    Ledger,
    /// Who took it from the register itself: each record is proven by its own signature, and one
    /// that was written without a key has its place in the chain.
    Known,
    /// Anybody: an unsigned record counts once a signed one follows it.
    Nobody,
}

/// What one carrier holds of a journal, by place.
pub(super) struct Carrier<'a> {
    /// How far it is believed.
    pub(super) word: Word,
    /// Gives its lines, each place once.
    pub(super) pull: Box<dyn FnMut() -> Option<Record> + 'a>,
}

/// Which carriers hold a place: a bit each, in the order they were given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Holders(u64);

/// A stretch of the joined journal that the same carriers hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Its first place.
    pub(super) from: Seq,
    /// The place after its last.
    pub(super) until: Seq,
    /// Who holds it.
    pub(super) by: Holders,
}

/// What one side holds of the joined journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Side {
    /// Leading records that are as they should be.
    pub(super) good: u64,
    /// One more than its last record's place, right or not.
    pub(super) end: u64,
    /// A record is there but wrong, or can't be read.
    pub(super) damaged: bool,
}

/// A line that is right as well, at the place of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Other {
    /// Its place.
    pub(super) at: Seq,
    /// Its hash.
    pub(super) hash: Hash,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    /// The journal; the one of the first record that is found where none is named.
    pub(super) wanted: Option<Epoch>,
    /// A witness of its end, whose place is looked at.
    pub(super) anchor: Option<Mark>,
    /// The line to take where two are right: so another branch is followed.
    pub(super) other: Option<Other>,
}

/// A joined journal.
#[derive(Clone, Debug)]
pub(super) struct Joined {
    /// Its end; none when not even its first record was found.
    pub(super) chain: Option<Chain>,
    /// Its key.
    pub(super) key: Option<PublicKey>,
    /// The journal it follows.
    pub(super) follows: Option<Epoch>,
    /// The fold over its events.
    pub(super) state: State,
    /// What the store's book has of it.
    pub(super) book: Book,
    /// Each carrier, in their order.
    pub(super) sides: Vec<Side>,
    /// Lines of each carrier that are not in it.
    pub(super) not_used: Vec<u64>,
    /// Who holds what.
    pub(super) held: Vec<Stretch>,
    /// Lines that are right as well, at places that are taken.
    pub(super) others: Vec<Other>,
    /// The hash at the anchor's place, where it comes so far.
    pub(super) hash_at_anchor: Option<Hash>,
}

impl Holders {
    const fn with(self, carrier: usize) -> Self {
        Self(self.0 | (1_u64 << (carrier % CARRIERS_MAX)))
    }

    /// This carrier is one of them.
    pub(super) const fn has(self, carrier: usize) -> bool {
        self.0 & (1_u64 << (carrier % CARRIERS_MAX)) != 0
    }

    /// One of the first so many carriers is.
    pub(super) fn any_below(self, carriers: usize) -> bool {
        (0..carriers.min(CARRIERS_MAX)).any(|carrier| self.has(carrier))
    }
}

/// Joins what the carriers hold and hands each accepted line to `sink`.
///
/// # Errors
/// The sink's, and a sum that does not fit.
pub(super) fn join(
    carriers: Vec<Carrier<'_>>,
    asked: Asked,
    sink: Sink<'_>,
) -> Result<Joined, LedgerError> {
    let mut join = Join::new(asked, sink);
    let mut cursors: Vec<Cursor<'_>> =
        carriers.into_iter().take(CARRIERS_MAX).map(Cursor::new).collect();
    let mut place = Seq(0);
    loop {
        cursors.iter_mut().for_each(|cursor| cursor.reach(place));
        let Some(chosen) = join.choose(place, &cursors) else { break };
        let mut by = Holders::default();
        for (number, cursor) in (0..).zip(&mut cursors) {
            if cursor.settle(place, &chosen.line) {
                by = by.with(number);
            }
        }
        if !join.accept(place, chosen, by)? {
            break;
        }
        place = place.next();
    }
    for cursor in cursors {
        let (side, not_used) = cursor.drain();
        join.found.sides.push(side);
        join.found.not_used.push(not_used);
    }
    join.finish()
}

/// Where one carrier is, while all are joined.
struct Cursor<'a> {
    carrier: Carrier<'a>,
    current: Option<Record>,
    side: Side,
    not_used: u64,
    /// Every record so far was this carrier's.
    whole: bool,
}

impl<'a> Cursor<'a> {
    fn new(mut carrier: Carrier<'a>) -> Self {
        let current = (carrier.pull)();
        let end = current.as_ref().map_or(0, |(seq, _)| seq.next().0);
        let side = Side { end, ..Side::default() };
        Self { carrier, current, side, not_used: 0, whole: true }
    }

    fn advance(&mut self) {
        self.current = (self.carrier.pull)();
        if let Some((seq, _)) = &self.current {
            self.side.end = self.side.end.max(seq.next().0);
        }
    }

    fn pass_over(&mut self) {
        self.side.damaged = true;
        self.not_used = self.not_used.saturating_add(1);
        self.advance();
    }

    /// Comes to a place; lines of earlier places come too late to be of use.
    fn reach(&mut self, place: Seq) {
        while self.current.as_ref().is_some_and(|(seq, _)| *seq < place) {
            self.pass_over();
        }
    }

    /// The line at a place that was reached.
    fn at(&self, place: Seq) -> Option<&[u8]> {
        self.current.as_ref().filter(|(seq, _)| *seq == place).map(|(_, line)| line.as_slice())
    }

    /// Takes note of whether the line that was chosen is this carrier's; true where it is.
    fn settle(&mut self, place: Seq, chosen: &[u8]) -> bool {
        match self.at(place) {
            Some(line) if line == chosen => {
                if self.whole {
                    self.side.good = place.next().0;
                }
                self.advance();
                true
            }
            Some(_) => {
                self.whole = false;
                self.pass_over();
                false
            }
            None => {
                // Later records are here and this one is not, also where another carrier has it.
                self.side.damaged |= self.current.is_some();
                self.whole = false;
                false
            }
        }
    }

    /// Reads on to the end, so that it is known how many records there once were.
    fn drain(mut self) -> (Side, u64) {
        // A record that follows from nothing is damage here.
        while self.current.is_some() {
            self.pass_over();
        }
        (self.side, self.not_used)
    }
}

/// The line that is right at a place.
struct Chosen {
    line: Vec<u8>,
    /// Nobody vouches for it yet but a signed record that is still to follow.
    waits: bool,
}

/// An accepted line that nothing vouches for yet, and what stood before it.
struct Unproven {
    before: Chain,
    state: State,
    line: Vec<u8>,
    waits: bool,
    /// For the book; none for a kind of a later program.
    news: Option<(Origin, Event)>,
}

/// The joined journal, while it grows.
struct Join<'a> {
    asked: Asked,
    chain: Option<Chain>,
    found: Joined,
    /// The last accepted lines, that no record after them proves: one, and those that wait.
    unproven: VecDeque<Unproven>,
    sink: Sink<'a>,
}

impl<'a> Join<'a> {
    fn new(asked: Asked, sink: Sink<'a>) -> Self {
        let found = Joined {
            chain: None,
            key: None,
            follows: None,
            state: State::default(),
            book: Book::default(),
            sides: Vec::new(),
            not_used: Vec::new(),
            held: Vec::new(),
            others: Vec::new(),
            hash_at_anchor: None,
        };
        Self { asked, chain: None, found, unproven: VecDeque::new(), sink }
    }

    /// The line that is right at a place; none where no carrier has one.
    fn choose(&mut self, place: Seq, cursors: &[Cursor<'_>]) -> Option<Chosen> {
        // Each line once, with the best word that somebody gives for it, in the carriers' order.
        let mut lines: Vec<(&[u8], Word)> = Vec::new();
        for cursor in cursors {
            let Some(line) = cursor.at(place) else { continue };
            match lines.iter_mut().find(|(known, _)| *known == line) {
                Some((_, word)) => *word = cursor.carrier.word.min(*word),
                None => lines.push((line, cursor.carrier.word)),
            }
        }
        if let Some(other) = self.asked.other.filter(|other| other.at == place) {
            lines.retain(|(line, _)| Hash::of_line(line) == other.hash);
        }
        let alone = lines.len() == 1;
        lines.retain(|(line, _)| self.follows(place, line));
        let right = |(line, word): &(&[u8], Word)| match word {
            Word::Ledger if alone => true,
            Word::Ledger | Word::Known => self.is_proven(line),
            Word::Nobody => is_signed(line) && self.is_proven(line),
        };
        let proven: Vec<&[u8]> = lines.iter().filter(|line| right(line)).map(|(l, _)| *l).collect();
        if let Some((first, others)) = proven.split_first() {
            let room = BRANCHES_MAX.saturating_sub(self.found.others.len());
            let others = others.iter().take(room);
            let others = others.map(|line| Other { at: place, hash: Hash::of_line(line) });
            self.found.others.extend(others);
            return Some(Chosen { line: first.to_vec(), waits: false });
        }
        // Of two unsigned ones nobody can say which is right.
        let mut unsigned = lines.iter().filter(|(line, _)| !is_signed(line)).map(|(line, _)| *line);
        let one = unsigned.next().filter(|_| unsigned.next().is_none())?;
        let waiting = self.unproven.iter().filter(|line| line.waits).count();
        (waiting < WAITING_MAX).then(|| Chosen { line: one.to_vec(), waits: true })
    }

    fn follows(&self, place: Seq, line: &[u8]) -> bool {
        let Ok(envelope) = Envelope::read(line) else { return false };
        let header = &envelope.header;
        match &self.chain {
            Some(chain) => {
                header.journal == chain.journal && header.seq == place && header.prev == chain.head
            }
            None => {
                header.seq == place
                    && header.prev == Hash::ZERO
                    && self.asked.wanted.is_none_or(|wanted| wanted == header.journal.epoch)
                    && first_key(&envelope).is_some()
            }
        }
    }

    fn is_proven(&self, line: &[u8]) -> bool {
        let Ok(envelope) = Envelope::read(line) else { return false };
        if envelope.signature.is_none() {
            // Written while no key was available; its place in the chain is all it has.
            return true;
        }
        let key = self.found.key.or_else(|| first_key(&envelope));
        key.is_some_and(|key| envelope.is_signed_by(&key))
    }

    /// Takes a line into the joined journal; false when it can't be counted.
    fn accept(&mut self, place: Seq, chosen: Chosen, by: Holders) -> Result<bool, LedgerError> {
        let Chosen { line, waits } = chosen;
        let (hash, header, event) = {
            let Ok(envelope) = Envelope::read(&line) else { return Ok(false) };
            if place == Seq(0) {
                self.found.key = first_key(&envelope);
            }
            (Hash::of_line(&line), envelope.header.clone(), envelope.event())
        };
        let before = self.chain.unwrap_or_else(|| Chain::empty(header.journal));
        let state = match &event {
            Ok(event) => self.found.state.after(header.at, header.date, event)?,
            // A kind of a later program: kept, chained and sent, but not understood here.
            Err(_) => self.found.state.clone(),
        };
        let chain =
            Chain { next_seq: place.next(), head: hash, lifetime: header.lifetime, ..before };
        let state_before = std::mem::replace(&mut self.found.state, state);
        if let Some(mark) = self.asked.anchor
            && mark.journal == header.journal
            && mark.next_seq == chain.next_seq
        {
            self.found.hash_at_anchor = Some(hash);
        }
        if let Ok(Event::EpochOpen(open)) = &event {
            self.found.follows = open.follows.as_ref().map(|follows| follows.epoch);
        }
        if !waits {
            // The records before it are proven by this one, so they can be handed on.
            self.hand_on()?;
        }
        self.chain = Some(chain);
        self.note_holders(place, by);
        let news = event.ok().map(|event| (header.origin(), event));
        self.unproven.push_back(Unproven { before, state: state_before, line, waits, news });
        Ok(true)
    }

    fn note_holders(&mut self, place: Seq, by: Holders) {
        match self.found.held.last_mut() {
            Some(last) if last.by == by => last.until = place.next(),
            _ => self.found.held.push(Stretch { from: place, until: place.next(), by }),
        }
    }

    fn hand_on(&mut self) -> Result<(), LedgerError> {
        while let Some(proven) = self.unproven.pop_front() {
            self.give(proven)?;
        }
        Ok(())
    }

    fn give(&mut self, proven: Unproven) -> Result<(), LedgerError> {
        if let Some((origin, event)) = &proven.news {
            self.found.book.take(origin, event);
        }
        (self.sink)(proven.before.next_seq, &proven.line)
    }

    /// Looks at the last lines, since no record after them proves them.
    fn finish(mut self) -> Result<Joined, LedgerError> {
        while self.unproven.back().is_some_and(|last| last.waits) {
            self.take_last_back();
        }
        if self.unproven.back().is_some_and(|last| !self.is_proven(&last.line)) {
            self.take_last_back();
        }
        self.hand_on()?;
        self.found.chain = self.chain;
        Ok(self.found)
    }

    /// The last line was changed, or nobody vouches for it: the journal ends before it, as far as
    /// is known here.
    fn take_last_back(&mut self) {
        let Some(last) = self.unproven.pop_back() else { return };
        let good = last.before.next_seq;
        for side in &mut self.found.sides {
            side.damaged |= side.end > good.0;
            side.good = side.good.min(good.0);
        }
        if let Some(stretch) = self.found.held.last_mut() {
            stretch.until = good;
        }
        self.found.held.retain(|stretch| stretch.from < stretch.until);
        self.found.state = last.state;
        self.chain = (good.0 > 0).then_some(last.before);
    }
}

fn is_signed(line: &[u8]) -> bool {
    Envelope::read(line).is_ok_and(|envelope| envelope.signature.is_some())
}

/// The key that a journal's first record names, when the journal's name follows from it.
pub(super) fn first_key(envelope: &Envelope<'_>) -> Option<PublicKey> {
    let Ok(Event::EpochOpen(open)) = envelope.event() else { return None };
    let key = PublicKey::from_bytes(open.public_key).ok()?;
    (epoch::derive(&key, &open.nonce) == envelope.header.journal.epoch).then_some(key)
}

#[cfg(test)]
mod tests;
