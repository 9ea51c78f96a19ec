//! What a kind of file system does with what it was told to keep.
//!
//! Only its name is known here (`ext4`, `nfs4`, `fuse.sshfs`); `device::mounts` reads it.

/// How well a file system keeps a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// On a disk of this machine, with file rights.
    Local,
    /// On another machine: flushes and locks are that machine's word.
    Share,
    /// In memory: gone with the power.
    Memory,
    /// On a disk of this machine, without file rights: sticks and foreign disks.
    NoRights,
    /// A layer over another one, as in a container: gone with it.
    Layer,
    /// Not one of the known kinds.
    Unknown,
}

const LOCAL: [&str; 11] = [
    "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "jfs", "nilfs2", "reiserfs",
];
const SHARES: [&str; 17] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "lustre",
    "gfs2",
    "ocfs2",
    "beegfs",
    "ncpfs",
    "coda",
    "orangefs",
    "davfs",
    "glusterfs",
];
const SHARES_BY_FUSE: [&str; 10] = [
    "sshfs",
    "glusterfs",
    "rclone",
    "s3fs",
    "cephfs",
    "davfs",
    "davfs2",
    "smbnetfs",
    "curlftpfs",
    "gcsfuse",
];
const MEMORY: [&str; 4] = ["tmpfs", "ramfs", "devtmpfs", "hugetlbfs"];
const NO_RIGHTS: [&str; 9] =
    ["vfat", "exfat", "msdos", "ntfs", "ntfs3", "fuseblk", "hfs", "hfsplus", "udf"];
const LAYERS: [&str; 3] = ["overlay", "aufs", "fuse.fuse-overlayfs"];

impl Keeps {
    /// What a file system of this kind does, by the name the kernel gives it.
    pub fn of_kind(kind: &str) -> Self {
        let by_fuse = kind.strip_prefix("fuse.").is_some_and(|kind| SHARES_BY_FUSE.contains(&kind));
        if by_fuse || SHARES.contains(&kind) {
            Self::Share
        } else if MEMORY.contains(&kind) {
            Self::Memory
        } else if NO_RIGHTS.contains(&kind) {
            Self::NoRights
        } else if LAYERS.contains(&kind) {
            Self::Layer
        } else if LOCAL.contains(&kind) {
            Self::Local
        } else {
            Self::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_memory_and_sticks_are_told_from_disks() {
        for (kind, keeps) in [
            ("ext4", Keeps::Local),
            ("btrfs", Keeps::Local),
            ("nfs4", Keeps::Share),
            ("cifs", Keeps::Share),
            ("fuse.sshfs", Keeps::Share),
            ("fuse.rclone", Keeps::Share),
            ("fuse.mtpfs", Keeps::Unknown),
            ("tmpfs", Keeps::Memory),
            ("vfat", Keeps::NoRights),
            ("fuseblk", Keeps::NoRights),
            ("overlay", Keeps::Layer),
            ("virtiofs", Keeps::Unknown),
        ] {
            assert_eq!(Keeps::of_kind(kind), keeps, "{kind}");
        }
    }
}
