//! Central's side of the simulation: what comes in at its gate, waits, is stored and answered.
//!
//! Central is one row of work: deliveries are done one after the other, each in the time that one
//! more was measured to take, and small words and refusals push the one that is being done back.

use std::collections::{BTreeMap, VecDeque};

use crate::central::admission::{Admission, Bounds, Called, Caller, Class, Pass, Refused};
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
    queue: VecDeque<Pass>,
    pub(super) current: Option<Pass>,
    /// Work that pushes the delivery back which is being done.
    debt_us: u64,
    /// How much it may be pushed back yet: it has a quarter of the machine whatever else comes.
    room_us: u64,
    words_us: u64,
}

impl Central {
    pub(super) fn new() -> Self {
        Self {
            admission: Admission::new(Bounds::default()),
            passes: BTreeMap::new(),
            of: BTreeMap::new(),
            queue: VecDeque::new(),
            current: None,
            debt_us: 0,
            room_us: 0,
            words_us: 0,
        }
    }
}

impl World<'_> {
    pub(super) fn owes(&mut self, us: u64) {
        if let Some(central) = &mut self.central
            && central.current.is_some()
        {
            central.debt_us = central.debt_us.saturating_add(us);
        }
    }

    /// The head of a request is at central.
    pub(super) fn arrive(&mut self, place: u32, request: u32) {
        let now_ms = self.now_us / 1_000;
        let sends = self.sends.get(index(place)).copied().flatten();
        let current = self.registers.get(index(place)).is_some_and(|one| one.request == request);
        let refusal_us = self.cost_us(self.measured.refusal_us);
        let boot = self.boots;
        if !current {
            return;
        }
        let Some(sends) = sends else {
            self.word(place, request);
            return;
        };
        let Some(central) = &mut self.central else { return };
        let kept = |at_ms: u64| {
            (at_ms.saturating_sub(EARLY_MS)..=at_ms.saturating_add(LATE_MS)).contains(&now_ms)
        };
        let caller = Caller {
            class: Class::Upload,
            records: u64::from(sends.records),
            within_ms: sends.within_ms,
            appointed: sends.slot_ms.is_some_and(kept),
        };
        match central.admission.enter(now_ms, caller) {
            Ok(pass) => {
                central.passes.insert(pass, (place, request, sends));
                central.of.insert((place, request), pass);
            }
            Err(refused) => {
                if central.current.is_some() {
                    central.debt_us = central.debt_us.saturating_add(refusal_us);
                }
                self.refused(place, request, boot, refused);
            }
        }
    }

    /// A greeting or an announcement: done beside the deliveries, which it pushes back.
    fn word(&mut self, place: u32, request: u32) {
        let announces =
            self.registers.get(index(place)).is_some_and(|one| one.step == Step::Announce);
        let us = self.word_us(announces);
        let refusal_us = self.cost_us(self.measured.refusal_us);
        let (now_us, boot) = (self.now_us, self.boots);
        let Some(central) = &mut self.central else { return };
        let caller =
            Caller { class: Class::Word, records: 0, within_ms: WORD_MS, appointed: false };
        match central.admission.enter(now_us / 1_000, caller) {
            Ok(_) => {
                // A third longer where deliveries are worked on beside it.
                let beside_us = if central.current.is_some() { us / 3 } else { 0 };
                let us = us.saturating_add(beside_us);
                central.words_us = central.words_us.max(now_us).saturating_add(us);
                let at_us = central.words_us;
                self.push(at_us, Event::Spoken(place, request, boot));
            }
            Err(refused) => {
                self.owes(refusal_us);
                self.refused(place, request, boot, refused);
            }
        }
    }

    fn word_us(&self, announces: bool) -> u64 {
        let measured = self.measured;
        self.cost_us(if announces { measured.announce_us } else { measured.hello_us })
    }

    fn refused(&mut self, place: u32, request: u32, boot: u32, refused: Refused) {
        let bytes = self.sends.get(index(place)).copied().flatten().map_or(0, |sends| {
            u64::from(sends.records).saturating_mul(self.measured.bytes_a_record)
        });
        if bytes > 0 {
            self.count.refused = self.count.refused.saturating_add(1);
            self.count.in_vain = self.count.in_vain.saturating_add(bytes);
        }
        let slot_ms = (bytes > 0).then(|| (self.now_us / 1_000).saturating_add(refused.wait_ms));
        self.answer(place, request, boot, Heard::Busy { wait_ms: refused.wait_ms, slot_ms });
    }

    /// An answer goes out.
    fn answer(&mut self, place: u32, request: u32, boot: u32, heard: Heard) {
        let Some(register) = self.registers.get_mut(index(place)) else { return };
        if boot != self.boots || register.request != request || register.deaf {
            return;
        }
        register.heard = Some(heard);
        let link = self.links.get(index(register.store)).copied().unwrap_or(Link::Fiber);
        let at_us = self.now_us.saturating_add(link.figures().1 / 2);
        self.push(at_us, Event::Heard(place, request));
    }

    pub(super) fn spoken(&mut self, place: u32, request: u32, boot: u32) {
        let now_ms = self.now_us / 1_000;
        let Some(register) = self.registers.get(index(place)).copied() else { return };
        let us = self.word_us(register.step == Step::Announce);
        let Some(central) = self.central.as_mut().filter(|_| boot == self.boots) else { return };
        central.admission.word_is_said(now_ms);
        // While it was answered, deliveries had their quarter of the threads.
        if central.current.is_some() {
            central.debt_us = central.debt_us.saturating_add(us);
        }
        if register.request != request {
            return;
        }
        let heard = if register.step == Step::Announce {
            let left = u64::from(register.all.saturating_sub(register.held));
            let wait_ms = match left {
                0 => 0,
                left => central.admission.turn(now_ms, left.min(RECORDS_MOST)),
            };
            let slot_ms = (left > 0).then(|| now_ms.saturating_add(wait_ms));
            Heard::Position { held: register.held, wait_ms, slot_ms }
        } else {
            Heard::Hello
        };
        if let Heard::Position { .. } = heard
            && let Some(one) = self.registers.get_mut(index(place))
            && !one.announced
        {
            one.announced = true;
            let all = u64::from(one.all);
            self.tally(|second| second.announced = second.announced.saturating_add(all));
        }
        self.answer(place, request, boot, heard);
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
        let boot = self.boots;
        for called in called {
            let Some(central) = &mut self.central else { return };
            match called {
                Called::Begin(pass) => central.queue.push_back(pass),
                Called::Refused(pass, refused) => {
                    if let Some((place, request, _)) = central.passes.remove(&pass) {
                        central.of.remove(&(place, request));
                        self.refused(place, request, boot, refused);
                    }
                }
            }
        }
        self.work();
    }

    /// Central takes up the next delivery that has a place.
    fn work(&mut self) {
        let Some(central) = &self.central else { return };
        if central.current.is_some() {
            return;
        }
        let Some(pass) = central.queue.front().copied() else { return };
        let records = central.passes.get(&pass).map_or(1, |(_, _, sends)| sends.records);
        let us = self.delivery_us(u64::from(records));
        // One takes a fifth more or less than another.
        let us = us.saturating_mul(80_u64.saturating_add(self.chance.below(41))) / 100;
        let at_us = self.now_us.saturating_add(us.max(1));
        if let Some(central) = &mut self.central {
            central.queue.pop_front();
            central.current = Some(pass);
            central.debt_us = 0;
            central.room_us = us.saturating_mul(3);
        }
        self.push(at_us, Event::Worked(self.boots));
    }

    /// A delivery is stored, unless smaller work pushed it back.
    pub(super) fn worked(&mut self, boot: u32) {
        if boot != self.boots {
            return;
        }
        let now_ms = self.now_us / 1_000;
        let Some(central) = &mut self.central else { return };
        let debt_us = std::mem::take(&mut central.debt_us);
        let back_us = debt_us.min(central.room_us);
        central.room_us = central.room_us.saturating_sub(back_us);
        // The rest makes small words wait.
        let rest_us = debt_us.saturating_sub(back_us);
        central.words_us = central.words_us.max(self.now_us).saturating_add(rest_us);
        if back_us > 0 {
            let at_us = self.now_us.saturating_add(back_us);
            self.push(at_us, Event::Worked(boot));
            return;
        }
        let Some(pass) = central.current.take() else { return };
        let caller = central.passes.remove(&pass);
        let called = central.admission.leave(now_ms, pass, Class::Upload, true);
        if let Some((place, request, sends)) = caller {
            central.of.remove(&(place, request));
            self.stored(place, request, boot, sends);
        }
        self.called(called);
    }

    fn stored(&mut self, place: u32, request: u32, boot: u32, sends: Sends) {
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
        let wait_ms = if left > 0 { central.admission.turn(now_ms, left) } else { 0 };
        let slot_ms = (left > 0).then(|| now_ms.saturating_add(wait_ms));
        self.answer(place, request, boot, Heard::Position { held, wait_ms, slot_ms });
    }

    /// Central is gone: what it had not stored is not stored, and all lines break.
    pub(super) fn down(&mut self) {
        let lost = self.central.take();
        self.boots = self.boots.wrapping_add(1);
        let on_line: Vec<(u32, u32, Sends)> =
            lost.map_or_else(Vec::new, |central| central.passes.into_values().collect());
        for (place, request, _) in on_line {
            self.push(self.now_us.saturating_add(50_000), Event::Silent(place, request));
        }
    }
}
