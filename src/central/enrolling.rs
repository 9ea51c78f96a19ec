//! What a register gets to become one: central's certificate for a one-time code, and the key that
//! phone codes are answered with.
//!
//! ```text
//!  code, key ─▶ certificate       anybody may see it; peers do
//!  key, known ─▶ recovery key     nobody but this register may: only over the line to central
//! ```

use std::sync::PoisonError;

use crate::device::entropy::Entropy;
use crate::domain::ids::{RegisterNo, StoreNo};
use crate::journal::hash::{Hash, to_hex};
use crate::journal::key::{Domain, PublicKey};
use crate::journal::phone_code::RecoveryKey;
use crate::journal::receipt_key;
use crate::sync::enroll::{CODE_BITS, normalize_code, write_code};
use crate::sync::sealed;
use crate::sync::wire::{
    ANNOUNCE_LEN_MAX, Certificate, EnrollRequest, PROTOCOL, PhoneKey, PhoneKeyRequest,
};

use super::door::{CODE_LIFE_MS, CODE_NOT_GOOD, Door, No, opened};
use super::store::{CodeUse, Held, Standing, Store, StoreError};

/// Wrong codes within a minute, all callers together. A code has [`CODE_BITS`] bits: with one for
/// each of 117,500 registers, guessing at this pace for a day finds one with a chance of 1 in
/// 11,000. Good codes are not counted, so that a whole chain may enroll in an hour.
const WRONG_CODES_MAX: u32 = 600;
const WRONG_CODES_MS: u64 = 60_000;
const NOT_KNOWN: &str = "this key is no enrolled register's, so it gets no key for phone codes; \
                         enroll the register with a code first";

impl Door {
    pub(super) fn enroll(&self, body: &[u8]) -> Result<Vec<u8>, No> {
        if body.len() > ANNOUNCE_LEN_MAX {
            return Err(No::BadRequest("an enrolment is at most 4 KiB"));
        }
        self.may_try()?;
        let (request, key) =
            opened(body, Domain::Certificate, |claimed: &EnrollRequest| &claimed.key)?;
        let Some(code) = normalize_code(&request.code) else {
            self.count_wrong();
            return Err(No::Stranger(CODE_NOT_GOOD));
        };
        let hash = Hash::of_bytes(code.as_bytes());
        let now = self.clock.now();
        let used = self.writer.call(move |store| store.use_code(&hash, &key, now.utc_ms))?;
        let (store, register) = match used {
            CodeUse::Good(store, register) => (store, register),
            CodeUse::NotGood => {
                self.count_wrong();
                return Err(No::Stranger(CODE_NOT_GOOD));
            }
            CodeUse::KeyTaken(store, register) => return Err(No::KeyTaken(store, register)),
            CodeUse::KeyRevoked(store, register) => {
                return Err(No::KeyRevoked(store, register));
            }
        };
        tracing::info!(%store, %register, key = %key.fingerprint(), "register enrolled");
        self.certificate(store, register, &key)
    }

    /// Central's word for a key of a register.
    pub(super) fn certificate(
        &self,
        store: StoreNo,
        register: RegisterNo,
        key: &PublicKey,
    ) -> Result<Vec<u8>, No> {
        let server_epoch = self.reader.call(|store| store.server_epoch())?;
        let certificate = Certificate {
            protocol: PROTOCOL.to_owned(),
            answer: "certificate".to_owned(),
            store: store.0,
            reg: register.0,
            key: key.to_string(),
            central_key: self.key.public().to_string(),
            pack_key: self.pack_key.to_string(),
            seal_key: self.seal_key.map(|key| to_hex(&key)),
            receipt_word: Some(receipt_key::word(&self.key, store, register, key)),
            server_epoch,
            issued_at: self.clock.now().to_string(),
        };
        sealed::seal(&certificate, Domain::Certificate, &self.key)
            .map_err(|why| No::Seal(why.into()))
    }

    /// The recovery key of an enrolled register, for itself.
    pub(super) fn phone_key(&self, body: &[u8]) -> Result<Vec<u8>, No> {
        if body.len() > ANNOUNCE_LEN_MAX {
            return Err(No::BadRequest("such a request is at most 4 KiB"));
        }
        let (request, key) =
            opened(body, Domain::Certificate, |claimed: &PhoneKeyRequest| &claimed.key)?;
        let (store, register) = (StoreNo(request.store), RegisterNo(request.reg));
        let standing = self.reader.call(move |kept| kept.standing(store, register, &key))?;
        if standing != Some(Standing::Enrolled) {
            return Err(No::Stranger(NOT_KNOWN));
        }
        let answer = PhoneKey {
            protocol: PROTOCOL.to_owned(),
            answer: "phone_key".to_owned(),
            store: store.0,
            reg: register.0,
            recovery: RecoveryKey::of(&self.key, store, register, &key).to_text(),
        };
        sealed::seal(&answer, Domain::Certificate, &self.key).map_err(|why| No::Seal(why.into()))
    }

    /// Refuses while too many wrong codes came within the minute.
    fn may_try(&self) -> Result<(), No> {
        let now_ms = self.clock.mono_ms();
        let (since_ms, wrong) = *self.wrong_codes.lock().unwrap_or_else(PoisonError::into_inner);
        let passed_ms = now_ms.saturating_sub(since_ms);
        if passed_ms < WRONG_CODES_MS && wrong >= WRONG_CODES_MAX {
            return Err(No::Busy(WRONG_CODES_MS.saturating_sub(passed_ms)));
        }
        Ok(())
    }

    fn count_wrong(&self) {
        let now_ms = self.clock.mono_ms();
        let mut counted = self.wrong_codes.lock().unwrap_or_else(PoisonError::into_inner);
        let (since_ms, wrong) = *counted;
        *counted = if now_ms.saturating_sub(since_ms) >= WRONG_CODES_MS {
            (now_ms, 1)
        } else {
            (since_ms, wrong.saturating_add(1))
        };
        if counted.1 == WRONG_CODES_MAX {
            tracing::warn!(
                "somebody tries codes of enrolment; none is taken for the rest of a minute"
            );
        }
    }
}

/// Makes and keeps a one-time code.
///
/// # Errors
/// [`StoreError`].
pub fn new_code(
    writer: &Held,
    entropy: &dyn Entropy,
    store: StoreNo,
    register: RegisterNo,
    now_ms: i64,
) -> Result<String, StoreError> {
    let mut bytes = [0_u8; 8];
    entropy.fill(&mut bytes).map_err(|why| StoreError::Unfit(why.to_string()))?;
    let number = u64::from_le_bytes(bytes) & ((1_u64 << CODE_BITS).saturating_sub(1));
    let code = write_code(number);
    let plain = normalize_code(&code).unwrap_or_default();
    let hash = Hash::of_bytes(plain.as_bytes());
    let expires_ms = now_ms.saturating_add(CODE_LIFE_MS);
    writer.call(move |s| s.put_code(&hash, store, register, expires_ms))?;
    Ok(code)
}

/// Vouches for a register's unknown keys; gives their fingerprints.
///
/// # Errors
/// [`StoreError`].
pub fn adopt(
    kept: &mut dyn Store,
    store: StoreNo,
    register: RegisterNo,
    now_ms: i64,
) -> Result<Vec<String>, StoreError> {
    let mut adopted = Vec::new();
    for (key, standing) in kept.keys(store, register)? {
        if standing == Standing::Provisional {
            kept.put_key(store, register, &key, Standing::Enrolled, now_ms)?;
            adopted.push(key.fingerprint());
        }
    }
    Ok(adopted)
}
