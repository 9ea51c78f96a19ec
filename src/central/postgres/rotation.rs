//! Keys that were followed by others in the PostgreSQL store, and how far their journals count.
//!
//! Where a journal ended is kept while the store is held alone, as a revocation is: nobody projects
//! one of its journals by other lengths meanwhile.

use tokio_postgres::Row;

use super::PostgresStore;
use super::keys::{put_key, standing_of, taken};
use super::link::{Param, Session};
use super::read;
use super::revocation;
use super::values::{
    epoch_int, hash, int, journal_of, key, lifetime, public_key, reg, seq, store as store_int,
};
use crate::central::revocation::Trust;
use crate::central::rotation::{Ended, JournalEnd, Rotated, Rotation, RotationStore, shortened};
use crate::central::store::{Standing, StoreError};
use crate::domain::event::Lifetime;
use crate::domain::ids::{JournalId, StoreNo};
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;

/// Journals that ended, or whose key did: how long each is good, and where it stands there. Its own
/// word is enough for the journal that central was asked about; every other one of a key that ended
/// counts no further than it was here then, whatever it says of itself.
macro_rules! ended {
    ($chosen:literal) => {
        concat!(
            "SELECT x.store, x.reg, x.epoch, x.length, r.hash, r.takings, r.payouts FROM
         (SELECT y.store, y.reg, y.epoch, least(y.own, y.bound) AS length FROM
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
              ORDER BY c.at, lpad(to_hex(c.epoch), 16, '0') LIMIT 1)
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

async fn read_ended(
    session: &Session,
    sql: &'static str,
    params: &[Param<'_>],
) -> Result<Ended, StoreError> {
    let rows = session.rows(sql, params).await?;
    let of = |row: &Row| {
        let head: Option<&[u8]> = row.try_get(4)?;
        // Where the last record that counts is not here yet, nothing stands there.
        let at = if head.is_some() { lifetime(row, 5)? } else { Lifetime::default() };
        let trust = Trust {
            length: seq(row, 3)?,
            head: head.map(hash).transpose()?.unwrap_or(Hash::ZERO),
            lifetime: at,
            decided: true,
            rotated: true,
        };
        Ok((journal_of(row, 0)?, trust))
    };
    rows.iter().map(of).collect()
}

/// How far a journal counts by what registers said of their keys.
pub(super) async fn trust(
    session: &Session,
    journal: &JournalId,
) -> Result<Option<Trust>, StoreError> {
    let (store, reg, epoch) = key(journal);
    let sql = ended!("AND j.store = $1 AND j.reg = $2 AND j.epoch = $3");
    let ended = read_ended(session, sql, &[&store, &reg, &epoch]).await?;
    Ok(ended.get(journal).copied())
}

/// The same of all journals.
pub(super) async fn all(session: &Session, store: Option<StoreNo>) -> Result<Ended, StoreError> {
    match store {
        None => read_ended(session, ended!(""), &[]).await,
        Some(store) => read_ended(session, ended!("AND j.store = $1"), &[&store_int(store)]).await,
    }
}

/// What a key is followed by, where it was asked for.
async fn followed_by(session: &Session, asked: &Rotation) -> Result<Option<PublicKey>, StoreError> {
    let sql = "SELECT new_key FROM key_change WHERE store = $1 AND reg = $2 AND old_key = $3
               LIMIT 1";
    let (store, reg, _) = key(&asked.journal);
    let row = session.maybe(sql, &[&store, &reg, &asked.old.bytes().as_slice()]).await?;
    row.map(|row| public_key(row.try_get(0)?)).transpose()
}

/// Why it is not done; none where it may be.
async fn refused(session: &Session, asked: &Rotation) -> Result<Option<Rotated>, StoreError> {
    let Rotation { journal, old, new, .. } = asked;
    let JournalId { store, register, .. } = *journal;
    let before = followed_by(session, asked).await?;
    if let Some(other) = before.filter(|other| other != new) {
        return Ok(Some(Rotated::Another(other)));
    }
    let known = standing_of(session, store, register, new).await?;
    match standing_of(session, store, register, old).await? {
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
    if let Some((store, register)) = taken(session, store, register, new).await? {
        return Ok(Some(Rotated::KeyTaken(store, register)));
    }
    let owner = read::journal_key(session, journal).await?;
    if owner.is_some_and(|owner| owner != *old) {
        return Ok(Some(Rotated::NotKnown));
    }
    let here = read::position(session, journal).await?;
    let same = (here.next_seq, here.head) == (asked.next_seq, asked.head);
    Ok((owner.is_none() || !same).then_some(Rotated::Behind(here)))
}

async fn rotate(session: &Session, asked: &Rotation, now_ms: i64) -> Result<Rotated, StoreError> {
    let JournalId { store, register, epoch } = asked.journal;
    revocation::hold_alone(session, store).await?;
    if let Some(refused) = refused(session, asked).await? {
        return Ok(refused);
    }
    let (old, new) = (asked.old.bytes().as_slice(), asked.new.bytes().as_slice());
    let (number, register_int, epoch) = (store_int(store), reg(register), epoch_int(epoch));
    let sql = "INSERT INTO key_change (store, reg, old_key, epoch, new_key, at)
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    let params: [Param<'_>; 6] = [&number, &register_int, &old, &epoch, &new, &now_ms];
    if session.execute(sql, &params).await? > 0 {
        let sql = "INSERT INTO key_change_length (store, reg, old_key, epoch, other, length)
                   SELECT j.store, j.reg, j.public_key, $4::bigint, j.epoch, b.next_seq
                   FROM journal j JOIN branch b ON b.store = j.store AND b.reg = j.reg
                        AND b.epoch = j.epoch AND b.branch = 0
                   WHERE j.store = $1 AND j.reg = $2 AND j.public_key = $3 AND j.epoch <> $4";
        session.execute(sql, &[&number, &register_int, &old, &epoch]).await?;
    }
    put_key(session, store, register, &asked.new, Standing::Enrolled, now_ms).await?;
    Ok(Rotated::Good)
}

async fn end(session: &Session, end: &JournalEnd) -> Result<bool, StoreError> {
    let JournalId { store, .. } = end.journal;
    revocation::hold_alone(session, store).await?;
    let (number, register, epoch) = key(&end.journal);
    let of_register = ended!("AND j.store = $1 AND j.reg = $2");
    let before = read_ended(session, of_register, &[&number, &register]).await?;
    let sql = "INSERT INTO journal_end (store, reg, epoch, public_key, length, new_key)
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    let params: [Param<'_>; 6] = [
        &number,
        &register,
        &epoch,
        &end.key.bytes().as_slice(),
        &int(end.length.0),
        &end.new_key.bytes().as_slice(),
    ];
    if session.execute(sql, &params).await? == 0 {
        return Ok(false);
    }
    let sql = "SELECT coalesce(max(projected), 0) FROM branch
               WHERE store = $1 AND reg = $2 AND epoch = $3 AND branch = 0";
    let mut beyond = false;
    let after = read_ended(session, of_register, &[&number, &register]).await?;
    for (journal, trust) in shortened(&before, after) {
        let row = session.one(sql, &[&number, &register, &epoch_int(journal.epoch)]).await?;
        beyond |= row.try_get::<_, i64>(0)? > int(trust.length.0);
    }
    if beyond {
        revocation::forget_store(session, store).await?;
    }
    Ok(true)
}

impl RotationStore for PostgresStore {
    fn rotate_key(&mut self, asked: &Rotation, now_ms: i64) -> Result<Rotated, StoreError> {
        self.link.run(async |session| revocation::want(session, asked.journal.store).await)?;
        self.link.transaction(async |session| rotate(session, asked, now_ms).await)
    }

    fn end_journal(&mut self, told: &JournalEnd) -> Result<bool, StoreError> {
        self.place = None;
        self.link.run(async |session| revocation::want(session, told.journal.store).await)?;
        self.link.transaction(async |session| end(session, told).await)
    }
}
