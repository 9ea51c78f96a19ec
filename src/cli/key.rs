//! `tideover key`: how this register's key is kept, and sealing it to the machine.
//!
//! Sealing and opening are systemd's (`systemd-creds`); what it means for a copied disk is said in
//! plain words each time.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use crate::device::key_store::{self, KeyTrouble};
use crate::device::sealed_key::{SealedTo, sealed_path, sealed_to};
use crate::register::settings::DataDir;

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
    };
    output.say(&shown(&path)?)?;
    Ok(Ending::Fine)
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
