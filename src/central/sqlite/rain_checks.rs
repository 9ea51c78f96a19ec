//! Rain checks in central's SQLite store: kept as a projection, and compared whichever of promise
//! and redemption comes in first.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::domain::gtin::ItemCode;
use crate::domain::ids::{JournalId, RecordRef, SaleNo, Seq, StoreNo};
use crate::domain::money::Money;
use crate::domain::quantity::UnitPrice;
use crate::domain::rain_check::{RainCheck, RainCheckKind, RainCheckRef, Worth};
use crate::domain::time::{BusinessDate, Timestamp};
use crate::journal::hash::Hash;
use crate::reconcile::goods::Happened;
use crate::reconcile::rain_checks::{Account, CODES, Issued, Use, cause, look, standing};
use crate::reconcile::rulebook::Rulebook;

use super::ingest::except;
use super::{SqliteStore, int, journal_of, seq};
use crate::central::damaged::Table;
use crate::central::project::Projection;
use crate::central::rain_checks::{RainCheckRow, RainCheckSaid, RainCheckStore};
use crate::central::store::StoreError;

/// Stores what a projection says of rain checks, and looks at each that it touches.
pub(in crate::central) fn store(
    tx: &Transaction<'_>,
    projection: &Projection,
) -> Result<(), StoreError> {
    for row in &projection.rain_checks {
        match &row.what {
            RainCheckSaid::Issued(check) => {
                put_issued(tx, projection, row, check)?;
                compare(tx, &projection.rules, projection.journal, row.seq)?;
            }
            RainCheckSaid::Redeemed(all, sale) => {
                for of in all {
                    put_use(tx, projection, row, of, *sale)?;
                    let RainCheckRef { store, register, at_record, .. } = *of;
                    let journal = JournalId { store, register, epoch: at_record.epoch };
                    compare(tx, &projection.rules, journal, at_record.seq)?;
                }
            }
            RainCheckSaid::Voided(sale) => {
                for (journal, seq) in put_void(tx, projection, *sale)? {
                    compare(tx, &projection.rules, journal, seq)?;
                }
            }
        }
    }
    // A slip may name a record that is none of a rain check: it is told once that record is here.
    for seq in named_in(tx, projection)? {
        compare(tx, &projection.rules, projection.journal, seq)?;
    }
    Ok(())
}

/// Empties what is stored here, to be derived again.
pub(in crate::central) fn forget(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute_batch("DELETE FROM rain_check; DELETE FROM rain_check_use;")?;
    Ok(())
}

fn put_issued(
    tx: &Transaction<'_>,
    projection: &Projection,
    row: &RainCheckRow,
    check: &RainCheck,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = projection.journal;
    let (off, unit, pieces) = match check.worth {
        Worth::Unsaid => (None, None, None),
        Worth::Off(amount) => (Some(amount.minor()), None, None),
        Worth::Price(price, pieces) => (None, Some(price.tenthousandths()), Some(pieces)),
    };
    let sql =
        "INSERT INTO rain_check (store, reg, epoch, seq, branch, at, number, kind, item, what,
               off, unit, pieces, until)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
               ON CONFLICT DO NOTHING";
    tx.prepare_cached(sql)?.execute(params![
        store.0,
        register.0,
        epoch.0,
        int(row.seq.0),
        projection.branch,
        row.at.utc_ms,
        check.number,
        check.kind.word(),
        check.code.as_ref().map(ItemCode::as_str),
        check.what,
        off,
        unit,
        pieces,
        check.until.to_string(),
    ])?;
    Ok(())
}

fn put_use(
    tx: &Transaction<'_>,
    projection: &Projection,
    row: &RainCheckRow,
    of: &RainCheckRef,
    sale: Option<SaleNo>,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = projection.journal;
    let sql = "INSERT INTO rain_check_use (check_epoch, check_seq, store, reg, epoch, seq, branch,
               at, number, check_store, check_reg, sale, hash, voided)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0)
               ON CONFLICT DO NOTHING";
    tx.prepare_cached(sql)?.execute(params![
        of.at_record.epoch.0,
        int(of.at_record.seq.0),
        store.0,
        register.0,
        epoch.0,
        int(row.seq.0),
        projection.branch,
        row.at.utc_ms,
        of.number,
        of.store.0,
        of.register.0,
        sale.map(|sale| int(sale.0)),
        of.hash_start,
    ])?;
    Ok(())
}

/// Notes that a sale was taken back; the rain checks that it had redeemed. A sale is voided in its
/// own journal, which is projected in its order.
fn put_void(
    tx: &Transaction<'_>,
    projection: &Projection,
    sale: RecordRef,
) -> Result<Vec<(JournalId, Seq)>, StoreError> {
    let sql = "UPDATE rain_check_use SET voided = 1 WHERE epoch = ?1 AND seq = ?2 AND branch = ?3
               AND store = ?4 AND reg = ?5
               RETURNING check_store, check_reg, check_epoch, check_seq";
    let JournalId { store, register, .. } = projection.journal;
    let mut update = tx.prepare_cached(sql)?;
    let of = params![sale.epoch.0, int(sale.seq.0), projection.branch, store.0, register.0];
    let rows = update.query_map(of, |row| Ok((journal_of(row)?, seq(row, 3)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The records of this stretch that slips name, and that issued no rain check.
fn named_in(tx: &Transaction<'_>, projection: &Projection) -> Result<Vec<Seq>, StoreError> {
    let sql = "SELECT DISTINCT check_seq FROM rain_check_use
               WHERE check_epoch = ?1 AND check_seq >= ?2 AND check_seq < ?3
               AND check_store = ?4 AND check_reg = ?5";
    let JournalId { store, register, epoch } = projection.journal;
    let (from, next) = (int(projection.from.0), int(projection.next.0));
    let mut select = tx.prepare_cached(sql)?;
    let stretch = params![epoch.0, from, next, store.0, register.0];
    let rows = select.query_map(stretch, |row| seq(row, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Looks at one rain check anew: what was found before is replaced, so that it is told once.
fn compare(
    tx: &Transaction<'_>,
    rules: &Rulebook,
    journal: JournalId,
    seq: Seq,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = journal;
    let of = RecordRef { epoch, seq };
    let key = params![store.0, register.0, epoch.0, int(seq.0)];
    for code in CODES {
        tx.prepare_cached("DELETE FROM exception WHERE code = ?1 AND cause = ?2 AND derived = 1")?
            .execute(params![code.word(), cause(of)])?;
    }
    let sql = "SELECT hash FROM record WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND seq = ?4
               AND branch = 0";
    let held: Option<[u8; 32]> =
        tx.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?;
    let sql = format!(
        "{ISSUED} WHERE c.store = ?1 AND c.reg = ?2 AND c.epoch = ?3 AND c.seq = ?4
         AND c.branch = 0"
    );
    let issued = tx.prepare_cached(&sql)?.query_row(key, issued).optional()?.flatten();
    for exception in look(of, held.map(Hash), issued.as_ref(), &uses(tx, of)?) {
        except(tx, &rules.weigh(exception), 0, true)?;
    }
    Ok(())
}

const ISSUED: &str =
    "SELECT c.store, c.reg, c.epoch, c.seq, c.at, r.hash, c.number, c.kind, c.item,
    c.what, c.off, c.unit, c.pieces, c.until FROM rain_check c JOIN record r ON r.store = c.store
    AND r.reg = c.reg AND r.epoch = c.epoch AND r.seq = c.seq AND r.branch = c.branch";

/// What was read from a record with the same types; none where the row was damaged since.
fn issued(row: &Row<'_>) -> rusqlite::Result<Option<Issued>> {
    let (journal, seq) = (journal_of(row)?, seq(row, 3)?);
    let hash = Hash(row.get(5)?);
    let (kind, item): (String, Option<String>) = (row.get(7)?, row.get(8)?);
    let (off, unit): (Option<i64>, Option<i64>) = (row.get(10)?, row.get(11)?);
    let worth = match (off, unit) {
        (Some(off), _) => Worth::Off(Money::from_minor(off)),
        (None, Some(unit)) => Worth::Price(UnitPrice::from_tenthousandths(unit), row.get(12)?),
        (None, None) => Worth::Unsaid,
    };
    let of = Table::RainCheck;
    let until = of.read(BusinessDate::parse(&row.get::<_, String>(13)?));
    let at = of.known(Timestamp::new(row.get(4)?, 0));
    let kind = of.known(RainCheckKind::from_word(&kind));
    let (Some(kind), Some(until), Some(at)) = (kind, until, at) else {
        return Ok(None);
    };
    let check = RainCheck {
        number: row.get(6)?,
        kind,
        code: item.and_then(|code| of.read(ItemCode::parse(&code))),
        what: row.get(9)?,
        worth,
        until,
    };
    Ok(Some(Issued { happened: Happened { at, journal, seq }, hash, check }))
}

fn uses(db: &Connection, of: RecordRef) -> Result<Vec<Use>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, branch, at, number, sale, hash, voided
               FROM rain_check_use WHERE check_epoch = ?1 AND check_seq = ?2";
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query(params![of.epoch.0, int(of.seq.0)])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let Some(at) = Timestamp::new(row.get(5)?, 0) else { continue };
        let (journal, seq) = (journal_of(row)?, seq(row, 3)?);
        all.push(Use {
            happened: Happened { at, journal, seq },
            branch: row.get(4)?,
            of,
            number: row.get(6)?,
            sale: row.get::<_, Option<i64>>(7)?.map(|sale| SaleNo(sale.unsigned_abs())),
            hash_start: row.get(8)?,
            voided: row.get(9)?,
        });
    }
    Ok(all)
}

impl RainCheckStore for SqliteStore {
    fn rain_checks(&mut self, store: Option<StoreNo>) -> Result<Vec<Account>, StoreError> {
        let db = self.reading();
        let sql = format!(
            "{ISSUED} WHERE c.branch = 0 AND (?1 IS NULL OR c.store = ?1)
             ORDER BY c.at, c.store, c.reg, c.epoch, c.seq"
        );
        let mut select = db.prepare_cached(&sql)?;
        let rows = select.query_map(params![store.map(|store| store.0)], issued)?;
        let mut all = Vec::new();
        for row in rows {
            let Some(issued) = row? else { continue };
            let Happened { journal, seq, .. } = issued.happened;
            let uses = uses(db, RecordRef { epoch: journal.epoch, seq })?;
            all.push(Account { issued, uses: standing(&uses) });
        }
        Ok(all)
    }
}
