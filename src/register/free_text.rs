//! What a command holds as text, and what no text may hold: a badge, anywhere; a payment card's
//! number, wherever what is keyed could be kept.
//!
//! ```text
//!  Command ─▶ its texts (every command is listed) ─┬ a badge inside ─▶ refused
//!                                                  ├ a card's number inside ─▶ refused
//!                                                  └ neither ─▶ decided
//! ```
//!
//! The window looks too; this is the wall behind it, for whatever else sends commands.

use super::check_input::CheckInput;
use super::command::Command;
use super::page::PageInput;
use super::register::Register;
use super::view::PageAsks;
use crate::domain::badge;
use crate::domain::card_number;
use crate::domain::code::kind;
use crate::domain::refusal::Refusal;

/// A text of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text<'a> {
    /// Somebody's own words, or a number they take from a paper: kept as it is.
    Words(&'a str),
    /// A code that a page may keep although nothing has it: a carton, an item on a slip.
    Code(&'a str),
    /// A code that is looked up, a person's number, data of a check: read by its own rules, which
    /// know a card's number where one could be kept.
    Read(&'a str),
}

/// The texts of a command. An answer to a page is one of its words unless the page says otherwise.
pub fn texts(command: &Command, asks: Option<PageAsks>) -> Vec<Text<'_>> {
    use Text::{Code, Read, Words};
    match command {
        Command::SignIn { person, .. } | Command::Approve { person, .. } => vec![Read(person)],
        Command::Scan { code } | Command::AddItem { code, .. } => vec![Read(code)],
        Command::Enter { text } => vec![Read(text)],
        Command::FindReceipt { number } => vec![Read(number)],
        Command::TakeCheck { number, .. } => vec![Read(number)],
        Command::Check(CheckInput::Answer { text, .. }) => vec![Read(text.text())],
        Command::Check(CheckInput::Begin { .. } | CheckInput::Back | CheckInput::Leave) => vec![],
        Command::ExemptTax { certificate, .. } => vec![Words(certificate)],
        Command::SuspendCard { terminal } => vec![Read(terminal)],
        Command::DeclareOutage { cause, ticket, .. } => vec![Words(cause), Words(ticket)],
        Command::EndOutage { note } => vec![Words(note)],
        Command::MoveCash { movement } => {
            let bag = movement.bag.as_ref().map(|bag| Words(bag.as_str()));
            std::iter::once(Words(movement.note.as_str())).chain(bag).collect()
        }
        Command::Page(PageInput::Answer { text, .. }) => match asks {
            Some(PageAsks::Code) => vec![Code(text.text())],
            Some(PageAsks::Pin | PageAsks::Amount | PageAsks::Quantity) => vec![Read(text.text())],
            Some(PageAsks::Text | PageAsks::Digits) | None => vec![Words(text.text())],
        },
        Command::Page(
            PageInput::Badge(_)
            | PageInput::Choice(_)
            | PageInput::Row(_)
            | PageInput::Action(_)
            | PageInput::Back,
        )
        | Command::SignOut
        | Command::Lock
        | Command::OpenShift { .. }
        | Command::CloseShift { .. }
        | Command::HandOver { .. }
        | Command::Train { .. }
        | Command::VoidLine { .. }
        | Command::Settle { .. }
        | Command::DropOpen { .. }
        | Command::OpenDepartment { .. }
        | Command::SetQuantity { .. }
        | Command::SetPrice { .. }
        | Command::CheckAge { .. }
        | Command::Suspend
        | Command::Resume { .. }
        | Command::LeaveReceipt
        | Command::ReturnItem { .. }
        | Command::VoidSale { .. }
        | Command::Reprint { .. }
        | Command::NoSale { .. }
        | Command::XReport
        | Command::Choose { .. }
        | Command::Decline
        | Command::BeginTender
        | Command::LeaveTender
        | Command::TakeCash { .. }
        | Command::AbandonSale
        | Command::NextCustomer
        | Command::OpenPage(_)
        | Command::LeavePage
        | Command::AcknowledgeRestart => vec![],
    }
}

impl Register {
    /// Whether a command's texts may be taken in at all.
    pub(super) fn guard_texts(&self, command: &Command) -> Result<(), Refusal> {
        let answers = matches!(command, Command::Page(PageInput::Answer { .. }));
        let page = if answers { self.page_view() } else { None };
        let asks = page.and_then(|page| page.question).map(|question| question.asks);
        for text in texts(command, asks) {
            let (words, card) = match text {
                Text::Words(words) => (words, card_number::is_in(words)),
                // Other numbers of an issuer's range are codes of goods, but none of this length.
                Text::Code(code) => (code, kind::may_be_payment_card(code)),
                Text::Read(text) => (text, false),
            };
            if badge::is_in(words) {
                return Err(Refusal::BadgeElsewhere);
            }
            if card {
                return Err(Refusal::CardNumberInText);
            }
        }
        Ok(())
    }
}
