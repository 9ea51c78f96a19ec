//! Packs on a shelf that are not sold by yet, and what the publisher ordered through central.
//!
//! ```text
//!  packs/20261123-1.pack.from   sold by from this moment on; removed when it has come
//!  packs/20261123-1.pack.held   its prices jumped; removed when a manager says yes
//!  packs/pinned-by-central      as `pinned`, and a pin of this register goes before it
//!  packs/withdrawn              not sold by where there is any other
//!  packs/trust.json             the newest manifest that was believed, and when each key signed
//! ```
//!
//! What waits is a file beside the pack, written before the pack is put in place: a pack is never
//! sold by too early because something ended in between. Once its moment has come it stays so,
//! whatever a clock says later.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::PackError;
use super::file::Incoming;
use super::jump::Jumps;
use super::release::Told;
use super::shelf::Shelf;
use crate::domain::ids::PackVersion;
use crate::domain::time::Timestamp;

pub(super) const PINNED_BY_CENTRAL: &str = "pinned-by-central";
pub(super) const WITHDRAWN: &str = "withdrawn";
const TRUST: &str = "trust.json";
/// The longest file that is read here.
const SMALL_LEN_MAX: u64 = 256 * 1024;

/// How a pack is put on the shelf.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// It is not sold by before this.
    pub not_before: Option<Timestamp>,
    /// Its prices jumped: it is not sold by before a manager says yes.
    pub held: Option<Jumps>,
    /// Its publisher ordered this very version, though a later one was here.
    pub back: bool,
}

/// A pack that is not sold by yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its version.
    pub version: PackVersion,
    /// Until when it waits.
    pub not_before: Option<Timestamp>,
    /// A manager has to say yes to this.
    pub held: Option<Jumps>,
}

/// What is remembered of manifests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// When the newest manifest of each key was signed.
    pub seen: BTreeMap<String, String>,
    /// The newest one, as it was signed.
    pub manifest: Option<String>,
}

impl Trust {
    /// When the newest manifest of a key was signed.
    pub fn seen(&self, key: &str) -> Option<Timestamp> {
        self.seen.get(key).and_then(|text| Timestamp::parse(text).ok())
    }

    /// Remembers a manifest.
    pub fn remember(&mut self, told: &Told, text: &[u8]) {
        let (key, issued) = (told.manifest.key.clone(), told.manifest.issued.clone());
        // A retailer has a few keys; more would be somebody filling the disk.
        if self.seen.len() < 32 || self.seen.contains_key(&key) {
            self.seen.insert(key, issued);
        }
        self.manifest = Some(String::from_utf8_lossy(text).into_owned());
    }
}

impl Shelf {
    /// Packs that are not sold by yet, the latest first.
    pub fn waiting(&self) -> Vec<Waiting> {
        let versions = self.versions().unwrap_or_default();
        let waits =
            |version: PackVersion| {
                let path = self.place_of(&version);
                let (not_before, held) = (not_before(&path), held(&path));
                (beside(&path, "from").exists() || beside(&path, "held").exists())
                    .then_some(Waiting { version, not_before, held })
            };
        versions.into_iter().filter_map(waits).collect()
    }

    /// A pack that is not sold by yet.
    pub(super) fn waits(&self, version: &PackVersion) -> bool {
        let path = self.place_of(version);
        beside(&path, "from").exists() || beside(&path, "held").exists()
    }

    /// Lets packs be sold by whose moment has come; gives their versions. A clock that is set back
    /// afterwards takes nothing back.
    pub fn come_into_force(&self, now: Timestamp) -> Vec<PackVersion> {
        let due = |waiting: &Waiting| waiting.not_before.is_some_and(|at| at.utc_ms <= now.utc_ms);
        let mut come = Vec::new();
        for waiting in self.waiting().into_iter().filter(due) {
            let path = beside(&self.place_of(&waiting.version), "from");
            match std::fs::remove_file(&path) {
                Ok(()) => come.push(waiting.version),
                Err(error) => tracing::error!(%error, "a pack whose time has come can't be taken"),
            }
        }
        come
    }

    /// A pack that waits for its moment waits for another one; one that was sold by goes on.
    pub fn reschedule(&self, version: &PackVersion, not_before: Option<Timestamp>) {
        let path = beside(&self.place_of(version), "from");
        if !path.exists() {
            return;
        }
        let done = match not_before {
            Some(at) => write(&path, &at.to_string()),
            None => std::fs::remove_file(&path),
        };
        if let Err(error) = done {
            tracing::error!(%error, "a pack can't be told another moment");
        }
    }

    /// A manager said yes to a pack whose prices jumped.
    ///
    /// # Errors
    /// [`PackError`] when there is none, or this can't be kept.
    pub fn accept(&self, version: &PackVersion) -> Result<(), PackError> {
        let path = beside(&self.place_of(version), "held");
        std::fs::remove_file(&path).map_err(|source| PackError::Io { file: path, source })
    }

    /// Does what the publisher ordered for this store.
    ///
    /// # Errors
    /// [`PackError`] when this can't be kept.
    pub fn obey(&self, told: &Told) -> Result<(), PackError> {
        self.keep(PINNED_BY_CENTRAL, told.pinned.as_slice())?;
        self.keep(WITHDRAWN, &told.revoked)
    }

    /// What is remembered of manifests; nothing where it can't be read.
    pub fn trust(&self) -> Trust {
        let read = || serde_json::from_str(&small(&self.folder.join(TRUST))?).ok();
        read().unwrap_or_default()
    }

    /// Remembers it durably.
    ///
    /// # Errors
    /// [`PackError::Io`].
    pub fn keep_trust(&self, trust: &Trust) -> Result<(), PackError> {
        let place = self.folder.join(TRUST);
        let failed = |source| PackError::Io { file: place.clone(), source };
        let text = serde_json::to_string(trust).map_err(|why| failed(why.into()))?;
        write(&place, &text).map_err(failed)
    }

    /// Writes what a pack waits for beside the place it will have.
    pub(super) fn mark_waiting(&self, path: &Path, arrival: &Arrival) -> std::io::Result<()> {
        let from = arrival.not_before.map(|at| at.to_string());
        let held = arrival.held.as_ref().map(serde_json::to_string).transpose()?;
        for (ending, text) in [("from", from), ("held", held)] {
            let place = beside(path, ending);
            match text {
                Some(text) => write(&place, &text)?,
                None => match std::fs::remove_file(&place) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(error);
                    }
                    _gone => {}
                },
            }
        }
        Ok(())
    }

    /// Removes what a pack that is gone waited for. What stays only takes space.
    pub(super) fn forget_waiting(&self, path: &Path) {
        for ending in ["from", "held"] {
            drop(std::fs::remove_file(beside(path, ending)));
        }
    }
}

fn not_before(pack: &Path) -> Option<Timestamp> {
    Timestamp::parse(small(&beside(pack, "from"))?.trim()).ok()
}

fn held(pack: &Path) -> Option<Jumps> {
    serde_json::from_str(&small(&beside(pack, "held"))?).ok()
}

fn beside(pack: &Path, ending: &str) -> PathBuf {
    let mut name = pack.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

fn small(path: &Path) -> Option<String> {
    use std::io::Read as _;
    let mut text = String::new();
    let file = super::file::open_plain(path).ok()?;
    file.take(SMALL_LEN_MAX).read_to_string(&mut text).ok()?;
    Some(text)
}

fn write(place: &Path, text: &str) -> std::io::Result<()> {
    let incoming = Incoming::beside(place)?;
    let mut file = std::fs::File::create_new(incoming.path())?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    incoming.place(place)
}
