//! Paper slips in the PostgreSQL store: kept as a projection, and a store's looked at anew with
//! each record that is about them.

use super::link::{Param, Session};
use super::project::put_found;
use super::values::{damaged, epoch_int, int, journal_of, key, money, seq, store as store_int};
use crate::central::damaged::Table;
use crate::central::paper_slips::{SlipRow, SlipSaid};
use crate::central::project::Projection;
use crate::central::store::StoreError;
use crate::domain::ids::{PersonId, RecordRef, SaleNo, StoreNo};
use crate::domain::money::Money;
use crate::domain::paper_slip::PaperPad;
use crate::domain::time::Timestamp;
use crate::reconcile::goods::Happened;
use crate::reconcile::paper_slips::{CODES, SlipUse, StoreSlips, look};

/// Stores what a projection says of paper slips, and looks at the store's.
pub(super) async fn store(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    let mut touched = false;
    for row in &projection.paper_slips {
        touched |= match &row.what {
            SlipSaid::Pad(pad) => put_pad(session, projection, row, pad).await?,
            SlipSaid::Slip { number, sale, taken } => {
                put_slip(session, projection, row, (*number, *sale, *taken)).await?
            }
            SlipSaid::Voided(sale) => put_void(session, projection, *sale).await?,
        };
    }
    if !touched {
        return Ok(());
    }
    let number = store_int(projection.journal.store);
    let sql = "INSERT INTO paper_slips_held (store) VALUES ($1)
               ON CONFLICT (store) DO UPDATE SET store = excluded.store";
    session.execute(sql, &[&number]).await?;
    let codes: Vec<&str> = CODES.iter().map(|code| code.word()).collect();
    let sql = "DELETE FROM exception WHERE store = $1 AND code = ANY($2::text[]) AND derived";
    session.execute(sql, &[&number, &codes]).await?;
    let found = look(&slips(session, projection.journal.store).await?);
    put_found(session, &projection.rules, found).await
}

async fn put_pad(
    session: &Session,
    projection: &Projection,
    row: &SlipRow,
    pad: &PaperPad,
) -> Result<bool, StoreError> {
    let (store, reg, epoch) = key(&projection.journal);
    let sql = "INSERT INTO paper_pad (store, reg, epoch, seq, branch, at, first, last, person)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    let params: [Param<'_>; 9] = [
        &store,
        &reg,
        &epoch,
        &int(row.seq.0),
        &projection.branch,
        &row.at.utc_ms,
        &i64::from(pad.first),
        &i64::from(pad.last),
        &pad.person.as_str(),
    ];
    Ok(session.execute(sql, &params).await? > 0)
}

async fn put_slip(
    session: &Session,
    projection: &Projection,
    row: &SlipRow,
    (number, sale, taken): (u32, Option<SaleNo>, Money),
) -> Result<bool, StoreError> {
    let (store, reg, epoch) = key(&projection.journal);
    let sql = "INSERT INTO paper_slip (store, number, reg, epoch, seq, branch, at, sale, taken,
               voided) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, false) ON CONFLICT DO NOTHING";
    let params: [Param<'_>; 9] = [
        &store,
        &i64::from(number),
        &reg,
        &epoch,
        &int(row.seq.0),
        &projection.branch,
        &row.at.utc_ms,
        &sale.map(|sale| int(sale.0)),
        &taken.minor(),
    ];
    Ok(session.execute(sql, &params).await? > 0)
}

/// A slip whose sale is taken back was keyed wrongly and may be keyed again.
async fn put_void(
    session: &Session,
    projection: &Projection,
    sale: RecordRef,
) -> Result<bool, StoreError> {
    let (store, reg, _) = key(&projection.journal);
    let sql = "UPDATE paper_slip SET voided = true WHERE store = $1 AND reg = $2 AND epoch = $3
               AND seq = $4 AND branch = $5";
    let (epoch, at) = (epoch_int(sale.epoch), int(sale.seq.0));
    Ok(session.execute(sql, &[&store, &reg, &epoch, &at, &projection.branch]).await? > 0)
}

async fn slips(session: &Session, store: StoreNo) -> Result<StoreSlips, StoreError> {
    let number = store_int(store);
    let odd = |_| damaged("a slip's number that no pad has");
    let mut all = StoreSlips::default();
    let sql = "SELECT store, reg, epoch, seq, at, first, last, person FROM paper_pad
               WHERE store = $1 AND branch = 0
               ORDER BY reg, lpad(to_hex(epoch), 16, '0') COLLATE \"C\", seq";
    for row in session.rows(sql, &[&number]).await? {
        let at = Table::PaperPad.known(Timestamp::new(row.try_get(4)?, 0));
        let person = Table::PaperPad.read(PersonId::parse(row.try_get(7)?));
        // They were read from records with the same types; what is none now was damaged.
        let Some((at, person)) = at.zip(person) else { continue };
        let first = row.try_get::<_, i64>(5)?.try_into().map_err(odd)?;
        let last = row.try_get::<_, i64>(6)?.try_into().map_err(odd)?;
        let happened = Happened { at, journal: journal_of(&row, 0)?, seq: seq(&row, 3)? };
        all.pads.push((happened, PaperPad { first, last, person }));
    }
    let sql = "SELECT store, reg, epoch, seq, at, number, sale, taken FROM paper_slip
               WHERE store = $1 AND branch = 0 AND NOT voided
               ORDER BY number, reg, lpad(to_hex(epoch), 16, '0') COLLATE \"C\", seq";
    for row in session.rows(sql, &[&number]).await? {
        let at = Table::PaperSlip.known(Timestamp::new(row.try_get(4)?, 0));
        let Some(at) = at else { continue };
        all.uses.push(SlipUse {
            happened: Happened { at, journal: journal_of(&row, 0)?, seq: seq(&row, 3)? },
            number: row.try_get::<_, i64>(5)?.try_into().map_err(odd)?,
            sale: row.try_get::<_, Option<i64>>(6)?.map(|sale| SaleNo(sale.unsigned_abs())),
            taken: money(&row, 7)?,
        });
    }
    Ok(all)
}
