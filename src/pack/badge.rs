//! The retailer's badge key: what each badge holds follows from it, so that no list of badges is
//! kept anywhere.
//!
//! ```text
//!  badge.key ──HKDF(store, person, how many-th)──▶ 16 bytes ──▶ a square code on paper
//!                                                     └──▶ with the PIN: seals the person's key
//! ```
//!
//! The key stays at head office, like the pack key, and a pack holds nothing of it. A lost badge is
//! followed by the next one of that person: the old one opens nothing in the next pack.
//!
//! Source: RFC 5869 (HKDF), expansion alone, since the key is 32 random bytes.

use std::fmt;
use std::path::Path;

use ring::hkdf::{HKDF_SHA256, Prk};
use zeroize::Zeroizing;

use super::error::{BuildError, KeyError};
use super::key::{create_seed, read_seed};
use super::people::walk_people;
use super::policy::{BadgeRule, PolicyRows};
use super::rows::walk;
use super::source::Source;
use crate::device::entropy::Entropy;
use crate::domain::badge::{Badge, SECRET_LEN};
use crate::domain::ids::{PersonId, StoreNo};
use crate::domain::person::Person;

const PREFIX: &str = "tideover-badge-key-1 ";

/// What badges are made with.
pub struct BadgeKey(Zeroizing<[u8; 32]>);

/// A badge to be printed.
#[derive(Clone, Debug)]
pub struct IssuedBadge {
    /// Whose.
    pub person: Person,
    /// Their how many-th.
    pub issue: u16,
    /// What stands in its square code.
    pub badge: Badge,
}

/// The badges of a store's tables.
#[derive(Clone, Debug)]
pub struct StoreBadges {
    /// The store's name.
    pub store_name: String,
    /// The badges, in the order of people.csv.
    pub badges: Vec<IssuedBadge>,
    /// The policy turned badges off: packs pass them over.
    pub off: bool,
}

impl fmt::Debug for BadgeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BadgeKey(..)")
    }
}

impl BadgeKey {
    /// Reads a key file that only its owner may read.
    ///
    /// # Errors
    /// [`KeyError`] when it can't be read, others may read it, or it holds no badge key.
    pub fn open(file: &Path) -> Result<Self, KeyError> {
        let seed = read_seed(file, PREFIX)?;
        seed.map(Self).ok_or_else(|| KeyError::NotABadgeKey(file.display().to_string()))
    }

    /// Makes a new key file, private to its owner. Never replaces one: with another key every
    /// badge is another.
    ///
    /// # Errors
    /// [`KeyError`] when the file exists or can't be written, or there is no randomness.
    pub fn create(file: &Path, entropy: &dyn Entropy) -> Result<Self, KeyError> {
        create_seed(file, PREFIX, entropy).map(Self)
    }

    /// The badge of a person; none when the cipher refuses, which it never should.
    pub(super) fn badge(&self, store: StoreNo, person: &PersonId, issue: u16) -> Option<Badge> {
        let prk = Prk::new_less_safe(HKDF_SHA256, self.0.as_slice());
        let about = format!("tideover/badge/v1\n{store}\n{person}\n{issue}");
        let about = [about.as_bytes()];
        let mut whole = Zeroizing::new([0; 32]);
        prk.expand(&about, HKDF_SHA256).ok()?.fill(whole.as_mut_slice()).ok()?;
        let mut secret = Zeroizing::new([0; SECRET_LEN]);
        secret.iter_mut().zip(whole.iter()).for_each(|(byte, from)| *byte = *from);
        Some(Badge::new(person.clone(), secret))
    }
}

/// The badges that a store's tables give its people.
///
/// # Errors
/// [`BuildError`] when a table can't be read, or rows of them are wrong.
pub fn badges_of(source: &Source<'_>, key: &BadgeKey) -> Result<StoreBadges, BuildError> {
    let (mut rows, mut bad) = (PolicyRows::default(), Vec::new());
    let policy = super::build::POLICY;
    let wrong =
        |file, line, reason| super::error::BadRow { file, line, reason, may_be_left_out: false };
    walk(source, policy, &["key", "value"], |line, fields| {
        let added = match fields {
            Ok([key, value]) => rows.add(line, key, value),
            Ok(_) => Err("the row is incomplete".to_owned()),
            Err(reason) => Err(reason),
        };
        bad.extend(added.err().map(|reason| wrong(policy, line, reason)));
        Ok(())
    })?;
    let read = match rows.read() {
        Ok(read) => read,
        Err(all) => {
            bad.extend(all.into_iter().map(|(line, reason)| wrong(policy, line, reason)));
            return Err(BuildError::BadRows(bad));
        }
    };
    let mut badges = Vec::new();
    walk_people(source, |line, row| {
        match row {
            Ok(row) => {
                let Some(issue) = row.issue else { return Ok(()) };
                let badge = key.badge(read.policy.store, &row.person.id, issue);
                let badge = badge.ok_or(BuildError::Badge)?;
                badges.push(IssuedBadge { person: row.person, issue, badge });
            }
            Err(reason) => bad.push(wrong(super::people::PEOPLE, line, reason)),
        }
        Ok(())
    })?;
    if !bad.is_empty() {
        return Err(BuildError::BadRows(bad));
    }
    let off = read.badges == BadgeRule::Off;
    Ok(StoreBadges { store_name: read.policy.store_name, badges, off })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::entropy::SeededEntropy;

    #[test]
    fn each_store_person_and_number_has_its_own_badge_and_the_same_each_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("badge.key");
        let made = BadgeKey::create(&file, &SeededEntropy::new(7)).expect("made");
        let read = BadgeKey::open(&file).expect("read");
        let person = |id: &str| PersonId::parse(id).expect("an id");
        let badge = |store, id: &str, issue| made.badge(StoreNo(store), &person(id), issue);
        let first = badge(1042, "51", 1).expect("a badge");
        assert_eq!(read.badge(StoreNo(1042), &person("51"), 1), Some(first.clone()));
        for other in [badge(1042, "51", 2), badge(1042, "52", 1), badge(1043, "51", 1)] {
            assert_ne!(other.expect("a badge").secret(), first.secret());
        }
        assert!(BadgeKey::create(&file, &SeededEntropy::new(8)).is_err(), "never replaced");
        std::fs::write(&file, "tideover-pack-key-1 00").expect("written");
        assert!(matches!(BadgeKey::open(&file), Err(KeyError::NotABadgeKey(_))));
    }
}
