//! Real registers for a real central: thousands of sending loops, each with a journal, a line and
//! a thread of its own. They run in a process apart from central, which tells it what to do.
//!
//! ```text
//!  stdin: the order as JSON ─▶ journals are made ─▶ "ready" ─▶ stdin: "go" ─▶ work ─▶ Told, JSON
//! ```

use std::collections::BTreeMap;
use std::io::{BufRead as _, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
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
use crate::journal::key::{Domain, PublicKey, SigningKey};
use crate::journal::record::Line;
use crate::sync::carrier::{
    JournalState, Method, NoAnswer, Receipt, Request, Response, Sink, Source, SourceFailed,
    Transport,
};
use crate::sync::push::{LinkState, SyncLoop, SyncParts};
use crate::sync::wire::{Announce, JournalName, PROTOCOL};
use crate::sync::{sealed, segment};

/// Registers of a store.
pub(super) const A_STORE: u32 = 25;
const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(40);
/// A line that nobody used for so long is opened anew.
const IDLE_MS: u64 = 4_000;
/// What a thread of a register needs: its loop and a page of a segment.
const STACK: usize = 256 * 1024;
const HEAD_MAX: usize = 16 * 1024;

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
    /// So many lines, each with one register after another that hands over all it has: what the
    /// work of a whole register takes where registers and central share a machine.
    InTurn {
        /// How many lines.
        lines: u32,
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

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum What {
    /// Greetings on one connection.
    Hello,
    /// Greetings, each on a connection of its own.
    HelloAnew,
    /// Announcements.
    Announce,
    /// Deliveries of so many records.
    Segments(u32),
    /// Deliveries that are refused by their heads.
    Refused,
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
    /// Answers that named a later turn.
    pub(super) busy: u64,
    /// Requests without an answer of central.
    pub(super) failed: u64,
    /// Bytes of the deliveries.
    pub(super) bytes: u64,
    /// Records of the deliveries.
    pub(super) records: u64,
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
            let needed = u64::try_from(fleet.len()).unwrap_or(0).saturating_add(64);
            let allowed = open_files(needed);
            if allowed < needed {
                return Err(NotPlayed::Files(allowed, needed));
            }
            for (place, (records, start_ms)) in (0_u32..).zip(fleet) {
                let till = Till::new(&order, place, *records, &clock)?;
                let (count, began, start_ms) = (Arc::clone(&count), Arc::clone(&began), *start_ms);
                threads.push(spawn(move || till.drains(&began, start_ms, &count))?);
            }
        }
        Work::InTurn { lines, fleet } => {
            for line in 0..*lines {
                let mut tills = Vec::new();
                for (place, records) in (0_u32..).zip(fleet) {
                    if place % (*lines).max(1) == line {
                        tills.push(Till::new(&order, place, *records, &clock)?);
                    }
                }
                let (count, began) = (Arc::clone(&count), Arc::clone(&began));
                threads.push(spawn(move || {
                    for till in tills {
                        till.drains(&began, 0, &count);
                    }
                })?);
            }
        }
        Work::Ask { lines, times, what } => {
            for place in 0..*lines {
                let asks = asked(&order, place, *times, *what, &clock)?;
                let (count, began) = (Arc::clone(&count), Arc::clone(&began));
                let line = PlainLine::new(order.address, Arc::clone(&clock), Arc::clone(&count));
                let anew = *what == What::HelloAnew;
                threads.push(spawn(move || ask_all(line, &asks, anew, &began))?);
            }
        }
    }
    writeln!(told, "ready")?;
    told.flush()?;
    line.clear();
    input.read_line(&mut line)?;
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
        busy: get(&count.busy),
        failed: get(&count.failed),
        bytes: get(&count.bytes),
        records: get(&count.records),
    };
    writeln!(told, "{}", serde_json::to_string(&all)?)?;
    Ok(())
}

fn spawn(
    work: impl FnOnce() + Send + 'static,
) -> Result<std::thread::JoinHandle<()>, std::io::Error> {
    std::thread::Builder::new().stack_size(STACK).spawn(work)
}

#[derive(Default)]
struct Counted {
    requests: AtomicU64,
    busy: AtomicU64,
    failed: AtomicU64,
    bytes: AtomicU64,
    records: AtomicU64,
    done: Mutex<Vec<u64>>,
}

/// Where all wait for "go".
#[derive(Default)]
struct Gate {
    open_ms: Mutex<Option<u64>>,
    opened: std::sync::Condvar,
}

impl Gate {
    fn open(&self, at_ms: u64) {
        *self.open_ms.lock().unwrap_or_else(PoisonError::into_inner) = Some(at_ms);
        self.opened.notify_all();
    }

    fn wait(&self) -> u64 {
        let mut open = self.open_ms.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(at_ms) = *open {
                return at_ms;
            }
            open = self.opened.wait(open).unwrap_or_else(PoisonError::into_inner);
        }
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
        let line = PlainLine::new(order.address, Arc::clone(clock), count);
        let clock = Arc::clone(clock);
        Ok(Self { journal, sync, line, clock, address: order.address })
    }

    fn drains(mut self, began: &Gate, start_ms: u64, all: &Counted) {
        let go_ms = began.wait();
        let passed_ms = self.clock.mono_ms().saturating_sub(go_ms);
        std::thread::sleep(Duration::from_millis(start_ms.saturating_sub(passed_ms)));
        let (mut busy, mut failed) = (0_u64, 0_u64);
        let report = self.sync.drain(
            &mut self.line,
            &mut self.journal,
            &mut |wait_ms| std::thread::sleep(Duration::from_millis(wait_ms)),
            &mut |next| match next.link {
                LinkState::Busy => busy = busy.saturating_add(1),
                LinkState::NoAnswer { .. } | LinkState::NotCentral { .. } => {
                    failed = failed.saturating_add(1);
                }
                _ => {}
            },
            &|| false,
        );
        if report.link != LinkState::UpToDate {
            tracing::error!(link = ?report.link, central = %self.address, "a register gave up");
        }
        all.requests.fetch_add(report.requests, Ordering::Relaxed);
        all.busy.fetch_add(busy, Ordering::Relaxed);
        all.failed.fetch_add(failed, Ordering::Relaxed);
        all.records.fetch_add(report.created, Ordering::Relaxed);
        let mut done = all.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.push(self.clock.mono_ms());
    }
}

/// Requests that are made before the clock runs.
fn asked(
    order: &Order,
    place: u32,
    times: u32,
    what: What,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Request>, NotPlayed> {
    let made = |why: serde_json::Error| NotPlayed::Made(why.to_string());
    let key = Arc::new(key_of(order.seed, place)?);
    let post = |path: &str, body| Request::post(path, body);
    Ok(match what {
        What::Hello | What::HelloAnew => {
            let one = Request::get("/v1/hello?nonce=0123456789abcdef");
            (0..times).map(|_| one.clone()).collect()
        }
        What::Announce => {
            let journal = Journal::new(place, 2, &key, clock.now())?;
            let announce = Announce {
                protocol: PROTOCOL.to_owned(),
                journal: JournalName::of(&journal.state.id),
                key: key.public().to_string(),
                next_seq: 0,
                head: Hash::ZERO.to_string(),
                takings: 0,
                payouts: 0,
                program: env!("CARGO_PKG_VERSION").to_owned(),
                at: clock.now().to_string(),
            };
            let body = sealed::seal(&announce, Domain::Announce, &key).map_err(made)?;
            (0..times).map(|_| post("/v1/announce", body.clone())).collect()
        }
        What::Segments(records) => {
            let journal = Journal::new(place, records.saturating_mul(times), &key, clock.now())?;
            let many = usize::try_from(records).unwrap_or(1).max(1);
            let path = format!("/v1/segments?records={records}");
            let built = journal.lines.chunks(many).map(|lines| {
                let body = segment::build(lines, &key);
                body.map(|body| post(&path, body)).map_err(|why| NotPlayed::Made(why.to_string()))
            });
            built.collect::<Result<Vec<Request>, NotPlayed>>()?
        }
        What::Refused => {
            let journal = Journal::new(place, 20, &key, clock.now())?;
            let body = segment::build(&journal.lines, &key)
                .map_err(|why| NotPlayed::Made(why.to_string()))?;
            let path = "/v1/segments?records=10000&within=0";
            (0..times).map(|_| post(path, body.clone())).collect()
        }
    })
}

fn ask_all(mut line: PlainLine, asks: &[Request], anew: bool, began: &Gate) {
    began.wait();
    for request in asks {
        if anew {
            line.stream = None;
        }
        let count = &line.count;
        count.bytes.fetch_add(u64::try_from(request.body.len()).unwrap_or(0), Ordering::Relaxed);
        match line.send(request) {
            Ok(response) if response.status == 503 => {
                line.count.busy.fetch_add(1, Ordering::Relaxed);
            }
            Ok(response) if response.status == 200 => {}
            Ok(_) | Err(_) => {
                line.count.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// A journal in memory, of notes as long as sales are.
struct Journal {
    state: JournalState,
    lines: Vec<Line>,
    receipts: BTreeMap<JournalId, Receipt>,
}

impl Journal {
    fn new(place: u32, records: u32, key: &SigningKey, now: Timestamp) -> Result<Self, NotPlayed> {
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
        let state = JournalState { id, next_seq, head, lifetime };
        Ok(Self { state, lines, receipts: BTreeMap::new() })
    }
}

impl Source for Journal {
    fn journals(&self) -> Result<Vec<JournalState>, SourceFailed> {
        Ok(vec![self.state])
    }

    fn lines(
        &self,
        _: &JournalId,
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

/// A line to a central on this machine: plain HTTP, one request at a time, as small as it can be,
/// so that thousands of them cost the machine little beside central.
struct PlainLine {
    address: SocketAddr,
    stream: Option<TcpStream>,
    used_ms: u64,
    clock: Arc<dyn Clock>,
    count: Arc<Counted>,
}

impl PlainLine {
    fn new(address: SocketAddr, clock: Arc<dyn Clock>, count: Arc<Counted>) -> Self {
        Self { address, stream: None, used_ms: 0, clock, count }
    }

    fn talk(&mut self, request: &Request) -> Result<Response, std::io::Error> {
        let stream = match self.stream.take() {
            Some(stream) if self.clock.mono_ms().saturating_sub(self.used_ms) < IDLE_MS => stream,
            _ => {
                let stream = TcpStream::connect_timeout(&self.address, CONNECT)?;
                stream.set_read_timeout(Some(ANSWER))?;
                stream.set_write_timeout(Some(ANSWER))?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        let (address, len) = (&request.address, request.body.len());
        let about = format!("host: central\r\ncontent-length: {len}");
        let head = format!("{method} {address} HTTP/1.1\r\n{about}\r\n\r\n");
        let mut talking = &stream;
        talking.write_all(&[head.as_bytes(), &request.body].concat())?;
        let response = heard(talking)?;
        self.used_ms = self.clock.mono_ms();
        self.stream = Some(stream);
        Ok(response)
    }
}

fn heard(mut stream: &TcpStream) -> Result<Response, std::io::Error> {
    let odd = || std::io::Error::other("the answer is not HTTP");
    let mut bytes = Vec::new();
    let mut piece = [0; 4_096];
    let (head_len, status, len) = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(bytes.get(..at).unwrap_or_default()).into_owned();
            let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
            let len = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let named = name.eq_ignore_ascii_case("content-length");
                named.then(|| value.trim().parse::<usize>().ok())?
            });
            break (at.saturating_add(4), status.ok_or_else(odd)?, len.ok_or_else(odd)?);
        }
        if bytes.len() > HEAD_MAX {
            return Err(odd());
        }
        read_more(&mut stream, &mut piece, &mut bytes)?;
    };
    let end = head_len.saturating_add(len);
    while bytes.len() < end {
        read_more(&mut stream, &mut piece, &mut bytes)?;
    }
    Ok(Response { status, body: bytes.get(head_len..end).unwrap_or_default().to_vec() })
}

fn read_more(
    stream: &mut &TcpStream,
    piece: &mut [u8],
    bytes: &mut Vec<u8>,
) -> Result<(), std::io::Error> {
    let read = stream.read(piece)?;
    if read == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    bytes.extend_from_slice(piece.get(..read).unwrap_or_default());
    Ok(())
}

impl Transport for PlainLine {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        self.count.requests.fetch_add(1, Ordering::Relaxed);
        self.talk(request).map_err(|why| NoAnswer { text: why.to_string() })
    }
}
