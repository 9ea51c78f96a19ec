//! The register's side: one step at a time, one request in flight, never an end to trying.
//!
//! ```text
//!            ┌────────── no answer, 5xx, not central: forget the position, back off ──────────┐
//!            ▼                                                                                │
//!  Probe ─ hello holds ─▶ Ask (announce) ─ position ─▶ plan ─▶ Send ─ signed answer ─▶ receipt ┤
//!            ▲                                           ├─▶ UpToDate: probe again later       │
//!            └─ Held until a signed hello lifts it ◀─────┴─▶ Fork: deliver what we have, report┘
//! ```
//!
//! Nothing is ever dropped: what is pending follows from the journal and central's position, so
//! there is no queue to lose. After an unknown outcome the position is asked; records are never
//! re-sent blindly. Selling knows nothing of all this.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::device::clock::Clock;
use crate::device::entropy::Entropy;
use crate::domain::ids::{JournalId, Seq};
use crate::domain::time::Timestamp;
use crate::journal::hash::{Hash, to_hex};
use crate::journal::key::{Domain, PublicKey, SigningKey};

use super::advance::{Forked, Resting, Strand, strand};
use super::asks::{Asks, is_slot};
use super::carrier::{
    JournalState, NoAnswer, Receipt, Request, Response, Sink, Source, SourceFailed, Transport,
};
pub use super::link::{LinkState, Next, PushReport};
use super::pace::{self, HELD_MS, Pace, WORD_MS};
use super::plan::End;
use super::run::run_of;
use super::sealed::{self, Sealed};
use super::segment;
use super::wire::{ANSWER_LEN_MAX, Announce, Answer, Hello, JournalName, PROTOCOL, Refusal};

/// A register's journals and its drawer for receipts.
pub trait Journals: Source + Sink {}
impl<T: Source + Sink> Journals for T {}

/// What the loop is made of.
pub struct SyncParts {
    /// The register's key.
    pub key: Arc<SigningKey>,
    /// Central's key, as enrolment gave it; none before that.
    pub central_key: Option<PublicKey>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance, for waits and nonces.
    pub entropy: Arc<dyn Entropy>,
}

/// The register's sending, as a value that is stepped.
pub struct SyncLoop {
    pub(super) parts: SyncParts,
    /// When central is told again that this register is there, on the monotonic clock.
    pub(super) say_again_ms: u64,
    /// Not before this, on the monotonic clock.
    not_before_ms: u64,
    why_waiting: LinkState,
    pub(super) pace: Pace,
    /// What is asked now is a delivery.
    delivering: bool,
    /// The appointment that central gave last; kept by the next delivery.
    slot: Option<String>,
    /// True while the last probe's greeting is believed.
    greeted: bool,
    /// Central's name, as it was last heard.
    server_epoch: Option<String>,
    pub(super) positions: BTreeMap<JournalId, End>,
    pub(super) forks: BTreeMap<Strand, Forked>,
    /// Journals that were given up and can't be sent just now.
    pub(super) resting: BTreeMap<Strand, Resting>,
    created: u64,
    existing: u64,
    requests: u64,
    /// How far this clock was ahead of central's at its last greeting.
    clock_ahead_ms: Option<i64>,
    /// How many revocations of keys its last greeting told of.
    revocations: Option<u64>,
}

pub(super) enum Trouble {
    /// What became of the request is unknown.
    NoAnswer(String),
    /// Not central, or not ours.
    NotCentral(String),
    /// The frame was refused: send less at a time.
    Frame(String),
    /// The register was refused.
    Refused(String),
    /// Come back then, and show the appointment if there is one.
    Busy(u64, Option<String>),
    Ledger(SourceFailed),
}

impl From<SourceFailed> for Trouble {
    fn from(why: SourceFailed) -> Self {
        Self::Ledger(why)
    }
}

impl std::fmt::Debug for SyncLoop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SyncLoop({:?}, {:?})", self.why_waiting, self.pace)
    }
}

impl SyncLoop {
    /// A loop that knows nothing of central yet.
    pub fn new(parts: SyncParts) -> Self {
        Self {
            parts,
            say_again_ms: 0,
            not_before_ms: 0,
            why_waiting: LinkState::Unknown,
            pace: Pace::default(),
            delivering: false,
            slot: None,
            greeted: false,
            server_epoch: None,
            positions: BTreeMap::new(),
            forks: BTreeMap::new(),
            resting: BTreeMap::new(),
            created: 0,
            existing: 0,
            requests: 0,
            clock_ahead_ms: None,
            revocations: None,
        }
    }

    /// How many revocations of keys central's last greeting told of.
    pub const fn revocations(&self) -> Option<u64> {
        self.revocations
    }

    /// How far this clock was ahead of central's at its last greeting, in milliseconds; a signed
    /// greeting only, so that nobody on the line makes a clock look wrong.
    pub const fn clock_ahead_ms(&self) -> Option<i64> {
        self.clock_ahead_ms
    }

    /// Does the next thing, with at most one request.
    pub fn step(
        &mut self,
        now_ms: u64,
        transport: &mut dyn Transport,
        journals: &mut dyn Journals,
    ) -> Next {
        let pending = self.pending(journals);
        if now_ms < self.not_before_ms {
            let wait_ms = self.not_before_ms.saturating_sub(now_ms);
            return Next { wait_ms, wake_early: false, link: self.why_waiting.clone(), pending };
        }
        self.delivering = false;
        let done =
            if self.greeted { self.advance(transport, journals) } else { self.probe(transport) };
        let next = match done {
            Ok(next) => {
                self.pace.answered();
                next
            }
            Err(trouble) => self.after(trouble),
        };
        let (wait_ms, wake_early, link) = next;
        // An idle register is woken by its next record; any other wait is kept.
        self.not_before_ms = if wake_early { 0 } else { now_ms.saturating_add(wait_ms) };
        if wake_early {
            // The probe tells a lost line before there is something to send.
            self.greeted = false;
        }
        self.why_waiting = link.clone();
        Next { wait_ms, wake_early, link, pending: self.pending(journals) }
    }

    /// Steps until nothing is pending, a person is needed, or `stop` says so. `wait` lets time
    /// pass; `progress` hears of every step.
    pub fn drain(
        &mut self,
        transport: &mut dyn Transport,
        journals: &mut dyn Journals,
        wait: &mut dyn FnMut(u64),
        progress: &mut dyn FnMut(&Next),
        stop: &dyn Fn() -> bool,
    ) -> PushReport {
        let before = (self.created, self.existing, self.requests);
        // What was true a while ago may not be: central may have been restored meanwhile.
        self.greeted = false;
        self.positions.clear();
        self.resting.clear();
        let mut last;
        loop {
            last = self.step(self.parts.clock.mono_ms(), transport, journals);
            progress(&last);
            let over = match &last.link {
                LinkState::UpToDate
                | LinkState::Refused { .. }
                | LinkState::Held { .. }
                | LinkState::LeftOut { .. }
                | LinkState::LedgerFailed { .. } => true,
                LinkState::Forked { .. } => last.wait_ms > 0,
                _ => false,
            };
            if over || stop() {
                break;
            }
            if last.wait_ms > 0 {
                wait(last.wait_ms);
            }
        }
        PushReport {
            link: last.link,
            created: self.created.saturating_sub(before.0),
            existing: self.existing.saturating_sub(before.1),
            pending: last.pending,
            requests: self.requests.saturating_sub(before.2),
        }
    }

    /// Drains without ever waiting: ends at the first trouble.
    pub fn push_once(
        &mut self,
        transport: &mut dyn Transport,
        journals: &mut dyn Journals,
    ) -> PushReport {
        let waited = std::cell::Cell::new(false);
        self.not_before_ms = 0;
        let mut wait = |_| waited.set(true);
        self.drain(
            transport,
            journals,
            &mut wait,
            &mut |next| {
                if next.wait_ms > 0 {
                    waited.set(true);
                }
            },
            &|| waited.get(),
        )
    }

    /// Records that central does not have, as far as known.
    fn pending(&self, journals: &dyn Journals) -> u64 {
        let Ok(all) = journals.journals() else { return 0 };
        all.iter()
            .map(|state| {
                let held = match (self.positions.get(&state.id), self.forks.get(&strand(state))) {
                    (_, Some(forked)) => forked.next,
                    (Some(end), None) => end.next_seq,
                    (None, None) => journals
                        .receipt(&state.id)
                        .ok()
                        .flatten()
                        .map_or(Seq(0), |receipt| receipt.next_seq),
                };
                state.next_seq.0.saturating_sub(held.0)
            })
            .fold(0, u64::saturating_add)
    }

    fn probe(&mut self, transport: &mut dyn Transport) -> Result<(u64, bool, LinkState), Trouble> {
        let mut nonce = [0_u8; 16];
        let random = self.parts.entropy.fill(&mut nonce);
        random.map_err(|why| Trouble::NoAnswer(why.to_string()))?;
        let nonce = to_hex(&nonce);
        let path = format!("/v1/hello?nonce={nonce}");
        let hello = Request::get(path);
        let body = self.request(transport, &hello, WORD_MS)?;
        let hello: Hello = self.open(&body)?;
        if hello.protocol != PROTOCOL || hello.answer != "hello" || hello.nonce != nonce {
            return Err(not_central("its greeting is not the answer to ours"));
        }
        if self.parts.central_key.is_none() {
            // Not enrolled: the first central that greets rightly is believed for this run.
            let key = PublicKey::parse(&hello.key);
            self.parts.central_key = Some(key.map_err(|_| not_central("its key is none"))?);
        }
        self.clock_ahead_ms = Timestamp::parse(&hello.time)
            .ok()
            .map(|theirs| self.parts.clock.now().utc_ms.saturating_sub(theirs.utc_ms));
        self.revocations = hello.revocations.or(self.revocations);
        if let Some(reason) = hello.hold {
            return Ok((HELD_MS, false, LinkState::Held { text: reason }));
        }
        self.met(&hello.server_epoch);
        self.greeted = true;
        Ok((0, false, LinkState::Sending))
    }

    /// Asks for central's greeting alone, once: who answers, and how its clock stands. Nothing is
    /// announced or sent.
    pub fn greet(&mut self, transport: &mut dyn Transport) -> LinkState {
        match self.probe(transport) {
            Ok((_, _, link)) => link,
            Err(trouble) => self.after(trouble).2,
        }
    }

    /// Another name means another or a restored central: every position is asked anew.
    pub(super) fn met(&mut self, server_epoch: &str) {
        if self.server_epoch.as_deref() != Some(server_epoch) {
            self.positions.clear();
            self.forks.clear();
        }
        self.server_epoch = Some(server_epoch.to_owned());
    }

    /// Central's name, as it was last heard: another one means another or a restored central.
    pub fn central_name(&self) -> Option<String> {
        self.server_epoch.clone()
    }

    pub(super) fn key(&self) -> &SigningKey {
        &self.parts.key
    }

    pub(super) fn ask(
        &mut self,
        transport: &mut dyn Transport,
        journals: &mut dyn Journals,
        state: &JournalState,
    ) -> Result<(u64, bool, LinkState), Trouble> {
        let announce = Announce {
            protocol: PROTOCOL.to_owned(),
            journal: JournalName::of(&state.id),
            key: self.parts.key.public().to_string(),
            next_seq: state.next_seq.0,
            head: state.head.to_string(),
            takings: state.lifetime.takings.minor(),
            payouts: state.lifetime.payouts.minor(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            at: self.parts.clock.now().to_string(),
        };
        let body = sealed::seal(&announce, Domain::Announce, &self.parts.key);
        let body = body.map_err(|why| Trouble::NoAnswer(why.to_string()))?;
        let path = "/v1/announce".to_owned();
        let began_ms = self.parts.clock.mono_ms();
        let announcement = Request::post(path, body);
        let body = self.request(transport, &announcement, WORD_MS)?;
        let took_ms = self.parts.clock.mono_ms().saturating_sub(began_ms);
        let next = self.heard(journals, state, &body)?;
        self.pace.announced(took_ms);
        Ok(next)
    }

    pub(super) fn send(
        &mut self,
        transport: &mut dyn Transport,
        journals: &mut dyn Journals,
        state: &JournalState,
        from: Seq,
    ) -> Result<(u64, bool, LinkState), Trouble> {
        let (from, lines) = run_of(journals, state, from, self.pace.batch())?;
        let sent = Seq(from.0.saturating_add(u64::try_from(lines.len()).unwrap_or(0)));
        if lines.is_empty() {
            let text = format!("record {from} of {} can't be read", state.id);
            return Err(Trouble::Ledger(SourceFailed { text, cause: None }));
        }
        let body = segment::build(&lines, &self.parts.key).map_err(|why| {
            let text = format!("records of {} from {from} on can't be sent: {why}", state.id);
            Trouble::Ledger(SourceFailed { text, cause: Some(Box::new(why)) })
        })?;
        let asks = Asks {
            records: u64::try_from(lines.len()).ok(),
            left: state.next_seq.0.saturating_sub(sent.0),
            within_ms: Some(self.pace.within_ms()),
            slot: self.slot.take(),
        };
        let began_ms = self.parts.clock.mono_ms();
        let path = asks.path("/v1/segments");
        self.delivering = true;
        let delivery = Request::post(path, body);
        let body = self.request(transport, &delivery, self.pace.delivery_ms())?;
        let took_ms = self.parts.clock.mono_ms().saturating_sub(began_ms);
        let next = self.heard(journals, state, &body)?;
        self.pace.delivered(took_ms);
        if let Some(forked) = self.forks.get_mut(&strand(state)) {
            forked.next = sent;
        }
        Ok(next)
    }

    /// Takes central's answer about a journal: its position, and perhaps a wait or a hold.
    fn heard(
        &mut self,
        journals: &mut dyn Journals,
        state: &JournalState,
        body: &[u8],
    ) -> Result<(u64, bool, LinkState), Trouble> {
        let journal = &state.id;
        let answer: Answer = self.open(body)?;
        if answer.protocol != PROTOCOL
            || answer.answer != "position"
            || answer.journal.id().ok() != Some(*journal)
        {
            return Err(not_central("its answer is about something else"));
        }
        let position = answer.cursor.position().map_err(|why| not_central(&why.to_string()))?;
        let (next_seq, head) = position;
        self.met(&answer.server_epoch);
        self.was_heard();
        self.positions.insert(*journal, End { next_seq, head });
        self.created = self.created.saturating_add(answer.created);
        self.existing = self.existing.saturating_add(answer.existing);
        // A receipt for other records than ours is none; the plan will say so.
        let ours = next_seq <= state.next_seq && head_before(journals, state, next_seq)? == head;
        if ours {
            let prune_seq = Seq(answer.cursor.prune_seq);
            let (server_epoch, bytes) = (answer.server_epoch, body.to_vec());
            let receipt = Receipt { next_seq, head, prune_seq, server_epoch, bytes };
            journals.store_receipt(journal, &receipt)?;
        }
        if let Some(reason) = answer.hold {
            self.greeted = false;
            return Ok((HELD_MS, false, LinkState::Held { text: reason }));
        }
        self.slot = answer.slot.filter(|slot| is_slot(slot));
        let link = self.forked(journals).unwrap_or(LinkState::Sending);
        Ok((pace::wait_ms(answer.wait_ms), false, link))
    }

    /// Sends, and gives the body of an answer that central says is a success.
    pub(super) fn request(
        &mut self,
        transport: &mut dyn Transport,
        request: &Request,
        within_ms: u64,
    ) -> Result<Vec<u8>, Trouble> {
        self.requests = self.requests.saturating_add(1);
        success(transport.send_within(request, within_ms))
    }

    pub(super) fn open<T: serde::de::DeserializeOwned>(&self, body: &[u8]) -> Result<T, Trouble> {
        let strange = |why: sealed::NotSealed| not_central(&why.to_string());
        let split = Sealed::split(body).map_err(strange)?;
        match &self.parts.central_key {
            Some(key) => split.open(Domain::Ack, key).map_err(strange),
            None => {
                let hello: Hello = split.claim().map_err(strange)?;
                let key = PublicKey::parse(&hello.key);
                let key = key.map_err(|_| not_central("its key is none"))?;
                split.open(Domain::Ack, &key).map_err(strange)
            }
        }
    }

    /// What follows from trouble: how long to wait, and what to ask anew. Nothing is dropped.
    fn after(&mut self, trouble: Trouble) -> (u64, bool, LinkState) {
        let entropy = Arc::clone(&self.parts.entropy);
        let mut below = |bound| random_below(entropy.as_ref(), bound);
        if let Trouble::Busy(retry_ms, slot) = trouble {
            self.slot = slot.filter(|slot| is_slot(slot));
            let wait_ms = pace::turn_ms(retry_ms, self.slot.is_some(), &mut below);
            return (wait_ms, false, LinkState::Busy);
        }
        self.positions.clear();
        if let Trouble::Refused(text) = trouble {
            return (self.pace.refused(&mut below), false, LinkState::Refused { text });
        }
        let backoff_ms = self.pace.failed(self.delivering, &mut below);
        let link = match trouble {
            Trouble::NoAnswer(text) => {
                self.greeted = false;
                LinkState::NoAnswer { text }
            }
            Trouble::NotCentral(text) => {
                self.greeted = false;
                LinkState::NotCentral { text }
            }
            Trouble::Frame(text) => LinkState::NoAnswer { text },
            Trouble::Ledger(why) => {
                tracing::error!(error = %why, "the journal could not be read for sending");
                LinkState::LedgerFailed { text: why.to_string() }
            }
            Trouble::Refused(text) => LinkState::Refused { text },
            Trouble::Busy(..) => LinkState::Busy,
        };
        (backoff_ms, false, link)
    }
}

/// The body of an answer that central says is a success.
fn success(answer: Result<Response, NoAnswer>) -> Result<Vec<u8>, Trouble> {
    let Response { status, body } = answer.map_err(|why| Trouble::NoAnswer(why.to_string()))?;
    if body.len() > ANSWER_LEN_MAX {
        return Err(not_central("its answer is too long"));
    }
    if (200..300).contains(&status) {
        return Ok(body);
    }
    let refusal: Option<Refusal> = serde_json::from_slice(&body).ok();
    let Some(refusal) = refusal.filter(|refusal| refusal.protocol == PROTOCOL) else {
        // A proxy's or portal's page: nothing is known about the request.
        return Err(not_central(&format!("it answered {status} in words of its own")));
    };
    Err(match (status, refusal.retry_after_ms) {
        (429 | 503, Some(retry_ms)) => Trouble::Busy(retry_ms, refusal.slot),
        (400 | 413 | 415, _) => Trouble::Frame(refusal.text),
        (401 | 403, _) => Trouble::Refused(refusal.text),
        _ => Trouble::NoAnswer(refusal.text),
    })
}

pub(super) fn random_below(entropy: &dyn Entropy, bound: u64) -> u64 {
    let mut bytes = [0_u8; 8];
    if entropy.fill(&mut bytes).is_err() {
        return bound / 2;
    }
    u64::from_le_bytes(bytes).checked_rem(bound).unwrap_or(0)
}

pub(super) fn not_central(why: &str) -> Trouble {
    Trouble::NotCentral(format!(
        "what answers is not this register's central ({why}); nothing was sent or lost"
    ))
}

/// The hash of a journal's record before a place; zeros before the first.
pub(super) fn head_before(
    journals: &dyn Journals,
    state: &JournalState,
    at: Seq,
) -> Result<Hash, SourceFailed> {
    let Some(before) = at.0.checked_sub(1).map(Seq) else { return Ok(Hash::ZERO) };
    if at == state.next_seq {
        return Ok(state.head);
    }
    let lines = journals.lines(state, before, 1, 1)?;
    lines.first().map(crate::journal::record::Line::hash).ok_or_else(|| SourceFailed {
        text: format!("record {before} of {} can't be read", state.id),
        cause: None,
    })
}
