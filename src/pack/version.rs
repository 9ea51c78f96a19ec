//! A pack's version and age: later is greater, and an old pack warns but never stops a sale.

use crate::domain::ids::PackVersion;
use crate::domain::time::{BusinessDate, Timestamp};

/// The first version of a day: `20261122-1`; none for a count that is not 1 to 9999.
pub fn version_of_day(day: BusinessDate, count: u16) -> Option<PackVersion> {
    let digits: String = day.to_string().chars().filter(char::is_ascii_digit).collect();
    let version = PackVersion::parse(&format!("{digits}-{count}")).ok()?;
    parts(&version).map(|_| version)
}

/// The version to follow `last` on `day`; never before `last`, even where the clock is.
pub fn version_after(last: Option<&PackVersion>, day: BusinessDate) -> Option<PackVersion> {
    let first = version_of_day(day, 1)?;
    let Some((last_day, last_count)) = last.and_then(parts) else { return Some(first) };
    let (first_day, _) = parts(&first)?;
    if last_day < first_day {
        return Some(first);
    }
    let next = PackVersion::parse(&format!("{last_day}-{}", last_count.checked_add(1)?)).ok()?;
    parts(&next).map(|_| next)
}

/// True when `one` is later than `other`. A text that is no version is earlier than any that is.
pub fn is_later(one: &PackVersion, other: &PackVersion) -> bool {
    parts(one) > parts(other)
}

/// Whole minutes since a pack was published; below zero when the clock is behind it.
pub fn age_minutes(published: Timestamp, now: Timestamp) -> i64 {
    now.utc_ms.saturating_sub(published.utc_ms).div_euclid(60_000)
}

/// The day as a number and the day's count. As texts `-10` would stand before `-9`.
pub(super) fn parts(version: &PackVersion) -> Option<(u32, u32)> {
    let (day, count) = version.as_str().split_once('-')?;
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(day) || !plain(count) || count.starts_with('0') || count.len() > 4 {
        return None;
    }
    let (year, rest) = day.split_at_checked(4)?;
    let (month, day_of_month) = rest.split_at_checked(2)?;
    BusinessDate::parse(&format!("{year}-{month}-{day_of_month}")).ok()?;
    Some((day.parse().ok()?, count.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> PackVersion {
        PackVersion::parse(text).expect("a label")
    }

    #[test]
    fn the_tenth_pack_of_a_day_is_later_than_the_ninth() {
        assert!(is_later(&version("20261122-10"), &version("20261122-9")));
        assert!(is_later(&version("20261201-1"), &version("20261122-9999")));
        assert!(!is_later(&version("20261122-1"), &version("20261122-1")));
        assert!(is_later(&version("20261122-1"), &version("latest")));
    }

    #[test]
    fn only_a_day_and_a_count_is_a_version() {
        for wrong in
            ["20261122", "20261122-0", "20261122-01", "20260230-1", "x-1", "20261122-10000"]
        {
            assert_eq!(parts(&version(wrong)), None, "{wrong}");
        }
        assert_eq!(parts(&version("20261122-3")), Some((20_261_122, 3)));
    }

    #[test]
    fn the_next_version_never_goes_back_even_when_the_clock_does() {
        let day = BusinessDate::parse("2026-11-22").expect("a day");
        let next = |last: &str| version_after(Some(&version(last)), day).map(|v| v.to_string());
        assert_eq!(version_after(None, day), Some(version("20261122-1")));
        assert_eq!(next("20261121-7").as_deref(), Some("20261122-1"));
        assert_eq!(next("20261122-9").as_deref(), Some("20261122-10"));
        assert_eq!(next("20261123-1").as_deref(), Some("20261123-2"));
    }

    #[test]
    fn age_counts_whole_minutes_and_tells_a_clock_that_is_behind() {
        let at = |utc_ms| Timestamp { utc_ms, offset_min: -360 };
        assert_eq!(age_minutes(at(0), at(119_999)), 1);
        assert_eq!(age_minutes(at(60_000), at(0)), -1);
    }
}
