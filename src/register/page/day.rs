//! The day, where the clock can't be right or new prices begin by it alone: confirmed or keyed by
//! whoever opens the shift.
//!
//! ```text
//!  what day is it? ─ Enter: the last known one ─┐
//!        └ 11232026 ────────────────────────────┴▶ book on it? 1 yes: the shift is open · 2 again
//! ```
//!
//! It is opened by the shift's opening alone, with the float that was counted for it. The shift's
//! first record holds the day beside the clock's time and the person who said it.

use crate::domain::day::{DayFault, keyed};
use crate::domain::money::Money;
use crate::domain::refusal::Refusal;
use crate::domain::shift::CountedPieces;
use crate::domain::time::BusinessDate;
use crate::domain::words::{term, words};
use crate::register::register::{Register, Setback};
use crate::register::view::{Choice, PageAsks, PageView};

use super::{Page, PageInput, PageName, Turn};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct DayPage {
    float: Money,
    pieces: Vec<CountedPieces>,
    keyed: Option<BusinessDate>,
}

impl DayPage {
    /// For a shift that is to be opened with this float.
    pub(in crate::register) const fn for_float(float: Money, pieces: Vec<CountedPieces>) -> Self {
        Self { float, pieces, keyed: None }
    }
}

impl Page for DayPage {
    fn view(&self, register: &Register) -> PageView {
        let known = register.business_date();
        let page = PageView::of(PageName::Day, words!("What day is it?"));
        let Some(day) = self.keyed else {
            let shown = register.clock.now().local_date().to_string();
            let why = match (register.clock_doubt(), register.prices_ask_for_day()) {
                // Central answered while the question stood there.
                (None, None) => words!("The clock says {}, and that is right.", shown),
                (Some(far @ DayFault::ClockIsFar(..)), _) => words!("{}.", &far.text()),
                (None, Some(day)) => {
                    words!(
                        "The clock says {}. New prices hold from {} on; central was not heard \
                         since the start.",
                        shown,
                        day.to_string()
                    )
                }
                _ => words!("The clock says {}, but it was {} already.", shown, known.to_string()),
            };
            return PageView {
                lead: vec![
                    why,
                    words!("Takings, taxes and checks go by the day. Receipts show the clock."),
                    words!("Key month, day and year. Enter alone: {}.", known.to_string()),
                ],
                ..page
            }
            .asking(PageAsks::Digits, term("Today"));
        };
        let mut lead = vec![words!("Open the shift and book it on {}?", day.to_string())];
        if let Some(days) = register.far_off(day) {
            lead.push(words!("That is {} days from any day that is known.", days));
            lead.push(words!("A lead or manager signs for it, or IT lets you in by phone."));
            lead.push(words!("Is nobody there? Key it again, Enter alone, and sell."));
        }
        let choices = vec![Choice::open(words!("Yes")), Choice::open(words!("Key it again"))];
        PageView { step: 1, lead, choices, ..page }
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        match (self.keyed, input) {
            (None, PageInput::Answer { text, .. }) => {
                let text = text.text().trim();
                let day =
                    if text.is_empty() { Some(register.business_date()) } else { keyed(text) };
                let day = day.ok_or(Refusal::Day(DayFault::NotADay))?;
                register.check_day(day)?;
                self.keyed = Some(day);
            }
            (Some(day), PageInput::Choice(0)) => {
                let said = register.open_on(day, self.float, self.pieces.clone())?;
                return Ok(Turn::Leave(said));
            }
            (Some(_), PageInput::Choice(_) | PageInput::Back) => self.keyed = None,
            (None, PageInput::Back) => return Ok(Turn::Leave(None)),
            _ => {}
        }
        Ok(Turn::Stay(None))
    }
}
