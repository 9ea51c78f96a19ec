//! Sales that were put aside in the PostgreSQL store: kept as a projection, and each one looked at
//! anew with every record that is about it.
//!
//! Records about one sale may be projected by several processes at once. Each holds the epoch of
//! the record that put it aside until its commit (`projecting`), as with rain checks: the later one
//! sees the earlier.

use super::link::{Param, Session};
use super::project::put_found;
use super::values::{epoch_int, int, key, seq, store as store_int};
use crate::central::asides::{AsideRow, AsideSaid, OPEN_MAX, RECENT_MAX};
use crate::central::project::Projection;
use crate::central::store::StoreError;
use crate::domain::ids::{Epoch, RecordRef, Seq, StoreNo};
use crate::reconcile::asides::{CODES, cause, look};
use crate::reconcile::rulebook::Rulebook;

/// The epochs of the sales that a projection's records are about.
pub(super) async fn epochs(
    session: &Session,
    projection: &Projection,
) -> Result<Vec<i64>, StoreError> {
    let mut epochs = Vec::new();
    for row in &projection.asides {
        for about in abouts(session, projection, row).await? {
            epochs.push(epoch_int(about.epoch));
        }
    }
    Ok(epochs)
}

/// Stores what a projection says of sales that were put aside, and looks at each that it touches.
pub(super) async fn store(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    let mut touched = Vec::new();
    for row in &projection.asides {
        for about in abouts(session, projection, row).await? {
            put(session, projection, row, about).await?;
            touched.push(about);
        }
    }
    touched.sort_unstable();
    touched.dedup();
    for about in touched {
        compare(session, &projection.rules, projection.journal.store, about).await?;
    }
    Ok(())
}

/// The sales that a record is about. What its own journal says elsewhere is in this projection, or
/// was projected before it.
async fn abouts(
    session: &Session,
    projection: &Projection,
    row: &AsideRow,
) -> Result<Vec<RecordRef>, StoreError> {
    let epoch = projection.journal.epoch;
    let here = RecordRef { epoch, seq: row.seq };
    Ok(match row.what {
        AsideSaid::Suspended(_, case) => {
            let mut about = vec![here];
            about.extend(case.filter(|case| *case != here));
            about
        }
        AsideSaid::Resumed(_, Some(of)) => vec![of],
        AsideSaid::Resumed(slip, None) => {
            let own = |other: &&AsideRow| {
                other.seq < row.seq
                    && matches!(other.what, AsideSaid::Suspended(number, _) if number == slip)
            };
            match projection.asides.iter().filter(own).map(|other| other.seq).max() {
                Some(seq) => vec![RecordRef { epoch, seq }],
                None => own_slip(session, projection, row.seq, slip).await?,
            }
        }
        AsideSaid::Collected(case) | AsideSaid::Closed(case) => vec![case],
        AsideSaid::Voided(sale) => {
            let here = projection.asides.iter().find(|other| other.seq == sale.seq);
            match here.map(|other| other.what) {
                Some(AsideSaid::Collected(case)) if sale.epoch == epoch => vec![case],
                _ => cases_of(session, projection, sale).await?,
            }
        }
    })
}

async fn put(
    session: &Session,
    projection: &Projection,
    row: &AsideRow,
    about: RecordRef,
) -> Result<(), StoreError> {
    let (store, reg, epoch) = key(&projection.journal);
    let (slip, card) = match row.what {
        AsideSaid::Suspended(slip, case) => (Some(i64::from(slip)), case.is_some()),
        _ => (None, false),
    };
    let sql = "INSERT INTO aside (store, about_epoch, about_seq, reg, epoch, seq, branch, at, kind,
               slip, card, line) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
               ON CONFLICT DO NOTHING";
    let params: [Param<'_>; 12] = [
        &store,
        &epoch_int(about.epoch),
        &int(about.seq.0),
        &reg,
        &epoch,
        &int(row.seq.0),
        &projection.branch,
        &row.at_ms,
        &row.what.word(),
        &slip,
        &card,
        &row.line,
    ];
    session.execute(sql, &params).await?;
    Ok(())
}

async fn own_slip(
    session: &Session,
    projection: &Projection,
    before: Seq,
    slip: u32,
) -> Result<Vec<RecordRef>, StoreError> {
    let (store, reg, epoch) = key(&projection.journal);
    let sql = "SELECT max(seq) FROM aside WHERE store = $1 AND reg = $2 AND epoch = $3
               AND slip = $4 AND seq < $5 AND kind = 'suspended'";
    let params: [Param<'_>; 5] = [&store, &reg, &epoch, &i64::from(slip), &int(before.0)];
    let newest: Option<i64> = session.one(sql, &params).await?.try_get(0)?;
    let newest = newest.map(|newest| Seq(newest.unsigned_abs()));
    let of = |seq| RecordRef { epoch: projection.journal.epoch, seq };
    Ok(newest.map(of).into_iter().collect())
}

async fn cases_of(
    session: &Session,
    projection: &Projection,
    sale: RecordRef,
) -> Result<Vec<RecordRef>, StoreError> {
    let (store, reg, _) = key(&projection.journal);
    let sql = "SELECT about_epoch, about_seq FROM aside WHERE store = $1 AND reg = $2
               AND epoch = $3 AND seq = $4 AND kind = 'collected'";
    let params: [Param<'_>; 4] = [&store, &reg, &epoch_int(sale.epoch), &int(sale.seq.0)];
    let mut cases = Vec::new();
    for row in session.rows(sql, &params).await? {
        let epoch = Epoch(row.try_get::<_, i64>(0)?.to_be_bytes());
        cases.push(RecordRef { epoch, seq: seq(&row, 1)? });
    }
    Ok(cases)
}

/// Looks at one sale anew: what was found before is replaced, so that it is told once.
async fn compare(
    session: &Session,
    rules: &Rulebook,
    store: StoreNo,
    about: RecordRef,
) -> Result<(), StoreError> {
    let codes: Vec<&str> = CODES.iter().map(|code| code.word()).collect();
    let sql = "DELETE FROM exception WHERE cause = $1 AND code = ANY($2::text[]) AND derived";
    session.execute(sql, &[&cause(about), &codes]).await?;
    let sql = "SELECT line FROM aside WHERE store = $1 AND about_epoch = $2 AND about_seq = $3
               AND branch = 0";
    let params: [Param<'_>; 3] = [&store_int(store), &epoch_int(about.epoch), &int(about.seq.0)];
    let rows = session.rows(sql, &params).await?;
    let lines = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<Vec<u8>>, _>>()?;
    let found = look(about, &lines);
    put_found(session, rules, found).await
}

const OPEN: &str = "SELECT line FROM aside a WHERE store = $1 AND branch = 0
    AND kind = 'suspended' AND about_epoch = epoch AND about_seq = seq
    AND NOT EXISTS (SELECT 1 FROM aside c WHERE c.store = a.store
        AND c.about_epoch = a.about_epoch AND c.about_seq = a.about_seq AND c.branch = 0
        AND (c.kind = 'closed' OR (NOT a.card AND c.kind = 'resumed')))
    ORDER BY at, reg, lpad(to_hex(epoch), 16, '0') COLLATE \"C\", seq LIMIT $2";
const RECENT: &str = "SELECT line FROM aside WHERE store = $1 AND branch = 0
    AND (kind <> 'suspended' OR card)
    ORDER BY at DESC, reg, lpad(to_hex(epoch), 16, '0') COLLATE \"C\", seq LIMIT $2";

/// The records that a store's registers may be told.
pub(super) async fn asides(session: &Session, store: StoreNo) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for (sql, most) in [(OPEN, OPEN_MAX), (RECENT, RECENT_MAX)] {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        for row in session.rows(sql, &[&store_int(store), &most]).await? {
            let line: Vec<u8> = row.try_get(0)?;
            // A record about two sales stands there twice.
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    Ok(lines)
}
