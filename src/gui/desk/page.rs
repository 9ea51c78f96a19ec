//! A task page at the window: what a key, a finger or a scan means there.
//!
//! ```text
//!  digit, nothing asked ─▶ choice      Enter, a row marked ─▶ row     F4 … F9 ─▶ action
//!  line with Enter ─▶ answer           scan ─▶ answer, where a code is asked; else refused
//! ```
//!
//! The page itself decides what an answer means; here it is only carried.

use super::{Card, Desk, PAGE, Purpose};
use crate::gui::entry::{Line, read_amount};
use crate::gui::keys::Action;
use crate::register::check_input::Keyed;
use crate::register::command::Command;
use crate::register::page::{PageInput, PageName};
use crate::register::view::{PageAsks, PageView, Screen, View};

/// The keys of a page's actions, in their order.
pub const ACTION_KEYS: [Action; 6] = [
    Action::Price,
    Action::TakeBack,
    Action::VoidLine,
    Action::Hold,
    Action::Return,
    Action::Check,
];

impl Desk {
    /// What the entry line is for on a page.
    pub(super) const fn page_purpose(page: &PageView) -> Purpose {
        match page.question {
            Some(question) => Purpose::Page(question.asks),
            None => Purpose::PageChoice,
        }
    }

    /// Another page or another step: what was keyed and marked is not meant any more.
    pub(super) fn look_page(&mut self, screen: &Screen, at_ms: u64) {
        let now = match screen {
            Screen::Page(page) => Some((page.name, page.step)),
            _ => None,
        };
        if now == self.seen_page {
            return;
        }
        let another = now.map(|(name, _)| name) != self.seen_page.map(|(name, _)| name);
        self.seen_page = now;
        self.chosen = None;
        self.top = 0;
        if another || now.is_some() {
            self.leave_entry(false, at_ms);
        }
    }

    /// Opens a page, from wherever no payment is under way.
    pub(super) fn open_page(&mut self, name: PageName, at_ms: u64) {
        self.entry.clear();
        self.card = Card::None;
        self.send(Command::OpenPage(name), at_ms);
    }

    /// A digit means a choice here.
    pub(super) fn page_chooses(c: char, view: &View) -> bool {
        let Screen::Page(page) = &view.screen else { return false };
        c.is_ascii_digit() && !page.choices.is_empty()
    }

    pub(super) fn choose_on_page(&mut self, place: Option<usize>, view: &View, at_ms: u64) {
        let Screen::Page(page) = &view.screen else { return };
        if let Some(place) =
            place.filter(|place| page.choices.get(*place).is_some_and(|c| c.enabled))
        {
            self.send(Command::Page(PageInput::Choice(place)), at_ms);
        }
    }

    /// The end of a line on a page; true when it was used up.
    pub(super) fn end_page(&mut self, line: &Line, stray: bool, view: &View, at_ms: u64) -> bool {
        let Screen::Page(page) = &view.screen else { return false };
        let scanned = line.scanned || stray;
        let marked = self.chosen.filter(|_| page.rows_open && line.text.is_empty());
        if let Some(place) = marked {
            self.send(Command::Page(PageInput::Row(place)), at_ms);
            return true;
        }
        match page.question.map(|question| question.asks) {
            Some(PageAsks::Code | PageAsks::Text | PageAsks::Digits) => {}
            // A figure or a PIN is keyed: a scan is something else.
            Some(PageAsks::Amount | PageAsks::Quantity | PageAsks::Pin) if !stray => {}
            None if line.text.is_empty() => return true,
            _ => return false,
        }
        let amount = page.question.is_some_and(|question| question.asks == PageAsks::Amount);
        // What is taken is what the line showed: 131 is 1.31 there.
        match read_amount(line.text.as_str()).filter(|_| amount) {
            Some(amount) => self.answer_page(&amount.to_string(), scanned, at_ms),
            None => self.answer_page(line.text.as_str(), scanned, at_ms),
        }
        true
    }

    pub(super) fn answer_page(&mut self, text: &str, scanned: bool, at_ms: u64) {
        let text = Keyed::new(text);
        self.send(Command::Page(PageInput::Answer { text, scanned }), at_ms);
    }

    /// A row was touched: it is opened, or only marked.
    pub(super) fn touch_row(&mut self, place: usize, page: &PageView, at_ms: u64) {
        if page.rows_open {
            self.send(Command::Page(PageInput::Row(place)), at_ms);
        } else {
            self.chosen = if self.chosen == Some(place) { None } else { Some(place) };
        }
    }

    /// A key of the row, or an arrow, on a page; true when it meant something.
    pub(super) fn act_on_page(&mut self, action: Action, view: &View, at_ms: u64) -> bool {
        let Screen::Page(page) = &view.screen else { return false };
        if let Some(place) = ACTION_KEYS.iter().position(|key| *key == action) {
            if page.actions.get(place).is_some_and(|action| action.enabled) {
                self.send(Command::Page(PageInput::Action(place)), at_ms);
            }
            return true;
        }
        let last = page.rows.len().checked_sub(1);
        match (action, last) {
            (Action::LineUp, Some(last)) => {
                self.chosen = Some(self.chosen.map_or(last, |at| at.saturating_sub(1)));
            }
            (Action::LineDown, Some(last)) => {
                self.chosen = Some(self.chosen.map_or(0, |at| at.saturating_add(1).min(last)));
            }
            (Action::PageUp, Some(_)) => {
                self.chosen = Some(self.chosen.unwrap_or(0).saturating_sub(PAGE));
            }
            (Action::PageDown, Some(last)) => {
                self.chosen = Some(self.chosen.unwrap_or(0).saturating_add(PAGE).min(last));
            }
            _ => return false,
        }
        true
    }

    /// An item may be found by its name for the page on show.
    pub(super) fn asks_code(&self, view: &View) -> bool {
        matches!(&view.screen, Screen::Page(page)
            if page.question.is_some_and(|question| question.asks == PageAsks::Code))
    }
}
