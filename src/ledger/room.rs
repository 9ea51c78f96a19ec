//! What is known of the disks below a ledger: room, and whether the tape has one of its own.

use std::os::unix::fs::MetadataExt as _;

use super::Place;

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
}
