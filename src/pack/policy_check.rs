//! The policy's words about checks: every one may be left out, and then the usual rule holds.
//!
//! `none` lifts a limit. The words and their defaults are listed in docs/checks.md.

use super::check::quoted;
use super::policy::amount;
use crate::domain::check::id_rule::StateCode;
use crate::domain::check::policy::CheckPolicy;
use crate::domain::money::Money;
use crate::journal::hash::from_hex;

/// The word under which central's sealing key stands.
pub(super) const SEAL_KEY: &str = "check_seal_key";

/// The words.
pub(super) const KEYS: [&str; 10] = [
    "check_account",
    "check_account_day_count",
    "check_account_day_sum",
    "check_store_day_sum",
    "check_number_min",
    "check_cash_back_max",
    "check_id_from",
    "check_state",
    "check_days_back",
    SEAL_KEY,
];

/// Reads the words that are there; the rest are the usual ones.
pub(super) fn read<'a>(
    find: impl Fn(&str) -> Option<(u64, &'a str)>,
) -> Result<CheckPolicy, Vec<(u64, String)>> {
    let mut wrong = Vec::new();
    let usual = CheckPolicy::DEFAULT;
    let policy = CheckPolicy {
        asks_account: field(&find, &mut wrong, "check_account", "asked or skipped", |v| match v {
            "asked" => Some(true),
            "skipped" => Some(false),
            _ => None,
        })
        .unwrap_or(usual.asks_account),
        account_day_count: field(
            &find,
            &mut wrong,
            "check_account_day_count",
            "1 to 99, or none",
            or_none(|v| v.parse().ok().filter(|count| (1..=99).contains(count))),
        )
        .unwrap_or(usual.account_day_count),
        account_day_sum: sum(&find, &mut wrong, "check_account_day_sum")
            .unwrap_or(usual.account_day_sum),
        store_day_sum: sum(&find, &mut wrong, "check_store_day_sum").unwrap_or(usual.store_day_sum),
        number_min: field(&find, &mut wrong, "check_number_min", "0 to 9999", |v| {
            v.parse().ok().filter(|least| *least <= 9_999)
        })
        .unwrap_or(usual.number_min),
        cash_back_max: field(
            &find,
            &mut wrong,
            "check_cash_back_max",
            "an amount such as 50.00",
            amount,
        )
        .unwrap_or(usual.cash_back_max),
        id_from: sum(&find, &mut wrong, "check_id_from").unwrap_or(usual.id_from),
        state: field(&find, &mut wrong, "check_state", "a state such as TX, or none", |v| {
            or_none(StateCode::parse)(v)
        })
        .unwrap_or(usual.state),
        days_back: field(&find, &mut wrong, "check_days_back", "0 to 30", |v| {
            v.parse().ok().filter(|days| *days <= 30)
        })
        .unwrap_or(usual.days_back),
        seal_key: field(&find, &mut wrong, SEAL_KEY, "64 hex digits, or none", |v| {
            or_none(from_hex)(v)
        })
        .unwrap_or(usual.seal_key),
    };
    if wrong.is_empty() { Ok(policy) } else { Err(wrong) }
}

fn sum<'a>(
    find: &impl Fn(&str) -> Option<(u64, &'a str)>,
    wrong: &mut Vec<(u64, String)>,
    key: &str,
) -> Option<Option<Money>> {
    field(find, wrong, key, "an amount such as 300.00, or none", or_none(amount))
}

fn or_none<T>(read: impl Fn(&str) -> Option<T>) -> impl Fn(&str) -> Option<Option<T>> {
    move |value| if value == "none" { Some(None) } else { read(value).map(Some) }
}

pub(super) fn field<'a, T>(
    find: &impl Fn(&str) -> Option<(u64, &'a str)>,
    wrong: &mut Vec<(u64, String)>,
    key: &str,
    expected: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let (line, value) = find(key)?;
    let found = read(value);
    if found.is_none() {
        wrong.push((line, format!("{key} is '{}'; write {expected}", quoted(value))));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_the_usual_rule_and_what_is_wrong_is_told() {
        assert_eq!(read(|_| None), Ok(CheckPolicy::DEFAULT));
        let said = |key: &str| {
            let value = match key {
                "check_account_day_count" => "none",
                "check_account_day_sum" => "300.00",
                "check_state" => "ri",
                "check_days_back" => "2",
                "check_number_min" => "101",
                _ => return None,
            };
            Some((7, value))
        };
        let policy = read(said).expect("good");
        assert_eq!(policy.account_day_count, None);
        assert_eq!(policy.account_day_sum, Some(Money::from_minor(30_000)));
        assert_eq!(policy.state.map(|state| state.to_string()).as_deref(), Some("RI"));
        assert_eq!((policy.days_back, policy.number_min), (2, 101));
        let wrong = read(|key| (key != "check_account").then_some((9, "what")));
        assert_eq!(wrong.expect_err("refused").len(), KEYS.len() - 1);
    }
}
