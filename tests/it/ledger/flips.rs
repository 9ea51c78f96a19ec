//! Flipped bits over all that a register keeps: database, log, tape, anchor. Before the start it
//! is looked at what a reader sees of the damage, and after it whether every record is back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tideover::device::entropy::SeededEntropy;
use tideover::domain::ids::Seq;
use tideover::journal::checkpoint::Checkpoint;
use tideover::journal::verify::{Depth, Known};
use tideover::ledger::{LedgerError, Place, Reader};

use super::store::{Register, copy_folder};

/// Flips in all four places together: 80 unless told.
fn flips() -> u64 {
    std::env::var("TIDEOVER_ALL_FLIPS").ok().and_then(|text| text.parse().ok()).unwrap_or(80)
}

fn seed() -> u64 {
    std::env::var("TIDEOVER_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

const PLACES: [&str; 4] = ["database", "log", "tape", "anchor"];
const SALES: u64 = 18;

fn only(dir: &Path) -> PathBuf {
    let mut entries = fs::read_dir(dir).expect("a folder");
    entries.next().expect("a file").expect("an entry").path()
}

fn file_of(place: &Place, name: &str) -> PathBuf {
    match name {
        "database" => place.database(),
        "log" => place.dir.join("ledger.db-wal"),
        "tape" => only(&place.tape_dir),
        _ => only(&place.anchor_dir),
    }
}

/// All lines of the journal in use; none where no journal is found.
fn lines(place: &Place) -> Result<Option<Vec<Vec<u8>>>, LedgerError> {
    let reader = Reader::open(place)?;
    let Some(current) = reader.journals()?.into_iter().next() else { return Ok(None) };
    let lines = reader.lines(&current, Seq(0), usize::MAX, usize::MAX)?;
    Ok(Some(lines.into_iter().map(|line| line.into_bytes()).collect()))
}

/// What a reader sees before anything is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    /// Every record as it was.
    Whole,
    /// A record with other bytes, or a wrong count of them, found at its place.
    Located,
    /// The file can't be read at all, in words, or names no journal.
    Unreadable,
}

fn seen(place: &Place, whole: &[Vec<u8>], known: Option<Checkpoint>, what: &str) -> Seen {
    let Ok(Some(found)) = lines(place) else { return Seen::Unreadable };
    let changed = whole.iter().zip(&found).position(|(was, is)| was != is);
    let changed = changed.or((found.len() != whole.len()).then_some(found.len().min(whole.len())));
    let Some(changed) = changed else { return Seen::Whole };
    let reader = Reader::open(place).expect("it was read before");
    let current = reader.journals().expect("journals").remove(0);
    let known = Known { key: Some(Register::key().public()), checkpoint: known };
    let Ok(report) = reader.verify(&current, Depth::Full, known, &mut |_| {}) else {
        return Seen::Unreadable;
    };
    let at = Seq(u64::try_from(changed).expect("fits"));
    let near = |seq: Seq| seq == at || seq.0 == at.0 + 1;
    let cut = found.len() < whole.len();
    assert!(
        report.findings.iter().any(|finding| near(finding.seq) || cut),
        "{what}: a change of record {at} is not found at its place: {:?}",
        report.findings
    );
    Seen::Located
}

#[test]
fn of_flipped_bits_anywhere_each_changed_record_is_found_and_every_one_comes_back() {
    // Half of them are in a closed ledger, half in one whose program was killed.
    let registers = [Register::new(), Register::new()];
    for (register, closes) in registers.iter().zip([true, false]) {
        let (mut ledger, _) = register.open();
        register.sell(&mut ledger, SALES);
        if closes {
            ledger.close().expect("closed");
        }
    }
    let whole =
        registers.each_ref().map(|register| lines(&register.place).expect("read").expect("lines"));
    let known = registers.each_ref().map(|register| register.verify().checkpoint());
    let chance = SeededEntropy::new(seed());
    let mut table: BTreeMap<(&str, Seen, String), u64> = BTreeMap::new();
    for round in 0..flips() {
        let name = PLACES[usize::try_from(round % 4).expect("fits")];
        // Only a killed ledger has a log, and only a closed one has all of it in its database.
        let which = usize::from(name != "database" && (name == "log" || round % 8 >= 4));
        let (register, whole) = (&registers[which], &whole[which]);
        let copy = tempfile::tempdir().expect("a folder");
        copy_folder(register.place.dir.parent().expect("a folder"), copy.path());
        let damaged = Register::at(copy.path(), 2);
        let path = file_of(&damaged.place, name);
        let mut bytes = fs::read(&path).expect("bytes");
        // What was only set aside ahead holds nothing that could be damaged.
        let is_ahead = |byte: &u8| if name == "log" { *byte == 0 } else { *byte == b'\n' };
        let used = bytes.iter().rposition(|byte| !is_ahead(byte)).expect("bytes") + 1;
        let bit = chance.below(8 * u64::try_from(used).expect("fits"));
        bytes[usize::try_from(bit / 8).expect("fits")] ^= 1 << (bit % 8);
        fs::write(&path, bytes).expect("damage");
        let what = format!("seed {}, round {round}, {name}, bit {bit}", seed());
        // The reader looks at a copy of its own: looking must not be what mends.
        let look = tempfile::tempdir().expect("a folder");
        copy_folder(copy.path(), look.path());
        let before = seen(&Register::at(look.path(), 3).place, whole, known[which], &what);
        let outcome = match damaged.try_open() {
            Err(why) => {
                // A flip in the header that says which format it is: refused, nothing touched.
                assert!(matches!(why, LedgerError::NewerVersion { .. }), "{what}: {why:?}");
                "refused: a newer program's file".to_owned()
            }
            Ok((ledger, opening)) => {
                assert_eq!(ledger.state().last_sale_no.0, SALES, "{what}: {:?}", opening.findings);
                let kinds: Vec<String> =
                    opening.findings.iter().map(|finding| format!("{:?}", finding.kind)).collect();
                drop(ledger);
                let after = lines(&damaged.place).expect("read").expect("lines");
                // Restored byte for byte; what the start itself recorded comes behind.
                assert_eq!(&after[..whole.len()], whole.as_slice(), "{what}");
                assert!(damaged.verify().is_clean(), "{what}");
                // The tape's own bits change nothing that a reader of the ledger sees.
                if before != Seen::Whole || name == "tape" {
                    assert!(!kinds.is_empty(), "{what}: mended without a word");
                }
                if kinds.is_empty() { "nothing to say".to_owned() } else { kinds.join(" + ") }
            }
        };
        *table.entry((name, before, outcome)).or_default() += 1;
    }
    println!("flips: {}, seed {}", flips(), seed());
    for ((name, before, outcome), count) in &table {
        println!("| {name} | {before:?} | {outcome} | {count} |");
    }
    let found = table.iter().filter(|((_, before, _), _)| *before != Seen::Whole);
    assert!(found.map(|(_, count)| count).sum::<u64>() * 8 > flips(), "the flips reach records");
}
