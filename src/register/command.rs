//! What a person or a device can ask of the till: one closed enum in.
//!
//! Commands are plain data. Whoever sends one never waits: the answer is the next
//! [`super::view::View`].

use super::check_input::CheckInput;
use crate::domain::drawer::CashMovement;
use crate::domain::money::Money;
use crate::domain::outage::System;
use crate::domain::quantity::Quantity;
use crate::domain::sale::LinePrice;

/// A PIN on its way to its check; it never shows in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(zeroize::Zeroizing<String>);

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Sign in with a number and a PIN.
    SignIn {
        /// The person's number.
        person: String,
        /// The PIN.
        pin: Pin,
    },
    /// Sign out; a basket stays.
    SignOut,
    /// Open a shift with a counted float.
    OpenShift {
        /// What is in the drawer.
        float: Money,
    },
    /// Close the shift with a blind count.
    CloseShift {
        /// Notes and coins.
        cash: Money,
        /// Checks.
        checks: Money,
    },
    /// A code from the scanner: one piece of it.
    Scan {
        /// As the scanner sent it.
        code: String,
    },
    /// A line of the entry field: `4011`, `3*4011`, `0.65*4011`.
    Enter {
        /// As it was typed.
        text: String,
    },
    /// An item with a quantity and a price; below zero it is a return and needs a lead.
    AddItem {
        /// Its code.
        code: String,
        /// How much.
        quantity: Quantity,
        /// At which price.
        price: LinePrice,
    },
    /// Take a line back.
    VoidLine {
        /// Its place, from 0.
        place: usize,
    },
    /// Close the lines and begin payment.
    BeginTender,
    /// Open the lines again.
    LeaveTender,
    /// Take cash.
    TakeCash {
        /// What was handed over; none is exactly what is due.
        amount: Option<Money>,
        /// The cashier was asked about a doubtful amount and said yes.
        confirmed: bool,
    },
    /// Something about a check that is being taken, question by question.
    Check(CheckInput),
    /// Take a check of which only number and amount are known: what a program asks for, such as a
    /// drill. The window asks question by question.
    TakeCheck {
        /// The amount on it; none is exactly what is due.
        amount: Option<Money>,
        /// The number printed on it.
        number: String,
    },
    /// Give the basket up.
    AbandonSale,
    /// Leave the screen that shows the change; the next scan does it too.
    NextCustomer,
    /// Declare an outage.
    DeclareOutage {
        /// The systems that are down.
        systems: Vec<System>,
        /// What happened, as far as known.
        cause: String,
        /// The support ticket, if there is one.
        ticket: String,
    },
    /// End the outage.
    EndOutage {
        /// In words.
        note: String,
    },
    /// Move cash without a sale.
    MoveCash {
        /// What moves.
        movement: CashMovement,
    },
    /// The restart screen was read.
    AcknowledgeRestart,
}

impl Pin {
    /// Wraps the digits as they were keyed.
    pub fn new(digits: impl Into<String>) -> Self {
        Self(zeroize::Zeroizing::new(digits.into()))
    }

    /// The digits, for the check alone.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin(..)")
    }
}
