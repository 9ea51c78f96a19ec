//! `tideover central stock`: what came, went and was counted in a store, as CSV for other systems.
//!
//! One row an item of a record, never a figure that something is set to: `delta` is added by
//! whoever takes the file, and a count says what was there at its time. Each row names its record,
//! so that a row that was taken already is known.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use crate::domain::goods::reason::StockReason;
use crate::domain::ids::StoreNo;
use crate::domain::quantity::Quantity;
use crate::reconcile::goods::{GoodsView, GoodsWhat};

/// What was written.
#[derive(Clone, Debug, Serialize)]
pub struct StockWritten {
    /// The store.
    pub store: u32,
    /// Rows without the heading.
    pub rows: u64,
    /// The file.
    pub file: String,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
#[error("{file} can't be written; central's records are untouched, choose another place")]
pub struct NotWritten {
    file: String,
    #[source]
    source: csv::Error,
}

const COLUMNS: [&str; 12] = [
    "store",
    "register",
    "journal",
    "seq",
    "at_utc_ms",
    "reason",
    "item",
    "name",
    "delta",
    "counted",
    "expected",
    "note",
];

/// Writes a store's rows into a file.
///
/// # Errors
/// [`NotWritten`].
pub fn write(store: StoreNo, view: &GoodsView, path: &Path) -> Result<StockWritten, NotWritten> {
    let file = path.display().to_string();
    let failed = |source| NotWritten { file: file.clone(), source };
    let out = File::create(path).map_err(|why| failed(why.into()))?;
    let rows = write_to(view, BufWriter::new(out)).map_err(failed)?;
    Ok(StockWritten { store: store.0, rows, file })
}

/// Writes the rows of a view, oldest first.
fn write_to(view: &GoodsView, out: impl Write) -> Result<u64, csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(COLUMNS)?;
    let mut lines: Vec<_> = view.lines.iter().collect();
    lines.sort_by_key(|line| {
        let at = &line.happened;
        (at.at.utc_ms, at.journal.register, at.journal.epoch, at.seq)
    });
    for line in &lines {
        let (delta, counted, expected) = match line.what {
            GoodsWhat::Moved(delta) => (Some(delta), None, None),
            GoodsWhat::Counted(counted, expected) => (None, Some(counted), expected),
        };
        let at = &line.happened;
        let number =
            |quantity: Option<Quantity>| quantity.map_or_else(String::new, |q| q.to_string());
        writer.write_record([
            at.journal.store.to_string(),
            at.journal.register.to_string(),
            at.journal.epoch.to_string(),
            at.seq.to_string(),
            at.at.utc_ms.to_string(),
            code_of(&line.reason),
            line.code.to_string(),
            harmless(&line.name),
            number(delta),
            number(counted),
            number(expected),
            harmless(&line.note),
        ])?;
    }
    writer.flush()?;
    Ok(u64::try_from(lines.len()).unwrap_or(u64::MAX))
}

/// The trade's code of a reason.
fn code_of(reason: &str) -> String {
    match reason {
        "over" | "not_ordered" => StockReason::ReceiveOver.word(),
        "short" => StockReason::ReceiveShort.word(),
        "matched" | "damaged" | "unknown" => StockReason::Receive.word(),
        other => other,
    }
    .to_ascii_uppercase()
}

/// Words of a person, so that no spreadsheet takes them for a formula.
pub(super) fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

impl std::fmt::Display for StockWritten {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { store, rows, file } = self;
        write!(f, "{rows} rows of store {store} written to {file}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::gtin::ItemCode;
    use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq};
    use crate::domain::time::Timestamp;
    use crate::reconcile::goods::{GoodsLine, Happened};

    #[test]
    fn rows_stand_in_their_order_with_the_trades_codes_and_no_formulas() {
        let line = |minute: u64, reason: &str, what, note: &str| GoodsLine {
            happened: Happened {
                at: Timestamp::new(1_790_000_000_000 + i64::try_from(minute).expect("fits"), 0)
                    .expect("a time"),
                journal: JournalId {
                    store: StoreNo(1042),
                    register: RegisterNo(7),
                    epoch: Epoch([1; 8]),
                },
                seq: Seq(minute),
            },
            reason: reason.to_owned(),
            code: ItemCode::parse("4011").expect("a code"),
            name: "Bananas, ripe".to_owned(),
            what,
            note: note.to_owned(),
        };
        let two = Quantity::parse("-2.5").expect("a quantity");
        let lines = vec![
            line(9, "count", GoodsWhat::Counted(Quantity::ONE, None), ""),
            line(3, "short", GoodsWhat::Moved(Quantity::ONE), ""),
            line(1, "damage", GoodsWhat::Moved(two), "=HYPERLINK(1)"),
        ];
        let mut out = Vec::new();
        let view = GoodsView { lines, ..GoodsView::default() };
        assert_eq!(write_to(&view, &mut out).expect("written"), 3);
        let text = String::from_utf8(out).expect("text");
        let rows: Vec<&str> = text.lines().skip(1).collect();
        let head = "1042,7,0101010101010101";
        assert_eq!(
            rows,
            [
                format!(
                    "{head},1,1790000000001,DAMAGE,4011,\"Bananas, ripe\",-2.5,,,'=HYPERLINK(1)"
                ),
                format!("{head},3,1790000000003,RECEIVE_SHORT,4011,\"Bananas, ripe\",1,,,"),
                format!("{head},9,1790000000009,COUNT,4011,\"Bananas, ripe\",,1,,"),
            ]
        );
    }
}
