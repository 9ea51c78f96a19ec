//! A register's disk comes to other hardware, and what a disk lost is brought back to it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use tideover::domain::ids::{RegisterNo, Seq};
use tideover::domain::own_machine::{Marks, Part};
use tideover::journal::hash::Hash;
use tideover::journal::key::PublicKey;
use tideover::ledger::gather::{Bringer, Gathered};
use tideover::ledger::regain::{Desk, Step, bring_back};
use tideover::ledger::{Identity, Reader};
use tideover::register::revoked;
use tideover::sync::regain::{Asker, Heard, regain};

use super::disk::Image;
use super::invariants::Invariant;
use super::wire::Wire;
use super::world::World;
use super::{Chance, STORE};

const STEPS: [Step; 4] = [Step::Branches, Step::Built, Step::Database, Step::Lines];

/// What a machine tells of itself: its system, its disk and its board, each as new as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hardware([u32; 3]);

impl Hardware {
    pub fn marks(self, register: u16) -> Marks {
        let parts = [Part::System, Part::Disk, Part::Board];
        let mark = |(part, age)| (part, format!("{register}-{age}"));
        Marks::of(parts.into_iter().zip(self.0).map(mark))
    }

    /// Another machine.
    pub fn replaced(&mut self) {
        self.0.iter_mut().for_each(|age| *age += 1);
    }

    fn one_part_replaced(&mut self, chance: &Chance) {
        self.0[chance.pick(3)] += 1;
    }
}

impl World {
    /// The program ends in good order, if it runs.
    fn closes(&mut self, lane: usize) {
        if self.lanes[lane].till.is_some() {
            self.note_end(lane);
            self.note_claims(lane);
        }
        self.lan.leaves(self.lanes[lane].number);
        if let Some(till) = self.lanes[lane].till.take() {
            till.register.close().expect("closed");
        }
    }

    /// A disk goes on in another machine, or in its own with one part replaced.
    pub fn moves(&mut self, lane: usize) -> String {
        if self.lanes[lane].gone {
            return self.comes_back(lane);
        }
        self.closes(lane);
        let newest = |world: &Self| {
            let reader = Reader::open(&world.lanes[lane].place()).expect("a reader");
            let journals = reader.journals().expect("journals");
            journals.into_iter().map(|journal| journal.id.epoch).collect::<Vec<_>>()
        };
        let before = newest(self);
        let whole = self.chance.below(2) == 0;
        let machine = &mut self.lanes[lane];
        if whole {
            machine.hardware.replaced();
        } else {
            machine.hardware.one_part_replaced(&self.chance);
        }
        self.start(lane);
        if whole && newest(self) == before {
            let text = format!("register {}: another machine goes on with a journal", lane + 1);
            self.violated(Invariant::Once, text);
        }
        let what = if whole { "another machine" } else { "a machine with a new part" };
        format!("the disk of register {} is in {what}", lane + 1)
    }

    /// IT brings back what others hold of a register; now and then the power goes meanwhile.
    pub fn recovers(&mut self, lane: usize) -> String {
        if self.lanes[lane].gone {
            return self.comes_back(lane);
        }
        self.closes(lane);
        let gathered = self.gathers(lane);
        let machine = &self.lanes[lane];
        let (place, settings) = (machine.place(), machine.data.settings().expect("settings"));
        let trust = revoked::kept(&machine.data, &settings).revoked;
        let good = |key: &_, epoch| trust.length(key, epoch);
        let identity = settings.identity();
        let desk = Desk { place: &place, identity, gathered: &gathered, good: &good };
        let cut = STEPS.get(self.chance.pick(2 * STEPS.len())).copied();
        let left = RefCell::new(None);
        let step = |at: Step| {
            let mut left = left.borrow_mut();
            if Some(at) == cut && left.is_none() {
                *left = Some(Image::of(&machine.data.0));
            }
        };
        let brought = bring_back(&desk, &step);
        let said = match (left.into_inner(), brought) {
            (Some(left), _) => {
                left.put_back(&self.lanes[lane].data.0);
                format!("loses power at {cut:?}")
            }
            (None, Ok(all)) => {
                let back = all.iter().map(|one| one.back.records).sum::<u64>();
                self.are_back(lane);
                format!("has {back} records more")
            }
            (None, Err(why)) => {
                self.violated(Invariant::Kept, format!("register {}: {why}", lane + 1));
                why.to_string()
            }
        };
        self.start(lane);
        format!("register {} asks for its records and {said}", lane + 1)
    }

    /// What the others and central say of a register, as far as they are reached.
    fn gathers(&mut self, lane: usize) -> Gathered {
        let (number, key) = (self.lanes[lane].number, self.lanes[lane].key());
        let register = RegisterNo(number);
        let mut gathered = Gathered::of(Identity { store: STORE, register });
        gathered.key(key.public());
        for other in self.lanes.iter().filter(|other| other.till.is_some()) {
            if self.lan.is_cut(number, other.number) {
                continue;
            }
            let (by, mirror) = (Bringer::Peer(RegisterNo(other.number)), other.mirror());
            let all = mirror.branches().expect("read");
            for branch in all.iter().filter(|branch| branch.journal.register == register) {
                let lines = mirror.lines(&all, branch, Seq(0), usize::MAX, usize::MAX);
                for line in lines.expect("read") {
                    gathered.take(&by, line.bytes()).expect("room");
                }
                gathered.told(&by, branch.journal, branch.next_seq);
            }
        }
        let machine = &mut self.lanes[lane];
        let settings = machine.data.settings().expect("settings");
        let central_key = settings.central.expect("enrolled").ack_key;
        let (clock, chance) = (machine.clock, Arc::clone(&machine.entropy));
        let (central, way) = (&mut self.central, &mut self.way);
        let cut_off = machine.cut_off;
        let mut asker = Asker {
            store: STORE,
            register,
            key: &key,
            central: PublicKey::parse(&central_key).expect("a key"),
            entropy: chance.as_ref(),
            transport: &mut Wire { central, way, chance: &chance, cut_off, last: "" },
            wait: &mut |ms| clock.advance_ms(u32::try_from(ms).expect("a wait")),
            waits: 0,
        };
        let told = regain(&mut asker, &mut |heard| {
            match heard {
                Heard::Journal(journal, key, next) => {
                    gathered.key(key);
                    gathered.told(&Bringer::Central, journal, next);
                }
                Heard::Line(line) => gathered.take(&Bringer::Central, line).expect("room"),
            }
            true
        });
        if let Err(why) = told {
            self.log.push(format!("    central tells register {} nothing: {why}", lane + 1));
        }
        gathered
    }

    /// What lies on a disk again may not be missing from now on.
    fn are_back(&mut self, lane: usize) {
        let Ok(reader) = Reader::open(&self.lanes[lane].place()) else { return };
        let journals = reader.journals().expect("journals");
        let lines = journals.iter().flat_map(|journal| {
            reader.lines(journal, Seq(0), usize::MAX, usize::MAX).expect("lines")
        });
        let held: BTreeSet<Hash> = lines.map(|line| line.hash()).collect();
        let machine = self.lanes[lane].machine;
        for sale in self.paid.iter_mut().filter(|sale| sale.lane == lane) {
            if sale.machine == machine && held.contains(&sale.hash) {
                sale.disk_lost = false;
            }
        }
    }
}
