//! The bodies of punches and their corrections.

use crate::domain::hours::{Change, Correction, Punch, PunchKind, REASON_LEN_MAX};
use crate::domain::ids::PersonId;
use crate::domain::time::Timestamp;
use crate::journal::json::{Malformed, Reader, Writer};

use super::{label, read_record_ref, text, word, write_record_ref};

pub(super) fn write_punch(json: &mut Writer, punch: &Punch) {
    text(json, "person", punch.person.as_str());
    text(json, "kind", punch.kind.word());
}

pub(super) fn read_punch(r: &mut Reader<'_>) -> Result<Punch, Malformed> {
    Ok(Punch {
        person: label(r, "person", PersonId::parse)?,
        kind: word(r, "kind", PunchKind::from_word)?,
    })
}

pub(super) fn write_correction(json: &mut Writer, correction: &Correction) {
    text(json, "person", correction.person.as_str());
    match correction.change {
        Change::Missed { kind, at } => {
            text(json, "change", "missed");
            text(json, "kind", kind.word());
            text(json, "at", &at.to_string());
        }
        Change::Moved { of, at } => {
            text(json, "change", "moved");
            write_record_ref(json, "of", of);
            text(json, "at", &at.to_string());
        }
        Change::Removed { of } => {
            text(json, "change", "removed");
            write_record_ref(json, "of", of);
        }
    }
    text(json, "reason", &correction.reason);
}

pub(super) fn read_correction(r: &mut Reader<'_>) -> Result<Correction, Malformed> {
    let person = label(r, "person", PersonId::parse)?;
    r.key("change")?;
    let said = r.string(16)?.into_owned();
    let change = match said.as_str() {
        "missed" => {
            Change::Missed { kind: word(r, "kind", PunchKind::from_word)?, at: read_time(r)? }
        }
        "moved" => {
            r.key("of")?;
            Change::Moved { of: read_record_ref(r)?, at: read_time(r)? }
        }
        "removed" => {
            r.key("of")?;
            Change::Removed { of: read_record_ref(r)? }
        }
        _ => return Err(r.malformed("missed, moved or removed")),
    };
    r.key("reason")?;
    Ok(Correction { person, change, reason: r.string(REASON_LEN_MAX)?.into_owned() })
}

fn read_time(r: &mut Reader<'_>) -> Result<Timestamp, Malformed> {
    r.key("at")?;
    r.string_as(29, "a time", |text| Timestamp::parse(text).ok())
}
