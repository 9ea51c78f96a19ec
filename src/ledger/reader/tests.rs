//! Journals as they are on the disk, current and frozen.

use super::super::sample::{Till, Written, cash_sale, entry, key, note, sell};
use super::*;
use crate::domain::event::Event;

/// A frozen journal's lines, and how a reader names it.
fn frozen(place: &Place, folder: &str, name: &str, lines: &[Vec<u8>]) {
    let dir = place.frozen().join(folder);
    fs::create_dir_all(&dir).expect("made");
    let bytes: Vec<u8> = lines.iter().flat_map(|line| [line, &b"\n"[..]].concat()).collect();
    fs::write(dir.join(name), bytes).expect("written");
}

fn reader(till: &Till) -> Reader {
    Reader::open(&till.place).expect("a reader")
}

fn bare(lines: Vec<Line>) -> Vec<Vec<u8>> {
    lines.into_iter().map(Line::into_bytes).collect()
}

#[test]
fn where_there_is_no_ledger_there_is_nothing_to_read() {
    let till = Till::new();
    let why = Reader::open(&till.place).err().expect("nothing");
    assert!(matches!(why, LedgerError::Nothing { .. }), "{why:?}");
}

#[test]
fn the_current_journal_comes_first_and_each_branch_of_a_frozen_one_has_its_number() {
    let till = Till::sold(1);
    let current = reader(&till).journals().expect("journals");
    assert_eq!(current.len(), 1);
    let (one, other) = (Written::sold(3, 1), Written::sold(4, 1));
    let own = reader(&till).lines(&current[0], Seq(0), 9, usize::MAX).expect("lines");
    frozen(&till.place, "a", "lines-1.jsonl", &one.lines);
    frozen(&till.place, "a", "lines-2.jsonl", &one.lines[..3]);
    frozen(&till.place, "b", "lines-1.jsonl", &other.lines);
    frozen(&till.place, "c", "lines-1.jsonl", &bare(own));
    for (name, bytes) in
        [("lines-3.jsonl", &b""[..]), ("lines-1.txt", b"x\n"), ("tape-1.jsonl", b"x\n")]
    {
        fs::write(till.place.frozen().join("a").join(name), bytes).expect("written");
    }
    fs::write(till.place.frozen().join("b/others-1.jsonl"), &other.lines[0]).expect("written");
    fs::write(till.place.frozen().join("b/lines-1.bak"), &other.lines[0]).expect("written");
    let found = reader(&till).journals().expect("journals");
    let said: Vec<_> = found.iter().map(|j| (j.id, j.frozen, j.branch)).collect();
    let (a, b, c) = (one.chain.journal, other.chain.journal, current[0].id);
    let wanted = [(c, false, 1), (a, true, 1), (a, true, 2), (b, true, 1), (c, true, 2)];
    assert_eq!(said, wanted);
    assert!(reader(&till).unreadable().expect("looked").is_empty());
    // Something lies in the way of one, and elsewhere in that of the folder of them all.
    fs::create_dir(till.place.frozen().join("b/lines-2.jsonl")).expect("made");
    assert_eq!(reader(&till).journals().expect("journals"), found);
    assert_eq!(reader(&till).unreadable().expect("looked").len(), 1);
    let till = Till::sold(1);
    fs::write(till.place.frozen(), b"").expect("written");
    assert_eq!(reader(&till).journals().expect("journals").len(), 1);
    assert_eq!(reader(&till).unreadable().expect("looked").len(), 1);
}

#[test]
fn pages_are_all_lines_once_in_their_order_whichever_their_length() {
    let till = Till::sold(4);
    let one = Written::sold(3, 5);
    frozen(&till.place, "a", "lines-1.jsonl", &one.lines);
    let reader = reader(&till);
    for journal in reader.journals().expect("journals") {
        let all = reader.lines(&journal, Seq(0), 99, usize::MAX).expect("lines");
        for records in [0, 1, 2, all.len() - 1, all.len(), 99] {
            let mut pages = Vec::new();
            reader.pages(&journal, records, &mut |page| pages.push(page)).expect("read");
            let most = pages.iter().map(Vec::len).max().expect("a page");
            assert!(most <= records.max(1), "{records}: {most} at once");
            assert_eq!(bare(pages.concat()), bare(all.clone()), "{records}");
        }
    }
}

#[test]
fn lines_come_from_a_place_on_and_no_more_than_is_asked_for() {
    let till = Till::sold(4);
    let now = reader(&till).journals().expect("journals").remove(0);
    let lines = bare(reader(&till).lines(&now, Seq(0), 99, usize::MAX).expect("lines"));
    assert_eq!(lines.len(), 6);
    frozen(&till.place, "a", "lines-1.jsonl", &lines);
    let reader = reader(&till);
    let journals = reader.journals().expect("journals");
    let first = lines[1].len();
    for (from, records, bytes, wanted) in [
        (0, 99, usize::MAX, 0..6),
        (1, 2, usize::MAX, 1..3),
        (1, 0, usize::MAX, 1..1),
        (1, 99, first, 1..2),
        (1, 99, first + lines[2].len(), 1..3),
        (1, 99, first + lines[2].len() - 1, 1..2),
        (1, 99, 1, 1..2),
        (6, 99, usize::MAX, 6..6),
    ] {
        for journal in &journals {
            let found = reader.lines(journal, Seq(from), records, bytes).expect("lines");
            assert_eq!(bare(found), lines[wanted.clone()], "{from} {records} {bytes}");
        }
    }
    for journal in &journals {
        let head = Hash::of_line(&lines[5]);
        assert_eq!(reader.head(journal).expect("a head"), (Seq(6), head));
        assert_eq!(reader.next_seq(journal).expect("an end"), Seq(6));
    }
}

#[test]
fn a_frozen_line_that_is_no_record_keeps_its_place_and_an_empty_one_ends_them() {
    let till = Till::sold(1);
    let written = Written::sold(3, 1);
    let mut lines = written.lines.clone();
    lines[1] = b"no record".to_vec();
    lines.push(Vec::new());
    lines.push(written.lines[0].clone());
    frozen(&till.place, "a", "lines-1.jsonl", &lines);
    let reader = reader(&till);
    let journal = reader.journals().expect("journals").remove(1);
    let found = bare(reader.lines(&journal, Seq(1), 9, usize::MAX).expect("lines"));
    assert_eq!(found, lines[1..3]);
    assert_eq!(reader.next_seq(&journal).expect("an end"), Seq(3));
}

#[test]
fn a_verified_journal_tells_how_far_it_came_every_256_records() {
    let till = Till::sold(300);
    let now = reader(&till).journals().expect("journals").remove(0);
    let lines = bare(reader(&till).lines(&now, Seq(0), 999, usize::MAX).expect("lines"));
    frozen(&till.place, "a", "lines-1.jsonl", &lines);
    let reader = reader(&till);
    for journal in reader.journals().expect("journals") {
        let mut told = Vec::new();
        let report = reader
            .verify(&journal, Depth::Full, Known::default(), &mut |count| told.push(count))
            .expect("a report");
        assert!(report.is_clean(), "{:?}", report.findings);
        assert_eq!((report.records, report.sales), (302, 300));
        assert_eq!(told, [256, 302]);
    }
}

#[test]
fn a_sale_is_found_by_its_number_and_central_by_its_last_word() {
    let till = Till::sold(2);
    let (mut ledger, _) = till.open();
    let ack = AckRow {
        epoch: ledger.chain().journal.epoch,
        next_seq: Seq(2),
        prune_seq: Seq(1),
        server_epoch: "c-1".to_owned(),
        verbatim: vec![1, 2, 3],
        received_at: entry(note("")).at,
    };
    ledger.store_ack(&ack).expect("kept");
    let reader = reader(&till);
    let now = reader.journals().expect("journals").remove(0);
    assert_eq!(reader.sale_seq(SaleNo(2)).expect("read"), Some(Seq(3)));
    assert_eq!(reader.sale_seq(SaleNo(3)).expect("read"), None);
    assert_eq!(reader.last_ack(&now).expect("read"), Some(ack));
    let id = JournalId { epoch: Epoch([9; 8]), ..now.id };
    assert_eq!(reader.last_ack(&JournalRef { id, ..now }).expect("read"), None);
    let why = reader.failed(rusqlite::Error::InvalidQuery).to_string();
    assert!(why.contains("failed while reading records"), "{why}");
}

#[test]
fn a_reader_of_a_file_that_was_replaced_says_so() {
    let till = Till::sold(1);
    let reader = reader(&till);
    let path = till.place.database();
    let bytes = fs::read(&path).expect("bytes");
    fs::remove_file(&path).expect("deleted");
    fs::write(&path, bytes).expect("replaced");
    let why = reader.journals().expect_err("noticed");
    assert!(matches!(why, LedgerError::FileReplaced { .. }), "{why:?}");
    assert!(reader.pending_from(Seq(0)).is_err());
}

#[test]
fn the_book_is_read_from_every_journal_of_this_register() {
    let till = Till::sold(2);
    let opened = crate::ledger::recover::open(
        &till.request(),
        Some(key(6)),
        crate::ledger::faults::Hook::default(),
    );
    let (mut ledger, opening) = opened.expect("opened");
    let old = reader(&till).journals().expect("journals").remove(1).id.epoch;
    sell(&mut ledger, 1);
    let book = reader(&till).book().expect("a book");
    assert_eq!(book.next_of(old), Seq(4));
    assert_eq!(book.next_of(ledger.chain().journal.epoch), Seq(3));
    assert_eq!(opening.book.next_of(old), Seq(4), "as at the start");
    ledger.append(&entry(Event::of_sale(cash_sale(2, 100)))).expect("recorded");
}
