//! Who of IT may act: a token a person, of its own kind. The folder keeps a hash of each, so that
//! the file opens nothing; a line that is taken out ends its token at once.

use std::path::Path;

use crate::device::entropy::Entropy;
use crate::device::key_store::write_private;
use crate::domain::ids::PersonId;
use crate::journal::hash::{Hash, to_hex};

use super::super::store::StoreError;

/// One line a person: the name, and the SHA-256 of the token.
const FILE: &str = "it.tokens";
/// What such a token begins with, so that one of another kind is known for what it is.
pub const KIND: &str = "it-";

/// Makes a token for a person; an earlier one of theirs is good no longer.
///
/// # Errors
/// [`StoreError`] where the file can't be kept.
pub fn issue(folder: &Path, who: &PersonId, entropy: &dyn Entropy) -> Result<String, StoreError> {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes).map_err(|why| StoreError::Unfit(why.to_string()))?;
    let token = format!("{KIND}{}", to_hex(&bytes));
    let mut lines = others(folder, who)?;
    lines.push(format!("{who} {}", Hash::of_bytes(token.as_bytes())));
    keep(folder, &lines)?;
    Ok(token)
}

/// Ends a person's token; false where they have none.
///
/// # Errors
/// [`StoreError`] where the file can't be kept.
pub fn revoke(folder: &Path, who: &PersonId) -> Result<bool, StoreError> {
    let (all, rest) = (lines(folder)?, others(folder, who)?);
    keep(folder, &rest)?;
    Ok(rest.len() < all.len())
}

/// Whose token this is.
///
/// # Errors
/// [`StoreError`] where the file can't be read.
pub fn whose(folder: &Path, token: &str) -> Result<Option<PersonId>, StoreError> {
    let hash = Hash::of_bytes(token.as_bytes());
    let all = lines(folder)?;
    let mut read = all.iter().filter_map(|line| line.split_once(' '));
    let found = read.find(|(_, kept)| Hash::parse(kept) == Some(hash));
    Ok(found.and_then(|(name, _)| PersonId::parse(name).ok()))
}

/// Who has a token.
///
/// # Errors
/// [`StoreError`] where the file can't be read.
pub fn people(folder: &Path) -> Result<Vec<PersonId>, StoreError> {
    let all = lines(folder)?;
    let name = |line: &String| PersonId::parse(line.split_once(' ')?.0).ok();
    Ok(all.iter().filter_map(name).collect())
}

fn lines(folder: &Path) -> Result<Vec<String>, StoreError> {
    match std::fs::read_to_string(folder.join(FILE)) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(why) => Err(why.into()),
    }
}

fn others(folder: &Path, who: &PersonId) -> Result<Vec<String>, StoreError> {
    let own = format!("{who} ");
    Ok(lines(folder)?.into_iter().filter(|line| !line.starts_with(&own)).collect())
}

fn keep(folder: &Path, lines: &[String]) -> Result<(), StoreError> {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let path = folder.join(FILE);
    match std::fs::remove_file(&path) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => return Err(why.into()),
        _ => {}
    }
    Ok(write_private(&path, text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::entropy::SeededEntropy;

    #[test]
    fn a_token_is_one_persons_until_it_is_ended_or_made_anew() {
        let dir = tempfile::tempdir().expect("a folder");
        let person = |name: &str| PersonId::parse(name).expect("a name");
        let (entropy, jo, al) = (SeededEntropy::new(7), person("jo"), person("jo.al"));
        assert_eq!(whose(dir.path(), "it-").expect("read"), None);
        let first = issue(dir.path(), &jo, &entropy).expect("made");
        let other = issue(dir.path(), &al, &entropy).expect("made");
        assert_eq!(whose(dir.path(), &first).expect("read"), Some(jo.clone()));
        assert_eq!(whose(dir.path(), &other).expect("read"), Some(al.clone()));
        let kept = std::fs::read_to_string(dir.path().join(FILE)).expect("kept");
        assert!(!kept.contains(&first), "a token is nowhere in the folder");
        let second = issue(dir.path(), &jo, &entropy).expect("made");
        assert_eq!(whose(dir.path(), &first).expect("read"), None, "one token a person");
        assert!(revoke(dir.path(), &jo).expect("ended"));
        assert!(!revoke(dir.path(), &jo).expect("none left"));
        assert_eq!(whose(dir.path(), &second).expect("read"), None);
        assert_eq!(whose(dir.path(), &other).expect("read"), Some(al));
    }
}
