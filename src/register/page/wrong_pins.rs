//! Wrong PINs of late, for leads: whoever waits at this register stands first, and a wait can be
//! ended.
//!
//! It tells no number that nobody of the store has: somebody may have keyed a PIN there.

use crate::domain::announcement::clock;
use crate::domain::book::guesses::GuessedAt;
use crate::domain::event::SignInBy;
use crate::domain::guessing::GuessEnd;
use crate::domain::ids::PersonId;
use crate::domain::time::{BusinessDate, Timestamp};
use crate::domain::words::{Words, term, words};
use crate::register::register::{Register, Setback};
use crate::register::tries::Waiting;
use crate::register::view::{Column, PageView, ROWS_MAX, Row, RowMark};

use super::{Page, PageInput, PageName, Turn};

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct WrongPinsPage;

impl Page for WrongPinsPage {
    fn view(&self, register: &Register) -> PageView {
        let waiting = register.waiting();
        let day = register.business_date();
        let here = waiting.iter().map(|one| waits(register, one));
        let newest = register.book().guesses.newest();
        let earlier = newest.into_iter().map(|one| row(register, one, day));
        let mut lead = vec![words!("Who was made to wait for wrong PINs, at any register seen.")];
        if !waiting.is_empty() {
            lead.push(words!("Who waits here stands first. See who it is, then end the wait."));
        }
        PageView {
            lead,
            columns: vec![
                Column::words(term("Last try"), 3),
                Column::words(term("Register"), 2),
                Column::words(term("Whose number"), 4),
                Column::words(term("Wrong PINs"), 3),
                Column::words(term("What came of it"), 5),
            ],
            rows: here.chain(earlier).take(ROWS_MAX).collect(),
            rows_open: !waiting.is_empty(),
            empty: words!("Nobody was made to wait."),
            ..PageView::of(PageName::WrongPins, Words::plain(PageName::WrongPins.label()))
        }
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        match input {
            PageInput::Row(place) => {
                let waiting = register.waiting();
                let Some(one) = waiting.get(place) else { return Ok(Turn::Stay(None)) };
                Ok(Turn::Stay(Some(register.end_wait(&one.person)?)))
            }
            PageInput::Back => Ok(Turn::Leave(None)),
            _ => Ok(Turn::Stay(None)),
        }
    }
}

/// Somebody who waits at this register.
fn waits(register: &Register, one: &Waiting) -> Row {
    let cells = vec![
        words!("now"),
        Words::data(register.ledger().chain().journal.register.to_string()),
        whose(register, &one.person),
        Words::data(one.tries.to_string()),
        words!("waits {} s; Enter ends it", one.wait_ms.div_ceil(1_000)),
    ];
    Row::marked(RowMark::Open, cells)
}

fn row(register: &Register, one: &GuessedAt, day: BusinessDate) -> Row {
    let guessed = &one.guessed;
    let number = match (&guessed.person, guessed.then) {
        (Some(person), _) => whose(register, person),
        (None, GuessEnd::AllWait { numbers }) => words!("{} numbers", numbers),
        (None, _) => words!("nobody's"),
    };
    let (mark, end) = match (guessed.then, guessed.by) {
        (GuessEnd::AllWait { .. }, _) => (RowMark::Bad, words!("everybody waited a minute")),
        (_, SignInBy::Pin) => (RowMark::Attention, words!("had to wait")),
        (_, SignInBy::Badge) => (RowMark::Attention, words!("with a badge; had to wait")),
        (_, SignInBy::Phone) => (RowMark::Attention, words!("answers by phone; had to wait")),
    };
    let cells = vec![
        when(guessed.to, day),
        Words::data(one.register.to_string()),
        number,
        Words::data(guessed.tries.to_string()),
        end,
    ];
    Row::marked(mark, cells)
}

fn whose(register: &Register, person: &PersonId) -> Words {
    let name = register.name_of(Some(person));
    Words::data(format!("{person} {name}"))
}

fn when(at: Timestamp, day: BusinessDate) -> Words {
    if at.local_date() == day { clock(at) } else { Words::data(at.local_date().to_string()) }
}
