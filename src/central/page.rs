//! What other programs read: exceptions, totals, stock and readiness, and the one function that
//! makes foreign text safe to draw.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::ids::StoreNo;
use crate::reconcile::goods::GoodsWhat;
use crate::reconcile::totals::Totals;

use super::door::Door;
use super::store::{ExceptionGroup, StoreError};

/// Totals as they are handed out; money in minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TotalsReport {
    /// Sales.
    pub sales: u64,
    /// Refunds.
    pub refunds: u64,
    /// Lines before tax.
    pub subtotal: i64,
    /// Tax.
    pub tax: i64,
    /// Lines and tax.
    pub total: i64,
    /// What cash rounding added, or took.
    pub rounding: i64,
    /// Cash kept.
    pub cash: i64,
    /// Checks.
    pub checks: i64,
    /// Tax by code and rate.
    pub taxes: Vec<TaxReport>,
}

/// Tax at one rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaxReport {
    /// The row's code.
    pub code: String,
    /// The rate, in ten-millionths.
    pub rate: i64,
    /// What it was taken on.
    pub taxable: i64,
    /// The tax.
    pub amount: i64,
}

#[derive(Serialize)]
struct StoreTotals {
    store: u32,
    totals: TotalsReport,
    /// Sales of forks, and of revoked keys beyond their good length: kept, reported, and not in the
    /// totals.
    forked: TotalsReport,
}

#[derive(Serialize)]
struct ExceptionReport {
    store: u32,
    code: String,
    level: String,
    cause: String,
    count: u64,
    amount: i64,
    text: String,
    register: u16,
    epoch: String,
    seq: u64,
}

impl TotalsReport {
    /// The totals in plain numbers.
    pub fn of(totals: &Totals) -> Self {
        let taxes = totals.taxes.iter().map(|((code, rate), sum)| TaxReport {
            code: code.as_str().to_owned(),
            rate: rate.tenmillionths(),
            taxable: sum.taxable.minor(),
            amount: sum.amount.minor(),
        });
        Self {
            sales: totals.sales,
            refunds: totals.refunds,
            subtotal: totals.subtotal.minor(),
            tax: totals.tax.minor(),
            total: totals.total.minor(),
            rounding: totals.rounding.minor(),
            cash: totals.cash.minor(),
            checks: totals.checks.minor(),
            taxes: taxes.collect(),
        }
    }
}

pub(super) fn totals_json(door: &Door, store: StoreNo) -> Result<String, StoreError> {
    let totals = TotalsReport::of(&door.totals(store, None, false)?);
    let forked = TotalsReport::of(&door.totals(store, None, true)?);
    json(&StoreTotals { store: store.0, totals, forked })
}

/// What moved of one item, in ten-thousandths of its unit.
#[derive(Serialize)]
struct MovedReport {
    item: String,
    moved: i64,
}

/// What moved of each item of a store, by all of its records; never a figure to be set.
pub(super) fn stock_json(door: &Door, store: StoreNo) -> Result<String, StoreError> {
    let view = door.reader.call(move |held| held.goods(store))?;
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for line in &view.lines {
        if let GoodsWhat::Moved(quantity) = line.what {
            let sum = sums.entry(line.code.to_string()).or_default();
            *sum = sum.saturating_add(quantity.tenthousandths());
        }
    }
    let rows: Vec<_> = sums.into_iter().map(|(item, moved)| MovedReport { item, moved }).collect();
    json(&rows)
}

pub(super) fn exceptions_json(door: &Door, store: Option<StoreNo>) -> Result<String, StoreError> {
    let groups = door.exceptions(store)?;
    let reports: Vec<_> = groups.into_iter().map(exception_report).collect();
    json(&reports)
}

pub(super) fn readiness_json(door: &Door) -> Result<String, StoreError> {
    json(&door.readiness()?)
}

fn exception_report(group: ExceptionGroup) -> ExceptionReport {
    ExceptionReport {
        store: group.store.0,
        code: group.code,
        level: group.level,
        cause: group.cause,
        count: group.count,
        amount: group.amount,
        text: group.text,
        register: group.journal.register.0,
        epoch: group.journal.epoch.to_string(),
        seq: group.seq.0,
    }
}

pub(super) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|why| StoreError::Unfit(why.to_string()))
}

/// Texts come from records, and so from anybody.
pub(super) fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut safe, c| {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
        safe
    })
}
