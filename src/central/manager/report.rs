//! The reconciliation as one value: the same figures in the same order as the page, for other
//! programs and for a register's window.

use crate::central::close::Reconciliation;
use crate::domain::decision::Action;
use crate::domain::ids::RegisterNo;
use crate::domain::money::Money;
use crate::reconcile::exception::Code;
use crate::reconcile::matters::Matter;
use crate::reconcile::records::{Decided, Found};
use crate::reconcile::report::{
    Asked, Closed, FoundLine, LINES_MAX, Lack, MatterLine, Report, SHOWN_MAX, Settled, TaskLine,
};

use super::registers;

/// A store as it stands.
pub(in crate::central) fn of(now: &Reconciliation) -> Report {
    let balance = &now.balance;
    let open = balance.matters.iter().filter(|one| !one.open.is_empty());
    let over = overcharges(now);
    let overcharged = Money::sum(over.iter().map(|one| one.amount)).unwrap_or_default();
    let closures = now.closures.iter().rev().map(|one| Closed {
        number: one.certificate.number,
        at: one.certificate.at.clone(),
        by: one.certificate.by.clone(),
        by_name: one.certificate.by_name.clone(),
        digest: one.digest(),
    });
    Report {
        store: now.records.store.0,
        name: now.facts.name.clone(),
        currency: now.facts.currency.code().to_owned(),
        registers: registers::rows(now),
        something_new: registers::something_new(now),
        sales: balance.sales,
        cash: balance.cash,
        checks: balance.checks,
        two_people_above: now.rules.two_people_above.minor(),
        matters: open.map(|one| matter(now, one)).collect(),
        overcharges: over.iter().take(LINES_MAX).map(|one| found(now, one)).collect(),
        overcharged: overcharged.minor(),
        tasks: tasks(now),
        residuals: balance.residuals.clone(),
        deposit: balance.deposit.clone(),
        decided: settled(now),
        missing: balance.missing.iter().map(Lack::to_string).collect(),
        lacks: balance.missing.clone(),
        closures: closures.collect(),
    }
}

fn matter(now: &Reconciliation, one: &Matter) -> MatterLine {
    MatterLine {
        code: one.code.word().to_owned(),
        title: one.code.title().to_owned(),
        level: one.level.word().to_owned(),
        cause: one.cause.clone(),
        about: about(one),
        open: one.open.len(),
        amount: one.open_sum().minor(),
        due: one.is_due(),
        meaning: one.code.meaning().to_owned(),
        text: one.open.first().map_or_else(String::new, |found| found.text.clone()),
        registers: registers_of(&one.open).into_iter().map(|register| register.0).collect(),
        found: one.open.iter().take(SHOWN_MAX).map(|one| found(now, one)).collect(),
        changed: one.changed,
        asked: asked(one),
    }
}

/// A finding as page and window show it.
pub(super) fn found(now: &Reconciliation, one: &Found) -> FoundLine {
    let sale = now.records.sale_at(&one.journal, one.seq);
    FoundLine {
        register: one.journal.register.0,
        record: one.seq.0,
        sale: sale.map(|sale| (sale.number.0, sale.day.to_string())),
        text: one.text.clone(),
        amount: one.amount.minor(),
    }
}

/// The root cause as people read it.
pub(super) fn about(matter: &Matter) -> String {
    let first = matter.open.first().map_or("", |one| one.text.as_str());
    match matter.code {
        // Their causes are codes; the words name the item.
        Code::UnknownItem
        | Code::PriceDiffers
        | Code::KeyedPrice
        | Code::PriceNotInForce
        | Code::ReturnedTwice
        | Code::ReturnOfAnother => first.to_owned(),
        Code::CheckAboveLimit => format!("{} by a lead", matter.cause),
        Code::RainCheckOpen => format!("{}: {first}", matter.cause),
        _ if !matter.cause.is_empty() => matter.cause.clone(),
        _ if matter.open.len() == 1 => first.to_owned(),
        _ => match registers_of(&matter.open).as_slice() {
            [one] => format!("register {one}"),
            all => format!("{} registers", all.len()),
        },
    }
}

/// The question that is open.
pub(super) fn asked(matter: &Matter) -> Option<Asked> {
    let asked = matter.asked.as_ref()?;
    let Action::Ask { person } = &asked.decision.action else { return None };
    let (by, reason) = (asked.by.to_string(), asked.decision.reason.clone());
    Some(Asked { by, person: person.to_string(), reason })
}

/// What customers paid too much, as far as it is open.
pub(super) fn overcharges(now: &Reconciliation) -> Vec<&Found> {
    let over = |one: &&Matter| {
        matches!(one.code, Code::PriceDiffers | Code::PriceNotInForce | Code::TaxDiffers)
    };
    let open = now.balance.matters.iter().filter(over).flat_map(|one| &one.open);
    open.filter(|one| one.amount > Money::ZERO).collect()
}

fn decided(now: &Reconciliation) -> Vec<(&Matter, &Decided)> {
    let all = now.balance.matters.iter();
    let mut all: Vec<(&Matter, &Decided)> =
        all.flat_map(|one| one.settled.iter().map(move |(decided, _)| (one, decided))).collect();
    all.sort_by_key(|(_, decided)| std::cmp::Reverse(decided.seq));
    all
}

fn settled(now: &Reconciliation) -> Vec<Settled> {
    let line = |(matter, decided): (&Matter, &Decided)| Settled {
        code: matter.code.word().to_owned(),
        cause: matter.cause.clone(),
        count: decided.decision.count,
        sum: decided.decision.sum.minor(),
        action: decided.decision.action.word().to_owned(),
        by: decided.by.to_string(),
        second: decided.decision.second.as_ref().map(|second| second.by.to_string()),
        reason: decided.decision.reason.clone(),
    };
    decided(now).into_iter().take(LINES_MAX).map(line).collect()
}

/// Places that somebody is to count, of this closure.
fn tasks(now: &Reconciliation) -> Vec<TaskLine> {
    let task = |(matter, decided): (&Matter, &Decided)| match &decided.decision.action {
        Action::Count { area } if !crate::central::close::is_closed(now, decided) => {
            let about = if matter.cause.is_empty() {
                matter.code.title().to_owned()
            } else {
                matter.cause.clone()
            };
            Some(TaskLine { area: area.clone(), about, by: decided.by.to_string() })
        }
        _ => None,
    };
    decided(now).into_iter().filter_map(task).collect()
}

fn registers_of(found: &[Found]) -> Vec<RegisterNo> {
    let mut all: Vec<_> = found.iter().map(|one| one.journal.register).collect();
    all.sort_unstable();
    all.dedup();
    all
}
