//! A register of the simulated fleet: what it does next, by the policy that ships.

use crate::sync::pace::{self, Below, Pace, WORD_MS};

/// Tries after which waits grow no longer.
const TRIES: u32 = 12;

/// What it does at its next moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Ask whether central is there.
    Hello,
    /// Say what it has.
    Announce,
    /// Deliver.
    Send,
    /// All is in.
    Done,
}

/// What came of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It is central.
    Hello,
    /// Central's position, and when to come.
    Position {
        /// Records central has.
        held: u32,
        /// The wait.
        wait_ms: u64,
        /// The appointment, on central's clock.
        slot_ms: Option<u64>,
    },
    /// Not now.
    Busy {
        /// The wait.
        wait_ms: u64,
        /// The appointment.
        slot_ms: Option<u64>,
    },
}

/// A register.
#[derive(Clone, Copy, Debug)]
pub(super) struct Register {
    pub(super) store: u32,
    /// Records it has to hand over.
    pub(super) all: u32,
    /// Records that central has.
    pub(super) held: u32,
    /// Records that it knows central to have.
    known: u32,
    pace: Pace,
    pub(super) step: Step,
    pub(super) slot_ms: Option<u64>,
    /// Requests so far; answers to earlier ones are not heard any more.
    pub(super) request: u32,
    began_us: u64,
    /// When it was answered last.
    pub(super) answered_us: u64,
    /// When its connection was used last.
    pub(super) line_us: Option<u64>,
    /// What it asks now is the first on a new connection.
    pub(super) connects: bool,
    /// What is on its way to it.
    pub(super) heard: Option<Heard>,
    /// The answer to its request is lost.
    pub(super) deaf: bool,
    /// Central was told once what it has.
    pub(super) announced: bool,
}

/// What it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sends {
    pub(super) from: u32,
    pub(super) records: u32,
    pub(super) left: u32,
    pub(super) within_ms: u64,
    pub(super) slot_ms: Option<u64>,
    /// When all of it has come to central, in microseconds.
    pub(super) whole_us: u64,
}

impl Register {
    pub(super) fn new(store: u32, all: u32) -> Self {
        Self {
            store,
            all,
            held: 0,
            known: 0,
            pace: Pace::default(),
            step: Step::Hello,
            slot_ms: None,
            request: 0,
            began_us: 0,
            answered_us: 0,
            line_us: None,
            connects: false,
            heard: None,
            deaf: false,
            announced: false,
        }
    }

    /// It has tried for long, and nobody answered.
    pub(super) fn tried_for_long(&mut self, below: Below<'_>) {
        for _ in 0..TRIES {
            self.pace.failed(false, below);
        }
    }

    /// It asks something now.
    pub(super) fn begins(&mut self, now_us: u64) {
        self.request = self.request.wrapping_add(1);
        self.began_us = now_us;
        self.heard = None;
        self.deaf = false;
    }

    /// How long it waits for the answer to what it asks now.
    pub(super) fn patience_ms(&self) -> u64 {
        if self.step == Step::Send { self.pace.delivery_ms() } else { WORD_MS }
    }

    /// The records of the segment that it sends now.
    pub(super) fn brings(&self) -> u32 {
        let left = self.all.saturating_sub(self.known);
        u32::try_from(self.pace.batch()).unwrap_or(1).min(left)
    }

    /// The segment it sends now.
    pub(super) fn sends(&mut self) -> Sends {
        let left = self.all.saturating_sub(self.known);
        let records = self.brings();
        Sends {
            from: self.known,
            records,
            left: left.saturating_sub(records),
            within_ms: self.pace.within_ms(),
            slot_ms: self.slot_ms.take(),
            whole_us: 0,
        }
    }

    /// It has opened an answer; the wait until its next step.
    pub(super) fn hears(&mut self, heard: Heard, below: Below<'_>) -> u64 {
        let took_ms = self.answered_us.saturating_sub(self.began_us) / 1_000;
        self.line_us = Some(self.answered_us);
        match heard {
            Heard::Hello => {
                self.pace.answered();
                self.step = Step::Announce;
                0
            }
            Heard::Position { held, wait_ms, slot_ms } => {
                if self.step == Step::Announce {
                    self.pace.announced(took_ms);
                } else {
                    self.pace.delivered(took_ms);
                }
                self.pace.answered();
                self.known = held;
                self.slot_ms = slot_ms;
                self.step = if held >= self.all { Step::Done } else { Step::Send };
                pace::wait_ms(wait_ms)
            }
            Heard::Busy { wait_ms, slot_ms } => {
                self.slot_ms = slot_ms;
                pace::turn_ms(wait_ms, slot_ms.is_some(), below)
            }
        }
    }

    /// Nothing is heard; the wait until it begins anew.
    pub(super) fn fails(&mut self, below: Below<'_>) -> u64 {
        self.request = self.request.wrapping_add(1);
        self.line_us = None;
        let delivery = self.step == Step::Send;
        self.step = Step::Hello;
        self.pace.failed(delivery, below)
    }
}
