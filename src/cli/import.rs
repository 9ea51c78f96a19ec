//! `tideover import`: hands exported journal files to central, from a stick or a share. The same
//! file any number of times: what central has, it has. A reader with limits opens the file.

use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use serde::Serialize;

use super::read_stick::{Told, told};
use crate::device::reader::{NotTold, Reader};
use crate::journal::key::{Domain, PublicKey};
use crate::sync::carrier::{NoAnswer, Request, Transport};
use crate::sync::sealed::Sealed;
use crate::sync::wire::{RecordsAnswer, Refusal, SealedAnswer};

/// How many refused lines are told one by one.
const TOLD_MAX: usize = 100;

/// How many of those a person is shown; `--json` gives the rest.
const SHOWN_MAX: usize = 10;

/// What became of a file.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Imported {
    /// The file.
    pub file: String,
    /// Lines read.
    pub lines: u64,
    /// Records new to central.
    pub created: u64,
    /// Records central had.
    pub existing: u64,
    /// Records that wait for others before them.
    pub parked: u64,
    /// Rows of sealed data that central holds.
    pub sealed: u64,
    /// Lines central did not take, in words; at most 100.
    pub refused: Vec<String>,
    /// How many.
    pub refused_count: u64,
}

/// Why a file was not handed over to its end. Doing it again is safe.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The file, in its reader's words.
    #[error("{0}")]
    NotRead(String),
    /// The reader.
    #[error(
        "{file} was not read to its end: {why}. What was handed over before that is at central; \
         import the whole file again, nothing counts twice"
    )]
    NotTold {
        /// The file.
        file: String,
        /// Why.
        why: NotTold,
    },
    /// No answer.
    #[error(
        "central can't be reached ({}); what was handed over before that is at central. Check the \
         address and import the whole file again: nothing counts twice", .0.text
    )]
    NoAnswer(NoAnswer),
    /// Central's words.
    #[error("central did not take it: {0}")]
    Refused(String),
    /// Something else answered.
    #[error("what answered is not this central; check the address")]
    NotCentral,
}

impl From<NoAnswer> for Failed {
    fn from(why: NoAnswer) -> Self {
        Self::NoAnswer(why)
    }
}

/// Has a file read and hands it over in pieces; `progress` hears the bytes so far, and of how
/// many.
///
/// # Errors
/// [`Failed`].
pub fn run(
    reader: &Reader,
    file: &Path,
    central_key: Option<&PublicKey>,
    transport: &mut dyn Transport,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Imported, Failed> {
    let name = file.display().to_string();
    let silent = |why| Failed::NotTold { file: name.clone(), why };
    let words: [OsString; 4] = ["read-stick".into(), "lines".into(), "--".into(), file.into()];
    let mut reading = reader.begin(&words, u64::MAX).map_err(silent)?;
    let mut imported = Imported { file: name.clone(), ..Imported::default() };
    let (mut length, mut done) = (0, 0_u64);
    loop {
        let frame = reading.next_frame().map_err(silent)?;
        match told(&frame).map_err(silent)? {
            Told::Length(bytes) => length = bytes,
            Told::Lines(lines) => {
                let (first_line, count) = (imported.lines, count_of(&lines));
                imported.add(hand_over(lines, central_key, transport)?, first_line);
                imported.lines = imported.lines.saturating_add(count);
            }
            Told::Sealed(message) => {
                let body = message.trim_ascii_end().to_vec();
                let answer: SealedAnswer = ask("/v1/sealed", body, central_key, transport)?;
                let held = u64::try_from(answer.held.len()).unwrap_or(0);
                imported.sealed = imported.sealed.saturating_add(held);
                imported.lines = imported.lines.saturating_add(1);
            }
            Told::Refused(refused) => return Err(Failed::NotRead(refused.words)),
            Told::End => break,
            #[cfg(feature = "central")]
            Told::Head(_) | Told::Good(_) | Told::Bad(_) => return Err(silent(NotTold::Nonsense)),
        }
        if !matches!(frame.kind, b'N') {
            done = done.saturating_add(u64::try_from(frame.bytes.len()).unwrap_or(0));
            progress(done, length);
        }
    }
    reading.finish().map_err(silent)?;
    Ok(imported)
}

fn count_of(lines: &[u8]) -> u64 {
    let ends = lines.iter().filter(|byte| **byte == b'\n').count();
    let open = usize::from(!lines.ends_with(b"\n"));
    u64::try_from(ends.saturating_add(open)).unwrap_or(u64::MAX)
}

pub(super) fn hand_over(
    body: Vec<u8>,
    central_key: Option<&PublicKey>,
    transport: &mut dyn Transport,
) -> Result<RecordsAnswer, Failed> {
    ask("/v1/records", body, central_key, transport)
}

pub(super) fn ask<T: serde::de::DeserializeOwned>(
    path: &str,
    body: Vec<u8>,
    central_key: Option<&PublicKey>,
    transport: &mut dyn Transport,
) -> Result<T, Failed> {
    let path = path.to_owned();
    let answer = transport.send(&Request::post(path, body))?;
    if answer.status != 200 {
        let refusal: Refusal =
            serde_json::from_slice(&answer.body).map_err(|_| Failed::NotCentral)?;
        return Err(Failed::Refused(refusal.text));
    }
    let split = Sealed::split(&answer.body).map_err(|_| Failed::NotCentral)?;
    let opened = match central_key {
        Some(key) => split.open(Domain::Ack, key),
        None => split.claim(),
    };
    opened.map_err(|_| Failed::NotCentral)
}

impl Imported {
    pub(super) fn add(&mut self, answer: RecordsAnswer, first_line: u64) {
        for run in &answer.runs {
            self.created = self.created.saturating_add(run.created);
            self.existing = self.existing.saturating_add(run.existing);
            self.parked = self.parked.saturating_add(run.parked);
        }
        self.refused_count = self.refused_count.saturating_add(answer.refused_count);
        let room = TOLD_MAX.saturating_sub(self.refused.len());
        let after = |text: String| match first_line {
            0 => text,
            lines => format!("after line {lines}, {text}"),
        };
        self.refused.extend(answer.refused.into_iter().take(room).map(after));
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, lines, created, existing, parked, refused_count, .. } = self;
        writeln!(f, "{file}: {lines} lines, {created} new at central, {existing} there already")?;
        if self.sealed > 0 {
            writeln!(f, "  sealed data of {} checks is at central", self.sealed)?;
        }
        if *parked > 0 {
            writeln!(f, "  {parked} records wait for others before them")?;
        }
        if *refused_count == 0 {
            return Ok(());
        }
        writeln!(f, "  Lines not taken: {refused_count}. Keep the file and tell IT:")?;
        let shown = self.refused.iter().take(SHOWN_MAX);
        shown.into_iter().try_for_each(|text| writeln!(f, "    {text}"))?;
        let shown = u64::try_from(SHOWN_MAX).unwrap_or(u64::MAX);
        match refused_count.saturating_sub(shown) {
            0 => Ok(()),
            more => writeln!(f, "    and {more} more"),
        }
    }
}
