//! The closure certificate: every total and every difference with its name, its person and its
//! reason, and the heads of the journals it rests on. A document, signed by central's key.
//!
//! Whoever has it can check three things without central: that it was not changed (its
//! signature), that it adds up ([`Certificate::check`]), and that a journal they hold is the one
//! it rests on (its head's hash at that place).

use serde::{Deserialize, Serialize};

use crate::domain::words::term;

use super::totals::Totals;

/// What a certificate begins with.
pub const PROTOCOL: &str = "tideover/closure/1";

/// The certificate. Money in minor units; below zero is short, or went out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// The store.
    pub store: u32,
    /// Its name.
    pub store_name: String,
    /// The sign before its money.
    pub currency: String,
    /// Its number, from 1.
    pub number: u32,
    /// SHA-256 of the closure before it, as it was signed; none for the first.
    pub previous: Option<String>,
    /// When it was made.
    pub at: String,
    /// Who closed the store.
    pub by: String,
    /// Their name in the price file.
    pub by_name: String,
    /// The version of the rules.
    pub rules: u32,
    /// The journals, and how far each had come.
    pub heads: Vec<HeadLine>,
    /// Central's own journal of decisions.
    pub decisions: Option<HeadLine>,
    /// What was sold since the closure before.
    pub sales: Figures,
    /// Tax by code and rate, since the store's first sale.
    pub taxes: Vec<TaxLine>,
    /// Sales of forks since the first one: kept and not in any sum.
    pub forked: Figures,
    /// The drawers that were counted.
    pub drawers: Vec<DrawerLine>,
    /// Cash: by central's records, by the registers' ledgers, as counted.
    pub cash: ThreeWay,
    /// Checks, the same.
    pub checks: ThreeWay,
    /// Every difference.
    pub residuals: Vec<Residual>,
    /// What was decided.
    pub decided: Vec<DecidedLine>,
    /// The checks to be deposited.
    pub deposit: Vec<DepositLine>,
    /// Places to be counted.
    pub tasks: Vec<String>,
}

/// How far a journal had come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadLine {
    /// The register; 0 is central itself.
    pub register: u16,
    /// The journal.
    pub epoch: String,
    /// The first record that is new in this closure.
    pub from: u64,
    /// The next record.
    pub next: u64,
    /// The hash of the last one.
    pub head: String,
    /// Lifetime takings there.
    pub takings: i64,
    /// Lifetime pay-outs there.
    pub payouts: i64,
}

/// Sums over sales.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Sales.
    pub sales: u64,
    /// Refunds and voids.
    pub refunds: u64,
    /// Lines before tax.
    pub subtotal: i64,
    /// Tax.
    pub tax: i64,
    /// Lines and tax.
    pub total: i64,
    /// Cash rounding.
    pub rounding: i64,
    /// Cash kept.
    pub cash: i64,
    /// Checks.
    pub checks: i64,
}

/// Tax at one rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxLine {
    /// The code.
    pub code: String,
    /// The rate, in ten-millionths.
    pub rate: i64,
    /// What it was taken on.
    pub taxable: i64,
    /// The tax.
    pub amount: i64,
}

/// One drawer of one shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawerLine {
    /// The register.
    pub register: u16,
    /// The journal.
    pub epoch: String,
    /// The shift.
    pub shift: u32,
    /// Whose; empty where nobody opened it.
    pub cashier: String,
    /// What it was opened with.
    pub float: i64,
    /// Cash that sales left in it.
    pub cash: i64,
    /// Cash that came in or went out without a sale.
    pub moved: i64,
    /// What it should hold, by central's records.
    pub central: i64,
    /// The same by the register's ledger.
    pub ledger: i64,
    /// What was counted.
    pub counted: i64,
    /// Checks by central's records.
    pub central_checks: i64,
    /// Checks by the register's ledger.
    pub ledger_checks: i64,
    /// Checks as counted.
    pub counted_checks: i64,
}

/// One sum, three times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThreeWay {
    /// By central's records.
    pub central: i64,
    /// By the registers' ledgers.
    pub ledger: i64,
    /// As counted.
    pub drawer: i64,
}

/// Which two sums differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResidualKind {
    /// Cash counted, and the register's ledger.
    DrawerCash,
    /// Checks counted, and the register's ledger.
    DrawerChecks,
    /// The ledger's cash, and central's records.
    LedgerCash,
    /// The ledger's checks, and central's records.
    LedgerChecks,
    /// A drawer that was not counted; not in the sums of drawers.
    Uncounted,
    /// Announced, and not here; in no sum.
    NotHere,
    /// What a journal says its money is, and its records.
    Lifetime,
    /// What was paid for a sale, and what it came to.
    Paid,
    /// A sale's lines and tax, and its total.
    Summed,
}

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residual {
    /// Of what.
    pub kind: ResidualKind,
    /// The register.
    pub register: u16,
    /// The journal.
    pub epoch: String,
    /// The shift, where it is one drawer's.
    pub shift: Option<u32>,
    /// How much.
    pub amount: i64,
    /// Who answers for it; empty where nobody does yet.
    pub person: String,
    /// Who signed beside them.
    pub second: Option<String>,
    /// What was decided.
    pub outcome: String,
    /// Why.
    pub reason: String,
}

/// What was decided of one root cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecidedLine {
    /// The decision's record.
    pub seq: u64,
    /// What it is called.
    pub title: String,
    /// The root cause.
    pub cause: String,
    /// How many findings.
    pub count: u32,
    /// What they come to.
    pub sum: i64,
    /// What was decided.
    pub outcome: String,
    /// The amount the books are put right by; 0 where they are not.
    pub correction: i64,
    /// Who.
    pub person: String,
    /// Who signed beside them.
    pub second: Option<String>,
    /// Why.
    pub reason: String,
}

/// A check to be deposited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepositLine {
    /// The register.
    pub register: u16,
    /// The sale.
    pub sale: u64,
    /// Its number.
    pub number: String,
    /// Its amount.
    pub amount: i64,
}

/// Why a certificate does not stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotBalanced {
    /// Another kind of document, or a later program's.
    #[error("it is no closure of this version of Tideover")]
    Version,
    /// A sum that is none.
    #[error("it does not add up: {0}")]
    Sum(&'static str),
    /// A difference that nobody answers for.
    #[error("a difference of {0} minor units on register {1} has no person or no reason")]
    Unnamed(i64, u16),
}

impl ResidualKind {
    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::DrawerCash => term("Cash counted less ledger"),
            Self::DrawerChecks => term("Checks counted less ledger"),
            Self::LedgerCash => term("Ledger's cash less central"),
            Self::LedgerChecks => term("Ledger's checks less central"),
            Self::Uncounted => term("Drawer not counted"),
            Self::NotHere => term("Announced, and not here"),
            Self::Lifetime => term("Journal's own sum less its records"),
            Self::Paid => term("Paid less what the sale came to"),
            Self::Summed => term("Lines and tax less the total"),
        }
    }
}

impl Figures {
    /// The figures of totals.
    pub fn of(totals: &Totals) -> Self {
        Self {
            sales: totals.sales,
            refunds: totals.refunds,
            subtotal: totals.subtotal.minor(),
            tax: totals.tax.minor(),
            total: totals.total.minor(),
            rounding: totals.rounding.minor(),
            cash: totals.cash.minor(),
            checks: totals.checks.minor(),
        }
    }
}

impl Certificate {
    /// Adds everything up again.
    ///
    /// # Errors
    /// [`NotBalanced`] for the first thing that does not come out to the cent, or that nobody
    /// answers for.
    pub fn check(&self) -> Result<(), NotBalanced> {
        use ResidualKind::{DrawerCash, DrawerChecks, LedgerCash, LedgerChecks};
        if self.protocol != PROTOCOL {
            return Err(NotBalanced::Version);
        }
        let sums = |what: &'static str, holds: bool| {
            if holds { Ok(()) } else { Err(NotBalanced::Sum(what)) }
        };
        let add = |amounts: &mut dyn Iterator<Item = i64>| {
            let mut sum = 0_i64;
            for amount in amounts {
                sum = sum.checked_add(amount).ok_or(NotBalanced::Sum("a sum is absurd"))?;
            }
            Ok(sum)
        };
        let of = |pick: fn(&DrawerLine) -> i64| add(&mut self.drawers.iter().map(pick));
        let left = |kind| {
            let same = self.residuals.iter().filter(move |one| one.kind == kind);
            add(&mut same.map(|one| one.amount))
        };
        let figures = self.sales;
        let sold = add(&mut [figures.subtotal, figures.tax].into_iter())?;
        let odd = left(ResidualKind::Summed)?;
        sums("lines and tax are not the total", sold.checked_sub(figures.total) == Some(odd))?;
        let paid = add(&mut [figures.cash, figures.checks].into_iter())?;
        let due = add(&mut [figures.total, figures.rounding].into_iter())?;
        let odd = left(ResidualKind::Paid)?;
        sums("cash and checks are not what was sold", paid.checked_sub(due) == Some(odd))?;
        for drawer in &self.drawers {
            let should = add(&mut [drawer.float, drawer.cash, drawer.moved].into_iter())?;
            sums("a drawer does not follow from its sales", should == drawer.central)?;
        }
        let (cash, checks) = (self.cash, self.checks);
        sums("drawers' cash by central", of(|one| one.central)? == cash.central)?;
        sums("drawers' cash by ledger", of(|one| one.ledger)? == cash.ledger)?;
        sums("drawers' cash as counted", of(|one| one.counted)? == cash.drawer)?;
        sums("drawers' checks by central", of(|one| one.central_checks)? == checks.central)?;
        sums("drawers' checks by ledger", of(|one| one.ledger_checks)? == checks.ledger)?;
        sums("drawers' checks as counted", of(|one| one.counted_checks)? == checks.drawer)?;
        for (kind, more, less, what) in [
            (DrawerCash, cash.drawer, cash.ledger, "cash: counted less ledger"),
            (LedgerCash, cash.ledger, cash.central, "cash: ledger less central"),
            (DrawerChecks, checks.drawer, checks.ledger, "checks: counted less ledger"),
            (LedgerChecks, checks.ledger, checks.central, "checks: ledger less central"),
        ] {
            sums(what, more.checked_sub(less) == Some(left(kind)?))?;
        }
        let deposit = add(&mut self.deposit.iter().map(|one| one.amount))?;
        sums("the deposit is not the checks", deposit == figures.checks)?;
        let bare = |one: &&Residual| one.person.is_empty() || one.reason.is_empty();
        match self.residuals.iter().find(bare) {
            Some(one) => Err(NotBalanced::Unnamed(one.amount, one.register)),
            None => Ok(()),
        }
    }
}
