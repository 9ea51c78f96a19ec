//! How much a store takes by check while no bank can be asked: for one check, for one account and
//! day, and for the store and day.
//!
//! The sums are those this register knows. Registers that see each other add theirs: an
//! [`Exposure`] is a value that is merged, so the decision stays the same function.

use crate::domain::money::{Money, Overflow};

/// Checks that were taken, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// How many.
    pub count: u32,
    /// For how much.
    pub sum: Money,
}

/// What a store has taken by check on a business day, as far as is known here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// From the account in question.
    pub account: Taken,
    /// From everybody.
    pub store: Taken,
}

/// The store's limits; none is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For one check.
    pub check: Money,
    /// Checks of one account and day.
    pub account_day_count: Option<u32>,
    /// Their sum.
    pub account_day_sum: Option<Money>,
    /// The sum of all checks of a day.
    pub store_day_sum: Option<Money>,
}

/// A limit that a check would pass. Somebody with authority may take it all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breach {
    /// One check may be this much.
    Check(Money),
    /// So many checks a day and account.
    AccountCount(u32),
    /// This sum a day and account.
    AccountSum(Money),
    /// This sum a day and store.
    StoreSum(Money),
}

impl Taken {
    /// With one more check.
    ///
    /// # Errors
    /// [`Overflow`] when the sum does not fit.
    pub fn with(self, amount: Money) -> Result<Self, Overflow> {
        Ok(Self { count: self.count.saturating_add(1), sum: self.sum.plus(amount)? })
    }

    /// Two together.
    ///
    /// # Errors
    /// [`Overflow`] when the sum does not fit.
    pub fn merge(self, other: Self) -> Result<Self, Overflow> {
        Ok(Self { count: self.count.saturating_add(other.count), sum: self.sum.plus(other.sum)? })
    }
}

impl Exposure {
    /// What two registers know, together.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn merge(self, other: Self) -> Result<Self, Overflow> {
        Ok(Self {
            account: self.account.merge(other.account)?,
            store: self.store.merge(other.store)?,
        })
    }
}

impl Limits {
    /// The first limit that one more check would pass.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn judge(&self, amount: Money, so_far: Exposure) -> Result<Option<Breach>, Overflow> {
        if amount > self.check {
            return Ok(Some(Breach::Check(self.check)));
        }
        let account = so_far.account.with(amount)?;
        let store = so_far.store.with(amount)?;
        let over = |limit: Option<Money>, sum: Money| limit.filter(|limit| sum > *limit);
        let count = self.account_day_count.filter(|limit| account.count > *limit);
        Ok(count
            .map(Breach::AccountCount)
            .or_else(|| over(self.account_day_sum, account.sum).map(Breach::AccountSum))
            .or_else(|| over(self.store_day_sum, store.sum).map(Breach::StoreSum)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn money(minor: i64) -> Money {
        Money::from_minor(minor)
    }

    const LIMITS: Limits = Limits {
        check: money(15_000),
        account_day_count: Some(2),
        account_day_sum: Some(money(20_000)),
        store_day_sum: Some(money(50_000)),
    };

    #[test]
    fn each_limit_holds_to_the_cent() {
        let so_far = |count, account, store| Exposure {
            account: Taken { count, sum: money(account) },
            store: Taken { count, sum: money(store) },
        };
        for (amount, before, breach) in [
            (15_000, so_far(0, 0, 0), None),
            (15_001, so_far(0, 0, 0), Some(Breach::Check(money(15_000)))),
            (1_000, so_far(1, 1_000, 1_000), None),
            (1_000, so_far(2, 2_000, 2_000), Some(Breach::AccountCount(2))),
            (10_000, so_far(1, 10_000, 10_000), None),
            (10_001, so_far(1, 10_000, 10_000), Some(Breach::AccountSum(money(20_000)))),
            (10_000, so_far(1, 1_000, 40_000), None),
            (10_001, so_far(1, 1_000, 40_000), Some(Breach::StoreSum(money(50_000)))),
        ] {
            assert_eq!(LIMITS.judge(money(amount), before), Ok(breach), "{amount}");
        }
        let open = Limits {
            account_day_count: None,
            account_day_sum: None,
            store_day_sum: None,
            ..LIMITS
        };
        assert_eq!(open.judge(money(15_000), so_far(99, 990_000, 9_900_000)), Ok(None));
    }

    #[test]
    fn what_other_registers_took_counts_like_ones_own() {
        let here = Exposure {
            account: Taken { count: 1, sum: money(5_000) },
            store: Taken { count: 9, sum: money(30_000) },
        };
        let there = Exposure {
            account: Taken { count: 1, sum: money(6_000) },
            store: Taken { count: 4, sum: money(10_000) },
        };
        let both = here.merge(there).expect("fits");
        assert_eq!(both, there.merge(here).expect("fits"));
        assert_eq!(LIMITS.judge(money(100), here), Ok(None));
        assert_eq!(LIMITS.judge(money(100), both), Ok(Some(Breach::AccountCount(2))));
        let absurd = Exposure { store: Taken { count: 1, sum: money(i64::MAX) }, ..here };
        assert!(LIMITS.judge(money(100), absurd).is_err());
    }
}
