//! Who may come in now, who waits a moment, and when a refused caller may come again. Pure: time
//! is handed in, so that central and the simulation of a fleet decide by the same code.
//!
//! ```text
//!  a small word (hello, announce, cursor) ─▶ answered, beside everything else
//!  a delivery, by its head ─▶ is there room? no ─▶ "come then": a turn of its own
//!                yes ─▶ its body is read ─▶ a place is free ─▶ work ─▶ done: the next one waiting
//!                       (at its own speed)  none is ─▶ waits, small classes before large ones
//! ```
//!
//! A body that is read slowly takes no place and, after a second, no room either. Turns are given
//! by a virtual clock (the theoretical arrival time of the generic cell rate algorithm), each its
//! own; how fast that clock goes is measured from deliveries that were finished.

mod rate;

use std::collections::BTreeMap;

use crate::sync::wire::RETRY_AFTER_MS;
use rate::Rate;

/// What a request is for; the first is the most urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A greeting, an announcement, a question for a place: small, and everything waits for it.
    Word,
    /// A register's records, by its own line.
    Upload,
    /// Records by another carrier, and what goes beside records.
    Replay,
    /// Pages and lists for people.
    Page,
}

/// Central's bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Deliveries that are checked and stored at once.
    pub places: usize,
    /// Small words that are answered at once.
    pub words: usize,
    /// Deliveries without an appointment that wait, or whose bodies just began to come.
    pub room: usize,
    /// How much work may wait for a place, in milliseconds, before others are refused.
    pub ahead_ms: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { places: 16, words: 48, room: 256, ahead_ms: 2_000 }
    }
}

/// What is known of a caller by the head of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// What it is for.
    pub class: Class,
    /// The records it brings, or about how many.
    pub records: u64,
    /// How long it waits for an answer.
    pub within_ms: u64,
    /// It keeps an appointment.
    pub appointed: bool,
}

/// Why a caller is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// There is no room.
    Full,
    /// It could not be done in the time the caller waits.
    Late,
}

/// A refusal and the caller's own turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub why: Why,
    /// Milliseconds until its turn.
    pub wait_ms: u64,
}

/// Somebody who was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pass(u64);

/// What somebody who waited is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Called {
    /// It has a place now.
    Begin(Pass),
    /// Its time ran out.
    Refused(Pass, Refused),
}

/// What a delivery costs beside its records, in records.
const COST_OF_ONE: u64 = 64;
/// Longer than this a body comes slowly, and takes no room any more.
const YOUNG_MS: u64 = 1_000;
/// Those with an appointment have so many times the room of the others.
const APPOINTED_ROOM: usize = 4;
/// Turns are given this much closer together than was measured, in percent: while nobody waits,
/// and while somebody does. Without it the measured rate could never rise.
const BOOKED: (u64, u64) = (125, 105);
/// Central's places, its queue, and the virtual clock.
#[derive(Clone, Debug)]
pub struct Admission {
    bounds: Bounds,
    next: u64,
    words: usize,
    reading: BTreeMap<Pass, (Caller, u64)>,
    waiting: BTreeMap<(Class, Pass), (Caller, u64)>,
    working: BTreeMap<Pass, Caller>,
    /// The cost of all that waits or is worked on.
    ahead: u64,
    rate: Rate,
    /// When the last turn that was given away ends, in microseconds.
    turn_us: u64,
    /// The same of small words.
    word_turn_us: u64,
}

impl Admission {
    /// Nobody is in.
    pub const fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            next: 0,
            words: 0,
            reading: BTreeMap::new(),
            waiting: BTreeMap::new(),
            working: BTreeMap::new(),
            ahead: 0,
            rate: Rate::new(),
            turn_us: 0,
            word_turn_us: 0,
        }
    }

    /// Lets a caller in whose body was not read yet.
    ///
    /// # Errors
    /// [`Refused`] with the caller's own turn.
    pub fn enter(&mut self, now_ms: u64, caller: Caller) -> Result<Pass, Refused> {
        self.tick(now_ms);
        let pass = Pass(self.next);
        if caller.class == Class::Word {
            if self.words >= self.bounds.words {
                return Err(Refused { why: Why::Full, wait_ms: self.word_turn(now_ms) });
            }
            self.words = self.words.saturating_add(1);
        } else {
            let own = self.rate.us_of(cost(caller.records), self.rate.now);
            let ahead_us = self.rate.us_of(self.ahead, self.rate.now);
            let done_ms = ahead_us.saturating_add(own) / 1_000;
            let room = self.room_of(caller);
            let young = self.young(now_ms, room);
            let why = if done_ms > caller.within_ms {
                Why::Late
            } else if self.waiting.len().saturating_add(young) >= room
                || (!caller.appointed && ahead_us / 1_000 > self.bounds.ahead_ms)
            {
                Why::Full
            } else {
                self.next = self.next.saturating_add(1);
                self.reading.insert(pass, (caller, now_ms));
                return Ok(pass);
            };
            return Err(self.refused(now_ms, caller, why));
        }
        self.next = self.next.saturating_add(1);
        Ok(pass)
    }

    /// A caller's body is there. It has a place at once, or waits until it is called.
    pub fn ready(&mut self, now_ms: u64, pass: Pass) -> Vec<Called> {
        self.tick(now_ms);
        let Some((caller, came_ms)) = self.reading.remove(&pass) else {
            return vec![Called::Begin(pass)];
        };
        if !caller.appointed {
            // Turns that were given away already begin later by its work.
            self.turn_us = self.turn_us.saturating_add(self.booked_us(caller.records));
        }
        let until_ms = came_ms.saturating_add(caller.within_ms);
        self.ahead = self.ahead.saturating_add(cost(caller.records));
        self.waiting.insert((caller.class, pass), (caller, until_ms));
        self.call(now_ms)
    }

    /// A caller is done, or gone; whoever is next is called.
    pub fn leave(&mut self, now_ms: u64, pass: Pass, class: Class, done: bool) -> Vec<Called> {
        if class == Class::Word {
            self.word_is_said(now_ms);
            return Vec::new();
        }
        self.tick(now_ms);
        self.reading.remove(&pass);
        if let Some((caller, _)) = self.waiting.remove(&(class, pass)) {
            self.ahead = self.ahead.saturating_sub(cost(caller.records));
        }
        if let Some(caller) = self.working.remove(&pass) {
            let cost = cost(caller.records);
            self.ahead = self.ahead.saturating_sub(cost);
            if done && matches!(class, Class::Upload | Class::Replay) {
                self.rate.done(cost);
            }
        }
        self.call(now_ms)
    }

    /// A small word was answered.
    pub fn word_is_said(&mut self, now_ms: u64) {
        self.tick(now_ms);
        self.rate.words_done = self.rate.words_done.saturating_add(1);
        self.words = self.words.saturating_sub(1);
    }

    /// A turn for a small word that finds too many others: its own as well, or all would come back
    /// in the same second.
    fn word_turn(&mut self, now_ms: u64) -> u64 {
        let (shortest, longest) = RETRY_AFTER_MS;
        let now_us = now_ms.saturating_mul(1_000);
        let begins_us = self.word_turn_us.max(now_us);
        // Half of the time stays for deliveries.
        self.word_turn_us = begins_us.saturating_add(self.rate.word_us.saturating_mul(2));
        let wait_ms = begins_us.saturating_sub(now_us) / 1_000;
        wait_ms.saturating_add(shortest).min(longest)
    }

    fn tick(&mut self, now_ms: u64) {
        let full = !self.waiting.is_empty();
        self.rate.tick(now_ms, !self.working.is_empty(), self.words > 0, full);
    }

    /// A turn for what a caller will bring: milliseconds until then, zero for at once.
    pub fn turn(&mut self, now_ms: u64, records: u64) -> u64 {
        self.tick(now_ms);
        let now_us = now_ms.saturating_mul(1_000);
        // By the best rate as well: a moment's slowness would push the clock ahead for good.
        let free_us = now_us.saturating_add(self.rate.us_of(self.ahead, self.rate.best));
        let begins_us = self.turn_us.max(free_us);
        let wait_ms = begins_us.saturating_sub(now_us) / 1_000;
        if wait_ms >= RETRY_AFTER_MS.1 {
            // Nobody is sent away for longer, and the clock does not run further ahead.
            return RETRY_AFTER_MS.1;
        }
        self.turn_us = begins_us.saturating_add(self.booked_us(records));
        if wait_ms <= SOON_MS { 0 } else { wait_ms }
    }

    /// Somebody has a place.
    pub fn is_working(&self) -> bool {
        !self.working.is_empty()
    }

    /// Records a second that deliveries of 250 are taken at, as measured lately.
    pub fn rate(&self) -> u64 {
        self.rate.now.saturating_mul(250).checked_div(cost(250)).unwrap_or(0)
    }

    /// Bodies that are being read, deliveries that wait, and those that are worked on.
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.reading.len(), self.waiting.len(), self.working.len())
    }

    fn refused(&mut self, now_ms: u64, caller: Caller, why: Why) -> Refused {
        let (shortest, longest) = RETRY_AFTER_MS;
        let wait_ms = match caller.class {
            // People reload by themselves; they take no turn from a register.
            Class::Word | Class::Page => shortest,
            Class::Upload | Class::Replay => {
                self.turn(now_ms, caller.records).clamp(shortest, longest)
            }
        };
        Refused { why, wait_ms }
    }

    /// The room of a caller's class: the small classes always find some that large ones don't.
    fn room_of(&self, caller: Caller) -> usize {
        let room = self.bounds.room;
        let share = match caller.class {
            Class::Word | Class::Upload => room,
            Class::Replay => room / 4,
            Class::Page => room / 8,
        };
        let times = if caller.appointed { APPOINTED_ROOM } else { 1 };
        share.max(1).saturating_mul(times)
    }

    /// Bodies that began to come within the last second, counted up to a number.
    fn young(&self, now_ms: u64, most: usize) -> usize {
        let since_ms = now_ms.saturating_sub(YOUNG_MS);
        let newest = self.reading.values().rev();
        newest.take_while(|(_, came_ms)| *came_ms >= since_ms).take(most).count()
    }

    /// Fills places that are free, the most urgent class first.
    fn call(&mut self, now_ms: u64) -> Vec<Called> {
        let mut called = Vec::new();
        loop {
            let next = self.waiting.iter().find(|((class, _), _)| self.has_place(*class));
            let Some(((class, pass), (caller, until_ms))) = next.map(|(k, v)| (*k, *v)) else {
                return called;
            };
            self.waiting.remove(&(class, pass));
            if until_ms < now_ms {
                self.ahead = self.ahead.saturating_sub(cost(caller.records));
                let refused = self.refused(now_ms, caller, Why::Late);
                called.push(Called::Refused(pass, refused));
                continue;
            }
            self.working.insert(pass, caller);
            called.push(Called::Begin(pass));
        }
    }

    fn has_place(&self, class: Class) -> bool {
        let places = self.bounds.places;
        let most = match class {
            Class::Word | Class::Upload => places,
            Class::Replay => (places / 4).max(1),
            Class::Page => (places / 8).max(1),
        };
        let of_class = self.working.values().filter(|caller| caller.class == class).count();
        self.working.len() < places && of_class < most
    }

    fn booked_us(&self, records: u64) -> u64 {
        let (idle, busy) = BOOKED;
        let percent = if self.waiting.is_empty() { idle } else { busy };
        let us = self.rate.us_of(cost(records), self.rate.best);
        us.saturating_mul(100).checked_div(percent).unwrap_or(us)
    }
}

/// Turns that are nearer than this are "at once".
const SOON_MS: u64 = 1_000;

const fn cost(records: u64) -> u64 {
    records.saturating_add(COST_OF_ONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn caller(class: Class) -> Caller {
        Caller { class, records: 250, within_ms: 35_000, appointed: false }
    }

    fn small() -> Admission {
        Admission::new(Bounds { places: 2, words: 2, room: 8, ahead_ms: 2_000 })
    }

    /// Lets one in whose body is there at once; whether it began.
    fn brings(admission: &mut Admission, now_ms: u64, class: Class) -> Option<(Pass, bool)> {
        let pass = admission.enter(now_ms, caller(class)).ok()?;
        let began = admission.ready(now_ms, pass).contains(&Called::Begin(pass));
        Some((pass, began))
    }

    #[test]
    fn each_refused_caller_gets_a_turn_of_its_own() {
        let mut admission = small();
        let turns: Vec<u64> = (0..2_000)
            .filter_map(|_| match admission.enter(0, caller(Class::Upload)) {
                Ok(pass) => {
                    admission.ready(0, pass);
                    None
                }
                Err(refused) => Some(refused.wait_ms),
            })
            .collect();
        assert!(turns.len() > 1_900, "{}", turns.len());
        assert!(turns.is_sorted(), "{turns:?}");
        let apart: BTreeSet<u64> = turns.iter().copied().filter(|ms| *ms > 1_000).collect();
        assert!(apart.len() > 1_000, "{}", apart.len());
    }

    #[test]
    fn no_caller_is_sent_away_for_longer_than_a_quarter_of_an_hour() {
        let mut admission = small();
        let longest = (0..1_000_000).map(|_| admission.turn(0, 250)).max();
        assert_eq!(longest, Some(RETRY_AFTER_MS.1));
        // And the clock does not run away: a quarter of an hour later there are turns again.
        assert!(admission.turn(RETRY_AFTER_MS.1, 250) < 1_000);
    }

    #[test]
    fn a_place_that_is_free_goes_to_the_most_urgent_and_then_to_the_first() {
        let mut admission = small();
        let (first, began) = brings(&mut admission, 0, Class::Upload).expect("room");
        assert!(began);
        assert!(brings(&mut admission, 0, Class::Upload).expect("room").1);
        let (page, began) = brings(&mut admission, 1, Class::Page).expect("room");
        assert!(!began);
        let (replay, _) = brings(&mut admission, 2, Class::Replay).expect("room");
        let (upload, _) = brings(&mut admission, 3, Class::Upload).expect("room");
        let (later, _) = brings(&mut admission, 4, Class::Upload).expect("room");
        let mut done = first;
        let mut class = Class::Upload;
        for (next, next_class) in [
            (upload, Class::Upload),
            (later, Class::Upload),
            (replay, Class::Replay),
            (page, Class::Page),
        ] {
            assert_eq!(admission.leave(10, done, class, true), [Called::Begin(next)]);
            (done, class) = (next, next_class);
        }
    }

    #[test]
    fn small_words_get_through_however_many_deliveries_wait_and_are_bounded_too() {
        let mut admission = small();
        while brings(&mut admission, 0, Class::Upload).is_some() {}
        let word = admission.enter(0, caller(Class::Word)).expect("a word gets through");
        assert_eq!(admission.ready(0, word), [Called::Begin(word)]);
        admission.enter(0, caller(Class::Word)).expect("and another");
        assert_eq!(admission.enter(0, caller(Class::Word)).map_err(|no| no.why), Err(Why::Full));
        admission.leave(1, word, Class::Word, true);
        admission.enter(1, caller(Class::Word)).expect("once one was answered");
    }

    #[test]
    fn what_cant_be_done_in_time_is_refused_before_its_body_is_read() {
        let mut admission = small();
        for _ in 0..6 {
            brings(&mut admission, 0, Class::Upload);
        }
        let hurried = Caller { within_ms: 5, ..caller(Class::Upload) };
        assert_eq!(admission.enter(0, hurried).map_err(|no| no.why), Err(Why::Late));
        assert_eq!(admission.counts(), (0, 4, 2));
    }

    #[test]
    fn whoever_waited_too_long_is_told_so_and_takes_no_place() {
        let mut admission = small();
        let (first, _) = brings(&mut admission, 0, Class::Upload).expect("room");
        brings(&mut admission, 0, Class::Upload);
        let short = Caller { within_ms: 1_000, ..caller(Class::Upload) };
        let late = admission.enter(0, short).expect("room");
        assert_eq!(admission.ready(0, late), []);
        let (good, _) = brings(&mut admission, 500, Class::Upload).expect("room");
        let called = admission.leave(1_100, first, Class::Upload, true);
        assert!(
            matches!(called[..], [Called::Refused(a, Refused { why: Why::Late, .. }),
                Called::Begin(b)] if a == late && b == good),
            "{called:?}"
        );
    }

    #[test]
    fn an_appointment_is_kept_where_others_find_no_room() {
        let mut admission = small();
        while brings(&mut admission, 0, Class::Upload).is_some() {}
        let appointed = Caller { appointed: true, ..caller(Class::Upload) };
        let pass = admission.enter(0, appointed).expect("it has an appointment");
        assert_eq!(admission.ready(0, pass), []);
    }

    #[test]
    fn two_thousand_bodies_that_trickle_take_no_place_and_after_a_second_no_room() {
        let mut admission = small();
        let mut slow = 0_u32;
        for now_ms in 0..60_000 {
            slow += u32::from(admission.enter(now_ms, caller(Class::Upload)).is_ok());
        }
        assert_eq!(admission.counts().2, 0);
        assert!((400..=500).contains(&slow), "eight a second: {slow}");
        let (_, began) = brings(&mut admission, 62_000, Class::Upload).expect("room");
        assert!(began);
    }

    /// A database that takes so many microseconds a delivery, before which callers stand.
    struct Database {
        admission: Admission,
        working: Vec<(u64, Pass)>,
        free_us: u64,
        second: u64,
    }

    impl Database {
        fn begin(&mut self, called: Vec<Called>, us: u64) {
            for called in called {
                if let Called::Begin(pass) = called {
                    self.free_us += us;
                    self.working.push((self.free_us, pass));
                }
            }
        }

        /// Deliveries done in each second, while three callers come each millisecond.
        fn seconds(&mut self, count: u64, us: u64) -> Vec<u64> {
            let mut done = Vec::new();
            for _ in 0..count {
                let second = self.second * 1_000..(self.second + 1) * 1_000;
                done.push(second.map(|now_ms| self.millisecond(now_ms, us)).sum());
                self.second += 1;
            }
            done
        }

        /// Gives how many were done.
        fn millisecond(&mut self, now_ms: u64, us: u64) -> u64 {
            let mut done = 0;
            self.free_us = self.free_us.max(now_ms * 1_000);
            while self.working.first().is_some_and(|(end, _)| *end <= now_ms * 1_000) {
                let (_, pass) = self.working.remove(0);
                done += 1;
                let called = self.admission.leave(now_ms, pass, Class::Upload, true);
                self.begin(called, us);
            }
            for _ in 0..3 {
                if let Ok(pass) = self.admission.enter(now_ms, caller(Class::Upload)) {
                    let called = self.admission.ready(now_ms, pass);
                    self.begin(called, us);
                }
            }
            done
        }
    }

    #[test]
    fn a_database_that_is_twenty_times_slower_for_a_minute_lowers_the_rate_and_recovers() {
        let admission = Admission::new(Bounds::default());
        let mut database = Database { admission, working: Vec::new(), free_us: 0, second: 0 };
        let before = database.seconds(30, 2_000);
        let usual = database.admission.rate();
        assert!((100_000..=150_000).contains(&usual), "{usual} records/s: 500 deliveries");
        assert!(before.last() >= Some(&480), "{before:?}");
        let slow = database.seconds(60, 40_000);
        assert!(database.admission.rate() < usual / 10, "{}", database.admission.rate());
        assert!(slow.iter().skip(2).all(|count| (20..=30).contains(count)), "{slow:?}");
        // No more waits than can be done soon.
        assert!(database.admission.counts().1 <= 100, "{:?}", database.admission.counts());
        let after = database.seconds(30, 2_000);
        assert!(after.iter().skip(5).all(|count| *count >= 480), "{after:?}");
        assert!(database.admission.rate() > usual * 9 / 10, "{}", database.admission.rate());
    }
}
