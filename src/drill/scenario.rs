//! A scenario: one outage as data, minute by minute, and what of it a drill can play.
//!
//! The events of a scenario are sentences for people. Each is matched against the vocabulary of
//! [`Step`]; a sentence that matches nothing is kept and reported as not played, never dropped.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::echo::echo;
use crate::domain::outage::System;
use crate::domain::time::{BusinessDate, Timestamp};

use super::claim::{Claim, ClaimKind};

/// The largest scenario file, in bytes.
pub const SCENARIO_LEN_MAX: usize = 256 * 1024;

/// A scenario that can be played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Its short name: `S1`.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// The store's wall clock at the beginning.
    pub start: Timestamp,
    /// How long it lasts.
    pub duration_min: u32,
    /// The cause, as known afterwards.
    pub cause: String,
    /// The systems that are not up.
    pub systems: Vec<System>,
    /// What happens, by minute.
    pub moments: Vec<Moment>,
    /// What must hold, what must not happen, and what must agree afterwards.
    pub claims: Vec<Claim>,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Minutes after the beginning.
    pub at_min: u32,
    /// The sentence.
    pub text: String,
    /// What is played for it, in order; nothing when the sentence is only told.
    pub steps: Vec<Step>,
}

/// What a drill can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Central stops answering.
    CentralGone,
    /// Central says, signed, that nothing may be sent.
    Hold,
    /// Central refuses one delivery as unreadable.
    RefuseDelivery,
    /// A lead declares the outage on every register.
    DeclareOutage,
    /// A register loses power while a sale is rung up.
    PowerCutInSale {
        /// Which, from 1.
        register: u16,
        /// After so many lines.
        lines: usize,
    },
    /// A register loses power after the sale is recorded and before its receipt.
    PowerCutBeforeReceipt {
        /// Which, from 1.
        register: u16,
    },
    /// Cash goes from drawers into the safe.
    CashDrop {
        /// On so many registers.
        registers: u16,
    },
    /// The cash office takes a bag, two people watching.
    CashPickup,
    /// Central answers for a moment and goes again while a segment is on its way.
    Flap,
    /// Another cashier takes over a register with a new shift.
    ShiftChange {
        /// Which, from 1.
        register: u16,
    },
    /// The next sale is paid partly in cash and partly by check.
    SplitTender,
    /// An older pack than the one in use is offered and must be refused.
    OfferOlderPack,
    /// A pack signed by another key is offered and must be refused.
    OfferForeignPack,
    /// What was recorded so far is sent and acknowledged.
    CentralAcknowledges,
    /// A copy of central as it is now is kept.
    KeepCopy,
    /// Central is put back to what it held when the copy was kept.
    CentralRolledBack,
    /// Central answers again.
    CentralBack {
        /// It turns away so many segments first.
        turned_away: u32,
        /// It stores so many segments without its answer arriving.
        answers_lost: u32,
    },
}

/// Why a file is not a scenario.
#[derive(Debug, thiserror::Error)]
pub enum NotAScenario {
    /// Not TOML, or not of the shape of docs/drill.md.
    #[error("this is not a scenario file; docs/drill.md shows one")]
    Shape(#[source] toml::de::Error),
    /// The start is no date and time.
    #[error("the scenario's start_local '{0}' is not a time; write 2026-11-22T14:00:00")]
    Start(String),
    /// The file is too large.
    #[error("a scenario has at most {SCENARIO_LEN_MAX} bytes; this file has {0}")]
    TooLong(usize),
}

#[derive(Deserialize)]
struct File {
    id: String,
    title: String,
    outage: OutageTable,
    #[serde(default)]
    systems: BTreeMap<String, String>,
    #[serde(default)]
    event: Vec<EventTable>,
    #[serde(default)]
    must: ClaimTable,
    #[serde(default)]
    must_not: ClaimTable,
    #[serde(default)]
    reconcile: ClaimTable,
}

#[derive(Default, Deserialize)]
struct ClaimTable {
    #[serde(default)]
    items: Vec<String>,
}

#[derive(Deserialize)]
struct OutageTable {
    start_local: String,
    duration_min: u32,
    #[serde(default)]
    cause: String,
}

#[derive(Deserialize)]
struct EventTable {
    at: u32,
    #[serde(rename = "do")]
    text: String,
}

/// Reads a scenario; `offset_min` is the store's offset from UTC on that day.
///
/// # Errors
/// [`NotAScenario`] when it is none.
pub fn read(text: &str, offset_min: i16) -> Result<Scenario, NotAScenario> {
    if text.len() > SCENARIO_LEN_MAX {
        return Err(NotAScenario::TooLong(text.len()));
    }
    let file: File = toml::from_str(text).map_err(NotAScenario::Shape)?;
    let start = local_time(&file.outage.start_local, offset_min)
        .ok_or_else(|| NotAScenario::Start(echo(&file.outage.start_local)))?;
    let mut moments: Vec<Moment> = file
        .event
        .into_iter()
        .map(|event| Moment { at_min: event.at, steps: steps(&event.text), text: event.text })
        .collect();
    moments.sort_by_key(|moment| moment.at_min);
    let lists = [
        (ClaimKind::Must, file.must),
        (ClaimKind::MustNot, file.must_not),
        (ClaimKind::Reconcile, file.reconcile),
    ];
    let claims = lists
        .into_iter()
        .flat_map(|(kind, list)| list.items.into_iter().map(move |text| Claim::read(kind, text)));
    Ok(Scenario {
        id: file.id,
        title: file.title,
        start,
        duration_min: file.outage.duration_min.max(1),
        cause: file.outage.cause,
        systems: down(&file.systems),
        moments,
        claims: claims.collect(),
    })
}

fn local_time(text: &str, offset_min: i16) -> Option<Timestamp> {
    let (date, time) = text.split_once('T')?;
    BusinessDate::parse(date).ok()?;
    let sign = if offset_min < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset_min.unsigned_abs() / 60, offset_min.unsigned_abs() % 60);
    Timestamp::parse(&format!("{date}T{time}.000{sign}{hours:02}:{minutes:02}")).ok()
}

/// The systems of the store's own list that a scenario says are not up.
fn down(systems: &BTreeMap<String, String>) -> Vec<System> {
    let system = |name: &str| match name {
        "pos_central" => Some(System::PointOfSale),
        "inventory" | "item_master" | "price_feed" => Some(System::Inventory),
        "online_ordering" => Some(System::OnlineOrdering),
        "supply_chain" => Some(System::SupplyChain),
        "scheduling_payroll" => Some(System::Scheduling),
        "payments_card" | "ebt_wic" => Some(System::Payments),
        _ => None,
    };
    let mut down: Vec<System> = systems
        .iter()
        .filter(|(_, state)| *state != "up")
        .filter_map(|(name, _)| system(name))
        .collect();
    down.sort_unstable();
    down.dedup();
    down
}

/// What is played for a sentence.
fn steps(text: &str) -> Vec<Step> {
    let says = |words: &str| text.contains(words);
    let mut steps = Vec::new();
    if says("central unreachable") {
        steps.push(Step::CentralGone);
    }
    if says("must not talk to central") {
        steps.push(Step::Hold);
    }
    if says("declares outage") || says("fallback opened") {
        steps.push(Step::DeclareOutage);
    }
    let register = number_after(text, "register ").unwrap_or(1);
    if says("power pulled in mid-transaction") {
        let lines = number_after(text, "after ").unwrap_or(1);
        steps.push(Step::PowerCutInSale { register, lines });
    }
    if says("power pulled between") {
        steps.push(Step::PowerCutBeforeReceipt { register });
    }
    if says("cash drop") {
        steps.push(Step::CashDrop { registers: number_after(text, "cash drop on ").unwrap_or(1) });
    }
    if says("pickup witnessed by two") {
        steps.push(Step::CashPickup);
    }
    if says("(flap)") {
        steps.push(Step::Flap);
    }
    if says("shift change") {
        steps.push(Step::ShiftChange { register });
    }
    if says("part cash, rest check") {
        steps.push(Step::SplitTender);
    }
    if says("older version number") {
        steps.push(Step::OfferOlderPack);
    }
    if says("signed with a revoked key") {
        steps.push(Step::OfferForeignPack);
    }
    if says("pins the catalog version") {
        steps.push(Step::KeepCopy);
    }
    if says("central acknowledges") || says("central announces new epoch") {
        steps.push(Step::CentralAcknowledges);
    }
    if says("rejects one batch with 400") {
        steps.push(Step::RefuseDelivery);
    }
    if says("rolls central back") {
        steps.push(Step::CentralRolledBack);
    }
    if says("central returns") || says("all-clear") {
        let turned_away = number_after(text, "answers first ").unwrap_or(0);
        let answers_lost = u32::from(says("times out after commit"));
        steps.push(Step::CentralBack { turned_away, answers_lost });
    }
    steps
}

fn number_after<T: std::str::FromStr>(text: &str, words: &str) -> Option<T> {
    let rest = text.split_once(words)?.1;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCENARIO: &str = r#"
id = "T1"
title = "An afternoon"
[outage]
start_local = "2026-11-22T14:00:00"
duration_min = 60
cause = "a cable"
[systems]
pos_central = "down"
item_master = "down"
power = "up"
[[event]]
at = 50
do = "central returns; answers first 2 pushes 503, one push times out after commit"
[[event]]
at = 5
do = "register 4 power pulled in mid-transaction after 9 lines, before tender"
[[event]]
at = 6
do = "a juggler comes by"
"#;

    #[test]
    fn sentences_become_steps_and_none_is_dropped() {
        let scenario = read(SCENARIO, -360).expect("a scenario");
        assert_eq!(scenario.start.to_string(), "2026-11-22T14:00:00.000-06:00");
        assert_eq!(scenario.systems, [System::PointOfSale, System::Inventory]);
        let steps: Vec<_> = scenario.moments.iter().map(|m| (m.at_min, m.steps.clone())).collect();
        assert_eq!(
            steps,
            [
                (5, vec![Step::PowerCutInSale { register: 4, lines: 9 }]),
                (6, vec![]),
                (50, vec![Step::CentralBack { turned_away: 2, answers_lost: 1 }]),
            ]
        );
    }

    #[test]
    fn what_is_no_scenario_is_said() {
        assert!(matches!(read("id = 1", 0), Err(NotAScenario::Shape(_))));
        let odd = SCENARIO.replace("T14:00:00", " in the afternoon");
        assert!(matches!(read(&odd, 0), Err(NotAScenario::Start(_))));
    }
}
