//! A disk of a few megabytes in memory, that can be full: only root can make one.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Gone with the test.
pub struct SmallDisk {
    path: PathBuf,
}

impl SmallDisk {
    /// A disk at a folder that is made; none, said in words, where this user may not mount one.
    pub fn at(path: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(path).expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size},mode=0700"), "none"]).arg(path);
        let done = mount.stdin(Stdio::null()).output();
        if !done.is_ok_and(|done| done.status.success()) {
            println!("skipped: this user may not mount a small disk");
            return None;
        }
        Some(Self { path: path.to_owned() })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn filler(&self) -> PathBuf {
        self.path.join("filler")
    }

    /// Takes all the room there is, to the last byte.
    pub fn fill(&self) {
        let mut filler = File::create(self.filler()).expect("a file");
        for size in [64 * 1024, 4 * 1024, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Gives it back.
    pub fn make_room(&self) {
        std::fs::remove_file(self.filler()).expect("removed");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // What still has a file there keeps it until it ends.
        Command::new("umount").arg("-l").arg(&self.path).output().ok();
    }
}
