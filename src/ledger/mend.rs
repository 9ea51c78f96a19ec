//! Putting the tape right at start: it is completed, or set aside and written again, from the
//! database.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::domain::words::words;

use super::aside::{move_file, set_aside_folder};
use super::error::{BesideFailed, LedgerError};
use super::finding::{Finding, FindingKind};
use super::open::{Db, sql_int};
use super::plan::TapePlan;
use super::recover::Request;
use super::tape::Tape;
use super::walk::Walked;

pub(super) fn mend_tape(
    request: &Request<'_>,
    db: &Db,
    path: &Path,
    walked: &Walked,
    plan: TapePlan,
    findings: &mut Vec<Finding>,
) -> Result<Tape, BesideFailed> {
    let failed = |why: std::io::Error| BesideFailed::tape(path, &why);
    let unread = |why: rusqlite::Error| BesideFailed::tape(path, &why);
    let aside = |why: LedgerError| BesideFailed::tape(path, &why);
    let from = match plan {
        TapePlan::Keep => return Tape::open(path, walked.tape_end).map_err(failed),
        TapePlan::Complete => walked.tape.good,
        TapePlan::Rewrite => {
            let to = set_aside_folder(request, "damaged-tape").map_err(aside)?;
            move_file(path, &to).map_err(aside)?;
            0
        }
    };
    let end = if from == 0 { 0 } else { walked.tape_end };
    let last = db.last_line().map_err(aside)?;
    // Looked at before it is overwritten.
    let changed = match (plan, &last) {
        (TapePlan::Complete, Some((_, line))) => is_changed(path, end, line).map_err(failed)?,
        _ => false,
    };
    let mut tape = Tape::open(path, end).map_err(failed)?;
    let mut lines =
        db.conn.prepare("SELECT line FROM journal WHERE seq >= ?1 ORDER BY seq").map_err(unread)?;
    let mut rows = lines.query((sql_int(from),)).map_err(unread)?;
    while let Some(row) = rows.next().map_err(unread)? {
        let line: Vec<u8> = row.get(0).map_err(unread)?;
        tape.write(&line).map_err(failed)?;
    }
    tape.flush().map_err(failed)?;
    // One record behind is what any sudden end leaves, and not worth a word; a record that was
    // whole once and is not any more is.
    let missing = last.map_or(0, |(seq, _)| seq.saturating_add(1).saturating_sub(from));
    if plan == TapePlan::Rewrite || missing > 1 || changed {
        findings.push(Finding::new(
            FindingKind::TapeMended,
            if plan == TapePlan::Rewrite || missing <= 1 {
                words!("The second copy of the sales was damaged.")
            } else {
                words!("The second copy of the sales lacked {} records.", missing)
            },
            words!("No sale is lost: the ledger itself holds all of them."),
            words!("The second copy was written again. Nothing is to be done."),
        ));
    }
    Ok(tape)
}

/// Something stands where the last record of the tape should be that no sudden end leaves: such an
/// end leaves the line's own bytes, the space that was written ahead, zeros, or nothing.
fn is_changed(path: &Path, from: u64, line: &[u8]) -> io::Result<bool> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(why) => return Err(why),
    };
    file.seek(SeekFrom::Start(from))?;
    let mut there = Vec::new();
    let len = u64::try_from(line.len()).unwrap_or(u64::MAX).saturating_add(1);
    file.take(len).read_to_end(&mut there)?;
    let wanted = line.iter().chain(b"\n");
    let differs: Vec<usize> = (0..)
        .zip(there.iter().zip(wanted))
        .filter(|(_, (is, was))| is != was)
        .map(|(place, _)| place)
        .collect();
    // One byte alone, with what it belongs to behind it, was there once.
    let alone = differs.len() == 1 && differs.first() < there.len().checked_sub(1).as_ref();
    let left = |place: &usize| matches!(there.get(*place), Some(b'\n' | 0) | None);
    Ok(alone || !differs.iter().all(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sudden_end_leaves_is_told_from_a_record_that_was_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tape");
        let line = b"4f1c {\"k\":\"sale\",\"seq\":7}";
        let is = |bytes: &[u8]| {
            std::fs::write(&path, [b"a record\n", bytes].concat()).expect("written");
            is_changed(&path, 9, line).expect("read")
        };
        for left in [&b""[..], b"\n\n\n\n", b"4f1c {\"k\"", b"4f1c \n\n\n\n\n\n", b"\0\0\0\0"] {
            assert!(!is(left), "{left:?}");
        }
        let mut whole = [line, &b"\n"[..]].concat();
        assert!(!is(&whole));
        for bit in 0..whole.len() * 8 {
            whole[bit / 8] ^= 1 << (bit % 8);
            assert!(is(&whole), "bit {bit}");
            whole[bit / 8] ^= 1 << (bit % 8);
        }
        assert!(!is_changed(&folder.path().join("none"), 0, line).expect("nothing is there"));
    }

    /// A register that sold four times and whose tape was then changed, opened again: what is
    /// said, and the tape afterwards.
    fn opened_with(change: impl FnOnce(&Path, &[Vec<u8>])) -> (Vec<String>, bool, usize) {
        let till = super::super::sample::Till::sold(4);
        let tape = till.tape();
        let whole = std::fs::read(&tape).expect("a tape");
        let lines: Vec<Vec<u8>> =
            whole.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
        assert_eq!(lines.len(), 6);
        change(&tape, &lines);
        let (ledger, opening) = till.open();
        ledger.close().expect("closed");
        let said = opening.findings.iter().map(|finding| finding.text().to_string()).collect();
        let aside = std::fs::read_dir(till.place.set_aside()).map_or(0, Iterator::count);
        (said, std::fs::read(&tape).expect("a tape") == whole, aside)
    }

    #[test]
    fn a_tape_that_is_one_record_behind_is_completed_without_a_word() {
        let cut = |tape: &Path, lines: &[Vec<u8>], to: usize, rest: &[u8]| {
            std::fs::write(tape, [&lines[..to].concat(), rest].concat()).expect("cut");
        };
        let (said, whole, _) = opened_with(|tape, lines| cut(tape, lines, 5, b""));
        assert!(said.is_empty() && whole, "{said:?}");
        let (said, whole, _) = opened_with(|tape, lines| cut(tape, lines, 5, b"\n\n\n"));
        assert!(said.is_empty() && whole, "{said:?}");
        let (said, whole, _) = opened_with(|tape, lines| cut(tape, lines, 5, &lines[5][..40]));
        assert!(said.is_empty() && whole, "{said:?}");
        let (said, whole, aside) = opened_with(|tape, lines| cut(tape, lines, 4, b""));
        assert_eq!((said.len(), whole, aside), (1, true, 0));
        assert!(said[0].starts_with("The second copy of the sales lacked 2 records."), "{said:?}");
        assert!(said[0].contains("No sale is lost"), "{said:?}");
        let deleted = |tape: &Path, _: &[Vec<u8>]| std::fs::remove_file(tape).expect("deleted");
        let (said, whole, _) = opened_with(deleted);
        assert!(whole && said[0].contains("lacked 6 records"), "{said:?}");
    }

    #[test]
    fn a_tape_with_a_changed_record_is_written_again_and_the_damaged_one_kept_or_overwritten() {
        let flip = |tape: &Path, lines: &[Vec<u8>], of: usize| {
            let mut lines = lines.to_vec();
            let middle = lines[of].len() / 2;
            lines[of][middle] ^= 0x10;
            std::fs::write(tape, lines.concat()).expect("changed");
        };
        // The last one: one record behind, and still not what a sudden end leaves.
        let (said, whole, aside) = opened_with(|tape, lines| flip(tape, lines, 5));
        assert!(whole && said[0].starts_with("The second copy of the sales was damaged."));
        assert!(said.len() == 1 && aside <= 1, "{said:?}");
        let (said, whole, aside) = opened_with(|tape, lines| flip(tape, lines, 3));
        assert!(whole && said[0].starts_with("The second copy of the sales was damaged."));
        assert_eq!((said.len(), aside), (1, 1), "{said:?}");
    }

    #[test]
    fn what_can_t_be_looked_at_is_an_error_and_a_single_byte_that_grew_is_a_change() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(is_changed(folder.path(), 0, b"line").is_err(), "a folder in its place");
        let path = folder.path().join("tape");
        std::fs::write(&path, b"").expect("written");
        assert!(is_changed(&path.join("below"), 0, b"line").is_err(), "nor is it a folder");
        let changed = |there: &[u8]| {
            std::fs::write(&path, there).expect("written");
            is_changed(&path, 0, b"line").expect("read")
        };
        // One byte that was zeroed, with what belongs to it behind it, was there once.
        assert!(changed(b"li\0e\n"));
        // The last byte alone may be what was not written yet.
        assert!(!changed(b"line\0"));
        assert!(!changed(b"lin\n"));
        assert!(!changed(b"li\n\n\n"));
    }
}
