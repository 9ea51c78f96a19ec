//! Where a register's private key is kept: a file that only its own user can read.
//!
//! The file holds the 32-byte seed as 64 hex digits and a newline. In its place may be the same
//! text as systemd sealed it to this machine ([`super::sealed_key`]). Where nothing seals it,
//! whoever copies the disk has the key, and a stolen register must be revoked at central.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use crate::journal::hash::{from_hex, to_hex};
use crate::journal::key::SigningKey;

use super::entropy::{Entropy, NoEntropy};
use super::next_key::next_path;
use super::own_file::{self, SMALL_MAX};
use super::sealed_key::{self, SealTrouble, SealedTo};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyTrouble {
    /// The file can't be read or written.
    #[error("the key file {path} can't be used; check its folder and rights, nothing was changed")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error(
        "the key file {0} holds no key; move it away and call IT, what it signed stays readable"
    )]
    Damaged(String),
    /// It is sealed to this machine, and did not open.
    #[error(
        "the key is sealed to this machine and was not opened; nothing was changed. Start the \
         register by its unit, which hands the key over, or run this as root"
    )]
    Sealed(#[from] SealTrouble),
    /// There is no key to be sealed, or it is sealed already.
    #[error("{0} is not there; nothing was changed. `tideover key show` says how the key is kept")]
    NotThere(String),
    /// Another key is to follow this one.
    #[error(
        "{0} is there: this register's key is being changed for another one; nothing was changed. \
         Run `tideover key rotate` to its end first"
    )]
    ChangeUnderWay(String),
    /// No randomness to make one.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// Reads the key; none where there is no file. Makes nothing.
///
/// # Errors
/// [`KeyTrouble`] when the file is there and can't be used.
pub fn load(path: &Path) -> Result<Option<SigningKey>, KeyTrouble> {
    match own_file::text(path, SMALL_MAX) {
        Ok(text) => key_of(&Zeroizing::new(text), path).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => load_sealed(path),
        Err(source) => Err(KeyTrouble::File { path: path.display().to_string(), source }),
    }
}

fn load_sealed(path: &Path) -> Result<Option<SigningKey>, KeyTrouble> {
    if sealed_key::sealed_to(path)?.is_none() {
        return Ok(None);
    }
    let text = sealed_key::open(path, sealed_key::handed_over().as_deref())?;
    key_of(&text, path).map(Some)
}

pub(super) fn key_of(text: &str, path: &Path) -> Result<SigningKey, KeyTrouble> {
    let seed = from_hex::<32>(text.trim_end()).map(Zeroizing::new);
    seed.and_then(|seed| SigningKey::from_seed(&seed).ok())
        .ok_or_else(|| KeyTrouble::Damaged(path.display().to_string()))
}

/// Seals the key to this machine and takes its file away, once what was sealed has opened again.
/// What it is sealed to is systemd's choice where none is made: the TPM and a key of the machine
/// where there is a TPM.
///
/// # Errors
/// [`KeyTrouble`]; the key's file is as it was then.
pub fn seal(path: &Path, to: Option<SealedTo>) -> Result<SealedTo, KeyTrouble> {
    no_change_under_way(path)?;
    let trouble = |source| KeyTrouble::File { path: path.display().to_string(), source };
    let text = match own_file::text(path, SMALL_MAX) {
        Ok(text) => Zeroizing::new(text),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
            return Err(KeyTrouble::NotThere(path.display().to_string()));
        }
        Err(source) => return Err(trouble(source)),
    };
    key_of(&text, path)?;
    let sealed = sealed_key::seal(path, &text, to)?;
    let beside = sealed_key::sealed_path(path);
    // Left behind when this was ended half-way; the key's own file still counted.
    remove(&beside).map_err(trouble)?;
    write_private(&beside, &sealed).map_err(trouble)?;
    let blank = vec![b'0'; text.len()];
    let file = std::fs::OpenOptions::new().write(true).open(path).map_err(trouble)?;
    (&file).write_all(&blank).and_then(|()| file.sync_all()).map_err(trouble)?;
    remove(path).map_err(trouble)?;
    sealed_key::sealed_to(path)?.ok_or_else(|| KeyTrouble::NotThere(beside.display().to_string()))
}

/// Puts the key back into its file.
///
/// # Errors
/// [`KeyTrouble`]; the sealed file is as it was then.
pub fn unseal(path: &Path) -> Result<(), KeyTrouble> {
    no_change_under_way(path)?;
    let trouble = |source| KeyTrouble::File { path: path.display().to_string(), source };
    let beside = sealed_key::sealed_path(path);
    if sealed_key::sealed_to(path)?.is_none() {
        return Err(KeyTrouble::NotThere(beside.display().to_string()));
    }
    let text = sealed_key::open(path, sealed_key::handed_over().as_deref())?;
    key_of(&text, path)?;
    write_private(path, text.as_bytes()).map_err(trouble)?;
    remove(&beside).map_err(trouble)
}

/// A key that is to follow is kept as the present one was when it was made; kept otherwise, the
/// swap would leave both.
fn no_change_under_way(path: &Path) -> Result<(), KeyTrouble> {
    let next = next_path(path);
    for next in [sealed_key::sealed_path(&next), next] {
        if next.exists() {
            return Err(KeyTrouble::ChangeUnderWay(next.display().to_string()));
        }
    }
    Ok(())
}

pub(super) fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => return Err(why),
        _ => {}
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// Reads the key, or makes one where there is none yet.
///
/// # Errors
/// [`KeyTrouble`] when the file is there and can't be used, or a new one can't be written.
pub fn load_or_create(path: &Path, entropy: &dyn Entropy) -> Result<SigningKey, KeyTrouble> {
    if let Some(key) = load(path)? {
        return Ok(key);
    }
    let file_trouble = |source| KeyTrouble::File { path: path.display().to_string(), source };
    let mut seed = Zeroizing::new([0; 32]);
    entropy.fill(seed.as_mut())?;
    let text = Zeroizing::new(format!("{}\n", to_hex(seed.as_ref())));
    write_private(path, text.as_bytes()).map_err(file_trouble)?;
    SigningKey::from_seed(&seed).map_err(|_| KeyTrouble::Damaged(path.display().to_string()))
}

/// Writes a new file that only its own user can read: whole or, when the program is killed on the
/// way, not at all. Half a key would be a register that is unsigned from its first day on.
///
/// # Errors
/// The system's, also when the file is there already.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let half = path.with_added_extension("new");
    match std::fs::remove_file(&half) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file =
        std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    // A link, unlike a new name, never takes the place of a key that is there.
    std::fs::hard_link(&half, path)?;
    std::fs::remove_file(&half)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::entropy::SystemEntropy;

    #[test]
    fn a_key_that_was_half_written_when_the_program_was_killed_is_made_again() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("register.key");
        std::fs::write(dir.path().join("register.key.new"), "8a41").expect("half a key");
        let made = load_or_create(&path, &SystemEntropy).expect("made");
        let read = load_or_create(&path, &SystemEntropy).expect("read");
        assert_eq!(made.public(), read.public());
    }

    #[test]
    fn a_key_is_made_once_and_only_its_user_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("register.key");
        let made = load_or_create(&path, &SystemEntropy).expect("made");
        let read = load_or_create(&path, &SystemEntropy).expect("read");
        assert_eq!(made.public(), read.public());
        let mode = std::fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!dir.path().join("register.key.new").exists());
        std::fs::write(&path, "nonsense").expect("written");
        assert!(matches!(load_or_create(&path, &SystemEntropy), Err(KeyTrouble::Damaged(_))));
    }

    #[test]
    fn a_key_is_neither_sealed_nor_opened_while_another_is_to_follow() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("register.key");
        let own = load_or_create(&path, &SystemEntropy).expect("made").public();
        for next in ["register.key.next", "register.key.next.sealed"] {
            std::fs::write(dir.path().join(next), "begun").expect("written");
            assert!(matches!(seal(&path, None), Err(KeyTrouble::ChangeUnderWay(_))));
            assert!(matches!(unseal(&path), Err(KeyTrouble::ChangeUnderWay(_))));
            std::fs::remove_file(dir.path().join(next)).expect("removed");
        }
        assert_eq!(load(&path).expect("read").map(|key| key.public()), Some(own));
    }
}
