//! One hand-over at a time: two at once could both believe that a record is still to be sent.

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

const FILE: &str = "hand-over.lock";

/// Held while something is handed over; let go when it is dropped, also by the system.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the open file is the lock")] File);

/// Why it can't be done now.
#[derive(Debug, thiserror::Error)]
pub enum Locked {
    /// Somebody else is at it.
    #[error(
        "another command is handing over from {0} just now; nothing was sent. Wait until it is \
         done, or stop it with Ctrl-C"
    )]
    Busy(String),
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
            Ok(()) => Ok(Self(file)),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(Locked::Busy(folder.display().to_string())),
            Err(why) => Err(failed(why.into())),
        }
    }
}
