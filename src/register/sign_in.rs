//! Signing in and out. A basket waits for its cashier.

use crate::domain::event::Event;
use crate::domain::ids::PersonId;
use crate::domain::person::Person;
use crate::domain::refusal::Refusal;
use crate::pack::PinCheck;

use super::command::Pin;
use super::register::{Answer, Register, Said, Setback};

impl Register {
    /// Checks a number and its PIN. An unknown number takes as long and says the same.
    pub(super) fn sign_in(&mut self, number: &str, pin: &Pin) -> Result<Option<Said>, Setback> {
        self.closed = None;
        let now_ms = self.clock.mono_ms();
        if let Some(until) = self.lockout.locked_until_ms(number, now_ms) {
            self.locked_number = Some(number.to_owned());
            let seconds = until.saturating_sub(now_ms).div_ceil(1_000);
            return Err(Refusal::LockedOut(u32::try_from(seconds).unwrap_or(u32::MAX)).into());
        }
        let id = PersonId::parse(number).map_err(|_| Refusal::WrongPin)?;
        self.lockout.count(number, now_ms);
        let person = match self.pack()?.check_pin(&id, pin.digits())? {
            PinCheck::Right(person) => person,
            PinCheck::Wrong => {
                self.locked_number = Some(number.to_owned());
                return Err(Refusal::WrongPin.into());
            }
        };
        self.lockout.forgive(number);
        self.locked_number = None;
        self.let_in(person)
    }

    /// Signs somebody in without a PIN, for drills: no command leads here.
    pub(crate) fn sign_in_for_drill(&mut self, person: Person) -> Answer {
        self.closed = None;
        match self.let_in(person) {
            Ok(_) => Answer::Done,
            Err(Setback::Refused(refusal)) => Answer::Refused(refusal),
            Err(Setback::NotRecorded(error)) => {
                self.stop(&error);
                Answer::Stopped
            }
        }
    }

    fn let_in(&mut self, person: Person) -> Result<Option<Said>, Setback> {
        if let Ok(shift) = self.shift()
            && shift.cashier != person.id
            && !person.role.leads()
        {
            return Err(Refusal::DrawerOfAnother(shift.cashier.to_string()).into());
        }
        let (name, role) = (person.name.clone(), person.role);
        let event = Event::SignIn { person: person.id.clone(), role };
        let before = self.person.replace(person);
        if let Err(error) = self.record(event) {
            self.person = before;
            return Err(error.into());
        }
        Ok(Some(Said::done(format!("Hello {name}"))))
    }

    /// Signs out; the basket and the shift stay.
    pub(super) fn sign_out(&mut self) -> Result<Option<Said>, Setback> {
        self.closed = None;
        let person = self.person()?.id.clone();
        self.record(Event::SignOut { person })?;
        self.person = None;
        // What was keyed of a check is nobody else's to see.
        self.checks.leave();
        Ok(None)
    }
}
