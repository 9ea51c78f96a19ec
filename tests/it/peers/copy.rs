//! The mirror takes what proves itself, keeps both branches of a fork, and nothing else.
#![expect(clippy::disallowed_methods, reason = "how long it really takes is what is asked")]

use tideover::domain::event::Event;
use tideover::domain::ids::{RegisterNo, SaleNo, Seq, StoreNo};
use tideover::domain::money::Money;
use tideover::domain::tender::Tender;
use tideover::ledger::{Kept, Mirror, NotMirrored, Vouched};

use crate::journal::sample::{Till, every_kind};

const STORE: StoreNo = StoreNo(1042);

fn note(till: &mut Till, text: &str) {
    till.record(Event::Note { text: text.to_owned() });
}

fn bytes(till: &Till) -> Vec<Vec<u8>> {
    till.bytes()
}

fn take(mirror: &mut Mirror, lines: &[Vec<u8>], vouched: &Vouched) -> Result<Kept, NotMirrored> {
    let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
    mirror.take(&lines, vouched, None)
}

#[test]
fn records_come_back_byte_for_byte_after_the_file_was_closed_and_a_repetition_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let till = every_kind();
    let lines = bytes(&till);
    let mut mirror = Mirror::open(folder.path(), STORE).expect("a mirror");
    assert_eq!(take(&mut mirror, &lines[..7], &Vouched::Itself).expect("taken"), Kept::Held);
    drop(mirror);
    let mut mirror = Mirror::open(folder.path(), STORE).expect("a mirror");
    assert_eq!(take(&mut mirror, &lines[3..], &Vouched::Itself).expect("taken"), Kept::Held);
    assert_eq!(take(&mut mirror, &lines, &Vouched::Itself).expect("taken"), Kept::Held);
    let branch = mirror.branches()[0].clone();
    assert_eq!((branch.next_seq, branch.head), (till.chain.next_seq, till.chain.head));
    let held = mirror.lines(&branch, Seq(0), 1_000, usize::MAX).expect("lines");
    assert_eq!(held, till.lines);
    let reader = Mirror::open_to_read(folder.path(), STORE).expect("a reader");
    assert_eq!(reader.sales_numbered(RegisterNo(7), SaleNo(1)).expect("read").len(), 1);
    assert!(reader.sales_numbered(RegisterNo(8), SaleNo(1)).expect("read").is_empty());
    let mut kinds = 0;
    reader
        .for_book(i64::MAX, &mut |_, event| {
            kinds += 1;
            let plain = matches!(&event, Event::Sale(sale) if sale.terms.link.is_none()
                && sale.terms.rain_checks.is_empty() && sale.terms.paper_slip.is_none());
            assert!(!plain, "a plain old sale");
        })
        .expect("read");
    assert!(kinds > 10, "{kinds}");
    // Records that have nothing before them wait with whoever brings them.
    let mut other = Till::open(8, 9);
    note(&mut other, "one");
    let gap = take(&mut mirror, &bytes(&other)[1..], &Vouched::Itself).expect("answered");
    assert_eq!(gap, Kept::Gap);
    assert_eq!(mirror.branches().len(), 1);
}

#[test]
fn behind_the_end_of_a_journal_whose_key_was_changed_nothing_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut mirror = Mirror::open(folder.path(), STORE).expect("a mirror");
    let mut till = every_kind();
    let end = till.lines.len();
    note(&mut till, "the old key signs on");
    let lines = bytes(&till);
    let refused = take(&mut mirror, &lines, &Vouched::Itself).expect_err("not believed");
    assert!(refused.to_string().contains("the register has another key"), "{refused}");
    assert_eq!(take(&mut mirror, &lines[..end], &Vouched::Itself).expect("taken"), Kept::Held);
    drop(mirror);
    let mut mirror = Mirror::open(folder.path(), STORE).expect("a mirror");
    assert!(take(&mut mirror, &lines[end..], &Vouched::Itself).is_err(), "after a restart, too");
    assert_eq!(mirror.branches()[0].next_seq.0, u64::try_from(end).expect("small"));
}

#[test]
fn what_was_altered_is_another_stores_or_not_vouched_for_is_not_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut mirror = Mirror::open(folder.path(), STORE).expect("a mirror");
    let mut till = Till::open(3, 21);
    for text in ["a", "b", "c"] {
        note(&mut till, text);
    }
    let lines = bytes(&till);
    let by_key = Vouched::By(vec![till.key.public()]);
    // A third one brings it, and the key is not known to be register 3's.
    assert!(take(&mut mirror, &lines, &Vouched::By(Vec::new())).is_err());
    let stranger = Till::open(3, 40);
    assert!(take(&mut mirror, &bytes(&stranger), &by_key).is_err());
    // Every byte of the second record, one after the other.
    for place in 0..lines[1].len() {
        let mut altered = lines.clone();
        altered[1][place] ^= 1;
        assert!(
            !matches!(take(&mut mirror, &altered[..2], &Vouched::Itself), Ok(Kept::Held)),
            "byte {place}"
        );
    }
    let held = mirror.branches().iter().map(|branch| branch.next_seq.0).max().unwrap_or(0);
    assert!(held <= 1, "the first record at most was kept: {held}");
    // Two journals in one delivery: the second is not vouched for by the first.
    let mixed = [lines.clone(), bytes(&Till::open(5, 30))].concat();
    assert!(take(&mut mirror, &mixed, &Vouched::Itself).is_err());
    // Another store's.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let mut of_other = Mirror::open(elsewhere.path(), StoreNo(7)).expect("a mirror");
    assert!(take(&mut of_other, &lines, &Vouched::Itself).is_err());
    // Unsigned records only from the register itself.
    till.record_unsigned(Event::Note { text: "no key".to_owned() });
    let lines = bytes(&till);
    assert_eq!(take(&mut mirror, &lines[..4], &by_key).expect("taken"), Kept::Held);
    assert!(take(&mut mirror, &lines[4..], &by_key).is_err());
    assert_eq!(take(&mut mirror, &lines[4..], &Vouched::Itself).expect("taken"), Kept::Held);
}

#[test]
fn a_fork_is_kept_on_both_branches_and_both_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut mirror = Mirror::open(folder.path(), STORE).expect("a mirror");
    let (mut first, mut second) = (Till::open(3, 21), Till::open(3, 21));
    for text in ["a", "b", "c"] {
        note(&mut first, text);
    }
    for text in ["a", "x", "y", "z"] {
        note(&mut second, text);
    }
    let by_key = Vouched::By(vec![first.key.public()]);
    assert_eq!(take(&mut mirror, &bytes(&first), &by_key).expect("taken"), Kept::Held);
    assert_eq!(take(&mut mirror, &bytes(&second), &by_key).expect("taken"), Kept::Forked);
    note(&mut first, "d");
    assert_eq!(take(&mut mirror, &bytes(&first)[4..], &by_key).expect("taken"), Kept::Held);
    drop(mirror);
    let mirror = Mirror::open(folder.path(), STORE).expect("a mirror");
    let branches = mirror.branches();
    assert_eq!(branches.len(), 2);
    for (branch, till) in branches.iter().zip([&first, &second]) {
        assert_eq!((branch.next_seq, branch.head), (till.chain.next_seq, till.chain.head));
        let held = mirror.lines(branch, Seq(0), 100, usize::MAX).expect("lines");
        assert_eq!(held, till.lines);
    }
}

#[test]
fn a_mirror_that_is_no_mirror_any_more_is_set_aside_and_begun_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut mirror = Mirror::open(folder.path(), STORE).expect("a mirror");
    let till = every_kind();
    take(&mut mirror, &bytes(&till), &Vouched::Itself).expect("taken");
    drop(mirror);
    let path = folder.path().join("mirror.db");
    for beside in ["mirror.db-wal", "mirror.db-shm"] {
        std::fs::remove_file(folder.path().join(beside)).expect("there");
    }
    std::fs::write(&path, vec![0x5a; 8_192]).expect("written");
    let mut mirror = Mirror::open(folder.path(), STORE).expect("begun again");
    assert!(mirror.branches().is_empty());
    take(&mut mirror, &bytes(&till), &Vouched::Itself).expect("taken");
    // Deleted while it is open: nothing is said to be held that is not.
    std::fs::remove_file(&path).expect("deleted");
    assert!(take(&mut mirror, &bytes(&till), &Vouched::Itself).is_err());
}

#[test]
fn a_start_reads_little_of_many_copies() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut till = Till::open(3, 21);
    for number in 0..3_000 {
        let cash = Tender::Cash { amount: Money::from_minor(5_000) };
        let sale = till.sale("0.65", Some(cash));
        till.record(Event::of_sale(sale));
        if number % 100 == 0 {
            note(&mut till, "once in a while");
        }
    }
    let lines = bytes(&till);
    let mut mirror = Mirror::open(folder.path(), STORE).expect("a mirror");
    let began = std::time::Instant::now();
    for lines in lines.chunks(250) {
        take(&mut mirror, lines, &Vouched::Itself).expect("taken");
    }
    println!("{} records taken in {:?}", lines.len(), began.elapsed());
    let reader = Mirror::open_to_read(folder.path(), STORE).expect("a reader");
    for (since_ms, expected) in [(i64::MAX, 31), (0, lines.len())] {
        let (began, mut read) = (std::time::Instant::now(), 0);
        reader.for_book(since_ms, &mut |_, _| read += 1).expect("read");
        println!("{read} of {} records read for the book in {:?}", lines.len(), began.elapsed());
        assert_eq!(read, expected);
    }
}
