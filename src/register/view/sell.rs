//! What the sale and payment screens show.

use super::LastSale;
use crate::domain::money::Money;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::sale::{Missing, PriceSource};
use crate::domain::tax::TaxLine;
use crate::domain::time::Timestamp;
use crate::domain::words::Words;

/// A line on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineView {
    /// The item's name.
    pub name: String,
    /// Its code.
    pub code: String,
    /// How much.
    pub quantity: Quantity,
    /// Sold by weight.
    pub weighed: bool,
    /// The price of one.
    pub unit_price: UnitPrice,
    /// Where the amount comes from.
    pub price_source: PriceSource,
    /// The extended amount.
    pub amount: Money,
    /// Taken back.
    pub voided: bool,
    /// The price before it was changed by hand.
    pub price_was: Option<UnitPrice>,
    /// It comes back from a paid sale.
    pub returned: bool,
}

/// A line that lacks something: yellow, to be settled before payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLineView {
    /// The item's name; its code where it is not known.
    pub name: String,
    /// The code as it was scanned.
    pub code: String,
    /// How much, as far as known.
    pub quantity: Quantity,
    /// What it lacks.
    pub missing: Missing,
}

/// A sale being rung up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sell {
    /// The lines, oldest first.
    pub lines: Vec<LineView>,
    /// The lines that lack something, oldest first; they are shown below the others.
    pub open: Vec<OpenLineView>,
    /// Pieces and weighed items, voided ones not counted.
    pub item_count: u64,
    /// The sum of the lines.
    pub subtotal: Money,
    /// The tax by rate.
    pub taxes: Vec<TaxLine>,
    /// What is to be paid.
    pub total: Money,
    /// The age that must still be asked about, in years.
    pub age_to_ask: Option<u8>,
    /// No tax is taken.
    pub exempt: bool,
    /// A paid sale of before an interruption: was its receipt printed? Only without lines.
    pub print_now: Option<LastSale>,
}

impl Sell {
    /// No line was rung up yet.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.open.is_empty()
    }
}

/// A basket that was put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspendedView {
    /// A card may have paid it.
    pub card: bool,
    /// The number on its slip.
    pub slip: u32,
    /// What it would have cost.
    pub total: Money,
    /// Its lines.
    pub lines: usize,
    /// The name of its first item.
    pub first: String,
}

/// Payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenderView {
    /// The closed lines and their totals.
    pub sale: Sell,
    /// What was taken so far: its name and amount.
    pub taken: Vec<(Words, Money)>,
    /// What is still due by check.
    pub due: Money,
    /// What is still due in cash, after rounding.
    pub cash_due: Money,
    /// The next notes a customer may hand over, ascending, without the exact amount.
    pub quick_cash: Vec<Money>,
    /// The largest check that may be taken.
    pub check_max: Money,
    /// A doubtful amount waits for a second press.
    pub question: Option<Money>,
}

/// Paid, or paid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The sale's number.
    pub number: u64,
    /// What it cost.
    pub total: Money,
    /// What was handed over: its name and amount.
    pub taken: Vec<(Words, Money)>,
    /// What cash rounding added, or took.
    pub rounding: Money,
    /// What to hand back.
    pub change: Money,
    /// The notes and coins to hand back: how many of which.
    pub change_by_denomination: Vec<(u32, Money)>,
    /// The receipt's proof: the journal's place and the first digits of the record's hash.
    pub proof: String,
    /// Where the receipt is, and the receipt itself where it is shown here.
    pub paper: super::PaperView,
    /// The paid sale that was taken back as a whole, by its number.
    pub voids: Option<u64>,
}

/// A paid sale on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptView {
    /// Its number.
    pub number: u64,
    /// When it was paid.
    pub at: Timestamp,
    /// What it cost.
    pub total: Money,
    /// What it was paid with: name and amount.
    pub taken: Vec<(Words, Money)>,
    /// Its lines, voided ones left out.
    pub lines: Vec<ReceiptLine>,
    /// It can still be taken back as a whole.
    pub voidable: bool,
    /// Where it was sold, if its paper alone proves it: store, register, and which of how many
    /// codes was read.
    pub paper: Option<(u32, u16, (u8, u8))>,
}

/// A line of a paid sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLine {
    /// Its place in the sale, from 0.
    pub place: u16,
    /// The item's name.
    pub name: String,
    /// How much was sold.
    pub sold: Quantity,
    /// How much of it came back already, or is in the basket.
    pub came_back: Quantity,
    /// What it cost.
    pub amount: Money,
}
