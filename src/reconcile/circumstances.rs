//! Rules about what stands around a sale: limits, the price in force, clocks and when it came in.
//!
//! ```text
//!  checks, refunds  ─ the limits of the pack that was used, and who signed
//!  pack's prices    ─ the newest pack that was published by then
//!  clocks, arrival  ─ when the register said it was, and when central received it
//! ```

use crate::domain::approval::Act;
use crate::domain::day::DaySet;
use crate::domain::ids::{JournalId, PersonId, Seq};
use crate::domain::money::Money;
use crate::domain::person::Role;
use crate::domain::sale::{CompletedSale, PriceSource};
use crate::domain::tender::Tender;
use crate::domain::time::Timestamp;
use crate::journal::record::Envelope;

use super::exception::{Code, Exception, Level};
use super::packs::{Looked, PackView};
use super::rulebook::Rulebook;

/// Checks above the store's limit. One that somebody signed for is worth knowing; one that nobody
/// signed for is to be looked at.
pub(super) fn checks(
    envelope: &Envelope<'_>,
    sale: &CompletedSale,
    packs: &dyn PackView,
    found: &mut Vec<Exception>,
) {
    let Some(facts) = packs.facts_of(&envelope.header) else { return };
    let above = sale.tenders.iter().filter_map(|tender| match tender {
        Tender::Check { amount, .. } if *amount > facts.check_max => Some(*amount),
        _ => None,
    });
    let above: Vec<Money> = above.collect();
    if above.is_empty() {
        return;
    }
    let signed = signer(sale, &[Act::CheckAboveLimit], Role::Lead);
    let (level, cause) = match signed {
        Some(_) => (Level::Info, "signed"),
        None => (Level::Review, "unsigned"),
    };
    let by = signed.unwrap_or_else(|| "nobody".to_owned());
    let text =
        format!("sale {} took a check above {}; {by} signed for it", sale.number, facts.check_max);
    let sum = Money::sum(above).unwrap_or_default();
    found.push(
        at(envelope, Code::CheckAboveLimit, text).about(sum).weighing(level).because_of(cause),
    );
}

/// Money that went back without a receipt, or above what a lead may sign for.
pub(super) fn refunds(
    envelope: &Envelope<'_>,
    sale: &CompletedSale,
    packs: &dyn PackView,
    found: &mut Vec<Exception>,
) {
    if !sale.is_refund() || sale.is_void() {
        return;
    }
    if sale.terms.link.is_none() {
        let by = signer(sale, &[Act::RefundWithoutReceipt], Role::Lead);
        let by = by.unwrap_or_else(|| "nobody else".to_owned());
        let text = format!("sale {} gave money back without a receipt; {by} signed", sale.number);
        found.push(at(envelope, Code::RefundWithoutReceipt, text).about(sale.total));
    }
    let Some(facts) = packs.facts_of(&envelope.header) else { return };
    let given = sale.total.negated().unwrap_or_default();
    let acts = [Act::Refund, Act::RefundWithoutReceipt, Act::RefundOfCheck];
    if given > facts.refund_max && signer(sale, &acts, Role::Manager).is_none() {
        let text = format!(
            "sale {} gave back {given}; above {} a manager signs, and none did",
            sale.number, facts.refund_max
        );
        found.push(at(envelope, Code::RefundAboveLimit, text).about(sale.total));
    }
}

/// Somebody who was let in without a PIN.
pub(super) fn by_phone(envelope: &Envelope<'_>, person: &PersonId, found: &mut Vec<Exception>) {
    let text = format!("person {person} signed in by a phone code, at {}", envelope.header.at);
    found.push(at(envelope, Code::SignedInByPhone, text));
}

/// A day far from all that was known.
pub(super) fn day_set(envelope: &Envelope<'_>, set: &DaySet, found: &mut Vec<Exception>) {
    let by = envelope.header.by.as_ref().map_or_else(|| "somebody".to_owned(), ToString::to_string);
    let signed = set.approval.as_ref().map_or_else(
        || "nobody else".to_owned(),
        |approval| format!("{} ({})", approval.by, approval.role.word()),
    );
    let text = format!(
        "{by} booked {}, {} days from any day that was known, at {} by the clock; {signed} signed",
        set.day, set.days, envelope.header.at
    );
    found.push(at(envelope, Code::DaySet, text));
}

/// Somebody of that role who signed for one of these acts.
fn signer(sale: &CompletedSale, acts: &[Act], role: Role) -> Option<String> {
    let fits = |by: Role| by.leads() && by >= role;
    let mut approvals = sale.terms.approvals.iter();
    let signed = approvals.find(|one| acts.contains(&one.act) && fits(one.role))?;
    Some(signed.by.to_string())
}

/// Prices that were right by the register's own pack, while a newer pack was in force. What a
/// customer paid too much is to be made good; what was too little is worth knowing.
pub(super) fn prices_in_force(
    envelope: &Envelope<'_>,
    sale: &CompletedSale,
    packs: &dyn PackView,
    found: &mut Vec<Exception>,
) {
    let header = &envelope.header;
    let Some(used) = &header.pack else { return };
    let Some(in_force) = packs.in_force(header.journal.store, header.at) else { return };
    if in_force == *used {
        return;
    }
    let mut said = Vec::new();
    let pack_priced = |line: &&crate::domain::sale::SaleLine| {
        !line.voided && line.returned.is_none() && line.price_source == PriceSource::Pack
    };
    for line in sale.lines.iter().filter(pack_priced) {
        let by = |version| match packs.item(header.journal.store, version, &line.code) {
            Looked::Found(item) => Some(item.unit_price),
            Looked::Absent | Looked::NoPack => None,
        };
        let (Some(old), Some(new)) = (by(used), by(&in_force)) else { continue };
        if old != line.unit_price || new == line.unit_price || said.contains(&&line.code) {
            continue;
        }
        said.push(&line.code);
        let due = new.times(line.quantity).unwrap_or_default();
        let over = line.amount.minus(due).unwrap_or_default();
        let level = if over > Money::ZERO { Level::Review } else { Level::Info };
        let text = format!(
            "{} was sold at {} by pack {used}; pack {in_force} was in force and says {new}",
            line.name, line.unit_price
        );
        let one = at(envelope, Code::PriceNotInForce, text).about(over).weighing(level);
        found.push(one.because_of(line.code.as_str()));
    }
}

/// When a sale came in: long after it was made, or at once although central was said to be down.
pub(super) fn arrival(
    envelope: &Envelope<'_>,
    sale: &CompletedSale,
    received_ms: i64,
    rules: &Rulebook,
    found: &mut Vec<Exception>,
) {
    let header = &envelope.header;
    let passed_s = received_ms.saturating_sub(header.at.utc_ms).div_euclid(1_000);
    let (journal, date) = (header.journal, header.date);
    if passed_s > i64::from(rules.late_hours).saturating_mul(3_600) {
        let text = format!(
            "sale {} of {date} came in {} hours after it was made; it counts on its own day",
            sale.number,
            passed_s.div_euclid(3_600)
        );
        let cause = format!("register {}, {date}", journal.register);
        found.push(at(envelope, Code::LateSale, text).about(sale.total).because_of(cause));
    }
    let at_once = (0..=i64::from(rules.central_up_s)).contains(&passed_s);
    if let Some(outage) = header.outage.as_ref().filter(|_| at_once) {
        let text = format!(
            "sale {} belongs to an outage and was here {passed_s} s later: central was up",
            sale.number
        );
        let one = at(envelope, Code::CentralWasUp, text).about(sale.total);
        found.push(one.because_of(outage.as_str()));
    }
}

/// A clock that jumped.
pub(super) fn jump(
    envelope: &Envelope<'_>,
    jumped_ms: i64,
    rules: &Rulebook,
    found: &mut Vec<Exception>,
) {
    let seconds = jumped_ms.div_euclid(1_000);
    if seconds.unsigned_abs() <= u64::from(rules.clock_s) {
        return;
    }
    let journal = envelope.header.journal;
    let text = format!("the clock of register {} jumped by {seconds} s", journal.register);
    let one = at(envelope, Code::ClockSkew, text).weighing(skew_level(seconds, rules));
    found.push(one.because_of(format!("register {}", journal.register)));
}

/// A register whose clock is not central's when it announces; none where it is near enough.
pub fn skew(
    journal: JournalId,
    next: Seq,
    register: Timestamp,
    central: Timestamp,
    rules: &Rulebook,
) -> Option<Exception> {
    let seconds = register.utc_ms.saturating_sub(central.utc_ms).div_euclid(1_000);
    if seconds.unsigned_abs() <= u64::from(rules.clock_s) {
        return None;
    }
    let way = if seconds < 0 { "behind" } else { "ahead of" };
    let text = format!(
        "the clock of register {} is {} s {way} central's; its sales keep their own times",
        journal.register,
        seconds.unsigned_abs()
    );
    let one = Exception::new(Code::ClockSkew, journal, next, text);
    let one = one.weighing(skew_level(seconds, rules));
    Some(one.because_of(format!("register {}", journal.register)))
}

fn skew_level(seconds: i64, rules: &Rulebook) -> Level {
    let much = seconds.unsigned_abs() > u64::from(rules.clock_review_s);
    if much { Level::Review } else { Level::Info }
}

fn at(envelope: &Envelope<'_>, code: Code, text: String) -> Exception {
    Exception::new(code, envelope.header.journal, envelope.header.seq, text)
}
