//! A paid sale on the screen: choose a line, key how many come back, say why.

use super::form::Form;
use super::{Card, Desk};
use crate::domain::quantity::Quantity;
use crate::domain::refusal::Refusal;
use crate::domain::words::words;
use crate::gui::entry::Line;
use crate::register::command::Command;
use crate::register::view::{Screen, View};

impl Desk {
    /// Asks for a receipt; on a receipt, takes the chosen item back.
    pub(super) fn return_key(&mut self, view: &View, at_ms: u64) {
        match &view.screen {
            Screen::Sell(_) | Screen::Done(_) => self.open(Card::Form(Form::Receipt)),
            Screen::Receipt(_) => self.give_back(Quantity::ONE, view, at_ms),
            _ => {}
        }
    }

    /// Takes the whole paid sale back.
    pub(super) fn void_key(&mut self, view: &View) {
        if matches!(&view.screen, Screen::Receipt(receipt) if receipt.voidable) {
            self.open(Card::Form(Form::VoidReason));
        }
    }

    /// Enter on a receipt: as many as were keyed, one without a number; without a chosen line it
    /// goes back to the sale.
    pub(super) fn end_return(&mut self, line: &Line, view: &View, at_ms: u64) {
        if line.text.is_empty() && self.chosen.is_none() {
            return self.send(Command::LeaveReceipt, at_ms);
        }
        let quantity =
            if line.text.is_empty() { Ok(Quantity::ONE) } else { Quantity::parse(&line.text) };
        match quantity {
            Ok(quantity) if quantity > Quantity::default() => {
                self.give_back(quantity, view, at_ms);
            }
            _ => self.refuse_with(&Refusal::QuantityOutOfRange, at_ms),
        }
    }

    fn give_back(&mut self, quantity: Quantity, view: &View, at_ms: u64) {
        let Screen::Receipt(receipt) = &view.screen else { return };
        let only = (receipt.lines.len() == 1).then_some(0);
        let Some(line) = self.chosen.or(only).and_then(|place| receipt.lines.get(place)) else {
            return self.refuse(
                words!("No line is chosen"),
                words!("Choose one with Up and Down first."),
                at_ms,
            );
        };
        // A weighed item, or the rest of a line, comes back as it was sold.
        let quantity = if line.sold.is_whole() { quantity } else { line.sold };
        self.open(Card::Form(Form::ReturnReason { place: line.place, quantity }));
    }
}
