//! A builder's private key: a file that never lies on a register or at central.

use std::path::{Path, PathBuf};

use crate::device::entropy::{Entropy, NoEntropy};
use crate::device::seed_file::{self, SeedTrouble};
use crate::journal::key::{PublicKey, SigningKey};

const PREFIX: &str = "tideover-builder-key-1 ";

/// The private half.
#[derive(Debug)]
pub struct BuilderKey(SigningKey);

/// Why there is no such key.
#[derive(Debug, thiserror::Error)]
pub enum BuilderKeyError {
    /// It can't be read or written.
    #[error(
        "the key file {file} can't be read or written; nothing was signed. Check the path; \
         --new-key makes a key where there is none"
    )]
    Io {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Others may read it.
    #[error(
        "the key file {0} may be read by others; nothing was signed. Make it private with `chmod \
         600`; if others had it, make a new key and a new builders' file"
    )]
    NotPrivate(PathBuf),
    /// Another kind of file.
    #[error("{0} is not a builder's key; nothing was signed. Make one with --new-key")]
    NotAKey(PathBuf),
    /// No randomness for a new key.
    #[error("no key was made, and nothing was signed")]
    Entropy(#[source] NoEntropy),
}

impl BuilderKey {
    /// Reads a key file.
    ///
    /// # Errors
    /// [`BuilderKeyError`] when it can't be read, others may read it, or it holds no such key.
    pub fn open(file: &Path) -> Result<Self, BuilderKeyError> {
        let seed = seed_file::read(file, PREFIX).map_err(|why| trouble(file, why))?;
        let key = seed.and_then(|seed| SigningKey::from_seed(&seed).ok());
        key.map(Self).ok_or_else(|| BuilderKeyError::NotAKey(file.to_owned()))
    }

    /// Makes a new key file, private to its owner; never in place of another one.
    ///
    /// # Errors
    /// [`BuilderKeyError`] when the file exists or can't be written, or there is no randomness.
    pub fn create(file: &Path, entropy: &dyn Entropy) -> Result<Self, BuilderKeyError> {
        let seed = seed_file::create(file, PREFIX, entropy).map_err(|why| trouble(file, why))?;
        let key = SigningKey::from_seed(&seed).ok();
        key.map(Self).ok_or_else(|| BuilderKeyError::NotAKey(file.to_owned()))
    }

    /// The public half, for the builders' file.
    pub const fn public(&self) -> PublicKey {
        self.0.public()
    }

    pub(super) const fn signer(&self) -> &SigningKey {
        &self.0
    }
}

fn trouble(file: &Path, why: SeedTrouble) -> BuilderKeyError {
    match why {
        SeedTrouble::Io(source) => BuilderKeyError::Io { file: file.to_owned(), source },
        SeedTrouble::NotPrivate => BuilderKeyError::NotPrivate(file.to_owned()),
        SeedTrouble::Entropy(why) => BuilderKeyError::Entropy(why),
    }
}
