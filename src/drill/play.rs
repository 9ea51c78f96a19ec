//! Plays a schedule: moments and baskets in their order, the network as it comes and goes.
//!
//! ```text
//!  act ─▶ moment: its steps       ─▶ what was done, in words
//!      └▶ ring:   a basket at a register, from where an earlier run left it
//!             └ every few baskets: send, if central answers
//!  after the last: central is back, the outage ends, shifts close, everything is sent
//! ```

use std::collections::BTreeMap;

use crate::device::clock::Clock as _;
use crate::domain::drawer::CashMovementKind;
use crate::domain::outage::System;
use crate::domain::time::Timestamp;
use crate::journal::record::Envelope;
use crate::ledger::{LedgerError, Reader};
use crate::sync::push::LinkState;

use super::backhaul::{Backhaul, BackhaulError};
use super::expect::Expected;
use super::lane::{Ended, Lane, LaneError};
use super::report::MomentPlayed;
use super::scenario::{Moment, Scenario, Step};
use super::schedule::{Act, Ring};

/// Baskets between two attempts to send.
const SEND_EVERY: usize = 25;

/// What a step of central's own needs; a central somewhere else can do none of them.
pub trait Operator {
    /// Keeps a copy of central as it is now.
    ///
    /// # Errors
    /// Words.
    fn keep_copy(&mut self) -> Result<String, String>;

    /// Puts central back to the kept copy; the address it answers at afterwards.
    ///
    /// # Errors
    /// Words.
    fn roll_back(&mut self) -> Result<Option<String>, String>;

    /// Offers a register an older pack, or one signed by another key.
    ///
    /// # Errors
    /// Words, when that can't be played.
    fn offer_pack(&mut self, step: &Step, lane: &Lane) -> Result<Offered, String>;
}

/// What became of a pack that must be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It was, in these words.
    Refused(String),
    /// It was taken, which must not be.
    Taken,
}

/// Why a drill ended early; what was recorded so far is in the registers' folders.
#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    /// A register can't go on.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// Central can't be had.
    #[error(transparent)]
    Backhaul(#[from] BackhaulError),
    /// A journal can't be read.
    #[error("a register's journal can't be read")]
    Ledger(#[from] LedgerError),
    /// A register's settings can't be read.
    #[error(transparent)]
    Settings(#[from] crate::register::settings::SettingsError),
}

/// A drill that is being played.
pub struct Play<'a> {
    /// What happens.
    pub scenario: &'a Scenario,
    /// The registers.
    pub lanes: Vec<Lane>,
    /// The way to central.
    pub backhaul: Backhaul,
    /// Whoever can act on central itself.
    pub operator: &'a mut dyn Operator,
    /// Hears of each basket that is through: how many, and the proof on its receipt.
    pub on_basket: &'a mut dyn FnMut(usize, Option<&str>),
    /// Sentences played so far.
    pub moments: Vec<MomentPlayed>,
    /// What happened and must not.
    pub violations: Vec<String>,
}

impl Play<'_> {
    /// Plays it to the end.
    ///
    /// # Errors
    /// [`DrillError`] when a register or central can't go on.
    pub fn run(&mut self, acts: &[Act]) -> Result<(), DrillError> {
        self.set_clocks(0);
        for lane in &mut self.lanes {
            lane.start()?;
        }
        let mut done_before = Vec::new();
        for lane in &self.lanes {
            done_before.push(ended_baskets(lane)?);
        }
        let mut turns: BTreeMap<usize, usize> = BTreeMap::new();
        let mut baskets = 0_usize;
        for act in acts {
            match act {
                Act::Moment(moment) => self.moment(moment)?,
                Act::Ring(ring) => {
                    baskets = baskets.saturating_add(1);
                    let proof = self.ring(ring, &done_before, &mut turns)?;
                    (self.on_basket)(baskets, proof.as_deref());
                    if baskets.is_multiple_of(SEND_EVERY) {
                        self.send_all(false)?;
                    }
                }
            }
        }
        self.set_clocks(self.scenario.duration_min);
        self.finish()
    }

    fn ring(
        &mut self,
        ring: &Ring,
        done_before: &[usize],
        turns: &mut BTreeMap<usize, usize>,
    ) -> Result<Option<String>, DrillError> {
        if matches!(ring.expected, Expected::NoTrace(_)) {
            return Ok(None);
        }
        let turn = turns.entry(ring.lane).or_default();
        let mine = *turn;
        *turn = turn.saturating_add(1);
        if mine < done_before.get(ring.lane).copied().unwrap_or(0) {
            return Ok(None);
        }
        self.set_clocks(ring.at_min);
        let Some(lane) = self.lanes.get_mut(ring.lane) else { return Ok(None) };
        match lane.ring_up(ring)? {
            Ended::Sold(proof) => Ok(Some(proof)),
            Ended::GivenUp(_) => Ok(None),
        }
    }

    fn moment(&mut self, moment: &Moment) -> Result<(), DrillError> {
        self.set_clocks(moment.at_min);
        let mut done = Vec::new();
        for step in &moment.steps {
            done.push(self.step(step)?);
        }
        self.moments.push(MomentPlayed { at_min: moment.at_min, text: moment.text.clone(), done });
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<String, DrillError> {
        Ok(match step {
            Step::CentralGone => {
                self.backhaul.network.gone = true;
                "central does not answer any more".to_owned()
            }
            Step::DeclareOutage => {
                let (systems, cause) = (&self.scenario.systems, &self.scenario.cause);
                let systems: &[System] = systems;
                for lane in &mut self.lanes {
                    lane.declare_outage(systems, cause)?;
                }
                format!("the outage is declared on {} registers", self.lanes.len())
            }
            Step::PowerCutInSale { register, lines } => {
                format!(
                    "register {register} loses power after {lines} lines of its next long basket"
                )
            }
            Step::PowerCutBeforeReceipt { register } => {
                format!("register {register} loses power right after its next sale is recorded")
            }
            Step::CashDrop { registers } => {
                let mut dropped = Vec::new();
                for lane in self.lanes.iter_mut().take(usize::from(*registers)) {
                    let amount = lane.empty_drawer(CashMovementKind::Drop)?;
                    dropped.push(format!("register {}: {amount}", lane.number));
                }
                format!("dropped into the safe: {}", dropped.join(", "))
            }
            Step::CashPickup => match self.lanes.last_mut() {
                Some(lane) => {
                    let amount = lane.empty_drawer(CashMovementKind::Pickup)?;
                    format!("picked up {amount} from register {}", lane.number)
                }
                None => "no register".to_owned(),
            },
            Step::Flap => self.flap()?,
            Step::ShiftChange { register } => {
                let place = usize::from(register.saturating_sub(1));
                let count = self.lanes.len();
                match self.lanes.get_mut(place.checked_rem(count).unwrap_or(0)) {
                    Some(lane) => {
                        lane.change_shift()?;
                        format!("register {} has a new shift", lane.number)
                    }
                    None => "no register".to_owned(),
                }
            }
            Step::SplitTender => "the next sale is paid half in cash, half by check".to_owned(),
            Step::OfferOlderPack | Step::OfferForeignPack => match self.lanes.first() {
                Some(lane) => match self.operator.offer_pack(step, lane) {
                    Ok(Offered::Refused(refusal)) => format!("refused: {refusal}"),
                    Ok(Offered::Taken) => {
                        let words = "a pack was taken that must be refused".to_owned();
                        self.violations.push(words.clone());
                        words
                    }
                    Err(words) => words,
                },
                None => "no register".to_owned(),
            },
            Step::CentralAcknowledges => {
                if self.backhaul.network.gone {
                    return Ok("not played: central does not answer just then".to_owned());
                }
                self.send_all(false)?;
                let all = |lane: &&Lane| matches!(lane.link, Some(LinkState::UpToDate));
                let complete = self.lanes.iter().filter(all).count();
                let lanes = self.lanes.len();
                format!(
                    "central holds everything recorded so far of {complete} of {lanes} registers"
                )
            }
            Step::KeepCopy => match self.operator.keep_copy() {
                Ok(url) => {
                    self.backhaul.moved_to = Some(url);
                    "a copy of central as it is now was kept".to_owned()
                }
                Err(words) => words,
            },
            Step::CentralRolledBack => match self.operator.roll_back() {
                Ok(Some(url)) => {
                    self.backhaul.moved_to = Some(url);
                    "central was put back to its older copy".to_owned()
                }
                Ok(None) => "there was no older copy of central".to_owned(),
                Err(words) => words,
            },
            Step::CentralBack { turned_away, answers_lost } => {
                self.backhaul.network.gone = false;
                self.backhaul.network.turn_away = *turned_away;
                self.backhaul.network.lose_answers = *answers_lost;
                format!(
                    "central answers again; {turned_away} deliveries are turned away first, \
                     {answers_lost} answers are lost"
                )
            }
        })
    }

    /// Central answers once; the answer to a delivery is lost, and it is gone again.
    fn flap(&mut self) -> Result<String, DrillError> {
        self.backhaul.network.gone = false;
        self.backhaul.network.lose_answers = 1;
        let mut sent = 0;
        if let Some(lane) = self.lanes.first_mut() {
            sent = self.backhaul.send(lane, false)?.requests;
        }
        self.backhaul.network.gone = true;
        self.backhaul.network.lose_answers = 0;
        Ok(format!("central answered {sent} requests of register 1 and was gone again"))
    }

    fn finish(&mut self) -> Result<(), DrillError> {
        self.backhaul.network.gone = false;
        for lane in &mut self.lanes {
            lane.end_outage()?;
            lane.close_shift()?;
        }
        self.send_all(true)
    }

    fn send_all(&mut self, to_the_end: bool) -> Result<(), DrillError> {
        if self.backhaul.network.gone {
            return Ok(());
        }
        for lane in &mut self.lanes {
            let report = self.backhaul.send(lane, to_the_end)?;
            lane.link = Some(report.link);
        }
        Ok(())
    }

    /// Sets all clocks to a minute of the scenario; never back.
    fn set_clocks(&self, minute: u32) {
        let start: Timestamp = self.scenario.start;
        let then = start.utc_ms.saturating_add(i64::from(minute).saturating_mul(60_000));
        for lane in &self.lanes {
            let ahead = then.saturating_sub(lane.clock.now().utc_ms);
            lane.clock.advance_ms(u32::try_from(ahead.max(0)).unwrap_or(0));
        }
    }
}

/// Baskets whose end a lane's journals hold.
fn ended_baskets(lane: &Lane) -> Result<usize, DrillError> {
    let mut ended = 0_usize;
    each_record(lane, &mut |envelope| {
        if matches!(envelope.kind, "sale" | "refund" | "sale_abandoned") {
            ended = ended.saturating_add(1);
        }
    })?;
    Ok(ended)
}

/// Tells of every readable record of a lane, older journals first.
///
/// # Errors
/// [`DrillError`] when the ledger can't be read.
pub fn each_record(lane: &Lane, tell: &mut dyn FnMut(&Envelope<'_>)) -> Result<(), DrillError> {
    let reader = Reader::open(&lane.data.place(&lane.data.settings()?))?;
    let mut journals = reader.journals()?;
    journals.sort_by_key(|journal| !journal.frozen);
    for journal in journals {
        let mut from = crate::domain::ids::Seq(0);
        loop {
            let lines = reader.lines(&journal, from, 1_000, 4 * 1024 * 1024)?;
            if lines.is_empty() {
                break;
            }
            for line in &lines {
                if let Ok(envelope) = Envelope::read(line.bytes()) {
                    tell(&envelope);
                }
                from = from.next();
            }
        }
    }
    Ok(())
}
