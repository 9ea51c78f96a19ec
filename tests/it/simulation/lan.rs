//! The store's network: which registers see each other, and what is lost between them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tideover::device::clock::SimulatedClock;
use tideover::peer::stepped::{Fate, SteppedPeers};

use super::Chance;
use super::bugs::Bug;

/// What one hop takes, in milliseconds.
const HOP_MS: u32 = 3;

pub struct Lan {
    peers: Mutex<BTreeMap<u16, Arc<SteppedPeers>>>,
    /// Pairs that don't see each other, the smaller number first.
    cut: Mutex<BTreeSet<(u16, u16)>>,
    /// From whom to whom everything was brought since the receiver last lost its disk.
    fresh: Mutex<BTreeSet<(u16, u16)>>,
    clocks: Vec<SimulatedClock>,
    chance: Chance,
    /// Nothing gets through: the plug is pulled in this very moment.
    dead: AtomicBool,
    /// Faults are over.
    calm: AtomicBool,
    /// Waits of sales for a second copy.
    pub waits: AtomicU64,
    bug: Option<Bug>,
}

fn pair(one: u16, other: u16) -> (u16, u16) {
    (one.min(other), one.max(other))
}

impl Lan {
    pub fn new(clocks: Vec<SimulatedClock>, seed: u64, bug: Option<Bug>) -> Self {
        Self {
            peers: Mutex::default(),
            cut: Mutex::default(),
            fresh: Mutex::default(),
            clocks,
            chance: Chance::new(seed),
            dead: AtomicBool::new(false),
            calm: AtomicBool::new(false),
            waits: AtomicU64::new(0),
            bug,
        }
    }

    /// Time passes for everybody.
    pub fn pass(&self, ms: u32) {
        self.clocks.iter().for_each(|clock| clock.advance_ms(ms));
    }

    pub fn joins(&self, peers: Arc<SteppedPeers>) {
        self.peers.lock().expect("free").insert(peers.register().0, peers);
    }

    pub fn leaves(&self, register: u16) {
        self.peers.lock().expect("free").remove(&register);
    }

    pub fn cut(&self, one: u16, other: u16, is_cut: bool) {
        let mut cut = self.cut.lock().expect("free");
        if is_cut {
            cut.insert(pair(one, other));
        } else {
            cut.remove(&pair(one, other));
        }
    }

    pub fn is_cut(&self, one: u16, other: u16) -> bool {
        self.cut.lock().expect("free").contains(&pair(one, other))
    }

    pub fn heal(&self) {
        self.cut.lock().expect("free").clear();
        self.calm.store(true, Ordering::Relaxed);
    }

    /// While this holds, nothing gets through.
    pub fn dead(&self, dead: bool) {
        self.dead.store(dead, Ordering::Relaxed);
    }

    /// The disk of a register is not what it was: what it held for others is not known any more.
    pub fn disk_lost(&self, register: u16) {
        self.fresh.lock().expect("free").retain(|(_, to)| *to != register);
    }

    pub fn is_fresh(&self, from: u16, to: u16) -> bool {
        self.fresh.lock().expect("free").contains(&(from, to))
    }

    fn others(&self, register: u16) -> Vec<u16> {
        let peers = self.peers.lock().expect("free");
        peers.keys().copied().filter(|other| *other != register).collect()
    }

    /// One register brings another one everything it lacks.
    pub fn bring(&self, from: u16, to: u16) -> bool {
        let found = {
            let peers = self.peers.lock().expect("free");
            (peers.get(&from).cloned(), peers.get(&to).cloned())
        };
        let (Some(from_peers), Some(to_peers)) = found else { return false };
        let cut = self.is_cut(from, to) || self.dead.load(Ordering::Relaxed);
        let calm = self.calm.load(Ordering::Relaxed);
        let mut fate = || match self.chance.below(100) {
            _ if cut => Fate::Lost,
            0 if !calm => Fate::Lost,
            1 if !calm => Fate::AnswerLost,
            _ => Fate::Arrives,
        };
        let held = from_peers.bring(&to_peers, &mut fate);
        if held {
            self.fresh.lock().expect("free").insert((from, to));
        }
        held
    }

    /// One register looks at all others.
    pub fn look(&self, from: u16) {
        for to in self.others(from) {
            self.bring(from, to);
        }
    }

    /// What happens while a sale at a register waits: lines run, unless they hang.
    pub fn meanwhile(&self, from: u16, longest: Duration) {
        self.waits.fetch_add(1, Ordering::Relaxed);
        if self.dead.load(Ordering::Relaxed) {
            return;
        }
        let longest = u32::try_from(longest.as_millis()).expect("short");
        let (mut passed, mut held) = (0, false);
        for to in self.others(from) {
            // A line that is cut tells nobody: it hangs until the wait is over.
            if !self.is_cut(from, to) && passed < longest {
                passed += HOP_MS;
                held |= self.bring(from, to);
            }
        }
        let until = if held { passed } else { longest };
        self.pass(until);
        if self.bug == Some(Bug::SaleWaits) {
            self.pass(3_000);
        }
    }
}
