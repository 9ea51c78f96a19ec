//! The walk over both sides, with every way in which they can differ.

use super::super::anchor::Mark;
use super::super::sample::{Written, cash_sale, note, shift_open};
use super::*;
use crate::domain::event::Event;
use crate::domain::ids::Epoch;
use crate::journal::record::Envelope;

/// Places and lines, as one side holds them.
type Rows = Vec<(u64, Vec<u8>)>;

struct Found {
    walked: Walked,
    /// What was handed on, in order.
    given: Rows,
}

fn rows(written: &Written) -> Rows {
    (0..).zip(written.lines.iter().cloned()).collect()
}

fn database(rows: &Rows) -> Connection {
    let conn = Connection::open_in_memory().expect("a database");
    conn.execute_batch("CREATE TABLE journal(seq INTEGER PRIMARY KEY, line BLOB)").expect("made");
    for (seq, line) in rows {
        let seq = i64::try_from(*seq).expect("fits");
        conn.execute("INSERT INTO journal(seq, line) VALUES (?1, ?2)", (seq, line)).expect("in");
    }
    conn
}

fn tape(lines: &[Vec<u8>]) -> (tempfile::TempDir, TapeLines) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tape");
    let bytes: Vec<u8> = lines.iter().flat_map(|line| [line, &b"\n"[..]].concat()).collect();
    std::fs::write(&path, bytes).expect("written");
    let lines = TapeLines::open(&path).expect("a tape");
    (folder, lines)
}

fn found(
    db: Option<&Rows>,
    on_tape: Option<&[Vec<u8>]>,
    wanted: Option<Epoch>,
    anchor: Option<Mark>,
) -> Found {
    let conn = db.map(database);
    let (_folder, tape) = on_tape.map(tape).unzip();
    let mut given = Rows::new();
    let asked = Asked { wanted, anchor, other: None };
    let walked = walk(conn.as_ref().map(DbLines::new), tape, asked, &mut |seq, line| {
        given.push((seq.0, line.to_vec()));
        Ok(())
    });
    Found { walked: walked.expect("walked"), given }
}

fn in_db(rows: &Rows) -> Found {
    found(Some(rows), None, None, None)
}

fn side(good: u64, end: u64, damaged: bool) -> Side {
    Side { good, end, damaged }
}

/// Another amount under the old signature.
fn changed(line: &[u8]) -> Vec<u8> {
    let mut line = line.to_vec();
    let digit = line.iter().rposition(u8::is_ascii_digit).expect("an amount");
    line[digit] = if line[digit] == b'9' { b'8' } else { line[digit] + 1 };
    assert!(Envelope::read(&line).expect("still a record").event().is_ok());
    line
}

/// The chain as if another journal's record, place or record before were the right one.
fn bent(written: &Written, bend: impl FnOnce(&mut Chain)) -> Vec<u8> {
    let mut chain = written.chain;
    bend(&mut chain);
    let entry = super::super::sample::entry(note("bent"));
    chain.next(&entry, Some(&written.key)).expect("sums fit").0.into_bytes()
}

#[test]
fn two_whole_sides_give_the_whole_journal_and_all_that_follows_from_it() {
    // More than are read at once.
    let mut written = Written::sold(3, 70);
    written.add(note("the last"));
    let last = written.chain;
    let Found { walked, given } = found(Some(&rows(&written)), Some(&written.lines), None, None);
    assert_eq!(walked.chain, Some(last));
    assert_eq!(walked.key, Some(written.key.public()));
    assert_eq!((walked.db, walked.tape), (side(73, 73, false), side(73, 73, false)));
    let bytes: usize = written.lines.iter().map(|line| line.len() + 1).sum();
    assert_eq!(walked.tape_end, u64::try_from(bytes).expect("fits"));
    assert_eq!((walked.fork, walked.hash_at_anchor), (None, None));
    assert_eq!(walked.state.sales, 70);
    assert_eq!(walked.book.next_of(last.journal.epoch), last.next_seq);
    assert_eq!(given, rows(&written));
}

#[test]
fn what_nobody_wrote_is_an_empty_journal() {
    let nothing = found(None, None, None, None).walked;
    assert_eq!((nothing.chain, nothing.key), (None, None));
    assert_eq!((nothing.db, nothing.tape), (side(0, 0, false), side(0, 0, false)));
    let written = Written::begun(3);
    let begun = Walked::empty(written.chain.journal, written.key.public());
    assert_eq!(begun.chain, Some(Chain::empty(written.chain.journal)));
    assert_eq!(begun.key, Some(written.key.public()));
}

#[test]
fn a_first_record_is_the_first_of_its_journal_and_of_the_one_that_is_wanted() {
    let written = Written::begun(3);
    let epoch = written.chain.journal.epoch;
    let wanted = |epoch| found(Some(&rows(&written)), None, Some(epoch), None).walked.chain;
    assert_eq!(wanted(epoch), Some(written.chain));
    assert_eq!(wanted(Epoch([9; 8])), None);
    let open = Envelope::read(&written.lines[0]).expect("a record").event().expect("an event");
    let first = |bend: &dyn Fn(&mut Chain), event: &Event| {
        let mut chain = Chain::empty(written.chain.journal);
        bend(&mut chain);
        let entry = super::super::sample::entry(event.clone());
        let line = chain.next(&entry, Some(&written.key)).expect("sums fit").0.into_bytes();
        let walked = in_db(&vec![(0, line)]).walked;
        (walked.chain.is_some(), walked.db.damaged)
    };
    assert_eq!(first(&|_| (), &open), (true, false));
    assert_eq!(first(&|chain| chain.next_seq = Seq(1), &open), (false, true), "says it is second");
    let before = |chain: &mut Chain| chain.head = Hash([1; 32]);
    assert_eq!(first(&before, &open), (false, true), "comes after another");
    assert_eq!(first(&|_| (), &note("no beginning")), (false, true));
    let foreign = |chain: &mut Chain| chain.journal.epoch = Epoch([9; 8]);
    assert_eq!(first(&foreign, &open), (false, true), "its name does not follow from its key");
}

#[test]
fn a_record_follows_the_one_before_in_journal_place_and_hash() {
    let written = Written::sold(3, 1);
    let other = Written::begun(4).chain.journal;
    for (what, line) in [
        ("another journal", bent(&written, |chain| chain.journal = other)),
        ("another place", bent(&written, |chain| chain.next_seq = chain.next_seq.next())),
        ("another record before", bent(&written, |chain| chain.head = Hash([1; 32]))),
    ] {
        let mut with = rows(&written);
        with.push((3, line.clone()));
        let Found { walked, given } = in_db(&with);
        assert_eq!(walked.chain, Some(written.chain), "{what}");
        assert_eq!((walked.db, given.len()), (side(3, 4, true), 3), "{what}");
        // Nor is it taken where the tape holds the right one, or it is the tape that holds it.
        let mut right = Written::sold(3, 1);
        right.add(note("right"));
        let walked = found(Some(&with), Some(&right.lines), None, None).walked;
        assert_eq!((walked.chain, walked.fork), (Some(right.chain), None), "{what}");
        assert_eq!((walked.db, walked.tape), (side(3, 4, true), side(4, 4, false)), "{what}");
        let lines = [written.lines.clone(), vec![line]].concat();
        let walked = found(None, Some(&lines), None, None).walked;
        assert_eq!(walked.chain, Some(written.chain), "{what}");
    }
}

/// No record after it proves the last one, so its signature is looked at.
#[test]
fn a_last_record_that_was_changed_is_taken_back_from_whichever_side_holds_it() {
    let mut written = Written::sold(3, 1);
    let before = written.chain;
    let state = in_db(&rows(&written)).walked.state;
    let tape_before = written.lines.clone();
    written.add(Event::of_sale(cash_sale(2, 700)));
    let mut lines = written.lines.clone();
    lines[3] = changed(&lines[3]);
    let rows: Rows = (0..).zip(lines.clone()).collect();

    let Found { walked, given } = found(Some(&rows), Some(&tape_before), None, None);
    assert_eq!((walked.chain, &walked.state), (Some(before), &state));
    assert_eq!((walked.db, walked.tape), (side(3, 4, true), side(3, 3, false)));
    assert_eq!(given.len(), 3);
    let walked = found(Some(&rows), Some(&lines), None, None).walked;
    assert_eq!(walked.chain, Some(before));
    assert_eq!((walked.db, walked.tape), (side(3, 4, true), side(3, 4, true)));
    // What the tape alone holds is not taken in the first place.
    let walked = found(None, Some(&lines), None, None).walked;
    assert_eq!((walked.chain, walked.tape), (Some(before), side(3, 4, true)));
    // In the middle the records after it prove that it was changed.
    let mut middle = Written::sold(3, 3).lines;
    middle[3] = changed(&middle[3]);
    let walked = in_db(&(0..).zip(middle).collect()).walked;
    assert_eq!((walked.chain, walked.db), (Some(before), side(3, 5, true)));
}

#[test]
fn a_first_record_that_was_changed_leaves_no_journal() {
    let mut line = Written::begun(3).lines.remove(0);
    let place = line.windows(4).position(|four| four == b"test").expect("the program's name");
    line[place] = b'r';
    let walked = in_db(&vec![(0, line)]).walked;
    assert_eq!((walked.chain, walked.db), (None, side(0, 1, true)));
}

#[test]
fn a_record_without_a_signature_has_its_place_in_the_chain() {
    let mut written = Written::sold(3, 1);
    let unsigned = written.chain.next(&super::super::sample::entry(note("no key")), None);
    let (line, chain) = unsigned.expect("sums fit");
    written.lines.push(line.into_bytes());
    for (db, tape) in [(true, false), (false, true), (true, true)] {
        let rows = rows(&written);
        let walked = found(db.then_some(&rows), tape.then_some(&written.lines), None, None).walked;
        assert_eq!(walked.chain, Some(chain));
    }
}

#[test]
fn of_two_different_records_the_signed_one_is_right_and_two_signed_ones_are_a_fork() {
    let mut one = Written::sold(3, 1);
    let mut other = Written::sold(3, 1);
    let (first, second) = (one.add(note("one")), other.add(note("other")));
    let after = |db: &[u8], tape: &[u8]| {
        let mut rows = rows(&one);
        rows[3].1 = db.to_vec();
        let mut lines = one.lines.clone();
        lines[3] = tape.to_vec();
        let walked = found(Some(&rows), Some(&lines), None, None).walked;
        (
            walked.chain.expect("a journal"),
            walked.fork.map(|other| other.at),
            walked.db,
            walked.tape,
        )
    };
    let damaged = side(3, 4, true);
    let whole = side(4, 4, false);
    assert_eq!(after(&first, &second), (one.chain, Some(Seq(3)), whole, damaged));
    assert_eq!(after(&changed(&first), &second), (other.chain, None, damaged, whole));
    assert_eq!(after(&first, &changed(&second)), (one.chain, None, whole, damaged));
    let none = after(&changed(&first), &changed(&second));
    assert_eq!(none, (one.chain_at(3), None, damaged, damaged));
}

#[test]
fn a_side_that_lacks_a_record_in_the_middle_is_damaged_also_where_the_other_has_it() {
    let written = Written::sold(3, 2);
    let mut lacking = rows(&written);
    lacking.remove(2);
    let walked = in_db(&lacking).walked;
    assert_eq!((walked.chain, walked.db), (Some(written.chain_at(2)), side(2, 4, true)));
    let walked = found(Some(&lacking), Some(&written.lines), None, None).walked;
    assert_eq!(walked.chain, Some(written.chain));
    assert_eq!((walked.db, walked.tape), (side(2, 4, true), side(4, 4, false)));
    let lines: Vec<_> = lacking.into_iter().map(|(_, line)| line).collect();
    let walked = found(Some(&rows(&written)), Some(&lines), None, None).walked;
    assert_eq!((walked.db, walked.tape), (side(4, 4, false), side(2, 4, true)));
}

#[test]
fn a_side_that_only_ends_early_is_short_and_not_damaged() {
    let written = Written::sold(3, 2);
    let short: Rows = rows(&written)[..2].to_vec();
    let walked = found(Some(&short), Some(&written.lines), None, None).walked;
    assert_eq!(walked.chain, Some(written.chain));
    assert_eq!((walked.db, walked.tape), (side(2, 2, false), side(4, 4, false)));
    let walked = found(Some(&rows(&written)), Some(&written.lines[..2]), None, None).walked;
    assert_eq!((walked.db, walked.tape), (side(4, 4, false), side(2, 2, false)));
}

#[test]
fn a_tape_with_a_line_twice_or_with_one_that_is_no_record_is_damaged() {
    let written = Written::sold(3, 1);
    for (extra, good) in [(written.lines[1].clone(), 3), (b"no record".to_vec(), 3)] {
        let mut lines = written.lines.clone();
        lines.insert(2, extra);
        let walked = found(None, Some(&lines), None, None).walked;
        assert_eq!((walked.chain, walked.tape), (Some(written.chain), side(good, 3, true)));
    }
}

#[test]
fn a_database_that_can_t_be_read_on_is_damaged() {
    let conn = Connection::open_in_memory().expect("a database");
    let walked = walk(Some(DbLines::new(&conn)), None, Asked::default(), &mut |_, _| Ok(()));
    assert_eq!(walked.expect("walked").db, side(0, 0, true));
}

#[test]
fn the_anchors_place_gives_its_hash_in_its_own_journal() {
    let written = Written::sold(3, 1);
    let hash = Hash::of_line(&written.lines[1]);
    let journal = written.chain.journal;
    let other = JournalId { epoch: Epoch([9; 8]), ..journal };
    for (journal, place, wanted) in
        [(journal, 2, Some(hash)), (journal, 9, None), (other, 2, None), (journal, 0, None)]
    {
        let mark = Mark { journal, next_seq: Seq(place), head: Hash::ZERO };
        let walked = found(Some(&rows(&written)), None, None, Some(mark)).walked;
        assert_eq!(walked.hash_at_anchor, wanted, "{journal} {place}");
    }
}

#[test]
fn a_journal_is_read_on_across_a_second_shift() {
    let mut written = Written::sold(3, 1);
    written.add(shift_open(2));
    let Found { walked, .. } = in_db(&rows(&written));
    assert_eq!(walked.state.last_shift, crate::domain::ids::ShiftNo(2));
}
