//! Signing in and out. A basket waits for its cashier.

use crate::domain::event::{Event, SignInBy};
use crate::domain::person::Person;
use crate::domain::refusal::Refusal;
use crate::domain::words::words;

use super::command::Pin;
use super::register::{Answer, Register, Said, Setback};

impl Register {
    /// Checks a number and its PIN, and a badge where they have one. An unknown number takes as
    /// long and says the same.
    pub(super) fn sign_in(&mut self, number: &str, pin: &Pin) -> Result<Option<Said>, Setback> {
        self.closed = None;
        let opened = self.open_pin(number, pin)?;
        let key = self.pack()?.order_key(&opened.person.id, &opened.key)?;
        let by = if opened.with_badge { SignInBy::Badge } else { SignInBy::Pin };
        let said = self.let_in(opened.person, by)?;
        self.pickups.unlock(key);
        Ok(said)
    }

    /// Signs somebody in without a PIN, for drills and simulations: no command leads here.
    pub fn sign_in_for_drill(&mut self, person: Person) -> Answer {
        self.closed = None;
        match self.let_in(person, SignInBy::Pin) {
            Ok(_) => Answer::Done,
            Err(Setback::Refused(refusal)) => Answer::Refused(refusal),
            Err(Setback::NotRecorded(error)) => {
                self.stop(&error);
                Answer::Stopped
            }
        }
    }

    /// Notes what a drill played, in its own journal: no command leads here.
    pub(crate) fn note_for_drill(&mut self, text: String) -> Answer {
        match self.record(Event::Note { text }) {
            Ok(_) => Answer::Done,
            Err(error) => {
                self.stop(&error);
                Answer::Stopped
            }
        }
    }

    pub(super) fn let_in(&mut self, person: Person, by: SignInBy) -> Result<Option<Said>, Setback> {
        if let Ok(shift) = self.shift()
            && shift.cashier != person.id
            && !person.role.leads()
        {
            return Err(Refusal::DrawerOfAnother(shift.cashier.to_string()).into());
        }
        let (name, role) = (person.name.clone(), person.role);
        let wrong_pins = self.wrong_pins_news(&person);
        let event = Event::SignIn { person: person.id.clone(), role, by };
        let before = self.person.replace(person);
        self.pickups.lock();
        if let Err(error) = self.record(event) {
            self.person = before;
            return Err(error.into());
        }
        self.vouched = by == SignInBy::Phone;
        // Said once; the others are said again.
        if let Some(news) = wrong_pins {
            return Ok(Some(news));
        }
        if let Some(doubt) = self.clock_doubt()
            && self.shift().is_err()
        {
            return Ok(Some(Said::attention(
                doubt.text(),
                words!("You are asked for the day when the shift is opened. Ask IT to set it."),
            )));
        }
        if let Some(news) = self.unkept_tries_news() {
            return Ok(Some(news));
        }
        // Whoever leads hears it at each sign-in, and finds it under readiness.
        if let Some((what, remedy)) = self.key.trouble().filter(|_| role.leads()) {
            return Ok(Some(Said::attention(what, remedy)));
        }
        Ok(Some(Said::done(words!("Hello {}", name))))
    }

    /// Signs out; the basket and the shift stay.
    pub(super) fn sign_out(&mut self) -> Result<Option<Said>, Setback> {
        self.closed = None;
        let person = self.person()?.id.clone();
        self.record(Event::SignOut { person })?;
        self.person = None;
        self.vouched = false;
        self.leave_page();
        // What was keyed of a check is nobody else's to see.
        self.checks.leave();
        self.pickups.lock();
        Ok(None)
    }
}
