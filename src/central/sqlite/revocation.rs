//! Revocations in central's SQLite store: what people did about keys, and how far journals count.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::domain::event::Lifetime;
use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;

use super::read::public_key;
use super::{SqliteStore, int, lifetime, rotation, seq};
use crate::central::revocation::{GoodLength, Revocation, RevocationStore, Step, StepKind, Trust};
use crate::central::rotation::both;
use crate::central::store::StoreError;

/// How far a journal of a key counts: by what people decided, and by where its register ended it.
pub(super) fn trust(
    db: &Connection,
    journal: &JournalId,
    key: &PublicKey,
) -> Result<Option<Trust>, StoreError> {
    Ok(both(decided(db, journal, key)?, rotation::trust(db, journal)?))
}

/// A key that is revoked without a revocation vouches for nothing.
pub(super) fn decided(
    db: &Connection,
    journal: &JournalId,
    key: &PublicKey,
) -> Result<Option<Trust>, StoreError> {
    let JournalId { store, register, epoch } = journal;
    let sql = "SELECT g.length, g.head, g.takings, g.payouts,
                      EXISTS (SELECT 1 FROM revocation_step s WHERE s.store = k.store
                       AND s.reg = k.reg AND s.number = k.number AND s.step = 'decided')
               FROM revoked_key k LEFT JOIN good_length g ON g.store = k.store AND g.reg = k.reg
                    AND g.number = k.number AND g.epoch = ?4
               WHERE k.store = ?1 AND k.reg = ?2 AND k.public_key = ?3
               AND NOT EXISTS (SELECT 1 FROM revocation_step s WHERE s.store = k.store
                AND s.reg = k.reg AND s.number = k.number AND s.step = 'refused')";
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map(params![store.0, register.0, key.bytes(), epoch.0], |row| {
        let decided = row.get(4)?;
        let Some(length) = row.get::<_, Option<i64>>(0)? else {
            return Ok(Trust { decided, ..Trust::NOTHING });
        };
        let length = Seq(length.unsigned_abs());
        let (head, lifetime) = (Hash(row.get(1)?), lifetime(row, 2)?);
        Ok(Trust { length, head, lifetime, decided, rotated: false })
    })?;
    let found = Trust::shortest(rows.collect::<Result<Vec<_>, _>>()?);
    if found.is_some() {
        return Ok(found);
    }
    let sql = "SELECT 1 FROM register_key WHERE store = ?1 AND reg = ?2 AND public_key = ?3
               AND standing = 'revoked'";
    let revoked: Option<i64> = db
        .prepare_cached(sql)?
        .query_row(params![store.0, register.0, key.bytes()], |row| row.get(0))
        .optional()?;
    Ok(revoked.map(|_| Trust::NOTHING))
}

/// The keys that were ever named: as a rule few, and no other key's journals are asked about.
pub(super) fn named(
    db: &Connection,
) -> Result<BTreeSet<(StoreNo, RegisterNo, PublicKey)>, StoreError> {
    let sql = "SELECT store, reg, public_key FROM revoked_key
               UNION SELECT store, reg, public_key FROM register_key WHERE standing = 'revoked'";
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map([], |row| {
        Ok((StoreNo(row.get(0)?), RegisterNo(row.get(1)?), row.get::<_, [u8; 32]>(2)?))
    })?;
    rows.map(|row| {
        let (store, register, key) = row?;
        Ok((store, register, public_key(key)?))
    })
    .collect()
}

/// How far a journal counts, by its name.
pub(super) fn trust_of(db: &Connection, journal: &JournalId) -> Result<Option<Trust>, StoreError> {
    match super::read::journal_key(db, journal)? {
        Some(key) => trust(db, journal, &key),
        None => Ok(None),
    }
}

type Of = (StoreNo, RegisterNo, u32);

fn of(row: &Row<'_>) -> rusqlite::Result<Of> {
    Ok((StoreNo(row.get(0)?), RegisterNo(row.get(1)?), row.get(2)?))
}

fn all(
    db: &Connection,
    which: Option<(StoreNo, RegisterNo)>,
) -> Result<Vec<Revocation>, StoreError> {
    let (store, register) = (which.map(|of| of.0.0), which.map(|of| of.1.0));
    let chosen = "WHERE (?1 IS NULL OR store = ?1) AND (?2 IS NULL OR reg = ?2)";
    let mut found: BTreeMap<Of, Revocation> = BTreeMap::new();
    let sql = format!(
        "SELECT store, reg, number, step, at, who, reason FROM revocation_step {chosen}
         ORDER BY store, reg, number, step <> 'proposed'"
    );
    let mut select = db.prepare_cached(&sql)?;
    let mut rows = select.query(params![store, register])?;
    while let Some(row) = rows.next()? {
        let (store, register, number) = of(row)?;
        let Some(kind) = StepKind::from_word(&row.get::<_, String>(3)?) else { continue };
        let (at_ms, who, reason) = (row.get(4)?, row.get(5)?, row.get(6)?);
        let one = found.entry((store, register, number)).or_insert_with(|| Revocation {
            store,
            register,
            number,
            steps: Vec::new(),
            keys: Vec::new(),
            lengths: Vec::new(),
        });
        one.steps.push(Step { kind, at_ms, who, reason });
    }
    let sql = format!(
        "SELECT store, reg, number, public_key FROM revoked_key {chosen} ORDER BY public_key"
    );
    let mut select = db.prepare_cached(&sql)?;
    let mut rows = select.query(params![store, register])?;
    while let Some(row) = rows.next()? {
        if let Some(one) = found.get_mut(&of(row)?) {
            one.keys.push(public_key(row.get(3)?)?);
        }
    }
    let sql = format!(
        "SELECT store, reg, number, epoch, public_key, length, head, takings, payouts
         FROM good_length {chosen} ORDER BY epoch"
    );
    let mut select = db.prepare_cached(&sql)?;
    let mut rows = select.query(params![store, register])?;
    while let Some(row) = rows.next()? {
        if let Some(one) = found.get_mut(&of(row)?) {
            one.lengths.push(GoodLength {
                epoch: Epoch(row.get(3)?),
                key: public_key(row.get(4)?)?,
                length: seq(row, 5)?,
                head: Hash(row.get(6)?),
                lifetime: lifetime(row, 7)?,
            });
        }
    }
    Ok(found.into_values().collect())
}

fn put_step(tx: &Transaction<'_>, of: Of, step: &Step) -> Result<(), StoreError> {
    let sql = "INSERT INTO revocation_step (store, reg, number, step, at, who, reason)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let word = step.kind.word();
    let values = params![of.0.0, of.1.0, of.2, word, step.at_ms, step.who, step.reason];
    tx.execute(sql, values)?;
    Ok(())
}

fn put(tx: &Transaction<'_>, of: Of, proposal: &Revocation) -> Result<(), StoreError> {
    let (StoreNo(store), RegisterNo(register), number) = of;
    for step in proposal.steps.iter().filter(|step| step.kind == StepKind::Proposed) {
        put_step(tx, of, step)?;
    }
    for key in &proposal.keys {
        let sql = "INSERT INTO revoked_key (store, reg, number, public_key)
                   VALUES (?1, ?2, ?3, ?4)";
        tx.execute(sql, params![store, register, number, key.bytes()])?;
    }
    for good in &proposal.lengths {
        let sql = "INSERT INTO good_length
                   (store, reg, number, epoch, public_key, length, head, takings, payouts)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        tx.execute(
            sql,
            params![
                store,
                register,
                number,
                good.epoch.0,
                good.key.bytes(),
                int(good.length.0),
                good.head.0,
                good.lifetime.takings.minor(),
                good.lifetime.payouts.minor(),
            ],
        )?;
    }
    Ok(())
}

/// Has everything of one store derived again. What it does at other stores is looked at anew when
/// its records are read.
pub(super) fn forget_store(tx: &Transaction<'_>, store: StoreNo) -> Result<(), StoreError> {
    for table in PROJECTED {
        tx.execute(&format!("DELETE FROM {table} WHERE store = ?1"), [store.0])?;
    }
    tx.execute("DELETE FROM exception WHERE store = ?1 AND derived = 1", [store.0])?;
    tx.execute("UPDATE branch SET projected = from_seq WHERE store = ?1", [store.0])?;
    Ok(())
}

/// The tables that are projected into.
const PROJECTED: [&str; 25] = [
    "sale",
    "sale_line",
    "tender",
    "tax",
    "returned",
    "goods_move",
    "receiving",
    "goods_pack",
    "goods_due",
    "conduct_record",
    "pickup",
    "pickup_line",
    "rain_check",
    "rain_check_use",
    "paper_pad",
    "paper_slip",
    "readiness",
    "drawer",
    "cash_moved",
    "check_taken",
    "hours_record",
    "cash_bag",
    "aside",
    "outage_record",
    "given_up",
];

impl RevocationStore for SqliteStore {
    fn revocations(
        &mut self,
        of: Option<(StoreNo, RegisterNo)>,
    ) -> Result<Vec<Revocation>, StoreError> {
        all(&self.db, of)
    }

    fn revocations_decided(&mut self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM revocation_step WHERE step = 'decided'";
        let count: i64 = self.db.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    fn trust(&mut self, journal: &JournalId) -> Result<Option<Trust>, StoreError> {
        trust_of(&self.db, journal)
    }

    fn received_until(&mut self, journal: &JournalId, at_ms: i64) -> Result<Seq, StoreError> {
        let JournalId { store, register, epoch } = journal;
        let sql = "SELECT min(coalesce(new_from, from_seq)) FROM segment
                   WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND branch = 0
                   AND received_at > ?4";
        let later: Option<i64> =
            self.db
                .query_row(sql, params![store.0, register.0, epoch.0, at_ms], |row| row.get(0))?;
        let end = super::read::position(&self.db, journal)?.next_seq;
        Ok(later.map_or(end, |seq| Seq(seq.unsigned_abs())))
    }

    fn end_at(
        &mut self,
        journal: &JournalId,
        length: Seq,
    ) -> Result<Option<(Hash, Lifetime)>, StoreError> {
        let Some(last) = length.0.checked_sub(1) else {
            return Ok(Some((Hash::ZERO, Lifetime::default())));
        };
        let JournalId { store, register, epoch } = journal;
        let sql = "SELECT hash, takings, payouts FROM record
                   WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND seq = ?4 AND branch = 0";
        let found = self
            .db
            .query_row(sql, params![store.0, register.0, epoch.0, int(last)], |row| {
                Ok((Hash(row.get(0)?), lifetime(row, 1)?))
            })
            .optional()?;
        Ok(found)
    }

    fn handed_beyond(
        &mut self,
        journal: &JournalId,
        from: Seq,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let JournalId { store, register, epoch } = journal;
        let sql = "SELECT target, count(*) FROM hand_over
                   WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND seq >= ?4
                   AND state IN ('sent', 'confirmed', 'unknown', 'different')
                   GROUP BY target ORDER BY target";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map(params![store.0, register.0, epoch.0, int(from.0)], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn propose_revocation(&mut self, proposal: &Revocation) -> Result<Option<u32>, StoreError> {
        let tx = self.begin()?;
        let (store, register) = (proposal.store, proposal.register);
        let known = all(&tx, Some((store, register)))?;
        if known.iter().any(|one| one.end().is_none()) {
            return Ok(None);
        }
        let number = known.last().map_or(1, |last| last.number.saturating_add(1));
        put(&tx, (store, register, number), proposal)?;
        forget_store(&tx, store)?;
        tx.commit()?;
        Ok(Some(number))
    }

    fn end_revocation(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
        number: u32,
        end: &Step,
    ) -> Result<bool, StoreError> {
        let tx = self.begin()?;
        let known = all(&tx, Some((store, register)))?;
        let waits = known.iter().find(|one| one.number == number && one.end().is_none());
        let Some(one) = waits else { return Ok(false) };
        put_step(&tx, (store, register, number), end)?;
        if end.kind == StepKind::Decided {
            for key in &one.keys {
                let sql = "UPDATE register_key SET standing = 'revoked'
                           WHERE store = ?1 AND reg = ?2 AND public_key = ?3";
                tx.execute(sql, params![store.0, register.0, key.bytes()])?;
            }
        }
        forget_store(&tx, store)?;
        tx.commit()?;
        Ok(true)
    }
}
