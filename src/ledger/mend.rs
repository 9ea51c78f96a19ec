//! Putting the tape right at start: it is completed, or set aside and written again, from the
//! database.

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
    let mut tape = Tape::open(path, end).map_err(failed)?;
    let mut lines =
        db.conn.prepare("SELECT line FROM journal WHERE seq >= ?1 ORDER BY seq").map_err(unread)?;
    let mut rows = lines.query((sql_int(from),)).map_err(unread)?;
    while let Some(row) = rows.next().map_err(unread)? {
        let line: Vec<u8> = row.get(0).map_err(unread)?;
        tape.write(&line).map_err(failed)?;
    }
    tape.flush().map_err(failed)?;
    // One record behind is what any sudden end leaves, and not worth a word.
    let missing = db
        .last_line()
        .map_err(aside)?
        .map_or(0, |(seq, _)| seq.saturating_add(1).saturating_sub(from));
    if plan == TapePlan::Rewrite || missing > 1 {
        findings.push(Finding::new(
            FindingKind::TapeMended,
            if plan == TapePlan::Rewrite {
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
