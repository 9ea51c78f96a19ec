//! The tables that follow from the journal, against the state that follows from it.

use super::super::sample::{Written, cash_sale, check_sale, moved, shift_open};
use super::*;
use crate::domain::drawer::CashMovementKind::{Drop, PaidIn};
use crate::domain::ids::{OutageId, PackVersion, ShiftNo};
use crate::domain::outage::{Outage, System};

/// A ledger's tables, filled record by record, and the state they should agree with.
fn filled(events: Vec<Event>) -> (Connection, State) {
    let db = Connection::open_in_memory().expect("a database");
    db.execute_batch(include_str!("../../../schema/ledger/1.sql")).expect("a schema");
    let mut written = Written::begun(3);
    for event in events {
        written.add(event);
    }
    let mut state = State::default();
    for (seq, line) in (0..).zip(&written.lines) {
        let envelope = Envelope::read(line).expect("a record");
        let event = envelope.event().expect("an event");
        state = state.after(envelope.header.at, envelope.header.date, &event).expect("fits");
        db.execute("INSERT INTO journal(seq, line) VALUES (?1, ?2)", (sql_int(seq), line))
            .expect("in");
        write(&db, Seq(seq), &event, &state).expect("written");
    }
    (db, state)
}

fn a_shift() -> Vec<Event> {
    vec![
        shift_open(1),
        Event::of_sale(cash_sale(1, 700)),
        Event::of_sale(check_sale(2, 1_900, "1041")),
        moved(1, PaidIn, 500),
        moved(1, Drop, 300),
    ]
}

fn an_outage() -> Outage {
    Outage {
        id: OutageId::parse("o-1").expect("a name"),
        since: super::super::sample::entry(shift_open(1)).at,
        systems: vec![System::PointOfSale],
        cause: String::new(),
        ticket: String::new(),
        expected: None,
    }
}

fn rows(db: &Connection, table: &str) -> i64 {
    db.query_row(&format!("SELECT count(*) FROM {table}"), (), |row| row.get(0)).expect("a count")
}

#[test]
fn what_is_written_with_each_record_agrees_with_the_state_and_so_does_what_is_derived_anew() {
    let mut events = a_shift();
    events.push(Event::OutageDeclared(an_outage()));
    let version = PackVersion::parse("20261122-3").expect("a pack");
    let (digest, jumped, approval) = ([7; 32], None, None);
    events.push(Event::PackApplied { version, digest, jumped, approval });
    let (db, state) = filled(events);
    assert!(agrees(&db, &state).expect("read"));
    let counts = ["sale", "shift", "outage", "pack"].map(|table| rows(&db, table));
    assert_eq!(counts, [2, 1, 1, 1]);
    assert_eq!(rebuild(&db).expect("derived"), state);
    assert!(agrees(&db, &state).expect("read"));
    let again = ["sale", "shift", "outage", "pack"].map(|table| rows(&db, table));
    assert_eq!(again, counts);
}

#[test]
fn an_empty_journal_agrees_with_an_empty_state() {
    let (db, state) = filled(Vec::new());
    assert!(agrees(&db, &state).expect("read"));
}

#[test]
fn each_sum_that_does_not_follow_from_the_records_is_noticed() {
    let (db, right) = filled(a_shift());
    let wrong = |change: &dyn Fn(&mut State)| {
        let mut state = right.clone();
        change(&mut state);
        !agrees(&db, &state).expect("read")
    };
    assert!(wrong(&|state| state.sales += 1), "how many sales");
    assert!(wrong(&|state| state.sales_money = Money::from_minor(1)), "their money");
    assert!(wrong(&|state| state.open_shift = None), "the open shift");
    assert!(wrong(&|state| state.last_shift = ShiftNo(2)), "a shift that is not there");
    assert!(wrong(&|state| state.open_outage = Some(an_outage())), "an outage that is not there");
    // A shift's number may be behind that of another one, never ahead of all of them.
    assert!(!wrong(&|state| state.last_shift = ShiftNo(0)));
    let drawer = |change: &dyn Fn(&mut crate::domain::drawer::DrawerTotals)| {
        wrong(&|state| change(&mut state.open_shift.as_mut().expect("an open shift").drawer))
    };
    assert!(drawer(&|drawer| drawer.moved_in = Money::ZERO));
    assert!(drawer(&|drawer| drawer.moved_out = Money::ZERO));
    assert!(drawer(&|drawer| drawer.checks = Money::ZERO));
}

#[test]
fn an_outage_that_the_tables_do_not_know_to_have_ended_is_noticed() {
    let mut events = a_shift();
    events.push(Event::OutageDeclared(an_outage()));
    let (db, open) = filled(events.clone());
    assert!(!agrees(&db, &State { open_outage: None, ..open }).expect("read"));
    events.push(Event::OutageEnded { outage: an_outage().id, note: String::new() });
    let (db, ended) = filled(events);
    assert!(agrees(&db, &ended).expect("read"));
    assert_eq!(ended.open_outage, None);
}

#[test]
fn cash_that_moves_is_counted_in_its_own_shift_alone() {
    let mut events = a_shift();
    events.push(moved(9, PaidIn, 1_100));
    let (db, state) = filled(events);
    let sql = "SELECT moved_in, moved_out FROM shift WHERE number = 1";
    let kept: (i64, i64) =
        db.query_row(sql, (), |row| Ok((row.get(0)?, row.get(1)?))).expect("a row");
    assert_eq!(kept, (500, 300));
    assert!(agrees(&db, &state).expect("read"));
}
