//! Which day is booked: the open shift's, the clock's, or the one a person named. A person is asked
//! where the clock can't be right, where it is far from all that is known, and where new prices
//! would begin by this clock alone.

use crate::domain::approval::{Case, Limits};
use crate::domain::day::{DayFault, DaySet, days_off};
use crate::domain::event::Event;
use crate::domain::money::Money;
use crate::domain::refusal::Refusal;
use crate::domain::shift::CountedPieces;
use crate::domain::time::{BusinessDate, Timestamp};
use crate::domain::words::words;

use super::page::Task;
use super::page::day::DayPage;
use super::register::{Answer, Register, Said, Setback};

impl Register {
    /// The day that is booked now. Where the clock can't be right, the last day that is known.
    pub(super) fn business_date(&self) -> BusinessDate {
        let open = self.ledger.state().open_shift.as_ref().map(|shift| shift.date);
        let told = open.or(self.day);
        told.unwrap_or_else(|| {
            let shown = self.clock.now().local_date();
            match self.known_day() {
                Some(known) if self.clock_doubt().is_some() => known,
                _ => shown,
            }
        })
    }

    /// What speaks against the clock's day.
    pub(super) fn clock_doubt(&self) -> Option<DayFault> {
        let shown = self.clock.now().local_date();
        if self.known_day().is_some_and(|known| shown.is_before_known(known)) {
            return Some(DayFault::ClockIsWrong(shown));
        }
        self.far_off(shown).map(|days| DayFault::ClockIsFar(shown, days))
    }

    /// The last day that was booked or priced here.
    pub(super) fn known_day(&self) -> Option<BusinessDate> {
        self.prices_day().max(self.ledger.state().last_day)
    }

    /// How many days a day lies from all that speaks for one, where that is more than anybody's
    /// word is enough for. Learning may be on any day.
    pub(super) fn far_off(&self, day: BusinessDate) -> Option<u32> {
        if self.training {
            return None;
        }
        let now = self.clock.now();
        let by_central = self.clock_off_ms.and_then(|ahead_ms| {
            let at = Timestamp::new(now.utc_ms.saturating_sub(ahead_ms), now.offset_min)?;
            Some(at.local_date())
        });
        let known = [self.known_day(), by_central, self.book.last_day()].into_iter().flatten();
        let reach = self.policy().map_or(Limits::default().day_reach, |of| of.limits.day_reach);
        days_off(day, known).filter(|days| *days > reach)
    }

    fn prices_day(&self) -> Option<BusinessDate> {
        self.pack.as_ref().ok().map(|pack| pack.published_at().local_date())
    }

    /// A shift is not opened on a day nobody said: the page asks, and goes on with this float.
    pub(super) fn ask_for_day(
        &mut self,
        float: Money,
        pieces: &[CountedPieces],
    ) -> Result<(), Refusal> {
        if self.day.is_some() {
            return Ok(());
        }
        let waits = || self.prices_ask_for_day().map(DayFault::PricesWait);
        let Some(fault) = self.clock_doubt().or_else(waits) else { return Ok(()) };
        self.closed = None;
        self.page = Some(Task::Day(DayPage::for_float(float, pieces.to_vec())));
        Err(Refusal::Day(fault))
    }

    /// New prices hold from this day on, and nobody but this clock says that it has come: central
    /// was not heard since the start.
    pub(super) fn prices_ask_for_day(&self) -> Option<BusinessDate> {
        self.packs.asks_for_day().map(|at| at.local_date())
    }

    /// A day that a person named: not before the prices, which are signed.
    pub(super) fn check_day(&self, day: BusinessDate) -> Result<(), Refusal> {
        match self.prices_day().filter(|prices| day.is_before_known(*prices)) {
            Some(prices) => Err(Refusal::Day(DayFault::BeforePrices(prices))),
            None => Ok(()),
        }
    }

    /// Opens the shift on the day that was said; its first record holds day, person and clock.
    pub(super) fn open_on(
        &mut self,
        day: BusinessDate,
        float: Money,
        pieces: Vec<CountedPieces>,
    ) -> Result<Option<Said>, Setback> {
        self.check_day(day)?;
        let set = self.stand_behind(day)?;
        self.day = Some(day);
        let opened = match set.map_or(Ok(()), |set| self.record(Event::DaySet(set)).map(|_| ())) {
            Ok(()) => self.open_counted(float, pieces),
            Err(error) => Err(error.into()),
        };
        // From here on the shift has its day; the next one is asked for again.
        self.day = None;
        if opened.is_ok() {
            self.packs.day_is_said(day);
        }
        opened
    }

    /// Who stands behind a day that is far off; nobody has to behind any other. Whom IT let in by
    /// phone has spoken with somebody who knows the day.
    fn stand_behind(&mut self, day: BusinessDate) -> Result<Option<DaySet>, Setback> {
        let Some(days) = self.far_off(day) else { return Ok(None) };
        let approval = if self.vouched {
            None
        } else {
            let about = || words!("{} · {} days from any that is known", day.to_string(), days);
            self.authorise_about(&Case::SetDay, about)?
        };
        Ok(Some(DaySet { day, days, approval }))
    }

    /// Opens a shift on the clock's day whatever is known, for drills: no command leads here.
    pub(crate) fn open_shift_for_drill(&mut self, float: Money) -> Answer {
        self.day = Some(self.clock.now().local_date());
        let opened = self.open_counted(float, Vec::new());
        self.day = None;
        match opened {
            Ok(_) => Answer::Done,
            Err(Setback::Refused(refusal)) => Answer::Refused(refusal),
            Err(Setback::NotRecorded(error)) => {
                self.stop(&error);
                Answer::Stopped
            }
        }
    }
}
