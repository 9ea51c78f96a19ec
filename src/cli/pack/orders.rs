//! `tideover pack pin`, `unpin` and `revoke`: which version a register sells by, when a wrong one
//! is rightly signed and newer.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::domain::ids::{NotLabel, PackVersion, StoreNo};
use crate::pack::{KeyError, PackError, PackKey, Shelf};
use crate::register::settings::{DataDir, SettingsError};

/// `tideover pack pin` and `revoke`
#[derive(Clone, Debug, Args)]
pub struct PackVersionArgs {
    /// The version, such as 20260417-1.
    version: String,
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// `tideover pack unpin`
#[derive(Clone, Debug, Args)]
pub struct PackUnpinArgs {
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Why nothing was ordered.
#[derive(Debug, thiserror::Error)]
pub enum NotOrdered {
    /// The version.
    #[error("a version is a day and its count, such as 20260417-1; nothing changed")]
    Version(#[from] NotLabel),
    /// The register.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The pack key of the settings.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The shelf.
    #[error(transparent)]
    Pack(#[from] PackError),
}

/// What is in use from the next start on.
#[derive(Clone, Debug, Serialize)]
pub struct Ordered {
    /// The pinned version.
    pub pinned: Option<String>,
    /// The revoked versions.
    pub revoked: Vec<String>,
    /// The version in use from the next start on.
    pub in_use: Option<String>,
}

/// Pins a version.
///
/// # Errors
/// [`NotOrdered`].
pub fn pin(args: &PackVersionArgs, home: &Path) -> Result<Ordered, NotOrdered> {
    let version = PackVersion::parse(&args.version)?;
    order(args.data.as_deref().unwrap_or(home), |shelf, key, store| shelf.pin(&version, key, store))
}

/// Lifts the pin.
///
/// # Errors
/// [`NotOrdered`].
pub fn unpin(args: &PackUnpinArgs, home: &Path) -> Result<Ordered, NotOrdered> {
    order(args.data.as_deref().unwrap_or(home), |shelf, _, _| shelf.unpin())
}

/// Revokes a version.
///
/// # Errors
/// [`NotOrdered`].
pub fn revoke(args: &PackVersionArgs, home: &Path) -> Result<Ordered, NotOrdered> {
    let version = PackVersion::parse(&args.version)?;
    order(args.data.as_deref().unwrap_or(home), |shelf, _, _| shelf.revoke(&version))
}

fn order(
    data: &Path,
    act: impl FnOnce(&Shelf, &PackKey, StoreNo) -> Result<(), PackError>,
) -> Result<Ordered, NotOrdered> {
    let data = DataDir(data.to_owned());
    let settings = data.settings()?;
    let (key, store) = (PackKey::parse(&settings.pack_key)?, StoreNo(settings.store));
    let shelf = Shelf::open(&data.packs_dir())?;
    act(&shelf, &key, store)?;
    let orders = shelf.orders();
    let current = shelf.current(&key, store)?.pack;
    Ok(Ordered {
        pinned: orders.pinned.map(|version| version.to_string()),
        revoked: orders.revoked.iter().map(ToString::to_string).collect(),
        in_use: current.map(|pack| pack.version().to_string()),
    })
}

impl fmt::Display for Ordered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.in_use {
            Some(version) => write!(f, "From the register's next start on it sells by {version}")?,
            None => write!(f, "There is no version left to sell by; apply a newer pack")?,
        }
        match &self.pinned {
            Some(_) => write!(f, ", pinned")?,
            None => write!(f, ", not pinned")?,
        }
        if !self.revoked.is_empty() {
            write!(f, "; revoked: {}", self.revoked.join(", "))?;
        }
        write!(f, ".")
    }
}
