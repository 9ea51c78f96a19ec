//! Days of a store with a fraud in them, and days that only look like it: played through real
//! registers and central, so that rules are judged by what they find and by what they find wrongly.

mod day;
mod patterns;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use day::Played;
use patterns::{PATTERNS, Pattern};

/// Rules that speak of how people work; others speak of the same days for reasons of their own.
fn fraud_rules() -> Vec<&'static str> {
    PATTERNS.iter().map(|pattern| pattern.rule).collect()
}

fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let first = number("TIDEOVER_SEED").unwrap_or(1);
    first..first + number("TIDEOVER_FRAUD_DAYS").unwrap_or(1)
}

/// Plays the days of some patterns; hits, misses, and what the honest days were charged with.
fn judge(patterns: &[&Pattern]) {
    let mut table = String::new();
    for pattern in patterns {
        let (mut hits, mut false_hits, mut days) = (0_u32, BTreeMap::new(), 0_u32);
        let (mut sales, mut flagged) = (0_u64, 0_u64);
        for seed in seeds() {
            days += 1;
            let Played { found, .. } = day::play(seed, &pattern.fraud);
            if found.contains_key(pattern.rule) {
                hits += 1;
            } else {
                println!("{}: missed in seed {seed}: {found:?}", pattern.name);
            }
            let honest = day::play(seed, &pattern.honest);
            sales += honest.sales;
            for (code, count) in &honest.found {
                if fraud_rules().contains(&code.as_str()) {
                    *false_hits.entry(code.clone()).or_insert(0) += count;
                    flagged += count;
                }
            }
        }
        let wrong: u64 = false_hits.values().sum();
        writeln!(
            table,
            "| {} | `{}` | {hits} of {days} | {wrong} | {flagged} of {sales} |",
            pattern.name, pattern.rule
        )
        .expect("written");
        assert_eq!(hits, days, "{}: not found", pattern.name);
        assert!(false_hits.is_empty(), "{}, the honest day: {false_hits:?}", pattern.name);
    }
    println!("{table}");
}

fn some(from: usize, to: usize) {
    judge(&PATTERNS.iter().skip(from).take(to - from).collect::<Vec<_>>());
}

#[test]
fn money_that_goes_back_is_asked_about_and_honest_returns_are_not() {
    some(0, 6);
}

#[test]
fn prices_checks_and_drawers_are_asked_about_where_one_lane_stands_out() {
    some(6, 12);
}

#[test]
fn signatures_outages_and_machines_are_asked_about_and_their_honest_twins_are_not() {
    some(12, PATTERNS.len());
}
