//! A check's questions: each line that is ended is an answer, whoever sent it.
//!
//! What a scanner sends is marked as such: the till takes it only where it is the line of a check.
//! A choice is one key; what follows it at a scanner's speed makes it a scan (see `choice`).

use super::payment::PAY_AGAIN_MS;
use super::{Desk, Purpose};
use crate::domain::check::wizard::Step;
use crate::domain::money::Money;
use crate::domain::words::term;
use crate::gui::entry::Line;
use crate::register::check_input::{CheckInput, Keyed};
use crate::register::command::Command;
use crate::register::view::{Screen, View};

impl Desk {
    /// Begins a check; none is exactly what is due.
    pub(super) fn begin_check(&mut self, amount: Option<Money>, at_ms: u64) {
        self.send(Command::Check(CheckInput::Begin { amount }), at_ms);
    }

    /// An answer. Enter alone takes the check at the last step, and never within one press.
    pub(super) fn end_answer(&mut self, line: &Line, step: Step, stray: bool, at_ms: u64) {
        let before = self.paid_at_ms.replace(at_ms);
        let again = before.is_some_and(|t| at_ms.saturating_sub(t) < PAY_AGAIN_MS);
        if again && step == Step::Take && line.text.is_empty() {
            return;
        }
        let text = Keyed::new(line.text.as_str());
        let scanned = line.scanned || stray;
        self.send(Command::Check(CheckInput::Answer { text, scanned }), at_ms);
    }

    /// The key stands for an answer at this step.
    pub(super) fn answers(c: char, view: &View) -> bool {
        let Screen::Check(check) = &view.screen else { return false };
        check.choices.iter().any(|(key, _)| key.eq_ignore_ascii_case(&c))
    }

    /// A finger or a key chose an answer.
    pub(super) fn answer_with(&mut self, key: char, at_ms: u64) {
        self.entry.clear();
        let text = Keyed::new(key.to_string());
        self.paid_at_ms = Some(at_ms);
        self.send(Command::Check(CheckInput::Answer { text, scanned: false }), at_ms);
    }

    /// Back or out of the check.
    pub(super) fn leave_check(&mut self, whole: bool, at_ms: u64) {
        let input = if whole { CheckInput::Leave } else { CheckInput::Back };
        self.send(Command::Check(input), at_ms);
    }
}

/// What the entry line asks for at a step.
pub const fn hint(step: Step) -> &'static str {
    match step {
        Step::Line => term("Read it, or key 9 digits"),
        Step::Account => term("Account number"),
        Step::AccountAgain => term("Account number again"),
        Step::Number => term("Check number"),
        Step::IdKind => term("Which ID? 1 to 5, or N"),
        Step::IdState => term("Its state: two letters"),
        Step::IdValid => term("Valid, same name? Y or N"),
        Step::Take => term("Enter takes the check"),
    }
}

/// What is keyed may be an account: only its end is shown.
pub const fn is_hidden(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Check(Step::Line | Step::Account | Step::AccountAgain))
}

/// A dot for each character but the last four; nine keyed digits are a bank's and public.
pub fn masked(entry: &str, purpose: Purpose) -> String {
    let count = entry.chars().count();
    if purpose == Purpose::Check(Step::Line) && count <= 9 {
        return entry.to_owned();
    }
    let hidden = count.saturating_sub(4);
    entry.chars().enumerate().map(|(at, c)| if at < hidden { '•' } else { c }).collect()
}
