//! The bodies of records about goods: what changed, what was counted, what a truck brought.
//!
//! What the domain calls unsound is malformed here: no record says that damage brought goods in.

use crate::domain::goods::LINES_MAX;
use crate::domain::goods::carton::{Carton, NUMBER_LEN_MAX, OrderNo};
use crate::domain::goods::change::{ChangedLine, SlipNo, StockChange, Transfer};
use crate::domain::goods::count::{AREA_LEN_MAX, CountedLine, StockCount, TRIES_MAX};
use crate::domain::goods::delivery::{
    Against, CARTONS_MAX, DeliveredLine, Delivery, Listed, SUPPLIER_LEN_MAX,
};
use crate::domain::goods::reason::StockReason;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{Epoch, PersonId, RecordRef, Seq, StoreNo};
use crate::domain::item::ITEM_NAME_LEN_MAX;
use crate::domain::quantity::Quantity;
use crate::domain::time::Timestamp;

use super::sale::{read_approved, write_approved};
use super::{TEXT_LEN_MAX, free_text, int, label, number, text, word};
use crate::journal::hash::from_hex;
use crate::journal::json::{Malformed, Reader, Writer};

pub(super) fn write_change(json: &mut Writer, change: &StockChange) {
    text(json, "reason", change.reason.word());
    json.key("lines");
    json.array(&change.lines, |json, line| {
        json.begin_object();
        write_item(json, &line.code, &line.name);
        quantity(json, "delta", line.delta);
        if let (Some(before), Some(after)) = (line.before, line.after()) {
            quantity(json, "before", before);
            quantity(json, "after", after);
        }
        json.end_object();
    });
    if let Some(transfer) = &change.transfer {
        json.key("transfer");
        json.begin_object();
        int(json, "store", transfer.other);
        text(json, "slip", transfer.slip.as_str());
        json.end_object();
    }
    if let Some(place) = change.corrects {
        json.key("corrects");
        json.begin_object();
        text(json, "epoch", &place.epoch.to_string());
        int(json, "seq", place.seq);
        json.end_object();
    }
    write_words(json, "note", &change.note);
    write_approved(json, change.approval.as_ref());
}

pub(super) fn read_change(r: &mut Reader<'_>) -> Result<StockChange, Malformed> {
    let change = StockChange {
        reason: word(r, "reason", StockReason::from_word)?,
        lines: lines(r, |r| {
            let (code, name) = read_item(r)?;
            let delta = read_quantity(r, "delta")?;
            let before = if r.optional_key("before") {
                let before = Quantity::from_tenthousandths(r.int()?);
                let after = read_quantity(r, "after")?;
                if before.plus(delta) != Ok(after) {
                    return Err(r.malformed("what was there before and the change"));
                }
                Some(before)
            } else {
                None
            };
            Ok(ChangedLine { code, name, delta, before })
        })?,
        transfer: part(r, "transfer", |r| {
            let other = StoreNo(number(r, "store")?);
            Ok(Transfer { other, slip: label(r, "slip", SlipNo::parse)? })
        })?,
        corrects: part(r, "corrects", |r| {
            r.key("epoch")?;
            let epoch = Epoch(r.string_as(16, "16 hex digits", from_hex)?);
            Ok(RecordRef { epoch, seq: Seq(number(r, "seq")?) })
        })?,
        note: read_words(r, "note", TEXT_LEN_MAX)?,
        approval: read_approved(r)?,
    };
    if change.is_sound() { Ok(change) } else { Err(r.malformed("a change as its reason says")) }
}

pub(super) fn write_count(json: &mut Writer, count: &StockCount) {
    text(json, "area", &count.area);
    json.key("by");
    json.array(&count.counters, |json, person| json.string(person.as_str()));
    json.key("lines");
    json.array(&count.lines, |json, line| {
        json.begin_object();
        write_item(json, &line.code, &line.name);
        text(json, "at", &line.at.to_string());
        json.key("tries");
        json.array(&line.tries, |json, tried| json.int(tried.tenthousandths()));
        if let Some(expected) = line.expected {
            quantity(json, "expected", expected);
        }
        json.end_object();
    });
    write_words(json, "note", &count.note);
}

pub(super) fn read_count(r: &mut Reader<'_>) -> Result<StockCount, Malformed> {
    let count = StockCount {
        area: {
            r.key("area")?;
            r.string(AREA_LEN_MAX)?.into_owned()
        },
        counters: {
            r.key("by")?;
            r.array(2, |r| r.string_as(16, "a person", |text| PersonId::parse(text).ok()))?
        },
        lines: lines(r, |r| {
            let (code, name) = read_item(r)?;
            let at = {
                r.key("at")?;
                r.string_as(29, "a time", |text| Timestamp::parse(text).ok())?
            };
            r.key("tries")?;
            let tries = r.array(TRIES_MAX, |r| r.int().map(Quantity::from_tenthousandths))?;
            let expected = if r.optional_key("expected") {
                Some(Quantity::from_tenthousandths(r.int()?))
            } else {
                None
            };
            Ok(CountedLine { code, name, at, tries, expected })
        })?,
        note: read_words(r, "note", TEXT_LEN_MAX)?,
    };
    if count.is_sound() { Ok(count) } else { Err(r.malformed("a count")) }
}

pub(super) fn write_delivery(json: &mut Writer, delivery: &Delivery) {
    text(json, "receiving", delivery.receiving.as_str());
    if delivery.parts > 1 {
        int(json, "part", delivery.part);
        int(json, "parts", delivery.parts);
    }
    if let Against::Notice(notice) = &delivery.against {
        text(json, "notice", notice.as_str());
    }
    write_words(json, "supplier", &delivery.supplier);
    if let Some(order) = &delivery.order {
        text(json, "order", order.as_str());
    }
    if !delivery.cartons.is_empty() {
        json.key("cartons");
        json.array(&delivery.cartons, |json, carton| json.string(carton.as_str()));
    }
    json.key("lines");
    json.array(&delivery.lines, |json, line| {
        json.begin_object();
        write_item(json, &line.code, &line.name);
        if let Listed::Of(listed) = line.listed {
            quantity(json, "listed", listed);
        }
        quantity(json, "came", line.came);
        if line.damaged != Quantity::default() {
            quantity(json, "damaged", line.damaged);
        }
        json.end_object();
    });
    if let Some(again) = &delivery.again {
        text(json, "again", again.as_str());
    }
    write_words(json, "note", &delivery.note);
    write_approved(json, delivery.approval.as_ref());
}

pub(super) fn read_delivery(r: &mut Reader<'_>) -> Result<Delivery, Malformed> {
    let receiving = label(r, "receiving", SlipNo::parse)?;
    let (part, parts) = if r.optional_key("part") {
        let (part, parts) = (r.int_as()?, number(r, "parts")?);
        if parts == 1 {
            return Err(r.malformed("a part of several"));
        }
        (part, parts)
    } else {
        (1, 1)
    };
    let slip = |r: &mut Reader<'_>, what| r.string_as(40, what, |text| SlipNo::parse(text).ok());
    let delivery = Delivery {
        receiving,
        part,
        parts,
        against: if r.optional_key("notice") {
            Against::Notice(slip(r, "a notice")?)
        } else {
            Against::Slip
        },
        supplier: read_words(r, "supplier", SUPPLIER_LEN_MAX)?,
        order: if r.optional_key("order") {
            Some(r.string_as(NUMBER_LEN_MAX, "an order", OrderNo::from_canonical)?)
        } else {
            None
        },
        cartons: if r.optional_key("cartons") {
            let carton = |r: &mut Reader<'_>| {
                r.string_as(NUMBER_LEN_MAX, "a carton", Carton::from_canonical)
            };
            some(r.array(CARTONS_MAX, carton)?, r)?
        } else {
            Vec::new()
        },
        lines: lines(r, |r| {
            let (code, name) = read_item(r)?;
            let listed = if r.optional_key("listed") {
                Listed::Of(Quantity::from_tenthousandths(r.int()?))
            } else {
                Listed::No
            };
            let came = read_quantity(r, "came")?;
            let damaged = if r.optional_key("damaged") {
                Some(Quantity::from_tenthousandths(r.int()?))
                    .filter(|damaged| *damaged != Quantity::default())
                    .ok_or_else(|| r.malformed("some damage"))?
            } else {
                Quantity::default()
            };
            Ok(DeliveredLine { code, name, listed, came, damaged })
        })?,
        again: if r.optional_key("again") { Some(slip(r, "a receiving")?) } else { None },
        note: read_words(r, "note", TEXT_LEN_MAX)?,
        approval: read_approved(r)?,
    };
    if delivery.is_sound() { Ok(delivery) } else { Err(r.malformed("a delivery")) }
}

fn write_item(json: &mut Writer, code: &ItemCode, name: &str) {
    text(json, "code", code.as_str());
    text(json, "name", name);
}

fn read_item(r: &mut Reader<'_>) -> Result<(ItemCode, String), Malformed> {
    r.key("code")?;
    let canonical = |text: &str| ItemCode::parse(text).ok().filter(|code| code.as_str() == text);
    let code = r.string_as(20, "an item's code", canonical)?;
    r.key("name")?;
    Ok((code, r.string(ITEM_NAME_LEN_MAX)?.into_owned()))
}

fn lines<T>(
    r: &mut Reader<'_>,
    mut line: impl FnMut(&mut Reader<'_>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    r.key("lines")?;
    r.array(LINES_MAX, |r| {
        let line = line(r)?;
        r.end_object()?;
        Ok(line)
    })
}

fn some<T>(elements: Vec<T>, r: &Reader<'_>) -> Result<Vec<T>, Malformed> {
    if elements.is_empty() { Err(r.malformed("at least one")) } else { Ok(elements) }
}

fn part<T>(
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

/// Words that are left out where there are none.
fn write_words(json: &mut Writer, key: &'static str, words: &str) {
    if !words.is_empty() {
        free_text(json, key, words);
    }
}

fn read_words(r: &mut Reader<'_>, key: &'static str, len_max: usize) -> Result<String, Malformed> {
    if !r.optional_key(key) {
        return Ok(String::new());
    }
    let words = r.string(len_max)?.into_owned();
    if words.is_empty() { Err(r.malformed("some words")) } else { Ok(words) }
}

fn quantity(json: &mut Writer, key: &'static str, quantity: Quantity) {
    int(json, key, quantity.tenthousandths());
}

fn read_quantity(r: &mut Reader<'_>, key: &'static str) -> Result<Quantity, Malformed> {
    r.key(key)?;
    r.int().map(Quantity::from_tenthousandths)
}
