//! recalls.csv: goods that must not be sold, looked up for each item that is rung up.
//!
//! The table may be left out. A row that is wrong can't: somebody would be sold what was recalled.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::check::{quoted, shown};
use super::error::{BadRow, BuildError};
use super::rows::walk;
use super::source::Source;
use crate::domain::code::batch::Batch;
use crate::domain::code::recall::{BATCHES_SHOWN_MAX, Recall};
use crate::domain::gtin::{ItemCode, has_wrong_check_digit};

const FILE: &str = "recalls.csv";
/// The most rows of a store's list.
const RECALLS_MAX: u64 = 100_000;

/// One row: the item, one batch of it or all, and why.
struct Row {
    code: ItemCode,
    batch: Option<Batch>,
    reason: String,
}

/// Fills the table, where the source has it, and counts its rows.
pub(super) fn fill(
    source: &Source<'_>,
    transaction: &Transaction<'_>,
    bad: &mut Vec<BadRow>,
) -> Result<u64, BuildError> {
    if !source.has(FILE) {
        return Ok(0);
    }
    let mut lines: HashMap<(String, String), u64> = HashMap::new();
    let mut insert =
        transaction.prepare("INSERT INTO recall (code, batch, reason) VALUES (?1, ?2, ?3)")?;
    walk(source, FILE, &["code", "batch", "reason"], |line, fields| {
        let read = fields.and_then(row).and_then(|row| {
            let batch = row.batch.as_ref().map_or("", Batch::as_str).to_ascii_lowercase();
            let key = (row.code.as_str().to_owned(), batch);
            match lines.get(&key) {
                Some(first) => Err(format!("this batch is already on line {first}")),
                None => Ok((key, row)),
            }
        });
        match read {
            Ok((key, row)) => {
                lines.insert(key, line);
                let batch = row.batch.as_ref().map_or("", Batch::as_str);
                insert.execute(params![row.code.as_str(), batch, row.reason])?;
            }
            Err(reason) => bad.push(BadRow { file: FILE, line, reason, may_be_left_out: false }),
        }
        if u64::try_from(lines.len()).is_ok_and(|rows| rows <= RECALLS_MAX) {
            return Ok(());
        }
        Err(BuildError::TooMany { file: FILE, most: RECALLS_MAX })
    })?;
    Ok(u64::try_from(lines.len()).unwrap_or(u64::MAX))
}

/// What the list says of a package: at most two look-ups.
pub(super) fn look_up(
    connection: &Connection,
    code: &ItemCode,
    batch: Option<&Batch>,
) -> rusqlite::Result<Option<Recall>> {
    let stop: Option<String> = connection
        .prepare_cached(
            "SELECT reason FROM recall WHERE code = ?1 AND batch IN ('', ?2) ORDER BY batch \
             LIMIT 1",
        )?
        .query_row(params![code.as_str(), batch.map_or("", Batch::as_str)], |row| row.get(0))
        .optional()?;
    if let Some(reason) = stop {
        return Ok(Some(Recall::Stop { reason }));
    }
    if batch.is_some() {
        return Ok(None);
    }
    let rows: Vec<(String, String)> = connection
        .prepare_cached(&format!(
            "SELECT batch, reason FROM recall WHERE code = ?1 ORDER BY batch \
             LIMIT {BATCHES_SHOWN_MAX}"
        ))?
        .query_map([code.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let batches: Vec<Batch> = rows.iter().filter_map(|(batch, _)| Batch::parse(batch)).collect();
    let reason = rows.into_iter().next().map(|(_, reason)| reason);
    Ok(reason.map(|reason| Recall::Look { batches, reason }))
}

/// Looks at every row; a reason where one holds what no pack may hold.
pub(super) fn verify(connection: &Connection) -> rusqlite::Result<Result<(), String>> {
    let mut select = connection.prepare("SELECT code, batch, reason FROM recall")?;
    let mut rows = select.query([])?;
    while let Some(found) = rows.next()? {
        let texts: (String, String, String) = (found.get(0)?, found.get(1)?, found.get(2)?);
        let read = row(&[&texts.0, &texts.1, &texts.2]);
        if read.is_ok_and(|row| row.code.as_str() == texts.0) {
            continue;
        }
        return Ok(Err(format!("the recall of {}", quoted(&texts.0))));
    }
    Ok(Ok(()))
}

/// One row of recalls.csv.
fn row(fields: &[&str]) -> Result<Row, String> {
    let [code, batch, reason] = fields else {
        return Err("the row is incomplete".to_owned());
    };
    if has_wrong_check_digit(code) {
        return Err(format!("the check digit of {code} is wrong"));
    }
    let code =
        ItemCode::parse(code).map_err(|_code| format!("'{}' is not an item code", quoted(code)))?;
    let batch = match *batch {
        "" => None,
        text => Some(Batch::parse(text).ok_or_else(|| {
            let text = quoted(text);
            format!("the batch is '{text}'; write 1 to 20 characters, or nothing for all of them")
        })?),
    };
    Ok(Row { code, batch, reason: shown(reason, "the reason")? })
}
