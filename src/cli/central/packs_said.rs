//! What `tideover central publish`, `packs`, `packs prune`, `pin`, `unpin` and `withdraw` report,
//! for people and for machines.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::central::published::Unneeded;
use crate::domain::time::Timestamp;
use crate::pack::StoreManifest;

/// What is published for a store now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StorePack {
    /// The store.
    pub store: u32,
    /// The version.
    pub version: String,
    /// From when on it is sold by; none: at once.
    pub effective_from: Option<String>,
    /// The pinned version.
    pub pinned: Option<String>,
    /// Withdrawn versions.
    pub withdrawn: Vec<String>,
    /// Until when the manifest is fresh.
    pub fresh_until: String,
    /// The pack's length.
    pub bytes: u64,
    /// The shortest delta's; none where there is none.
    pub delta_bytes: Option<u64>,
    /// Registers that central knows, by the version they last took into use.
    pub registers: BTreeMap<String, u32>,
}

/// What was done.
#[derive(Clone, Debug, Serialize)]
pub struct PacksPublished {
    /// Stores with a new manifest.
    pub stores: Vec<StorePack>,
    /// Stores that come with a later stage.
    pub later: Vec<u32>,
    /// Stores that are pinned: the version is kept for them, and not sold by.
    pub pinned: Vec<u32>,
}

/// All stores with their packs.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct PacksListed(pub Vec<StorePack>);

/// Files that no store needs, listed or removed.
#[derive(Clone, Debug, Serialize)]
pub struct PacksPruned {
    /// They were removed.
    pub removed: bool,
    /// How many.
    pub count: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Each.
    pub files: Vec<UnneededFile>,
}

/// A file that no store needs.
#[derive(Clone, Debug, Serialize)]
pub struct UnneededFile {
    /// Its name in `published/objects`.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// For how many whole days no store has needed it, as far as it was noticed.
    pub days: i64,
}

impl PacksPruned {
    pub(super) fn of(unneeded: &[Unneeded], now: Timestamp, removed: bool) -> Self {
        const DAY_MS: i64 = 86_400_000;
        let file = |one: &Unneeded| UnneededFile {
            name: one.name.clone(),
            bytes: one.bytes,
            days: now.utc_ms.saturating_sub(one.since_ms).max(0) / DAY_MS,
        };
        let files: Vec<UnneededFile> = unneeded.iter().map(file).collect();
        let bytes = files.iter().fold(0, |sum: u64, file| sum.saturating_add(file.bytes));
        Self { removed, count: files.len(), bytes, files }
    }
}

impl fmt::Display for PacksPruned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.files.is_empty() {
            return write!(
                f,
                "Every file that is published is needed by a store; none is removed."
            );
        }
        for file in &self.files {
            let kib = file.bytes.div_ceil(1024);
            writeln!(f, "{}  {kib} KiB, not needed for {} days", file.name, file.days)?;
        }
        let (count, kib) = (self.count, self.bytes.div_ceil(1024));
        if self.removed {
            write!(
                f,
                "{count} files, {kib} KiB, were removed. A register that was fetching one asks \
                 anew by itself; selling goes on by the pack it has."
            )
        } else {
            write!(
                f,
                "{count} files, {kib} KiB, are needed by no store. Nothing was removed; \
                 --yes removes them."
            )
        }
    }
}

impl StorePack {
    /// What a manifest says.
    pub fn of(manifest: StoreManifest) -> Self {
        Self {
            store: manifest.store,
            version: manifest.version,
            effective_from: manifest.effective_from,
            pinned: manifest.pinned,
            withdrawn: manifest.revoked,
            fresh_until: manifest.fresh_until,
            bytes: manifest.full.bytes,
            delta_bytes: manifest.deltas.iter().map(|delta| delta.bytes).min(),
            registers: BTreeMap::new(),
        }
    }
}

impl fmt::Display for StorePack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store {}: {}", self.store, self.version)?;
        if let Some(from) = &self.effective_from {
            write!(f, ", sold by from {from} on")?;
        }
        if self.pinned.is_some() {
            write!(f, ", pinned")?;
        }
        if !self.withdrawn.is_empty() {
            write!(f, "; withdrawn: {}", self.withdrawn.join(", "))?;
        }
        let kib = self.bytes.div_ceil(1024);
        match self.delta_bytes {
            Some(delta) => write!(f, " ({kib} KiB, delta {} KiB)", delta.div_ceil(1024))?,
            None => write!(f, " ({kib} KiB)")?,
        }
        for (version, count) in &self.registers {
            write!(f, "\n  {count} of its registers sell by {version}")?;
        }
        Ok(())
    }
}

impl fmt::Display for PacksPublished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for store in &self.stores {
            writeln!(f, "{store}")?;
        }
        let list = |stores: &[u32]| {
            let stores: Vec<String> = stores.iter().take(20).map(ToString::to_string).collect();
            stores.join(", ")
        };
        let stores = self.stores.len();
        write!(f, "{stores} stores are told; each register hears of it when it next asks.")?;
        if !self.later.is_empty() {
            let (count, list) = (self.later.len(), list(&self.later));
            write!(f, "\n{count} stores come with a later stage: {list}")?;
        }
        if !self.pinned.is_empty() {
            let (count, list) = (self.pinned.len(), list(&self.pinned));
            write!(f, "\n{count} stores are pinned and stay so until 'unpin': {list}")?;
        }
        Ok(())
    }
}

impl fmt::Display for PacksListed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return write!(f, "Nothing is published; see 'tideover central publish --help'.");
        }
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}
