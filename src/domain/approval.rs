//! Who may do what alone, and what needs a second person: limits are data, the decision is pure.
//!
//! ```text
//!  Case (what is asked, with its amount) ─▶ Limits::needs ─▶ Authority
//!                                                              ├ Own     anybody who sells
//!                                                              ├ Lead    a lead or a manager
//!                                                              ├ Manager a manager
//!                                                              └ Second, ManagerAndLead: two
//!  own role is enough ─▶ done      otherwise ─▶ somebody else signs ─▶ Approval, recorded
//! ```
//!
//! Nobody approves an act of their own. The amounts stand in the signed pack; a store that says
//! nothing gets [`Limits::default`]. Card tenders don't exist here, so no case speaks of them.

use super::ids::PersonId;
use super::money::Money;
use super::person::Role;
use super::words::term;

/// What is done under an authority; its word stands in records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// A line is taken back before payment.
    VoidLine,
    /// A whole basket is given up.
    CancelSale,
    /// A price other than the pack's.
    PriceOverride,
    /// An amount without an item.
    OpenDepartment,
    /// The drawer is opened without a sale.
    NoSale,
    /// Money goes back against a receipt.
    Refund,
    /// Cash goes back for a sale whose check may not have cleared.
    RefundOfCheck,
    /// Money goes back without one.
    RefundWithoutReceipt,
    /// A paid sale is taken back as a whole.
    Void,
    /// Much cash.
    CashAboveLimit,
    /// A check above the limit.
    CheckAboveLimit,
    /// A check whose writer showed no ID.
    CheckWithoutId,
    /// No tax is taken.
    TaxExempt,
    /// An item past its date is sold.
    SellExpired,
    /// Cash is moved without a sale.
    MoveCash,
    /// A receipt is printed again.
    Reprint,
    /// Stock is changed without a sale.
    ChangeStock,
    /// Goods are received that were received before.
    ReceiveAgain,
    /// An order is handed over on its code or an ID alone.
    HandOver,
    /// An order that is not on file is handed over.
    HandOverUnverified,
    /// An order is handed over that was claimed before.
    HandOverAgain,
    /// A rain check beyond a cashier's own word.
    RainCheck,
    /// A rain check past its last day.
    ExpiredRainCheck,
    /// Pads of paper slips, and slips that are keyed afterwards.
    PaperSlips,
    /// A sale that a card may have paid is taken up, given up or closed.
    CardPending,
    /// A price file is taken though its prices jumped.
    TakePrices,
    /// Somebody's wait after wrong PINs is ended.
    EndWait,
    /// A day far from all that is known is booked.
    SetDay,
}

/// What is asked for, with what the answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// One more line is taken back, after so many in this sale.
    VoidLine {
        /// Lines taken back so far.
        so_far: u32,
    },
    /// A basket of this total is given up.
    CancelSale {
        /// What it would have cost.
        total: Money,
    },
    /// A line's price is changed.
    PriceOverride {
        /// The line's amount by the pack.
        was: Money,
        /// Its amount now.
        now: Money,
    },
    /// An amount is rung up without an item.
    OpenDepartment {
        /// The amount.
        amount: Money,
    },
    /// The drawer is opened without a sale.
    NoSale,
    /// Money goes back against a receipt.
    Refund {
        /// How much, above zero.
        amount: Money,
        /// Whoever refunds also rang up the sale.
        own_sale: bool,
        /// With what went back before on this day.
        day: DayRefunds,
    },
    /// Cash goes back for a sale that a check paid, before the check can have cleared.
    RefundOfCheck {
        /// Whoever refunds also rang up the sale.
        own_sale: bool,
    },
    /// Money goes back without a receipt.
    RefundWithoutReceipt {
        /// How much, above zero.
        amount: Money,
    },
    /// A paid sale is taken back.
    Void {
        /// Whoever takes it back rang it up.
        own_sale: bool,
    },
    /// Cash is taken.
    Cash {
        /// The amount of the sale it pays.
        amount: Money,
    },
    /// A check above a limit is taken.
    CheckAboveLimit,
    /// A check is taken without an ID.
    CheckWithoutId,
    /// No tax is taken.
    TaxExempt,
    /// An item past its date is sold.
    SellExpired,
    /// Cash is moved without a sale.
    MoveCash,
    /// A receipt is printed again.
    Reprint {
        /// It is the register's last one.
        last: bool,
    },
    /// Stock is changed without a sale.
    ChangeStock {
        /// By so many units in all, a part of one for a whole one.
        units: u64,
    },
    /// Goods are received that were received before.
    ReceiveAgain,
    /// An order is handed over on its code or an ID alone.
    HandOver,
    /// An order that is not on file is handed over.
    HandOverUnverified,
    /// An order is handed over that was claimed before.
    HandOverAgain,
    /// A rain check is written or honored.
    RainCheck {
        /// The store's own records say less than the promise, or it is above the limit.
        beyond: bool,
    },
    /// A rain check past its last day is honored.
    ExpiredRainCheck,
    /// Paper slips are keyed, spoiled, or their pad issued.
    PaperSlips,
    /// A sale that a card may have paid is taken up, given up or closed.
    CardPending,
    /// A price file is taken though its prices jumped.
    TakePrices,
    /// Somebody's wait after wrong PINs is ended.
    EndWait {
        /// As what they work.
        of: Role,
    },
    /// A day far from all that is known is booked.
    SetDay,
}

/// What goes back on one business day, this refund counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayRefunds {
    /// By this cashier.
    pub by_cashier: Money,
    /// At this register.
    pub by_register: Money,
}

/// Who must stand behind an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// Whoever sells.
    Own,
    /// A lead or a manager.
    Lead,
    /// A manager.
    Manager,
    /// Two people, one of them a lead or a manager.
    Second,
    /// Two people, one of them a manager and the other at least a lead.
    ManagerAndLead,
    /// A manager other than the person.
    OtherManager,
}

/// What the decision came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// The person may.
    Allowed,
    /// Somebody else of at least this role must sign.
    Ask(Role),
}

/// Somebody stood behind an act of somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// What was approved.
    pub act: Act,
    /// Who approved it.
    pub by: PersonId,
    /// As what.
    pub role: Role,
}

/// The limits of one store: signed data of its pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A sale paid in cash above this needs a lead.
    pub cash_max: Money,
    /// Lines a cashier may take back in one sale.
    pub void_lines_max: u32,
    /// A basket above this is given up only by a lead.
    pub cancel_max: Money,
    /// A lead may change a price by this many percent …
    pub override_percent_max: u32,
    /// … and by this amount; beyond either a manager must.
    pub override_amount_max: Money,
    /// An open amount above this needs a manager.
    pub open_department_max: Money,
    /// A refund above this needs a manager.
    pub refund_max: Money,
    /// Refunds of one cashier on one day above this need a manager.
    pub refund_day_max: Money,
    /// Refunds at one register on one day above this need a manager.
    pub refund_register_day_max: Money,
    /// A refund without a receipt above this needs two people, a manager among them …
    pub refund_unproved_max: Money,
    /// … and one with a receipt above this.
    pub refund_two_above: Money,
    /// More notes than this in a drawer, and a drop is asked for.
    pub drop_above: Money,
    /// Stock changed by more units than this at once needs a manager …
    pub stock_lead_max: u32,
    /// … and by more than this two people, a manager among them.
    pub stock_two_above: u32,
    /// A day that lies so many days from all that is known is anybody's word; beyond it a lead's.
    pub day_reach: u32,
    /// "Visibly old enough" is an answer to the question for an ID.
    pub age_by_sight: bool,
}

impl Default for Limits {
    fn default() -> Self {
        let dollars = |units: i64| Money::from_minor(units.saturating_mul(100));
        Self {
            cash_max: dollars(500),
            void_lines_max: 3,
            cancel_max: dollars(50),
            override_percent_max: 10,
            override_amount_max: dollars(20),
            open_department_max: dollars(100),
            refund_max: dollars(50),
            refund_day_max: dollars(200),
            refund_register_day_max: dollars(400),
            refund_unproved_max: dollars(200),
            refund_two_above: dollars(200),
            drop_above: dollars(300),
            stock_lead_max: 20,
            stock_two_above: 100,
            day_reach: 7,
            age_by_sight: false,
        }
    }
}

impl Act {
    /// All acts.
    pub const ALL: [Self; 28] = [
        Self::VoidLine,
        Self::CancelSale,
        Self::PriceOverride,
        Self::OpenDepartment,
        Self::NoSale,
        Self::Refund,
        Self::RefundOfCheck,
        Self::RefundWithoutReceipt,
        Self::Void,
        Self::CashAboveLimit,
        Self::CheckAboveLimit,
        Self::CheckWithoutId,
        Self::TaxExempt,
        Self::SellExpired,
        Self::MoveCash,
        Self::Reprint,
        Self::ChangeStock,
        Self::ReceiveAgain,
        Self::HandOver,
        Self::HandOverUnverified,
        Self::HandOverAgain,
        Self::RainCheck,
        Self::ExpiredRainCheck,
        Self::PaperSlips,
        Self::CardPending,
        Self::TakePrices,
        Self::EndWait,
        Self::SetDay,
    ];

    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::VoidLine => "void_line",
            Self::CancelSale => "cancel_sale",
            Self::PriceOverride => "price_override",
            Self::OpenDepartment => "open_department",
            Self::NoSale => "no_sale",
            Self::Refund => "refund",
            Self::RefundOfCheck => "refund_of_check",
            Self::RefundWithoutReceipt => "refund_without_receipt",
            Self::Void => "void",
            Self::CashAboveLimit => "cash_above_limit",
            Self::CheckAboveLimit => "check_above_limit",
            Self::CheckWithoutId => "check_without_id",
            Self::TaxExempt => "tax_exempt",
            Self::SellExpired => "sell_expired",
            Self::MoveCash => "move_cash",
            Self::Reprint => "reprint",
            Self::ChangeStock => "change_stock",
            Self::ReceiveAgain => "receive_again",
            Self::HandOver => "hand_over",
            Self::HandOverUnverified => "hand_over_unverified",
            Self::HandOverAgain => "hand_over_again",
            Self::RainCheck => "rain_check",
            Self::ExpiredRainCheck => "expired_rain_check",
            Self::PaperSlips => "paper_slips",
            Self::CardPending => "card_pending",
            Self::TakePrices => "take_prices",
            Self::EndWait => "end_wait",
            Self::SetDay => "set_day",
        }
    }

    /// The act of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.word() == word)
    }

    /// What is done, as a person says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::VoidLine => term("Take one more line back"),
            Self::CancelSale => term("Cancel the sale"),
            Self::PriceOverride => term("Change a price"),
            Self::OpenDepartment => term("Ring up an open amount"),
            Self::NoSale => term("Open the drawer"),
            Self::Refund => term("Give money back"),
            Self::RefundOfCheck => term("Give cash back before the check has cleared"),
            Self::RefundWithoutReceipt => term("Give money back without a receipt"),
            Self::Void => term("Take a paid sale back"),
            Self::CashAboveLimit => term("Take this much cash"),
            Self::CheckAboveLimit => term("Take a check above the limit"),
            Self::CheckWithoutId => term("Take a check without an ID"),
            Self::TaxExempt => term("Take no tax"),
            Self::SellExpired => term("Sell an item past its date"),
            Self::MoveCash => term("Move cash"),
            Self::Reprint => term("Print an older receipt again"),
            Self::ChangeStock => term("Change stock"),
            Self::ReceiveAgain => term("Receive these goods a second time"),
            Self::HandOver => term("Hand an order over on code or ID alone"),
            Self::HandOverUnverified => term("Hand over what is not on file"),
            Self::HandOverAgain => term("Hand over an order that was claimed before"),
            Self::RainCheck => term("Stand behind this rain check"),
            Self::ExpiredRainCheck => term("Honor a rain check past its day"),
            Self::PaperSlips => term("Stand behind these paper slips"),
            Self::CardPending => term("Decide on a sale that a card may have paid"),
            Self::TakePrices => term("Take prices that jumped"),
            Self::EndWait => term("End somebody's wait"),
            Self::SetDay => term("Book a day that is far off"),
        }
    }
}

impl Case {
    /// The act that is asked for.
    pub const fn act(&self) -> Act {
        match self {
            Self::VoidLine { .. } => Act::VoidLine,
            Self::CancelSale { .. } => Act::CancelSale,
            Self::PriceOverride { .. } => Act::PriceOverride,
            Self::OpenDepartment { .. } => Act::OpenDepartment,
            Self::NoSale => Act::NoSale,
            Self::Refund { .. } => Act::Refund,
            Self::RefundOfCheck { .. } => Act::RefundOfCheck,
            Self::RefundWithoutReceipt { .. } => Act::RefundWithoutReceipt,
            Self::Void { .. } => Act::Void,
            Self::Cash { .. } => Act::CashAboveLimit,
            Self::CheckAboveLimit => Act::CheckAboveLimit,
            Self::CheckWithoutId => Act::CheckWithoutId,
            Self::TaxExempt => Act::TaxExempt,
            Self::SellExpired => Act::SellExpired,
            Self::MoveCash => Act::MoveCash,
            Self::Reprint { .. } => Act::Reprint,
            Self::ChangeStock { .. } => Act::ChangeStock,
            Self::ReceiveAgain => Act::ReceiveAgain,
            Self::HandOver => Act::HandOver,
            Self::HandOverUnverified => Act::HandOverUnverified,
            Self::HandOverAgain => Act::HandOverAgain,
            Self::RainCheck { .. } => Act::RainCheck,
            Self::ExpiredRainCheck => Act::ExpiredRainCheck,
            Self::PaperSlips => Act::PaperSlips,
            Self::CardPending => Act::CardPending,
            Self::TakePrices => Act::TakePrices,
            Self::EndWait { .. } => Act::EndWait,
            Self::SetDay => Act::SetDay,
        }
    }
}

impl Limits {
    /// Who must stand behind a case.
    pub fn needs(&self, case: &Case) -> Authority {
        let lead_if = |above: bool| if above { Authority::Lead } else { Authority::Own };
        let manager_if = |above: bool| if above { Authority::Manager } else { Authority::Lead };
        match case {
            Case::VoidLine { so_far } => lead_if(*so_far >= self.void_lines_max),
            Case::CancelSale { total } => lead_if(*total > self.cancel_max),
            Case::PriceOverride { was, now } => manager_if(self.is_large_override(*was, *now)),
            Case::OpenDepartment { amount } if *amount > self.open_department_max => {
                Authority::Manager
            }
            Case::OpenDepartment { .. } => Authority::Own,
            Case::Refund { own_sale: true, day, .. } if self.is_much(*day) => {
                Authority::OtherManager
            }
            Case::Refund { amount, own_sale: false, .. } if *amount > self.refund_two_above => {
                Authority::ManagerAndLead
            }
            Case::Refund { own_sale: true, amount, .. } if *amount > self.refund_two_above => {
                Authority::OtherManager
            }
            Case::Refund { own_sale: true, .. } => Authority::Second,
            Case::Refund { amount, day, .. } => {
                manager_if(*amount > self.refund_max || self.is_much(*day))
            }
            Case::RefundOfCheck { own_sale: true } => Authority::OtherManager,
            Case::RefundOfCheck { .. } => Authority::Manager,
            Case::RefundWithoutReceipt { amount } if *amount > self.refund_unproved_max => {
                Authority::ManagerAndLead
            }
            // Nobody takes back alone what they sold.
            Case::Void { own_sale: true } => Authority::ManagerAndLead,
            Case::RefundWithoutReceipt { .. } | Case::Void { own_sale: false } => {
                Authority::Manager
            }
            Case::ChangeStock { units } if *units > u64::from(self.stock_two_above) => {
                Authority::ManagerAndLead
            }
            Case::ChangeStock { units } => manager_if(*units > u64::from(self.stock_lead_max)),
            Case::HandOver | Case::PaperSlips | Case::SetDay => Authority::Lead,
            Case::ReceiveAgain | Case::ExpiredRainCheck | Case::CardPending | Case::TakePrices => {
                Authority::Manager
            }
            Case::EndWait { of } => manager_if(*of != Role::Cashier),
            Case::RainCheck { beyond } => lead_if(*beyond),
            // Whoever is at the counter never decides alone on goods that nobody can look up.
            Case::HandOverUnverified => Authority::Second,
            Case::HandOverAgain => Authority::OtherManager,
            Case::Cash { amount } => lead_if(*amount > self.cash_max),
            Case::Reprint { last } => lead_if(!last),
            Case::NoSale | Case::CheckAboveLimit | Case::CheckWithoutId | Case::TaxExempt => {
                Authority::Lead
            }
            // A lead who rings up is stopped like anybody: nobody overlooks a date alone.
            Case::MoveCash | Case::SellExpired => Authority::Second,
        }
    }

    /// Whether somebody of this role may do it alone, or who must sign too.
    pub fn decide(&self, role: Role, case: &Case) -> Ruling {
        let enough = |needed: Role| {
            if role.sells() && role >= needed { Ruling::Allowed } else { Ruling::Ask(needed) }
        };
        match self.needs(case) {
            Authority::Own => enough(Role::Cashier),
            Authority::Lead => enough(Role::Lead),
            Authority::Manager => enough(Role::Manager),
            Authority::Second => Ruling::Ask(Role::Lead),
            Authority::OtherManager => Ruling::Ask(Role::Manager),
            Authority::ManagerAndLead if role == Role::Manager => Ruling::Ask(Role::Lead),
            Authority::ManagerAndLead => Ruling::Ask(Role::Manager),
        }
    }

    fn is_much(&self, day: DayRefunds) -> bool {
        day.by_cashier > self.refund_day_max || day.by_register > self.refund_register_day_max
    }

    fn is_large_override(&self, was: Money, now: Money) -> bool {
        let (was, now) = (i128::from(was.minor()), i128::from(now.minor()));
        let by = was.saturating_sub(now).saturating_abs();
        let amount_max = i128::from(self.override_amount_max.minor());
        let percent = i128::from(self.override_percent_max);
        let within = by.saturating_mul(100) <= was.saturating_abs().saturating_mul(percent);
        by > amount_max || !within
    }
}

#[cfg(test)]
mod tests;
