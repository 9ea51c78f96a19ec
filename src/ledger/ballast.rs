//! The ballast: 1 MiB that is given up when the disk is full, so that the sale in hand can still
//! be recorded.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

const SIZE: usize = 1 << 20;
/// The ballast is only laid down where this much stays free beside it.
const FREE_MIN: u64 = 8 << 20;

fn path(dir: &Path) -> PathBuf {
    dir.join("ballast")
}

/// Lays the ballast down where there is room; false when there is none.
pub(super) fn lay(dir: &Path) -> bool {
    let path = path(dir);
    let size = u64::try_from(SIZE).unwrap_or(u64::MAX);
    if fs::metadata(&path).is_ok_and(|found| found.len() == size) {
        return true;
    }
    let free = rustix::fs::statvfs(dir).map_or(0, |s| s.f_bavail.saturating_mul(s.f_frsize));
    if free < FREE_MIN.saturating_add(size) {
        return false;
    }
    // Not zeros: a file system that stores those as nothing would give nothing back.
    let filling = (0..=u8::MAX).map(|byte| byte | 1).collect::<Vec<u8>>().repeat(SIZE / 256);
    let laid = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .and_then(|mut file| file.write_all(&filling).and_then(|()| file.sync_all()));
    if laid.is_err() {
        // Half a ballast on a full disk would only be in the way.
        fs::remove_file(&path).ok();
    }
    laid.is_ok()
}

/// Gives the ballast up; false when there was none.
pub(super) fn give_up(dir: &Path) -> bool {
    fs::remove_file(path(dir)).is_ok()
}
