//! The ballast: 1 MiB that is given up when the disk is full, so that the sale in hand can still
//! be recorded.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

const SIZE: usize = 1 << 20;
const FILLING: u8 = 0x5a;
/// The ballast is only laid down where there is this much: 8 MiB stay free beside it.
const ROOM_MIN: u64 = 9 << 20;

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
    if !has_room(free) {
        return false;
    }
    // Not zeros: a file system that stores those as nothing would give nothing back.
    let filling = vec![FILLING; SIZE];
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

const fn has_room(free: u64) -> bool {
    free >= ROOM_MIN
}

/// Gives the ballast up; false when there was none.
pub(super) fn give_up(dir: &Path) -> bool {
    fs::remove_file(path(dir)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ballast_is_laid_down_whole_kept_while_it_is_and_given_up_once() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(!give_up(folder.path()), "there is none yet");
        assert!(lay(folder.path()));
        let ballast = folder.path().join("ballast");
        let bytes = fs::read(&ballast).expect("a ballast");
        assert_eq!(bytes.len(), 1_048_576);
        assert!(bytes.iter().all(|byte| *byte != 0));
        fs::write(&ballast, vec![1; SIZE]).expect("marked");
        assert!(lay(folder.path()));
        assert_eq!(fs::read(&ballast).expect("a ballast")[0], 1, "a whole one stays as it is");
        fs::write(&ballast, b"half").expect("half of one");
        assert!(lay(folder.path()));
        assert_eq!(fs::read(&ballast).expect("a ballast").len(), SIZE);
        assert!(give_up(folder.path()));
        assert!(!ballast.exists());
    }

    #[test]
    fn where_it_can_t_be_laid_down_none_is_said_to_be_there() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("ballast")).expect("in its way");
        assert!(!lay(folder.path()));
        assert!(!lay(&folder.path().join("nowhere")));
    }

    #[test]
    fn it_is_only_laid_down_where_eight_mebibytes_stay_free_beside_it() {
        assert!(has_room(9 * 1_048_576));
        assert!(!has_room(9 * 1_048_576 - 1));
    }
}
