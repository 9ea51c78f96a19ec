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
}
