//! Full, read-only, newer, foreign, taken: each is said in words with its remedy, and nothing is
//! reported as recorded that is not.

use std::fs;
use std::path::Path;
use std::process::Command;

use tideover::domain::event::Event;
use tideover::domain::ids::{RegisterNo, SaleNo, StoreNo};
use tideover::domain::sale::{SaleLine, SavedBasket};
use tideover::ledger::draft::{Draft, Loaded};
use tideover::ledger::{Identity, Ledger, LedgerError, Reader};

use super::store::{Register, line, next_sale, sale};

/// A small file system in memory; none where this user may not make one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn of(kib: u32) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let made = mount(&["-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs"], folder.path());
        if !made {
            eprintln!("skipped: this user may not mount a small file system");
        }
        made.then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(self.0.path()).status().ok();
    }
}

fn mount(options: &[&str], at: &Path) -> bool {
    let status =
        Command::new("mount").args(options).arg(at).stderr(std::process::Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

#[test]
fn a_full_disk_says_so_and_holds_exactly_what_was_reported() {
    let Some(disk) = SmallDisk::of(600) else { return };
    let elsewhere = tempfile::tempdir().expect("a folder");
    let mut register = Register::at(elsewhere.path(), 1);
    register.place.dir = disk.0.path().join("ledger");
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 0);
    let mut recorded = 0;
    let why = loop {
        let (number, shift) = next_sale(&ledger);
        match ledger.append(&register.entry(Event::of_sale(sale(number, shift, 12)))) {
            Ok(_) => recorded += 1,
            Err(why) => break why,
        }
    };
    assert!(recorded > 5, "{recorded} fit");
    assert!(matches!(why, LedgerError::DiskFull { .. }), "{why:?}");
    let words = why.to_string();
    assert!(words.contains("is full") && words.contains("was not recorded"), "{words}");
    let (number, shift) = next_sale(&ledger);
    let next = ledger.append(&register.entry(Event::of_sale(sale(number, shift, 1))));
    assert!(matches!(next, Err(LedgerError::Poisoned)), "{next:?}");
    drop(ledger);
    assert!(mount(&["-o", "remount,size=8m"], disk.0.path()), "space was made");
    let (ledger, opening) = register.open();
    assert_eq!(ledger.state().last_sale_no.0, recorded, "{:?}", opening.findings);
    assert!(register.verify().is_clean());
}

#[test]
fn the_ballast_pays_for_the_sale_in_hand() {
    let Some(disk) = SmallDisk::of(10_500) else { return };
    let elsewhere = tempfile::tempdir().expect("a folder");
    let mut register = Register::at(elsewhere.path(), 1);
    register.place.dir = disk.0.path().join("ledger");
    let (mut ledger, opening) = register.open();
    assert!(opening.findings.is_empty(), "{:?}", opening.findings);
    register.sell(&mut ledger, 2);
    let ballast = register.place.dir.join("ballast");
    assert!(ballast.exists());
    let mut filling = fs::File::create(disk.0.path().join("somebody-elses-file")).expect("a file");
    while std::io::Write::write_all(&mut filling, &[7; 4096]).is_ok() {}
    // The space written ahead of the WAL pays first.
    let mut sold = 2;
    while ballast.exists() && sold < 500 {
        register.sell(&mut ledger, 1);
        sold += 1;
    }
    assert!(!ballast.exists(), "it was given up");
    register.sell(&mut ledger, 20);
    drop(ledger);
    let (ledger, _) = register.open();
    assert_eq!(ledger.state().last_sale_no.0, sold + 20);
    assert!(register.verify().is_clean());
}

#[test]
fn a_read_only_disk_says_so() {
    let Some(disk) = SmallDisk::of(8_000) else { return };
    let elsewhere = tempfile::tempdir().expect("a folder");
    let mut register = Register::at(elsewhere.path(), 1);
    register.place.dir = disk.0.path().join("ledger");
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 2);
    ledger.close().expect("closed");
    assert!(mount(&["-o", "remount,ro"], disk.0.path()), "made read-only");
    let why = register.try_open().expect_err("nothing can be recorded");
    assert!(matches!(why, LedgerError::ReadOnly { .. }), "{why:?}");
    assert!(why.to_string().contains("can't be written to"), "{why}");
    let reader = Reader::open(&register.place).expect("reading goes on");
    let journal = reader.journals().expect("journals").remove(0);
    assert_eq!(reader.next_seq(&journal).expect("an end").0, 4);
}

#[test]
fn a_newer_ledger_is_left_alone_and_can_still_be_read() {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 2);
    ledger.close().expect("closed");
    let raw = rusqlite::Connection::open(register.place.database()).expect("open");
    raw.pragma_update(None, "user_version", 2).expect("a later format");
    drop(raw);
    let before = fs::read(register.place.database()).expect("bytes");
    let why = register.try_open().expect_err("refused");
    assert!(matches!(why, LedgerError::NewerVersion { found: 2, known: 1, .. }), "{why:?}");
    assert!(why.to_string().contains("Install the newer Tideover"), "{why}");
    assert_eq!(fs::read(register.place.database()).expect("bytes"), before);
    let reader = Reader::open(&register.place).expect("a reader");
    let journal = reader.journals().expect("journals").remove(0);
    assert_eq!(
        reader.lines(&journal, tideover::domain::ids::Seq(0), 9, 1 << 20).expect("lines").len(),
        4
    );
}

#[test]
fn a_second_program_is_told_so_and_can_look() {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    let why = register.try_open().expect_err("refused");
    assert!(matches!(why, LedgerError::InUse), "{why:?}");
    let reader = Reader::open(&register.place).expect("a reader");
    let journal = reader.journals().expect("journals").remove(0);
    register.sell(&mut ledger, 1);
    assert_eq!(reader.next_seq(&journal).expect("an end").0, 3, "it sees what is recorded");
    drop(ledger);
    register.open();
}

#[test]
fn another_registers_ledger_is_refused_untouched() {
    let register = Register::new();
    let (ledger, _) = register.open();
    ledger.close().expect("closed");
    let before = fs::read(register.place.database()).expect("bytes");
    let other = Identity { store: StoreNo(1042), register: RegisterNo(8) };
    let opened = Ledger::open(
        &register.place,
        other,
        Some(Register::key()),
        &register.clock,
        register.entropy.as_ref(),
        None,
    );
    let why = opened.expect_err("refused");
    assert!(matches!(why, LedgerError::OtherRegister { .. }), "{why:?}");
    assert!(why.to_string().contains("belongs to store 1042 register 7"), "{why}");
    assert_eq!(fs::read(register.place.database()).expect("bytes"), before);
}

#[test]
fn a_file_deleted_or_replaced_while_open_is_noticed_before_the_next_commit() {
    for name in ["ledger.db", "ledger.db-wal"] {
        let register = Register::new();
        let (mut ledger, _) = register.open();
        register.sell(&mut ledger, 3);
        let path = register.place.dir.join(name);
        let copy = fs::read(&path).expect("bytes");
        fs::remove_file(&path).expect("deleted");
        let (number, shift) = next_sale(&ledger);
        let entry = register.entry(Event::of_sale(sale(number, shift, 1)));
        let why = ledger.append(&entry).expect_err("noticed");
        assert!(matches!(why, LedgerError::FileReplaced { .. }), "{why:?}");
        assert!(why.to_string().contains("This sale was not recorded"), "{why}");
        fs::write(&path, copy).expect("replaced");
        assert!(ledger.append(&entry).is_err(), "a copy in its place is not it");
        drop(ledger);
        fs::remove_file(&path).expect("deleted");
        let (ledger, opening) = register.open();
        assert_eq!(opening.findings.len(), 1, "{name}: {:?}", opening.findings);
        assert_eq!(ledger.state().last_sale_no.0, 3, "{name}: back from the tape");
        assert!(register.verify().is_clean());
    }
}

#[test]
fn the_ledgers_folder_is_its_users_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let register = Register::new();
    register.open();
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&register.place.dir), 0o700);
    assert_eq!(mode(&register.place.database()), 0o600);
}

#[test]
fn a_basket_being_rung_up_is_found_again_and_a_damaged_one_set_aside() {
    let register = Register::new();
    register.open();
    let draft = Draft::of(&register.place);
    assert_eq!(draft.load().expect("read"), Loaded::Nothing);
    let lines: Vec<_> = (0..12).map(line).collect();
    let basket =
        |lines: &[SaleLine]| SavedBasket { lines: lines.to_vec(), ..SavedBasket::default() };
    draft.save(SaleNo(4), basket(&lines[..3])).expect("saved");
    draft.save(SaleNo(4), basket(&lines)).expect("saved");
    assert_eq!(
        draft.load().expect("read"),
        Loaded::Basket { sale: SaleNo(4), basket: Box::new(basket(&lines)) }
    );
    let path = register.place.dir.join("draft");
    let whole = fs::read(&path).expect("bytes");
    for place in (0..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[place] ^= 4;
        fs::write(&path, bytes).expect("damage");
        let Loaded::Damaged(aside) = draft.load().expect("read") else { panic!("byte {place}") };
        assert!(aside.exists() && !path.exists());
    }
    draft.save(SaleNo(4), basket(&lines)).expect("saved");
    draft.clear().expect("cleared");
    draft.clear().expect("cleared twice");
    assert_eq!(draft.load().expect("read"), Loaded::Nothing);
}
