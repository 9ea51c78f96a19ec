//! Damage and loss: noticed at start, put right where the tape can, said in plain words; and a
//! journal whose end is not certain is never continued.

use std::fs;
use std::path::Path;

use tideover::device::entropy::SeededEntropy;
use tideover::domain::event::Event;
use tideover::domain::ids::Seq;
use tideover::journal::key::SigningKey;
use tideover::journal::record::Envelope;
use tideover::ledger::finding::FindingKind;
use tideover::ledger::{LedgerError, Opening, Reader};

use super::store::{Register, copy_folder, next_sale, sale};

/// Flips in each file: 300 unless told.
fn flips() -> u64 {
    std::env::var("TIDEOVER_FLIPS").ok().and_then(|text| text.parse().ok()).unwrap_or(300)
}

fn kinds(opening: &Opening) -> Vec<FindingKind> {
    opening.findings.iter().map(|finding| finding.kind).collect()
}

/// A register that sold, and whose program was killed: nothing was closed.
fn killed_after(sales: u64) -> Register {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, sales);
    drop(ledger);
    register
}

#[test]
fn a_bit_flipped_in_the_wal_costs_no_sale_and_never_goes_unnoticed() {
    let register = killed_after(18);
    let wal = register.place.dir.join("ledger.db-wal");
    let whole = fs::read(&wal).expect("a WAL");
    // The space written ahead of it holds nothing that could be damaged.
    let used = whole.iter().rposition(|byte| *byte != 0).expect("records") + 1;
    let chance = SeededEntropy::new(7);
    let (mut silent, mut restored) = (0, 0);
    for _ in 0..flips() {
        let copy = tempfile::tempdir().expect("a folder");
        copy_folder(register.place.dir.parent().expect("a folder"), copy.path());
        let damaged = Register::at(copy.path(), 2);
        let bit = chance.below(8 * u64::try_from(used).expect("fits"));
        let mut bytes = whole.clone();
        bytes[usize::try_from(bit / 8).expect("fits")] ^= 1 << (bit % 8);
        fs::write(damaged.place.dir.join("ledger.db-wal"), bytes).expect("damage");
        let (ledger, opening) = damaged.open();
        assert_eq!(ledger.state().last_sale_no.0, 18, "bit {bit}: {:?}", opening.findings);
        if opening.findings.is_empty() {
            // Nothing was missing: the flip hit bytes that nothing depends on.
            assert_eq!(ledger.chain().next_seq, Seq(20), "bit {bit}");
            silent += 1;
        } else {
            assert!(
                kinds(&opening).iter().all(|kind| matches!(
                    kind,
                    FindingKind::RecordsRestored | FindingKind::DatabaseRebuilt
                )),
                "bit {bit}: {:?}",
                opening.findings
            );
            restored += 1;
        }
        drop(ledger);
        let report = damaged.verify();
        assert!(report.is_clean(), "bit {bit}: {:?}", report.findings);
        assert_eq!(report.sales, 18);
    }
    assert!(restored * 3 > flips() * 2, "{restored} restored, {silent} without effect");
}

#[test]
fn a_bit_flipped_in_the_database_costs_no_sale() {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 18);
    ledger.close().expect("closed");
    let whole = fs::read(register.place.database()).expect("a database");
    let chance = SeededEntropy::new(11);
    let mut noticed: u64 = 0;
    for _ in 0..flips() {
        let copy = tempfile::tempdir().expect("a folder");
        copy_folder(register.place.dir.parent().expect("a folder"), copy.path());
        let damaged = Register::at(copy.path(), 2);
        let bit = chance.below(8 * u64::try_from(whole.len()).expect("fits"));
        let mut bytes = whole.clone();
        bytes[usize::try_from(bit / 8).expect("fits")] ^= 1 << (bit % 8);
        fs::write(damaged.place.database(), bytes).expect("damage");
        let (ledger, opening) = match damaged.try_open() {
            Ok(opened) => opened,
            // A flip in the header that says which format it is.
            Err(why) => {
                assert!(matches!(why, LedgerError::NewerVersion { .. }), "bit {bit}: {why:?}");
                continue;
            }
        };
        assert_eq!(ledger.state().last_sale_no.0, 18, "bit {bit}: {:?}", opening.findings);
        noticed += u64::from(!opening.findings.is_empty());
        drop(ledger);
        let report = damaged.verify();
        assert!(report.is_clean(), "bit {bit}: {:?}", report.findings);
    }
    assert!(noticed * 3 > flips(), "{noticed} of {} noticed", flips());
}

#[test]
fn a_bit_flipped_in_the_tape_or_the_anchor_costs_no_sale() {
    let register = killed_after(18);
    let only = |dir: &Path| {
        let entries = fs::read_dir(dir).expect("a folder");
        entries.map(|entry| entry.expect("an entry").path()).next().expect("a file")
    };
    let chance = SeededEntropy::new(13);
    for dir in ["tape", "anchor"] {
        let whole = fs::read(only(&register.place.dir.with_file_name(dir))).expect("bytes");
        let used = whole.iter().rposition(|byte| *byte != b'\n').expect("lines") + 1;
        let (mut noticed, mut silent) = (0, 0);
        // Each flip costs two starts here.
        for _ in 0..flips() / 4 {
            let copy = tempfile::tempdir().expect("a folder");
            copy_folder(register.place.dir.parent().expect("a folder"), copy.path());
            let damaged = Register::at(copy.path(), 2);
            let bit = chance.below(8 * u64::try_from(used).expect("fits"));
            let mut bytes = whole.clone();
            bytes[usize::try_from(bit / 8).expect("fits")] ^= 1 << (bit % 8);
            fs::write(only(&copy.path().join(dir)), bytes).expect("damage");
            let (ledger, opening) = damaged.open();
            assert_eq!(ledger.state().last_sale_no.0, 18, "{dir}, bit {bit}");
            let fine = [FindingKind::TapeMended];
            assert!(kinds(&opening).iter().all(|kind| fine.contains(kind)), "{dir}, bit {bit}");
            noticed += u64::from(!opening.findings.is_empty());
            silent += u64::from(opening.findings.is_empty());
            drop(ledger);
            let (_, opening) = damaged.open();
            assert_eq!(kinds(&opening), [], "{dir}, bit {bit}: it is right again");
        }
        println!("{dir}: {noticed} flips mended aloud, {silent} in silence");
    }
}

#[test]
fn the_last_records_cut_off_come_back_from_the_tape_in_plain_words() {
    let register = killed_after(5);
    let copy = tempfile::tempdir().expect("a folder");
    copy_folder(&register.place.dir, copy.path());
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 4);
    drop(ledger);
    put_back(copy.path(), &register.place.dir);
    let (ledger, opening) = register.open();
    assert_eq!(kinds(&opening), [FindingKind::RecordsRestored]);
    let text = opening.findings[0].text().to_string();
    assert!(text.contains("lacked its last 4 records (7 to 10)"), "{text}");
    assert!(text.contains("No sale is lost"), "{text}");
    assert!(text.contains("The last sale is number 9, 35.88."), "{text}");
    assert_eq!(ledger.state().last_sale_no.0, 9);
    drop(ledger);
    assert_eq!(last_event(&register), restored_from(7, 10));
    assert!(register.verify().is_clean());
    assert!(register.open().1.findings.is_empty(), "said once");
}

#[test]
fn yesterdays_copy_of_a_closed_ledger_is_brought_up_to_today() {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 3);
    ledger.close().expect("closed");
    let yesterday = fs::read(register.place.database()).expect("a copy");
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 6);
    ledger.close().expect("closed");
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(register.place.dir.join(format!("ledger.db{suffix}"))).ok();
    }
    fs::write(register.place.database(), yesterday).expect("put back");
    let (ledger, opening) = register.open();
    assert_eq!(kinds(&opening), [FindingKind::RecordsRestored]);
    assert_eq!(ledger.state().last_sale_no.0, 9);
}

#[test]
fn a_deleted_or_emptied_or_overwritten_database_is_built_again() {
    let deeds: [(&str, fn(&Path)); 4] = [
        ("deleted", |path| fs::remove_file(path).expect("deleted")),
        ("emptied", |path| fs::write(path, b"").expect("emptied")),
        ("overwritten", |path| fs::write(path, b"not a ledger at all").expect("overwritten")),
        ("halved", |path| {
            let bytes = fs::read(path).expect("bytes");
            fs::write(path, &bytes[..bytes.len() / 2]).expect("halved");
        }),
    ];
    for (name, deed) in deeds {
        let register = Register::new();
        let (mut ledger, _) = register.open();
        register.sell(&mut ledger, 9);
        ledger.close().expect("closed");
        for suffix in ["-wal", "-shm"] {
            fs::remove_file(register.place.dir.join(format!("ledger.db{suffix}"))).ok();
        }
        deed(&register.place.database());
        let (ledger, opening) = register.open();
        assert_eq!(kinds(&opening), [FindingKind::DatabaseRebuilt], "{name}");
        assert_eq!(ledger.state().last_sale_no.0, 9, "{name}");
        assert!(register.verify().is_clean(), "{name}");
        if name != "deleted" {
            let kept = fs::read_dir(register.place.set_aside()).expect("a folder").count();
            assert_eq!(kept, 1, "{name}: the damaged file is kept");
        }
        drop(ledger);
        assert!(register.open().1.findings.is_empty(), "{name}: said once");
    }
}

#[test]
fn without_a_tape_a_cut_journal_is_frozen_and_selling_goes_on_in_a_new_one() {
    let register = killed_after(5);
    let copy = tempfile::tempdir().expect("a folder");
    copy_folder(&register.place.dir, copy.path());
    let (mut ledger, _) = register.open();
    let old = ledger.chain().journal;
    register.sell(&mut ledger, 4);
    drop(ledger);
    put_back(copy.path(), &register.place.dir);
    fs::remove_dir_all(&register.place.tape_dir).expect("the second disk is gone");
    let (mut ledger, opening) = register.open();
    assert_eq!(kinds(&opening), [FindingKind::JournalFrozen]);
    let text = opening.findings[0].text().to_string();
    assert!(text.contains("Of 11 records only the first 7 can be found"), "{text}");
    assert_ne!(ledger.chain().journal, old);
    register.sell(&mut ledger, 1);
    let reader = Reader::open(&register.place).expect("a reader");
    let journals = reader.journals().expect("journals");
    assert_eq!(
        journals.iter().map(|j| (j.id == old, j.frozen)).collect::<Vec<_>>(),
        [(false, false), (true, true)]
    );
    assert_eq!(reader.next_seq(&journals[1]).expect("an end"), Seq(7));
    let first = reader.lines(&journals[0], Seq(0), 1, usize::MAX).expect("lines").remove(0);
    let Ok(Event::EpochOpen(open)) = Envelope::read(first.bytes()).expect("a record").event()
    else {
        panic!("the first record opens the journal")
    };
    let follows = open.follows.expect("it follows the old one");
    assert_eq!((follows.epoch, follows.next_seq), (old.epoch, Seq(11)));
    drop((ledger, reader));
    assert!(register.open().1.findings.is_empty());
}

/// No later record proves the last one, so its signature is all that tells whether it was changed.
#[test]
fn a_last_record_that_was_changed_in_the_only_copy_is_not_believed() {
    let register = killed_after(5);
    for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        fs::remove_file(register.place.dir.join(name)).ok();
    }
    let mut tapes = fs::read_dir(&register.place.tape_dir).expect("a folder");
    let tape = tapes.next().expect("a tape").expect("an entry").path();
    let mut bytes = fs::read(&tape).expect("a tape");
    let digit = bytes.iter().rposition(u8::is_ascii_digit).expect("an amount");
    bytes[digit] = if bytes[digit] == b'9' { b'8' } else { bytes[digit] + 1 };
    fs::write(&tape, bytes).expect("changed");
    let (ledger, opening) = register.open();
    let frozen = opening.findings.iter().find(|found| found.kind == FindingKind::JournalFrozen);
    let text = frozen.expect("said").text().to_string();
    assert!(text.contains("Of 7 records only the first 6 can be found"), "{text}");
    assert_eq!(ledger.state().last_sale_no.0, 0, "a new journal was begun");
    let reader = Reader::open(&register.place).expect("a reader");
    let journals = reader.journals().expect("journals");
    assert_eq!(reader.next_seq(&journals[1]).expect("an end"), Seq(6));
}

#[test]
fn a_register_that_was_copied_and_sold_on_both_sides_is_a_fork() {
    let register = killed_after(3);
    let copy = tempfile::tempdir().expect("a folder");
    copy_folder(register.place.dir.parent().expect("a folder"), copy.path());
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 2);
    drop(ledger);
    let other = Register::at(copy.path(), 9);
    other.clock.advance_ms(77_000);
    let (mut ledger, _) = other.open();
    register.sell(&mut ledger, 1);
    let (number, shift) = next_sale(&ledger);
    register.append(&mut ledger, Event::of_sale(sale(number, shift, 2)));
    drop(ledger);
    // The copy's database comes back to the first machine, whose tape went on otherwise.
    put_back(&other.place.dir, &register.place.dir);
    let (ledger, opening) = register.open();
    assert_eq!(kinds(&opening), [FindingKind::JournalFrozen]);
    assert!(opening.findings[0].happened.to_string().contains("two different records"));
    let reader = Reader::open(&register.place).expect("a reader");
    let journals = reader.journals().expect("journals");
    let branches: Vec<_> = journals.iter().filter(|j| j.frozen).collect();
    assert_eq!(branches.len(), 2, "both branches are kept");
    let heads: Vec<_> = branches.iter().map(|j| reader.head(j).expect("a head")).collect();
    assert_ne!(heads[0].1, heads[1].1);
    assert_eq!(ledger.chain().next_seq, Seq(1));
}

#[test]
fn a_damaged_tape_is_written_again_and_a_short_one_completed() {
    let register = killed_after(6);
    let tape = fs::read_dir(&register.place.tape_dir)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .next()
        .expect("a tape");
    let whole = fs::read(&tape).expect("a tape");
    let mut bytes = whole.clone();
    bytes[3_000] ^= 0x10;
    fs::write(&tape, &bytes).expect("damage");
    let (ledger, opening) = register.open();
    assert_eq!(kinds(&opening), [FindingKind::TapeMended], "{:?}", opening.findings);
    drop(ledger);
    fs::remove_file(&tape).expect("deleted");
    let (ledger, opening) = register.open();
    assert_eq!(kinds(&opening), [FindingKind::TapeMended]);
    ledger.close().expect("closed");
    let end = whole.windows(2).position(|two| two == b"\n\n").expect("an end") + 1;
    assert_eq!(fs::read(&tape).expect("a tape"), whole[..end], "the same bytes, trimmed");
    // A line that a power cut tore.
    for cut in [1, 100, 500] {
        fs::write(&tape, &whole[..end - cut]).expect("torn");
        let (ledger, opening) = register.open();
        assert!(opening.findings.is_empty(), "one record behind is not worth a word");
        ledger.close().expect("closed");
        assert_eq!(fs::read(&tape).expect("a tape"), whole[..end], "cut by {cut}");
    }
}

#[test]
fn database_and_tape_each_make_up_for_what_the_other_lost() {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 9);
    ledger.close().expect("closed");
    let damage = |path: &Path, number: &str| {
        let mut bytes = fs::read(path).expect("bytes");
        let name = format!("\"no\":{number},");
        let place = bytes.windows(name.len()).position(|w| w == name.as_bytes()).expect("a sale");
        bytes[place + 5] ^= 1;
        fs::write(path, bytes).expect("damage");
    };
    let tape = fs::read_dir(&register.place.tape_dir)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .next()
        .expect("a tape");
    damage(&register.place.database(), "3");
    damage(&tape, "6");
    let (ledger, opening) = register.open();
    let kinds = kinds(&opening);
    assert!(kinds.contains(&FindingKind::DatabaseRebuilt), "{kinds:?}");
    assert!(kinds.contains(&FindingKind::TapeMended), "{kinds:?}");
    assert_eq!(ledger.state().last_sale_no.0, 9);
    assert!(register.verify().is_clean());
}

#[test]
fn a_lost_anchor_is_written_again_and_a_lost_database_and_anchor_too() {
    let register = killed_after(4);
    fs::remove_dir_all(&register.place.anchor_dir).expect("gone");
    let (ledger, opening) = register.open();
    assert!(opening.findings.is_empty());
    let head = ledger.chain();
    drop(ledger);
    fs::remove_dir_all(&register.place.anchor_dir).expect("gone");
    fs::remove_dir_all(&register.place.dir).expect("gone");
    let (ledger, opening) = register.open();
    assert_eq!(kinds(&opening), [FindingKind::DatabaseRebuilt]);
    assert_eq!(ledger.chain().journal, head.journal);
    assert_eq!(ledger.state().last_sale_no.0, 4);
}

#[test]
fn another_key_begins_another_journal_and_no_key_does_not_stop_the_sale() {
    let register = killed_after(2);
    let (mut ledger, opening) = register.open_with(None, None).expect("opened without a key");
    assert_eq!(kinds(&opening), [FindingKind::Unsigned]);
    register.sell(&mut ledger, 1);
    let old = ledger.chain().journal;
    drop(ledger);
    let key = SigningKey::from_seed(&[6; 32]).expect("a key");
    let (ledger, opening) = register.open_with(Some(key), None).expect("opened");
    assert_eq!(kinds(&opening), [FindingKind::JournalFrozen]);
    assert_ne!(ledger.chain().journal, old);
    let reader = Reader::open(&register.place).expect("a reader");
    let frozen = reader.journals().expect("journals").remove(1);
    assert_eq!((frozen.id, reader.next_seq(&frozen).expect("an end")), (old, Seq(5)));
}

#[test]
fn a_register_without_any_key_still_begins_and_sells() {
    let register = Register::new();
    let (mut ledger, _) = register.open_with(None, None).expect("opened");
    register.sell(&mut ledger, 2);
    drop(ledger);
    let (ledger, opening) = register.open_with(None, None).expect("opened");
    assert_eq!(kinds(&opening), [FindingKind::Unsigned]);
    assert_eq!(ledger.state().last_sale_no.0, 2);
}

fn put_back(copy: &Path, dir: &Path) {
    for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        fs::remove_file(dir.join(name)).ok();
        if copy.join(name).exists() {
            fs::copy(copy.join(name), dir.join(name)).expect("put back");
        }
    }
}

fn last_event(register: &Register) -> Event {
    let reader = Reader::open(&register.place).expect("a reader");
    let current = reader.journals().expect("journals").remove(0);
    let next = reader.next_seq(&current).expect("an end");
    let line = reader.lines(&current, Seq(next.0 - 1), 1, usize::MAX).expect("lines").remove(0);
    Envelope::read(line.bytes()).expect("a record").event().expect("an event")
}

fn restored_from(from: u64, to: u64) -> Event {
    Event::RestoredFrom { source: "tape".to_owned(), from: Seq(from), to: Seq(to) }
}
