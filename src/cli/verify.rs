//! `tideover verify`: checks a journal and says everything that is wrong with it.

use std::fmt;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::journal::checkpoint::{Checkpoint, NotACheckpoint};
use crate::journal::key::{NotAKey, PublicKey};
use crate::journal::record::LINE_LEN_MAX;
use crate::journal::verify::{Depth, Known, Report, Verifier, verify_succession};
use crate::ledger::{LedgerError, Reader};
use crate::register::settings::{DataDir, SettingsError};

use super::output::{Ending, Failure, Output};

/// `tideover verify`
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// A file of journal lines, as 'tideover export' writes it; '-' reads the standard input.
    /// Without it the journals of this register are verified.
    pub file: Option<PathBuf>,
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The public key the journal must be signed by, 64 hex digits, as enrolment pinned it.
    #[arg(long, value_name = "HEX")]
    pub key: Option<String>,
    /// A checkpoint the journal must contain, as 'tideover export --checkpoint' wrote it.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Check the chain and the last signature only: twenty times faster, and every record is
    /// still vouched for by the last one.
    #[arg(long)]
    pub chain_only: bool,
    /// Check a closure certificate instead, as text or as PDF, under central's --key; a FILE of
    /// journal lines then is one it must rest on.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "checkpoint", "chain_only"])]
    pub closure: Option<PathBuf>,
}

/// What was verified.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    /// True when nothing is wrong with any journal.
    pub clean: bool,
    /// How much was checked: `full` or `chain`.
    pub depth: &'static str,
    /// Each journal.
    pub journals: Vec<VerifiedJournal>,
}

/// One journal.
#[derive(Clone, Debug, Serialize)]
pub struct VerifiedJournal {
    /// Store, register and epoch.
    pub journal: String,
    /// The public key it is signed by.
    pub key: Option<String>,
    /// Records read.
    pub records: u64,
    /// Sales and refunds among them.
    pub sales: u64,
    /// The seq the next record would have.
    pub next_seq: u64,
    /// The hash of the last record.
    pub head: String,
    /// The RFC 6962 root.
    pub root: String,
    /// Lifetime takings.
    pub takings: String,
    /// Lifetime pay-outs.
    pub payouts: String,
    /// Everything that is wrong.
    pub findings: Vec<VerifiedFinding>,
    /// Findings that were not kept.
    pub findings_left_out: u64,
}

/// One thing that is wrong.
#[derive(Clone, Debug, Serialize)]
pub struct VerifiedFinding {
    /// What kind.
    pub class: &'static str,
    /// The record.
    pub seq: u64,
    /// In words.
    pub text: String,
}

/// Why nothing was verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The file can't be read.
    #[error("{path} can't be read, so nothing was verified; check the name and its rights")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The key is none.
    #[error("--key is no key of 64 hex digits; nothing was verified")]
    Key(#[from] NotAKey),
    /// The checkpoint is none.
    #[error("the checkpoint can't be used; nothing was verified")]
    Checkpoint(#[from] NotACheckpoint),
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
/// [`Failure`] when nothing could be verified.
pub fn run(args: &VerifyArgs, home: &Path, output: Output) -> Result<Ending, Failure> {
    if let Some(closure) = &args.closure {
        let key = args.key.as_deref().map(PublicKey::parse).transpose()?;
        let read = |path: &Path| std::fs::read(path).map_err(|source| file_error(path, source));
        let journal = args.file.as_deref().map(read).transpose()?;
        let bytes = read(closure)?;
        let verified = super::verify_closure::check(&bytes, key.as_ref(), journal.as_deref())?;
        output.say(&verified)?;
        return Ok(Ending::fine_if(verified.clean));
    }
    let verified = verify(args, home, output)?;
    output.say(&verified)?;
    Ok(Ending::fine_if(verified.clean))
}

fn verify(args: &VerifyArgs, home: &Path, output: Output) -> Result<Verified, VerifyError> {
    let depth = if args.chain_only { Depth::Chain } else { Depth::Full };
    let known = known(args)?;
    let journals = match &args.file {
        Some(path) if path.as_os_str() == "-" => {
            vec![of_lines(std::io::stdin().lock(), depth, known, path, output)?]
        }
        Some(path) => {
            let file = std::fs::File::open(path).map_err(|source| file_error(path, source))?;
            vec![of_lines(file, depth, known, path, output)?]
        }
        None => of_register(args.data.as_deref().unwrap_or(home), depth, &known, output)?,
    };
    let clean = journals.iter().all(|journal| journal.findings.is_empty());
    let depth = if args.chain_only { "chain" } else { "full" };
    Ok(Verified { clean, depth, journals })
}

fn known(args: &VerifyArgs) -> Result<Known, VerifyError> {
    let key = args.key.as_deref().map(PublicKey::parse).transpose()?;
    let checkpoint = match &args.checkpoint {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|source| file_error(path, source))?;
            Some(Checkpoint::read(&text, key.as_ref())?)
        }
    };
    Ok(Known { key, checkpoint })
}

fn of_register(
    dir: &Path,
    depth: Depth,
    known: &Known,
    output: Output,
) -> Result<Vec<VerifiedJournal>, VerifyError> {
    let data = DataDir(dir.to_owned());
    let reader = Reader::open(&data.place(&data.settings()?))?;
    let mut reports = Vec::new();
    for journal in reader.journals()? {
        let (next, _) = reader.head(&journal)?;
        let bar = output.progress(next.0, "Verifying");
        let known = match known.checkpoint {
            // A checkpoint speaks of one journal only.
            Some(checkpoint) if checkpoint.journal != journal.id => {
                Known { checkpoint: None, ..known.clone() }
            }
            _ => known.clone(),
        };
        let report = reader.verify(&journal, depth, known, &mut |read| bar.set_position(read))?;
        bar.finish_and_clear();
        reports.push(report);
    }
    // What can't be read is not whole, however good the rest is.
    if let Some(why) = reader.unreadable()?.into_iter().next() {
        return Err(why.into());
    }
    verify_succession(&mut reports);
    Ok(reports.into_iter().map(VerifiedJournal::from).collect())
}

fn of_lines(
    input: impl Read,
    depth: Depth,
    known: Known,
    path: &Path,
    output: Output,
) -> Result<VerifiedJournal, VerifyError> {
    let mut verifier = Verifier::new(depth, known);
    let bar = output.progress(0, "Verifying");
    let mut input = BufReader::new(input);
    let limit = u64::try_from(LINE_LEN_MAX).unwrap_or(u64::MAX).saturating_add(2);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = input.by_ref().take(limit).read_until(b'\n', &mut line);
        if read.map_err(|source| file_error(path, source))? == 0 {
            break;
        }
        verifier.push(line.strip_suffix(b"\n").unwrap_or(&line));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(verifier.finish().into())
}

fn file_error(path: &Path, source: std::io::Error) -> VerifyError {
    VerifyError::File { path: path.display().to_string(), source }
}

impl From<Report> for VerifiedJournal {
    fn from(report: Report) -> Self {
        let none = || "no readable record".to_owned();
        Self {
            journal: report.journal.map_or_else(none, |journal| journal.to_string()),
            key: report.key.map(|key| key.to_string()),
            records: report.records,
            sales: report.sales,
            next_seq: report.next_seq.0,
            head: report.head.to_string(),
            root: report.root.to_string(),
            takings: report.lifetime.takings.to_string(),
            payouts: report.lifetime.payouts.to_string(),
            findings: report
                .findings
                .into_iter()
                .map(|finding| VerifiedFinding {
                    class: finding.class.word(),
                    seq: finding.seq.0,
                    text: finding.text,
                })
                .collect(),
            findings_left_out: report.findings_left_out,
        }
    }
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for journal in &self.journals {
            writeln!(f, "{}", journal.journal)?;
            writeln!(f, "  records   {} ({} sales and refunds)", journal.records, journal.sales)?;
            writeln!(f, "  takings   {}   paid out {}", journal.takings, journal.payouts)?;
            writeln!(f, "  head      {}", journal.head)?;
            writeln!(f, "  root      {}", journal.root)?;
            match &journal.key {
                Some(key) => writeln!(f, "  key       {key}")?,
                None => writeln!(f, "  key       not known: the first record is missing")?,
            }
            for finding in &journal.findings {
                writeln!(f, "  record {:>6}  {}: {}", finding.seq, finding.class, finding.text)?;
            }
            if journal.findings_left_out > 0 {
                writeln!(f, "  and {} findings more", journal.findings_left_out)?;
            }
        }
        match (self.clean, self.depth) {
            (true, "full") => write!(f, "Every record is whole, in its place and signed."),
            (true, _) => write!(f, "The chain is whole, and its last record is signed."),
            (false, _) => write!(
                f,
                "NOT in order: see the records named above. \
                 Keep this file as it is and compare it with the tape or with central's copy."
            ),
        }
    }
}
