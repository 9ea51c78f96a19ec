//! The retailer's pack key: one half signs at head office, the other is trusted by registers.
//!
//! Source: RFC 8032 (Ed25519). The key file is one line, `tideover-pack-key-1 ` and 64
//! hexadecimal digits, readable by its owner alone.

use std::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use super::error::KeyError;
use crate::device::entropy::Entropy;
use crate::device::seed_file::{self, SeedTrouble};
use crate::journal::key::{Domain, PublicKey, Signature, SigningKey};

const PREFIX: &str = "tideover-pack-key-1 ";

/// The public half, written as 64 small hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackKey(pub PublicKey);

impl PackKey {
    /// Reads 64 hexadecimal digits; a weak key is refused.
    ///
    /// # Errors
    /// [`KeyError::NotAKey`] with the text as it was given.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let not_a_key = |_why| KeyError::NotAKey(format!("'{text}'"));
        PublicKey::parse(text.trim()).map(Self).map_err(not_a_key)
    }
}

impl fmt::Display for PackKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The private half; it never leaves head office.
#[derive(Debug)]
pub struct PackSigner(SigningKey);

impl PackSigner {
    /// The key of a 32-byte seed.
    ///
    /// # Errors
    /// [`KeyError::NotAKey`] when the seed makes no key.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        let no_key = |_why| KeyError::NotAKey("this seed".to_owned());
        SigningKey::from_seed(seed).map(Self).map_err(no_key)
    }

    /// Reads a key file that only its owner may read.
    ///
    /// # Errors
    /// [`KeyError`] when it can't be read, others may read it, or it holds no key.
    pub fn open(file: &Path) -> Result<Self, KeyError> {
        let seed = read_seed(file, PREFIX)?;
        let seed = seed.ok_or_else(|| KeyError::NotAKey(file.display().to_string()))?;
        Self::from_seed(&seed)
    }

    /// Makes a new key file, private to its owner. Never replaces a file: a lost pack key means
    /// a visit to every register.
    ///
    /// # Errors
    /// [`KeyError`] when the file exists or can't be written, or there is no randomness.
    pub fn create(file: &Path, entropy: &dyn Entropy) -> Result<Self, KeyError> {
        let seed = create_seed(file, PREFIX, entropy)?;
        Self::from_seed(&seed)
    }

    /// The public half, to be trusted by registers.
    pub const fn public(&self) -> PackKey {
        PackKey(self.0.public())
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> Signature {
        self.sign_as(Domain::Pack, bytes)
    }

    pub(super) fn sign_as(&self, domain: Domain, bytes: &[u8]) -> Signature {
        self.0.sign(domain, bytes)
    }
}

/// The 32 bytes of a key file that only its owner may read; none where it holds no such key.
pub(super) fn read_seed(
    file: &Path,
    prefix: &str,
) -> Result<Option<Zeroizing<[u8; 32]>>, KeyError> {
    seed_file::read(file, prefix).map_err(|why| trouble(file, why))
}

/// A new file of 32 random bytes, private to its owner; never in place of another one.
pub(super) fn create_seed(
    file: &Path,
    prefix: &str,
    entropy: &dyn Entropy,
) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    seed_file::create(file, prefix, entropy).map_err(|why| trouble(file, why))
}

fn trouble(file: &Path, why: SeedTrouble) -> KeyError {
    match why {
        SeedTrouble::Io(source) => KeyError::Io { file: file.to_owned(), source },
        SeedTrouble::NotPrivate => KeyError::NotPrivate(file.to_owned()),
        SeedTrouble::Entropy(why) => KeyError::Entropy(why),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::device::entropy::SeededEntropy;
    use crate::journal::hash::from_hex;

    #[test]
    fn a_key_file_is_private_and_read_back_as_the_same_key() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("pack.key");
        let made = PackSigner::create(&file, &SeededEntropy::new(1)).expect("made");
        let mode = std::fs::metadata(&file).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(PackSigner::open(&file).expect("read").public(), made.public());
        assert!(PackSigner::create(&file, &SeededEntropy::new(2)).is_err(), "never replaced");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("mode");
        assert!(matches!(PackSigner::open(&file), Err(KeyError::NotPrivate(_))));
    }

    /// RFC 8032, section 7.1, test 1.
    #[test]
    fn the_public_half_is_that_of_the_standard() {
        let seed = from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let public = PackSigner::from_seed(&seed.expect("hex")).expect("a key").public();
        let text = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        assert_eq!(public.to_string(), text);
        assert_eq!(PackKey::parse(text).expect("a key"), public);
        assert!(PackKey::parse(&text.to_uppercase()).is_err());
    }
}
