//! Disks: copies of folders, and what a power cut leaves of files that were being written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::Chance;

/// What stands in a register's folder and is never written: packs are shared by all registers.
const SHARED: &str = "packs";

/// All files below a folder, by their path in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image(BTreeMap<PathBuf, Vec<u8>>);

impl Image {
    /// What a folder holds now. SQLite's shared memory is no file that outlives a process.
    pub fn of(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        take(folder, Path::new(""), &mut files);
        Self(files)
    }

    /// Puts a folder back to it; whatever came since is gone.
    pub fn put_back(&self, folder: &Path) {
        clear(folder);
        for (path, bytes) in &self.0 {
            let path = folder.join(path);
            make_folder(path.parent().expect("a folder above"));
            fs::write(&path, bytes).expect("written");
        }
    }

    /// Only what stands below some of its folders.
    pub fn within(&self, folders: &[&str]) -> Self {
        let inside = |path: &Path| folders.iter().any(|folder| path.starts_with(folder));
        let files = self.0.iter().filter(|(path, _)| inside(path));
        Self(files.map(|(path, bytes)| (path.clone(), bytes.clone())).collect())
    }

    /// Puts back what it holds, and leaves everything else as it is.
    pub fn put_over(&self, folder: &Path, folders: &[&str]) {
        for inside in folders {
            clear(&folder.join(inside));
        }
        for (path, bytes) in &self.within(folders).0 {
            let path = folder.join(path);
            make_folder(path.parent().expect("a folder above"));
            fs::write(&path, bytes).expect("written");
        }
    }

    /// What a power cut leaves between this image and a later one. Files are written in an order:
    /// the database's log, then the tape, then the rest; the one in hand is there in part.
    pub fn torn_towards(&self, later: &Self, chance: &Chance) -> Self {
        let order = |path: &Path| match path {
            path if path.ends_with("ledger/ledger.db-wal") => 0,
            path if path.starts_with("tape") => 1,
            _ => 2,
        };
        let in_hand = chance.below(4);
        let left = |(path, after): (&PathBuf, &Vec<u8>)| {
            let before = self.0.get(path).cloned().unwrap_or_default();
            let bytes = match order(path).cmp(&in_hand) {
                std::cmp::Ordering::Less => after.clone(),
                std::cmp::Ordering::Greater => before,
                // Whole small files are written beside their place and renamed.
                std::cmp::Ordering::Equal if in_hand == 2 => before,
                std::cmp::Ordering::Equal => torn(&before, after, chance),
            };
            (path.clone(), bytes)
        };
        Self(later.0.iter().filter(|(path, _)| self.0.contains_key(*path)).map(left).collect())
    }
}

/// A beginning of what was being written over what was there.
fn torn(before: &[u8], after: &[u8], chance: &Chance) -> Vec<u8> {
    let whole = u64::try_from(after.len()).expect("fits");
    let cut = usize::try_from(chance.below(whole + 1)).expect("fits");
    [&after[..cut], before.get(cut..).unwrap_or_default()].concat()
}

fn make_folder(folder: &Path) {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).expect("a folder");
}

fn take(root: &Path, inside: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(root.join(inside)).expect("a folder") {
        let entry = entry.expect("an entry");
        let path = inside.join(entry.file_name());
        if path == Path::new(SHARED) || path.to_string_lossy().ends_with("-shm") {
            continue;
        }
        if entry.file_type().expect("a type").is_dir() {
            take(root, &path, files);
        } else {
            files.insert(path, fs::read(entry.path()).expect("read"));
        }
    }
}

fn clear(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let entry = entry.expect("an entry");
        if entry.file_name() == SHARED {
            continue;
        }
        if entry.file_type().expect("a type").is_dir() {
            fs::remove_dir_all(entry.path()).expect("removed");
        } else {
            fs::remove_file(entry.path()).expect("removed");
        }
    }
}
