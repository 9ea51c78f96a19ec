//! Drawers and what is rung up at them, sales put aside, outages and journals.

use crate::domain::event::Event;
use crate::domain::ids::{PersonId, ShiftNo};
use crate::domain::outage::System;
use crate::domain::time::BusinessDate;
use crate::reconcile::exception::{Code, Exception, Level};
use crate::reconcile::goods::Happened;

use super::{Day, Deed, minutes};

/// A drawer is compared once it was open for an hour.
const OPEN_MS: u64 = 3_600_000;

pub(super) fn look(day: &Day<'_>) -> Vec<Exception> {
    let drawers = drawers(day);
    let mut found = at_two_drawers(&drawers);
    found.extend(slow(day, &drawers));
    found.extend(parked(day));
    found.extend(alone_in_an_outage(day));
    found.extend(new_journals(day));
    found
}

struct Drawer<'a> {
    deed: &'a Deed,
    day: BusinessDate,
    shift: ShiftNo,
    cashier: &'a PersonId,
    closed: Option<Happened>,
}

fn drawers<'a>(day: &Day<'a>) -> Vec<Drawer<'a>> {
    let mut drawers: Vec<Drawer<'_>> = Vec::new();
    for deed in day.deeds {
        match &deed.event {
            Event::ShiftOpen { shift, cashier, .. } => {
                let (day, shift) = (deed.day, *shift);
                drawers.push(Drawer { deed, day, shift, cashier, closed: None });
            }
            Event::ShiftClose(close) => {
                let open = drawers.iter_mut().find(|drawer| {
                    drawer.deed.happened.journal == deed.happened.journal
                        && drawer.shift == close.shift
                });
                if let Some(drawer) = open {
                    drawer.closed = Some(deed.happened);
                }
            }
            _ => {}
        }
    }
    drawers.sort_by_key(|drawer| drawer.deed.happened.order());
    drawers
}

/// One person's drawers at two registers at once.
fn at_two_drawers(drawers: &[Drawer<'_>]) -> Vec<Exception> {
    let mut found = Vec::new();
    for (place, later) in drawers.iter().enumerate() {
        let earlier = drawers.iter().take(place).find(|first| {
            let over = first.closed.is_some_and(|at| at.at.utc_ms <= later.deed.happened.at.utc_ms);
            first.cashier == later.cashier
                && first.deed.register() != later.deed.register()
                && first.day == later.day
                && !over
        });
        if let Some(first) = earlier {
            let cashier = later.cashier;
            let text = format!(
                "{cashier} has the drawer of register {} while that of register {} is open in the \
                 same name",
                later.deed.register(),
                first.deed.register()
            );
            found.push(later.deed.says(Code::PersonTwice, text, format!("person {cashier}")));
        }
    }
    found
}

/// A drawer with far fewer sales an hour than the store's others of that day.
fn slow(day: &Day<'_>, drawers: &[Drawer<'_>]) -> Vec<Exception> {
    let mut rates = Vec::new();
    for drawer in drawers {
        let Some(closed) = drawer.closed else { continue };
        let open_ms = closed.at.utc_ms.saturating_sub(drawer.deed.happened.at.utc_ms);
        let open_ms = u64::try_from(open_ms).unwrap_or(0);
        if open_ms < OPEN_MS {
            continue;
        }
        let shift = (drawer.deed.happened.journal, drawer.shift);
        let sales = day.sales.get(&shift).copied().unwrap_or(0);
        // Sales in a hundred hours, so that whole numbers tell enough.
        let rate = sales.saturating_mul(360_000_000).checked_div(open_ms).unwrap_or(0);
        rates.push((drawer, rate));
    }
    let mut found = Vec::new();
    for (drawer, rate) in &rates {
        let others = rates.iter().filter(|(other, _)| {
            other.day == drawer.day && other.deed.happened != drawer.deed.happened
        });
        let (count, sum) = others.fold((0_u64, 0_u64), |(count, sum), (_, rate)| {
            (count.saturating_add(1), sum.saturating_add(*rate))
        });
        let Some(mean) = sum.checked_div(count).filter(|_| count >= 2) else { continue };
        let least = mean.saturating_mul(u64::from(day.limits.slow_percent));
        if rate.saturating_mul(100) < least {
            let hourly = |rate: u64| rate.div_euclid(100);
            let text = format!(
                "the drawer of {} at register {}: {} sales an hour, the others {}",
                drawer.cashier,
                drawer.deed.register(),
                hourly(*rate),
                hourly(mean)
            );
            let cause = format!("person {}", drawer.cashier);
            found.push(drawer.deed.says(Code::DrawerSlow, text, cause));
        }
    }
    found
}

/// A sale that was put aside and stayed there.
fn parked(day: &Day<'_>) -> Vec<Exception> {
    let newest = day.deeds.iter().max_by_key(|deed| deed.happened.at.utc_ms);
    let mut found = Vec::new();
    for (place, deed) in day.deeds.iter().enumerate() {
        let Event::SaleSuspended(aside) = &deed.event else { continue };
        // One that waits for a card's answer has a rule of its own, which its ending closes.
        if aside.reason.is_card() || aside.basket.terms.card_pending.is_some() {
            continue;
        }
        let Happened { journal, seq, .. } = deed.happened;
        // By a record's name where another register took it up, else by its slip, later here.
        let taken_up = day.deeds.iter().enumerate().find(|(later, other)| match &other.event {
            Event::SaleResumed { of: Some(of), .. } => (of.epoch, of.seq) == (journal.epoch, seq),
            Event::SaleResumed { slip, of: None, .. } => {
                *slip == aside.slip && other.happened.journal == journal && *later > place
            }
            _ => false,
        });
        let until = taken_up.map(|(_, deed)| deed).or(newest);
        let Some(ms) = until.and_then(|until| until.after(&deed.happened)) else { continue };
        if ms > minutes(day.limits.parked_minutes) {
            let how = if taken_up.is_some() { "lay aside for" } else { "lies aside since" };
            let text = format!(
                "a sale of {} {how} {} minutes at register {}, put there by {}",
                aside.total,
                ms.div_euclid(60_000),
                deed.register(),
                deed.person()
            );
            let cause = format!("person {}", deed.person());
            found.push(deed.says(Code::ParkedSale, text, cause).about(aside.total));
        }
    }
    found
}

/// An outage of all selling that one register declared, while central heard from others of the
/// same store: their line was up.
fn alone_in_an_outage(day: &Day<'_>) -> Vec<Exception> {
    let free_ms = i64::try_from(minutes(day.limits.outage_minutes)).unwrap_or(i64::MAX);
    let mut found = Vec::new();
    for deed in day.deeds {
        let Event::OutageDeclared(outage) = &deed.event else { continue };
        if !outage.systems.contains(&System::PointOfSale) {
            continue;
        }
        let ended = day.deeds.iter().find(|other| {
            matches!(&other.event, Event::OutageEnded { outage: ended, .. } if *ended == outage.id)
        });
        let last = day.deeds.iter().rfind(|other| other.happened.journal == deed.happened.journal);
        let Some(end) = ended.or(last) else { continue };
        let from = deed.happened.at.utc_ms.saturating_add(free_ms);
        let until = end.happened.at.utc_ms.saturating_sub(free_ms);
        let heard = day.view.conduct.heard.iter();
        let meanwhile = heard
            .filter(|(register, at)| *register != deed.register() && (from..=until).contains(at));
        let mut registers: Vec<u16> = meanwhile.map(|(register, _)| register.0).collect();
        registers.sort_unstable();
        registers.dedup();
        if registers.is_empty() {
            continue;
        }
        let names: Vec<String> = registers.iter().take(5).map(ToString::to_string).collect();
        let text = format!(
            "{} declared an outage at register {}, and central heard from register {} of the store \
             meanwhile: its line was up",
            deed.person(),
            deed.register(),
            names.join(", ")
        );
        found.push(deed.says(Code::OutageAlone, text, outage.id.to_string()));
    }
    found
}

/// A register that began a new journal: its machine was set up anew, put back, or lost its key. One
/// that the journal before names by its key, at its end, was to come.
fn new_journals(day: &Day<'_>) -> Vec<Exception> {
    let mut found = Vec::new();
    for deed in day.deeds {
        let Event::EpochOpen(open) = &deed.event else { continue };
        let Some(follows) = &open.follows else { continue };
        let end = day.deeds.iter().find_map(|other| match &other.event {
            Event::KeyRotated(next) if other.happened.journal.epoch == follows.epoch => {
                Some((next, other.happened.seq.next()))
            }
            _ => None,
        });
        let named = end.is_some_and(|(next, length)| {
            next.public_key == open.public_key && length == follows.next_seq
        });
        if named {
            continue;
        }
        // Whoever copied a register's data has two that sell in its name, each in its own journal.
        let goes_on = day.deeds.iter().any(|other| {
            other.happened.journal.epoch == follows.epoch && other.happened.seq >= follows.next_seq
        });
        let other_key = if end.is_some() { ", under another key than that one named" } else { "" };
        let and = if goes_on { "; and the old one goes on, elsewhere" } else { "" };
        let text = format!(
            "register {} began a new journal after record {} of {}{other_key}: {}{and}",
            deed.register(),
            follows.next_seq.0.saturating_sub(1),
            follows.epoch,
            follows.reason
        );
        let cause = format!("register {}", deed.register());
        let new = deed.says(Code::NewJournal, text, cause);
        found.push(if goes_on { new.weighing(Level::Review) } else { new });
    }
    found
}
