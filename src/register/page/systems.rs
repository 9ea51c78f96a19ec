//! The systems: what the probes see of each, whose fault it most likely is, and what support asks.
//!
//! ```text
//!  Look ─▶ Source (1 to 5) ─▶ Words ─▶ Heard, recorded ─▶ Look
//!    └──▶ Support sheet: systems, errors, first failure, register, ticket, on one slip
//! ```
//!
//! It only tells. Declaring an outage stays a lead's.

use crate::domain::hearsay::{Heard, Source, Trust};
use crate::domain::outage::OutageFault;
use crate::domain::probe::Sight;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::words::{Words, term, words};
use crate::probe::{Board, Seen};
use crate::receipt::slip::Slip;
use crate::register::register::{Register, Said, Setback};
use crate::register::view::{Choice, Column, PageAction, PageAsks, PageView, Row, RowMark};

use super::{Page, PageInput, PageName, Turn};

/// What was heard, as far as it is shown.
const HEARD_SHOWN: usize = 12;

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemsPage {
    step: Step,
}

/// What is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    #[default]
    Look,
    Source,
    Words(Source),
}

impl Page for SystemsPage {
    fn view(&self, register: &Register) -> PageView {
        let page = PageView::of(PageName::Systems, words!("The systems"));
        match self.step {
            Step::Look => look(page, register),
            Step::Source => PageView {
                step: 1,
                lead: vec![words!("Where did you hear it?")],
                choices: Source::SAID
                    .map(|source| Choice::open(Words::plain(source.label())))
                    .into(),
                ..page
            },
            Step::Words(source) => PageView {
                step: 2,
                lead: vec![words!("What was said, in a few words and without names?")],
                answered: vec![(words!("Source"), Words::plain(source.label()))],
                ..page
            }
            .asking(PageAsks::Text, term("What was said")),
        }
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        match (self.step, input) {
            (Step::Look, PageInput::Back) => return Ok(Turn::Leave(None)),
            (Step::Look, PageInput::Action(0)) => {
                register.person()?;
                self.step = Step::Source;
            }
            (Step::Look, PageInput::Action(1)) => return print_sheet(register),
            (Step::Source, PageInput::Choice(place)) => {
                let source = Source::SAID.get(place).ok_or(Refusal::NoSuchLine)?;
                self.step = Step::Words(*source);
            }
            (Step::Words(_), PageInput::Back) => self.step = Step::Source,
            (_, PageInput::Back) => self.step = Step::Look,
            (Step::Words(source), PageInput::Answer { text, .. }) => {
                let text = text.text().trim().to_owned();
                register.note_heard(Heard { source, trust: source.trust(), text })?;
                self.step = Step::Look;
                return Ok(Turn::Stay(Some(Said::done(words!("Recorded")))));
            }
            _ => {}
        }
        Ok(Turn::Stay(None))
    }
}

fn look(page: PageView, register: &Register) -> PageView {
    let board = register.watching.board.lock();
    let mut lead = match &board.trouble {
        Some(trouble) => vec![words!("IT must look at the probes: {}", trouble)],
        None => vec![board.cause().text()],
    };
    lead.push(words!("Nothing switches by itself: a lead decides."));
    PageView {
        lead,
        columns: vec![
            Column::words(term("System"), 3),
            Column::words(term("State"), 3),
            Column::words(term("Since"), 2),
            Column::words(term("What support is told"), 5),
        ],
        rows: board.seen.iter().map(row).chain(heard(register)).collect(),
        empty: words!("No probe is set up: IT writes probes.toml."),
        actions: vec![
            PageAction::new(term("Heard elsewhere"), register.person().is_ok()),
            PageAction::go(term("Support sheet"), true),
        ],
        ..page
    }
}

fn row(seen: &Seen) -> Row {
    let (mark, state) = match seen.steady.sight {
        None => (RowMark::Open, words!("Not looked at yet")),
        Some(Sight::Up) if seen.steady.wavers() => (RowMark::Attention, words!("Wavers")),
        Some(Sight::Up) => (RowMark::Good, Words::plain(Sight::Up.label())),
        Some(Sight::Slow) => (RowMark::Attention, Words::plain(Sight::Slow.label())),
        Some(sight) => (RowMark::Bad, Words::plain(sight.label())),
    };
    Row::marked(
        mark,
        vec![
            Words::plain(seen.probe.watched.label()),
            state,
            seen.since.map_or(Words::NOTHING, time),
            told(seen),
        ],
    )
}

/// What other registers see, and what was heard anywhere in the store.
fn heard(register: &Register) -> impl Iterator<Item = Row> {
    register.book.heard.newest().take(HEARD_SHOWN).map(|heard| {
        let mark = match heard.heard.trust {
            Trust::High => RowMark::Attention,
            Trust::Medium | Trust::Low => RowMark::Plain,
        };
        Row::marked(
            mark,
            vec![
                words!("Heard at register {}", heard.register.0),
                Words::plain(heard.heard.source.label()),
                time(heard.at),
                Words::data(heard.heard.text.clone()),
            ],
        )
    })
}

/// The last look in words, with its milliseconds.
fn told(seen: &Seen) -> Words {
    seen.looks
        .back()
        .map_or(Words::NOTHING, |look| words!("{}, {} ms", look.sight.detail(), look.took_ms))
}

fn time(at: Timestamp) -> Words {
    crate::domain::announcement::clock(at)
}

/// What support asks for, on one slip; in English, as the desk reads it.
fn print_sheet(register: &mut Register) -> Result<Turn, Setback> {
    if register.paper.lamp.on_screen() {
        return Err(Refusal::from(OutageFault::NoPrinter).into());
    }
    let place = register.slip_place().ok_or(Refusal::NotSignedIn)?;
    let mut slip = Slip::new("Support sheet", &place);
    if let Some(outage) = register.open_outage() {
        slip = slip.pair("Outage", outage.id.to_string());
        slip = slip.pair("Since", outage.since.to_string());
        let ticket = if outage.ticket.is_empty() { "none" } else { &outage.ticket };
        slip = slip.pair("Ticket", ticket).line(format!("Cause: {}", outage.cause));
        for system in &outage.systems {
            slip = slip.line(format!("Down: {}", system.label()));
        }
    } else {
        slip = slip.line("No outage is declared.");
    }
    let board: Board = register.watching.board.lock().clone();
    slip = slip.rule().line(board.cause().text().to_string());
    for seen in &board.seen {
        slip = slip.rule().line(seen.probe.watched.label());
        slip = slip.line(seen.probe.address.to_string());
        let state = seen.steady.sight.map_or("not looked at yet", Sight::word);
        slip = slip.line(format!("{state}: {}", told(seen)));
        if let Some(first) = seen.first_failure {
            slip = slip.line(format!("first failure {first}"));
        }
    }
    let pending = register.pending.records;
    slip = slip.rule().pair("Records not at central", pending.to_string());
    let slip = slip.finish();
    register.print_slip(slip);
    Ok(Turn::Stay(Some(Said::done(words!("The support sheet goes to the printer")))))
}
