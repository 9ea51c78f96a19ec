//! Journals that come to a drill's central from elsewhere: a register of a later version, and one
//! of a store in another time zone.

use crate::domain::event::{EpochOpen, Event};
use crate::domain::ids::{JournalId, OutageId, RegisterNo, StoreNo};
use crate::domain::outage::{Outage, System};
use crate::domain::time::Timestamp;
use crate::journal::chain::{Chain, Entry};
use crate::journal::epoch;
use crate::journal::key::{Domain, SigningKey};
use crate::journal::record::Line;

/// A record of a kind that this version does not know, rightly chained and signed.
pub const LATER_KIND: &str = "loyalty";

/// A little journal.
pub struct Visitor {
    key: SigningKey,
    chain: Chain,
    lines: Vec<Line>,
}

impl Visitor {
    /// A journal that opens at a time; none when the totals of nothing did not fit.
    pub fn arriving(
        store: StoreNo,
        register: RegisterNo,
        key: SigningKey,
        at: Timestamp,
    ) -> Option<Self> {
        let nonce = [7; 16];
        let epoch = epoch::derive(&key.public(), &nonce);
        let chain = Chain::empty(JournalId { store, register, epoch });
        let mut visitor = Self { key, chain, lines: Vec::new() };
        let public_key = *visitor.key.public().bytes();
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let open = EpochOpen { public_key, nonce, program, currency: None, follows: None };
        visitor.record(Event::EpochOpen(open), at)?;
        Some(visitor)
    }

    /// The key that signs it.
    pub const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Its lines, as a file.
    pub fn file(&self) -> Vec<u8> {
        let lines = self.lines.iter().map(Line::bytes);
        lines.flat_map(|line| line.iter().copied().chain([b'\n'])).collect()
    }

    /// How many records it has.
    pub fn records(&self) -> u64 {
        u64::try_from(self.lines.len()).unwrap_or(u64::MAX)
    }

    /// Declares an outage there.
    pub fn declares(&mut self, at: Timestamp) -> Option<()> {
        let JournalId { store, register, .. } = self.chain.journal;
        let id = OutageId::parse(&format!("{store}-{register}-drill")).ok()?;
        self.record(
            Event::OutageDeclared(Outage {
                id,
                since: at,
                systems: vec![System::Inventory],
                cause: "drill".to_owned(),
                ticket: String::new(),
                expected: None,
            }),
            at,
        )
    }

    /// Records something that this version does not know.
    pub fn speaks_a_later_version(&mut self, at: Timestamp) -> Option<()> {
        let (line, after) = self.next(Event::Note { text: "drill".to_owned() }, at)?;
        let text = String::from_utf8(line.into_bytes()).ok()?;
        let (_, json) = text.split_once(' ')?;
        let later = format!("\"k\":\"{LATER_KIND}\",\"v\":2");
        let json = json.replacen("\"k\":\"note\",\"v\":1", &later, 1);
        let signature = self.key.sign(Domain::Record, json.as_bytes()).to_text();
        let line = Line::from_bytes(format!("{signature} {json}").into_bytes());
        self.chain = Chain { head: line.hash(), ..after };
        self.lines.push(line);
        Some(())
    }

    fn record(&mut self, event: Event, at: Timestamp) -> Option<()> {
        let (line, after) = self.next(event, at)?;
        self.chain = after;
        self.lines.push(line);
        Some(())
    }

    fn next(&self, event: Event, at: Timestamp) -> Option<(Line, Chain)> {
        let entry = Entry {
            at,
            mono_ms: 0,
            date: at.local_date(),
            by: None,
            pack: None,
            outage: None,
            event,
        };
        self.chain.next(&entry, Some(&self.key)).ok()
    }
}
