//! The machine as Linux tells of it: read, never changed, and every file below one root folder, so
//! that a test can make one up.
//!
//! ```text
//!  ROOT/proc  users' limits, swaps, processes, ports     ROOT/sys  disks, firmware
//!  ROOT/etc   who logs in, what starts, what updates     ROOT/run  the clock's keeper
//! ```
//!
//! `domain::doctor` judges. What is not there for whoever asks is an error with its reason, and
//! never taken for being in order.

mod kiosk;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use super::mounts::Mounts;
use super::own_file;
use crate::domain::doctor::{CoreDumps, Machine, Owner, Seen, Swap};

/// The longest of these files that is read.
const LEN_MAX: u64 = 4 * 1024 * 1024;
/// Disks below disks: encryption over volumes over a raid.
const DEPTH_MAX: usize = 8;

/// A machine whose root folder is here.
#[derive(Clone, Debug)]
pub struct MachineRoot(PathBuf);

impl MachineRoot {
    /// The machine at this root: `/` for the one that runs.
    pub const fn at(root: PathBuf) -> Self {
        Self(root)
    }

    /// A file below its root.
    pub fn file(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    /// Looks at everything. `ours` are the ports that are meant to listen; `data` lies on the disk
    /// that is asked about.
    pub fn look(&self, data: &Path, ours: &[u16]) -> Machine {
        let processes = self.processes();
        Machine {
            umask: self.umask(),
            core: self.core(),
            swap: self.swap(),
            encrypted: self.encrypted(data),
            time_sync: self.time_sync(&processes),
            autologin: self.autologin(),
            usb: self.usb_storage(&processes),
            keyboards: self.keyboards(&processes),
            people: self.people(),
            ports: self.ports(ours),
            firewall: self.firewall(&processes),
            lockers: self.lockers(&processes),
            updates: self.updates(),
            secure_boot: self.secure_boot(),
        }
    }

    /// What is mounted where.
    ///
    /// # Errors
    /// Why it can't be seen.
    pub fn mounts(&self) -> Seen<Mounts> {
        Mounts::read(&self.0).map_err(|why| format!("the mounts could not be read ({why})"))
    }

    /// Whose a number is.
    pub fn owner(&self, uid: u32) -> Owner {
        let users = self.text("etc/passwd").unwrap_or_default();
        let name = passwd(&users).find(|user| user.uid == uid).map(|user| user.name);
        let name = name.unwrap_or_else(|| format!("user {uid}"));
        let groups = self.text("etc/group").unwrap_or_default();
        let admin = groups.lines().find_map(|line| {
            let mut fields = line.split(':');
            let group = fields.next().filter(|group| ADMINS.contains(group))?;
            let mut members = fields.nth(2)?.split(',');
            members.any(|member| member == name).then(|| group.to_owned())
        });
        Owner { uid, name, admin }
    }

    fn umask(&self) -> Seen<u32> {
        let status = self.text("proc/self/status")?;
        let digits = status.lines().find_map(|line| line.strip_prefix("Umask:"));
        let umask = digits.and_then(|digits| u32::from_str_radix(digits.trim(), 8).ok());
        umask.ok_or_else(|| "the kernel does not tell the umask".to_owned())
    }

    fn core(&self) -> Seen<CoreDumps> {
        let limits = self.text("proc/self/limits")?;
        let limit = limits.lines().find_map(|line| line.strip_prefix("Max core file size"));
        let limit = limit.and_then(|rest| rest.split_whitespace().next());
        let limit = limit.ok_or_else(|| "the kernel does not tell the limits".to_owned())?;
        let pattern = self.text("proc/sys/kernel/core_pattern").unwrap_or_default();
        Ok(CoreDumps { limit: limit.to_owned(), pattern: pattern.trim().to_owned() })
    }

    fn swap(&self) -> Seen<Vec<Swap>> {
        let table = self.text("proc/swaps")?;
        let rows = table.lines().skip(1).filter_map(|line| line.split_whitespace().next());
        Ok(rows.map(|at| Swap { at: at.to_owned(), guarded: self.is_guarded(at) }).collect())
    }

    /// Whether what is written there is in memory or encrypted.
    fn is_guarded(&self, at: &str) -> Option<bool> {
        match at.strip_prefix("/dev/") {
            Some(name) if name.starts_with("zram") => Some(true),
            Some(name) => self.is_encrypted_disk(&self.block_of(name)?),
            // A file; its disk.
            None => self.encrypted(Path::new(at)).ok(),
        }
    }

    /// Whether the disk below a path is encrypted.
    fn encrypted(&self, path: &Path) -> Seen<bool> {
        let mounts = self.mounts()?;
        let mount = mounts.under(path).ok_or_else(|| "its disk is not known".to_owned())?;
        let by_number = self.0.join("sys/dev/block").join(&mount.device);
        let by_name = || self.block_of(mount.source.strip_prefix("/dev/")?);
        let disk = if by_number.is_dir() { Some(by_number) } else { by_name() };
        let known = disk.and_then(|disk| self.is_encrypted_disk(&disk));
        known.ok_or_else(|| format!("which disk {} is on could not be seen", mount.source))
    }

    /// A disk by its name below `/dev`, which may be a link.
    fn block_of(&self, name: &str) -> Option<PathBuf> {
        let real = self.0.join("dev").join(name).canonicalize().ok();
        let real = real.as_deref().and_then(Path::file_name).map(Path::new);
        let block = self.0.join("sys/class/block");
        let known = [real.map(|real| block.join(real)), Some(block.join(name))];
        known.into_iter().flatten().find(|disk| disk.is_dir())
    }

    fn is_encrypted_disk(&self, disk: &Path) -> Option<bool> {
        disk.is_dir().then(|| is_crypt(disk, DEPTH_MAX))
    }

    /// The names of the programs that run; none where they can't be seen.
    fn processes(&self) -> Seen<Vec<String>> {
        let proc = self.0.join("proc");
        let entries = std::fs::read_dir(proc).map_err(|why| format!("no processes ({why})"))?;
        let numbered = entries.flatten().filter(|entry| {
            let name = entry.file_name();
            name.to_str().is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        });
        // A process may end meanwhile.
        let names =
            numbered.filter_map(|entry| own_file::text(&entry.path().join("comm"), LEN_MAX).ok());
        let names: Vec<String> = names.map(|name| name.trim_end().to_owned()).collect();
        if names.is_empty() { Err("no processes could be seen".to_owned()) } else { Ok(names) }
    }

    /// Numbers and names of those who log in.
    fn people(&self) -> Seen<Vec<(String, u32)>> {
        let users = self.text("etc/passwd")?;
        let people = passwd(&users).filter(|user| {
            let shell = user.shell.rsplit('/').next().unwrap_or("");
            (PEOPLE_FROM..NOBODY).contains(&user.uid) && !NO_SHELLS.contains(&shell)
        });
        Ok(people.map(|user| (user.name, user.uid)).collect())
    }

    /// A text file below the root.
    fn text(&self, path: &str) -> Seen<String> {
        own_file::text(&self.0.join(path), LEN_MAX)
            .map_err(|why| format!("/{path} can't be read ({why})"))
    }

    fn is_there(&self, path: &str) -> bool {
        self.0.join(path).exists()
    }

    /// The texts of a folder's files with that ending, by name; none where there is no folder.
    fn texts(&self, folder: &str, ending: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.0.join(folder)) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.to_str().is_some_and(|path| path.ends_with(ending)));
        paths.sort();
        paths.iter().filter_map(|path| own_file::text(path, LEN_MAX).ok()).collect()
    }
}

/// Groups whose members may become root.
const ADMINS: [&str; 4] = ["sudo", "wheel", "admin", "docker"];
const PEOPLE_FROM: u32 = 1_000;
const NOBODY: u32 = 65_534;
const NO_SHELLS: [&str; 6] = ["nologin", "false", "sync", "halt", "shutdown", ""];

struct User {
    name: String,
    uid: u32,
    shell: String,
}

fn passwd(text: &str) -> impl Iterator<Item = User> {
    text.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let uid = fields.nth(1)?.parse().ok()?;
        let shell = fields.nth(3)?.to_owned();
        Some(User { name, uid, shell })
    })
}

/// True where a disk is a crypt, or stands on one.
fn is_crypt(disk: &Path, depth: usize) -> bool {
    let uuid = own_file::text(&disk.join("dm/uuid"), LEN_MAX).unwrap_or_default();
    if uuid.starts_with("CRYPT-") {
        return true;
    }
    let Some(depth) = depth.checked_sub(1) else { return false };
    let below = std::fs::read_dir(disk.join("slaves")).into_iter().flatten().flatten();
    let mut below = below.map(|entry| entry.path()).peekable();
    // All of it: one bare disk of a raid is enough for a thief.
    below.peek().is_some() && below.all(|disk| is_crypt(&disk, depth))
}
