//! Answers a register that asks which keys are trusted no longer.
//!
//! It says nothing that a thief does not know already, and whoever sells by central's word should
//! hear it: so anybody may ask, like for a greeting.

use std::collections::BTreeMap;

use super::{Door, No, query_value};
use crate::central::revocation::{Revocation, StepKind};
use crate::domain::ids::{Epoch, Seq};
use crate::journal::key::PublicKey;
use crate::sync::revoked::{
    GoodJournal, REVOKED_JOURNALS_MAX, REVOKED_KEYS_MAX, RevokedAnswer, RevokedKey,
};
use crate::sync::wire::PROTOCOL;

/// Whose a key is, when it was decided, and how long its journals are good.
type Named<'a> = (&'a Revocation, i64, BTreeMap<Epoch, Seq>);

impl Door {
    /// Central's note about revoked keys.
    pub(in crate::central) fn revoked(&self, query: &str) -> Result<Vec<u8>, No> {
        let nonce = nonce_of(query)?;
        let (all, decided) = self
            .reader
            .call(|store| Ok((store.revocations(None)?, store.revocations_decided()?)))?;
        let (keys, left_out) = listed(&all);
        self.seal(&RevokedAnswer {
            protocol: PROTOCOL.to_owned(),
            answer: "revoked".to_owned(),
            nonce: nonce.to_owned(),
            decided,
            keys,
            left_out,
            time: self.clock.now().to_string(),
        })
    }
}

/// A question's own number, given back with the answer.
pub(super) fn nonce_of(query: &str) -> Result<&str, No> {
    let nonce = query_value(query, "nonce").unwrap_or_default();
    if nonce.len() > 64 || !nonce.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(No::BadRequest("a nonce is at most 64 hex digits"));
    }
    Ok(nonce)
}

/// The keys that were decided about, the newest first, and how many don't fit.
fn listed(all: &[Revocation]) -> (Vec<RevokedKey>, u64) {
    let mut named: BTreeMap<PublicKey, Named<'_>> = BTreeMap::new();
    for one in all {
        let Some(end) = one.end().filter(|end| end.kind == StepKind::Decided) else { continue };
        for key in &one.keys {
            let of_key = one.lengths.iter().filter(|good| good.key == *key);
            let lengths = of_key.map(|good| (good.epoch, good.length)).collect();
            named.insert(*key, (one, end.at_ms, lengths));
        }
    }
    let mut newest: Vec<(&PublicKey, &Named<'_>)> = named.iter().collect();
    newest.sort_by_key(|(_, (_, at_ms, _))| std::cmp::Reverse(*at_ms));
    let left_out = newest.len().saturating_sub(REVOKED_KEYS_MAX);
    let line = |(key, (one, _, lengths)): (&PublicKey, &Named<'_>)| RevokedKey {
        store: one.store.0,
        reg: one.register.0,
        key: key.to_string(),
        journals: lengths
            .iter()
            .take(REVOKED_JOURNALS_MAX)
            .map(|(epoch, length)| GoodJournal { epoch: epoch.to_string(), length: length.0 })
            .collect(),
    };
    let keys = newest.into_iter().take(REVOKED_KEYS_MAX).map(line).collect();
    (keys, u64::try_from(left_out).unwrap_or(u64::MAX))
}
