//! What each store must do: one suite, run on every implementation.

use crate::domain::event::{EpochOpen, Event, Lifetime};
use crate::domain::goods::carton::{Carton, OrderNo};
use crate::domain::goods::change::SlipNo;
use crate::domain::goods::delivery::{Against, DeliveredLine, Delivery, Listed};
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{JournalId, PersonId, RecordRef, RegisterNo, Seq, StoreNo};
use crate::domain::money::Money;
use crate::domain::paper_slip::{PadStep, PaperPad};
use crate::domain::quantity::Quantity;
use crate::domain::rain_check::{RainCheck, RainCheckKind, RainCheckRef, RainCheckStep, Worth};
use crate::domain::time::{BusinessDate, Timestamp};
use crate::journal::chain::{Chain, Entry};
use crate::journal::epoch;
use crate::journal::hash::Hash;
use crate::journal::key::SigningKey;
use crate::journal::record::Line;
use crate::reconcile::goods;
use crate::reconcile::packs::NoPacks;
use crate::reconcile::rulebook::Rulebook;
use crate::sync::segment::{Run, build, open};
use crate::sync::wire::Outcome;

mod asides;
pub(super) mod closing;
mod hostile;
mod journals;
mod keys;
mod readiness;
mod recovery;
mod regain;
mod revocation;
mod rotation;
mod sealed;

use super::export::ledger::{HandOver, Order, State, TargetName, TargetRow};
use super::project::{keep, read};
use super::store::{Expected, Store};

const STORE: StoreNo = StoreNo(1042);
pub(super) const REGISTER: RegisterNo = RegisterNo(7);

/// Runs the suite; each case gets an empty store.
pub fn run<S: Store + 'static>(mut empty: impl FnMut() -> S) {
    any_order_any_number_of_times(&mut empty());
    a_fork_keeps_both_and_its_parked_rest_joins_it(&mut empty());
    runs_of_one_transaction_see_each_other(&mut empty());
    keys::run(&mut empty);
    the_furthest_announcement_holds(&mut empty());
    journals::one_stores_are_those_of_all_that_are_its(&mut empty());
    projections_are_taken_once_and_come_back_the_same(&mut empty());
    a_record_came_when_it_first_did_also_when_it_is_derived_again(&mut empty());
    words_are_kept(&mut empty());
    goods_received_twice_are_found_whichever_came_first(&mut empty());
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        a_rain_check_redeemed_apart_is_told_once_whichever_came_first(&mut empty(), order);
        slips_that_are_missing_or_used_twice_are_found_in_every_order(&mut empty(), order);
        asides::a_card_sale_that_ended_in_two_ways_is_told_once(&mut empty(), order);
    }
    asides::what_a_card_may_have_paid_is_open_until_its_ending_comes_in(&mut empty());
    regain::a_registers_journals_are_its_own_in_the_order_they_were_heard_of(&mut empty());
    closing::run(&mut empty);
    recovery::run(&mut empty);
    readiness::run(&mut empty);
    sealed::data_is_kept_once_under_its_first_bytes(&mut empty());
    sealed::what_had_its_days_goes_in_steps_and_leaves_a_name(&mut empty());
    sealed::what_was_destroyed_is_not_kept_again(&mut empty());
    revocation::run(&mut empty);
    rotation::run(&mut empty);
    hostile::run(&mut empty);
    hand_overs_are_planned_once_and_outlive_the_projections(&mut empty());
}

fn hand_overs_are_planned_once_and_outlive_the_projections(store: &mut impl Store) {
    let (chain, lines) = journal(6, 6, "");
    put(store, piece(&lines, 0, 6));
    project_all(store);
    let target = TargetName::parse("poslog:/srv/out").expect("a name");
    let (other, ledger) = (TargetName::parse("csv:/srv/out").expect("a name"), store.hand_overs());
    let row = |seq: u64, state| HandOver {
        journal: chain.journal,
        seq: Seq(seq),
        hash: lines[usize::try_from(seq).expect("small")].hash(),
        date: BusinessDate::parse("2026-11-22").expect("a day"),
        state,
        attempts: 0,
        changed_ms: 1,
        note: String::new(),
    };
    let fresh = TargetRow { look_first: false, disabled: None };
    assert_eq!(ledger.target(&target).expect("read"), None);
    assert_eq!(ledger.open_target(&target).expect("made"), fresh);
    let rows = [row(1, State::Pending), row(2, State::Held), row(4, State::Pending)];
    for _ in 0..2 {
        ledger.plan(&target, &chain.journal, &rows, Seq(5)).expect("planned");
    }
    ledger.plan(&target, &chain.journal, &[], Seq(3)).expect("planned");
    assert_eq!(ledger.planned(&target, &chain.journal).expect("read"), Seq(5));
    assert_eq!(ledger.planned(&other, &chain.journal).expect("read"), Seq(0));
    let pending = ledger.pending_rows(&target, Order::Journals, 10).expect("rows");
    assert_eq!(pending, [rows[0].clone(), rows[2].clone()]);
    let sent = [rows[0].to(State::Sent, ""), rows[2].to(State::Sent, "")];
    ledger.step(&target, &sent, 7).expect("kept");
    ledger.step(&target, &[rows[0].to(State::Confirmed, "")], 8).expect("kept");
    ledger.step(&target, &[rows[2].to(State::Unknown, "no\nanswer")], 8).expect("kept");
    let open = [State::Sent, State::Unknown, State::Held];
    let found = ledger.open_rows(&target, &open, None, 10).expect("rows");
    let told: Vec<_> = found.iter().map(|row| (row.seq.0, row.state, row.attempts)).collect();
    assert_eq!(told, [(2, State::Held, 0), (4, State::Unknown, 1)]);
    assert_eq!((found[1].note.as_str(), found[1].changed_ms), ("no answer", 8));
    let after = ledger.open_rows(&target, &open, Some((chain.journal, Seq(2))), 10).expect("rows");
    assert_eq!(after.iter().map(|row| row.seq.0).collect::<Vec<_>>(), [4]);
    ledger.disable(&target, Some("gone")).expect("kept");
    store.forget_projections().expect("emptied");
    store.set_server_epoch("another").expect("named");
    let ledger = store.hand_overs();
    let told = TargetRow { look_first: true, disabled: Some("gone".to_owned()) };
    assert_eq!(ledger.target(&target).expect("read"), Some(told.clone()));
    assert_eq!(ledger.open_target(&target).expect("opened"), told);
    let counts = ledger.state_counts(&target).expect("counted");
    let counts = counts.iter().map(|count| (count.state, count.rows)).collect::<Vec<_>>();
    assert_eq!(counts, [(State::Held, 1), (State::Confirmed, 1), (State::Unknown, 1)]);
    let by_journal = ledger.open_counts(&target).expect("counted");
    let open = [(chain.journal, State::Held, 1), (chain.journal, State::Unknown, 1)];
    assert_eq!(by_journal, open);
    assert_eq!(ledger.marks(&target).expect("read"), [(chain.journal, Seq(5))]);
    assert_eq!(ledger.marks(&other).expect("read"), []);
    let at = ledger.hand_overs_of(&chain.journal, Seq(4)).expect("read");
    assert_eq!((at.len(), &at[0].0), (1, &target));
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[5; 32]).expect("a key")
}

/// A journal of so many records after one shared beginning; `mark` tells branches apart.
fn journal(shared: u64, records: u64, mark: &str) -> (Chain, Vec<Line>) {
    journal_of(REGISTER, shared, records, mark)
}

pub(super) fn journal_of(
    register: RegisterNo,
    shared: u64,
    records: u64,
    mark: &str,
) -> (Chain, Vec<Line>) {
    journal_with(register, records, |seq| {
        let mark = if seq < shared { "" } else { mark };
        Event::Note { text: format!("{seq} {mark}") }
    })
}

pub(super) fn journal_with(
    register: RegisterNo,
    records: u64,
    event: impl Fn(u64) -> Event,
) -> (Chain, Vec<Line>) {
    journal_at(STORE, register, records, event)
}

fn journal_at(
    store: StoreNo,
    register: RegisterNo,
    records: u64,
    event: impl Fn(u64) -> Event,
) -> (Chain, Vec<Line>) {
    journal_begun([1; 16], (store, register), records, event)
}

fn journal_begun(
    nonce: [u8; 16],
    (store, register): (StoreNo, RegisterNo),
    records: u64,
    event: impl Fn(u64) -> Event,
) -> (Chain, Vec<Line>) {
    let key = key();
    let epoch = epoch::derive(&key.public(), &nonce);
    let mut chain = Chain::empty(JournalId { store, register, epoch });
    let mut lines = Vec::new();
    for seq in 0..records {
        let event = if seq == 0 {
            let public_key = *key.public().bytes();
            let program = "0.1.0".to_owned();
            Event::EpochOpen(EpochOpen {
                public_key,
                nonce,
                program,
                currency: None,
                follows: None,
            })
        } else {
            event(seq)
        };
        let entry = Entry {
            at: Timestamp::parse("2026-11-22T13:05:09.120-06:00").expect("a time"),
            mono_ms: seq,
            date: BusinessDate::parse("2026-11-22").expect("a day"),
            by: None,
            pack: None,
            outage: None,
            event,
        };
        let (line, next) = chain.next(&entry, Some(&key)).expect("fits");
        lines.push(line);
        chain = next;
    }
    (chain, lines)
}

pub(super) fn piece(lines: &[Line], from: usize, to: usize) -> Run {
    open(&build(&lines[from..to], &key()).expect("built")).expect("opened")
}

pub(super) fn put(store: &mut impl Store, run: Run) -> super::store::Ingested {
    store.ingest(&[run], 1).expect("stored").remove(0)
}

pub(super) fn project_all(store: &mut impl Store) {
    project_by(store, &Rulebook::default());
    while let Some((number, stamp)) = store.goods_due().expect("read") {
        let found =
            goods::look(&store.goods(number).expect("read"), &NoPacks, &Rulebook::default());
        store.goods_looked(number, stamp, &found).expect("kept");
    }
}

fn project_by(store: &mut impl Store, rules: &Rulebook) {
    while let Some(stretch) = store.unprojected().expect("read") {
        // Where a journal ended its records are read again.
        let ends = keep(store, &read(&stretch, &NoPacks, rules));
        if !ends.expect("projected") {
            let again = store.unprojected().expect("read").expect("the same");
            assert!(keep(store, &read(&again, &NoPacks, rules)).expect("projected"));
        }
    }
}

/// Every order of five overlapping pieces, each delivered twice, for one register after another.
fn any_order_any_number_of_times(store: &mut impl Store) {
    let pieces = [(0, 6), (4, 9), (9, 12), (12, 20), (2, 15)];
    let mut orders = Vec::new();
    permutations(&mut [0, 1, 2, 3, 4], 5, &mut orders);
    let all = std::collections::BTreeSet::from_iter(&orders);
    assert_eq!(all.len(), 120, "every order once");
    for (number, order) in (100..).zip(&orders) {
        let (chain, lines) = journal_of(RegisterNo(number), 20, 20, "");
        let twice = order.iter().chain(order).map(|place| pieces[*place]);
        let created: u64 =
            twice.map(|(from, to)| put(store, piece(&lines, from, to)).created).sum();
        let position = store.position(&chain.journal).expect("a position");
        assert_eq!((position.next_seq, position.head), (chain.next_seq, chain.head), "{order:?}");
        assert_eq!(created, 20, "{order:?}");
    }
    assert!(store.journals(None).expect("rows").iter().all(|row| row.parked + row.forked == 0));
}

fn permutations(order: &mut [usize; 5], len: usize, all: &mut Vec<[usize; 5]>) {
    if len == 1 {
        return all.push(*order);
    }
    for place in 0..len {
        permutations(order, len - 1, all);
        order.swap(if len.is_multiple_of(2) { place } else { 0 }, len - 1);
    }
}

fn a_fork_keeps_both_and_its_parked_rest_joins_it(store: &mut impl Store) {
    let (chain, lines) = journal(10, 15, "original");
    let (_, copy) = journal(10, 18, "copy");
    put(store, piece(&lines, 0, 15));
    // The copy's end comes first: what it follows is not here yet.
    assert_eq!(put(store, piece(&copy, 14, 18)).outcome, Outcome::Parked);
    let forked = put(store, piece(&copy, 8, 14));
    assert_eq!((forked.outcome, forked.existing, forked.created), (Outcome::Forked, 2, 8));
    assert_eq!((forked.position.next_seq, forked.position.head), (chain.next_seq, chain.head));
    assert_eq!(put(store, piece(&copy, 12, 18)).outcome, Outcome::Duplicate);
    let row = store.journals(None).expect("rows").remove(0);
    assert_eq!((row.forked, row.parked), (8, 0));
    let found = store.exceptions(None).expect("exceptions");
    assert!(found.iter().any(|group| group.code == "fork" && group.seq == Seq(10)));
    project_all(store);
    let held: Vec<Vec<u8>> = store.lines(&chain.journal, Seq(0), 100).expect("lines");
    let sent: Vec<Vec<u8>> = lines.iter().map(|line| line.bytes().to_vec()).collect();
    assert_eq!(held, sent, "byte by byte");
}

fn runs_of_one_transaction_see_each_other(store: &mut impl Store) {
    let (chain, lines) = journal(9, 9, "");
    let runs = [piece(&lines, 3, 6), piece(&lines, 0, 3), piece(&lines, 0, 9)];
    let all = store.ingest(&runs, 1).expect("stored");
    let outcomes: Vec<_> = all.iter().map(|one| (one.outcome, one.created)).collect();
    let expected = [(Outcome::Parked, 0), (Outcome::Accepted, 6), (Outcome::Accepted, 3)];
    assert_eq!(outcomes, expected);
    assert_eq!(store.position(&chain.journal).expect("read").next_seq, Seq(9));
    assert_eq!(store.received_count().expect("read"), 9);
}

fn the_furthest_announcement_holds(store: &mut impl Store) {
    let (chain, _) = journal(3, 3, "");
    for (next, takings) in [(10, 500), (30, 900), (20, 700)] {
        let lifetime = Lifetime { takings: Money::from_minor(takings), payouts: Money::ZERO };
        let expected = Expected {
            journal: chain.journal,
            key: key().public(),
            next_seq: Seq(next),
            head: Hash([1; 32]),
            lifetime,
            program: None,
        };
        let stand = store.announce(&expected, 1).expect("kept");
        assert_eq!(stand.position.next_seq, Seq(0));
    }
    let row = store.journals(None).expect("rows").remove(0);
    assert_eq!((row.expected_next, row.expected.takings.minor()), (Seq(30), 900));
}

fn projections_are_taken_once_and_come_back_the_same(store: &mut impl Store) {
    let (_, lines) = journal(12, 12, "");
    put(store, piece(&lines, 0, 7));
    put(store, piece(&lines, 5, 12));
    let stretch = store.unprojected().expect("read").expect("some");
    let projection = read(&stretch, &NoPacks, &Rulebook::default());
    assert!(store.project(&projection).expect("projected"));
    assert!(!store.project(&projection).expect("asked"), "a second time changes nothing");
    project_all(store);
    let before = (store.exceptions(None).expect("read"), store.totals(STORE, None, false));
    store.forget_projections().expect("emptied");
    assert!(store.unprojected().expect("read").is_some());
    project_all(store);
    let after = (store.exceptions(None).expect("read"), store.totals(STORE, None, false));
    assert_eq!(before.0, after.0);
    assert_eq!(before.1.expect("totals"), after.1.expect("totals"));
}

/// What came bit by bit comes once more in one piece that goes further, as from a carried copy.
fn a_record_came_when_it_first_did_also_when_it_is_derived_again(store: &mut impl Store) {
    let (_, lines) = journal(12, 12, "");
    let mut came = std::collections::BTreeMap::new();
    let mut project = |store: &mut dyn Store| {
        while let Some(stretch) = store.unprojected().expect("read") {
            let records = stretch.from.0..=stretch.segment_to.0;
            came.extend(records.map(|seq| (seq, stretch.received_ms)));
            let projection = read(&stretch, &NoPacks, &Rulebook::default());
            assert!(store.project(&projection).expect("projected"));
        }
        came.clone()
    };
    for (at_ms, (from, to)) in (1..).zip([(0, 4), (4, 8), (2, 12), (4, 12), (0, 12)]) {
        store.ingest(&[piece(&lines, from, to)], at_ms).expect("stored");
        project(store);
    }
    let first = [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3];
    let expected = (0..).zip(first).collect();
    assert_eq!(project(store), expected);
    store.forget_projections().expect("emptied");
    assert_eq!(project(store), expected);
}

/// A truck that one register received, and the same carton on another register a minute later.
fn goods_received_twice_are_found_whichever_came_first(store: &mut impl Store) {
    let delivery = |register: u16, seq: u64| {
        let line = DeliveredLine {
            code: ItemCode::parse("4011").expect("a code"),
            name: "Bananas".to_owned(),
            listed: Listed::Of(Quantity::ONE),
            came: Quantity::ONE,
            damaged: Quantity::default(),
        };
        Event::Delivery(Delivery {
            receiving: SlipNo::parse(&format!("R-{register}-{seq}")).expect("a number"),
            part: 1,
            parts: 1,
            against: Against::Slip,
            supplier: String::new(),
            order: OrderNo::parse("PO-7").ok(),
            cartons: vec![Carton::parse(&format!("C-{seq}")).expect("a carton")],
            lines: vec![line],
            again: None,
            note: String::new(),
            approval: None,
        })
    };
    let found = |store: &mut dyn Store| {
        let groups = store.exceptions(None).expect("read");
        let twice = groups.iter().filter(|group| group.code == "received_twice");
        twice.map(|group| (group.journal.register.0, group.cause.clone())).collect::<Vec<_>>()
    };
    // Both at one minute; register 9 is heard of first.
    let (_, later) = journal_with(RegisterNo(9), 2, |seq| delivery(9, seq));
    let (_, first) = journal_with(RegisterNo(8), 3, |seq| delivery(8, seq));
    put(store, piece(&later, 0, 2));
    project_all(store);
    assert_eq!(found(store), []);
    put(store, piece(&first, 0, 3));
    project_all(store);
    let twice = [(9, "PO-7 / C-1".to_owned())];
    assert_eq!(found(store), twice, "of two at one time the higher register's is the second");
    let before = store.goods(STORE).expect("read");
    store.forget_projections().expect("emptied");
    assert_eq!(found(store), []);
    project_all(store);
    assert_eq!(found(store), twice);
    assert_eq!(store.goods(STORE).expect("read"), before);
    assert_eq!(before.lines.len(), 3);
}

/// Register 7's promise, redeemed at 8 and a record later at 9.
fn a_rain_check_redeemed_apart_is_told_once_whichever_came_first<S: Store>(
    store: &mut S,
    order: [usize; 3],
) {
    let until = BusinessDate::parse("2026-12-22").expect("a day");
    let (kind, worth) = (RainCheckKind::Reward, Worth::Unsaid);
    let what = "500 points".to_owned();
    let check = RainCheck { number: 7_003, kind, code: None, what, worth, until };
    let (chain, issued) = journal_with(RegisterNo(7), 2, |_| {
        Event::RainCheck(RainCheckStep::Issued { check: check.clone(), approval: None })
    });
    let of = RainCheckRef {
        store: STORE,
        register: RegisterNo(7),
        at_record: RecordRef { epoch: chain.journal.epoch, seq: Seq(1) },
        number: 7_003,
        hash_start: None,
    };
    let redeemed = |register: u16, place: u64| {
        journal_with(RegisterNo(register), place + 1, |seq| {
            if seq == place {
                return Event::RainCheck(RainCheckStep::Redeemed { of, approval: None });
            }
            Event::Note { text: String::new() }
        })
    };
    let journals = [issued, redeemed(8, 1).1, redeemed(9, 2).1];
    let found = |store: &mut S| {
        let groups = store.exceptions(None).expect("read");
        let twice = groups.iter().filter(|group| group.code == "redeemed_twice");
        twice.map(|group| (group.journal.register.0, group.count)).collect::<Vec<_>>()
    };
    for place in order {
        let lines = &journals[place];
        put(store, piece(lines, 0, lines.len()));
        project_all(store);
    }
    assert_eq!(found(store), [(9, 1)], "{order:?}");
    let accounts = store.rain_checks(None).expect("read");
    assert_eq!((accounts.len(), accounts[0].uses.len()), (1, 2));
    assert_eq!(accounts[0].issued.check, check);
    assert_eq!(store.rain_checks(Some(StoreNo(7))).expect("read"), []);
    store.forget_projections().expect("emptied");
    assert_eq!(store.rain_checks(None).expect("read"), []);
    project_all(store);
    assert_eq!(found(store), [(9, 1)]);
    assert_eq!(store.rain_checks(None).expect("read"), accounts);
}

/// A pad given out at register 7; its slips keyed at 8 and 9, one of them at both, one at neither.
fn slips_that_are_missing_or_used_twice_are_found_in_every_order<S: Store>(
    store: &mut S,
    order: [usize; 3],
) {
    let person = PersonId::parse("31").expect("a person");
    let pad = PaperPad::new(101, 50, person).expect("a pad");
    let (_, issued) = journal_with(RegisterNo(7), 2, |_| {
        Event::PaperPad(PadStep::Issued { pad: pad.clone(), approval: None })
    });
    let spoiled = |register: u16, numbers: [u32; 2]| {
        journal_with(RegisterNo(register), 3, |seq| {
            let place = usize::try_from(seq - 1).expect("small");
            let (number, reason) = (numbers[place], "torn".to_owned());
            Event::PaperPad(PadStep::Spoiled { number, reason, approval: None })
        })
    };
    let journals = [issued, spoiled(8, [101, 104]).1, spoiled(9, [102, 101]).1];
    let found = |store: &mut S| {
        let groups = store.exceptions(None).expect("read");
        let of = groups.into_iter().filter(|group| group.code.starts_with("slip_"));
        of.map(|group| (group.code, group.cause, group.count)).collect::<Vec<_>>()
    };
    for place in order {
        let lines = &journals[place];
        put(store, piece(lines, 0, lines.len()));
        project_all(store);
    }
    let expected = [
        ("slip_twice".to_owned(), "101".to_owned(), 1),
        ("slip_missing".to_owned(), "101-150".to_owned(), 1),
    ];
    assert_eq!(found(store), expected, "{order:?}");
    store.forget_projections().expect("emptied");
    assert_eq!(found(store), []);
    project_all(store);
    assert_eq!(found(store), expected);
    // What only the store finds is as heavy as the rules say, like everything else.
    store.forget_projections().expect("emptied");
    let rules = Rulebook::read("version = 2\n[levels]\nslip_twice = \"info\"\n").expect("rules");
    project_by(store, &rules);
    let groups = store.exceptions(None).expect("read");
    let twice = groups.iter().find(|group| group.code == "slip_twice").expect("found");
    assert_eq!(twice.level, "info");
}

fn words_are_kept(store: &mut impl Store) {
    store.set_server_epoch("00ff").expect("kept");
    assert_eq!(store.server_epoch().expect("read"), "00ff");
    store.set_hold(Some("examination")).expect("kept");
    assert_eq!(store.hold().expect("read").as_deref(), Some("examination"));
    store.set_hold(None).expect("kept");
    assert_eq!(store.hold().expect("read"), None);
}

#[test]
fn embedded_sqlite_is_a_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut number = 0;
    run(|| {
        number += 1;
        let folder = folder.path().join(number.to_string());
        super::sqlite::SqliteStore::open(&folder).expect("opened")
    });
}
