//! Drawers, checks, hours and closures in the PostgreSQL store.
//!
//! Checks that look alike may be of two stores that are projected at once. Whoever projects one
//! holds its row in `check_held` until the commit: the later of two sees the earlier, and has the
//! other store looked at again.

use std::collections::BTreeSet;

use tokio_postgres::Row;

use super::link::{Param, Session};
use super::values::{count, damaged, int, journal_of, key, money, seq, store as store_int};
use crate::central::damaged::Table;
use crate::central::project::{Projection, SaleRow, TillRow};
use crate::central::store::{FOUND_MAX, StoreError, StoreRows, as_far_as_looked_at, bound};
use crate::domain::bag::BagNo;
use crate::domain::drawer::CashMovementKind;
use crate::domain::event::Event;
use crate::domain::ids::{PersonId, SaleNo, Seq, ShiftNo, StoreNo};
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

/// Stores what a projection says of drawers, checks and hours.
pub(super) async fn store(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    know_drawers(session, projection).await?;
    for row in &projection.till {
        put(session, projection, row).await?;
    }
    put_checks(session, projection).await
}

/// The drawers that a projection speaks of, each once.
async fn know_drawers(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    let of_till = projection.till.iter().filter_map(|row| match &row.event {
        Event::ShiftOpen { shift, .. }
        | Event::CashMovement { shift, .. }
        | Event::DrawerOpen { shift, .. } => Some(*shift),
        Event::ShiftClose(close) => Some(close.shift),
        _ => None,
    });
    let shifts = projection.sales.iter().map(|row| row.sale.shift).chain(of_till);
    let shifts: BTreeSet<i64> = shifts.map(|shift| i64::from(shift.0)).collect();
    if shifts.is_empty() {
        return Ok(());
    }
    let shifts: Vec<i64> = shifts.into_iter().collect();
    let (store, reg, epoch) = key(&projection.journal);
    let sql = "INSERT INTO drawer (store, reg, epoch, branch, shift)
               SELECT $1::bigint, $2::int, $3::bigint, $4::bigint, u FROM unnest($5::bigint[]) AS u
               ON CONFLICT DO NOTHING";
    session.execute(sql, &[&store, &reg, &epoch, &projection.branch, &shifts]).await?;
    Ok(())
}

async fn put(session: &Session, projection: &Projection, row: &TillRow) -> Result<(), StoreError> {
    let (store, reg, epoch) = key(&projection.journal);
    let (branch, at) = (projection.branch, int(row.seq.0));
    match &row.event {
        Event::ShiftOpen { shift, cashier, float, .. } => {
            let sql = "UPDATE drawer SET cashier = $6, opened = $7, float = $8 WHERE store = $1
                       AND reg = $2 AND epoch = $3 AND branch = $4 AND shift = $5";
            let shift = i64::from(shift.0);
            let params: [Param<'_>; 8] =
                [&store, &reg, &epoch, &branch, &shift, &cashier.as_str(), &at, &float.minor()];
            session.execute(sql, &params).await?;
        }
        Event::ShiftClose(close) => {
            let sql = "UPDATE drawer SET closed = $6, counted_cash = $7, counted_checks = $8,
                       expected_cash = $9, expected_checks = $10, sales = $11, refunds = $12
                       WHERE store = $1 AND reg = $2 AND epoch = $3 AND branch = $4 AND shift = $5";
            let params: [Param<'_>; 12] = [
                &store,
                &reg,
                &epoch,
                &branch,
                &i64::from(close.shift.0),
                &at,
                &close.counted_cash.minor(),
                &close.counted_checks.minor(),
                &close.expected_cash.minor(),
                &close.expected_checks.minor(),
                &int(close.sales),
                &int(close.refunds),
            ];
            session.execute(sql, &params).await?;
        }
        Event::CashMovement { shift, movement, .. } => {
            let amount = movement.amount.minor();
            let signed = if movement.kind.comes_in() { amount } else { amount.saturating_neg() };
            let of_store =
                matches!(movement.kind, CashMovementKind::PaidIn | CashMovementKind::PaidOut);
            let sql = "INSERT INTO cash_moved (store, reg, epoch, seq, branch, shift, into_drawer,
                       into_store) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
            let (shift, into_store) = (i64::from(shift.0), if of_store { signed } else { 0 });
            let params: [Param<'_>; 8] =
                [&store, &reg, &epoch, &at, &branch, &shift, &signed, &into_store];
            session.execute(sql, &params).await?;
            let Some(bag) = &movement.bag else { return Ok(()) };
            let sql = "INSERT INTO cash_bag (store, reg, epoch, seq, branch, at, day, bag, amount)
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
            let (day, bag) = (row.day.to_string(), bag.as_str());
            let params: [Param<'_>; 9] =
                [&store, &reg, &epoch, &at, &branch, &row.at.utc_ms, &day, &bag, &amount];
            session.execute(sql, &params).await?;
        }
        Event::DrawerOpen { shift, .. } => {
            let sql = "UPDATE drawer SET no_sales = no_sales + 1 WHERE store = $1 AND reg = $2
                       AND epoch = $3 AND branch = $4 AND shift = $5";
            let shift = i64::from(shift.0);
            session.execute(sql, &[&store, &reg, &epoch, &branch, &shift]).await?;
        }
        Event::Punch(_) | Event::PunchCorrected(_) => {
            let sql = "INSERT INTO hours_record (store, reg, epoch, seq, branch, line)
                       VALUES ($1, $2, $3, $4, $5, $6)";
            session.execute(sql, &[&store, &reg, &epoch, &at, &branch, &row.line]).await?;
        }
        _ => {}
    }
    Ok(())
}

/// Checks of a projection, a column each.
#[derive(Default)]
struct Checks<'a> {
    seqs: Vec<i64>,
    places: Vec<i32>,
    sales: Vec<i64>,
    days: Vec<String>,
    numbers: Vec<&'a str>,
    amounts: Vec<i64>,
    returned: Vec<bool>,
}

impl<'a> Checks<'a> {
    fn of(sales: &'a [SaleRow]) -> Self {
        let mut checks = Self::default();
        for SaleRow { seq, date, sale, .. } in sales {
            for (place, tender) in (0_i32..).zip(&sale.tenders) {
                let (amount, number, returned) = match tender {
                    Tender::Cash { .. } => continue,
                    Tender::Check { amount, number, .. } => (amount, number, false),
                    Tender::CheckReturned { amount, number } => (amount, number, true),
                };
                checks.seqs.push(int(seq.0));
                checks.places.push(place);
                checks.sales.push(int(sale.number.0));
                checks.days.push(date.to_string());
                checks.numbers.push(number.as_str());
                checks.amounts.push(amount.minor());
                checks.returned.push(returned);
            }
        }
        checks
    }
}

async fn put_checks(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    let checks = Checks::of(&projection.sales);
    if checks.seqs.is_empty() {
        return Ok(());
    }
    let (store, reg, epoch) = key(&projection.journal);
    let Checks { seqs, places, sales, days, numbers, amounts, returned } = &checks;
    let sql = "INSERT INTO check_held (number, amount, day)
               SELECT DISTINCT * FROM unnest($1::text[], $2::bigint[], $3::text[])
                     AS u (number, amount, day)
               ORDER BY number, amount, day
               ON CONFLICT (number, amount, day) DO UPDATE SET day = excluded.day";
    session.execute(sql, &[numbers, amounts, days]).await?;
    let sql = "INSERT INTO check_taken (store, reg, epoch, branch, seq, place, sale, day, number,
                      amount, returned)
               SELECT $1::bigint, $2::int, $3::bigint, $4::bigint, u.*
               FROM unnest($5::bigint[], $6::int[], $7::bigint[], $8::text[], $9::text[],
                    $10::bigint[], $11::boolean[]) AS u";
    let params: [Param<'_>; 11] = [
        &store,
        &reg,
        &epoch,
        &projection.branch,
        seqs,
        places,
        sales,
        days,
        numbers,
        amounts,
        returned,
    ];
    session.execute(sql, &params).await?;
    // Another store that took one like it looks again, too. The row is this journal's, as no row
    // of its own says that something came here.
    let sql = "INSERT INTO goods_due (store, reg, epoch, branch, upto)
               SELECT DISTINCT o.store, $2::int, $3::bigint, $4::bigint, $5::bigint
               FROM unnest($6::text[], $7::bigint[], $8::text[]) AS u (number, amount, day)
               JOIN check_taken o ON o.number = u.number AND o.amount = u.amount
                    AND o.day = u.day AND o.store <> $1
               ORDER BY 1
               ON CONFLICT (store, reg, epoch, branch) DO UPDATE SET upto = excluded.upto";
    let upto = int(projection.next.0);
    let params: [Param<'_>; 8] =
        [&store, &reg, &epoch, &projection.branch, &upto, numbers, amounts, days];
    session.execute(sql, &params).await?;
    Ok(())
}

/// Punches of a store, in their journals' order.
pub(super) async fn hours(session: &Session, store: StoreNo) -> Result<Vec<Vec<u8>>, StoreError> {
    let sql = "SELECT line FROM hours_record WHERE store = $1 AND branch = 0
               ORDER BY reg, lpad(to_hex(epoch), 16, '0') COLLATE \"C\", seq";
    let rows = session.rows(sql, &[&store_int(store)]).await?;
    let lines = rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_, StoreError>>()?;
    Ok(Table::Punch.lines(lines))
}

/// Sealed bags that left a store's drawers.
pub(super) async fn bags(session: &Session, store: StoreNo) -> Result<Vec<BagUse>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, at, day, bag, amount FROM cash_bag
               WHERE store = $1 AND branch = 0
               ORDER BY reg, lpad(to_hex(epoch), 16, '0') COLLATE \"C\", seq";
    let mut bags = Vec::new();
    for row in session.rows(sql, &[&store_int(store)]).await? {
        let of = Table::CashBag;
        let at = of.known(Timestamp::new(row.try_get(4)?, 0));
        let day = of.read(BusinessDate::parse(row.try_get(5)?));
        let bag = of.known(BagNo::from_canonical(row.try_get(6)?));
        // They were read from records with the same types; what is none now was damaged.
        let (Some(at), Some(day), Some(bag)) = (at, day, bag) else { continue };
        let happened = Happened { at, journal: journal_of(&row, 0)?, seq: seq(&row, 3)? };
        bags.push(BagUse { happened, day, bag, amount: money(&row, 7)? });
    }
    Ok(bags)
}

/// A store's checks that were not handed back, and others' that look like one of them.
pub(super) async fn alike(
    session: &Session,
    store: StoreNo,
) -> Result<Vec<TakenCheck>, StoreError> {
    let sql = "SELECT c.store, c.reg, c.epoch, c.seq, c.sale, c.day, c.number, c.amount
               FROM check_taken c JOIN
                (SELECT DISTINCT number, amount, day FROM check_taken
                 WHERE store = $1 AND branch = 0 AND NOT returned) o
                ON o.number = c.number AND o.amount = c.amount AND o.day = c.day
               WHERE c.branch = 0 AND NOT c.returned
               AND NOT EXISTS (SELECT 1 FROM check_taken b WHERE b.number = c.number
                AND b.amount = c.amount AND b.store = c.store AND b.reg = c.reg
                AND b.epoch = c.epoch AND b.returned)
               ORDER BY c.store, c.reg, lpad(to_hex(c.epoch), 16, '0') COLLATE \"C\", c.seq,
                     c.place";
    let rows = session.rows(sql, &[&store_int(store)]).await?;
    let checks = rows.iter().map(|row| check(row, store));
    Ok(checks.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn check(row: &Row, store: StoreNo) -> Result<Option<TakenCheck>, StoreError> {
    let (day, number): (&str, &str) = (row.try_get(5)?, row.try_get(6)?);
    // They were read from records with the same types; what is none now was damaged.
    let of = Table::CheckTaken;
    let read = of.read(BusinessDate::parse(day)).zip(of.read(CheckNumber::parse(number)));
    let Some((day, number)) = read else { return Ok(None) };
    let journal = journal_of(row, 0)?;
    Ok(Some(TakenCheck {
        journal,
        seq: seq(row, 3)?,
        sale: SaleNo(count(row, 4)?),
        day,
        number,
        amount: money(row, 7)?,
        own: journal.store == store,
    }))
}

/// All rows of a store that reconciling asks for, as they were at one moment.
pub(super) async fn rows(session: &Session, store: StoreNo) -> Result<StoreRows, StoreError> {
    session.batch("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let (found, more_found) = as_far_as_looked_at(found(session, store).await?);
    Ok(StoreRows {
        sales: sales(session, store).await?,
        drawers: drawers(session, store).await?,
        moves: moves(session, store).await?,
        checks: checks(session, store).await?,
        found,
        more_found,
    })
}

fn shift(row: &Row, place: usize) -> Result<ShiftNo, StoreError> {
    let number = row.try_get::<_, i64>(place)?.try_into();
    number.map(ShiftNo).map_err(|_| damaged("a shift beyond what a register can have"))
}

async fn sales(session: &Session, store: StoreNo) -> Result<Vec<SaleFact>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, number, shift, day, refund, subtotal, tax, total,
               rounding, cash, checks FROM sale WHERE store = $1 AND branch = 0
               ORDER BY reg, lpad(to_hex(epoch), 16, '0') COLLATE \"C\", seq";
    let mut sales = Vec::new();
    for row in session.rows(sql, &[&store_int(store)]).await? {
        let day = Table::Sale.read(BusinessDate::parse(row.try_get(6)?));
        let Some(day) = day else { continue };
        sales.push(SaleFact {
            journal: journal_of(&row, 0)?,
            seq: seq(&row, 3)?,
            number: SaleNo(count(&row, 4)?),
            shift: shift(&row, 5)?,
            day,
            refund: row.try_get(7)?,
            subtotal: money(&row, 8)?,
            tax: money(&row, 9)?,
            total: money(&row, 10)?,
            rounding: money(&row, 11)?,
            cash: money(&row, 12)?,
            checks: money(&row, 13)?,
        });
    }
    Ok(sales)
}

async fn drawers(session: &Session, store: StoreNo) -> Result<Vec<DrawerFact>, StoreError> {
    let sql = "SELECT store, reg, epoch, shift, cashier, opened, float, closed, counted_cash,
               counted_checks, expected_cash, expected_checks, sales, refunds, no_sales
               FROM drawer WHERE store = $1 AND branch = 0
               ORDER BY reg, lpad(to_hex(epoch), 16, '0') COLLATE \"C\", shift";
    let rows = session.rows(sql, &[&store_int(store)]).await?;
    rows.iter().map(drawer).collect()
}

fn drawer(row: &Row) -> Result<DrawerFact, StoreError> {
    let number = |place: usize| row.try_get::<_, Option<i64>>(place);
    let place = |place| -> Result<Option<Seq>, StoreError> {
        Ok(number(place)?.map(|seq| Seq(seq.unsigned_abs())))
    };
    let money =
        |place| -> Result<Money, StoreError> { Ok(Money::from_minor(number(place)?.unwrap_or(0))) };
    let counted =
        |place| -> Result<u64, StoreError> { Ok(number(place)?.unwrap_or(0).unsigned_abs()) };
    let shift = shift(row, 3)?;
    let close = ShiftClose {
        shift,
        counted_cash: money(8)?,
        counted_checks: money(9)?,
        expected_cash: money(10)?,
        expected_checks: money(11)?,
        sales: counted(12)?,
        refunds: counted(13)?,
    };
    let odd = |_| damaged("a count of a drawer that no register says");
    let cashier: Option<&str> = row.try_get(4)?;
    Ok(DrawerFact {
        journal: journal_of(row, 0)?,
        shift,
        cashier: cashier.and_then(|text| Table::Drawer.read(PersonId::parse(text))),
        opened: place(5)?,
        float: money(6)?,
        closed: place(7)?.map(|at| (at, close)),
        no_sales: row.try_get::<_, i64>(14)?.try_into().map_err(odd)?,
    })
}

async fn moves(session: &Session, store: StoreNo) -> Result<Vec<MoveFact>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, shift, into_drawer, into_store FROM cash_moved
               WHERE store = $1 AND branch = 0
               ORDER BY reg, lpad(to_hex(epoch), 16, '0') COLLATE \"C\", seq";
    let rows = session.rows(sql, &[&store_int(store)]).await?;
    let of = |row: &Row| {
        Ok(MoveFact {
            journal: journal_of(row, 0)?,
            seq: seq(row, 3)?,
            shift: shift(row, 4)?,
            into_drawer: money(row, 5)?,
            into_store: money(row, 6)?,
        })
    };
    rows.iter().map(of).collect()
}

async fn checks(session: &Session, store: StoreNo) -> Result<Vec<CheckFact>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, sale, day, number, amount, returned
               FROM check_taken WHERE store = $1 AND branch = 0
               ORDER BY reg, lpad(to_hex(epoch), 16, '0') COLLATE \"C\", seq, place";
    let mut checks = Vec::new();
    for row in session.rows(sql, &[&store_int(store)]).await? {
        let returned = row.try_get(8)?;
        checks.extend(check(&row, store)?.map(|taken| CheckFact { taken, returned }));
    }
    Ok(checks)
}

async fn found(session: &Session, store: StoreNo) -> Result<(Vec<Found>, usize), StoreError> {
    let sql = "SELECT store, reg, epoch, seq, code, cause, level, text, amount FROM exception
               WHERE store = $1 AND reg > 0
               ORDER BY reg, lpad(to_hex(epoch), 16, '0') COLLATE \"C\", seq, branch,
                     code COLLATE \"C\", cause COLLATE \"C\" LIMIT $2";
    let mut found = Vec::new();
    let rows = session.rows(sql, &[&store_int(store), &bound(FOUND_MAX.saturating_add(1))]).await?;
    for row in &rows {
        let read = Code::from_word(row.try_get(4)?).zip(Level::from_word(row.try_get(6)?));
        let Some((code, level)) = read else { continue };
        found.push(Found {
            code,
            level,
            journal: journal_of(row, 0)?,
            seq: seq(row, 3)?,
            cause: row.try_get(5)?,
            text: row.try_get(7)?,
            amount: money(row, 8)?,
        });
    }
    Ok((found, rows.len()))
}

/// Keeps a closure under its number; false when there is one.
pub(super) async fn put_closure(
    session: &Session,
    store: StoreNo,
    (number, sealed): (u32, &[u8]),
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO closure (store, number, sealed) VALUES ($1, $2, $3)
               ON CONFLICT DO NOTHING";
    let added = session.execute(sql, &[&store_int(store), &i64::from(number), &sealed]).await?;
    Ok(added == 1)
}

/// Whether records of central's own and a closure are here already, byte for byte: they are when a
/// line was lost during their commit, and the deed runs a second time.
pub(super) async fn is_kept(
    session: &Session,
    run: &Run,
    closure: Option<(u32, &[u8])>,
) -> Result<bool, StoreError> {
    let Some(last) = run.records.last() else { return Ok(false) };
    let (store, reg, epoch) = key(&run.journal);
    let sql = "SELECT 1 FROM record WHERE store = $1 AND reg = $2 AND epoch = $3 AND seq = $4
               AND branch = 0 AND hash = $5";
    let params: [Param<'_>; 5] = [&store, &reg, &epoch, &int(last.seq.0), &last.hash.0.as_slice()];
    let recorded = session.maybe(sql, &params).await?.is_some();
    let Some((number, sealed)) = closure else { return Ok(recorded) };
    let sql = "SELECT 1 FROM closure WHERE store = $1 AND number = $2 AND sealed = $3";
    let sealed = session.maybe(sql, &[&store, &i64::from(number), &sealed]).await?;
    Ok(recorded && sealed.is_some())
}

/// A store's closures as they were signed, the first one first.
pub(super) async fn closures(
    session: &Session,
    store: StoreNo,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let sql = "SELECT sealed FROM closure WHERE store = $1 ORDER BY number";
    let rows = session.rows(sql, &[&store_int(store)]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
