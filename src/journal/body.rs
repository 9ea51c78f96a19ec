//! The bodies of records, version 1: one function to write and one to read, kind by kind.
//!
//! What is written here is read by strangers for years: a published shape is never changed, a new
//! one gets a new version. docs/record.md lists the shapes; golden records in the tests pin them.

use crate::domain::event::{EpochOpen, Event, Follows, KeyRotated, SuspendedSale};
use crate::domain::ids::{Epoch, OutageId, PackVersion, PersonId, RecordRef, SaleNo, Seq, ShiftNo};
use crate::domain::money::Money;
use crate::domain::person::Role;
use crate::domain::sale::{AbandonedSale, Reason};
use crate::domain::shift::{CashCount, CountedPieces, ShiftClose};

use super::hash::{from_hex, to_hex};
use super::json::{Malformed, Reader, Writer};
use super::record::Unreadable;

/// The version of all bodies written by this program.
pub const VERSION: u16 = 1;
/// The longest free text, in bytes.
pub const TEXT_LEN_MAX: usize = 500;

mod amendment;
mod card_pending;
mod cash;
mod day;
mod decision;
mod erasure;
mod goods;
mod guessing;
mod handing;
mod hours;
mod outage;
mod paper_slip;
mod pickup;
mod rain_check;
mod readiness;
mod sale;

/// The most kinds of notes and coins in a count.
const PIECES_MAX: usize = 24;

/// Writes an event's body.
pub fn write(json: &mut Writer, event: &Event) {
    json.begin_object();
    match event {
        Event::EpochOpen(open) => write_epoch_open(json, open),
        Event::PackApplied { version, digest, jumped, approval } => {
            text(json, "version", version.as_str());
            text(json, "digest", &to_hex(digest));
            if let Some(jumped) = jumped {
                int(json, "jumped", jumped);
            }
            sale::write_approved(json, approval.as_ref());
        }
        Event::SignIn { person, role, by } => {
            text(json, "person", person.as_str());
            text(json, "role", role.word());
            guessing::write_by(json, *by);
        }
        Event::SignOut { person } => text(json, "person", person.as_str()),
        Event::PinGuessed(guessed) => guessing::write(json, guessed),
        Event::WaitEnded(ended) => guessing::write_ended(json, ended),
        Event::DaySet(set) => day::write(json, set),
        Event::OutageDeclared(outage) | Event::OutageUpdated(outage) => {
            outage::write(json, outage);
        }
        Event::OutageTask(tick) => outage::write_tick(json, tick),
        Event::Heard(heard) => outage::write_heard(json, heard),
        Event::OutageEnded { outage, note } => {
            text(json, "outage", outage.as_str());
            free_text(json, "note", note);
        }
        Event::ShiftOpen { shift, cashier, float, pieces } => {
            cash::write_open(json, *shift, cashier, *float, pieces);
        }
        Event::ShiftClose(close) => write_shift_close(json, close),
        Event::DrawerHanded(handing) => handing::write(json, handing),
        Event::CashMovement { shift, movement, approval } => {
            cash::write_movement(json, *shift, movement);
            sale::write_approved(json, approval.as_ref());
        }
        Event::DrawerOpen { shift, reason, approval } => {
            int(json, "shift", shift);
            text(json, "reason", reason.word());
            sale::write_approved(json, approval.as_ref());
        }
        Event::CashCount(count) => write_cash_count(json, count),
        Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale) => {
            sale::write_sale(json, sale);
        }
        Event::SaleAbandoned(sale) => {
            int(json, "shift", sale.shift);
            sale::write_basket(json, &sale.basket);
            int(json, "total", sale.total.minor());
            int(json, "returned", sale.returned.minor());
        }
        Event::SaleSuspended(sale) => {
            int(json, "slip", sale.slip);
            int(json, "shift", sale.shift);
            sale::write_basket(json, &sale.basket);
            int(json, "total", sale.total.minor());
            card_pending::write_reason(json, &sale.reason);
        }
        Event::SaleResumed { slip, of, approval } => {
            int(json, "slip", slip);
            if let Some(of) = of {
                write_record_ref(json, "of", *of);
            }
            sale::write_approved(json, approval.as_ref());
        }
        Event::CardPendingClosed(closed) => card_pending::write(json, closed),
        Event::Reprint { number, approval } => {
            int(json, "no", number);
            sale::write_approved(json, approval.as_ref());
        }
        Event::StockDelta(change) => goods::write_change(json, change),
        Event::StockCount(count) => goods::write_count(json, count),
        Event::Delivery(delivery) => goods::write_delivery(json, delivery),
        Event::Pickup(pickup) => pickup::write(json, pickup),
        Event::Punch(punch) => hours::write_punch(json, punch),
        Event::PunchCorrected(correction) => hours::write_correction(json, correction),
        Event::ReadinessLook(look) => readiness::write_look(json, look),
        Event::Practice(practice) => readiness::write_practice(json, practice),
        Event::RainCheck(step) => rain_check::write(json, step),
        Event::PaperPad(step) => paper_slip::write(json, step),
        Event::ClockEvent { jumped_ms } => int(json, "jumped_ms", jumped_ms),
        Event::RestoredFrom { source, from, to } => {
            free_text(json, "source", source);
            int(json, "from", from);
            int(json, "to", to);
        }
        Event::PiiErased(erased) => erasure::write(json, erased),
        Event::AckReceived { next_seq, digest } => {
            int(json, "next_seq", next_seq);
            text(json, "digest", &to_hex(digest));
        }
        Event::Note { text: words } => free_text(json, "text", words),
        Event::Decision(decision) => decision::write(json, decision),
        Event::StoreClosed(closed) => decision::write_closed(json, closed),
        Event::HandOverAmended(amendment) => amendment::write(json, amendment),
        Event::KeyRotated(rotated) => {
            text(json, "key", &to_hex(&rotated.public_key));
            free_text(json, "reason", &rotated.reason);
        }
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
            jumped: if r.optional_key("jumped") { Some(r.int_as()?) } else { None },
            approval: sale::read_approved(r)?,
        },
        "sign_in" => Event::SignIn {
            person: label(r, "person", PersonId::parse)?,
            role: word(r, "role", Role::from_word)?,
            by: guessing::read_by(r)?,
        },
        "sign_out" => Event::SignOut { person: label(r, "person", PersonId::parse)? },
        "pin_guessed" => Event::PinGuessed(guessing::read(r)?),
        "day_set" => Event::DaySet(day::read(r)?),
        "wait_ended" => Event::WaitEnded(guessing::read_ended(r)?),
        "outage_declared" => Event::OutageDeclared(outage::read(r)?),
        "outage_updated" => Event::OutageUpdated(outage::read(r)?),
        "outage_task" => Event::OutageTask(outage::read_tick(r)?),
        "heard" => Event::Heard(outage::read_heard(r)?),
        "outage_ended" => Event::OutageEnded {
            outage: label(r, "outage", OutageId::parse)?,
            note: words(r, "note")?,
        },
        "shift_open" => {
            let (shift, cashier, float, pieces) = cash::read_open(r)?;
            Event::ShiftOpen { shift, cashier, float, pieces }
        }
        "shift_close" => Event::ShiftClose(read_shift_close(r)?),
        "drawer_handed" => Event::DrawerHanded(handing::read(r)?),
        "cash_movement" => {
            let (shift, movement) = cash::read_movement(r)?;
            Event::CashMovement { shift, movement, approval: sale::read_approved(r)? }
        }
        "drawer_open" => Event::DrawerOpen {
            shift: ShiftNo(number(r, "shift")?),
            reason: word(r, "reason", Reason::from_word)?,
            approval: sale::read_approved(r)?,
        },
        "cash_count" => Event::CashCount(read_cash_count(r)?),
        "sale" => Event::Sale(sale::read_sale(r)?),
        "refund" => Event::Refund(sale::read_sale(r)?),
        "void" => Event::Void(sale::read_sale(r)?),
        "sale_abandoned" => Event::SaleAbandoned(AbandonedSale {
            shift: ShiftNo(number(r, "shift")?),
            basket: sale::read_basket(r)?,
            total: sale::amount(r, "total")?,
            returned: sale::amount(r, "returned")?,
        }),
        "sale_suspended" => Event::SaleSuspended(SuspendedSale {
            slip: number(r, "slip")?,
            shift: ShiftNo(number(r, "shift")?),
            basket: sale::read_basket(r)?,
            total: sale::amount(r, "total")?,
            reason: card_pending::read_reason(r)?,
        }),
        "sale_resumed" => Event::SaleResumed {
            slip: number(r, "slip")?,
            of: if r.optional_key("of") { Some(read_record_ref(r)?) } else { None },
            approval: sale::read_approved(r)?,
        },
        "card_pending_closed" => Event::CardPendingClosed(card_pending::read(r)?),
        "reprint" => {
            Event::Reprint { number: SaleNo(number(r, "no")?), approval: sale::read_approved(r)? }
        }
        "stock_delta" => Event::StockDelta(goods::read_change(r)?),
        "stock_count" => Event::StockCount(goods::read_count(r)?),
        "delivery" => Event::Delivery(goods::read_delivery(r)?),
        "pickup" => Event::Pickup(pickup::read(r)?),
        "punch" => Event::Punch(hours::read_punch(r)?),
        "punch_corrected" => Event::PunchCorrected(hours::read_correction(r)?),
        "readiness" => Event::ReadinessLook(readiness::read_look(r)?),
        "practice" => Event::Practice(readiness::read_practice(r)?),
        "rain_check" => Event::RainCheck(rain_check::read(r)?),
        "paper_pad" => Event::PaperPad(paper_slip::read(r)?),
        "clock_event" => Event::ClockEvent { jumped_ms: number(r, "jumped_ms")? },
        "restored_from" => Event::RestoredFrom {
            source: words(r, "source")?,
            from: Seq(number(r, "from")?),
            to: Seq(number(r, "to")?),
        },
        "pii_erased" => Event::PiiErased(erasure::read(r)?),
        "ack_received" => Event::AckReceived {
            next_seq: Seq(number(r, "next_seq")?),
            digest: bytes32(r, "digest")?,
        },
        "note" => Event::Note { text: words(r, "text")? },
        "decision" => Event::Decision(decision::read(r)?),
        "store_closed" => Event::StoreClosed(decision::read_closed(r)?),
        "hand_over_amended" => Event::HandOverAmended(amendment::read(r)?),
        "key_rotated" => Event::KeyRotated(KeyRotated {
            public_key: bytes32(r, "key")?,
            reason: words(r, "reason")?,
        }),
        _ => return Err(unknown()),
    };
    reader.end_object()?;
    reader.end()?;
    Ok(event)
}

fn write_record_ref(json: &mut Writer, key: &'static str, of: RecordRef) {
    json.key(key);
    json.begin_object();
    text(json, "epoch", &of.epoch.to_string());
    int(json, "seq", of.seq);
    json.end_object();
}

fn read_record_ref(r: &mut Reader<'_>) -> Result<RecordRef, Malformed> {
    r.key("epoch")?;
    let epoch = Epoch(r.string_as(16, "16 hex digits", from_hex)?);
    let seq = Seq(number(r, "seq")?);
    r.end_object()?;
    Ok(RecordRef { epoch, seq })
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
            if let Some(sale) = follows.last_sale {
                int(json, "sale", sale);
            }
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
                    last_sale: if r.optional_key("sale") {
                        Some(SaleNo(r.int_as()?))
                    } else {
                        None
                    },
                };
                r.end_object()?;
                Ok(follows)
            })?
        },
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

fn write_cash_count(json: &mut Writer, count: &CashCount) {
    int(json, "shift", count.shift);
    json.key("pieces");
    json.array(&count.pieces, |json, pieces| {
        json.begin_object();
        int(json, "value", pieces.value.minor());
        int(json, "count", pieces.count);
        json.end_object();
    });
    int(json, "loose", count.loose.minor());
    int(json, "checks", count.checks.minor());
    int(json, "check_count", count.check_count);
}

fn read_cash_count(r: &mut Reader<'_>) -> Result<CashCount, Malformed> {
    Ok(CashCount {
        shift: ShiftNo(number(r, "shift")?),
        pieces: {
            r.key("pieces")?;
            r.array(PIECES_MAX, |r| {
                let pieces =
                    CountedPieces { value: money(r, "value")?, count: number(r, "count")? };
                r.end_object()?;
                Ok(pieces)
            })?
        },
        loose: money(r, "loose")?,
        checks: money(r, "checks")?,
        check_count: number(r, "check_count")?,
    })
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
