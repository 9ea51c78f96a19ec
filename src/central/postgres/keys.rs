//! Words about the whole database, keys of registers, one-time codes and sealed data.

use super::link::Session;
use super::values::{
    epoch_int, int, key, public_key, reg, seq, standing, store as store_int, text,
};
use crate::central::store::{CheckOpening, CodeUse, Named, SealedRow, Standing, StoreError};
use crate::domain::check::Commitment;
use crate::domain::ids::{Epoch, JournalId, RegisterNo, SaleNo, Seq, StoreNo};
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;

/// A statement that is prepared before, where it goes out together with others.
pub(super) const NAMED: &str =
    "SELECT name, value FROM meta WHERE name IN ('server_epoch', 'hold')";

pub(super) async fn meta(session: &Session, name: &str) -> Result<Option<String>, StoreError> {
    let row = session.maybe("SELECT value FROM meta WHERE name = $1", &[&name]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// What the database says of itself in every answer.
pub(super) async fn named(session: &Session) -> Result<Named, StoreError> {
    let mut named = Named::default();
    for row in session.rows(NAMED, &[]).await? {
        let (name, value): (&str, String) = (row.try_get(0)?, row.try_get(1)?);
        match name {
            "server_epoch" => named.server_epoch = value,
            _ => named.hold = Some(value).filter(|reason| !reason.is_empty()),
        }
    }
    Ok(named)
}

pub(super) async fn set_meta(session: &Session, name: &str, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO meta (name, value) VALUES ($1, $2)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    session.execute(sql, &[&name, &text(value).as_ref()]).await?;
    Ok(())
}

/// Binds the database to a central's key: two centrals with different keys on one database would
/// answer registers in two names.
pub(super) async fn bind_key(session: &Session, central: &PublicKey) -> Result<(), StoreError> {
    let sql = "INSERT INTO meta (name, value) VALUES ('central_key', $1) ON CONFLICT DO NOTHING";
    session.execute(sql, &[&central.to_string()]).await?;
    let kept = meta(session, "central_key").await?.unwrap_or_default();
    if kept == central.to_string() {
        return Ok(());
    }
    Err(StoreError::Unfit(format!(
        "this database belongs to a central with another key ({kept}), and registers believe that \
         one; nothing was changed. Copy central.key, seal.key and the certificate from a folder of \
         that central into this one, or name another database"
    )))
}

pub(super) async fn standing_of(
    session: &Session,
    store: StoreNo,
    register: RegisterNo,
    key: &PublicKey,
) -> Result<Option<Standing>, StoreError> {
    let keys = keys(session, store, register).await?;
    Ok(keys.into_iter().find(|(known, _)| known == key).map(|(_, standing)| standing))
}

pub(super) async fn keys(
    session: &Session,
    store: StoreNo,
    register: RegisterNo,
) -> Result<Vec<(PublicKey, Standing)>, StoreError> {
    // One that somebody proposed to revoke is trusted as little as one that was.
    let sql = "SELECT public_key, CASE WHEN EXISTS (SELECT 1 FROM revoked_key v
                    WHERE v.store = k.store AND v.reg = k.reg AND v.public_key = k.public_key
                    AND NOT EXISTS (SELECT 1 FROM revocation_step s WHERE s.store = v.store
                     AND s.reg = v.reg AND s.number = v.number AND s.step = 'refused'))
                    THEN 'revoked'
                    WHEN standing = 'enrolled' AND EXISTS (SELECT 1 FROM key_change c
                     JOIN journal_end e ON e.store = c.store AND e.reg = c.reg
                      AND e.epoch = c.epoch AND e.public_key = c.old_key AND e.new_key = c.new_key
                     WHERE c.store = k.store AND c.reg = k.reg AND c.old_key = k.public_key)
                    THEN 'rotated' ELSE standing END
               FROM register_key k WHERE store = $1 AND reg = $2 ORDER BY public_key";
    let rows = session.rows(sql, &[&store_int(store), &reg(register)]).await?;
    let of =
        |row: &tokio_postgres::Row| Ok((public_key(row.try_get(0)?)?, standing(row.try_get(1)?)));
    rows.iter().map(of).collect()
}

pub(super) async fn put_key(
    session: &Session,
    store: StoreNo,
    register: RegisterNo,
    key: &PublicKey,
    standing: Standing,
    now_ms: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO register_key (store, reg, public_key, standing, since)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (store, reg, public_key) DO UPDATE SET standing = excluded.standing
               WHERE excluded.standing <> 'provisional' AND register_key.standing <> 'revoked'";
    let (store, reg, key) = (store_int(store), reg(register), key.bytes().as_slice());
    session.execute(sql, &[&store, &reg, &key, &standing.word(), &now_ms]).await?;
    if standing == Standing::Enrolled {
        // Somebody vouches for it now: what was said about the key is settled.
        let sql = "DELETE FROM exception WHERE code = 'provisional_register' AND store = $1
                   AND reg = $2 AND epoch IN
                   (SELECT epoch FROM journal
                    WHERE store = $1 AND reg = $2 AND public_key = $3)";
        session.execute(sql, &[&store, &reg, &key]).await?;
    }
    Ok(())
}

pub(super) async fn put_code(
    session: &Session,
    code: &Hash,
    store: StoreNo,
    register: RegisterNo,
    expires_ms: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO enrollment_code (code_hash, store, reg, expires_at)
               VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let code = code.0.as_slice();
    session.execute(sql, &[&code, &store_int(store), &reg(register), &expires_ms]).await?;
    Ok(())
}

/// Uses a code up. The key that used it may ask again: its first answer may never have arrived.
pub(super) async fn use_code(
    session: &Session,
    code: &Hash,
    key: &PublicKey,
    now_ms: i64,
) -> Result<CodeUse, StoreError> {
    let sql = "UPDATE enrollment_code SET used_at = $2
               WHERE code_hash = $1 AND used_at IS NULL AND expires_at > $2
               RETURNING store, reg";
    let hash = code.0.as_slice();
    let used = session.maybe(sql, &[&hash, &now_ms]).await?;
    if let Some(row) = used {
        let (store, register) = register_of(&row)?;
        if let Some((store, register)) = taken(session, store, register, key).await? {
            let sql = "UPDATE enrollment_code SET used_at = NULL WHERE code_hash = $1";
            session.execute(sql, &[&hash]).await?;
            return Ok(CodeUse::KeyTaken(store, register));
        }
        if ended(standing_of(session, store, register, key).await?) {
            let sql = "UPDATE enrollment_code SET used_at = NULL WHERE code_hash = $1";
            session.execute(sql, &[&hash]).await?;
            return Ok(CodeUse::KeyRevoked(store, register));
        }
        put_key(session, store, register, key, Standing::Enrolled, now_ms).await?;
        return Ok(CodeUse::Good(store, register));
    }
    let sql = "SELECT code.store, code.reg FROM enrollment_code AS code
               JOIN register_key AS known USING (store, reg)
               WHERE code.code_hash = $1 AND code.expires_at > $3 AND known.public_key = $2
               AND known.standing = 'enrolled'";
    let again = session.maybe(sql, &[&hash, &key.bytes().as_slice(), &now_ms]).await?;
    let Some(row) = again else { return Ok(CodeUse::NotGood) };
    let (store, register) = register_of(&row)?;
    Ok(match ended(standing_of(session, store, register, key).await?) {
        true => CodeUse::KeyRevoked(store, register),
        false => CodeUse::Good(store, register),
    })
}

/// A key that is good for nothing more.
fn ended(standing: Option<Standing>) -> bool {
    matches!(standing, Some(Standing::Revoked | Standing::Rotated))
}

/// Another register that somebody vouched for under this key. Two registers that bring one key at
/// the same moment: one of them waits here for the other.
pub(super) async fn taken(
    session: &Session,
    store: StoreNo,
    register: RegisterNo,
    key: &PublicKey,
) -> Result<Option<(StoreNo, RegisterNo)>, StoreError> {
    let sql = "INSERT INTO key_held (public_key) VALUES ($1)
               ON CONFLICT (public_key) DO UPDATE SET public_key = excluded.public_key";
    session.execute(sql, &[&key.bytes().as_slice()]).await?;
    let sql = "SELECT store, reg FROM register_key
               WHERE public_key = $1 AND standing <> 'provisional'
               AND NOT (store = $2 AND reg = $3) ORDER BY store, reg LIMIT 1";
    let (number, reg) = (store_int(store), reg(register));
    let row = session.maybe(sql, &[&key.bytes().as_slice(), &number, &reg]).await?;
    row.map(|row| register_of(&row)).transpose()
}

fn register_of(row: &tokio_postgres::Row) -> Result<(StoreNo, RegisterNo), StoreError> {
    let (store, reg): (i64, i32) = (row.try_get(0)?, row.try_get(1)?);
    let odd = |_| StoreError::Unfit("a code in the database names no register".to_owned());
    Ok((StoreNo(u32::try_from(store).map_err(odd)?), RegisterNo(u16::try_from(reg).map_err(odd)?)))
}

/// Keeps sealed rows; the first under a commitment stays, and a trigger of the table leaves out
/// what was destroyed. A row that somebody destroys at this moment is waited for first: else it
/// would be seen neither as there nor as destroyed.
pub(super) async fn put_sealed(
    session: &Session,
    journal: &JournalId,
    rows: &[SealedRow],
    now_ms: i64,
) -> Result<(), StoreError> {
    let (store, reg, epoch) = key(journal);
    let commitments: Vec<&[u8]> = rows.iter().map(|row| row.commitment.0.as_slice()).collect();
    let held = "SELECT 1 FROM sealed WHERE store = $1 AND reg = $2 AND epoch = $3
                AND commitment = ANY($4::bytea[]) ORDER BY commitment FOR KEY SHARE";
    session.rows(held, &[&store, &reg, &epoch, &commitments]).await?;
    let seqs: Vec<i64> = rows.iter().map(|row| int(row.seq.0)).collect();
    let bytes: Vec<&[u8]> = rows.iter().map(|row| row.bytes.as_slice()).collect();
    let sql = "INSERT INTO sealed (store, reg, epoch, commitment, seq, bytes, received_at)
               SELECT $1::bigint, $2::int, $3::bigint, u.*, $7::bigint
               FROM unnest($4::bytea[], $5::bigint[], $6::bytea[]) AS u
               ON CONFLICT DO NOTHING";
    session.execute(sql, &[&store, &reg, &epoch, &commitments, &seqs, &bytes, &now_ms]).await?;
    Ok(())
}

pub(super) async fn sealed_of(
    session: &Session,
    journal: &JournalId,
    at: Seq,
) -> Result<Vec<SealedRow>, StoreError> {
    let (store, reg, epoch) = key(journal);
    let sql = "SELECT commitment, seq, bytes FROM sealed
               WHERE store = $1 AND reg = $2 AND epoch = $3 AND seq = $4 ORDER BY commitment";
    let rows = session.rows(sql, &[&store, &reg, &epoch, &int(at.0)]).await?;
    let of = |row: &tokio_postgres::Row| {
        let commitment = Commitment(super::values::hash(row.try_get(0)?)?.0);
        Ok(SealedRow { commitment, seq: seq(row, 1)?, bytes: row.try_get(2)? })
    };
    rows.iter().map(of).collect()
}

pub(super) async fn sales_numbered(
    session: &Session,
    store: StoreNo,
    register: RegisterNo,
    number: SaleNo,
) -> Result<Vec<(JournalId, Seq)>, StoreError> {
    let sql = "SELECT epoch, seq FROM sale WHERE store = $1 AND reg = $2 AND number = $3
               AND branch = 0 ORDER BY lpad(to_hex(epoch), 16, '0')";
    let params: [super::link::Param<'_>; 3] = [&store_int(store), &reg(register), &int(number.0)];
    let rows = session.rows(sql, &params).await?;
    let of = |row: &tokio_postgres::Row| {
        let epoch = Epoch(row.try_get::<_, i64>(0)?.to_be_bytes());
        Ok((JournalId { store, register, epoch }, seq(row, 1)?))
    };
    rows.iter().map(of).collect()
}

/// Notes that somebody opens a check's data, before it is opened.
pub(super) async fn note_opening(
    session: &Session,
    opening: &CheckOpening,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = opening.journal;
    let sql = "INSERT INTO sealed_opening (store, at, reg, epoch, seq, who, reason)
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    let (who, reason) = (text(&opening.who), text(&opening.reason));
    let params: [super::link::Param<'_>; 7] = [
        &store_int(store),
        &opening.at_ms,
        &reg(register),
        &epoch_int(epoch),
        &int(opening.seq.0),
        &who.as_ref(),
        &reason.as_ref(),
    ];
    session.execute(sql, &params).await?;
    Ok(())
}
