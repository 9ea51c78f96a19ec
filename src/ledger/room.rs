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
