//! Float and change, counted piece by piece: the float opens a shift; in an open one it is a loan.
//!
//! ```text
//!  how many of 100.00? ─▶ 50.00? ─▶ … ─▶ 0.01? ─▶ sum ─▶ 1 yes · 2 count again
//!        └ F4: the rest is none ────────────────▶
//! ```
//!
//! Only what was counted so can be forecast (`domain::change_forecast`). The way with one sum
//! stays: the float on its own screen, a loan under F10.

use crate::domain::denomination::denominations;
use crate::domain::drawer::{CashMovement, CashMovementKind};
use crate::domain::money::Money;
use crate::domain::refusal::Refusal;
use crate::domain::shift::{CountedPieces, worth};
use crate::domain::words::{Words, term, words};
use crate::register::register::{Register, Setback};
use crate::register::view::{Choice, PageAction, PageAsks, PageView};

use super::{Page, PageInput, PageName, Turn};

/// More of one piece than any drawer holds.
const PIECES_MAX: u32 = 100_000;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct FloatPage {
    counted: Vec<CountedPieces>,
}

impl Page for FloatPage {
    fn view(&self, register: &Register) -> PageView {
        let opens = register.shift().is_err();
        let title = if opens { words!("Count the float") } else { words!("Count a loan") };
        let step = u32::try_from(self.counted.len()).unwrap_or(u32::MAX);
        let some = self.counted.iter().filter(|pieces| pieces.count > 0);
        let page = PageView {
            step,
            answered: some
                .map(|pieces| (words!("{}", pieces.value), Words::data(pieces.count.to_string())))
                .collect(),
            ..PageView::of(PageName::Float, title)
        };
        let sum = worth(&self.counted).unwrap_or_default();
        match values(register).get(self.counted.len()) {
            Some(value) => PageView {
                lead: vec![
                    words!("How many of {}?", *value),
                    words!("Enter alone is none. F4: the rest is none."),
                ],
                actions: vec![PageAction::go(term("The rest is none"), sum > Money::ZERO)],
                ..page
            }
            .asking(PageAsks::Digits, term("How many")),
            None => PageView {
                lead: vec![if opens {
                    words!("{} is in the drawer. Enter it and open the shift?", sum)
                } else {
                    words!("{} came into the drawer, counted by two?", sum)
                }],
                choices: vec![Choice::open(words!("Yes")), Choice::open(words!("Count again"))],
                ..page
            },
        }
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        let values = values(register);
        match (values.get(self.counted.len()), input) {
            (Some(value), PageInput::Answer { text, .. }) => {
                let text = text.text().trim();
                let count = if text.is_empty() { Some(0) } else { text.parse().ok() };
                let count = count.filter(|count| *count <= PIECES_MAX);
                let count = count.ok_or(Refusal::QuantityOutOfRange)?;
                self.counted.push(CountedPieces { value: *value, count });
            }
            (Some(_), PageInput::Action(0)) if worth(&self.counted)? > Money::ZERO => {
                let rest = values.iter().skip(self.counted.len());
                let none = rest.map(|value| CountedPieces { value: *value, count: 0 });
                self.counted.extend(none.collect::<Vec<_>>());
            }
            (None, PageInput::Choice(0)) => return self.finish(register),
            (None, PageInput::Choice(_)) => self.counted.clear(),
            (_, PageInput::Back) if self.counted.is_empty() => return Ok(Turn::Leave(None)),
            (_, PageInput::Back) => {
                self.counted.pop();
            }
            _ => {}
        }
        Ok(Turn::Stay(None))
    }
}

impl FloatPage {
    fn finish(&self, register: &mut Register) -> Result<Turn, Setback> {
        let pieces: Vec<CountedPieces> =
            self.counted.iter().copied().filter(|pieces| pieces.count > 0).collect();
        let amount = worth(&pieces)?;
        let said = if register.shift().is_err() {
            register.open_counted(amount, pieces)?
        } else {
            let loan = CashMovement::new(CashMovementKind::Loan, amount);
            register.move_cash(CashMovement { pieces, ..loan })?
        };
        Ok(Turn::Leave(said))
    }
}

fn values(register: &Register) -> Vec<Money> {
    let policy = register.policy().ok();
    policy.map_or_else(Vec::new, |policy| denominations(policy.currency, policy.cash_rounding))
}
