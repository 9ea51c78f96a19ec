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

/// When a caller may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Milliseconds until then; zero for at once.
    pub wait_ms: u64,
    /// The time is the caller's own: it finds room then. Otherwise it comes and asks anew, for
    /// nobody knows today how fast central is so much later.
    pub own: bool,
}

/// A refusal and the caller's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub why: Why,
    /// When it may come again.
    pub turn: Turn,
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
/// No turn of one's own is given for later than this. Whoever would have one then comes at some
/// moment of the second half of it instead, and takes what is free, or asks again: what was told
/// to a whole fleet in a slow minute can't be taken back when that is over.
const HORIZON_MS: u64 = 240_000;
/// The golden ratio in thousandths: multiples of it are spread evenly, however many there are.
const GOLDEN: u64 = 618;
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
    /// How many were told to come and ask anew.
    told_later: u64,
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
            told_later: 0,
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
                let turn = Turn { wait_ms: self.word_turn(now_ms), own: false };
                return Err(Refused { why: Why::Full, turn });
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
        let before = self.rate.best;
        self.rate.tick(now_ms, !self.working.is_empty(), self.words > 0, full);
        if self.rate.best > before {
            // The work that turns were given for is over sooner than was thought.
            let now_us = now_ms.saturating_mul(1_000);
            let booked_us = u128::from(self.turn_us.saturating_sub(now_us));
            let anew = booked_us.saturating_mul(u128::from(before));
            let anew = anew.checked_div(u128::from(self.rate.best)).unwrap_or(booked_us);
            self.turn_us = now_us.saturating_add(u64::try_from(anew).unwrap_or(u64::MAX));
        }
    }

    /// A turn for what a caller will bring.
    pub fn turn(&mut self, now_ms: u64, records: u64) -> Turn {
        self.tick(now_ms);
        let now_us = now_ms.saturating_mul(1_000);
        // By the best rate as well: a moment's slowness would push the clock ahead for good.
        let free_us = now_us.saturating_add(self.rate.us_of(self.ahead, self.rate.best));
        let begins_us = self.turn_us.max(free_us);
        let wait_ms = begins_us.saturating_sub(now_us) / 1_000;
        let idle = wait_ms > SOON_MS && self.waiting.is_empty();
        if idle && self.rate.takes_spare(cost(records)) {
            // Turns that others keep are far apart: there is time between them.
            return Turn { wait_ms: 0, own: true };
        }
        if wait_ms >= HORIZON_MS {
            // Nobody is sent away for longer, and the clock does not run further ahead.
            return self.later();
        }
        self.turn_us = begins_us.saturating_add(self.booked_us(records));
        Turn { wait_ms: if wait_ms <= SOON_MS { 0 } else { wait_ms }, own: true }
    }

    fn later(&mut self) -> Turn {
        self.told_later = self.told_later.wrapping_add(1);
        let part = self.told_later.wrapping_mul(GOLDEN) % 1_000;
        let half_ms = HORIZON_MS / 2;
        Turn { wait_ms: half_ms.saturating_add(half_ms.saturating_mul(part) / 1_000), own: false }
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
        let turn = match caller.class {
            // People reload by themselves; they take no turn from a register.
            Class::Word | Class::Page => Turn { wait_ms: shortest, own: false },
            Class::Upload | Class::Replay => self.turn(now_ms, caller.records),
        };
        let wait_ms = turn.wait_ms.clamp(shortest, longest);
        Refused { why, turn: Turn { wait_ms, own: turn.own } }
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
mod tests;
