//! Keys of registers in central's SQLite store, inside a transaction that somebody else commits.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::domain::ids::{RegisterNo, StoreNo};
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;

use super::read;
use crate::central::store::{Standing, StoreError};

/// How far a key is trusted; one that somebody proposed to revoke is not.
pub(in crate::central) fn stands(
    db: &Connection,
    store: StoreNo,
    register: RegisterNo,
    key: &PublicKey,
) -> Result<Option<Standing>, StoreError> {
    let keys = read::keys(db, store, register)?;
    Ok(keys.into_iter().find(|(known, _)| known == key).map(|(_, standing)| standing))
}

/// A key that is good for nothing more.
pub(in crate::central) fn ended(standing: Option<Standing>) -> bool {
    matches!(standing, Some(Standing::Revoked | Standing::Rotated))
}

/// Another register that somebody vouched for under this key.
pub(in crate::central) fn taken(
    db: &Connection,
    store: StoreNo,
    register: RegisterNo,
    key: &PublicKey,
) -> Result<Option<(StoreNo, RegisterNo)>, StoreError> {
    let sql = "SELECT store, reg FROM register_key
               WHERE public_key = ?1 AND standing <> 'provisional' AND NOT (store = ?2 AND reg = ?3)
               ORDER BY store, reg LIMIT 1";
    let row = db.query_row(sql, params![key.bytes(), store.0, register.0], |row| {
        Ok((StoreNo(row.get(0)?), RegisterNo(row.get(1)?)))
    });
    Ok(row.optional()?)
}

/// The register that used a code up, when it asks again with the same key: its first answer may
/// never have arrived.
pub(in crate::central) fn used_by(
    tx: &Transaction<'_>,
    code: &Hash,
    key: &PublicKey,
    now_ms: i64,
) -> Result<Option<(StoreNo, RegisterNo)>, StoreError> {
    let sql = "SELECT code.store, code.reg FROM enrollment_code AS code
               JOIN register_key AS known USING (store, reg)
               WHERE code.code_hash = ?1 AND code.expires_at > ?3 AND known.public_key = ?2
               AND known.standing = 'enrolled'";
    let register = |row: &Row<'_>| Ok((StoreNo(row.get(0)?), RegisterNo(row.get(1)?)));
    Ok(tx.query_row(sql, params![code.0, key.bytes(), now_ms], register).optional()?)
}

pub(in crate::central) fn put_key(
    tx: &Transaction<'_>,
    store: StoreNo,
    register: RegisterNo,
    key: &PublicKey,
    standing: Standing,
    now_ms: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO register_key (store, reg, public_key, standing, since)
               VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (store, reg, public_key) DO UPDATE SET standing = excluded.standing
               WHERE excluded.standing <> 'provisional' AND register_key.standing <> 'revoked'";
    let word = standing.word();
    tx.execute(sql, params![store.0, register.0, key.bytes(), word, now_ms])?;
    if standing == Standing::Enrolled {
        // Somebody vouches for it now: what was said about the key is settled.
        let sql = "DELETE FROM exception WHERE code = 'provisional_register' AND store = ?1
                   AND reg = ?2 AND epoch IN
                   (SELECT epoch FROM journal
                    WHERE store = ?1 AND reg = ?2 AND public_key = ?3)";
        tx.execute(sql, params![store.0, register.0, key.bytes()])?;
    }
    Ok(())
}
