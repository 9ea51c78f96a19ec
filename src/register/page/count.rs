//! Counting: one or two people, blind; what differs is counted again; then it is recorded.
//!
//! ```text
//!  area ─▶ first counts ─▶ F4 second's number ─▶ second counts ─▶ F5 compare
//!                     └────────── F5 compare ─────────▶ again, where needed ─▶ F5 ─▶ recorded
//! ```

use crate::domain::goods::count::StockCount;
use crate::domain::goods::counting::{Counting, Turn as Whose};
use crate::domain::goods::fault::GoodsFault;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::PersonId;
use crate::domain::quantity::Quantity;
use crate::domain::refusal::Refusal;
use crate::domain::words::{Words, term, words};
use crate::register::register::{Register, Said, Setback};
use crate::register::view::{Column, PageAction, PageAsks, PageView, ROWS_MAX, Row, RowMark};

use super::{Page, PageInput, PageName, Turn, begun};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct CountPage {
    step: Step,
}

#[derive(Clone, Debug, Default)]
enum Step {
    /// Where.
    #[default]
    Area,
    /// Scanning.
    Count(Box<Counting>),
    /// How many of one.
    HowMany(Box<Counting>, ItemCode, String),
    /// Who counts second.
    Second(Box<Counting>),
    /// What was recorded.
    Recorded(Vec<StockCount>),
}

impl Page for CountPage {
    fn view(&self, _register: &Register) -> PageView {
        let page = |step, title| PageView { step, ..PageView::of(PageName::Count, title) };
        match &self.step {
            Step::Area => PageView {
                lead: vec![words!(
                    "Sales go on: what is sold after an item was counted is taken off it."
                )],
                ..page(0, words!("Count: which area?"))
                    .asking(PageAsks::Text, term("Such as Aisle 4"))
            },
            Step::Count(counting) => {
                counted(counting, page(1, words!("Count: {}", counting.area())))
            }
            Step::HowMany(_, _, name) => PageView {
                answered: vec![(words!("Item"), Words::data(name.as_str()))],
                ..page(2, words!("How many are there?"))
                    .asking(PageAsks::Quantity, term("Quantity"))
            },
            Step::Second(_) => PageView {
                lead: vec![words!("The second one counts without seeing the first count.")],
                ..page(3, words!("Who counts second?"))
                    .asking(PageAsks::Digits, term("Their number"))
            },
            Step::Recorded(counts) => recorded(counts, page(4, words!("Counted"))),
        }
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        match (self.step.clone(), input) {
            (Step::Area, PageInput::Answer { text, .. }) => {
                let first = register.person()?.id.clone();
                let counting = Counting::new(text.text(), first)?;
                Ok(self.go(Step::Count(Box::new(counting))))
            }
            (Step::Count(mut counting), PageInput::Answer { text, .. }) => {
                if text.text().is_empty() {
                    return Ok(Turn::Stay(None));
                }
                let meant = register.known_item(text.text())?;
                let now = register.clock.now();
                match meant.quantity {
                    Some(quantity) => counting.set(&meant.code, &meant.name, quantity, now)?,
                    None => counting.scan(&meant.code, &meant.name, now)?,
                }
                let so_far = counting.counted(&meant.code).unwrap_or_default();
                self.step = Step::Count(counting);
                Ok(Turn::Stay(Some(Said::done(words!("{}: {} so far", meant.name, so_far)))))
            }
            (Step::Count(counting), PageInput::Row(place)) => {
                let lines = counting.lines();
                let line = lines.iter().rev().nth(place).ok_or(Refusal::NoSuchLine)?;
                let (code, name) = (line.code.clone(), line.name.to_owned());
                Ok(self.go(Step::HowMany(counting, code, name)))
            }
            (Step::HowMany(mut counting, code, name), PageInput::Answer { text, .. }) => {
                let quantity = super::quantity(text.text())?;
                counting.set(&code, &name, quantity, register.clock.now())?;
                Ok(self.go(Step::Count(counting)))
            }
            (Step::Count(counting), PageInput::Action(0)) if counting.turn() == Whose::First => {
                if counting.lines().is_empty() {
                    return Err(GoodsFault::NothingCounted.into());
                }
                Ok(self.go(Step::Second(counting)))
            }
            (Step::Second(mut counting), PageInput::Answer { text, .. }) => {
                let unknown = || GoodsFault::NoSuchPerson(text.text().to_owned());
                let id = PersonId::parse(text.text()).map_err(|_| unknown())?;
                let person = register.pack()?.person(&id)?.ok_or_else(unknown)?;
                counting.second(person.id)?;
                self.step = Step::Count(counting);
                Ok(Turn::Stay(Some(Said::done(words!("{} counts now", person.name)))))
            }
            (Step::Count(counting), PageInput::Action(1)) => self.compare(*counting, register),
            (Step::Area | Step::Recorded(_), PageInput::Back)
            | (Step::Recorded(_), PageInput::Answer { .. } | PageInput::Action(0)) => {
                Ok(Turn::Leave(None))
            }
            (Step::HowMany(counting, ..) | Step::Second(counting), PageInput::Back) => {
                Ok(self.go(Step::Count(counting)))
            }
            (Step::Count(counting), PageInput::Back) if counting.is_untouched() => {
                Ok(self.go(Step::Area))
            }
            (Step::Count(_), PageInput::Back) => Ok(Turn::Leave(Some(super::it_waits()))),
            (Step::Count(_), PageInput::Action(2)) => {
                *self = Self::default();
                let said = words!("The count is given up; nothing was recorded");
                Ok(Turn::Leave(Some(Said::done(said))))
            }
            _ => Ok(Turn::Stay(None)),
        }
    }

    fn waits(&self) -> bool {
        match &self.step {
            Step::Area | Step::Recorded(_) => false,
            Step::Count(counting) => !counting.is_untouched(),
            Step::HowMany(..) | Step::Second(_) => true,
        }
    }

    fn kept(&self) -> Option<String> {
        match &self.step {
            Step::Count(counting) | Step::HowMany(counting, ..) | Step::Second(counting) => {
                Some(begun::write_counting(counting))
            }
            Step::Area | Step::Recorded(_) => None,
        }
    }
}

impl CountPage {
    /// One that was begun before the program ended.
    pub(super) fn restored(kept: &str, register: &Register) -> Option<Self> {
        let counting = begun::read_counting(kept, register)?;
        Some(Self { step: Step::Count(Box::new(counting)) })
    }

    fn go(&mut self, step: Step) -> Turn {
        self.step = step;
        Turn::Stay(None)
    }

    fn compare(
        &mut self,
        mut counting: Counting,
        register: &mut Register,
    ) -> Result<Turn, Setback> {
        let again = counting.compare(|code, at| register.expected_at(code, at))?;
        if again > 0 {
            self.step = Step::Count(Box::new(counting));
            let fault = GoodsFault::CountAgain(again);
            return Ok(Turn::Stay(Some(Said::attention(fault.text(), fault.remedy()))));
        }
        let counts = counting.finish(|code, at| register.expected_at(code, at), "")?;
        register.record_counts(counts.clone())?;
        let items: usize = counts.iter().map(|count| count.lines.len()).sum();
        self.step = Step::Recorded(counts);
        let said = words!("{} is recorded: {} items", counting.area(), items);
        Ok(Turn::Stay(Some(Said::done(said))))
    }
}

fn counted(counting: &Counting, page: PageView) -> PageView {
    let again = counting.turn() == Whose::Again;
    let row = |line: crate::domain::goods::counting::CountLine<'_>| {
        let mark = if again && line.now.is_none() { RowMark::Open } else { RowMark::Plain };
        let tries: Vec<String> = line.tries.iter().map(ToString::to_string).collect();
        let now = line.now.map_or_else(String::new, |now| now.to_string());
        Row::marked(
            mark,
            vec![
                Words::data(line.name),
                Words::data(line.code.as_str()),
                Words::data(tries.join(" · ")),
                Words::data(now),
            ],
        )
    };
    let lead = match counting.turn() {
        Whose::First => words!("Scan each piece, or key 12*code. Choose a line to key its number."),
        Whose::Second => words!("Second count. Scan or key everything again."),
        Whose::Again => words!("These differ. Count each once more; the last count counts."),
    };
    let people: Vec<&str> = counting.counters().iter().map(PersonId::as_str).collect();
    let lines = counting.lines();
    PageView {
        lead: vec![lead, words!("Counted by {}", people.join(", "))],
        columns: vec![
            Column::words(term("Item"), 5),
            Column::words(term("Code"), 3),
            Column::figures(if again { term("Before") } else { "" }, 2),
            Column::figures(term("Counted"), 2),
        ],
        // The newest first, so that it is seen.
        rows: lines.into_iter().rev().take(ROWS_MAX).map(row).collect(),
        empty: words!("Nothing was counted yet."),
        rows_open: true,
        actions: vec![
            PageAction::new(term("Second counter…"), counting.turn() == Whose::First),
            PageAction::go(if again { term("Record") } else { term("Compare") }, true),
            PageAction::danger(term("Give up"), true),
        ],
        ..page.asking(PageAsks::Code, term("Item"))
    }
}

fn recorded(counts: &[StockCount], page: PageView) -> PageView {
    let lines = counts.iter().flat_map(|count| &count.lines);
    let row = |line: &crate::domain::goods::count::CountedLine| {
        let difference = line.difference();
        let mark = match difference {
            Some(off) if off != Quantity::default() && line.is_far_off() => RowMark::Attention,
            Some(off) if off == Quantity::default() => RowMark::Good,
            _ => RowMark::Plain,
        };
        let shown = |quantity: Option<Quantity>| match quantity {
            Some(quantity) => Words::data(quantity.to_string()),
            None => words!("not known"),
        };
        Row::marked(
            mark,
            vec![
                Words::data(line.name.as_str()),
                Words::data(line.counted().to_string()),
                shown(line.expected),
                shown(difference),
            ],
        )
    };
    PageView {
        lead: vec![words!("Recorded as of the time each item was counted.")],
        columns: vec![
            Column::words(term("Item"), 5),
            Column::figures(term("Counted"), 2),
            Column::figures(term("Expected"), 2),
            Column::figures(term("Difference"), 2),
        ],
        rows: lines.take(ROWS_MAX).map(row).collect(),
        actions: vec![PageAction::go(term("Done"), true)],
        ..page
    }
}
