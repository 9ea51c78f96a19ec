//! A digit that chooses, told from the first digit of a scan.
//!
//! A scan must never press a button. Where a digit chooses, it does so only once nothing followed
//! it for a moment: the next character of a scanner comes sooner, and a person does not notice.
//!
//! ```text
//!  digit ─▶ held ── nothing for 60 ms ─▶ chosen
//!             └── another character ──▶ a scan: both go to the entry line
//! ```

use super::cards::Card;
use super::form::Asks;
use super::{Desk, Purpose};
use crate::domain::outage::System;
use crate::gui::stroke::{Stamped, Stroke};
use crate::register::command::Command;
use crate::register::view::{Ask, View};

/// How long a digit is held. Scanners leave at most 35 ms between two characters, people at least
/// twice as much (see [`crate::gui::wedge`]).
pub const CHOICE_MS: u64 = 60;

impl Desk {
    /// Takes a stroke while a digit may be held; true when it was used up.
    pub(super) fn hold(&mut self, stamped: Stamped, view: &View) -> bool {
        let Stamped { stroke, at_ms, .. } = stamped;
        if let Some((first, since)) = self.held.take() {
            if let Stroke::Char(c) = stroke
                && at_ms.saturating_sub(since) < CHOICE_MS
            {
                self.entry.put(first, since);
                self.entry.put(c, at_ms);
                return true;
            }
            self.choose(first, view, at_ms);
        }
        match stroke {
            Stroke::Char(c) if self.entry.is_empty() && self.chooses(c, view) => {
                self.held = Some((c, at_ms));
                true
            }
            _ => false,
        }
    }

    /// A digit that nothing followed chooses now.
    pub fn settle(&mut self, view: &View, now_ms: u64) {
        if let Some((first, since)) = self.held
            && now_ms.saturating_sub(since) >= CHOICE_MS
        {
            self.held = None;
            self.choose(first, view, now_ms);
        }
    }

    /// A digit is held: the window must look again soon.
    pub const fn holds(&self) -> bool {
        self.held.is_some()
    }

    fn chooses(&self, c: char, view: &View) -> bool {
        match (self.purpose(view), &self.card) {
            (Purpose::Systems | Purpose::Form(Asks::Choice), _) => true,
            (Purpose::PageChoice, _) => Self::page_chooses(c, view),
            (Purpose::Fast, _) => self.is_fast(c),
            (Purpose::Check(_), _) => Self::answers(c, view),
            (Purpose::Form(_), Card::Form(form)) => {
                form.face(view).choices.iter().any(|choice| choice.key == c)
            }
            _ => false,
        }
    }

    fn choose(&mut self, c: char, view: &View, at_ms: u64) {
        let place = c
            .to_digit(10)
            .and_then(|digit| usize::try_from(digit).ok())
            .and_then(|digit| digit.checked_sub(1));
        if let Some(Ask::Which(candidates)) = &view.ask {
            if let Some(place) = place.filter(|place| *place < candidates.len()) {
                self.send(Command::Choose { place }, at_ms);
            }
            return;
        }
        if matches!(self.purpose(view), Purpose::Check(_)) {
            return self.answer_with(c, at_ms);
        }
        if self.purpose(view) == Purpose::PageChoice {
            return self.choose_on_page(place, view, at_ms);
        }
        match &mut self.card {
            Card::Fast => self.choose_fast(c, at_ms),
            Card::Declare(declaration) => {
                if let Some(system) = place.and_then(|place| System::ALL.get(place).copied()) {
                    declaration.toggle(system);
                }
            }
            _ => self.choose_in_form(c, view, at_ms),
        }
    }
}
