//! What people and other programs read: the recovery page, exceptions and totals.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::event::Lifetime;
use crate::domain::ids::StoreNo;
use crate::domain::money::Money;
use crate::reconcile::goods::GoodsWhat;
use crate::reconcile::totals::Totals;

use super::close::OWN_REGISTER;
use super::door::Door;
use super::readiness;
use super::store::{ExceptionGroup, JournalRow, Standing, StoreError};

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
    /// Sales of forks: kept, reported, and not in the totals.
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

fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|why| StoreError::Unfit(why.to_string()))
}

const STYLE: &str = "body{font:17px/1.5 system-ui,sans-serif;margin:1rem auto;max-width:60rem;\
padding:0 1rem;color:#16202b;background:#f6f8fa}h1{font-size:1.5rem}h2{font-size:1.15rem;\
margin-top:2rem}table{border-collapse:collapse;width:100%;background:#fff}th,td{padding:.45rem \
.6rem;border-bottom:1px solid #d8dee4;text-align:left;vertical-align:top}\
td.n,th.n{text-align:right;\
font-variant-numeric:tabular-nums}.ok{color:#116329}.wait{color:#8a4600}.bad{color:#a40e26;\
font-weight:600}.w{overflow-x:auto}small{color:#57606a}";

/// The recovery page: what was announced against what is here, and what a person should look at.
pub(super) fn recovery(door: &Door) -> Result<String, StoreError> {
    let (mut journals, exceptions) = (door.journals()?, door.exceptions(None)?);
    // What people decided here is no register's.
    journals.retain(|row| row.journal.register != OWN_REGISTER);
    let ready = readiness::section(&door.readiness()?);
    let expected: u64 = journals.iter().map(expected_records).sum();
    let received: u64 = journals.iter().map(|row| row.position.next_seq.0).sum();
    let verdict = if journals.is_empty() {
        "<p class=wait>No register has spoken yet.</p>".to_owned()
    } else if received >= expected {
        format!("<p class=ok>Everything announced is here: {received} records.</p>")
    } else {
        let missing = expected.saturating_sub(received);
        format!("<p class=wait>{received} of {expected} records are here, {missing} to come.</p>")
    };
    let rows: String = journals.iter().map(journal_row).collect();
    let found: String = exceptions.iter().map(exception_row).collect();
    let found = if found.is_empty() {
        "<p class=ok>Nothing to look at.</p>".to_owned()
    } else {
        format!(
            "<div class=w><table><tr><th>What<th>Store<th class=n>Times<th class=n>Amount\
             <th>First one</tr>{found}</table></div>"
        )
    };
    Ok(format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport \
         content=\"width=device-width,initial-scale=1\"><title>Recovery</title>\
         <style>{STYLE}</style><h1>Recovery</h1>{verdict}<p><a href=/reconcile>After the outage: \
         decide, and close the store</a></p><h2>Registers</h2><div class=w><table>\
         <tr><th>Store<th>Register<th class=n>Records<th class=n>Money here<th class=n>Announced\
         <th>State</tr>{rows}</table></div><h2>To look at</h2>{found}\
         {ready}\
         <p><small>Money is lifetime takings less pay-outs of each journal.</small></p></html>"
    ))
}

fn expected_records(row: &JournalRow) -> u64 {
    row.expected_next.0.max(row.position.next_seq.0)
}

fn journal_row(row: &JournalRow) -> String {
    let (here, all) = (row.position.next_seq.0, expected_records(row));
    let mut states = Vec::new();
    if here >= all {
        states.push("<span class=ok>complete</span>".to_owned());
    } else {
        let missing = all.saturating_sub(here);
        states.push(format!("<span class=wait>{missing} to come</span>"));
    }
    match row.standing {
        Standing::Enrolled => {}
        Standing::Provisional => states.push("<span class=wait>not adopted</span>".to_owned()),
        Standing::Revoked => states.push("<span class=bad>key revoked</span>".to_owned()),
    }
    if row.forked > 0 {
        states.push(format!("<span class=bad>fork: {} records</span>", row.forked));
    }
    if row.parked > 0 {
        states.push(format!("<span class=wait>{} wait for others</span>", row.parked));
    }
    let announced = if row.expected_next.0 >= here { row.expected } else { row.received };
    let journal = &row.journal;
    format!(
        "<tr><td>{}<td>{}<br><small>{}</small><td class=n>{here} / {all}<td class=n>{}\
         <td class=n>{}<td>{}</tr>",
        journal.store,
        journal.register,
        journal.epoch,
        net(row.received),
        net(announced),
        states.join("<br>")
    )
}

fn exception_row(group: &ExceptionGroup) -> String {
    let class = if matches!(group.level.as_str(), "critical" | "hold") { "bad" } else { "wait" };
    let words = group.code.replace('_', " ");
    let cause = if group.cause.is_empty() {
        String::new()
    } else {
        format!("<br><small>{}</small>", escape(&group.cause))
    };
    format!(
        "<tr><td><span class={class}>{}</span>{cause}<td>{}<td class=n>{}<td class=n>{}<td>{}<br>\
         <small>register {}, record {}</small></tr>",
        escape(&words),
        group.store,
        group.count,
        Money::from_minor(group.amount),
        escape(&group.text),
        group.journal.register,
        group.seq
    )
}

fn net(lifetime: Lifetime) -> String {
    lifetime.takings.minus(lifetime.payouts).map_or_else(|why| why.to_string(), |m| m.to_string())
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
