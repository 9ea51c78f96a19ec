//! One record after the other, also on a disk that is full.

use super::super::Reader;
use super::super::sample::{Till, Written, cash_sale, check_sale, day, entry, key, note, sell};
use super::*;
use crate::domain::erasure::{ErasureRule, PiiErased};
use crate::domain::event::Event;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::Epoch;
use crate::domain::quantity::Quantity;

fn open(sales: u64) -> (Till, Ledger) {
    let till = Till::new();
    let (mut ledger, _) = till.open();
    sell(&mut ledger, sales);
    (till, ledger)
}

fn full() -> LedgerError {
    LedgerError::DiskFull { path: PathBuf::from("/data"), source: None }
}

fn is_full(result: &Result<(), LedgerError>) -> bool {
    matches!(result, Err(LedgerError::DiskFull { .. }))
}

#[test]
fn a_ledger_says_where_it_is_and_whose() {
    let (till, mut ledger) = open(1);
    let said = format!("{ledger:?}");
    assert!(said.starts_with("Ledger(store 1042 register 7 journal ") && said.ends_with("next 3)"));
    assert_eq!((ledger.place(), ledger.public_key()), (&till.place, key(5).public()));
    assert!(ledger.signs());
    let key = ledger.public_key();
    let receipt = ledger.sign_receipt(b"a receipt").expect("signed");
    assert!(key.verifies(Domain::Receipt, b"a receipt", &receipt));
    let slip = ledger.sign_rain_check(b"a slip").expect("signed");
    assert!(key.verifies(Domain::RainCheck, b"a slip", &slip));
    ledger.key = None;
    assert!(!ledger.signs());
    assert_eq!(ledger.sign_receipt(b"a receipt"), None);
    assert_eq!(ledger.sign_rain_check(b"a slip"), None);
    let why = ledger.failed("counting", rusqlite::Error::InvalidQuery).to_string();
    assert!(why.contains("failed while counting"), "{why}");
}

#[test]
fn a_record_is_given_back_as_it_was_written_and_found_by_place_and_number() {
    let (_till, mut ledger) = open(2);
    let before = ledger.chain();
    let committed = ledger.append(&entry(note("a note"))).expect("recorded");
    assert_eq!((committed.seq, committed.hash), (Seq(4), ledger.chain().head));
    assert_eq!(committed.line.hash(), committed.hash);
    assert!(committed.second_copy);
    let header = Envelope::read(committed.line.bytes()).expect("a record").header;
    assert_eq!(header.prev, before.head);
    assert_eq!(ledger.line_at(Seq(4)).expect("read"), Some(committed.line));
    assert_eq!(ledger.line_at(Seq(5)).expect("read"), None);
    let (seq, line) = ledger.sale_line(SaleNo(2)).expect("read").expect("a sale");
    assert_eq!((seq, line.hash()), (Seq(3), before.head));
    assert_eq!(ledger.sale_line(SaleNo(3)).expect("read"), None);
}

#[test]
fn what_is_pending_and_taken_from_the_shelf_is_added_up_from_a_place_on() {
    let (till, ledger) = open(3);
    let pending =
        |records, sales, cents| Pending { records, sales, money: Money::from_minor(cents) };
    assert_eq!(ledger.pending_from(Seq(0)).expect("read"), pending(5, 3, 300));
    assert_eq!(ledger.pending_from(Seq(4)).expect("read"), pending(1, 1, 100));
    assert_eq!(ledger.pending_from(Seq(9)).expect("read"), pending(0, 0, 0));
    assert_eq!(ledger.sales_of_shift(ShiftNo(1)).expect("read"), pending(3, 3, 300));
    assert_eq!(ledger.sales_of_shift(ShiftNo(2)).expect("read"), pending(0, 0, 0));
    let bananas = ItemCode::parse("4011").expect("a code");
    let taken = |from| ledger.stock_deltas(Seq(from)).expect("read").get(&bananas).copied();
    assert_eq!(taken(0), Some(Quantity::pieces(-3).expect("fits")));
    assert_eq!(taken(4), Some(Quantity::pieces(-1).expect("fits")));
    assert_eq!(taken(5), None);
    let reader = Reader::open(&till.place).expect("a reader");
    assert_eq!(reader.pending_from(Seq(4)).expect("read"), pending(1, 1, 100));
}

#[test]
fn a_record_is_as_long_as_it_may_be_and_no_longer() {
    let (_till, mut ledger) = open(0);
    let with = |ledger: &Ledger, len| {
        let mut sale = cash_sale(1, 100);
        sale.lines[0].name = "x".repeat(len);
        let entry = entry(Event::of_sale(sale));
        let (line, _) = ledger.chain.next(&entry, ledger.key.as_ref()).expect("sums fit");
        (entry, line.bytes().len())
    };
    let room = LINE_LEN_MAX - with(&ledger, 0).1;
    let (long, len) = with(&ledger, room + 1);
    assert_eq!(len, LINE_LEN_MAX + 1);
    let why = ledger.append(&long).expect_err("refused");
    assert!(matches!(why, LedgerError::TooLong(said) if said == len), "{why:?}");
    ledger.append(&with(&ledger, room).0).expect("it just fits");
    ledger.append(&entry(note("and on"))).expect("nothing is wrong");
}

#[test]
fn a_number_is_given_to_one_sale() {
    let (_till, mut ledger) = open(2);
    for number in [1, 2] {
        let again = Event::of_sale(check_sale(number, 700, "1041"));
        let why = ledger.append(&entry(again)).expect_err("refused");
        assert!(matches!(why, LedgerError::AlreadyRecorded(SaleNo(said)) if said == number));
    }
    ledger.append(&entry(Event::of_sale(check_sale(3, 700, "1041")))).expect("recorded");
}

#[test]
fn what_is_sealed_stands_beside_its_record_and_goes_with_a_void() {
    let (till, mut ledger) = open(0);
    let commitment = |mark| crate::domain::check::Commitment([mark; 32]);
    let row = CheckRow {
        sealed: Some((commitment(0xa1), vec![0xa1; 60])),
        account: Some(super::sealed::AccountTag([7; 32])),
        number: crate::domain::tender::CheckNumber::parse("1041").expect("a number"),
        amount: Money::from_minor(700),
    };
    let sale = Event::of_sale(check_sale(1, 700, "1041"));
    let committed = ledger.append_with(&entry(sale), std::slice::from_ref(&row)).expect("recorded");
    let beside = (commitment(0xb2), vec![0xb2; 60]);
    ledger.append_sealing(&entry(note("sealed")), Some(&beside)).expect("recorded");
    ledger.append_sealing(&entry(note("nothing sealed")), None).expect("recorded");
    let reader = Reader::open(&till.place).expect("a reader");
    let epoch = ledger.chain().journal.epoch;
    let held = || {
        let rows = reader.sealed_not_held(epoch, "c-1", 9).expect("read");
        rows.into_iter().map(|row| (row.seq.0, row.commitment.0[0])).collect::<Vec<_>>()
    };
    assert_eq!(held(), [(2, 0xa1), (3, 0xb2)]);
    let from: Vec<_> = reader.sealed_from(epoch, Seq(3)).expect("read");
    assert_eq!((from.len(), from[0].0), (1, day(22)));
    let tag = super::sealed::AccountTag([7; 32]);
    let seen = || reader.account_seen(tag, &row.number, day(22)).expect("read");
    assert_eq!((seen().0.count, seen().1), (1, Some(SaleNo(1))));
    assert_eq!(ledger.check_exposure(Some(tag), day(22)).expect("read").account.count, 1);
    assert_eq!(ledger.check_taken_with(tag, &row.number).expect("read"), Some(SaleNo(1)));

    let mut void = check_sale(2, 700, "1041");
    void.total = Money::from_minor(-700);
    void.terms.link = Some(crate::domain::sale::SaleLink {
        kind: crate::domain::sale::LinkKind::Void,
        epoch,
        seq: committed.seq,
        number: SaleNo(1),
        reason: crate::domain::sale::Reason::Mistake,
        paper: None,
    });
    ledger.append(&entry(Event::of_sale(void))).expect("recorded");
    assert_eq!(held(), [(3, 0xb2)]);
    assert_eq!(seen(), (crate::domain::check::limits::Taken::default(), None));
    let again = CheckRow { sealed: None, ..row };
    let sale = Event::of_sale(check_sale(3, 700, "1042"));
    ledger.append_with(&entry(sale), &[again]).expect("recorded");
    let counted =
        |ledger: &Ledger| ledger.check_exposure(Some(tag), day(22)).expect("read").account.count;
    assert_eq!(counted(&ledger), 1);
    ledger.forget_accounts().expect("forgotten");
    assert_eq!(counted(&ledger), 0);
}

#[test]
fn sealed_data_is_erased_from_file_and_log_when_central_holds_it_and_its_day_is_over() {
    let (till, mut ledger) = open(1);
    let beside = |mark: u8| (crate::domain::check::Commitment([mark; 32]), vec![mark; 60]);
    for mark in [0xa1, 0xa2, 0xa3] {
        ledger.append_sealing(&entry(note("sealed")), Some(&beside(mark))).expect("recorded");
    }
    let log = till.place.dir.join("ledger.db-wal");
    let on_disk = |mark: u8| {
        [till.place.database(), log.clone()].iter().any(|path| {
            let bytes = std::fs::read(path).expect("a file");
            bytes.windows(60).any(|bytes| bytes == [mark; 60])
        })
    };
    let log_is_empty = || {
        let log = std::fs::read(&log).expect("a log");
        assert_eq!(log.len(), 1_048_576, "as long as ever");
        log.iter().all(|byte| *byte == 0)
    };
    assert_eq!(ledger.sealed_to_erase(day(23), 9).expect("read"), [], "central holds nothing");
    assert!(!ledger.erase_sealed(&beside(0xa9).0).expect("read"), "there is none");
    assert!(!log_is_empty(), "nothing was erased, so nothing is moved");
    ledger.sealed_held("c-1", &[beside(0xa1).0, beside(0xa2).0]).expect("noted");
    let of = ledger.sealed_to_erase(day(23), 9).expect("read");
    assert_eq!(of.len(), 2);
    let erased = PiiErased { rule: ErasureRule::Held, before: day(23), of };
    ledger.append(&entry(Event::PiiErased(erased))).expect("recorded");
    ledger.empty_log().expect("emptied");
    assert!(log_is_empty());
    assert_eq!([0xa1, 0xa2, 0xa3].map(on_disk), [false, false, true]);
    ledger.append(&entry(note("more"))).expect("recorded");
    assert!(ledger.erase_sealed(&beside(0xa3).0).expect("erased"));
    assert!(log_is_empty());
    assert!(!on_disk(0xa3));
}

#[test]
fn an_acknowledgement_is_kept_while_it_is_no_longer_than_it_may_be() {
    let (_till, mut ledger) = open(1);
    let ack = |len| AckRow {
        epoch: ledger.chain.journal.epoch,
        next_seq: Seq(2),
        prune_seq: Seq(1),
        server_epoch: "c-1".to_owned(),
        verbatim: vec![7; len],
        received_at: entry(note("")).at,
    };
    let (just, over, other) =
        (ack(ACK_LEN_MAX), ack(ACK_LEN_MAX + 1), AckRow { epoch: Epoch([9; 8]), ..ack(3) });
    assert_eq!(ledger.last_ack().expect("read"), None);
    assert!(matches!(ledger.store_ack(&over), Err(LedgerError::TooLong(65_537))));
    ledger.store_ack(&just).expect("kept");
    ledger.store_ack(&other).expect("kept");
    assert_eq!(ledger.last_ack().expect("read"), Some(just.clone()));
    let all = ack::read_all(&ledger.db.conn).expect("read");
    assert_eq!(all.len(), 2);
    assert!(all.contains(&just) && all.contains(&other));
    ledger.poisoned = true;
    assert!(matches!(ledger.store_ack(&just), Err(LedgerError::Poisoned)));
    assert!(matches!(ledger.append(&entry(note("no"))), Err(LedgerError::Poisoned)));
}

#[test]
fn records_are_moved_after_ten_when_it_is_quiet_and_after_a_hundred_when_not() {
    let (_till, mut ledger) = open(0);
    for (unmoved, quiet, moved) in
        [(9, true, false), (10, true, true), (99, false, false), (100, false, true)]
    {
        ledger.unmoved = unmoved;
        ledger.rest(quiet).expect("at rest");
        assert_eq!(ledger.unmoved == 0, moved, "{unmoved} {quiet}");
    }
    ledger.unmoved = 200;
    ledger.poisoned = true;
    ledger.rest(true).expect("at rest");
    assert_eq!(ledger.unmoved, 200, "a disk that failed is left alone");
    ledger.poisoned = false;
    let moved = ledger.checkpoint_wal().expect("moved");
    assert!(!moved.busy && moved.pages > 0 && moved.moved == moved.pages, "{moved:?}");
}

#[test]
fn tables_are_derived_again_from_the_records() {
    let (_till, mut ledger) = open(2);
    ledger.db.conn.execute_batch("UPDATE sale SET total = 9; DELETE FROM shift").expect("changed");
    ledger.rebuild().expect("derived");
    assert_eq!(ledger.pending_from(Seq(0)).expect("read").money, Money::from_minor(200));
    assert!(projection::agrees(&ledger.db.conn, &ledger.state).expect("read"));
}

#[test]
fn a_ledger_is_closed_with_its_log_emptied_unless_its_disk_failed() {
    for (poisoned, len) in [(false, 0), (true, 1_048_576)] {
        let (till, mut ledger) = open(2);
        let tape = till.tape();
        ledger.poisoned = poisoned;
        ledger.close().expect("closed");
        let log = std::fs::metadata(till.place.dir.join("ledger.db-wal")).expect("a log");
        assert_eq!(log.len(), len);
        let tape = std::fs::read(tape).expect("a tape");
        assert!(!tape.ends_with(b"\n\n"), "the space behind the last line is cut off");
    }
}

#[test]
fn where_tape_or_anchor_are_gone_it_goes_on_without_them() {
    let (_till, mut ledger) = open(1);
    ledger.tape = None;
    ledger.anchor = None;
    assert!(!ledger.append(&entry(note("one copy"))).expect("recorded").second_copy);
    ledger.close().expect("closed");
}

#[test]
fn the_anchor_names_each_record() {
    let (till, mut ledger) = open(1);
    let path = super::super::anchor::path(&till.place.anchor_dir, super::super::sample::WHO);
    for place in [4, 5] {
        ledger.append(&entry(note("another"))).expect("recorded");
        let (_, mark) = super::super::anchor::read(&path).expect("read").expect("a mark");
        assert_eq!((mark.next_seq, mark.head), (Seq(place), ledger.chain().head));
    }
}

/// The disk was full while a record was written: it is on it, or not, or something else is.
#[test]
fn on_the_ballast_a_record_is_written_once() {
    let wanted = entry(note("in hand"));
    let finish = |ledger: &mut Ledger, give_up: bool| {
        let (line, _) = ledger.chain.next(&wanted, ledger.key.as_ref()).expect("sums fit");
        let state = ledger.state.clone();
        let whole = Whole { line: &line, entry: &wanted, state: &state, checks: &[], sealed: None };
        if !give_up {
            ballast::give_up(&ledger.place.dir);
        }
        let result = ledger.finish_on_ballast(&whole, full());
        let last = ledger.db.last_line().expect("read");
        (result, last.is_some_and(|(_, last)| last == line.bytes()))
    };
    let (_till, mut ledger) = open(1);
    let (result, there) = finish(&mut ledger, false);
    assert!(is_full(&result) && !there, "without a ballast nothing more is tried");

    let (till, mut ledger) = open(1);
    let (result, there) = finish(&mut ledger, true);
    assert!(result.is_ok() && there, "it had not landed, and is written");
    assert!(!till.place.dir.join("ballast").exists());
    ballast::lay(&till.place.dir);
    let (result, there) = finish(&mut ledger, true);
    assert!(result.is_ok() && there, "it had landed, and is not written again");

    let (_till, mut ledger) = open(1);
    let other = entry(note("another"));
    let (line, _) = ledger.chain.next(&other, ledger.key.as_ref()).expect("sums fit");
    let state = ledger.state.clone();
    let whole = Whole { line: &line, entry: &other, state: &state, checks: &[], sealed: None };
    ledger.commit(&whole).expect("another record took its place");
    let (result, there) = finish(&mut ledger, true);
    assert!(is_full(&result) && !there);

    let (_till, mut ledger) = open(1);
    ledger.chain.head = Hash([9; 32]);
    let (result, there) = finish(&mut ledger, true);
    assert!(is_full(&result) && !there, "the record before is another one");

    let (_till, mut ledger) = open(1);
    ledger.chain.next_seq = ledger.chain.next_seq.next();
    let (result, there) = finish(&mut ledger, true);
    assert!(is_full(&result) && !there, "the record before is missing");
}

#[test]
fn on_the_ballast_a_first_record_is_written_into_an_empty_ledger_alone() {
    for (next, written) in [(Seq(0), true), (Seq(1), false)] {
        let (till, mut ledger) = open(0);
        let empty = till.place.dir.join("empty.db");
        ledger.db = Db::create(&empty).expect("created");
        ledger.chain = Chain { next_seq: next, ..Chain::empty(ledger.chain.journal) };
        let first = Written::begun(3);
        let event = Envelope::read(&first.lines[0]).expect("a record").event().expect("one");
        let entry = entry(event);
        let (line, _) = ledger.chain.next(&entry, ledger.key.as_ref()).expect("sums fit");
        let state = State::default();
        let whole = Whole { line: &line, entry: &entry, state: &state, checks: &[], sealed: None };
        let result = ledger.finish_on_ballast(&whole, full());
        assert_eq!(result.is_ok(), written, "{next}");
        assert!(written || is_full(&result));
        assert_eq!(ledger.db.last_line().expect("read").is_some(), written);
    }
}
