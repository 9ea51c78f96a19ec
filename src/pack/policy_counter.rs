//! The policy's words about slips, refunds and pickups: every one may be left out, and then the
//! usual rule holds (docs/pack.md).

use super::policy_check::field;
use crate::domain::counter::CounterPolicy;

/// The words.
pub(super) const KEYS: [&str; 5] =
    ["no_sale_slip", "drawer_must_close", "check_hold_days", "pickup_unverified", "lock_after_s"];

/// Reads the words that are there; the rest are the usual ones.
pub(super) fn read<'a>(
    find: impl Fn(&str) -> Option<(u64, &'a str)>,
) -> Result<CounterPolicy, Vec<(u64, String)>> {
    let mut wrong = Vec::new();
    let usual = CounterPolicy::DEFAULT;
    let policy = CounterPolicy {
        no_sale_slip: field(&find, &mut wrong, "no_sale_slip", "yes or no", yes_or_no)
            .unwrap_or(usual.no_sale_slip),
        drawer_must_close: field(&find, &mut wrong, "drawer_must_close", "yes or no", yes_or_no)
            .unwrap_or(usual.drawer_must_close),
        check_hold_days: field(&find, &mut wrong, "check_hold_days", "0 to 90", |v| {
            v.parse().ok().filter(|days| *days <= 90)
        })
        .unwrap_or(usual.check_hold_days),
        pickup_unverified: field(&find, &mut wrong, "pickup_unverified", "yes or no", yes_or_no)
            .unwrap_or(usual.pickup_unverified),
        lock_after_s: field(&find, &mut wrong, "lock_after_s", "0, or 30 to 3600", |v| {
            v.parse().ok().filter(|seconds| matches!(seconds, 0 | 30..=3_600))
        })
        .unwrap_or(usual.lock_after_s),
    };
    if wrong.is_empty() { Ok(policy) } else { Err(wrong) }
}

fn yes_or_no(word: &str) -> Option<bool> {
    match word {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_the_usual_rule_and_what_is_wrong_is_told() {
        assert_eq!(read(|_| None), Ok(CounterPolicy::DEFAULT));
        let said = |key: &str| match key {
            "no_sale_slip" => Some((1, "yes")),
            "check_hold_days" => Some((2, "7")),
            _ => None,
        };
        let policy = read(said).expect("good");
        assert!(policy.no_sale_slip);
        assert_eq!(policy.check_hold_days, 7);
        assert_eq!(read(|_| Some((9, "what"))).expect_err("refused").len(), KEYS.len());
    }
}
