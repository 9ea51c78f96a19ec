//! Accounts for a drill: what its baskets should have come to, what its journals hold, what
//! central says, and whether the three agree.

use crate::domain::event::Event;
use crate::domain::money::Overflow;
use crate::domain::sale::CompletedSale;
use crate::journal::verify::{Depth, Known};
use crate::ledger::Reader;
use crate::reconcile::totals::Totals as Sums;

use super::baskets::Basket;
use super::expect::{self, Expected};
use super::lane::Lane;
use super::play::{DrillError, Play, each_record};
use super::prove::{Base, SoFar, prove};
use super::report::{JournalEntry, NotSold, Report, SumsEntry, Totals};
use super::schedule::{Act, Ring};
use super::tally::BasketEntry;

/// What became of a basket, as a journal holds it.
enum Recorded {
    Sold(Box<CompletedSale>),
    GivenUp,
}

/// Writes the report of a drill that was played to its end.
///
/// # Errors
/// [`DrillError`] when a journal can't be read or central does not answer.
pub fn account(play: &mut Play<'_>, acts: &[Act], base: &Base<'_>) -> Result<Report, DrillError> {
    let mut differences = play.violations.clone();
    let mut expected_sums = Sums::default();
    let mut ledger_sums = Sums::default();
    let mut baskets = Vec::new();
    let mut not_sold = Vec::new();
    let mut recorded: Vec<std::vec::IntoIter<Recorded>> = Vec::new();
    for lane in &play.lanes {
        recorded.push(baskets_of(lane)?.into_iter());
    }
    for ring in acts.iter().filter_map(|act| match act {
        Act::Ring(ring) => Some(ring),
        Act::Moment(_) | Act::Piece(..) => None,
    }) {
        let name = &ring.basket.id;
        if let Expected::NoTrace(why) = &ring.expected {
            not_sold.push(NotSold { basket: name.clone(), why: why.clone() });
            continue;
        }
        let found = recorded.get_mut(ring.lane).and_then(Iterator::next);
        match (&ring.expected, found) {
            (Expected::Sold(expected), Some(Recorded::Sold(sale))) => {
                expected_sums = sum(expected_sums, expected, &mut differences);
                ledger_sums = sum(ledger_sums, &sale, &mut differences);
                compare(ring, expected, &sale, &mut differences);
                let register = u16::try_from(ring.lane.saturating_add(1)).unwrap_or(u16::MAX);
                match BasketEntry::of(name, register, &sale) {
                    Ok(entry) => baskets.push(entry),
                    Err(Overflow) => differences.push(format!("{name}: absurd amounts")),
                }
            }
            (Expected::GivenUp(why), Some(Recorded::GivenUp)) => {
                not_sold.push(NotSold { basket: name.clone(), why: why.clone() });
            }
            (Expected::Sold(_), Some(Recorded::GivenUp)) => {
                differences.push(format!("{name} should have been sold and was given up"));
            }
            (Expected::GivenUp(why), Some(Recorded::Sold(_))) => {
                differences.push(format!("{name} was sold, though: {why}"));
            }
            (Expected::Sold(_) | Expected::GivenUp(_), None) => {
                differences.push(format!("{name} is in no journal"));
            }
            (Expected::NoTrace(_), _) => {}
        }
    }
    for (lane, left) in play.lanes.iter().zip(&recorded) {
        if left.len() > 0 {
            let (number, more) = (lane.number, left.len());
            differences.push(format!("register {number} holds {more} sales more than baskets"));
        }
    }
    if let Some(desk) = &play.desk {
        // What pieces sold has no basket: it is counted again from its lines and payments.
        each_record(&desk.lane, &mut |envelope| {
            let Ok(Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale)) = envelope.event()
            else {
                return;
            };
            ledger_sums = sum(std::mem::take(&mut ledger_sums), &sale, &mut differences);
            match expect::again(&sale, envelope.header.date, base.book) {
                Some(again) => {
                    let so_far = std::mem::take(&mut expected_sums);
                    expected_sums = sum(so_far, &again, &mut differences);
                }
                None => differences.push(format!("the desk's sale {} is absurd", sale.number)),
            }
        })?;
    }
    finish(play, base, Found { differences, expected_sums, ledger_sums, baskets, not_sold })
}

struct Found {
    differences: Vec<String>,
    expected_sums: Sums,
    ledger_sums: Sums,
    baskets: Vec<BasketEntry>,
    not_sold: Vec<NotSold>,
}

fn finish(play: &mut Play<'_>, base: &Base<'_>, found: Found) -> Result<Report, DrillError> {
    let Found { mut differences, expected_sums, ledger_sums, baskets, not_sold } = found;
    let mut journals = Vec::new();
    for lane in play.lanes.iter().chain(play.desk.as_ref().map(|desk| &desk.lane)) {
        for journal in journals_of(lane)? {
            if journal.pending > 0 {
                let (number, pending) = (journal.register, journal.pending);
                differences.push(format!("register {number}: {pending} records not at central"));
            }
            for finding in &journal.findings {
                differences.push(format!("register {}: {finding}", journal.register));
            }
            journals.push(journal);
        }
    }
    let expected = SumsEntry::from(&expected_sums);
    let ledger = SumsEntry::from(&ledger_sums);
    let (central_sums, groups) = match play.lanes.first() {
        None => (None, Vec::new()),
        Some(lane) => {
            let settings = lane.data.settings()?;
            let line = settings.central.clone();
            let line = line.ok_or(super::backhaul::BackhaulError::NotEnrolled(lane.number))?;
            let count = ledger_sums.sales.saturating_add(ledger_sums.refunds);
            let sums = play.backhaul.totals(&line, settings.store, count)?;
            (Some(sums), play.backhaul.exceptions(&line, settings.store)?)
        }
    };
    let none = || SumsEntry::from(&Sums::default());
    let central = central_sums.as_ref().map_or_else(none, SumsEntry::from);
    let findings: Vec<String> = journals
        .iter()
        .flat_map(|journal: &JournalEntry| journal.findings.iter().cloned())
        .collect();
    let so_far = SoFar {
        totals: (&ledger, &central),
        central: central_sums.as_ref(),
        groups: &groups,
        findings: &findings,
    };
    let claims = prove(play, base, &so_far)?;
    for claim in claims.iter().filter(|claim| !claim.holds) {
        differences.push(format!("not proved: {}: {}", claim.kind.replace('_', " "), claim.text));
    }
    if expected != ledger {
        differences.push("the ledger's totals are not the expected ones".to_owned());
    }
    if central != ledger {
        differences.push("central's totals are not the ledger's".to_owned());
    }
    let after_power_cuts =
        play.lanes.iter().flat_map(|lane| lane.after_power_cuts.iter().cloned()).collect();
    Ok(Report {
        scenario: format!("{}: {}", play.scenario.id, play.scenario.title),
        agrees: differences.is_empty(),
        differences,
        totals: Totals { expected, ledger, central },
        baskets,
        not_sold,
        moments: play.moments.clone(),
        after_power_cuts,
        journals,
        exceptions: groups.iter().map(super::backhaul::ExceptionGroup::line).collect(),
        claims,
    })
}

fn baskets_of(lane: &Lane) -> Result<Vec<Recorded>, DrillError> {
    let mut recorded = Vec::new();
    each_record(lane, &mut |envelope| match envelope.event() {
        Ok(Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale)) => {
            recorded.push(Recorded::Sold(Box::new(sale)))
        }
        Ok(Event::SaleAbandoned(_)) => recorded.push(Recorded::GivenUp),
        _ => {}
    })?;
    Ok(recorded)
}

fn journals_of(lane: &Lane) -> Result<Vec<JournalEntry>, DrillError> {
    let reader = Reader::open(&lane.data.place(&lane.data.settings()?))?;
    let mut entries = Vec::new();
    for journal in reader.journals()? {
        let report = reader.verify(&journal, Depth::Full, Known::default(), &mut |_| ())?;
        let held = reader.last_ack(&journal)?.map_or(0, |ack| ack.next_seq.0);
        let finding = |finding: &crate::journal::verify::Finding| {
            format!("record {}: {}: {}", finding.seq, finding.class.word(), finding.text)
        };
        entries.push(JournalEntry {
            register: lane.number,
            epoch: journal.id.epoch.to_string(),
            records: report.records,
            pending: report.next_seq.0.saturating_sub(held),
            findings: report.findings.iter().map(finding).collect(),
        });
    }
    Ok(entries)
}

fn sum(sums: Sums, sale: &CompletedSale, differences: &mut Vec<String>) -> Sums {
    sums.clone().plus_sale(sale).unwrap_or_else(|Overflow| {
        differences.push(format!("sale {}: the sums don't fit", sale.number));
        sums
    })
}

/// Compares all that does not depend on who sold it.
fn compare(
    ring: &Ring,
    expected: &CompletedSale,
    sale: &CompletedSale,
    differences: &mut Vec<String>,
) {
    // Who signed for what, and whose ID was seen, is the register's to ask and not the basket's.
    let neutral = CompletedSale {
        number: sale.number,
        shift: sale.shift,
        terms: sale.terms.clone(),
        ..expected.clone()
    };
    if neutral != *sale {
        let Basket { id, .. } = &ring.basket;
        let (want, got) = (expected.total, sale.total);
        differences
            .push(format!("{id}: {want} was expected, {got} is recorded, or its parts differ"));
    }
}
