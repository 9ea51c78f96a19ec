//! A receipt as text: what was bought, what was paid, and the proof.
//!
//! 42 columns, the width of an 80 mm printer. The proof names the record: its journal, its seq and
//! the first 16 hex digits of its hash, so that a printed receipt is a witness of the journal.

use crate::domain::ids::{JournalId, Seq};
use crate::domain::policy::Policy;
use crate::domain::quantity::Quantity;
use crate::domain::sale::{CompletedSale, SaleLine};
use crate::domain::tender::Tender;
use crate::domain::time::Timestamp;
use crate::journal::hash::Hash;

const COLUMNS: usize = 42;

/// What a receipt says besides its sale.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The store's rules and name.
    pub policy: &'a Policy,
    /// The journal the sale is recorded in.
    pub journal: JournalId,
    /// The record's place.
    pub seq: Seq,
    /// The record's hash.
    pub hash: Hash,
    /// When.
    pub at: Timestamp,
    /// The cashier's name.
    pub cashier: &'a str,
    /// An outage is open.
    pub outage: bool,
}

/// The proof as it stands on a receipt: journal, seq and the first 16 digits of the hash.
pub fn proof(journal: JournalId, seq: Seq, hash: Hash) -> String {
    let hash: String = hash.to_string().chars().take(16).collect();
    format!("{}-{seq}-{hash}", journal.epoch)
}

/// Writes the receipt.
pub fn write(sale: &CompletedSale, of: &Circumstances<'_>) -> String {
    let mut lines = vec![
        centered(&of.policy.store_name),
        centered(&format!("Store {}  Register {}", of.journal.store, of.journal.register)),
        of.at.to_string(),
        format!("Cashier {}", of.cashier),
        String::new(),
    ];
    if of.outage {
        lines.push(centered("* OUTAGE: CASH AND CHECKS ONLY *"));
    }
    for line in sale.lines.iter().filter(|line| !line.voided) {
        write_line(&mut lines, line, &of.policy.weight_unit);
    }
    lines.push("-".repeat(COLUMNS));
    lines.push(two("Subtotal", &sale.subtotal.to_string()));
    for tax in &sale.taxes {
        lines.push(two(&format!("Tax {} {} %", tax.code, tax.rate), &tax.amount.to_string()));
    }
    lines.push(two("TOTAL", &of.policy.currency.format(sale.total)));
    if sale.rounding.minor() != 0 {
        lines.push(two("Cash rounding", &sale.rounding.to_string()));
    }
    for tender in &sale.tenders {
        let name = match tender {
            Tender::Cash { .. } => "Cash".to_owned(),
            Tender::Check { number, .. } => format!("Check {}", number.as_str()),
            Tender::CheckReturned { number, .. } => {
                format!("Check {} handed back", number.as_str())
            }
        };
        lines.push(two(&name, &tender.amount().to_string()));
    }
    lines.push(two(if sale.is_refund() { "Paid out" } else { "Change" }, &sale.change.to_string()));
    lines.push(String::new());
    lines.push(format!("Sale {}", sale.number));
    lines.push(proof(of.journal, of.seq, of.hash));
    if !of.policy.return_policy.is_empty() {
        lines.push(String::new());
        lines.push(of.policy.return_policy.clone());
    }
    lines.join("\n")
}

fn write_line(lines: &mut Vec<String>, line: &SaleLine, weight_unit: &str) {
    lines.push(two(&line.name, &line.amount.to_string()));
    if line.quantity != Quantity::ONE {
        let unit = if line.quantity.is_whole() { "" } else { weight_unit };
        lines
            .push(format!("  {} {unit} @ {}", line.quantity, line.unit_price).replace("  @", " @"));
    }
}

fn centered(text: &str) -> String {
    format!("{text:^COLUMNS$}").trim_end().to_owned()
}

/// Left and right on one line; the left gives way.
fn two(left: &str, right: &str) -> String {
    let room = COLUMNS.saturating_sub(right.chars().count()).saturating_sub(1);
    let left: String = left.chars().filter(|c| !c.is_control()).take(room).collect();
    format!("{left:<room$} {right}")
}
