//! `tideover bundle import`: what is good on a stick goes to central, what is not is named.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::read::{Bad, what};
use super::told::{Bundle, Part, read_bundle};
use crate::central::door::InProcess;
use crate::central::door_of;
use crate::cli::central::existing;
use crate::cli::import::{Failed, Imported, ask, hand_over};
use crate::cli::output::{Ending, Failure, Output};
use crate::device::reader::Reader;
use crate::journal::key::PublicKey;
use crate::sync::bundle::Content;
use crate::sync::carrier::Transport;
use crate::sync::http::HttpTransport;
use crate::sync::wire::SealedAnswer;

/// Record bytes of one request.
const CHUNK_LEN: usize = 1024 * 1024;

/// `tideover bundle import`
#[derive(Clone, Debug, Args)]
pub struct BundleImportArgs {
    /// The bundle's folder.
    folder: PathBuf,
    /// Central's address.
    #[arg(long, value_name = "URL", required_unless_present = "data", conflicts_with = "data")]
    central: Option<String>,
    /// Central's data folder, on the machine where it is.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The fingerprint of central's certificate.
    #[arg(long, value_name = "HEX", requires = "central")]
    fingerprint: Option<String>,
    /// Central's public key, 64 hex digits: its answers must be signed by it.
    #[arg(long, value_name = "HEX", requires = "central")]
    key: Option<String>,
    /// Only a bundle of this store.
    #[arg(long, value_name = "N")]
    store: Option<u32>,
}

/// `tideover bundle check`
#[derive(Clone, Debug, Args)]
pub struct BundleCheckArgs {
    /// The bundle's folder.
    folder: PathBuf,
    /// Only a bundle of this store.
    #[arg(long, value_name = "N")]
    store: Option<u32>,
}

/// What became of a bundle.
#[derive(Clone, Debug, Serialize)]
pub struct Brought {
    /// Its folder.
    pub folder: String,
    /// The store.
    pub store: u32,
    /// The register that wrote it.
    pub by_register: u16,
    /// When.
    pub made_at: String,
    /// The fingerprint of the key that signed it.
    pub key: String,
    /// It was only checked.
    pub checked_only: bool,
    /// The good parts.
    pub parts: Vec<PartBrought>,
    /// The bad ones: nothing of them was brought.
    pub bad: Vec<Bad>,
    /// Files that don't belong to it; they were not opened.
    pub strangers: Vec<String>,
}

/// What became of a good part.
#[derive(Clone, Debug, Serialize)]
pub struct PartBrought {
    /// The file.
    pub file: String,
    /// What is in it.
    pub what: String,
    /// Records new to central.
    pub created: u64,
    /// Records it had.
    pub existing: u64,
    /// Records that wait for others before them.
    pub parked: u64,
    /// Rows of sealed data it holds.
    pub sealed: u64,
    /// Lines central did not take, in words.
    pub refused: Vec<String>,
}

/// Runs `import`.
///
/// # Errors
/// [`Failure`]; doing it again is safe.
pub fn run(args: &BundleImportArgs, output: Output) -> Result<Ending, Failure> {
    let found = read_bundle(&Reader::this_program()?, &args.folder, args.store)?;
    let key = args.key.as_deref().map(PublicKey::parse).transpose()?;
    let mut transport: Box<dyn Transport> = match (&args.central, &args.data) {
        (Some(url), _) => Box::new(HttpTransport::new(url, args.fingerprint.as_deref(), false)?),
        (None, Some(folder)) => {
            drop(existing(folder)?); // A mistyped folder is not to become a central.
            Box::new(InProcess(Arc::new(door_of(folder)?)))
        }
        // The command line's own rules let nothing else through.
        (None, None) => return Err("name --central or --data".into()),
    };
    let bar = output.progress(u64::try_from(found.parts.len()).unwrap_or(0), "Bringing");
    let mut brought = Brought::of(args.folder.display().to_string(), &found);
    for part in &found.parts {
        brought.parts.push(bring(part, key.as_ref(), transport.as_mut())?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    output.say(&brought)?;
    Ok(Ending::fine_if(brought.is_whole()))
}

/// Runs `check`.
///
/// # Errors
/// [`Failure`] when nothing of the bundle can be used.
pub fn check(args: &BundleCheckArgs, output: Output) -> Result<Ending, Failure> {
    let found = read_bundle(&Reader::this_program()?, &args.folder, args.store)?;
    let mut brought = Brought::of(args.folder.display().to_string(), &found);
    brought.checked_only = true;
    brought.parts = found.parts.iter().map(PartBrought::of).collect();
    output.say(&brought)?;
    Ok(Ending::fine_if(brought.is_whole()))
}

fn bring(
    part: &Part,
    key: Option<&PublicKey>,
    transport: &mut dyn Transport,
) -> Result<PartBrought, Failed> {
    let mut brought = PartBrought::of(part);
    if part.note.content == Content::Sealed {
        for line in part.lines() {
            let answer = ask::<SealedAnswer>("/v1/sealed", line.to_vec(), key, transport);
            match answer {
                Ok(answer) => {
                    let held = u64::try_from(answer.held.len()).unwrap_or(0);
                    brought.sealed = brought.sealed.saturating_add(held);
                }
                // Its records may be the bad part: the other parts go on.
                Err(Failed::Refused(why)) => brought.refused.push(why),
                Err(other) => return Err(other),
            }
        }
        return Ok(brought);
    }
    let mut sum = Imported::default();
    let mut body: Vec<u8> = Vec::new();
    let mut count = 0_u64;
    for line in part.lines() {
        if !body.is_empty() && body.len().saturating_add(line.len()) > CHUNK_LEN {
            sum.add(hand_over(std::mem::take(&mut body), key, transport)?, sum.lines);
            sum.lines = count;
        }
        body.extend_from_slice(line);
        body.push(b'\n');
        count = count.saturating_add(1);
    }
    sum.add(hand_over(body, key, transport)?, sum.lines);
    brought.created = sum.created;
    brought.existing = sum.existing;
    brought.parked = sum.parked;
    brought.refused = sum.refused;
    Ok(brought)
}

impl PartBrought {
    fn of(part: &Part) -> Self {
        Self {
            file: part.note.file.clone(),
            what: what(&part.note),
            created: 0,
            existing: 0,
            parked: 0,
            sealed: 0,
            refused: Vec::new(),
        }
    }
}

impl Brought {
    fn of(folder: String, found: &Bundle) -> Self {
        Self {
            folder,
            store: found.head.store,
            by_register: found.head.by_register,
            made_at: found.head.made_at.clone(),
            key: found.head.key.clone(),
            checked_only: false,
            parts: Vec::new(),
            bad: found.bad.clone(),
            strangers: found.head.strangers.clone(),
        }
    }

    fn is_whole(&self) -> bool {
        self.bad.is_empty() && self.parts.iter().all(|part| part.refused.is_empty())
    }
}

impl fmt::Display for Brought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { folder, store, by_register, made_at, key, .. } = self;
        writeln!(f, "{folder}: of store {store}, written by register {by_register} at {made_at}")?;
        writeln!(f, "  signed by {key}")?;
        for part in &self.parts {
            let PartBrought { file, what, created, existing, parked, sealed, refused } = part;
            write!(f, "  good  {file}  {what}")?;
            match (self.checked_only, part.sealed) {
                (true, _) => {}
                (_, 0) => write!(f, ": {created} new at central, {existing} there already")?,
                _ => write!(f, ": {sealed} at central")?,
            }
            if *parked > 0 {
                write!(f, ", {parked} wait for others before them")?;
            }
            writeln!(f)?;
            refused.iter().try_for_each(|line| writeln!(f, "        not taken: {line}"))?;
        }
        for bad in &self.bad {
            let Bad { file, what, why } = bad;
            writeln!(f, "  BAD   {file}  {what}: {why}. Nothing of it was brought")?;
        }
        for stranger in &self.strangers {
            writeln!(f, "  other {stranger} does not belong to the bundle and was not opened")?;
        }
        match (self.is_whole(), self.checked_only) {
            (true, true) => writeln!(f, "Every part is whole."),
            (true, false) => writeln!(f, "Every part is at central."),
            (false, _) => writeln!(
                f,
                "Keep the stick. Write the bad parts again at the register, or take another \
                 register's copy; what is good counts once, however often it is brought."
            ),
        }
    }
}
