//! Outages of the past, added up: by system, by month, by weekday and hour.
//!
//! Pure: hours are those of the store's clock, as each outage's own time says.

use std::collections::BTreeMap;

use super::outage::System;
use super::outage_history::Past;
use super::time::Timestamp;

const HOUR_MS: i64 = 3_600_000;
/// An outage is spread over the grid for four weeks at most.
const HOURS_MAX: usize = 24 * 28;
/// Months that are told apart.
const MONTHS_MAX: u32 = 60;

/// How often and how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Outages.
    pub count: u32,
    /// Their minutes together.
    pub minutes: i64,
}

/// The sums.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// All of them.
    pub all: Span,
    /// The longest one's minutes.
    pub longest: i64,
    /// By system, the one that was down longest first.
    pub systems: Vec<(System, Span)>,
    /// By the month they began in, such as `2026-11`, oldest first, calm ones between them too;
    /// the last five years.
    pub months: Vec<(String, Span)>,
    /// How many outages lay in each hour of the week: Monday to Sunday, 0 to 23.
    pub hours: [[u32; 24]; 7],
}

impl Stats {
    /// Adds outages up; one that is open lasts until `now`.
    pub fn of(past: &[Past], now: Timestamp) -> Self {
        let mut stats = Self::default();
        let mut systems: BTreeMap<&str, (System, Span)> = BTreeMap::new();
        let mut months: BTreeMap<u32, Span> = BTreeMap::new();
        for one in past {
            let minutes = one.minutes(now);
            stats.all.take(minutes);
            stats.longest = stats.longest.max(minutes);
            for system in &one.outage.systems {
                let entry = systems.entry(system.word()).or_insert((*system, Span::default()));
                entry.1.take(minutes);
            }
            let day = one.outage.since.local_date();
            let month = u32::from(day.year()).saturating_mul(12).saturating_add(day.month().into());
            months.entry(month.saturating_sub(1)).or_default().take(minutes);
            stats.spread(one, now);
        }
        stats.months = with_calm_ones(&months);
        stats.systems = systems.into_values().collect();
        stats.systems.sort_by_key(|(system, span)| {
            (std::cmp::Reverse((span.minutes, span.count)), system.word())
        });
        stats
    }

    /// Marks each hour that an outage lay in, once.
    fn spread(&mut self, one: &Past, now: Timestamp) {
        let since = one.outage.since;
        let end_ms = one.ended.unwrap_or(now).utc_ms.max(since.utc_ms);
        let offset_ms = i64::from(since.offset_min).saturating_mul(60_000);
        let hour_of = |utc_ms: i64| utc_ms.saturating_add(offset_ms).div_euclid(HOUR_MS);
        let last = hour_of(end_ms.saturating_sub(1).max(since.utc_ms));
        for hour in (hour_of(since.utc_ms)..=last).take(HOURS_MAX) {
            // 1970-01-01 was a Thursday; 0 is Monday.
            let day = hour.div_euclid(24).saturating_add(3).rem_euclid(7);
            let place = |at: i64| usize::try_from(at).unwrap_or(0);
            let row = self.hours.get_mut(place(day));
            if let Some(cell) = row.and_then(|row| row.get_mut(place(hour.rem_euclid(24)))) {
                *cell = cell.saturating_add(1);
            }
        }
    }
}

/// The months from the first to the last one, also those without an outage.
fn with_calm_ones(months: &BTreeMap<u32, Span>) -> Vec<(String, Span)> {
    let last = months.last_key_value().map_or(0, |(month, _)| *month);
    let first = months.first_key_value().map_or(1, |(month, _)| *month);
    let first = first.max(last.saturating_sub(MONTHS_MAX.saturating_sub(1)));
    let named = |month: u32| {
        let (year, of_year) = (month.div_euclid(12), month.rem_euclid(12).saturating_add(1));
        let span = months.get(&month).copied().unwrap_or_default();
        (format!("{year:04}-{of_year:02}"), span)
    };
    (first..=last).map(named).collect()
}

impl Span {
    const fn take(&mut self, minutes: i64) {
        self.count = self.count.saturating_add(1);
        self.minutes = self.minutes.saturating_add(minutes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Event;
    use crate::domain::ids::OutageId;
    use crate::domain::outage::Outage;
    use crate::domain::outage_history::History;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    fn history(outages: &[(&str, Option<&str>, &[System])]) -> History {
        let mut history = History::default();
        for (place, (since, until, systems)) in outages.iter().enumerate() {
            let id = OutageId::parse(&format!("o{place}")).expect("an id");
            let since = at(since);
            let outage = Outage {
                id: id.clone(),
                since,
                systems: systems.to_vec(),
                cause: String::new(),
                ticket: String::new(),
                expected: None,
            };
            let mut take = |at, event: &Event| {
                history.take(at, None, None, event).expect("fits");
            };
            take(since, &Event::OutageDeclared(outage));
            if let Some(until) = until {
                let note = String::new();
                take(at(until), &Event::OutageEnded { outage: id, note });
            }
        }
        history
    }

    #[test]
    fn outages_are_added_up_by_system_month_and_the_hours_they_lay_in() {
        let payments: &[System] = &[System::Payments];
        let both: &[System] = &[System::Payments, System::Inventory];
        let history = history(&[
            // A Sunday before midnight into Monday: 23, 0 and 1 o'clock.
            ("2026-11-22T23:50:00.000-06:00", Some("2026-11-23T01:20:00.000-06:00"), payments),
            // Sunday again, to the hour: 23 alone.
            ("2026-12-06T23:00:00.000-06:00", Some("2026-12-07T00:00:00.000-06:00"), both),
            // Open since ten minutes, after a calm month.
            ("2027-02-02T12:00:00.000-06:00", None, both),
        ]);
        let stats = Stats::of(history.past(), at("2027-02-02T12:10:00.000-06:00"));
        assert_eq!(stats.all, Span { count: 3, minutes: 90 + 60 + 10 });
        assert_eq!(stats.longest, 90);
        let payments = Span { count: 3, minutes: 160 };
        let inventory = Span { count: 2, minutes: 70 };
        let expected = [(System::Payments, payments), (System::Inventory, inventory)];
        assert_eq!(stats.systems, expected);
        let months: Vec<_> = stats.months.iter().map(|(m, s)| (m.as_str(), s.count)).collect();
        assert_eq!(months, [("2026-11", 1), ("2026-12", 1), ("2027-01", 0), ("2027-02", 1)]);
        let marked = |day: usize, hour: usize| stats.hours[day][hour];
        assert_eq!((marked(6, 23), marked(0, 0), marked(0, 1), marked(0, 2)), (2, 1, 1, 0));
        assert_eq!(marked(1, 12), 1);
        assert_eq!(stats.hours.iter().flatten().sum::<u32>(), 5);
    }

    #[test]
    fn an_outage_that_nobody_ended_for_a_year_is_spread_over_four_weeks() {
        let history = history(&[("2025-01-01T00:00:00.000+00:00", None, &[])]);
        let stats = Stats::of(history.past(), at("2026-01-01T00:00:00.000+00:00"));
        assert_eq!(stats.hours, [[4; 24]; 7]);
        assert_eq!(stats.systems, []);
    }
}
