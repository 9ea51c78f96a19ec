//! A store's rules for checks: signed data of the pack, never code.

use super::id_rule::{IdRule, StateCode, rule};
use super::limits::Limits;
use crate::domain::money::Money;
use crate::domain::words::{Words, words};

/// The rules besides the largest check, which the policy has of old.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckPolicy {
    /// Routing and account are read or keyed; without them only number and amount are known.
    pub asks_account: bool,
    /// Checks of one account a day without a lead; none is no limit.
    pub account_day_count: Option<u32>,
    /// Their sum.
    pub account_day_sum: Option<Money>,
    /// The sum of all checks of a day on this register, and on those it sees.
    pub store_day_sum: Option<Money>,
    /// The lowest number without a lead: checks of a new account begin low.
    pub number_min: u32,
    /// The most cash back on a check.
    pub cash_back_max: Money,
    /// ID is asked for from this amount on; none never.
    pub id_from: Option<Money>,
    /// The state whose rule holds.
    pub state: Option<StateCode>,
    /// How many days old the date on a check may be.
    pub days_back: u8,
    /// Central's public X25519 key, that what is personal is sealed to.
    pub seal_key: Option<[u8; 32]>,
}

impl CheckPolicy {
    /// What holds where a pack says nothing: two checks of an account a day, numbers from 200,
    /// ID always, today's date, no cash back.
    pub const DEFAULT: Self = Self {
        asks_account: true,
        account_day_count: Some(2),
        account_day_sum: None,
        store_day_sum: None,
        number_min: 200,
        cash_back_max: Money::ZERO,
        id_from: Some(Money::ZERO),
        state: None,
        days_back: 0,
        seal_key: None,
    };

    /// The limits, with the one for a single check.
    pub const fn limits(&self, check_max: Money) -> Limits {
        Limits {
            check: check_max,
            account_day_count: self.account_day_count,
            account_day_sum: self.account_day_sum,
            store_day_sum: self.store_day_sum,
        }
    }

    /// What the store's state allows.
    pub fn id_rule(&self) -> IdRule {
        rule(self.state)
    }

    /// An ID is asked for with a check of this amount.
    pub fn asks_id(&self, amount: Money) -> bool {
        self.id_from.is_some_and(|from| amount >= from)
    }

    /// What a cashier looks at before a check is taken.
    pub fn look(&self, store_name: &str) -> Vec<Words> {
        let date = match self.days_back {
            0 => words!("Dated today"),
            1 => words!("Dated today or yesterday"),
            days => words!("Dated within the last {} days", u32::from(days)),
        };
        vec![
            date,
            words!("Made out to {}", store_name),
            words!("Figures and words say the same"),
            words!("Name and address printed on it"),
            words!("Signed in front of you"),
        ]
    }
}
