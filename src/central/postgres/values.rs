//! Central's values as PostgreSQL's, and back.
//!
//! Integers are signed there: a store is a bigint, a register an int, an epoch a bigint of the
//! same eight bytes. Text can't hold the character NUL, which a record may.

use std::borrow::Cow;

use tokio_postgres::Row;

use crate::central::store::{Standing, StoreError};
use crate::domain::event::Lifetime;
use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use crate::domain::money::Money;
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;

/// PostgreSQL's integers are signed; a place beyond them can't be reached by counting.
pub(super) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn store(store: StoreNo) -> i64 {
    i64::from(store.0)
}

pub(super) fn reg(register: RegisterNo) -> i32 {
    i32::from(register.0)
}

pub(super) const fn epoch_int(epoch: Epoch) -> i64 {
    i64::from_be_bytes(epoch.0)
}

/// A journal's key, as its columns are typed.
pub(super) fn key(journal: &JournalId) -> (i64, i32, i64) {
    (store(journal.store), reg(journal.register), epoch_int(journal.epoch))
}

/// The keys of many journals, a column each.
pub(super) struct Columns {
    pub(super) stores: Vec<i64>,
    pub(super) regs: Vec<i32>,
    pub(super) epochs: Vec<i64>,
}

impl Columns {
    pub(super) fn of<'a>(journals: impl IntoIterator<Item = &'a JournalId>) -> Self {
        let mut columns = Self { stores: Vec::new(), regs: Vec::new(), epochs: Vec::new() };
        for journal in journals {
            let (store, reg, epoch) = key(journal);
            columns.stores.push(store);
            columns.regs.push(reg);
            columns.epochs.push(epoch);
        }
        columns
    }
}

/// Text without NUL: what a record says is kept in its bytes, and here only shown.
pub(super) fn text(said: &str) -> Cow<'_, str> {
    if said.contains('\0') {
        Cow::Owned(said.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(said)
    }
}

pub(super) fn seq(row: &Row, place: usize) -> Result<Seq, StoreError> {
    Ok(Seq(row.try_get::<_, i64>(place)?.unsigned_abs()))
}

pub(super) fn count(row: &Row, place: usize) -> Result<u64, StoreError> {
    Ok(row.try_get::<_, i64>(place)?.unsigned_abs())
}

pub(super) fn money(row: &Row, place: usize) -> Result<Money, StoreError> {
    Ok(Money::from_minor(row.try_get(place)?))
}

pub(super) fn lifetime(row: &Row, place: usize) -> Result<Lifetime, StoreError> {
    let payouts = money(row, place.saturating_add(1))?;
    Ok(Lifetime { takings: money(row, place)?, payouts })
}

pub(super) fn store_no(number: i64) -> Result<StoreNo, StoreError> {
    let odd = |_| damaged("a number beyond what a store can have");
    Ok(StoreNo(u32::try_from(number).map_err(odd)?))
}

/// Store, register and epoch from three columns.
pub(super) fn journal_of(row: &Row, place: usize) -> Result<JournalId, StoreError> {
    let (store, reg): (i64, i32) = (row.try_get(place)?, row.try_get(place.saturating_add(1))?);
    let epoch: i64 = row.try_get(place.saturating_add(2))?;
    let odd = |_| damaged("a number beyond what a register can have");
    Ok(JournalId {
        store: store_no(store)?,
        register: RegisterNo(u16::try_from(reg).map_err(odd)?),
        epoch: Epoch(epoch.to_be_bytes()),
    })
}

pub(super) fn hash(bytes: &[u8]) -> Result<Hash, StoreError> {
    bytes.try_into().map(Hash).map_err(|_| damaged("a hash that is not one"))
}

pub(super) fn public_key(bytes: &[u8]) -> Result<PublicKey, StoreError> {
    let bytes = bytes.try_into().map_err(|_| damaged("a key that is not one"))?;
    PublicKey::from_bytes(bytes).map_err(|why| StoreError::Unfit(why.to_string()))
}

pub(super) fn standing(word: Option<&str>) -> Standing {
    word.and_then(Standing::from_word).unwrap_or(Standing::Provisional)
}

pub(super) fn damaged(what: &str) -> StoreError {
    StoreError::Unfit(format!(
        "central's database holds {what}; somebody changed it by other means than central; \
         restore it from a backup, registers send again what it lacks"
    ))
}
