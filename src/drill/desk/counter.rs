//! Pieces of the counter: what a cashier sells, takes back, puts aside and counts.

use crate::domain::bag::{BagNo, PaidReason};
use crate::domain::birth::BirthDate;
use crate::domain::drawer::{CashMovement, CashMovementKind};
use crate::domain::money::Money;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::sale::Reason;
use crate::register::check_input::{CheckInput, Keyed};
use crate::register::command::{AgeAnswer, Command, Settlement};
use crate::register::view::Screen;

use super::{Desk, Miss, Outcome, lacking};

/// Checks of a drill: a routing number with its right check digit, and accounts of nobody.
const CHECK: &str = "T111000025T 00970011U 1024";
const LARGE_CHECK: &str = "T111000025T 00970022U 2048";

impl Desk {
    /// Scan, number, weight and open amount in one sale; a note too many in cash, and change.
    pub(super) fn counter(&mut self) -> Outcome {
        let package = self.package()?;
        let produce = lacking(&self.props.produce, "loose item with a number")?;
        let weighed = lacking(&self.props.weighed, "item that is sold by weight")?;
        let department = self.props.policy.departments.first().map(|d| d.number);
        let department = lacking(&department, "department")?;
        self.scan(&package)?;
        self.enter(produce.code.to_string())?;
        self.enter(format!("0.65*{}", weighed.code))?;
        let amount = Money::from_minor(250);
        self.must(Command::OpenDepartment { department, amount, quantity: Quantity::ONE })?;
        self.must(Command::BeginTender)?;
        let Screen::Tender(tender) = self.lane.running()?.view().screen else {
            return Err(Miss::Said("payment did not begin".to_owned()));
        };
        let twenty = 2_000_i64;
        let over = twenty.saturating_sub(tender.cash_due.minor().rem_euclid(twenty));
        let handed = Money::from_minor(tender.cash_due.minor().saturating_add(over));
        self.must(Command::TakeCash { amount: Some(handed), confirmed: false })?;
        let Screen::Done(done) = self.lane.running()?.view().screen else {
            return Err(Miss::Said("the sale is not shown as paid".to_owned()));
        };
        self.must(Command::NextCustomer)?;
        Ok(format!("{} sold, {handed} handed over, {} back", done.total, done.change))
    }

    pub(super) fn check_with_id(&mut self) -> Outcome {
        let package = self.package()?;
        self.scan(&package)?;
        self.read_check(CHECK)?;
        self.answer_check("")?;
        let total = self.paid()?;
        Ok(format!("{total} paid by a check, an ID seen"))
    }

    /// A check above what the store takes without a second person.
    pub(super) fn large_check(&mut self) -> Outcome {
        let package = self.package()?;
        let most = self.props.policy.check_max;
        let price = package.unit_price.times(Quantity::ONE).unwrap_or_default().minor().max(1);
        let pieces = most.minor().checked_div(price).unwrap_or(0).saturating_add(1);
        if most.minor() > 1_000_000 || pieces > 9_999 {
            let words = "not played: the given pack takes checks of almost any amount";
            return Err(Miss::Said(words.to_owned()));
        }
        self.enter(format!("{pieces}*{}", package.code))?;
        self.read_check(LARGE_CHECK)?;
        self.answer_check("")?;
        let total = self.paid()?;
        Ok(format!("{total} paid by a check; more than {most} needs a signature"))
    }

    /// The check that was taken before comes once more.
    pub(super) fn same_check(&mut self) -> Outcome {
        let package = self.package()?;
        self.scan(&package)?;
        self.must(Command::BeginTender)?;
        self.must(Command::Check(CheckInput::Begin { amount: None }))?;
        self.must(check_answer(CHECK, true))?;
        let why = self.refused(check_answer("", false), "taken")?;
        self.must(Command::Check(CheckInput::Leave))?;
        self.must(Command::AbandonSale)?;
        Ok(format!("the same routing number, account and check number: refused: {why}"))
    }

    /// A line is taken back before payment; then the paid sale as a whole.
    pub(super) fn voids(&mut self) -> Outcome {
        let package = self.package()?;
        self.scan(&package)?;
        self.scan(&package)?;
        self.must(Command::VoidLine { place: 1 })?;
        let total = self.pay_cash()?;
        self.must(Command::FindReceipt { number: String::new() })?;
        self.must(Command::VoidSale { reason: Reason::Mistake })?;
        self.must(Command::NextCustomer)?;
        Ok(format!("one line taken back, then the sale of {total}"))
    }

    pub(super) fn aside(&mut self) -> Outcome {
        let package = self.package()?;
        self.scan(&package)?;
        self.must(Command::Suspend)?;
        let waiting = self.lane.running()?.view().status.suspended.clone();
        let own = self.lane.number;
        let slip = waiting.iter().map(|aside| aside.slip).find(|slip| super::own_slip(*slip, own));
        let slip = slip.ok_or_else(|| Miss::Said("nothing waits".to_owned()))?;
        self.must(Command::Resume { slip })?;
        let total = self.pay_cash()?;
        Ok(format!("number {slip} waited and was paid: {total}"))
    }

    /// One of two pieces comes back against the receipt, within what one person may give alone.
    pub(super) fn refund(&mut self) -> Outcome {
        let package = self.package()?;
        self.enter(format!("2*{}", package.code))?;
        self.pay_cash()?;
        self.must(Command::FindReceipt { number: String::new() })?;
        let (quantity, reason) = (Quantity::ONE, Reason::Customer);
        self.must(Command::ReturnItem { place: 0, quantity, reason })?;
        self.must(Command::LeaveReceipt)?;
        let back = self.pay_cash()?;
        let cap = self.props.policy.limits.refund_max;
        Ok(format!("{back} given back against the receipt; the cap is {cap}"))
    }

    /// Cash that moves without a sale, each with its reason.
    pub(super) fn drawer(&mut self) -> Outcome {
        self.must(Command::NoSale { reason: Reason::Change })?;
        let moved = [
            (CashMovementKind::PaidIn, 6_000, "drill: a vendor brought back a deposit"),
            (CashMovementKind::PaidOut, 700, "drill: milk for the break room"),
            (CashMovementKind::Drop, 3_000, "drill: too much in the drawer"),
            (CashMovementKind::Pickup, 2_000, "drill: the cash office takes a bag"),
        ];
        for (kind, minor, note) in moved {
            // The journal's next record: no bag of the store has this number twice.
            let next = self.lane.running()?.ledger().chain().next_seq;
            let (bag, reason) = match kind {
                CashMovementKind::Drop | CashMovementKind::Pickup => {
                    (BagNo::parse(&format!("D{}-{next}", self.lane.number)), None)
                }
                CashMovementKind::PaidIn => (None, Some(PaidReason::Other)),
                CashMovementKind::PaidOut => (None, Some(PaidReason::Supplies)),
                CashMovementKind::Loan => (None, None),
            };
            let movement = CashMovement {
                note: note.to_owned(),
                bag,
                reason,
                ..CashMovement::new(kind, Money::from_minor(minor))
            };
            self.must(Command::MoveCash { movement })?;
        }
        Ok("opened without a sale; paid in, paid out, drop and pickup".to_owned())
    }

    /// A buyer who is too young is refused; then one who is not.
    pub(super) fn too_young(&mut self) -> Outcome {
        let aged = lacking(&self.props.aged, "item with an age")?;
        let years = aged.age_min.unwrap_or(0);
        let today = self.lane.running()?.view().status.now.local_date();
        let born = |years_ago: u16| BirthDate::new(today.year().saturating_sub(years_ago), 1, 15);
        let (young, old) = (born(u16::from(years).saturating_sub(1)), born(60));
        let (Some(young), Some(old)) = (young, old) else {
            return Err(Miss::Said("no date of birth can be made of this day".to_owned()));
        };
        self.scan(&aged)?;
        let unasked = self.refused(Command::BeginTender, "or older")?;
        // Whoever turns the age later in the year is too young still.
        let young = Command::CheckAge { answer: AgeAnswer::Born(young) };
        let refused = self.refused(young, "younger")?;
        self.must(Command::CheckAge { answer: AgeAnswer::Born(old) })?;
        self.pay_cash()?;
        Ok(format!("without an ID: {unasked}; too young: {refused}; then sold"))
    }

    pub(super) fn unlisted(&mut self) -> Outcome {
        let department = self.props.policy.departments.first().map(|d| d.number);
        let department = lacking(&department, "department")?;
        let code = self.props.unknown.clone();
        self.must(Command::Scan { code: code.clone() })?;
        let unsettled = self.refused(Command::BeginTender, "not settled")?;
        let unit_price = UnitPrice::from_tenthousandths(34_900);
        let with = Settlement::Price { unit_price, department: Some(department) };
        self.must(Command::Settle { place: 0, with })?;
        self.pay_cash()?;
        Ok(format!("{code} is not on file: {unsettled}; keyed at {unit_price}"))
    }

    pub(super) fn given_up(&mut self) -> Outcome {
        let package = self.package()?;
        self.scan(&package)?;
        self.must(Command::AbandonSale)?;
        Ok("a basket with one line was given up".to_owned())
    }

    pub(super) fn x_report(&mut self) -> Outcome {
        self.must(Command::XReport)?;
        let notice = self.lane.running()?.view().notice;
        Ok(notice.map(|notice| notice.text.to_string()).unwrap_or_default())
    }

    /// The plug is pulled when the sale is recorded: it comes back as paid, and with no basket.
    pub(super) fn plug_pulled(&mut self) -> Outcome {
        let package = self.package()?;
        self.scan(&package)?;
        self.must(Command::BeginTender)?;
        self.must(Command::TakeCash { amount: None, confirmed: true })?;
        let before = self.lane.running()?.ledger().state().last_sale_no;
        let said = self.lane.after_power_cuts.len();
        self.lane.pull_power()?;
        let after = self.lane.running()?.ledger().state().last_sale_no;
        let words = self.lane.after_power_cuts.get(said).cloned().unwrap_or_default();
        let empty = self.sell_screen()?.is_empty();
        if before != after || !empty || !words.contains("PAID") {
            return Err(Miss::Said(format!("sale {before} came back as {after}: {words}")));
        }
        Ok(format!("{words}; nothing waits to be paid again"))
    }

    /// Begins payment by a check that a reader reads, and answers all but whether to take it.
    fn read_check(&mut self, line: &str) -> Result<(), Miss> {
        self.must(Command::BeginTender)?;
        self.must(Command::Check(CheckInput::Begin { amount: None }))?;
        for _ in 0..8 {
            let Screen::Check(check) = self.lane.running()?.view().screen else {
                return Err(Miss::Said("no check is asked about".to_owned()));
            };
            use crate::domain::check::wizard::Step;
            match check.step {
                Step::Line => self.must(check_answer(line, true))?,
                Step::Number => self.answer_check("")?,
                Step::IdKind => self.answer_check("1")?,
                Step::IdState => self.answer_check("0")?,
                Step::IdValid => self.answer_check("y")?,
                Step::Account | Step::AccountAgain => self.answer_check("00970011")?,
                Step::Take => return Ok(()),
            }
        }
        Err(Miss::Said("the questions about a check do not end".to_owned()))
    }

    fn answer_check(&mut self, text: &str) -> Result<(), Miss> {
        self.must(check_answer(text, false))
    }
}

fn check_answer(text: &str, scanned: bool) -> Command {
    Command::Check(CheckInput::Answer { text: Keyed::new(text), scanned })
}
