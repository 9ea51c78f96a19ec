//! Figures as people read them: grouped by thousands, percent without a float, time in words, and
//! each time of day with the zone it is in: who reads it may be in another one.

use crate::domain::announcement::clock;
use crate::domain::time::Timestamp;
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

/// A zone by how far it is from UTC: `UTC−6`, `UTC+5:30`; with a minus, at which no line breaks.
fn zone(offset_min: i16) -> String {
    let (hours, minutes) = (offset_min.unsigned_abs() / 60, offset_min.unsigned_abs() % 60);
    let sign = if offset_min < 0 { '−' } else { '+' };
    match (hours, minutes) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

/// `1:05 PM (UTC−6)`, with its date where that is not today's.
pub(super) fn moment(at: Timestamp, now: Timestamp) -> Words {
    if at.local_date() == now.local_date() {
        return words!("{} ({})", clock(at), zone(at.offset_min));
    }
    dated(at)
}

/// `11/22 1:05 PM (UTC−6)`.
pub(super) fn dated(at: Timestamp) -> Words {
    let date = at.local_date();
    let (month, day) = (date.month().to_string(), date.day().to_string());
    words!("{}/{} {} ({})", month, day, clock(at), zone(at.offset_min))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_bears_its_zone_and_another_days_its_date() {
        let zones = [0, -360, 330, -210, 45].map(zone);
        assert_eq!(zones, ["UTC", "UTC−6", "UTC+5:30", "UTC−3:30", "UTC+0:45"]);
        let at = |text: &str| Timestamp::parse(text).expect("a time");
        let noon = at("2026-11-22T12:00:00.000-06:00");
        let told = |text: &str| moment(at(text), noon).to_string();
        assert_eq!(told("2026-11-22T00:58:00.000-06:00"), "12:58 AM (UTC−6)");
        assert_eq!(told("2026-11-21T22:10:00.000-06:00"), "11/21 10:10 PM (UTC−6)");
    }

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
