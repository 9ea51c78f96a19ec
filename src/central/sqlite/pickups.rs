//! Claims of pickup orders in central's SQLite store.

use rusqlite::{Connection, Transaction, params};

use crate::domain::check::Commitment;
use crate::domain::goods::carton::OrderNo;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{JournalId, PersonId, StoreNo};
use crate::domain::money::Money;
use crate::domain::pickup::{Outcome, Pickup, RefundWhy};
use crate::domain::quantity::Quantity;
use crate::domain::time::Timestamp;
use crate::reconcile::goods::Happened;
use crate::reconcile::pickups::{ClaimLine, PickupClaim};

use super::{int, journal_of, seq};
use crate::central::damaged::Table;
use crate::central::project::{GoodsRow, Projection};
use crate::central::store::StoreError;

/// Stores one claim.
pub(in crate::central) fn put(
    tx: &Transaction<'_>,
    projection: &Projection,
    row: &GoodsRow,
    pickup: &Pickup,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = projection.journal;
    let (seq, branch) = (int(row.seq.0), projection.branch);
    tx.prepare_cached(
        "INSERT INTO pickup (store, reg, epoch, seq, branch, at, person, number, outcome, code, id,
         why, asked, name, again, signed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?
    .execute(params![
        store.0,
        register.0,
        epoch.0,
        seq,
        branch,
        row.at.utc_ms,
        row.by.as_ref().map(PersonId::as_str),
        pickup.order.as_str(),
        pickup.outcome.word(),
        pickup.code,
        pickup.id,
        pickup.refund.map(|asked| asked.why.word()),
        pickup.refund.and_then(|asked| asked.amount).map(Money::minor),
        pickup.name.map(|name| name.0),
        pickup.again.is_some(),
        pickup.approval.as_ref().map(|approval| approval.by.as_str()),
    ])?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO pickup_line (store, reg, epoch, seq, branch, place, item, name, ordered,
         handed, instead_of, stands) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for (place, line) in (0_i64..).zip(&pickup.lines) {
        insert.execute(params![
            store.0,
            register.0,
            epoch.0,
            seq,
            branch,
            place,
            line.code.as_str(),
            line.name,
            line.ordered.map(Quantity::tenthousandths),
            line.handed.tenthousandths(),
            line.instead_of.as_ref().map(ItemCode::as_str),
            line.place,
        ])?;
    }
    Ok(())
}

/// The claims of a store, over the branches that came first.
pub(in crate::central) fn claims(
    db: &Connection,
    store: StoreNo,
) -> Result<Vec<PickupClaim>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, at, person, number, outcome, code, id, why, asked,
               name, again, signed
               FROM pickup WHERE store = ?1 AND branch = 0 ORDER BY at, reg, epoch, seq";
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query([store.0])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let of = Table::Pickup;
        let at = of.known(Timestamp::new(row.get(4)?, 0));
        let (number, outcome): (String, String) = (row.get(6)?, row.get(7)?);
        // They were read from records with the same types; what is none now was damaged.
        let (Some(at), Some(order), Some(outcome)) = (
            at,
            of.known(OrderNo::from_canonical(&number)),
            of.known(Outcome::from_word(&outcome)),
        ) else {
            continue;
        };
        let person = |place| -> rusqlite::Result<Option<PersonId>> {
            let text: Option<String> = row.get(place)?;
            Ok(text.and_then(|text| of.read(PersonId::parse(&text))))
        };
        let why: Option<String> = row.get(10)?;
        let happened = Happened { at, journal: journal_of(row)?, seq: seq(row, 3)? };
        all.push(PickupClaim {
            by: person(5)?,
            order,
            outcome,
            code: row.get(8)?,
            id: row.get(9)?,
            why: why.and_then(|word| RefundWhy::from_word(&word)),
            asked: row.get::<_, Option<i64>>(11)?.map(Money::from_minor),
            name: row.get::<_, Option<[u8; 32]>>(12)?.map(Commitment),
            again: row.get(13)?,
            signed: person(14)?,
            lines: lines(db, &happened)?,
            happened,
        });
    }
    Ok(all)
}

fn lines(db: &Connection, claim: &Happened) -> Result<Vec<ClaimLine>, StoreError> {
    let JournalId { store, register, epoch } = claim.journal;
    let sql = "SELECT item, name, ordered, handed, instead_of, stands FROM pickup_line
               WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND seq = ?4 AND branch = 0
               ORDER BY place";
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query(params![store.0, register.0, epoch.0, int(claim.seq.0)])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let (code, instead_of): (String, Option<String>) = (row.get(0)?, row.get(4)?);
        let of = Table::PickupLine;
        let Some(code) = of.read(ItemCode::parse(&code)) else { continue };
        lines.push(ClaimLine {
            code,
            name: row.get(1)?,
            ordered: row.get::<_, Option<i64>>(2)?.map(Quantity::from_tenthousandths),
            handed: Quantity::from_tenthousandths(row.get(3)?),
            instead_of: instead_of.and_then(|code| of.read(ItemCode::parse(&code))),
            place: row.get(5)?,
        });
    }
    Ok(lines)
}
