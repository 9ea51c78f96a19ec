//! The patterns: each a day with it and a day that looks like it and is honest.

use tideover::domain::outage::System;
use tideover::domain::sale::Reason;
use tideover::register::command::Command;

use super::day::{Day, LEAD, MANAGER, OTHER_LEAD, Script, USUAL};

pub(super) struct Pattern {
    pub(super) name: &'static str,
    pub(super) rule: &'static str,
    pub(super) fraud: Script,
    pub(super) honest: Script,
}

const fn pattern(
    name: &'static str,
    rule: &'static str,
    fraud: fn(&mut Day),
    honest: fn(&mut Day),
) -> Pattern {
    let (fraud, honest) = (Script { deeds: fraud, ..USUAL }, Script { deeds: honest, ..USUAL });
    Pattern { name, rule, fraud, honest }
}

fn outage(day: &mut Day, others_are_heard: bool) {
    let cause = "the router".to_owned();
    let systems = vec![System::PointOfSale];
    day.does(0, LEAD, Command::DeclareOutage { systems, cause, ticket: String::new() });
    for _ in 0..3 {
        day.pass(10);
        day.sells(0);
    }
    if others_are_heard {
        day.sends(1);
    }
    day.pass(20);
    day.does(0, LEAD, Command::EndOutage { note: "all clear".to_owned() });
}

pub(super) const PATTERNS: [Pattern; 19] = [
    pattern(
        "void after the customer left; a mistake found at once",
        "void_late",
        |day| {
            let number = day.sells(0);
            day.pass(20);
            day.voids(0, number);
        },
        |day| {
            let number = day.sells(0);
            day.pass(3);
            day.voids(0, number);
        },
    ),
    pattern(
        "voids of one lane; one in each",
        "voids_often",
        |day| {
            for _ in 0..4 {
                let number = day.sells(0);
                day.pass(2);
                day.voids(0, number);
            }
        },
        |day| {
            for lane in 0..3 {
                let number = day.sells(lane);
                day.pass(2);
                day.voids(lane, number);
            }
        },
    ),
    Pattern {
        name: "money back without a receipt; with one",
        rule: "refund_without_receipt",
        fraud: Script {
            lanes: [("41", 0, 12), ("32", 0, 12), ("33", 0, 12)],
            deeds: |day| day.pays_out_without_receipt(0),
            ..USUAL
        },
        honest: Script {
            deeds: |day| {
                let number = day.sells(0);
                day.pass(30);
                day.takes_back(0, number, Reason::Customer);
            },
            ..USUAL
        },
    },
    pattern(
        "written off after a return to cover it; what came back damaged",
        "stock_cover",
        |day| {
            let number = day.sells(0);
            day.pass(30);
            day.takes_back(0, number, Reason::Customer);
            day.pass(5);
            day.writes_off(0, "3");
        },
        |day| {
            let number = day.sells(0);
            day.pass(30);
            day.takes_back(0, number, Reason::Damaged);
            day.pass(5);
            day.writes_off(0, "3");
        },
    ),
    pattern(
        "drawer opened without sales; twice for change",
        "no_sale_often",
        |day| {
            for _ in 0..5 {
                day.pass(3);
                day.opens_drawer(0, LEAD);
            }
        },
        |day| {
            for _ in 0..2 {
                day.pass(3);
                day.opens_drawer(0, LEAD);
            }
        },
    ),
    pattern(
        "a sale put aside until the evening; for five minutes",
        "parked_sale",
        |day| {
            let slip = day.puts_aside(0);
            day.pass(90);
            day.takes_up(0, slip);
            day.gives_up(0);
        },
        |day| {
            let slip = day.puts_aside(0);
            day.pass(5);
            day.takes_up(0, slip);
            day.pays_it(0);
        },
    ),
    pattern(
        "prices lowered by one cashier; a wrong shelf label met by all",
        "price_changes_often",
        |day| {
            for _ in 0..6 {
                day.pass(2);
                day.sells_cheaper(0, LEAD);
            }
        },
        |day| {
            for _ in 0..6 {
                for lane in 0..3 {
                    day.pass(1);
                    day.sells_cheaper(lane, LEAD);
                }
            }
        },
    ),
    pattern(
        "lines taken out before payment by one cashier; by all",
        "line_voids_often",
        |day| {
            for _ in 0..3 {
                day.pass(2);
                day.takes_lines_out(0);
            }
        },
        |day| {
            for _ in 0..3 {
                for lane in 0..3 {
                    day.pass(1);
                    day.takes_lines_out(lane);
                }
            }
        },
    ),
    pattern(
        "three checks just below the limit; one",
        "just_below_limit",
        |day| {
            for _ in 0..3 {
                day.pass(4);
                day.sells_by_check(0, 150, None);
            }
        },
        |day| {
            day.sells_by_check(0, 150, None);
            day.pass(4);
            day.sells_by_check(0, 20, None);
            day.sells_by_check(0, 40, None);
        },
    ),
    pattern(
        "one check used at two lanes; two customers' checks",
        "check_twice",
        |day| {
            day.sells_by_check(0, 20, Some(4_711));
            day.pass(10);
            day.sells_by_check(1, 20, Some(4_711));
        },
        |day| {
            day.sells_by_check(0, 20, None);
            day.pass(10);
            day.sells_by_check(1, 20, None);
        },
    ),
    Pattern {
        name: "few sales rung up all day; a lane that opened late",
        rule: "drawer_slow",
        fraud: Script { lanes: [("31", 0, 2), ("32", 0, 24), ("33", 0, 24)], ..USUAL },
        honest: Script { lanes: [("31", 0, 12), ("32", 0, 12), ("33", 120, 8)], ..USUAL },
    },
    pattern(
        "clock set back an hour; put right by a minute",
        "clock_skew",
        |day| {
            day.set_clock(0, -3_600);
            day.sells(0);
            day.set_clock(0, 3_600);
        },
        |day| {
            day.set_clock(0, 60);
            day.sells(0);
        },
    ),
    pattern(
        "one lead who signs for one cashier alone; one lead on duty",
        "same_approver",
        |day| {
            for _ in 0..6 {
                day.pass(2);
                day.sells_cheaper(0, OTHER_LEAD);
            }
            for lane in [1, 2, 1, 2] {
                day.pass(2);
                day.sells_cheaper(lane, LEAD);
            }
        },
        |day| {
            for lane in [0, 1, 0, 2, 0, 1, 0, 2, 0, 1] {
                day.pass(2);
                day.sells_cheaper(lane, LEAD);
            }
        },
    ),
    pattern(
        "a PIN used at two lanes in the same moment; two minutes apart",
        "approver_twice",
        |day| {
            day.pass(5);
            day.opens_drawer(0, LEAD);
            day.seconds(1, 1);
            day.opens_drawer(1, LEAD);
        },
        |day| {
            day.pass(5);
            day.opens_drawer(0, LEAD);
            day.pass(2);
            day.opens_drawer(1, LEAD);
        },
    ),
    pattern(
        "a second drawer in one name; closed before the next",
        "person_twice",
        |day| {
            day.pass(5);
            day.hands_drawer(0, 1, false);
        },
        |day| {
            day.pass(5);
            day.hands_drawer(0, 1, true);
        },
    ),
    Pattern {
        name: "an outage of one lane while the store's line is up; of the store",
        rule: "outage_alone",
        fraud: Script {
            lanes: [("41", 0, 12), ("32", 0, 12), ("33", 0, 12)],
            deeds: |day| outage(day, true),
            ..USUAL
        },
        honest: Script {
            lanes: [("41", 0, 12), ("32", 0, 12), ("33", 0, 12)],
            deeds: |day| outage(day, false),
            ..USUAL
        },
    },
    pattern(
        "a machine set up anew; one that was started again",
        "new_journal",
        |day| day.restarts(0, |day| day.loses_key(0)),
        |day| day.restarts(0, |_| ()),
    ),
    pattern(
        "a manager's PIN is tried at a lane; a cashier mistypes three times and is let in",
        "pin_guessed",
        |day| {
            day.mistypes(0, MANAGER, 7);
            day.comes_back(0);
        },
        |day| {
            for lane in 0..3 {
                day.mistypes_own(lane, 3);
                day.comes_back(lane);
            }
        },
    ),
    Pattern {
        name: "a lane that nobody enrolled; one that was",
        rule: "provisional_register",
        fraud: Script { third_is_known: false, ..USUAL },
        honest: USUAL,
    },
];
