//! The bodies of pads of paper slips, and how a sale's terms name the slip it was written on.

use crate::domain::ids::PersonId;
use crate::domain::paper_slip::{
    NUMBER_MAX, PadStep, PaperPad, PaperSlip, SPOILED_LEN_MAX, read_reason,
};
use crate::domain::sale::SALE_LINES_MAX;
use crate::domain::time::Timestamp;
use crate::journal::json::{Malformed, Reader, Writer};

use super::sale::{read_approved, some_of, write_approved};
use super::{int, label, number, text, word};

pub(super) fn write(json: &mut Writer, step: &PadStep) {
    match step {
        PadStep::Issued { pad, approval } => {
            text(json, "step", "issued");
            int(json, "first", pad.first);
            int(json, "last", pad.last);
            text(json, "person", pad.person.as_str());
            write_approved(json, approval.as_ref());
        }
        PadStep::Spoiled { number, reason, approval } => {
            text(json, "step", "spoiled");
            int(json, "number", number);
            text(json, "reason", reason);
            write_approved(json, approval.as_ref());
        }
    }
}

pub(super) fn read(r: &mut Reader<'_>) -> Result<PadStep, Malformed> {
    let before = r.clone();
    let issued = word(r, "step", |word| match word {
        "issued" => Some(true),
        "spoiled" => Some(false),
        _ => None,
    })?;
    if issued {
        let pad = PaperPad {
            first: number(r, "first")?,
            last: number(r, "last")?,
            person: label(r, "person", PersonId::parse)?,
        };
        if !pad.is_bounded() {
            return Err(before.malformed("a pad"));
        }
        return Ok(PadStep::Issued { pad, approval: read_approved(r)? });
    }
    let number = slip_number(r)?;
    r.key("reason")?;
    let said = |text: &str| read_reason(text).ok().filter(|reason| reason == text);
    let reason = r.string_as(SPOILED_LEN_MAX, "a reason", said)?;
    Ok(PadStep::Spoiled { number, reason, approval: read_approved(r)? })
}

fn slip_number(r: &mut Reader<'_>) -> Result<u32, Malformed> {
    let before = r.clone();
    let number: u32 = number(r, "number")?;
    let fits = (1..=NUMBER_MAX).contains(&number);
    if fits { Ok(number) } else { Err(before.malformed("a slip's number")) }
}

/// The slip of a sale's terms; left out where there is none.
pub(super) fn write_slip(json: &mut Writer, slip: Option<&PaperSlip>) {
    let Some(slip) = slip else { return };
    json.key("paper_slip");
    json.begin_object();
    int(json, "number", slip.number);
    text(json, "at", &slip.at.to_string());
    if !slip.guessed.is_empty() {
        json.key("guessed");
        json.array(&slip.guessed, |json, place| json.int(place));
    }
    json.end_object();
}

pub(super) fn read_slip(r: &mut Reader<'_>) -> Result<Option<PaperSlip>, Malformed> {
    if !r.optional_key("paper_slip") {
        return Ok(None);
    }
    let number = slip_number(r)?;
    r.key("at")?;
    let at = r.string_as(29, "a time", |text| Timestamp::parse(text).ok())?;
    let guessed = some_of(r, "guessed", SALE_LINES_MAX, |r| r.int_as())?;
    r.end_object()?;
    Ok(Some(PaperSlip { number, at, guessed }))
}
