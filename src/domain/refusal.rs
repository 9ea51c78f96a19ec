//! Refusals: what a register says no to, why, and what to do instead.
//!
//! A refusal is a result of the domain, not an error: nothing broke, nothing was lost, and the
//! cashier can go on. Each has a sentence for the screen and a remedy.

use super::approval::Act;
use super::code::garbage::Garbage;
use super::gtin::ItemCode;
use super::money::{Money, Overflow};
use super::person::Role;
use super::quantity::UnitPrice;

/// One of the items that a number may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its code.
    pub code: ItemCode,
    /// Its name.
    pub name: String,
    /// The price of one unit.
    pub unit_price: UnitPrice,
}

/// A closed list; the screen shows [`Refusal::text`] and [`Refusal::remedy`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The scanned or typed text can't be a code; the text says why.
    NotACode(String),
    /// What was scanned can't be read.
    Unread(Garbage),
    /// The pack has no such item.
    UnknownItem(String),
    /// Two items have this number: which is it?
    WhichItem(Vec<Candidate>),
    /// The item must not be sold; why.
    Recalled(String),
    /// A coupon.
    Coupon,
    /// A gift card; what it is called.
    GiftCard(String),
    /// A machine's receipt for returned bottles.
    RefundSlip,
    /// The number of a payment card.
    CardNumber,
    /// A number of GTIN length with a wrong check digit.
    WrongCheckDigit(String),
    /// Zero, or more than a line may hold.
    QuantityOutOfRange,
    /// Half a piece.
    WholePiecesOnly,
    /// A weighed item without its weight.
    WeightMissing,
    /// More than a line or a sale may cost.
    AmountOutOfRange,
    /// The 501st line.
    TooManyLines,
    /// The 21st tender.
    TooManyTenders,
    /// No such line.
    NoSuchLine,
    /// The line is taken back already.
    LineAlreadyVoided,
    /// There is nothing to pay.
    NothingToPay,
    /// A tender of nothing.
    TenderNotPositive,
    /// A check above what is due.
    CheckAboveDue,
    /// A check above the store's limit.
    CheckAboveLimit(Money),
    /// Not a check number.
    NotACheckNumber,
    /// A tender so large that it was probably mistyped.
    TenderDoubtful(Money),
    /// Something was taken already.
    PaymentBegun,
    /// Payment is under way: no lines now.
    PaymentUnderWay,
    /// No payment is under way.
    NoPayment,
    /// A sale is open.
    SaleOpen,
    /// Nobody is signed in.
    NotSignedIn,
    /// Number and PIN don't go together.
    WrongPin,
    /// Too many wrong PINs; seconds to wait.
    LockedOut(u32),
    /// No shift is open.
    NoShift,
    /// A shift is open already.
    ShiftOpen,
    /// The drawer belongs to another cashier's open shift.
    DrawerOfAnother(String),
    /// The act needs a lead or a manager.
    NeedsLead,
    /// The role does not sell.
    DoesNotSell,
    /// An outage is open already.
    OutageOpen,
    /// No outage is open.
    NoOutage,
    /// The pack has not arrived yet, or can't be used.
    NoPack(String),
    /// A text is longer than its field.
    TextTooLong,
    /// The register is still recording the sale before.
    StillRecording,
    /// The screen must be answered first.
    AnswerFirst,
    /// Lines still lack something.
    OpenLines(usize),
    /// Nobody asked for the buyer's ID yet; the age in years.
    AgeUnchecked(u8),
    /// The buyer is younger than this.
    TooYoung(u8),
    /// Not a date of birth.
    NotADate,
    /// "Visibly old enough" is no answer in this store.
    IdOnly,
    /// Somebody of this role must sign.
    NeedsApproval(Act, Role),
    /// Nobody signs for an act of their own.
    OwnAct,
    /// Nothing waits for a signature.
    NothingToApprove,
    /// No item waits to be chosen.
    NothingToChoose,
    /// The line's price and quantity come from its label or its receipt.
    PriceIsFixed,
    /// More is to come back than was sold.
    MoreThanSold,
    /// A line whose amount is its label's comes back as a whole.
    WholeLineOnly,
    /// Items of another receipt are in the basket.
    OneReceiptAtATime,
    /// A refund or a void can't be voided, nor a sale of which something came back.
    NotVoidable,
    /// A sale of an earlier shift can't be voided.
    ShiftIsOver,
    /// This register has no such sale.
    NoSuchSale(String),
    /// No basket was put aside under this number.
    NoSuchSlip(u32),
    /// As many baskets as may be are put aside.
    TooManySuspended,
    /// The pack has no such department.
    NoSuchDepartment(u16),
    /// A certificate has a number.
    CertificateMissing,
    /// Baskets are put aside.
    BasketsWait(usize),
}

impl From<Overflow> for Refusal {
    fn from(_: Overflow) -> Self {
        Self::AmountOutOfRange
    }
}

impl Refusal {
    /// What happened, in one sentence.
    pub fn text(&self) -> String {
        match self {
            Self::NotACode(why) => why.clone(),
            Self::Unread(garbage) => garbage.text().to_owned(),
            Self::WhichItem(_) => "Two items have this number".to_owned(),
            Self::Recalled(reason) => format!("Recalled, not to be sold: {reason}"),
            Self::Coupon => "Coupon: can't be used during the outage".to_owned(),
            Self::GiftCard(name) => format!("{name}: can't be used during the outage"),
            Self::RefundSlip => "Bottle receipt: can't be paid out during the outage".to_owned(),
            Self::CardNumber => "That is a payment card's number".to_owned(),
            Self::UnknownItem(code) => format!("{code} is not in this store's price file"),
            Self::WrongCheckDigit(code) => format!("{code} was misread: its last digit is wrong"),
            Self::QuantityOutOfRange => "A line holds 1 to 10,000".to_owned(),
            Self::WholePiecesOnly => "This item is sold by the piece".to_owned(),
            Self::WeightMissing => "This item is sold by weight".to_owned(),
            Self::AmountOutOfRange => "That amount is too large".to_owned(),
            Self::TooManyLines => "This sale is full at 500 lines".to_owned(),
            Self::TooManyTenders => "This sale is full at 20 payments".to_owned(),
            Self::NoSuchLine => "There is no such line".to_owned(),
            Self::LineAlreadyVoided => "This line is taken back already".to_owned(),
            Self::NothingToPay => "There is nothing to pay".to_owned(),
            Self::TenderNotPositive => "No amount was given".to_owned(),
            Self::CheckAboveDue => "The check is for more than is due".to_owned(),
            Self::CheckAboveLimit(limit) => {
                format!("Checks above {limit} can't be taken here")
            }
            Self::NotACheckNumber => "That is not a check number".to_owned(),
            Self::TenderDoubtful(amount) => format!("{amount} handed over: is that right?"),
            Self::PaymentBegun => "Money was taken for this sale already".to_owned(),
            Self::PaymentUnderWay => "Payment has begun, so no item was added".to_owned(),
            Self::NoPayment => "Payment has not begun".to_owned(),
            Self::SaleOpen => "A sale is open".to_owned(),
            Self::NotSignedIn => "Nobody is signed in".to_owned(),
            Self::WrongPin => "Number and PIN don't go together".to_owned(),
            Self::LockedOut(seconds) => format!("Too many tries: wait {seconds} seconds"),
            Self::NoShift => "No shift is open".to_owned(),
            Self::ShiftOpen => "A shift is open on this register".to_owned(),
            Self::DrawerOfAnother(cashier) => format!("This drawer is cashier {cashier}'s"),
            Self::NeedsLead => "This needs a lead or a manager".to_owned(),
            Self::DoesNotSell => "IT people don't ring up sales".to_owned(),
            Self::OutageOpen => "An outage is open already".to_owned(),
            Self::NoOutage => "No outage is open".to_owned(),
            Self::NoPack(why) => format!("This register has no price file: {why}"),
            Self::TextTooLong => "That text is too long".to_owned(),
            Self::StillRecording => "The sale before is still being recorded".to_owned(),
            Self::AnswerFirst => "The question on the screen comes first".to_owned(),
            Self::OpenLines(1) => "One line is not settled yet".to_owned(),
            Self::OpenLines(lines) => format!("{lines} lines are not settled yet"),
            Self::AgeUnchecked(years) => format!("The buyer must be {years} or older"),
            Self::TooYoung(years) => format!("The buyer is younger than {years}"),
            Self::NotADate => "That is no date of birth".to_owned(),
            Self::IdOnly => "This store wants to see an ID".to_owned(),
            Self::NeedsApproval(act, Role::Manager) => {
                format!("{}: a manager must sign", act.label())
            }
            Self::NeedsApproval(act, _) => format!("{}: a lead must sign", act.label()),
            Self::OwnAct => "Nobody signs for an act of their own".to_owned(),
            Self::NothingToApprove => "Nothing waits for a signature".to_owned(),
            Self::NothingToChoose => "No item waits to be chosen".to_owned(),
            Self::PriceIsFixed => "This line's price is fixed by its label or receipt".to_owned(),
            Self::MoreThanSold => "That is more than was sold".to_owned(),
            Self::WholeLineOnly => "This line comes back as a whole".to_owned(),
            Self::OneReceiptAtATime => "Items of another receipt are in this sale".to_owned(),
            Self::NotVoidable => "This sale can't be taken back as a whole".to_owned(),
            Self::ShiftIsOver => "That sale belongs to a shift that is closed".to_owned(),
            Self::NoSuchSale(number) => format!("Sale {number} is not on this register"),
            Self::NoSuchSlip(slip) => format!("No sale waits under number {slip}"),
            Self::TooManySuspended => "As many sales wait as can".to_owned(),
            Self::NoSuchDepartment(number) => format!("There is no department {number}"),
            Self::CertificateMissing => "The certificate's number is missing".to_owned(),
            Self::BasketsWait(1) => "A sale was put aside and waits".to_owned(),
            Self::BasketsWait(sales) => format!("{sales} sales were put aside and wait"),
        }
    }

    /// What to do next, in one sentence.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::NotACode(_) => "Scan it again, or type the digits under the bars.",
            Self::Unread(garbage) => garbage.remedy(),
            Self::WhichItem(_) => "Press 1 or 2 for the one in your hand.",
            Self::Recalled(_) => "Keep it apart and tell a lead. No one can lift this.",
            Self::Coupon => "Give it back; it stays good.",
            Self::GiftCard(_) => "Give it back; its money stays on it.",
            Self::RefundSlip => "Give it back; it stays good.",
            Self::CardNumber => "It was not kept. Take cash or a check.",
            Self::UnknownItem(_) => "Set it aside and tell a lead; go on with the next item.",
            Self::WrongCheckDigit(_) => "Scan it again, or type the digits under the bars.",
            Self::QuantityOutOfRange => "Check the quantity and key it again.",
            Self::WholePiecesOnly => "Key a whole number.",
            Self::WeightMissing => "Key the weight, then *, then the code: 0.65*4011.",
            Self::AmountOutOfRange => "Check the quantity and the price.",
            Self::TooManyLines => "Take payment for this sale and begin another.",
            Self::TooManyTenders => "Take the rest in one payment.",
            Self::NoSuchLine => "Choose a line of this sale.",
            Self::LineAlreadyVoided => "Choose another line.",
            Self::NothingToPay => "Scan an item first.",
            Self::TenderNotPositive => "Key the amount, then press the tender's key.",
            Self::CheckAboveDue => "Make the check out for what is due; cash back is not given.",
            Self::CheckAboveLimit(_) => "Take cash, or split it over cash and a smaller check.",
            Self::NotACheckNumber => "Key the 1 to 10 digits at the check's top right.",
            Self::TenderDoubtful(_) => "Press the key again if it is, or key the amount anew.",
            Self::PaymentBegun => "Take the rest, or give the money back and cancel the sale.",
            Self::PaymentUnderWay => "Finish or leave payment, then scan again.",
            Self::NoPayment => "Choose cash or check first.",
            Self::SaleOpen => "Finish or cancel it first.",
            Self::NotSignedIn => "Sign in with your number and PIN.",
            Self::WrongPin => "Try again; after several wrong tries you must wait.",
            Self::LockedOut(_) => "Wait, or use another register.",
            Self::NoShift => "Count your float and open a shift.",
            Self::ShiftOpen => "Close it first.",
            Self::DrawerOfAnother(_) => "They or a lead must close the shift first.",
            Self::NeedsLead => "Call a lead or a manager to sign in.",
            Self::DoesNotSell => "Sign in as a cashier.",
            Self::OutageOpen => "End it before another one is declared.",
            Self::NoOutage => "Declare one first.",
            Self::NoPack(_) => "Ask IT for the store's pack; nothing can be sold without it.",
            Self::TextTooLong => "Make it shorter.",
            Self::StillRecording => "Wait a moment.",
            Self::AnswerFirst => "Answer it, then go on.",
            Self::OpenLines(_) => "Settle the yellow lines first, or take them out.",
            Self::AgeUnchecked(_) => "Look at an ID and key the date of birth.",
            Self::TooYoung(_) => "Take the item back; the rest can be sold.",
            Self::NotADate => "Key month, day and year, such as 05171990.",
            Self::IdOnly => "Ask for an ID and key the date of birth.",
            Self::NeedsApproval(..) => "Let them key their number and PIN here.",
            Self::OwnAct => "Call somebody else.",
            Self::NothingToApprove | Self::NothingToChoose => "Go on.",
            Self::PriceIsFixed => "Take the line back and ring it up anew.",
            Self::MoreThanSold => "Look at the receipt: how many were bought, how many came back?",
            Self::WholeLineOnly => "Take the whole package back.",
            Self::OneReceiptAtATime => "Finish this one first.",
            Self::NotVoidable => "Give the items back one by one, or call a manager.",
            Self::ShiftIsOver => "Give the money back as a return.",
            Self::NoSuchSale(_) => "Look at the number on the receipt, or go on without a receipt.",
            Self::NoSuchSlip(_) => "Choose one from the list.",
            Self::TooManySuspended => "Finish one of them first.",
            Self::NoSuchDepartment(_) => "Choose one from the list.",
            Self::CertificateMissing => "Key the number that stands on it.",
            Self::BasketsWait(_) => "Finish or cancel them before the shift is closed.",
        }
    }
}
