//! Gives a register its own records back: of a disk that died, or was put back to an earlier day.
//!
//! Only a key that central vouches for is answered, and only about its own register, whatever key
//! its earlier journals had. Records beyond a revoked key's good length stay here: they count for
//! nothing, and whoever has that key wrote them.

use super::{Door, No, STRANGER, opened};
use crate::central::store::{Standing, Store, StoreError};
use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use crate::journal::hash::from_hex;
use crate::journal::key::Domain;
use crate::sync::wire::regain::{
    REGAIN_JOURNALS_MAX, REGAIN_RECORDS_MAX, RegainAnswer, RegainJournal, RegainQuestion,
};
use crate::sync::wire::{ANNOUNCE_LEN_MAX, ASIDES_RAW_MAX, PROTOCOL};

impl Door {
    /// The journals of the register that asks, or lines of one of them.
    pub(in crate::central) fn regain(&self, body: &[u8]) -> Result<Vec<u8>, No> {
        if body.len() > ANNOUNCE_LEN_MAX {
            return Err(No::BadRequest("a question is at most 4 KiB"));
        }
        let (said, key) = opened(body, Domain::Regain, |claimed: &RegainQuestion| &claimed.key)?;
        let hex = said.nonce.bytes().all(|byte| byte.is_ascii_hexdigit());
        if said.protocol != PROTOCOL || said.nonce.len() > 64 || !hex {
            return Err(No::BadRequest("a nonce is at most 64 hex digits"));
        }
        let epoch = said.epoch.as_deref().map(|text| from_hex(text).map(Epoch));
        let epoch = match epoch {
            Some(None) => return Err(No::BadRequest("an epoch is 16 hex digits")),
            Some(named) => named,
            None => None,
        };
        let (store, register) = (StoreNo(said.store), RegisterNo(said.reg));
        let standing = self.reader.call(move |held| held.standing(store, register, &key))?;
        if standing != Some(Standing::Enrolled) {
            return Err(No::Stranger(STRANGER));
        }
        let from = Seq(said.from);
        let (journals, lines) = self.reader.call(move |held| match epoch {
            None => Ok((all(held, store, register)?, Vec::new())),
            Some(epoch) => {
                let journal = JournalId { store, register, epoch };
                let told = one(held, &journal, Seq(0))?;
                let Some(told) = told else { return Ok(Default::default()) };
                let left = usize::try_from(told.next_seq.saturating_sub(from.0));
                let count = left.unwrap_or(usize::MAX).min(REGAIN_RECORDS_MAX);
                Ok((vec![told], held.lines(&journal, from, count)?))
            }
        })?;
        self.seal(&RegainAnswer {
            protocol: PROTOCOL.to_owned(),
            answer: "regain".to_owned(),
            nonce: said.nonce,
            store: store.0,
            reg: register.0,
            journals,
            lines: that_fit(lines),
            time: self.clock.now().to_string(),
        })
    }
}

fn all(
    held: &mut dyn Store,
    store: StoreNo,
    register: RegisterNo,
) -> Result<Vec<RegainJournal>, StoreError> {
    let journals = held.journals_of(store, register)?;
    let newest = journals.iter().rev().take(REGAIN_JOURNALS_MAX);
    let told: Result<Vec<_>, _> =
        newest.map(|(journal, announced)| one(held, journal, *announced)).collect();
    Ok(told?.into_iter().flatten().collect())
}

/// A journal as far as it counts.
fn one(
    held: &mut dyn Store,
    journal: &JournalId,
    announced: Seq,
) -> Result<Option<RegainJournal>, StoreError> {
    let Some(key) = held.journal_key(journal)? else { return Ok(None) };
    let next_seq = held.position(journal)?.next_seq;
    let trust = held.trust(journal)?;
    let counts = |next: Seq| trust.map_or(next, |trust| next.min(trust.length)).0;
    let (epoch, key) = (journal.epoch.to_string(), key.to_string());
    let announced = counts(announced.max(next_seq));
    Ok(Some(RegainJournal { epoch, key, next_seq: counts(next_seq), announced }))
}

/// The leading lines that one answer holds. What is no text can't be told this way: a register
/// never wrote it.
fn that_fit(lines: Vec<Vec<u8>>) -> Vec<String> {
    let mut room = ASIDES_RAW_MAX;
    let mut fitting = Vec::new();
    for line in lines {
        let first = fitting.is_empty();
        let Some(left) = room.checked_sub(line.len()).or(first.then_some(0)) else { break };
        let Ok(line) = String::from_utf8(line) else { break };
        room = left;
        fitting.push(line);
    }
    fitting
}
