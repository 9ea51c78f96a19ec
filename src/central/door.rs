//! Central's one door: a request to an answer, whoever carries it. No sockets here, so that
//! tests, an embedded central and HTTP go through the same code.
//!
//! ```text
//!  Request ─▶ gate ─▶ frame, signature, blob, chain (CPU, no store)
//!          ─▶ whose key is it? ─▶ store: COMMIT ─▶ Answer, sealed by central's key
//! ```
//!
//! A frame that is broken, or a key that is not the register's, is a 4xx. What a record says
//! never is.

mod aside;
pub mod offline;
mod pack;
mod regain;
mod revocation;
mod taking;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use serde::de::DeserializeOwned;

use crate::device::clock::{Clock, Stopwatch};
use crate::device::entropy::{Entropy, NoEntropy};
use crate::domain::event::Lifetime;
use crate::domain::ids::{JournalId, RegisterNo, Seq, StoreNo};
use crate::domain::money::Money;
use crate::domain::semver::Semver;
use crate::journal::hash::{Hash, to_hex};
use crate::journal::key::{Domain, PublicKey, SigningKey};
use crate::reconcile::totals::Totals;
use crate::sync::asks::Asks;
use crate::sync::carrier::{Address, Method, NoAnswer, Request, Response, Transport};
use crate::sync::revoked::REVOKED_PATH;
use crate::sync::sealed::{self, NotSealed, Sealed};
use crate::sync::segment::{self, NotASegment};
use crate::sync::wire::packs::{OBJECTS_PATH, PACKS_PATH};
use crate::sync::wire::regain::REGAIN_PATH;
use crate::sync::wire::rotation::ROTATION_PATH;
use crate::sync::wire::{
    ANNOUNCE_LEN_MAX, Announce, Answer, Cursor, Hello, JournalName, PHONE_KEY_PATH, PROTOCOL,
    RECORDS_LEN_MAX, RecordsAnswer, SEGMENT_LEN_MAX,
};

use super::admission::Bounds;
use super::control::control;
use super::counters::{Counters, Refused};
pub use super::enrolling::{adopt, new_code};
use super::gate::{Gate, GateCounts, Passage, Turned, class_of};
use super::lines;
use super::published::Published;
use super::recovery::out;
use super::refusal::{STOPPING_MS, counted, refusal};
use super::rotation::NotRotated;
use super::stages::cursor_journal;
use super::store::{
    ExceptionGroup, Expected, Held, Ingested, JournalRow, KeptOut, Named, Position, StoreError,
};

/// How long a one-time code is good: 24 hours.
pub const CODE_LIFE_MS: i64 = 24 * 60 * 60 * 1_000;
/// What a register brings at its next turn, at most.
const NEXT_RECORDS: u64 = 250;

/// The door.
pub struct Door {
    pub(super) writer: Arc<Held>,
    pub(super) reader: Arc<Held>,
    pub(super) key: SigningKey,
    pub(super) pack_key: PublicKey,
    pub(super) seal_key: Option<[u8; 32]>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) gate: Arc<Gate>,
    pub(super) wrong_codes: Mutex<(u64, u32)>,
    /// What was done so far.
    pub(super) counters: Counters,
    /// It is stopping: what is new comes later.
    winding_down: AtomicBool,
    pub(super) published: Option<Published>,
    /// Told after each commit, so that the projections follow.
    pub(super) on_commit: Box<dyn Fn() + Send + Sync>,
    /// Fingerprints of the certificates that are central's.
    certificates: OnceLock<Vec<String>>,
}

/// What a door is made of.
pub struct DoorParts {
    /// The store that writes.
    pub writer: Arc<Held>,
    /// The same store, opened again to read.
    pub reader: Arc<Held>,
    /// Central's key.
    pub key: SigningKey,
    /// The key that signs packs.
    pub pack_key: PublicKey,
    /// The X25519 key that registers seal personal data to.
    pub seal_key: Option<[u8; 32]>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// What is published for stores.
    pub published: Option<Published>,
    /// Told after each commit.
    pub on_commit: Box<dyn Fn() + Send + Sync>,
}

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum No {
    #[error(transparent)]
    Frame(#[from] NotASegment),
    #[error(transparent)]
    Seal(#[from] NotSealed),
    #[error("{0}")]
    BadRequest(&'static str),
    #[error("{0}")]
    Stranger(&'static str),
    #[error(
        "this machine's key is register {1} of store {0} already, so its data folder is a copy of \
         that register's; nothing was changed. Give this register a data folder of its own and \
         use the same code again"
    )]
    KeyTaken(StoreNo, RegisterNo),
    #[error(
        "this machine's key was revoked as register {1} of store {0}, or changed for another one, \
         and stays so; nothing was changed. Give this register a data folder of its own, so that \
         it makes a new key, and use the same code again"
    )]
    KeyRevoked(StoreNo, RegisterNo),
    #[error(transparent)]
    Rotation(#[from] NotRotated),
    #[error("central is busy; this register's turn comes in {0} ms")]
    Busy(u64),
    #[error(
        "this key asks more often than a register does, or many unknown ones do; nothing is \
         lost, come again in {0} ms"
    )]
    TooOften(u64),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    #[error("central is stopping; this register's turn comes in {STOPPING_MS} ms, nothing is lost")]
    Stopping,
    #[error("{1}")]
    KeptOut(KeptOut, String),
    #[error("there is nothing at this address; compare the versions of both sides")]
    NotFound,
    #[error(
        "this file is not published any more; ask which pack to sell by, and fetch what that says"
    )]
    Gone,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Door({})", self.key.public())
    }
}

impl Door {
    /// A door to a store.
    pub fn new(parts: DoorParts) -> Self {
        Self::with_bounds(parts, Bounds::default())
    }

    /// The same with other bounds than usual.
    pub fn with_bounds(parts: DoorParts, bounds: Bounds) -> Self {
        let mut salt = [0; 16];
        if parts.entropy.fill(&mut salt).is_err() {
            tracing::debug!("no random word for the clocks of keys");
        }
        let gate = Arc::new(Gate::new(bounds, &parts.key, salt, Arc::clone(&parts.clock)));
        Self {
            gate,
            writer: parts.writer,
            reader: parts.reader,
            key: parts.key,
            pack_key: parts.pack_key,
            seal_key: parts.seal_key,
            clock: parts.clock,
            entropy: parts.entropy,
            wrong_codes: Mutex::new((0, 0)),
            counters: Counters::default(),
            winding_down: AtomicBool::new(false),
            published: parts.published,
            on_commit: parts.on_commit,
            certificates: OnceLock::new(),
        }
    }

    /// Vouches in each greeting for these certificates: registers that pinned another one believe
    /// them. Once.
    pub fn vouch_for(&self, certificates: &[Hash]) {
        self.certificates.get_or_init(|| certificates.iter().map(Hash::to_string).collect());
    }

    /// Central's public key.
    pub const fn public_key(&self) -> PublicKey {
        self.key.public()
    }

    /// Answers a register's request, once there is a place for it.
    pub fn answer(&self, request: &Request) -> Response {
        let len = u64::try_from(request.body.len()).ok();
        let entered = self.enter(request.method, &request.address, len);
        let passage = match entered.and_then(|passage| passage.waits().map(|()| passage)) {
            Ok(passage) => passage,
            Err(turned) => return turned.response(),
        };
        let response = self.answer_within(request);
        if response.status == 200 {
            passage.done();
        }
        response
    }

    /// Lets a request in by its head.
    pub(super) fn enter(
        &self,
        method: Method,
        address: &Address,
        len: Option<u64>,
    ) -> Result<Passage, Turned> {
        let class = class_of(method, address.path());
        let entered = self.gate.enter(class, &Asks::read(address.query()), len);
        entered.inspect_err(|_| self.counters.refused(Refused::Busy))
    }

    /// What went through the gate so far.
    pub fn counts(&self) -> GateCounts {
        self.gate.counts()
    }

    /// Records a second that deliveries are taken at, as measured lately.
    pub fn rate(&self) -> u64 {
        self.gate.rate()
    }

    /// Answers a request that was let in.
    pub(super) fn answer_within(&self, request: &Request) -> Response {
        let (path, query) = (request.path(), request.address.query());
        let _under = self.counters.under();
        let done = match (request.method, path) {
            _ if self.is_winding_down() => Err(No::Stopping),
            (Method::Get, "/v1/hello") => self.hello(query),
            (Method::Post, "/v1/announce") => self.announce(&request.body),
            (Method::Post, "/v1/segments") => self.segment(&request.body, query),
            (Method::Post, "/v1/records") => self.records(&request.body),
            (Method::Post, "/v1/sealed") => self.sealed(&request.body),
            (Method::Post, "/v1/enroll") => self.enroll(&request.body),
            (Method::Post, PHONE_KEY_PATH) => self.phone_key(&request.body),
            (Method::Post, ROTATION_PATH) => self.rotation(&request.body),
            (Method::Post, "/v1/asides") => self.asides(&request.body),
            (Method::Post, REGAIN_PATH) => self.regain(&request.body),
            (Method::Post, PACKS_PATH) => self.packs(&request.body),
            (Method::Get, REVOKED_PATH) => self.revoked(query),
            (Method::Get, _) if path.starts_with(OBJECTS_PATH) => self.pack_piece(path, query),
            (Method::Get, _) if path.ends_with("/stages") => self.stages(path, query),
            (Method::Get, _) if path.starts_with("/v1/registers/") => self.cursor(path, query),
            _ => Err(No::NotFound),
        };
        match done {
            Ok(body) => Response { status: 200, body },
            Err(why) => {
                self.counters.refused(counted(&why));
                refusal(&why)
            }
        }
    }

    /// From now on what is new is refused, with an appointment that is near: whoever balances
    /// sends it to another process, and a single one will be back.
    pub fn wind_down(&self) {
        self.winding_down.store(true, Ordering::Release);
    }

    /// It refuses what is new.
    pub fn is_winding_down(&self) -> bool {
        self.winding_down.load(Ordering::Acquire)
    }

    /// Makes a one-time code for a register.
    ///
    /// # Errors
    /// [`StoreError`], or [`NoEntropy`] as [`StoreError::Unfit`].
    pub fn enroll_code(&self, store: StoreNo, register: RegisterNo) -> Result<String, StoreError> {
        let now_ms = self.clock.now().utc_ms;
        new_code(&self.writer, self.entropy.as_ref(), store, register, now_ms)
    }

    /// Sums over what was projected; see [`super::store::Store::totals`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn totals(
        &self,
        store: StoreNo,
        register: Option<RegisterNo>,
        forks: bool,
    ) -> Result<Totals, StoreError> {
        self.reader.call(move |s| s.totals(store, register, forks))
    }

    /// One row a journal.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn journals(&self) -> Result<Vec<JournalRow>, StoreError> {
        self.reader.call(|store| store.journals(None))
    }

    /// Exceptions by root cause.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn exceptions(&self, store: Option<StoreNo>) -> Result<Vec<ExceptionGroup>, StoreError> {
        let (mut groups, rows) =
            self.reader.call(move |s| Ok((s.exceptions(store)?, s.journals(store)?)))?;
        groups.splice(0..0, rows.iter().filter_map(control));
        Ok(groups)
    }

    /// Vouches for a register whose key came unknown: its journals count as enrolled ones. Gives
    /// the fingerprints of the keys.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn adopt(&self, store: StoreNo, register: RegisterNo) -> Result<Vec<String>, StoreError> {
        let now_ms = self.clock.now().utc_ms;
        self.writer.call(move |s| adopt(s, store, register, now_ms))
    }

    /// Stops all sending until it is lifted; selling goes on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_hold(&self, reason: Option<String>) -> Result<(), StoreError> {
        self.writer.call(move |store| store.set_hold(reason.as_deref()))
    }

    fn hello(&self, query: &str) -> Result<Vec<u8>, No> {
        let nonce = revocation::nonce_of(query)?;
        let (server_epoch, hold, revocations) = self.reader.call(|store| {
            Ok((store.server_epoch()?, store.hold()?, store.revocations_decided()?))
        })?;
        self.seal(&Hello {
            protocol: PROTOCOL.to_owned(),
            answer: "hello".to_owned(),
            nonce: nonce.to_owned(),
            server_epoch,
            key: self.key.public().to_string(),
            time: self.clock.now().to_string(),
            hold,
            certificates: self.certificates.get().cloned().unwrap_or_default(),
            revocations: Some(revocations),
        })
    }

    /// Keeps what a register says it has, and where central stands.
    ///
    /// A version of the program that can't be read refuses nothing: how much is out must be known,
    /// and the records must come, whatever a label says. It is kept as not readable, so that IT
    /// sees the register instead of an earlier version that runs there no more.
    fn announce(&self, body: &[u8]) -> Result<Vec<u8>, No> {
        if body.len() > ANNOUNCE_LEN_MAX {
            return Err(No::BadRequest("an announcement is at most 4 KiB"));
        }
        let (said, key) = opened(body, Domain::Announce, |claimed: &Announce| &claimed.key)?;
        let name = |_| No::BadRequest("the announcement names no journal");
        let journal = said.journal.id().map_err(name)?;
        let head = Hash::parse(&said.head).ok_or(No::BadRequest("the head is not a hash"))?;
        self.gate.key_may(&key).map_err(No::TooOften)?;
        let known = self.announces(&journal, &key)?;
        let lifetime = Lifetime {
            takings: Money::from_minor(said.takings),
            payouts: Money::from_minor(said.payouts),
        };
        if !out::is_sane(Seq(said.next_seq), lifetime) {
            return Err(No::BadRequest(NOT_SANE));
        }
        let (next_seq, program) = (Seq(said.next_seq), Semver::parse(&said.program));
        let expected = Expected { journal, key, next_seq, head, lifetime, program };
        let now_ms = self.clock.now().utc_ms;
        let stand = if known {
            self.note_clock(journal, next_seq, &said.at)?;
            self.writer.call(move |store| store.announce(&expected, now_ms))?
        } else {
            // Nobody knows this key, or it is good for nothing more and the journal is not its own:
            // it shows its journal first, then its word counts.
            self.gate.stranger_may().map_err(No::TooOften)?;
            self.reader.call(move |store| store.stand(&journal))?
        };
        let left = said.next_seq.saturating_sub(stand.position.next_seq.0);
        self.acknowledge(&journal, &Ingested::nothing(stand), left)
    }

    fn segment(&self, body: &[u8], query: &str) -> Result<Vec<u8>, No> {
        if body.len() > SEGMENT_LEN_MAX {
            return Err(No::Frame(NotASegment::TooLarge("packed")));
        }
        let watch = Stopwatch::start();
        let run = segment::open(body)?;
        self.counters.verify.add(watch.micros());
        self.gate.key_may(&run.key).map_err(No::TooOften)?;
        let journal = run.journal;
        let ingested = self.take_in(run)?;
        self.acknowledge(&journal, &ingested, Asks::read(query).left)
    }

    fn records(&self, body: &[u8]) -> Result<Vec<u8>, No> {
        if body.len() > RECORDS_LEN_MAX {
            return Err(No::BadRequest("at most 4 MiB of record lines at a time; split the file"));
        }
        let sorted = lines::sort(body, |journals| self.keys_of(journals))?;
        let keys: BTreeSet<PublicKey> = sorted.runs.iter().map(|run| run.key).collect();
        for key in &keys {
            self.gate.key_may(key).map_err(No::TooOften)?;
        }
        let mut answer = RecordsAnswer {
            protocol: PROTOCOL.to_owned(),
            answer: "records".to_owned(),
            runs: Vec::new(),
            refused: sorted.refused,
            refused_count: sorted.refused_count,
        };
        for run in sorted.runs {
            let (journal, lines) = (run.journal, taking::count(run.records.len()));
            match self.take_in(run) {
                Ok(ingested) => answer.runs.push(self.said(&journal, &ingested)),
                Err(why @ (No::Stranger(_) | No::KeptOut(..))) => {
                    self.counters.refused(counted(&why));
                    answer.refused_count = answer.refused_count.saturating_add(lines);
                    answer.refused.push(format!("{journal}: {why}"));
                }
                Err(why) => return Err(why),
            }
        }
        self.seal(&answer)
    }

    fn cursor(&self, path: &str, query: &str) -> Result<Vec<u8>, No> {
        let journal = cursor_journal(path, query)
            .ok_or(No::BadRequest("ask as /v1/registers/STORE/REGISTER/cursor?epoch=EPOCH"))?;
        let stand = self.reader.call(move |store| store.stand(&journal))?;
        self.acknowledge(&journal, &Ingested::nothing(stand), 0)
    }

    /// An answer with the turn for what is left.
    fn acknowledge(
        &self,
        journal: &JournalId,
        ingested: &Ingested,
        left: u64,
    ) -> Result<Vec<u8>, No> {
        let mut answer = self.said(journal, ingested);
        if answer.hold.is_none() {
            (answer.wait_ms, answer.slot) = self.gate.appointment(left.min(NEXT_RECORDS));
        }
        self.seal(&answer)
    }

    /// What became of a delivery. The name is the one it was true under.
    fn said(&self, journal: &JournalId, ingested: &Ingested) -> Answer {
        let Named { server_epoch, hold } = ingested.named.clone();
        let Position { next_seq, head, prune_seq } = ingested.position;
        Answer {
            protocol: PROTOCOL.to_owned(),
            answer: "position".to_owned(),
            server_epoch,
            journal: JournalName::of(journal),
            outcome: ingested.outcome,
            created: ingested.created,
            existing: ingested.existing,
            parked: ingested.parked,
            cursor: Cursor { next_seq: next_seq.0, head: head.to_string(), prune_seq: prune_seq.0 },
            wait_ms: 0,
            slot: None,
            hold,
            time: self.clock.now().to_string(),
        }
    }

    pub(super) fn seal<T: serde::Serialize>(&self, message: &T) -> Result<Vec<u8>, No> {
        sealed::seal(message, Domain::Ack, &self.key).map_err(|why| No::Seal(why.into()))
    }
}

/// Carries requests to a door in the same process.
#[derive(Clone, Debug)]
pub struct InProcess(pub Arc<Door>);

impl Transport for InProcess {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        Ok(self.0.answer(request))
    }
}

/// A new name for a store: 16 random hex digits.
///
/// # Errors
/// [`StoreError::Unfit`] when the machine gives no random numbers.
pub fn new_server_epoch(entropy: &dyn Entropy) -> Result<String, StoreError> {
    let mut bytes = [0_u8; 8];
    entropy.fill(&mut bytes).map_err(|why| StoreError::Unfit(why.to_string()))?;
    Ok(to_hex(&bytes))
}

pub(super) const WEAK_KEY: &str = "the register's key is weak or malformed, so that anybody could \
                                   sign for it; make a new key and enroll again";
pub(super) const STRANGER: &str = "central does not know this key for this register; nothing was \
                                   stored and nothing is lost; enroll the register, or adopt it \
                                   at central";
const NOT_SANE: &str = "no journal is announced with more than 1,099,511,627,776 records, or \
                        10,000,000,000,000.00 taken in or paid out; nothing was noted and nothing \
                        is lost. Run 'tideover verify' at the register, and bring its records with \
                        'tideover carry'";
pub(super) const CODE_NOT_GOOD: &str = "the code is not known, was used already, or is older than \
                                        a day; ask for a new one";

/// A message that is sealed by the very key it names, and that key.
pub(super) fn opened<T: DeserializeOwned>(
    body: &[u8],
    domain: Domain,
    named: impl Fn(&T) -> &str,
) -> Result<(T, PublicKey), No> {
    let split = Sealed::split(body)?;
    let key = PublicKey::parse(named(&split.claim()?)).map_err(|_| No::Stranger(WEAK_KEY))?;
    Ok((split.open(domain, &key)?, key))
}

pub(super) fn query_value<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}
