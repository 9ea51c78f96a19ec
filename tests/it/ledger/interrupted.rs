//! A start that was itself cut off, a second disk that is gone, an older journal put back.

use std::fs;
use std::sync::{Arc, Mutex};

use tideover::journal::key::SigningKey;
use tideover::ledger::finding::FindingKind;
use tideover::ledger::{Ledger, Opening};

use super::store::Register;

fn kinds(opening: &Opening) -> Vec<FindingKind> {
    opening.findings.iter().map(|finding| finding.kind).collect()
}

fn closed_after(register: &Register, sales: u64) -> Vec<u8> {
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, sales);
    ledger.close().expect("closed");
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(register.place.dir.join(format!("ledger.db{suffix}"))).ok();
    }
    fs::read(register.place.database()).expect("bytes")
}

#[test]
fn a_rebuild_that_was_cut_off_is_begun_again_or_finished() {
    let register = Register::new();
    let whole = closed_after(&register, 5);
    let half_built = register.place.dir.join("rebuilding.db");
    fs::write(&half_built, &whole[..5_000]).expect("half built");
    fs::write(register.place.database(), b"damaged").expect("damaged");
    let (ledger, opening) = register.open();
    assert_eq!(kinds(&opening), [FindingKind::DatabaseRebuilt]);
    assert!(!half_built.exists());
    assert_eq!(ledger.state().last_sale_no.0, 5);
    drop(ledger);
    // Built whole, and cut off before it took its place: beside the damaged one, or after that
    // was moved away but for its WAL.
    for old in [Some(&b"damaged"[..]), None] {
        for suffix in ["", "-shm"] {
            fs::remove_file(register.place.dir.join(format!("ledger.db{suffix}"))).ok();
        }
        if let Some(old) = old {
            fs::write(register.place.database(), old).expect("damaged");
        }
        fs::write(register.place.dir.join("rebuilt.db"), &whole).expect("built");
        let (ledger, _) = register.open();
        assert!(!register.place.dir.join("rebuilt.db").exists());
        assert_eq!(ledger.state().last_sale_no.0, 5);
        drop(ledger);
        assert!(register.verify().is_clean());
    }
}

#[test]
fn a_second_disk_that_is_gone_does_not_stop_the_sale_and_is_completed_when_it_is_back() {
    let register = Register::new();
    closed_after(&register, 2);
    let away = register.place.tape_dir.with_extension("away");
    fs::rename(&register.place.tape_dir, &away).expect("gone");
    fs::write(&register.place.tape_dir, b"in its place").expect("a file");
    let (mut ledger, opening) = register.open();
    assert_eq!(kinds(&opening), [FindingKind::NoTape]);
    let (number, shift) = super::store::next_sale(&ledger);
    let sale = super::store::sale(number, shift, 3);
    let event = tideover::domain::event::Event::of_sale(sale);
    assert!(!register.append(&mut ledger, event).second_copy, "one copy, and it says so");
    register.sell(&mut ledger, 2);
    ledger.close().expect("closed");
    fs::remove_file(&register.place.tape_dir).expect("moved away");
    fs::rename(&away, &register.place.tape_dir).expect("back");
    let (ledger, opening) = register.open();
    assert_eq!(kinds(&opening), [FindingKind::TapeMended]);
    drop(ledger);
    fs::remove_file(register.place.database()).expect("deleted");
    fs::remove_file(register.place.dir.join("ledger.db-wal")).expect("deleted");
    assert_eq!(register.open().0.state().last_sale_no.0, 5, "the tape gives everything back");
}

#[test]
fn a_journal_is_given_up_and_the_next_one_begun_while_the_tapes_disk_is_gone() {
    let register = Register::new();
    let older = closed_after(&register, 3);
    closed_after(&register, 2);
    fs::remove_dir_all(&register.place.tape_dir).expect("gone");
    fs::write(&register.place.tape_dir, b"in its place").expect("a file");
    fs::write(register.place.database(), older).expect("put back");
    let (mut ledger, opening) = register.open();
    assert_eq!(kinds(&opening), [FindingKind::JournalFrozen, FindingKind::NoTape]);
    register.sell(&mut ledger, 1);
    assert!(register.verify().is_clean());
}

/// What the log says while something is done.
fn logged(work: impl FnOnce()) -> String {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("a lock").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Lines::default();
    let to = lines.clone();
    let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || to.clone()).finish();
    tracing::subscriber::with_default(log, work);
    let lines = lines.0.lock().expect("a lock").clone();
    String::from_utf8(lines).expect("text")
}

#[test]
fn the_log_says_of_a_tape_that_can_t_be_written_that_sales_are_recorded() {
    let register = Register::new();
    closed_after(&register, 2);
    fs::remove_dir_all(&register.place.tape_dir).expect("gone");
    fs::write(&register.place.tape_dir, b"in its place").expect("a file");
    let said = logged(|| {
        let (mut ledger, opening) = register.open();
        assert_eq!(kinds(&opening), [FindingKind::NoTape]);
        register.sell(&mut ledger, 1);
        ledger.close().expect("closed");
    });
    assert!(said.contains("the tape can't be written"), "{said}");
    assert!(said.contains("Every sale is recorded in the ledger all the same"), "{said}");
    for wrong in ["not recorded", "nothing new", "Nothing new", "paper slip"] {
        assert!(!said.contains(wrong), "{wrong}: {said}");
    }
}

#[test]
fn a_first_start_that_was_cut_off_is_begun_again_and_nothing_is_said() {
    for left in ["ledger.db-new", "ledger.db-new-wal", "ledger.db-new-journal"] {
        let register = Register::new();
        fs::create_dir_all(&register.place.dir).expect("a folder");
        fs::write(register.place.dir.join(left), [0x53; 700]).expect("half made");
        let (mut ledger, opening) = register.open();
        assert_eq!(kinds(&opening), [], "{left}");
        register.sell(&mut ledger, 1);
        assert!(!register.place.dir.join(left).exists());
    }
}

#[test]
fn a_journal_that_was_put_aside_before_the_start_was_cut_off_is_not_said_to_be_lost() {
    let register = Register::new();
    let older = closed_after(&register, 3);
    closed_after(&register, 2);
    let other_key = || SigningKey::from_seed(&[6; 32]).expect("a key");
    fs::write(register.place.database(), older).expect("put back");
    fs::remove_dir_all(&register.place.tape_dir).expect("gone");
    let anchor = register.place.anchor_dir.join("anchor-1042-7");
    let mark = fs::read(&anchor).expect("an anchor");
    drop(register.open_with(Some(other_key()), None).expect("opened"));
    let new = register.place.database();
    // As if the start had been cut off before the new journal began: its database is not there,
    // and the anchor still names the old one.
    for suffix in ["", "-wal", "-shm"] {
        fs::remove_file(new.with_file_name(format!("ledger.db{suffix}"))).ok();
    }
    fs::remove_dir_all(&register.place.tape_dir).expect("gone");
    fs::write(&anchor, mark).expect("the mark before");
    let (_, opening) = register.open_with(Some(other_key()), None).expect("opened");
    assert_eq!(kinds(&opening), [FindingKind::JournalFrozen]);
    let text = opening.findings[0].text().to_string();
    assert!(text.contains("Of 7 records only the first 5 can be found"), "{text}");
}

#[test]
fn an_older_journal_put_in_the_place_of_the_current_one_is_set_aside() {
    let register = Register::new();
    let older = closed_after(&register, 4);
    let other_key = || SigningKey::from_seed(&[6; 32]).expect("a key");
    let open = |register: &Register| -> (Ledger, Opening) {
        register.open_with(Some(other_key()), None).expect("opened")
    };
    let (mut ledger, _) = open(&register);
    register.sell(&mut ledger, 7);
    let current = ledger.chain().journal;
    ledger.close().expect("closed");
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(register.place.dir.join(format!("ledger.db{suffix}"))).ok();
    }
    fs::write(register.place.database(), older).expect("put back");
    let (ledger, opening) = open(&register);
    assert_eq!(kinds(&opening), [FindingKind::DatabaseRebuilt]);
    assert_eq!(ledger.chain().journal, current);
    assert_eq!(ledger.state().last_sale_no.0, 7);
}
