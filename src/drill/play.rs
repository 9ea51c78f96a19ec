//! Plays a schedule: moments, baskets and the desk's pieces in their order, the network as it comes
//! and goes.
//!
//! ```text
//!  act ─▶ moment: its steps       ─▶ what was done, in words
//!      └▶ ring:   a basket at a register, from where an earlier run left it
//!             └ every few baskets: send, if central answers
//!  after the last: central is back, the outage ends, shifts close, everything is sent
//! ```

use std::collections::BTreeMap;

use crate::device::clock::{Clock as _, SystemClock};
use crate::domain::drawer::CashMovementKind;
use crate::domain::item::Item;
use crate::domain::outage::System;
use crate::domain::time::Timestamp;
use crate::journal::record::{Envelope, Line};
use crate::ledger::{LedgerError, Reader};
use crate::sync::push::LinkState;

use super::backhaul::{Backhaul, BackhaulError};
use super::claim::{Proof, Sum};
use super::desk::Desk;
use super::expect::Expected;
use super::lane::{Ended, Lane, LaneError};
use super::minutes::Minutes;
use super::piece::Piece;
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

    /// Has central say that nothing may be sent, and why; none lifts it.
    ///
    /// # Errors
    /// Words.
    fn hold(&mut self, reason: Option<&str>) -> Result<(), String>;

    /// Offers a register another pack.
    ///
    /// # Errors
    /// Words, when that can't be played.
    fn offer(&mut self, pack: DrillPack, lane: &Lane) -> Result<Offered, String>;

    /// Pins the pack that the drill began with; its version.
    ///
    /// # Errors
    /// Words.
    fn pin_pack(&mut self, lane: &Lane) -> Result<String, String>;

    /// Gives a register that is switched off a new key, and enrolls it again.
    ///
    /// # Errors
    /// Words.
    fn enroll_anew(&mut self, lane: &Lane) -> Result<String, String>;

    /// Brings central a record of a later version.
    ///
    /// # Errors
    /// Words.
    fn next_version(&mut self, at: Timestamp) -> Result<String, String>;

    /// Brings central the same event of a store in another time zone.
    ///
    /// # Errors
    /// Words.
    fn other_zone(&mut self, at: Timestamp) -> Result<String, String>;

    /// Lays the claims of orders beside what an online system says that was restored from an older
    /// copy. `goods` are those of the desk.
    ///
    /// # Errors
    /// Words.
    fn compare_pickups(&mut self, goods: &[Item]) -> Result<String, String>;
}

/// A pack besides the one that the drill sells by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DrillPack {
    /// An older one, rightly signed.
    Older,
    /// One that another key signed.
    Foreign,
    /// A newer one with wrong prices, rightly signed.
    Wrong,
    /// A newer one that was revoked.
    Revoked,
    /// A newer one.
    Newer,
}

impl DrillPack {
    /// Its file's name, without the ending.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Older => "older",
            Self::Foreign => "foreign",
            Self::Wrong => "wrong",
            Self::Revoked => "revoked",
            Self::Newer => "newer",
        }
    }
}

/// What became of a pack that was offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It was refused, in these words.
    Refused(String),
    /// It was taken: its version.
    Taken(String),
}

/// What a drill saw of the network and of central while it was played.
#[derive(Clone, Debug, Default)]
pub struct Witnessed {
    /// Packs that had to be refused, and what became of them.
    pub offers: Vec<(DrillPack, Offered)>,
    /// Requests that had brought something when the hold began, and when it was lifted.
    pub hold: Option<(u64, Option<u64>)>,
    /// What the register said whose delivery was turned away, and how many others went on.
    pub turned_away: Option<(String, usize)>,
    /// Records acknowledged before central was put back, and held right after.
    pub put_back: Option<(u64, u64)>,
    /// Central's totals against the ledgers', minute by minute.
    pub minutes: Minutes,
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
    /// The drill's files can't be read.
    #[error("the drill's files can't be read")]
    Files(#[source] std::io::Error),
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
    /// The register that pieces are played on, where the scenario claims something.
    pub desk: Option<Desk>,
    /// What was seen meanwhile.
    pub seen: Witnessed,
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
        if let Some(desk) = &mut self.desk {
            desk.lane.start()?;
            desk.remember()?;
        }
        let watched = self.scenario.claims.iter().flat_map(|claim| &claim.proofs);
        let by_minute = [Proof::Agrees(Sum::EveryMinute), Proof::Agrees(Sum::Lag)];
        let watched = watched.filter(|proof| by_minute.contains(proof)).count() > 0;
        let mut done_before = Vec::new();
        for lane in &self.lanes {
            done_before.push(ended_baskets(lane)?);
        }
        let mut turns: BTreeMap<usize, usize> = BTreeMap::new();
        let mut baskets = 0_usize;
        let mut looked = 0_u32;
        for act in acts {
            let minute = self.minute_now();
            if watched && minute > looked && !self.backhaul.network.gone {
                looked = minute;
                self.look(minute)?;
            }
            match act {
                Act::Moment(moment) => self.moment(moment)?,
                Act::Piece(at_min, piece) => self.piece(*at_min, *piece)?,
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

    fn piece(&mut self, at_min: u32, piece: Piece) -> Result<(), DrillError> {
        self.set_clocks(at_min);
        if piece == Piece::OnlineBack {
            // What is compared has to be there.
            self.send_all(false)?;
        }
        if piece == Piece::ThroughCentral {
            self.put_aside_elsewhere()?;
        }
        let Some(desk) = &mut self.desk else { return Ok(()) };
        desk.play(piece, self.operator)?;
        if piece == Piece::ThroughCentral {
            self.tell_elsewhere()?;
        }
        let Some(desk) = &self.desk else { return Ok(()) };
        let played = desk.played.get(&piece);
        if let (Some(words), Some(played)) = (piece.event(), played)
            && let Some(moment) = self.moments.iter_mut().rfind(|m| m.text.contains(words))
        {
            moment.done.push(format!("at the desk: {}", played.words));
        }
        Ok(())
    }

    /// Sends all there is, and lays central's totals beside the ledgers'.
    fn look(&mut self, minute: u32) -> Result<(), DrillError> {
        let clock = SystemClock::new(None);
        let from = clock.mono_ms();
        self.send_all(false)?;
        let Self { lanes, desk, backhaul, seen, .. } = self;
        let minutes = &mut seen.minutes;
        for lane in lanes.iter().chain(desk.as_ref().map(|desk| &desk.lane)) {
            minutes.catch_up(lane)?;
        }
        let Some(lane) = lanes.first() else { return Ok(()) };
        let settings = lane.data.settings()?;
        let line = settings.central.ok_or(BackhaulError::NotEnrolled(lane.number))?;
        let central = backhaul.totals(&line, settings.store, minutes.count())?;
        minutes.looked(minute, &central, clock.mono_ms().saturating_sub(from));
        Ok(())
    }

    /// The scenario's minute by the first register's clock.
    fn minute_now(&self) -> u32 {
        let now = self.lanes.first().map_or(0, |lane| lane.clock.now().utc_ms);
        let passed = now.saturating_sub(self.scenario.start.utc_ms).max(0) / 60_000;
        u32::try_from(passed).unwrap_or(0)
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
                if let Some(desk) = &mut self.desk {
                    desk.declare_outage(systems, cause)?;
                }
                format!("the outage is declared on {} registers", self.lanes.len())
            }
            Step::Hold => match self.operator.hold(Some("drill: nothing may be sent")) {
                Ok(()) => {
                    self.seen.hold = Some((self.backhaul.network.brought, None));
                    "central says that nothing may be sent".to_owned()
                }
                Err(words) => {
                    self.backhaul.network.gone = true;
                    format!("{words}; central does not answer any more")
                }
            },
            Step::RefuseDelivery => {
                self.backhaul.network.refuse = 1;
                let mut others = 0_usize;
                let mut said = String::from("no register had anything to send");
                for lane in &mut self.lanes {
                    let before = self.backhaul.network.refused;
                    let report = self.backhaul.send(lane, false)?;
                    match report.link {
                        LinkState::UpToDate => others = others.saturating_add(1),
                        LinkState::NoAnswer { text } if self.backhaul.network.refused > before => {
                            let (number, pending) = (lane.number, report.pending);
                            said = format!(
                                "register {number} keeps {pending} records, and why: {text}"
                            );
                        }
                        _ => {}
                    }
                }
                self.backhaul.network.refuse = 0;
                self.seen.turned_away = Some((said.clone(), others));
                format!("{said}; {others} other registers went on")
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
            Step::OfferOlderPack => self.offer(DrillPack::Older),
            Step::OfferForeignPack => self.offer(DrillPack::Foreign),
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
                    self.count_lost()?;
                    "central was put back to its older copy".to_owned()
                }
                Ok(None) => "there was no older copy of central".to_owned(),
                Err(words) => words,
            },
            Step::CentralBack { turned_away, answers_lost } => {
                self.backhaul.network.gone = false;
                self.release();
                self.backhaul.network.turn_away = *turned_away;
                self.backhaul.network.lose_answers = *answers_lost;
                format!(
                    "central answers again; {turned_away} deliveries are turned away first, \
                     {answers_lost} answers are lost"
                )
            }
        })
    }

    fn offer(&mut self, pack: DrillPack) -> String {
        let Some(lane) = self.lanes.first() else { return "no register".to_owned() };
        match self.operator.offer(pack, lane) {
            Ok(offered) => {
                self.seen.offers.push((pack, offered.clone()));
                match offered {
                    Offered::Refused(refusal) => format!("refused: {refusal}"),
                    Offered::Taken(_) => {
                        let words = "a pack was taken that must be refused".to_owned();
                        self.violations.push(words.clone());
                        words
                    }
                }
            }
            Err(words) => words,
        }
    }

    /// Lifts a hold, and notes what was brought to central while it held.
    fn release(&mut self) {
        if let Some((_, until @ None)) = &mut self.seen.hold {
            *until = Some(self.backhaul.network.brought);
            if let Err(words) = self.operator.hold(None) {
                self.violations.push(format!("the hold could not be lifted: {words}"));
            }
        }
    }

    /// Counts what central had acknowledged and does not hold any more.
    fn count_lost(&mut self) -> Result<(), DrillError> {
        let (mut acknowledged, mut held) = (0_u64, 0_u64);
        let desk = self.desk.as_ref().map(|desk| &desk.lane);
        for lane in self.lanes.iter().chain(desk) {
            let settings = lane.data.settings()?;
            let line = settings.central.clone();
            let line = line.ok_or(BackhaulError::NotEnrolled(lane.number))?;
            let reader = Reader::open(&lane.data.place(&settings))?;
            for journal in reader.journals()? {
                let acked = reader.last_ack(&journal)?.map_or(0, |ack| ack.next_seq.0);
                acknowledged = acknowledged.saturating_add(acked);
                let (next, _) = self.backhaul.position(&line, &journal.id)?;
                held = held.saturating_add(next);
            }
        }
        self.seen.put_back = Some((acknowledged, held));
        Ok(())
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
        self.release();
        self.take_back_elsewhere()?;
        for lane in &mut self.lanes {
            lane.end_outage()?;
            lane.close_shift()?;
        }
        if let Some(desk) = &mut self.desk {
            desk.finish()?;
        }
        self.send_all(true)
    }

    pub(super) fn send_all(&mut self, to_the_end: bool) -> Result<(), DrillError> {
        if self.backhaul.network.gone {
            return Ok(());
        }
        let desk = self.desk.as_mut().map(|desk| &mut desk.lane);
        for lane in self.lanes.iter_mut().chain(desk) {
            let report = self.backhaul.send(lane, to_the_end)?;
            lane.link = Some(report.link);
        }
        Ok(())
    }

    /// Sets all clocks to a minute of the scenario; never back.
    fn set_clocks(&self, minute: u32) {
        let start: Timestamp = self.scenario.start;
        let then = start.utc_ms.saturating_add(i64::from(minute).saturating_mul(60_000));
        let desk = self.desk.as_ref().map(|desk| &desk.lane);
        for lane in self.lanes.iter().chain(desk) {
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
    each_line(lane, &mut |line| {
        if let Ok(envelope) = Envelope::read(line.bytes()) {
            tell(&envelope);
        }
    })
}

/// Tells of every line of a lane, older journals first.
///
/// # Errors
/// [`DrillError`] when the ledger can't be read.
pub fn each_line(lane: &Lane, tell: &mut dyn FnMut(&Line)) -> Result<(), DrillError> {
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
                tell(line);
                from = from.next();
            }
        }
    }
    Ok(())
}
