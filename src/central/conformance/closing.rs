//! What a store must do so that its stores can be reconciled and closed, and an example of every
//! kind of record.

use crate::central::store::{ExceptionGroup, Store};
use crate::domain::bag::BagNo;
use crate::domain::drawer::CashMovement;
use crate::domain::event::Event;
use crate::domain::ids::{JournalId, RegisterNo, Seq, ShiftNo, StoreNo};
use crate::domain::money::Money;
use crate::domain::tender::Tender;
use crate::journal::hash::Hash;
use crate::journal::record::{Envelope, Line};
use crate::sync::segment::{Run, pack, read_run};

use super::{STORE, journal_at, journal_of, key, piece, project_all, put};

/// One journal with an example of every kind, as it stands in the vectors.
const EXAMPLES: &str = include_str!("../../../tests/vectors/journal.lines");

/// Central's own journal of a store.
const OWN: RegisterNo = RegisterNo(0);

pub(super) fn run<S: Store>(empty: &mut impl FnMut() -> S) {
    decisions_are_appended_where_their_journal_ends_and_a_closure_with_them(&mut empty());
    rules_are_kept_and_have_all_derived_again(&mut empty());
    how_far_a_record_has_come_is_told_to_who_knows_its_hash(&mut empty());
    for order in [[0, 1], [1, 0]] {
        checks_that_look_alike_are_told_at_both_stores(&mut empty(), order);
        a_bag_that_left_two_drawers_is_told_once_at_the_later_one(&mut empty(), order);
    }
}

/// The examples as they come in, in runs of so many records, delivered by another key than theirs.
pub(in crate::central) fn examples(records_a_run: usize) -> (JournalId, Vec<Run>) {
    let lines: Vec<&str> = EXAMPLES.lines().collect();
    let first = Envelope::read(lines[0].as_bytes()).expect("a record");
    let journal = first.header.journal;
    let (mut from, mut prev, mut runs) = (Seq(0), Hash::ZERO, Vec::new());
    for chunk in lines.chunks(records_a_run) {
        let raw = chunk.join("\n").into_bytes();
        let read = read_run(&raw, journal, from, prev).expect("a chain");
        let last = read.records.last().expect("some");
        let (next, head) = (last.seq.next(), last.hash);
        runs.push(Run {
            journal,
            key: key().public(),
            prev,
            records: read.records,
            header: None,
            blob: pack(&raw).expect("packed"),
            raw_len: u64::try_from(raw.len()).expect("small"),
            opened_by: read.opened_by,
        });
        (from, prev) = (next, head);
    }
    (journal, runs)
}

/// A plain sale.
pub(super) fn a_sale() -> Event {
    let events = EXAMPLES.lines().map(|line| {
        let envelope = Envelope::read(line.as_bytes()).expect("a record");
        envelope.event().expect("an event")
    });
    let mut sales = events.filter(|event| matches!(event, Event::Sale(_)));
    sales.next().expect("a sale is among the examples")
}

/// A sale that took a check.
fn with_a_check() -> Event {
    let events = EXAMPLES.lines().map(|line| {
        let envelope = Envelope::read(line.as_bytes()).expect("a record");
        envelope.event().expect("an event")
    });
    let takes_a_check = |event: &Event| {
        let Event::Sale(sale) = event else { return false };
        sale.tenders.iter().any(|tender| matches!(tender, Tender::Check { .. }))
    };
    events.into_iter().find(takes_a_check).expect("a check is among the examples")
}

fn decisions_are_appended_where_their_journal_ends_and_a_closure_with_them(store: &mut impl Store) {
    let (chain, lines) = journal_of(OWN, 3, 6, "first");
    let (_, others) = journal_of(OWN, 3, 6, "second");
    let mut append = |lines: &[Line], from, to, closure: Option<(u32, &[u8])>| {
        store.append_own(&piece(lines, from, to), closure, 1).expect("asked")
    };
    assert!(append(&lines, 0, 3, None));
    assert!(append(&lines, 3, 5, Some((1, b"signed"))));
    assert!(!append(&others, 3, 4, None), "the journal went on meanwhile");
    assert!(!append(&lines, 5, 6, Some((1, b"another"))), "that number is closed");
    assert_eq!(store.position(&chain.journal).expect("read").next_seq, Seq(5));
    assert_eq!(store.closures(STORE).expect("read"), [b"signed".to_vec()]);
    assert!(store.append_own(&piece(&lines, 5, 6), Some((2, b"next")), 1).expect("asked"));
    assert_eq!(store.closures(STORE).expect("read"), [b"signed".to_vec(), b"next".to_vec()]);
    assert!(store.closures(StoreNo(9)).expect("read").is_empty());
    store.forget_projections().expect("emptied");
    assert_eq!(store.closures(STORE).expect("read").len(), 2, "a closure is no projection");
    let row = store.journals(None).expect("rows").remove(0);
    assert_eq!((row.forked, row.parked), (0, 0));
}

fn rules_are_kept_and_have_all_derived_again(store: &mut impl Store) {
    let (_, lines) = journal_of(RegisterNo(7), 3, 3, "");
    put(store, piece(&lines, 0, 3));
    project_all(store);
    assert_eq!(store.rules().expect("read"), None);
    assert!(store.unprojected().expect("read").is_none());
    store.set_rules("clock_skew_minutes = 5").expect("kept");
    assert_eq!(store.rules().expect("read").as_deref(), Some("clock_skew_minutes = 5"));
    assert!(store.unprojected().expect("read").is_some());
}

fn how_far_a_record_has_come_is_told_to_who_knows_its_hash(store: &mut impl Store) {
    let (chain, lines) = journal_of(RegisterNo(7), 6, 6, "");
    put(store, piece(&lines, 0, 6));
    let (hash, wrong) = (lines[4].hash(), lines[3].hash());
    let mut told = |projected| {
        let stage = store.stage_of(&chain.journal, Seq(4), &hash).expect("read").expect("held");
        assert_eq!((stage.received_ms, stage.forked, stage.projected), (1, false, projected));
        assert_eq!(stage.exceptions, [""; 0]);
        assert_eq!(store.stage_of(&chain.journal, Seq(4), &wrong).expect("read"), None);
        project_all(store);
    };
    told(false);
    told(true);
}

/// One check at two stores: whichever came in first, both are told.
fn checks_that_look_alike_are_told_at_both_stores(store: &mut impl Store, order: [usize; 2]) {
    let stores = [StoreNo(1042), StoreNo(88)];
    for place in order {
        let (_, lines) = journal_at(stores[place], RegisterNo(7), 2, |_| with_a_check());
        put(store, piece(&lines, 0, 2));
        project_all(store);
    }
    for number in stores {
        let rows = store.store_rows(number).expect("read");
        assert_eq!((rows.sales.len(), rows.drawers.len()), (1, 1), "a shift known by its sale");
        assert!(rows.checks.iter().all(|check| check.taken.own), "{order:?}");
        let twice = rows.found.iter().filter(|found| found.code.word() == "check_twice");
        let checks = rows.checks.iter().filter(|check| !check.returned).count();
        assert_eq!((twice.count(), checks > 0), (checks, true), "{order:?} {number:?}");
    }
}

/// One bag's number at registers 7 and 8 of a store, and at another store: one exception, whichever
/// came in first, and again after all was derived anew.
fn a_bag_that_left_two_drawers_is_told_once_at_the_later_one(
    store: &mut impl Store,
    order: [usize; 2],
) {
    let drop = |bag: &str| {
        let bag = BagNo::parse(bag).expect("a bag");
        let movement = CashMovement::drop(Money::from_minor(2_000), bag);
        Event::CashMovement { shift: ShiftNo(1), movement, approval: None }
    };
    let dropped = |number, register, bag| journal_at(number, register, 2, |_| drop(bag)).1;
    let journals = [
        dropped(STORE, RegisterNo(7), "TB-9"),
        dropped(STORE, RegisterNo(8), "TB-9"),
        dropped(StoreNo(88), RegisterNo(7), "TB-9"),
        dropped(STORE, RegisterNo(9), "TB-10"),
    ];
    for place in order.into_iter().chain([2, 3]) {
        put(store, piece(&journals[place], 0, 2));
        project_all(store);
    }
    let found = |groups: Vec<ExceptionGroup>| {
        let twice = groups.into_iter().filter(|group| group.code == "bag_twice");
        let told = |group: ExceptionGroup| (group.journal.register.0, group.cause, group.count);
        twice.map(told).collect::<Vec<_>>()
    };
    let expected = [(8, "TB-9".to_owned(), 1)];
    assert_eq!(found(store.exceptions(None).expect("read")), expected, "{order:?}");
    store.forget_projections().expect("emptied");
    assert_eq!(found(store.exceptions(None).expect("read")), []);
    project_all(store);
    assert_eq!(found(store.exceptions(None).expect("read")), expected);
}
