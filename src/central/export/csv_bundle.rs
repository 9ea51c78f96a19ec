//! A CSV bundle: sales, lines, taxes and tenders as four files of RFC 4180, with a manifest that
//! names each file's SHA-256, rows and sums.
//!
//! Every row names its record by store, register, journal and seq, so that what was taken already
//! is known. Amounts have two decimals and a point; dates and times are those of the record.

use serde::Serialize;

use crate::domain::event::Event;
use crate::domain::money::Money;
use crate::domain::sale::{CompletedSale, LinkKind, PriceSource};
use crate::domain::tender::Tender;
use crate::journal::hash::Hash;

use super::Entry;
use super::folder::{Format, Written};

const SALES: [&str; 18] = [
    "store",
    "register",
    "journal",
    "seq",
    "at",
    "day",
    "person",
    "offline",
    "kind",
    "number",
    "shift",
    "subtotal",
    "tax",
    "total",
    "rounding",
    "change",
    "of_journal",
    "of_seq",
];
const LINES: [&str; 14] = [
    "store",
    "register",
    "journal",
    "seq",
    "place",
    "item",
    "name",
    "quantity",
    "unit_price",
    "price_source",
    "amount",
    "tax_class",
    "voided",
    "returned_place",
];
const TAXES: [&str; 8] =
    ["store", "register", "journal", "seq", "code", "percent", "taxable", "tax"];
const TENDERS: [&str; 8] =
    ["store", "register", "journal", "seq", "place", "kind", "amount", "number"];

/// CSV bundles.
#[derive(Clone, Copy, Debug)]
pub struct CsvBundle;

/// What a bundle says of itself.
#[derive(Debug, Serialize)]
struct Manifest {
    form: &'static str,
    files: Vec<ManifestFile>,
    sales: u64,
    refunds: u64,
    /// In minor units, like every sum here.
    subtotal: i64,
    tax: i64,
    total: i64,
    rounding: i64,
    cash: i64,
    checks: i64,
}

#[derive(Debug, Serialize)]
struct ManifestFile {
    name: String,
    rows: u64,
    bytes: u64,
    sha256: String,
}

/// A table that grows.
pub struct Table {
    writer: csv::Writer<Vec<u8>>,
    rows: u64,
}

impl Table {
    /// A table with its heading.
    ///
    /// # Errors
    /// In words.
    pub fn new(columns: &[&str]) -> Result<Self, String> {
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        writer.write_record(columns).map_err(|why| why.to_string())?;
        Ok(Self { writer, rows: 0 })
    }

    /// Adds a row that begins with its record's name.
    ///
    /// # Errors
    /// In words.
    pub fn row(&mut self, entry: &Entry, values: &[String]) -> Result<(), String> {
        let journal = entry.journal();
        let name = [
            journal.store.to_string(),
            journal.register.to_string(),
            journal.epoch.to_string(),
            entry.seq().to_string(),
        ];
        self.rows = self.rows.saturating_add(1);
        self.writer.write_record(name.iter().chain(values)).map_err(|why| why.to_string())
    }

    /// The number of rows, and the bytes.
    ///
    /// # Errors
    /// In words.
    pub fn finish(self) -> Result<(u64, Vec<u8>), String> {
        Ok((self.rows, self.writer.into_inner().map_err(|why| why.to_string())?))
    }
}

/// Words of a person, so that no spreadsheet takes them for a formula.
pub fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

impl Format for CsvBundle {
    fn kind(&self) -> &'static str {
        "csv"
    }

    fn takes(&self, event: &Event) -> bool {
        event.sale().is_some()
    }

    fn render(&self, entries: &[Entry]) -> Result<Vec<Written>, String> {
        let mut sales = Table::new(&SALES)?;
        let mut lines = Table::new(&LINES)?;
        let mut taxes = Table::new(&TAXES)?;
        let mut tenders = Table::new(&TENDERS)?;
        let mut totals = crate::reconcile::totals::Totals::default();
        for entry in entries {
            let Some(sale) = entry.event.sale() else { continue };
            totals = totals.plus_sale(sale).map_err(|why| why.to_string())?;
            sales.row(entry, &sale_row(entry, sale))?;
            for (place, line) in (0_u32..).zip(&sale.lines) {
                let source = match line.price_source {
                    PriceSource::Pack => "pack",
                    PriceSource::Keyed => "keyed",
                    PriceSource::Label => "label",
                };
                let values = [
                    place.to_string(),
                    line.code.to_string(),
                    harmless(&line.name),
                    line.quantity.to_string(),
                    line.unit_price.to_string(),
                    source.to_owned(),
                    line.amount.to_string(),
                    line.tax_class.to_string(),
                    line.voided.to_string(),
                    line.returned.map_or_else(String::new, |back| back.place.to_string()),
                ];
                lines.row(entry, &values)?;
            }
            for tax in &sale.taxes {
                let code = tax.code.to_string();
                let (rate, base) = (tax.rate.to_string(), tax.taxable.to_string());
                taxes.row(entry, &[code, rate, base, tax.amount.to_string()])?;
            }
            for (place, tender) in (0_u32..).zip(&sale.tenders) {
                let (kind, number) = match tender {
                    Tender::Cash { .. } => ("cash", ""),
                    Tender::Check { number, .. } => ("check", number.as_str()),
                    Tender::CheckReturned { number, .. } => ("check_returned", number.as_str()),
                };
                let amount = tender.amount().to_string();
                let values = [place.to_string(), kind.to_owned(), amount, number.to_owned()];
                tenders.row(entry, &values)?;
            }
        }
        let tables = [
            ("sales.csv", sales),
            ("lines.csv", lines),
            ("taxes.csv", taxes),
            ("tenders.csv", tenders),
        ];
        let (mut written, mut files) = (Vec::new(), Vec::new());
        for (name, table) in tables {
            let (rows, bytes) = table.finish()?;
            files.push(ManifestFile {
                name: name.to_owned(),
                rows,
                bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
                sha256: Hash::of_bytes(&bytes).to_string(),
            });
            written.push(Written { name: name.to_owned(), bytes });
        }
        let manifest = Manifest {
            form: "tideover csv 1",
            files,
            sales: totals.sales,
            refunds: totals.refunds,
            subtotal: totals.subtotal.minor(),
            tax: totals.tax.minor(),
            total: totals.total.minor(),
            rounding: totals.rounding.minor(),
            cash: totals.cash.minor(),
            checks: totals.checks.minor(),
        };
        let bytes = serde_json::to_vec_pretty(&manifest).map_err(|why| why.to_string())?;
        written.push(Written { name: "manifest.json".to_owned(), bytes });
        Ok(written)
    }
}

fn sale_row(entry: &Entry, sale: &CompletedSale) -> [String; 14] {
    let header = &entry.header;
    let link = sale.terms.link.as_ref();
    let kind = match link.map(|link| link.kind) {
        Some(LinkKind::Void) => "void",
        _ if sale.is_refund() => "refund",
        _ => "sale",
    };
    let money = |amount: Money| amount.to_string();
    [
        header.at.to_string(),
        header.date.to_string(),
        header.by.as_ref().map_or_else(String::new, ToString::to_string),
        header.outage.is_some().to_string(),
        kind.to_owned(),
        sale.number.to_string(),
        sale.shift.to_string(),
        money(sale.subtotal),
        money(sale.tax().unwrap_or_default()),
        money(sale.total),
        money(sale.rounding),
        money(sale.change),
        link.map_or_else(String::new, |link| link.epoch.to_string()),
        link.map_or_else(String::new, |link| link.seq.to_string()),
    ]
}
