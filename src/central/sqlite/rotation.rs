//! Keys that were followed by others in central's SQLite store, and how far their journals count.

use rusqlite::{Connection, OptionalExtension as _, Params, params};

use crate::domain::event::Lifetime;
use crate::domain::ids::{JournalId, Seq, StoreNo};
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;

use super::read::{self, public_key};
use super::{SqliteStore, int, journal_of, lifetime, put_key, revocation, stands, taken};
use crate::central::revocation::Trust;
use crate::central::rotation::{Ended, JournalEnd, Rotated, Rotation, RotationStore, shortened};
use crate::central::store::{Standing, StoreError};

/// Journals that ended, or whose key did: how long each is good, and where it stands there. Its own
/// word is enough for the journal that central was asked about; every other one of a key that ended
/// counts no further than it was here then, whatever it says of itself.
macro_rules! ended {
    ($chosen:literal) => {
        concat!(
            "SELECT x.store, x.reg, x.epoch, x.length, r.hash, r.takings, r.payouts FROM
         (SELECT y.store, y.reg, y.epoch,
            min(coalesce(y.own, y.bound), coalesce(y.bound, y.own)) AS length FROM
          (SELECT j.store, j.reg, j.epoch, o.length AS own,
            CASE WHEN EXISTS
             (SELECT 1 FROM key_change c WHERE c.store = o.store AND c.reg = o.reg
              AND c.epoch = o.epoch AND c.old_key = o.public_key AND c.new_key = o.new_key)
            THEN NULL ELSE
             (SELECT coalesce(
               (SELECT l.length FROM key_change_length l WHERE l.store = c.store AND l.reg = c.reg
                AND l.old_key = c.old_key AND l.epoch = c.epoch AND l.other = j.epoch), 0)
              FROM key_change c JOIN journal_end e ON e.store = c.store AND e.reg = c.reg
                   AND e.epoch = c.epoch AND e.public_key = c.old_key AND e.new_key = c.new_key
              WHERE c.store = j.store AND c.reg = j.reg AND c.old_key = j.public_key
              ORDER BY c.at, c.epoch LIMIT 1)
            END AS bound
           FROM journal j LEFT JOIN journal_end o ON o.store = j.store AND o.reg = j.reg
                AND o.epoch = j.epoch AND o.public_key = j.public_key
           WHERE EXISTS (SELECT 1 FROM journal_end e WHERE e.store = j.store
            AND e.reg = j.reg AND e.public_key = j.public_key) ",
            $chosen,
            ") y) x
        LEFT JOIN record r ON r.store = x.store AND r.reg = x.reg AND r.epoch = x.epoch
             AND r.seq = x.length - 1 AND r.branch = 0
        WHERE x.length IS NOT NULL"
        )
    };
}

fn read_ended(db: &Connection, sql: &str, of: impl Params) -> Result<Ended, StoreError> {
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map(of, |row| {
        let head: Option<[u8; 32]> = row.get(4)?;
        // Where the last record that counts is not here yet, nothing stands there.
        let at = if head.is_some() { lifetime(row, 5)? } else { Lifetime::default() };
        let trust = Trust {
            length: Seq(row.get::<_, i64>(3)?.unsigned_abs()),
            head: head.map_or(Hash::ZERO, Hash),
            lifetime: at,
            decided: true,
            rotated: true,
        };
        Ok((journal_of(row)?, trust))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How far a journal counts by what registers said of their keys.
pub(super) fn trust(db: &Connection, journal: &JournalId) -> Result<Option<Trust>, StoreError> {
    let JournalId { store, register, epoch } = journal;
    let sql = ended!("AND j.store = ?1 AND j.reg = ?2 AND j.epoch = ?3");
    let ended = read_ended(db, sql, params![store.0, register.0, epoch.0])?;
    Ok(ended.get(journal).copied())
}

/// The same of all journals.
pub(super) fn all(db: &Connection, store: Option<StoreNo>) -> Result<Ended, StoreError> {
    match store {
        None => read_ended(db, ended!(""), []),
        Some(store) => read_ended(db, ended!("AND j.store = ?1"), [store.0]),
    }
}

/// What a key is followed by, where it was asked for.
fn followed_by(db: &Connection, asked: &Rotation) -> Result<Option<PublicKey>, StoreError> {
    let sql = "SELECT new_key FROM key_change WHERE store = ?1 AND reg = ?2 AND old_key = ?3";
    let JournalId { store, register, .. } = asked.journal;
    let found: Option<[u8; 32]> = db
        .prepare_cached(sql)?
        .query_row(params![store.0, register.0, asked.old.bytes()], |row| row.get(0))
        .optional()?;
    found.map(public_key).transpose()
}

/// Why it is not done; none where it may be.
fn refused(db: &Connection, asked: &Rotation) -> Result<Option<Rotated>, StoreError> {
    let Rotation { journal, old, new, .. } = asked;
    let JournalId { store, register, .. } = *journal;
    let before = followed_by(db, asked)?;
    if let Some(other) = before.filter(|other| other != new) {
        return Ok(Some(Rotated::Another(other)));
    }
    let known = stands(db, store, register, new)?;
    match stands(db, store, register, old)? {
        None => return Ok(Some(Rotated::NotKnown)),
        Some(Standing::Provisional) => return Ok(Some(Rotated::NotVouched)),
        Some(Standing::Revoked) => return Ok(Some(Rotated::Revoked)),
        Some(Standing::Rotated) if known != Some(Standing::Revoked) => {
            return Ok(Some(Rotated::Good));
        }
        Some(Standing::Rotated) => return Ok(Some(Rotated::NotNew)),
        Some(Standing::Enrolled) => {}
    }
    if known.is_some_and(|known| before.is_none() || known == Standing::Revoked) {
        return Ok(Some(Rotated::NotNew));
    }
    if let Some((store, register)) = taken(db, store, register, new)? {
        return Ok(Some(Rotated::KeyTaken(store, register)));
    }
    let owner = read::journal_key(db, journal)?;
    if owner.is_some_and(|owner| owner != *old) {
        return Ok(Some(Rotated::NotKnown));
    }
    let here = read::position(db, journal)?;
    let same = (here.next_seq, here.head) == (asked.next_seq, asked.head);
    Ok((owner.is_none() || !same).then_some(Rotated::Behind(here)))
}

impl RotationStore for SqliteStore {
    fn rotate_key(&mut self, asked: &Rotation, now_ms: i64) -> Result<Rotated, StoreError> {
        let tx = self.begin()?;
        if let Some(refused) = refused(&tx, asked)? {
            return Ok(refused);
        }
        let JournalId { store, register, epoch } = asked.journal;
        let (old, new) = (asked.old.bytes(), asked.new.bytes());
        let sql = "INSERT INTO key_change (store, reg, old_key, epoch, new_key, at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
        if tx.execute(sql, params![store.0, register.0, old, epoch.0, new, now_ms])? > 0 {
            let sql = "INSERT INTO key_change_length (store, reg, old_key, epoch, other, length)
                       SELECT j.store, j.reg, j.public_key, ?4, j.epoch, b.next_seq
                       FROM journal j JOIN branch b ON b.store = j.store AND b.reg = j.reg
                            AND b.epoch = j.epoch AND b.branch = 0
                       WHERE j.store = ?1 AND j.reg = ?2 AND j.public_key = ?3 AND j.epoch <> ?4";
            tx.execute(sql, params![store.0, register.0, old, epoch.0])?;
        }
        put_key(&tx, store, register, &asked.new, Standing::Enrolled, now_ms)?;
        tx.commit()?;
        Ok(Rotated::Good)
    }

    fn end_journal(&mut self, end: &JournalEnd) -> Result<bool, StoreError> {
        let tx = self.begin()?;
        let JournalId { store, register, epoch } = end.journal;
        let (of_register, of) =
            (ended!("AND j.store = ?1 AND j.reg = ?2"), params![store.0, register.0]);
        let before = read_ended(&tx, of_register, of)?;
        let sql = "INSERT INTO journal_end (store, reg, epoch, public_key, length, new_key)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
        let (key, length) = (end.key.bytes(), int(end.length.0));
        let values = params![store.0, register.0, epoch.0, key, length, end.new_key.bytes()];
        if tx.execute(sql, values)? == 0 {
            return Ok(false);
        }
        let sql = "SELECT coalesce(max(projected), 0) FROM branch
                   WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND branch = 0";
        let mut beyond = false;
        for (journal, trust) in shortened(&before, read_ended(&tx, of_register, of)?) {
            let of = params![store.0, register.0, journal.epoch.0];
            let projected: i64 = tx.query_row(sql, of, |row| row.get(0))?;
            beyond |= projected > int(trust.length.0);
        }
        if beyond {
            revocation::forget_store(&tx, store)?;
        }
        tx.commit()?;
        Ok(true)
    }
}
