//! Forms: one question at a time, with choices by digit or an entry, the same for every task.
//!
//! ```text
//!  open(form) ─▶ face: title, words, choices | entry ─▶ answer ─▶ next question, or Command
//! ```
//!
//! Esc steps out without a trace. A form holds only what was answered so far; prices, limits and
//! rights are decided by the register.

use crate::domain::bag::{BagNo, PaidReason};
use crate::domain::birth::BirthDate;
use crate::domain::card_pending::TerminalRef;
use crate::domain::drawer::{CashMovement, CashMovementKind};
use crate::domain::drawer_fault::DrawerFault;
use crate::domain::money::Money;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::refusal::Refusal;
use crate::domain::sale::{ExemptReason, Missing, Reason};
use crate::domain::shift::CountedPieces;
use crate::domain::words::words;
use crate::register::command::{AgeAnswer, Command, Settlement};
use crate::register::page::PageName;
use crate::register::view::{Screen, View};

use super::face::{ALL_OF_THEM, Face};
use super::{Card, Desk};
use crate::gui::entry::{Line, read_amount};

/// A question, and what was answered before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// What else can be done.
    More,
    /// The drawer's tasks.
    Drawer,
    /// The price of an open line.
    OpenPrice {
        /// Its place among the open lines.
        place: usize,
    },
    /// The department of an open line, after its price.
    OpenDepartmentOf {
        /// Its place among the open lines.
        place: usize,
        /// Its price.
        unit_price: UnitPrice,
    },
    /// The weight of an open line.
    OpenWeight {
        /// Its place among the open lines.
        place: usize,
    },
    /// The new price of a line.
    Price {
        /// Its place.
        place: usize,
    },
    /// Why it changes.
    PriceReason {
        /// The line's place.
        place: usize,
        /// The new price.
        unit_price: UnitPrice,
    },
    /// The date of birth on an ID.
    Age {
        /// The age asked about.
        years: u8,
    },
    /// The department of an open amount.
    Department,
    /// The open amount.
    OpenAmount {
        /// The department's number.
        department: u16,
    },
    /// Why no tax is taken.
    Exempt,
    /// The certificate's number.
    Certificate {
        /// Why.
        reason: ExemptReason,
    },
    /// What the terminal that hangs says.
    Terminal,
    /// Which basket goes on.
    Recall,
    /// The number on a receipt.
    Receipt,
    /// Why an item comes back.
    ReturnReason {
        /// The line's place in the paid sale.
        place: u16,
        /// How much comes back.
        quantity: Quantity,
    },
    /// Why the whole sale is taken back.
    VoidReason,
    /// Why the drawer is opened.
    NoSale,
    /// How much cash moves.
    Movement {
        /// Which way.
        kind: CashMovementKind,
    },
    /// The bag it is in.
    MovementBag {
        /// Which way.
        kind: CashMovementKind,
        /// How much.
        amount: Money,
    },
    /// Why it is paid in or out.
    MovementReason {
        /// Which way.
        kind: CashMovementKind,
        /// How much.
        amount: Money,
    },
    /// The errand.
    MovementNote {
        /// Which way.
        kind: CashMovementKind,
        /// How much.
        amount: Money,
        /// Why, where it is paid in or out.
        reason: Option<PaidReason>,
    },
    /// To training, or back to real sales.
    Training,
    /// The drawer is counted.
    Count(Count),
}

/// A count as far as it went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Notes and coins counted so far, in the order of the screen.
    pub pieces: Vec<CountedPieces>,
    /// Cash counted as one amount; notes and coins are then not asked one by one.
    pub loose: Option<Money>,
    /// The sum of the checks.
    pub checks: Option<Money>,
    /// The drawer goes to the next cashier with what is counted.
    pub hand_over: bool,
}

/// What a form's entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// A digit chooses.
    Choice,
    /// An amount.
    Amount,
    /// A weight, or a number of pieces.
    Quantity,
    /// Words, a number on a paper.
    Words,
    /// A date of birth: shown while it is keyed, never kept.
    Born,
}

/// The values that are counted, largest first.
pub fn denominations(view: &View) -> Vec<Money> {
    use crate::domain::cash_rounding::CashRounding;
    crate::domain::denomination::denominations(view.status.currency, CashRounding::None)
}

impl Form {
    /// What the entry line is for.
    pub const fn asks(&self) -> Asks {
        match self {
            Self::More
            | Self::Drawer
            | Self::OpenDepartmentOf { .. }
            | Self::PriceReason { .. }
            | Self::Department
            | Self::Exempt
            | Self::Recall
            | Self::ReturnReason { .. }
            | Self::VoidReason
            | Self::Training
            | Self::MovementReason { .. }
            | Self::NoSale => Asks::Choice,
            Self::OpenPrice { .. }
            | Self::Price { .. }
            | Self::OpenAmount { .. }
            | Self::Movement { .. } => Asks::Amount,
            Self::Count(count) if count.loose.is_some() && count.checks.is_none() => Asks::Amount,
            Self::OpenWeight { .. } | Self::Count(_) => Asks::Quantity,
            Self::Certificate { .. }
            | Self::Receipt
            | Self::Terminal
            | Self::MovementBag { .. }
            | Self::MovementNote { .. } => Asks::Words,
            Self::Age { .. } => Asks::Born,
        }
    }

    /// What is on show.
    pub fn face(&self, view: &View) -> Face {
        super::face::of(self, view)
    }
}

impl Desk {
    /// Opens what the first yellow line, or the chosen line, waits for.
    pub(super) fn price_key(&mut self, view: &View, at_ms: u64) {
        let Screen::Sell(sell) = &view.screen else { return };
        if let Some(form) = settling(view) {
            return self.open(Card::Form(form));
        }
        let newest = sell.lines.iter().rposition(|line| !line.voided);
        match self.chosen.or(newest) {
            Some(place) => self.open(Card::Form(Form::Price { place })),
            None => self.refuse_with(&Refusal::NoSuchLine, at_ms),
        }
    }

    /// What must be settled before payment; true when something is on show now.
    pub(super) fn settle_first(&mut self, view: &View) -> bool {
        let Screen::Sell(sell) = &view.screen else { return false };
        let form = settling(view).or(sell.age_to_ask.map(|years| Form::Age { years }));
        match form {
            Some(form) if self.entry.is_empty() => {
                self.open(Card::Form(form));
                true
            }
            _ => false,
        }
    }

    /// A digit where a form has choices.
    pub(super) fn choose_in_form(&mut self, key: char, view: &View, at_ms: u64) {
        let Card::Form(form) = self.card.clone() else { return };
        let face = form.face(view);
        let place = face.choices.iter().position(|choice| choice.key == key);
        let Some(place) = place else { return };
        if face.choices.get(place).is_some_and(|choice| !choice.enabled) {
            return;
        }
        self.card = Card::None;
        match form {
            Form::More => self.more(place, view, at_ms),
            Form::Drawer => self.drawer(place, view, at_ms),
            Form::OpenDepartmentOf { place: line, unit_price } => {
                let department = view.status.departments.get(place).map(|d| d.number);
                let with = Settlement::Price { unit_price, department };
                self.send(Command::Settle { place: line, with }, at_ms);
            }
            Form::PriceReason { place: line, unit_price } => {
                if let Some(reason) = Reason::OF_PRICE.get(place).copied() {
                    self.send(Command::SetPrice { place: line, unit_price, reason }, at_ms);
                }
            }
            Form::Department => {
                if let Some(department) = view.status.departments.get(place) {
                    let department = department.number;
                    self.open(Card::Form(Form::OpenAmount { department }));
                }
            }
            Form::Exempt => {
                if let Some(reason) = ExemptReason::ALL.get(place).copied() {
                    self.open(Card::Form(Form::Certificate { reason }));
                }
            }
            Form::Recall if key == ALL_OF_THEM => self.open_page(PageName::Aside, at_ms),
            Form::Recall => {
                if let Some(waiting) = view.status.suspended.get(place) {
                    self.send(Command::Resume { slip: waiting.slip }, at_ms);
                }
            }
            Form::ReturnReason { place: line, quantity } => {
                if let Some(reason) = Reason::OF_RETURN.get(place).copied() {
                    self.send(Command::ReturnItem { place: line, quantity, reason }, at_ms);
                }
            }
            Form::VoidReason => {
                if let Some(reason) = Reason::OF_RETURN.get(place).copied() {
                    self.send(Command::VoidSale { reason }, at_ms);
                }
            }
            Form::NoSale => {
                if let Some(reason) = Reason::OF_NO_SALE.get(place).copied() {
                    self.send(Command::NoSale { reason }, at_ms);
                }
            }
            Form::MovementReason { kind, amount } => {
                if let Some(reason) = reasons(kind).get(place).copied() {
                    let reason = Some(reason);
                    self.open(Card::Form(Form::MovementNote { kind, amount, reason }));
                }
            }
            Form::Training => self.send(Command::Train { on: !view.status.training }, at_ms),
            Form::Age { .. } => {
                let answer = AgeAnswer::VisiblyOlder;
                self.send(Command::CheckAge { answer }, at_ms);
            }
            form @ (Form::OpenPrice { .. }
            | Form::OpenWeight { .. }
            | Form::Price { .. }
            | Form::OpenAmount { .. }
            | Form::Certificate { .. }
            | Form::Receipt
            | Form::Terminal
            | Form::Movement { .. }
            | Form::MovementBag { .. }
            | Form::MovementNote { .. }
            | Form::Count(_)) => self.card = Card::Form(form),
        }
    }

    /// The end of a line where a form has an entry.
    pub(super) fn end_form(&mut self, line: &Line, view: &View, at_ms: u64) {
        let Card::Form(form) = self.card.clone() else { return };
        let text = line.text.as_str();
        match form {
            Form::OpenPrice { place } => {
                let Some(unit_price) = self.unit_price_or_say(text, at_ms) else { return };
                let unknown = matches!(&view.screen, Screen::Sell(sell)
                    if sell.open.get(place).is_some_and(|line| line.missing == Missing::Item));
                if unknown {
                    return self.open(Card::Form(Form::OpenDepartmentOf { place, unit_price }));
                }
                self.card = Card::None;
                let with = Settlement::Price { unit_price, department: None };
                self.send(Command::Settle { place, with }, at_ms);
            }
            Form::OpenWeight { place } => match Quantity::parse(text) {
                Ok(weight) if weight > Quantity::default() => {
                    self.card = Card::None;
                    let with = Settlement::Weight(weight);
                    self.send(Command::Settle { place, with }, at_ms);
                }
                _ => self.refuse(
                    words!("That is no weight"),
                    words!("Key it with a point: 0.65"),
                    at_ms,
                ),
            },
            Form::Price { place } => {
                if let Some(unit_price) = self.unit_price_or_say(text, at_ms) {
                    self.open(Card::Form(Form::PriceReason { place, unit_price }));
                }
            }
            Form::Age { .. } => match BirthDate::parse(text) {
                Some(born) => {
                    self.card = Card::None;
                    let answer = AgeAnswer::Born(born);
                    self.send(Command::CheckAge { answer }, at_ms);
                }
                None => self.refuse_with(&Refusal::NotADate, at_ms),
            },
            Form::OpenAmount { department } => {
                if let Some(amount) = self.amount_or_say(line, read_amount(text), at_ms) {
                    self.card = Card::None;
                    let quantity = Quantity::ONE;
                    self.send(Command::OpenDepartment { department, amount, quantity }, at_ms);
                }
            }
            Form::Certificate { reason } => {
                self.card = Card::None;
                let certificate = text.to_owned();
                self.send(Command::ExemptTax { reason, certificate }, at_ms);
            }
            Form::Terminal => {
                if let Err(fault) = TerminalRef::parse_some(text) {
                    return self.refuse_with(&fault.into(), at_ms);
                }
                self.card = Card::None;
                self.send(Command::SuspendCard { terminal: text.to_owned() }, at_ms);
            }
            Form::Receipt => {
                self.card = Card::None;
                self.send(Command::FindReceipt { number: text.to_owned() }, at_ms);
            }
            Form::Movement { kind } => {
                if let Some(amount) = self.amount_or_say(line, read_amount(text), at_ms) {
                    self.open(Card::Form(match kind {
                        CashMovementKind::Drop | CashMovementKind::Pickup => {
                            Form::MovementBag { kind, amount }
                        }
                        CashMovementKind::PaidIn | CashMovementKind::PaidOut => {
                            Form::MovementReason { kind, amount }
                        }
                        CashMovementKind::Loan => Form::MovementNote { kind, amount, reason: None },
                    }));
                }
            }
            Form::MovementBag { kind, amount } => {
                let bag = BagNo::parse(text);
                if bag.is_none() && !text.trim().is_empty() {
                    return self.refuse_with(&Refusal::Drawer(DrawerFault::NotABag), at_ms);
                }
                if bag.is_none() && kind == CashMovementKind::Drop {
                    return self.refuse_with(&Refusal::Drawer(DrawerFault::NoBag), at_ms);
                }
                self.card = Card::None;
                let movement = CashMovement { bag, ..CashMovement::new(kind, amount) };
                self.send(Command::MoveCash { movement }, at_ms);
            }
            Form::MovementNote { kind, amount, reason } => {
                let note = text.to_owned();
                let movement = CashMovement { note, reason, ..CashMovement::new(kind, amount) };
                if let Err(fault) = movement.check() {
                    return self.refuse_with(&Refusal::Drawer(fault), at_ms);
                }
                self.card = Card::None;
                self.send(Command::MoveCash { movement }, at_ms);
            }
            Form::Count(count) => self.end_count(count, line, view, at_ms),
            Form::More
            | Form::Drawer
            | Form::OpenDepartmentOf { .. }
            | Form::PriceReason { .. }
            | Form::Department
            | Form::Exempt
            | Form::Recall
            | Form::ReturnReason { .. }
            | Form::VoidReason
            | Form::Training
            | Form::MovementReason { .. }
            | Form::NoSale => {}
        }
    }

    fn more(&mut self, place: usize, view: &View, at_ms: u64) {
        match place {
            0 => self.open(Card::Form(Form::Receipt)),
            1 => self.open(Card::Form(Form::Recall)),
            2 => self.open(Card::Form(Form::Department)),
            3 => self.open(Card::Form(Form::Exempt)),
            4 => self.open(Card::Form(Form::Drawer)),
            5 if matches!(&view.screen, Screen::Sell(sell) if !sell.is_empty()) => {
                self.open(Card::AskCancel);
            }
            6 => self.send(Command::SignOut, at_ms),
            7 => self.open_page(PageName::Store, at_ms),
            8 => self.turn_customer(at_ms),
            9 => self.card_aside_key(view, at_ms),
            _ => {}
        }
    }

    fn drawer(&mut self, place: usize, view: &View, at_ms: u64) {
        use CashMovementKind::{Drop, Loan, PaidIn, PaidOut, Pickup};
        let kinds = [Drop, Pickup, Loan, PaidIn, PaidOut];
        match (kinds.get(place), place) {
            (Some(kind), _) => self.open(Card::Form(Form::Movement { kind: *kind })),
            (None, 5) => self.open(Card::Form(Form::NoSale)),
            (None, 7) => self.send(Command::XReport, at_ms),
            (None, place) => self.close_shift(place == 8, view, at_ms),
        }
    }

    fn end_count(&mut self, mut count: Count, line: &Line, view: &View, at_ms: u64) {
        let text = line.text.as_str();
        let values = denominations(view);
        let next = values.get(count.pieces.len()).copied();
        match (count.loose, next, count.checks) {
            (None, Some(value), _) => {
                if text.contains('.') {
                    // Counted as one amount: the notes and coins are not asked one by one.
                    let Some(loose) = self.amount_or_say(line, read_amount(text), at_ms) else {
                        return;
                    };
                    count.loose = Some(loose);
                } else {
                    let pieces = if text.is_empty() { Some(0) } else { text.parse().ok() };
                    let Some(pieces) = pieces.filter(|pieces| *pieces <= 100_000) else {
                        return self.refuse(
                            words!("That is no number of pieces"),
                            words!("Key how many there are, or all cash with a point: 980.10"),
                            at_ms,
                        );
                    };
                    count.pieces.push(CountedPieces { value, count: pieces });
                    if count.pieces.len() == values.len() {
                        count.loose = Some(Money::ZERO);
                    }
                }
            }
            (_, _, None) => {
                let sum = if text.is_empty() { Some(Money::ZERO) } else { read_amount(text) };
                let Some(sum) = self.amount_or_say(line, sum, at_ms) else { return };
                count.checks = Some(sum);
                if sum == Money::ZERO {
                    return self.send_count(count, 0, at_ms);
                }
            }
            (_, _, Some(_)) => {
                let Ok(checks) = text.parse::<u32>() else {
                    return self.refuse(
                        words!("That is no number of checks"),
                        words!("Count the checks and key how many there are."),
                        at_ms,
                    );
                };
                return self.send_count(count, checks, at_ms);
            }
        }
        self.card = Card::Form(Form::Count(count));
    }

    fn send_count(&mut self, count: Count, check_count: u32, at_ms: u64) {
        self.card = Card::None;
        let pieces: Vec<CountedPieces> =
            count.pieces.into_iter().filter(|pieces| pieces.count > 0).collect();
        let (loose, checks) = (count.loose.unwrap_or_default(), count.checks.unwrap_or_default());
        let command = if count.hand_over {
            Command::HandOver { pieces, loose, checks, check_count }
        } else {
            Command::CloseShift { pieces, loose, checks, check_count }
        };
        self.send(command, at_ms);
    }

    fn unit_price_or_say(&mut self, text: &str, at_ms: u64) -> Option<UnitPrice> {
        let price = read_amount(text)
            .filter(|amount| *amount > Money::ZERO)
            .and_then(|amount| amount.minor().checked_mul(100))
            .map(UnitPrice::from_tenthousandths);
        if price.is_none() {
            self.refuse(
                words!("That is no price"),
                words!("Key the digits with the cents: 199 is 1.99."),
                at_ms,
            );
        }
        price
    }
}

/// Why cash is paid in or out, in the order of the digits.
pub(super) const fn reasons(kind: CashMovementKind) -> &'static [PaidReason] {
    match kind {
        CashMovementKind::PaidIn => &PaidReason::IN,
        CashMovementKind::PaidOut => &PaidReason::OUT,
        CashMovementKind::Drop | CashMovementKind::Pickup | CashMovementKind::Loan => &[],
    }
}

/// The first yellow line's question.
fn settling(view: &View) -> Option<Form> {
    let Screen::Sell(sell) = &view.screen else { return None };
    sell.open.first().map(|line| match line.missing {
        Missing::Item | Missing::Price => Form::OpenPrice { place: 0 },
        Missing::Weight => Form::OpenWeight { place: 0 },
    })
}
