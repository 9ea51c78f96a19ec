//! Money that goes back, prices that come down, amounts that stay just below a limit.

use std::collections::BTreeMap;

use crate::domain::event::Event;
use crate::domain::goods::reason::StockReason;
use crate::domain::ids::PersonId;
use crate::domain::quantity::Quantity;
use crate::domain::sale::Reason;
use crate::domain::time::BusinessDate;
use crate::reconcile::exception::{Code, Exception};

use super::{Day, Deed, is_changed, minutes, near_limit};

pub(super) fn look(day: &Day<'_>) -> Vec<Exception> {
    let mut found = late_voids(day);
    found.extend(often(day));
    found.extend(just_below(day));
    found.extend(covered_up(day));
    found
}

/// A sale that is taken back long after the customer left.
fn late_voids(day: &Day<'_>) -> Vec<Exception> {
    let mut found = Vec::new();
    for deed in day.deeds {
        let Event::Void(void) = &deed.event else { continue };
        let Some(link) = &void.terms.link else { continue };
        let Some(sold) = day.sold_at(link.epoch, link.seq) else { continue };
        let passed = deed.after(&sold).unwrap_or(0);
        if passed > minutes(day.limits.void_minutes) {
            let text = format!(
                "sale {} was taken back {} minutes after it was paid, by {}",
                link.number,
                passed.div_euclid(60_000),
                deed.person()
            );
            let one = deed.says(Code::VoidLate, text, format!("person {}", deed.person()));
            found.push(one.about(void.total));
        }
    }
    found
}

/// Voids, lines taken out and prices changed, by shift.
fn often(day: &Day<'_>) -> Vec<Exception> {
    let voids = |deed: &Deed| u64::from(matches!(deed.event, Event::Void(_)));
    let count = |len: usize| u64::try_from(len).unwrap_or(u64::MAX);
    let lines_out = |deed: &Deed| match &deed.event {
        Event::Sale(sale) => count(sale.lines.iter().filter(|line| line.voided).count()),
        _ => 0,
    };
    let prices = |deed: &Deed| match &deed.event {
        Event::Sale(sale) => {
            let counted = sale.lines.iter().filter(|line| !line.voided && is_changed(line));
            count(counted.count())
        }
        _ => 0,
    };
    let limits = day.limits;
    let mut found = Vec::new();
    let mut say = |code, what: &str, rows: Vec<(&Deed, u64, u64)>| {
        for (last, count, sales) in rows {
            let register = last.register();
            let text = format!(
                "register {register}: {count} {what} in {sales} sales, far more than elsewhere; \
                 the last by {}",
                last.person()
            );
            found.push(last.says(code, text, format!("person {}", last.person())));
        }
    };
    say(Code::VoidsOften, "sales taken back", day.often(limits.voids_max, voids));
    say(Code::LineVoidsOften, "lines taken out", day.often(limits.line_voids_max, lines_out));
    say(Code::PriceChangesOften, "prices changed", day.often(limits.price_changes_max, prices));
    found
}

/// Amounts of one person and day that stay just below what somebody else would have to sign for.
fn just_below(day: &Day<'_>) -> Vec<Exception> {
    let mut near: BTreeMap<(Option<&PersonId>, BusinessDate), Vec<&Deed>> = BTreeMap::new();
    for deed in day.deeds {
        let (Some(sale), Some(facts)) = (deed.sale(), &deed.facts) else { continue };
        if near_limit(sale, facts).is_some() {
            near.entry((deed.by.as_ref(), deed.day)).or_default().push(deed);
        }
    }
    let mut found = Vec::new();
    for deeds in near.into_values() {
        let count = u32::try_from(deeds.len()).unwrap_or(u32::MAX);
        let Some(last) = deeds.last().filter(|_| count > day.limits.below_limit_max) else {
            continue;
        };
        let limit = last.sale().zip(last.facts.as_ref()).and_then(|(s, f)| near_limit(s, f));
        let limit = limit.map_or_else(String::new, |(_, limit)| format!(" of {limit}"));
        let text = format!(
            "{} of one day stay within a tenth below the limit{limit}, all by {}",
            deeds.len(),
            last.person()
        );
        found.push(last.says(Code::JustBelowLimit, text, format!("person {}", last.person())));
    }
    found
}

/// Goods written off by the very person who had just taken money back for them. What came back
/// damaged is written off rightly.
fn covered_up(day: &Day<'_>) -> Vec<Exception> {
    let mut found = Vec::new();
    for deed in day.deeds {
        let Event::StockDelta(change) = &deed.event else { continue };
        if matches!(change.reason, StockReason::TransferOut | StockReason::ReturnToVendor) {
            continue;
        }
        for line in change.lines.iter().filter(|line| line.delta < Quantity::default()) {
            let before = day.deeds.iter().find(|other| {
                let given_back = matches!(other.event, Event::Refund(_) | Event::Void(_));
                let soon = deed.after(&other.happened);
                let soon = soon.is_some_and(|ms| ms <= minutes(day.limits.cover_minutes));
                given_back
                    && soon
                    && other.by.is_some()
                    && other.by == deed.by
                    && other.sale().is_some_and(|sale| {
                        let damaged = sale.terms.link.as_ref();
                        let damaged = damaged.is_some_and(|link| link.reason == Reason::Damaged);
                        !damaged
                            && sale.lines.iter().any(|one| !one.voided && one.code == line.code)
                    })
            });
            let Some(before) = before else { continue };
            let text = format!(
                "{} wrote off {} of {} ({}), after money went back for it at register {}",
                deed.person(),
                line.delta,
                line.code,
                change.reason.word(),
                before.register()
            );
            let cause = format!("person {}", deed.person());
            found.push(deed.says(Code::StockCover, text, cause));
            break;
        }
    }
    found
}
