//! Drawers against ledger against central, to the cent: what a store comes to since it was closed
//! last, every difference with who answers for it, and what is still missing before it can be
//! closed again.
//!
//! ```text
//!  counted ── drawer ──┐
//!  the register's own ─┼─ ledger    each pair's difference, drawer by drawer, is a Residual:
//!  records added up ───┴─ central   named by a decision, or by the rule of the free amount
//! ```
//!
//! A closure covers ranges of records, not of time: what comes in later belongs to the next one,
//! whatever day it is of.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::event::Lifetime;
use crate::domain::ids::{Epoch, JournalId, Seq, ShiftNo};
use crate::domain::money::{Money, Overflow};
use crate::domain::rain_check::Worth;

use super::certificate::{
    Certificate, DepositLine, DrawerLine, Figures, HeadLine, Residual, ResidualKind, ThreeWay,
};
use super::exception::{Code, Level};
use super::matters::{self, Matter};
use super::rain_checks::Account;
use super::records::{Decided, DrawerFact, Found, JournalState, MoveFact, SaleFact, StoreRecords};
use super::report::Lack;
use super::rulebook::Rulebook;

/// Rules that tell of a record by which money does not follow, or which nobody counts.
const ABOUT_RECORDS: [Code; 5] =
    [Code::Lifetime, Code::Malformed, Code::SchemaAhead, Code::RevokedKey, Code::AfterRotation];
/// Rules that tell of a journal from some record on.
const KEYS_ENDED: [Code; 2] = [Code::RevokedKey, Code::AfterRotation];

/// What a store comes to since its last closure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// The journals.
    pub heads: Vec<HeadLine>,
    /// What was found, and decided.
    pub matters: Vec<Matter>,
    /// What was sold.
    pub sales: Figures,
    /// The drawers that were counted.
    pub drawers: Vec<DrawerLine>,
    /// Cash.
    pub cash: ThreeWay,
    /// Checks.
    pub checks: ThreeWay,
    /// Every difference.
    pub residuals: Vec<Residual>,
    /// Checks to be deposited.
    pub deposit: Vec<DepositLine>,
    /// What is missing before the store can be closed; nothing when it can.
    pub missing: Vec<Lack>,
}

/// Sales and movements of one drawer.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    cash: Money,
    checks: Money,
    moved: Money,
    sales: u64,
}

type DrawerKey = (JournalId, ShiftNo);

/// Adds a store up.
///
/// # Errors
/// [`Overflow`] when a sum does not fit, which no real store's does.
pub fn of(
    records: &StoreRecords,
    decided: &[Decided],
    rules: &Rulebook,
    last: Option<&Certificate>,
) -> Result<Balance, Overflow> {
    let from = |epoch: Epoch| last_next(last, epoch);
    let sums = drawer_sums(records)?;
    let mut found = records.found.clone();
    found.extend(of_journals(records, rules));
    found.extend(of_rain_checks(records, rules));
    found.extend(of_drawers(records, &sums, rules, &from)?);
    let matters = matters::of(found, decided);
    let new_sales: Vec<&SaleFact> =
        records.sales.iter().filter(|sale| sale.seq >= from(sale.journal.epoch)).collect();
    let mut balance = Balance {
        heads: records.journals.iter().map(|state| head(state, &from)).collect(),
        sales: figures(&new_sales)?,
        drawers: Vec::new(),
        cash: ThreeWay::default(),
        checks: ThreeWay::default(),
        residuals: Vec::new(),
        deposit: deposit(records, &from),
        missing: Vec::new(),
        matters,
    };
    for drawer in &records.drawers {
        let key = (drawer.journal, drawer.shift);
        add_drawer(
            &mut balance,
            drawer,
            sums.get(&key).copied().unwrap_or_default(),
            rules,
            &from,
        )?;
    }
    for state in &records.journals {
        add_lifetime(&mut balance, records, state, last)?;
    }
    for sale in &new_sales {
        add_odd_sale(&mut balance, sale)?;
    }
    add_not_here(&mut balance, records);
    balance.missing = missing(&balance, records, last);
    Ok(balance)
}

fn last_next(last: Option<&Certificate>, epoch: Epoch) -> Seq {
    let epoch = epoch.to_string();
    let line = last.and_then(|last| last.heads.iter().find(|head| head.epoch == epoch));
    Seq(line.map_or(0, |line| line.next))
}

fn head(state: &JournalState, from: &dyn Fn(Epoch) -> Seq) -> HeadLine {
    HeadLine {
        register: state.id.register.0,
        epoch: state.id.epoch.to_string(),
        // An earlier closure may have counted what stands apart since.
        from: from(state.id.epoch).min(state.next).0,
        next: state.next.0,
        head: state.head.to_string(),
        takings: state.received.takings.minor(),
        payouts: state.received.payouts.minor(),
    }
}

fn figures(sales: &[&SaleFact]) -> Result<Figures, Overflow> {
    let sum = |pick: fn(&SaleFact) -> Money| {
        Money::sum(sales.iter().map(|sale| pick(sale))).map(Money::minor)
    };
    let refunds = sales.iter().filter(|sale| sale.refund).count();
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    Ok(Figures {
        sales: count(sales.len().saturating_sub(refunds)),
        refunds: count(refunds),
        subtotal: sum(|sale| sale.subtotal)?,
        tax: sum(|sale| sale.tax)?,
        total: sum(|sale| sale.total)?,
        rounding: sum(|sale| sale.rounding)?,
        cash: sum(|sale| sale.cash)?,
        checks: sum(|sale| sale.checks)?,
    })
}

fn drawer_sums(records: &StoreRecords) -> Result<BTreeMap<DrawerKey, Sums>, Overflow> {
    let mut sums: BTreeMap<DrawerKey, Sums> = BTreeMap::new();
    for sale in &records.sales {
        let one = sums.entry((sale.journal, sale.shift)).or_default();
        one.cash = one.cash.plus(sale.cash)?;
        one.checks = one.checks.plus(sale.checks)?;
        one.sales = one.sales.saturating_add(1);
    }
    for moved in &records.moves {
        let one = sums.entry((moved.journal, moved.shift)).or_default();
        one.moved = one.moved.plus(moved.into_drawer)?;
    }
    Ok(sums)
}

fn deposit(records: &StoreRecords, from: &dyn Fn(Epoch) -> Seq) -> Vec<DepositLine> {
    let new = records.checks.iter().filter(|one| one.taken.seq >= from(one.taken.journal.epoch));
    let line = |one: &super::records::CheckFact| {
        let amount = one.taken.amount.minor();
        DepositLine {
            register: one.taken.journal.register.0,
            sale: one.taken.sale.0,
            number: one.taken.number.as_str().to_owned(),
            amount: if one.returned { amount.saturating_neg() } else { amount },
        }
    };
    new.map(line).collect()
}

/// What the journals' own figures say as they stand now.
fn of_journals(records: &StoreRecords, rules: &Rulebook) -> Vec<Found> {
    let mut found = Vec::new();
    let net = |of: Lifetime| of.takings.minus(of.payouts).unwrap_or_default();
    for state in &records.journals {
        let differ = net(state.expected).minus(net(state.received)).unwrap_or_default();
        let mut say = |code: Code, text: String, amount| {
            let (cause, level) = (format!("register {}", state.id.register), rules.level(code));
            let (journal, seq) = (state.id, state.next);
            found.push(Found { code, level, journal, seq, cause, text, amount });
        };
        if state.parked > 0 {
            let text = format!("{} records wait for others before them", state.parked);
            say(Code::Gap, text, Money::ZERO);
        }
        if state.next < state.expected_next {
            let count = state.expected_next.0.saturating_sub(state.next.0);
            let text = format!("register {} announced {count} records more", state.id.register);
            say(Code::NotHere, text, differ);
        } else if state.next == state.expected_next
            && state.next > Seq(0)
            && state.expected != state.received
        {
            let text = "takings and pay-outs are not what the register announced".to_owned();
            say(Code::ControlTotals, text, differ);
        }
    }
    found
}

/// Promises that nobody redeemed.
fn of_rain_checks(records: &StoreRecords, rules: &Rulebook) -> Vec<Found> {
    let open = records.rain_checks.iter().filter(|one| one.uses.is_empty());
    let found = |one: &Account| {
        let (check, code) = (&one.issued.check, Code::RainCheckOpen);
        let register = one.issued.happened.journal.register;
        Found {
            code,
            level: rules.level(code),
            journal: one.issued.happened.journal,
            seq: one.issued.happened.seq,
            cause: format!("{} of register {register}", check.number),
            text: format!("{}, good until {}", check.what, check.until),
            amount: match check.worth {
                Worth::Off(amount) => amount,
                Worth::Unsaid | Worth::Price(..) => Money::ZERO,
            },
        }
    };
    open.map(found).collect()
}

/// What the drawers' own figures say.
fn of_drawers(
    records: &StoreRecords,
    sums: &BTreeMap<DrawerKey, Sums>,
    rules: &Rulebook,
    from: &dyn Fn(Epoch) -> Seq,
) -> Result<Vec<Found>, Overflow> {
    let mut found = Vec::new();
    for drawer in &records.drawers {
        let journal = drawer.journal;
        let cause = format!("register {}, shift {}", journal.register, drawer.shift);
        let sum = sums.get(&(journal, drawer.shift)).copied().unwrap_or_default();
        let should = drawer.float.plus(sum.cash)?.plus(sum.moved)?;
        let mut say = |code: Code, seq: Seq, text: String, amount| {
            let (cause, level) = (cause.clone(), rules.level(code));
            found.push(Found { code, level, journal, seq, cause, text, amount });
        };
        let begun = drawer.opened.unwrap_or_default();
        match &drawer.closed {
            None => {
                let text = if drawer.opened.is_some() {
                    format!("{} should be in it, and nobody counted", should)
                } else {
                    format!("{} sales without an opened drawer", sum.sales)
                };
                say(Code::OpenShift, begun, text, should);
            }
            Some((at, _)) if *at < from(journal.epoch) => {}
            Some((at, close)) => {
                let cash = close.expected_cash.minus(should)?;
                let checks = close.expected_checks.minus(sum.checks)?;
                if cash != Money::ZERO || checks != Money::ZERO {
                    let text = format!(
                        "the register expects {} and checks of {}, its records come to {should} \
                         and {}",
                        close.expected_cash, close.expected_checks, sum.checks
                    );
                    say(Code::DrawerLedger, *at, text, cash.plus(checks)?);
                }
            }
        }
        if drawer.no_sales > rules.no_sale_max {
            let at = drawer.closed.as_ref().map_or(begun, |(at, _)| *at);
            let text = format!("opened {} times without a sale", drawer.no_sales);
            say(Code::NoSaleOften, at, text, Money::ZERO);
        }
    }
    Ok(found)
}

fn add_drawer(
    balance: &mut Balance,
    drawer: &DrawerFact,
    sum: Sums,
    rules: &Rulebook,
    from: &dyn Fn(Epoch) -> Seq,
) -> Result<(), Overflow> {
    let journal = drawer.journal;
    let should = drawer.float.plus(sum.cash)?.plus(sum.moved)?;
    let blank = |kind, amount: Money| Residual {
        kind,
        register: journal.register.0,
        epoch: journal.epoch.to_string(),
        shift: Some(drawer.shift.0),
        amount: amount.minor(),
        person: String::new(),
        second: None,
        outcome: String::new(),
        reason: String::new(),
    };
    let Some((at, close)) = &drawer.closed else {
        let seq = drawer.opened.unwrap_or_default();
        let left = blank(ResidualKind::Uncounted, should);
        let left = named(&balance.matters, Code::OpenShift, journal.epoch, seq, left);
        balance.residuals.push(left);
        return Ok(());
    };
    if *at < from(journal.epoch) {
        return Ok(());
    }
    let cashier = drawer.cashier.as_ref().map_or_else(String::new, ToString::to_string);
    balance.drawers.push(DrawerLine {
        register: journal.register.0,
        epoch: journal.epoch.to_string(),
        shift: drawer.shift.0,
        cashier: cashier.clone(),
        float: drawer.float.minor(),
        cash: sum.cash.minor(),
        moved: sum.moved.minor(),
        central: should.minor(),
        ledger: close.expected_cash.minor(),
        counted: close.counted_cash.minor(),
        central_checks: sum.checks.minor(),
        ledger_checks: close.expected_checks.minor(),
        counted_checks: close.counted_checks.minor(),
    });
    let grow = |sums: &mut ThreeWay, central: Money, ledger: Money, drawer: Money| {
        let add = |sum: i64, amount: Money| sum.checked_add(amount.minor()).ok_or(Overflow);
        *sums = ThreeWay {
            central: add(sums.central, central)?,
            ledger: add(sums.ledger, ledger)?,
            drawer: add(sums.drawer, drawer)?,
        };
        Ok(())
    };
    grow(&mut balance.cash, should, close.expected_cash, close.counted_cash)?;
    grow(&mut balance.checks, sum.checks, close.expected_checks, close.counted_checks)?;
    let free =
        close.over_short()?.minor().unsigned_abs() <= rules.drawer_free.minor().unsigned_abs();
    for (kind, code, amount) in [
        (
            ResidualKind::DrawerCash,
            Code::DrawerVariance,
            close.counted_cash.minus(close.expected_cash)?,
        ),
        (
            ResidualKind::DrawerChecks,
            Code::DrawerVariance,
            close.counted_checks.minus(close.expected_checks)?,
        ),
        (ResidualKind::LedgerCash, Code::DrawerLedger, close.expected_cash.minus(should)?),
        (ResidualKind::LedgerChecks, Code::DrawerLedger, close.expected_checks.minus(sum.checks)?),
    ] {
        if amount == Money::ZERO {
            continue;
        }
        let mut left = named(&balance.matters, code, journal.epoch, *at, blank(kind, amount));
        if left.person.is_empty() && code == Code::DrawerVariance && free && !cashier.is_empty() {
            left.person = cashier.clone();
            "Within the free amount".clone_into(&mut left.outcome);
            left.reason = format!(
                "rules {}: a drawer may be over or short by {}",
                rules.version, rules.drawer_free
            );
        }
        balance.residuals.push(left);
    }
    Ok(())
}

/// The residual with who answers for it, where a decision covers that finding.
fn named(matters: &[Matter], code: Code, epoch: Epoch, seq: Seq, mut left: Residual) -> Residual {
    let mut settled = matters
        .iter()
        .filter(|matter| matter.code == code)
        .filter_map(|matter| matter.settled_at(epoch, seq));
    if let Some(decided) = settled.next() {
        name(&mut left, decided);
    }
    left
}

fn name(left: &mut Residual, decided: &Decided) {
    left.person = decided.by.to_string();
    left.second = decided.decision.second.as_ref().map(|second| second.by.to_string());
    decided.decision.action.label().clone_into(&mut left.outcome);
    left.reason.clone_from(&decided.decision.reason);
}

/// What a journal says its money is, against its records that could be read.
fn add_lifetime(
    balance: &mut Balance,
    records: &StoreRecords,
    state: &JournalState,
    last: Option<&Certificate>,
) -> Result<(), Overflow> {
    let epoch = state.id.epoch;
    let from = last_next(last, epoch);
    let before =
        last.and_then(|last| last.heads.iter().find(|head| head.epoch == epoch.to_string()));
    let before = before.map_or(0, |head| head.takings.saturating_sub(head.payouts));
    let stated = state.received.takings.minus(state.received.payouts)?;
    let stated = stated.minus(Money::from_minor(before))?;
    let sold = records.sales.iter().filter(|sale| sale.journal == state.id && sale.seq >= from);
    let moved = |one: &&MoveFact| one.journal == state.id && one.seq >= from;
    let mut summed = Money::ZERO;
    for sale in sold {
        summed = summed.plus(sale.total)?.plus(sale.rounding)?;
    }
    for one in records.moves.iter().filter(moved) {
        summed = summed.plus(one.into_store)?;
    }
    let differ = stated.minus(summed)?;
    if differ == Money::ZERO || state.projected < state.next {
        return Ok(());
    }
    let mut left = Residual {
        kind: ResidualKind::Lifetime,
        register: state.id.register.0,
        epoch: epoch.to_string(),
        shift: None,
        amount: differ.minor(),
        person: String::new(),
        second: None,
        outcome: String::new(),
        reason: String::new(),
    };
    // The rule that tells of the record names it: money that does not follow, or a record that
    // nobody can read.
    // Or its key was revoked, or changed for another one: what an earlier closure counted and
    // counts no more is taken back.
    let settled = balance.matters.iter().filter(|matter| ABOUT_RECORDS.contains(&matter.code));
    let mut settled = settled.flat_map(|matter| &matter.settled).filter(|(_, found)| {
        found.iter().any(|one| {
            one.journal.epoch == epoch && (one.seq >= from || KEYS_ENDED.contains(&one.code))
        })
    });
    if let Some((decided, _)) = settled.next() {
        name(&mut left, decided);
    }
    balance.residuals.push(left);
    Ok(())
}

/// A sale that does not add up leaves its difference in the sums.
fn add_odd_sale(balance: &mut Balance, sale: &SaleFact) -> Result<(), Overflow> {
    let paid = sale.cash.plus(sale.checks)?.minus(sale.total.plus(sale.rounding)?)?;
    let summed = sale.subtotal.plus(sale.tax)?.minus(sale.total)?;
    for (kind, amount) in [(ResidualKind::Paid, paid), (ResidualKind::Summed, summed)] {
        if amount == Money::ZERO {
            continue;
        }
        let left = Residual {
            kind,
            register: sale.journal.register.0,
            epoch: sale.journal.epoch.to_string(),
            shift: Some(sale.shift.0),
            amount: amount.minor(),
            person: String::new(),
            second: None,
            outcome: String::new(),
            reason: String::new(),
        };
        let epoch = sale.journal.epoch;
        let left = named(&balance.matters, Code::Arithmetic, epoch, sale.seq, left);
        balance.residuals.push(left);
    }
    Ok(())
}

fn add_not_here(balance: &mut Balance, records: &StoreRecords) {
    for matter in balance.matters.iter().filter(|matter| matter.code == Code::NotHere) {
        let settled = matter
            .settled
            .iter()
            .flat_map(|(decided, found)| found.iter().map(move |one| (Some(decided), one)));
        for (decided, one) in settled.chain(matter.open.iter().map(|one| (None, one))) {
            let mut left = Residual {
                kind: ResidualKind::NotHere,
                register: one.journal.register.0,
                epoch: one.journal.epoch.to_string(),
                shift: None,
                amount: one.amount.minor(),
                person: String::new(),
                second: None,
                outcome: String::new(),
                reason: String::new(),
            };
            if let Some(decided) = decided {
                name(&mut left, decided);
            }
            if records.journals.iter().any(|state| state.id == one.journal) {
                balance.residuals.push(left);
            }
        }
    }
}

/// What keeps the store open, the most pressing first.
fn missing(balance: &Balance, records: &StoreRecords, last: Option<&Certificate>) -> Vec<Lack> {
    let mut missing = Vec::new();
    for state in &records.journals {
        let records = state.next.0.saturating_sub(state.projected.0);
        if records > 0 {
            missing.push(Lack::Unread { records, register: state.id.register.0 });
        }
    }
    if records.more_found {
        missing.push(Lack::MoreFound { looked_at: records.found.len() });
    }
    let mut due: BTreeMap<(std::cmp::Reverse<Level>, Code), (usize, Money)> = BTreeMap::new();
    for matter in balance.matters.iter().filter(|matter| matter.is_due()) {
        let one = due.entry((std::cmp::Reverse(matter.level), matter.code)).or_default();
        one.0 = one.0.saturating_add(matter.open.len());
        one.1 = one.1.plus(matter.open_sum()).unwrap_or(one.1);
    }
    for ((_, code), (count, sum)) in due {
        let (code, sum) = (code.word().to_owned(), sum.minor());
        missing.push(Lack::NotDecided { code, count, sum });
    }
    let told: BTreeSet<ResidualKind> = BTreeSet::from([
        ResidualKind::NotHere,
        ResidualKind::Uncounted,
        ResidualKind::LedgerCash,
        ResidualKind::LedgerChecks,
        ResidualKind::Paid,
        ResidualKind::Summed,
    ]);
    let record_is_open =
        balance.matters.iter().any(|one| ABOUT_RECORDS.contains(&one.code) && one.is_due());
    let mut bare = balance.residuals.iter().filter(|one| one.person.is_empty());
    let variance_is_open =
        balance.matters.iter().any(|one| one.code == Code::DrawerVariance && one.is_due());
    if let Some(one) = bare.find(|one| {
        let of_drawer = matches!(one.kind, ResidualKind::DrawerCash | ResidualKind::DrawerChecks);
        let explained =
            of_drawer && variance_is_open || one.kind == ResidualKind::Lifetime && record_is_open;
        !told.contains(&one.kind) && !explained
    }) {
        let (kind, amount, register) = (one.kind, one.amount, one.register);
        missing.push(Lack::Unnamed { kind, amount, register });
    }
    let moved = balance.heads.iter().any(|head| head.next > head.from);
    if !moved {
        missing.push(match last {
            Some(last) => Lack::NothingSince { closure: last.number },
            None => Lack::NobodySpoke,
        });
    }
    missing
}
