//! Time as a record keeps it: an instant in UTC, the store's offset and a monotonic count.
//!
//! No clock is read here; `device::clock` does that. Order is never taken from time: clocks jump,
//! and one of the outages this is made for fell on a clock change.

use std::fmt;

/// An instant with the offset the store's wall clock had: milliseconds since 1970 in UTC, and
/// minutes east of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub utc_ms: i64,
    /// Minutes east of UTC, -18 h to +18 h.
    pub offset_min: i16,
}

/// A calendar day the store books its takings on (ARTS: BusinessDayDate), years 1970 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusinessDate {
    year: u16,
    month: u8,
    day: u8,
}

/// Why a text is not a date or a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a date or time; write 2026-11-22 or 2026-11-22T13:05:09.120-06:00")]
pub struct NotTime(pub String);

const DAY_MS: i64 = 86_400_000;
const OFFSET_MIN_MAX: i16 = 18 * 60;
/// 9999-12-31T23:59:59.999Z.
const UTC_MS_MAX: i64 = 253_402_300_799_999;

impl BusinessDate {
    /// The year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    pub const fn day(self) -> u8 {
        self.day
    }

    /// The day of that year, month and day of month.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let long = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if is_leap(year) => 29,
            2 => 28,
            _ => return None,
        };
        ((1970..=9999).contains(&year) && (1..=long).contains(&day)).then_some(Self {
            year,
            month,
            day,
        })
    }

    /// Reads `2026-11-22`.
    ///
    /// # Errors
    /// [`NotTime`] with the text as it was given.
    pub fn parse(text: &str) -> Result<Self, NotTime> {
        let read = || {
            let (year, rest) = text.split_once('-')?;
            let (month, day) = rest.split_once('-')?;
            Self::new(number(year, 4)?, number(month, 2)?, number(day, 2)?)
        };
        read().ok_or_else(|| NotTime(super::echo::echo(text)))
    }

    /// True where a clock that shows this day can't be right, since `known` was there already. One
    /// day less proves nothing: stores lie in other time zones than head offices, and days end
    /// after midnight.
    pub fn is_before_known(self, known: Self) -> bool {
        self.days_since_1970().saturating_add(1) < known.days_since_1970()
    }

    /// Days since 1970-01-01.
    ///
    /// Source: Howard Hinnant, "chrono-compatible low-level date algorithms" (days_from_civil).
    pub fn days_since_1970(self) -> i64 {
        let year = i64::from(self.year).saturating_sub(i64::from(self.month <= 2));
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month = i64::from(self.month);
        let shifted = if month > 2 { month.saturating_sub(3) } else { month.saturating_add(9) };
        let day_of_year = shifted
            .saturating_mul(153)
            .saturating_add(2)
            .div_euclid(5)
            .saturating_add(i64::from(self.day))
            .saturating_sub(1);
        era.saturating_mul(146_097)
            .saturating_add(year_of_era.saturating_mul(365))
            .saturating_add(year_of_era.div_euclid(4))
            .saturating_sub(year_of_era.div_euclid(100))
            .saturating_add(day_of_year)
            .saturating_sub(719_468)
    }

    /// The day that many days after 1970-01-01; the inverse of [`Self::days_since_1970`].
    pub fn from_days_since_1970(days: i64) -> Option<Self> {
        let days = days.checked_add(719_468)?;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = day_of_era
            .saturating_sub(day_of_era.div_euclid(1_460))
            .saturating_add(day_of_era.div_euclid(36_524))
            .saturating_sub(day_of_era.div_euclid(146_096))
            .div_euclid(365);
        let day_of_year = day_of_era.saturating_sub(
            year_of_era
                .saturating_mul(365)
                .saturating_add(year_of_era.div_euclid(4))
                .saturating_sub(year_of_era.div_euclid(100)),
        );
        let shifted = day_of_year.saturating_mul(5).saturating_add(2).div_euclid(153);
        let day = day_of_year
            .saturating_sub(shifted.saturating_mul(153).saturating_add(2).div_euclid(5))
            .saturating_add(1);
        let month =
            if shifted < 10 { shifted.saturating_add(3) } else { shifted.saturating_sub(9) };
        let year =
            era.checked_mul(400)?.checked_add(year_of_era)?.checked_add(i64::from(month <= 2))?;
        Self::new(u16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
    }
}

impl fmt::Display for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Timestamp {
    /// The instant, if it lies between 1970 and 9999 and the offset within 18 hours.
    pub fn new(utc_ms: i64, offset_min: i16) -> Option<Self> {
        ((0..=UTC_MS_MAX).contains(&utc_ms)
            && (-OFFSET_MIN_MAX..=OFFSET_MIN_MAX).contains(&offset_min))
        .then_some(Self { utc_ms, offset_min })
    }

    /// The minute it lies in.
    #[must_use]
    pub fn whole_minute(self) -> Self {
        let over = self.utc_ms.rem_euclid(60_000);
        Self { utc_ms: self.utc_ms.saturating_sub(over), ..self }
    }

    /// The calendar day on the store's wall.
    pub fn local_date(self) -> BusinessDate {
        BusinessDate::from_days_since_1970(self.local_ms().div_euclid(DAY_MS))
            .unwrap_or(BusinessDate { year: 1970, month: 1, day: 1 })
    }

    /// Hour and minute on the store's wall.
    pub fn local_hour_minute(self) -> (u8, u8) {
        let minute = self.local_ms().rem_euclid(DAY_MS).div_euclid(60_000);
        let part = |value: i64| u8::try_from(value).unwrap_or(0);
        (part(minute.div_euclid(60)), part(minute.rem_euclid(60)))
    }

    /// The next moment the store's wall shows this time of day; the offset stays as it is.
    pub fn next_at(self, hour: u8, minute: u8) -> Option<Self> {
        let wanted = i64::from(hour).saturating_mul(60).saturating_add(i64::from(minute));
        let wanted = wanted.saturating_mul(60_000);
        let today = self.local_ms().rem_euclid(DAY_MS);
        let ahead = wanted.saturating_sub(today);
        let ahead = if ahead <= 0 { ahead.saturating_add(DAY_MS) } else { ahead };
        Self::new(self.utc_ms.saturating_add(ahead), self.offset_min)
    }

    /// Reads exactly what `Display` writes: `2026-11-22T13:05:09.120-06:00`.
    ///
    /// # Errors
    /// [`NotTime`] with the text as it was given.
    pub fn parse(text: &str) -> Result<Self, NotTime> {
        let read = || {
            let (date, rest) = text.split_at_checked(10)?;
            let (time, zone) = rest.strip_prefix('T')?.split_at_checked(12)?;
            let date = BusinessDate::parse(date).ok()?;
            let (hour, rest) = time.split_once(':')?;
            let (minute, rest) = rest.split_once(':')?;
            let (second, milli) = rest.split_once('.')?;
            let hour: i64 = number(hour, 2).filter(|h| *h < 24)?;
            let minute: i64 = number(minute, 2).filter(|m| *m < 60)?;
            let second: i64 = number(second, 2).filter(|s| *s < 60)?;
            let milli: i64 = number(milli, 3)?;
            let (sign, zone) = match zone.strip_prefix('+') {
                Some(zone) => (1, zone),
                None => (-1, zone.strip_prefix('-')?),
            };
            let (zone_hour, zone_minute) = zone.split_once(':')?;
            let offset: i16 = number::<i16>(zone_hour, 2)?
                .checked_mul(60)?
                .checked_add(number::<i16>(zone_minute, 2).filter(|m| *m < 60)?)?
                .checked_mul(sign)?;
            if sign < 0 && offset == 0 {
                return None; // -00:00 is written +00:00: one instant, one text.
            }
            let local = date
                .days_since_1970()
                .checked_mul(DAY_MS)?
                .checked_add(hour.checked_mul(3_600_000)?)?
                .checked_add(minute.checked_mul(60_000)?)?
                .checked_add(second.checked_mul(1_000)?)?
                .checked_add(milli)?;
            Self::new(local.checked_sub(i64::from(offset).checked_mul(60_000)?)?, offset)
        };
        read().ok_or_else(|| NotTime(super::echo::echo(text)))
    }

    fn local_ms(self) -> i64 {
        self.utc_ms.saturating_add(i64::from(self.offset_min).saturating_mul(60_000))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.local_ms().rem_euclid(DAY_MS);
        let (hour, rest) = (local.div_euclid(3_600_000), local.rem_euclid(3_600_000));
        let (minute, rest) = (rest.div_euclid(60_000), rest.rem_euclid(60_000));
        let (second, milli) = (rest.div_euclid(1_000), rest.rem_euclid(1_000));
        let sign = if self.offset_min < 0 { '-' } else { '+' };
        let zone = self.offset_min.unsigned_abs();
        write!(
            f,
            "{}T{hour:02}:{minute:02}:{second:02}.{milli:03}{sign}{:02}:{:02}",
            self.local_date(),
            zone.div_euclid(60),
            zone.rem_euclid(60)
        )
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// Exactly `len` digits as a number.
fn number<T: std::str::FromStr>(text: &str, len: usize) -> Option<T> {
    (text.len() == len && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_and_written_alike() {
        for (text, utc_ms, offset) in [
            ("1970-01-01T00:00:00.000+00:00", 0, 0),
            ("2026-11-22T13:05:09.120-06:00", 1_795_374_309_120, -360),
            ("2024-02-29T23:59:59.999+05:30", 1_709_231_399_999, 330),
        ] {
            let read = Timestamp::parse(text).expect(text);
            assert_eq!((read.utc_ms, read.offset_min), (utc_ms, offset), "{text}");
            assert_eq!(read.to_string(), text);
        }
        for wrong in [
            "2026-11-22",
            "2026-11-22T13:05:09-06:00",
            "2026-13-01T00:00:00.000+00:00",
            "2026-02-29T00:00:00.000+00:00",
            "2026-11-22T24:00:00.000+00:00",
            "2026-11-22T13:05:09.120-00:00",
            "2026-11-22T13:05:09.120Z",
            "é026-11-22T13:05:09.120Z",
        ] {
            assert!(Timestamp::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_has_its_number() {
        for days in 0..146_097 {
            let date = BusinessDate::from_days_since_1970(days).expect("a day");
            assert_eq!(date.days_since_1970(), days);
        }
    }

    #[test]
    fn the_hour_that_a_clock_change_repeats_stays_two_hours() {
        let before = Timestamp::parse("2024-11-03T01:30:00.000-05:00").expect("first");
        let after = Timestamp::parse("2024-11-03T01:30:00.000-06:00").expect("second");
        assert_eq!(after.utc_ms - before.utc_ms, 3_600_000);
        assert_eq!(before.local_hour_minute(), after.local_hour_minute());
    }
}
