//! Stock: what is on hand and how old that is; why it changes; taking a change back.
//!
//! ```text
//!  scan or name ─▶ figure, sold, delivered, changed ─▶ F4 why ─▶ how many ─▶ note ─▶ recorded
//!                        └ F5 the latest changes ─▶ one of them ─▶ why ─▶ taken back
//! ```

use crate::domain::goods::book::{Base, BookedChange};
use crate::domain::goods::reason::StockReason;
use crate::domain::gtin::ItemCode;
use crate::domain::quantity::Quantity;
use crate::domain::refusal::Refusal;
use crate::domain::words::{Words, term, words};
use crate::register::goods::age;
use crate::register::register::{Register, Said, Setback};
use crate::register::view::{Column, PageAction, PageAsks, PageView, Row, RowMark};

use super::{Page, PageInput, PageName, Turn};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct StockPage {
    step: Step,
}

type Item = (ItemCode, String);

#[derive(Clone, Debug)]
enum Step {
    /// Which item, and what is known of it.
    Look(Option<Item>),
    /// Why it changes.
    Why(Item),
    /// How much.
    HowMuch(Item, StockReason),
    /// In words.
    Note(Item, StockReason, Quantity),
    /// The latest changes.
    Recent(Option<Item>),
    /// Why one of them is taken back.
    Back(Option<Item>, Box<BookedChange>),
}

impl Default for Step {
    fn default() -> Self {
        Self::Look(None)
    }
}

impl Page for StockPage {
    fn view(&self, register: &Register) -> PageView {
        let page = |step, title| PageView { step, ..PageView::of(PageName::Stock, title) };
        let item = |item: &Item| (words!("Item"), Words::data(item.1.as_str()));
        match &self.step {
            Step::Look(found) => look(register, found.as_ref(), page(0, words!("Stock"))),
            Step::Why(of) => PageView {
                answered: vec![item(of)],
                columns: vec![Column::words(term("Reason"), 1)],
                rows: StockReason::BY_HAND
                    .map(|reason| Row::plain(vec![Words::plain(reason.label())]))
                    .into(),
                rows_open: true,
                lead: vec![words!("Choose with the arrows and Enter, or touch.")],
                ..page(1, words!("Why does the stock change?"))
            },
            Step::HowMuch(of, reason) => PageView {
                answered: vec![item(of), (words!("Reason"), Words::plain(reason.label()))],
                ..page(2, words!("How many?")).asking(PageAsks::Quantity, term("Quantity"))
            },
            Step::Note(of, reason, quantity) => PageView {
                answered: vec![
                    item(of),
                    (words!("Reason"), Words::plain(reason.label())),
                    (words!("Quantity"), Words::data(quantity.to_string())),
                ],
                lead: vec![words!("A few words. Enter alone leaves it open.")],
                ..page(3, words!("What happened?")).asking(PageAsks::Text, term("Note"))
            },
            Step::Recent(_) => recent(register, page(4, words!("The latest changes"))),
            Step::Back(_, booked) => {
                let lines = booked.2.lines.iter().map(|line| {
                    Row::plain(vec![
                        Words::data(line.name.as_str()),
                        Words::data(line.delta.to_string()),
                    ])
                });
                PageView {
                    columns: vec![
                        Column::words(term("Item"), 4),
                        Column::figures(term("Quantity"), 1),
                    ],
                    rows: lines.collect(),
                    answered: vec![(words!("Reason"), Words::plain(booked.2.reason.label()))],
                    lead: vec![words!("The record stays; a new one takes it back.")],
                    ..page(5, words!("Why is it taken back?"))
                        .asking(PageAsks::Text, term("Reason"))
                }
            }
        }
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        match (self.step.clone(), input) {
            (Step::Look(_), PageInput::Answer { text, .. }) => {
                if text.text().is_empty() {
                    return Ok(Turn::Stay(None));
                }
                let meant = register.known_item(text.text())?;
                Ok(self.go(Step::Look(Some((meant.code, meant.name)))))
            }
            (Step::Look(Some(item)), PageInput::Action(0)) => Ok(self.go(Step::Why(item))),
            (Step::Look(item), PageInput::Action(1)) => Ok(self.go(Step::Recent(item))),
            (Step::Look(Some(_)), PageInput::Back) => Ok(self.go(Step::Look(None))),
            (Step::Look(None), PageInput::Back) => Ok(Turn::Leave(None)),
            (Step::Why(item), PageInput::Row(place)) => {
                let reason = *StockReason::BY_HAND.get(place).ok_or(Refusal::NoSuchLine)?;
                Ok(self.go(Step::HowMuch(item, reason)))
            }
            (Step::HowMuch(item, reason), PageInput::Answer { text, .. }) => {
                let quantity = super::quantity(text.text())?;
                if !crate::domain::goods::is_amount(quantity) {
                    return Err(crate::domain::goods::fault::GoodsFault::Quantity.into());
                }
                Ok(self.go(Step::Note(item, reason, quantity)))
            }
            (Step::Note(item, reason, quantity), PageInput::Answer { text, .. }) => {
                register.change_stock((&item.0, &item.1), reason, quantity, text.text())?;
                let said =
                    words!("{}: {} recorded, {}", &item.1, quantity, Words::plain(reason.label()));
                self.step = Step::Look(Some(item));
                Ok(Turn::Stay(Some(Said::done(said))))
            }
            (Step::Recent(item), PageInput::Row(place)) => {
                let booked = register.book().goods.recent().get(place).cloned();
                let booked = booked.ok_or(Refusal::NoSuchLine)?;
                Ok(self.go(Step::Back(item, Box::new(booked))))
            }
            (Step::Back(item, booked), PageInput::Answer { text, .. }) => {
                register.take_change_back(booked.1, &booked.2, text.text().trim())?;
                self.step = Step::Look(item);
                Ok(Turn::Stay(Some(Said::done(words!("The change is taken back")))))
            }
            (Step::Why(item) | Step::HowMuch(item, _) | Step::Note(item, ..), PageInput::Back) => {
                Ok(self.go(Step::Look(Some(item))))
            }
            (Step::Recent(item) | Step::Back(item, _), PageInput::Back) => {
                Ok(self.go(Step::Look(item)))
            }
            _ => Ok(Turn::Stay(None)),
        }
    }
}

impl StockPage {
    fn go(&mut self, step: Step) -> Turn {
        self.step = step;
        Turn::Stay(None)
    }
}

fn look(register: &Register, item: Option<&Item>, page: PageView) -> PageView {
    let now = register.clock.now();
    let heard = match register.book().goods.last() {
        Some(last) => words!("Records of this store heard here: the last one {}.", age(now, last)),
        None => words!("No record about goods was heard here yet."),
    };
    let actions = vec![
        PageAction::new(term("Change…"), item.is_some()),
        PageAction::new(term("Take back…"), !register.book().goods.recent().is_empty()),
    ];
    let Some((code, name)) = item else {
        return PageView {
            lead: vec![words!("Scan an item, key its code, or find it by name with F2."), heard],
            actions,
            ..page.asking(PageAsks::Code, term("Item"))
        };
    };
    let stock = register.stock(code);
    let row = |what: Words, quantity: Quantity, when: Words| {
        Row::plain(vec![what, Words::data(quantity.to_string()), when])
    };
    let mut rows = Vec::new();
    if let Some(base) = stock.base {
        let figure = base.figure();
        let what = match base {
            Base::Pack(_) => words!("By the price file"),
            Base::Count(_) => words!("Counted"),
        };
        rows.push(row(what, figure.quantity, age(now, figure.as_of)));
    }
    for (what, quantity) in [
        (words!("Sold since then"), stock.sold),
        (words!("Delivered since then"), stock.delivered),
        (words!("Other changes since then"), stock.changed),
    ] {
        rows.push(row(what, quantity, Words::NOTHING));
    }
    let (mark, shown) = match stock.on_hand() {
        Some(on_hand) if on_hand < Quantity::default() => {
            (RowMark::Attention, Words::data(on_hand.to_string()))
        }
        Some(on_hand) => (RowMark::Good, Words::data(on_hand.to_string())),
        None => (RowMark::Open, words!("not known: count it")),
    };
    rows.push(Row::marked(mark, vec![words!("On hand"), shown, Words::NOTHING]));
    PageView {
        lead: vec![Words::data(format!("{name} · {code}")), heard],
        columns: vec![
            Column::words(term("What"), 4),
            Column::figures(term("Quantity"), 3),
            Column::words(term("When"), 3),
        ],
        rows,
        actions,
        ..page.asking(PageAsks::Code, term("Item"))
    }
}

fn recent(register: &Register, page: PageView) -> PageView {
    let goods = &register.book().goods;
    let now = register.clock.now();
    let row = |(at, place, change): BookedChange| {
        let first = change.lines.first();
        let name = first.map_or_else(String::new, |line| line.name.clone());
        let quantity = first.map_or_else(String::new, |line| line.delta.to_string());
        let more = change.lines.len().saturating_sub(1);
        let name = if more > 0 { format!("{name} +{more}") } else { name };
        let mark = if goods.is_corrected(place) { RowMark::Open } else { RowMark::Plain };
        let what = match (goods.is_corrected(place), change.reason) {
            (true, reason) => words!("{}, taken back", Words::plain(reason.label())),
            (false, reason) => Words::plain(reason.label()),
        };
        Row::marked(mark, vec![Words::data(name), Words::data(quantity), what, age(now, at)])
    };
    PageView {
        lead: vec![words!("Choose the one to take back.")],
        columns: vec![
            Column::words(term("Item"), 5),
            Column::figures(term("Quantity"), 2),
            Column::words(term("Reason"), 4),
            Column::words(term("When"), 2),
        ],
        rows: goods.recent().into_iter().map(row).collect(),
        rows_open: true,
        empty: words!("There are no changes yet."),
        ..page
    }
}
