//! Several carriers of one journal, joined.

use super::super::sample::{Written, entry, note};
use super::*;
use crate::domain::event::Follows;

/// Places and lines, as one carrier holds them.
type Rows = Vec<(u64, Vec<u8>)>;

fn rows(written: &Written) -> Rows {
    (0..).zip(written.lines.iter().cloned()).collect()
}

/// Some places of a journal.
fn some(written: &Written, places: &[u64]) -> Rows {
    rows(written).into_iter().filter(|(place, _)| places.contains(place)).collect()
}

fn carrier(word: Word, rows: &Rows) -> Carrier<'_> {
    let mut rows = rows.iter();
    let pull = move || rows.next().map(|(seq, line)| (Seq(*seq), line.clone()));
    Carrier { word, pull: Box::new(pull) }
}

fn joined_as(carriers: &[(Word, &Rows)], asked: Asked) -> (Joined, Rows) {
    let mut given = Rows::new();
    let carriers = carriers.iter().map(|(word, rows)| carrier(*word, rows)).collect();
    let joined = join(carriers, asked, &mut |seq, line| {
        given.push((seq.0, line.to_vec()));
        Ok(())
    });
    (joined.expect("joined"), given)
}

fn joined(carriers: &[(Word, &Rows)]) -> (Joined, Rows) {
    joined_as(carriers, Asked::default())
}

/// Puts an unsigned record at a journal's end.
fn add_unsigned(written: &mut Written, text: &str) {
    let (line, chain) = written.chain.next(&entry(note(text)), None).expect("sums fit");
    written.chain = chain;
    written.lines.push(line.into_bytes());
}

#[test]
fn a_journal_names_the_one_it_follows() {
    let epoch = Written::begun(4).chain.journal.epoch;
    let follows =
        Follows { epoch, next_seq: Seq(9), last_sale: None, reason: "a new key".to_owned() };
    let written = Written::following(3, Some(follows));
    assert_eq!(joined(&[(Word::Ledger, &rows(&written))]).0.follows, Some(epoch));
}

#[test]
fn carriers_that_each_lack_most_give_the_whole_journal_and_it_is_told_who_has_what() {
    let written = Written::sold(3, 6);
    let (db, tape) = (some(&written, &[0, 1]), some(&written, &[1, 2, 7]));
    let (peer, stick) = (some(&written, &[3, 4, 5]), some(&written, &[5, 6]));
    let all =
        [(Word::Ledger, &db), (Word::Known, &tape), (Word::Nobody, &peer), (Word::Nobody, &stick)];
    let (found, given) = joined(&all);
    assert_eq!(found.chain, Some(written.chain));
    assert!(given == rows(&written));
    let held: Vec<(u64, u64, Vec<usize>)> = found
        .held
        .iter()
        .map(|one| (one.from.0, one.until.0, (0..4).filter(|c| one.by.has(*c)).collect()))
        .collect();
    let who = |from, until, by: &[usize]| (from, until, by.to_vec());
    assert_eq!(
        held,
        [
            who(0, 1, &[0]),
            who(1, 2, &[0, 1]),
            who(2, 3, &[1]),
            who(3, 5, &[2]),
            who(5, 6, &[2, 3]),
            who(6, 7, &[3]),
            who(7, 8, &[1]),
        ]
    );
    assert_eq!(found.not_used, [0, 0, 0, 0]);
}

#[test]
fn what_lies_beyond_a_place_that_nobody_has_is_not_taken_and_is_known_of() {
    let written = Written::sold(3, 6);
    let (db, peer) = (some(&written, &[0, 1, 2]), some(&written, &[4, 5, 6]));
    let (found, given) = joined(&[(Word::Ledger, &db), (Word::Nobody, &peer)]);
    assert_eq!((found.chain, given.len()), (Some(written.chain_at(3)), 3));
    assert_eq!((found.sides[1].end, found.not_used[1]), (7, 3));
}

#[test]
fn a_changed_line_is_passed_over_where_another_carrier_has_the_right_one() {
    let written = Written::sold(3, 3);
    let mut changed = rows(&written);
    let digit = changed[3].1.iter().rposition(u8::is_ascii_digit).expect("an amount");
    changed[3].1[digit] ^= 1;
    for word in [Word::Ledger, Word::Known, Word::Nobody] {
        let (found, given) = joined(&[(word, &changed), (Word::Nobody, &some(&written, &[3]))]);
        assert_eq!((found.chain, given), (Some(written.chain), rows(&written)), "{word:?}");
        assert_eq!((found.not_used[0], found.others.len()), (1, 0), "{word:?}");
    }
    let (found, _) = joined(&[(Word::Nobody, &changed)]);
    assert_eq!(found.chain, Some(written.chain_at(3)), "and nowhere else does it count");
}

#[test]
fn an_unsigned_record_from_outside_counts_once_a_signed_one_follows_it() {
    let mut written = Written::sold(3, 1);
    let signed = written.chain;
    add_unsigned(&mut written, "no key");
    add_unsigned(&mut written, "still none");
    let unsigned = written.chain;
    let lines = rows(&written);
    let end = |carriers: &[(Word, &Rows)]| joined(carriers).0.chain;
    assert_eq!(end(&[(Word::Nobody, &lines)]), Some(signed));
    assert_eq!(end(&[(Word::Known, &lines)]), Some(unsigned));
    assert_eq!(
        end(&[(Word::Known, &some(&written, &[0, 1, 2])), (Word::Nobody, &lines)]),
        Some(signed),
        "nobody vouches for what only a stranger has"
    );
    let held = joined(&[(Word::Nobody, &lines)]).0.held;
    assert_eq!(held.last().map(|one| one.until), Some(Seq(3)));
    written.add(note("the key is back"));
    let lines = rows(&written);
    let (found, given) = joined(&[(Word::Nobody, &lines)]);
    assert_eq!((found.chain, given), (Some(written.chain), lines));
}

#[test]
fn of_two_unsigned_records_from_outside_neither_is_taken() {
    let (mut one, mut other) = (Written::sold(3, 1), Written::sold(3, 1));
    add_unsigned(&mut one, "one");
    add_unsigned(&mut other, "other");
    one.add(note("the key is back"));
    let (found, _) = joined(&[(Word::Nobody, &rows(&one)), (Word::Nobody, &rows(&other))]);
    assert_eq!(found.chain, Some(one.chain_at(3)));
    // Where it was written here, or a signed record is at its place, there is no doubt.
    let (found, _) = joined(&[(Word::Known, &rows(&one)), (Word::Nobody, &rows(&other))]);
    assert_eq!((found.chain, found.others.len()), (Some(one.chain), 0));
}

#[test]
fn two_signed_records_at_one_place_are_a_fork_and_each_branch_can_be_followed() {
    let (mut one, mut other) = (Written::sold(3, 2), Written::sold(3, 2));
    one.add(note("one"));
    other.add(note("other"));
    other.add(note("and more"));
    let (here, there) = (some(&one, &[0, 1, 2, 3, 4]), some(&other, &[4, 5]));
    let carriers = [(Word::Ledger, &here), (Word::Nobody, &there)];
    let (found, given) = joined(&carriers);
    assert_eq!((found.chain, given), (Some(one.chain), rows(&one)));
    let fork = found.others[0];
    assert_eq!((found.others.len(), fork.at), (1, Seq(4)));
    let (found, given) = joined_as(&carriers, Asked { other: Some(fork), ..Asked::default() });
    assert_eq!((found.chain, given), (Some(other.chain), rows(&other)));
}

#[test]
fn no_more_branches_are_told_than_can_be_kept() {
    let all: Vec<Rows> = (0..12)
        .map(|number| {
            let mut written = Written::begun(3);
            written.add(note(&format!("branch {number}")));
            rows(&written)
        })
        .collect();
    let carriers: Vec<(Word, &Rows)> = all.iter().map(|rows| (Word::Nobody, rows)).collect();
    assert_eq!(joined(&carriers).0.others.len(), BRANCHES_MAX);
}

#[test]
fn another_journals_records_are_left_where_they_are() {
    let (written, stranger) = (Written::sold(3, 1), Written::sold(4, 5));
    let asked = Asked { wanted: Some(written.chain.journal.epoch), ..Asked::default() };
    let carriers = [(Word::Nobody, &rows(&stranger)), (Word::Nobody, &rows(&written))];
    let (found, given) = joined_as(&carriers, asked);
    assert_eq!(found.chain, Some(written.chain));
    assert!(given == rows(&written));
    assert_eq!(found.not_used[0], 7);
}
