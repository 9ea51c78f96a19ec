//! Goods in the PostgreSQL store: what records say of them, and all of one store at a time.
//!
//! What is due to be looked at stands in one row a journal. The stamp of a store is a digest of
//! its rows, so that what came while somebody looked stays due, whoever looks.

use tokio_postgres::Row;

use super::link::{Param, Session};
use super::project::put_exceptions;
use super::values::{int, journal_of, key, seq, store as store_int, text};
use super::{conduct, pickups, reconcile};
use crate::central::damaged::Table;
use crate::central::goods_rows::moved;
use crate::central::project::{GoodsRow, Projection, TillRow};
use crate::central::store::StoreError;
use crate::domain::event::Event;
use crate::domain::goods::carton::{Carton, OrderNo};
use crate::domain::goods::change::SlipNo;
use crate::domain::goods::delivery::{Delivery, DeliveryMark};
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{PackVersion, PersonId, StoreNo};
use crate::domain::quantity::Quantity;
use crate::domain::time::Timestamp;
use crate::journal::hash::Hash;
use crate::reconcile::exception::{Code, Exception};
use crate::reconcile::goods::{GoodsLine, GoodsView, GoodsWhat, Happened};

/// Stores what a projection says of goods, and has the store looked at again.
pub(super) async fn store(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    for row in &projection.goods {
        if let Event::Delivery(delivery) = &row.event {
            put_receiving(session, projection, row, delivery).await?;
        }
        if let Event::Pickup(pickup) = &row.event {
            pickups::put(session, projection, row, pickup).await?;
        }
        put_moved(session, projection, row).await?;
    }
    conduct::store(session, projection).await?;
    let (store, reg, epoch) = key(&projection.journal);
    if !projection.packs.is_empty() {
        let versions: Vec<&str> = projection.packs.iter().map(PackVersion::as_str).collect();
        let sql = "INSERT INTO goods_pack (store, version)
                   SELECT $1::bigint, v FROM unnest($2::text[]) AS v ORDER BY v
                   ON CONFLICT DO NOTHING";
        session.execute(sql, &[&store, &versions]).await?;
    }
    if !projection.goods.is_empty()
        || !projection.sales.is_empty()
        || projection.till.iter().any(TillRow::is_of_the_store)
        || !projection.conduct.is_empty()
    {
        let sql = "INSERT INTO goods_due (store, reg, epoch, branch, upto)
                   VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT (store, reg, epoch, branch) DO UPDATE SET upto = excluded.upto";
        let upto = int(projection.next.0);
        session.execute(sql, &[&store, &reg, &epoch, &projection.branch, &upto]).await?;
    }
    Ok(())
}

async fn put_moved(
    session: &Session,
    projection: &Projection,
    row: &GoodsRow,
) -> Result<(), StoreError> {
    let (store, reg, epoch) = key(&projection.journal);
    let (moved, note) = moved(row);
    let note = text(note);
    let sql = "INSERT INTO goods_move (store, reg, epoch, seq, branch, place, at, reason, item,
               name, delta, counted, expected, note)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    for (place, one) in (0_i32..).zip(&moved) {
        let name = text(one.name);
        let params: [Param<'_>; 14] = [
            &store,
            &reg,
            &epoch,
            &int(row.seq.0),
            &projection.branch,
            &place,
            &one.at.utc_ms,
            &one.reason,
            &one.code.as_str(),
            &name.as_ref(),
            &one.delta.map(Quantity::tenthousandths),
            &one.counted.map(Quantity::tenthousandths),
            &one.expected.map(Quantity::tenthousandths),
            &note.as_ref(),
        ];
        session.execute(sql, &params).await?;
    }
    Ok(())
}

async fn put_receiving(
    session: &Session,
    projection: &Projection,
    row: &GoodsRow,
    delivery: &Delivery,
) -> Result<(), StoreError> {
    let (store, reg, epoch) = key(&projection.journal);
    let mark = delivery.mark();
    let cartons: Vec<&str> = mark.cartons.iter().map(Carton::as_str).collect();
    let sql = "INSERT INTO receiving (store, reg, epoch, seq, branch, at, receiving, notice, po,
               cartons, signed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let params: [Param<'_>; 11] = [
        &store,
        &reg,
        &epoch,
        &int(row.seq.0),
        &projection.branch,
        &row.at.utc_ms,
        &mark.receiving.as_str(),
        &mark.notice.as_ref().map(SlipNo::as_str),
        &mark.order.as_ref().map(OrderNo::as_str),
        &cartons.join(" "),
        &delivery.approval.as_ref().map(|approval| approval.by.as_str()),
    ];
    session.execute(sql, &params).await?;
    Ok(())
}

/// A store that is to be looked at again, with the stamp of what is due there.
pub(super) async fn due(session: &Session) -> Result<Option<(StoreNo, i64)>, StoreError> {
    let sql = "SELECT reg, epoch, branch, upto, store FROM goods_due
               WHERE store = (SELECT store FROM goods_due ORDER BY store LIMIT 1)
               ORDER BY reg, epoch, branch";
    let rows = session.rows(sql, &[]).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let store = u32::try_from(first.try_get::<_, i64>(4)?).unwrap_or(u32::MAX);
    Ok(Some((StoreNo(store), stamp(&rows)?)))
}

/// A digest of register, epoch, branch and place, row by row.
fn stamp(rows: &[Row]) -> Result<i64, StoreError> {
    let mut bytes = Vec::new();
    for row in rows {
        bytes.extend(row.try_get::<_, i32>(0)?.to_be_bytes());
        for place in 1..4 {
            bytes.extend(row.try_get::<_, i64>(place)?.to_be_bytes());
        }
    }
    let Hash([a, b, c, d, e, f, g, h, ..]) = Hash::of_bytes(&bytes);
    Ok(i64::from_be_bytes([a, b, c, d, e, f, g, h]))
}

/// Replaces what was found in a store's goods, unless a later look has been here already: then
/// nothing is due any more, and its findings stay. Nothing is due afterwards unless more came
/// meanwhile.
pub(super) async fn looked(
    session: &Session,
    store: StoreNo,
    seen: i64,
    found: &[Exception],
) -> Result<(), StoreError> {
    let number = store_int(store);
    let sql = "SELECT reg, epoch, branch, upto FROM goods_due WHERE store = $1
               ORDER BY reg, epoch, branch FOR UPDATE";
    let rows = session.rows(sql, &[&number]).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let codes: Vec<&str> = crate::reconcile::goods::codes().map(Code::word).collect();
    let sql = "DELETE FROM exception WHERE store = $1 AND code = ANY($2::text[]) AND derived";
    session.execute(sql, &[&number, &codes]).await?;
    let found: Vec<(i64, &Exception)> = found.iter().map(|exception| (0, exception)).collect();
    put_exceptions(session, &found, true).await?;
    if stamp(&rows)? == seen {
        // By their places: a journal that came in just now is not among them.
        let mut columns = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for row in &rows {
            columns.0.push(row.try_get::<_, i32>(0)?);
            columns.1.push(row.try_get::<_, i64>(1)?);
            columns.2.push(row.try_get::<_, i64>(2)?);
            columns.3.push(row.try_get::<_, i64>(3)?);
        }
        let (regs, epochs, branches, upto) = &columns;
        let sql = "DELETE FROM goods_due d
                   USING unnest($2::int[], $3::bigint[], $4::bigint[], $5::bigint[])
                         AS u (reg, epoch, branch, upto)
                   WHERE d.store = $1 AND d.reg = u.reg AND d.epoch = u.epoch
                   AND d.branch = u.branch AND d.upto = u.upto";
        session.execute(sql, &[&number, regs, epochs, branches, upto]).await?;
    }
    Ok(())
}

/// All that is held of a store's goods, over the branches that came first.
pub(super) async fn view(session: &Session, store: StoreNo) -> Result<GoodsView, StoreError> {
    let number = store_int(store);
    let mut view = GoodsView::default();
    let sql = "SELECT store, reg, epoch, seq, at, line_item, line_quantity, line_voided
               FROM sale WHERE store = $1 AND branch = 0 ORDER BY reg, epoch, seq";
    for row in session.rows(sql, &[&number]).await? {
        sold(&row, &mut view.lines)?;
    }
    let sql = "SELECT store, reg, epoch, seq, at, item, delta, counted, expected, reason, name,
               note FROM goods_move WHERE store = $1 AND branch = 0
               ORDER BY reg, epoch, seq, place";
    for row in session.rows(sql, &[&number]).await? {
        let Some((happened, code)) = happened(&row, Table::GoodsMove)? else { continue };
        let quantity = |place: usize| -> Result<Option<Quantity>, StoreError> {
            let value: Option<i64> = row.try_get(place)?;
            Ok(value.map(Quantity::from_tenthousandths))
        };
        let (delta, counted, expected) = (quantity(6)?, quantity(7)?, quantity(8)?);
        let counted = counted.map(|counted| GoodsWhat::Counted(counted, expected));
        let what = Table::GoodsMove.known(delta.map(GoodsWhat::Moved).or(counted));
        let Some(what) = what else { continue };
        let (reason, name, note) = (row.try_get(9)?, row.try_get(10)?, row.try_get(11)?);
        view.lines.push(GoodsLine { happened, reason, code, name, what, note });
    }
    view.receivings = receivings(session, number).await?;
    view.pickups = pickups::claims(session, store).await?;
    view.hours = reconcile::hours(session, store).await?;
    view.checks = reconcile::alike(session, store).await?;
    view.conduct = conduct::view(session, store).await?;
    view.bags = reconcile::bags(session, store).await?;
    let sql = "SELECT version FROM goods_pack WHERE store = $1 ORDER BY version COLLATE \"C\"";
    for row in session.rows(sql, &[&number]).await? {
        view.packs.extend(Table::GoodsPack.read(PackVersion::parse(row.try_get(0)?)));
    }
    Ok(view)
}

async fn receivings(
    session: &Session,
    store: i64,
) -> Result<Vec<(Happened, DeliveryMark, Option<PersonId>)>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, at, receiving, notice, po, cartons, signed
               FROM receiving WHERE store = $1 AND branch = 0 ORDER BY at, reg, seq";
    let mut all = Vec::new();
    for row in session.rows(sql, &[&store]).await? {
        let (receiving, cartons): (&str, &str) = (row.try_get(5)?, row.try_get(8)?);
        let optional = |place: usize| row.try_get::<_, Option<&str>>(place);
        let (notice, order, signed) = (optional(6)?, optional(7)?, optional(9)?);
        // They were read from records with the same types; what is none now was damaged.
        let of = Table::Receiving;
        let at = of.known(Timestamp::new(row.try_get(4)?, 0));
        let Some((receiving, at)) = of.read(SlipNo::parse(receiving)).zip(at) else { continue };
        let mark = DeliveryMark {
            receiving,
            notice: notice.and_then(|text| of.read(SlipNo::parse(text))),
            order: order.and_then(|text| of.known(OrderNo::from_canonical(text))),
            cartons: cartons.split(' ').filter_map(Carton::from_canonical).collect(),
        };
        let signed = signed.and_then(|text| of.read(PersonId::parse(text)));
        let happened = Happened { at, journal: journal_of(&row, 0)?, seq: seq(&row, 3)? };
        all.push((happened, mark, signed));
    }
    Ok(all)
}

/// What a sale took from the shelf; a line that came back puts it there again.
fn sold(row: &Row, lines: &mut Vec<GoodsLine>) -> Result<(), StoreError> {
    let of = Table::SaleLine;
    let Some(happened) = happened_at(row, of)? else { return Ok(()) };
    let (items, quantities): (Vec<&str>, Vec<i64>) = (row.try_get(5)?, row.try_get(6)?);
    let voided: Vec<bool> = row.try_get(7)?;
    let counted = items.into_iter().zip(quantities).zip(voided).filter(|(_, voided)| !voided);
    for ((item, quantity), _) in counted {
        let Some(code) = of.read(ItemCode::parse(item)) else { continue };
        let taken = Quantity::from_tenthousandths(quantity).negated().unwrap_or_default();
        lines.push(GoodsLine {
            happened,
            reason: "sale".to_owned(),
            code,
            name: String::new(),
            what: GoodsWhat::Moved(taken),
            note: String::new(),
        });
    }
    Ok(())
}

/// Store, register, epoch, seq, time and item of a row's first columns.
fn happened(row: &Row, table: Table) -> Result<Option<(Happened, ItemCode)>, StoreError> {
    let code = table.read(ItemCode::parse(row.try_get(5)?));
    Ok(happened_at(row, table)?.zip(code))
}

/// The same without the item.
fn happened_at(row: &Row, table: Table) -> Result<Option<Happened>, StoreError> {
    let (journal, seq) = (journal_of(row, 0)?, seq(row, 3)?);
    let at = table.known(Timestamp::new(row.try_get(4)?, 0));
    Ok(at.map(|at| Happened { at, journal, seq }))
}
