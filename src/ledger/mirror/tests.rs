//! Other registers' records: whose are believed, where each goes, what is read and erased.

use super::super::sample::{WHO, Written, cash_sale, check_sale, day, key, note};
use super::*;
use crate::domain::check::Commitment;
use crate::domain::ids::{Epoch, RecordRef, RegisterNo, SaleNo};
use crate::domain::paper_slip::PaperSlip;
use crate::domain::rain_check::{Honored, RainCheckRef};
use crate::domain::sale::{CompletedSale, LinkKind, Reason, SaleLink};
use crate::journal::chain::Chain;
use crate::ledger::{MirrorReader, MirroredSeal};

fn begun() -> (tempfile::TempDir, Mirror) {
    let folder = tempfile::tempdir().expect("a folder");
    let mirror = again(&folder);
    (folder, mirror)
}

fn again(folder: &tempfile::TempDir) -> Mirror {
    Mirror::open(folder.path(), WHO.store).expect("a mirror")
}

fn reader(folder: &tempfile::TempDir) -> MirrorReader {
    Mirror::open_to_read(folder.path(), WHO.store).expect("a mirror")
}

fn take(mirror: &mut Mirror, lines: &[&[u8]]) -> Result<Kept, NotMirrored> {
    mirror.take(lines, &Vouched::Itself, None)
}

fn kept(mirror: &mut Mirror, lines: &[&[u8]]) -> Kept {
    take(mirror, lines).expect("taken")
}

/// Why lines were not believed; nothing may have changed.
fn refused(mirror: &mut Mirror, lines: &[&[u8]], vouched: &Vouched) -> String {
    let before = mirror.branches().to_vec();
    let why = mirror.take(lines, vouched, None).expect_err("refused").to_string();
    assert_eq!(mirror.branches(), before);
    why
}

fn held(mirror: &Mirror, branch: usize) -> Vec<Vec<u8>> {
    let branch = &mirror.branches()[branch];
    let lines = mirror.lines(branch, Seq(0), 9_999, usize::MAX).expect("read");
    lines.into_iter().map(crate::journal::record::Line::into_bytes).collect()
}

fn seal(mark: u8, epoch: Epoch, seq: u64, of_month: u8) -> MirroredSeal {
    let (commitment, day) = (Commitment([mark; 32]), day(of_month));
    MirroredSeal { commitment, epoch, seq: Seq(seq), day, message: vec![mark; 40] }
}

#[test]
fn a_journal_is_held_byte_for_byte_also_by_the_next_program() {
    let written = Written::sold(3, 4);
    let (folder, mut mirror) = begun();
    assert_eq!(mirror.branches(), []);
    let lines = written.slices();
    let certified = mirror.take(&lines[..2], &Vouched::Itself, Some("a certificate"));
    assert_eq!(certified.expect("taken"), Kept::Held);
    assert_eq!(kept(&mut mirror, &lines[1..]), Kept::Held, "one comes again, four are new");
    let branch = mirror.branches()[0].clone();
    assert_eq!((branch.journal, branch.number), (written.chain.journal, 1));
    assert_eq!((branch.next_seq, branch.head), (written.chain.next_seq, written.chain.head));
    assert_eq!(branch.key, written.key.public());
    assert_eq!(branch.certificate.as_deref(), Some("a certificate"));
    assert_eq!(held(&mirror, 0), written.lines);
    assert!(format!("{mirror:?}").contains("1 journals"), "{mirror:?}");
    drop(mirror);
    let mirror = again(&folder);
    assert_eq!(mirror.branches(), std::slice::from_ref(&branch));
    let hash = |seq| mirror.hash_at(&branch, Seq(seq)).expect("read");
    assert_eq!(hash(5), Some(written.chain.head));
    assert_eq!(hash(2), Some(Hash::of_line(lines[2])));
    assert_eq!(hash(6), None);
    let reader = reader(&folder);
    assert_eq!(reader.branches().expect("read"), [branch]);
    assert!(format!("{reader:?}").starts_with("MirrorReader("));
}

#[test]
fn lines_come_from_a_place_on_and_no_more_than_is_asked_for() {
    let written = Written::sold(3, 4);
    let (folder, mut mirror) = begun();
    kept(&mut mirror, &written.slices());
    let branch = mirror.branches()[0].clone();
    let reader = reader(&folder);
    let all = reader.branches().expect("read");
    let first = written.lines[1].len();
    for (from, records, bytes, wanted) in [
        (0, 99, usize::MAX, 0..6),
        (1, 2, usize::MAX, 1..3),
        (1, 0, usize::MAX, 1..1),
        (1, 99, first, 1..2),
        (1, 99, first + written.lines[2].len(), 1..3),
        (1, 99, first + written.lines[2].len() - 1, 1..2),
        (1, 99, 1, 1..2),
        (6, 99, usize::MAX, 6..6),
    ] {
        let wanted = &written.lines[wanted];
        let bare = |lines: Vec<crate::journal::record::Line>| -> Vec<Vec<u8>> {
            lines.into_iter().map(crate::journal::record::Line::into_bytes).collect()
        };
        let lines = mirror.lines(&branch, Seq(from), records, bytes).expect("read");
        assert_eq!(bare(lines), wanted, "{from} {records} {bytes}");
        let lines = reader.lines(&all, &branch, Seq(from), records, bytes).expect("read");
        assert_eq!(bare(lines), wanted, "{from} {records} {bytes}");
    }
}

#[test]
fn records_before_it_that_are_missing_are_said_to_be() {
    let written = Written::sold(3, 4);
    let (_folder, mut mirror) = begun();
    assert_eq!(kept(&mut mirror, &[&written.lines[1]]), Kept::Gap, "nothing is held yet");
    kept(&mut mirror, &written.slices()[..3]);
    assert_eq!(kept(&mut mirror, &written.slices()[4..]), Kept::Gap);
    assert_eq!(held(&mirror, 0), written.lines[..3]);
    // What comes before the gap is kept.
    let with_gap = [written.slices()[3], written.slices()[5]];
    assert_eq!(kept(&mut mirror, &with_gap), Kept::Gap);
    assert_eq!(held(&mirror, 0), written.lines[..4]);
    // The right place after another record.
    let stray = Chain { head: Hash([1; 32]), ..written.chain_at(4) };
    let entry = super::super::sample::entry(note("stray"));
    let (stray, _) = stray.next(&entry, Some(&written.key)).expect("sums fit");
    assert_eq!(kept(&mut mirror, &[stray.bytes()]), Kept::Gap);
    // The right record before it, and a place further on.
    let ahead = Chain { next_seq: Seq(9), ..written.chain_at(4) };
    let (ahead, _) = ahead.next(&entry, Some(&written.key)).expect("sums fit");
    assert_eq!(kept(&mut mirror, &[ahead.bytes()]), Kept::Gap);
    let other_first = Written::begun(3);
    assert_eq!(kept(&mut mirror, &other_first.slices()), Kept::Held, "the same first record");
    let another = Chain::empty(written.chain.journal);
    let (another, _) = another.next(&entry, Some(&written.key)).expect("sums fit");
    assert_eq!(kept(&mut mirror, &[another.bytes()]), Kept::Gap, "another first record");
    assert_eq!(mirror.branches().len(), 1);
}

#[test]
fn another_record_at_a_place_that_is_taken_goes_on_as_a_branch_of_its_own() {
    let mut one = Written::sold(3, 1);
    let mut other = Written::sold(3, 1);
    one.add(note("one"));
    one.add(note("one goes on"));
    other.add(note("other"));
    other.add(note("other goes on"));
    let (folder, mut mirror) = begun();
    kept(&mut mirror, &one.slices());
    assert_eq!(kept(&mut mirror, &other.slices()[..4]), Kept::Forked);
    assert_eq!(kept(&mut mirror, &other.slices()), Kept::Held, "it goes on, and is known");
    assert_eq!((held(&mirror, 0), held(&mirror, 1)), (one.lines.clone(), other.lines.clone()));
    let second = mirror.branches()[1].clone();
    assert_eq!((second.number, second.next_seq), (2, Seq(5)));
    assert_eq!(mirror.hash_at(&second, Seq(1)).expect("read"), Some(Hash::of_line(&one.lines[1])));
    assert_eq!(mirror.hash_at(&second, Seq(3)).expect("read"), Some(other.chain_at(4).head));
    // Both come again, whole, and both go on.
    assert_eq!(kept(&mut mirror, &one.slices()), Kept::Held);
    one.add(note("one more"));
    assert_eq!(kept(&mut mirror, &[&one.lines[5]]), Kept::Held);
    drop(mirror);
    let mirror = again(&folder);
    assert_eq!((held(&mirror, 0), held(&mirror, 1)), (one.lines.clone(), other.lines));
    // By its journal a reader asks for the first branch.
    let reader = reader(&folder);
    let line = reader.line_at(one.chain.journal, Seq(3)).expect("read").expect("a line");
    assert_eq!(line.hash(), one.chain_at(4).head);
}

#[test]
fn a_branch_of_a_branch_is_read_along_all_three() {
    let one = Written::sold(3, 3);
    let mut two = Written::sold(3, 1);
    two.add(note("two"));
    two.add(note("two goes on"));
    let mut three = Written::sold(3, 1);
    three.add(note("two"));
    three.add(note("three"));
    let (_folder, mut mirror) = begun();
    for written in [&one, &two, &three] {
        kept(&mut mirror, &written.slices());
    }
    for (place, written) in [one, two, three].into_iter().enumerate() {
        assert_eq!(held(&mirror, place), written.lines);
    }
}

#[test]
fn a_journal_has_eight_branches_and_a_mirror_512_journals() {
    let (_folder, mut mirror) = begun();
    let written = Written::begun(3);
    for branch in 1..=8 {
        let mut forked = Written::begun(3);
        forked.add(note(&format!("branch {branch}")));
        let as_said = if branch == 1 { Kept::Held } else { Kept::Forked };
        assert_eq!(kept(&mut mirror, &forked.slices()), as_said);
    }
    let (ninth, _) = written.next(note("branch 9"));
    assert!(matches!(take(&mut mirror, &[&ninth]), Err(NotMirrored::Full)));
    // Another journal is not held up by that; its branches are counted by themselves.
    let mut other = Written::begun(4);
    kept(&mut mirror, &other.slices());
    let (beside, _) = other.next(note("beside"));
    other.add(note("here"));
    kept(&mut mirror, &other.slices());
    assert_eq!(kept(&mut mirror, &[&beside]), Kept::Forked);
    assert_eq!(mirror.branches().len(), 10);
    for place in 10..512_u16 {
        let mut journal = written.chain.journal;
        journal.register = RegisterNo(place);
        // A register's number is not part of its journal's name.
        let first = Envelope::read(&written.lines[0]).expect("a record").event().expect("one");
        let entry = super::super::sample::entry(first);
        let (line, _) = Chain::empty(journal).next(&entry, Some(&written.key)).expect("sums fit");
        assert_eq!(kept(&mut mirror, &[line.bytes()]), Kept::Held);
    }
    let one_more = Written::begun(5);
    assert!(matches!(take(&mut mirror, &one_more.slices()), Err(NotMirrored::Full)));
    assert_eq!(mirror.branches().len(), 512);
}

#[test]
fn what_is_no_record_of_this_store_and_of_one_journal_is_not_believed() {
    let written = Written::sold(3, 2);
    let (_folder, mut mirror) = begun();
    kept(&mut mirror, &written.slices()[..3]);
    let itself = Vouched::Itself;
    let mut no = |lines: &[&[u8]]| refused(&mut mirror, lines, &itself);
    assert!(no(&[b"no record"]).contains("it is no record"));
    assert!(no(&[&[b'x'; LINE_LEN_MAX + 1]]).contains("longer than a record may be"));
    assert!(no(&[&[b'x'; LINE_LEN_MAX]]).contains("it is no record"));
    let other = Written::begun(4);
    let mixed = [written.slices()[3], other.slices()[0]];
    assert!(no(&mixed).contains("another journal than the line before"));
    let mut journal = written.chain.journal;
    journal.store = StoreNo(9);
    let event = Envelope::read(&written.lines[0]).expect("a record").event().expect("one");
    let entry = super::super::sample::entry(event);
    let (foreign, _) = Chain::empty(journal).next(&entry, Some(&written.key)).expect("sums fit");
    assert!(no(&[foreign.bytes()]).contains("another store's"));
    // One line that is not believed, and none of those before it is kept.
    let forged = written.chain_at(4);
    let entry = super::super::sample::entry(note("forged"));
    let (forged, _) = forged.next(&entry, Some(&key(9))).expect("sums fit");
    assert!(no(&[&written.lines[3], forged.bytes()]).contains("not its register's"));
    assert_eq!(mirror.branches()[0].next_seq, Seq(3));
}

#[test]
fn a_journal_that_another_brings_is_believed_by_its_registers_key_alone() {
    let written = Written::sold(3, 1);
    let (_folder, mut mirror) = begun();
    let by = |keys: &[u8]| Vouched::By(keys.iter().map(|seed| key(*seed).public()).collect());
    assert!(refused(&mut mirror, &written.slices(), &by(&[4])).contains("not known to be"));
    assert!(refused(&mut mirror, &written.slices(), &by(&[])).contains("not known to be"));
    let taken = mirror.take(&written.slices(), &by(&[4, 3]), None).expect("taken");
    assert_eq!(taken, Kept::Held);
    let entry = super::super::sample::entry(note("no key at hand"));
    let (unsigned, _) = written.chain.next(&entry, None).expect("sums fit");
    assert!(refused(&mut mirror, &[unsigned.bytes()], &by(&[3])).contains("not its register's"));
    assert_eq!(kept(&mut mirror, &[unsigned.bytes()]), Kept::Held, "it says so itself");
    // Without a signature nothing parts a journal, whoever says it.
    let (beside, _) = written.chain_at(2).next(&entry, None).expect("sums fit");
    assert!(refused(&mut mirror, &[beside.bytes()], &Vouched::Itself).contains("not its"));
}

#[test]
fn a_first_record_names_the_key_it_is_signed_by_and_the_journal_it_opens() {
    let written = Written::begun(3);
    let (_folder, mut mirror) = begun();
    let entry = super::super::sample::entry(note("no beginning"));
    let first = Chain::empty(written.chain.journal);
    let (no_open, _) = first.next(&entry, Some(&written.key)).expect("sums fit");
    let itself = Vouched::Itself;
    assert!(refused(&mut mirror, &[no_open.bytes()], &itself).contains("not its own"));
    let open = Envelope::read(&written.lines[0]).expect("a record").event().expect("one");
    let entry = super::super::sample::entry(open);
    let (by_another, _) = first.next(&entry, Some(&key(9))).expect("sums fit");
    assert!(refused(&mut mirror, &[by_another.bytes()], &itself).contains("not its own"));
    let mut journal = written.chain.journal;
    journal.epoch = Epoch([9; 8]);
    let (misnamed, _) = Chain::empty(journal).next(&entry, Some(&written.key)).expect("sums fit");
    assert!(refused(&mut mirror, &[misnamed.bytes()], &itself).contains("not its own"));
}

#[test]
fn a_record_is_found_by_the_number_of_its_sale_its_journal_and_its_epoch() {
    let written = Written::sold(3, 2);
    let other = Written::sold(4, 1);
    let (folder, mut mirror) = begun();
    kept(&mut mirror, &other.slices());
    kept(&mut mirror, &written.slices());
    let reader = reader(&folder);
    let journal = written.chain.journal;
    let found = reader.sales_numbered(WHO.register, SaleNo(2)).expect("read");
    let found: Vec<_> = found.into_iter().map(|(id, seq, line)| (id, seq, line.hash())).collect();
    assert_eq!(found, [(journal, Seq(3), written.chain.head)]);
    assert_eq!(reader.sales_numbered(WHO.register, SaleNo(1)).expect("read").len(), 2);
    assert_eq!(reader.sales_numbered(RegisterNo(8), SaleNo(1)).expect("read").len(), 0);
    let hash = |line: Option<crate::journal::record::Line>| line.map(|line| line.hash());
    let at = reader.line_at(journal, Seq(3)).expect("read");
    assert_eq!(hash(at), Some(written.chain.head));
    let by_epoch = reader.line_of_epoch(journal.epoch, Seq(3)).expect("read");
    assert_eq!(hash(by_epoch), Some(written.chain.head));
    assert_eq!(reader.line_of_epoch(Epoch([9; 8]), Seq(0)).expect("read"), None);
    let nobody = JournalId { epoch: Epoch([9; 8]), ..journal };
    assert_eq!(reader.line_at(nobody, Seq(0)).expect("read"), None);
    assert_eq!(reader.line_at(journal, Seq(4)).expect("read"), None);
}

/// Plain sales are read for the book while they are new, everything else for good.
#[test]
fn the_book_reads_lasting_records_and_recent_sales() {
    let link = SaleLink {
        kind: LinkKind::Return,
        epoch: Epoch([9; 8]),
        seq: Seq(4),
        number: SaleNo(1),
        reason: Reason::Other,
        paper: None,
    };
    let rain_check = Honored {
        place: 0,
        of: RainCheckRef {
            store: WHO.store,
            register: WHO.register,
            at_record: RecordRef { epoch: Epoch([9; 8]), seq: Seq(4) },
            number: 7_001,
            hash_start: None,
        },
    };
    let at = super::super::sample::entry(note("")).at;
    let slip = PaperSlip { number: 7, at, guessed: Vec::new() };
    let with = |number, change: &dyn Fn(&mut CompletedSale)| {
        let mut sale = cash_sale(number, 100);
        change(&mut sale);
        sale
    };
    let linked = with(2, &|sale| sale.terms.link = Some(link.clone()));
    let honoring = with(3, &|sale| sale.terms.rain_checks = vec![rain_check]);
    let from_paper = with(4, &|sale| sale.terms.paper_slip = Some(slip.clone()));
    assert!(!is_lasting(&Event::Sale(cash_sale(1, 100))));
    for sale in [linked, honoring, from_paper] {
        assert!(is_lasting(&Event::Sale(sale)));
    }
    assert!(is_lasting(&Event::Refund(cash_sale(1, 100))));
    assert!(is_lasting(&note("anything")));

    let mut written = Written::sold(3, 2);
    written.add(note("after them"));
    let (folder, mut mirror) = begun();
    kept(&mut mirror, &written.slices());
    let (beside, _) = written.next(note("beside"));
    written.add(note("the end"));
    kept(&mut mirror, &written.slices());
    assert_eq!(kept(&mut mirror, &[&beside]), Kept::Forked);
    let reader = reader(&folder);
    let read = |since| {
        let mut read = Vec::new();
        reader.for_book(since, &mut |origin, _| read.push(origin.at_record.seq.0)).expect("read");
        read
    };
    assert_eq!(read(at.utc_ms), [0, 1, 2, 3, 4, 5], "of the first branch");
    assert_eq!(read(at.utc_ms + 1), [0, 1, 4, 5]);
}

#[test]
fn sealed_rows_are_kept_once_and_erased_from_file_and_log_when_their_day_is_over() {
    let (folder, mut mirror) = begun();
    let (here, elsewhere) = (Epoch([1; 8]), Epoch([2; 8]));
    let rows = [seal(0xa1, here, 9, 22), seal(0xa2, here, 4, 23), seal(0xa3, elsewhere, 5, 22)];
    mirror.keep_sealed(&rows[..1]).expect("kept");
    mirror.keep_sealed(&rows).expect("kept");
    let in_order = [rows[1].clone(), rows[0].clone()];
    assert_eq!(mirror.sealed(here).expect("read"), in_order);
    assert_eq!(reader(&folder).sealed(here).expect("read"), in_order);
    assert_eq!(mirror.sealed(Epoch([3; 8])).expect("read"), []);
    let log = folder.path().join("mirror.db-wal");
    let len = || std::fs::metadata(&log).expect("a log").len();
    let before = len();
    assert!(before > 0);
    assert_eq!(mirror.erase_sealed_before(day(22)).expect("read"), 0);
    assert_eq!(len(), before, "nothing was erased, so nothing is moved");
    assert_eq!(mirror.erase_sealed_before(day(23)).expect("erased"), 2);
    assert_eq!(len(), 0, "the log that held them is emptied");
    let file = std::fs::read(folder.path().join("mirror.db")).expect("a file");
    let holds = |mark: u8| file.windows(40).any(|bytes| bytes == [mark; 40]);
    assert_eq!([0xa1, 0xa2, 0xa3].map(holds), [false, true, false]);
    assert_eq!(mirror.sealed(here).expect("read"), [rows[1].clone()]);
}

#[test]
fn a_voided_sales_check_is_gone_from_the_copies_too() {
    let mut written = Written::begun(3);
    written.add(Event::of_sale(check_sale(1, 700, "1041")));
    let epoch = written.chain.journal.epoch;
    let (_folder, mut mirror) = begun();
    kept(&mut mirror, &written.slices());
    mirror.keep_sealed(&[seal(1, epoch, 1, 22), seal(2, epoch, 2, 22)]).expect("kept");
    let (number, reason) = (SaleNo(1), Reason::Mistake);
    let kind = LinkKind::Void;
    let link = SaleLink { kind, epoch, seq: Seq(1), number, reason, paper: None };
    for (number, kind, left) in [(2, LinkKind::Return, 2), (3, LinkKind::Void, 1)] {
        let mut back = cash_sale(number, 700);
        back.terms.link = Some(SaleLink { kind, ..link.clone() });
        let line = written.add(Event::of_sale(back));
        kept(&mut mirror, &[&line]);
        assert_eq!(mirror.sealed(epoch).expect("read").len(), left, "{kind:?}");
    }
}

#[test]
fn the_log_is_moved_after_each_five_hundred_records() {
    let written = Written::sold(3, 499);
    let (folder, mut mirror) = begun();
    let file = folder.path().join("mirror.db");
    let len = || std::fs::metadata(&file).expect("a file").len();
    let empty = len();
    let lines = written.slices();
    kept(&mut mirror, &lines[..500]);
    assert_eq!(len(), empty, "not yet");
    kept(&mut mirror, &lines[500..]);
    assert!(len() > empty, "moved");
    assert_eq!(mirror.unmoved, 0, "and counted anew");
}

#[test]
fn a_mirror_that_is_damaged_is_set_aside_and_begun_again() {
    let (folder, mut mirror) = begun();
    kept(&mut mirror, &Written::begun(3).slices());
    drop(mirror);
    let path = path_in(folder.path());
    for suffix in ["-wal", "-shm"] {
        std::fs::remove_file(open::beside(&path, suffix)).ok();
    }
    std::fs::write(&path, [0x5a; 8_192]).expect("overwritten");
    assert_eq!(again(&folder).branches(), []);
    let aside = folder.path().join("set-aside/damaged/mirror.db");
    assert_eq!(std::fs::read(aside).expect("kept"), [0x5a; 8_192]);
}

#[test]
fn a_mirror_of_a_later_program_is_left_alone() {
    let (folder, mirror) = begun();
    mirror.conn.pragma_update(None, "user_version", 2).expect("a later format");
    drop(mirror);
    let why = Mirror::open(folder.path(), WHO.store).expect_err("refused");
    assert!(matches!(why, LedgerError::NewerVersion { found: 2, known: 1, .. }), "{why:?}");
    assert!(!folder.path().join("set-aside").exists());
}

#[test]
fn a_mirror_whose_file_was_replaced_takes_nothing_more() {
    let (folder, mut mirror) = begun();
    std::fs::remove_file(path_in(folder.path())).expect("deleted");
    std::fs::write(path_in(folder.path()), b"").expect("replaced");
    let why = take(&mut mirror, &Written::begun(3).slices()).expect_err("refused");
    assert!(matches!(why, NotMirrored::Ledger(LedgerError::FileReplaced { .. })), "{why:?}");
}

#[test]
fn where_there_is_no_mirror_there_is_nothing_to_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let why = Mirror::open_to_read(folder.path(), WHO.store).expect_err("nothing");
    assert!(matches!(why, LedgerError::Nothing { .. }), "{why:?}");
}

#[test]
fn a_mirror_is_full_when_it_holds_eight_million_pages() {
    assert!(!is_full(0));
    assert!(!is_full(8_388_608));
    assert!(is_full(8_388_609));
}
