//! `tideover key`: how this register's key is kept, sealing it to the machine, and changing it.
//!
//! Sealing and opening are systemd's (`systemd-creds`); what it means for a copied disk is said in
//! plain words each time.

use std::cell::RefCell;
use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use crate::device::clock::SystemClock;
use crate::device::entropy::SystemEntropy;
use crate::device::key_store::{self, KeyTrouble};
use crate::device::sealed_key::{SealedTo, sealed_path, sealed_to};
use crate::register::rotating::{self, NotChanged, Told};
use crate::register::sending::{keep_renewed, transport};
use crate::register::settings::DataDir;
use crate::register::startup::World;
use crate::sync::link::LinkState;

use super::free_text::without_a_card;
use super::output::{Ending, Failure, Output};

/// What to do with the key.
#[derive(Clone, Debug, Subcommand)]
pub enum KeyAction {
    /// Say how the key is kept, and what that means.
    Show(KeyArgs),
    /// Seal the key to this machine with systemd-creds, and take its plain file away.
    Seal(KeySealArgs),
    /// Put the key back into its plain file.
    Unseal(KeyArgs),
    /// Change the key for a new one, at the word of both; the register must not be running.
    Rotate(KeyRotateArgs),
}

/// `tideover key rotate`
#[derive(Clone, Debug, Args)]
pub struct KeyRotateArgs {
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Why, in a few words; it stands in the journal.
    #[arg(long, value_name = "WHY", default_value = "changed by IT")]
    #[arg(value_parser = without_a_card)]
    pub why: String,
}

/// `tideover key show`, `tideover key unseal`
#[derive(Clone, Debug, Args)]
pub struct KeyArgs {
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// `tideover key seal`
#[derive(Clone, Debug, Args)]
pub struct KeySealArgs {
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// What to seal it to; by default the TPM and a key of the machine, or the latter alone where
    /// there is no TPM.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub with: Option<With>,
}

/// What a key may be sealed to.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum With {
    /// A key of the machine, on its disk.
    Host,
    /// The TPM.
    Tpm2,
    /// Both.
    #[value(name = "host+tpm2")]
    HostTpm2,
}

impl From<With> for SealedTo {
    fn from(with: With) -> Self {
        match with {
            With::Host => Self::Host,
            With::Tpm2 => Self::Tpm,
            With::HostTpm2 => Self::HostAndTpm,
        }
    }
}

/// How a key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// There is none yet.
    Nowhere,
    /// In its file, as it is.
    Plain,
    /// Sealed to a key of the machine.
    SealedToHost,
    /// Sealed to the TPM.
    SealedToTpm,
}

/// What `key` says.
#[derive(Clone, Debug, Serialize)]
pub struct KeyShown {
    /// How.
    pub kept: Kept,
    /// The file.
    pub file: String,
    /// The public half; none where there is no key.
    pub key: Option<String>,
    /// What it means.
    pub means: &'static str,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when the key can't be read, sealed or opened.
pub fn run(action: &KeyAction, home: &Path, output: Output) -> Result<Ending, Failure> {
    let at = |data: &Option<PathBuf>| {
        DataDir(data.clone().unwrap_or_else(|| home.to_owned())).key_path()
    };
    let path = match action {
        KeyAction::Show(args) => at(&args.data),
        KeyAction::Seal(args) => {
            let path = at(&args.data);
            key_store::seal(&path, args.with.map(SealedTo::from))?;
            path
        }
        KeyAction::Unseal(args) => {
            let path = at(&args.data);
            key_store::unseal(&path)?;
            path
        }
        KeyAction::Rotate(args) => return rotated(args, home, output),
    };
    output.say(&shown(&path)?)?;
    Ok(Ending::Fine)
}

/// What `key rotate` came to.
#[derive(Clone, Debug, Serialize)]
pub struct KeyRotatedShown {
    /// The old key, shortened; none where a change that was cut off before was finished.
    pub old: Option<String>,
    /// The new one, shortened: the same stands on central's page.
    pub new: String,
    /// The new journal.
    pub journal: String,
    /// Central has everything of both journals.
    pub sent: bool,
    /// Records that central does not have yet.
    pub pending: u64,
    /// How far this machine's clock is ahead of central's, in milliseconds.
    pub clock_ahead_ms: Option<i64>,
    /// The key is sealed, so the register's unit hands it over.
    pub sealed: bool,
    /// What else was noticed about the register's ledger.
    pub noticed: Vec<String>,
}

fn rotated(args: &KeyRotateArgs, home: &Path, output: Output) -> Result<Ending, Failure> {
    let why = args.why.trim();
    if why.is_empty() || why.len() > REASON_LEN_MAX || why.chars().any(char::is_control) {
        return Err(NoReason.into());
    }
    let data = DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()));
    let settings = data.settings()?;
    let central = settings.central.as_ref().ok_or(NotChanged::NotEnrolled)?;
    let mut line = transport(central)?;
    let world = World {
        clock: Arc::new(SystemClock::new(settings.time_zone.as_deref())),
        entropy: Arc::new(SystemEntropy),
        faults: None,
        machine: Default::default(),
    };
    let noticed = RefCell::new(Vec::new());
    let changed = rotating::rotate(&data, &world, &mut line, why, &|told| {
        if let Told::Noticed(finding) = told {
            output.tell(finding.text());
            noticed.borrow_mut().push(finding.text().to_string());
        }
    });
    if let Some(owner) = owner_without_rights(&data.0) {
        output.tell(GiveBack { owner, folder: &data.0 });
    }
    let changed = changed?;
    keep_renewed(&mut line, &data);
    output.say(&KeyRotatedShown {
        old: changed.old,
        new: changed.new,
        journal: changed.journal.to_string(),
        sent: changed.sent.link == LinkState::UpToDate && changed.sent.pending == 0,
        pending: changed.sent.pending,
        clock_ahead_ms: changed.clock_ahead_ms,
        sealed: !data.key_path().exists(),
        noticed: noticed.into_inner(),
    })?;
    Ok(Ending::Fine)
}

/// Whose folder it is, where this runs as root and leaves files there that its owner can't use.
fn owner_without_rights(folder: &Path) -> Option<u32> {
    let owner = std::fs::metadata(folder).ok()?.uid();
    (rustix::process::geteuid().is_root() && owner != 0).then_some(owner)
}

/// What has to be done after root worked in a user's folder.
struct GiveBack<'a> {
    owner: u32,
    folder: &'a Path,
}

impl fmt::Display for GiveBack<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (owner, folder) = (self.owner, self.folder.display());
        write!(
            f,
            "This ran as root, and user {owner} can't use the files that it made. Before the \
             register is started:\n  chown -R {owner} {folder}\nand the same for a tape or an \
             anchor elsewhere.\n"
        )
    }
}

/// The longest reason, in bytes.
const REASON_LEN_MAX: usize = 200;
/// A clock that is further off than this is said.
const CLOCK_OFF_MS: u64 = 300_000;

/// A reason that can't stand in a record.
#[derive(Debug, thiserror::Error)]
#[error("say why with --why, on one line of at most 200 letters; nothing was changed")]
struct NoReason;

impl fmt::Display for KeyRotatedShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.old {
            Some(old) => writeln!(f, "The key was changed: {old} signs nothing any more.")?,
            None => writeln!(f, "The change of keys that was cut off is finished.")?,
        }
        writeln!(f, "  new key {}", self.new)?;
        writeln!(f, "  new journal {}", self.journal)?;
        match self.pending {
            0 if self.sent => f.write_str("Central has everything of both journals.")?,
            0 => {
                f.write_str("Central was not asked whether it has everything; the register asks.")?
            }
            pending => write!(
                f,
                "{pending} records are still to be sent; the register sends them when it runs."
            )?,
        }
        if self.sealed {
            f.write_str(
                "\nThe key is sealed: start the register's unit again. It hands over the new key \
                 from then on; one that was started before hands over the old one, and nothing is \
                 signed with that.",
            )?;
        }
        match self.clock_ahead_ms {
            Some(ahead) if ahead.unsigned_abs() > CLOCK_OFF_MS => {
                let (minutes, way) = (ahead.unsigned_abs().checked_div(60_000).unwrap_or(0), ahead);
                let way = if way > 0 { "ahead of" } else { "behind" };
                write!(
                    f,
                    "\nThis machine's clock is {minutes} minutes {way} central's: set it right \
                     before the next sale."
                )
            }
            _ => Ok(()),
        }
    }
}

fn shown(path: &Path) -> Result<KeyShown, KeyTrouble> {
    let key = key_store::load(path)?.map(|key| key.public().to_string());
    let (kept, file) = match (path.exists(), sealed_to(path)?) {
        (true, _) => (Kept::Plain, path.to_owned()),
        (false, None) => (Kept::Nowhere, path.to_owned()),
        (false, Some(SealedTo::Host)) => (Kept::SealedToHost, sealed_path(path)),
        (false, Some(_)) => (Kept::SealedToTpm, sealed_path(path)),
    };
    let means = match kept {
        Kept::Nowhere => "There is no key yet; the register makes one at its first start.",
        Kept::Plain => {
            "Whoever copies this disk, or this file, can sign as this register until it is \
             revoked at central."
        }
        Kept::SealedToHost => {
            "Whoever copies the whole disk can sign as this register; a copy of its folder alone \
             signs nothing. Root on this machine can."
        }
        Kept::SealedToTpm => {
            "Whoever copies the disk signs nothing: it opens on this machine alone. Root on this \
             machine can."
        }
    };
    Ok(KeyShown { kept, file: file.display().to_string(), key, means })
}

impl fmt::Display for KeyShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.kept {
            Kept::Nowhere => "none yet",
            Kept::Plain => "a plain file",
            Kept::SealedToHost => "sealed by systemd to a key of this machine",
            Kept::SealedToTpm => "sealed by systemd to the TPM of this machine",
        };
        writeln!(f, "Key: {how}, {}", self.file)?;
        if let Some(key) = &self.key {
            writeln!(f, "  public half {key}")?;
        }
        f.write_str(self.means)
    }
}
