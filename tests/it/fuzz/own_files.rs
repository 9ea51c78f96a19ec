//! A register's own small files, each changed in turn as a failing disk, a clumsy program or a
//! thief would: it starts or says in words why not, and no sale that was PAID is missing.
//!
//! ```text
//!  a register in the middle of a basket ─▶ its files ─▶ one is changed ─▶ the real start ─▶ it sells
//! ```
//!
//! Database, tape and anchor are changed in `it::ledger::flips`, packs and settings as readers here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tideover::device::entropy::SystemEntropy;
use tideover::domain::ids::Seq;
use tideover::journal::record::Envelope;
use tideover::ledger::Reader;
use tideover::register::command::Command;
use tideover::register::register::Answer;
use tideover::register::settings::DataDir;
use tideover::register::startup::{self, World};

use super::fed;
use super::readers::Seen;
use crate::ledger::store::copy_folder;
use crate::register::{CASHIER, Shop, WATER, cash, scan, sign_in};

/// Larger ones are the ledger's, or hold nothing (its ballast).
const SMALL: u64 = 16 * 1024;

/// What a change of keys leaves until it is finished.
const ROTATION: &str = r#"{"key":"8a","certificate":"x","receipt_word":null,"recovery":"x"}"#;

/// The small files of a folder, by their place in it.
fn small_files(root: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).expect("entries") {
        let path = entry.expect("an entry").path();
        let place = path.strip_prefix(root).expect("inside").to_owned();
        let kept = path.metadata().expect("there");
        if kept.is_dir() && !place.starts_with("packs") {
            small_files(root, &path, found);
        } else if kept.is_file() && kept.len() <= SMALL {
            found.insert(place, std::fs::read(&path).expect("bytes"));
        }
    }
}

/// How many sales stand in all journals of a data folder.
fn sales(data: &DataDir) -> usize {
    let reader = Reader::open(&data.place(&data.settings().expect("settings"))).expect("a reader");
    let of_journal = |journal| {
        let lines = reader.lines(&journal, Seq(0), 1_000, usize::MAX).expect("lines");
        let kind = |line: &[u8]| {
            Envelope::read(line).expect("a record").event().expect("known").kind().to_owned()
        };
        lines.iter().filter(|line| kind(line.bytes()) == "sale").count()
    };
    reader.journals().expect("journals").into_iter().map(of_journal).sum()
}

#[test]
fn whatever_one_of_its_own_small_files_holds_a_register_starts_in_words_and_keeps_its_sales() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    scan(&mut register, WATER);
    assert_eq!(register.handle(Command::BeginTender), Answer::Done);
    assert_eq!(register.handle(cash(500, false)), Answer::Done);
    scan(&mut register, WATER);
    for _ in 0..2 {
        sign_in(&mut register, ("51", "111222"));
    }
    drop(register); // The plug, with a basket open.

    let (data, folder) = (shop.data(), tempfile::tempdir().expect("a folder"));
    let kept = folder.path().join("kept");
    copy_folder(&data.0, &kept);
    let mut files = BTreeMap::new();
    small_files(&kept, &kept, &mut files);
    files.retain(|place, _| !place.ends_with("ledger.db") && !place.ends_with("lock"));
    // What a register with a central has besides, as it is written; any key will do.
    let hex = "8a".repeat(32);
    for (name, text) in [
        ("register.rotation", ROTATION.to_owned()),
        ("revoked.note", format!("{hex}\n{hex}\n")),
        ("recovery.key", format!("{hex}\n")),
        ("seal.pub", format!("{hex}\n")),
        ("accounts.key", format!("- 2026-11-22 {hex}\n")),
        ("register.cert", "-----BEGIN CERTIFICATE-----\nMIIB\n".to_owned()),
    ] {
        files.insert(PathBuf::from(name), text.into_bytes());
    }
    assert_eq!(sales(&data), 1);
    for (place, seed) in &files {
        let mut look = |input: &[u8]| {
            std::fs::remove_dir_all(&data.0).expect("gone");
            copy_folder(&kept, &data.0);
            std::fs::write(data.0.join(place), input).expect("changed");
            let world = World {
                clock: Arc::new(shop.clock.clone()),
                entropy: Arc::new(SystemEntropy),
                faults: None,
                machine: Default::default(),
            };
            let mut register = match startup::open(&data, &world) {
                Ok(register) => register,
                Err(why) => return Seen::Refused(why.to_string()),
            };
            sign_in(&mut register, CASHIER);
            scan(&mut register, WATER);
            drop(register);
            assert!(sales(&data) >= 1, "a sale that was PAID is missing");
            Seen::Taken
        };
        fed(&format!("own file {}", place.display()), 20, std::slice::from_ref(seed), &mut look);
    }
}
