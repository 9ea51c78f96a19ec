//! Central's last acknowledgement of each journal: how far central says it is.
//!
//! Not part of the journal. It moves as central says, also back: a central that was restored from
//! a backup answers a lower place, and the records from there on are sent again.

use rusqlite::{Connection, OptionalExtension as _, Result};

use crate::domain::ids::{Epoch, Seq};
use crate::domain::time::Timestamp;
use crate::journal::hash::from_hex;

use super::open::sql_int;

/// The longest acknowledgement that is kept, in bytes.
pub const ACK_LEN_MAX: usize = 65_536;

/// An acknowledgement as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AckRow {
    /// The journal's epoch.
    pub epoch: Epoch,
    /// The next record central waits for.
    pub next_seq: Seq,
    /// Records below this one may be forgotten.
    pub prune_seq: Seq,
    /// The central installation that answered.
    pub server_epoch: String,
    /// Its bytes, with the signature.
    pub verbatim: Vec<u8>,
    /// When it came.
    pub received_at: Timestamp,
}

pub(super) fn store(db: &Connection, ack: &AckRow) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO ack(epoch, next_seq, prune_seq, server_epoch, verbatim, \
         received_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute((
        ack.epoch.to_string(),
        sql_int(ack.next_seq.0),
        sql_int(ack.prune_seq.0),
        ack.server_epoch.as_str(),
        ack.verbatim.as_slice(),
        ack.received_at.to_string(),
    ))?;
    Ok(())
}

pub(super) fn read(db: &Connection, epoch: Epoch) -> Result<Option<AckRow>> {
    let columns: Option<(i64, i64, String, Vec<u8>, String)> = db
        .prepare_cached(
            "SELECT next_seq, prune_seq, server_epoch, verbatim, received_at FROM ack \
             WHERE epoch = ?1",
        )?
        .query_row((epoch.to_string(),), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })
        .optional()?;
    Ok(columns.and_then(|(next_seq, prune_seq, server_epoch, verbatim, received_at)| {
        Some(AckRow {
            epoch,
            next_seq: Seq(u64::try_from(next_seq).ok()?),
            prune_seq: Seq(u64::try_from(prune_seq).ok()?),
            server_epoch,
            verbatim,
            received_at: Timestamp::parse(&received_at).ok()?,
        })
    }))
}

/// Every acknowledgement, so that a new journal's file can take them along.
pub(super) fn read_all(db: &Connection) -> Result<Vec<AckRow>> {
    let mut epochs = db.prepare("SELECT epoch FROM ack ORDER BY epoch")?;
    let epochs: Vec<String> = epochs.query_map((), |row| row.get(0))?.collect::<Result<_>>()?;
    let mut acks = Vec::new();
    for epoch in epochs.iter().filter_map(|text| from_hex(text).map(Epoch)) {
        acks.extend(read(db, epoch)?);
    }
    Ok(acks)
}
