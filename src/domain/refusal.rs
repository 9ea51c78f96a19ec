//! Refusals: what a register says no to, why, and what to do instead.
//!
//! A refusal is a result of the domain, not an error: nothing broke, nothing was lost, and the
//! cashier can go on. Each has a sentence for the screen and a remedy.

use super::approval::Act;
use super::card_pending::CardFault;
use super::check::fault::CheckFault;
use super::code::garbage::Garbage;
use super::day::DayFault;
use super::drawer_fault::DrawerFault;
use super::goods::fault::GoodsFault;
use super::gtin::ItemCode;
use super::hours::HoursFault;
use super::money::{Money, Overflow};
use super::outage::OutageFault;
use super::paper_slip::SlipFault;
use super::person::Role;
use super::phone_code::PhoneCodeFault;
use super::pickup::fault::PickupFault;
use super::quantity::UnitPrice;
use super::rain_check::RainCheckFault;
use super::sale::PaperFault;
use super::training::TrainingFault;
use super::words::{Words, words};

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
    /// The number of a payment card in a text.
    CardNumberInText,
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
    /// The 21st second signature in a sale.
    TooManyApprovals,
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
    /// What stands against a business date.
    Day(DayFault),
    /// What stands against a time of work.
    Hours(HoursFault),
    /// What stands against a check.
    Check(CheckFault),
    /// What stands against a change of the outage, or a sign.
    Outage(OutageFault),
    /// What stands against a task about goods.
    Goods(GoodsFault),
    /// What stands against handing an order over.
    Pickup(PickupFault),
    /// What stands against cash that moves without a sale.
    Drawer(DrawerFault),
    /// The drawer is open, and the store wants it shut before the next payment.
    DrawerOpen,
    /// Why the code on a receipt proves nothing here.
    Paper(PaperFault),
    /// Why a sale that a card may have paid is not taken up or closed.
    CardPending(CardFault),
    /// Why the register does not go over to training, or back.
    Training(TrainingFault),
    /// Why a rain check is not written or not honored.
    RainCheck(RainCheckFault),
    /// A phone code.
    PhoneCode(PhoneCodeFault),
    /// What stands against a paper slip or its pad.
    PaperSlip(SlipFault),
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
    /// Number, badge and PIN don't go together; in a store where some have badges.
    WrongBadgeOrPin,
    /// A badge where nobody is asked who they are.
    BadgeElsewhere,
    /// A badge that was not read whole.
    BadgeTorn,
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
    /// Whoever sold something does not sign for its money going back.
    OwnSale,
    /// Nothing waits for a signature.
    NothingToApprove,
    /// No item waits to be chosen.
    NothingToChoose,
    /// No page is on the screen.
    NoPage,
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
    /// No line to central for the manager.
    NoLineToCentral,
    /// Central is being asked.
    CentralIsAsked,
    /// Nothing prints here.
    NoPrinterHere,
    /// Another program kept the disk busy: nothing was recorded, for certain.
    DiskBusy,
}

impl From<CheckFault> for Refusal {
    fn from(fault: CheckFault) -> Self {
        Self::Check(fault)
    }
}

impl From<OutageFault> for Refusal {
    fn from(fault: OutageFault) -> Self {
        Self::Outage(fault)
    }
}

impl From<GoodsFault> for Refusal {
    fn from(fault: GoodsFault) -> Self {
        Self::Goods(fault)
    }
}

impl From<PickupFault> for Refusal {
    fn from(fault: PickupFault) -> Self {
        Self::Pickup(fault)
    }
}

impl From<DrawerFault> for Refusal {
    fn from(fault: DrawerFault) -> Self {
        Self::Drawer(fault)
    }
}

impl From<CardFault> for Refusal {
    fn from(fault: CardFault) -> Self {
        Self::CardPending(fault)
    }
}

impl From<PaperFault> for Refusal {
    fn from(fault: PaperFault) -> Self {
        Self::Paper(fault)
    }
}

impl From<TrainingFault> for Refusal {
    fn from(fault: TrainingFault) -> Self {
        Self::Training(fault)
    }
}

impl From<SlipFault> for Refusal {
    fn from(fault: SlipFault) -> Self {
        Self::PaperSlip(fault)
    }
}

impl From<PhoneCodeFault> for Refusal {
    fn from(fault: PhoneCodeFault) -> Self {
        Self::PhoneCode(fault)
    }
}

impl From<RainCheckFault> for Refusal {
    fn from(fault: RainCheckFault) -> Self {
        Self::RainCheck(fault)
    }
}

impl From<Overflow> for Refusal {
    fn from(_: Overflow) -> Self {
        Self::AmountOutOfRange
    }
}

impl Refusal {
    /// What happened, in one sentence.
    pub fn text(&self) -> Words {
        match self {
            Self::NotACode(why) => Words::data(why.as_str()),
            Self::Unread(garbage) => Words::plain(garbage.text()),
            Self::WhichItem(_) => words!("Two items have this number"),
            Self::Recalled(reason) => words!("Recalled, not to be sold: {}", reason),
            Self::Coupon => words!("Coupon: can't be used during the outage"),
            Self::GiftCard(name) => words!("{}: can't be used during the outage", name),
            Self::RefundSlip => words!("Bottle receipt: can't be paid out during the outage"),
            Self::CardNumber => words!("That is a payment card's number"),
            Self::CardNumberInText => words!("That looks like a payment card's number"),
            Self::UnknownItem(code) => words!("{} is not in this store's price file", code),
            Self::WrongCheckDigit(code) => words!("{} was misread: its last digit is wrong", code),
            Self::QuantityOutOfRange => words!("A line holds 1 to 10,000"),
            Self::WholePiecesOnly => words!("This item is sold by the piece"),
            Self::WeightMissing => words!("This item is sold by weight"),
            Self::AmountOutOfRange => words!("That amount is too large"),
            Self::TooManyLines => words!("This sale is full at 500 lines"),
            Self::TooManyApprovals => words!("This sale holds no more signatures"),
            Self::TooManyTenders => words!("This sale is full at 20 payments"),
            Self::NoSuchLine => words!("There is no such line"),
            Self::LineAlreadyVoided => words!("This line is taken back already"),
            Self::NothingToPay => words!("There is nothing to pay"),
            Self::TenderNotPositive => words!("No amount was given"),
            Self::CheckAboveDue => words!("The check is for more than is due"),
            Self::CheckAboveLimit(limit) => {
                words!("Checks above {} can't be taken here", limit)
            }
            Self::NotACheckNumber => words!("That is not a check number"),
            Self::Day(fault) => fault.text(),
            Self::Check(fault) => fault.text(),
            Self::Outage(fault) => fault.text(),
            Self::Goods(fault) => fault.text(),
            Self::Pickup(fault) => fault.text(),
            Self::Drawer(fault) => fault.text(),
            Self::DrawerOpen => words!("The drawer is still open"),
            Self::Paper(fault) => fault.text(),
            Self::CardPending(fault) => fault.text(),
            Self::Training(fault) => fault.text(),
            Self::RainCheck(fault) => fault.text(),
            Self::PhoneCode(fault) => fault.text(),
            Self::PaperSlip(fault) => fault.text(),
            Self::Hours(fault) => fault.text(),
            Self::TenderDoubtful(amount) => words!("{} handed over: is that right?", amount),
            Self::PaymentBegun => words!("Money was taken for this sale already"),
            Self::PaymentUnderWay => words!("Payment has begun, so no item was added"),
            Self::NoPayment => words!("Payment has not begun"),
            Self::SaleOpen => words!("A sale is open"),
            Self::NotSignedIn => words!("Nobody is signed in"),
            Self::WrongPin => words!("Number and PIN don't go together"),
            Self::WrongBadgeOrPin => words!("Number, badge and PIN don't go together"),
            Self::BadgeElsewhere => words!("That is a badge: it was not kept"),
            Self::BadgeTorn => words!("The badge was not read whole"),
            Self::LockedOut(seconds) => words!("Too many tries: wait {} seconds", seconds),
            Self::NoShift => words!("No shift is open"),
            Self::ShiftOpen => words!("A shift is open on this register"),
            Self::DrawerOfAnother(cashier) => words!("This drawer is cashier {}'s", cashier),
            Self::NeedsLead => words!("This needs a lead or a manager"),
            Self::DoesNotSell => words!("IT people don't ring up sales"),
            Self::OutageOpen => words!("An outage is open already"),
            Self::NoOutage => words!("No outage is open"),
            Self::NoPack(why) => words!("This register has no price file: {}", why),
            Self::TextTooLong => words!("That text is too long"),
            Self::StillRecording => words!("The sale before is still being recorded"),
            Self::AnswerFirst => words!("The question on the screen comes first"),
            Self::OpenLines(1) => words!("One line is not settled yet"),
            Self::OpenLines(lines) => words!("{} lines are not settled yet", lines),
            Self::AgeUnchecked(years) => words!("The buyer must be {} or older", years),
            Self::TooYoung(years) => words!("The buyer is younger than {}", years),
            Self::NotADate => words!("That is no date of birth"),
            Self::IdOnly => words!("This store wants to see an ID"),
            Self::NeedsApproval(act, Role::Manager) => {
                words!("{}: a manager must sign", Words::plain(act.label()))
            }
            Self::NeedsApproval(act, _) => {
                words!("{}: a lead must sign", Words::plain(act.label()))
            }
            Self::OwnAct => words!("Nobody signs for an act of their own"),
            Self::OwnSale => {
                words!("Whoever rang a sale up does not sign for its money going back")
            }
            Self::NothingToApprove => words!("Nothing waits for a signature"),
            Self::NothingToChoose => words!("No item waits to be chosen"),
            Self::NoPage => words!("That page is closed already"),
            Self::PriceIsFixed => words!("This line's price is fixed by its label or receipt"),
            Self::MoreThanSold => words!("That is more than was sold"),
            Self::WholeLineOnly => words!("This line comes back as a whole"),
            Self::OneReceiptAtATime => words!("Items of another receipt are in this sale"),
            Self::NotVoidable => words!("This sale can't be taken back as a whole"),
            Self::ShiftIsOver => words!("That sale belongs to a shift that is closed"),
            Self::NoSuchSale(number) => words!("Sale {} is not on this register", number),
            Self::NoSuchSlip(slip) => words!("No sale waits under number {}", slip),
            Self::TooManySuspended => words!("As many sales wait as can"),
            Self::NoSuchDepartment(number) => words!("There is no department {}", number),
            Self::CertificateMissing => words!("The certificate's number is missing"),
            Self::BasketsWait(1) => words!("A sale was put aside and waits"),
            Self::BasketsWait(sales) => words!("{} sales were put aside and wait", sales),
            Self::NoLineToCentral => words!("This register has no line to central"),
            Self::CentralIsAsked => words!("Central is being asked already"),
            Self::NoPrinterHere => words!("This register has no printer"),
            Self::DiskBusy => words!("Not recorded: another program keeps the disk busy"),
        }
    }

    /// What to do next, in one sentence.
    pub fn remedy(&self) -> Words {
        match self {
            Self::NotACode(_) => words!("Scan it again, or type the digits under the bars."),
            Self::Unread(garbage) => Words::plain(garbage.remedy()),
            Self::WhichItem(_) => words!("Press 1 or 2 for the one in your hand."),
            Self::Recalled(_) => words!("Keep it apart and tell a lead. No one can lift this."),
            Self::RefundSlip => words!("Give it back; it stays good."),
            Self::Coupon => words!("Give it back; it stays good. Ctrl R: a rain check."),
            Self::GiftCard(_) => {
                words!("Give it back; its money stays on it. Ctrl R: a rain check.")
            }
            Self::CardNumber => words!("It was not kept. Take cash or a check."),
            Self::CardNumberInText => words!("It was not kept. Write it without that number."),
            Self::UnknownItem(_) => {
                words!("Set it aside and tell a lead; go on with the next item.")
            }
            Self::WrongCheckDigit(_) => words!("Scan it again, or type the digits under the bars."),
            Self::QuantityOutOfRange => words!("Check the quantity and key it again."),
            Self::WholePiecesOnly => words!("Key a whole number."),
            Self::WeightMissing => words!("Key the weight, then *, then the code: 0.65*4011."),
            Self::AmountOutOfRange => words!("Check the quantity and the price."),
            Self::TooManyLines => words!("Take payment for this sale and begin another."),
            Self::TooManyApprovals => words!("Take payment for this sale and begin another."),
            Self::TooManyTenders => words!("Take the rest in one payment."),
            Self::NoSuchLine => words!("Choose a line of this sale."),
            Self::LineAlreadyVoided => words!("Choose another line."),
            Self::NothingToPay => words!("Scan an item first."),
            Self::TenderNotPositive => words!("Key the amount, then press the tender's key."),
            Self::CheckAboveDue => {
                words!("Make the check out for what is due; cash back is not given.")
            }
            Self::CheckAboveLimit(_) => {
                words!("Take cash, or split it over cash and a smaller check.")
            }
            Self::NotACheckNumber => words!("Key the 1 to 10 digits at the check's top right."),
            Self::Day(fault) => fault.remedy(),
            Self::Check(fault) => fault.remedy(),
            Self::Outage(fault) => fault.remedy(),
            Self::Goods(fault) => fault.remedy(),
            Self::Pickup(fault) => fault.remedy(),
            Self::Drawer(fault) => fault.remedy(),
            Self::DrawerOpen => words!("Close it first."),
            Self::Paper(fault) => fault.remedy(),
            Self::CardPending(fault) => fault.remedy(),
            Self::Training(fault) => fault.remedy(),
            Self::RainCheck(fault) => fault.remedy(),
            Self::PhoneCode(fault) => fault.remedy(),
            Self::PaperSlip(fault) => fault.remedy(),
            Self::Hours(fault) => fault.remedy(),
            Self::TenderDoubtful(_) => {
                words!("Press the key again if it is, or key the amount anew.")
            }
            Self::PaymentBegun => {
                words!("Take the rest, or give the money back and cancel the sale.")
            }
            Self::PaymentUnderWay => words!("Finish or leave payment, then scan again."),
            Self::NoPayment => words!("Choose cash or check first."),
            Self::SaleOpen => words!("Finish or cancel it first."),
            Self::NotSignedIn => words!("Sign in with your number and PIN."),
            Self::WrongPin => words!("Try again; after several wrong tries you must wait."),
            Self::WrongBadgeOrPin => {
                words!("Who has a badge scans it, then keys the PIN. Wrong ones make you wait.")
            }
            Self::BadgeElsewhere => words!("Scan it where a number or a PIN is asked for."),
            Self::BadgeTorn => words!("Scan it once more."),
            Self::LockedOut(_) => words!("Wait, or use another register."),
            Self::NoShift => words!("Count your float and open a shift."),
            Self::ShiftOpen => words!("Close it first."),
            Self::DrawerOfAnother(_) => words!("They or a lead must close the shift first."),
            Self::NeedsLead => words!("Call a lead or a manager to sign in."),
            Self::DoesNotSell => words!("Sign in as a cashier."),
            Self::OutageOpen => words!("End it before another one is declared."),
            Self::NoOutage => words!("Declare one first."),
            Self::NoPack(_) => {
                words!("Ask IT for the store's pack; nothing can be sold without it.")
            }
            Self::TextTooLong => words!("Make it shorter."),
            Self::StillRecording => words!("Wait a moment."),
            Self::AnswerFirst => words!("Answer it, then go on."),
            Self::OpenLines(_) => words!("Settle the yellow lines first, or take them out."),
            Self::AgeUnchecked(_) => words!("Look at an ID and key the date of birth."),
            Self::TooYoung(_) => words!("Take the item back; the rest can be sold."),
            Self::NotADate => words!("Key month, day and year, such as 05171990."),
            Self::IdOnly => words!("Ask for an ID and key the date of birth."),
            Self::NeedsApproval(..) => words!("Let them key their number and PIN here."),
            Self::OwnAct | Self::OwnSale => words!("Call somebody else."),
            Self::NothingToApprove | Self::NothingToChoose | Self::NoPage => words!("Go on."),
            Self::PriceIsFixed => words!("Take the line back and ring it up anew."),
            Self::MoreThanSold => {
                words!("Look at the receipt: how many were bought, how many came back?")
            }
            Self::WholeLineOnly => words!("Take the whole package back."),
            Self::OneReceiptAtATime => words!("Finish this one first."),
            Self::NotVoidable => words!("Give the items back one by one, or call a manager."),
            Self::ShiftIsOver => words!("Give the money back as a return."),
            Self::NoSuchSale(_) => {
                words!("Look at the number on the receipt, or go on without a receipt.")
            }
            Self::NoSuchSlip(_) => words!("Choose one from the list."),
            Self::TooManySuspended => words!("Finish one of them first."),
            Self::NoSuchDepartment(_) => words!("Choose one from the list."),
            Self::CertificateMissing => words!("Key the number that stands on it."),
            Self::BasketsWait(_) => words!("Finish or cancel them before the shift is closed."),
            Self::NoLineToCentral => {
                words!("Use central's page /reconcile, or a register that is enrolled.")
            }
            Self::CentralIsAsked => words!("Wait for its answer."),
            Self::NoPrinterHere => words!("Save it as PDF, or print it from central's page."),
            Self::DiskBusy => {
                words!("Nothing counts yet. Press the key once more; call IT if this stays.")
            }
        }
    }
}
