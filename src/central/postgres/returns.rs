//! Which lines of which sale came back, over all stores, in the PostgreSQL store.
//!
//! A sale and a return of it may be projected by two processes at once, and neither sees what the
//! other has not committed. So whoever projects a journal holds its epoch, and the epochs that its
//! returns point at, until the commit: the second of two always sees the first.

use super::link::{Param, Session};
use super::project::put_exceptions;
use super::values::{Columns, epoch_int, hash, int, journal_of, key, money, seq};
use crate::central::project::Projection;
use crate::central::revocation::APART;
use crate::central::store::StoreError;
use crate::domain::ids::{Epoch, Seq};
use crate::domain::quantity::Quantity;
use crate::reconcile::exception::{Code, Exception};
use crate::reconcile::returns::{Returned, Sold, look};
use crate::reconcile::rulebook::Rulebook;

/// Holds the epochs until the transaction ends, in one order for all who hold them.
pub(super) async fn hold_epochs(session: &Session, epochs: &[i64]) -> Result<(), StoreError> {
    let sql = "INSERT INTO projecting (epoch) SELECT * FROM unnest($1::bigint[]) ORDER BY 1
               ON CONFLICT (epoch) DO UPDATE SET epoch = excluded.epoch";
    session.execute(sql, &[&epochs]).await?;
    Ok(())
}

/// Keeps what sales take back, and looks at them and at what came back of these sales themselves.
pub(super) async fn note(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    let mut touched = put_returned(session, projection).await?;
    if matches!(projection.branch, 0 | APART) && !projection.sales.is_empty() {
        let sql = "SELECT DISTINCT sold_seq FROM returned
                   WHERE sold_epoch = $1 AND sold_seq >= $2 AND sold_seq < $3";
        let epoch = projection.journal.epoch;
        let (from, next) = (int(projection.from.0), int(projection.next.0));
        for row in session.rows(sql, &[&epoch_int(epoch), &from, &next]).await? {
            touched.push((epoch, seq(&row, 0)?));
        }
    }
    touched.sort_unstable();
    touched.dedup();
    for (epoch, at) in touched {
        compare(session, &projection.rules, epoch, at).await?;
    }
    Ok(())
}

/// Gives the sales that something was taken back from.
async fn put_returned(
    session: &Session,
    projection: &Projection,
) -> Result<Vec<(Epoch, Seq)>, StoreError> {
    let (store, reg, epoch) = key(&projection.journal);
    let sql = "INSERT INTO returned (sold_epoch, sold_seq, sold_place, store, reg, epoch, seq,
               branch, place, quantity, amount, hash)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
               ON CONFLICT DO NOTHING";
    let mut touched = Vec::new();
    for row in &projection.sales {
        let Some(link) = &row.sale.terms.link else { continue };
        let start = link.paper.as_ref().map(|paper| paper.hash_start);
        for (place, line) in (0_i32..).zip(&row.sale.lines) {
            let Some(returned) = line.returned.filter(|_| !line.voided) else { continue };
            touched.push((link.epoch, link.seq));
            let params: [Param<'_>; 12] = [
                &epoch_int(link.epoch),
                &int(link.seq.0),
                &i32::from(returned.place),
                &store,
                &reg,
                &epoch,
                &int(row.seq.0),
                &projection.branch,
                &place,
                &line.quantity.tenthousandths().saturating_neg(),
                &line.amount.minor().saturating_neg(),
                &start.as_ref().map(<[u8; 16]>::as_slice),
            ];
            session.execute(sql, &params).await?;
        }
    }
    Ok(touched)
}

/// A sale that central does not hold yet is compared when it comes in.
async fn compare(
    session: &Session,
    rules: &Rulebook,
    epoch: Epoch,
    at: Seq,
) -> Result<(), StoreError> {
    let returned = returned(session, epoch, at).await?;
    // What was found before is replaced: one of them may count no longer.
    let columns = Columns::of(returned.iter().map(|one| &one.journal));
    let Columns { stores, regs, epochs } = &columns;
    let seqs: Vec<i64> = returned.iter().map(|one| int(one.seq.0)).collect();
    let codes = [Code::ReturnedTwice.word(), Code::ReturnOfAnother.word()];
    let sql = "DELETE FROM exception e
               USING unnest($1::bigint[], $2::int[], $3::bigint[], $4::bigint[])
                     AS u (store, reg, epoch, seq)
               WHERE e.store = u.store AND e.reg = u.reg AND e.epoch = u.epoch AND e.seq = u.seq
               AND e.code = ANY($5::text[]) AND e.derived";
    session.execute(sql, &[stores, regs, epochs, &seqs, &codes.as_slice()]).await?;
    let Some(sold) = sold(session, epoch, at).await? else { return Ok(()) };
    let found = look(&sold, &returned);
    let found: Vec<(i64, Exception)> =
        found.into_iter().map(|(branch, one)| (branch, rules.weigh(one))).collect();
    let found: Vec<(i64, &Exception)> = found.iter().map(|(branch, one)| (*branch, one)).collect();
    put_exceptions(session, &found, true).await
}

async fn sold(session: &Session, epoch: Epoch, at: Seq) -> Result<Option<Sold>, StoreError> {
    let sql = "SELECT j.store, j.reg, j.epoch, r.hash FROM journal j JOIN sale s
               ON s.store = j.store AND s.reg = j.reg AND s.epoch = j.epoch AND s.seq = $2
               AND s.branch = 0 JOIN record r ON r.store = j.store AND r.reg = j.reg
               AND r.epoch = j.epoch AND r.seq = $2 AND r.branch = 0
               WHERE j.epoch = $1 LIMIT 1";
    let found = session.maybe(sql, &[&epoch_int(epoch), &int(at.0)]).await?;
    let Some(row) = found else { return Ok(None) };
    let (journal, hash) = (journal_of(&row, 0)?, hash(row.try_get(3)?)?);
    let (store, reg, epoch) = key(&journal);
    let sql = "SELECT place, quantity FROM sale_line WHERE store = $1 AND reg = $2 AND epoch = $3
               AND seq = $4 AND branch = 0 AND NOT voided ORDER BY place";
    let mut lines = Vec::new();
    for row in session.rows(sql, &[&store, &reg, &epoch, &int(at.0)]).await? {
        let place = u16::try_from(row.try_get::<_, i32>(0)?).unwrap_or(u16::MAX);
        lines.push((place, Quantity::from_tenthousandths(row.try_get(1)?)));
    }
    Ok(Some(Sold { journal, seq: at, hash, lines }))
}

async fn returned(session: &Session, epoch: Epoch, at: Seq) -> Result<Vec<Returned>, StoreError> {
    let sql = "SELECT store, reg, epoch, seq, branch, sold_place, quantity, amount, hash
               FROM returned WHERE sold_epoch = $1 AND sold_seq = $2";
    let rows = session.rows(sql, &[&epoch_int(epoch), &int(at.0)]).await?;
    let of = |row: &tokio_postgres::Row| {
        let start: Option<&[u8]> = row.try_get(8)?;
        Ok(Returned {
            journal: journal_of(row, 0)?,
            seq: seq(row, 3)?,
            branch: row.try_get(4)?,
            place: u16::try_from(row.try_get::<_, i32>(5)?).unwrap_or(u16::MAX),
            quantity: Quantity::from_tenthousandths(row.try_get(6)?),
            amount: money(row, 7)?,
            hash_start: start.and_then(|start| start.try_into().ok()),
        })
    };
    rows.iter().map(of).collect()
}
