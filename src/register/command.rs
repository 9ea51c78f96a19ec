//! What a person or a device can ask of the till: one closed enum in.
//!
//! Commands are plain data. Whoever sends one never waits: the answer is the next
//! [`super::view::View`].

use super::check_input::CheckInput;
use super::page::{PageInput, PageName};
use super::printing::Reprinted;
use crate::domain::badge::Badge;
use crate::domain::birth::BirthDate;
use crate::domain::drawer::CashMovement;
use crate::domain::money::Money;
use crate::domain::outage::System;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::sale::{ExemptReason, LinePrice, Reason};
use crate::domain::shift::CountedPieces;

/// A PIN on its way to its check, with the badge that was scanned before it; neither ever shows in
/// a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin {
    digits: zeroize::Zeroizing<String>,
    badge: Option<Badge>,
}

/// What an open line is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// A price, and for an unknown item the department it belongs to.
    Price {
        /// The price of one unit.
        unit_price: UnitPrice,
        /// The department's number; none where the item is known.
        department: Option<u16>,
    },
    /// The weight.
    Weight(Quantity),
}

/// The answer to the question for an ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeAnswer {
    /// The date of birth on the ID; it is compared and forgotten.
    Born(BirthDate),
    /// Plainly far above the age.
    VisiblyOlder,
}

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
    /// Whoever was here is gone: the same, and a question that is open is dropped.
    Lock,
    /// Open a shift with a counted float.
    OpenShift {
        /// What is in the drawer.
        float: Money,
    },
    /// Close the shift with a blind count.
    CloseShift {
        /// Notes and coins: how many of which.
        pieces: Vec<CountedPieces>,
        /// Cash counted as one amount.
        loose: Money,
        /// The sum of the checks.
        checks: Money,
        /// How many checks.
        check_count: u32,
    },
    /// The same, and the drawer goes to the next cashier with what was counted.
    HandOver {
        /// Notes and coins: how many of which.
        pieces: Vec<CountedPieces>,
        /// Cash counted as one amount.
        loose: Money,
        /// The sum of the checks.
        checks: Money,
        /// How many checks.
        check_count: u32,
    },
    /// Go over to training, or back to real sales.
    Train {
        /// To training.
        on: bool,
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
    /// Give an open line what it lacks.
    Settle {
        /// Its place among the open lines, from 0.
        place: usize,
        /// What it lacked.
        with: Settlement,
    },
    /// Take an open line out.
    DropOpen {
        /// Its place among the open lines, from 0.
        place: usize,
    },
    /// Ring up an amount without an item.
    OpenDepartment {
        /// The department's number.
        department: u16,
        /// The amount of one.
        amount: Money,
        /// How many.
        quantity: Quantity,
    },
    /// Change the quantity of a line.
    SetQuantity {
        /// Its place, from 0.
        place: usize,
        /// The new quantity.
        quantity: Quantity,
    },
    /// Change the price of a line.
    SetPrice {
        /// Its place, from 0.
        place: usize,
        /// The new price of one unit.
        unit_price: UnitPrice,
        /// Why.
        reason: Reason,
    },
    /// Answer the question for an ID.
    CheckAge {
        /// The answer.
        answer: AgeAnswer,
    },
    /// Take no tax for this sale.
    ExemptTax {
        /// Why.
        reason: ExemptReason,
        /// The certificate's number.
        certificate: String,
    },
    /// Put the basket aside.
    Suspend,
    /// Put the sale aside because the failed terminal may have charged the card.
    SuspendCard {
        /// The terminal's own reference, as it was keyed; empty where there is none.
        terminal: String,
    },
    /// Take a basket up again.
    Resume {
        /// The number on its slip.
        slip: u32,
    },
    /// Look at a paid sale, to take items back or to void it.
    FindReceipt {
        /// The number on the receipt; empty for the last sale.
        number: String,
    },
    /// Leave the paid sale.
    LeaveReceipt,
    /// Take items of the paid sale back into the basket.
    ReturnItem {
        /// The line's place in the paid sale, from 0.
        place: u16,
        /// How much of it comes back.
        quantity: Quantity,
        /// Why.
        reason: Reason,
    },
    /// Take the paid sale back as a whole.
    VoidSale {
        /// Why.
        reason: Reason,
    },
    /// Print a receipt again, marked as a copy.
    Reprint {
        /// Which.
        which: Reprinted,
    },
    /// Open the drawer without a sale.
    NoSale {
        /// Why.
        reason: Reason,
    },
    /// Say what was sold in the shift so far; what should be in the drawer is not shown.
    XReport,
    /// Somebody else signs for what was just refused.
    Approve {
        /// Their number.
        person: String,
        /// Their PIN.
        pin: Pin,
    },
    /// Say which of the items on the screen it is.
    Choose {
        /// Its place, from 0.
        place: usize,
    },
    /// Nobody signs, or none of the items: what was refused stays undone.
    Decline,
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
    /// Open a page of work beside selling.
    OpenPage(PageName),
    /// Something is done to the page on the screen.
    Page(PageInput),
    /// Leave the page at once, from any step.
    LeavePage,
    /// The restart screen was read.
    AcknowledgeRestart,
}

impl Command {
    /// Closes the shift with a drawer that was counted as two sums.
    pub const fn close_shift(cash: Money, checks: Money) -> Self {
        Self::CloseShift { pieces: Vec::new(), loose: cash, checks, check_count: 0 }
    }
}

impl Pin {
    /// Wraps the digits as they were keyed.
    pub fn new(digits: impl Into<String>) -> Self {
        Self { digits: zeroize::Zeroizing::new(digits.into()), badge: None }
    }

    /// With the badge that was scanned, if one was.
    #[must_use]
    pub fn with(self, badge: Option<Badge>) -> Self {
        Self { badge, ..self }
    }

    /// The digits, for the check alone.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The badge, for the check alone.
    pub const fn badge(&self) -> Option<&Badge> {
        self.badge.as_ref()
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin(..)")
    }
}
