//! The body of a record about a pickup order. What the domain calls unsound is malformed here.

use crate::domain::check::Commitment;
use crate::domain::goods::LINES_MAX;
use crate::domain::goods::carton::{NUMBER_LEN_MAX, OrderNo};
use crate::domain::gtin::ItemCode;
use crate::domain::item::ITEM_NAME_LEN_MAX;
use crate::domain::money::Money;
use crate::domain::pickup::{Asked, Outcome, PLACE_LEN_MAX, Pickup, PickupLine, RefundWhy};
use crate::domain::quantity::Quantity;

use super::sale::{read_approved, write_approved};
use super::{int, read_record_ref, text, word, write_record_ref};
use crate::journal::hash::{from_hex, to_hex};
use crate::journal::json::{Malformed, Reader, Writer};

pub(super) fn write(json: &mut Writer, pickup: &Pickup) {
    text(json, "order", pickup.order.as_str());
    text(json, "outcome", pickup.outcome.word());
    for (key, seen) in [("code", pickup.code), ("id", pickup.id)] {
        json.key(key);
        json.bool(seen);
    }
    json.key("lines");
    json.array(&pickup.lines, |json, line| {
        json.begin_object();
        text(json, "code", line.code.as_str());
        text(json, "name", &line.name);
        if let Some(ordered) = line.ordered {
            int(json, "ordered", ordered.tenthousandths());
        }
        int(json, "handed", line.handed.tenthousandths());
        if let Some(code) = &line.instead_of {
            text(json, "instead_of", code.as_str());
        }
        if !line.place.is_empty() {
            text(json, "place", &line.place);
        }
        json.end_object();
    });
    if let Some(asked) = pickup.refund {
        text(json, "why", asked.why.word());
        if let Some(amount) = asked.amount {
            int(json, "asked", amount.minor());
        }
    }
    if let Some(name) = pickup.name {
        text(json, "name", &to_hex(&name.0));
    }
    if let Some(again) = pickup.again {
        write_record_ref(json, "again", again);
    }
    write_approved(json, pickup.approval.as_ref());
}

pub(super) fn read(r: &mut Reader<'_>) -> Result<Pickup, Malformed> {
    r.key("order")?;
    let order = r.string_as(NUMBER_LEN_MAX, "an order", OrderNo::from_canonical)?;
    let outcome = word(r, "outcome", Outcome::from_word)?;
    r.key("code")?;
    let code = r.bool()?;
    r.key("id")?;
    let id = r.bool()?;
    r.key("lines")?;
    let lines = r.array(LINES_MAX, |r| {
        let line = read_line(r)?;
        r.end_object()?;
        Ok(line)
    })?;
    let refund = if r.optional_key("why") {
        let why = r.string_as(32, "a reason", RefundWhy::from_word)?;
        let amount = if r.optional_key("asked") { Some(Money::from_minor(r.int()?)) } else { None };
        Some(Asked { why, amount })
    } else {
        None
    };
    let name = if r.optional_key("name") {
        Some(r.string_as(64, "64 hex digits", from_hex).map(Commitment)?)
    } else {
        None
    };
    let again = if r.optional_key("again") { Some(read_record_ref(r)?) } else { None };
    let approval = read_approved(r)?;
    let pickup = Pickup { order, outcome, code, id, lines, refund, name, again, approval };
    if pickup.is_sound() { Ok(pickup) } else { Err(r.malformed("a pickup as its outcome says")) }
}

fn read_line(r: &mut Reader<'_>) -> Result<PickupLine, Malformed> {
    let canonical = |text: &str| ItemCode::parse(text).ok().filter(|code| code.as_str() == text);
    r.key("code")?;
    let code = r.string_as(20, "an item's code", canonical)?;
    r.key("name")?;
    let name = r.string(ITEM_NAME_LEN_MAX)?.into_owned();
    let ordered = if r.optional_key("ordered") {
        Some(Quantity::from_tenthousandths(r.int()?))
    } else {
        None
    };
    r.key("handed")?;
    let handed = Quantity::from_tenthousandths(r.int()?);
    let instead_of = if r.optional_key("instead_of") {
        Some(r.string_as(20, "an item's code", canonical)?)
    } else {
        None
    };
    let place = if r.optional_key("place") {
        let place = r.string(PLACE_LEN_MAX)?.into_owned();
        if place.is_empty() {
            return Err(r.malformed("some place"));
        }
        place
    } else {
        String::new()
    };
    Ok(PickupLine { code, name, ordered, handed, instead_of, place })
}
