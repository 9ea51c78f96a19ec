//! The body of an amendment: a record of central's own journal.

use crate::domain::amendment::{
    Amend, Amended, Amendment, RECORDS_MAX, REFERENCE_LEN_MAX, TARGET_LEN_MAX,
};
use crate::domain::decision::REASON_LEN_MAX;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::Seq;
use crate::journal::hash::to_hex;
use crate::journal::json::{Malformed, Reader, Writer};

use super::decision::{clipped, epoch, words};
use super::{bytes32, int, number, text};

pub(super) fn write(json: &mut Writer, amendment: &Amendment) {
    text(json, "target", clipped(&amendment.target, TARGET_LEN_MAX));
    text(json, "action", amendment.action.word());
    match &amendment.action {
        Amend::Again => {}
        Amend::AgainAs { item, other } => {
            text(json, "item", item.as_str());
            text(json, "as", other.as_str());
        }
        Amend::ByHand { reference } => {
            text(json, "reference", clipped(reference, REFERENCE_LEN_MAX));
        }
    }
    json.key("records");
    json.array(amendment.records.iter().take(RECORDS_MAX), |json, one| {
        json.begin_object();
        text(json, "epoch", &one.epoch.to_string());
        int(json, "seq", one.seq);
        text(json, "hash", &to_hex(&one.hash));
        json.end_object();
    });
    text(json, "reason", clipped(&amendment.reason, REASON_LEN_MAX));
}

pub(super) fn read(r: &mut Reader<'_>) -> Result<Amendment, Malformed> {
    let target = words(r, "target", TARGET_LEN_MAX)?;
    r.key("action")?;
    let said = r.string(16)?.into_owned();
    let action = match said.as_str() {
        "again" => Amend::Again,
        "again_as" => Amend::AgainAs { item: item(r, "item")?, other: item(r, "as")? },
        "by_hand" => Amend::ByHand { reference: words(r, "reference", REFERENCE_LEN_MAX)? },
        _ => return Err(r.malformed("what is done")),
    };
    r.key("records")?;
    let records = r.array(RECORDS_MAX, |r| {
        let (epoch, seq) = (epoch(r)?, Seq(number(r, "seq")?));
        let one = Amended { epoch, seq, hash: bytes32(r, "hash")? };
        r.end_object()?;
        Ok(one)
    })?;
    if records.is_empty() {
        return Err(r.malformed("a record that is amended"));
    }
    let reason = words(r, "reason", REASON_LEN_MAX)?;
    Ok(Amendment { target, action, records, reason })
}

fn item(r: &mut Reader<'_>, key: &'static str) -> Result<ItemCode, Malformed> {
    r.key(key)?;
    let canonical = |text: &str| ItemCode::parse(text).ok().filter(|code| code.as_str() == text);
    r.string_as(20, "an item's code", canonical)
}
