//! Which day is booked: the open shift's, the clock's, or the one a person named. A person is asked
//! where the clock can't be right, and where new prices would begin by this clock alone.

use crate::domain::day::DayFault;
use crate::domain::money::Money;
use crate::domain::refusal::Refusal;
use crate::domain::shift::CountedPieces;
use crate::domain::time::BusinessDate;

use super::page::Task;
use super::page::day::DayPage;
use super::register::{Answer, Register, Said, Setback};

impl Register {
    /// The day that is booked now. Where the clock can't be right, the last day that is known.
    pub(super) fn business_date(&self) -> BusinessDate {
        let open = self.ledger.state().open_shift.as_ref().map(|shift| shift.date);
        let told = open.or(self.day);
        told.unwrap_or_else(|| match self.wrong_clock() {
            Some((_, known)) => known,
            None => self.clock.now().local_date(),
        })
    }

    /// The clock's day and a later one that was there already, where the clock can't be right.
    pub(super) fn wrong_clock(&self) -> Option<(BusinessDate, BusinessDate)> {
        let shown = self.clock.now().local_date();
        let known = self.prices_day().max(self.ledger.state().last_day)?;
        shown.is_before_known(known).then_some((shown, known))
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
        let fault = match (self.wrong_clock(), self.prices_ask_for_day()) {
            (Some((shown, _)), _) => DayFault::ClockIsWrong(shown),
            (None, Some(day)) => DayFault::PricesWait(day),
            (None, None) => return Ok(()),
        };
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
        self.day = Some(day);
        let opened = self.open_counted(float, pieces);
        // From here on the shift has its day; the next one is asked for again.
        self.day = None;
        if opened.is_ok() {
            self.packs.day_is_said(day);
        }
        opened
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
