//! What each store must answer about the recovery: sums, silence, and what is said of outages.

use super::*;
use crate::central::recovery::{Figures, RegisterIn, StoreIn, StoresIn};
use crate::central::store::Standing;
use crate::domain::ids::OutageId;
use crate::domain::outage::{Outage, System};

mod counted;

const OTHER: StoreNo = StoreNo(7);
const NOW: i64 = 1_000_000;

pub(super) fn run<S: Store>(empty: &mut impl FnMut() -> S) {
    each_store_has_one_row_and_each_register_counts_in_one_state(&mut empty());
    what_is_said_of_outages_counts_where_somebody_vouched_for_the_register(&mut empty());
    counted::run(empty);
}

/// The stores, and since when whole journals count.
fn asked(store: &mut impl Store, counted_from: i64) -> (Vec<StoreIn>, i64) {
    let StoresIn { stores, counted_from_ms } = store.stores_in(NOW, counted_from).expect("asked");
    (stores, counted_from_ms)
}

fn vouched(store: &mut impl Store, number: StoreNo, register: u16) {
    let key = key().public();
    store.put_key(number, RegisterNo(register), &key, Standing::Enrolled, 1).expect("kept");
}

fn announced(store: &mut impl Store, chain: &Chain, next: u64, takings: i64, at: i64) {
    let lifetime = Lifetime { takings: Money::from_minor(takings), payouts: Money::ZERO };
    let expected = Expected {
        journal: chain.journal,
        key: key().public(),
        next_seq: Seq(next),
        head: Hash([7; 32]),
        lifetime,
        program: None,
    };
    store.announce(&expected, at).expect("kept");
}

fn each_store_has_one_row_and_each_register_counts_in_one_state(store: &mut impl Store) {
    assert_eq!(asked(store, 7), (Vec::new(), 7));
    let of = |register: u16, records| journal_of(RegisterNo(register), 0, records, "");
    let own = key().public();
    (1..=4).for_each(|register| vouched(store, STORE, register));
    vouched(store, STORE, 8);
    vouched(store, OTHER, 1);
    // Register 1 is complete, 2 sends, 3 was not heard lately, 4 never said a word, 5 was revoked
    // before it did, nobody vouched for 6, and 8 is whole by what it said a while ago.
    let (whole, lines) = of(1, 6);
    announced(store, &whole, 6, 0, NOW);
    store.ingest(&[piece(&lines, 0, 6)], NOW).expect("stored");
    let (sends, lines) = of(2, 9);
    announced(store, &sends, 9, 5_000, NOW + 5);
    store.ingest(&[piece(&lines, 0, 4)], NOW + 5).expect("stored");
    let (silent, _) = of(3, 1);
    announced(store, &silent, 20, 700, NOW - 1);
    store.put_key(STORE, RegisterNo(5), &own, Standing::Revoked, 1).expect("kept");
    let (stranger, mine) = of(6, 5);
    announced(store, &stranger, 900, 9_999, NOW);
    store.ingest(&[piece(&mine, 0, 5)], NOW).expect("stored");
    store.put_key(STORE, RegisterNo(6), &own, Standing::Provisional, 1).expect("kept");
    let (quiet, records) = of(8, 3);
    announced(store, &quiet, 3, 0, NOW - 2);
    store.ingest(&[piece(&records, 0, 3)], NOW - 2).expect("stored");
    let (elsewhere, _) = journal_at(OTHER, RegisterNo(1), 1, |_| unreachable!("one record"));
    announced(store, &elsewhere, 3, 100, NOW);
    let (rows, since) = asked(store, 0);
    let other = StoreIn {
        store: OTHER.0,
        heard_ms: NOW,
        figures: Figures {
            registers: 1,
            sending: 1,
            expected: 3,
            money_expected: 100,
            ..Figures::default()
        },
    };
    assert_eq!(since, 0);
    let figures = Figures {
        registers: 6,
        unheard: 1,
        complete: 1,
        sending: 1,
        silent: 1,
        quiet: 1,
        records: 13,
        received: 13,
        expected: 38,
        money_expected: 5_700,
        unvouched: 5,
        provisional: 1,
        behind: 18,
        ..Figures::default()
    };
    let mut all = StoreIn { store: STORE.0, heard_ms: NOW + 5, figures };
    assert_eq!(rows, [other, all.clone()]);
    let told = store.registers_in(STORE, since).expect("asked");
    let one = |register, (records, received, expected), money_expected, heard_ms| RegisterIn {
        register,
        enrolled: true,
        records,
        received,
        expected,
        money_expected,
        heard_ms,
        ..RegisterIn::default()
    };
    let stranger = RegisterIn {
        register: 6,
        provisional: true,
        unvouched: 5,
        heard_ms: NOW,
        ..RegisterIn::default()
    };
    let expected = [
        one(3, (0, 0, 20), 700, NOW - 1),
        one(2, (4, 4, 9), 5_000, NOW + 5),
        one(4, (0, 0, 0), 0, 0),
        one(8, (3, 3, 3), 0, NOW - 2),
        one(1, (6, 6, 6), 0, NOW),
        stranger,
    ];
    assert_eq!(told, expected, "the furthest behind first");
    // A fork, records that wait, and money that is not what was announced.
    let (_, copy) = journal_of(RegisterNo(1), 4, 8, "copy");
    store.ingest(&[piece(&copy, 0, 8)], NOW).expect("stored");
    store.ingest(&[piece(&lines, 7, 9)], NOW + 5).expect("stored");
    announced(store, &whole, 6, 900, NOW);
    project_all(store);
    let row = asked(store, 0).0.remove(1);
    all.figures = Figures { forked: 4, parked: 2, differs: 1, behind: 0, ..figures };
    assert_eq!(row, all);
    let found = store.found_counts().expect("asked");
    let fork = found.iter().find(|one| one.code == "fork").expect("found");
    assert_eq!((fork.level.as_str(), fork.count, fork.stores), ("critical", 1, 1));
    assert!(store.registers_in(StoreNo(99), 0).expect("asked").is_empty());
}

fn what_is_said_of_outages_counts_where_somebody_vouched_for_the_register(store: &mut impl Store) {
    let id = OutageId::parse("1042-7-1").expect("an id");
    let outage = Outage {
        id: id.clone(),
        since: Timestamp::parse("2026-11-22T13:05:09.120-06:00").expect("a time"),
        systems: vec![System::Payments],
        cause: String::new(),
        ticket: String::new(),
        expected: None,
    };
    let said = |seq| match seq {
        2 => Event::OutageDeclared(outage.clone()),
        3 => Event::OutageUpdated(outage.clone()),
        5 => Event::OutageEnded { outage: id.clone(), note: String::new() },
        other => Event::Note { text: other.to_string() },
    };
    let (_, lines) = journal_with(REGISTER, 6, said);
    let told: Vec<Vec<u8>> =
        [2, 3, 5].iter().map(|place: &usize| lines[*place].bytes().to_vec()).collect();
    let own = key().public();
    put(store, piece(&lines, 0, 4));
    project_all(store);
    assert!(store.outage_lines(STORE).expect("asked").is_empty(), "nobody vouched for it");
    store.put_key(STORE, REGISTER, &own, Standing::Provisional, 1).expect("kept");
    assert!(store.outage_lines(STORE).expect("asked").is_empty());
    store.put_key(STORE, REGISTER, &own, Standing::Enrolled, 1).expect("kept");
    assert_eq!(store.outage_lines(STORE).expect("asked"), told[..2]);
    put(store, piece(&lines, 4, 6));
    project_all(store);
    assert_eq!(store.outage_lines(STORE).expect("asked"), told);
    assert!(store.outage_lines(OTHER).expect("asked").is_empty());
    store.forget_projections().expect("emptied");
    assert!(store.outage_lines(STORE).expect("asked").is_empty());
    project_all(store);
    assert_eq!(store.outage_lines(STORE).expect("asked"), told);
    // It was stolen after the third record: what the thief said of outages is believed no more.
    revocation::revoked(store, 3);
    assert_eq!(store.outage_lines(STORE).expect("asked"), told[..2]);
}
