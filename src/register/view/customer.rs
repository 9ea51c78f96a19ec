//! What a customer may see of a view: the sale and what it costs, and nobody's data.
//!
//! ```text
//!  View ─▶ [facing] ─▶ Closed · Idle · Selling · Paying · Paid
//! ```
//!
//! It is cut down here, and not where it is drawn, so that no window for customers can show who is
//! signed in, whose check it is, what somebody is asked, or what happened to the sale before.

use super::{LineView, Screen, Sell, TenderView, View};
use crate::domain::money::Money;

/// Lines on show at most; the newest ones.
pub const LINES_MAX: usize = 12;

/// What the customer's window shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Facing {
    /// Nothing is sold here now.
    Closed,
    /// Ready for the next customer.
    Idle,
    /// A sale is rung up, or paid for.
    Selling(FacingSale),
    /// It is paid.
    Paid {
        /// What it cost; below zero it was paid out.
        total: Money,
        /// What is handed back.
        change: Money,
    },
}

/// A sale as the customer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacingSale {
    /// The newest lines, oldest first; none where the till shows none, as while a check is taken.
    pub lines: Vec<LineView>,
    /// Lines before them.
    pub above: usize,
    /// Something waits for its price or weight, so the total is not the last word.
    pub waits: bool,
    /// The tax in it; none where it is not known here.
    pub tax: Option<Money>,
    /// What it costs.
    pub total: Money,
    /// What is still to be paid, once payment began.
    pub due: Option<FacingDue>,
}

/// What is still to be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FacingDue {
    /// In cash, rounded as the store rounds; none while a check is taken.
    pub cash: Option<Money>,
    /// By check.
    pub check: Money,
}

/// What of a view its customer may see.
pub fn facing(view: &View) -> Facing {
    match &view.screen {
        Screen::Starting
        | Screen::Stopped(_)
        | Screen::Restart(_)
        | Screen::SignIn(_)
        | Screen::OpenShift
        | Screen::ShiftClosed(_) => Facing::Closed,
        // A paid sale that is looked up belongs to its own customer, who may be another; other work
        // of the store is nobody's here.
        Screen::Receipt(_) | Screen::Page(_) => Facing::Idle,
        Screen::Sell(sell) if sell.is_empty() => Facing::Idle,
        Screen::Sell(sell) => Facing::Selling(sale(sell, None)),
        Screen::Tender(tender) => Facing::Selling(paying(tender)),
        Screen::Check(check) => Facing::Selling(FacingSale {
            lines: Vec::new(),
            above: 0,
            waits: false,
            tax: None,
            total: check.total,
            due: Some(FacingDue { cash: None, check: check.amount }),
        }),
        Screen::Done(done) => Facing::Paid { total: done.total, change: done.change },
    }
}

fn paying(tender: &TenderView) -> FacingSale {
    let due = FacingDue { cash: Some(tender.cash_due), check: tender.due };
    sale(&tender.sale, Some(due))
}

fn sale(sell: &Sell, due: Option<FacingDue>) -> FacingSale {
    let above = sell.lines.len().saturating_sub(LINES_MAX);
    FacingSale {
        lines: sell.lines.iter().skip(above).cloned().collect(),
        above,
        waits: !sell.open.is_empty(),
        tax: Money::sum(sell.taxes.iter().map(|tax| tax.amount)).ok(),
        total: sell.total,
        due,
    }
}
