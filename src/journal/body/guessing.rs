//! The shapes of wrong PINs, and of waits that were ended.

use crate::domain::event::SignInBy;
use crate::domain::guessing::{GuessEnd, PinGuessed, WaitEnded};
use crate::domain::ids::PersonId;
use crate::domain::time::Timestamp;
use crate::journal::json::{Malformed, Reader, Writer};

use super::sale::{read_approved, write_approved};
use super::{int, label, number, text};

/// Writes by what somebody signed in, or tried to; a PIN alone is left out.
pub(super) fn write_by(json: &mut Writer, by: SignInBy) {
    match by {
        SignInBy::Pin => {}
        SignInBy::Badge => text(json, "by", "badge"),
        SignInBy::Phone => text(json, "by", "phone"),
    }
}

/// Reads it.
pub(super) fn read_by(r: &mut Reader<'_>) -> Result<SignInBy, Malformed> {
    if !r.optional_key("by") {
        return Ok(SignInBy::Pin);
    }
    r.string_as(8, "badge or phone", |word| match word {
        "badge" => Some(SignInBy::Badge),
        "phone" => Some(SignInBy::Phone),
        _ => None,
    })
}

pub(super) fn write(json: &mut Writer, guessed: &PinGuessed) {
    if let Some(person) = &guessed.person {
        text(json, "person", person.as_str());
    }
    write_by(json, guessed.by);
    int(json, "tries", guessed.tries);
    if let GuessEnd::AllWait { numbers } = guessed.then {
        int(json, "numbers", numbers);
    }
    text(json, "from", &guessed.from.to_string());
    text(json, "to", &guessed.to.to_string());
    let then = match guessed.then {
        GuessEnd::Wait => "wait",
        GuessEnd::AllWait { .. } => "all_wait",
        GuessEnd::Right => "right",
    };
    text(json, "then", then);
}

pub(super) fn read(r: &mut Reader<'_>) -> Result<PinGuessed, Malformed> {
    let person = if r.optional_key("person") {
        Some(r.string_as(16, "a person", |text| PersonId::parse(text).ok())?)
    } else {
        None
    };
    let by = read_by(r)?;
    let tries = number(r, "tries")?;
    let numbers = if r.optional_key("numbers") { Some(r.int_as::<u32>()?) } else { None };
    let (from, to) = (time(r, "from")?, time(r, "to")?);
    r.key("then")?;
    let then = r.string_as(8, "what came of it", |word| match (word, numbers) {
        ("wait", None) => Some(GuessEnd::Wait),
        ("all_wait", Some(numbers)) => Some(GuessEnd::AllWait { numbers }),
        ("right", None) => Some(GuessEnd::Right),
        _ => None,
    })?;
    let guessed = PinGuessed { person, by, tries, from, to, then };
    if guessed.is_sound() { Ok(guessed) } else { Err(r.malformed("wrong tries that go together")) }
}

pub(super) fn write_ended(json: &mut Writer, ended: &WaitEnded) {
    text(json, "person", ended.person.as_str());
    int(json, "tries", ended.tries);
    write_approved(json, ended.approval.as_ref());
}

pub(super) fn read_ended(r: &mut Reader<'_>) -> Result<WaitEnded, Malformed> {
    let person = label(r, "person", PersonId::parse)?;
    let tries = number(r, "tries")?;
    if tries == 0 {
        return Err(r.malformed("wrong tries"));
    }
    Ok(WaitEnded { person, tries, approval: read_approved(r)? })
}

fn time(r: &mut Reader<'_>, key: &'static str) -> Result<Timestamp, Malformed> {
    r.key(key)?;
    r.string_as(29, "a time", |text| Timestamp::parse(text).ok())
}
