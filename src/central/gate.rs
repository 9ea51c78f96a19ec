//! The gate before the door: lets requests in by `admission`, calls those who wait, and marks
//! appointments so that any process of this central knows them.
//!
//! ```text
//!  head of a request ─▶ enter ─▶ Passage ─▶ body is read ─▶ ready ─▶ called ─▶ the door's work
//!                        └▶ Turned: a refusal with a turn, before a byte of the body
//!  a passage that is dropped, however the request ended, gives its place to the next
//! ```
//!
//! An appointment is a time and a mark that only central's key makes; nothing is kept of it, so
//! it is good after a restart and at every other process that has the key.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::device::clock::Clock;
use crate::journal::hash::Hash;
use crate::journal::key::{Domain, PublicKey, SigningKey};
use crate::sync::asks::Asks;
use crate::sync::carrier::{Method, Response};
use crate::sync::wire::Refusal;
use crate::sync::wire::packs::PACKS_PATH;
use crate::sync::wire::regain::REGAIN_PATH;

use super::admission::{Admission, Bounds, Called, Caller, Class, Pass, Refused, Turn, Why};

/// What a caller waits for an answer, where it does not say.
const WITHIN_MS: u64 = 40_000;
/// A segment's bytes on the wire for each record, where nobody says how many there are.
const BYTES_A_RECORD: u64 = 300;
/// The bytes of bodies that are held at once.
const BODIES_MAX: usize = 256 * 1024 * 1024;
/// How much too early and too late an appointment is kept.
const EARLY_MS: i64 = 1_500;
const LATE_MS: i64 = 120_000;
/// The digits of an appointment's mark.
const MARK_LEN: usize = 32;
/// One key: so many requests at once, and then one each so many milliseconds.
const KEY_RATE: (u64, u64) = (200, 50);
/// All keys together that nobody knows.
const STRANGERS_RATE: (u64, u64) = (500, 50);
/// Places of the keys' clocks; keys that fall on one share its rate.
const KEY_CLOCKS: usize = 1 << 17;

/// What went through the gate since central started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GateCounts {
    /// Deliveries, replays and pages that were let in.
    pub entered: u64,
    /// Those of them that kept an appointment.
    pub appointed: u64,
    /// Refused because there was no room.
    pub full: u64,
    /// Refused because it could not be done in time.
    pub late: u64,
    /// Bodies that were begun to be read.
    pub bodies: u64,
    /// Bodies that came too slowly, and were cut off.
    pub slow: u64,
    /// The most that had a place at once.
    pub most_working: usize,
}

/// The gate.
pub struct Gate {
    inside: Mutex<Inside>,
    keys: Mutex<KeyClocks>,
    held: AtomicUsize,
    clock: Arc<dyn Clock>,
    secret: Hash,
}

struct Inside {
    admission: Admission,
    waiters: BTreeMap<Pass, oneshot::Sender<Called>>,
    counts: GateCounts,
}

/// When each key, and all strangers, may come again: theoretical arrival times.
struct KeyClocks {
    salt: Hash,
    keys: Vec<u64>,
    strangers: u64,
}

/// A caller that was let in; dropping it lets the next one in.
pub(super) struct Passage {
    gate: Arc<Gate>,
    pass: Pass,
    class: Class,
    done: bool,
}

/// A caller that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turned {
    why: Why,
    wait_ms: u64,
    slot: Option<String>,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gate({:?})", self.counts())
    }
}

impl Gate {
    /// A gate with these bounds. `salt` is a random word, so that nobody can make keys that share
    /// another one's clock.
    pub(super) fn new(
        bounds: Bounds,
        key: &SigningKey,
        salt: [u8; 16],
        clock: Arc<dyn Clock>,
    ) -> Self {
        let admission = Admission::new(bounds);
        let counts = GateCounts::default();
        let keys = KeyClocks { salt: Hash::of_bytes(&salt), keys: Vec::new(), strangers: 0 };
        Self {
            inside: Mutex::new(Inside { admission, waiters: BTreeMap::new(), counts }),
            keys: Mutex::new(keys),
            held: AtomicUsize::new(0),
            clock,
            secret: Hash::of_bytes(&key.sign(Domain::Appointment, b"").0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a request in by its head; `len` is its body's length, if that is said.
    pub(super) fn enter(
        self: &Arc<Self>,
        class: Class,
        asks: &Asks,
        len: Option<u64>,
    ) -> Result<Passage, Turned> {
        let by_len = len.unwrap_or(0).checked_div(BYTES_A_RECORD).unwrap_or(0);
        let appointed =
            class == Class::Upload && asks.slot.as_deref().is_some_and(|slot| self.is_kept(slot));
        let caller = Caller {
            class,
            records: asks.records.unwrap_or(by_len).min(RECORDS_MAX),
            within_ms: asks.within_ms.unwrap_or(WITHIN_MS),
            appointed,
        };
        let now_ms = self.clock.mono_ms();
        let too_much = self.held.load(Ordering::Relaxed) > BODIES_MAX && class != Class::Word;
        let mut inside = self.lock();
        let entered = if too_much {
            let turn = inside.admission.turn(now_ms, caller.records);
            let turn = Turn { wait_ms: turn.wait_ms.max(1_000), ..turn };
            Err(Refused { why: Why::Full, turn })
        } else {
            inside.admission.enter(now_ms, caller)
        };
        match entered {
            Ok(pass) => {
                if class != Class::Word {
                    inside.counts.entered = inside.counts.entered.saturating_add(1);
                    inside.counts.appointed =
                        inside.counts.appointed.saturating_add(u64::from(appointed));
                }
                drop(inside);
                Ok(Passage { gate: Arc::clone(self), pass, class, done: false })
            }
            Err(refused) => {
                inside.refused(refused.why);
                drop(inside);
                Err(self.turned(class, refused))
            }
        }
    }

    /// A turn for records that a register has announced: the wait, and the appointment for then.
    pub(super) fn appointment(&self, records: u64) -> (u64, Option<String>) {
        if records == 0 {
            return (0, None);
        }
        let turn = self.lock().admission.turn(self.clock.mono_ms(), records.min(RECORDS_MAX));
        (turn.wait_ms, turn.own.then(|| self.slot(turn.wait_ms)))
    }

    /// Asks whether a key comes more often than a register does.
    ///
    /// # Errors
    /// The milliseconds until it may come again.
    pub(super) fn key_may(&self, key: &PublicKey) -> Result<(), u64> {
        let now_ms = self.clock.mono_ms();
        let mut clocks = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if clocks.keys.is_empty() {
            clocks.keys = vec![0; KEY_CLOCKS];
        }
        let digest = Hash::of_parts(&[&clocks.salt.0, key.bytes()]);
        let place =
            digest.0.iter().take(4).fold(0_usize, |all, byte| (all << 8) | usize::from(*byte));
        match clocks.keys.get_mut(place % KEY_CLOCKS) {
            Some(clock) => arrives(clock, now_ms, KEY_RATE),
            None => Ok(()),
        }
    }

    /// The same for all keys that nobody knows.
    ///
    /// # Errors
    /// The milliseconds until one may come again.
    pub(super) fn stranger_may(&self) -> Result<(), u64> {
        let now_ms = self.clock.mono_ms();
        let mut clocks = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        arrives(&mut clocks.strangers, now_ms, STRANGERS_RATE)
    }

    /// Somebody has a place.
    pub(super) fn is_working(&self) -> bool {
        self.lock().admission.is_working()
    }

    /// What went through so far.
    pub fn counts(&self) -> GateCounts {
        self.lock().counts
    }

    /// Records a second that deliveries are taken at, as measured lately.
    pub fn rate(&self) -> u64 {
        self.lock().admission.rate()
    }

    /// A body is begun to be read.
    pub(super) fn body_begins(&self) {
        let mut inside = self.lock();
        inside.counts.bodies = inside.counts.bodies.saturating_add(1);
    }

    /// A body came too slowly.
    pub(super) fn body_is_slow(&self) {
        let mut inside = self.lock();
        inside.counts.slow = inside.counts.slow.saturating_add(1);
    }

    /// Bytes of a body are held from now on, or no longer.
    pub(super) fn holds(&self, more: usize) {
        self.held.fetch_add(more, Ordering::Relaxed);
    }

    /// See [`Self::holds`].
    pub(super) fn lets_go(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn turned(&self, class: Class, Refused { why, turn }: Refused) -> Turned {
        let own = class == Class::Upload && turn.own;
        let slot = own.then(|| self.slot(turn.wait_ms));
        Turned { why, wait_ms: turn.wait_ms, slot }
    }

    fn slot(&self, wait_ms: u64) -> String {
        let wait_ms = i64::try_from(wait_ms).unwrap_or(i64::MAX);
        let at = format!("{:x}", self.clock.now().utc_ms.saturating_add(wait_ms).max(0));
        let mark = self.mark(&at);
        format!("{at}-{mark}")
    }

    fn mark(&self, at: &str) -> String {
        let inner = Hash::of_parts(&[&self.secret.0, at.as_bytes()]);
        let mut mark = Hash::of_parts(&[&self.secret.0, &inner.0]).to_string();
        mark.truncate(MARK_LEN);
        mark
    }

    fn is_kept(&self, slot: &str) -> bool {
        let Some((at, mark)) = slot.split_once('-') else { return false };
        let Ok(at_ms) = i64::from_str_radix(at, 16) else { return false };
        let now_ms = self.clock.now().utc_ms;
        let from_ms = at_ms.saturating_sub(EARLY_MS);
        let to_ms = at_ms.saturating_add(LATE_MS);
        // Hashes are compared, so that the time taken tells nothing of the mark.
        (from_ms..=to_ms).contains(&now_ms)
            && Hash::of_bytes(mark.as_bytes()) == Hash::of_bytes(self.mark(at).as_bytes())
    }
}

/// The most records a caller is believed to bring.
const RECORDS_MAX: u64 = 10_000;

/// A theoretical arrival time: moves on by one interval, or says how long until it may.
fn arrives(clock: &mut u64, now_ms: u64, (burst, interval_ms): (u64, u64)) -> Result<(), u64> {
    let next_ms = (*clock).max(now_ms).saturating_add(interval_ms);
    let most_ms = now_ms.saturating_add(burst.saturating_mul(interval_ms));
    if next_ms > most_ms {
        return Err(next_ms.saturating_sub(most_ms).max(1_000));
    }
    *clock = next_ms;
    Ok(())
}

impl Inside {
    fn refused(&mut self, why: Why) {
        let count = match why {
            Why::Full => &mut self.counts.full,
            Why::Late => &mut self.counts.late,
        };
        *count = count.saturating_add(1);
    }

    /// Tells those who waited; who is gone gives its place back by itself.
    fn tell(&mut self, called: Vec<Called>) {
        let working = self.admission.counts().2;
        self.counts.most_working = self.counts.most_working.max(working);
        for called in called {
            let (Called::Begin(pass) | Called::Refused(pass, _)) = called;
            if let Called::Refused(_, refused) = called {
                self.refused(refused.why);
            }
            if let Some(waiter) = self.waiters.remove(&pass) {
                waiter.send(called).ok();
            }
        }
    }
}

impl Passage {
    /// The body is there: what is received is when to begin, or a refusal.
    pub(super) fn ready(&self) -> oneshot::Receiver<Called> {
        let (waiter, called) = oneshot::channel();
        let now_ms = self.gate.clock.mono_ms();
        let mut inside = self.gate.lock();
        inside.waiters.insert(self.pass, waiter);
        let calls = if self.class == Class::Word {
            vec![Called::Begin(self.pass)]
        } else {
            inside.admission.ready(now_ms, self.pass)
        };
        inside.tell(calls);
        called
    }

    /// The same for a caller that can't go on meanwhile.
    pub(super) fn waits(&self) -> Result<(), Turned> {
        match self.ready().blocking_recv() {
            Ok(called) => self.begins(called),
            Err(_) => Ok(()),
        }
    }

    /// What being called means.
    pub(super) fn begins(&self, called: Called) -> Result<(), Turned> {
        match called {
            Called::Begin(_) => Ok(()),
            Called::Refused(_, refused) => Err(self.gate.turned(self.class, refused)),
        }
    }

    /// The work was done, and counts for how fast central is.
    pub(super) fn done(mut self) {
        self.done = true;
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        let now_ms = self.gate.clock.mono_ms();
        let mut inside = self.gate.lock();
        inside.waiters.remove(&self.pass);
        let called = inside.admission.leave(now_ms, self.pass, self.class, self.done);
        inside.tell(called);
    }
}

impl Turned {
    /// The words and the status that go to the caller.
    pub(super) fn response(&self) -> Response {
        let come = if self.slot.is_some() { "this register's turn comes" } else { "come again" };
        let text = match self.why {
            Why::Full => {
                format!("central is busy; {come} in {} ms, nothing is lost meanwhile", self.wait_ms)
            }
            Why::Late => format!(
                "central can't do this in the time that the caller waits; {come} in {} ms, nothing \
                 is lost meanwhile",
                self.wait_ms
            ),
        };
        let mut refusal = Refusal::new(text, Some(self.wait_ms));
        refusal.slot.clone_from(&self.slot);
        Response { status: 503, body: serde_json::to_vec(&refusal).unwrap_or_default() }
    }

    /// Whole seconds until the turn, for whoever reads the head alone.
    pub(super) const fn wait_s(&self) -> u64 {
        self.wait_ms.div_ceil(1_000)
    }
}

/// What a register's request is for.
pub(super) fn class_of(method: Method, path: &str) -> Class {
    match (method, path) {
        // Somebody stands at a till and waits for what was put aside.
        (Method::Post, "/v1/segments" | "/v1/asides") => Class::Upload,
        (Method::Post, "/v1/records" | "/v1/sealed" | REGAIN_PATH) => Class::Replay,
        // Prices are wanted when nothing of a register waits any more.
        (_, path) if path.starts_with(PACKS_PATH) => Class::Page,
        _ => Class::Word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::clock::SimulatedClock;
    use crate::domain::time::Timestamp;

    fn clock() -> Arc<SimulatedClock> {
        let at = Timestamp { utc_ms: 1_795_000_000_000, offset_min: 0 };
        Arc::new(SimulatedClock::at(at))
    }

    fn process(seed: u8, clock: &Arc<SimulatedClock>) -> Arc<Gate> {
        let key = SigningKey::from_seed(&[seed; 32]).expect("a key");
        let bounds = Bounds { places: 1, words: 2, room: 2, ahead_ms: 2_000 };
        let clock: Arc<dyn Clock> = Arc::<SimulatedClock>::clone(clock);
        Arc::new(Gate::new(bounds, &key, [1; 16], clock))
    }

    fn asks(slot: Option<String>) -> Asks {
        Asks { records: Some(250), slot, ..Asks::default() }
    }

    /// Takes all the room there is for those without an appointment.
    fn fill(gate: &Arc<Gate>) -> Vec<Passage> {
        let mut inside = Vec::new();
        while let Ok(passage) = gate.enter(Class::Upload, &asks(None), None) {
            inside.push(passage);
        }
        inside
    }

    #[test]
    fn an_appointment_of_one_process_is_kept_at_another_and_at_no_stranger() {
        let clock = clock();
        let (one, other, stranger) = (process(1, &clock), process(1, &clock), process(2, &clock));
        let (_full_one, _full_other, _full_stranger) = (fill(&one), fill(&other), fill(&stranger));
        let turned = one.enter(Class::Upload, &asks(None), None).err().expect("full");
        let refusal: Refusal = serde_json::from_slice(&turned.response().body).expect("json");
        let wait_ms = refusal.retry_after_ms.expect("a turn");
        let slot = refusal.slot.expect("an appointment");
        assert!(crate::sync::asks::is_slot(&slot), "{slot}");
        let comes = |gate: &Arc<Gate>, slot: &str| {
            gate.enter(Class::Upload, &asks(Some(slot.to_owned())), None).is_ok()
        };
        clock.advance_ms(u32::try_from(wait_ms).expect("a wait"));
        // Bodies that began a while ago take no room, so others come in between.
        let _more = [fill(&one), fill(&other), fill(&stranger)];
        assert!(comes(&other, &slot));
        assert!(!comes(&stranger, &slot));
        let mut forged = slot.clone();
        forged.replace_range(..1, if slot.starts_with('1') { "2" } else { "1" });
        assert!(!comes(&other, &forged));
        clock.advance_ms(121_000);
        let _again = fill(&other);
        assert!(!comes(&other, &slot), "two minutes late is too late");
    }

    #[test]
    fn whoever_is_gone_gives_its_place_to_the_next() {
        let clock = clock();
        let gate = process(1, &clock);
        let first = gate.enter(Class::Upload, &asks(None), None).expect("room");
        assert!(matches!(first.ready().try_recv(), Ok(Called::Begin(_))));
        let second = gate.enter(Class::Upload, &asks(None), None).expect("room");
        let mut called = second.ready();
        assert!(called.try_recv().is_err());
        drop(first);
        assert!(matches!(called.try_recv(), Ok(Called::Begin(_))));
        assert_eq!(gate.counts().most_working, 1);
    }

    #[test]
    fn a_key_that_hammers_waits_and_others_don_t_and_all_strangers_share_one_rate() {
        let clock = clock();
        let gate = process(1, &clock);
        let [one, other] =
            [3, 4].map(|seed| SigningKey::from_seed(&[seed; 32]).expect("a key").public());
        let many = (0..1_000).take_while(|_| gate.key_may(&one).is_ok()).count();
        assert_eq!(many, 200);
        assert_eq!(gate.key_may(&one), Err(1_000));
        assert_eq!(gate.key_may(&other), Ok(()));
        clock.advance_ms(1_000);
        assert_eq!((0..100).take_while(|_| gate.key_may(&one).is_ok()).count(), 20);
        assert_eq!((0..1_000).take_while(|_| gate.stranger_may().is_ok()).count(), 500);
    }
}
