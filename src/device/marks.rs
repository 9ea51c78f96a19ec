//! The marks by which a machine is told from another one, read without a right of its own.
//!
//! ```text
//!  /etc/machine-id ─ system    /dev/disk/by-uuid ─ disk    /sys/class/dmi/id/board_serial ─ board
//! ```
//!
//! The board's number is root's to read as a rule, and a container has none of them: what is not
//! there is left out.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::own_file;
use crate::domain::own_machine::{Marks, Part};

/// The longest mark.
const LEN_MAX: u64 = 200;
/// The most file systems that are looked through.
const DISKS_MAX: usize = 1_000;
/// What makers write where there is no number.
const NO_NUMBER: [&str; 6] = [
    "none",
    "default string",
    "to be filled by o.e.m.",
    "not specified",
    "system serial number",
    "n/a",
];

/// The marks of the machine whose files lie below `root`, for data in a folder.
pub fn read(root: &Path, folder: &Path) -> Marks {
    let system = line(&root.join("etc/machine-id"))
        .filter(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let board = line(&root.join("sys/class/dmi/id/board_serial")).filter(|number| {
        let small = number.to_ascii_lowercase();
        number.len() >= 4
            && !NO_NUMBER.contains(&small.as_str())
            && number.bytes().any(|byte| byte != b'0' && byte != b' ')
    });
    let found = [(Part::System, system), (Part::Disk, disk(root, folder)), (Part::Board, board)];
    Marks::of(found.into_iter().filter_map(|(part, mark)| Some((part, mark?))))
}

fn line(path: &Path) -> Option<String> {
    let text = own_file::text(path, LEN_MAX).ok()?;
    let line = text.lines().next()?.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// The file system's own number: of the device that the folder lies on.
fn disk(root: &Path, folder: &Path) -> Option<String> {
    let dev = fs::metadata(folder).ok()?.dev();
    let (major, minor) = (rustix::fs::major(dev), rustix::fs::minor(dev));
    let name = fs::read_link(root.join(format!("sys/dev/block/{major}:{minor}"))).ok()?;
    let name = name.file_name()?;
    let all = fs::read_dir(root.join("dev/disk/by-uuid")).ok()?.flatten().take(DISKS_MAX);
    let mut here = all.filter(|entry| {
        fs::read_link(entry.path()).is_ok_and(|device| device.file_name() == Some(name))
    });
    here.next()?.file_name().into_string().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn put(root: &Path, file: &str, text: &str) {
        let path = root.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn marks(root: &Path) -> Vec<(Part, String)> {
        read(root, root).each().map(|(part, mark)| (part, mark.to_owned())).collect()
    }

    #[test]
    fn a_machine_is_told_by_what_can_be_read_and_a_container_by_nothing() {
        let root = tempfile::tempdir().expect("a folder");
        let here = root.path();
        assert_eq!(marks(here), []);
        put(here, "etc/machine-id", "uninitialized\n");
        put(here, "sys/class/dmi/id/board_serial", "Default string\n");
        assert_eq!(marks(here), [], "what says nothing is no mark");

        let system = "0123456789abcdef0123456789abcdef";
        put(here, "etc/machine-id", &format!("{system}\n"));
        put(here, "sys/class/dmi/id/board_serial", " PF3K9X2B \n");
        let dev = fs::metadata(here).expect("there").dev();
        let (major, minor) = (rustix::fs::major(dev), rustix::fs::minor(dev));
        fs::create_dir_all(here.join("sys/dev/block")).expect("made");
        fs::create_dir_all(here.join("dev/disk/by-uuid")).expect("made");
        let device = here.join(format!("sys/dev/block/{major}:{minor}"));
        symlink("../../devices/virtual/block/dm-3", device).expect("linked");
        symlink("../../sda1", here.join("dev/disk/by-uuid/1111-2222")).expect("linked");
        symlink("../../dm-3", here.join("dev/disk/by-uuid/ab12-cd34")).expect("linked");
        let (board, disk) = ("PF3K9X2B".to_owned(), "ab12-cd34".to_owned());
        assert_eq!(
            marks(here),
            [(Part::System, system.to_owned()), (Part::Disk, disk), (Part::Board, board)]
        );
    }

    #[test]
    fn this_machine_says_the_same_twice() {
        let folder = std::env::temp_dir();
        assert_eq!(read(Path::new("/"), &folder), read(Path::new("/"), &folder));
    }
}
