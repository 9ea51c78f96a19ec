//! A twentieth of the fleet at a central of a twentieth: the goals of the whole one.

use super::super::plan::{Slow, Stop};
use super::*;
use crate::fleet::{Own, Point};

/// Work as on a central that takes 100,000 sales a second, for the whole fleet.
fn measured() -> Measured {
    Measured {
        note: "made up".to_owned(),
        deliveries: vec![
            Point { records: 1, us: 400 },
            Point { records: 25, us: 600 },
            Point { records: 250, us: 2_500 },
        ],
        hello_us: 60,
        announce_us: 120,
        refusal_us: 80,
        connection_us: 0,
        bytes_a_record: 340,
        own: None,
    }
}

fn fleet() -> Plan {
    Plan { stores: 235, speed_percent: 5, ..Plan::default() }
}

fn drained(plan: &Plan) -> Drain {
    let drain = run(plan, &measured()).expect("a plan");
    assert_eq!(drain.records_in, drain.records, "everything is in");
    drain
}

#[test]
fn the_same_seed_gives_the_same_drain_and_another_one_another() {
    let plan = Plan { stores: 20, loss_permille: 50, ..fleet() };
    let first = drained(&plan);
    assert_eq!(first, drained(&plan));
    assert_ne!(first, drained(&Plan { seed: 2, ..plan }));
}

#[test]
fn a_fleet_drains_within_a_tenth_of_the_ideal_and_nobody_is_forgotten() {
    for start in [Start::Tries, Start::Load(20), Start::Within(1_000)] {
        let drain = drained(&Plan { start, ..fleet() });
        assert!(drain.of_ideal_permille <= 1_100, "{start:?}: {}", drain.of_ideal_permille);
        assert!(drain.jain_permille >= 900, "{start:?}: {}", drain.jain_permille);
        assert!(drain.refused_permille <= 2_000, "{start:?}: {}", drain.refused_permille);
    }
}

#[test]
fn with_loss_and_a_minutes_restart_it_drains_within_one_and_a_half_times_the_ideal() {
    let stop = Some(Stop { at_s: None, for_s: 60 });
    let drain = drained(&Plan { loss_permille: 50, stop, ..fleet() });
    assert!(drain.of_ideal_permille <= 1_500, "{}", drain.of_ideal_permille);
    assert!(drain.lost > 0 && drain.records_again > 0);
}

#[test]
fn goodput_is_flat_from_one_to_twenty_times_the_load() {
    let goodput = |load| drained(&Plan { start: Start::Load(load), ..fleet() }).goodput;
    let at_one = goodput(1);
    for load in [5, 20] {
        let at_load = goodput(load);
        assert!(at_load >= at_one * 95 / 100, "{load} times: {at_load} of {at_one}");
    }
}

#[test]
fn a_database_that_is_slow_for_a_minute_costs_little_more_than_that_minute() {
    let start = Start::Load(20);
    let usual = drained(&Plan { start, ..fleet() });
    let slow = Some(Slow { at_s: 60, for_s: 60, times: 20 });
    let drain = drained(&Plan { start, slow, ..fleet() });
    assert!(drain.drain_ms <= usual.drain_ms + 90_000, "{} {}", drain.drain_ms, usual.drain_ms);
}

/// What is believed of a central after its first seconds is believed of the rest of the drain.
#[test]
fn ten_slow_seconds_at_the_beginning_cost_little_more_than_themselves() {
    let slow = Some(Slow { at_s: 0, for_s: 10, times: 20 });
    for start in [Start::Tries, Start::Within(1_000)] {
        let drain = drained(&Plan { start, slow, ..fleet() });
        assert!(drain.of_ideal_permille <= 1_300, "{start:?}: {}", drain.of_ideal_permille);
    }
}

#[test]
fn stores_that_are_closed_come_when_they_open() {
    let plan = Plan { stores: 100, back_minute: 6 * 60 + 30, ..fleet() };
    let drain = drained(&plan);
    // The west opens three and a half hours after the return.
    assert!(drain.drain_ms >= 3 * 3_600_000, "{}", drain.drain_ms);
}

#[test]
fn a_drain_that_does_not_end_is_told_as_far_as_it_came() {
    let drain = run(&Plan { most_s: 60, ..fleet() }, &measured()).expect("a plan");
    assert!(drain.records_in > 0 && drain.records_in < drain.records);
}

/// Registers that share the machine with central: twenty of each of ten stores.
fn shared(own: Option<Own>) -> (Plan, Measured) {
    let plan = Plan { stores: 10, registers: 20, sales: 20, start: Start::Within(10), ..fleet() };
    let links = vec![(Link::Loopback, 100)];
    (Plan { links, speed_percent: 100, ..plan }, Measured { own, ..measured() })
}

#[test]
fn what_registers_do_themselves_takes_its_time_where_they_share_the_machine() {
    let (plan, apart) = shared(None);
    let segments = vec![Point { records: 30, us: 5_000 }];
    let (_, beside) = shared(Some(Own { announce_us: 5_000, segments, opening_us: 5_000 }));
    let [apart, beside] = [apart, beside].map(|one| run(&plan, &one).expect("a plan"));
    assert_eq!(beside.records_in, beside.records);
    // Each of 200 registers makes a word and a segment and opens three answers: 25 ms.
    assert!(apart.drain_ms < 5_000, "{}", apart.drain_ms);
    assert!((5_000..7_000).contains(&beside.drain_ms), "{}", beside.drain_ms);
}

#[test]
fn no_work_is_lost_whatever_comes_at_once() {
    let (plan, measured) = shared(None);
    let measured = Measured { connection_us: 1_000, ..measured };
    let drain = run(&plan, &measured).expect("a plan");
    // A refusal, and a connection that is opened anew after a wait, is work as well.
    let refused = drain.refused + drain.words_refused;
    let again = drain.connections - drain.registers;
    assert!(refused > 0, "all of 200 at once are more than 48");
    let work_ms = drain.ideal_ms + (refused * 80 + again * 1_000) / 1_000;
    assert!(drain.drain_ms >= work_ms * 95 / 100, "{} {work_ms}", drain.drain_ms);
    assert_eq!(drain.requests, 3 * drain.registers + refused);
}
