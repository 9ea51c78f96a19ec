//! Why a register's key was not changed, or not to the end, in words: what it means for the money,
//! and what to do.

use crate::device::key_store::KeyTrouble;
use crate::ledger::LedgerError;
use crate::register::settings::SettingsError;
use crate::sync::carrier::SourceFailed;
use crate::sync::enroll::NotEnrolled;
use crate::sync::rotation::NotCertified;

/// Why the key was not changed. The present one is whole.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// A register to learn on.
    #[error(
        "this is a register to learn on, and its key is known to nobody; nothing was changed. Name \
         the register's own folder with --data"
    )]
    Training,
    /// There is no central.
    #[error(
        "this register is not enrolled at a central, so nobody would know its new key; nothing was \
         changed. Run 'tideover enroll' with a code from central first"
    )]
    NotEnrolled,
    /// It sells.
    #[error(
        "Tideover is running on this register, and what it records needs its key; nothing was \
         changed. Close its window when no customer waits, then run this again"
    )]
    Running,
    /// The unit handed the key over as it was when it started.
    #[error(
        "this runs within the register's unit, which holds the key as it was at its start; nothing \
         was changed. Stop the unit, and run this as root outside of it"
    )]
    InUnit,
    /// There is no key yet.
    #[error("this register has no key yet; nothing was changed. It makes one at its first start")]
    NoKey,
    /// An older file was put back.
    #[error(
        "the key in {0} was changed for another one before, and vouches for nothing; nothing was \
         changed. Put the newer key's file back, or enroll this register with a new data folder"
    )]
    RotatedAway(String),
    /// A basket is open.
    #[error(
        "a sale is open on this register; nothing was changed. Start it, finish that sale or give \
         it up, close the shift, then run this again"
    )]
    OpenSale,
    /// A shift is open.
    #[error(
        "shift {0} is open, and its drawer is counted in the journal that would end; nothing was \
         changed. Start the register, close the shift, then run this again"
    )]
    OpenShift(u32),
    /// An outage goes on.
    #[error(
        "an outage is declared on this register; nothing was changed. Change the key when the \
         outage has ended"
    )]
    OpenOutage,
    /// Central does not hold everything.
    #[error(
        "central does not hold everything that this register recorded ({why}; {pending} records to \
         be sent); nothing was changed. Run 'tideover sync push', then this again"
    )]
    NotSent {
        /// Why.
        why: String,
        /// How many are not there.
        pending: u64,
    },
    /// Central said no.
    #[error(transparent)]
    NotCertified(#[from] NotCertified),
    /// No key for phone codes.
    #[error(
        "central certified the new key and gave no key for phone codes ({0}); the present key goes \
         on, run this again"
    )]
    NoPhoneKey(#[source] NotEnrolled),
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Central's key in the settings is none.
    #[error("central's key in this register's settings is not right; enroll it again")]
    CentralKey,
    /// The key's files.
    #[error(transparent)]
    Key(#[from] KeyTrouble),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Reading the journals.
    #[error(transparent)]
    Journals(#[from] SourceFailed),
    /// A file.
    #[error(
        "{path} can't be written; the present key goes on. Look at the folder's rights and space"
    )]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The end of the journal could not be written, or it is there and that was not heard.
    #[error(
        "the last record of the old journal could not be written for sure; every sale is recorded, \
         and the journal alone says which key goes on. Look at the disk, then run this again or \
         start the register"
    )]
    NotEnded(#[source] LedgerError),
    /// The journal had ended, and the next one is not there yet.
    #[error(
        "the old journal has ended with its key, and the new one could not be begun or sent \
         yet; every sale is recorded, and none is lost. See to the cause, then run this again \
         or start the register: either goes on from here"
    )]
    NotBegun(#[source] Box<NotChanged>),
    /// The journal had ended, and a file stood in the way.
    #[error(
        "the journal has ended, and the new key could not be put in place; nothing is lost. Look \
         at the rights and the space of {0}, and run this again or start the register: either \
         finishes"
    )]
    Unfinished(String),
}

impl NotChanged {
    /// Why it stopped once the old journal had ended.
    pub(super) fn after_the_end(self) -> Self {
        match self {
            Self::Unfinished(_) | Self::NotBegun(_) => self,
            other => Self::NotBegun(Box::new(other)),
        }
    }
}
