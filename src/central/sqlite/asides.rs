//! Sales that were put aside in central's SQLite store: kept as a projection, and each one looked
//! at anew with every record that is about it.

use rusqlite::{Connection, Transaction, params};

use crate::domain::ids::{Epoch, JournalId, RecordRef, Seq, StoreNo};
use crate::reconcile::asides::{CODES, cause, look};
use crate::reconcile::rulebook::Rulebook;

use super::ingest::except;
use super::{SqliteStore, int, seq};
use crate::central::asides::{AsideRow, AsideSaid, AsideStore, OPEN_MAX, RECENT_MAX};
use crate::central::project::Projection;
use crate::central::store::StoreError;

/// Stores what a projection says of sales that were put aside, and looks at each that it touches.
pub(in crate::central) fn store(
    tx: &Transaction<'_>,
    projection: &Projection,
) -> Result<(), StoreError> {
    let mut touched = Vec::new();
    for row in &projection.asides {
        let here = RecordRef { epoch: projection.journal.epoch, seq: row.seq };
        let about = match row.what {
            AsideSaid::Suspended(_, case) => {
                let mut about = vec![here];
                about.extend(case.filter(|case| *case != here));
                about
            }
            AsideSaid::Resumed(slip, of) => match of {
                Some(of) => vec![of],
                None => own_slip(tx, projection, row.seq, slip)?.into_iter().collect(),
            },
            AsideSaid::Collected(case) | AsideSaid::Closed(case) => vec![case],
            AsideSaid::Voided(sale) => cases_of(tx, projection, sale)?,
        };
        for about in about {
            put(tx, projection, row, about)?;
            touched.push(about);
        }
    }
    touched.sort_unstable();
    touched.dedup();
    for about in touched {
        compare(tx, &projection.rules, projection.journal.store, about)?;
    }
    Ok(())
}

/// Empties what is stored here, to be derived again.
pub(in crate::central) fn forget(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute_batch("DELETE FROM aside;")?;
    Ok(())
}

fn put(
    tx: &Transaction<'_>,
    projection: &Projection,
    row: &AsideRow,
    about: RecordRef,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = projection.journal;
    let (slip, card) = match row.what {
        AsideSaid::Suspended(slip, case) => (Some(slip), case.is_some()),
        _ => (None, false),
    };
    let sql = "INSERT INTO aside (store, about_epoch, about_seq, reg, epoch, seq, branch, at, kind,
               slip, card, line) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
               ON CONFLICT DO NOTHING";
    tx.prepare_cached(sql)?.execute(params![
        store.0,
        about.epoch.0,
        int(about.seq.0),
        register.0,
        epoch.0,
        int(row.seq.0),
        projection.branch,
        row.at_ms,
        row.what.word(),
        slip,
        card,
        row.line,
    ])?;
    Ok(())
}

/// The newest sale of a number that its own journal put aside before a record: a journal is
/// projected in its order.
fn own_slip(
    tx: &Transaction<'_>,
    projection: &Projection,
    before: Seq,
    slip: u32,
) -> Result<Option<RecordRef>, StoreError> {
    let JournalId { store, register, epoch } = projection.journal;
    let sql = "SELECT max(seq) FROM aside WHERE store = ?1 AND reg = ?2 AND epoch = ?3
               AND slip = ?4 AND seq < ?5 AND kind = 'suspended'";
    let of = params![store.0, register.0, epoch.0, slip, int(before.0)];
    let newest: Option<i64> = tx.prepare_cached(sql)?.query_row(of, |row| row.get(0))?;
    Ok(newest.map(|newest| RecordRef { epoch, seq: Seq(newest.unsigned_abs()) }))
}

/// The cases for which a sale of this journal took money.
fn cases_of(
    tx: &Transaction<'_>,
    projection: &Projection,
    sale: RecordRef,
) -> Result<Vec<RecordRef>, StoreError> {
    let JournalId { store, register, .. } = projection.journal;
    let sql = "SELECT about_epoch, about_seq FROM aside WHERE store = ?1 AND reg = ?2
               AND epoch = ?3 AND seq = ?4 AND kind = 'collected'";
    let mut select = tx.prepare_cached(sql)?;
    let of = params![store.0, register.0, sale.epoch.0, int(sale.seq.0)];
    let rows = select
        .query_map(of, |row| Ok(RecordRef { epoch: Epoch(row.get(0)?), seq: seq(row, 1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Looks at one sale anew: what was found before is replaced, so that it is told once.
fn compare(
    tx: &Transaction<'_>,
    rules: &Rulebook,
    store: StoreNo,
    about: RecordRef,
) -> Result<(), StoreError> {
    for code in CODES {
        let sql = "DELETE FROM exception WHERE code = ?1 AND cause = ?2 AND derived = 1";
        tx.prepare_cached(sql)?.execute(params![code.word(), cause(about)])?;
    }
    let sql = "SELECT line FROM aside WHERE store = ?1 AND about_epoch = ?2 AND about_seq = ?3
               AND branch = 0";
    let mut select = tx.prepare_cached(sql)?;
    let of = params![store.0, about.epoch.0, int(about.seq.0)];
    let rows = select.query_map(of, |row| row.get(0))?;
    let lines: Vec<Vec<u8>> = rows.collect::<Result<_, _>>()?;
    for exception in look(about, &lines) {
        except(tx, &rules.weigh(exception), 0, true)?;
    }
    Ok(())
}

/// What was put aside and waits, or whose card nobody closed.
const OPEN: &str = "SELECT line FROM aside a WHERE store = ?1 AND branch = 0
    AND kind = 'suspended' AND about_epoch = epoch AND about_seq = seq
    AND NOT EXISTS (SELECT 1 FROM aside c WHERE c.store = a.store
        AND c.about_epoch = a.about_epoch AND c.about_seq = a.about_seq AND c.branch = 0
        AND (c.kind = 'closed' OR (a.card = 0 AND c.kind = 'resumed')))
    ORDER BY at, reg, epoch, seq LIMIT ?2";
const RECENT: &str = "SELECT line FROM aside WHERE store = ?1 AND branch = 0
    AND (kind <> 'suspended' OR card = 1)
    ORDER BY at DESC, reg, epoch, seq LIMIT ?2";

impl AsideStore for SqliteStore {
    fn asides(&mut self, store: StoreNo) -> Result<Vec<Vec<u8>>, StoreError> {
        let db: &Connection = self.reading();
        let mut lines: Vec<Vec<u8>> = Vec::new();
        for (sql, most) in [(OPEN, OPEN_MAX), (RECENT, RECENT_MAX)] {
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let mut select = db.prepare_cached(sql)?;
            let rows = select.query_map(params![store.0, most], |row| row.get(0))?;
            for line in rows {
                let line: Vec<u8> = line?;
                // A record about two sales stands there twice.
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
        Ok(lines)
    }
}
