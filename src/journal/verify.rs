//! Verifies a journal from its lines alone and reports every finding, by class, with its place.
//!
//! The verifier keeps no records: it holds the running hash, the tree's compact range, the key
//! and the totals, so a journal of any length is checked in constant memory.
//!
//! ```text
//!  line ─▶ readable? ─▶ this journal? ─▶ next seq? ─▶ prev = hash before? ─▶ signature?
//!            └──────────────┴───────────────┴── a finding each ──┴──────────────┘
//!       (a wrong signature comes first: of such a record nothing else is believed)
//!       ─▶ takings and pay-outs as the bodies say? ─▶ does the sale add up?
//! ```
//!
//! What it can't find: records cut from the end when no checkpoint, receipt or other copy tells
//! that they were there. So a known head is part of the question.

use crate::domain::event::{Event, Lifetime};
use crate::domain::ids::{Epoch, JournalId, Seq};

use super::checkpoint::Checkpoint;
use super::epoch;
use super::hash::Hash;
use super::key::PublicKey;
use super::merkle::CompactRange;
use super::record::Envelope;

/// The most findings kept; a file of garbage must not fill the memory.
pub const FINDINGS_MAX: usize = 10_000;

/// How much is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Everything: every signature and every body.
    Full,
    /// The chain, every body's totals left out, and the last signature: it authenticates what
    /// came before, since each record commits to the one before it.
    Chain,
}

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The line can't be read.
    Malformed,
    /// The record belongs to another journal.
    Foreign,
    /// Records are missing before this one.
    Gap,
    /// The record comes again, or too late.
    Order,
    /// The record before is not the one this record was written after.
    Chain,
    /// The signature is wrong.
    Signature,
    /// The record is not signed.
    Unsigned,
    /// The journal's key or name is wrong.
    Key,
    /// The lifetime totals don't follow from the bodies.
    Lifetime,
    /// A sale does not add up.
    Arithmetic,
    /// Records are missing at the end, or the end is another one.
    Tail,
    /// The journal had ended: its key was followed by another one.
    AfterRotation,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind.
    pub class: Class,
    /// The record's place; for a line that can't be read or believed, the place it should have
    /// had.
    pub seq: Seq,
    /// In words.
    pub text: String,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The journal, as its first readable record says.
    pub journal: Option<JournalId>,
    /// The journal's key, as its first record says.
    pub key: Option<PublicKey>,
    /// Lines read.
    pub records: u64,
    /// Sales and refunds among them.
    pub sales: u64,
    /// The seq that would come next.
    pub next_seq: Seq,
    /// The hash of the last line.
    pub head: Hash,
    /// The RFC 6962 root over all lines.
    pub root: Hash,
    /// Lifetime totals after the last record.
    pub lifetime: Lifetime,
    /// Everything that is wrong, in the order of the lines.
    pub findings: Vec<Finding>,
    /// Findings beyond [`FINDINGS_MAX`].
    pub findings_left_out: u64,
    /// The journal that this one says it follows.
    pub follows: Option<Epoch>,
    /// The key that its end says follows.
    pub next_key: Option<[u8; 32]>,
}

/// What is known about the journal from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The key it must be signed by, as enrolment pinned it.
    pub key: Option<PublicKey>,
    /// A state it was once in.
    pub checkpoint: Option<Checkpoint>,
}

/// A verification that is fed line by line.
#[derive(Clone, Debug)]
pub struct Verifier {
    depth: Depth,
    known: Known,
    range: CompactRange,
    report: Report,
    /// With [`Depth::Chain`]: the last line that claimed a signature, to be checked at the end.
    last_signed: Option<(Seq, Vec<u8>)>,
    checkpoint_seen: Option<(Hash, Hash)>,
    /// Where the journal says that it ends.
    ended_at: Option<Seq>,
}

impl Report {
    /// True when nothing is wrong.
    pub const fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// The checkpoint of what was read; none before the first readable record.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        let journal = self.journal?;
        Some(Checkpoint { journal, size: self.next_seq, head: self.head, root: self.root })
    }
}

impl Class {
    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Foreign => "foreign",
            Self::Gap => "gap",
            Self::Order => "order",
            Self::Chain => "chain",
            Self::Signature => "signature",
            Self::Unsigned => "unsigned",
            Self::Key => "key",
            Self::Lifetime => "lifetime",
            Self::Arithmetic => "arithmetic",
            Self::Tail => "tail",
            Self::AfterRotation => "after_rotation",
        }
    }
}

/// Verifies a whole journal.
pub fn verify<'a>(lines: impl IntoIterator<Item = &'a [u8]>, depth: Depth, known: Known) -> Report {
    let mut verifier = Verifier::new(depth, known);
    for line in lines {
        verifier.push(line);
    }
    verifier.finish()
}

/// What is wrong between journals of one register: where one ended with its key, the one that
/// follows it is under the key that was named. Each finding goes to the one that follows.
pub fn verify_succession(reports: &mut [Report]) {
    let ends: Vec<(JournalId, [u8; 32])> =
        reports.iter().filter_map(|one| Some((one.journal?, one.next_key?))).collect();
    for report in reports {
        let (Some(journal), Some(follows)) = (report.journal, report.follows) else { continue };
        let before = JournalId { epoch: follows, ..journal };
        let named = ends.iter().find(|(ended, _)| *ended == before).map(|(_, next)| next);
        if named.is_some_and(|next| report.key.is_none_or(|key| key.bytes() != next)) {
            let text = format!(
                "it follows journal {follows}, which ended with its key and named another one than \
                 this journal's"
            );
            report.findings.push(Finding { class: Class::Key, seq: Seq(0), text });
        }
    }
}

impl Verifier {
    /// A verification of a journal from its first record on.
    pub fn new(depth: Depth, known: Known) -> Self {
        let report = Report { key: known.key, ..Report::default() };
        Self {
            depth,
            known,
            range: CompactRange::default(),
            report,
            last_signed: None,
            checkpoint_seen: None,
            ended_at: None,
        }
    }

    /// Checks the next line.
    pub fn push(&mut self, line: &[u8]) {
        let hash = Hash::of_line(line);
        let expected = self.report.next_seq;
        let next = match Envelope::read(line) {
            Ok(envelope) => self.check(&envelope, line, expected),
            Err(why) => {
                self.find(Class::Malformed, expected, why.to_string());
                expected.next()
            }
        };
        self.range.push(hash);
        self.report.records = self.report.records.saturating_add(1);
        self.report.next_seq = next;
        self.report.head = hash;
        if self.known.checkpoint.is_some_and(|known| known.size.0 == self.range.size()) {
            self.checkpoint_seen = Some((hash, self.range.root()));
        }
    }

    /// The report.
    pub fn finish(mut self) -> Report {
        self.report.root = self.range.root();
        if let Some((seq, line)) = self.last_signed.take() {
            self.check_signature(seq, &line);
        }
        if let Some(known) = self.known.checkpoint {
            self.check_against(&known);
        }
        self.report
    }

    fn check(&mut self, envelope: &Envelope<'_>, line: &[u8], expected: Seq) -> Seq {
        let header = &envelope.header;
        let seq = header.seq;
        match self.report.journal {
            None => self.report.journal = Some(header.journal),
            Some(journal) if journal != header.journal => {
                self.find(
                    Class::Foreign,
                    expected,
                    format!("this record is of {}", header.journal),
                );
                return expected.next();
            }
            Some(_) => {}
        }
        if self.is_forged(envelope, expected) {
            self.find(Class::Signature, expected, WRONG_SIGNATURE.to_owned());
            return expected.next();
        }
        if seq > expected {
            let last = Seq(seq.0.saturating_sub(1));
            let text = if last == expected {
                format!("record {expected} is missing")
            } else {
                format!("records {expected} to {last} are missing")
            };
            self.find(Class::Gap, expected, text);
        } else if seq < expected {
            self.find(Class::Order, seq, format!("record {seq} stands where {expected} should"));
        } else if header.prev != self.report.head {
            let text = "it was written after another record than the one before it".to_owned();
            self.find(Class::Chain, seq, text);
        }
        if seq == Seq(0) {
            self.check_first(envelope);
        }
        self.check_ended(envelope, seq);
        self.check_signed(envelope, line, seq);
        if self.depth == Depth::Full {
            self.check_body(envelope, seq);
        }
        self.report.lifetime = header.lifetime;
        if matches!(envelope.kind, "sale" | "refund") {
            self.report.sales = self.report.sales.saturating_add(1);
        }
        seq.next().max(expected)
    }

    /// A wrong signature under a known key: nothing the record says can be believed, not even its
    /// seq, so it is found at the place it stands. Record 0 is looked at all the same, since it
    /// brings its key along.
    fn is_forged(&self, envelope: &Envelope<'_>, expected: Seq) -> bool {
        let is_first = expected == Seq(0) && envelope.header.seq == Seq(0);
        let forged = |key: PublicKey| envelope.signature.is_some() && !envelope.is_signed_by(&key);
        self.depth == Depth::Full && !is_first && self.report.key.is_some_and(forged)
    }

    fn check_first(&mut self, envelope: &Envelope<'_>) {
        let seq = Seq(0);
        let Ok(Event::EpochOpen(open)) = envelope.event() else {
            let text = "the first record does not open a journal".to_owned();
            return self.find(Class::Key, seq, text);
        };
        self.report.follows = open.follows.as_ref().map(|follows| follows.epoch);
        let key = match PublicKey::from_bytes(open.public_key) {
            Ok(key) => key,
            Err(why) => return self.find(Class::Key, seq, why.to_string()),
        };
        if epoch::derive(&key, &open.nonce) != envelope.header.journal.epoch {
            let text = "the journal's name does not follow from its key".to_owned();
            self.find(Class::Key, seq, text);
        }
        if self.known.key.is_some_and(|known| known != key) {
            let text = "the journal is signed by another key than the enrolled one".to_owned();
            self.find(Class::Key, seq, text);
        }
        if self.report.key.is_none() {
            self.report.key = Some(key);
        }
    }

    /// A key that was followed by another one signs nothing any more.
    fn check_ended(&mut self, envelope: &Envelope<'_>, seq: Seq) {
        if let Some(end) = self.ended_at {
            let text = format!("the journal ended with record {end}: its key was changed there");
            return self.find(Class::AfterRotation, seq, text);
        }
        if envelope.kind == "key_rotated" {
            self.ended_at = Some(seq);
            if let Ok(Event::KeyRotated(next)) = envelope.event() {
                self.report.next_key = Some(next.public_key);
            }
        }
    }

    fn check_signed(&mut self, envelope: &Envelope<'_>, line: &[u8], seq: Seq) {
        if envelope.signature.is_none() {
            let text = "the record is not signed: the key was not available".to_owned();
            return self.find(Class::Unsigned, seq, text);
        }
        match self.depth {
            Depth::Chain => {
                let mut kept = self.last_signed.take().map_or_else(Vec::new, |(_, line)| line);
                kept.clear();
                kept.extend_from_slice(line);
                self.last_signed = Some((seq, kept));
            }
            Depth::Full => match self.report.key {
                // Of all but record 0 the signature was checked before anything was believed.
                Some(key) if seq == Seq(0) && !envelope.is_signed_by(&key) => {
                    self.find(Class::Signature, seq, WRONG_SIGNATURE.to_owned());
                }
                Some(_) => {}
                None => self.find(Class::Key, seq, NO_KEY.to_owned()),
            },
        }
    }

    fn check_signature(&mut self, seq: Seq, line: &[u8]) {
        let signed =
            |key: &PublicKey| Envelope::read(line).is_ok_and(|envelope| envelope.is_signed_by(key));
        match self.report.key {
            Some(key) if signed(&key) => {}
            Some(_) => self.find(Class::Signature, seq, WRONG_SIGNATURE.to_owned()),
            None => self.find(Class::Key, seq, NO_KEY.to_owned()),
        }
    }

    fn check_body(&mut self, envelope: &Envelope<'_>, seq: Seq) {
        let event = match envelope.event() {
            Ok(event) => event,
            Err(why) => return self.find(Class::Malformed, seq, why.to_string()),
        };
        let after = self.report.lifetime.after(&event);
        if after != Ok(envelope.header.lifetime) {
            let text = "lifetime takings and pay-outs don't follow from the record".to_owned();
            self.find(Class::Lifetime, seq, text);
        }
        if let Some(sale) = event.sale()
            && !sale.adds_up()
        {
            let text = format!("sale {} does not add up", sale.number);
            self.find(Class::Arithmetic, seq, text);
        }
    }

    fn check_against(&mut self, known: &Checkpoint) {
        let seq = self.report.next_seq;
        if self.report.journal.is_some_and(|journal| journal != known.journal) {
            let text = format!("the known head is of {}", known.journal);
            return self.find(Class::Tail, seq, text);
        }
        if seq < known.size {
            let text =
                format!("the known head has {} records, this journal ends at {seq}", known.size);
            return self.find(Class::Tail, seq, text);
        }
        if self.checkpoint_seen.is_some_and(|seen| seen != (known.head, known.root)) {
            let text = format!("the first {} records are not those of the known head", known.size);
            self.find(Class::Tail, Seq(known.size.0.saturating_sub(1)), text);
        }
    }

    fn find(&mut self, class: Class, seq: Seq, text: String) {
        if self.report.findings.len() < FINDINGS_MAX {
            self.report.findings.push(Finding { class, seq, text });
        } else {
            self.report.findings_left_out = self.report.findings_left_out.saturating_add(1);
        }
    }
}

const WRONG_SIGNATURE: &str =
    "the signature is wrong: the record was changed, or signed by another key";
const NO_KEY: &str = "the journal's first record is missing, so its key is not known";
