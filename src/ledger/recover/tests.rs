//! A register's start, from whatever it finds.

use super::super::Reader;
use super::super::current::{First, first_of};
use super::super::sample::{Till, WHO, Written, key, sell};
use super::*;
use crate::domain::ids::{RegisterNo, SaleNo, StoreNo};
use crate::journal::record::Envelope;

fn kinds(opening: &Opening) -> Vec<FindingKind> {
    opening.findings.iter().map(|finding| finding.kind).collect()
}

fn restored(from: u64, to: u64) -> Event {
    Event::RestoredFrom { source: "tape".to_owned(), from: Seq(from), to: Seq(to) }
}

const GUARD: &str = "SELECT sql FROM sqlite_schema WHERE name = 'journal_is_not_deleted'";

/// As a program on this machine could do it that puts the guard back afterwards.
fn take_away(raw: &rusqlite::Connection, rows: &str) {
    let guard: String = raw.query_row(GUARD, (), |row| row.get(0)).expect("a guard");
    let deed =
        format!("DROP TRIGGER journal_is_not_deleted; DELETE FROM journal WHERE {rows}; {guard};");
    raw.execute_batch(&deed).expect("taken away");
}

#[test]
fn a_journal_goes_on_where_it_was() {
    let till = Till::sold(3);
    let (ledger, opening) = till.open();
    assert_eq!(opening.findings, []);
    assert_eq!((ledger.state().last_sale_no, ledger.chain().next_seq), (SaleNo(3), Seq(5)));
    assert_eq!(opening.book.next_of(ledger.chain().journal.epoch), Seq(5));
    assert_eq!(till.events().len(), 5);
}

#[test]
fn a_second_disk_that_is_gone_is_said_and_stops_nothing() {
    let mut till = Till::new();
    let file = till.place.dir.with_file_name("file");
    fs::write(&file, b"").expect("written");
    till.place.tape_dir = file.join("tape");
    till.place.anchor_dir = file.join("anchor");
    let (mut ledger, opening) = till.open();
    assert_eq!(kinds(&opening), [FindingKind::NoTape, FindingKind::NoAnchor]);
    sell(&mut ledger, 1);
    drop(ledger);
    till.place.dir = file.join("ledger");
    assert!(open(&till.request(), Some(key(5)), Hook::default()).is_err());
}

#[test]
fn a_file_that_is_no_database_is_kept_and_built_again() {
    let till = Till::sold(3);
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(beside(&till.place.database(), suffix)).ok();
    }
    fs::write(till.place.database(), b"not a ledger at all").expect("overwritten");
    let (ledger, opening) = till.open();
    assert_eq!(kinds(&opening), [FindingKind::DatabaseRebuilt]);
    let said = opening.findings[0].text().to_string();
    assert!(said.contains("The ledger file was damaged."), "{said}");
    assert!(said.contains("The last sale is number 3, 1.00."), "{said}");
    assert_eq!(ledger.state().last_sale_no, SaleNo(3));
    let folder = fs::read_dir(till.place.set_aside()).expect("a folder").next();
    let kept = folder.expect("one").expect("an entry").path().join("ledger.db");
    assert_eq!(fs::read(kept).expect("kept"), b"not a ledger at all");
    assert_eq!(till.events()[5], restored(0, 4));
    drop(ledger);
    fs::remove_file(till.place.database()).expect("deleted");
    let (_, opening) = till.open();
    let said = opening.findings[0].text().to_string();
    assert!(said.contains("The ledger file was missing."), "{said}");
}

#[test]
fn a_database_that_lacks_its_last_records_gets_them_from_the_tape() {
    let till = Till::sold(4);
    take_away(&till.raw(), "seq >= 4");
    let (ledger, opening) = till.open();
    assert_eq!(kinds(&opening), [FindingKind::RecordsRestored]);
    let said = opening.findings[0].text().to_string();
    assert!(said.contains("lacked its last 2 records (4 to 5)"), "{said}");
    assert_eq!(ledger.state().last_sale_no, SaleNo(4));
    assert_eq!(till.events()[6], restored(4, 5));
    drop(ledger);
    assert_eq!(till.open().1.findings, [], "said once");
}

#[test]
fn a_database_that_lacks_a_record_in_the_middle_is_built_again() {
    let till = Till::sold(4);
    take_away(&till.raw(), "seq = 3");
    let (ledger, opening) = till.open();
    assert_eq!(kinds(&opening), [FindingKind::DatabaseRebuilt]);
    assert_eq!(ledger.state().last_sale_no, SaleNo(4));
    assert_eq!(till.events()[6], restored(3, 5));
    drop(ledger);
    assert_eq!(till.open().1.findings, []);
}

#[test]
fn a_tape_that_lacks_a_record_in_the_middle_is_written_again_whole() {
    let till = Till::sold(4);
    let tape = till.tape();
    let text = fs::read_to_string(&tape).expect("a tape");
    let lacking: Vec<&str> =
        text.lines().enumerate().filter(|(place, _)| *place != 3).map(|(_, line)| line).collect();
    fs::write(&tape, lacking.join("\n") + "\n").expect("written");
    let (ledger, opening) = till.open();
    assert_eq!(kinds(&opening), [FindingKind::TapeMended]);
    ledger.close().expect("closed");
    assert!(fs::read_to_string(&tape).expect("a tape") == text, "the same lines in order");
}

#[test]
fn a_definition_that_was_changed_is_damage_and_no_record_has_to_come_back() {
    let till = Till::sold(2);
    till.raw().execute_batch("DROP TRIGGER journal_is_not_updated").expect("dropped");
    let (ledger, opening) = till.open();
    assert_eq!(kinds(&opening), [FindingKind::DatabaseRebuilt]);
    assert_eq!(ledger.state().last_sale_no, SaleNo(2));
    let events = till.events();
    assert!(!events.iter().any(|event| matches!(event, Event::RestoredFrom { .. })), "{events:?}");
    let why = till.raw().execute_batch("UPDATE journal SET line = x'414243'").expect_err("guarded");
    assert!(why.to_string().contains("never changed"), "{why}");
}

#[test]
fn sums_that_do_not_follow_from_the_records_are_derived_again() {
    let till = Till::sold(2);
    till.raw().execute_batch("UPDATE sale SET total = total + 1").expect("changed");
    let (ledger, opening) = till.open();
    assert_eq!(kinds(&opening), [FindingKind::ProjectionsRebuilt]);
    let pending = ledger.pending_from(Seq(0)).expect("read");
    assert_eq!(pending.money.minor(), 200);
    drop(ledger);
    assert_eq!(till.open().1.findings, []);
}

#[test]
fn what_the_anchor_knows_of_and_nobody_holds_is_lost_and_said() {
    let till = Till::sold(4);
    fs::remove_file(till.tape()).expect("gone");
    take_away(&till.raw(), "seq >= 4");
    let (ledger, opening) = till.open();
    assert!(kinds(&opening).contains(&FindingKind::JournalFrozen));
    let said = opening.findings[0].text().to_string();
    assert!(said.contains("Of 6 records only the first 4 can be found"), "{said}");
    assert!(said.contains("Up to 2 records"), "{said}");
    assert_eq!(ledger.chain().next_seq, Seq(1));
    let Event::EpochOpen(first) = till.events().remove(0) else { panic!("it opens a journal") };
    let follows = first.follows.expect("it follows the old one");
    assert_eq!(follows.next_seq, Seq(6));
    assert_eq!(follows.reason, "of 6 records only 4 were found");
}

/// A start froze the journal and was cut off before the next one began.
#[test]
fn what_a_start_that_was_cut_off_kept_is_not_lost() {
    for (kept, happened, reason) in [
        (2, "Of 6 records only the first 4 can be found", "of 6 records only 4 were found"),
        (4, "Of 6 records only the first 4 can be found", "of 6 records only 4 were found"),
        (5, "Of 6 records only the first 5 can be found", "of 6 records only 5 were found"),
        (6, "The last start put the journal aside", "it was put aside by a start that was cut off"),
    ] {
        let till = Till::sold(4);
        let tape = till.tape();
        let lines = fs::read_to_string(&tape).expect("a tape");
        let epoch = first_of(lines.lines().next().expect("one").as_bytes()).expect("a first");
        let folder = till.place.frozen().join(epoch.journal.epoch.to_string());
        fs::create_dir_all(&folder).expect("made");
        let before: Vec<&str> = lines.lines().take(kept).collect();
        fs::write(folder.join("lines-1.jsonl"), before.join("\n") + "\n").expect("kept");
        fs::remove_file(&tape).expect("gone");
        take_away(&till.raw(), "seq >= 4");
        let (_ledger, opening) = till.open();
        let said = opening.findings[0].text().to_string();
        assert!(said.contains(happened), "{kept}: {said}");
        let again = folder.with_file_name(format!("{}-2", epoch.journal.epoch));
        assert_eq!(again.join("lines-1.jsonl").exists(), kept < 4, "{kept}");
        let named = if kept < 4 { &again } else { &folder };
        assert!(said.contains(&format!("kept in {} ", named.display())), "{kept}: {said}");
        let Event::EpochOpen(first) = till.events().remove(0) else { panic!("it opens a journal") };
        let follows = first.follows.expect("it follows the old one");
        assert_eq!((follows.next_seq, follows.reason.as_str()), (Seq(6), reason), "{kept}");
    }
}

#[test]
fn a_ledger_of_another_register_or_of_a_later_program_is_refused_untouched() {
    let till = Till::sold(2);
    let before = fs::read(till.place.database()).expect("bytes");
    let identity = Identity { register: RegisterNo(8), ..WHO };
    let request = Request { identity, ..till.request() };
    let why = open(&request, Some(key(5)), Hook::default()).expect_err("refused");
    assert!(matches!(why, LedgerError::OtherRegister { .. }), "{why:?}");
    assert!(fs::read(till.place.database()).expect("bytes") == before);
    till.raw().pragma_update(None, "user_version", 2).expect("a later format");
    let why = open(&till.request(), Some(key(5)), Hook::default()).expect_err("refused");
    assert!(matches!(why, LedgerError::NewerVersion { found: 2, .. }), "{why:?}");
    assert!(!till.place.set_aside().exists());
}

#[test]
fn a_first_start_that_was_cut_off_goes_on_with_an_empty_database_and_no_log_of_another() {
    let till = Till::new();
    private_folder(&till.place.dir).expect("made");
    drop(Db::create(&till.place.database()).expect("created"));
    let (ledger, opening) = till.open();
    assert_eq!((opening.findings, ledger.chain().next_seq), (vec![], Seq(1)));
    assert!(!till.place.set_aside().exists());
    let till = Till::new();
    private_folder(&till.place.dir).expect("made");
    fs::write(beside(&till.place.database(), "-wal"), b"of another").expect("written");
    let (_ledger, opening) = till.open();
    assert_eq!(opening.findings, []);
    let folder = fs::read_dir(till.place.set_aside()).expect("a folder").next();
    let kept = folder.expect("one").expect("an entry").path().join("ledger.db-wal");
    assert_eq!(fs::read(kept).expect("kept"), b"of another");
}

#[test]
fn an_anchor_that_names_another_record_is_another_copys() {
    let till = Till::sold(2);
    let path = anchor::path(&till.place.anchor_dir, WHO);
    let (_, mark) = anchor::read(&path).expect("read").expect("a mark");
    let mut anchor = Anchor::open(&path).expect("opened");
    let head = crate::journal::hash::Hash([9; 32]);
    anchor.write(&Mark { head, ..mark }).expect("written");
    let (_ledger, opening) = till.open();
    assert_eq!(kinds(&opening), [FindingKind::JournalFrozen]);
    let said = opening.findings[0].text().to_string();
    assert!(said.contains("ends otherwise than it did"), "{said}");
    // A register's anchor of another journal says nothing of this one.
    let till = Till::sold(2);
    let path = anchor::path(&till.place.anchor_dir, WHO);
    fs::remove_file(&path).expect("gone");
    assert_eq!(till.open().1.findings, []);
}

#[test]
fn without_its_key_a_register_begins_goes_on_and_says_that_it_does_not_sign() {
    let till = Till::new();
    let open_without = || open(&till.request(), None, Hook::default()).expect("opened");
    for start in 0..2 {
        let (mut ledger, opening) = open_without();
        assert_eq!(kinds(&opening), [FindingKind::Unsigned]);
        assert!(!ledger.signs());
        sell(&mut ledger, 1);
        assert_eq!(ledger.state().last_sale_no, SaleNo(start + 1));
    }
    let reader = Reader::open(&till.place).expect("a reader");
    let current = reader.journals().expect("journals").remove(0);
    let lines = reader.lines(&current, Seq(0), 9, usize::MAX).expect("lines");
    let signed = lines.iter().map(|line| Envelope::read(line.bytes()).expect("one"));
    let signed: Vec<bool> = signed.map(|envelope| envelope.signature.is_some()).collect();
    assert_eq!(signed, [true, false, false, false]);
}

#[test]
fn a_register_with_another_key_leaves_its_old_journal_whole() {
    let till = Till::sold(2);
    let opened = open(&till.request(), Some(key(6)), Hook::default());
    let (ledger, opening) = opened.expect("opened");
    assert_eq!(kinds(&opening), [FindingKind::JournalFrozen]);
    assert_eq!(ledger.public_key(), key(6).public());
    let reader = Reader::open(&till.place).expect("a reader");
    let journals = reader.journals().expect("journals");
    assert_eq!(journals.len(), 2);
    assert_eq!(reader.next_seq(&journals[1]).expect("an end"), Seq(4));
}

fn first(epoch: u8, follows: Option<u8>) -> First {
    let name = |epoch| Epoch([epoch; 8]);
    let journal = JournalId { store: WHO.store, register: WHO.register, epoch: name(epoch) };
    First { journal, follows: follows.map(name), had: Seq(0) }
}

#[test]
fn the_current_journal_is_the_one_that_nobody_follows() {
    let anchored = |epoch| Mark {
        journal: first(epoch, None).journal,
        next_seq: Seq(1),
        head: crate::journal::hash::Hash::ZERO,
    };
    /// Of the database, of the anchor, of the tapes.
    type Case<'a> = (Option<(u8, Option<u8>)>, Option<u8>, &'a [(u8, Option<u8>)], Option<u8>);
    let cases: &[Case<'_>] = &[
        (None, None, &[], None),
        (Some((1, None)), None, &[], Some(1)),
        (None, Some(2), &[], Some(2)),
        (Some((1, None)), Some(2), &[], Some(2)),
        (Some((2, Some(1))), Some(1), &[], Some(2)),
        (Some((2, Some(3))), Some(1), &[], Some(1)),
        (None, None, &[(1, None)], Some(1)),
        (None, None, &[(1, None), (2, None)], None),
        (None, None, &[(1, None), (2, Some(1))], Some(2)),
        (None, None, &[(3, Some(2)), (2, Some(1)), (1, None)], Some(3)),
        (None, Some(1), &[(1, None), (2, Some(1))], Some(2)),
        (None, Some(1), &[(3, Some(2)), (2, Some(1)), (1, None)], Some(3)),
        (None, Some(1), &[(2, None), (4, Some(3))], Some(1)),
        (Some((1, None)), None, &[(1, None), (2, Some(1))], Some(2)),
        (Some((1, None)), None, &[(2, None)], Some(1)),
    ];
    for (in_db, anchor, tapes, current) in cases {
        let in_db_first = in_db.map(|(epoch, follows)| first(epoch, follows));
        let mark = anchor.map(anchored);
        let tapes: Vec<First> = tapes.iter().map(|(is, follows)| first(*is, *follows)).collect();
        let found = wanted(in_db_first.as_ref(), mark.as_ref(), &tapes);
        assert_eq!(found, current.map(|epoch| Epoch([epoch; 8])), "{in_db:?} {anchor:?}");
    }
}

#[test]
fn only_tapes_of_this_register_are_looked_at() {
    let till = Till::new();
    fs::create_dir_all(&till.place.tape_dir).expect("a folder");
    assert_eq!(tapes(&till.place, WHO).len(), 0);
    let written = Written::begun(3);
    let line = |of: JournalId| {
        let open = Envelope::read(&written.lines[0]).expect("a record").event().expect("one");
        let entry = super::super::sample::entry(open);
        let chain = crate::journal::chain::Chain::empty(of);
        let (line, _) = chain.next(&entry, Some(&written.key)).expect("sums fit");
        [line.bytes(), b"\n"].concat()
    };
    let own = written.chain.journal;
    for (name, of) in [
        ("tape-1.jsonl", own),
        ("tape-2.jsonl", JournalId { register: RegisterNo(8), ..own }),
        ("tape-3.jsonl", JournalId { store: StoreNo(9), ..own }),
        ("tape-4.txt", own),
        ("other.jsonl", own),
    ] {
        fs::write(till.place.tape_dir.join(name), line(of)).expect("written");
    }
    fs::write(till.place.tape_dir.join("tape-5.jsonl"), b"no record\n").expect("written");
    let found: Vec<_> = tapes(&till.place, WHO).iter().map(|first| first.journal).collect();
    assert_eq!(found, [own]);
}

#[test]
fn another_stores_or_registers_ledger_is_refused() {
    let till = Till::new();
    let own = first(1, None).journal;
    let path = till.place.database();
    let asked = |found| refuse_other_register(WHO, &path, found);
    asked(own).expect("its own");
    for other in
        [JournalId { store: StoreNo(9), ..own }, JournalId { register: RegisterNo(8), ..own }]
    {
        let why = asked(other).expect_err("refused");
        assert!(matches!(why, LedgerError::OtherRegister { found, .. } if found == other));
    }
}

#[test]
fn a_record_that_opens_no_journal_is_not_its_first() {
    let written = Written::sold(3, 1);
    assert!(first_of(&written.lines[0]).is_some_and(|first| first.follows.is_none()));
    assert!(first_of(&written.lines[1]).is_none());
    assert!(first_of(b"no record").is_none());
}
