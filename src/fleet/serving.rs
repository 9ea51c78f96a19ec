//! Central's side of the simulation: what comes in at its gate, waits, is stored and answered.
//!
//! Greetings, refusals and new connections share the [machine](super::machine), each for as long as
//! one more was measured to take. Deliveries that have a place wait for one another at the store.

use std::collections::BTreeMap;

use crate::central::admission::{Admission, Bounds, Called, Caller, Class, Pass, Turn};
use crate::sync::pace::WORD_MS;

use super::drain::{jain_permille, permille};
use super::plan::Link;
use super::register::{Heard, Sends, Step};
use super::run::{Event, RECORDS_MOST, World, index};

/// How much too early and too late an appointment is kept, as at the gate.
const EARLY_MS: u64 = 1_500;
const LATE_MS: u64 = 120_000;

pub(super) struct Central {
    admission: Admission,
    passes: BTreeMap<Pass, (u32, u32, Sends)>,
    of: BTreeMap<(u32, u32), Pass>,
}

/// What the machine works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// A register makes its request, where registers share the machine.
    Makes(u32),
    /// A register opens an answer, where registers share the machine.
    Opens(u32, Heard),
    /// A connection is made; its first request follows.
    Connects(u32, u32),
    /// A greeting or an announcement.
    Word(u32, u32),
    /// A delivery that has a place.
    Delivery(Pass),
    /// Somebody is told to come later.
    Refuses(u32, u32, Heard),
}

impl Central {
    pub(super) fn new() -> Self {
        Self {
            admission: Admission::new(Bounds::default()),
            passes: BTreeMap::new(),
            of: BTreeMap::new(),
        }
    }

    /// The turn of a register that has so much left: the wait, and the appointment for then.
    fn appointment(&mut self, now_ms: u64, left: u64) -> (u64, Option<u64>) {
        if left == 0 {
            return (0, None);
        }
        let turn = self.admission.turn(now_ms, left);
        (turn.wait_ms, turn.own.then(|| now_ms.saturating_add(turn.wait_ms)))
    }
}

impl World<'_> {
    /// The machine has something more to do.
    pub(super) fn takes_up(&mut self, us: u64, work: Work) {
        self.machine.takes_up(self.now_us, us, work);
        self.looks_again();
    }

    fn looks_again(&mut self) {
        let Some(next_us) = self.machine.next_us() else { return };
        // What is looked at too early is looked at again.
        if self.looks_us.is_none_or(|at_us| next_us < at_us) {
            self.looks_us = Some(next_us);
            self.push(next_us, Event::Worked);
        }
    }

    /// Something may have been done.
    pub(super) fn worked(&mut self) {
        if self.looks_us != Some(self.now_us) {
            return;
        }
        self.looks_us = None;
        while let Some(work) = self.machine.ended(self.now_us) {
            match work {
                Work::Makes(place) => self.departs(place),
                Work::Opens(place, heard) => self.opened(place, heard),
                Work::Connects(place, request) => self.enters(place, request),
                Work::Word(place, request) => self.spoken(place, request),
                Work::Delivery(pass) => self.done(pass),
                Work::Refuses(place, request, heard) => self.answer(place, request, heard),
            }
        }
        self.looks_again();
    }

    /// The head of a request is at central, behind its connection where that is new.
    pub(super) fn arrive(&mut self, place: u32, request: u32) {
        let Some(register) = self.registers.get(index(place)) else { return };
        if register.request != request || self.central.is_none() {
            return;
        }
        let us = self.measured.connection_us;
        if register.connects && us > 0 {
            self.takes_up(self.cost_us(us), Work::Connects(place, request));
        } else {
            self.enters(place, request);
        }
    }

    /// A request is let in by its head, or refused.
    fn enters(&mut self, place: u32, request: u32) {
        let now_ms = self.now_us / 1_000;
        let sends = self.sends.get(index(place)).copied().flatten();
        let Some(register) = self.registers.get(index(place)) else { return };
        if register.request != request {
            return;
        }
        let word_us = match register.step {
            Step::Announce => self.measured.announce_us,
            _ => self.measured.hello_us,
        };
        let kept = |at_ms: u64| {
            (at_ms.saturating_sub(EARLY_MS)..=at_ms.saturating_add(LATE_MS)).contains(&now_ms)
        };
        let caller = match sends {
            None => Caller { class: Class::Word, records: 0, within_ms: WORD_MS, appointed: false },
            Some(sends) => Caller {
                class: Class::Upload,
                records: u64::from(sends.records),
                within_ms: sends.within_ms,
                appointed: sends.slot_ms.is_some_and(kept),
            },
        };
        let Some(central) = &mut self.central else { return };
        match (central.admission.enter(now_ms, caller), sends) {
            (Ok(_), None) => self.takes_up(self.cost_us(word_us), Work::Word(place, request)),
            (Ok(pass), Some(sends)) => {
                central.passes.insert(pass, (place, request, sends));
                central.of.insert((place, request), pass);
                self.push(sends.whole_us.max(self.now_us), Event::Body(place, request));
            }
            (Err(refused), sends) => self.refused(place, request, refused.turn, sends),
        }
    }

    fn refused(&mut self, place: u32, request: u32, turn: Turn, sends: Option<Sends>) {
        let count = &mut self.count;
        match sends {
            Some(sends) => {
                let bytes = u64::from(sends.records).saturating_mul(self.measured.bytes_a_record);
                count.refused = count.refused.saturating_add(1);
                count.in_vain = count.in_vain.saturating_add(bytes);
            }
            None => count.words_refused = count.words_refused.saturating_add(1),
        }
        let own = sends.is_some() && turn.own;
        let slot_ms = own.then(|| (self.now_us / 1_000).saturating_add(turn.wait_ms));
        let us = self.cost_us(self.measured.refusal_us);
        let heard = Heard::Busy { wait_ms: turn.wait_ms, slot_ms };
        self.takes_up(us, Work::Refuses(place, request, heard));
    }

    /// An answer goes out.
    fn answer(&mut self, place: u32, request: u32, heard: Heard) {
        let Some(register) = self.registers.get_mut(index(place)) else { return };
        if register.request != request || register.deaf {
            return;
        }
        register.heard = Some(heard);
        let link = self.links.get(index(register.store)).copied().unwrap_or(Link::Fiber);
        let at_us = self.now_us.saturating_add(link.figures().1 / 2);
        self.push(at_us, Event::Heard(place, request));
    }

    /// A greeting or an announcement is answered.
    fn spoken(&mut self, place: u32, request: u32) {
        let now_ms = self.now_us / 1_000;
        let Some(central) = &mut self.central else { return };
        central.admission.word_is_said(now_ms);
        let Some(register) = self.registers.get_mut(index(place)) else { return };
        if register.request != request {
            return;
        }
        if register.step != Step::Announce {
            self.answer(place, request, Heard::Hello);
            return;
        }
        let left = u64::from(register.all.saturating_sub(register.held));
        let (wait_ms, slot_ms) = central.appointment(now_ms, left.min(RECORDS_MOST));
        let heard = Heard::Position { held: register.held, wait_ms, slot_ms };
        let (first, all) = (!register.announced, u64::from(register.all));
        register.announced = true;
        if first {
            self.tally(|second| second.announced = second.announced.saturating_add(all));
        }
        self.answer(place, request, heard);
    }

    /// The whole body is at central.
    pub(super) fn body(&mut self, place: u32, request: u32) {
        let now_ms = self.now_us / 1_000;
        let Some(central) = &mut self.central else { return };
        let Some(pass) = central.of.get(&(place, request)).copied() else { return };
        let called = central.admission.ready(now_ms, pass);
        self.called(called);
    }

    fn called(&mut self, called: Vec<Called>) {
        for called in called {
            let Some(central) = &mut self.central else { return };
            match called {
                Called::Begin(pass) => {
                    let records = central.passes.get(&pass).map_or(1, |(_, _, one)| one.records);
                    let us = self.delivery_us(u64::from(records));
                    // One takes a fifth more or less than another.
                    let us = us.saturating_mul(80_u64.saturating_add(self.chance.below(41))) / 100;
                    self.machine.queues(self.now_us, us, Work::Delivery(pass));
                    self.looks_again();
                }
                Called::Refused(pass, refused) => {
                    if let Some((place, request, sends)) = central.passes.remove(&pass) {
                        central.of.remove(&(place, request));
                        self.refused(place, request, refused.turn, Some(sends));
                    }
                }
            }
        }
    }

    /// A delivery is stored, and its place is the next one's.
    fn done(&mut self, pass: Pass) {
        let now_ms = self.now_us / 1_000;
        let Some(central) = &mut self.central else { return };
        let caller = central.passes.remove(&pass);
        let called = central.admission.leave(now_ms, pass, Class::Upload, true);
        if let Some((place, request, sends)) = caller {
            central.of.remove(&(place, request));
            self.stored(place, request, sends);
        }
        self.called(called);
    }

    fn stored(&mut self, place: u32, request: u32, sends: Sends) {
        let now_ms = self.now_us / 1_000;
        let Some(register) = self.registers.get_mut(index(place)) else { return };
        let upto = sends.from.saturating_add(sends.records);
        let new = u64::from(upto.saturating_sub(register.held));
        let again = u64::from(sends.records).saturating_sub(new);
        register.held = register.held.max(upto);
        let (held, store) = (register.held, index(register.store));
        let whole = new > 0 && held >= register.all;
        self.count.deliveries = self.count.deliveries.saturating_add(1);
        self.count.again = self.count.again.saturating_add(again);
        let in_vain = again.saturating_mul(self.measured.bytes_a_record);
        self.count.in_vain = self.count.in_vain.saturating_add(in_vain);
        self.count.records_in = self.count.records_in.saturating_add(new);
        self.left = self.left.saturating_sub(new);
        self.tally(|second| second.records = second.records.saturating_add(new));
        if let Some(came) = self.stores_in.get_mut(store) {
            *came = came.saturating_add(new);
        }
        if whole {
            self.count.registers_done_us.push(self.now_us);
        }
        if whole && let Some(left) = self.stores_left.get_mut(store) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.count.stores_done_us.push(self.now_us);
                self.tally(|second| second.stores = second.stores.saturating_add(1));
            }
        }
        if self.half.is_none() && self.count.records_in >= self.left {
            let stores = self.stores_in.iter().zip(&self.stores_all);
            let shares: Vec<u64> = stores.map(|(came, all)| permille(*came, *all)).collect();
            self.half = Some(jain_permille(&shares));
        }
        let left = u64::from(sends.left).min(RECORDS_MOST);
        let Some(central) = &mut self.central else { return };
        let (wait_ms, slot_ms) = central.appointment(now_ms, left);
        self.answer(place, request, Heard::Position { held, wait_ms, slot_ms });
    }

    /// Central is gone: what it had not stored is not stored, and all lines break.
    pub(super) fn down(&mut self) {
        let lost = self.central.take();
        // What registers do goes on.
        let own = |work: &Work| matches!(work, Work::Makes(_) | Work::Opens(..));
        self.machine.keeps(self.now_us, own);
        self.looks_again();
        let on_line: Vec<(u32, u32, Sends)> =
            lost.map_or_else(Vec::new, |central| central.passes.into_values().collect());
        for (place, request, _) in on_line {
            self.push(self.now_us.saturating_add(50_000), Event::Silent(place, request));
        }
    }
}
