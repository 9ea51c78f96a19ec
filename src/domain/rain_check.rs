//! A rain check: the store's numbered promise of what it could not honor while systems are down.
//!
//! ```text
//!  coupon, reward, price match, gift card, refused today
//!    └─▶ RainCheck: number, what for, what it is worth, until when ─▶ recorded, printed, signed
//!          ├─ worth known, kind taken here ─▶ one line of a sale costs less     once
//!          └─ all else ────────────────────▶ honored at the service desk        once
//! ```
//!
//! It says what was promised and never holds anything of value: no number of a coupon, a card or
//! an account. Whoever finds one gains a lower price at most.

use super::gtin::ItemCode;
use super::ids::{RecordRef, RegisterNo, StoreNo};
use super::money::{Money, Overflow};
use super::quantity::{Quantity, UnitPrice};
use super::time::BusinessDate;
use super::words::term;

mod fault;
mod said;

pub use fault::RainCheckFault;
pub use said::{WHAT_LEN_MAX, read_what};

use super::approval::Approval;

/// The most pieces at a promised price.
pub const PIECES_MAX: u16 = 99;
/// The largest promise, in money.
pub const WORTH_MAX: Money = Money::from_minor(100_000);
/// The most rain checks of one sale.
pub const HONORED_MAX: usize = 20;
/// Rain checks of one register before their numbers begin again.
pub const CHECKS_OF_REGISTER: u32 = 1_000;

/// What could not be honored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RainCheckKind {
    /// A coupon.
    Coupon,
    /// A reward of the store's own program.
    Reward,
    /// Another store's price, or a price that only central could have confirmed.
    PriceMatch,
    /// A gift card.
    GiftCard,
}

/// What is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// What its own paper says, which nobody can look up today.
    Unsaid,
    /// So much off, once.
    Off(Money),
    /// A price, for so many pieces at most.
    Price(UnitPrice, u16),
}

/// A promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RainCheck {
    /// The number on its slip: 7003 is register 7's third.
    pub number: u32,
    /// What could not be honored.
    pub kind: RainCheckKind,
    /// The item it is for, where it is for one of the price file.
    pub code: Option<ItemCode>,
    /// The item's name, or words; empty where the kind says it all.
    pub what: String,
    /// What is promised.
    pub worth: Worth,
    /// The last day it is good on.
    pub until: BusinessDate,
}

/// Which rain check: the record that issued it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RainCheckRef {
    /// The store that issued it.
    pub store: StoreNo,
    /// The register.
    pub register: RegisterNo,
    /// The record.
    pub at_record: RecordRef,
    /// The number on its slip.
    pub number: u32,
    /// The first half of the record's hash, where its paper alone proved it.
    pub hash_start: Option<[u8; 16]>,
}

/// A rain check that a line of a sale honors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Honored {
    /// The line's place in the sale, from 0.
    pub place: u16,
    /// Which rain check.
    pub of: RainCheckRef,
}

/// What a record says of a rain check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RainCheckStep {
    /// It was written and given to the customer.
    Issued {
        /// The promise.
        check: RainCheck,
        /// Who stood behind it.
        approval: Option<Approval>,
    },
    /// It was honored without a sale here, at the service desk. What a sale honors stands in the
    /// sale's own record.
    Redeemed {
        /// Which.
        of: RainCheckRef,
        /// Who stood behind it.
        approval: Option<Approval>,
    },
}

/// A store's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RainCheckPolicy {
    /// For how many days a new one is good.
    pub days: u16,
    /// A promise above this needs a lead.
    pub max: Money,
    /// The kinds that a register takes; the others are for the service desk.
    pub taken: Vec<RainCheckKind>,
}

impl RainCheckKind {
    /// All kinds, in the order of the screen.
    pub const ALL: [Self; 4] = [Self::Coupon, Self::Reward, Self::PriceMatch, Self::GiftCard];

    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Coupon => "coupon",
            Self::Reward => "reward",
            Self::PriceMatch => "price_match",
            Self::GiftCard => "gift_card",
        }
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// As a person says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Coupon => term("Coupon"),
            Self::Reward => term("Reward"),
            Self::PriceMatch => term("Price match"),
            Self::GiftCard => term("Gift card"),
        }
    }
}

impl Worth {
    /// It is within what may be promised.
    pub fn is_bounded(self) -> bool {
        match self {
            Self::Unsaid => true,
            Self::Off(amount) => amount > Money::ZERO && amount <= WORTH_MAX,
            Self::Price(unit_price, pieces) => {
                let fits = (1..=WORTH_MAX.minor().saturating_mul(100))
                    .contains(&unit_price.tenthousandths());
                fits && (1..=PIECES_MAX).contains(&pieces)
            }
        }
    }

    /// What the store gives up at most, where an item costs so much; none where nobody knows.
    ///
    /// # Errors
    /// [`Overflow`] when it does not fit.
    pub fn costs(self, item_price: Option<UnitPrice>) -> Result<Option<Money>, Overflow> {
        match (self, item_price) {
            (Self::Unsaid, _) => Ok(Some(Money::ZERO)),
            (Self::Off(amount), _) => Ok(Some(amount)),
            (Self::Price(..), None) => Ok(None),
            (Self::Price(promised, pieces), Some(price)) => {
                let pieces = Quantity::pieces(i64::from(pieces))?;
                let less = price.times(pieces)?.minus(promised.times(pieces)?)?;
                Ok(Some(less.max(Money::ZERO)))
            }
        }
    }
}

impl RainCheck {
    /// It is past its last day.
    pub fn is_expired(&self, today: BusinessDate) -> bool {
        today > self.until
    }
}

impl RainCheckPolicy {
    /// A register may take it off a sale; none of the others tells what it would have to check.
    pub fn takes(&self, check: &RainCheck) -> bool {
        check.worth != Worth::Unsaid && self.taken.contains(&check.kind)
    }

    /// The last day of one that is issued on this day.
    pub fn until(&self, today: BusinessDate) -> BusinessDate {
        let days = today.days_since_1970().saturating_add(i64::from(self.days));
        BusinessDate::from_days_since_1970(days).unwrap_or(today)
    }
}

impl Default for RainCheckPolicy {
    fn default() -> Self {
        Self {
            days: 30,
            max: Money::from_minor(2_000),
            taken: vec![RainCheckKind::Coupon, RainCheckKind::PriceMatch],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str) -> UnitPrice {
        UnitPrice::parse(text).expect("a price")
    }

    #[test]
    fn what_a_promise_costs_is_known_or_said_to_be_unknown() {
        let money = |minor| Some(Money::from_minor(minor));
        let three = Worth::Price(price("1.00"), 3);
        assert_eq!(three.costs(Some(price("1.29"))), Ok(money(87)));
        assert_eq!(three.costs(Some(price("0.90"))), Ok(money(0)), "never below nothing");
        assert_eq!(three.costs(None), Ok(None));
        assert_eq!(Worth::Off(Money::from_minor(50)).costs(None), Ok(money(50)));
        assert_eq!(Worth::Unsaid.costs(None), Ok(money(0)));
    }

    #[test]
    fn nothing_absurd_is_promised() {
        for (worth, bounded) in [
            (Worth::Off(Money::ZERO), false),
            (Worth::Off(Money::from_minor(1)), true),
            (Worth::Off(WORTH_MAX), true),
            (Worth::Off(Money::from_minor(100_001)), false),
            (Worth::Price(price("0"), 1), false),
            (Worth::Price(price("0.01"), 0), false),
            (Worth::Price(price("1000.00"), 99), true),
            (Worth::Price(price("1000.01"), 1), false),
            (Worth::Price(price("1"), 100), false),
            (Worth::Unsaid, true),
        ] {
            assert_eq!(worth.is_bounded(), bounded, "{worth:?}");
        }
    }

    #[test]
    fn a_register_takes_what_the_policy_names_and_only_with_a_known_worth() {
        let day = BusinessDate::parse("2026-11-22").expect("a day");
        let check = |kind, worth| RainCheck {
            number: 7_001,
            kind,
            code: None,
            what: String::new(),
            worth,
            until: day,
        };
        let policy = RainCheckPolicy::default();
        let off = Worth::Off(Money::from_minor(100));
        assert!(policy.takes(&check(RainCheckKind::Coupon, off)));
        assert!(!policy.takes(&check(RainCheckKind::Coupon, Worth::Unsaid)));
        assert!(!policy.takes(&check(RainCheckKind::GiftCard, off)));
        assert_eq!(policy.until(day).to_string(), "2026-12-22");
        assert!(!check(RainCheckKind::Coupon, off).is_expired(day), "its last day is a good one");
        let next = BusinessDate::parse("2026-11-23").expect("a day");
        assert!(check(RainCheckKind::Coupon, off).is_expired(next));
    }

    #[test]
    fn every_kind_has_one_word() {
        for kind in RainCheckKind::ALL {
            assert_eq!(RainCheckKind::from_word(kind.word()), Some(kind));
        }
    }
}
