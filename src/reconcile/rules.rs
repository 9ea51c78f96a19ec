//! The rules, one record at a time. Each says one thing and never the same thing twice a record.

use crate::domain::approval::Act;
use crate::domain::check::IdOutcome;
use crate::domain::event::{Event, Lifetime, SignInBy};
use crate::domain::goods::delivery::{Delivery, Outcome};
use crate::domain::gtin::ItemCode;
use crate::domain::money::Money;
use crate::domain::paper_slip::PaperSlip;
use crate::domain::pickup;
use crate::domain::sale::{CompletedSale, PriceSource, SaleLine};
use crate::domain::shift::ShiftClose;
use crate::domain::tender::Tender;
use crate::journal::key::PublicKey;
use crate::journal::record::{Envelope, Unreadable};

use super::circumstances as around;
use super::exception::{Code, Exception, Level};
use super::packs::{ItemView, Looked, PackView};
use super::rulebook::Rulebook;

/// A written total may differ from its lines by this, as where small coins are gone: 4 cents.
const SLIP_DIFFERENCE_FREE: u64 = 4;

/// What is known when a record is looked at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The journal's key.
    pub key: &'a PublicKey,
    /// Lifetime totals after the record before; none where that can't be read.
    pub before: Option<Lifetime>,
    /// The packs.
    pub packs: &'a dyn PackView,
    /// Levels and thresholds.
    pub rules: &'a Rulebook,
    /// When central received it, in milliseconds since 1970; none where nobody noted it.
    pub received_ms: Option<i64>,
}

/// Looks at one record. Gives its event where it can be read, and what does not agree.
pub fn look(envelope: &Envelope<'_>, context: Context<'_>) -> (Option<Event>, Vec<Exception>) {
    let (event, found) = look_plainly(envelope, context);
    let weigh = |exception| context.rules.weigh(exception);
    (event, found.into_iter().map(weigh).collect())
}

fn look_plainly(envelope: &Envelope<'_>, context: Context<'_>) -> (Option<Event>, Vec<Exception>) {
    let mut found = Vec::new();
    look_at_signature(envelope, context.key, &mut found);
    let (journal, seq) = (envelope.header.journal, envelope.header.seq);
    let event = match envelope.event() {
        Ok(event) => event,
        Err(why) => {
            let code = match why {
                Unreadable::UnknownKind { .. } => Code::SchemaAhead,
                _ => Code::Malformed,
            };
            found.push(Exception::new(code, journal, seq, why.to_string()));
            return (None, found);
        }
    };
    let after = context.before.map(|before| before.after(&event));
    if after.is_some_and(|after| after != Ok(envelope.header.lifetime)) {
        let text = "lifetime takings and pay-outs don't follow from the record";
        found.push(Exception::new(Code::Lifetime, journal, seq, text));
    }
    match &event {
        Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale) => {
            look_at_sale(envelope, sale, context.packs, &mut found);
            around::checks(envelope, sale, context.packs, &mut found);
            around::refunds(envelope, sale, context.packs, &mut found);
            around::prices_in_force(envelope, sale, context.packs, &mut found);
            if let Some(received_ms) = context.received_ms {
                around::arrival(envelope, sale, received_ms, context.rules, &mut found);
            }
        }
        Event::SignIn { person, by: SignInBy::Phone, .. } => {
            around::by_phone(envelope, person, &mut found);
        }
        Event::DaySet(set) => around::day_set(envelope, set, &mut found),
        Event::ClockEvent { jumped_ms } => {
            around::jump(envelope, *jumped_ms, context.rules, &mut found);
        }
        Event::ShiftClose(close) => look_at_drawer(envelope, close, context.rules, &mut found),
        Event::Delivery(delivery) => look_at_delivery(envelope, delivery, &mut found),
        Event::Pickup(pickup) if pickup.outcome == pickup::Outcome::Unverified => {
            let text = format!("order {} was handed over and is not on file", pickup.order);
            let exception = Exception::new(Code::PickupUnverified, journal, seq, text);
            found.push(exception.because_of(pickup.order.as_str()));
        }
        _ => {}
    }
    (Some(event), found)
}

fn look_at_signature(envelope: &Envelope<'_>, key: &PublicKey, found: &mut Vec<Exception>) {
    let (journal, seq) = (envelope.header.journal, envelope.header.seq);
    if envelope.signature.is_none() {
        let text = "the record is not signed: the register's key was not available";
        let cause = format!("register {}", journal.register);
        found.push(Exception::new(Code::Unsigned, journal, seq, text).because_of(cause));
    } else if !envelope.is_signed_by(key) {
        let text = "the record's signature is not that of the journal's key";
        found.push(Exception::new(Code::BadSignature, journal, seq, text));
    }
}

fn look_at_sale(
    envelope: &Envelope<'_>,
    sale: &CompletedSale,
    packs: &dyn PackView,
    found: &mut Vec<Exception>,
) {
    let (journal, seq) = (envelope.header.journal, envelope.header.seq);
    if !sale.adds_up() {
        let text = format!("sale {} does not add up", sale.number);
        found.push(Exception::new(Code::Arithmetic, journal, seq, text).about(sale.total));
    }
    look_at_checks(envelope, sale, found);
    let slip = sale.terms.paper_slip.as_ref();
    found.extend(slip.and_then(|slip| look_at_slip(envelope, sale, slip)));
    let mut said: Vec<(Code, &ItemCode)> = Vec::new();
    let counted = || sale.lines.iter().filter(|line| !line.voided);
    for (place, line) in (0_u16..).zip(&sale.lines).filter(|(_, line)| !line.voided) {
        let looked = match &envelope.header.pack {
            Some(version) => packs.item(journal.store, version, &line.code),
            None => Looked::NoPack,
        };
        let guessed = slip.is_some_and(|slip| slip.guessed.contains(&place));
        let looked = if guessed { look_at_guess(line) } else { look_at_line(line, &looked) };
        let Some((code, text, amount)) = looked else { continue };
        if said.contains(&(code, &line.code)) {
            continue;
        }
        said.push((code, &line.code));
        let exception = Exception::new(code, journal, seq, text).about(amount);
        found.push(exception.because_of(line.code.as_str()));
    }
    let Some(version) = &envelope.header.pack else { return };
    let Some((taxes, basis)) = packs.taxes(journal.store, version) else {
        let text = format!("central does not have pack {version}; prices were not compared");
        let exception = Exception::new(Code::UnknownPack, journal, seq, text);
        return found.push(exception.because_of(version.as_str()));
    };
    let lines = counted().map(|line| (&line.tax_class, line.amount));
    // A slip bears the tax of the day it was written on.
    let day = slip.map_or(envelope.header.date, |slip| slip.at.local_date());
    let due = taxes
        .tax(lines, day, basis)
        .and_then(|taxes| Money::sum(taxes.iter().map(|tax| tax.amount)));
    let charged = sale.tax();
    if due != charged {
        let (due, charged) = (due.unwrap_or_default(), charged.unwrap_or_default());
        let text = format!("tax of {charged} was charged, pack {version} gives {due}");
        let exception = Exception::new(Code::TaxDiffers, journal, seq, text);
        found.push(exception.about(charged.minus(due).unwrap_or_default()));
    }
}

/// What was taken for a paper slip is more or less than its lines and their tax.
fn look_at_slip(
    envelope: &Envelope<'_>,
    sale: &CompletedSale,
    slip: &PaperSlip,
) -> Option<Exception> {
    if sale.rounding.minor().unsigned_abs() <= SLIP_DIFFERENCE_FREE {
        return None;
    }
    let (journal, seq) = (envelope.header.journal, envelope.header.seq);
    let taken = sale.total.plus(sale.rounding).unwrap_or_default();
    let (number, total) = (slip.number, sale.total);
    let text = format!("{taken} was taken for slip {number}, its lines come to {total}");
    Some(Exception::new(Code::SlipDiffers, journal, seq, text).about(sale.rounding))
}

/// A price that stands on a paper slip and not in the pack.
fn look_at_guess(line: &SaleLine) -> Option<(Code, String, Money)> {
    let text = format!("{} was written at {} on a paper slip", line.name, line.unit_price);
    Some((Code::PriceGuessed, text, line.amount))
}

/// Somebody stood behind each of these; that it happened is for a person to see.
fn look_at_checks(envelope: &Envelope<'_>, sale: &CompletedSale, found: &mut Vec<Exception>) {
    let (journal, seq) = (envelope.header.journal, envelope.header.seq);
    let without_id = sale.tenders.iter().filter(
        |tender| matches!(tender, Tender::Check { proof, .. } if proof.id == IdOutcome::Missing),
    );
    let amounts: Vec<Money> = without_id.map(Tender::amount).collect();
    if amounts.is_empty() {
        return;
    }
    let of_act = |act| matches!(act, Act::CheckWithoutId | Act::CheckAboveLimit);
    let signed = sale.terms.approvals.iter().find(|approval| of_act(approval.act));
    let by = signed.map_or_else(|| "nobody else".to_owned(), |signed| signed.by.to_string());
    let text = format!("sale {} took a check without an ID; {by} signed for it", sale.number);
    let exception = Exception::new(Code::CheckWithoutId, journal, seq, text);
    found.push(exception.about(Money::sum(amounts).unwrap_or_default()));
}

fn look_at_line(line: &SaleLine, looked: &Looked<ItemView>) -> Option<(Code, String, Money)> {
    match (looked, line.price_source) {
        (Looked::NoPack, PriceSource::Keyed) => {
            let text = format!("{} was sold at a keyed price of {}", line.name, line.unit_price);
            Some((Code::KeyedPrice, text, line.amount))
        }
        (Looked::NoPack, _) => None,
        (Looked::Absent, _) => {
            let text = format!("{} ({}) is not in the pack", line.name, line.code);
            Some((Code::UnknownItem, text, line.amount))
        }
        (Looked::Found(item), source) => {
            let by_pack = item.unit_price.times(line.quantity).unwrap_or_default();
            let differs = line.amount.minus(by_pack).unwrap_or_default();
            let text = |how: &str| {
                let (unit, pack) = (line.unit_price, item.unit_price);
                format!("{} was sold at {unit}{how}, the pack says {pack}", line.name)
            };
            match source {
                PriceSource::Keyed => Some((Code::KeyedPrice, text(" (keyed)"), differs)),
                _ if line.unit_price != item.unit_price => {
                    Some((Code::PriceDiffers, text(""), differs))
                }
                _ => None,
            }
        }
    }
}

fn look_at_drawer(
    envelope: &Envelope<'_>,
    close: &ShiftClose,
    rules: &Rulebook,
    found: &mut Vec<Exception>,
) {
    let variance = close.over_short().unwrap_or_default();
    let beyond = |most: Money| variance.minor().unsigned_abs() > most.minor().unsigned_abs();
    if !beyond(rules.drawer_free) {
        return;
    }
    let level = if beyond(rules.drawer_hold) { Level::Hold } else { Level::Review };
    let (journal, seq) = (envelope.header.journal, envelope.header.seq);
    let way = if variance.is_negative() { "short" } else { "over" };
    let text = format!("the drawer of shift {} was {way}: {variance}", close.shift);
    let exception = Exception::new(Code::DrawerVariance, journal, seq, text).about(variance);
    let cause = format!("register {}, shift {}", journal.register, close.shift);
    found.push(exception.weighing(level).because_of(cause));
}

/// Each item that is not as notice or slip say.
fn look_at_delivery(envelope: &Envelope<'_>, delivery: &Delivery, found: &mut Vec<Exception>) {
    use crate::domain::goods::delivery::Listed;
    let (journal, seq) = (envelope.header.journal, envelope.header.seq);
    for line in delivery.lines.iter().filter(|line| line.outcome() != Outcome::Matched) {
        let listed = match line.listed {
            Listed::Of(listed) => listed.to_string(),
            Listed::No => "none".to_owned(),
        };
        let name = if line.name.is_empty() { "not in the price file" } else { &line.name };
        let text = format!(
            "receiving {}: {} ({name}) {}: {listed} listed, {} came, {} damaged",
            delivery.receiving,
            line.code,
            line.outcome().label(),
            line.came,
            line.damaged
        );
        let exception = Exception::new(Code::DeliveryDiffers, journal, seq, text);
        found.push(exception.because_of(line.code.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cash_rounding::CashRounding;
    use crate::domain::ids::{
        Epoch, JournalId, PackVersion, PersonId, RegisterNo, SaleNo, ShiftNo, StoreNo, TaxClass,
    };
    use crate::domain::item::{Item, SoldBy};
    use crate::domain::person::Role;
    use crate::domain::quantity::{Quantity, UnitPrice};
    use crate::domain::sale::{Basket, LinePrice, Pricing, Taken};
    use crate::domain::tax::{TaxBasis, TaxRate, TaxRow, TaxTable};
    use crate::domain::tender::Tender;
    use crate::domain::time::{BusinessDate, Timestamp};
    use crate::journal::chain::{Chain, Entry};
    use crate::journal::key::SigningKey;

    /// A pack with bananas at 0.69 and 8.25 % tax.
    struct Bananas;

    impl PackView for Bananas {
        fn item(&self, _: StoreNo, version: &PackVersion, code: &ItemCode) -> Looked<ItemView> {
            match (version.as_str(), code.as_str()) {
                ("20261122-1", "4011") => Looked::Found(ItemView {
                    unit_price: UnitPrice::parse("0.69").expect("a price"),
                    tax_class: class(),
                }),
                ("20261122-1", _) => Looked::Absent,
                _ => Looked::NoPack,
            }
        }

        fn taxes(&self, _: StoreNo, version: &PackVersion) -> Option<(TaxTable, TaxBasis)> {
            (version.as_str() == "20261122-1").then(|| (table("8.25"), TaxBasis::Invoice))
        }
    }

    fn class() -> TaxClass {
        TaxClass::parse("general").expect("a class")
    }

    fn date() -> BusinessDate {
        BusinessDate::parse("2026-11-22").expect("a day")
    }

    fn table(percent: &str) -> TaxTable {
        TaxTable::new(vec![TaxRow {
            code: TaxClass::parse("ST").expect("a code"),
            class: class(),
            rate: TaxRate::parse_percent(percent).expect("a rate"),
            from: date(),
            until: None,
        }])
    }

    fn sale(code: &str, unit: &str, price: LinePrice, percent: &str) -> CompletedSale {
        let item = Item {
            code: ItemCode::parse(code).expect("a code"),
            name: "Bananas".to_owned(),
            unit_price: UnitPrice::parse(unit).expect("a price"),
            sold_by: SoldBy::Each,
            tax_class: class(),
            department: 1,
            age_min: None,
        };
        let mut basket = Basket::default();
        basket.add(&item, Quantity::ONE, price).expect("added");
        basket.add(&item, Quantity::ONE, price).expect("added");
        let taxes = table(percent);
        let pricing = Pricing { taxes: &taxes, basis: TaxBasis::Invoice, date: date() };
        let tendering = basket.tender(pricing).expect("tendering");
        let cash = Tender::Cash { amount: Money::from_minor(10_000) };
        match tendering.take(cash, CashRounding::None) {
            Ok(Taken::All(paid)) => paid.number(SaleNo(1), ShiftNo(1)),
            other => panic!("not paid: {other:?}"),
        }
    }

    fn found(event: Event, pack: &str, before: Option<Lifetime>) -> Vec<(&'static str, i64)> {
        let key = SigningKey::from_seed(&[5; 32]).expect("a key");
        let journal =
            JournalId { store: StoreNo(1), register: RegisterNo(1), epoch: Epoch([1; 8]) };
        let entry = Entry {
            at: Timestamp::parse("2026-11-22T13:05:09.120-06:00").expect("a time"),
            mono_ms: 0,
            date: date(),
            by: None,
            pack: Some(PackVersion::parse(pack).expect("a version")),
            outage: None,
            event,
        };
        let (line, _) = Chain::empty(journal).next(&entry, Some(&key)).expect("fits");
        let envelope = Envelope::read(line.bytes()).expect("a record");
        let rules = Rulebook::default();
        let context = Context {
            key: &key.public(),
            before,
            packs: &Bananas,
            rules: &rules,
            received_ms: None,
        };
        let (_, found) = look(&envelope, context);
        found.iter().map(|one| (one.code.word(), one.amount.minor())).collect()
    }

    fn found_in(sale: CompletedSale) -> Vec<(&'static str, i64)> {
        found(Event::of_sale(sale), "20261122-1", Some(Lifetime::default()))
    }

    #[test]
    fn a_sale_as_the_pack_says_raises_nothing() {
        assert_eq!(found_in(sale("4011", "0.69", LinePrice::Pack, "8.25")), []);
    }

    #[test]
    fn each_rule_speaks_once_a_sale_and_names_its_money() {
        let keyed = LinePrice::Keyed(UnitPrice::parse("0.50").expect("a price"));
        assert_eq!(
            found_in(sale("4011", "0.79", LinePrice::Pack, "8.25")),
            [("price_differs", 10)]
        );
        assert_eq!(found_in(sale("4011", "0.69", keyed, "8.25")), [("keyed_price", -19)]);
        assert_eq!(found_in(sale("4012", "0.69", LinePrice::Pack, "8.25")), [("unknown_item", 69)]);
        // 1.38 at 9 % is 0.12, at 8.25 % it is 0.11.
        assert_eq!(found_in(sale("4011", "0.69", LinePrice::Pack, "9")), [("tax_differs", 1)]);
    }

    #[test]
    fn what_does_not_add_up_and_what_does_not_follow_are_told_apart() {
        let mut odd = sale("4011", "0.69", LinePrice::Pack, "8.25");
        odd.change = Money::ZERO;
        assert_eq!(found_in(odd), [("arithmetic", 149)]);
        let right = Event::of_sale(sale("4011", "0.69", LinePrice::Pack, "8.25"));
        let other = Lifetime { takings: Money::from_minor(1), payouts: Money::ZERO };
        assert_eq!(found(right.clone(), "20261122-1", Some(other)), [("lifetime", 0)]);
        assert_eq!(found(right.clone(), "20261122-1", None), []);
        assert_eq!(found(right, "20250101-1", None), [("unknown_pack", 0)]);
    }

    #[test]
    fn who_was_let_in_without_a_pin_is_looked_at() {
        let person = PersonId::parse("51").expect("a number");
        let signed_in = |by| Event::SignIn { person: person.clone(), role: Role::Manager, by };
        assert_eq!(found(signed_in(SignInBy::Pin), "20261122-1", None), []);
        let said = found(signed_in(SignInBy::Phone), "20261122-1", None);
        assert_eq!(said, [("signed_in_by_phone", 0)]);
    }

    #[test]
    fn a_drawer_over_or_short_beyond_the_free_amount_is_looked_at() {
        for (counted, expected) in
            [(10_500, None), (9_500, None), (10_501, Some(501)), (9_499, Some(-501))]
        {
            let close = ShiftClose {
                shift: ShiftNo(1),
                counted_cash: Money::from_minor(counted),
                counted_checks: Money::ZERO,
                expected_cash: Money::from_minor(10_000),
                expected_checks: Money::ZERO,
                sales: 1,
                refunds: 0,
            };
            let said = found(Event::ShiftClose(close), "20261122-1", None);
            assert_eq!(said, Vec::from_iter(expected.map(|amount| ("drawer_variance", amount))));
        }
    }
}
