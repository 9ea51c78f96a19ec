//! The bytes of a signed sale.
//!
//! One sale has one form: what was read is written again and must be the same bytes, so that no
//! second spelling can be signed or shown. Everything is bounded before it is kept.

use crate::domain::gtin::{ITEM_CODE_LEN_MAX, ItemCode};
use crate::domain::ids::{Epoch, JournalId, PersonId, RegisterNo, SaleNo, Seq, StoreNo, TaxClass};
use crate::domain::money::Money;
use crate::domain::policy::Currency;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::sale::{
    LINE_AMOUNT_MAX, LINE_QUANTITY_MAX, PriceSource, SALE_LINES_MAX, SALE_TENDERS_MAX,
    UNIT_PRICE_MAX,
};
use crate::domain::tax::{TaxLine, TaxRate};
use crate::domain::time::{BusinessDate, Timestamp};

use crate::receipt::compact::{Bytes, count, label, number, signed};

use super::{BODY_LEN_MAX, Means, PAGES_MAX, Witness, WitnessLine};

const VERSION: u8 = 1;
const EXEMPT: u8 = 1;
const LABEL_LEN_MAX: usize = 16;
const TAXES_MAX: usize = 100;
const CLASSES_MAX: usize = 100;
/// 100 %.
const RATE_MAX: i64 = 10_000_000;
/// A line's first byte: where its amount comes from.
const SOURCES: [PriceSource; 3] = [PriceSource::Pack, PriceSource::Keyed, PriceSource::Label];
const ONE: u8 = 0b0000_0100;
const GTIN: u8 = 0b0000_1000;
const CENTS: u8 = 0b0001_0000;
const GTIN_LEN: usize = 14;

pub(super) fn write(witness: &Witness) -> Vec<u8> {
    let mut out = Vec::with_capacity(BODY_LEN_MAX);
    let JournalId { store, register, epoch } = witness.journal;
    out.extend([VERSION, if witness.exempt { EXEMPT } else { 0 }]);
    number(&mut out, u64::from(store.0));
    number(&mut out, u64::from(register.0));
    out.extend(epoch.0);
    number(&mut out, witness.seq.0);
    out.extend(witness.hash_start);
    number(&mut out, witness.number.0);
    signed(&mut out, witness.at.utc_ms);
    signed(&mut out, i64::from(witness.at.offset_min));
    signed(&mut out, witness.day.days_since_1970());
    label(&mut out, witness.by.as_ref().map_or("", PersonId::as_str));
    out.extend(witness.currency.code().bytes());
    out.extend([witness.page.0, witness.page.1]);
    for amount in [witness.total, witness.rounding, witness.change] {
        signed(&mut out, amount.minor());
    }
    count(&mut out, witness.tenders.len());
    for (means, amount) in &witness.tenders {
        out.push(if *means == Means::Check { 1 } else { 0 });
        signed(&mut out, amount.minor());
    }
    count(&mut out, witness.taxes.len());
    for tax in &witness.taxes {
        label(&mut out, tax.code.as_str());
        signed(&mut out, tax.rate.tenmillionths());
        signed(&mut out, tax.taxable.minor());
        signed(&mut out, tax.amount.minor());
    }
    count(&mut out, witness.classes.len());
    for (class, bore) in &witness.classes {
        label(&mut out, class.as_str());
        count(&mut out, bore.len());
        out.extend(bore);
    }
    for line in &witness.lines {
        write_line(&mut out, line);
    }
    out
}

/// The bytes a line takes.
pub(super) fn line_len(line: &WitnessLine) -> usize {
    let mut out = Vec::new();
    write_line(&mut out, line);
    out.len()
}

fn write_line(out: &mut Vec<u8>, line: &WitnessLine) {
    let source = SOURCES.iter().position(|source| *source == line.price_source);
    let mut head = u8::try_from(source.unwrap_or(0)).unwrap_or(0);
    let gtin = gtin(&line.code);
    let unit = line.unit_price.tenthousandths();
    let cents = unit.checked_rem(100) == Some(0);
    for (bit, set) in
        [(ONE, line.quantity == Quantity::ONE), (GTIN, gtin.is_some()), (CENTS, cents)]
    {
        if set {
            head |= bit;
        }
    }
    out.push(head);
    number(out, u64::from(line.place));
    out.push(line.class);
    match gtin {
        Some(gtin) => out.extend(gtin.to_be_bytes().iter().skip(2)),
        None => label(out, line.code.as_str()),
    }
    if line.quantity != Quantity::ONE {
        signed(out, line.quantity.tenthousandths());
    }
    signed(out, if cents { unit.checked_div(100).unwrap_or(0) } else { unit });
    if line.price_source == PriceSource::Label {
        signed(out, line.amount.minor());
    }
}

/// Fourteen digits as a number of six bytes.
fn gtin(code: &ItemCode) -> Option<u64> {
    let text = code.as_str();
    let digits = text.len() == GTIN_LEN && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// Reads the one form of a signed sale; none for anything else.
pub(super) fn read(body: &[u8]) -> Option<Witness> {
    if body.len() > BODY_LEN_MAX {
        return None;
    }
    let mut bytes = Bytes::of(body);
    let witness = read_witness(&mut bytes)?;
    (write(&witness) == body).then_some(witness)
}

fn read_witness(r: &mut Bytes<'_>) -> Option<Witness> {
    let (version, flags) = (r.byte()?, r.byte()?);
    if version != VERSION || flags & !EXEMPT != 0 {
        return None;
    }
    let journal = JournalId {
        store: StoreNo(r.number()?.try_into().ok()?),
        register: RegisterNo(r.number()?.try_into().ok()?),
        epoch: Epoch(r.array()?),
    };
    let (seq, hash_start, number) = (Seq(r.number()?), r.array()?, SaleNo(r.number()?));
    let at = Timestamp::new(r.signed()?, r.signed()?.try_into().ok()?)?;
    let day = BusinessDate::from_days_since_1970(r.signed()?)?;
    let by = match r.label(LABEL_LEN_MAX)? {
        "" => None,
        text => Some(PersonId::parse(text).ok()?),
    };
    let currency = Currency::from_code(std::str::from_utf8(&r.array::<3>()?).ok()?)?;
    let page = (r.byte()?, r.byte()?);
    if page.0 == 0 || page.0 > page.1 || usize::from(page.1) > PAGES_MAX {
        return None;
    }
    let (total, rounding, change) = (r.money()?, r.money()?, r.money()?);
    let tenders = r.list(SALE_TENDERS_MAX, |r| {
        let means = match r.byte()? {
            0 => Means::Cash,
            1 => Means::Check,
            _ => return None,
        };
        Some((means, r.money()?))
    })?;
    let taxes = r.list(TAXES_MAX, |r| {
        let code = TaxClass::parse(r.label(LABEL_LEN_MAX)?).ok()?;
        let rate = r.signed().filter(|rate| (0..=RATE_MAX).contains(rate))?;
        let rate = TaxRate::from_tenmillionths(rate);
        Some(TaxLine { code, rate, taxable: r.money()?, amount: r.money()? })
    })?;
    let classes = r.list(CLASSES_MAX, |r| {
        let class = TaxClass::parse(r.label(LABEL_LEN_MAX)?).ok()?;
        let bore = r.list(TAXES_MAX, |r| r.byte().filter(|at| usize::from(*at) < taxes.len()))?;
        Some((class, bore))
    })?;
    let mut lines: Vec<WitnessLine> = Vec::new();
    while !r.is_empty() {
        let line = read_line(r, classes.len())?;
        if lines.last().is_some_and(|before| before.place >= line.place) {
            return None;
        }
        lines.push(line);
    }
    let exempt = flags & EXEMPT != 0;
    let witness = Witness {
        journal,
        seq,
        hash_start,
        number,
        at,
        day,
        by,
        currency,
        exempt,
        page,
        total,
        rounding,
        change,
        tenders,
        taxes,
        classes,
        lines,
    };
    (!witness.lines.is_empty()).then_some(witness)
}

fn read_line(r: &mut Bytes<'_>, classes: usize) -> Option<WitnessLine> {
    let head = r.byte()?;
    if head & !(3 | ONE | GTIN | CENTS) != 0 {
        return None;
    }
    let price_source = *SOURCES.get(usize::from(head & 3))?;
    let place: u16 = r.number()?.try_into().ok()?;
    let class = r.byte().filter(|class| usize::from(*class) < classes)?;
    let code = if head & GTIN != 0 {
        let [a, b, c, d, e, f] = r.array()?;
        format!("{:014}", u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    } else {
        r.label(ITEM_CODE_LEN_MAX)?.to_owned()
    };
    let code = ItemCode::parse(&code).ok().filter(|read| read.as_str() == code)?;
    let quantity =
        if head & ONE != 0 { Quantity::ONE } else { Quantity::from_tenthousandths(r.signed()?) };
    let unit = r.signed()?;
    let unit = if head & CENTS != 0 { unit.checked_mul(100)? } else { unit };
    let unit_price = UnitPrice::from_tenthousandths(unit);
    let amount = match price_source {
        PriceSource::Label => Money::from_minor(r.signed()?),
        PriceSource::Pack | PriceSource::Keyed => unit_price.times(quantity).ok()?,
    };
    let fits = (1..=LINE_QUANTITY_MAX.tenthousandths()).contains(&quantity.tenthousandths())
        && (0..=UNIT_PRICE_MAX.tenthousandths()).contains(&unit)
        && amount.minor().unsigned_abs() <= LINE_AMOUNT_MAX.minor().unsigned_abs()
        && usize::from(place) < SALE_LINES_MAX;
    fits.then_some(WitnessLine { place, code, quantity, unit_price, price_source, amount, class })
}
