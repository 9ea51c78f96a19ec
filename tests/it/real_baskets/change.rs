//! How far off the forecast of change is: cash customers of a real store's baskets, simulated.
//!
//! The amounts are the store's own; what nobody recorded is simulated from a seed: when customers
//! come, and which notes they have. The drawer is kept piece by piece beside the forecast, which
//! knows amounts only. docs/cash-office.md states what this prints.

use std::collections::BTreeMap;

use tideover::domain::cash_rounding::CashRounding;
use tideover::domain::change_forecast::{DrawerFlow, Flow, Forecast};
use tideover::domain::denomination::denominations;
use tideover::domain::money::Money;
use tideover::domain::policy::Currency;
use tideover::domain::shift::CountedPieces;

const MINUTE: i64 = 60_000;
/// Days of one lane.
const DAYS: u64 = 60;
/// From the float to the blind count.
const OPEN_MS: i64 = 8 * 60 * MINUTE;
/// A float of 150.00, as a store counts it.
const FLOAT: [(i64, i64); 7] =
    [(1_000, 4), (500, 8), (100, 40), (25, 80), (10, 50), (5, 40), (1, 300)];

/// A sequence of chances from a seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> i64 {
        i64::try_from(self.next() % bound).expect("small")
    }

    fn percent(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }
}

type Pieces = BTreeMap<i64, i64>;

/// The pieces a customer hands over for an amount: from a wallet that a cash machine filled.
fn hands_over(chance: &mut Chance, due: i64) -> Pieces {
    let mut pieces = Pieces::new();
    let mut left = due;
    let mut give = |value: i64, most: i64, left: &mut i64| {
        let handed = (*left / value).min(most).max(0);
        if handed > 0 {
            *pieces.entry(value).or_default() += handed;
            *left -= handed * value;
        }
    };
    give(10_000, if chance.percent(10) { 5 } else { 0 }, &mut left);
    give(5_000, if chance.percent(15) { 1 } else { 0 }, &mut left);
    give(2_000, 50, &mut left);
    let (tens, fives, ones) = (chance.below(2), chance.below(3), chance.below(5));
    if chance.percent(55) {
        give(1_000, tens, &mut left);
        give(500, fives, &mut left);
        give(100, ones, &mut left);
        if chance.percent(25) {
            for value in [25, 10, 5, 1] {
                give(value, 9, &mut left);
            }
        }
    }
    if left > 0 {
        // What is missing is covered by the next note at hand.
        let note = [(100, ones), (500, fives), (1_000, tens), (2_000, 1)]
            .into_iter()
            .find(|(note, has)| *has > 0 && *note >= left);
        *pieces.entry(note.map_or(2_000, |(note, _)| note)).or_default() += 1;
    }
    pieces
}

fn worth(pieces: &Pieces) -> i64 {
    pieces.iter().map(|(value, count)| value * count).sum()
}

/// One day of a lane: when each piece ran out, and what was forecast every ten minutes.
struct Day {
    out: BTreeMap<i64, i64>,
    said: Vec<(i64, BTreeMap<i64, i64>)>,
}

fn day(chance: &mut Chance, sums: &[i64], values: &[Money]) -> Day {
    let counted = FLOAT.map(|(value, count)| CountedPieces {
        value: Money::from_minor(value),
        count: u32::try_from(count).expect("small"),
    });
    let mut known = DrawerFlow::opened(0, counted.to_vec());
    let mut drawer: Pieces = FLOAT.into_iter().collect();
    let (mut out, mut said) = (BTreeMap::new(), Vec::new());
    let (mut now, mut tick) = (0, 10 * MINUTE);
    // A customer every two to five minutes, as the day goes.
    let pace = 120_000 + chance.below(180_000);
    while now < OPEN_MS {
        now += pace / 4 + chance.below(u64::try_from(pace * 3 / 2).expect("small"));
        while tick <= now {
            if let Forecast::RunsOut(all) = known.forecast(values, tick) {
                let all = all.iter().map(|one| (one.value.minor(), one.at_ms)).collect();
                said.push((tick, all));
            }
            tick += 10 * MINUTE;
        }
        let place = usize::try_from(chance.below(u64::try_from(sums.len()).expect("small")));
        let due = sums[place.expect("small")];
        let handed = hands_over(chance, due);
        let (received, given) = (worth(&handed), worth(&handed) - due);
        for (value, count) in &handed {
            *drawer.entry(*value).or_default() += count;
        }
        let mut left = given;
        for value in values.iter().map(|value| value.minor()) {
            let there = drawer.entry(value).or_default();
            let wanted = left / value;
            if wanted > *there {
                out.entry(value).or_insert(now);
            }
            let handed = wanted.min(*there);
            *there -= handed;
            left -= handed * value;
        }
        let (received, given) = (Money::from_minor(received), Money::from_minor(given));
        known.take(now, Flow::Paid { received, given });
    }
    Day { out, said }
}

fn median(mut of: Vec<i64>) -> i64 {
    of.sort_unstable();
    of.get(of.len() / 2).copied().unwrap_or(0)
}

#[test]
fn the_forecast_of_change_is_off_by_less_than_the_docs_say() {
    let Some(sheet) = super::us_store() else { return };
    let mut sums: Vec<i64> = sheet.sums.values().map(|sum| sum.minor()).collect();
    sums.retain(|sum| (1..=10_000).contains(sum));
    sums.sort_unstable();
    let values = denominations(Currency::Usd, CashRounding::None);
    let mut chance = Chance(20_261_122);
    let days: Vec<Day> = (0..DAYS).map(|_| day(&mut chance, &sums, &values)).collect();
    for (named, pieces) in [("ones and quarters", &[100, 25][..]), ("all pieces", &[])] {
        for before in [30, 60] {
            let of = |value: &i64| pieces.is_empty() || pieces.contains(value);
            let seen = look(&days, before, &of);
            println!("{named}, {before} min before: {seen:?}");
            assert!(seen.ran_out >= 60, "too few to say anything");
            let (missed, off) = if pieces.is_empty() { (60, 70) } else { (45, 60) };
            assert!(seen.unsaid * 100 <= seen.ran_out * missed, "{seen:?}");
            assert!(seen.median_off_min <= off, "{seen:?}");
        }
    }
}

/// What a forecast was worth, so many minutes before a piece ran out.
#[derive(Debug)]
struct Seen {
    ran_out: usize,
    unsaid: usize,
    median_off_min: i64,
    /// Said for that time ahead, while the piece was still there.
    alarms: usize,
    /// Of them, those where it was still there that long after.
    false_alarms: usize,
}

fn look(days: &[Day], before: i64, of: &dyn Fn(&i64) -> bool) -> Seen {
    let mut off = Vec::new();
    let mut seen = Seen { ran_out: 0, unsaid: 0, median_off_min: 0, alarms: 0, false_alarms: 0 };
    for day in days {
        for (value, at) in day.out.iter().filter(|(value, _)| of(value)) {
            let when = *at - before * MINUTE;
            let said = day.said.iter().rev().find(|(tick, _)| *tick <= when);
            let Some((_, said)) = said else { continue };
            seen.ran_out += 1;
            match said.get(value) {
                Some(told) => off.push((told - at).abs() / MINUTE),
                None => seen.unsaid += 1,
            }
        }
        for (tick, said) in &day.said {
            for (value, told) in said.iter().filter(|(value, _)| of(value)) {
                let out = day.out.get(value).copied().unwrap_or(i64::MAX);
                let late = told + before * MINUTE;
                let ahead = *told > *tick && *told <= tick + before * MINUTE;
                if ahead && late <= OPEN_MS && out > *tick {
                    seen.alarms += 1;
                    seen.false_alarms += usize::from(out > late);
                }
            }
        }
    }
    seen.median_off_min = median(off);
    seen
}
