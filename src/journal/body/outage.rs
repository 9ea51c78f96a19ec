//! The bodies of outages: what is known of one, when it is declared and whenever that changes.

use super::{Malformed, Reader, Writer, free_text, label, text, words};
use crate::domain::ids::OutageId;
use crate::domain::outage::{Outage, System};
use crate::domain::time::Timestamp;

/// The longest time as a text.
const TIME_LEN_MAX: usize = 29;

pub(super) fn write(json: &mut Writer, outage: &Outage) {
    text(json, "outage", outage.id.as_str());
    text(json, "since", &outage.since.to_string());
    json.key("systems");
    json.array(&outage.systems, |json, system| json.string(system.word()));
    free_text(json, "cause", &outage.cause);
    free_text(json, "ticket", &outage.ticket);
    if let Some(expected) = outage.expected {
        text(json, "expected", &expected.to_string());
    }
}

pub(super) fn read(r: &mut Reader<'_>) -> Result<Outage, Malformed> {
    Ok(Outage {
        id: label(r, "outage", OutageId::parse)?,
        since: {
            r.key("since")?;
            time(r)?
        },
        systems: {
            r.key("systems")?;
            r.array(System::ALL.len(), |r| r.string_as(32, "a system", System::from_word))?
        },
        cause: words(r, "cause")?,
        ticket: words(r, "ticket")?,
        expected: if r.optional_key("expected") { Some(time(r)?) } else { None },
    })
}

fn time(r: &mut Reader<'_>) -> Result<Timestamp, Malformed> {
    r.string_as(TIME_LEN_MAX, "a time", |text| Timestamp::parse(text).ok())
}
