//! Reading a table row by row, with the line each row begins on.
//!
//! Columns are named by the first line and may stand in any order; none may be missing, unknown
//! or named twice. A row that can't be read is handed on as a reason, never skipped in silence.

use std::io::Read;

use csv::{ByteRecord, ReaderBuilder, StringRecord, Trim};

use super::error::BuildError;
use super::source::Source;

/// The longest table, in bytes.
const TABLE_LEN_MAX: u64 = 1 << 30;
/// The longest row, in bytes: more is a forgotten quotation mark.
const ROW_LEN_MAX: usize = 4096;

/// Walks a table; `each` gets the line and the fields in the order of `columns`, or a reason.
pub(super) fn walk(
    source: &Source<'_>,
    file: &'static str,
    columns: &[&str],
    each: impl FnMut(u64, Result<&[&str], String>) -> Result<(), BuildError>,
) -> Result<(), BuildError> {
    walk_more(source, file, (columns, &[]), each)
}

/// The same for a table that may have more columns: where it lacks one, its field is empty.
pub(super) fn walk_more(
    source: &Source<'_>,
    file: &'static str,
    (columns, more): (&[&str], &[&str]),
    mut each: impl FnMut(u64, Result<&[&str], String>) -> Result<(), BuildError>,
) -> Result<(), BuildError> {
    let failed = |source| BuildError::Table { file, source };
    let bytes = source.table(file).map_err(|error| failed(csv::Error::from(error)))?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(bytes.take(TABLE_LEN_MAX.saturating_add(1)));
    let mut row = ByteRecord::new();
    reader.read_byte_record(&mut row).map_err(failed)?;
    let width = row.len();
    let places = places(&row, columns, more)
        .ok_or_else(|| BuildError::Header { file, expected: columns.join(",") })?;
    while reader.read_byte_record(&mut row).map_err(failed)? {
        let line = row.position().map_or(0, csv::Position::line);
        if reader.position().byte() > TABLE_LEN_MAX {
            let error = std::io::Error::other("it is longer than 1 GiB");
            return Err(failed(csv::Error::from(error)));
        }
        if row.as_slice().len() > ROW_LEN_MAX {
            each(
                line,
                Err("the row is longer than 4,096 bytes; is a quotation mark missing?".into()),
            )?;
            continue;
        }
        match StringRecord::from_byte_record(std::mem::take(&mut row)) {
            Err(error) => {
                row = error.into_byte_record();
                each(line, Err("the row is not UTF-8; save the file as UTF-8".into()))?;
            }
            Ok(text) => {
                let field = |at: &Option<usize>| at.map_or(Some(""), |at| text.get(at));
                let fields: Vec<&str> = places.iter().filter_map(field).collect();
                if text.len() == width && fields.len() == places.len() {
                    each(line, Ok(&fields))?;
                } else {
                    let (has, needs) = (text.len(), width);
                    each(line, Err(format!("the row has {has} fields, the first line {needs}")))?;
                }
                row = text.into_byte_record();
            }
        }
    }
    Ok(())
}

/// Where each column stands; none of those that the table may lack.
fn places(header: &ByteRecord, columns: &[&str], more: &[&str]) -> Option<Vec<Option<usize>>> {
    let place = |column: &&str| header.iter().position(|name| name == column.as_bytes());
    let mut places: Vec<Option<usize>> = columns.iter().map(place).collect();
    if places.contains(&None) {
        return None;
    }
    places.extend(more.iter().map(place));
    (places.iter().flatten().count() == header.len()).then_some(places)
}
