//! The cards on top of a screen, one at a time: help, outage, shift close, questions.

use super::form::{Count, Form};
use super::{Desk, Finding, sale_is_open};
use crate::domain::outage::System;
use crate::domain::refusal::Refusal;
use crate::domain::training::TrainingFault;
use crate::domain::words::{Words, words};
use crate::gui::customer::Display;
use crate::gui::entry::Line;
use crate::gui::notice::ShownNotice;
use crate::register::command::Command;
use crate::register::printing::Reprinted;
use crate::register::view::{NoticeKind, Screen, View};

/// The card on top of a screen; one at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Card {
    /// None.
    #[default]
    None,
    /// Help and the state of the outage.
    Help,
    /// An outage is being declared.
    Declare(Declaration),
    /// The outage is being ended.
    EndOutage,
    /// An item is looked for by words.
    Find(Finding),
    /// The store's fast items.
    Fast,
    /// "Give the whole sale up?"
    AskCancel,
    /// A question with choices or an entry.
    Form(Form),
    /// The window was asked to close in the middle of a sale.
    CloseGuard,
}

/// An outage as far as it was keyed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declaration {
    /// The systems marked as down.
    pub systems: Vec<System>,
    /// What is being asked.
    pub step: DeclareStep,
    /// The cause, once keyed.
    pub cause: String,
}

/// The questions of a declaration, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeclareStep {
    /// Which systems.
    #[default]
    Systems,
    /// What happened.
    Cause,
    /// The support ticket.
    Ticket,
}

impl Declaration {
    /// Marks a system as down, or takes the mark off.
    pub(super) fn toggle(&mut self, system: System) {
        if self.systems.contains(&system) {
            self.systems.retain(|marked| *marked != system);
        } else {
            self.systems.push(system);
            self.systems.sort();
        }
    }
}

impl Desk {
    pub(super) fn end_declaration(&mut self, line: &Line, at_ms: u64) {
        let Card::Declare(declaration) = &mut self.card else { return };
        match declaration.step {
            DeclareStep::Systems if declaration.systems.is_empty() => {
                self.refuse(
                    words!("No system is marked"),
                    words!("Mark what is down with its digit."),
                    at_ms,
                );
            }
            DeclareStep::Systems => declaration.step = DeclareStep::Cause,
            DeclareStep::Cause => {
                declaration.cause = line.text.to_string();
                declaration.step = DeclareStep::Ticket;
            }
            DeclareStep::Ticket => {
                let declared = std::mem::take(declaration);
                self.card = Card::None;
                self.send(
                    Command::DeclareOutage {
                        systems: declared.systems,
                        cause: declared.cause,
                        ticket: line.text.to_string(),
                    },
                    at_ms,
                );
            }
        }
    }

    /// The outage keys count from the help card and without any card.
    pub(super) const fn outage_keys_count(&self) -> bool {
        matches!(self.card, Card::Help | Card::None)
    }

    pub(super) fn open(&mut self, card: Card) {
        self.entry.clear();
        self.card = card;
    }

    pub(super) fn open_as_lead(&mut self, card: Card, view: &View, at_ms: u64) {
        if view.status.person.is_some() && view.status.leads {
            self.open(card);
        } else {
            self.refuse_with(&Refusal::NeedsLead, at_ms);
        }
    }

    /// The drawer's tasks, between two sales.
    pub(super) fn open_drawer_card(&mut self, view: &View, at_ms: u64) {
        if view.status.shift.is_none() {
            self.refuse_with(&Refusal::NoShift, at_ms);
        } else if sale_is_open(view) {
            self.refuse_with(&Refusal::SaleOpen, at_ms);
        } else if matches!(view.screen, Screen::Sell(_) | Screen::Done(_)) {
            self.open(Card::Form(Form::Drawer));
        }
    }

    /// Puts the basket aside; without one, shows those that wait.
    pub(super) fn hold_key(&mut self, view: &View, at_ms: u64) {
        match &view.screen {
            Screen::Sell(sell) if sell.is_empty() => self.open(Card::Form(Form::Recall)),
            Screen::Done(_) => self.open(Card::Form(Form::Recall)),
            Screen::Sell(_) => self.send(Command::Suspend, at_ms),
            _ => {}
        }
    }

    /// The terminal hangs: asks for its reference, then puts the sale aside.
    pub(super) fn card_aside_key(&mut self, view: &View, at_ms: u64) {
        match &view.screen {
            Screen::Sell(sell) if sell.is_empty() => {
                self.refuse_with(&Refusal::NothingToPay, at_ms)
            }
            Screen::Sell(_) | Screen::Tender(_) => self.open(Card::Form(Form::Terminal)),
            _ => {}
        }
    }

    /// The sales that were put aside.
    pub(super) fn recall_key(&mut self, view: &View) {
        if matches!(view.screen, Screen::Sell(_) | Screen::Done(_)) {
            self.open(Card::Form(Form::Recall));
        }
    }

    /// The customer's window: off, a window, the whole screen.
    pub(super) fn turn_customer(&mut self, at_ms: u64) {
        self.customer = self.customer.next();
        let (text, remedy) = match self.customer {
            Display::Off => (words!("The customer's window is off"), Words::default()),
            Display::Window => (
                words!("The customer's window is open"),
                words!("Move it to the customer's screen, then press the key again."),
            ),
            Display::Screen => (
                words!("The customer's window fills its screen"),
                words!("Press the key again to close it."),
            ),
        };
        self.show(ShownNotice { kind: NoticeKind::Done, text, remedy, since_ms: at_ms });
    }

    /// A copy of the last receipt, on the screens between two customers.
    pub(super) fn copy_key(&mut self, view: &View, at_ms: u64) {
        if matches!(view.screen, Screen::Sell(_) | Screen::Done(_)) {
            self.send(Command::Reprint { which: Reprinted::Last }, at_ms);
        }
    }

    /// To training or back, from the screens between two customers.
    pub(super) fn train_key(&mut self, view: &View, at_ms: u64) {
        if sale_is_open(view) {
            return self.refuse_with(&Refusal::Training(TrainingFault::SaleOpen), at_ms);
        }
        if matches!(
            view.screen,
            Screen::SignIn(_) | Screen::OpenShift | Screen::Sell(_) | Screen::Done(_)
        ) {
            self.open(Card::Form(Form::Training));
        }
    }

    pub(super) fn close_shift(&mut self, hand_over: bool, view: &View, at_ms: u64) {
        if view.status.shift.is_none() {
            self.refuse_with(&Refusal::NoShift, at_ms);
        } else if sale_is_open(view) {
            self.refuse_with(&Refusal::SaleOpen, at_ms);
        } else if matches!(view.screen, Screen::Sell(_) | Screen::Done(_)) {
            self.open(Card::Form(Form::Count(Count { hand_over, ..Count::default() })));
        }
    }
}
