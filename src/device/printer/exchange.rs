//! One job with a printer, from hello to the word that it is printed.
//!
//! ```text
//!  open ─▶ how are you? ─ no paper, open, offline ─▶ NotStarted     nothing is sent
//!             │ well, or silent
//!             ▼
//!          all bytes ─ some were sent, then no more ─▶ CutOff
//!             │
//!             ▼
//!          are you done? ─ yes ─▶ Printed
//!             ├ gone, out of paper meanwhile ─▶ CutOff
//!             └ silent, though it should answer ─▶ Unsure
//! ```
//!
//! Nothing is sent to a printer without paper: it would keep the bytes and print them when the
//! customer has long had a copy, and then two papers would both be the original.

use std::time::Duration;

use crate::receipt::escpos::{RESYNC, encode};
use crate::receipt::status::{ARE_YOU_DONE, Condition, Query, is_answer, is_done};

use super::wire::{Read, Wire};
use super::{Job, Outcome, Printout, Setup, Trouble};

/// Bytes of garbage that are read over while an answer is waited for.
const GARBAGE_MAX: u32 = 4_096;

/// What came of a job, and how the printer is.
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    pub(super) condition: Option<Condition>,
}

/// Bytes a printer sent that mean nothing.
#[derive(Debug, Default)]
pub(super) struct Garbage(pub(super) u64);

/// What came back to a question.
enum Answer<T> {
    Is(T),
    Silence,
    Gone,
}

/// Asks a printer how it is.
pub(super) fn look(setup: &Setup) -> Result<Option<Condition>, Trouble> {
    let mut wire = Wire::open(&setup.target, &setup.deadlines)?;
    let condition = if setup.answers {
        match ask(&mut wire, setup, &mut Garbage::default()) {
            Answer::Is(condition) => Some(condition),
            Answer::Silence => None,
            Answer::Gone => return Err(Trouble::Lost),
        }
    } else {
        None
    };
    wire.finish();
    Ok(condition)
}

/// Does one job. After one that was cut off, `resync` ends whatever the printer still waits for.
pub(super) fn run(setup: &Setup, job: &Job, resync: bool, garbage: &mut Garbage) -> Ended {
    let mut condition = None;
    let outcome = talk(setup, job, resync, &mut condition, garbage);
    Ended { outcome: outcome.unwrap_or_else(|early| early), condition }
}

fn talk(
    setup: &Setup,
    job: &Job,
    resync: bool,
    condition: &mut Option<Condition>,
    garbage: &mut Garbage,
) -> Result<Outcome, Outcome> {
    let bytes = encode(&job.document, &setup.profile);
    if bytes.is_empty() {
        return Ok(Outcome::Printed);
    }
    let mut wire = Wire::open(&setup.target, &setup.deadlines).map_err(Outcome::NotStarted)?;
    let stall = setup.deadlines.stall;
    let sent = |(count, trouble)| match count {
        0 => Outcome::NotStarted(trouble),
        _ => Outcome::CutOff(trouble),
    };
    if job.what == Printout::Drawer {
        // No questions: the drawer opens also while there is no paper.
        wire.write_all(&bytes, stall).map_err(sent)?;
        wire.finish();
        return Ok(Outcome::Printed);
    }
    if resync {
        // Before any question: the rest of a command would swallow it.
        wire.write_all(&RESYNC, stall).map_err(|(_, trouble)| Outcome::NotStarted(trouble))?;
    }
    let answers = setup.answers && wire.can_read();
    if answers {
        match ask(&mut wire, setup, garbage) {
            Answer::Is(found) => {
                *condition = Some(found);
                if let Some(trouble) = Trouble::of(&found) {
                    wire.finish();
                    return Err(Outcome::NotStarted(trouble));
                }
            }
            Answer::Silence => {}
            Answer::Gone => return Err(Outcome::NotStarted(Trouble::Lost)),
        }
    }
    wire.write_all(&bytes, stall).map_err(sent)?;
    if !answers {
        // A connection that was cut shows at the next look, if at all.
        let gone = wire.can_read() && wire.read(Duration::ZERO) == Read::Gone;
        wire.finish();
        return if gone { Err(Outcome::CutOff(Trouble::Lost)) } else { Ok(Outcome::Printed) };
    }
    let outcome = until_done(&mut wire, setup, condition, garbage);
    wire.finish();
    outcome
}

/// Waits until the printer says that all is printed, and asks meanwhile whether it still prints.
fn until_done(
    wire: &mut Wire,
    setup: &Setup,
    condition: &mut Option<Condition>,
    garbage: &mut Garbage,
) -> Result<Outcome, Outcome> {
    let cut = |(_, trouble)| Outcome::CutOff(trouble);
    wire.write_all(&ARE_YOU_DONE, setup.deadlines.stall).map_err(cut)?;
    let looks = setup.deadlines.done.as_millis() / setup.deadlines.answer.as_millis().max(1);
    for _ in 0..looks.max(1) {
        match wait_for(wire, setup.deadlines.answer, is_done, garbage) {
            Answer::Is(_) => return Ok(Outcome::Printed),
            Answer::Gone => return Err(Outcome::CutOff(Trouble::Lost)),
            // One that never answered will not begin now.
            Answer::Silence if condition.is_none() => return Ok(Outcome::Unsure),
            Answer::Silence => {}
        }
        match ask(wire, setup, garbage) {
            Answer::Is(found) => {
                *condition = Some(found);
                if let Some(trouble) = Trouble::of(&found) {
                    return Err(Outcome::CutOff(trouble));
                }
            }
            Answer::Silence => return Ok(Outcome::Unsure),
            Answer::Gone => return Err(Outcome::CutOff(Trouble::Lost)),
        }
    }
    // It answers, is well, and only does not know this question.
    Ok(Outcome::Printed)
}

/// Asks about paper and readiness; why it is not ready is asked only where it is not.
fn ask(wire: &mut Wire, setup: &Setup, garbage: &mut Garbage) -> Answer<Condition> {
    let mut condition = Condition::default();
    for query in [Query::Printer, Query::Paper, Query::Offline, Query::Error] {
        if matches!(query, Query::Offline | Query::Error) && !condition.offline {
            break;
        }
        if wire.write_all(&query.bytes(), setup.deadlines.stall).is_err() {
            return Answer::Gone;
        }
        match wait_for(wire, setup.deadlines.answer, is_answer, garbage) {
            Answer::Is(byte) => condition = condition.with(query, byte),
            Answer::Silence => return Answer::Silence,
            Answer::Gone => return Answer::Gone,
        }
    }
    Answer::Is(condition)
}

/// The next byte that looks like an answer; all others are garbage.
fn wait_for(
    wire: &mut Wire,
    wait: Duration,
    looks_right: impl Fn(u8) -> bool,
    garbage: &mut Garbage,
) -> Answer<u8> {
    for _ in 0..GARBAGE_MAX {
        match wire.read(wait) {
            Read::Byte(byte) if looks_right(byte) => return Answer::Is(byte),
            // The answer to an earlier question that came late is no garbage, but of no use.
            Read::Byte(byte) if is_answer(byte) || is_done(byte) && byte != 0 => {}
            Read::Byte(_) => garbage.0 = garbage.0.saturating_add(1),
            Read::Nothing => return Answer::Silence,
            Read::Gone => return Answer::Gone,
        }
    }
    Answer::Silence
}
