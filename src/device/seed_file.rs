//! A file that holds the 32 bytes of one private key, as a line of its own prefix and 64 small
//! hexadecimal digits; its owner alone may read it.
//!
//! Made once and never replaced: whoever trusts the public half would have to be visited again.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use super::entropy::{Entropy, NoEntropy};
use crate::journal::hash::{from_hex, to_hex};

/// Longer than any line of a seed file.
const READ_MAX: u64 = 256;

/// Why a seed file was not read or made; who asked has the words.
#[derive(Debug)]
pub enum SeedTrouble {
    /// It can't be read or written.
    Io(io::Error),
    /// Others than its owner may read it.
    NotPrivate,
    /// There is no randomness.
    Entropy(NoEntropy),
}

impl From<io::Error> for SeedTrouble {
    fn from(why: io::Error) -> Self {
        Self::Io(why)
    }
}

/// The 32 bytes of a key file that only its owner may read; none where it holds no such key.
///
/// # Errors
/// [`SeedTrouble`] when it can't be read, or others may read it.
pub fn read(file: &Path, prefix: &str) -> Result<Option<Zeroizing<[u8; 32]>>, SeedTrouble> {
    let opened = File::open(file)?;
    if opened.metadata()?.permissions().mode() & 0o077 != 0 {
        return Err(SeedTrouble::NotPrivate);
    }
    let mut text = Zeroizing::new(String::new());
    opened.take(READ_MAX).read_to_string(&mut text)?;
    Ok(text.trim_end().strip_prefix(prefix).and_then(from_hex).map(Zeroizing::new))
}

/// A new file of 32 random bytes, private to its owner, on the disk when this returns; never in
/// place of another one.
///
/// # Errors
/// [`SeedTrouble`] when the file exists or can't be written, or there is no randomness.
pub fn create(
    file: &Path,
    prefix: &str,
    entropy: &dyn Entropy,
) -> Result<Zeroizing<[u8; 32]>, SeedTrouble> {
    let mut seed = Zeroizing::new([0; 32]);
    entropy.fill(seed.as_mut()).map_err(SeedTrouble::Entropy)?;
    let line = Zeroizing::new(format!("{prefix}{}\n", *Zeroizing::new(to_hex(seed.as_ref()))));
    let mut created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    created.write_all(line.as_bytes())?;
    created.sync_all()?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
    Ok(seed)
}
