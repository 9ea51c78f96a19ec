//! Wrong PINs at this register: who must wait, what is recorded of it, and who may end a wait.
//!
//! ```text
//!  wrong ─▶ 4th in a row: a wait ─▶ pin_guessed     right ─▶ wrong ones before? ─▶ pin_guessed
//!  a lead, who sees who it is ─▶ end_wait ─▶ wait_ended ─▶ the count begins again
//! ```
//!
//! On the training side nothing is recorded that central hears of, so it waits for the real side;
//! what a busy disk does not take waits for the next right PIN.

use crate::domain::approval::Case;
use crate::domain::event::Event;
use crate::domain::guessing::{PinGuessed, WaitEnded};
use crate::domain::ids::PersonId;
use crate::domain::lockout::Tried;
use crate::domain::person::Person;
use crate::domain::refusal::Refusal;
use crate::domain::words::words;
use crate::ledger::LedgerError;

use super::register::{Register, Said, Setback};
use super::tries::Waiting;

/// Until when what was keyed last is refused, on the monotonic clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused {
    until_ms: u64,
}

impl Register {
    /// Refuses what must wait.
    pub(super) fn must_not_wait(&mut self, tried: Tried<'_>) -> Result<(), Refusal> {
        let now_ms = self.clock.mono_ms();
        let Some(until_ms) = self.tries.waits_until(tried, now_ms) else { return Ok(()) };
        self.refused = Some(Refused { until_ms });
        let seconds = until_ms.saturating_sub(now_ms).div_ceil(1_000);
        Err(Refusal::LockedOut(u32::try_from(seconds).unwrap_or(u32::MAX)))
    }

    /// Until when what was keyed last is refused; none when it may be tried.
    pub(super) fn refused_until_ms(&self) -> Option<u64> {
        let now_ms = self.clock.mono_ms();
        self.refused.map(|refused| refused.until_ms).filter(|until| *until > now_ms)
    }

    /// A PIN or an answer was wrong. What makes somebody wait is recorded, once a wait.
    pub(super) fn it_was_wrong(&mut self, tried: Tried<'_>) -> Result<(), LedgerError> {
        let guesses = self.tries.was_wrong(tried, self.clock.as_ref());
        let until_ms = self.tries.waits_until(tried, self.clock.mono_ms());
        self.refused = until_ms.map(|until_ms| Refused { until_ms });
        if guesses.is_empty() {
            return Ok(());
        }
        for guessed in guesses {
            self.tell(guessed)?;
        }
        self.tries.keep();
        Ok(())
    }

    /// It was right. Wrong ones before it are recorded, and the count begins again.
    pub(super) fn it_was_right(&mut self, tried: Tried<'_>) -> Result<(), LedgerError> {
        self.refused = None;
        if let Some(guessed) = self.tries.was_right(tried) {
            self.tell(guessed)?;
        }
        if self.tries.has_untold() {
            self.tell_untold()?;
        }
        self.tries.keep();
        Ok(())
    }

    /// What the training side left, and what the plug cut off, is recorded by the real side.
    pub(super) fn tell_untold(&mut self) -> Result<(), LedgerError> {
        if self.training {
            return Ok(());
        }
        let untold = self.tries.take_untold();
        if untold.is_empty() {
            return Ok(());
        }
        for guessed in untold {
            self.tell(guessed)?;
        }
        self.tries.keep();
        Ok(())
    }

    fn tell(&mut self, guessed: PinGuessed) -> Result<(), LedgerError> {
        if self.training {
            self.tries.keep_untold(guessed);
            return Ok(());
        }
        match self.record(Event::PinGuessed(guessed.clone())) {
            // The disk is busy: it is recorded with the next one. A try is answered all the same.
            Err(error @ LedgerError::Locked { .. }) => {
                tracing::warn!(%error, "wrong PINs are recorded a little later");
                self.tries.keep_untold(guessed);
                Ok(())
            }
            told => told.map(|_| ()),
        }
    }

    /// What whoever signs in is told where wrong PINs can't be kept.
    pub(super) fn unkept_tries_news(&self) -> Option<Said> {
        self.tries.is_unkept().then(|| {
            let what = words!("Wrong PINs can't be kept: their file can't be written");
            let remedy = words!("Selling goes on. Tell IT: the register's disk needs a look.");
            Said::attention(what, remedy)
        })
    }

    /// What somebody who leads is told when they sign in: wrong PINs of today that they have not
    /// heard of.
    pub(super) fn wrong_pins_news(&self, person: &Person) -> Option<Said> {
        let news = self.book.guesses.news_for(&person.id, self.business_date());
        let tries = news.iter().map(|one| u64::from(one.guessed.tries));
        let tries = tries.fold(0, u64::saturating_add);
        (person.role.leads() && tries > 0).then(|| {
            let remedy = words!("See \"Wrong PINs\" under Shift F11, and ask whose hand it was.");
            Said::attention(words!("Today {} wrong PINs made somebody wait", tries), remedy)
        })
    }

    /// Who of the store waits here.
    pub(super) fn waiting(&self) -> Vec<Waiting> {
        self.tries.waiting(self.clock.mono_ms())
    }

    /// Ends somebody's wait: a cashier's by a lead, anybody else's by a manager, one's own by
    /// nobody.
    pub(super) fn end_wait(&mut self, person: &PersonId) -> Result<Said, Setback> {
        let tries = self.waiting().into_iter().find(|one| one.person == *person);
        let tries = tries.map(|one| one.tries).ok_or(Refusal::NoSuchLine)?;
        if self.person()?.id == *person {
            return Err(Refusal::OwnAct.into());
        }
        let of = self.pack()?.person(person)?.ok_or(Refusal::NoSuchLine)?;
        let case = Case::EndWait { of: of.role };
        let about = || words!("{} · {} wrong PINs", of.name.as_str(), tries);
        let approval = self.authorise_of(&case, person.clone(), about)?;
        self.record(Event::WaitEnded(WaitEnded { person: person.clone(), tries, approval }))?;
        self.tries.end_waits(person);
        self.refused = None;
        Ok(Said::done(words!("{} may sign in again", of.name.as_str())))
    }
}
