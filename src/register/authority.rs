//! Second signatures: an act above somebody's authority is parked until another person signs.
//!
//! ```text
//!  Command ─▶ authorise(case) ─ allowed ─▶ goes on
//!                 └ NeedsApproval ─▶ parked, the view asks ─▶ Approve(number, PIN) ─▶ run again
//!                                                          └▶ Decline ─▶ nothing happened
//! ```
//!
//! The signature is used up by the command it was given for, and recorded with what it did.

use crate::domain::approval::{Act, Approval, Case, Ruling};
use crate::domain::badge::Badge;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{PersonId, SaleNo};
use crate::domain::lockout::Tried;
use crate::domain::person::{Person, Role};
use crate::domain::refusal::Refusal;
use crate::domain::sale::APPROVALS_MAX;
use crate::domain::words::Words;
use crate::pack::{Opened, Pack, PackError};

use super::command::{Command, Pin};
use super::register::{Answer, Phase, Register, Said, Setback};
use super::view::Ask;

/// A command that waits for a signature.
#[derive(Clone, Debug)]
pub(super) struct Parked {
    command: Command,
    ask: Ask,
    granted: Vec<Approval>,
    picked: Option<ItemCode>,
    about: Words,
    barred: Option<PersonId>,
}

impl From<PackError> for Setback {
    fn from(error: PackError) -> Self {
        Self::Refused(Refusal::NoPack(error.to_string()))
    }
}

impl Register {
    /// Whether the signed-in person may do this: none when they may alone, the signature of the
    /// other person otherwise.
    pub(super) fn authorise(&mut self, case: &Case) -> Result<Option<Approval>, Setback> {
        let role = self.person()?.role;
        let Ruling::Ask(needed) = self.policy()?.limits.decide(role, case) else {
            return Ok(None);
        };
        let barred = self.barred.as_ref();
        let fits = |approval: &Approval| {
            approval.act == case.act() && approval.role >= needed && barred != Some(&approval.by)
        };
        match self.granted.iter().position(fits) {
            // Asked before anything changes: what could not be recorded must not be done.
            Some(_) if !self.can_hold_an_approval() => Err(Refusal::TooManyApprovals.into()),
            Some(place) => Ok(Some(self.granted.remove(place))),
            None => Err(Refusal::NeedsApproval(case.act(), needed).into()),
        }
    }

    /// The same; `about` tells whoever is asked to sign what it is about.
    pub(super) fn authorise_about(
        &mut self,
        case: &Case,
        about: impl FnOnce() -> Words,
    ) -> Result<Option<Approval>, Setback> {
        let answer = self.authorise(case);
        if let Err(Setback::Refused(Refusal::NeedsApproval(..))) = &answer {
            self.about = about();
        }
        answer
    }

    /// The same, where whoever sold what the money goes back for does not sign for it either.
    pub(super) fn authorise_money_back(
        &mut self,
        case: &Case,
        seller: Option<PersonId>,
        about: impl FnOnce() -> Words,
    ) -> Result<Option<Approval>, Setback> {
        self.barred = seller;
        let answer = self.authorise_about(case, about);
        if answer.is_ok() {
            self.barred = None;
        }
        answer
    }

    /// The same, where this person does not sign for it, since it is about them.
    pub(super) fn authorise_of(
        &mut self,
        case: &Case,
        person: PersonId,
        about: impl FnOnce() -> Words,
    ) -> Result<Option<Approval>, Setback> {
        self.authorise_money_back(case, Some(person), about)
    }

    fn can_hold_an_approval(&self) -> bool {
        let held = match &self.phase {
            Phase::Basket(basket) => basket.terms().approvals.len(),
            Phase::Tendering(tendering, _) => tendering.terms().approvals.len(),
            Phase::Done(_) => 0,
        };
        held < APPROVALS_MAX
    }

    /// Takes a command that holds nothing it may not: an answer to what is asked, or another one.
    pub(super) fn hear(&mut self, command: Command) -> Result<Option<Said>, Setback> {
        match (&self.restart, command) {
            (Some(_), Command::AcknowledgeRestart) => {
                self.restart_is_read();
                Ok(None)
            }
            (Some(_), _) => Err(Refusal::AnswerFirst.into()),
            (None, Command::Approve { person, pin }) => self.approve(&person, &pin),
            (None, Command::Choose { place }) => self.choose_item(place),
            (None, Command::Decline) => self.decline(),
            (None, Command::Lock) => {
                // What waits for somebody's word is asked anew by whoever signs in.
                self.parked = None;
                self.run(Command::SignOut, Vec::new())
            }
            (None, _) if self.parked.is_some() => Err(Refusal::AnswerFirst.into()),
            (None, command) => self.run(command, Vec::new()),
        }
    }

    /// Parks a command whose refusal asks for a signature.
    pub(super) fn park(&mut self, command: Command, refusal: &Refusal, granted: Vec<Approval>) {
        let ask = match refusal {
            Refusal::NeedsApproval(act, role) => Ask::Approval { act: *act, role: *role },
            Refusal::WhichItem(candidates) => Ask::Which(candidates.clone()),
            _ => return,
        };
        let (picked, about) = (self.picked.take(), std::mem::take(&mut self.about));
        let barred = self.barred.take();
        self.parked = Some(Parked { command, ask, granted, picked, about, barred });
    }

    /// What the screen asks.
    pub(super) fn ask(&self) -> Option<Ask> {
        self.parked.as_ref().map(|parked| parked.ask.clone())
    }

    /// What the question is about, where more can be said than its act.
    pub(super) fn asked_about(&self) -> Words {
        self.parked.as_ref().map(|parked| parked.about.clone()).unwrap_or_default()
    }

    /// Somebody else signs: the parked command runs again.
    pub(super) fn approve(&mut self, number: &str, pin: &Pin) -> Result<Option<Said>, Setback> {
        if self.parked.is_none() {
            return Err(Refusal::NothingToApprove.into());
        }
        if number == self.person()?.id.as_str() {
            return Err(Refusal::OwnAct.into());
        }
        let person = self.check_pin(number, pin)?;
        self.sign(&person)
    }

    /// Somebody signs without a PIN, for drills: no command leads here.
    pub(crate) fn approve_for_drill(&mut self, person: &Person) -> Answer {
        match self.sign(person) {
            Ok(_) => Answer::Done,
            Err(Setback::Refused(refusal)) => {
                self.parked = None;
                Answer::Refused(refusal)
            }
            Err(Setback::NotRecorded(error)) => {
                self.stop(&error);
                Answer::Stopped
            }
        }
    }

    fn sign(&mut self, person: &Person) -> Result<Option<Said>, Setback> {
        let parked = self.parked.clone().ok_or(Refusal::NothingToApprove)?;
        let Ask::Approval { act, role } = parked.ask else {
            return Err(Refusal::NothingToApprove.into());
        };
        if self.person()?.id == person.id {
            return Err(Refusal::OwnAct.into());
        }
        if parked.barred.as_ref() == Some(&person.id) {
            let own = if act == Act::EndWait { Refusal::OwnAct } else { Refusal::OwnSale };
            return Err(own.into());
        }
        if !may_sign(person, role) {
            return Err(Refusal::NeedsApproval(act, role).into());
        }
        let already = |approval: &Approval| approval.by == person.id;
        if parked.granted.iter().any(already) {
            return Err(Refusal::OwnAct.into());
        }
        let mut granted = parked.granted;
        granted.push(Approval { act, by: person.id.clone(), role: person.role });
        self.parked = None;
        self.picked = parked.picked;
        self.run(parked.command, granted)
    }

    /// The code of the item at that place of the question.
    pub(super) fn candidate(&self, place: usize) -> Result<ItemCode, Refusal> {
        match self.parked.as_ref().map(|parked| &parked.ask) {
            Some(Ask::Which(candidates)) => {
                candidates.get(place).map(|one| one.code.clone()).ok_or(Refusal::NoSuchLine)
            }
            _ => Err(Refusal::NothingToChoose),
        }
    }

    /// The command that asked which item it is runs again, with this one.
    pub(super) fn pick(&mut self, code: ItemCode) -> Result<Option<Said>, Setback> {
        let parked = self.parked.take().ok_or(Refusal::NothingToChoose)?;
        self.picked = Some(code);
        self.run(parked.command, parked.granted)
    }

    /// Nobody signs.
    pub(super) fn decline(&mut self) -> Result<Option<Said>, Setback> {
        if self.parked.take().is_none()
            && let Some(asked) = &self.unprinted
        {
            self.receipt_is_settled(SaleNo(asked.number));
        }
        Ok(None)
    }

    /// Runs a command with signatures; what is left of them afterwards is void.
    pub(super) fn run(
        &mut self,
        command: Command,
        granted: Vec<Approval>,
    ) -> Result<Option<Said>, Setback> {
        self.granted.clone_from(&granted);
        self.barred = None;
        let again = command.clone();
        let result = self.decide(command);
        self.granted.clear();
        if let Err(Setback::Refused(refusal)) = &result {
            self.park(again, refusal, granted);
        }
        self.picked = None;
        result
    }

    /// What is said of a wrong PIN: it does not tell whether a badge was what was missing.
    fn wrong_pin(&self) -> Refusal {
        if self.has_badges() { Refusal::WrongBadgeOrPin } else { Refusal::WrongPin }
    }

    /// Somebody of the store has a badge.
    pub(super) fn has_badges(&self) -> bool {
        self.pack().is_ok_and(Pack::has_badges)
    }

    /// Whose number and PIN these are. An unknown number takes as long and says the same, and
    /// wrong tries are counted whoever asks.
    pub(super) fn check_pin(&mut self, number: &str, pin: &Pin) -> Result<Person, Setback> {
        self.open_pin(number, pin).map(|opened| opened.person)
    }

    /// The same, with the key that the PIN opens, or PIN and badge.
    pub(super) fn open_pin(&mut self, number: &str, pin: &Pin) -> Result<Opened, Setback> {
        let tried = pin.badge().map_or(Tried::Pin(number), Tried::Badge);
        self.must_not_wait(tried)?;
        let wrong = self.wrong_pin();
        let id = PersonId::parse(number).map_err(|_| wrong.clone())?;
        let whose = pin.badge().map_or(&id, Badge::person);
        let known = self.pack()?.person(whose)?.map(|person| person.id);
        // Before the PIN is checked: pulling the plug gains no try.
        self.tries.count(tried, known, self.clock.as_ref());
        match self.pack()?.open_with(&id, pin.digits(), pin.badge())? {
            Some(opened) => {
                self.it_was_right(tried)?;
                Ok(opened)
            }
            None => {
                self.it_was_wrong(tried)?;
                Err(wrong.into())
            }
        }
    }
}

fn may_sign(person: &Person, role: Role) -> bool {
    person.role.leads() && person.role >= role
}
