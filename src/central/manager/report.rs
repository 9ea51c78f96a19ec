//! The reconciliation as JSON: the same figures in the same order as the page.

use serde::Serialize;

use crate::central::close::Reconciliation;
use crate::reconcile::certificate::{DepositLine, Figures, Residual, ThreeWay};

use super::registers;

/// A store as it stands. Money in minor units.
#[derive(Serialize)]
pub(super) struct Report {
    store: u32,
    name: String,
    registers: Vec<Register>,
    sales: Figures,
    cash: ThreeWay,
    checks: ThreeWay,
    matters: Vec<Matter>,
    residuals: Vec<Residual>,
    deposit: Vec<DepositLine>,
    missing: Vec<String>,
    closures: Vec<Closed>,
}

#[derive(Serialize)]
struct Register {
    register: u16,
    records: u64,
    still_out: u64,
    money_out: i64,
    should: i64,
    counted: i64,
    over: i64,
    uncounted: usize,
}

#[derive(Serialize)]
struct Matter {
    code: &'static str,
    title: &'static str,
    level: &'static str,
    cause: String,
    open: usize,
    amount: i64,
    due: bool,
    meaning: &'static str,
    text: String,
    registers: Vec<u16>,
}

#[derive(Serialize)]
struct Closed {
    number: u32,
    at: String,
    by: String,
    digest: String,
}

pub(super) fn of(now: &Reconciliation) -> Report {
    let registers = registers::rows(now).into_iter().map(|row| Register {
        register: row.register.0,
        records: row.here,
        still_out: row.out,
        money_out: row.money_out.minor(),
        should: row.should.minor(),
        counted: row.counted.minor(),
        over: row.over().minor(),
        uncounted: row.uncounted,
    });
    let open = now.balance.matters.iter().filter(|one| !one.open.is_empty());
    let matters = open.map(|one| {
        let mut registers: Vec<u16> =
            one.open.iter().map(|found| found.journal.register.0).collect();
        registers.sort_unstable();
        registers.dedup();
        Matter {
            code: one.code.word(),
            title: one.code.title(),
            level: one.level.word(),
            cause: one.cause.clone(),
            open: one.open.len(),
            amount: one.open_sum().minor(),
            due: one.is_due(),
            meaning: one.code.meaning(),
            text: one.open.first().map_or_else(String::new, |found| found.text.clone()),
            registers,
        }
    });
    let closures = now.closures.iter().map(|one| Closed {
        number: one.certificate.number,
        at: one.certificate.at.clone(),
        by: one.certificate.by.clone(),
        digest: one.digest(),
    });
    Report {
        store: now.records.store.0,
        name: now.facts.name.clone(),
        registers: registers.collect(),
        sales: now.balance.sales,
        cash: now.balance.cash,
        checks: now.balance.checks,
        matters: matters.collect(),
        residuals: now.balance.residuals.clone(),
        deposit: now.balance.deposit.clone(),
        missing: now.balance.missing.clone(),
        closures: closures.collect(),
    }
}
