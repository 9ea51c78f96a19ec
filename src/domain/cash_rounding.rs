//! Rounding what is paid in cash where the smallest coins are gone.
//!
//! Only the cash part of a sale is rounded; never the tax, a check or the prices. The difference
//! stands in the record as an amount of its own.
//!
//! Source: Alabama Act 2026-548 (nearest 0.05, in-person cash only); the other policies are what
//! retailers chose where the law is silent.

use super::money::{Money, Overflow};

/// A store's policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CashRounding {
    /// To the cent.
    None,
    /// The cash amount to the nearest 5: 1, 2 down; 3, 4 up; 6, 7 down; 8, 9 up.
    Nearest5,
    /// The cash amount down to a multiple of 5.
    Down5,
    /// The cash amount stays; change is rounded up to a multiple of 5, for the customer.
    ChangeUp5,
}

/// How a cash amount is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// What rounding added to (or, below zero, took from) the amount due.
    pub rounding: Money,
    /// What the customer gets back.
    pub change: Money,
}

impl CashRounding {
    /// What a cash customer is asked for when `due` remains.
    ///
    /// # Errors
    /// [`Overflow`] when the amount is absurd.
    pub fn cash_due(self, due: Money) -> Result<Money, Overflow> {
        let minor = due.minor();
        let below = minor.rem_euclid(5);
        let rounded = match self {
            Self::None | Self::ChangeUp5 => Some(minor),
            // For a payout (below zero) the magnitude is rounded, so that it mirrors its sale.
            Self::Nearest5 if below <= 2 => minor.checked_sub(below),
            Self::Nearest5 => minor.checked_sub(below).and_then(|m| m.checked_add(5)),
            Self::Down5 => minor.checked_sub(minor.checked_rem(5).unwrap_or(0)),
        };
        rounded.map(Money::from_minor).ok_or(Overflow)
    }

    /// Settles `due` with `tendered` cash; none when it is not enough.
    ///
    /// # Errors
    /// [`Overflow`] when an amount is absurd.
    pub fn settle(self, due: Money, tendered: Money) -> Result<Option<Settlement>, Overflow> {
        let asked = self.cash_due(due)?;
        if tendered < asked {
            return Ok(None);
        }
        let change = tendered.minus(asked)?;
        let rounding = asked.minus(due)?;
        if self != Self::ChangeUp5 {
            return Ok(Some(Settlement { rounding, change }));
        }
        let short = change.minor().rem_euclid(5);
        let gift = if short == 0 { 0 } else { 5_i64.saturating_sub(short) };
        let gift = Money::from_minor(gift);
        Ok(Some(Settlement { rounding: gift.negated()?, change: change.plus(gift)? }))
    }

    /// Settles a payout of `-due` (a refund): what leaves the drawer, as change.
    ///
    /// # Errors
    /// [`Overflow`] when an amount is absurd.
    pub fn settle_payout(self, due: Money) -> Result<Settlement, Overflow> {
        match self.settle(due, Money::ZERO)? {
            Some(settlement) => Ok(settlement),
            None => Err(Overflow),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(policy: CashRounding, due: i64, tendered: i64) -> Option<(i64, i64)> {
        policy
            .settle(Money::from_minor(due), Money::from_minor(tendered))
            .expect("fits")
            .map(|s| (s.rounding.minor(), s.change.minor()))
    }

    #[test]
    fn the_nearest_five_of_alabama() {
        let expected = [0, -1, -2, 2, 1, 0, -1, -2, 2, 1];
        for (due, rounding) in (700..710).zip(expected) {
            assert_eq!(
                settled(CashRounding::Nearest5, due, 1000),
                Some((rounding, 1000 - due - rounding)),
                "{due}"
            );
        }
        // Canada's example: 4.92 by check, 4.90 in cash.
        assert_eq!(settled(CashRounding::Nearest5, 492, 490), Some((-2, 0)));
    }

    #[test]
    fn down_and_change_up_favor_the_customer() {
        assert_eq!(settled(CashRounding::Down5, 709, 1000), Some((-4, 295)));
        assert_eq!(settled(CashRounding::ChangeUp5, 709, 1000), Some((-4, 295)));
        assert_eq!(settled(CashRounding::ChangeUp5, 709, 709), Some((0, 0)));
        assert_eq!(settled(CashRounding::ChangeUp5, 709, 705), None);
        assert_eq!(settled(CashRounding::None, 709, 708), None);
        assert_eq!(settled(CashRounding::None, 709, 710), Some((0, 1)));
    }

    #[test]
    fn a_payout_mirrors_its_sale() {
        for policy in [CashRounding::None, CashRounding::Nearest5, CashRounding::Down5] {
            for due in 0..40 {
                let sale = policy.cash_due(Money::from_minor(due)).expect("fits");
                let payout = policy.settle_payout(Money::from_minor(-due)).expect("fits");
                assert_eq!(sale, payout.change, "{policy:?} {due}");
            }
        }
        let up = CashRounding::ChangeUp5.settle_payout(Money::from_minor(-713)).expect("fits");
        assert_eq!((up.change.minor(), up.rounding.minor()), (715, -2));
    }
}
