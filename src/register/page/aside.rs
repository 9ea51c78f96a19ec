//! Sales that were put aside: those that a card may have paid, each closed in one of three ways,
//! and the others, to go on with.
//!
//! ```text
//!  List ─┬ a plain one ─▶ goes on
//!        └ a card's ─▶ Case ─┬ 1 goes on, a manager signs
//!                            ├ 2 paid by card ──────────────┐
//!                            ├ 3 paid otherwise ────────────┴▶ Terminal ─▶ a manager signs
//!                            └ 4 given up ─────────────────────────────▶ a manager signs
//! ```

use crate::domain::approval::Case;
use crate::domain::book::card_pending::{Closed, Pending};
use crate::domain::book::slips::Waiting;
use crate::domain::card_pending::{CardClosed, CardFault, Ending, TerminalRef};
use crate::domain::event::Event;
use crate::domain::ids::RecordRef;
use crate::domain::money::Money;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::words::{Words, term, words};
use crate::register::register::{Register, Said, Setback};
use crate::register::view::{
    Choice, Column, Link, PageAction, PageAsks, PageView, ROWS_MAX, Row, RowMark,
};

use super::{Page, PageInput, PageName, Turn};

/// The most closed cases that are shown.
const CLOSED_SHOWN: usize = 20;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct AsidePage {
    step: Step,
    /// The case that was chosen.
    case: Option<RecordRef>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    /// All that waits, and all that is open.
    #[default]
    List,
    /// How one ended.
    Case,
    /// The terminal's reference for this ending.
    Terminal(Ending),
}

/// A row of the list.
enum Listed<'a> {
    Open(RecordRef, &'a Pending),
    Waiting(&'a Waiting),
    Closed(&'a Pending, Vec<&'a Closed>),
}

impl Page for AsidePage {
    fn view(&self, register: &Register) -> PageView {
        let page = |step, title| PageView {
            step,
            answered: self.answered(register),
            ..PageView::of(PageName::Aside, title)
        };
        match self.step {
            Step::List => list_view(page(0, words!("Sales put aside")), register),
            Step::Case => self.case_view(page(1, words!("How did it end?")), register),
            Step::Terminal(_) => PageView {
                lead: vec![
                    words!("The number on the slip of the terminal. Enter alone: there is none."),
                    words!("Never key a card's number."),
                ],
                ..page(2, words!("What does the terminal say?"))
            }
            .asking(PageAsks::Code, term("Terminal's number")),
        }
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        match (self.step, input) {
            (Step::List, PageInput::Back) => return Ok(Turn::Leave(None)),
            (Step::Terminal(_), PageInput::Back) => self.step = Step::Case,
            (_, PageInput::Back) => *self = Self::default(),
            (Step::List, PageInput::Action(0)) => register.ask_for_asides(),
            (Step::List, PageInput::Row(place)) => return self.chosen(place, register),
            (Step::Case, PageInput::Choice(place)) => return self.ended(place, register),
            (Step::Terminal(ending), PageInput::Answer { text, .. }) => {
                let terminal = TerminalRef::parse_some(text.text())?;
                return self.close(ending, terminal, register);
            }
            _ => {}
        }
        Ok(Turn::Stay(None))
    }
}

impl AsidePage {
    fn chosen(&mut self, place: usize, register: &mut Register) -> Result<Turn, Setback> {
        let rows = listed(register);
        let slip = match rows.get(place).ok_or(Refusal::NoSuchLine)? {
            Listed::Open(case, _) => {
                (self.case, self.step) = (Some(*case), Step::Case);
                return Ok(Turn::Stay(None));
            }
            Listed::Closed(pending, endings) => {
                let ending = endings.first().ok_or(CardFault::NoSuchCase)?;
                let fault = CardFault::Closed(pending.slip, ending.ending, ending.register);
                return Err(fault.into());
            }
            Listed::Waiting(waiting) => waiting.sale.slip,
        };
        Ok(Turn::Leave(register.resume(slip)?))
    }

    fn ended(&mut self, place: usize, register: &mut Register) -> Result<Turn, Setback> {
        let case = self.case.ok_or(CardFault::NoSuchCase)?;
        let pending = register.book.card_pending.of(case);
        let slip = pending.ok_or(CardFault::NoSuchCase)?.slip;
        if place == 0 {
            if !register.waits_for_card(case) {
                return Err(CardFault::NotWaiting(slip).into());
            }
            return Ok(Turn::Leave(register.resume(slip)?));
        }
        let collected = register.book.card_pending.collected(case).first().copied();
        let ending = match (place, collected) {
            (1, None) => Ending::PaidByCard,
            (2, Some(sale)) => Ending::CashCardReversed { sale: sale.at_record },
            (2, None) => return Err(CardFault::NotCollected(slip).into()),
            (3, None) => return self.close(Ending::Abandoned, None, register),
            (1 | 3, Some(sale)) => {
                return Err(CardFault::Collected(slip, sale.number).into());
            }
            _ => return Ok(Turn::Stay(None)),
        };
        self.step = Step::Terminal(ending);
        Ok(Turn::Stay(None))
    }

    fn close(
        &mut self,
        ending: Ending,
        terminal: Option<TerminalRef>,
        register: &mut Register,
    ) -> Result<Turn, Setback> {
        let case = self.case.ok_or(CardFault::NoSuchCase)?;
        let slip = register.close_card(case, ending, terminal)?;
        *self = Self::default();
        let said = words!("Number {} is closed: {}", slip, Words::plain(ending.label()));
        Ok(Turn::Stay(Some(Said::done(said))))
    }

    fn answered(&self, register: &Register) -> Vec<(Words, Words)> {
        let pending = self.case.and_then(|case| register.book.card_pending.of(case));
        let Some(pending) = pending else { return Vec::new() };
        let mut answered = vec![
            (words!("Number"), Words::data(pending.slip.to_string())),
            (words!("Register"), Words::data(pending.register.to_string())),
            (words!("Amount"), Words::data(register.money_words(pending.total))),
        ];
        if let Some(terminal) = &pending.terminal {
            answered.push((words!("Terminal"), Words::data(terminal.as_str())));
        }
        if let Step::Terminal(ending) = self.step {
            answered.push((words!("Ending"), Words::plain(ending.label())));
        }
        answered
    }

    fn case_view(&self, page: PageView, register: &Register) -> PageView {
        let Some(case) = self.case else { return page };
        let collected = register.book.card_pending.collected(case).first().copied();
        let lead = match collected {
            Some(sale) => words!(
                "Sale {} at register {} took the money. The card must be reversed.",
                sale.number.0,
                sale.register.0
            ),
            None => words!("Look at the terminal or ask the card service before you choose."),
        };
        let free = collected.is_none();
        let choice = |label, enabled| Choice { label, enabled };
        PageView {
            lead: vec![
                lead,
                words!("A manager signs. What is recorded can't be closed otherwise."),
            ],
            choices: vec![
                choice(
                    words!("Go on with it: take cash or a check"),
                    register.waits_for_card(case),
                ),
                choice(Words::plain(Ending::PaidByCard.label()), free),
                choice(words!("Paid otherwise, card reversed or never charged"), !free),
                choice(Words::plain(Ending::Abandoned.label()), free),
            ],
            ..page
        }
    }
}

/// What is listed, in the order of the rows: open cases, what else waits, closed cases.
fn listed(register: &Register) -> Vec<Listed<'_>> {
    let (cards, slips) = (&register.book.card_pending, &register.book.slips);
    let open = cards.open().into_iter().map(|(case, pending)| Listed::Open(case, pending));
    let plain = slips.waiting().into_iter().filter(|(at, one)| one.sale.case(*at).is_none());
    let waiting = plain.map(|(_, waiting)| Listed::Waiting(waiting));
    let closed = cards.closed().into_iter().take(CLOSED_SHOWN);
    let closed = closed.map(|(_, pending, endings)| Listed::Closed(pending, endings));
    open.chain(waiting).chain(closed).take(ROWS_MAX).collect()
}

fn list_view(page: PageView, register: &Register) -> PageView {
    let row = |one: Listed<'_>| {
        let (mark, slip, (from, at), total, state) = match one {
            Listed::Open(case, pending) => {
                let collected = register.book.card_pending.collected(case).first().copied();
                let state = match collected {
                    Some(sale) => words!("Sale {} took money: reverse the card", sale.number.0),
                    None => words!("A card may have paid it"),
                };
                let place = (pending.register, pending.at);
                (RowMark::Attention, pending.slip, place, pending.total, state)
            }
            Listed::Waiting(waiting) => {
                let sale = &waiting.sale;
                let lines = sale.basket.lines.iter().filter(|line| !line.voided);
                let first = lines.map(|line| line.name.as_str()).next().unwrap_or_default();
                let place = (waiting.register, waiting.at);
                (RowMark::Open, sale.slip, place, sale.total, Words::data(first))
            }
            Listed::Closed(pending, endings) => {
                let state = endings.first().map(|one| {
                    let by = one.by.as_ref().map_or("-", |by| by.as_str());
                    words!("{}, {}", Words::plain(one.ending.label()), by)
                });
                // Two endings, made apart: central asks a person.
                let mark = if endings.len() > 1 { RowMark::Bad } else { RowMark::Good };
                let at = endings.first().map_or(pending.at, |one| one.at);
                let place = (pending.register, at);
                (mark, pending.slip, place, pending.total, state.unwrap_or_default())
            }
        };
        Row::marked(
            mark,
            vec![
                Words::data(slip.to_string()),
                Words::data(from.to_string()),
                Words::data(moment(at)),
                state,
                Words::data(register.money_words(total)),
            ],
        )
    };
    PageView {
        lead: std::iter::once(words!("Choose one to go on with it, or to say how its card ended."))
            .chain(register.asked_words())
            .collect(),
        columns: vec![
            Column::words(term("Number"), 2),
            Column::words(term("Register"), 2),
            Column::words(term("When"), 4),
            Column::words(term("What"), 7),
            Column::figures(term("Amount"), 3),
        ],
        rows: listed(register).into_iter().map(row).collect(),
        empty: words!("No sale was put aside."),
        rows_open: true,
        actions: vec![PageAction::new(term("Ask central"), register.link != Link::NotEnrolled)],
        ..page
    }
}

/// Day and minute by the clock of the register that recorded it.
fn moment(at: Timestamp) -> String {
    let (hour, minute) = at.local_hour_minute();
    format!("{} {hour:02}:{minute:02}", at.local_date())
}

impl Register {
    fn money_words(&self, amount: Money) -> String {
        self.policy().map_or_else(|_| amount.to_string(), |policy| policy.currency.format(amount))
    }

    /// The sale of a case waits to be taken up.
    fn waits_for_card(&self, case: RecordRef) -> bool {
        self.book.slips.waiting().iter().any(|(at, one)| one.sale.case(*at) == Some(case))
    }

    /// Records how a case ended; the number of its slip.
    fn close_card(
        &mut self,
        case: RecordRef,
        ending: Ending,
        terminal: Option<TerminalRef>,
    ) -> Result<u32, Setback> {
        let cards = &self.book.card_pending;
        let pending = cards.of(case).ok_or(CardFault::NoSuchCase)?;
        let (slip, total) = (pending.slip, pending.total);
        if let Some(closed) = cards.endings(case).first() {
            let fault = CardFault::Closed(slip, closed.ending, closed.register);
            return Err(fault.into());
        }
        let amount = self.money_words(total);
        let approval = self.authorise_about(&Case::CardPending, || {
            words!("Number {}, {}: {}", slip, amount, Words::plain(ending.label()))
        })?;
        let closed = CardClosed { case, slip, ending, terminal, approval };
        self.record(Event::CardPendingClosed(closed))?;
        Ok(slip)
    }
}
