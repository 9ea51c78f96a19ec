//! Claims of pickup orders in the PostgreSQL store.

use std::collections::BTreeMap;

use tokio_postgres::Row;

use super::link::{Param, Session};
use super::values::{hash, int, journal_of, key, seq, store as store_int, text};
use crate::central::damaged::Table;
use crate::central::project::{GoodsRow, Projection};
use crate::central::store::StoreError;
use crate::domain::check::Commitment;
use crate::domain::goods::carton::OrderNo;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{JournalId, PersonId, Seq, StoreNo};
use crate::domain::money::Money;
use crate::domain::pickup::{Outcome, Pickup, RefundWhy};
use crate::domain::quantity::Quantity;
use crate::domain::time::Timestamp;
use crate::reconcile::goods::Happened;
use crate::reconcile::pickups::{ClaimLine, PickupClaim};

/// Stores one claim.
pub(super) async fn put(
    session: &Session,
    projection: &Projection,
    row: &GoodsRow,
    pickup: &Pickup,
) -> Result<(), StoreError> {
    let (store, reg, epoch) = key(&projection.journal);
    let (at, branch) = (int(row.seq.0), projection.branch);
    let sql = "INSERT INTO pickup (store, reg, epoch, seq, branch, at, person, number, outcome,
               code, id, why, asked, name, again, signed)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    let name = pickup.name.as_ref().map(|name| name.0.as_slice());
    let params: [Param<'_>; 16] = [
        &store,
        &reg,
        &epoch,
        &at,
        &branch,
        &row.at.utc_ms,
        &row.by.as_ref().map(PersonId::as_str),
        &pickup.order.as_str(),
        &pickup.outcome.word(),
        &pickup.code,
        &pickup.id,
        &pickup.refund.map(|asked| asked.why.word()),
        &pickup.refund.and_then(|asked| asked.amount).map(Money::minor),
        &name,
        &pickup.again.is_some(),
        &pickup.approval.as_ref().map(|approval| approval.by.as_str()),
    ];
    session.execute(sql, &params).await?;
    let sql = "INSERT INTO pickup_line (store, reg, epoch, seq, branch, place, item, name, ordered,
               handed, instead_of, stands)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    for (place, line) in (0_i32..).zip(&pickup.lines) {
        let (name, stands) = (text(&line.name), text(&line.place));
        let params: [Param<'_>; 12] = [
            &store,
            &reg,
            &epoch,
            &at,
            &branch,
            &place,
            &line.code.as_str(),
            &name.as_ref(),
            &line.ordered.map(Quantity::tenthousandths),
            &line.handed.tenthousandths(),
            &line.instead_of.as_ref().map(ItemCode::as_str),
            &stands.as_ref(),
        ];
        session.execute(sql, &params).await?;
    }
    Ok(())
}

/// The claims of a store, over the branches that came first.
pub(super) async fn claims(
    session: &Session,
    store: StoreNo,
) -> Result<Vec<PickupClaim>, StoreError> {
    let number = store_int(store);
    let mut lines = lines(session, number).await?;
    let sql = "SELECT store, reg, epoch, seq, at, person, number, outcome, code, id, why, asked,
               name, again, signed FROM pickup WHERE store = $1 AND branch = 0
               ORDER BY at, reg, lpad(to_hex(epoch), 16, '0') COLLATE \"C\", seq";
    let mut all = Vec::new();
    for row in session.rows(sql, &[&number]).await? {
        let of = Table::Pickup;
        let at = of.known(Timestamp::new(row.try_get(4)?, 0));
        let (order, outcome): (&str, &str) = (row.try_get(6)?, row.try_get(7)?);
        // They were read from records with the same types; what is none now was damaged.
        let (Some(at), Some(order), Some(outcome)) =
            (at, of.known(OrderNo::from_canonical(order)), of.known(Outcome::from_word(outcome)))
        else {
            continue;
        };
        let happened = Happened { at, journal: journal_of(&row, 0)?, seq: seq(&row, 3)? };
        let why: Option<&str> = row.try_get(10)?;
        let name: Option<&[u8]> = row.try_get(12)?;
        let name = name.map(hash).transpose()?.map(|name| Commitment(name.0));
        all.push(PickupClaim {
            by: person(&row, 5)?,
            order,
            outcome,
            code: row.try_get(8)?,
            id: row.try_get(9)?,
            why: why.and_then(RefundWhy::from_word),
            asked: row.try_get::<_, Option<i64>>(11)?.map(Money::from_minor),
            name,
            again: row.try_get(13)?,
            signed: person(&row, 14)?,
            lines: lines.remove(&(happened.journal, happened.seq)).unwrap_or_default(),
            happened,
        });
    }
    Ok(all)
}

fn person(row: &Row, place: usize) -> Result<Option<PersonId>, StoreError> {
    let text: Option<&str> = row.try_get(place)?;
    Ok(text.and_then(|text| Table::Pickup.read(PersonId::parse(text))))
}

/// The goods of all claims of a store, by their record.
async fn lines(
    session: &Session,
    store: i64,
) -> Result<BTreeMap<(JournalId, Seq), Vec<ClaimLine>>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, item, name, ordered, handed, instead_of, stands
               FROM pickup_line WHERE store = $1 AND branch = 0 ORDER BY reg, epoch, seq, place";
    let mut all: BTreeMap<(JournalId, Seq), Vec<ClaimLine>> = BTreeMap::new();
    for row in session.rows(sql, &[&store]).await? {
        let of = Table::PickupLine;
        let Some(code) = of.read(ItemCode::parse(row.try_get(4)?)) else { continue };
        let instead_of: Option<&str> = row.try_get(8)?;
        let line = ClaimLine {
            code,
            name: row.try_get(5)?,
            ordered: row.try_get::<_, Option<i64>>(6)?.map(Quantity::from_tenthousandths),
            handed: Quantity::from_tenthousandths(row.try_get(7)?),
            instead_of: instead_of.and_then(|code| of.read(ItemCode::parse(code))),
            place: row.try_get(9)?,
        };
        all.entry((journal_of(&row, 0)?, seq(&row, 3)?)).or_default().push(line);
    }
    Ok(all)
}
