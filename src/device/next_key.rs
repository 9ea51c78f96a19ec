//! The key that is to follow a register's present one: made beside it, put in place by one rename.
//!
//! ```text
//!  make   register.key          register.key.next                  both, for as long as it takes
//!  swap   register.key ──link──▶ register.key.old
//!         register.key.next ──rename──▶ register.key               from here on the new one
//!         register.key.old: written over, deleted
//! ```
//!
//! Where the present key is sealed to the machine, its follower is sealed to the same, under the
//! same name, so that the register's unit hands it over without a change. There is a whole key
//! under the key's own name at every moment.

use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::journal::hash::to_hex;
use crate::journal::key::SigningKey;

use super::entropy::Entropy;
use super::key_store::{KeyTrouble, key_of, remove, write_private};
use super::own_file::{self, SMALL_MAX};
use super::sealed_key::{self, sealed_path, sealed_to};

/// The file of the key that is to follow; sealed, it bears the ending of sealed keys as well.
pub fn next_path(key: &Path) -> PathBuf {
    key.with_added_extension("next")
}

/// Reads the key that is to follow; none where none was made.
///
/// # Errors
/// [`KeyTrouble`] when it is there and can't be used.
pub fn load_next(key: &Path) -> Result<Option<SigningKey>, KeyTrouble> {
    let plain = next_path(key);
    match own_file::text(&plain, SMALL_MAX) {
        Ok(text) => return key_of(&Zeroizing::new(text), &plain).map(Some),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {}
        Err(source) => return Err(KeyTrouble::File { path: plain.display().to_string(), source }),
    }
    let sealed = sealed_path(&plain);
    if sealed_to(&plain)?.is_none() {
        return Ok(None);
    }
    key_of(&sealed_key::open_file(key, &sealed)?, &sealed).map(Some)
}

/// Reads the key that is to follow, or makes it: kept as the present one is. It is durable then.
///
/// # Errors
/// [`KeyTrouble`]; the present key is as it was.
pub fn load_or_make_next(key: &Path, entropy: &dyn Entropy) -> Result<SigningKey, KeyTrouble> {
    if let Some(made) = load_next(key)? {
        return Ok(made);
    }
    let plain = next_path(key);
    let mut seed = Zeroizing::new([0; 32]);
    entropy.fill(seed.as_mut())?;
    let text = Zeroizing::new(format!("{}\n", to_hex(seed.as_ref())));
    // A plain file counts before a sealed one beside it.
    let sealed_like = if key.exists() { None } else { sealed_to(key)? };
    let (path, bytes) = match sealed_like {
        Some(to) => {
            let sealed = sealed_key::seal(key, &text, Some(to))?;
            (sealed_path(&plain), Zeroizing::new(sealed))
        }
        None => (plain, Zeroizing::new(text.as_bytes().to_vec())),
    };
    let trouble = |source| KeyTrouble::File { path: path.display().to_string(), source };
    write_private(&path, &bytes).map_err(trouble)?;
    key_of(&text, &path)
}

/// Puts the key that is to follow in the place of the present one, which is destroyed. May run
/// again, however far it came.
///
/// # Errors
/// [`KeyTrouble`]; a whole key lies under the key's own name all the same.
pub fn swap(key: &Path) -> Result<(), KeyTrouble> {
    let plain = next_path(key);
    for (next, own) in [(sealed_path(&plain), sealed_path(key)), (plain, key.to_owned())] {
        let trouble = |source| KeyTrouble::File { path: own.display().to_string(), source };
        replace(&next, &own).map_err(trouble)?;
    }
    Ok(())
}

fn replace(next: &Path, own: &Path) -> std::io::Result<()> {
    let old = own.with_added_extension("old");
    if next.exists() {
        if own.exists() {
            // Left by a swap that came no further than this: another name of the same file.
            remove(&old)?;
            std::fs::hard_link(own, &old)?;
        }
        std::fs::rename(next, own)?;
        let folder = own.parent().filter(|folder| !folder.as_os_str().is_empty());
        std::fs::File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
    }
    destroy(&old, own)
}

/// Writes a file over and deletes it, unless it is the key under another name.
fn destroy(old: &Path, own: &Path) -> std::io::Result<()> {
    // The very file that is compared is written over, whatever its name comes to mean meanwhile.
    let mut file = match std::fs::OpenOptions::new().write(true).open(old) {
        Ok(file) => file,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(why) => return Err(why),
    };
    let found = file.metadata()?;
    let same = std::fs::metadata(own)
        .is_ok_and(|own| (own.dev(), own.ino()) == (found.dev(), found.ino()));
    if !same {
        let len = usize::try_from(found.len()).unwrap_or(0);
        file.write_all(&vec![b'0'; len])?;
        file.sync_all()?;
    }
    remove(old)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::entropy::SystemEntropy;
    use crate::device::key_store::{load, load_or_create};

    #[test]
    fn the_next_key_is_made_once_and_takes_the_place_of_the_present_one_however_often_it_is_tried()
    {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("register.key");
        let old = load_or_create(&path, &SystemEntropy).expect("made").public();
        assert!(load_next(&path).expect("read").is_none());
        swap(&path).expect("there is nothing to swap");
        assert_eq!(load(&path).expect("read").map(|key| key.public()), Some(old));
        let next = load_or_make_next(&path, &SystemEntropy).expect("made").public();
        let again = load_or_make_next(&path, &SystemEntropy).expect("read").public();
        assert_eq!(next, again);
        let mode = std::fs::metadata(next_path(&path)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        // Ended between the link and the rename: the file under both names is the present key.
        std::fs::hard_link(&path, dir.path().join("register.key.old")).expect("linked");
        let second = std::fs::File::open(&path).expect("open");
        for _ in 0..2 {
            swap(&path).expect("swapped");
            assert_eq!(load(&path).expect("read").map(|key| key.public()), Some(next));
            assert!(!next_path(&path).exists());
            assert!(!dir.path().join("register.key.old").exists());
        }
        // Whoever held the old file open reads nothing of the key.
        let text = std::io::read_to_string(second).expect("read");
        assert!(text.bytes().all(|byte| byte == b'0'), "{text}");
        // Ended after the rename: the old one still lies there.
        std::fs::write(dir.path().join("register.key.old"), "8a41").expect("left");
        swap(&path).expect("finished");
        assert_eq!(load(&path).expect("read").map(|key| key.public()), Some(next));
        assert!(!dir.path().join("register.key.old").exists());
    }
}
