//! Which of two items with one number is meant: a pressed key, or its digit and Enter.

use super::super::entry::Line;
use super::Desk;
use crate::domain::refusal::Refusal;
use crate::register::command::Command;
use crate::register::view::{Ask, View};

/// True while the till asks which item it is.
pub(super) const fn is_asked(view: &View) -> bool {
    matches!(view.ask, Some(Ask::Which(_)))
}

impl Desk {
    /// A key was pressed.
    pub(super) fn choose_item(&mut self, place: usize, at_ms: u64) {
        self.entry.clear();
        self.send(Command::Choose { place }, at_ms);
    }

    /// A digit was keyed. A scan is refused aloud: its first digit chooses nothing.
    pub(super) fn end_which(&mut self, line: &Line, at_ms: u64) {
        let place = line.text.parse::<usize>().ok().and_then(|digit| digit.checked_sub(1));
        match place.filter(|_| line.text.len() == 1) {
            Some(place) => self.send(Command::Choose { place }, at_ms),
            None if line.text.is_empty() => {}
            None => self.refuse_with(&Refusal::AnswerFirst, at_ms),
        }
    }
}
