//! The closure certificate as people read it: one document, as an HTML page and as PDF.

use super::certificate::{Certificate, DrawerLine, HeadLine, Residual};
use crate::domain::money::Money;
use crate::domain::tax::TaxRate;

/// A document of text and tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What it is called.
    pub title: String,
    /// What stands at the foot of each page.
    pub foot: String,
    /// What stands in it, in order.
    pub blocks: Vec<Block>,
}

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Its title.
    Title(String),
    /// A part's title.
    Heading(String),
    /// Words.
    Words(String),
    /// The one sentence that counts.
    Verdict(String),
    /// Digits and letters to be compared one by one.
    Mono(String),
    /// A table.
    Table {
        /// Its columns.
        columns: Vec<Column>,
        /// Its rows.
        rows: Vec<Vec<String>>,
        /// Its last row.
        total: Option<Vec<String>>,
    },
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its title.
    pub title: &'static str,
    /// Its share of the width.
    pub share: i64,
    /// Amounts end at the right.
    pub right: bool,
}

const fn left(title: &'static str, share: i64) -> Column {
    Column { title, share, right: false }
}

const fn right(title: &'static str, share: i64) -> Column {
    Column { title, share, right: true }
}

/// A certificate as a document. `digest` is the hash of the sealed text, `signature` its own.
pub fn of(certificate: &Certificate, digest: &str, signature: &str) -> Document {
    let Certificate { store, store_name, number, at, by, by_name, .. } = certificate;
    let money = |minor: i64| amount(&certificate.currency, minor);
    let title = format!("Closure {number} of store {store}");
    let mut blocks = vec![
        Block::Title(title.clone()),
        Block::Words(format!("{store_name}. Closed {} by {by_name} ({by}).", when(at))),
        Block::Verdict(verdict(certificate)),
        Block::Heading("Sold since the closure before".to_owned()),
        sold(certificate, &money),
        Block::Heading("Cash and checks: drawer, ledger, central".to_owned()),
        three_ways(certificate, &money),
    ];
    let mut part = |title: &str, block: Option<Block>, none: &str| {
        blocks.push(Block::Heading(title.to_owned()));
        blocks.push(block.unwrap_or_else(|| Block::Words(none.to_owned())));
    };
    part("Every difference", residuals(certificate, &money), "None. All sums agree to the cent.");
    part("Drawers", drawers(&certificate.drawers, &money), "No drawer was counted.");
    part("What was decided", decided(certificate, &money), "Nothing had to be decided.");
    part("Checks to deposit", deposit(certificate, &money), "None.");
    part("Tax", taxes(certificate, &money), "None.");
    if !certificate.tasks.is_empty() {
        let rows = certificate.tasks.iter().map(|task| vec![task.clone()]).collect();
        let columns = vec![left("Count", 1)];
        part("Still to be counted", Some(Block::Table { columns, rows, total: None }), "");
    }
    part("The journals this rests on", heads(certificate, &money), "None.");
    blocks.push(Block::Words(format!(
        "Rules {}. {} sales of copied journals stand beside these sums, in none of them.",
        certificate.rules,
        certificate.forked.sales.saturating_add(certificate.forked.refunds)
    )));
    if let Some(previous) = &certificate.previous {
        blocks.push(Block::Words("The closure before it has the fingerprint".to_owned()));
        blocks.push(Block::Mono(previous.clone()));
    }
    blocks.push(Block::Heading("Signed by central".to_owned()));
    blocks.push(Block::Words(
        "Fingerprint and signature of this closure. \"tideover verify --closure FILE\" checks \
         them, adds everything up again and compares this paper with what was signed."
            .to_owned(),
    ));
    blocks.push(Block::Mono(digest.to_owned()));
    blocks.push(Block::Mono(signature.to_owned()));
    let short: String = digest.chars().take(16).collect();
    Document { foot: format!("{store_name}, closure {number}, {short}"), title, blocks }
}

fn verdict(certificate: &Certificate) -> String {
    let count = certificate.residuals.len();
    match count {
        0 => "Balanced to the cent: drawer, ledger and central agree.".to_owned(),
        1 => "Balanced to the cent: one difference, with its name and reason.".to_owned(),
        _ => format!("Balanced to the cent: {count} differences, each with its name and reason."),
    }
}

type Write<'a> = dyn Fn(i64) -> String + 'a;

fn sold(certificate: &Certificate, money: &Write<'_>) -> Block {
    let one = certificate.sales;
    let rows = [
        ("Sales", one.sales.to_string()),
        ("Refunds and voids", one.refunds.to_string()),
        ("Before tax", money(one.subtotal)),
        ("Tax", money(one.tax)),
        ("Total", money(one.total)),
        ("Cash rounding", money(one.rounding)),
        ("Paid in cash", money(one.cash)),
        ("Paid by check", money(one.checks)),
    ];
    let rows = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    Block::Table { columns: vec![left("", 3), right("", 2)], rows, total: None }
}

fn three_ways(certificate: &Certificate, money: &Write<'_>) -> Block {
    let row = |name: &str, sums: super::certificate::ThreeWay| {
        vec![
            name.to_owned(),
            money(sums.drawer),
            money(sums.ledger),
            money(sums.central),
            money(sums.drawer.saturating_sub(sums.central)),
        ]
    };
    Block::Table {
        columns: vec![
            left("", 2),
            right("Counted", 2),
            right("Ledger", 2),
            right("Central", 2),
            right("Over or short", 2),
        ],
        rows: vec![row("Cash", certificate.cash), row("Checks", certificate.checks)],
        total: None,
    }
}

fn residuals(certificate: &Certificate, money: &Write<'_>) -> Option<Block> {
    let row = |one: &Residual| {
        let shift = one.shift.map_or_else(String::new, |shift| format!(", shift {shift}"));
        vec![
            one.kind.label().to_owned(),
            format!("{}{shift}", one.register),
            money(one.amount),
            people(&one.person, one.second.as_ref()),
            format!("{}. {}", one.outcome, one.reason),
        ]
    };
    table(
        vec![
            left("Difference", 5),
            left("Register", 4),
            right("Amount", 3),
            left("Person", 3),
            left("Outcome and reason", 7),
        ],
        certificate.residuals.iter().map(row).collect(),
        None,
    )
}

fn drawers(drawers: &[DrawerLine], money: &Write<'_>) -> Option<Block> {
    let row = |one: &DrawerLine| {
        vec![
            format!("{}, shift {}", one.register, one.shift),
            one.cashier.clone(),
            money(one.float),
            money(one.cash),
            money(one.moved),
            money(one.central),
            money(one.counted),
            money(one.counted_checks),
        ]
    };
    let sum = |pick: fn(&DrawerLine) -> i64| {
        money(drawers.iter().fold(0_i64, |sum, one| sum.saturating_add(pick(one))))
    };
    let total = vec![
        "All".to_owned(),
        String::new(),
        sum(|one| one.float),
        sum(|one| one.cash),
        sum(|one| one.moved),
        sum(|one| one.central),
        sum(|one| one.counted),
        sum(|one| one.counted_checks),
    ];
    table(
        vec![
            left("Register", 4),
            left("Cashier", 3),
            right("Float", 3),
            right("Cash sales", 4),
            right("Moved", 4),
            right("Should be", 4),
            right("Counted", 4),
            right("Checks", 4),
        ],
        drawers.iter().map(row).collect(),
        Some(total),
    )
}

fn decided(certificate: &Certificate, money: &Write<'_>) -> Option<Block> {
    let row = |one: &super::certificate::DecidedLine| {
        let what = if one.cause.is_empty() {
            one.title.clone()
        } else {
            format!("{}: {}", one.title, one.cause)
        };
        let outcome = if one.correction == 0 {
            one.outcome.clone()
        } else {
            format!("{} by {}", one.outcome, money(one.correction))
        };
        vec![
            what,
            one.count.to_string(),
            money(one.sum),
            people(&one.person, one.second.as_ref()),
            format!("{outcome}. {}", one.reason),
        ]
    };
    table(
        vec![
            left("What", 7),
            right("Times", 2),
            right("Money", 3),
            left("Person", 3),
            left("Outcome and reason", 7),
        ],
        certificate.decided.iter().map(row).collect(),
        None,
    )
}

fn deposit(certificate: &Certificate, money: &Write<'_>) -> Option<Block> {
    let row = |one: &super::certificate::DepositLine| {
        vec![one.number.clone(), one.register.to_string(), one.sale.to_string(), money(one.amount)]
    };
    let count = certificate.deposit.iter().filter(|one| one.amount > 0).count();
    let sum = certificate.deposit.iter().fold(0_i64, |sum, one| sum.saturating_add(one.amount));
    table(
        vec![left("Check", 3), right("Register", 2), right("Sale", 2), right("Amount", 3)],
        certificate.deposit.iter().map(row).collect(),
        Some(vec![format!("{count} checks"), String::new(), String::new(), money(sum)]),
    )
}

fn taxes(certificate: &Certificate, money: &Write<'_>) -> Option<Block> {
    let row = |one: &super::certificate::TaxLine| {
        vec![
            one.code.clone(),
            format!("{} %", TaxRate::from_tenmillionths(one.rate)),
            money(one.taxable),
            money(one.amount),
        ]
    };
    table(
        vec![
            left("Since the first sale", 3),
            right("Rate", 2),
            right("Taken on", 3),
            right("Tax", 3),
        ],
        certificate.taxes.iter().map(row).collect(),
        None,
    )
}

fn heads(certificate: &Certificate, money: &Write<'_>) -> Option<Block> {
    let row = |one: &HeadLine| {
        let register = if one.register == 0 {
            "Central's decisions".to_owned()
        } else {
            one.register.to_string()
        };
        vec![
            register,
            format!("{} to {}", one.from, one.next),
            money(one.takings.saturating_sub(one.payouts)),
            format!("{} {}", one.epoch, one.head),
        ]
    };
    table(
        vec![
            left("Register", 4),
            left("Records", 4),
            right("Lifetime money", 4),
            left("Journal, and the hash of its last record", 13),
        ],
        certificate.heads.iter().chain(&certificate.decisions).map(row).collect(),
        None,
    )
}

fn table(
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
    total: Option<Vec<String>>,
) -> Option<Block> {
    (!rows.is_empty()).then_some(Block::Table { columns, rows, total })
}

fn people(person: &str, second: Option<&String>) -> String {
    second.map_or_else(|| person.to_owned(), |second| format!("{person} and {second}"))
}

/// `2026-11-22T22:05:00.000-06:00` as `2026-11-22 22:05`.
fn when(at: &str) -> String {
    at.get(..16).unwrap_or(at).replace('T', " ")
}

/// An amount with the store's sign and grouped digits.
pub fn amount(sign: &str, minor: i64) -> String {
    let plain = Money::from_minor(minor).to_string();
    let (minus, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
    let (units, cents) = digits.split_once('.').unwrap_or((digits, "00"));
    let mut grouped = String::new();
    for (place, digit) in units.chars().enumerate() {
        let rest = units.len().saturating_sub(place);
        if place > 0 && rest.is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{minus}{sign}{grouped}.{cents}")
}
