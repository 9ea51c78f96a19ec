//! Goods to another store or from it, with a paper that goes along.
//!
//! ```text
//!  to or from ─▶ which store ─▶ from: number on its paper ─▶ scan ─▶ F4 ─▶ recorded
//!                                                                    to: paper printed
//! ```

use crate::domain::goods::change::SlipNo;
use crate::domain::goods::fault::GoodsFault;
use crate::domain::goods::reason::StockReason;
use crate::domain::goods::{LINES_MAX, is_amount};
use crate::domain::gtin::ItemCode;
use crate::domain::ids::StoreNo;
use crate::domain::quantity::Quantity;
use crate::domain::refusal::Refusal;
use crate::domain::words::{Words, term, words};
use crate::register::register::{Register, Said, Setback};
use crate::register::view::{Choice, Column, PageAction, PageAsks, PageView, Row};

use super::{Page, PageInput, PageName, Turn};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct TransferPage {
    step: Step,
    reason: Option<StockReason>,
    other: Option<StoreNo>,
    slip: Option<SlipNo>,
    goods: Vec<(ItemCode, String, Quantity)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    /// To or from another store.
    #[default]
    Way,
    /// Which store.
    Store,
    /// The number on the paper that came along.
    Slip,
    /// What goes.
    Goods,
    /// How many of one.
    HowMany(usize),
}

impl Page for TransferPage {
    fn view(&self, _register: &Register) -> PageView {
        let page = |step, title| PageView { step, ..PageView::of(PageName::Transfer, title) };
        let mut answered = Vec::new();
        if let Some(reason) = self.reason {
            answered.push((words!("Goods"), Words::plain(reason.label())));
        }
        if let Some(other) = self.other {
            answered.push((words!("Store"), Words::data(other.to_string())));
        }
        if let Some(slip) = &self.slip {
            answered.push((words!("Slip"), Words::data(slip.as_str())));
        }
        let view = match self.step {
            Step::Way => PageView {
                choices: [StockReason::TransferOut, StockReason::TransferIn]
                    .map(|reason| Choice::open(Words::plain(reason.label())))
                    .into(),
                ..page(0, words!("Transfer: which way?"))
            },
            Step::Store => {
                page(1, words!("Which store?")).asking(PageAsks::Digits, term("Its number"))
            }
            Step::Slip => page(2, words!("Which number stands on the paper?"))
                .asking(PageAsks::Text, term("Slip")),
            Step::Goods => self.goods_view(page(3, words!("Transfer"))),
            Step::HowMany(place) => {
                let name = self.goods.get(place).map_or("", |(_, name, _)| name);
                answered.push((words!("Item"), Words::data(name)));
                page(4, words!("How many?")).asking(PageAsks::Quantity, term("Quantity"))
            }
        };
        PageView { answered, ..view }
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        match (self.step, input) {
            (Step::Way, PageInput::Choice(place)) => {
                let ways = [StockReason::TransferOut, StockReason::TransferIn];
                self.reason = Some(*ways.get(place).ok_or(Refusal::NoSuchLine)?);
                Ok(self.go(Step::Store))
            }
            (Step::Store, PageInput::Answer { text, .. }) => {
                let number = text.text().parse().ok().filter(|number| *number > 0);
                let other = StoreNo(number.ok_or(GoodsFault::Number)?);
                if other == register.ledger().chain().journal.store {
                    return Err(GoodsFault::OwnStore.into());
                }
                self.other = Some(other);
                let coming = self.reason == Some(StockReason::TransferIn);
                Ok(self.go(if coming { Step::Slip } else { Step::Goods }))
            }
            (Step::Slip, PageInput::Answer { text, .. }) => {
                let slip = SlipNo::parse(text.text().trim()).map_err(|_| GoodsFault::Number)?;
                let other = self.other.unwrap_or_default();
                if register.book().goods.transferred_in(other.0, &slip) {
                    return Err(GoodsFault::TransferredBefore(slip.to_string()).into());
                }
                self.slip = Some(slip);
                Ok(self.go(Step::Goods))
            }
            (Step::Goods, PageInput::Answer { text, .. }) => self.scan(text.text(), register),
            (Step::Goods, PageInput::Row(place)) if place < self.goods.len() => {
                Ok(self.go(Step::HowMany(place)))
            }
            (Step::HowMany(place), PageInput::Answer { text, .. }) => {
                let quantity = super::quantity(text.text())?;
                if quantity == Quantity::default() && place < self.goods.len() {
                    self.goods.remove(place);
                } else if !is_amount(quantity) {
                    return Err(GoodsFault::Quantity.into());
                } else if let Some(line) = self.goods.get_mut(place) {
                    line.2 = quantity;
                }
                Ok(self.go(Step::Goods))
            }
            (Step::Goods, PageInput::Action(0)) => {
                let reason = self.reason.unwrap_or(StockReason::TransferOut);
                let other = self.other.unwrap_or_default();
                let number = register.transfer(reason, other, self.slip.clone(), &self.goods)?;
                let said = match reason {
                    StockReason::TransferIn => {
                        words!("Taken in: slip {} of store {}", number.as_str(), other.0)
                    }
                    _ => words!("Sent to store {}: the paper is slip {}", other.0, number.as_str()),
                };
                *self = Self::default();
                Ok(Turn::Leave(Some(Said::done(said))))
            }
            (Step::Goods, PageInput::Action(1)) => {
                *self = Self::default();
                let said = words!("The transfer is given up; nothing was recorded");
                Ok(Turn::Leave(Some(Said::done(said))))
            }
            (Step::Goods, PageInput::Back) if self.waits() => {
                Ok(Turn::Leave(Some(super::it_waits())))
            }
            (Step::Way, PageInput::Back) => Ok(Turn::Leave(None)),
            (Step::HowMany(_), PageInput::Back) => Ok(self.go(Step::Goods)),
            (_, PageInput::Back) => {
                *self = Self::default();
                Ok(Turn::Stay(None))
            }
            _ => Ok(Turn::Stay(None)),
        }
    }

    fn waits(&self) -> bool {
        !self.goods.is_empty()
    }
}

impl TransferPage {
    fn go(&mut self, step: Step) -> Turn {
        self.step = step;
        Turn::Stay(None)
    }

    fn scan(&mut self, text: &str, register: &Register) -> Result<Turn, Setback> {
        if text.is_empty() {
            return Ok(Turn::Stay(None));
        }
        let meant = register.known_item(text)?;
        let more = meant.quantity.unwrap_or(Quantity::ONE);
        let said = |name: String, sum| {
            Ok(Turn::Stay(Some(Said::done(words!("{}: {} so far", name, sum)))))
        };
        if let Some(line) = self.goods.iter_mut().find(|(code, ..)| *code == meant.code) {
            let sum = line.2.plus(more)?;
            line.2 = Some(sum).filter(|sum| is_amount(*sum)).ok_or(GoodsFault::Quantity)?;
            return said(meant.name, sum);
        }
        if self.goods.len() >= LINES_MAX {
            return Err(GoodsFault::Full.into());
        }
        self.goods.push((meant.code, meant.name.clone(), more));
        said(meant.name, more)
    }

    fn goods_view(&self, page: PageView) -> PageView {
        let row = |(code, name, quantity): &(ItemCode, String, Quantity)| {
            Row::plain(vec![
                Words::data(name.as_str()),
                Words::data(code.as_str()),
                Words::data(quantity.to_string()),
            ])
        };
        PageView {
            lead: vec![words!("Scan each piece, or key 12*code. Choose a line to key its number.")],
            columns: vec![
                Column::words(term("Item"), 5),
                Column::words(term("Code"), 3),
                Column::figures(term("Quantity"), 2),
            ],
            rows: self.goods.iter().map(row).collect(),
            empty: words!("Nothing was scanned yet."),
            rows_open: true,
            actions: vec![
                PageAction::go(term("Record"), !self.goods.is_empty()),
                PageAction::danger(term("Give up"), true),
            ],
            ..page.asking(PageAsks::Code, term("Item"))
        }
    }
}
