//! Figures as people read them: grouped by thousands, percent without a float, time in words.

use crate::domain::words::{Words, term, words};

/// `29,400,123`.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len().saturating_add(8));
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.len().saturating_sub(place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `23,103.96`, in no currency: stores of a chain may have several.
pub(super) fn amount(minor: i64) -> String {
    let (whole, rest) = (minor.unsigned_abs() / 100, minor.unsigned_abs() % 100);
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{}.{rest:02}", grouped(whole))
}

/// Tenths of a percent, rounded down: all of it only when nothing is missing.
pub(super) fn per_mille(here: u64, all: u64) -> u64 {
    if here >= all {
        return 1_000;
    }
    let mille = u128::from(here).saturating_mul(1_000).checked_div(u128::from(all));
    mille.and_then(|mille| u64::try_from(mille).ok()).unwrap_or(1_000).min(999)
}

/// `98.2 %`.
pub(super) fn percent(here: u64, all: u64) -> String {
    let mille = per_mille(here, all);
    format!("{}.{} %", mille / 10, mille % 10)
}

/// `12 min`; up to a minute it is the minute.
pub(super) fn about(seconds: u64) -> Words {
    let minutes = seconds.div_ceil(60).max(1);
    match (minutes / 60, minutes % 60) {
        (0, 1) => Words::plain(term("a minute")),
        (0, minutes) => Words::data(format!("{minutes} min")),
        (hours, 0) => Words::data(format!("{hours} h")),
        (hours, minutes) => Words::data(format!("{hours} h {minutes} min")),
    }
}

/// `4 min`, `3 h`, `2 days` ago.
pub(super) fn ago(heard_ms: i64, now_ms: i64) -> Words {
    let minutes = now_ms.saturating_sub(heard_ms).max(0) / 60_000;
    match minutes {
        0 => Words::plain(term("just now")),
        1..=89 => words!("{} min ago", minutes.to_string()),
        90..=2_879 => words!("{} h ago", (minutes / 60).to_string()),
        _ => words!("{} days ago", (minutes / 1_440).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_at_a_glance_and_never_promise_too_much() {
        let grouped: Vec<_> = [0, 999, 1_000, 29_400_123].map(grouped).into();
        assert_eq!(grouped, ["0", "999", "1,000", "29,400,123"]);
        let money: Vec<_> = [0, -5, 2_310_396, i64::MIN].map(amount).into();
        let most = "-92,233,720,368,547,758.08";
        assert_eq!(money, ["0.00", "-0.05", "23,103.96", most]);
        assert_eq!(percent(29_399_999, 29_400_000), "99.9 %", "one is out");
        assert_eq!(percent(29_400_000, 29_400_000), "100.0 %");
        assert_eq!((percent(0, 7), percent(0, 0)), ("0.0 %".into(), "100.0 %".into()));
        assert_eq!(percent(u64::MAX - 1, u64::MAX), "99.9 %");
    }

    #[test]
    fn time_is_told_in_words() {
        let left = [1, 60, 61, 3_600, 3_661, 90_000].map(|seconds| about(seconds).to_string());
        assert_eq!(left, ["a minute", "a minute", "2 min", "1 h", "1 h 2 min", "25 h"]);
        let now = 1_000_000_000_000;
        let heard = |minutes: i64| ago(now - minutes * 60_000, now).to_string();
        let told = [0, 1, 89, 90, 47 * 60, 49 * 60].map(heard);
        assert_eq!(
            told,
            ["just now", "1 min ago", "89 min ago", "1 h ago", "47 h ago", "2 days ago"]
        );
    }
}
