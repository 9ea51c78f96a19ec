//! Deliveries: received against the notice in the pack, or from the slip that came along.
//!
//! ```text
//!  expected ones ─ scan a carton or choose ─┐
//!  F4 from its slip ─▶ supplier ─▶ order ───┴▶ scan: item +1, SSCC: carton ─▶ F6 ─▶ recorded
//!                                                    └ a line: came, damaged, listed   │
//!                                  received before ─▶ leave it, or a manager signs ◀───┘
//! ```

use crate::domain::goods::carton::{Carton, OrderNo};
use crate::domain::goods::change::SlipNo;
use crate::domain::goods::delivery::{DeliveredLine, Listed, Outcome};
use crate::domain::goods::fault::GoodsFault;
use crate::domain::goods::receiving::{ReceivedLine, Receiving};
use crate::domain::quantity::Quantity;
use crate::domain::refusal::Refusal;
use crate::domain::words::{Words, term, words};
use crate::register::outages::check_text;
use crate::register::register::{Register, Said, Setback};
use crate::register::view::{
    Choice, Column, PageAction, PageAsks, PageView, ROWS_MAX, Row, RowMark,
};

use super::{Page, PageInput, PageName, Turn, begun};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct DeliveriesPage {
    step: Step,
    receiving: Receiving,
    /// The number that the receiving will have: given when it begins, so that it is never
    /// recorded twice.
    number: Option<SlipNo>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Step {
    /// Which delivery.
    #[default]
    List,
    /// Who sent it.
    Supplier,
    /// Its purchase order.
    Order,
    /// Scanning.
    Goods,
    /// A carton's number.
    Carton,
    /// What of a line.
    Line(usize),
    /// A figure of a line.
    Figure(usize, Figure),
    /// These goods were received before.
    Again(SlipNo, String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    Came,
    Damaged,
    Listed,
}

impl Page for DeliveriesPage {
    fn view(&self, register: &Register) -> PageView {
        let page = |step, title| PageView { step, ..PageView::of(PageName::Deliveries, title) };
        let line = |place: &usize| self.receiving.lines().get(*place);
        match &self.step {
            Step::List => list(register, page(0, words!("Deliveries"))),
            Step::Supplier => {
                page(1, words!("From whom?")).asking(PageAsks::Text, term("Supplier"))
            }
            Step::Order => PageView {
                lead: vec![words!("It stands on the slip. Enter alone if there is none.")],
                ..page(2, words!("Which purchase order?")).asking(PageAsks::Text, term("Order"))
            },
            Step::Goods => self.goods(page(3, words!("Receive: {}", self.title()))),
            Step::Carton => PageView {
                lead: vec![words!("Scan its label, or key the number on it.")],
                ..page(4, words!("Which carton?")).asking(PageAsks::Text, term("Carton"))
            },
            Step::Line(place) => PageView {
                answered: line(place).map(|line| self.answered(line)).unwrap_or_default(),
                choices: vec![
                    Choice::open(words!("How many came")),
                    Choice::open(words!("How many of them are damaged")),
                    Choice {
                        label: words!("How many the slip says"),
                        enabled: self.receiving.notice().is_none(),
                    },
                    Choice {
                        label: words!("It is not on the slip"),
                        enabled: self.receiving.notice().is_none(),
                    },
                    Choice::open(words!("Take the line out")),
                ],
                ..page(5, words!("What of this line?"))
            },
            Step::Figure(place, figure) => {
                let title = match figure {
                    Figure::Came => words!("How many came?"),
                    Figure::Damaged => words!("How many are damaged?"),
                    Figure::Listed => words!("How many does the slip say?"),
                };
                PageView {
                    answered: line(place).map(|line| self.answered(line)).unwrap_or_default(),
                    ..page(6, title).asking(PageAsks::Quantity, term("Quantity"))
                }
            }
            Step::Again(before, shared) => PageView {
                lead: vec![
                    words!("{} was received before, as {}.", shared.as_str(), before.as_str()),
                    words!("Recording it again would count the goods twice."),
                ],
                choices: vec![
                    Choice::open(words!("It is the same: record nothing")),
                    Choice::open(words!("Other goods: a manager signs")),
                    Choice::open(words!("Look at the lines again")),
                ],
                ..page(7, words!("Received before?"))
            },
        }
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        match (self.step.clone(), input) {
            (Step::List, PageInput::Answer { text, .. }) => self.find(text.text(), register),
            (Step::List, PageInput::Row(place)) => {
                let head = register.pack()?.deliveries()?.into_iter().nth(place);
                let number = head.ok_or(Refusal::NoSuchLine)?.number;
                self.begin(&number, None, register)
            }
            (Step::List, PageInput::Action(0)) => {
                self.receiving = Receiving::from_slip();
                self.number = Some(register.goods_number('R')?);
                Ok(self.go(Step::Supplier))
            }
            (Step::Supplier, PageInput::Answer { text, .. }) => {
                self.receiving.set_supplier(text.text().trim())?;
                Ok(self.go(Step::Order))
            }
            (Step::Order, PageInput::Answer { text, .. }) => {
                let text = text.text().trim();
                self.receiving.order =
                    if text.is_empty() { None } else { Some(OrderNo::parse(text)?) };
                Ok(self.go(Step::Goods))
            }
            (Step::Goods, PageInput::Answer { text, .. }) => self.scan(text.text(), register),
            (Step::Goods, PageInput::Row(place)) if place < self.receiving.lines().len() => {
                Ok(self.go(Step::Line(place)))
            }
            (Step::Goods, PageInput::Action(0)) => Ok(self.go(Step::Carton)),
            (Step::Goods, PageInput::Action(1)) => {
                self.receiving.slip_agrees();
                let said = words!("The slip agrees wherever nothing else was keyed");
                Ok(Turn::Stay(Some(Said::done(said))))
            }
            (Step::Goods, PageInput::Action(2)) => self.finish(register),
            (Step::Goods, PageInput::Action(3)) => {
                *self = Self::default();
                let said = words!("Receiving is given up; nothing was recorded");
                Ok(Turn::Leave(Some(Said::done(said))))
            }
            (Step::Carton, PageInput::Answer { text, .. }) => {
                check_text(text.text())?;
                self.add_carton(Carton::parse(text.text())?, register)
            }
            (Step::Line(place), PageInput::Choice(choice)) => self.choose(place, choice),
            (Step::Figure(place, figure), PageInput::Answer { text, .. }) => {
                let quantity = super::quantity(text.text())?;
                match figure {
                    Figure::Came => self.receiving.set_came(place, quantity)?,
                    Figure::Damaged => self.receiving.set_damaged(place, quantity)?,
                    Figure::Listed => self.receiving.set_slip(place, Listed::Of(quantity))?,
                }
                Ok(self.go(Step::Goods))
            }
            (Step::Again(..), PageInput::Choice(0)) => {
                *self = Self::default();
                let said = words!("Nothing was recorded: the goods are on record already");
                Ok(Turn::Leave(Some(Said::done(said))))
            }
            (Step::Again(before, _), PageInput::Choice(1)) => self.record(Some(&before), register),
            (Step::Again(..), PageInput::Choice(_)) => Ok(self.go(Step::Goods)),
            (Step::List, PageInput::Back) => Ok(Turn::Leave(None)),
            (Step::Supplier | Step::Order, PageInput::Back) => {
                *self = Self::default();
                Ok(Turn::Stay(None))
            }
            (Step::Goods, PageInput::Back) if self.waits() => {
                Ok(Turn::Leave(Some(super::it_waits())))
            }
            (Step::Goods, PageInput::Back) => {
                *self = Self::default();
                Ok(Turn::Stay(None))
            }
            (_, PageInput::Back) => Ok(self.go(Step::Goods)),
            _ => Ok(Turn::Stay(None)),
        }
    }

    fn waits(&self) -> bool {
        let something = |line: &ReceivedLine| line.came > Quantity::default();
        self.step != Step::List && self.receiving.lines().iter().any(something)
    }

    fn kept(&self) -> Option<String> {
        Some(begun::write_receiving(&self.receiving, self.number.as_ref()?))
    }
}

impl DeliveriesPage {
    /// One that was begun before the program ended.
    pub(super) fn restored(kept: &str, register: &Register) -> Option<Self> {
        let (receiving, number) = begun::read_receiving(kept, register)?;
        Some(Self { step: Step::Goods, receiving, number: Some(number) })
    }

    fn go(&mut self, step: Step) -> Turn {
        self.step = step;
        Turn::Stay(None)
    }

    fn title(&self) -> Words {
        match (self.receiving.notice(), &self.receiving.order) {
            (Some(notice), _) => Words::data(notice.as_str()),
            (None, Some(order)) => Words::data(order.as_str()),
            (None, None) => words!("from the slip"),
        }
    }

    /// The delivery that a number on a carton or paper belongs to.
    fn find(&mut self, text: &str, register: &Register) -> Result<Turn, Setback> {
        if text.is_empty() {
            return Ok(Turn::Stay(None));
        }
        let carton = Carton::parse(text)?;
        let number = register.pack()?.delivery_of(carton.as_str())?;
        let number = number.ok_or_else(|| GoodsFault::NoSuchDelivery(carton.to_string()))?;
        self.begin(&number, Some(carton).filter(Carton::is_worldwide), register)
    }

    fn begin(
        &mut self,
        number: &SlipNo,
        carton: Option<Carton>,
        register: &Register,
    ) -> Result<Turn, Setback> {
        let pack = register.pack()?;
        let unknown = || GoodsFault::NoSuchDelivery(number.to_string());
        let notice = pack.delivery(number)?.ok_or_else(unknown)?;
        let name = |code: &_| match pack.item(code) {
            Ok(Some(item)) => item.name,
            _ => String::new(),
        };
        self.receiving = Receiving::against(&notice, name);
        self.number = Some(register.goods_number('R')?);
        self.step = Step::Goods;
        match carton {
            Some(carton) => self.add_carton(carton, register),
            None => Ok(Turn::Stay(self.look_back(register))),
        }
    }

    fn add_carton(&mut self, carton: Carton, register: &Register) -> Result<Turn, Setback> {
        let said = words!("Carton {} is here", carton.as_str());
        self.receiving.add_carton(carton)?;
        self.step = Step::Goods;
        Ok(Turn::Stay(self.look_back(register).or_else(|| Some(Said::done(said)))))
    }

    /// Words where these goods were received before.
    fn look_back(&self, register: &Register) -> Option<Said> {
        let (before, shared) = self.received_before(register)?;
        let fault = GoodsFault::ReceivedBefore(before.to_string(), shared);
        Some(Said::attention(fault.text(), fault.remedy()))
    }

    fn received_before(&self, register: &Register) -> Option<(SlipNo, String)> {
        let mark = self.receiving.mark(self.number.as_ref()?);
        register.book().goods.received_before(&mark)
    }

    fn scan(&mut self, text: &str, register: &Register) -> Result<Turn, Setback> {
        if text.is_empty() {
            return Ok(Turn::Stay(None));
        }
        match Carton::parse(text) {
            Ok(carton) if carton.is_worldwide() => return self.add_carton(carton, register),
            Err(fault @ GoodsFault::CartonMisread) => return Err(fault.into()),
            _ => {}
        }
        let meant = register.goods_item(text)?;
        let place = self.receiving.scan(&meant.code, &meant.name)?;
        if let Some(quantity) = meant.quantity {
            self.receiving.set_came(place, quantity)?;
        }
        let line = self.receiving.lines().get(place).ok_or(GoodsFault::NoSuchLine)?;
        let came = line.came;
        let said = if meant.name.is_empty() {
            let remedy = words!("It is received and looked at by central. Keep it apart.");
            Said::attention(
                words!("{} is not in this store's price file", meant.code.as_str()),
                remedy,
            )
        } else if self.receiving.listed(line) == Some(Listed::No) {
            let remedy = words!("Receive it all the same, or leave it on the truck.");
            Said::attention(words!("{}: not on the notice", &meant.name), remedy)
        } else {
            Said::done(words!("{}: {} so far", &meant.name, came))
        };
        Ok(Turn::Stay(Some(said)))
    }

    fn choose(&mut self, place: usize, choice: usize) -> Result<Turn, Setback> {
        let figure = match choice {
            0 => Figure::Came,
            1 => Figure::Damaged,
            2 if self.receiving.notice().is_some() => return Err(GoodsFault::NoticeSays.into()),
            2 => Figure::Listed,
            3 => {
                self.receiving.set_slip(place, Listed::No)?;
                return Ok(self.go(Step::Goods));
            }
            _ => {
                self.receiving.take_out(place)?;
                return Ok(self.go(Step::Goods));
            }
        };
        Ok(self.go(Step::Figure(place, figure)))
    }

    fn finish(&mut self, register: &mut Register) -> Result<Turn, Setback> {
        match self.received_before(register) {
            Some((before, shared)) => Ok(self.go(Step::Again(before, shared))),
            None => self.record(None, register),
        }
    }

    fn record(&mut self, again: Option<&SlipNo>, register: &mut Register) -> Result<Turn, Setback> {
        let number = self.number.clone().ok_or(GoodsFault::NothingCame)?;
        let off = register.receive(&self.receiving, &number, again)?;
        let said = match off {
            0 => words!("Received as listed: {}", number.as_str()),
            off => words!("Received: {}. Not as listed: {} lines", number.as_str(), off),
        };
        *self = Self::default();
        Ok(Turn::Leave(Some(Said::done(said))))
    }

    fn answered(&self, line: &ReceivedLine) -> Vec<(Words, Words)> {
        let name = if line.name.is_empty() { line.code.as_str() } else { line.name.as_str() };
        vec![
            (words!("Item"), Words::data(name)),
            (words!("Listed"), listed(self.receiving.listed(line))),
            (words!("Came"), Words::data(line.came.to_string())),
            (words!("Damaged"), Words::data(line.damaged.to_string())),
        ]
    }

    fn goods(&self, page: PageView) -> PageView {
        let row = |line: &ReceivedLine| {
            let says = self.receiving.listed(line);
            let name = if line.name.is_empty() { line.code.as_str() } else { line.name.as_str() };
            let outcome = says.map(|listed| {
                DeliveredLine {
                    code: line.code.clone(),
                    name: line.name.clone(),
                    listed,
                    came: line.came,
                    damaged: line.damaged,
                }
                .outcome()
            });
            let (mark, what) = match outcome {
                None => (RowMark::Open, words!("slip not keyed")),
                Some(Outcome::Short) if line.came == Quantity::default() => {
                    (RowMark::Open, words!("still to come"))
                }
                Some(Outcome::NotOrdered) if line.came == Quantity::default() => {
                    (RowMark::Plain, words!("another carton"))
                }
                Some(outcome) => (mark_of(outcome), Words::plain(outcome.label())),
            };
            Row::marked(
                mark,
                vec![
                    Words::data(name),
                    listed(says),
                    Words::data(line.came.to_string()),
                    Words::data(line.damaged.to_string()),
                    what,
                ],
            )
        };
        let cartons: Vec<&str> = self.receiving.cartons().iter().map(Carton::as_str).collect();
        let mut lead =
            vec![words!("Scan each piece, or key 12*code. A carton's label counts the carton.")];
        if !cartons.is_empty() {
            lead.push(words!("Cartons: {}", cartons.join(", ")));
        }
        let unsaid = self.receiving.unsaid();
        PageView {
            lead,
            columns: vec![
                Column::words(term("Item"), 6),
                Column::figures(term("Listed"), 2),
                Column::figures(term("Came"), 2),
                Column::figures(term("Damaged"), 2),
                Column::words(term("Outcome"), 3),
            ],
            rows: self.receiving.lines().iter().take(ROWS_MAX).map(row).collect(),
            empty: words!("Nothing was scanned yet."),
            rows_open: true,
            actions: vec![
                PageAction::new(term("Carton…"), true),
                PageAction::new(term("Slip agrees"), unsaid > 0),
                PageAction::go(term("Record"), !self.receiving.lines().is_empty()),
                PageAction::danger(term("Give up"), true),
            ],
            ..page.asking(PageAsks::Code, term("Item or carton"))
        }
    }
}

const fn mark_of(outcome: Outcome) -> RowMark {
    match outcome {
        Outcome::Matched => RowMark::Good,
        Outcome::Short => RowMark::Open,
        Outcome::Over | Outcome::Damaged | Outcome::NotOrdered => RowMark::Attention,
        Outcome::Unknown => RowMark::Bad,
    }
}

fn listed(listed: Option<Listed>) -> Words {
    match listed {
        Some(Listed::Of(quantity)) => Words::data(quantity.to_string()),
        Some(Listed::No) => words!("none"),
        None => words!("?"),
    }
}

fn list(register: &Register, page: PageView) -> PageView {
    let heads = register
        .pack()
        .and_then(|pack| pack.deliveries().map_err(|error| Refusal::NoPack(error.to_string())));
    let row = |head: crate::pack::ExpectedHead| {
        let (mark, state) = if register.book().goods.is_received(&head.number) {
            (RowMark::Good, words!("received"))
        } else {
            (RowMark::Open, words!("expected"))
        };
        Row::marked(
            mark,
            vec![
                Words::data(head.number.as_str()),
                Words::data(head.supplier),
                Words::data(head.order.map_or_else(String::new, |order| order.to_string())),
                Words::data(head.day.to_string()),
                Words::data(head.lines.to_string()),
                state,
            ],
        )
    };
    PageView {
        lead: vec![
            words!("Scan a carton, key a number, or choose. Without a notice: F4."),
            words!("What is expected is as old as the price file."),
        ],
        columns: vec![
            Column::words(term("Delivery"), 3),
            Column::words(term("Supplier"), 4),
            Column::words(term("Order"), 3),
            Column::words(term("Day"), 3),
            Column::figures(term("Lines"), 1),
            Column::words("", 2),
        ],
        rows: heads.unwrap_or_default().into_iter().map(row).collect(),
        rows_open: true,
        empty: words!("The price file expects no delivery. Receive it from its slip: F4."),
        actions: vec![PageAction::new(term("From its slip…"), true)],
        ..page.asking(PageAsks::Code, term("Carton, order or delivery"))
    }
}
