//! What somebody brings who means harm: it costs a bounded share, and takes no room from others.

use std::sync::Arc;

use super::{REGISTER, STORE, journal_of, key, piece, put};
use crate::central::door::{Door, DoorParts};
use crate::central::ingest::{BRANCHES_MAX, PARKED_RAW_MAX, UNVOUCHED_RAW_MAX};
use crate::central::store::{Held, KeptOut, Standing, Store};
use crate::device::clock::SimulatedClock;
use crate::device::entropy::SeededEntropy;
use crate::domain::ids::Seq;
use crate::domain::time::Timestamp;
use crate::journal::key::{Domain, SigningKey};
use crate::journal::record::Line;
use crate::sync::carrier::Request;
use crate::sync::sealed::{Sealed, seal};
use crate::sync::segment::{Run, build};
use crate::sync::wire::{Announce, Answer, JournalName, Outcome, PROTOCOL};

pub(super) fn run<S: Store + 'static>(empty: &mut impl FnMut() -> S) {
    what_waits_for_what_never_comes_is_never_unpacked(&mut empty());
    what_waited_is_joined_a_few_runs_at_a_time_with_whatever_comes(&mut empty());
    beyond_what_may_wait_nothing_is_kept_and_what_follows_on_is(&mut empty());
    a_journal_forks_so_often_and_no_more_and_each_way_goes_on(&mut empty());
    of_a_key_that_nobody_vouched_for_so_much_is_kept_until_somebody_does(&mut empty());
    an_odd_beginning_is_said_by_the_transaction_that_keeps_it_and_once(&mut empty());
    an_answer_bears_the_name_of_the_store_that_holds_what_it_says([empty(), empty()]);
}

/// Pieces of another way to go on, whose beginning nobody brings for a while.
fn what_waits_for_what_never_comes_is_never_unpacked(store: &mut impl Store) {
    let (_, lines) = journal_of(REGISTER, 40, 40, "");
    let (_, others) = journal_of(REGISTER, 1, 40, "another");
    put(store, piece(&lines, 0, 10));
    let mut raw = 0;
    for from in 3..23 {
        let run = piece(&others, from, from + 1);
        raw += run.raw_len;
        let done = put(store, run);
        assert_eq!((done.outcome, done.parked, done.unpacked), (Outcome::Parked, 1, 0));
    }
    for from in 10..30 {
        let done = put(store, piece(&lines, from, from + 1));
        assert_eq!((done.outcome, done.created), (Outcome::Accepted, 1));
        assert_eq!((done.joined, done.unpacked), (0, 0), "each delivery, whoever's it is");
    }
    let done = put(store, piece(&others, 1, 3));
    assert_eq!((done.outcome, done.created, done.joined), (Outcome::Forked, 22, 20));
    assert_eq!(done.unpacked, raw, "each of them once");
    let row = store.journals(None).expect("rows").remove(0);
    assert_eq!((row.parked, row.forked, row.position.next_seq), (0, 22, Seq(30)));
}

fn what_waited_is_joined_a_few_runs_at_a_time_with_whatever_comes(store: &mut impl Store) {
    let (chain, lines) = journal_of(REGISTER, 71, 71, "");
    for from in (1..71).rev() {
        assert_eq!(put(store, piece(&lines, from, from + 1)).outcome, Outcome::Parked);
    }
    let first = put(store, piece(&lines, 0, 1));
    assert_eq!((first.outcome, first.created, first.joined), (Outcome::Accepted, 65, 64));
    assert_eq!(first.position.next_seq, Seq(65));
    let again = put(store, piece(&lines, 0, 1));
    assert_eq!((again.outcome, again.created, again.joined), (Outcome::Duplicate, 6, 6));
    assert_eq!((again.position.next_seq, again.position.head), (chain.next_seq, chain.head));
    assert_eq!(store.journals(None).expect("rows").remove(0).parked, 0);
    assert_eq!(store.received_count().expect("read"), 71);
}

fn beyond_what_may_wait_nothing_is_kept_and_what_follows_on_is(store: &mut impl Store) {
    let (_, lines) = journal_of(REGISTER, 12, 12, "");
    let mut large = piece(&lines, 6, 7);
    large.raw_len = PARKED_RAW_MAX;
    assert_eq!(put(store, large.clone()).parked, 1);
    let out = put(store, piece(&lines, 8, 9));
    assert_eq!((out.kept_out, out.outcome), (Some(KeptOut::Waiting), Outcome::Position));
    assert_eq!((out.created, out.parked), (0, 0));
    let there = put(store, large);
    assert_eq!((there.kept_out, there.outcome, there.parked), (None, Outcome::Parked, 0));
    let done = put(store, piece(&lines, 0, 5));
    assert_eq!((done.kept_out, done.outcome, done.created), (None, Outcome::Accepted, 5));
    let out = put(store, piece(&lines, 8, 9));
    let words = out.kept_out.expect("no room").words(out.position.next_seq);
    assert!(words.contains("nothing is lost. Send from record 5 on"), "{words}");
    assert_eq!(store.journals(None).expect("rows").remove(0).parked, 1);
}

fn a_journal_forks_so_often_and_no_more_and_each_way_goes_on(store: &mut impl Store) {
    let way = |name: usize| journal_of(REGISTER, 4, 7, &format!("way {name}")).1;
    let first = way(0);
    put(store, piece(&first, 0, 5));
    for name in 1..BRANCHES_MAX {
        assert_eq!(put(store, piece(&way(name), 4, 5)).outcome, Outcome::Forked, "{name}");
    }
    for (from, to) in [(4, 5), (5, 7)] {
        let out = put(store, piece(&way(BRANCHES_MAX), from, to));
        assert_eq!((out.kept_out, out.created), (Some(KeptOut::Branches), 0));
        let words = out.kept_out.expect("no room").words(out.position.next_seq);
        assert!(words.contains("64 ways") && words.contains("IT"), "{words}");
    }
    assert_eq!(put(store, piece(&way(9), 4, 6)).created, 1, "a way that is there");
    let done = put(store, piece(&first, 5, 7));
    assert_eq!((done.outcome, done.created), (Outcome::Accepted, 2));
    let row = store.journals(None).expect("rows").remove(0);
    assert_eq!((row.forked, row.parked, row.position.next_seq), (64, 0, Seq(7)));
}

fn of_a_key_that_nobody_vouched_for_so_much_is_kept_until_somebody_does(store: &mut impl Store) {
    let (_, lines) = journal_of(REGISTER, 20, 20, "");
    let (_, other) = journal_of(REGISTER, 1, 3, "another way");
    let key = key().public();
    store.put_key(STORE, REGISTER, &key, Standing::Provisional, 1).expect("kept");
    let third = |run: &Run| Run { raw_len: UNVOUCHED_RAW_MAX / 3, ..run.clone() };
    // Whatever becomes of it, it fills the same disk: what follows on, what waits, what forks.
    for (run, outcome) in [
        (piece(&lines, 0, 3), Outcome::Accepted),
        (piece(&lines, 5, 6), Outcome::Parked),
        (piece(&other, 1, 3), Outcome::Forked),
    ] {
        let done = put(store, third(&run));
        assert_eq!((done.outcome, done.kept_out), (outcome, None));
        let again = put(store, third(&run));
        assert_eq!((again.created, again.parked, again.kept_out), (0, 0, None), "at no cost");
    }
    let out = put(store, piece(&lines, 3, 5));
    assert_eq!((out.kept_out, out.created), (Some(KeptOut::Unvouched), 0));
    assert_eq!(out.position.next_seq, Seq(3), "what was acknowledged stays");
    let words = out.kept_out.expect("no room").words(out.position.next_seq);
    assert!(words.contains("32 MiB") && words.contains("adopt it at central"), "{words}");
    store.put_key(STORE, REGISTER, &key, Standing::Enrolled, 2).expect("adopted");
    let done = put(store, piece(&lines, 3, 4));
    assert_eq!((done.outcome, done.created, done.kept_out), (Outcome::Accepted, 1, None));
}

fn an_odd_beginning_is_said_by_the_transaction_that_keeps_it_and_once(store: &mut impl Store) {
    let (_, odd) = journal_of(REGISTER, 3, 3, "");
    // What is the first record does not open it by a key that the epoch follows from.
    let run = |lines: &[Line], from, to| Run { opened_by: None, ..piece(lines, from, to) };
    assert_eq!(put(store, run(&odd, 1, 2)).outcome, Outcome::Parked);
    let found = |store: &mut dyn Store| {
        let groups = store.exceptions(None).expect("read").into_iter();
        let of = groups.filter(|group| group.code == "foreign_key");
        of.map(|group| (group.level, group.count)).collect::<Vec<_>>()
    };
    assert_eq!(found(store), []);
    for _ in 0..2 {
        put(store, run(&odd, 0, 1));
        assert_eq!(found(store), [("critical".to_owned(), 1)]);
    }
    store.forget_projections().expect("emptied");
    assert_eq!(found(store).len(), 1, "it is no projection");
}

/// A copy with a name of its own took the place of the store, for those who read.
fn an_answer_bears_the_name_of_the_store_that_holds_what_it_says<S: Store + 'static>(
    stores: [S; 2],
) {
    let (chain, lines) = journal_of(REGISTER, 6, 6, "");
    let mut named = ["00aa", "00bb"].into_iter();
    let [one, copy] = stores.map(|mut store| {
        store.put_key(STORE, REGISTER, &key().public(), Standing::Enrolled, 1).expect("kept");
        store.set_server_epoch(named.next().expect("a name")).expect("named");
        Arc::new(Held::new("central", Box::new(store)).expect("a thread"))
    });
    let central = SigningKey::from_seed(&[9; 32]).expect("a key");
    let at = Timestamp::parse("2026-11-22T13:05:09.120-06:00").expect("a time");
    let door = Door::new(DoorParts {
        writer: one,
        reader: copy,
        pack_key: central.public(),
        seal_key: None,
        key: central,
        clock: Arc::new(SimulatedClock::at(at)),
        entropy: Arc::new(SeededEntropy::new(1)),
        published: None,
        on_commit: Box::new(|| ()),
    });
    let said = |request: &Request| {
        let done = door.answer(request);
        assert_eq!(done.status, 200, "{}", String::from_utf8_lossy(&done.body));
        let answer: Answer = Sealed::split(&done.body).expect("sealed").claim().expect("read");
        (answer.server_epoch, answer.cursor.next_seq)
    };
    let delivery = build(&lines[0..4], &key()).expect("built");
    assert_eq!(said(&Request::post("/v1/segments", delivery)), ("00aa".to_owned(), 4));
    let announce = Announce {
        protocol: PROTOCOL.to_owned(),
        journal: JournalName::of(&chain.journal),
        key: key().public().to_string(),
        next_seq: 6,
        head: chain.head.to_string(),
        takings: 0,
        payouts: 0,
        program: "0.1.0".to_owned(),
        at: at.to_string(),
    };
    let announce = seal(&announce, Domain::Announce, &key()).expect("sealed");
    assert_eq!(said(&Request::post("/v1/announce", announce)), ("00aa".to_owned(), 4));
    let cursor = format!("/v1/registers/1042/7/cursor?epoch={}", chain.journal.epoch);
    assert_eq!(said(&Request::get(cursor)), ("00bb".to_owned(), 0), "where it was asked");
}
