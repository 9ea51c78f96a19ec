//! One hand-over at a time: two at once could both believe that a record is still to be sent.
//!
//! ```text
//!  two commands in one folder   ─▶ the folder's lock, let go by the system whatever happens
//!  two machines on one database ─▶ the database's turn, which ends a minute after the last word
//! ```

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, flock, fstat};

use super::super::store::{Store, StoreError};
use super::ledger::{Holder, Turn};
use crate::journal::hash::Hash;

const FILE: &str = "hand-over.lock";
/// Another one each time a machine starts: a copy of a whole machine is not the same one.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Held while something is handed over; let go when it is dropped, also by the system.
#[derive(Debug)]
pub struct Lock {
    holder: Holder,
    #[expect(dead_code, reason = "the open file is the lock")]
    file: File,
}

/// Why it can't be done now.
#[derive(Debug, thiserror::Error)]
pub enum Locked {
    /// Somebody else is at it.
    #[error(
        "another command is handing over from {0} just now; nothing was sent. Wait until it is \
         done, or stop it with Ctrl-C"
    )]
    Busy(String),
    /// Somebody else is at it, at another machine or folder.
    #[error(
        "another machine is handing over from this database just now; nothing was sent. Wait until \
         it is done; if it was switched off, its turn is over in {0} s"
    )]
    Elsewhere(u64),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file.
    #[error("{path} can't be used; nothing was sent, look at the folder's rights")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl Lock {
    /// Takes the lock of a central's folder.
    ///
    /// # Errors
    /// [`Locked`].
    pub fn of(folder: &Path) -> Result<Self, Locked> {
        let path = folder.join(FILE);
        let failed = |source| Locked::File { path: path.display().to_string(), source };
        let file = File::create(&path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {
                let holder = holder(&file).map_err(failed)?;
                Ok(Self { holder, file })
            }
            Err(rustix::io::Errno::WOULDBLOCK) => Err(Locked::Busy(folder.display().to_string())),
            Err(why) => Err(failed(why.into())),
        }
    }

    /// Takes the lock of a central's folder, and the turn of its database.
    ///
    /// # Errors
    /// [`Locked`].
    pub fn with_turn(folder: &Path, store: &mut dyn Store) -> Result<Self, Locked> {
        let lock = Self::of(folder)?;
        lock.take_turn(store)?;
        Ok(lock)
    }

    /// Takes the turn of a database.
    ///
    /// # Errors
    /// [`Locked::Elsewhere`] while it is another one's, [`Locked::Store`].
    pub fn take_turn(&self, store: &mut dyn Store) -> Result<(), Locked> {
        match store.hand_overs().take_turn(&self.holder)? {
            Turn::Mine => Ok(()),
            Turn::Anothers(seconds) => Err(Locked::Elsewhere(seconds)),
        }
    }
}

/// Names a folder on a machine. The lock is this one's, so whoever bore the name before is gone.
fn holder(file: &File) -> std::io::Result<Holder> {
    let stat = fstat(file)?;
    let boot = std::fs::read_to_string(BOOT_ID).unwrap_or_else(|_| {
        // Unknown: then a turn that was cut off has to run out.
        std::process::id().to_string()
    });
    let name = format!("{} {} {}", boot.trim_end(), stat.st_dev, stat.st_ino);
    Ok(Holder(Hash::of_bytes(name.as_bytes()).to_string()))
}
