//! The bodies of records, version 1: one function to write and one to read, kind by kind.
//!
//! What is written here is read by strangers for years: a published shape is never changed, a new
//! one gets a new version. docs/record.md lists the shapes; golden records in the tests pin them.

use crate::domain::check::{CheckProof, Commitment, IdOutcome};
use crate::domain::drawer::{CashMovement, CashMovementKind};
use crate::domain::event::{EpochOpen, Event, Follows};
use crate::domain::gtin::{ITEM_CODE_LEN_MAX, ItemCode};
use crate::domain::ids::{Epoch, OutageId, PackVersion, PersonId, SaleNo, Seq, ShiftNo, TaxClass};
use crate::domain::item::ITEM_NAME_LEN_MAX;
use crate::domain::money::Money;
use crate::domain::outage::{Outage, System};
use crate::domain::person::Role;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::sale::{
    AbandonedSale, CompletedSale, PriceSource, SALE_LINES_MAX, SALE_TENDERS_MAX, SaleLine,
};
use crate::domain::shift::ShiftClose;
use crate::domain::tax::{TaxLine, TaxRate};
use crate::domain::tender::{CheckNumber, Tender};
use crate::domain::time::Timestamp;

use super::hash::{from_hex, to_hex};
use super::json::{Malformed, Reader, Writer};
use super::record::Unreadable;

/// The version of all bodies written by this program.
pub const VERSION: u16 = 1;
/// The longest free text, in bytes.
pub const TEXT_LEN_MAX: usize = 500;
const TAXES_MAX: usize = 100;

/// Writes an event's body.
pub fn write(json: &mut Writer, event: &Event) {
    json.begin_object();
    match event {
        Event::EpochOpen(open) => write_epoch_open(json, open),
        Event::PackApplied { version, digest } => {
            text(json, "version", version.as_str());
            text(json, "digest", &to_hex(digest));
        }
        Event::SignIn { person, role } => {
            text(json, "person", person.as_str());
            text(json, "role", role.word());
        }
        Event::SignOut { person } => text(json, "person", person.as_str()),
        Event::OutageDeclared(outage) => {
            text(json, "outage", outage.id.as_str());
            text(json, "since", &outage.since.to_string());
            json.key("systems");
            json.array(&outage.systems, |json, system| json.string(system.word()));
            free_text(json, "cause", &outage.cause);
            free_text(json, "ticket", &outage.ticket);
        }
        Event::OutageEnded { outage, note } => {
            text(json, "outage", outage.as_str());
            free_text(json, "note", note);
        }
        Event::ShiftOpen { shift, cashier, float } => {
            int(json, "shift", shift);
            text(json, "cashier", cashier.as_str());
            int(json, "float", float.minor());
        }
        Event::ShiftClose(close) => write_shift_close(json, close),
        Event::CashMovement { shift, movement } => {
            int(json, "shift", shift);
            text(json, "kind", movement.kind.word());
            int(json, "amount", movement.amount.minor());
            free_text(json, "note", &movement.note);
        }
        Event::Sale(sale) | Event::Refund(sale) => write_sale(json, sale),
        Event::SaleAbandoned(sale) => {
            int(json, "shift", sale.shift);
            write_lines(json, &sale.lines);
            int(json, "total", sale.total.minor());
            int(json, "returned", sale.returned.minor());
        }
        Event::ClockEvent { jumped_ms } => int(json, "jumped_ms", jumped_ms),
        Event::RestoredFrom { source, from, to } => {
            free_text(json, "source", source);
            int(json, "from", from);
            int(json, "to", to);
        }
        Event::AckReceived { next_seq, digest } => {
            int(json, "next_seq", next_seq);
            text(json, "digest", &to_hex(digest));
        }
        Event::Note { text: words } => free_text(json, "text", words),
    }
    json.end_object();
}

/// Reads a body.
///
/// # Errors
/// [`Unreadable`] for an unknown kind or version, or a malformed body.
pub fn read(kind: &str, version: u16, body: &str) -> Result<Event, Unreadable> {
    let unknown = || Unreadable::UnknownKind { kind: kind.to_owned(), version };
    if version != VERSION {
        return Err(unknown());
    }
    let mut reader = Reader::new(body);
    let r = &mut reader;
    let event = match kind {
        "epoch_open" => Event::EpochOpen(read_epoch_open(r)?),
        "pack_applied" => Event::PackApplied {
            version: label(r, "version", PackVersion::parse)?,
            digest: bytes32(r, "digest")?,
        },
        "sign_in" => Event::SignIn {
            person: label(r, "person", PersonId::parse)?,
            role: word(r, "role", Role::from_word)?,
        },
        "sign_out" => Event::SignOut { person: label(r, "person", PersonId::parse)? },
        "outage_declared" => Event::OutageDeclared(read_outage(r)?),
        "outage_ended" => Event::OutageEnded {
            outage: label(r, "outage", OutageId::parse)?,
            note: words(r, "note")?,
        },
        "shift_open" => Event::ShiftOpen {
            shift: ShiftNo(number(r, "shift")?),
            cashier: label(r, "cashier", PersonId::parse)?,
            float: money(r, "float")?,
        },
        "shift_close" => Event::ShiftClose(read_shift_close(r)?),
        "cash_movement" => Event::CashMovement {
            shift: ShiftNo(number(r, "shift")?),
            movement: CashMovement {
                kind: word(r, "kind", CashMovementKind::from_word)?,
                amount: money(r, "amount")?,
                note: words(r, "note")?,
            },
        },
        "sale" => Event::Sale(read_sale(r)?),
        "refund" => Event::Refund(read_sale(r)?),
        "sale_abandoned" => Event::SaleAbandoned(AbandonedSale {
            shift: ShiftNo(number(r, "shift")?),
            lines: read_lines(r)?,
            total: money(r, "total")?,
            returned: money(r, "returned")?,
        }),
        "clock_event" => Event::ClockEvent { jumped_ms: number(r, "jumped_ms")? },
        "restored_from" => Event::RestoredFrom {
            source: words(r, "source")?,
            from: Seq(number(r, "from")?),
            to: Seq(number(r, "to")?),
        },
        "ack_received" => Event::AckReceived {
            next_seq: Seq(number(r, "next_seq")?),
            digest: bytes32(r, "digest")?,
        },
        "note" => Event::Note { text: words(r, "text")? },
        _ => return Err(unknown()),
    };
    reader.end_object()?;
    reader.end()?;
    Ok(event)
}

fn write_epoch_open(json: &mut Writer, open: &EpochOpen) {
    text(json, "key", &to_hex(&open.public_key));
    text(json, "nonce", &to_hex(&open.nonce));
    free_text(json, "program", &open.program);
    json.key("currency");
    json.string_or_null(open.currency.as_deref());
    json.key("follows");
    match &open.follows {
        None => json.raw("null"),
        Some(follows) => {
            json.begin_object();
            text(json, "epoch", &follows.epoch.to_string());
            int(json, "next_seq", follows.next_seq);
            free_text(json, "reason", &follows.reason);
            json.end_object();
        }
    }
}

fn read_epoch_open(r: &mut Reader<'_>) -> Result<EpochOpen, Malformed> {
    Ok(EpochOpen {
        public_key: bytes32(r, "key")?,
        nonce: {
            r.key("nonce")?;
            r.string_as(32, "32 hex digits", from_hex)?
        },
        program: words(r, "program")?,
        currency: {
            r.key("currency")?;
            r.nullable(|r| r.string(3).map(|code| code.into_owned()))?
        },
        follows: {
            r.key("follows")?;
            r.nullable(|r| {
                let follows = Follows {
                    epoch: {
                        r.key("epoch")?;
                        Epoch(r.string_as(16, "16 hex digits", from_hex)?)
                    },
                    next_seq: Seq(number(r, "next_seq")?),
                    reason: words(r, "reason")?,
                };
                r.end_object()?;
                Ok(follows)
            })?
        },
    })
}

fn read_outage(r: &mut Reader<'_>) -> Result<Outage, Malformed> {
    Ok(Outage {
        id: label(r, "outage", OutageId::parse)?,
        since: {
            r.key("since")?;
            r.string_as(29, "a time", |text| Timestamp::parse(text).ok())?
        },
        systems: {
            r.key("systems")?;
            r.array(System::ALL.len(), |r| r.string_as(32, "a system", System::from_word))?
        },
        cause: words(r, "cause")?,
        ticket: words(r, "ticket")?,
    })
}

fn write_shift_close(json: &mut Writer, close: &ShiftClose) {
    int(json, "shift", close.shift);
    int(json, "counted_cash", close.counted_cash.minor());
    int(json, "counted_checks", close.counted_checks.minor());
    int(json, "expected_cash", close.expected_cash.minor());
    int(json, "expected_checks", close.expected_checks.minor());
    int(json, "sales", close.sales);
    int(json, "refunds", close.refunds);
}

fn read_shift_close(r: &mut Reader<'_>) -> Result<ShiftClose, Malformed> {
    Ok(ShiftClose {
        shift: ShiftNo(number(r, "shift")?),
        counted_cash: money(r, "counted_cash")?,
        counted_checks: money(r, "counted_checks")?,
        expected_cash: money(r, "expected_cash")?,
        expected_checks: money(r, "expected_checks")?,
        sales: number(r, "sales")?,
        refunds: number(r, "refunds")?,
    })
}

fn write_sale(json: &mut Writer, sale: &CompletedSale) {
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
        match tender {
            Tender::Cash { amount } => {
                text(json, "kind", "cash");
                int(json, "amount", amount.minor());
            }
            Tender::Check { amount, number, proof } => {
                text(json, "kind", "check");
                int(json, "amount", amount.minor());
                text(json, "number", number.as_str());
                json.key("data");
                json.string_or_null(proof.data.map(|data| to_hex(&data.0)).as_deref());
                text(json, "id", proof.id.word());
            }
        }
        json.end_object();
    });
    int(json, "change", sale.change.minor());
}

fn read_sale(r: &mut Reader<'_>) -> Result<CompletedSale, Malformed> {
    Ok(CompletedSale {
        number: SaleNo(number(r, "no")?),
        shift: ShiftNo(number(r, "shift")?),
        lines: read_lines(r)?,
        taxes: {
            r.key("taxes")?;
            r.array(TAXES_MAX, |r| {
                let tax = TaxLine {
                    code: label(r, "code", TaxClass::parse)?,
                    rate: TaxRate::from_tenmillionths(number(r, "rate")?),
                    taxable: money(r, "base")?,
                    amount: money(r, "tax")?,
                };
                r.end_object()?;
                Ok(tax)
            })?
        },
        subtotal: money(r, "subtotal")?,
        total: money(r, "total")?,
        rounding: money(r, "rounding")?,
        tenders: {
            r.key("tenders")?;
            r.array(SALE_TENDERS_MAX, read_tender)?
        },
        change: money(r, "change")?,
    })
}

fn read_tender(r: &mut Reader<'_>) -> Result<Tender, Malformed> {
    let before = r.clone();
    r.key("kind")?;
    let kind = r.string(8)?;
    let amount = money(r, "amount")?;
    let tender = match kind.as_ref() {
        "cash" => Tender::Cash { amount },
        "check" => {
            r.key("number")?;
            let number = r.string_as(10, "a check number", |t| CheckNumber::parse(t).ok())?;
            let data = {
                r.key("data")?;
                r.nullable(|r| r.string_as(64, "64 hex digits", from_hex).map(Commitment))?
            };
            let id = word(r, "id", IdOutcome::from_word)?;
            Tender::Check { amount, number, proof: CheckProof { data, id } }
        }
        _ => return Err(before.malformed("cash or check")),
    };
    r.end_object()?;
    Ok(tender)
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
            quantity: Quantity::from_tenthousandths(number(r, "qty")?),
            unit_price: UnitPrice::from_tenthousandths(number(r, "unit")?),
            price_source: word(r, "price", price_source_from_word)?,
            amount: money(r, "amount")?,
            tax_class: label(r, "tax", TaxClass::parse)?,
            voided: {
                r.key("void")?;
                r.bool()?
            },
        };
        r.end_object()?;
        Ok(line)
    })
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

fn text(json: &mut Writer, key: &'static str, value: &str) {
    json.key(key);
    json.string(value);
}

/// Words of a person or a program, clipped to what a reader takes: screens refuse longer ones
/// before, and a record that nobody can read would be worse than a clipped note.
fn free_text(json: &mut Writer, key: &'static str, value: &str) {
    text(json, key, value.get(..value.floor_char_boundary(TEXT_LEN_MAX)).unwrap_or(""));
}

fn int(json: &mut Writer, key: &'static str, value: impl std::fmt::Display) {
    json.key(key);
    json.int(value);
}

fn number<T: TryFrom<i64>>(r: &mut Reader<'_>, key: &'static str) -> Result<T, Malformed> {
    r.key(key)?;
    r.int_as()
}

fn money(r: &mut Reader<'_>, key: &'static str) -> Result<Money, Malformed> {
    r.key(key)?;
    r.int().map(Money::from_minor)
}

fn words(r: &mut Reader<'_>, key: &'static str) -> Result<String, Malformed> {
    r.key(key)?;
    r.string(TEXT_LEN_MAX).map(|text| text.into_owned())
}

fn label<T, E>(
    r: &mut Reader<'_>,
    key: &'static str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, Malformed> {
    r.key(key)?;
    r.string_as(40, key, |text| parse(text).ok())
}

fn word<T>(
    r: &mut Reader<'_>,
    key: &'static str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Malformed> {
    r.key(key)?;
    r.string_as(32, key, read)
}

fn bytes32(r: &mut Reader<'_>, key: &'static str) -> Result<[u8; 32], Malformed> {
    r.key(key)?;
    r.string_as(64, "64 hex digits", from_hex)
}
