//! The simulation: a heap of events, a register's policy, central's admission, and between them
//! lines that take time and lose things.
//!
//! ```text
//!  Act ─▶ (line) ─▶ Arrive: admission by the head ─▶ Body ─▶ place ─▶ Worked ─▶ (line) ─▶ Heard
//!   ▲                  └─ refused ─────────────────────────────▶ Worked ─▶ (line) ─▶ Heard ─┐
//!   └── the policy's wait ◀────────────────────────────────────────── Silent (lost) ◀───────┘
//!  all that is worked on shares one machine: central's work, and in a comparison the registers'
//! ```

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::device::entropy::SeededEntropy;

use super::drain::{Drain, Second, moments, permille};
use super::machine::Machine;
use super::measured::Measured;
use super::plan::{Link, NotAPlan, Plan, Start};
use super::register::{Heard, Register, Sends, Step};
use super::serving::{Central, Work};

/// How long a connection that nobody uses stays open.
const LINE_US: u64 = 4_000_000;
/// The bytes of a small word, and of its head.
const WORD_BYTES: u64 = 900;
/// The longest wait between two tries of a register whose central has been away for long.
const TRIES_US: u64 = 90_000_000;
/// Within what time the registers of a store are switched on when it opens.
const OPENING_US: u64 = 600_000_000;
/// The most records of a delivery.
pub(super) const RECORDS_MOST: u64 = 250;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    Act(u32),
    Arrive(u32, u32),
    Body(u32, u32),
    Worked,
    Heard(u32, u32),
    Silent(u32, u32),
    Down,
    Up,
}

pub(super) struct World<'a> {
    pub(super) plan: &'a Plan,
    pub(super) measured: &'a Measured,
    pub(super) chance: SeededEntropy,
    pub(super) now_us: u64,
    pub(super) heap: BinaryHeap<Reverse<(u64, u64, Event)>>,
    pub(super) pushed: u64,
    pub(super) registers: Vec<Register>,
    pub(super) sends: Vec<Option<Sends>>,
    /// When each store's line is free again.
    pub(super) lines_us: Vec<u64>,
    pub(super) links: Vec<Link>,
    pub(super) central: Option<Central>,
    pub(super) machine: Machine<Work>,
    /// When it is looked at next what the machine has done.
    pub(super) looks_us: Option<u64>,
    pub(super) left: u64,
    pub(super) count: Count,
    pub(super) stores_in: Vec<u64>,
    pub(super) stores_all: Vec<u64>,
    pub(super) stores_left: Vec<u32>,
    pub(super) half: Option<u64>,
}

#[derive(Default)]
pub(super) struct Count {
    pub(super) requests: u64,
    pub(super) deliveries: u64,
    pub(super) refused: u64,
    pub(super) words_refused: u64,
    pub(super) connections: u64,
    pub(super) lost: u64,
    pub(super) again: u64,
    pub(super) in_vain: u64,
    pub(super) records_in: u64,
    pub(super) stores_done_us: Vec<u64>,
    pub(super) registers_done_us: Vec<u64>,
    pub(super) seconds: Vec<Second>,
    pub(super) events: u64,
}

/// What each register has to hand over, and when it begins, in milliseconds: for real registers
/// that do what the simulated ones do.
pub fn starts(plan: &Plan, measured: &Measured) -> Vec<(u32, u64)> {
    let mut world = World::new(plan, measured);
    let ideal_us = world.ideal_us();
    world.begin(ideal_us);
    let mut at = vec![0; world.registers.len()];
    for Reverse((at_us, _, event)) in std::mem::take(&mut world.heap) {
        if let Event::Act(place) = event
            && let Some(at) = at.get_mut(index(place))
        {
            *at = at_us / 1_000;
        }
    }
    world.registers.iter().zip(at).map(|(register, at_ms)| (register.all, at_ms)).collect()
}

/// Simulates a drain.
///
/// # Errors
/// [`NotAPlan`] for one without sense.
pub fn run(plan: &Plan, measured: &Measured) -> Result<Drain, NotAPlan> {
    plan.check()?;
    let mut world = World::new(plan, measured);
    let ideal_us = world.ideal_us();
    world.begin(ideal_us);
    let most_us = plan.most_s.saturating_mul(1_000_000);
    while world.left > 0 {
        let Some(Reverse((at_us, _, event))) = world.heap.pop() else { break };
        if at_us > most_us {
            break;
        }
        world.now_us = at_us;
        world.count.events = world.count.events.saturating_add(1);
        world.happens(event);
    }
    Ok(world.told(ideal_us))
}

impl<'a> World<'a> {
    fn new(plan: &'a Plan, measured: &'a Measured) -> Self {
        let chance = SeededEntropy::new(plan.seed);
        let mut registers = Vec::new();
        let (mut links, mut stores_all) = (Vec::new(), Vec::new());
        for store in 0..plan.stores {
            let at = u32::try_from(chance.below(100)).unwrap_or(0);
            let mut share = 0_u32;
            let link = plan.links.iter().find(|(_, percent)| {
                share = share.saturating_add(*percent);
                at < share
            });
            links.push(link.map_or(Link::Fiber, |(link, _)| *link));
            let mut all_of_store = 0_u64;
            for _ in 0..plan.registers {
                let half = plan.sales / 2;
                let spread = chance.below(u64::from(plan.sales).saturating_add(1));
                let all = half.saturating_add(u32::try_from(spread).unwrap_or(0)).max(1);
                all_of_store = all_of_store.saturating_add(u64::from(all));
                registers.push(Register::new(store, all));
            }
            stores_all.push(all_of_store);
        }
        let stores = usize::try_from(plan.stores).unwrap_or(0);
        let left = registers.iter().map(|register| u64::from(register.all));
        Self {
            plan,
            measured,
            chance,
            now_us: 0,
            heap: BinaryHeap::new(),
            pushed: 0,
            sends: vec![None; registers.len()],
            left: left.fold(0, u64::saturating_add),
            registers,
            lines_us: vec![0; stores],
            links,
            central: Some(Central::new()),
            machine: Machine::new(),
            looks_us: None,
            count: Count::default(),
            stores_in: vec![0; stores],
            stores_all,
            stores_left: vec![plan.registers; stores],
            half: None,
        }
    }

    pub(super) fn push(&mut self, at_us: u64, event: Event) {
        self.pushed = self.pushed.saturating_add(1);
        self.heap.push(Reverse((at_us, self.pushed, event)));
    }

    /// What a request costs a central of the planned speed.
    pub(super) fn cost_us(&self, measured_us: u64) -> u64 {
        let us = measured_us.saturating_mul(100).checked_div(self.plan.speed_percent).unwrap_or(0);
        us.max(1)
    }

    pub(super) fn delivery_us(&self, records: u64) -> u64 {
        let us = self.cost_us(self.measured.delivery_us(records));
        match self.plan.slow {
            Some(slow) => {
                let (from, to) = (slow.at_s, slow.at_s.saturating_add(slow.for_s));
                let at_s = self.now_us / 1_000_000;
                if (from..to).contains(&at_s) { us.saturating_mul(slow.times) } else { us }
            }
            None => us,
        }
    }

    /// All that must be done, one after the other: each register greets and announces once, and
    /// delivers in the largest segments.
    fn ideal_us(&self) -> u64 {
        let measured = self.measured;
        let words = measured.hello_us.saturating_add(measured.announce_us);
        let once = self.cost_us(words.saturating_add(measured.connection_us));
        let largest = self.cost_us(measured.delivery_us(RECORDS_MOST));
        let of = |register: &Register| {
            let all = u64::from(register.all);
            let rest = all % RECORDS_MOST;
            let rest_us = if rest > 0 { self.cost_us(measured.delivery_us(rest)) } else { 0 };
            once.saturating_add((all / RECORDS_MOST).saturating_mul(largest))
                .saturating_add(rest_us)
        };
        self.registers.iter().map(of).fold(0, u64::saturating_add)
    }

    fn begin(&mut self, ideal_us: u64) {
        let chance = &self.chance;
        if self.plan.start == Start::Tries {
            for register in &mut self.registers {
                register.tried_for_long(&mut |bound| chance.below(bound));
            }
        }
        for place in 0..self.registers.len() {
            let at_us = match self.plan.start {
                // The rest of a wait that is anything up to a bound, met at any moment.
                Start::Tries => self.chance.below(TRIES_US).min(self.chance.below(TRIES_US)),
                Start::Within(ms) => self.chance.below(ms.saturating_mul(1_000)),
                Start::Load(load) => {
                    self.chance.below(ideal_us.checked_div(load).unwrap_or(ideal_us))
                }
            };
            self.acts(place_of(place), at_us);
        }
        if let Some(stop) = self.plan.stop {
            let at_us = stop.at_s.map_or(ideal_us / 2, |at_s| at_s.saturating_mul(1_000_000));
            self.push(at_us, Event::Down);
            self.push(at_us.saturating_add(stop.for_s.saturating_mul(1_000_000)), Event::Up);
        }
    }

    /// A register acts at a moment, or when its store opens.
    fn acts(&mut self, register: u32, at_us: u64) {
        let Some(store) = self.registers.get(index(register)).map(|one| one.store) else { return };
        let open_us = self.plan.open_at(at_us, Plan::zone_of(store));
        let at_us = if open_us > at_us {
            open_us.saturating_add(self.chance.below(OPENING_US))
        } else {
            at_us
        };
        self.push(at_us, Event::Act(register));
    }

    /// Counts something in the second that it is now.
    pub(super) fn tally(&mut self, change: impl FnOnce(&mut Second)) {
        let place = usize::try_from(self.now_us / 1_000_000).unwrap_or(0);
        let seconds = &mut self.count.seconds;
        if seconds.len() <= place {
            seconds.resize(place.saturating_add(1), Second::default());
        }
        if let Some(second) = seconds.get_mut(place) {
            change(second);
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Act(register) => self.act(register),
            Event::Arrive(register, request) => self.arrive(register, request),
            Event::Body(register, request) => self.body(register, request),
            Event::Worked => self.worked(),
            Event::Heard(register, request) => self.heard(register, request),
            Event::Silent(register, request) => self.silent(register, request),
            Event::Down => self.down(),
            Event::Up => self.central = Some(Central::new()),
        }
    }

    /// A register makes what it asks or sends, on a machine of its own or on central's.
    fn act(&mut self, place: u32) {
        let Some(register) = self.registers.get(index(place)) else { return };
        if register.step == Step::Done {
            return;
        }
        let us = match (&self.measured.own, register.step) {
            (None, _) | (_, Step::Hello | Step::Done) => 0,
            (Some(own), Step::Announce) => own.announce_us,
            (Some(own), Step::Send) => own.segment_us(u64::from(register.brings())),
        };
        if us > 0 {
            self.takes_up(us, Work::Makes(place));
        } else {
            self.departs(place);
        }
    }

    /// A register asks or sends.
    pub(super) fn departs(&mut self, place: u32) {
        let (loss, loss_kind) = (self.chance.below(1_000), self.chance.below(4));
        let now_us = self.now_us;
        let Some(register) = self.registers.get_mut(index(place)) else { return };
        register.begins(now_us);
        let request = register.request;
        let store = index(register.store);
        let used_us = register.line_us;
        let patience_ms = register.patience_ms();
        let fresh = used_us.is_none_or(|used_us| used_us.saturating_add(LINE_US) < now_us);
        register.connects = fresh;
        let mut sends = (register.step == Step::Send).then(|| register.sends());
        let (rate, round_us) = self.links.get(store).copied().unwrap_or(Link::Fiber).figures();
        let records = sends.map_or(0, |sends| u64::from(sends.records));
        let bytes = WORD_BYTES.saturating_add(records.saturating_mul(self.measured.bytes_a_record));
        let carry_us = bytes.saturating_mul(8_000_000).checked_div(rate).unwrap_or(0);
        // A new connection takes two rounds before anything is said.
        let said_us = now_us.saturating_add(if fresh { round_us.saturating_mul(2) } else { 0 });
        let Some(line_us) = self.lines_us.get_mut(store) else { return };
        let begin_us = said_us.max(*line_us);
        let end_us = begin_us.saturating_add(carry_us);
        *line_us = end_us;
        let on_way_us = round_us / 2;
        if let Some(sends) = &mut sends {
            sends.whole_us = end_us.saturating_add(on_way_us);
        }
        if let Some(one) = self.sends.get_mut(index(place)) {
            *one = sends;
        }
        self.count.requests = self.count.requests.saturating_add(1);
        self.count.connections = self.count.connections.saturating_add(u64::from(fresh));
        self.tally(|second| second.requests = second.requests.saturating_add(1));
        if self.central.is_none() {
            // Nobody listens.
            self.push(begin_us.saturating_add(round_us), Event::Silent(place, request));
            return;
        }
        let silent_us = now_us.saturating_add(patience_ms.saturating_mul(1_000));
        self.push(silent_us, Event::Silent(place, request));
        if loss < self.plan.loss_permille {
            self.count.lost = self.count.lost.saturating_add(1);
            // Half of the losses show at once, as a line that breaks; half before the request
            // arrives, half after it was done.
            if loss_kind % 2 == 0 {
                self.push(end_us.saturating_add(round_us), Event::Silent(place, request));
            }
            if loss_kind < 2 {
                return;
            }
            if let Some(register) = self.registers.get_mut(index(place)) {
                register.deaf = true;
            }
        }
        self.push(begin_us.saturating_add(on_way_us), Event::Arrive(place, request));
    }

    /// An answer is there, and is opened: its signature is looked at.
    fn heard(&mut self, place: u32, request: u32) {
        let now_us = self.now_us;
        let Some(register) = self.registers.get_mut(index(place)) else { return };
        if register.request != request {
            return;
        }
        let Some(heard) = register.heard.take() else { return };
        // What was lost after this is another request's.
        register.request = register.request.wrapping_add(1);
        register.answered_us = now_us;
        match (&self.measured.own, heard) {
            (Some(own), Heard::Hello | Heard::Position { .. }) => {
                self.takes_up(own.opening_us, Work::Opens(place, heard));
            }
            // A refusal bears no signature.
            (None, _) | (_, Heard::Busy { .. }) => self.opened(place, heard),
        }
    }

    /// A register knows what was answered.
    pub(super) fn opened(&mut self, place: u32, heard: Heard) {
        let now_us = self.now_us;
        let (registers, chance) = (&mut self.registers, &self.chance);
        let Some(register) = registers.get_mut(index(place)) else { return };
        let wait_ms = register.hears(heard, &mut |bound| chance.below(bound));
        if register.step != Step::Done {
            self.acts(place, now_us.saturating_add(wait_ms.saturating_mul(1_000)));
        }
    }

    fn silent(&mut self, place: u32, request: u32) {
        let now_us = self.now_us;
        let (registers, chance) = (&mut self.registers, &self.chance);
        let Some(register) = registers.get_mut(index(place)) else { return };
        if register.request != request || register.step == Step::Done {
            return;
        }
        let wait_ms = register.fails(&mut |bound| chance.below(bound));
        self.acts(place, now_us.saturating_add(wait_ms.saturating_mul(1_000)));
    }

    fn told(mut self, ideal_us: u64) -> Drain {
        let records = self.count.records_in.saturating_add(self.left);
        let drain_ms = self.now_us / 1_000;
        let ideal_ms = ideal_us / 1_000;
        self.count.stores_done_us.sort_unstable();
        self.count.registers_done_us.sort_unstable();
        let half = self.count.registers_done_us.get(self.registers.len() / 2);
        let half_ms = half.map_or(0, |at_us| at_us / 1_000);
        let done = &self.count.stores_done_us;
        let stores_done_ms = [10_u32, 25, 50, 75, 90, 95, 99, 100]
            .into_iter()
            .filter_map(|percent| {
                let stores = usize::try_from(
                    u64::from(self.plan.stores).saturating_mul(u64::from(percent)).div_ceil(100),
                )
                .ok()?;
                let at_us = done.get(stores.max(1).saturating_sub(1))?;
                Some((percent, at_us / 1_000))
            })
            .collect();
        let count = &self.count;
        Drain {
            registers: u64::try_from(self.registers.len()).unwrap_or(0),
            records,
            records_in: count.records_in,
            drain_ms,
            ideal_ms,
            of_ideal_permille: permille(drain_ms, ideal_ms),
            half_ms,
            stores_done_ms,
            goodput: goodput(&count.seconds, records),
            peak_requests: count.seconds.iter().map(|one| one.requests).max().unwrap_or(0),
            requests: count.requests,
            deliveries: count.deliveries,
            refused: count.refused,
            refused_permille: permille(count.refused, count.deliveries),
            words_refused: count.words_refused,
            connections: count.connections,
            lost: count.lost,
            records_again: count.again,
            bytes_in_vain: count.in_vain,
            jain_permille: self.half.unwrap_or(1_000),
            moments: moments(&count.seconds, 24, records, u64::from(self.plan.stores), drain_ms),
            events: count.events,
        }
    }
}

/// Records a second between the moments when a tenth and nine tenths were in.
fn goodput(seconds: &[Second], records: u64) -> u64 {
    let (low, high) = (records / 10, records.saturating_sub(records / 10));
    let mut came = 0_u64;
    let (mut within, mut count) = (0_u64, 0_u64);
    for second in seconds {
        let before = came;
        came = came.saturating_add(second.records);
        if before >= low && came <= high {
            within = within.saturating_add(second.records);
            count = count.saturating_add(1);
        }
    }
    within.checked_div(count).unwrap_or(0)
}

pub(super) fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

fn place_of(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
