//! The policy's words about rain checks: every one may be left out, and then the usual rule holds
//! (docs/rain-check.md).

use super::policy::amount;
use super::policy_check::field;
use crate::domain::rain_check::{RainCheckKind, RainCheckPolicy, WORTH_MAX};

/// The words.
pub(super) const KEYS: [&str; 3] = ["rain_check_days", "rain_check_max", "rain_check_taken"];

/// Reads the words that are there; the rest are the usual ones.
pub(super) fn read<'a>(
    find: impl Fn(&str) -> Option<(u64, &'a str)>,
) -> Result<RainCheckPolicy, Vec<(u64, String)>> {
    let mut wrong = Vec::new();
    let usual = RainCheckPolicy::default();
    let policy = RainCheckPolicy {
        days: field(&find, &mut wrong, "rain_check_days", "1 to 366", |v| {
            v.parse().ok().filter(|days| (1..=366).contains(days))
        })
        .unwrap_or(usual.days),
        max: field(&find, &mut wrong, "rain_check_max", "an amount up to 1000.00", |v| {
            amount(v).filter(|max| *max <= WORTH_MAX)
        })
        .unwrap_or(usual.max),
        taken: field(
            &find,
            &mut wrong,
            "rain_check_taken",
            "none, or some of coupon, reward, price_match and gift_card with blanks between them",
            kinds,
        )
        .unwrap_or(usual.taken),
    };
    if wrong.is_empty() { Ok(policy) } else { Err(wrong) }
}

fn kinds(words: &str) -> Option<Vec<RainCheckKind>> {
    if words == "none" {
        return Some(Vec::new());
    }
    let kinds: Option<Vec<RainCheckKind>> =
        words.split(' ').map(RainCheckKind::from_word).collect();
    kinds.filter(|kinds| kinds.len() <= RainCheckKind::ALL.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;

    #[test]
    fn what_is_left_out_is_the_usual_rule_and_what_is_wrong_is_told() {
        assert_eq!(read(|_| None), Ok(RainCheckPolicy::default()));
        let said = |key: &str| match key {
            "rain_check_days" => Some((1, "14")),
            "rain_check_max" => Some((2, "5.00")),
            "rain_check_taken" => Some((3, "coupon reward")),
            _ => None,
        };
        let policy = read(said).expect("good");
        assert_eq!((policy.days, policy.max), (14, Money::from_minor(500)));
        assert_eq!(policy.taken, [RainCheckKind::Coupon, RainCheckKind::Reward]);
        let none = read(|key| (key == "rain_check_taken").then_some((1, "none"))).expect("good");
        assert_eq!(none.taken, []);
        assert_eq!(read(|_| Some((9, "what"))).expect_err("refused").len(), KEYS.len());
        assert!(read(|key| (key == "rain_check_max").then_some((1, "1000.01"))).is_err());
    }
}
