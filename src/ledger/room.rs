//! What is known of the disks below a ledger: room, whether the tape has one of its own, and
//! whether they are disks of this machine.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::Place;
use super::finding::{Finding, FindingKind};
use crate::device::mounts::Mounts;
use crate::domain::file_system::Keeps;
use crate::domain::words::words;

impl Place {
    /// Free room on the ledger's disk in bytes; none where the system does not say.
    pub fn free_bytes(&self) -> Option<u64> {
        let said = rustix::fs::statvfs(&self.dir).ok()?;
        Some(said.f_bavail.saturating_mul(said.f_frsize))
    }

    /// The tape lies on another disk than the ledger; none where the system does not say.
    pub fn tape_is_apart(&self) -> Option<bool> {
        let device = |dir| std::fs::metadata(dir).map(|found| found.dev()).ok();
        Some(device(&self.dir)? != device(&self.tape_dir)?)
    }

    /// What is to be said where ledger, tape or anchor lie on a network share: its word for a flush
    /// is another machine's. Selling goes on.
    pub fn on_shares(&self, mounts: &Mounts) -> Vec<Finding> {
        let said = |dir: &Path| {
            (mounts.under(dir)?.keeps() == Keeps::Share).then(|| {
                Finding::new(
                    FindingKind::OnShare,
                    words!("{} lies on a network share.", dir.display().to_string()),
                    words!("A sale that is PAID can be gone after a power cut."),
                    words!("Call IT: it must be moved to a disk of this machine."),
                )
            })
        };
        self.folders().into_iter().filter_map(said).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_lies_apart_when_it_lies_on_another_file_system() {
        let folder = tempfile::tempdir().expect("a folder");
        let one = Place::in_one(folder.path());
        assert_eq!(one.tape_is_apart(), Some(false));
        assert_eq!(Place { tape_dir: "/proc".into(), ..one.clone() }.tape_is_apart(), Some(true));
        let nowhere = folder.path().join("nowhere");
        assert_eq!(Place { tape_dir: nowhere, ..one }.tape_is_apart(), None);
    }

    #[test]
    fn free_room_is_asked_of_the_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::in_one(folder.path());
        assert!(place.free_bytes().is_some_and(|free| free > 1_000_000));
        assert_eq!(Place::in_one(folder.path().join("nowhere")).free_bytes(), None);
    }

    #[test]
    fn each_folder_on_a_network_share_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path().canonicalize().expect("a path");
        let shared = at.join("shared");
        std::fs::create_dir(&shared).expect("made");
        let mounts = Mounts::of_text(&format!(
            "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:9 / {} rw - nfs4 store:/data rw\n",
            shared.display()
        ));
        let place = Place { tape_dir: shared.clone(), ..Place::in_one(&at) };
        let found = place.on_shares(&mounts);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].kind, FindingKind::OnShare);
        let said = found[0].text().to_string();
        assert!(said.starts_with(&format!("{} lies on a network share.", shared.display())));
        assert!(said.contains("can be gone") && said.contains("Call IT"), "{said}");
        assert_eq!(Place::in_one(&at).on_shares(&mounts), []);
    }

    #[test]
    fn a_ledgers_files_have_their_names_in_its_folder() {
        let place = Place::in_one("/data");
        assert_eq!(place.database(), Path::new("/data/ledger.db"));
        assert_eq!(place.frozen(), Path::new("/data/frozen"));
        assert_eq!(place.set_aside(), Path::new("/data/set-aside"));
        assert_eq!(place.folders(), [Path::new("/data"); 3]);
    }
}
