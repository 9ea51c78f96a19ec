//! The rules, one record at a time. Each says one thing and never the same thing twice a record.

use crate::domain::event::{Event, Lifetime};
use crate::domain::gtin::ItemCode;
use crate::domain::money::Money;
use crate::domain::sale::{CompletedSale, PriceSource, SaleLine};
use crate::domain::shift::ShiftClose;
use crate::journal::key::PublicKey;
use crate::journal::record::{Envelope, Unreadable};

use super::exception::{Code, Exception};
use super::packs::{ItemView, Looked, PackView};

/// A drawer may be over or short by this without anybody being asked: 5.00.
pub const DRAWER_VARIANCE_FREE: Money = Money::from_minor(500);

/// What is known when a record is looked at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The journal's key.
    pub key: &'a PublicKey,
    /// Lifetime totals after the record before; none where that can't be read.
    pub before: Option<Lifetime>,
    /// The packs.
    pub packs: &'a dyn PackView,
}

/// Looks at one record. Gives its event where it can be read, and what does not agree.
pub fn look(envelope: &Envelope<'_>, context: Context<'_>) -> (Option<Event>, Vec<Exception>) {
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
        Event::Sale(sale) | Event::Refund(sale) => {
            look_at_sale(envelope, sale, context.packs, &mut found);
        }
        Event::ShiftClose(close) => look_at_drawer(envelope, close, &mut found),
        _ => {}
    }
    (Some(event), found)
}

fn look_at_signature(envelope: &Envelope<'_>, key: &PublicKey, found: &mut Vec<Exception>) {
    let (journal, seq) = (envelope.header.journal, envelope.header.seq);
    if envelope.signature.is_none() {
        let text = "the record is not signed: the register's key was not available";
        found.push(Exception::new(Code::Unsigned, journal, seq, text));
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
    let mut said: Vec<(Code, &ItemCode)> = Vec::new();
    let counted = || sale.lines.iter().filter(|line| !line.voided);
    for line in counted() {
        let looked = match &envelope.header.pack {
            Some(version) => packs.item(version, &line.code),
            None => Looked::NoPack,
        };
        let Some((code, text, amount)) = look_at_line(line, &looked) else { continue };
        if said.contains(&(code, &line.code)) {
            continue;
        }
        said.push((code, &line.code));
        let exception = Exception::new(code, journal, seq, text).about(amount);
        found.push(exception.because_of(line.code.as_str()));
    }
    let Some(version) = &envelope.header.pack else { return };
    let Some((taxes, basis)) = packs.taxes(version) else {
        let text = format!("central does not have pack {version}; prices were not compared");
        let exception = Exception::new(Code::UnknownPack, journal, seq, text);
        return found.push(exception.because_of(version.as_str()));
    };
    let lines = counted().map(|line| (&line.tax_class, line.amount));
    let due = taxes
        .tax(lines, envelope.header.date, basis)
        .and_then(|taxes| Money::sum(taxes.iter().map(|tax| tax.amount)));
    let charged = sale.tax();
    if due != charged {
        let (due, charged) = (due.unwrap_or_default(), charged.unwrap_or_default());
        let text = format!("tax of {charged} was charged, pack {version} gives {due}");
        let exception = Exception::new(Code::TaxDiffers, journal, seq, text);
        found.push(exception.about(charged.minus(due).unwrap_or_default()));
    }
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

fn look_at_drawer(envelope: &Envelope<'_>, close: &ShiftClose, found: &mut Vec<Exception>) {
    let variance = close.over_short().unwrap_or_default();
    if variance.minor().unsigned_abs() <= DRAWER_VARIANCE_FREE.minor().unsigned_abs() {
        return;
    }
    let (journal, seq) = (envelope.header.journal, envelope.header.seq);
    let way = if variance.is_negative() { "short" } else { "over" };
    let text = format!("the drawer of shift {} was {way}: {variance}", close.shift);
    found.push(Exception::new(Code::DrawerVariance, journal, seq, text).about(variance));
}
