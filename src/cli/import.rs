//! `tideover import`: hands exported journal files to central, from a stick or a share. The same
//! file any number of times: what central has, it has.

use std::fmt;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use serde::Serialize;

use crate::journal::key::{Domain, PublicKey};
use crate::journal::record::LINE_LEN_MAX;
use crate::sync::carrier::{Method, NoAnswer, Request, Transport};
use crate::sync::sealed::Sealed;
use crate::sync::wire::{RecordsAnswer, Refusal, SealedAnswer};

/// Record bytes of one request.
const CHUNK_LEN: usize = 1024 * 1024;
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
    /// The file.
    #[error("{file} can't be read ({cause}); what was handed over before that is at central")]
    File {
        /// The file.
        file: String,
        /// The cause.
        cause: std::io::Error,
    },
    /// A pipe, a device or a folder, which could be waited for without end.
    #[error("{0} is no file, so it was not opened; name the file that 'tideover export' wrote")]
    NotAFile(String),
    /// A line that no record can be.
    #[error("{0} is not a file of record lines; export it again with 'tideover export'")]
    NotRecords(String),
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

/// Hands a file over in pieces; `progress` hears the bytes so far.
///
/// # Errors
/// [`Failed`].
pub fn run(
    file: &Path,
    central_key: Option<&PublicKey>,
    transport: &mut dyn Transport,
    progress: &mut dyn FnMut(u64),
) -> Result<Imported, Failed> {
    let name = file.display().to_string();
    let io = |cause| Failed::File { file: name.clone(), cause };
    if !std::fs::metadata(file).map_err(io)?.is_file() {
        return Err(Failed::NotAFile(name));
    }
    let mut reader = BufReader::new(std::fs::File::open(file).map_err(io)?);
    let mut imported = Imported { file: name.clone(), ..Imported::default() };
    let (mut chunk, mut first_line, mut done) = (Vec::new(), 0_u64, 0_u64);
    let most = u64::try_from(LINE_LEN_MAX).unwrap_or(u64::MAX).saturating_add(2);
    loop {
        let before = chunk.len();
        let read = (&mut reader).take(most).read_until(b'\n', &mut chunk).map_err(io)?;
        let over_long = chunk.len().saturating_sub(before) > LINE_LEN_MAX.saturating_add(1);
        if over_long {
            return Err(Failed::NotRecords(name.clone()));
        }
        if is_sealed_data(chunk.get(before..).unwrap_or(&[])) {
            let message = chunk.split_off(before);
            // The records before it come first: central must know the journal.
            if !chunk.is_empty() {
                done = done.saturating_add(u64::try_from(chunk.len()).unwrap_or(0));
                let body = std::mem::take(&mut chunk);
                imported.add(hand_over(body, central_key, transport)?, first_line);
            }
            done = done.saturating_add(u64::try_from(message.len()).unwrap_or(0));
            let body = message.trim_ascii_end().to_vec();
            let answer: SealedAnswer = ask("/v1/sealed", body, central_key, transport)?;
            let held = u64::try_from(answer.held.len()).unwrap_or(0);
            imported.sealed = imported.sealed.saturating_add(held);
            imported.lines = imported.lines.saturating_add(1);
            first_line = imported.lines;
            progress(done);
            continue;
        }
        if read > 0 {
            imported.lines = imported.lines.saturating_add(1);
        }
        if chunk.len() >= CHUNK_LEN || (read == 0 && !chunk.is_empty()) {
            done = done.saturating_add(u64::try_from(chunk.len()).unwrap_or(0));
            let body = std::mem::take(&mut chunk);
            imported.add(hand_over(body, central_key, transport)?, first_line);
            first_line = imported.lines;
            progress(done);
        }
        if read == 0 {
            return Ok(imported);
        }
    }
}

pub(super) fn hand_over(
    body: Vec<u8>,
    central_key: Option<&PublicKey>,
    transport: &mut dyn Transport,
) -> Result<RecordsAnswer, Failed> {
    ask("/v1/records", body, central_key, transport)
}

/// A line of `export --sealed`: a message of the protocol, where a record has its kind.
fn is_sealed_data(line: &[u8]) -> bool {
    let json = line.splitn(2, |byte| *byte == b' ').nth(1);
    json.is_some_and(|json| json.starts_with(b"{\"protocol\":\"tideover/1\""))
}

pub(super) fn ask<T: serde::de::DeserializeOwned>(
    path: &str,
    body: Vec<u8>,
    central_key: Option<&PublicKey>,
    transport: &mut dyn Transport,
) -> Result<T, Failed> {
    let path = path.to_owned();
    let answer = transport.send(&Request { method: Method::Post, path, body })?;
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
