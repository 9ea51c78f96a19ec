//! The check deposit list: what goes to the bank of a store's business date, as CSV, and as a page
//! and a PDF to print, sign and lay beside the checks.
//!
//! Routing and account are sealed and are in no record, so the list names each check by its
//! number, amount, register and the commitment to what was sealed. Whether one check was taken
//! twice can't be seen here: `sealed` says whether there is anything the treasury could compare.
//! A check that was handed back with its void stands below zero, and leaves the deposit.

use std::fmt::Write as _;

use crate::domain::check::CheckProof;
use crate::domain::event::Event;
use crate::domain::money::Money;
use crate::domain::tender::{CheckNumber, Tender};
use crate::journal::hash::to_hex;
use crate::reconcile::deposit::{DepositItem, DepositMore, DepositSheet};
use crate::reconcile::pdf;

use super::Entry;
use super::csv_bundle::Table;
use super::folder::{Format, Written};
use super::ledger::Order;

const COLUMNS: [&str; 13] = [
    "store",
    "register",
    "journal",
    "seq",
    "day",
    "at",
    "receipt",
    "item",
    "check_number",
    "amount",
    "returned",
    "id",
    "commitment",
];

/// Check deposit lists.
#[derive(Clone, Copy, Debug)]
pub struct CheckList;

struct Item<'a> {
    entry: &'a Entry,
    receipt: u64,
    number: &'a CheckNumber,
    amount: Money,
    proof: Option<&'a CheckProof>,
}

impl Format for CheckList {
    fn kind(&self) -> &'static str {
        "checks"
    }

    fn takes(&self, event: &Event) -> bool {
        let paper = |tender: &Tender| !matches!(tender, Tender::Cash { .. });
        event.sale().is_some_and(|sale| sale.tenders.iter().any(paper))
    }

    fn order(&self) -> Order {
        Order::StoreDays
    }

    fn render(&self, entries: &[Entry]) -> Result<Vec<Written>, String> {
        let items: Vec<Item<'_>> = entries.iter().flat_map(items).collect();
        let mut table = Table::new(&COLUMNS)?;
        for (place, item) in (1_u32..).zip(&items) {
            let header = &item.entry.header;
            let sealed = item.proof.and_then(|proof| proof.data.as_ref());
            let values = [
                header.date.to_string(),
                header.at.to_string(),
                item.receipt.to_string(),
                place.to_string(),
                item.number.as_str().to_owned(),
                item.amount.to_string(),
                item.amount.is_negative().to_string(),
                item.proof.map_or("", |proof| proof.id.word()).to_owned(),
                sealed.map_or_else(String::new, |data| to_hex(&data.0)),
            ];
            table.row(item.entry, &values)?;
        }
        let (_, csv) = table.finish()?;
        let page = page(&items)?.into_bytes();
        let paper = sheet(&items).paper().map_err(|why| why.to_string())?;
        let pdf = pdf::draw_with(&paper, pdf::File { name: "deposit.csv", bytes: &csv });
        Ok(vec![
            Written { name: "deposit.csv".to_owned(), bytes: csv },
            Written { name: "deposit.html".to_owned(), bytes: page },
            Written { name: "deposit.pdf".to_owned(), bytes: pdf },
        ])
    }
}

fn items(entry: &Entry) -> Vec<Item<'_>> {
    let Some(sale) = entry.event.sale() else { return Vec::new() };
    let found = sale.tenders.iter();
    found
        .filter_map(|tender| {
            let (number, proof) = match tender {
                Tender::Cash { .. } => return None,
                Tender::Check { number, proof, .. } => (number, Some(proof)),
                Tender::CheckReturned { number, .. } => (number, None),
            };
            let (receipt, amount) = (sale.number.0, tender.amount());
            Some(Item { entry, receipt, number, amount, proof })
        })
        .collect()
}

fn sheet(items: &[Item<'_>]) -> DepositSheet {
    let line = |item: &Item<'_>| {
        let header = &item.entry.header;
        let (hour, minute) = header.at.local_hour_minute();
        let sealed = item.proof.and_then(|proof| proof.data.as_ref());
        let mark = sealed.map(|data| to_hex(&data.0));
        DepositItem {
            register: header.journal.register.0,
            receipt: item.receipt,
            number: item.number.as_str().to_owned(),
            amount: item.amount,
            more: Some(DepositMore {
                time: format!("{hour:02}:{minute:02}"),
                id: item.proof.map_or("handed back", |proof| proof.id.word()).to_owned(),
                mark: mark.as_deref().and_then(|mark| mark.get(..16)).unwrap_or("none").to_owned(),
            }),
        }
    };
    let first = items.first().map(|item| &item.entry.header);
    DepositSheet {
        store: first.map_or_else(String::new, |one| format!("store {}", one.journal.store)),
        of: first.map_or_else(String::new, |one| one.date.to_string()),
        items: items.iter().map(line).collect(),
    }
}

const STYLE: &str = "body{font:14px/1.4 system-ui,sans-serif;margin:2rem;color:#000}\
h1{font-size:1.3rem}table{border-collapse:collapse;width:100%}th,td{padding:.25rem .5rem;\
border-bottom:1px solid #999;text-align:left}td.n,th.n{text-align:right;\
font-variant-numeric:tabular-nums}tfoot td{font-weight:600;border-top:2px solid #000}\
.s{margin-top:3rem;display:flex;gap:3rem}.s p{border-top:1px solid #000;flex:1;padding-top:.3rem}\
@media print{body{margin:0}thead{display:table-header-group}tr{break-inside:avoid}}";

/// The page: batch header, items, totals, two lines to sign on.
fn page(items: &[Item<'_>]) -> Result<String, String> {
    let said = |why: std::fmt::Error| why.to_string();
    let total = Money::sum(items.iter().map(|item| item.amount)).map_err(|why| why.to_string())?;
    let first = items.first().map(|item| &item.entry.header);
    let (store, day) = first.map_or_else(Default::default, |header| {
        (header.journal.store.to_string(), header.date.to_string())
    });
    let mut page = String::new();
    write!(
        page,
        "<!doctype html><html lang=en><meta charset=utf-8><title>Check deposit {store} {day}\
         </title><style>{STYLE}</style><h1>Check deposit: store {store}, {day}</h1>\
         <p>{} checks, {total} in all. Accounts are sealed and stand on the checks alone; whether \
         a check was taken twice can't be seen on this list.</p><table><thead><tr><th class=n>No.\
         <th>Register<th class=n>Receipt<th>Time<th class=n>Check<th class=n>Amount<th>ID<th>\
         Commitment</tr></thead><tbody>",
        items.len()
    )
    .map_err(said)?;
    for (place, item) in (1_u32..).zip(items) {
        let header = &item.entry.header;
        let (hour, minute) = header.at.local_hour_minute();
        let sealed = item.proof.and_then(|proof| proof.data.as_ref());
        let mark = sealed.map(|data| to_hex(&data.0));
        write!(
            page,
            "<tr><td class=n>{place}<td>{}<td class=n>{}<td>{hour:02}:{minute:02}<td class=n>{}\
             <td class=n>{}<td>{}<td>{}</tr>",
            header.journal.register,
            item.receipt,
            item.number.as_str(),
            item.amount,
            item.proof.map_or("handed back", |proof| proof.id.word()),
            mark.as_deref().and_then(|mark| mark.get(..16)).unwrap_or("none"),
        )
        .map_err(said)?;
    }
    write!(
        page,
        "</tbody><tfoot><tr><td colspan=5>Total<td class=n>{total}<td colspan=2></tr></tfoot>\
         </table><div class=s><p>Counted by<p>Second person<p>Bank</div></html>"
    )
    .map_err(said)?;
    Ok(page)
}
