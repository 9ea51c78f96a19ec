//! Goods in central's SQLite store: what records say of them, and all of one store at a time.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::domain::event::Event;
use crate::domain::goods::carton::{Carton, OrderNo};
use crate::domain::goods::change::SlipNo;
use crate::domain::goods::delivery::{Delivery, DeliveryMark};
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{JournalId, PackVersion, PersonId, StoreNo};
use crate::domain::quantity::Quantity;
use crate::domain::time::Timestamp;
use crate::reconcile::goods::{GoodsLine, GoodsView, GoodsWhat, Happened};

use super::{int, journal_of, seq};
use crate::central::damaged::Table;
use crate::central::goods_rows::moved;
use crate::central::project::{GoodsRow, Projection, TillRow};
use crate::central::store::StoreError;

/// Stores what a projection says of goods, and has the store looked at again.
pub(in crate::central) fn store(
    tx: &Transaction<'_>,
    projection: &Projection,
) -> Result<(), StoreError> {
    let store = projection.journal.store.0;
    for row in &projection.goods {
        put(tx, projection, row)?;
    }
    super::conduct::store(tx, projection)?;
    for version in &projection.packs {
        tx.prepare_cached("INSERT OR IGNORE INTO goods_pack (store, version) VALUES (?1, ?2)")?
            .execute(params![store, version.as_str()])?;
    }
    if !projection.goods.is_empty()
        || !projection.sales.is_empty()
        || projection.till.iter().any(TillRow::is_of_the_store)
        || !projection.conduct.is_empty()
    {
        tx.prepare_cached(
            "INSERT INTO goods_due (store, stamp) VALUES (?1, 1)
             ON CONFLICT (store) DO UPDATE SET stamp = stamp + 1",
        )?
        .execute([store])?;
    }
    Ok(())
}

fn put(tx: &Transaction<'_>, projection: &Projection, row: &GoodsRow) -> Result<(), StoreError> {
    if let Event::Delivery(delivery) = &row.event {
        put_receiving(tx, projection, row, delivery)?;
    }
    if let Event::Pickup(pickup) = &row.event {
        super::pickups::put(tx, projection, row, pickup)?;
    }
    let (moved, note) = moved(row);
    let JournalId { store, register, epoch } = projection.journal;
    let sql = "INSERT INTO goods_move (store, reg, epoch, seq, branch, place, at, reason, item,
               name, delta, counted, expected, note)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    let mut insert = tx.prepare_cached(sql)?;
    for (place, one) in (0_i64..).zip(&moved) {
        insert.execute(params![
            store.0,
            register.0,
            epoch.0,
            int(row.seq.0),
            projection.branch,
            place,
            one.at.utc_ms,
            one.reason,
            one.code.as_str(),
            one.name,
            one.delta.map(Quantity::tenthousandths),
            one.counted.map(Quantity::tenthousandths),
            one.expected.map(Quantity::tenthousandths),
            note,
        ])?;
    }
    Ok(())
}

fn put_receiving(
    tx: &Transaction<'_>,
    projection: &Projection,
    row: &GoodsRow,
    delivery: &Delivery,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = projection.journal;
    let mark = delivery.mark();
    let cartons: Vec<&str> = mark.cartons.iter().map(Carton::as_str).collect();
    tx.prepare_cached(
        "INSERT INTO receiving (store, reg, epoch, seq, branch, at, receiving, notice, po, cartons,
         signed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        store.0,
        register.0,
        epoch.0,
        int(row.seq.0),
        projection.branch,
        row.at.utc_ms,
        mark.receiving.as_str(),
        mark.notice.as_ref().map(SlipNo::as_str),
        mark.order.as_ref().map(OrderNo::as_str),
        cartons.join(" "),
        delivery.approval.as_ref().map(|approval| approval.by.as_str()),
    ])?;
    Ok(())
}

/// Empties what is stored here, to be derived again.
pub(in crate::central) fn forget(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute_batch(
        "DELETE FROM goods_move; DELETE FROM receiving; DELETE FROM goods_pack;
         DELETE FROM goods_due; DELETE FROM conduct_record;
         DELETE FROM pickup; DELETE FROM pickup_line;",
    )?;
    Ok(())
}

/// A store that is to be looked at again, with the stamp of its last change.
pub(in crate::central) fn due(db: &Connection) -> Result<Option<(StoreNo, i64)>, StoreError> {
    let sql = "SELECT store, stamp FROM goods_due ORDER BY store LIMIT 1";
    let found =
        db.prepare_cached(sql)?.query_row([], |row| Ok((StoreNo(row.get(0)?), row.get(1)?)));
    Ok(found.optional()?)
}

/// The store was looked at as of that stamp: nothing is due unless more came meanwhile.
pub(in crate::central) fn looked(
    tx: &Transaction<'_>,
    store: StoreNo,
    stamp: i64,
) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM goods_due WHERE store = ?1 AND stamp = ?2")?
        .execute(params![store.0, stamp])?;
    for code in crate::reconcile::goods::codes() {
        tx.prepare_cached("DELETE FROM exception WHERE store = ?1 AND code = ?2 AND derived = 1")?
            .execute(params![store.0, code.word()])?;
    }
    Ok(())
}

/// All that is held of a store's goods, over the branches that came first.
pub(in crate::central) fn view(db: &Connection, store: StoreNo) -> Result<GoodsView, StoreError> {
    let mut view = GoodsView::default();
    let sql = "SELECT l.store, l.reg, l.epoch, l.seq, r.at, l.item, l.quantity
               FROM sale_line l JOIN record r ON r.store = l.store AND r.reg = l.reg
                AND r.epoch = l.epoch AND r.seq = l.seq AND r.branch = l.branch
               WHERE l.store = ?1 AND l.branch = 0 AND l.voided = 0";
    let mut lines = db.prepare_cached(sql)?;
    let mut rows = lines.query([store.0])?;
    while let Some(row) = rows.next()? {
        let Some((happened, code)) = happened(row, Table::SaleLine)? else { continue };
        let taken = Quantity::from_tenthousandths(row.get(6)?).negated().unwrap_or_default();
        view.lines.push(GoodsLine {
            happened,
            reason: "sale".to_owned(),
            code,
            name: String::new(),
            what: GoodsWhat::Moved(taken),
            note: String::new(),
        });
    }
    let sql = "SELECT store, reg, epoch, seq, at, item, delta, counted, expected, reason, name,
               note FROM goods_move
               WHERE store = ?1 AND branch = 0";
    let mut moves = db.prepare_cached(sql)?;
    let mut rows = moves.query([store.0])?;
    while let Some(row) = rows.next()? {
        let Some((happened, code)) = happened(row, Table::GoodsMove)? else { continue };
        let quantity = |place| -> rusqlite::Result<Option<Quantity>> {
            Ok(row.get::<_, Option<i64>>(place)?.map(Quantity::from_tenthousandths))
        };
        let (delta, counted, expected) = (quantity(6)?, quantity(7)?, quantity(8)?);
        let counted = counted.map(|counted| GoodsWhat::Counted(counted, expected));
        let what = Table::GoodsMove.known(delta.map(GoodsWhat::Moved).or(counted));
        let Some(what) = what else { continue };
        let (reason, name, note) = (row.get(9)?, row.get(10)?, row.get(11)?);
        view.lines.push(GoodsLine { happened, reason, code, name, what, note });
    }
    view.receivings = receivings(db, store)?;
    view.pickups = super::pickups::claims(db, store)?;
    let sql = "SELECT version FROM goods_pack WHERE store = ?1 ORDER BY version";
    let mut packs = db.prepare_cached(sql)?;
    let versions = packs.query_map([store.0], |row| row.get::<_, String>(0))?;
    for version in versions {
        view.packs.extend(Table::GoodsPack.read(PackVersion::parse(&version?)));
    }
    view.hours = super::reconcile::hours(db, store)?;
    view.checks = super::reconcile::alike(db, store)?;
    view.conduct = super::conduct::view(db, store)?;
    view.bags = super::reconcile::bags(db, store)?;
    Ok(view)
}

fn receivings(
    db: &Connection,
    store: StoreNo,
) -> Result<Vec<(Happened, DeliveryMark, Option<PersonId>)>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, at, receiving, notice, po, cartons, signed
               FROM receiving WHERE store = ?1 AND branch = 0 ORDER BY at, reg, seq";
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query([store.0])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let texts: (String, Option<String>, Option<String>, String, Option<String>) =
            (row.get(5)?, row.get(6)?, row.get(7)?, row.get(8)?, row.get(9)?);
        // They were read from records with the same types; what is none now was damaged.
        let of = Table::Receiving;
        let receiving = of.read(SlipNo::parse(&texts.0)).zip(of.known(time(row.get(4)?)));
        let Some((receiving, at)) = receiving else { continue };
        let mark = DeliveryMark {
            receiving,
            notice: texts.1.and_then(|text| of.read(SlipNo::parse(&text))),
            order: texts.2.and_then(|text| of.known(OrderNo::from_canonical(&text))),
            cartons: texts.3.split(' ').filter_map(Carton::from_canonical).collect(),
        };
        let signed = texts.4.and_then(|text| of.read(PersonId::parse(&text)));
        all.push((Happened { at, journal: journal_of(row)?, seq: seq(row, 3)? }, mark, signed));
    }
    Ok(all)
}

/// Store, register, epoch, seq, time and item of a row's first columns.
fn happened(row: &Row<'_>, table: Table) -> rusqlite::Result<Option<(Happened, ItemCode)>> {
    let (journal, seq) = (journal_of(row)?, seq(row, 3)?);
    let code = table.read(ItemCode::parse(&row.get::<_, String>(5)?));
    Ok(table
        .known(time(row.get(4)?))
        .zip(code)
        .map(|(at, code)| (Happened { at, journal, seq }, code)))
}

fn time(utc_ms: i64) -> Option<Timestamp> {
    Timestamp::new(utc_ms, 0)
}
