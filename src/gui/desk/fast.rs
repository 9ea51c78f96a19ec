//! The page of fast items: a digit or a letter adds one and goes back to the sale.

use super::{Card, Desk};
use crate::register::command::Command;
use crate::register::view::{Screen, View};

impl Desk {
    pub(super) fn fast_key(&mut self, view: &View) {
        match (&self.card, &view.screen) {
            (Card::Fast, _) => self.card = Card::None,
            (Card::None | Card::Find(_), Screen::Sell(_) | Screen::Done(_)) => {
                self.open(Card::Fast);
            }
            _ => {}
        }
    }

    /// A tile has this key.
    pub(super) fn is_fast(&self, key: char) -> bool {
        let key = key.to_ascii_lowercase();
        self.found.fast.iter().any(|fast| fast.key == key)
    }

    /// Adds the item of this key and goes back to the sale.
    pub(super) fn choose_fast(&mut self, key: char, at_ms: u64) {
        let key = key.to_ascii_lowercase();
        let chosen = self.found.fast.iter().find(|fast| fast.key == key);
        if let Some(code) = chosen.map(|fast| fast.item.code.clone()) {
            self.card = Card::None;
            self.send(Command::Enter { text: code }, at_ms);
        }
    }
}
