//! One run: a store of four registers and central, from a seed, to the end of its day.

use std::collections::BTreeMap;
use std::sync::Arc;

use tempfile::TempDir;
use tideover::device::clock::{Clock as _, SimulatedClock};
use tideover::domain::ids::{Epoch, Seq};
use tideover::journal::hash::Hash;

use super::bugs::Bug;
use super::central::Central;
use super::invariants::{Invariant, Violation};
use super::lan::Lan;
use super::lane::{Lane, Till};
use super::paid::Paid;
use super::wire::{Way, Wire};
use super::{Chance, folder, template};

pub const LANES: u64 = 4;
/// What happens in a run before everything is healed.
const EVENTS: u64 = 32;
/// Tries to bring everything to its place at the end.
const ROUNDS_MAX: usize = 400;

pub struct World {
    _folder: TempDir,
    pub chance: Chance,
    pub lanes: Vec<Lane>,
    pub lan: Arc<Lan>,
    pub central: Central,
    pub way: Way,
    pub paid: Vec<Paid>,
    pub log: Vec<String>,
    pub violations: Vec<Violation>,
    /// How far central said to hold a journal, under each of its names.
    said: BTreeMap<(Epoch, String), Seq>,
    /// Sales that are lost with their only copy, by name.
    pub lost: Vec<String>,
    pub bug: Option<Bug>,
}

/// What a run came to.
pub struct Played {
    pub seed: u64,
    pub log: Vec<String>,
    pub violations: Vec<Violation>,
    pub paid: usize,
    pub lost: Vec<String>,
    pub waits: u64,
    pub requests: u64,
    /// Of all that was done, and of every byte that central holds.
    pub fingerprint: Hash,
}

/// Plays a seed.
pub fn play(seed: u64, bug: Option<Bug>) -> Played {
    let mut world = World::open(seed, bug);
    for number in 0..EVENTS {
        world.event(number);
    }
    world.heal();
    world.strike_at_rest();
    let fingerprint = world.look();
    let waits = world.lan.waits.load(std::sync::atomic::Ordering::Relaxed);
    Played {
        seed,
        violations: world.violations,
        paid: world.paid.len(),
        lost: world.lost,
        waits,
        requests: world.way.requests,
        fingerprint,
        log: world.log,
    }
}

impl World {
    fn open(seed: u64, bug: Option<Bug>) -> Self {
        let folder = folder();
        let chance = Chance::new(seed);
        let start = template::start();
        let clocks: Vec<SimulatedClock> = (0..LANES)
            .map(|_| {
                let clock = SimulatedClock::at(start);
                clock.jump_ms(i64::try_from(chance.below(120_000)).expect("small") - 60_000);
                clock
            })
            .collect();
        let central_clock = SimulatedClock::at(start);
        let all = clocks.iter().cloned().chain([central_clock.clone()]).collect();
        let lan = Arc::new(Lan::new(all, chance.next(), bug));
        let early = bug == Some(Bug::AnsweredBeforeCommit);
        let central = Central::new(folder.path(), central_clock, chance.next(), early);
        let lanes = (1..)
            .zip(clocks)
            .map(|(number, clock)| Lane::new(folder.path(), number, clock, chance.next()));
        let lanes = lanes.collect();
        let mut world = Self {
            _folder: folder,
            chance,
            lanes,
            lan,
            central,
            way: Way { bug, ..Way::default() },
            paid: Vec::new(),
            log: Vec::new(),
            violations: Vec::new(),
            said: BTreeMap::new(),
            lost: Vec::new(),
            bug,
        };
        for lane in 0..world.lanes.len() {
            let machine = &world.lanes[lane];
            machine.set_up();
            let given = world.central.enroll(machine.number, &machine.key());
            world.lanes[lane].enrolled(&given);
            world.start(lane);
        }
        // A copy from before the first sale is the oldest there can be.
        world.central.back_up(0);
        world
    }

    pub fn start(&mut self, lane: usize) {
        let lan = Arc::clone(&self.lan);
        let number = self.lanes[lane].number;
        let others: Vec<u16> =
            self.lanes.iter().map(|lane| lane.number).filter(|other| *other != number).collect();
        self.lanes[lane].start(&lan, &others);
        self.note_end(lane);
    }

    pub fn till(&mut self, lane: usize) -> &mut Till {
        self.lanes[lane].till.as_mut().expect("it runs")
    }

    pub fn mono_ms(&self, lane: usize) -> u64 {
        self.lanes[lane].clock.mono_ms()
    }

    pub fn violated(&mut self, invariant: Invariant, text: String) {
        self.violations.push(Violation { invariant, text });
    }

    fn event(&mut self, number: u64) {
        let lane = self.chance.pick(self.lanes.len());
        let said = if self.chance.below(100) < 30 {
            self.fault(lane)
        } else if self.lanes[lane].till.is_some() {
            format!("register {} {}", lane + 1, self.counter(lane))
        } else {
            self.fault(lane)
        };
        let pause = 1_000 + u32::try_from(self.chance.below(90_000)).expect("small");
        self.log.push(format!("{number:3} {said}"));
        self.lan.pass(pause);
        self.runs_beside();
    }

    /// What goes on by itself between two events.
    fn runs_beside(&mut self) {
        for lane in 0..self.lanes.len() {
            if self.lanes[lane].till.is_none() {
                continue;
            }
            self.note_end(lane);
            let other = 1 + u16::try_from(self.chance.below(LANES)).expect("small");
            if self.chance.below(3) == 0 && other != self.lanes[lane].number {
                self.lan.bring(self.lanes[lane].number, other);
            }
            self.delivers(lane);
            if self.chance.below(2) == 0 {
                for _ in 0..=self.chance.below(3) {
                    self.sends(lane);
                }
            }
            self.note_claims(lane);
        }
        if self.chance.below(4) == 0 {
            let arrived = self.way.arrive(&mut self.central);
            if arrived > 0 {
                self.log.push(format!("    {arrived} requests arrive late"));
            }
        }
        if self.chance.below(3) == 0 {
            self.central.project(2);
        }
    }

    /// One step of a register's sending.
    fn sends(&mut self, lane: usize) {
        let machine = &mut self.lanes[lane];
        let Some(till) = &mut machine.till else { return };
        let (central, way, chance) = (&mut self.central, &mut self.way, &*machine.entropy);
        let mut wire = Wire { central, way, chance, cut_off: machine.cut_off, last: "" };
        till.sync.step(machine.clock.mono_ms(), &mut wire, &mut till.journals);
        let last = wire.last;
        self.delivers(lane);
        if !last.is_empty() && last != "no line" {
            self.log.push(format!("    register {} and central: {last}", lane + 1));
        }
    }

    /// What came from outside reaches the till. A central of one name never takes back what it
    /// said it holds.
    fn delivers(&mut self, lane: usize) {
        let Some(till) = &mut self.lanes[lane].till else { return };
        let mut taken_back = Vec::new();
        for ack in till.deliver() {
            let said = self.said.entry((ack.epoch, ack.server_epoch)).or_insert(ack.next_seq);
            if ack.next_seq < *said {
                taken_back.push(format!(
                    "central held {} before {said}, and now before {}, under one name",
                    ack.epoch, ack.next_seq
                ));
            }
            *said = ack.next_seq;
        }
        taken_back.into_iter().for_each(|text| self.violated(Invariant::Once, text));
    }

    /// Where a register's journal ends now: from here on this may not be missing.
    pub fn note_end(&mut self, lane: usize) {
        let chain = self.till(lane).register.ledger().chain();
        self.lanes[lane].ends.insert(chain.journal.epoch, (chain.next_seq, chain.head));
    }

    /// Who says to hold which sale.
    pub fn note_claims(&mut self, lane: usize) {
        let (number, machine) = (self.lanes[lane].number, self.lanes[lane].machine);
        let till = self.lanes[lane].till.as_ref().expect("it runs");
        let chain = till.register.ledger().chain();
        let epoch = chain.journal.epoch;
        let seen = till.copies.seen(epoch, chain.next_seq);
        // What a central said that was put back since is no promise of the one there is.
        let acked = till.register.ledger().last_ack().expect("read");
        let acked = acked.filter(|ack| ack.server_epoch == self.central.name);
        let acked = acked.map(|ack| ack.next_seq);
        let holding: Vec<u16> = seen.holding.iter().map(|register| register.0).collect();
        for sale in &mut self.paid {
            if sale.lane != lane || sale.machine != machine || sale.epoch != epoch {
                continue;
            }
            // What the disk no longer has, the journal's end says nothing about.
            if sale.disk_lost {
                continue;
            }
            let fresh = holding.iter().filter(|peer| self.lan.is_fresh(number, **peer));
            sale.held_by.extend(fresh);
            sale.acked |= acked.is_some_and(|next| sale.seq < next);
        }
    }

    /// Faults end, and everything is brought to its place.
    fn heal(&mut self) {
        self.log.push("    all faults end".to_owned());
        self.lan.heal();
        self.way.calm = true;
        if !self.central.is_up() {
            self.central.start();
        }
        for lane in 0..self.lanes.len() {
            self.lanes[lane].cut_off = false;
            if !self.lanes[lane].gone && self.lanes[lane].till.is_none() {
                self.start(lane);
            }
        }
        self.way.arrive(&mut self.central);
        for _ in 0..2 {
            for lane in 0..self.lanes.len() {
                self.lan.look(self.lanes[lane].number);
            }
        }
        for lane in 0..self.lanes.len() {
            self.drains(lane);
        }
        // Whoever holds records of a register that is gone, or of a branch that is, brings them.
        for lane in 0..self.lanes.len() {
            if !self.lanes[lane].gone {
                self.carries(lane);
            }
        }
        self.central.project(usize::MAX);
    }

    /// A register sends until central has all of it.
    fn drains(&mut self, lane: usize) {
        let machine = &mut self.lanes[lane];
        let Some(till) = &mut machine.till else { return };
        let clock = machine.clock;
        let (central, way, chance) = (&mut self.central, &mut self.way, &*machine.entropy);
        let mut wire = Wire { central, way, chance, cut_off: false, last: "" };
        let mut wait = |ms: u64| clock.advance_ms(u32::try_from(ms).expect("a wait"));
        let rounds = std::cell::Cell::new(0);
        till.sync.drain(
            &mut wire,
            &mut till.journals,
            &mut wait,
            &mut |_| rounds.set(rounds.get() + 1),
            &|| rounds.get() > ROUNDS_MAX,
        );
        self.delivers(lane);
        if rounds.get() > ROUNDS_MAX {
            let text = format!("register {} never ends sending", lane + 1);
            self.violated(Invariant::Once, text);
        }
        if self.lanes[lane].till.is_some() {
            self.note_end(lane);
        }
    }
}
