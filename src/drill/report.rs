//! What a drill says at its end: every basket, the closing totals of ledger and central side by
//! side, what was played of the scenario, and whether all agrees.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::money::Money;
use crate::reconcile::totals::Totals as Sums;

use super::tally::BasketEntry;

/// The whole report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The scenario's name and title.
    pub scenario: String,
    /// True when every record is at central once and all totals agree.
    pub agrees: bool,
    /// What does not agree, in words.
    pub differences: Vec<String>,
    /// The closing totals.
    pub totals: Totals,
    /// Each basket that was sold, in the order of the file.
    pub baskets: Vec<BasketEntry>,
    /// Each basket that was not sold, and why.
    pub not_sold: Vec<NotSold>,
    /// What was played, minute by minute.
    pub moments: Vec<MomentPlayed>,
    /// What registers said after they lost power.
    pub after_power_cuts: Vec<String>,
    /// Each register's journal.
    pub journals: Vec<JournalEntry>,
    /// What central would ask a person to look at, grouped.
    pub exceptions: Vec<String>,
    /// What the scenario claims, line by line, and what proves it.
    pub claims: Vec<ClaimEntry>,
}

/// One line of the scenario's lists.
#[derive(Clone, Debug, Serialize)]
pub struct ClaimEntry {
    /// `must`, `must_not` or `reconcile`.
    pub kind: &'static str,
    /// The line.
    pub text: String,
    /// All of its proofs hold, and nothing in it is unknown.
    pub holds: bool,
    /// Words of it that nothing is known for.
    pub unknown: Vec<String>,
    /// What proves it.
    pub proofs: Vec<ProofEntry>,
}

/// One proof.
#[derive(Clone, Debug, Serialize)]
pub struct ProofEntry {
    /// It holds.
    pub holds: bool,
    /// The figures, what was tried, or why it does not hold.
    pub words: String,
    /// The first records that say it, each as register, journal and place.
    pub records: Vec<String>,
}

/// Totals as three independent places have them.
#[derive(Clone, Debug, Serialize)]
pub struct Totals {
    /// Counted from the baskets and the pack, without any register.
    pub expected: SumsEntry,
    /// Counted from the registers' journals.
    pub ledger: SumsEntry,
    /// As central says.
    pub central: SumsEntry,
}

/// Sums as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SumsEntry {
    /// Sales.
    pub sales: u64,
    /// Refunds.
    pub refunds: u64,
    /// Totals, tax counted.
    pub total: String,
    /// Taxes.
    pub tax: String,
    /// Cash kept.
    pub cash: String,
    /// Checks taken.
    pub checks: String,
    /// Cash rounding.
    pub rounding: String,
}

/// A basket that was not sold.
#[derive(Clone, Debug, Serialize)]
pub struct NotSold {
    /// Its name.
    pub basket: String,
    /// What the register refused.
    pub why: String,
}

/// A sentence of the scenario.
#[derive(Clone, Debug, Serialize)]
pub struct MomentPlayed {
    /// The minute.
    pub at_min: u32,
    /// The sentence.
    pub text: String,
    /// What was done; empty when this version plays nothing for it.
    pub done: Vec<String>,
}

/// A journal.
#[derive(Clone, Debug, Serialize)]
pub struct JournalEntry {
    /// The register, from 1.
    pub register: u16,
    /// The journal's name.
    pub epoch: String,
    /// Its records.
    pub records: u64,
    /// Records central does not hold.
    pub pending: u64,
    /// Findings of its verification.
    pub findings: Vec<String>,
}

/// Central's answer about a store, as far as the report needs it; money in minor units.
#[derive(Clone, Debug, Deserialize)]
pub struct CentralSums {
    sales: u64,
    refunds: u64,
    total: i64,
    tax: i64,
    cash: i64,
    checks: i64,
    rounding: i64,
    #[serde(default)]
    taxes: Vec<CentralTax>,
}

/// A tax as central has it; money in minor units.
#[derive(Clone, Debug, Deserialize)]
pub struct CentralTax {
    /// The authority's code.
    pub code: String,
    /// The rate, in ten-millionths.
    pub rate: i64,
    /// What it was taken on.
    pub taxable: i64,
    /// The tax.
    pub amount: i64,
}

impl CentralSums {
    /// Sales and refunds.
    pub const fn count(&self) -> u64 {
        self.sales.saturating_add(self.refunds)
    }

    /// Checks, in minor units.
    pub const fn checks(&self) -> i64 {
        self.checks
    }

    /// Tax by authority and rate.
    pub fn taxes(&self) -> &[CentralTax] {
        &self.taxes
    }
}

impl From<&CentralSums> for SumsEntry {
    fn from(sums: &CentralSums) -> Self {
        let money = |minor| Money::from_minor(minor).to_string();
        Self {
            sales: sums.sales,
            refunds: sums.refunds,
            total: money(sums.total),
            tax: money(sums.tax),
            cash: money(sums.cash),
            checks: money(sums.checks),
            rounding: money(sums.rounding),
        }
    }
}

impl From<&Sums> for SumsEntry {
    fn from(sums: &Sums) -> Self {
        Self {
            sales: sums.sales,
            refunds: sums.refunds,
            total: sums.total.to_string(),
            tax: sums.tax.to_string(),
            cash: sums.cash.to_string(),
            checks: sums.checks.to_string(),
            rounding: sums.rounding.to_string(),
        }
    }
}

impl Report {
    fn write_claims(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.claims.is_empty() {
            return Ok(());
        }
        let holding = self.claims.iter().filter(|claim| claim.holds).count();
        writeln!(f)?;
        writeln!(f, "  Claims: {holding} of {} hold", self.claims.len())?;
        for claim in &self.claims {
            let mark = if claim.holds { "holds" } else { "NOT PROVED" };
            writeln!(f, "    {}: {}: {mark}", claim.kind.replace('_', " "), claim.text)?;
            for word in &claim.unknown {
                writeln!(f, "      ! nothing is known for '{word}'")?;
            }
            for proof in &claim.proofs {
                let mark = if proof.holds { '+' } else { '!' };
                writeln!(f, "      {mark} {}", proof.words)?;
                if !proof.records.is_empty() {
                    writeln!(f, "        {}", proof.records.join(", "))?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.scenario)?;
        writeln!(f)?;
        for moment in &self.moments {
            writeln!(f, "  {:>4} min  {}", moment.at_min, moment.text)?;
            for done in &moment.done {
                writeln!(f, "            - {done}")?;
            }
            if moment.done.is_empty() {
                writeln!(f, "            - told only; this version plays nothing for it")?;
            }
        }
        for said in &self.after_power_cuts {
            writeln!(f, "  after a power cut, {said}")?;
        }
        writeln!(f)?;
        let columns = ["", "expected", "ledger", "central"];
        let [a, b, c, d] = columns;
        writeln!(f, "  {a:<10}{b:>16}{c:>16}{d:>16}")?;
        let Totals { expected, ledger, central } = &self.totals;
        let mut row = |name: &str, cell: fn(&SumsEntry) -> String| {
            let (x, y, z) = (cell(expected), cell(ledger), cell(central));
            writeln!(f, "  {name:<10}{x:>16}{y:>16}{z:>16}")
        };
        row("Sales", |sums| sums.sales.to_string())?;
        row("Refunds", |sums| sums.refunds.to_string())?;
        row("Total", |sums| sums.total.clone())?;
        row("Tax", |sums| sums.tax.clone())?;
        row("Cash", |sums| sums.cash.clone())?;
        row("Checks", |sums| sums.checks.clone())?;
        row("Rounding", |sums| sums.rounding.clone())?;
        writeln!(f)?;
        for journal in &self.journals {
            writeln!(
                f,
                "  register {:>2}  journal {}  {} records, {} not at central, {}",
                journal.register,
                journal.epoch,
                journal.records,
                journal.pending,
                if journal.findings.is_empty() {
                    "verified".to_owned()
                } else {
                    journal.findings.join("; ")
                }
            )?;
        }
        if !self.not_sold.is_empty() {
            writeln!(f)?;
            writeln!(f, "  Not sold: {} baskets", self.not_sold.len())?;
            for basket in self.not_sold.iter().take(20) {
                writeln!(f, "    {}: {}", basket.basket, basket.why)?;
            }
            if self.not_sold.len() > 20 {
                writeln!(f, "    … all of them stand in the JSON report")?;
            }
        }
        if !self.exceptions.is_empty() {
            writeln!(f)?;
            writeln!(f, "  For a person to look at:")?;
            for exception in self.exceptions.iter().take(20) {
                writeln!(f, "    {exception}")?;
            }
        }
        self.write_claims(f)?;
        writeln!(f)?;
        if self.agrees {
            write!(f, "  Everything is at central once, and all totals agree to the cent.")
        } else {
            write!(f, "  NOT in agreement:")?;
            self.differences.iter().try_for_each(|difference| write!(f, "\n    {difference}"))
        }
    }
}
