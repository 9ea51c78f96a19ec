//! Sealed data and who opened it, in central's SQLite store.

use rusqlite::{Connection, params};

use super::{int, seq};
use crate::central::store::{CheckOpening, SealedRow, StoreError};
use crate::domain::check::Commitment;
use crate::domain::ids::{Epoch, JournalId, RegisterNo, SaleNo, Seq, StoreNo};

/// Keeps rows; the first under a commitment stays, and a trigger of the table leaves out what was
/// destroyed.
pub(in crate::central) fn put(
    db: &Connection,
    journal: &JournalId,
    rows: &[SealedRow],
    now_ms: i64,
) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = journal;
    let mut insert = db.prepare_cached(
        "INSERT INTO sealed (store, reg, epoch, commitment, seq, bytes, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
    )?;
    for row in rows {
        let SealedRow { commitment, seq, bytes } = row;
        insert.execute(params![
            store.0,
            register.0,
            epoch.0,
            commitment.0,
            int(seq.0),
            bytes,
            now_ms
        ])?;
    }
    Ok(())
}

/// The rows of one record.
pub(in crate::central) fn of_record(
    db: &Connection,
    journal: &JournalId,
    at: Seq,
) -> Result<Vec<SealedRow>, StoreError> {
    let JournalId { store, register, epoch } = journal;
    let mut select = db.prepare_cached(
        "SELECT commitment, seq, bytes FROM sealed
         WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND seq = ?4 ORDER BY commitment",
    )?;
    let rows = select.query_map(params![store.0, register.0, epoch.0, int(at.0)], |row| {
        let commitment = Commitment(row.get(0)?);
        Ok(SealedRow { commitment, seq: seq(row, 1)?, bytes: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Where sales of a number were recorded: one a journal of the register.
pub(in crate::central) fn sales(
    db: &Connection,
    store: StoreNo,
    register: RegisterNo,
    number: SaleNo,
) -> Result<Vec<(JournalId, Seq)>, StoreError> {
    let mut select = db.prepare_cached(
        "SELECT epoch, seq FROM sale WHERE store = ?1 AND reg = ?2 AND number = ?3 AND branch = 0
         ORDER BY epoch",
    )?;
    let rows = select.query_map(params![store.0, register.0, int(number.0)], |row| {
        Ok((JournalId { store, register, epoch: Epoch(row.get(0)?) }, seq(row, 1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Notes that somebody opens a check's data, before it is opened.
pub(in crate::central) fn note(db: &Connection, opening: &CheckOpening) -> Result<(), StoreError> {
    let JournalId { store, register, epoch } = opening.journal;
    let sql = "INSERT INTO sealed_opening (store, at, reg, epoch, seq, who, reason)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT DO NOTHING";
    db.execute(
        sql,
        params![
            store.0,
            opening.at_ms,
            register.0,
            epoch.0,
            int(opening.seq.0),
            opening.who,
            opening.reason
        ],
    )?;
    Ok(())
}
