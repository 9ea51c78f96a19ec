//! Which keys belong to registers of this store.
//!
//! ```text
//!  listed by a person (settings)  ─┐
//!  certified by central's key      ─┴─▶ this key is register 3 of this store
//! ```
//!
//! Nobody else is believed, whatever they say of themselves. A register without central lists its
//! peers' keys; one that central enrolled also believes keys that central certified.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::ids::{RegisterNo, StoreNo};
use crate::journal::key::{Domain, PublicKey};
use crate::sync::revoked::Revoked;
use crate::sync::sealed::Sealed;
use crate::sync::wire::{Certificate, PROTOCOL};

use super::wire::{self, Hello};

/// The longest certificate, in bytes.
pub(super) const CERTIFICATE_LEN_MAX: usize = 4_096;
/// The most keys that are known of one register: it may have been set up anew.
const KEYS_MAX: usize = 8;

/// The store's registers, as far as they are known here.
#[derive(Debug)]
pub(super) struct Roster {
    store: StoreNo,
    root: Option<PublicKey>,
    keys: Mutex<BTreeMap<RegisterNo, Vec<PublicKey>>>,
}

impl Roster {
    /// What the settings list, and central's key where this register is enrolled.
    pub(super) fn new(
        store: StoreNo,
        root: Option<PublicKey>,
        listed: impl IntoIterator<Item = (RegisterNo, PublicKey)>,
    ) -> Self {
        let roster = Self { store, root, keys: Mutex::default() };
        listed.into_iter().for_each(|(register, key)| roster.add(register, key));
        roster
    }

    /// The register whose key this is; a certificate of central may say so, too.
    pub(super) fn register_of(
        &self,
        key: &PublicKey,
        certificate: Option<&str>,
    ) -> Option<RegisterNo> {
        let certified = certificate.and_then(|text| self.certified(text));
        if let Some((register, certified)) = certified
            && certified == *key
        {
            self.add(register, certified);
        }
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|(_, keys)| keys.contains(key)).map(|(register, _)| *register)
    }

    /// The register at the other end of a line, if it is one of this store's and says so itself.
    pub(super) fn admits(
        &self,
        own: RegisterNo,
        revoked: &Revoked,
        key: Option<PublicKey>,
        hello: &Hello,
    ) -> Option<RegisterNo> {
        let key = key?;
        if hello.protocol != wire::PROTOCOL || hello.store != self.store.0 {
            return None;
        }
        if revoked.is_revoked(&key) {
            return None;
        }
        let register = self.register_of(&key, hello.certificate.as_deref())?;
        (register.0 == hello.reg && register != own).then_some(register)
    }

    /// The key of a register that a certificate of central's names.
    pub(super) fn certified_key(
        &self,
        register: RegisterNo,
        certificate: Option<&str>,
    ) -> Option<PublicKey> {
        let (certified, key) = self.certified(certificate?)?;
        (certified == register).then_some(key)
    }

    /// The keys of a register, with that of a certificate that is sent along.
    pub(super) fn keys_of(
        &self,
        register: RegisterNo,
        certificate: Option<&str>,
    ) -> Vec<PublicKey> {
        let mut known = {
            let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            keys.get(&register).cloned().unwrap_or_default()
        };
        if let Some((certified, key)) = certificate.and_then(|text| self.certified(text))
            && certified == register
        {
            known.push(key);
        }
        known
    }

    fn add(&self, register: RegisterNo, key: PublicKey) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let known = keys.entry(register).or_default();
        if !known.contains(&key) && known.len() < KEYS_MAX {
            known.push(key);
        }
    }

    fn certified(&self, text: &str) -> Option<(RegisterNo, PublicKey)> {
        let root = self.root?;
        if text.len() > CERTIFICATE_LEN_MAX {
            return None;
        }
        let sealed = Sealed::split(text.as_bytes()).ok()?;
        let certificate: Certificate = sealed.open(Domain::Certificate, &root).ok()?;
        let ours = certificate.protocol == PROTOCOL && certificate.answer == "certificate";
        let key = PublicKey::parse(&certificate.key).ok()?;
        (ours && certificate.store == self.store.0).then_some((RegisterNo(certificate.reg), key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::key::SigningKey;
    use crate::sync::sealed::seal;

    #[test]
    fn only_listed_and_certified_keys_of_this_store_are_known() {
        let key = |seed| SigningKey::from_seed(&[seed; 32]).expect("a key");
        let (central, other_central) = (key(1), key(2));
        let certificate = |store, by: &SigningKey, of: &SigningKey| {
            let certificate = Certificate {
                protocol: PROTOCOL.to_owned(),
                answer: "certificate".to_owned(),
                store,
                reg: 4,
                key: of.public().to_string(),
                issued_at: "2026-11-22T13:05:09.120-06:00".to_owned(),
                central_key: by.public().to_string(),
                pack_key: by.public().to_string(),
                seal_key: None,
                receipt_word: None,
                server_epoch: "c1".to_owned(),
            };
            let bytes = seal(&certificate, Domain::Certificate, by).expect("sealed");
            String::from_utf8(bytes).expect("text")
        };
        let listed = key(3).public();
        let root = Some(central.public());
        let roster = Roster::new(StoreNo(1042), root, [(RegisterNo(3), listed)]);
        let stranger = key(4).public();
        assert_eq!(roster.register_of(&listed, None), Some(RegisterNo(3)));
        assert_eq!(roster.register_of(&stranger, None), None);
        // Another store's, another central's, and one for another key.
        for wrong in [
            certificate(1043, &central, &key(4)),
            certificate(1042, &other_central, &key(4)),
            certificate(1042, &central, &key(5)),
        ] {
            assert_eq!(roster.register_of(&stranger, Some(&wrong)), None);
        }
        let right = certificate(1042, &central, &key(4));
        assert_eq!(roster.register_of(&stranger, Some(&right)), Some(RegisterNo(4)));
        assert_eq!(roster.register_of(&stranger, None), Some(RegisterNo(4)), "it is remembered");
    }
}
