//! The find screen: words are typed, the answer is walked, Enter adds or shows a price.
//!
//! A scan here is an item of the sale; on the price check it is a question. Enter that comes
//! before its answer waits for it, so that a fast typist adds what she meant.

use std::sync::Arc;

use super::{Card, Desk, PAGE};
use crate::domain::words::words;
use crate::gui::keys::Action;
use crate::register::command::Command;
use crate::register::finder::{Found, FoundItem};
use crate::register::view::{Screen, View};

/// Looking for an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// Only the price is asked.
    pub price_only: bool,
    /// The chosen row, from 0.
    pub chosen: usize,
    /// A code that was scanned to have its price shown.
    pub scanned: Option<String>,
    /// Enter was pressed before the answer came.
    pub add_when_found: bool,
}

impl Desk {
    /// What the finder is to be asked; none while nobody looks for anything.
    pub fn query(&self) -> Option<&str> {
        let Card::Find(finding) = &self.card else { return None };
        // A badge is no words of a name, not even while its scan comes in.
        Some(match (&finding.scanned, self.entry.shown()) {
            (Some(code), "") => code,
            (_, text) => text,
        })
    }

    /// Takes the finder's last answer.
    pub fn look_found(&mut self, found: Arc<Found>, at_ms: u64) {
        self.found = found;
        let waits = matches!(&self.card, Card::Find(finding) if finding.add_when_found);
        if waits && self.query() == Some(self.found.text.as_str()) {
            self.add_found(at_ms);
        }
    }

    /// The row that Enter means.
    pub fn found_item(&self) -> Option<&FoundItem> {
        let Card::Find(finding) = &self.card else { return None };
        self.found.items.get(finding.chosen)
    }

    pub(super) fn find_key(&mut self, price_only: bool, view: &View) {
        match (&mut self.card, &view.screen) {
            (Card::Find(finding), _) => finding.price_only = price_only,
            (Card::None | Card::Fast, Screen::Sell(_) | Screen::Done(_)) => {
                self.open(Card::Find(Finding { price_only, ..Finding::default() }));
            }
            _ => {}
        }
    }

    /// The words changed: the first row is meant again.
    pub(super) fn words_changed(&mut self) {
        if let Card::Find(finding) = &mut self.card {
            *finding = Finding { price_only: finding.price_only, ..Finding::default() };
        }
    }

    pub(super) fn walk_found(&mut self, action: Action) {
        let last = self.found.items.len().saturating_sub(1);
        let Card::Find(finding) = &mut self.card else { return };
        let chosen = finding.chosen;
        finding.chosen = match action {
            Action::LineUp => chosen.saturating_sub(1),
            Action::LineDown => chosen.saturating_add(1),
            Action::PageUp => chosen.saturating_sub(PAGE),
            _ => chosen.saturating_add(PAGE),
        }
        .min(last);
    }

    /// A row was pressed: the first press chooses, the second is Enter.
    pub(super) fn press_found(&mut self, place: usize, at_ms: u64) {
        let Card::Find(finding) = &mut self.card else { return };
        if finding.chosen == place {
            return self.add_found(at_ms);
        }
        finding.chosen = place;
    }

    /// Enter on the find screen.
    pub(super) fn end_find(&mut self, view: &View, at_ms: u64) {
        let scan = self.entry.scanned_tail();
        let Card::Find(finding) = &mut self.card else { return };
        match scan {
            Some(code) if finding.price_only => {
                finding.chosen = 0;
                finding.scanned = Some(code);
                self.entry.clear();
            }
            Some(code) => {
                let selling = matches!(view.screen, Screen::Sell(_) | Screen::Done(_));
                let on_page = matches!(view.screen, Screen::Page(_));
                self.card = Card::None;
                self.entry.clear();
                if on_page {
                    self.answer_page(&code, true, at_ms);
                } else if selling {
                    self.send(Command::Scan { code }, at_ms);
                }
            }
            None => {
                if self.query() == Some(self.found.text.as_str()) {
                    self.add_found(at_ms);
                } else if let Card::Find(finding) = &mut self.card {
                    finding.add_when_found = true;
                }
            }
        }
    }

    fn add_found(&mut self, at_ms: u64) {
        let chosen = self.found_item().map(|item| item.code.clone());
        let Card::Find(finding) = &mut self.card else { return };
        finding.add_when_found = false;
        let price_only = finding.price_only;
        match chosen {
            // The price is on show already.
            Some(_) if price_only => {}
            Some(code) => {
                self.entry.clear();
                self.card = Card::None;
                if self.seen_page.is_some() {
                    self.answer_page(&code, false, at_ms);
                } else {
                    self.send(Command::Enter { text: code }, at_ms);
                }
            }
            None => self.refuse(
                words!("No item has these words"),
                words!("Try fewer letters, or another word of the name."),
                at_ms,
            ),
        }
    }
}
