//! Real registers for a real central: thousands of sending loops, each with a journal, a line and
//! a thread of its own. They run in a process apart from central, which tells it what to do.
//!
//! ```text
//!  stdin: the order as JSON ─▶ journals are made ─▶ "ready" ─▶ stdin: "go" ─▶ work ─▶ Told, JSON
//! ```

use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::device::clock::{Clock, SystemClock};
use crate::device::entropy::SeededEntropy;
use crate::device::process::open_files;
use crate::domain::event::{EpochOpen, Event};
use crate::domain::ids::{JournalId, RegisterNo, Seq, StoreNo};
use crate::domain::time::Timestamp;
use crate::journal::chain::{Chain, Entry};
use crate::journal::epoch;
use crate::journal::hash::Hash;
use crate::journal::key::{PublicKey, SigningKey};
use crate::journal::record::Line;
use crate::sync::carrier::{JournalState, Receipt, Sink, Source, SourceFailed};
use crate::sync::push::{LinkState, SyncLoop, SyncParts};

use super::asking::{What, ask_all, asked, makes};
use super::line::PlainLine;

/// Registers of a store.
pub(super) const A_STORE: u32 = 25;
/// What a thread of a register needs: its loop and a page of a segment.
const STACK: usize = 256 * 1024;

/// What is to be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) address: SocketAddr,
    pub(super) central_key: String,
    pub(super) seed: u64,
    pub(super) work: Work,
}

/// The kind of work.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Work {
    /// Each register hands over its records: how many it has, and when it begins, in milliseconds.
    Drain(Vec<(u32, u64)>),
    /// Registers that hand over all they have, a request of each in turn, so many at once: what
    /// the work of a whole register takes where registers and central share a machine.
    InTurn {
        /// How many at once.
        at_once: u32,
        /// The records of each register.
        fleet: Vec<u32>,
    },
    /// So many lines ask the same again and again.
    Ask {
        /// How many lines.
        lines: u32,
        /// How often each.
        times: u32,
        /// What.
        what: What,
    },
}

/// What came of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Told {
    /// From "go" until the last one was done.
    pub(super) took_ms: u64,
    /// When each was done, in order.
    pub(super) done_ms: Vec<u64>,
    /// Requests.
    pub(super) requests: u64,
    /// Connections.
    pub(super) connections: u64,
    /// Greetings and announcements that were told a later turn.
    pub(super) words_busy: u64,
    /// Deliveries that were told a later turn.
    pub(super) busy: u64,
    /// Requests without an answer of central.
    pub(super) failed: u64,
    /// Bytes of the deliveries.
    pub(super) bytes: u64,
    /// Records of the deliveries.
    pub(super) records: u64,
    /// Processor time of the registers, in milliseconds.
    pub(super) cpu_ms: u64,
}

/// Why the clients could not do it.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotPlayed {
    #[error("the order can't be read ({0}); these registers are started by 'tideover simulate'")]
    Order(#[from] serde_json::Error),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("a key or a record could not be made: {0}")]
    Made(String),
    #[error("{0} open files are allowed and {1} are needed; raise the limit with 'ulimit -n'")]
    Files(u64, u64),
}

/// The key of a simulated register: it follows from the seed, so that central's side knows it.
pub(super) fn key_of(seed: u64, place: u32) -> Result<SigningKey, NotPlayed> {
    let digest = Hash::of_bytes(format!("simulated register {place} of seed {seed}").as_bytes());
    SigningKey::from_seed(&digest.0).map_err(|why| NotPlayed::Made(why.to_string()))
}

/// Store and register of a place.
pub(super) fn number_of(place: u32) -> (StoreNo, RegisterNo) {
    let register = u16::try_from(place % A_STORE).unwrap_or(0).saturating_add(1);
    (StoreNo((place / A_STORE).saturating_add(1)), RegisterNo(register))
}

/// Reads an order, does it, tells.
pub(super) fn play() -> Result<(), NotPlayed> {
    let mut told = std::io::stdout().lock();
    let mut input = std::io::stdin().lock();
    let mut line = String::new();
    input.read_line(&mut line)?;
    let order: Order = serde_json::from_str(&line)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(None));
    let count = Arc::new(Counted::default());
    let began = Arc::new(Gate::default());
    let mut threads = Vec::new();
    match &order.work {
        Work::Drain(fleet) => {
            has_files(fleet.len())?;
            for (place, (records, start_ms)) in (0_u32..).zip(fleet) {
                let till = Till::new(&order, place, *records, &clock)?;
                let (count, began, start_ms) = (Arc::clone(&count), Arc::clone(&began), *start_ms);
                threads.push(spawn(move || till.drains(&began, start_ms, None, &count))?);
            }
        }
        Work::InTurn { at_once, fleet } => {
            has_files(fleet.len())?;
            let turns = Arc::new(Turnstile::of(*at_once, order.seed));
            for (place, records) in (0_u32..).zip(fleet) {
                let till = Till::new(&order, place, *records, &clock)?;
                let (count, began, turns) =
                    (Arc::clone(&count), Arc::clone(&began), Arc::clone(&turns));
                threads.push(spawn(move || till.drains(&began, 0, Some(&turns), &count))?);
            }
        }
        Work::Ask { lines, times, what } => {
            for place in 0..*lines {
                let began = Arc::clone(&began);
                let mut line = PlainLine::new(order.address, &clock, &count);
                if let Some(mut makes) = makes(&order, place, *what, &clock)? {
                    let (times, count) = (*times, Arc::clone(&count));
                    threads.push(spawn(move || {
                        began.wait();
                        (0..times).for_each(|time| count.made(makes(&mut line, time)));
                    })?);
                    continue;
                }
                let asks = asked(&order, place, *times, *what, &clock)?;
                let anew = *what == What::HelloAnew;
                threads.push(spawn(move || ask_all(line, &asks, anew, &began))?);
            }
        }
    }
    writeln!(told, "ready")?;
    told.flush()?;
    line.clear();
    input.read_line(&mut line)?;
    let before_ms = cpu_ms();
    let go_ms = clock.mono_ms();
    began.open(go_ms);
    for thread in threads {
        if thread.join().is_err() {
            return Err(NotPlayed::Made("a register broke off".to_owned()));
        }
    }
    let mut done = count.done.lock().unwrap_or_else(PoisonError::into_inner);
    let mut done_ms = std::mem::take(&mut *done);
    drop(done);
    for one in &mut done_ms {
        *one = one.saturating_sub(go_ms);
    }
    done_ms.sort_unstable();
    let get = |of: &AtomicU64| of.load(Ordering::Relaxed);
    let all = Told {
        took_ms: clock.mono_ms().saturating_sub(go_ms),
        done_ms,
        requests: get(&count.requests),
        connections: get(&count.connections),
        words_busy: get(&count.words_busy),
        busy: get(&count.busy),
        failed: get(&count.failed),
        bytes: get(&count.bytes),
        records: get(&count.records),
        cpu_ms: cpu_ms().saturating_sub(before_ms),
    };
    writeln!(told, "{}", serde_json::to_string(&all)?)?;
    Ok(())
}

/// The processor time of this process, in milliseconds; zero where the system does not say.
pub(super) fn cpu_ms() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit(')').next().unwrap_or_default();
    let fields: Vec<u64> =
        after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    // In hundredths of a second.
    fields.into_iter().fold(0, u64::saturating_add).saturating_mul(10)
}

/// Asks for as many open files as registers have lines.
fn has_files(registers: usize) -> Result<(), NotPlayed> {
    let needed = u64::try_from(registers).unwrap_or(0).saturating_add(64);
    let allowed = open_files(needed);
    if allowed < needed { Err(NotPlayed::Files(allowed, needed)) } else { Ok(()) }
}

fn spawn(
    work: impl FnOnce() + Send + 'static,
) -> Result<std::thread::JoinHandle<()>, std::io::Error> {
    std::thread::Builder::new().stack_size(STACK).spawn(work)
}

/// What lines and registers did.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) requests: AtomicU64,
    pub(super) connections: AtomicU64,
    pub(super) words_busy: AtomicU64,
    pub(super) busy: AtomicU64,
    pub(super) failed: AtomicU64,
    bytes: AtomicU64,
    records: AtomicU64,
    done: Mutex<Vec<u64>>,
}

impl Counted {
    /// Something was made, of so many bytes; or it could not be.
    pub(super) fn made(&self, bytes: Option<usize>) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        match bytes {
            Some(bytes) => self.sends(bytes),
            None => {
                self.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// So many bytes go out.
    pub(super) fn sends(&self, bytes: usize) {
        self.bytes.fetch_add(u64::try_from(bytes).unwrap_or(0), Ordering::Relaxed);
    }

    /// What one register's line counted, among what all did.
    fn adds(&self, one: &Self) {
        let pairs = [
            (&self.requests, &one.requests),
            (&self.connections, &one.connections),
            (&self.words_busy, &one.words_busy),
            (&self.busy, &one.busy),
        ];
        for (all, one) in pairs {
            all.fetch_add(one.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}

/// Where all wait for "go".
#[derive(Default)]
pub(super) struct Gate {
    open_ms: Mutex<Option<u64>>,
    opened: std::sync::Condvar,
}

impl Gate {
    fn open(&self, at_ms: u64) {
        *self.open_ms.lock().unwrap_or_else(PoisonError::into_inner) = Some(at_ms);
        self.opened.notify_all();
    }

    /// Waits for it; when that was.
    pub(super) fn wait(&self) -> u64 {
        let mut open = self.open_ms.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(at_ms) = *open {
                return at_ms;
            }
            open = self.opened.wait(open).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Lets some through at once, and of those who wait any: so all kinds of work go on beside each
/// other, as they do in a drain.
struct Turnstile {
    inside: Mutex<(u32, Vec<SyncSender<()>>)>,
    chance: SeededEntropy,
}

impl Turnstile {
    const fn of(at_once: u32, seed: u64) -> Self {
        let inside = Mutex::new((at_once, Vec::new()));
        Self { inside, chance: SeededEntropy::new(seed) }
    }

    fn lock(&self) -> MutexGuard<'_, (u32, Vec<SyncSender<()>>)> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self) {
        let mut inside = self.lock();
        if let Some(free) = inside.0.checked_sub(1) {
            inside.0 = free;
            return;
        }
        let (call, called) = sync_channel(1);
        inside.1.push(call);
        drop(inside);
        // Where nobody is left to call there is nothing to wait for.
        called.recv().ok();
    }

    fn leave(&self) {
        let mut inside = self.lock();
        let waiting = u64::try_from(inside.1.len()).unwrap_or(0);
        if waiting == 0 {
            inside.0 = inside.0.saturating_add(1);
            return;
        }
        let any = usize::try_from(self.chance.below(waiting)).unwrap_or(0);
        // Whoever waits is there until it is called.
        inside.1.swap_remove(any).send(()).ok();
    }
}

/// A register: its journal in memory, and the loop that ships.
struct Till {
    journal: Journal,
    sync: SyncLoop,
    line: PlainLine,
    clock: Arc<dyn Clock>,
    address: SocketAddr,
}

impl Till {
    fn new(
        order: &Order,
        place: u32,
        records: u32,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, NotPlayed> {
        let key = Arc::new(key_of(order.seed, place)?);
        let central_key = PublicKey::parse(&order.central_key);
        let central_key = central_key.map_err(|why| NotPlayed::Made(why.to_string()))?;
        let journal = Journal::new(place, records, &key, clock.now())?;
        let sync = SyncLoop::new(SyncParts {
            key,
            central_key: Some(central_key),
            clock: Arc::clone(clock),
            entropy: Arc::new(SeededEntropy::new(order.seed ^ (u64::from(place) << 20))),
        });
        // Its line counts for itself; what all did is added up when it is done.
        let count = Arc::new(Counted::default());
        let line = PlainLine::new(order.address, clock, &count);
        let clock = Arc::clone(clock);
        Ok(Self { journal, sync, line, clock, address: order.address })
    }

    /// Hands everything over, with each request at its turn where there are turns.
    fn drains(mut self, began: &Gate, start_ms: u64, turns: Option<&Turnstile>, all: &Counted) {
        let go_ms = began.wait();
        let passed_ms = self.clock.mono_ms().saturating_sub(go_ms);
        std::thread::sleep(Duration::from_millis(start_ms.saturating_sub(passed_ms)));
        let mut failed = 0_u64;
        let (enter, leave) = (
            || turns.into_iter().for_each(Turnstile::enter),
            || turns.into_iter().for_each(Turnstile::leave),
        );
        enter();
        let report = self.sync.drain(
            &mut self.line,
            &mut self.journal,
            &mut |wait_ms| {
                leave();
                std::thread::sleep(Duration::from_millis(wait_ms));
                enter();
            },
            &mut |next| {
                leave();
                enter();
                if let LinkState::NoAnswer { .. } | LinkState::NotCentral { .. } = next.link {
                    failed = failed.saturating_add(1);
                }
            },
            &|| false,
        );
        leave();
        if report.link != LinkState::UpToDate {
            tracing::error!(link = ?report.link, central = %self.address, "a register gave up");
        }
        all.adds(&self.line.count);
        all.failed.fetch_add(failed, Ordering::Relaxed);
        all.records.fetch_add(report.created, Ordering::Relaxed);
        let mut done = all.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.push(self.clock.mono_ms());
    }
}

/// A journal in memory, of notes as long as sales are.
pub(super) struct Journal {
    /// How far it is.
    pub(super) state: JournalState,
    /// Its records.
    pub(super) lines: Vec<Line>,
    receipts: BTreeMap<JournalId, Receipt>,
}

impl Journal {
    /// A journal of so many records.
    pub(super) fn new(
        place: u32,
        records: u32,
        key: &SigningKey,
        now: Timestamp,
    ) -> Result<Self, NotPlayed> {
        let (store, register) = number_of(place);
        let nonce = [7; 16];
        let id = JournalId { store, register, epoch: epoch::derive(&key.public(), &nonce) };
        let mut chain = Chain::empty(id);
        let mut lines = Vec::new();
        let date = now.local_date();
        for seq in 0..records.max(1) {
            let event = if seq == 0 {
                Event::EpochOpen(EpochOpen {
                    public_key: *key.public().bytes(),
                    nonce,
                    program: env!("CARGO_PKG_VERSION").to_owned(),
                    currency: None,
                    follows: None,
                })
            } else {
                let words = |salt: u32| {
                    let bytes = [place, seq, salt].map(u32::to_be_bytes).concat();
                    Hash::of_bytes(&bytes).to_string()
                };
                Event::Note { text: (0..6).map(words).collect() }
            };
            let mono_ms = u64::from(seq);
            let (by, pack, outage) = (None, None, None);
            let entry = Entry { at: now, mono_ms, date, by, pack, outage, event };
            let next = chain.next(&entry, Some(key));
            let (line, after) = next.map_err(|why| NotPlayed::Made(why.to_string()))?;
            lines.push(line);
            chain = after;
        }
        let Chain { next_seq, head, lifetime, .. } = chain;
        let state = JournalState { id, branch: 1, next_seq, head, lifetime };
        Ok(Self { state, lines, receipts: BTreeMap::new() })
    }
}

impl Source for Journal {
    fn journals(&self) -> Result<Vec<JournalState>, SourceFailed> {
        Ok(vec![self.state])
    }

    fn lines(
        &self,
        _: &JournalState,
        from: Seq,
        records: usize,
        bytes: usize,
    ) -> Result<Vec<Line>, SourceFailed> {
        let from = usize::try_from(from.0).unwrap_or(usize::MAX);
        let mut room = bytes;
        let lines = self.lines.iter().skip(from).take(records);
        let fits = lines.enumerate().take_while(|(place, line)| {
            let fits = *place == 0 || line.bytes().len() <= room;
            room = room.saturating_sub(line.bytes().len());
            fits
        });
        Ok(fits.map(|(_, line)| line.clone()).collect())
    }

    fn receipt(&self, journal: &JournalId) -> Result<Option<Receipt>, SourceFailed> {
        Ok(self.receipts.get(journal).cloned())
    }
}

impl Sink for Journal {
    fn store_receipt(
        &mut self,
        journal: &JournalId,
        receipt: &Receipt,
    ) -> Result<(), SourceFailed> {
        self.receipts.insert(*journal, receipt.clone());
        Ok(())
    }
}
