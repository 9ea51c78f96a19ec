//! What can go wrong between a record and its disk, in words: what happened, what it means for
//! the money, what to do next.

use std::path::{Path, PathBuf};

use crate::device::entropy::NoEntropy;
use crate::domain::ids::{JournalId, RegisterNo, SaleNo, StoreNo};
use crate::domain::money::Overflow;
use crate::journal::key::NotAKey;

/// Why the ledger can't be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another program has it open.
    #[error(
        "Tideover is already running on this register. No money is affected. Use the window \
         that is open: it sells, and it sends by itself."
    )]
    InUse,
    /// Its schema is from a later program.
    #[error(
        "the ledger {path} was written by a newer Tideover (format {found}, this one knows \
         {known}). All sales in it are safe and untouched, and 'tideover export' still reads \
         them. Install the newer Tideover again before selling."
    )]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The last schema this program knows.
        known: i64,
    },
    /// The settings name another register.
    #[error(
        "the ledger {path} belongs to store {} register {}, but this register is set up as \
         store {store} register {register}. Nothing was changed, its sales are safe. Correct \
         the settings, or give this register a folder of its own.", found.store, found.register
    )]
    OtherRegister {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        found: JournalId,
        /// The store of the settings.
        store: StoreNo,
        /// The register of the settings.
        register: RegisterNo,
    },
    /// The register's key was changed.
    #[error(
        "this journal has ended, because the register's key was changed. Nothing new was recorded; \
         everything before is safe. Restart Tideover: it goes on in a new journal."
    )]
    Ended,
    /// No room.
    #[error(
        "the disk of {path} is full. This sale was not recorded: take no money for it, or write \
         a paper slip. Everything recorded before is safe. Free some space, then restart \
         Tideover."
    )]
    DiskFull {
        /// Where.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// Nothing may be written.
    #[error(
        "{path} can't be written to. Nothing new was recorded: write paper slips until this is \
         solved. Everything recorded before is safe. Ask IT to make the folder writable for \
         this user, then restart Tideover."
    )]
    ReadOnly {
        /// Where.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The open file is not the one at its path any more.
    #[error(
        "the file {path} was deleted or replaced while Tideover was running. This sale was not \
         recorded: take no money for it, or write a paper slip. Restart Tideover: it brings the \
         earlier sales back from its second copy."
    )]
    FileReplaced {
        /// Which.
        path: PathBuf,
    },
    /// SQLite can't make sense of the file.
    #[error(
        "the ledger {path} could not be read while {doing}. This sale was not recorded: take no \
         money for it, or write a paper slip. Restart Tideover: it checks the file and brings \
         sales back from its second copy."
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// Another program holds a lock on the file for too long.
    #[error(
        "another program (a backup, a virus scanner) keeps {path} locked. This sale was not \
         recorded yet: take no money for it, or write a paper slip. End that program, then \
         restart Tideover."
    )]
    Locked {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// Anything else SQLite says.
    #[error(
        "the disk failed while {doing} ({path}). It is not certain whether the sale in hand was \
         recorded: hand nothing over before Tideover was restarted; it then shows the last \
         recorded sale. Until then write paper slips."
    )]
    Database {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// An earlier error left it open what is on the disk.
    #[error(
        "nothing more is recorded since an earlier write failed. This sale was not recorded: \
         take no money for it, or write a paper slip. Restart Tideover: it checks the ledger \
         and shows the last recorded sale."
    )]
    Poisoned,
    /// A setting that durability depends on did not take.
    #[error(
        "the ledger's setting {setting} is '{found}' instead of '{wanted}', so a sale might not \
         survive a power cut. Nothing is sold this way. Use a local disk (no network share), or \
         call IT."
    )]
    NotDurable {
        /// The setting.
        setting: &'static str,
        /// What it must be.
        wanted: &'static str,
        /// What it is.
        found: String,
    },
    /// The SQLite library has a known fault.
    #[error(
        "this build uses SQLite {found}, which can damage a ledger; at least 3051003 is needed. \
         Nothing was touched. Install Tideover as it was released."
    )]
    OldLibrary {
        /// Its number.
        found: i32,
    },
    /// A file or folder can't be used.
    #[error(
        "{path} can't be used. No recorded sale is affected, but nothing new can be recorded. \
         Check that the folder exists, is on this machine and belongs to this user, then \
         restart Tideover."
    )]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A journal that was given up can't be read.
    #[error(
        "{path}, where records of a journal lie that was given up, can't be read: {source}. \
         Selling and every other record are not affected, but central may not have these yet. \
         Have IT look at that disk, and run 'tideover recover' on this register."
    )]
    GivenUp {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// An amount does not fit.
    #[error(
        "this was not recorded: an amount is too large to be counted. Nothing was changed; \
         check quantities and amounts."
    )]
    Absurd(#[from] Overflow),
    /// The sale is there already.
    #[error(
        "sale {0} is recorded already, so it was not recorded again. Its money is counted once. \
         Go on with the next customer."
    )]
    AlreadyRecorded(SaleNo),
    /// The record is too long.
    #[error(
        "this was not recorded: its record would have {0} bytes, more than a record may have. \
         Nothing was changed. Split the sale in two."
    )]
    TooLong(usize),
    /// No random numbers.
    #[error("a new journal can't be begun. No recorded sale is affected.")]
    NoEntropy(#[from] NoEntropy),
    /// No usable key.
    #[error("a new journal can't be begun without a usable key. No recorded sale is affected.")]
    NoKey(#[from] NotAKey),
    /// A record of a ledger that is only being read can't be read.
    #[error(
        "record {seq} can't be read from the ledger. Recorded sales are not changed by this. \
         Restart Tideover on this register: it brings damaged records back from its second \
         copy."
    )]
    Unreadable {
        /// The record.
        seq: u64,
    },
    /// What lies beside the ledger.
    #[error(transparent)]
    Beside(#[from] BesideFailed),
    /// There is nothing to read.
    #[error(
        "there is no ledger in {path} yet. Nothing was sold here. Check the folder in the settings."
    )]
    Nothing {
        /// The folder.
        path: PathBuf,
    },
}

/// What lies beside the ledger can't be used: its second copy, or the note of how far it goes. The
/// ledger itself can, and holds every record.
#[derive(Debug, thiserror::Error)]
#[error(
    "{what} ({path}) can't be used: {cause}. Every sale is recorded in the ledger all the same. \
     Have that disk looked at, then restart Tideover: it puts this right from the ledger."
)]
pub struct BesideFailed {
    /// Which of them.
    what: &'static str,
    /// Where it lies.
    path: PathBuf,
    /// What the system said.
    cause: String,
}

impl BesideFailed {
    /// The tape.
    pub(super) fn tape(path: &Path, why: &dyn std::error::Error) -> Self {
        Self::of("the second copy of the sales", path, why)
    }

    /// The anchor.
    pub(super) fn anchor(path: &Path, why: &dyn std::error::Error) -> Self {
        Self::of("the note of how far the sales go", path, why)
    }

    /// Of the cause only what the system said: the words around it are about the ledger.
    fn of(what: &'static str, path: &Path, mut why: &dyn std::error::Error) -> Self {
        while let Some(inner) = why.source() {
            why = inner;
        }
        Self { what, path: path.to_path_buf(), cause: why.to_string() }
    }
}

impl LedgerError {
    /// Sorts what SQLite said.
    pub(super) fn sqlite(path: &Path, doing: &'static str, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let path = path.to_path_buf();
        match source.sqlite_error_code() {
            Some(Code::DiskFull) => Self::DiskFull { path, source: Some(Box::new(source)) },
            Some(Code::ReadOnly | Code::CannotOpen | Code::PermissionDenied) => {
                Self::ReadOnly { path, source: Some(Box::new(source)) }
            }
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => {
                Self::Damaged { path, doing, source }
            }
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Locked { path, source },
            _ => Self::Database { path, doing, source },
        }
    }

    /// What lies of a journal that is not written any more.
    pub(super) fn given_up(path: &Path, source: std::io::Error) -> Self {
        Self::GivenUp { path: path.to_path_buf(), source }
    }

    /// Sorts what the file system said.
    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        use std::io::ErrorKind as Kind;
        let path = path.to_path_buf();
        match source.kind() {
            Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => {
                Self::DiskFull { path, source: Some(Box::new(source)) }
            }
            Kind::PermissionDenied | Kind::ReadOnlyFilesystem => {
                Self::ReadOnly { path, source: Some(Box::new(source)) }
            }
            _ => Self::File { path, source },
        }
    }

    /// True where the record in hand may be on the disk all the same.
    pub const fn is_in_doubt(&self) -> bool {
        matches!(self, Self::Database { .. })
    }

    /// True when the file's content, not the way to it, is what can't be read.
    pub(super) fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Unreadable { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite(code: i32) -> LedgerError {
        let source = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        LedgerError::sqlite(Path::new("/data/ledger.db"), "recording", source)
    }

    #[test]
    fn what_the_database_says_is_sorted_by_what_is_to_be_done() {
        use rusqlite::ffi;
        assert!(matches!(sqlite(ffi::SQLITE_FULL), LedgerError::DiskFull { .. }));
        for code in [ffi::SQLITE_READONLY, ffi::SQLITE_CANTOPEN, ffi::SQLITE_PERM] {
            assert!(matches!(sqlite(code), LedgerError::ReadOnly { .. }), "{code}");
        }
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB] {
            assert!(matches!(sqlite(code), LedgerError::Damaged { .. }), "{code}");
            assert!(sqlite(code).is_damage());
        }
        for code in [ffi::SQLITE_BUSY, ffi::SQLITE_LOCKED] {
            assert!(matches!(sqlite(code), LedgerError::Locked { .. }), "{code}");
        }
        assert!(matches!(sqlite(ffi::SQLITE_IOERR), LedgerError::Database { .. }));
        let said = sqlite(ffi::SQLITE_IOERR).to_string();
        assert!(said.contains("failed while recording (/data/ledger.db)"), "{said}");
        assert!(!sqlite(ffi::SQLITE_FULL).is_damage());
        // Who is told that it is not certain is told the same by the rest of the screen.
        for code in [ffi::SQLITE_IOERR, ffi::SQLITE_FULL, ffi::SQLITE_BUSY, ffi::SQLITE_READONLY] {
            let error = sqlite(code);
            assert_eq!(error.is_in_doubt(), error.to_string().contains("not certain"), "{code}");
        }
        assert!(LedgerError::Unreadable { seq: 4 }.is_damage());
    }

    #[test]
    fn what_the_file_system_says_is_sorted_by_what_is_to_be_done() {
        use std::io::ErrorKind as Kind;
        let file = |kind: Kind| LedgerError::file(Path::new("/data"), kind.into());
        for kind in [Kind::StorageFull, Kind::QuotaExceeded, Kind::FileTooLarge] {
            assert!(matches!(file(kind), LedgerError::DiskFull { .. }), "{kind}");
        }
        for kind in [Kind::PermissionDenied, Kind::ReadOnlyFilesystem] {
            assert!(matches!(file(kind), LedgerError::ReadOnly { .. }), "{kind}");
        }
        assert!(matches!(file(Kind::NotFound), LedgerError::File { .. }));
        assert!(!file(Kind::NotFound).is_damage());
    }

    #[test]
    fn of_what_fails_beside_the_ledger_only_the_systems_own_word_is_said() {
        let cause = std::io::Error::other("the disk is gone");
        let why = LedgerError::file(Path::new("/second"), cause);
        let said = BesideFailed::anchor(Path::new("/second/anchor"), &why).to_string();
        assert!(said.starts_with("the note of how far the sales go (/second/anchor)"), "{said}");
        assert!(said.contains("can't be used: the disk is gone. Every sale"), "{said}");
    }

    #[test]
    fn what_fails_beside_the_ledger_says_that_sales_are_recorded() {
        let tape = Path::new("/second/tape");
        for kind in [
            std::io::ErrorKind::StorageFull,
            std::io::ErrorKind::ReadOnlyFilesystem,
            std::io::ErrorKind::NotADirectory,
        ] {
            let why = LedgerError::file(tape, kind.into());
            let said = LedgerError::from(BesideFailed::tape(tape, &why)).to_string();
            assert!(said.starts_with("the second copy of the sales (/second/tape)"), "{said}");
            assert!(said.contains("Every sale is recorded in the ledger all the same"), "{said}");
            for wrong in ["not recorded", "nothing new", "paper slip", "take no money"] {
                assert!(!said.to_lowercase().contains(wrong), "{said}");
            }
        }
    }
}
