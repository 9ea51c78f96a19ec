//! Writes projected rows into the PostgreSQL store, and takes them to be written once.
//!
//! ```text
//!  hold the store with others ─▶ hold the epochs that are sold in or returned to
//!    ─▶ move the branch's mark (compare and set)
//!    ─▶ sales with their lines and tenders by binary COPY ─▶ tax, goods, returns, exceptions by
//!       UNNEST
//! ```
//!
//! The mark moves in the same transaction as the rows, so each record is here once, without a key
//! that would have to be looked up for every line; lines are arrays in their sale's row. What is
//! projected can be derived again: its commit does not wait for the disk, and a power cut takes
//! rows and mark together.

use std::collections::BTreeMap;
use std::pin::pin;

use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::Type;

use super::link::{Param, Session};
use super::values::{Columns, epoch_int, int, key, text};
use super::{
    asides, goods, paper_slips, rain_checks, readiness, reconcile, recovery, returns, revocation,
};
use crate::central::project::Projection;
use crate::central::store::StoreError;
use crate::domain::money::{Money, Overflow};
use crate::domain::sale::CompletedSale;
use crate::domain::tender::Tender;
use crate::reconcile::exception::Exception;
use crate::reconcile::rulebook::Rulebook;

const SALES: &str = "COPY sale (store, epoch, seq, branch, number, subtotal, tax, total, rounding,
    cash, checks, shift, at, reg, day, refund, line_item, line_quantity, line_unit, line_amount,
    line_voided, tender_kind, tender_amount) FROM STDIN (FORMAT binary)";

/// Stores a projection; false, with nothing to be kept, when the branch's mark is not where the
/// projection begins: somebody else projected it, or it was emptied meanwhile. Or somebody wants
/// the store alone, and this one comes again later.
pub(super) async fn store(session: &Session, projection: &Projection) -> Result<bool, StoreError> {
    let before = "SET LOCAL synchronous_commit = off;";
    if !revocation::hold_with_others(session, projection.journal.store, before).await? {
        return Ok(false);
    }
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
    if moved == 0 {
        return Ok(false);
    }
    // Somebody may have revoked the key since it was read, or refused that; the store is held, so
    // nobody does until this ends. Whatever comes of it is committed, the mark with it.
    if revocation::trust_of(session, &projection.journal).await? != projection.trust {
        session.execute(sql, &[&store, &reg, &epoch, &projection.mark, &next, &from]).await?;
        return Ok(false);
    }
    if !projection.sales.is_empty() {
        copy_sales(session, projection).await?;
        add_taxes(session, projection).await?;
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
             TRUNCATE sale, tax, returned, goods_move, receiving,
                 goods_pack, goods_due, readiness, drawer, cash_moved, check_taken,
                 hours_record, pickup, pickup_line, rain_check, rain_check_use, paper_pad,
                 paper_slip, cash_bag, conduct_record, aside,
                 outage_record, given_up;
             DELETE FROM exception WHERE derived;",
        )
        .await
}

/// A row a sale: its lines and tenders stand in it as arrays, a column each.
async fn copy_sales(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    let lines = [Type::TEXT_ARRAY, Type::INT8_ARRAY, Type::INT8_ARRAY, Type::INT8_ARRAY];
    let types = [
        [Type::INT8; 13].as_slice(),
        &[Type::INT4, Type::TEXT, Type::BOOL],
        &lines,
        &[Type::BOOL_ARRAY, Type::TEXT_ARRAY, Type::INT8_ARRAY],
    ]
    .concat();
    let sink = session.client.copy_in(SALES).await?;
    let mut rows = pin!(BinaryCopyInWriter::new(sink, &types));
    let (store, reg, epoch) = key(&projection.journal);
    let money = |amount: Result<Money, Overflow>| amount.unwrap_or_default().minor();
    let mut sold = Sold::default();
    for row in &projection.sales {
        let sale = &row.sale;
        sold.take(sale);
        let values: [Param<'_>; 23] = [
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
            &row.at.utc_ms,
            &reg,
            &row.date.to_string(),
            &sale.is_refund(),
            &sold.items,
            &sold.quantities,
            &sold.units,
            &sold.amounts,
            &sold.voided,
            &sold.kinds,
            &sold.tendered,
        ];
        rows.as_mut().write(&values).await?;
    }
    rows.as_mut().finish().await?;
    Ok(())
}

/// A sale's lines and tenders, column by column.
#[derive(Default)]
struct Sold<'a> {
    items: Vec<&'a str>,
    quantities: Vec<i64>,
    units: Vec<i64>,
    amounts: Vec<i64>,
    voided: Vec<bool>,
    kinds: Vec<&'static str>,
    tendered: Vec<i64>,
}

impl<'a> Sold<'a> {
    /// Holds this sale instead of the one before, in the same room.
    fn take(&mut self, sale: &'a CompletedSale) {
        let Self { items, quantities, units, amounts, voided, kinds, tendered } = self;
        items.clear();
        quantities.clear();
        units.clear();
        amounts.clear();
        voided.clear();
        for line in &sale.lines {
            items.push(line.code.as_str());
            quantities.push(line.quantity.tenthousandths());
            units.push(line.unit_price.tenthousandths());
            amounts.push(line.amount.minor());
            voided.push(line.voided);
        }
        kinds.clear();
        tendered.clear();
        for tender in &sale.tenders {
            kinds.push(match tender {
                Tender::Cash { .. } => "cash",
                Tender::Check { .. } => "check",
                Tender::CheckReturned { .. } => "check_returned",
            });
            tendered.push(tender.amount().minor());
        }
    }
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
