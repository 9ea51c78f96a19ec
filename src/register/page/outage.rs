//! The outage: what is known of it, kept up to date by a lead, and the signs that tell customers.
//!
//! ```text
//!  Look ─▶ Expected · Cause · Ticket ─▶ OutageUpdated, recorded ─▶ Look
//!    ├──▶ a task of the protocol, ticked off and signed, or taken back
//!    └──▶ Signs: two strips of the receipt printer
//! ```
//!
//! Declaring and ending stay on their own keys; nothing here switches anything.

use crate::domain::announcement::{Announcement, Terms, clock};
use crate::domain::outage::{Outage, OutageFault, clock_time};
use crate::domain::protocol::{Task, tasks};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::words::{Words, term, words};
use crate::receipt::sign::{self, Place, Sign};
use crate::register::outages::check_text;
use crate::register::register::{Register, Said, Setback};
use crate::register::view::{Column, PageAction, PageAsks, PageView, Row, RowMark};

use super::{Page, PageInput, PageName, Turn};

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct OutagePage {
    step: Step,
}

/// What is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    /// Nothing: it is looked at.
    #[default]
    Look,
    /// When it should be over.
    Expected,
    /// What happened.
    Cause,
    /// The ticket.
    Ticket,
}

impl Step {
    /// Another number for another question.
    const fn place(self) -> u32 {
        match self {
            Self::Look => 0,
            Self::Expected => 1,
            Self::Cause => 2,
            Self::Ticket => 3,
        }
    }
}

impl Page for OutagePage {
    fn view(&self, register: &Register) -> PageView {
        let Some(outage) = register.open_outage() else {
            let lead = vec![words!("None is declared. A lead declares one with Ctrl O.")];
            return PageView { lead, ..PageView::of(PageName::Outage, words!("The outage")) };
        };
        let leads = register.leads();
        let page = PageView {
            step: self.step.place(),
            answered: known(outage),
            ..PageView::of(PageName::Outage, words!("The outage"))
        };
        match self.step {
            Step::Look => PageView {
                columns: vec![
                    Column::words(term("Task"), 6),
                    Column::words(term("Who"), 2),
                    Column::words(term("Done"), 4),
                ],
                rows: rows(register, outage),
                rows_open: true,
                lead: vec![
                    open_for(outage, register.clock.now()),
                    words!("What becomes known is recorded, and told on the customer's window."),
                    words!("The signs say the same, in English and Spanish."),
                ],
                actions: vec![
                    PageAction::new(term("Expected end"), leads),
                    PageAction::new(term("Cause"), leads),
                    PageAction::new(term("Ticket"), leads),
                    PageAction::go(term("Print signs"), true),
                ],
                ..page
            },
            Step::Expected => PageView {
                lead: vec![words!(
                    "Key hours and minutes: 1800 is 6:00 PM. Enter alone: nobody knows."
                )],
                ..page
            }
            .asking(PageAsks::Digits, term("When should it be over?")),
            Step::Cause => page.asking(PageAsks::Text, term("Cause, as far as known")),
            Step::Ticket => page.asking(PageAsks::Text, term("Support ticket")),
        }
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        match (self.step, input) {
            (Step::Look, PageInput::Back) => return Ok(Turn::Leave(None)),
            (_, PageInput::Back) => self.step = Step::Look,
            (Step::Look, PageInput::Row(place)) => {
                let tasks = tasks(&register.policy()?.tasks);
                let task = tasks.get(place).ok_or(Refusal::NoSuchLine)?;
                let done = register.tick_task(&task.code)?;
                return Ok(Turn::Stay(Some(Said::done(if done {
                    words!("Done: {}", &task.text)
                } else {
                    words!("Not done yet: {}", &task.text)
                }))));
            }
            (Step::Look, PageInput::Action(3)) => return print_signs(register),
            (Step::Look, PageInput::Action(place)) => {
                if !register.leads() {
                    return Err(Refusal::NeedsLead.into());
                }
                self.step = match place {
                    0 => Step::Expected,
                    1 => Step::Cause,
                    2 => Step::Ticket,
                    _ => Step::Look,
                };
            }
            (step, PageInput::Answer { text, .. }) if step != Step::Look => {
                let outage = register.open_outage().ok_or(Refusal::NoOutage)?.clone();
                let outage = answered(step, text.text(), outage, register)?;
                register.update_outage(outage)?;
                self.step = Step::Look;
                return Ok(Turn::Stay(Some(Said::done(words!("Recorded")))));
            }
            _ => {}
        }
        Ok(Turn::Stay(None))
    }
}

/// The outage with one more thing known.
fn answered(
    step: Step,
    text: &str,
    outage: Outage,
    register: &Register,
) -> Result<Outage, Refusal> {
    let text = text.trim();
    check_text(text)?;
    Ok(match step {
        Step::Look => outage,
        Step::Expected if text.is_empty() => Outage { expected: None, ..outage },
        Step::Expected => {
            let (hour, minute) = clock_time(text).ok_or(OutageFault::NotATime)?;
            Outage { expected: register.clock.now().next_at(hour, minute), ..outage }
        }
        Step::Cause => Outage { cause: text.to_owned(), ..outage },
        Step::Ticket => Outage { ticket: text.to_owned(), ..outage },
    })
}

/// The timer.
fn open_for(outage: &Outage, now: Timestamp) -> Words {
    let minutes = now.utc_ms.saturating_sub(outage.since.utc_ms).max(0).div_euclid(60_000);
    words!("Open for {} h {} min", minutes.div_euclid(60), minutes.rem_euclid(60))
}

/// The protocol: what is done is signed, what is late stands out.
fn rows(register: &Register, outage: &Outage) -> Vec<Row> {
    let own = register.policy().map_or(&[][..], |policy| &policy.tasks);
    let now = register.clock.now();
    let passed = now.utc_ms.saturating_sub(outage.since.utc_ms).div_euclid(60_000);
    let row = |task: &Task| {
        let (mark, state) = match register.book.outages.done(&outage.id, &task.code) {
            Some((person, at)) => {
                let who = register.name_of(Some(person));
                (RowMark::Good, words!("{}, {}", clock(at), who))
            }
            None if passed > i64::from(task.within_min) => {
                (RowMark::Attention, words!("late: {} min were planned", task.within_min))
            }
            None => (RowMark::Open, words!("within {} min", task.within_min)),
        };
        Row::marked(mark, vec![task.text.clone(), Words::plain(task.duty.label()), state])
    };
    tasks(own).iter().map(row).collect()
}

/// What is known, name and value.
fn known(outage: &Outage) -> Vec<(Words, Words)> {
    let or_unknown = |text: &str| {
        if text.is_empty() { words!("not known yet") } else { Words::data(text.to_owned()) }
    };
    let mut known = vec![(words!("Since"), clock(outage.since))];
    for system in &outage.systems {
        known.push((words!("Down"), Words::plain(system.label())));
    }
    let expected = outage.expected.map_or_else(|| words!("not known yet"), clock);
    known.push((words!("Cause"), or_unknown(&outage.cause)));
    known.push((words!("Ticket"), or_unknown(&outage.ticket)));
    known.push((words!("Expected end"), expected));
    known
}

/// A sign for the door and one for the lane, on the receipt printer.
fn print_signs(register: &mut Register) -> Result<Turn, Setback> {
    let outage = register.open_outage().ok_or(Refusal::NoOutage)?;
    let policy = register.policy()?;
    let terms = Terms::of(policy);
    let told = Announcement::of(&outage.systems, outage.expected, register.clock.now(), &terms);
    let told = told.ok_or(Refusal::from(OutageFault::NothingToAnnounce))?;
    if register.paper.lamp.on_screen() {
        return Err(Refusal::from(OutageFault::NoPrinter).into());
    }
    let slips = Place::ALL.map(|place| {
        sign::slip(&Sign {
            store_name: &policy.store_name,
            told: &told,
            currency: policy.currency,
            place,
            training: register.training,
        })
    });
    for slip in slips {
        register.print_slip(slip);
    }
    Ok(Turn::Stay(Some(Said::done(words!("The signs go to the printer")))))
}
