//! A folder of this process in memory where the system has one, for what cuts leave; gone at the
//! end.

use std::cell::{Cell, OnceCell};
use std::fs::File;
use std::path::{Path, PathBuf};

use super::bytes::Bytes;
use super::disk::Remains;

/// The ledger's ballast: a megabyte that is given up and never read.
const BALLAST: &str = "ballast";

pub struct Scratch {
    folder: tempfile::TempDir,
    used: Cell<u64>,
    /// One ballast for all, with a name in each folder.
    ballast: OnceCell<(Bytes, PathBuf)>,
}

impl Scratch {
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let folder =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let folder = folder.expect("a folder");
        Self { folder, used: Cell::new(0), ballast: OnceCell::new() }
    }

    /// A new folder, whose like was never there.
    pub fn fresh(&self) -> PathBuf {
        self.used.set(self.used.get() + 1);
        let path = self.folder.path().join(self.used.get().to_string());
        std::fs::create_dir(&path).expect("a folder");
        path
    }

    /// Lays down what a cut left, in a new folder.
    pub fn lay(&self, remains: &Remains) -> PathBuf {
        let root = self.fresh();
        for (path, entry) in &remains.names {
            let path = root.join(path);
            match entry {
                None => std::fs::create_dir_all(&path).expect("a folder"),
                Some(file) => self.lay_file(&path, &remains.contents[file]),
            }
        }
        root
    }

    fn lay_file(&self, path: &Path, bytes: &Bytes) {
        // Most cuts leave the same whole ballast: it is laid down once, and given so many names.
        if path.file_name().is_some_and(|name| name == BALLAST) && bytes.is_of_one_page() {
            let (kept, at) = self.ballast.get_or_init(|| {
                let at = self.folder.path().join(BALLAST);
                bytes.lay(&File::create(&at).expect("a file"));
                (bytes.clone(), at)
            });
            if bytes == kept {
                return std::fs::hard_link(at, path).expect("one more name");
            }
        }
        bytes.lay(&File::create(path).expect("a file"));
    }
}

impl Drop for Scratch {
    /// Nobody wrote to the ballast that all had.
    fn drop(&mut self) {
        let Some((kept, at)) = self.ballast.get() else { return };
        let is = std::fs::read(at).map(|bytes| Bytes::of(&bytes));
        if !std::thread::panicking() {
            assert!(is.is_ok_and(|is| is == *kept), "the ballast was written to");
        }
    }
}
