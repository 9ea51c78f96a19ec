//! The shapes of sales: lines, tenders, terms. Fields that most sales do not have are left out
//! where they say nothing; every one of them has its fixed place.

use std::ops::RangeInclusive;

use crate::domain::approval::{Act, Approval};
use crate::domain::check::{CheckProof, Commitment, IdOutcome};
use crate::domain::code::batch::{BATCH_LEN_MAX, Batch, Lot};
use crate::domain::gtin::{ITEM_CODE_LEN_MAX, ItemCode};
use crate::domain::ids::{Epoch, PersonId, RegisterNo, SaleNo, Seq, ShiftNo, StoreNo, TaxClass};
use crate::domain::item::ITEM_NAME_LEN_MAX;
use crate::domain::money::Money;
use crate::domain::person::Role;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::sale::{
    APPROVALS_MAX, AgeCheck, AgeProof, CERTIFICATE_LEN_MAX, CompletedSale, ExemptReason, Exemption,
    LINE_AMOUNT_MAX, LINE_QUANTITY_MAX, LinkKind, Missing, OPEN_CODE_LEN_MAX, Offered, OpenLine,
    PaperProof, PriceChange, PriceSource, Reason, ReturnedLine, SALE_AMOUNT_MAX, SALE_LINES_MAX,
    SALE_TENDERS_MAX, SaleLine, SaleLink, SavedBasket, Terms, UNIT_PRICE_MAX,
};
use crate::domain::tax::{TaxLine, TaxRate};
use crate::domain::tender::{CheckNumber, Tender};
use crate::domain::time::BusinessDate;
use crate::journal::hash::{from_hex, to_hex};
use crate::journal::json::{Malformed, Reader, Writer};

use super::paper_slip::{read_slip, write_slip};
use super::rain_check::{read_honored, write_honored};
use super::{int, label, number, read_record_ref, text, word, write_record_ref};

const TAXES_MAX: usize = 100;
/// 100 %.
const RATE_MAX: i64 = 10_000_000;

pub(super) fn write_sale(json: &mut Writer, sale: &CompletedSale) {
    int(json, "no", sale.number);
    int(json, "shift", sale.shift);
    write_lines(json, &sale.lines);
    json.key("taxes");
    json.array(&sale.taxes, |json, tax| {
        json.begin_object();
        text(json, "code", tax.code.as_str());
        int(json, "rate", tax.rate.tenmillionths());
        int(json, "base", tax.taxable.minor());
        int(json, "tax", tax.amount.minor());
        json.end_object();
    });
    int(json, "subtotal", sale.subtotal.minor());
    int(json, "total", sale.total.minor());
    int(json, "rounding", sale.rounding.minor());
    json.key("tenders");
    json.array(&sale.tenders, |json, tender| {
        json.begin_object();
        write_tender(json, tender);
        json.end_object();
    });
    int(json, "change", sale.change.minor());
    write_terms(json, &sale.terms);
}

pub(super) fn read_sale(r: &mut Reader<'_>) -> Result<CompletedSale, Malformed> {
    Ok(CompletedSale {
        number: SaleNo(number(r, "no")?),
        shift: ShiftNo(number(r, "shift")?),
        lines: read_lines(r)?,
        taxes: {
            r.key("taxes")?;
            r.array(TAXES_MAX, |r| {
                let tax = TaxLine {
                    code: label(r, "code", TaxClass::parse)?,
                    rate: TaxRate::from_tenmillionths(within(r, "rate", 0..=RATE_MAX)?),
                    taxable: amount(r, "base")?,
                    amount: amount(r, "tax")?,
                };
                r.end_object()?;
                Ok(tax)
            })?
        },
        subtotal: amount(r, "subtotal")?,
        total: amount(r, "total")?,
        rounding: amount(r, "rounding")?,
        tenders: {
            r.key("tenders")?;
            r.array(SALE_TENDERS_MAX, read_tender)?
        },
        change: amount(r, "change")?,
        terms: read_terms(r)?,
    })
}

/// Writes the fields of a basket: its lines, the open ones where there are any, its terms.
pub(super) fn write_basket(json: &mut Writer, basket: &SavedBasket) {
    write_lines(json, &basket.lines);
    if !basket.open.is_empty() {
        json.key("open");
        json.array(&basket.open, |json, line| {
            json.begin_object();
            text(json, "code", &line.code);
            text(json, "name", &line.name);
            int(json, "qty", line.quantity.tenthousandths());
            text(json, "needs", line.missing.word());
            write_lot(json, &line.lot);
            json.end_object();
        });
    }
    write_terms(json, &basket.terms);
}

pub(super) fn read_basket(r: &mut Reader<'_>) -> Result<SavedBasket, Malformed> {
    let lines = read_lines(r)?;
    let open = some_of(r, "open", SALE_LINES_MAX, |r| {
        let line = OpenLine {
            code: {
                r.key("code")?;
                r.string(OPEN_CODE_LEN_MAX)?.into_owned()
            },
            name: {
                r.key("name")?;
                r.string(ITEM_NAME_LEN_MAX)?.into_owned()
            },
            quantity: quantity(r)?,
            missing: word(r, "needs", Missing::from_word)?,
            lot: read_lot(r)?,
        };
        r.end_object()?;
        Ok(line)
    })?;
    Ok(SavedBasket { lines, open, terms: read_terms(r)? })
}

/// Writes who approved an act, where somebody had to.
pub(super) fn write_approved(json: &mut Writer, approval: Option<&Approval>) {
    if let Some(approval) = approval {
        json.key("approved");
        write_approval(json, approval);
    }
}

pub(super) fn read_approved(r: &mut Reader<'_>) -> Result<Option<Approval>, Malformed> {
    if r.optional_key("approved") { read_approval(r).map(Some) } else { Ok(None) }
}

fn write_tender(json: &mut Writer, tender: &Tender) {
    let (kind, amount, check) = match tender {
        Tender::Cash { amount } => ("cash", amount, None),
        Tender::Check { amount, number, .. } => ("check", amount, Some(number)),
        Tender::CheckReturned { amount, number } => ("check_returned", amount, Some(number)),
    };
    text(json, "kind", kind);
    int(json, "amount", amount.minor());
    if let Some(number) = check {
        text(json, "number", number.as_str());
    }
    if let Tender::Check { proof, .. } = tender {
        if let Some(data) = proof.data {
            text(json, "data", &to_hex(&data.0));
        }
        if proof.id != IdOutcome::NotAsked {
            text(json, "id", proof.id.word());
        }
    }
}

fn read_tender(r: &mut Reader<'_>) -> Result<Tender, Malformed> {
    let before = r.clone();
    r.key("kind")?;
    let kind = r.string(16)?;
    let amount = amount(r, "amount")?;
    let check = |r: &mut Reader<'_>| {
        r.key("number")?;
        r.string_as(10, "a check number", |t| CheckNumber::parse(t).ok())
    };
    let tender = match kind.as_ref() {
        "cash" => Tender::Cash { amount },
        "check" => Tender::Check { amount, number: check(r)?, proof: read_proof(r)? },
        "check_returned" => Tender::CheckReturned { amount, number: check(r)? },
        _ => return Err(before.malformed("cash, check or check_returned")),
    };
    r.end_object()?;
    Ok(tender)
}

fn read_proof(r: &mut Reader<'_>) -> Result<CheckProof, Malformed> {
    let mut proof = CheckProof::default();
    if r.optional_key("data") {
        proof.data = Some(r.string_as(64, "64 hex digits", from_hex).map(Commitment)?);
    }
    if r.optional_key("id") {
        let said = |word: &str| {
            IdOutcome::from_word(word).filter(|outcome| *outcome != IdOutcome::NotAsked)
        };
        proof.id = r.string_as(16, "seen or missing", said)?;
    }
    Ok(proof)
}

fn write_lines(json: &mut Writer, lines: &[SaleLine]) {
    json.key("lines");
    json.array(lines, |json, line| {
        json.begin_object();
        text(json, "code", line.code.as_str());
        text(json, "name", &line.name);
        int(json, "qty", line.quantity.tenthousandths());
        int(json, "unit", line.unit_price.tenthousandths());
        text(json, "price", price_source_word(line.price_source));
        int(json, "amount", line.amount.minor());
        text(json, "tax", line.tax_class.as_str());
        json.key("void");
        json.bool(line.voided);
        if let Some(years) = line.age_min {
            int(json, "age", years);
        }
        if let Some(changed) = line.changed {
            int(json, "was", changed.was.tenthousandths());
            text(json, "why", changed.reason.word());
        }
        if let Some(returned) = line.returned {
            int(json, "of", returned.place);
            text(json, "sold", &returned.day.to_string());
        }
        write_lot(json, &line.lot);
        json.end_object();
    });
}

fn read_lines(r: &mut Reader<'_>) -> Result<Vec<SaleLine>, Malformed> {
    r.key("lines")?;
    r.array(SALE_LINES_MAX, |r| {
        let line = SaleLine {
            code: {
                r.key("code")?;
                r.string_as(ITEM_CODE_LEN_MAX, "an item code", |text| {
                    ItemCode::parse(text).ok().filter(|code| code.as_str() == text)
                })?
            },
            name: {
                r.key("name")?;
                r.string(ITEM_NAME_LEN_MAX)?.into_owned()
            },
            quantity: quantity(r)?,
            unit_price: unit_price(r, "unit")?,
            price_source: word(r, "price", price_source_from_word)?,
            amount: {
                let most = LINE_AMOUNT_MAX.minor();
                Money::from_minor(within(r, "amount", -most..=most)?)
            },
            tax_class: label(r, "tax", TaxClass::parse)?,
            voided: {
                r.key("void")?;
                r.bool()?
            },
            age_min: if r.optional_key("age") { Some(r.int_as()?) } else { None },
            changed: if r.optional_key("was") {
                let was = UnitPrice::from_tenthousandths(bounded(r, unit_prices())?);
                Some(PriceChange { was, reason: word(r, "why", Reason::from_word)? })
            } else {
                None
            },
            returned: if r.optional_key("of") {
                let place = r.int_as()?;
                Some(ReturnedLine { place, day: label(r, "sold", |t| day(t).ok_or(()))? })
            } else {
                None
            },
            lot: read_lot(r)?,
        };
        r.end_object()?;
        Ok(line)
    })
}

fn write_lot(json: &mut Writer, lot: &Lot) {
    if let Some(batch) = &lot.batch {
        text(json, "batch", batch.as_str());
    }
    if let Some(expires) = lot.expires {
        text(json, "expires", &expires.to_string());
    }
}

fn read_lot(r: &mut Reader<'_>) -> Result<Lot, Malformed> {
    let batch = if r.optional_key("batch") {
        Some(r.string_as(BATCH_LEN_MAX, "a batch", Batch::parse)?)
    } else {
        None
    };
    let expires =
        if r.optional_key("expires") { Some(r.string_as(10, "a date", day)?) } else { None };
    Ok(Lot { batch, expires })
}

/// An amount of a whole sale.
pub(super) fn amount(r: &mut Reader<'_>, key: &'static str) -> Result<Money, Malformed> {
    let most = SALE_AMOUNT_MAX.minor();
    within(r, key, -most..=most).map(Money::from_minor)
}

fn quantity(r: &mut Reader<'_>) -> Result<Quantity, Malformed> {
    let most = LINE_QUANTITY_MAX.tenthousandths();
    within(r, "qty", -most..=most).map(Quantity::from_tenthousandths)
}

fn unit_price(r: &mut Reader<'_>, key: &'static str) -> Result<UnitPrice, Malformed> {
    within(r, key, unit_prices()).map(UnitPrice::from_tenthousandths)
}

const fn unit_prices() -> RangeInclusive<i64> {
    0..=UNIT_PRICE_MAX.tenthousandths()
}

fn within(
    r: &mut Reader<'_>,
    key: &'static str,
    bounds: RangeInclusive<i64>,
) -> Result<i64, Malformed> {
    r.key(key)?;
    bounded(r, bounds)
}

/// An integer that a register can have written: what is beyond could not be added up later.
fn bounded(r: &mut Reader<'_>, bounds: RangeInclusive<i64>) -> Result<i64, Malformed> {
    let before = r.clone();
    let value = r.int()?;
    if bounds.contains(&value) { Ok(value) } else { Err(before.malformed("a smaller number")) }
}

fn day(text: &str) -> Option<BusinessDate> {
    BusinessDate::parse(text).ok()
}

fn write_terms(json: &mut Writer, terms: &Terms) {
    if let Some(age) = &terms.age {
        json.key("age");
        json.begin_object();
        int(json, "years", age.years);
        text(json, "proof", age.proof.word());
        json.end_object();
    }
    if let Some(exempt) = &terms.exempt {
        json.key("exempt");
        json.begin_object();
        text(json, "reason", exempt.reason.word());
        text(json, "certificate", &exempt.certificate);
        json.end_object();
    }
    if let Some(link) = &terms.link {
        json.key("link");
        json.begin_object();
        text(json, "kind", link.kind.word());
        text(json, "epoch", &link.epoch.to_string());
        int(json, "seq", link.seq);
        int(json, "no", link.number);
        text(json, "reason", link.reason.word());
        if let Some(paper) = &link.paper {
            write_paper(json, paper);
        }
        json.end_object();
    }
    if !terms.approvals.is_empty() {
        json.key("approvals");
        json.array(&terms.approvals, write_approval);
    }
    if terms.offered != Offered::default() {
        json.key("offered");
        json.begin_object();
        int(json, "coupons", terms.offered.coupons);
        int(json, "gift_cards", terms.offered.gift_cards);
        json.end_object();
    }
    write_honored(json, &terms.rain_checks);
    write_slip(json, terms.paper_slip.as_ref());
    if let Some(case) = terms.card_pending {
        write_record_ref(json, "card_pending", case);
    }
}

fn read_terms(r: &mut Reader<'_>) -> Result<Terms, Malformed> {
    let age = part_of(r, "age", |r| {
        Ok(AgeCheck { years: number(r, "years")?, proof: word(r, "proof", AgeProof::from_word)? })
    })?;
    let exempt = part_of(r, "exempt", |r| {
        Ok(Exemption {
            reason: word(r, "reason", ExemptReason::from_word)?,
            certificate: {
                r.key("certificate")?;
                r.string(CERTIFICATE_LEN_MAX)?.into_owned()
            },
        })
    })?;
    let link = part_of(r, "link", |r| {
        Ok(SaleLink {
            kind: word(r, "kind", LinkKind::from_word)?,
            epoch: {
                r.key("epoch")?;
                Epoch(r.string_as(16, "16 hex digits", from_hex)?)
            },
            seq: Seq(number(r, "seq")?),
            number: SaleNo(number(r, "no")?),
            reason: word(r, "reason", Reason::from_word)?,
            paper: part_of(r, "paper", read_paper)?,
        })
    })?;
    let approvals = some_of(r, "approvals", APPROVALS_MAX, read_approval)?;
    let offered = part_of(r, "offered", |r| {
        let before = r.clone();
        let offered =
            Offered { coupons: number(r, "coupons")?, gift_cards: number(r, "gift_cards")? };
        // None at all is said by leaving it out: one meaning, one text.
        if offered == Offered::default() { Err(before.malformed("a count")) } else { Ok(offered) }
    })?;
    let offered = offered.unwrap_or_default();
    let (rain_checks, paper_slip) = (read_honored(r)?, read_slip(r)?);
    let card_pending =
        if r.optional_key("card_pending") { Some(read_record_ref(r)?) } else { None };
    Ok(Terms { age, exempt, link, approvals, offered, rain_checks, paper_slip, card_pending })
}

fn write_paper(json: &mut Writer, paper: &PaperProof) {
    json.key("paper");
    json.begin_object();
    int(json, "store", paper.store);
    int(json, "reg", paper.register);
    text(json, "hash", &to_hex(&paper.hash_start));
    if let Some(seller) = &paper.seller {
        text(json, "seller", seller.as_str());
    }
    if paper.by_check {
        json.key("check");
        json.bool(true);
    }
    json.end_object();
}

fn read_paper(r: &mut Reader<'_>) -> Result<PaperProof, Malformed> {
    Ok(PaperProof {
        store: StoreNo(number(r, "store")?),
        register: RegisterNo(number(r, "reg")?),
        hash_start: {
            r.key("hash")?;
            r.string_as(32, "32 hex digits", from_hex)?
        },
        seller: if r.optional_key("seller") {
            Some(r.string_as(40, "seller", |text| PersonId::parse(text).ok())?)
        } else {
            None
        },
        by_check: r.optional_key("check") && {
            let before = r.clone();
            // That there was none is said by leaving it out.
            if !r.bool()? {
                return Err(before.malformed("true"));
            }
            true
        },
    })
}

fn write_approval(json: &mut Writer, approval: &Approval) {
    json.begin_object();
    text(json, "act", approval.act.word());
    text(json, "by", approval.by.as_str());
    text(json, "role", approval.role.word());
    json.end_object();
}

fn read_approval(r: &mut Reader<'_>) -> Result<Approval, Malformed> {
    let approval = Approval {
        act: word(r, "act", Act::from_word)?,
        by: label(r, "by", PersonId::parse)?,
        role: word(r, "role", Role::from_word)?,
    };
    r.end_object()?;
    Ok(approval)
}

/// An object that may be left out.
fn part_of<T>(
    r: &mut Reader<'_>,
    key: &'static str,
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, Malformed>,
) -> Result<Option<T>, Malformed> {
    if !r.optional_key(key) {
        return Ok(None);
    }
    let part = read(r)?;
    r.end_object()?;
    Ok(Some(part))
}

/// An array that is left out when it is empty; an empty one that is written is a second spelling.
pub(super) fn some_of<T>(
    r: &mut Reader<'_>,
    key: &'static str,
    len_max: usize,
    element: impl FnMut(&mut Reader<'_>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    if !r.optional_key(key) {
        return Ok(Vec::new());
    }
    let before = r.clone();
    let elements = r.array(len_max, element)?;
    if elements.is_empty() { Err(before.malformed("an element")) } else { Ok(elements) }
}

const fn price_source_word(source: PriceSource) -> &'static str {
    match source {
        PriceSource::Pack => "pack",
        PriceSource::Keyed => "keyed",
        PriceSource::Label => "label",
    }
}

fn price_source_from_word(word: &str) -> Option<PriceSource> {
    [PriceSource::Pack, PriceSource::Keyed, PriceSource::Label]
        .into_iter()
        .find(|source| price_source_word(*source) == word)
}
