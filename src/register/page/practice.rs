//! Practice: the steps of five minutes on the training side, ticked off by what was really done.
//!
//! ```text
//!  real side ─ F4 ─▶ training side ─ F4 begin ─▶ sell, count … ─▶ here ─ F4 finish ─▶ record
//! ```
//!
//! Nothing is ticked by hand, and nothing here touches the real journal.

use std::collections::BTreeSet;

use crate::domain::event::Event;
use crate::domain::practice::{Practice, PracticeStep};
use crate::domain::time::Timestamp;
use crate::domain::words::{Words, term, words};
use crate::register::register::{Register, Said, Setback};
use crate::register::view::{Column, PageAction, PageView, Row, RowMark};

use super::{Page, PageInput, PageName, Turn};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct PracticePage;

type UnderWay = (Timestamp, BTreeSet<PracticeStep>);

impl Page for PracticePage {
    fn view(&self, register: &Register) -> PageView {
        let under_way = under_way(register);
        let page = PageView::of(PageName::Practice, words!("Practice: five minutes"));
        if !register.is_training() {
            return PageView {
                lead: vec![
                    words!("Practice is done on the training side: the same screens and prices."),
                    words!("Nothing counts there, nothing is sent, and the drawer stays closed."),
                ],
                columns: columns(),
                rows: rows(&BTreeSet::new()),
                actions: vec![PageAction::go(term("Training side"), true)],
                ..page
            };
        }
        let action = match &under_way {
            None => PageAction::go(term("Begin"), true),
            Some((_, done)) if is_all(done) => PageAction::go(term("Finish"), true),
            Some(_) => PageAction::new(term("Stop here"), true),
        };
        let lead = match &under_way {
            None => words!("Begin, leave this page with Esc, do the steps, and come back."),
            Some((since, done)) => {
                let (hour, minute) = since.local_hour_minute();
                let left = PracticeStep::ALL.len().saturating_sub(done.len());
                words!("Since {}: {} steps are left", format!("{hour:02}:{minute:02}"), left)
            }
        };
        let done = under_way.map(|(_, done)| done).unwrap_or_default();
        let actions = vec![action, PageAction::new(term("Back to selling"), true)];
        PageView { lead: vec![lead], columns: columns(), rows: rows(&done), actions, ..page }
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        match (input, register.is_training()) {
            (PageInput::Action(0), false) => {
                register.train(true)?;
                Ok(Turn::Leave(None))
            }
            (PageInput::Action(1), true) => {
                register.train(false)?;
                Ok(Turn::Leave(None))
            }
            (PageInput::Action(0), true) => mark(register),
            (PageInput::Back, _) => Ok(Turn::Leave(None)),
            _ => Ok(Turn::Stay(None)),
        }
    }
}

fn under_way(register: &Register) -> Option<UnderWay> {
    let own = register.ledger.chain().journal.register;
    register.book().readiness.of(own).practice
}

fn is_all(done: &BTreeSet<PracticeStep>) -> bool {
    PracticeStep::ALL.iter().all(|step| done.contains(step))
}

/// Begins, or finishes what is under way.
fn mark(register: &mut Register) -> Result<Turn, Setback> {
    let Some((since, done)) = under_way(register) else {
        register.record(Event::Practice(Practice::Begun))?;
        let said = Said::done(words!("Practice has begun: leave this page and do the steps"));
        return Ok(Turn::Stay(Some(said)));
    };
    let passed_ms = register.clock.now().utc_ms.saturating_sub(since.utc_ms).max(0);
    let seconds = u32::try_from(passed_ms / 1_000).unwrap_or(u32::MAX);
    let count = done.len();
    let steps = done.into_iter().collect();
    register.record(Event::Practice(Practice::Done { seconds, steps }))?;
    let said = words!("{} of {} steps in {} minutes", count, PracticeStep::ALL.len(), seconds / 60);
    Ok(Turn::Stay(Some(Said::done(said))))
}

fn columns() -> Vec<Column> {
    vec![Column::words(term("Step"), 3), Column::words(term("Keys"), 3)]
}

fn rows(done: &BTreeSet<PracticeStep>) -> Vec<Row> {
    let row = |step: PracticeStep| {
        let mark = if done.contains(&step) { RowMark::Good } else { RowMark::Open };
        Row::marked(mark, vec![Words::plain(step.label()), Words::plain(step.keys())])
    };
    PracticeStep::ALL.into_iter().map(row).collect()
}
