//! Writes projected rows into the PostgreSQL store, and takes them to be written once.
//!
//! ```text
//!  hold the epochs that are sold in or returned to ─▶ move the branch's mark (compare and set)
//!    ─▶ sales, lines, tenders by binary COPY ─▶ tax, stock, goods, returns, exceptions by UNNEST
//! ```
//!
//! The mark moves in the same transaction as the rows, so each record is here once, without a key
//! that would have to be looked up for every line. What is projected can be derived again: its
//! commit does not wait for the disk, and a power cut takes rows and mark together.

use std::collections::BTreeMap;
use std::pin::pin;

use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::Type;

use super::link::{Param, Session};
use super::values::{Columns, epoch_int, int, key, text};
use super::{
    asides, goods, paper_slips, rain_checks, readiness, reconcile, recovery, returns, revocation,
};
use crate::central::project::{Projection, SaleRow};
use crate::central::store::StoreError;
use crate::domain::money::{Money, Overflow};
use crate::domain::stock::{StockDeltas, add_sale};
use crate::domain::tender::Tender;
use crate::reconcile::exception::Exception;
use crate::reconcile::rulebook::Rulebook;

const SALES: &str = "COPY sale (store, epoch, seq, branch, number, subtotal, tax, total, rounding,
    cash, checks, shift, reg, day, refund) FROM STDIN (FORMAT binary)";
const LINES: &str = "COPY sale_line (store, epoch, seq, branch, quantity, unit, amount, reg, place,
    voided, item) FROM STDIN (FORMAT binary)";
const TENDERS: &str = "COPY tender (store, epoch, seq, branch, amount, reg, place, kind)
    FROM STDIN (FORMAT binary)";

/// Stores a projection; false, with nothing to be kept, when the branch's mark is not where the
/// projection begins: somebody else projected it, or it was emptied meanwhile.
pub(super) async fn store(session: &Session, projection: &Projection) -> Result<bool, StoreError> {
    session.batch("SET LOCAL synchronous_commit = off").await?;
    let mut epochs = epochs_of(projection);
    epochs.extend(rain_checks::epochs(session, projection).await?);
    epochs.extend(asides::epochs(session, projection).await?);
    epochs.sort_unstable();
    epochs.dedup();
    returns::hold_epochs(session, &epochs).await?;
    let (store, reg, epoch) = key(&projection.journal);
    let sql = "UPDATE branch SET projected = $6 WHERE store = $1 AND reg = $2 AND epoch = $3
               AND branch = $4 AND projected = $5";
    let (from, next) = (int(projection.from.0), int(projection.next.0));
    let moved =
        session.execute(sql, &[&store, &reg, &epoch, &projection.mark, &from, &next]).await?;
    // Somebody may have revoked the key since it was read, or refused that.
    let trust = revocation::trust_of(session, &projection.journal).await?;
    if moved == 0 || trust != projection.trust {
        return Ok(false);
    }
    if !projection.sales.is_empty() {
        copy_sales(session, projection).await?;
        copy_lines(session, projection).await?;
        copy_tenders(session, projection).await?;
        add_taxes(session, projection).await?;
        add_stock(session, projection).await?;
    }
    goods::store(session, projection).await?;
    readiness::store(session, projection).await?;
    recovery::store(session, projection).await?;
    returns::note(session, projection).await?;
    rain_checks::store(session, projection).await?;
    asides::store(session, projection).await?;
    let found: Vec<(i64, &Exception)> =
        projection.exceptions.iter().map(|found| (projection.branch, found)).collect();
    put_exceptions(session, &found, true).await?;
    // Last: what is held there is held by a store or by a check, and by no epoch.
    reconcile::store(session, projection).await?;
    paper_slips::store(session, projection).await?;
    Ok(true)
}

/// Empties the projections. Nobody moves a cursor or a mark meanwhile, so that no journal is
/// emptied after it was projected anew.
pub(super) async fn forget(session: &Session) -> Result<(), StoreError> {
    session
        .batch(
            "LOCK TABLE branch IN EXCLUSIVE MODE;
             UPDATE branch SET projected = from_seq WHERE projected <> from_seq;
             TRUNCATE sale, sale_line, tender, tax, stock, returned, goods_move, receiving,
                 goods_pack, goods_due, readiness, drawer, cash_moved, check_taken,
                 hours_record, pickup, pickup_line, rain_check, rain_check_use, paper_pad,
                 paper_slip, cash_bag, conduct_record, aside,
                 outage_record;
             DELETE FROM exception WHERE derived;",
        )
        .await
}

async fn copy_sales(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    let types = [[Type::INT8; 12].as_slice(), &[Type::INT4, Type::TEXT, Type::BOOL]].concat();
    let sink = session.client.copy_in(SALES).await?;
    let mut rows = pin!(BinaryCopyInWriter::new(sink, &types));
    let (store, reg, epoch) = key(&projection.journal);
    let money = |amount: Result<Money, Overflow>| amount.unwrap_or_default().minor();
    for row in &projection.sales {
        let sale = &row.sale;
        let values: [Param<'_>; 15] = [
            &store,
            &epoch,
            &int(row.seq.0),
            &projection.branch,
            &int(sale.number.0),
            &sale.subtotal.minor(),
            &money(sale.tax()),
            &sale.total.minor(),
            &sale.rounding.minor(),
            &money(sale.cash_kept()),
            &money(sale.checks()),
            &i64::from(sale.shift.0),
            &reg,
            &row.date.to_string(),
            &sale.is_refund(),
        ];
        rows.as_mut().write(&values).await?;
    }
    rows.as_mut().finish().await?;
    Ok(())
}

async fn copy_lines(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    let types =
        [[Type::INT8; 7].as_slice(), &[Type::INT4, Type::INT4, Type::BOOL, Type::TEXT]].concat();
    let sink = session.client.copy_in(LINES).await?;
    let mut rows = pin!(BinaryCopyInWriter::new(sink, &types));
    let (store, reg, epoch) = key(&projection.journal);
    for SaleRow { seq, sale, .. } in &projection.sales {
        let seq = int(seq.0);
        for (place, line) in (0_i32..).zip(&sale.lines) {
            let values: [Param<'_>; 11] = [
                &store,
                &epoch,
                &seq,
                &projection.branch,
                &line.quantity.tenthousandths(),
                &line.unit_price.tenthousandths(),
                &line.amount.minor(),
                &reg,
                &place,
                &line.voided,
                &line.code.as_str(),
            ];
            rows.as_mut().write(&values).await?;
        }
    }
    rows.as_mut().finish().await?;
    Ok(())
}

async fn copy_tenders(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    let types = [[Type::INT8; 5].as_slice(), &[Type::INT4, Type::INT4, Type::TEXT]].concat();
    let sink = session.client.copy_in(TENDERS).await?;
    let mut rows = pin!(BinaryCopyInWriter::new(sink, &types));
    let (store, reg, epoch) = key(&projection.journal);
    for SaleRow { seq, sale, .. } in &projection.sales {
        let seq = int(seq.0);
        for (place, tender) in (0_i32..).zip(&sale.tenders) {
            let kind = match tender {
                Tender::Cash { .. } => "cash",
                Tender::Check { .. } => "check",
                Tender::CheckReturned { .. } => "check_returned",
            };
            let amount = tender.amount().minor();
            let values: [Param<'_>; 8] =
                [&store, &epoch, &seq, &projection.branch, &amount, &reg, &place, &kind];
            rows.as_mut().write(&values).await?;
        }
    }
    rows.as_mut().finish().await?;
    Ok(())
}

/// Adds a stretch's taxes up first: the same row may not be met twice by one statement.
async fn add_taxes(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    let mut sums: BTreeMap<(&str, i64), (i64, i64)> = BTreeMap::new();
    for tax in projection.sales.iter().flat_map(|row| &row.sale.taxes) {
        let sum = sums.entry((tax.code.as_str(), tax.rate.tenmillionths())).or_default();
        sum.0 = sum.0.saturating_add(tax.taxable.minor());
        sum.1 = sum.1.saturating_add(tax.amount.minor());
    }
    let codes: Vec<&str> = sums.keys().map(|(code, _)| *code).collect();
    let rates: Vec<i64> = sums.keys().map(|(_, rate)| *rate).collect();
    let taxable: Vec<i64> = sums.values().map(|(taxable, _)| *taxable).collect();
    let amounts: Vec<i64> = sums.values().map(|(_, amount)| *amount).collect();
    let sql = "INSERT INTO tax (store, reg, epoch, branch, code, rate, taxable, amount)
               SELECT $1::bigint, $2::int, $3::bigint, $4::bigint, u.*
               FROM unnest($5::text[], $6::bigint[], $7::bigint[], $8::bigint[]) AS u
               ON CONFLICT (store, reg, epoch, branch, code, rate) DO UPDATE
               SET taxable = tax.taxable + excluded.taxable,
                   amount = tax.amount + excluded.amount";
    let (store, reg, epoch) = key(&projection.journal);
    let params: [Param<'_>; 8] =
        [&store, &reg, &epoch, &projection.branch, &codes, &rates, &taxable, &amounts];
    session.execute(sql, &params).await?;
    Ok(())
}

async fn add_stock(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    let mut deltas = StockDeltas::new();
    for row in &projection.sales {
        // The reader takes at most 10,000 units a line, so a sum of 64 bits needs more sales than
        // a journal can hold. Should it be wrong about that, stock must not hold up all the rest.
        if add_sale(&mut deltas, &row.sale).is_err() {
            let (journal, seq) = (projection.journal, row.seq.0);
            tracing::error!(?journal, seq, "a sale's quantities don't fit and are not in stock");
        }
    }
    let items: Vec<&str> = deltas.keys().map(|item| item.as_str()).collect();
    let moved: Vec<i64> = deltas.values().map(|delta| delta.tenthousandths()).collect();
    let sql = "INSERT INTO stock (store, reg, epoch, branch, item, delta)
               SELECT $1::bigint, $2::int, $3::bigint, $4::bigint, u.*
               FROM unnest($5::text[], $6::bigint[]) AS u
               ON CONFLICT (store, item, reg, epoch, branch)
               DO UPDATE SET delta = stock.delta + excluded.delta";
    let (store, reg, epoch) = key(&projection.journal);
    let params: [Param<'_>; 6] = [&store, &reg, &epoch, &projection.branch, &items, &moved];
    session.execute(sql, &params).await?;
    Ok(())
}

/// Keeps what a comparison found on the branch that came first, as heavy as the rules say.
pub(super) async fn put_found(
    session: &Session,
    rules: &Rulebook,
    found: Vec<Exception>,
) -> Result<(), StoreError> {
    let found: Vec<Exception> = found.into_iter().map(|one| rules.weigh(one)).collect();
    let found: Vec<(i64, &Exception)> = found.iter().map(|exception| (0, exception)).collect();
    put_exceptions(session, &found, true).await
}

/// Keeps exceptions, each with the branch it stands on; one that is there stays.
pub(super) async fn put_exceptions(
    session: &Session,
    found: &[(i64, &Exception)],
    derived: bool,
) -> Result<(), StoreError> {
    if found.is_empty() {
        return Ok(());
    }
    let each = || found.iter().map(|(_, exception)| exception);
    let columns = Columns::of(each().map(|exception| &exception.journal));
    let Columns { stores, regs, epochs } = &columns;
    let seqs: Vec<i64> = each().map(|exception| int(exception.seq.0)).collect();
    let branches: Vec<i64> = found.iter().map(|(branch, _)| *branch).collect();
    let codes: Vec<&str> = each().map(|exception| exception.code.word()).collect();
    let causes: Vec<_> = each().map(|exception| text(&exception.cause)).collect();
    let causes: Vec<&str> = causes.iter().map(AsRef::as_ref).collect();
    let levels: Vec<&str> = each().map(|exception| exception.level.word()).collect();
    let texts: Vec<_> = each().map(|exception| text(&exception.text)).collect();
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    let amounts: Vec<i64> = each().map(|exception| exception.amount.minor()).collect();
    let sql = "INSERT INTO exception (store, reg, epoch, seq, branch, code, cause, level, text,
                      amount, derived)
               SELECT u.*, $11::boolean
               FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[],
                    $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[]) AS u
               ON CONFLICT DO NOTHING";
    let params: [Param<'_>; 11] = [
        stores, regs, epochs, &seqs, &branches, &codes, &causes, &levels, &texts, &amounts,
        &derived,
    ];
    session.execute(sql, &params).await?;
    Ok(())
}

/// The epochs that a projection sells in or returns to.
fn epochs_of(projection: &Projection) -> Vec<i64> {
    let links = projection.sales.iter().filter_map(|row| row.sale.terms.link.as_ref());
    let mut epochs: Vec<i64> = links.map(|link| epoch_int(link.epoch)).collect();
    epochs.push(epoch_int(projection.journal.epoch));
    epochs
}
