//! The lines of the sale at the window: quantity after the item, lines taken back, stray scans.

use super::form::Form;
use super::{Card, Desk, Purpose};
use crate::domain::quantity::Quantity;
use crate::domain::refusal::Refusal;
use crate::domain::words::words;
use crate::gui::entry::Line;
use crate::register::command::Command;
use crate::register::view::{Screen, Sell, View};

impl Desk {
    /// `3*` after the item: the quantity of the chosen line, or of the newest.
    pub(super) fn set_quantity(&mut self, text: &str, sell: &Sell, at_ms: u64) {
        let newest = sell.lines.iter().rposition(|line| !line.voided);
        match (Quantity::parse(text), self.chosen.or(newest)) {
            (Ok(quantity), Some(place)) => {
                self.send(Command::SetQuantity { place, quantity }, at_ms);
            }
            (Ok(_), None) => self.refuse_with(&Refusal::NoSuchLine, at_ms),
            (Err(_), _) => self.refuse_with(&Refusal::QuantityOutOfRange, at_ms),
        }
    }

    /// A scan where something else was asked: on the sale it is an item, anywhere else it is
    /// refused aloud.
    pub(super) fn stray(&mut self, line: &Line, purpose: Purpose, view: &View, at_ms: u64) {
        if view.ask.is_some() {
            return self.refuse_with(&Refusal::AnswerFirst, at_ms);
        }
        match (&self.card, &view.screen) {
            (Card::Form(Form::Receipt | Form::MovementBag { .. }), _) => {
                self.end_form(line, view, at_ms)
            }
            (Card::Form(Form::Count(_)), _) => self.refuse_scan(purpose, at_ms),
            (Card::Form(_) | Card::Fast, Screen::Sell(_)) => {
                self.send(Command::Scan { code: line.text.to_string() }, at_ms);
            }
            _ => self.refuse_scan(purpose, at_ms),
        }
    }

    pub(super) fn take_back(&mut self, view: &View, at_ms: u64) {
        let Screen::Sell(sell) = &view.screen else { return };
        if let Some(place) = sell.open.len().checked_sub(1) {
            // The newest yellow line was never priced: it goes out without a trace.
            return self.send(Command::DropOpen { place }, at_ms);
        }
        match sell.lines.iter().rposition(|line| !line.voided) {
            Some(place) => self.send(Command::VoidLine { place }, at_ms),
            None => self.refuse_with(&Refusal::NoSuchLine, at_ms),
        }
    }

    pub(super) fn void_chosen(&mut self, view: &View, at_ms: u64) {
        if !matches!(view.screen, Screen::Sell(_)) {
            return;
        }
        match self.chosen.take() {
            Some(place) => self.send(Command::VoidLine { place }, at_ms),
            None => {
                self.refuse(
                    words!("No line is chosen"),
                    words!("Choose one with Up and Down first."),
                    at_ms,
                );
            }
        }
    }

    pub(super) fn choose_by(&mut self, view: &View, by: usize, down: bool) {
        let lines = match &view.screen {
            Screen::Sell(sell) => sell.lines.len(),
            Screen::Receipt(receipt) => receipt.lines.len(),
            _ => return,
        };
        let Some(last) = lines.checked_sub(1) else { return };
        self.chosen = Some(match (self.chosen, down) {
            (None, _) => last.saturating_sub(by.saturating_sub(1)),
            (Some(place), true) => place.saturating_add(by).min(last),
            (Some(place), false) => place.saturating_sub(by),
        });
    }
}
