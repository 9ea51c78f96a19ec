//! The end of a line: what Enter means, by what the entry line is for.
//!
//! A scan that ends where none belongs is refused aloud, and never becomes an amount or a PIN.

use super::{Asks, Card, Desk, Purpose};
use crate::domain::refusal::Refusal;
use crate::domain::words::words;
use crate::gui::entry::Line;
use crate::register::command::{Command, Pin};
use crate::register::view::{Screen, View};

impl Desk {
    pub(super) fn end_line(&mut self, view: &View, at_ms: u64) {
        let purpose = self.purpose(view);
        if purpose == Purpose::Find {
            return self.end_find(view, at_ms);
        }
        // Where a digit chooses, what stands on the entry line came from a scanner.
        let chosen = matches!(
            purpose,
            Purpose::Systems | Purpose::Form(Asks::Choice) | Purpose::Fast | Purpose::PageChoice
        );
        let stray = self.stray_scan() || (chosen && !self.entry.is_empty());
        let amount = self.entry.amount();
        let line = self.entry.end();
        if line.overlong {
            return self.refuse(words!("That line was too long"), words!("Scan it again."), at_ms);
        }
        if matches!(purpose, Purpose::Page(_) | Purpose::PageChoice)
            && self.end_page(&line, stray, view, at_ms)
        {
            return;
        }
        match purpose {
            Purpose::Item => return self.end_item(line, view, at_ms),
            // A badge with a bar code is a number like any other.
            Purpose::Person if view.ask.is_some() && stray => {
                return self.refuse_with(&Refusal::AnswerFirst, at_ms);
            }
            Purpose::Person if !line.text.is_empty() => {
                self.badge = None;
                self.person = Some(line.text);
                return;
            }
            Purpose::Nothing => return self.end_nothing(&line, view, at_ms),
            Purpose::Check(step) => return self.end_answer(&line, step, stray, at_ms),
            _ => {}
        }
        if stray {
            return self.stray(&line, purpose, view, at_ms);
        }
        match purpose {
            Purpose::Item
            | Purpose::Person
            | Purpose::Nothing
            | Purpose::Check(_)
            | Purpose::Find
            | Purpose::Page(_)
            | Purpose::PageChoice
            | Purpose::Fast => {}
            Purpose::Pin => self.end_pin(&line, view, at_ms),
            Purpose::Form(_) => self.end_form(&line, view, at_ms),
            Purpose::Return => self.end_return(&line, view, at_ms),
            Purpose::Float if line.text.is_empty() && view.status.handed_over.is_some() => {
                let float = view.status.handed_over.unwrap_or_default();
                self.send(Command::OpenShift { float }, at_ms);
            }
            Purpose::Float => {
                if let Some(float) = self.amount_or_say(&line, amount, at_ms) {
                    self.send(Command::OpenShift { float }, at_ms);
                }
            }
            Purpose::Amount => self.end_amount(&line, amount, view, at_ms),
            Purpose::Systems | Purpose::Cause | Purpose::Ticket => {
                self.end_declaration(&line, at_ms);
            }
            Purpose::EndNote => {
                self.card = Card::None;
                self.send(Command::EndOutage { note: line.text.to_string() }, at_ms);
            }
        }
    }

    fn end_item(&mut self, line: Line, view: &View, at_ms: u64) {
        let done = matches!(view.screen, Screen::Done(_));
        if line.text.is_empty() {
            // On the sale an empty line is nothing: some scanners end with two of them.
            if done {
                self.send(Command::NextCustomer, at_ms);
            }
            return;
        }
        let text = line.text.to_string();
        if let (Some(quantity), Screen::Sell(sell)) = (text.strip_suffix('*'), &view.screen) {
            return self.set_quantity(quantity, sell, at_ms);
        }
        let scanned = line.scanned && !has_quantity(&text);
        let command = if scanned { Command::Scan { code: text } } else { Command::Enter { text } };
        self.send(command, at_ms);
    }

    fn end_nothing(&mut self, line: &Line, view: &View, at_ms: u64) {
        if !line.text.is_empty() {
            let selling = matches!(view.screen, Screen::Sell(_) | Screen::Done(_));
            let may_leave = matches!(self.card, Card::Help | Card::CloseGuard);
            if selling && may_leave && line.scanned {
                // The item is in the cashier's hand: the sale is what is meant.
                self.card = Card::None;
                return self.send(Command::Scan { code: line.text.to_string() }, at_ms);
            }
            return self.refuse_scan(Purpose::Nothing, at_ms);
        }
        match (&self.card, &view.screen) {
            (Card::Help | Card::CloseGuard, _) => self.card = Card::None,
            (Card::None, Screen::Restart(_)) => self.send(Command::AcknowledgeRestart, at_ms),
            (Card::None, Screen::ShiftClosed(_)) => self.send(Command::SignOut, at_ms),
            _ => {}
        }
    }

    fn end_pin(&mut self, line: &Line, view: &View, at_ms: u64) {
        if line.text.is_empty() {
            return;
        }
        let Some(person) = self.person.take() else { return };
        let pin = Pin::new(line.text.as_str()).with(self.badge.take());
        let person = person.to_string();
        let command = if view.ask.is_some() {
            Command::Approve { person, pin }
        } else {
            Command::SignIn { person, pin }
        };
        self.send(command, at_ms);
    }
}

/// `2*` was keyed before the scan: the whole line is as fast as a scan, and still has a quantity.
fn has_quantity(text: &str) -> bool {
    let keyed = |before: &str| {
        (1..=8).contains(&before.len())
            && before.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-'))
    };
    text.split_once('*').is_some_and(|(before, code)| keyed(before) && !code.is_empty())
}
