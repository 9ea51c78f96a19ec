//! `tideover export`: a journal's lines, exactly as they were written, to a file or a pipe.

use std::fmt;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::device::entropy::SystemEntropy;
use crate::device::key_store;
use crate::domain::ids::Seq;
use crate::journal::verify::{Depth, Known};
use crate::ledger::{JournalRef, LedgerError, Reader};
use crate::register::settings::{DataDir, SettingsError};
use crate::register::startup;
use crate::sync::carrier::SealedData;
use crate::sync::push_sealed::message;
use crate::sync::wire::SEALED_ROWS_MAX;

use super::output::{Ending, Failure, Output};

const RECORDS_A_READ: usize = 1_000;
const BYTES_A_READ: usize = 4 * 1024 * 1024;

/// `tideover export`
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The journal, by its name of 16 hex digits; the current one while none is named.
    #[arg(long, value_name = "EPOCH")]
    pub journal: Option<String>,
    /// The first record.
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    pub from: u64,
    /// The file to write; without it the lines go to the standard output.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Also write the sealed data of checks, as far as it is still here. Import it after the lines.
    #[arg(long, value_name = "FILE")]
    pub sealed: Option<PathBuf>,
    /// Also write a signed checkpoint of the whole journal here.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
}

/// What was exported.
#[derive(Clone, Debug, Serialize)]
pub struct Exported {
    /// Store, register and epoch.
    pub journal: String,
    /// The first record.
    pub from: u64,
    /// Records written.
    pub records: u64,
    /// Bytes written.
    pub bytes: u64,
    /// The file.
    pub file: String,
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file can't be written.
    #[error("{path} can't be written; the journal itself is untouched, choose another place")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// No journal has that name.
    #[error("this register has no journal {wanted}; it has {known}")]
    NoSuchJournal {
        /// The name.
        wanted: String,
        /// The names there are.
        known: String,
    },
    /// Central would not know whose data it is.
    #[error("sealed data is signed by the register's key, and there is none; nothing was written")]
    NoKey,
    /// The register is not set up.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The ledger can't be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when nothing could be exported.
pub fn run(args: &ExportArgs, home: &Path, output: Output) -> Result<Ending, Failure> {
    let exported = export(args, home, output)?;
    if args.out.is_some() {
        output.say(&exported)?;
    }
    Ok(Ending::Fine)
}

fn export(args: &ExportArgs, home: &Path, output: Output) -> Result<Exported, ExportError> {
    let data = DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()));
    let reader = Reader::open(&data.place(&data.settings()?))?;
    let journal = choose(&reader, args.journal.as_deref())?;
    let (mut records, mut bytes) = (0_u64, 0_u64);
    let mut write = |out: &mut dyn Write, path: &Path| -> Result<(), ExportError> {
        let bar = output.progress(reader.head(&journal)?.0.0, "Exporting");
        let mut from = Seq(args.from);
        loop {
            let lines = reader.lines(&journal, from, RECORDS_A_READ, BYTES_A_READ)?;
            if lines.is_empty() {
                break;
            }
            for line in lines {
                out.write_all(line.bytes())
                    .and_then(|()| out.write_all(b"\n"))
                    .map_err(|source| file_error(path, source))?;
                let length = u64::try_from(line.bytes().len()).unwrap_or(0);
                bytes = bytes.saturating_add(length).saturating_add(1);
                records = records.saturating_add(1);
                from = from.next();
            }
            bar.set_position(from.0);
        }
        bar.finish_and_clear();
        out.flush().map_err(|source| file_error(path, source))
    };
    let file = match &args.out {
        None => {
            write(&mut BufWriter::new(std::io::stdout().lock()), Path::new("standard output"))?;
            "-".to_owned()
        }
        Some(path) => {
            let file = std::fs::File::create(path).map_err(|source| file_error(path, source))?;
            let mut out = BufWriter::new(file);
            write(&mut out, path)?;
            let file = out.into_inner().map_err(|error| file_error(path, error.into_error()))?;
            file.sync_all().map_err(|source| file_error(path, source))?;
            path.display().to_string()
        }
    };
    if let Some(path) = &args.sealed {
        write_sealed(&reader, &journal, &data, path)?;
    }
    if let Some(path) = &args.checkpoint {
        write_checkpoint(&reader, &journal, &data, path)?;
    }
    Ok(Exported { journal: journal.id.to_string(), from: args.from, records, bytes, file })
}

fn choose(reader: &Reader, wanted: Option<&str>) -> Result<JournalRef, ExportError> {
    let journals = reader.journals()?;
    let fits = |journal: &&JournalRef| match wanted {
        None => !journal.frozen,
        Some(epoch) => journal.id.epoch.to_string() == epoch,
    };
    let names = |journals: &[JournalRef]| {
        let names: Vec<String> = journals.iter().map(|j| j.id.epoch.to_string()).collect();
        names.join(", ")
    };
    journals.iter().find(fits).cloned().ok_or_else(|| ExportError::NoSuchJournal {
        wanted: wanted.unwrap_or("in use").to_owned(),
        known: names(&journals),
    })
}

/// One signed message a line, as central takes them.
fn write_sealed(
    reader: &Reader,
    journal: &JournalRef,
    data: &DataDir,
    path: &Path,
) -> Result<(), ExportError> {
    // No central bears this name: rows that one holds are written too.
    let rows = reader.sealed_not_held(journal.id.epoch, "-", usize::MAX)?;
    let rows: Vec<SealedData> = rows
        .into_iter()
        .map(|row| SealedData { commitment: row.commitment, seq: row.seq, bytes: row.bytes })
        .collect();
    let key = startup::signing_key(data, &SystemEntropy).ok_or(ExportError::NoKey)?;
    let mut lines = Vec::new();
    for rows in rows.chunks(SEALED_ROWS_MAX) {
        let line = message(&journal.id, rows, &key)
            .map_err(|why| file_error(path, std::io::Error::other(why)))?;
        lines.extend_from_slice(&line);
        lines.push(b'\n');
    }
    std::fs::write(path, lines).map_err(|source| file_error(path, source))
}

fn write_checkpoint(
    reader: &Reader,
    journal: &JournalRef,
    data: &DataDir,
    path: &Path,
) -> Result<(), ExportError> {
    let report = reader.verify(journal, Depth::Chain, Known::default(), &mut |_| ())?;
    let key = if data.key_path().exists() {
        key_store::load_or_create(&data.key_path(), &SystemEntropy).ok()
    } else {
        None
    };
    let text = report.checkpoint().map(|checkpoint| checkpoint.seal(key.as_ref()));
    std::fs::write(path, text.unwrap_or_default()).map_err(|source| file_error(path, source))
}

fn file_error(path: &Path, source: std::io::Error) -> ExportError {
    ExportError::File { path: path.display().to_string(), source }
}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { journal, from, records, bytes, file } = self;
        write!(f, "{journal}: {records} records from {from} on, {bytes} bytes, to {file}")
    }
}
