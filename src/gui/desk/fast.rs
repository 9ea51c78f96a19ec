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

    /// Adds the item of this key; false when there is none, or when a number was begun.
    pub(super) fn choose_fast(&mut self, key: char, at_ms: u64) -> bool {
        // `3*` and then a tile is three of it; digits without a star are a tile's key.
        let counted = self.entry.text().strip_suffix('*').map(str::to_owned);
        if counted.is_none() && !self.entry.is_empty() {
            return false;
        }
        let wanted = key.to_ascii_lowercase();
        let chosen = self.found.fast.iter().find(|fast| fast.key == wanted);
        let Some(code) = chosen.map(|fast| fast.item.code.clone()) else { return false };
        let text = counted.map_or_else(|| code.clone(), |count| format!("{count}*{code}"));
        self.entry.clear();
        self.card = Card::None;
        self.send(Command::Enter { text }, at_ms);
        true
    }
}
