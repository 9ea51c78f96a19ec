//! Sealed data in databases that were given up: taken along into the ledger in use, and then gone
//! from where it lay, so that what is destroyed here is destroyed everywhere.
//!
//! ```text
//!  given up ─▶ frozen/<epoch>/ledger.db ─ rows ─▶ the next ledger, durable ─▶ overwritten there
//!                        └ a start was cut off between: the next one begins there
//! ```
//!
//! Records stay as they are. A database that can't be opened keeps its rows, and that is logged.

use std::path::Path;

use super::Place;
use super::aside::kept_before;
use super::error::LedgerError;
use super::open::{connect, connect_file_to_read, set_durability};
use super::sealed::Carried;
use crate::domain::ids::Epoch;

/// The most folders of given-up journals that are looked at.
const FOLDERS_MAX: usize = 1_000;

/// What a start that was cut off left of a journal's sealed data where its database was put.
pub(super) fn of(place: &Place, epoch: Epoch) -> Carried {
    let path = kept_before(place, epoch).map(|(folder, _)| folder.join("ledger.db"));
    let db = path.filter(|path| path.exists()).and_then(|path| connect_file_to_read(&path).ok());
    db.and_then(|db| Carried::of(&db).ok()).unwrap_or(Carried::NOTHING)
}

/// Overwrites what given-up databases hold of it; the ledger in use has it, durably.
pub(super) fn clear(place: &Place) {
    let entries = std::fs::read_dir(place.frozen()).into_iter().flatten().flatten();
    for entry in entries.take(FOLDERS_MAX) {
        let path = entry.path().join("ledger.db");
        if has_rows(&path)
            && let Err(why) = emptied(&path)
        {
            tracing::warn!(%why, path = %path.display(), "sealed data stays where it was put away");
        }
    }
}

fn has_rows(path: &Path) -> bool {
    let asked = || -> Option<bool> {
        let db = path.exists().then(|| connect_file_to_read(path).ok())??;
        let sql = "SELECT EXISTS (SELECT 1 FROM sealed) OR EXISTS (SELECT 1 FROM check_seen)";
        db.query_row(sql, (), |row| row.get(0)).ok()
    };
    asked().unwrap_or(false)
}

fn emptied(path: &Path) -> Result<(), LedgerError> {
    let failed = |why| LedgerError::sqlite(path, "erasing sealed data", why);
    let db = connect(path)?;
    // Overwrites what it takes away.
    set_durability(&db, path)?;
    db.execute_batch("BEGIN IMMEDIATE; DELETE FROM sealed; DELETE FROM check_seen; COMMIT")
        .map_err(failed)?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::super::open::beside;
    use super::super::sample::{Till, sell};
    use super::super::{Reader, sealed, tape};
    use super::*;
    use crate::domain::check::Commitment;
    use crate::domain::time::BusinessDate;

    /// A journal that was put away with a sealed row in its database, by a start that was cut off
    /// before the next journal began.
    fn put_away(till: &Till, bytes: &[u8]) -> (PathBuf, Epoch) {
        let (mut ledger, _) = till.open();
        sell(&mut ledger, 1);
        let epoch = ledger.chain().journal.epoch;
        drop(ledger);
        let db = connect(&till.place.database()).expect("opened");
        let day = BusinessDate::parse("2026-11-22").expect("a day");
        let row = (Commitment([7; 32]), bytes.to_vec());
        sealed::put(&db, epoch, Default::default(), day, &row).expect("kept");
        drop(db);
        let folder = till.place.frozen().join(epoch.to_string());
        fs::create_dir_all(&folder).expect("made");
        let tape = tape::path(&till.place.tape_dir, epoch);
        fs::copy(&tape, folder.join("lines-1.jsonl")).expect("kept");
        fs::rename(&tape, folder.join(tape.file_name().expect("a name"))).expect("moved");
        for suffix in ["", "-wal", "-shm"] {
            let from = beside(&till.place.database(), suffix);
            if from.exists() {
                fs::rename(from, beside(&folder.join("ledger.db"), suffix)).expect("moved");
            }
        }
        (folder, epoch)
    }

    fn holds(folder: &Path, bytes: &[u8]) -> bool {
        let files = fs::read_dir(folder).expect("files").flatten();
        let mut all = files.map(|file| fs::read(file.path()).expect("read"));
        // A page holds a part of it.
        let holds = |all: &[u8], part: &[u8]| all.windows(part.len()).any(|window| window == part);
        all.any(|all| bytes.chunks_exact(16).any(|part| holds(&all, part)))
    }

    #[test]
    fn what_a_cut_off_start_put_away_comes_along_and_is_overwritten_where_it_lay() {
        let till = Till::sold(1);
        let bytes: Vec<u8> = (0..200_u8).map(|n| n.wrapping_mul(73) ^ 0x5a).collect();
        let (folder, epoch) = put_away(&till, &bytes);
        assert!(holds(&folder, &bytes), "it lay there");
        let (ledger, _) = till.open();
        assert_ne!(ledger.chain().journal.epoch, epoch, "the next journal began");
        let reader = Reader::open(&till.place).expect("a reader");
        let rows = reader.sealed_not_held(epoch, "central", 9).expect("rows");
        assert_eq!(rows.iter().map(|row| &row.bytes).collect::<Vec<_>>(), [&bytes]);
        assert!(!holds(&folder, &bytes), "nothing of it is left there");
    }

    #[test]
    fn a_folder_without_a_database_and_one_that_is_none_are_left_alone() {
        let till = Till::sold(1);
        let frozen = till.place.frozen();
        fs::create_dir_all(frozen.join("a")).expect("made");
        fs::create_dir_all(frozen.join("b")).expect("made");
        fs::write(frozen.join("b/ledger.db"), b"no database").expect("written");
        clear(&till.place);
        assert_eq!(fs::read(frozen.join("b/ledger.db")).expect("read"), b"no database");
    }
}
