//! What stands beside the journal and can be taken away.

use super::super::sample::day;
use super::*;

const HERE: Epoch = Epoch([1; 8]);
const ELSEWHERE: Epoch = Epoch([2; 8]);
const SOMEBODY: AccountTag = AccountTag([7; 32]);

fn database() -> Connection {
    let db = Connection::open_in_memory().expect("a database");
    db.execute_batch(include_str!("../../../schema/ledger/1.sql")).expect("a schema");
    db
}

fn check(mark: u8, number: &str, cents: i64) -> CheckRow {
    CheckRow {
        sealed: Some((Commitment([mark; 32]), vec![mark; 60])),
        account: Some(SOMEBODY),
        number: CheckNumber::parse(number).expect("a number"),
        amount: Money::from_minor(cents),
    }
}

/// Three checks: two of one sale, one of the next day.
fn three() -> Connection {
    let db = database();
    let first = [check(1, "1041", 700), check(2, "0088", 900)];
    write(&db, HERE, Seq(4), day(22), SaleNo(2), &first).expect("written");
    write(&db, HERE, Seq(9), day(23), SaleNo(5), &[check(3, "1042", 100)]).expect("written");
    db
}

fn marks(rows: &[SealedRow]) -> Vec<u8> {
    rows.iter().map(|row| row.commitment.0[0]).collect()
}

fn left(db: &Connection) -> Vec<u8> {
    marks(&not_held(db, HERE, "none", 9).expect("read"))
}

fn hold(db: &Connection, central: &str, of: &[u8]) {
    let of: Vec<_> = of.iter().map(|mark| Commitment([*mark; 32])).collect();
    mark_held(db, central, &of).expect("noted");
}

#[test]
fn what_was_sealed_waits_until_this_very_central_holds_it() {
    let db = three();
    let all = not_held(&db, HERE, "c-1", 9).expect("read");
    assert_eq!(marks(&all), [1, 2, 3]);
    assert_eq!((all[0].epoch, all[0].seq, all[0].bytes.as_slice()), (HERE, Seq(4), &[1; 60][..]));
    assert_eq!(not_held(&db, HERE, "c-1", 2).expect("read").len(), 2);
    assert_eq!(not_held(&db, ELSEWHERE, "c-1", 9).expect("read"), []);
    hold(&db, "c-1", &[1, 3]);
    assert_eq!(marks(&not_held(&db, HERE, "c-1", 9).expect("read")), [2]);
    assert_eq!(marks(&not_held(&db, HERE, "c-2", 9).expect("read")), [1, 2, 3]);
}

#[test]
fn sealed_rows_from_a_place_on_come_with_their_day() {
    let db = three();
    let from = |seq| from_seq(&db, HERE, Seq(seq)).expect("read");
    assert_eq!(from(0).len(), 3);
    let later = from(5);
    assert_eq!(later.len(), 1);
    assert_eq!((later[0].0, later[0].1.seq, later[0].1.commitment.0), (day(23), Seq(9), [3; 32]));
    assert_eq!(later[0].1.bytes, [3; 60]);
    assert_eq!(from_seq(&db, ELSEWHERE, Seq(0)).expect("read"), []);
}

#[test]
fn only_what_central_holds_of_earlier_days_is_erased_and_beside_which_records_is_said() {
    let db = three();
    let due = |before| held_before(&db, day(before), 10).expect("read");
    assert_eq!(due(24), [], "central holds nothing yet");
    hold(&db, "c-1", &[1, 2, 3]);
    assert_eq!(due(22), [], "not before their day is over");
    let held = due(23);
    assert_eq!(held, [RecordRef { epoch: HERE, seq: Seq(4) }], "both checks of one sale");
    assert_eq!(held_before(&db, day(24), 1).expect("read"), held, "so many at a time");
    erase_held(&db, &held).expect("erased");
    assert_eq!(left(&db), [3]);
    erase_held(&db, &held).expect("nothing is there any more");
}

#[test]
fn what_central_does_not_hold_stays_whatever_a_record_says() {
    let db = three();
    hold(&db, "c-1", &[1]);
    let all = [(HERE, 2), (HERE, 4), (HERE, 9), (ELSEWHERE, 4)];
    let all = all.map(|(epoch, seq)| RecordRef { epoch, seq: Seq(seq) });
    erase_held(&db, &all).expect("erased");
    assert_eq!(left(&db), [2, 3]);
}

#[test]
fn one_check_is_erased_by_its_commitment() {
    let db = three();
    assert!(erase(&db, &Commitment([2; 32])).expect("erased"));
    assert!(!erase(&db, &Commitment([2; 32])).expect("read"), "it is gone");
    assert_eq!(left(&db), [1, 3]);
}

#[test]
fn a_voided_sales_checks_are_gone_and_count_no_more() {
    let db = three();
    take_back(&db, None).expect("nothing is voided");
    assert_eq!(left(&db), [1, 2, 3]);
    let link = |seq, number| SaleLink {
        kind: crate::domain::sale::LinkKind::Void,
        epoch: HERE,
        seq: Seq(seq),
        number: SaleNo(number),
        reason: crate::domain::sale::Reason::Other,
        paper: None,
    };
    take_back(&db, Some(&link(4, 2))).expect("taken back");
    assert_eq!(left(&db), [3]);
    let seen = exposure(&db, Some(SOMEBODY), day(22)).expect("read");
    assert_eq!(seen.account, Taken::default());
    let next_day = exposure(&db, Some(SOMEBODY), day(23)).expect("read");
    assert_eq!(next_day.account, Taken { count: 1, sum: Money::from_minor(100) });
}

#[test]
fn an_accounts_checks_add_up_by_day_and_a_check_that_comes_twice_is_known() {
    let db = three();
    let of = |account, of_month| exposure(&db, account, day(of_month)).expect("read").account;
    assert_eq!(of(Some(SOMEBODY), 22), Taken { count: 2, sum: Money::from_minor(1_600) });
    assert_eq!(of(Some(AccountTag([8; 32])), 22), Taken::default());
    assert_eq!(of(None, 22), Taken::default());
    let paid = |account, number: &str| {
        let number = CheckNumber::parse(number).expect("a number");
        taken_with(&db, account, &number).expect("read")
    };
    assert_eq!(paid(SOMEBODY, "1041"), Some(SaleNo(2)));
    assert_eq!(paid(SOMEBODY, "88"), Some(SaleNo(2)), "zeros in front do not make another check");
    assert_eq!(paid(SOMEBODY, "1042"), Some(SaleNo(5)));
    assert_eq!(paid(SOMEBODY, "1043"), None);
    assert_eq!(paid(AccountTag([8; 32]), "1041"), None);
    forget_accounts(&db).expect("forgotten");
    assert_eq!(exposure(&db, Some(SOMEBODY), day(22)).expect("read").account, Taken::default());
}

#[test]
fn what_the_store_took_by_check_is_read_from_its_sales() {
    let db = database();
    db.execute_batch(
        "INSERT INTO shift VALUES (1, 1, NULL, 'c317', '2026-11-22', 0, 0, 0, 0, 0, 0, 0, 0); \
         INSERT INTO shift VALUES (2, 9, NULL, 'c317', '2026-11-23', 0, 0, 0, 0, 0, 0, 0, 0); \
         INSERT INTO sale VALUES (2, 1, 1, 700, 0, 0, 0, 700); \
         INSERT INTO sale VALUES (3, 2, 1, 900, 0, 0, 900, 0); \
         INSERT INTO sale VALUES (4, 3, 1, -200, 0, 0, 0, -200); \
         INSERT INTO sale VALUES (10, 4, 2, 100, 0, 0, 0, 100);",
    )
    .expect("rows");
    let store = |of_month| exposure(&db, None, day(of_month)).expect("read").store;
    assert_eq!(store(22), Taken { count: 1, sum: Money::from_minor(500) });
    assert_eq!(store(23), Taken { count: 1, sum: Money::from_minor(100) });
    assert_eq!(store(24), Taken::default());
}

#[test]
fn every_row_is_carried_into_another_database_once() {
    let old = three();
    hold(&old, "c-1", &[2]);
    let carried = Carried::of(&old).expect("read");
    let new = database();
    for _ in 0..2 {
        carried.store(&new).expect("stored");
        assert_eq!(left(&new), [1, 2, 3]);
        assert_eq!(marks(&not_held(&new, HERE, "c-1", 9).expect("read")), [1, 3]);
        let seen = exposure(&new, Some(SOMEBODY), day(22)).expect("read");
        assert_eq!(seen.account.count, 2);
    }
    Carried::NOTHING.store(&database()).expect("stored");
}
