//! Paper slips: pads issued, slips keyed fast, what is missing.
//!
//! ```text
//!  Pads ─┬ F4 ─▶ Number ─▶ Time ─▶ Lines ─▶ Total ─▶ Payment ─▶ Number … F4 ─▶ Confirm ─▶ recorded
//!        │                           └─▶ Price (─▶ Department)
//!        ├ F5 ─▶ First ─▶ Count ─▶ Person ─▶ recorded
//!        └ F6 ─▶ Spoiled ─▶ Reason ─▶ recorded
//! ```
//!
//! Enter alone takes what is most likely: the next number, the last time, the reckoned total, cash.

use crate::domain::event::Event;
use crate::domain::gtin::ItemCode;
use crate::domain::hours::HoursFault;
use crate::domain::item::{Item, SoldBy};
use crate::domain::money::Money;
use crate::domain::outage::clock_time;
use crate::domain::paper_slip::{Batch, PaperPad, Slip, SlipFault, read_number, read_reason};
use crate::domain::policy::Department;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::refusal::Refusal;
use crate::domain::tender::CheckNumber;
use crate::domain::time::{BusinessDate, Timestamp};
use crate::domain::words::{Words, term, words};
use crate::journal::body;
use crate::journal::json::Writer;
use crate::register::register::{Register, Said, Setback};
use crate::register::view::{Column, PageAsks, PageView, Row};

use self::shown::pads;
use super::{Page, PageInput, PageName, Turn};

mod shown;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct PaperSlipsPage {
    step: Step,
    /// Slips that wait for the second person's total.
    batch: Batch,
    /// The one that is being keyed.
    slip: Option<Slip>,
    /// A line whose price is asked for.
    unpriced: Option<Unpriced>,
    /// A total that was doubted.
    doubted: Option<Money>,
    /// The numbers of a pad that is being issued.
    pad: (u32, u32),
    /// A slip that was spoiled.
    spoiled: u32,
}

/// A line that lacks its price.
#[derive(Clone, Debug)]
struct Unpriced {
    /// The item's code; none for an amount alone.
    code: Option<ItemCode>,
    /// The item, where the price file has it.
    item: Option<Item>,
    quantity: Quantity,
    price: Option<UnitPrice>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    /// The pads.
    #[default]
    Pads,
    /// The slip's number.
    Number,
    /// When it was written.
    Time,
    /// Its lines.
    Lines,
    /// The price written beside a line.
    Price(Option<usize>),
    /// The department of a line without an item.
    Department,
    /// Its total.
    Total,
    /// Cash or check.
    Payment,
    /// The second person's total.
    Confirm,
    /// The first number of a pad.
    First,
    /// How many.
    Count,
    /// For whom.
    Person,
    /// Which slip was spoiled.
    Spoiled,
    /// Why.
    Reason,
}

impl Step {
    /// Another number for another question.
    const fn place(self) -> u32 {
        match self {
            Self::Pads => 0,
            Self::Number => 1,
            Self::Time => 2,
            Self::Lines => 3,
            Self::Price(_) => 4,
            Self::Department => 5,
            Self::Total => 6,
            Self::Payment => 7,
            Self::Confirm => 8,
            Self::First => 9,
            Self::Count => 10,
            Self::Person => 11,
            Self::Spoiled => 12,
            Self::Reason => 13,
        }
    }
}

impl Page for PaperSlipsPage {
    fn view(&self, register: &Register) -> PageView {
        let page = |title| PageView {
            step: self.step.place(),
            answered: self.answered(register),
            ..PageView::of(PageName::PaperSlips, title)
        };
        let ask = |title, asks, hint| page(title).asking(asks, hint);
        match self.step {
            Step::Pads => pads(page(words!("Paper slips")), register),
            Step::Number => self.number_view(page(words!("Which slip?")), register),
            Step::Time => PageView {
                lead: vec![words!(
                    "1405 is 2:05 PM today, 11221405 November 22. Enter alone: as before."
                )],
                ..ask(words!("When was it written?"), PageAsks::Digits, term("Time"))
            },
            Step::Lines => self.lines_view(page(words!("Its lines"))),
            Step::Price(_) => ask(
                words!("Which price is written for one?"),
                PageAsks::Amount,
                term("Price of one"),
            ),
            Step::Department => PageView {
                columns: vec![
                    Column::figures(term("Number"), 1),
                    Column::words(term("Department"), 5),
                ],
                rows: departments(register)
                    .iter()
                    .map(|department| {
                        let number = Words::data(department.number.to_string());
                        Row::plain(vec![number, Words::data(department.name.as_str())])
                    })
                    .collect(),
                rows_open: true,
                ..ask(words!("Which department?"), PageAsks::Digits, term("Its number"))
            },
            Step::Total => PageView {
                lead: vec![words!("Enter alone: what its lines come to.")],
                ..ask(words!("Which total is written?"), PageAsks::Amount, term("Total"))
            },
            Step::Payment => PageView {
                lead: vec![words!("Enter alone: cash.")],
                ..ask(words!("Cash or check?"), PageAsks::Digits, term("Check number"))
            },
            Step::Confirm => PageView {
                lead: vec![words!(
                    "A second person adds the {} slips up and keys their total.",
                    self.batch.slips().len().to_string()
                )],
                ..ask(words!("Second person's total"), PageAsks::Amount, term("Total"))
            },
            Step::First => PageView {
                lead: vec![words!("Enter alone: {}.", register.book.paper_slips.next_pad())],
                ..ask(words!("First slip of the pad?"), PageAsks::Digits, term("Number"))
            },
            Step::Count => ask(words!("How many slips?"), PageAsks::Digits, term("Slips")),
            Step::Person => ask(words!("Who gets it?"), PageAsks::Digits, term("Their number")),
            Step::Spoiled => ask(words!("Which slip was spoiled?"), PageAsks::Code, term("Slip")),
            Step::Reason => ask(words!("Why?"), PageAsks::Text, term("Reason")),
        }
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        let text = match input {
            PageInput::Back => return Ok(self.back()),
            PageInput::Action(place) => return self.act(place, register),
            PageInput::Row(place) => return self.row(place, register),
            PageInput::Choice(_) | PageInput::Badge(_) => return Ok(Turn::Stay(None)),
            PageInput::Answer { text, .. } => text.text().trim().to_owned(),
        };
        match self.step {
            Step::Pads => {}
            Step::Number => self.number(&text, register)?,
            Step::Time => self.time(&text, register)?,
            Step::Lines if text.is_empty() => {
                let any = self.slip.as_ref().is_some_and(|slip| !slip.lines().is_empty());
                if !any {
                    return Err(SlipFault::NoLines.into());
                }
                self.step = Step::Total;
            }
            Step::Lines => return self.line(&text, register),
            Step::Price(place) => self.price(place, &text)?,
            Step::Department => {
                let number = text.parse().map_err(|_| SlipFault::NotANumber)?;
                self.department(number, register)?;
            }
            Step::Total => return self.total(&text, register),
            Step::Payment => self.payment(&text)?,
            Step::Confirm => {
                let total = amount(&text)?;
                let count = register.record_slips(&mut self.batch, total)?;
                *self = Self::default();
                let said = words!("{} paper slips are recorded", count.to_string());
                return Ok(Turn::Stay(Some(Said::done(said))));
            }
            Step::First => {
                let next = register.book.paper_slips.next_pad();
                self.pad.0 = if text.is_empty() { next } else { count(&text)? };
                self.step = Step::Count;
            }
            Step::Count => {
                self.pad.1 = count(&text)?;
                self.step = Step::Person;
            }
            Step::Person => {
                let pad = register.issue_pad(self.pad.0, self.pad.1, &text)?;
                self.step = Step::Pads;
                let said = words!("Slips {} to {} are issued", pad.first, pad.last);
                return Ok(Turn::Stay(Some(Said::done(said))));
            }
            Step::Spoiled => {
                self.spoiled = read_number(&text, register.ledger().chain().journal.store)?;
                register.slip_is_free(self.spoiled)?;
                if self.batch.holds(self.spoiled) {
                    return Err(SlipFault::InTheBatch(self.spoiled).into());
                }
                self.step = Step::Reason;
            }
            Step::Reason => {
                register.spoil_slip(self.spoiled, read_reason(&text)?)?;
                self.step = Step::Pads;
                let said = words!("Slip {} is noted as spoiled", self.spoiled);
                return Ok(Turn::Stay(Some(Said::done(said))));
            }
        }
        Ok(Turn::Stay(None))
    }

    fn waits(&self) -> bool {
        self.slip.is_some() || !self.batch.slips().is_empty()
    }

    /// Each slip of the batch as the body of the sale it will be; no string in it holds a tab.
    fn kept(&self) -> Option<String> {
        let body = |slip: &Slip| {
            let mut json = Writer::new();
            body::write(&mut json, &Event::Sale(slip.kept()));
            json.into_text()
        };
        let slips: Vec<String> = self.batch.slips().iter().map(body).collect();
        (!slips.is_empty()).then(|| slips.join("\t"))
    }
}

impl PaperSlipsPage {
    /// The batch that was kept; what was recorded meanwhile, or can't be read, is not in it.
    pub(super) fn restored(kept: &str, register: &Register) -> Option<Self> {
        let mut page = Self::default();
        for text in kept.split('\t') {
            let Ok(Event::Sale(sale)) = body::read("sale", body::VERSION, text) else { continue };
            let slip = Slip::restored(sale);
            let free = slip.filter(|slip| register.slip_is_free(slip.number).is_ok());
            if let Some(slip) = free {
                page.batch.add(slip).ok()?;
            }
        }
        (!page.batch.slips().is_empty()).then_some(page)
    }

    /// One step back; a slip in the making is left only from its number.
    fn back(&mut self) -> Turn {
        self.step = match self.step {
            Step::Pads => {
                let said = self.waits().then(super::it_waits);
                return Turn::Leave(said);
            }
            Step::Time => {
                self.slip = None;
                Step::Number
            }
            Step::Lines => Step::Time,
            Step::Price(_) | Step::Department | Step::Total => {
                self.unpriced = None;
                Step::Lines
            }
            Step::Payment => Step::Total,
            Step::Confirm => Step::Number,
            Step::Count => Step::First,
            Step::Person => Step::Count,
            Step::Reason => Step::Spoiled,
            Step::Number | Step::First | Step::Spoiled => Step::Pads,
        };
        Turn::Stay(None)
    }

    fn act(&mut self, place: usize, register: &mut Register) -> Result<Turn, Setback> {
        match (self.step, place) {
            (Step::Pads, 0) => {
                register.may_sell()?;
                self.step = if self.slip.is_some() { Step::Lines } else { Step::Number };
            }
            (Step::Pads, 1) => self.step = Step::First,
            (Step::Pads, 2) => self.step = Step::Spoiled,
            (Step::Number, 0) if !self.batch.slips().is_empty() => self.step = Step::Confirm,
            (Step::Number, 0) => return Err(SlipFault::BatchEmpty.into()),
            (Step::Lines, 0) => {
                let quantity = Quantity::ONE;
                self.unpriced = Some(Unpriced { code: None, item: None, quantity, price: None });
                self.step = Step::Price(None);
            }
            (Step::Lines, 1) => {
                if let Some(slip) = &mut self.slip {
                    slip.remove(slip.lines().len().saturating_sub(1));
                }
            }
            _ => {}
        }
        Ok(Turn::Stay(None))
    }

    fn row(&mut self, place: usize, register: &mut Register) -> Result<Turn, Setback> {
        match self.step {
            Step::Pads => {
                let pads = register.book.paper_slips.pads();
                let pad = pads.get(place).ok_or(Refusal::NoSuchLine)?.pad.clone();
                let count = register.print_forms(&pad)?;
                let said = words!("{} forms go to the printer", count);
                return Ok(Turn::Stay(Some(Said::done(said))));
            }
            // A slip of the batch is keyed anew.
            Step::Number => {
                self.slip = Some(self.batch.remove(place).ok_or(Refusal::NoSuchLine)?);
                self.step = Step::Lines;
            }
            Step::Lines => {
                let lines = self.slip.as_ref().map_or(0, |slip| slip.lines().len());
                if place >= lines {
                    return Err(Refusal::NoSuchLine.into());
                }
                self.step = Step::Price(Some(place));
            }
            Step::Department => {
                let number = departments(register).get(place).map(|of| of.number);
                self.department(number.ok_or(Refusal::NoSuchLine)?, register)?;
            }
            _ => {}
        }
        Ok(Turn::Stay(None))
    }

    /// The number of the next slip; Enter alone is the lowest one left of the last one's pad.
    fn number(&mut self, text: &str, register: &Register) -> Result<(), Setback> {
        let number = if text.is_empty() {
            self.next_number(register).ok_or(SlipFault::NotANumber)?
        } else {
            read_number(text, register.ledger().chain().journal.store)?
        };
        register.slip_is_free(number)?;
        if self.batch.holds(number) {
            return Err(SlipFault::InTheBatch(number).into());
        }
        let last = self.batch.slips().last().map(|slip| slip.at);
        self.slip = Some(Slip::new(number, last.unwrap_or(register.clock.now())));
        self.step = Step::Time;
        Ok(())
    }

    fn next_number(&self, register: &Register) -> Option<u32> {
        let book = &register.book.paper_slips;
        let free = |pad: &PaperPad| {
            let mut numbers = book.next_of(pad)?..=pad.last;
            numbers.find(|number| {
                !self.batch.holds(*number)
                    && book.keyed(*number).is_empty()
                    && book.spoiled(*number).is_none()
            })
        };
        let last = self.batch.slips().last().and_then(|slip| book.pad_of(slip.number));
        let mut pads = last.into_iter().chain(book.pads());
        pads.find_map(|issued| free(&issued.pad))
    }

    fn time(&mut self, text: &str, register: &Register) -> Result<(), Setback> {
        let Some(slip) = &mut self.slip else { return Err(Refusal::NoPage.into()) };
        if !text.is_empty() {
            slip.at = written_at(text, register.clock.now())?;
        }
        register.check_slip_time(slip.at)?;
        self.step = Step::Lines;
        Ok(())
    }

    /// A line: a code, or `3*code`.
    fn line(&mut self, text: &str, register: &Register) -> Result<Turn, Setback> {
        let meant = register.goods_item(text)?;
        let quantity = meant.quantity.unwrap_or(Quantity::ONE);
        let item = register.pack()?.item(&meant.code)?;
        let Some(item) = item.filter(|item| item.unit_price > UnitPrice::default()) else {
            let known = register.pack()?.item(&meant.code)?;
            let code = Some(meant.code);
            self.unpriced = Some(Unpriced { code, item: known, quantity, price: None });
            self.step = Step::Price(None);
            return Ok(Turn::Stay(None));
        };
        if item.sold_by == SoldBy::Weight && meant.quantity.is_none() {
            return Err(Refusal::WeightMissing.into());
        }
        let slip = self.slip.as_mut().ok_or(Refusal::NoPage)?;
        slip.add(&item, quantity, None)?;
        Ok(Turn::Stay(Some(Said::done(words!("Added {}", item.name)))))
    }

    /// The price that stands beside a line: one that is there, or one that lacks it.
    fn price(&mut self, place: Option<usize>, text: &str) -> Result<(), Setback> {
        let price = UnitPrice::parse(text).map_err(|_| SlipFault::NotAnAmount)?;
        if price <= UnitPrice::default() {
            return Err(SlipFault::NotAnAmount.into());
        }
        let slip = self.slip.as_mut().ok_or(Refusal::NoPage)?;
        if let Some(place) = place {
            slip.set_price(place, price)?;
            self.step = Step::Lines;
            return Ok(());
        }
        let mut unpriced = self.unpriced.clone().ok_or(Refusal::NoPage)?;
        if let Some(item) = &unpriced.item {
            slip.add(item, unpriced.quantity, Some(price))?;
            self.unpriced = None;
            self.step = Step::Lines;
            return Ok(());
        }
        unpriced.price = Some(price);
        self.unpriced = Some(unpriced);
        self.step = Step::Department;
        Ok(())
    }

    /// The department of what the price file does not have.
    fn department(&mut self, number: u16, register: &Register) -> Result<(), Setback> {
        let all = departments(register);
        let department = all.iter().find(|department| department.number == number);
        let department = department.ok_or(Refusal::NoSuchDepartment(number))?;
        let unpriced = self.unpriced.clone().ok_or(Refusal::NoPage)?;
        let price = unpriced.price.ok_or(SlipFault::NotAnAmount)?;
        let own = format!("DEPT-{}", department.number);
        let (code, name) = match unpriced.code {
            Some(code) => (code.clone(), format!("{} {code}", department.name)),
            None => {
                let code = ItemCode::parse(&own).map_err(|_| SlipFault::NotANumber)?;
                (code, department.name.clone())
            }
        };
        let whole = unpriced.quantity.is_whole();
        let item = Item {
            code,
            name,
            unit_price: price,
            sold_by: if whole { SoldBy::Each } else { SoldBy::Weight },
            tax_class: department.tax_class.clone(),
            department: department.number,
            age_min: None,
        };
        let slip = self.slip.as_mut().ok_or(Refusal::NoPage)?;
        slip.add(&item, unpriced.quantity, Some(price))?;
        self.unpriced = None;
        self.step = Step::Lines;
        Ok(())
    }

    fn total(&mut self, text: &str, register: &Register) -> Result<Turn, Setback> {
        let slip = self.slip.as_mut().ok_or(Refusal::NoPage)?;
        let pricing = register.slip_pricing(slip.at)?;
        let written = if text.is_empty() { slip.reckoned(pricing)? } else { amount(text)? };
        let sure = self.doubted == Some(written);
        match slip.set_written(written, sure, pricing) {
            Ok(()) => {
                self.doubted = None;
                self.step = Step::Payment;
                Ok(Turn::Stay(None))
            }
            // What is refused leaves no trace in a page: the doubt is said, not refused.
            Err(Refusal::PaperSlip(fault @ SlipFault::TotalFarOff(_))) => {
                self.doubted = Some(written);
                Ok(Turn::Stay(Some(Said::attention(fault.text(), fault.remedy()))))
            }
            Err(refusal) => Err(refusal.into()),
        }
    }

    fn payment(&mut self, text: &str) -> Result<(), Setback> {
        let mut slip = self.slip.clone().ok_or(Refusal::NoPage)?;
        slip.check = if text.is_empty() {
            None
        } else {
            Some(CheckNumber::parse(text).map_err(|_| Refusal::NotACheckNumber)?)
        };
        self.batch.add(slip)?;
        self.slip = None;
        self.step = Step::Number;
        Ok(())
    }
}

/// `1405`, or `11221405` with month and day before it.
fn written_at(text: &str, now: Timestamp) -> Result<Timestamp, Setback> {
    let (day, clock) = match text.len() {
        8 => (text.get(..4), text.get(4..)),
        _ => (None, Some(text)),
    };
    let (hour, minute) = clock.and_then(clock_time).ok_or(SlipFault::NotATime)?;
    let today = now.local_date();
    let day = match day {
        None => today,
        Some(day) => month_day(day, today).ok_or(SlipFault::NotATime)?,
    };
    let days = day.days_since_1970();
    let minutes = i64::from(hour).saturating_mul(60).saturating_add(i64::from(minute));
    let local = days.saturating_mul(1_440).saturating_add(minutes);
    let utc_min = local.saturating_sub(i64::from(now.offset_min));
    Timestamp::new(utc_min.saturating_mul(60_000), now.offset_min)
        .ok_or_else(|| Refusal::Hours(HoursFault::NotATime).into())
}

/// A month and a day, of this year or else of the last one.
fn month_day(text: &str, today: BusinessDate) -> Option<BusinessDate> {
    let month = text.get(..2)?.parse().ok()?;
    let day = text.get(2..)?.parse().ok()?;
    let this = BusinessDate::new(today.year(), month, day).filter(|date| *date <= today);
    this.or_else(|| BusinessDate::new(today.year().saturating_sub(1), month, day))
}

fn amount(text: &str) -> Result<Money, SlipFault> {
    Money::parse(text).map_err(|_| SlipFault::NotAnAmount)
}

fn count(text: &str) -> Result<u32, SlipFault> {
    text.parse().map_err(|_| SlipFault::NotAPad)
}

fn departments(register: &Register) -> Vec<Department> {
    register.policy().map_or_else(|_| Vec::new(), |policy| policy.departments.clone())
}
