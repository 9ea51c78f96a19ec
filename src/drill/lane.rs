//! One register in a drill: rings up baskets, loses power, comes back and goes on where it was.
//!
//! A basket becomes exactly one record that ends it: a sale, a refund or an abandoned sale. So the
//! count of those in the journal says which basket is next, also after the whole drill was killed;
//! nothing else is remembered.

use crate::device::clock::SimulatedClock;
use crate::domain::bag::BagNo;
use crate::domain::birth::BirthDate;
use crate::domain::drawer::{CashMovement, CashMovementKind};
use crate::domain::money::Money;
use crate::domain::outage::System;
use crate::domain::person::Person;
use crate::domain::refusal::Refusal;
use crate::domain::sale::{LinePrice, Missing};
use crate::register::command::{AgeAnswer, Command};
use crate::register::register::{Answer, Register};
use crate::register::settings::DataDir;
use crate::register::startup::{self, StartError, World};
use crate::register::view::Screen;
use crate::sync::push::LinkState;

use super::baskets::{Basket, BasketTender};
use super::expect::{NOT_PAID, tenders_of};
use super::schedule::Ring;

/// What the drawer is opened with.
pub const FLOAT: Money = Money::from_minor(20_000);

/// A register in a drill.
pub struct Lane {
    /// Its number, from 1.
    pub number: u16,
    /// Its data folder.
    pub data: DataDir,
    /// Its clock.
    pub clock: SimulatedClock,
    world: World,
    register: Option<Register>,
    staff: Vec<Person>,
    on_duty: usize,
    /// What the register said after it lost power.
    pub after_power_cuts: Vec<String>,
    /// How sending last ended.
    pub link: Option<LinkState>,
}

/// How a basket ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Paid and recorded: the proof that stands on the receipt.
    Sold(String),
    /// Given up: what the register refused.
    GivenUp(String),
}

/// Where a power cut strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerCut {
    /// After so many lines.
    AfterLines(usize),
    /// When the sale is recorded, before its receipt.
    BeforeReceipt,
}

/// A lane that can't go on.
#[derive(Debug, thiserror::Error)]
pub enum LaneError {
    /// The register did not start.
    #[error("register {number} did not start")]
    Start {
        /// Which.
        number: u16,
        /// Why.
        #[source]
        source: StartError,
    },
    /// The register can't record any more.
    #[error("register {number} stopped selling: {what}")]
    Stopped {
        /// Which.
        number: u16,
        /// What it says.
        what: String,
    },
    /// The register refused something that a drill relies on.
    #[error("register {number} refused to {act}: {why}")]
    Refused {
        /// Which.
        number: u16,
        /// What.
        act: &'static str,
        /// Why.
        why: String,
    },
}

impl Lane {
    /// A lane whose register is not running yet; `staff` are people who lead, so that returns and
    /// large checks need nobody else.
    pub const fn new(
        number: u16,
        data: DataDir,
        clock: SimulatedClock,
        world: World,
        staff: Vec<Person>,
    ) -> Self {
        Self {
            number,
            data,
            clock,
            world,
            register: None,
            staff,
            on_duty: 0,
            after_power_cuts: Vec::new(),
            link: None,
        }
    }

    /// Starts the register, signs in and opens a shift where none is open.
    ///
    /// # Errors
    /// [`LaneError`] when it does not start or refuses.
    pub fn start(&mut self) -> Result<(), LaneError> {
        let number = self.number;
        let register = startup::open(&self.data, &self.world)
            .map_err(|source| LaneError::Start { number, source })?;
        if let Screen::Restart(restart) = register.view().screen {
            let sale = restart
                .last_sale
                .map(|last| format!("sale {} of {} was recorded as PAID", last.number, last.total));
            let basket = restart
                .open_basket_total
                .map(|total| format!("an unpaid basket of {total} is back on the screen"));
            let basket = basket.map(|text| {
                if restart.given_up { format!("{text}, as far as can be seen") } else { text }
            });
            let said: Vec<String> = sale
                .into_iter()
                .chain(basket)
                .chain(restart.compare.iter().map(ToString::to_string))
                .chain(restart.findings.iter().map(ToString::to_string))
                .collect();
            self.after_power_cuts.push(format!("register {number}: {}", said.join("; ")));
        }
        self.register = Some(register);
        self.must("go on", Command::AcknowledgeRestart)?;
        self.sign_in()?;
        if self.running()?.ledger().state().open_shift.is_none() {
            self.open_shift()?;
        }
        Ok(())
    }

    /// The register.
    ///
    /// # Errors
    /// [`LaneError`] when it is not running.
    pub fn running(&mut self) -> Result<&mut Register, LaneError> {
        let number = self.number;
        self.register
            .as_mut()
            .ok_or(LaneError::Stopped { number, what: "it is switched off".to_owned() })
    }

    /// Rings up a basket, from where an earlier start left it.
    ///
    /// # Errors
    /// [`LaneError`] when the register can't go on.
    pub fn ring_up(&mut self, ring: &Ring) -> Result<Ended, LaneError> {
        let (basket, mut cut) = (&ring.basket, ring.cut);
        let rung = match self.running()?.view().screen {
            Screen::Sell(sell) => sell.lines,
            Screen::Tender(tender) => tender.sale.lines,
            _ => Vec::new(),
        };
        for (place, line) in basket.lines.iter().enumerate() {
            let there = rung.get(place);
            if cut == Some(PowerCut::AfterLines(place)) && there.is_none() {
                // The lines rung up so far are on the screen again; it goes on with the next.
                self.pull_power()?;
                cut = None;
            }
            if there.is_none() {
                let price = ring.prices.get(place).copied().unwrap_or(LinePrice::Pack);
                let (code, quantity) = (line.code.to_string(), line.quantity);
                let asked = self.asked(Command::AddItem { code, quantity, price })?;
                if let Some(why) = asked.or(self.open_line()?) {
                    let why = format!("line {}: {why}", place.saturating_add(1));
                    return self.give_up(why);
                }
            }
            if line.void && !there.is_some_and(|line| line.voided) {
                self.must("void a line", Command::VoidLine { place })?;
            }
        }
        self.pay(basket, cut)
    }

    /// Switches the register off without warning, and on again.
    ///
    /// # Errors
    /// [`LaneError`] when it does not come back.
    pub fn pull_power(&mut self) -> Result<(), LaneError> {
        // Dropped, not closed: nothing is tidied up, as when the plug is pulled.
        drop(self.register.take());
        self.start()
    }

    /// Declares the outage, if none is open.
    ///
    /// # Errors
    /// [`LaneError`] when the register refuses.
    pub fn declare_outage(&mut self, systems: &[System], cause: &str) -> Result<(), LaneError> {
        if self.running()?.book().outages.current().is_some() {
            return Ok(());
        }
        let (systems, cause) = (systems.to_vec(), cause.to_owned());
        let ticket = String::new();
        self.must("declare the outage", Command::DeclareOutage { systems, cause, ticket })
    }

    /// Ends the outage, if one is open.
    ///
    /// # Errors
    /// [`LaneError`] when the register refuses.
    pub fn end_outage(&mut self) -> Result<(), LaneError> {
        if self.running()?.book().outages.current().is_none() {
            return Ok(());
        }
        self.must("end the outage", Command::EndOutage { note: "drill".to_owned() })
    }

    /// Moves what is above the float out of the drawer; nothing when there is nothing.
    ///
    /// # Errors
    /// [`LaneError`] when the register refuses.
    pub fn empty_drawer(&mut self, kind: CashMovementKind) -> Result<Money, LaneError> {
        let shift = self.running()?.ledger().state().open_shift.clone();
        let expected = shift.and_then(|shift| shift.drawer.expected_cash().ok());
        let above = expected.and_then(|cash| cash.minus(FLOAT).ok()).unwrap_or_default();
        if above > Money::ZERO {
            let note = "drill: counted by two".to_owned();
            // The journal's next record: no bag of the store has this number twice.
            let next = self.running()?.ledger().chain().next_seq;
            let bag = match kind {
                CashMovementKind::Drop => BagNo::parse(&format!("D{}-{next}", self.number)),
                _ => None,
            };
            let movement = CashMovement { note, bag, ..CashMovement::new(kind, above) };
            self.must("move cash", Command::MoveCash { movement })?;
        }
        Ok(above.max(Money::ZERO))
    }

    /// Closes the shift with what is in the drawer, and signs out.
    ///
    /// # Errors
    /// [`LaneError`] when the register refuses.
    pub fn close_shift(&mut self) -> Result<(), LaneError> {
        let Some(shift) = self.running()?.ledger().state().open_shift.clone() else {
            return Ok(());
        };
        let cash = shift.drawer.expected_cash().unwrap_or_default();
        let checks = shift.drawer.checks;
        self.must("close the shift", Command::close_shift(cash, checks))?;
        self.must("sign out", Command::SignOut)
    }

    /// The next person takes over with a new shift.
    ///
    /// # Errors
    /// [`LaneError`] when the register refuses.
    pub fn change_shift(&mut self) -> Result<(), LaneError> {
        self.close_shift()?;
        self.on_duty = self.on_duty.saturating_add(1);
        self.sign_in()?;
        self.open_shift()
    }

    /// The scenario says which day it is, also where it is played again or the prices are later.
    fn open_shift(&mut self) -> Result<(), LaneError> {
        let (number, act) = (self.number, "open a shift");
        let opened = self.running()?.open_shift_for_drill(FLOAT);
        match self.refusal(opened)? {
            None => Ok(()),
            Some(why) => Err(LaneError::Refused { number, act, why }),
        }
    }

    /// Somebody else of the staff signs in, by their place; the shift stays its cashier's.
    ///
    /// # Errors
    /// [`LaneError`] when the register refuses.
    pub(super) fn hand_to(&mut self, place: usize) -> Result<(), LaneError> {
        self.must("sign out", Command::SignOut)?;
        self.on_duty = place;
        self.sign_in()
    }

    /// The number of somebody else of the staff.
    pub(super) fn colleague(&self) -> Option<String> {
        let place = self.on_duty.saturating_add(1).checked_rem(self.staff.len())?;
        self.staff.get(place).filter(|_| place != self.on_duty).map(|one| one.id.to_string())
    }

    /// How many people the lane has.
    pub(super) const fn staff_count(&self) -> usize {
        self.staff.len()
    }

    /// Ends the register in good order.
    ///
    /// # Errors
    /// [`LaneError`] when the ledger could not be closed.
    pub fn stop(&mut self) -> Result<(), LaneError> {
        let number = self.number;
        match self.register.take() {
            None => Ok(()),
            Some(register) => register
                .close()
                .map_err(|error| LaneError::Start { number, source: StartError::Ledger(error) }),
        }
    }

    fn pay(&mut self, basket: &Basket, cut: Option<PowerCut>) -> Result<Ended, LaneError> {
        self.show_id()?;
        if matches!(self.running()?.view().screen, Screen::Sell(_))
            && let Some(why) = self.asked(Command::BeginTender)?
        {
            return self.give_up(why);
        }
        for tender in tenders_of(basket) {
            if let Some(why) = self.tender(&tender)? {
                return self.give_up(why);
            }
        }
        let Screen::Done(done) = self.running()?.view().screen else {
            return self.give_up(NOT_PAID.to_owned());
        };
        if cut == Some(PowerCut::BeforeReceipt) {
            self.pull_power()?;
        }
        Ok(Ended::Sold(done.proof))
    }

    /// The customers of a drill are of age and carry their ID.
    fn show_id(&mut self) -> Result<(), LaneError> {
        let Screen::Sell(sell) = self.running()?.view().screen else { return Ok(()) };
        if sell.age_to_ask.is_some()
            && let Some(born) = BirthDate::new(1960, 2, 29)
        {
            self.must("check the ID", Command::CheckAge { answer: AgeAnswer::Born(born) })?;
        }
        Ok(())
    }

    fn tender(&mut self, tender: &BasketTender) -> Result<Option<String>, LaneError> {
        match tender {
            BasketTender::Cash(amount) => {
                let amount = *amount;
                let take = |confirmed| Command::TakeCash { amount, confirmed };
                match self.running()?.handle(take(false)) {
                    Answer::Refused(Refusal::TenderDoubtful(_)) => self.asked(take(true)),
                    answer => self.refusal(answer),
                }
            }
            BasketTender::Check(amount, number) => {
                let (amount, number) = (*amount, number.as_str().to_owned());
                self.asked(Command::TakeCheck { amount, number })
            }
        }
    }

    fn give_up(&mut self, why: String) -> Result<Ended, LaneError> {
        // A basket none of whose lines was taken leaves nothing to give up.
        self.asked(Command::AbandonSale)?;
        Ok(Ended::GivenUp(why))
    }

    fn sign_in(&mut self) -> Result<(), LaneError> {
        let place = self.on_duty.checked_rem(self.staff.len()).unwrap_or(0);
        let number = self.number;
        let Some(person) = self.staff.get(place).cloned() else {
            let why = "the pack has nobody who may lead".to_owned();
            return Err(LaneError::Refused { number, act: "sign in", why });
        };
        let answer = self.running()?.sign_in_for_drill(person);
        match self.refusal(answer)? {
            None => Ok(()),
            Some(why) => Err(LaneError::Refused { number, act: "sign in", why }),
        }
    }

    pub(super) fn must(&mut self, act: &'static str, command: Command) -> Result<(), LaneError> {
        let number = self.number;
        match self.asked(command)? {
            None => Ok(()),
            Some(why) => Err(LaneError::Refused { number, act, why }),
        }
    }

    /// Does a command, with a colleague's signature where it needs one; the refusal's words when
    /// it was refused.
    pub(super) fn asked(&mut self, command: Command) -> Result<Option<String>, LaneError> {
        let mut answer = self.running()?.handle(command);
        if matches!(answer, Answer::Refused(Refusal::NeedsApproval(..))) {
            let next = self.on_duty.saturating_add(1);
            let place = next.checked_rem(self.staff.len()).unwrap_or(0);
            if let Some(colleague) = self.staff.get(place).cloned() {
                answer = self.running()?.approve_for_drill(&colleague);
            }
        }
        self.refusal(answer)
    }

    /// Why the newest line can't be paid: nobody stands by who could key its price.
    fn open_line(&mut self) -> Result<Option<String>, LaneError> {
        let Screen::Sell(sell) = self.running()?.view().screen else { return Ok(None) };
        Ok(sell.open.first().map(|line| match line.missing {
            Missing::Item => Refusal::UnknownItem(line.code.clone()).text().to_string(),
            Missing::Price | Missing::Weight => Refusal::WeightMissing.text().to_string(),
        }))
    }

    fn refusal(&mut self, answer: Answer) -> Result<Option<String>, LaneError> {
        match answer {
            Answer::Done => Ok(None),
            Answer::Refused(refusal) => Ok(Some(refusal.text().to_string())),
            Answer::Stopped => {
                let number = self.number;
                let what = match self.running()?.view().screen {
                    Screen::Stopped(stopped) => stopped.what.to_string(),
                    _ => "it can't record".to_owned(),
                };
                Err(LaneError::Stopped { number, what })
            }
        }
    }
}
