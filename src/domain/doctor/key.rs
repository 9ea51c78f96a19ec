//! A register's signing key: whether it signs, and who else could sign with it.
//!
//! ```text
//!  file, what it is sealed to, what the journal says ─▶ [KeyFile] ─▶ judged
//! ```

use super::{Judged, Seen, good, not_seen, to_look, wrong};

/// The key's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFile {
    /// It holds a key, as it is.
    Whole,
    /// A key that is sealed to a key of the machine.
    SealedToHost,
    /// A key that is sealed to the machine's TPM.
    SealedToTpm,
    /// There is none.
    Missing,
    /// It holds none.
    Damaged,
    /// It can't be read by whoever runs the doctor.
    Unreadable(String),
    /// It opens, and was changed for another one.
    Changed(Change),
}

/// Why the key at hand is one from before a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Its file was put back, or the new one's is gone.
    PutBack,
    /// The change is not finished yet.
    Unfinished,
    /// The unit handed over the old one.
    HandedOld,
}

pub(super) fn judged(key: &KeyFile, encrypted: &Seen<bool>) -> Judged {
    match (key, encrypted) {
        (KeyFile::Missing, _) => wrong(
            "There is no key: records are chained but not signed.",
            "Start the register once; it makes one. If there was one, enroll it again.",
        ),
        (KeyFile::Damaged, _) => wrong(
            "The key's file holds no key: records are chained but not signed.",
            "Move the file away and enroll the register again.",
        ),
        (KeyFile::Unreadable(why), _) => not_seen(why, "Run this as the register's own user."),
        (KeyFile::Changed(Change::PutBack), _) => wrong(
            "The key at hand was changed for another one: records are chained but not signed.",
            "Put the newer key's file back. Where it is lost, enroll the register again.",
        ),
        (KeyFile::Changed(Change::Unfinished), _) => wrong(
            "A change of the key is not finished: records are chained but not signed.",
            "Start the register again; it finishes the change, or says why it can't.",
        ),
        (KeyFile::Changed(Change::HandedOld), _) => wrong(
            "The unit hands over the key from before a change: records are chained but not signed.",
            "Start the unit again, so that it hands over the new key.",
        ),
        (KeyFile::SealedToTpm, _) => {
            good("The key is sealed to this machine's TPM: a copy of its disk signs nothing.")
        }
        (KeyFile::SealedToHost, Ok(true)) => good(
            "The key is sealed to a key of this machine, and the disk below both is encrypted: a \
             copy of the register's folder signs nothing.",
        ),
        (KeyFile::SealedToHost, _) => to_look(
            "The key is sealed to a key of this machine: a copy of the register's folder signs \
             nothing, a copy of the whole disk signs as this register.",
            "Encrypt the disk, or seal it to a TPM: tideover key seal --with host+tpm2.",
        ),
        (KeyFile::Whole, Ok(true)) => good(
            "The key is there and whole. No hardware wraps it; the disk below it is encrypted.",
        ),
        (KeyFile::Whole, _) => to_look(
            "The key is there and whole, and nothing wraps it: whoever has the disk has the key.",
            "Encrypt the disk. If the machine is stolen, at once: tideover central revoke.",
        ),
    }
}
