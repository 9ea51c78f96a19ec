//! Notes and coins: what a customer may hand over next, and what to hand back.
//!
//! The denominations of these currencies are canonical: taking the largest first gives the fewest
//! pieces (Pearson, "A polynomial-time algorithm for the change-making problem", 2005).

use super::cash_rounding::CashRounding;
use super::money::Money;
use super::policy::Currency;

/// The most quick-cash amounts offered.
const QUICK_CASH_MAX: usize = 4;

/// The notes and coins of a currency in minor units, largest first. Coins below 5 are left out
/// where the store's policy rounds them away.
pub fn denominations(currency: Currency, rounding: CashRounding) -> Vec<Money> {
    let all: &[i64] = match currency {
        Currency::Usd => &[10_000, 5_000, 2_000, 1_000, 500, 100, 25, 10, 5, 1],
        Currency::Cad => &[10_000, 5_000, 2_000, 1_000, 500, 200, 100, 25, 10, 5, 1],
        Currency::Gbp => &[5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1],
        Currency::Eur => &[10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1],
        Currency::Mxn => &[50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 5, 1],
    };
    let smallest = if rounding == CashRounding::None { 1 } else { 5 };
    all.iter().filter(|minor| **minor >= smallest).map(|minor| Money::from_minor(*minor)).collect()
}

/// How many of which make up `amount`, largest first; nothing for an amount below zero.
pub fn split(currency: Currency, rounding: CashRounding, amount: Money) -> Vec<(u32, Money)> {
    let mut left = amount.minor();
    let mut pieces = Vec::new();
    for denomination in denominations(currency, rounding) {
        let count = left.checked_div(denomination.minor()).unwrap_or(0).max(0);
        if count > 0 {
            pieces.push((u32::try_from(count).unwrap_or(u32::MAX), denomination));
            left = left.saturating_sub(count.saturating_mul(denomination.minor()));
        }
    }
    pieces
}

/// The amounts a customer is likely to hand over for `due`: the next multiples of the notes,
/// ascending, without `due` itself.
pub fn quick_cash(currency: Currency, due: Money) -> Vec<Money> {
    let notes = denominations(currency, CashRounding::None);
    let mut amounts: Vec<i64> = Vec::new();
    for note in notes.iter().rev().map(|note| note.minor()).filter(|minor| *minor >= 100) {
        let above = due.minor().checked_rem(note).map(|rest| note.saturating_sub(rest));
        let next = due.minor().saturating_add(above.unwrap_or(0));
        let exact = next.saturating_sub(note) == due.minor();
        if due > Money::ZERO && !exact && !amounts.contains(&next) {
            amounts.push(next);
        }
    }
    amounts.sort_unstable();
    amounts.truncate(QUICK_CASH_MAX);
    amounts.into_iter().map(Money::from_minor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn change_is_handed_back_in_the_fewest_pieces() {
        let split = split(Currency::Usd, CashRounding::None, Money::from_minor(6_841));
        let words: Vec<_> = split.iter().map(|(n, d)| format!("{n} x {d}")).collect();
        assert_eq!(
            words,
            [
                "1 x 50.00",
                "1 x 10.00",
                "1 x 5.00",
                "3 x 1.00",
                "1 x 0.25",
                "1 x 0.10",
                "1 x 0.05",
                "1 x 0.01"
            ]
        );
    }

    #[test]
    fn the_next_notes_a_customer_hands_over() {
        let next = |due| -> Vec<String> {
            quick_cash(Currency::Usd, Money::from_minor(due)).iter().map(Money::to_string).collect()
        };
        assert_eq!(next(1_732), ["18.00", "20.00", "50.00", "100.00"]);
        assert_eq!(next(2_000), ["50.00", "100.00"]);
        assert_eq!(next(0), [""; 0]);
    }
}
