//! Drawers, checks, hours, decisions and closures in central's SQLite store.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::domain::bag::BagNo;
use crate::domain::drawer::CashMovementKind;
use crate::domain::event::Event;
use crate::domain::ids::{JournalId, PersonId, SaleNo, Seq, ShiftNo, StoreNo};
use crate::domain::money::Money;
use crate::domain::shift::ShiftClose;
use crate::domain::tender::{CheckNumber, Tender};
use crate::domain::time::{BusinessDate, Timestamp};
use crate::reconcile::bags::BagUse;
use crate::reconcile::checks::TakenCheck;
use crate::reconcile::exception::{Code, Level};
use crate::reconcile::goods::Happened;
use crate::reconcile::records::{CheckFact, DrawerFact, Found, MoveFact, SaleFact};
use crate::sync::segment::Run;

use super::{int, journal_of, seq};
use crate::central::damaged::Table;
use crate::central::project::{Projection, SaleRow, TillRow};
use crate::central::store::{FOUND_MAX, StoreError, StoreRows, as_far_as_looked_at, bound};

/// Stores what a projection says of drawers and hours.
pub(in crate::central) fn store(
    tx: &Transaction<'_>,
    projection: &Projection,
) -> Result<(), StoreError> {
    for row in &projection.till {
        put(tx, projection, row)?;
    }
    for row in &projection.sales {
        put_sale(tx, projection, row)?;
    }
    Ok(())
}

fn put(tx: &Transaction<'_>, projection: &Projection, row: &TillRow) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = projection.journal;
    let (branch, seq) = (projection.branch, int(row.seq.0));
    let known = |shift: ShiftNo| -> Result<(), StoreError> {
        let sql = "INSERT INTO drawer (store, reg, epoch, branch, shift)
                   VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
        let key = params![store.0, register.0, epoch.0, branch, shift.0];
        tx.prepare_cached(sql)?.execute(key)?;
        Ok(())
    };
    match &row.event {
        Event::ShiftOpen { shift, cashier, float, .. } => {
            known(*shift)?;
            let sql = "UPDATE drawer SET cashier = ?6, opened = ?7, float = ?8 WHERE store = ?1
                       AND reg = ?2 AND epoch = ?3 AND branch = ?4 AND shift = ?5";
            tx.prepare_cached(sql)?.execute(params![
                store.0,
                register.0,
                epoch.0,
                branch,
                shift.0,
                cashier.as_str(),
                seq,
                float.minor()
            ])?;
        }
        Event::ShiftClose(close) => {
            known(close.shift)?;
            let sql = "UPDATE drawer SET closed = ?6, counted_cash = ?7, counted_checks = ?8,
                       expected_cash = ?9, expected_checks = ?10, sales = ?11, refunds = ?12
                       WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND branch = ?4 AND shift = ?5";
            tx.prepare_cached(sql)?.execute(params![
                store.0,
                register.0,
                epoch.0,
                branch,
                close.shift.0,
                seq,
                close.counted_cash.minor(),
                close.counted_checks.minor(),
                close.expected_cash.minor(),
                close.expected_checks.minor(),
                int(close.sales),
                int(close.refunds),
            ])?;
        }
        Event::CashMovement { shift, movement, .. } => {
            known(*shift)?;
            let amount = movement.amount.minor();
            let signed = if movement.kind.comes_in() { amount } else { amount.saturating_neg() };
            let of_store =
                matches!(movement.kind, CashMovementKind::PaidIn | CashMovementKind::PaidOut);
            let sql = "INSERT INTO cash_moved (store, reg, epoch, seq, branch, shift, into_drawer,
                       into_store) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
            tx.prepare_cached(sql)?.execute(params![
                store.0,
                register.0,
                epoch.0,
                seq,
                branch,
                shift.0,
                signed,
                if of_store { signed } else { 0 },
            ])?;
            let Some(bag) = &movement.bag else { return Ok(()) };
            let sql = "INSERT INTO cash_bag (store, reg, epoch, seq, branch, at, day, bag, amount)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
            tx.prepare_cached(sql)?.execute(params![
                store.0,
                register.0,
                epoch.0,
                seq,
                branch,
                row.at.utc_ms,
                row.day.to_string(),
                bag.as_str(),
                amount,
            ])?;
        }
        Event::DrawerOpen { shift, .. } => {
            known(*shift)?;
            let sql = "UPDATE drawer SET no_sales = no_sales + 1 WHERE store = ?1 AND reg = ?2
                       AND epoch = ?3 AND branch = ?4 AND shift = ?5";
            let key = params![store.0, register.0, epoch.0, branch, shift.0];
            tx.prepare_cached(sql)?.execute(key)?;
        }
        Event::Punch(_) | Event::PunchCorrected(_) => {
            let sql = "INSERT INTO hours_record (store, reg, epoch, seq, branch, line)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let row = params![store.0, register.0, epoch.0, seq, branch, row.line];
            tx.prepare_cached(sql)?.execute(row)?;
        }
        _ => {}
    }
    Ok(())
}

fn put_sale(
    tx: &Transaction<'_>,
    projection: &Projection,
    row: &SaleRow,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = projection.journal;
    let sql = "INSERT INTO drawer (store, reg, epoch, branch, shift)
               VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
    let key = params![store.0, register.0, epoch.0, projection.branch, row.sale.shift.0];
    tx.prepare_cached(sql)?.execute(key)?;
    for (place, tender) in (0_i64..).zip(&row.sale.tenders) {
        let (amount, number, returned) = match tender {
            Tender::Cash { .. } => continue,
            Tender::Check { amount, number, .. } => (amount, number, false),
            Tender::CheckReturned { amount, number } => (amount, number, true),
        };
        let day = row.date.to_string();
        let sql = "INSERT INTO check_taken (store, reg, epoch, seq, branch, place, sale, day,
                   number, amount, returned) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        tx.prepare_cached(sql)?.execute(params![
            store.0,
            register.0,
            epoch.0,
            int(row.seq.0),
            projection.branch,
            place,
            int(row.sale.number.0),
            day,
            number.as_str(),
            amount.minor(),
            returned,
        ])?;
        // Another store that took one like it looks again, too.
        let sql = "INSERT INTO goods_due (store, stamp)
                   SELECT DISTINCT store, 1 FROM check_taken
                   WHERE number = ?1 AND amount = ?2 AND day = ?3 AND store <> ?4
                   ON CONFLICT (store) DO UPDATE SET stamp = stamp + 1";
        tx.prepare_cached(sql)?.execute(params![number.as_str(), amount.minor(), day, store.0])?;
    }
    Ok(())
}

/// Empties what is derived here.
pub(in crate::central) fn forget(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute_batch(
        "DELETE FROM drawer; DELETE FROM cash_moved; DELETE FROM check_taken;
         DELETE FROM hours_record; DELETE FROM cash_bag;",
    )?;
    Ok(())
}

/// Punches of a store, in their journals' order.
pub(in crate::central) fn hours(
    db: &Connection,
    store: StoreNo,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let sql = "SELECT line FROM hours_record WHERE store = ?1 AND branch = 0
               ORDER BY reg, epoch, seq";
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map([store.0], |row| row.get(0))?;
    let lines: Vec<Vec<u8>> = rows.collect::<Result<_, _>>()?;
    Ok(Table::Punch.lines(lines))
}

/// Sealed bags that left a store's drawers.
pub(in crate::central) fn bags(db: &Connection, store: StoreNo) -> Result<Vec<BagUse>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, at, day, bag, amount FROM cash_bag
               WHERE store = ?1 AND branch = 0 ORDER BY reg, epoch, seq";
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query([store.0])?;
    let mut bags = Vec::new();
    while let Some(row) = rows.next()? {
        let of = Table::CashBag;
        let at = of.known(Timestamp::new(row.get(4)?, 0));
        let day = of.read(BusinessDate::parse(&row.get::<_, String>(5)?));
        let bag = of.known(BagNo::from_canonical(&row.get::<_, String>(6)?));
        // They were read from records with the same types; what is none now was damaged.
        let (Some(at), Some(day), Some(bag)) = (at, day, bag) else { continue };
        let happened = Happened { at, journal: journal_of(row)?, seq: seq(row, 3)? };
        bags.push(BagUse { happened, day, bag, amount: Money::from_minor(row.get(7)?) });
    }
    Ok(bags)
}

/// A store's checks that were not handed back, and others' that look like one of them.
pub(in crate::central) fn alike(
    db: &Connection,
    store: StoreNo,
) -> Result<Vec<TakenCheck>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, sale, day, number, amount FROM check_taken c
               WHERE branch = 0 AND returned = 0 AND (store = ?1 OR EXISTS
                (SELECT 1 FROM check_taken o WHERE o.number = c.number AND o.amount = c.amount
                 AND o.day = c.day AND o.store = ?1 AND o.branch = 0 AND o.returned = 0))
               AND NOT EXISTS (SELECT 1 FROM check_taken b WHERE b.number = c.number
                AND b.amount = c.amount AND b.store = c.store AND b.reg = c.reg
                AND b.epoch = c.epoch AND b.returned = 1)
               ORDER BY store, reg, epoch, seq";
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query([store.0])?;
    let mut checks = Vec::new();
    while let Some(row) = rows.next()? {
        checks.extend(check(row, store)?);
    }
    Ok(checks)
}

fn check(row: &Row<'_>, store: StoreNo) -> Result<Option<TakenCheck>, StoreError> {
    let (day, number): (String, String) = (row.get(5)?, row.get(6)?);
    // They were read from records with the same types; what is none now was damaged.
    let of = Table::CheckTaken;
    let read = of.read(BusinessDate::parse(&day)).zip(of.read(CheckNumber::parse(&number)));
    let Some((day, number)) = read else { return Ok(None) };
    let journal = journal_of(row)?;
    Ok(Some(TakenCheck {
        journal,
        seq: seq(row, 3)?,
        sale: SaleNo(row.get::<_, i64>(4)?.unsigned_abs()),
        day,
        number,
        amount: Money::from_minor(row.get(7)?),
        own: journal.store == store,
    }))
}

/// All rows of a store that reconciling asks for.
pub(in crate::central) fn rows(db: &Connection, store: StoreNo) -> Result<StoreRows, StoreError> {
    let (found, more_found) = as_far_as_looked_at(found(db, store)?);
    Ok(StoreRows {
        sales: sales(db, store)?,
        drawers: drawers(db, store)?,
        moves: moves(db, store)?,
        checks: checks(db, store)?,
        found,
        more_found,
    })
}

fn sales(db: &Connection, store: StoreNo) -> Result<Vec<SaleFact>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, number, shift, day, refund, subtotal, tax, total,
               rounding, cash, checks FROM sale WHERE store = ?1 AND branch = 0";
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query([store.0])?;
    let mut sales = Vec::new();
    while let Some(row) = rows.next()? {
        let money = |place| -> rusqlite::Result<Money> { Ok(Money::from_minor(row.get(place)?)) };
        let day = Table::Sale.read(BusinessDate::parse(&row.get::<_, String>(6)?));
        let Some(day) = day else { continue };
        sales.push(SaleFact {
            journal: journal_of(row)?,
            seq: seq(row, 3)?,
            number: SaleNo(row.get::<_, i64>(4)?.unsigned_abs()),
            shift: ShiftNo(row.get(5)?),
            day,
            refund: row.get(7)?,
            subtotal: money(8)?,
            tax: money(9)?,
            total: money(10)?,
            rounding: money(11)?,
            cash: money(12)?,
            checks: money(13)?,
        });
    }
    Ok(sales)
}

fn drawers(db: &Connection, store: StoreNo) -> Result<Vec<DrawerFact>, StoreError> {
    let sql = "SELECT store, reg, epoch, shift, cashier, opened, float, closed, counted_cash,
               counted_checks, expected_cash, expected_checks, sales, refunds, no_sales
               FROM drawer WHERE store = ?1 AND branch = 0 ORDER BY reg, epoch, shift";
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map([store.0], |row| {
        let shift = ShiftNo(row.get(3)?);
        let cashier: Option<String> = row.get(4)?;
        let place = |place| -> rusqlite::Result<Option<Seq>> {
            Ok(row.get::<_, Option<i64>>(place)?.map(|seq| Seq(seq.unsigned_abs())))
        };
        let money = |place| -> rusqlite::Result<Money> {
            Ok(Money::from_minor(row.get::<_, Option<i64>>(place)?.unwrap_or(0)))
        };
        let count = |place| -> rusqlite::Result<u64> {
            Ok(row.get::<_, Option<i64>>(place)?.unwrap_or(0).unsigned_abs())
        };
        let close = ShiftClose {
            shift,
            counted_cash: money(8)?,
            counted_checks: money(9)?,
            expected_cash: money(10)?,
            expected_checks: money(11)?,
            sales: count(12)?,
            refunds: count(13)?,
        };
        Ok(DrawerFact {
            journal: journal_of(row)?,
            shift,
            cashier: cashier.and_then(|text| Table::Drawer.read(PersonId::parse(&text))),
            opened: place(5)?,
            float: money(6)?,
            closed: place(7)?.map(|at| (at, close)),
            no_sales: row.get(14)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn moves(db: &Connection, store: StoreNo) -> Result<Vec<MoveFact>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, shift, into_drawer, into_store FROM cash_moved
               WHERE store = ?1 AND branch = 0";
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map([store.0], |row| {
        Ok(MoveFact {
            journal: journal_of(row)?,
            seq: seq(row, 3)?,
            shift: ShiftNo(row.get(4)?),
            into_drawer: Money::from_minor(row.get(5)?),
            into_store: Money::from_minor(row.get(6)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn checks(db: &Connection, store: StoreNo) -> Result<Vec<CheckFact>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, sale, day, number, amount, returned
               FROM check_taken WHERE store = ?1 AND branch = 0 ORDER BY reg, epoch, seq, place";
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query([store.0])?;
    let mut checks = Vec::new();
    while let Some(row) = rows.next()? {
        let returned = row.get(8)?;
        checks.extend(check(row, store)?.map(|taken| CheckFact { taken, returned }));
    }
    Ok(checks)
}

fn found(db: &Connection, store: StoreNo) -> Result<(Vec<Found>, usize), StoreError> {
    let sql = "SELECT store, reg, epoch, seq, code, cause, level, text, amount FROM exception
               WHERE store = ?1 AND reg > 0 ORDER BY reg, epoch, seq LIMIT ?2";
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query(params![store.0, bound(FOUND_MAX.saturating_add(1))])?;
    let (mut found, mut read_rows) = (Vec::new(), 0_usize);
    while let Some(row) = rows.next()? {
        read_rows = read_rows.saturating_add(1);
        let words: (String, String) = (row.get(4)?, row.get(6)?);
        let read = Code::from_word(&words.0).zip(Level::from_word(&words.1));
        let Some((code, level)) = read else { continue };
        found.push(Found {
            code,
            level,
            journal: journal_of(row)?,
            seq: seq(row, 3)?,
            cause: row.get(5)?,
            text: row.get(7)?,
            amount: Money::from_minor(row.get(8)?),
        });
    }
    Ok((found, read_rows))
}

/// Appends records of central's own, if the journal still ends where they were written for, and a
/// closure with them; false when it does not, and nothing was kept.
pub(in crate::central) fn append(
    tx: &Transaction<'_>,
    run: &Run,
    closure: Option<(u32, &[u8])>,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let journal = run.journal;
    let position = super::read::position(tx, &journal)?;
    let first = run.records.first().map(|stub| stub.seq);
    if first != Some(position.next_seq) || run.prev != position.head {
        return Ok(false);
    }
    super::ingest::take_in(tx, run, now_ms)?;
    if let Some((number, sealed)) = closure {
        let sql = "INSERT INTO closure (store, number, sealed) VALUES (?1, ?2, ?3)
                   ON CONFLICT DO NOTHING RETURNING 1";
        let kept: Option<i64> = tx
            .query_row(sql, params![journal.store.0, number, sealed], |row| row.get(0))
            .optional()?;
        return Ok(kept.is_some());
    }
    Ok(true)
}

/// A store's closures as they were signed, the first one first.
pub(in crate::central) fn closures(
    db: &Connection,
    store: StoreNo,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let sql = "SELECT sealed FROM closure WHERE store = ?1 ORDER BY number";
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map([store.0], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
