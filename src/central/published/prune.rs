//! Files that no store needs any more: found, and removed.
//!
//! ```text
//!  each store: its manifest's pack and deltas, its three newest versions that stand ─▶ needed
//!  objects/ less what is needed ─▶ unneeded, since when ─ long enough ─▶ removed
//! ```
//!
//! A register that was told of a file before may still be fetching it; so a file is kept for a
//! while after the last store stopped needing it. Where it is gone all the same, the register is
//! told so and asks anew. Where anything that is needed can't be read, nothing is removed.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use super::{Published, PublishedVersion, replace};

/// So many versions of a store that were not withdrawn are kept beside what its manifest names:
/// the next deltas start from them, and a withdrawal falls back to them.
pub const VERSIONS_KEPT: usize = 3;
/// Since when nobody needs what; lost, the time begins anew.
const SINCE: &str = "unneeded";

/// A file that no store needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unneeded {
    /// Its name: its digest, or what a publisher that was cut off left behind.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Since when, in milliseconds since 1970, as far as it was noticed.
    pub since_ms: i64,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Published {
    /// Files that no store needs, by name.
    ///
    /// # Errors
    /// The system's, `InvalidData` where something that names files can't be read.
    pub fn unneeded(&self, now_ms: i64) -> io::Result<Vec<Unneeded>> {
        let needed = self.needed()?;
        let since: BTreeMap<String, i64> = match std::fs::read(self.0.join(SINCE)) {
            Ok(text) => serde_json::from_slice(&text).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        let entries = match std::fs::read_dir(self.objects()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut unneeded = Vec::new();
        for entry in entries {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if !needed.contains(&name) {
                let since_ms = since.get(&name).copied().unwrap_or(now_ms);
                unneeded.push(Unneeded { name, bytes: entry.metadata()?.len(), since_ms });
            }
        }
        unneeded.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(unneeded)
    }

    /// Removes what no store has needed since `before_ms`, and notes since when the rest is not
    /// needed. Whoever calls it holds the folder.
    ///
    /// # Errors
    /// As [`Self::unneeded`]; what was removed before it stays so.
    pub fn prune(&self, before_ms: i64, now_ms: i64) -> io::Result<Pruned> {
        let mut pruned = Pruned::default();
        let mut since = BTreeMap::new();
        for one in self.unneeded(now_ms)? {
            if one.since_ms > before_ms {
                since.insert(one.name, one.since_ms);
                continue;
            }
            match std::fs::remove_file(self.objects().join(&one.name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _gone => {}
            }
            pruned.files = pruned.files.saturating_add(1);
            pruned.bytes = pruned.bytes.saturating_add(one.bytes);
        }
        replace(&self.0.join(SINCE), &serde_json::to_vec(&since)?)?;
        Ok(pruned)
    }

    /// The names of all files that registers may be told of.
    fn needed(&self) -> io::Result<BTreeSet<String>> {
        let mut needed = BTreeSet::new();
        for store in self.stores()? {
            let standing = self.standing(store)?.into_iter().take(VERSIONS_KEPT);
            needed.extend(standing.map(|PublishedVersion { sha256, .. }| sha256));
            if let Some(manifest) = self.claimed(store)? {
                needed.insert(manifest.full.sha256);
                needed.extend(manifest.deltas.into_iter().map(|delta| delta.sha256));
            }
        }
        Ok(needed)
    }

    fn objects(&self) -> PathBuf {
        self.0.join("objects")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::StoreNo;
    use crate::journal::hash::Hash;
    use crate::pack::{DeltaRef, ObjectRef, PackSigner, StoreManifest};

    const STORE: StoreNo = StoreNo(1042);
    const DAY: i64 = 86_400_000;

    fn version(published: &Published, text: &str) -> PublishedVersion {
        let sha256 = published.put_object(text.as_bytes()).expect("kept");
        PublishedVersion { version: text.to_owned(), sha256, bytes: 10 }
    }

    fn told(published: &Published, versions: &[PublishedVersion], delta: &str, revoked: &[&str]) {
        let newest = versions.last().expect("one");
        let from = "20261120-1".to_owned();
        let sha256 = published.put_object(delta.as_bytes()).expect("kept");
        let manifest = StoreManifest {
            kind: StoreManifest::kind(),
            store: STORE.0,
            version: newest.version.clone(),
            issued: String::new(),
            fresh_until: String::new(),
            expires: String::new(),
            prev: None,
            full: ObjectRef { sha256: newest.sha256.clone(), bytes: 10 },
            deltas: vec![DeltaRef { from, sha256, bytes: 5 }],
            min_app: String::new(),
            effective_from: None,
            pinned: None,
            revoked: revoked.iter().map(|&version| version.to_owned()).collect(),
            jumps_accepted: false,
            key: String::new(),
            voucher: None,
        };
        let signer = PackSigner::from_seed(&[3; 32]).expect("a key");
        let text = manifest.sign(&signer).expect("signed");
        published.put(STORE, versions, Some(&text)).expect("kept");
    }

    fn names(unneeded: &[Unneeded]) -> Vec<&str> {
        unneeded.iter().map(|one| one.name.as_str()).collect()
    }

    fn digest(text: &str) -> String {
        Hash::of_bytes(text.as_bytes()).to_string()
    }

    #[test]
    fn what_a_store_may_still_be_told_of_is_kept_and_the_rest_goes_after_its_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let published = Published::of(folder.path());
        let days = ["20261120-1", "20261121-1", "20261122-1", "20261123-1", "20261124-1"];
        let versions = days.map(|day| version(&published, day));
        told(&published, &versions[..4], "delta of the 23rd", &[]);
        // One day's pack was withdrawn; so three others are kept beside it.
        told(&published, &versions, "delta of the 24th", &["20261123-1"]);
        let unneeded = published.unneeded(0).expect("read");
        let mut gone = [digest("20261120-1"), digest("20261123-1"), digest("delta of the 23rd")];
        gone.sort_unstable();
        assert_eq!(names(&unneeded), gone);
        // Noticed on the first day, they stay for a week: a register may be fetching them.
        assert_eq!(published.prune(-7 * DAY, 0).expect("pruned"), Pruned::default());
        assert_eq!(published.prune(-DAY, 6 * DAY).expect("pruned"), Pruned::default());
        let pruned = published.prune(0, 7 * DAY).expect("pruned");
        assert_eq!(pruned, Pruned { files: 3, bytes: 10 + 10 + 17 });
        assert_eq!(published.unneeded(7 * DAY).expect("read"), []);
        let left = std::fs::read_dir(published.objects()).expect("read").count();
        assert_eq!(left, 4, "three packs and a delta");
    }

    #[test]
    fn what_is_needed_again_begins_its_time_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let published = Published::of(folder.path());
        let of = |day| version(&published, day);
        let versions: Vec<_> =
            ["20261120-1", "20261121-1", "20261122-1", "20261123-1"].map(of).into();
        told(&published, &versions, "a delta", &[]);
        published.prune(-DAY, 0).expect("noticed");
        // The last one is withdrawn: the first one is one of three again.
        told(&published, &versions, "a delta", &["20261123-1"]);
        assert_eq!(published.unneeded(DAY).expect("read"), [], "the manifest still names it");
        published.prune(0, DAY).expect("nothing to do");
        told(&published, &versions, "a delta", &[]);
        let unneeded = published.unneeded(2 * DAY).expect("read");
        assert_eq!(unneeded.iter().map(|one| one.since_ms).collect::<Vec<_>>(), [2 * DAY]);
    }

    #[test]
    fn nothing_is_removed_while_a_store_can_t_be_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let published = Published::of(folder.path());
        let versions = [version(&published, "20261120-1")];
        told(&published, &versions, "a delta", &[]);
        let stray = published.put_object(b"of nobody").expect("kept");
        let manifest = folder.path().join("published/stores/1042/manifest");
        let whole = std::fs::read(&manifest).expect("read");
        for file in ["manifest", "versions"] {
            let path = folder.path().join("published/stores/1042").join(file);
            let good = std::fs::read(&path).expect("read");
            std::fs::write(&path, b"half a li").expect("written");
            let why = published.prune(9 * DAY, 10 * DAY).expect_err("it is not known");
            assert_eq!(why.kind(), io::ErrorKind::InvalidData, "{file}: {why}");
            std::fs::write(&path, good).expect("written");
        }
        assert_eq!(std::fs::read(&manifest).expect("read"), whole);
        assert!(published.object(&stray).expect("a place").exists());
        assert_eq!(published.prune(9 * DAY, 10 * DAY).expect("pruned").files, 0, "noticed first");
        assert_eq!(published.prune(10 * DAY, 11 * DAY).expect("pruned").files, 1);
    }
}
