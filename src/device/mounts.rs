//! Which file system lies under a path: the kernel's own table of mounts, read once.
//!
//! ```text
//!  36 35 8:1 / /mnt/second rw,noatime - ext4 /dev/sda1 rw
//!        │     │                        │    └ what is mounted
//!        │     └ where                  └ its kind
//!        └ the block device; 0:… where there is none
//! ```

use std::path::{Path, PathBuf};

use crate::domain::file_system::Keeps;

/// One mounted file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where.
    pub at: PathBuf,
    /// Its kind, by the kernel's name.
    pub kind: String,
    /// What is mounted: a device file, or a share's address.
    pub source: String,
    /// The block device, as `8:1`.
    pub device: String,
}

/// All of them, in the order of their mounting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mounts(Vec<Mount>);

impl Mounts {
    /// Those of this machine, whose root is at `root`.
    ///
    /// # Errors
    /// The system's.
    pub fn read(root: &Path) -> std::io::Result<Self> {
        Ok(Self::of_text(&std::fs::read_to_string(root.join("proc/self/mountinfo"))?))
    }

    /// Those of a table; lines that can't be read are left out.
    pub fn of_text(text: &str) -> Self {
        Self(text.lines().filter_map(mount).collect())
    }

    /// The one a path lies on. Where the path is not there yet, the one it would lie on.
    pub fn under(&self, path: &Path) -> Option<&Mount> {
        let there = path.ancestors().find_map(|above| above.canonicalize().ok())?;
        let fits = self.0.iter().filter(|mount| there.starts_with(&mount.at));
        // The deepest; of two at one place the later one covers the other.
        fits.max_by_key(|mount| mount.at.components().count())
    }
}

impl Mount {
    /// How well it keeps a ledger.
    pub fn keeps(&self) -> Keeps {
        Keeps::of_kind(&self.kind)
    }
}

fn mount(line: &str) -> Option<Mount> {
    let (here, there) = line.split_once(" - ")?;
    let mut here = here.split(' ');
    let device = here.nth(2)?.to_owned();
    let at = PathBuf::from(unescaped(here.nth(1)?));
    let mut there = there.split(' ');
    Some(Mount { at, kind: there.next()?.to_owned(), source: unescaped(there.next()?), device })
}

/// Blanks, tabs, newlines and backslashes stand as `\040` and the like.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let byte = after.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match byte.zip(after.get(3..)) {
            Some((byte, after)) => {
                plain.push(char::from(byte));
                rest = after;
            }
            None => {
                plain.push('\\');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_lies_on_the_deepest_mount_and_of_two_at_one_place_on_the_later() {
        let dir = tempfile::tempdir().expect("a folder");
        let home = dir.path().canonicalize().expect("a path");
        let spaced = home.join("second disk");
        std::fs::create_dir(&spaced).expect("a folder");
        let here = home.display();
        let table = format!(
            "27 1 254:0 / / rw - ext4 /dev/vda rw\n\
             28 27 0:30 / {here} rw,relatime shared:1 - tmpfs none rw\n\
             29 27 0:31 / {here} rw - nfs4 files:/till rw,vers=4.2\n\
             30 29 8:1 / {here}/second\\040disk rw - xfs /dev/sda1 rw\nnonsense\n"
        );
        let mounts = Mounts::of_text(&table);
        let kind = |path: &Path| mounts.under(path).map(|mount| mount.kind.as_str());
        assert_eq!(kind(&home.join("ledger/not/yet")), Some("nfs4"));
        assert_eq!(kind(&spaced), Some("xfs"));
        assert_eq!(kind(Path::new("/")), Some("ext4"));
        let share = mounts.under(&home).expect("a mount");
        assert_eq!((share.keeps(), share.source.as_str()), (Keeps::Share, "files:/till"));
        assert!(Mounts::read(Path::new("/")).expect("this machine's").under(&home).is_some());
    }
}
