//! A version that a person pinned, and versions that were revoked, on one register's shelf.
//!
//! ```text
//!  packs/pinned    20260417-1      sold by until it is lifted, whatever is newer
//!  packs/revoked   20260418-1      never used and never taken again
//! ```
//!
//! For the day that a wrong price file is rightly signed and newer: the manager goes back to the
//! version of the day before. The register takes it into use when it starts, and records that.
//! What the publisher orders through central stands in files of its own (`arrival`); a pin that a
//! person set here goes before the publisher's.

use std::io::Write as _;

use super::arrival::{PINNED_BY_CENTRAL, WITHDRAWN};
use super::error::PackError;
use super::file::Incoming;
use super::key::PackKey;
use super::shelf::Shelf;
use crate::domain::ids::{PackVersion, StoreNo};

const PINNED: &str = "pinned";
const REVOKED: &str = "revoked";
/// The most versions that can be revoked; the oldest ones make room.
const REVOKED_MAX: usize = 200;

/// What people ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    /// The version to be sold by.
    pub pinned: Option<PackVersion>,
    /// The versions never to be used.
    pub revoked: Vec<PackVersion>,
    /// The versions that their publisher withdrew: used where there is no other.
    pub withdrawn: Vec<PackVersion>,
}

impl Shelf {
    /// What people ordered. A file that can't be read orders nothing: a sale never stops for it.
    pub fn orders(&self) -> Orders {
        let by_central = || self.listed(PINNED_BY_CENTRAL).into_iter().next();
        Orders {
            pinned: self.pinned_here().or_else(by_central),
            revoked: self.listed(REVOKED),
            withdrawn: self.listed(WITHDRAWN),
        }
    }

    /// The version that a person pinned on this register.
    pub(super) fn pinned_here(&self) -> Option<PackVersion> {
        self.listed(PINNED).into_iter().next()
    }

    /// Pins a version that is on the shelf and whole.
    ///
    /// # Errors
    /// [`PackError`] when it is not, or this can't be kept.
    pub fn pin(
        &self,
        version: &PackVersion,
        trusted: &PackKey,
        store: StoreNo,
    ) -> Result<(), PackError> {
        if self.orders().revoked.contains(version) {
            return Err(PackError::Revoked(version.clone()));
        }
        self.usable(version, trusted, store).map_err(|_| PackError::NotOnShelf(version.clone()))?;
        self.keep(PINNED, std::slice::from_ref(version))
    }

    /// Lifts the pin.
    ///
    /// # Errors
    /// [`PackError`] when this can't be kept.
    pub fn unpin(&self) -> Result<(), PackError> {
        self.keep(PINNED, &[])
    }

    /// Revokes a version: it is not used any more, and never taken again.
    ///
    /// # Errors
    /// [`PackError`] when this can't be kept.
    pub fn revoke(&self, version: &PackVersion) -> Result<(), PackError> {
        let mut orders = self.orders();
        if orders.revoked.contains(version) {
            return Ok(());
        }
        if orders.pinned.as_ref() == Some(version) {
            self.unpin()?;
        }
        orders.revoked.push(version.clone());
        let from = orders.revoked.len().saturating_sub(REVOKED_MAX);
        self.keep(REVOKED, orders.revoked.get(from..).unwrap_or_default())
    }

    fn listed(&self, name: &str) -> Vec<PackVersion> {
        let text = std::fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        text.lines().filter_map(|line| PackVersion::parse(line.trim()).ok()).collect()
    }

    pub(super) fn keep(&self, name: &str, versions: &[PackVersion]) -> Result<(), PackError> {
        let place = self.folder.join(name);
        let failed = |source| PackError::Io { file: place.clone(), source };
        let incoming = Incoming::beside(&place).map_err(failed)?;
        let mut file = std::fs::File::create(incoming.path()).map_err(failed)?;
        for version in versions {
            writeln!(file, "{version}").map_err(failed)?;
        }
        file.sync_all().map_err(failed)?;
        incoming.place(&place).map_err(failed)
    }
}
