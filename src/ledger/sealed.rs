//! Rows that stand beside the journal: sealed data of checks, and which accounts were seen.
//!
//! They are written in the transaction of the sale they belong to, and unlike a record they can
//! be taken away: a sealed row once central holds it and its time is over, the accounts when their
//! key is destroyed. No record follows from them, and none is wrong without them.

use rusqlite::{Connection, OptionalExtension as _, Result};

use crate::domain::check::Commitment;
use crate::domain::check::limits::{Exposure, Taken};
#[cfg(doc)]
use crate::domain::erasure::PiiErased;
use crate::domain::ids::{Epoch, RecordRef, SaleNo, Seq};
use crate::domain::money::Money;
use crate::domain::sale::SaleLink;
use crate::domain::tender::CheckNumber;
use crate::domain::time::BusinessDate;

use crate::journal::hash::from_hex;

use super::error::LedgerError;
use super::open::sql_int;
use super::writer::Ledger;

/// The longest sealed data, in bytes.
pub const SEALED_LEN_MAX: usize = 1_024;

/// An account under a key that never leaves this register: equal for equal accounts, and nothing
/// else can be told from it while the key is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountTag(pub [u8; 32]);

/// What is written beside a sale, for one of its checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRow {
    /// Commitment and sealed data; none where nothing was sealed.
    pub sealed: Option<SealedBytes>,
    /// The account; none where it was not read.
    pub account: Option<AccountTag>,
    /// The check's number.
    pub number: CheckNumber,
    /// Its amount.
    pub amount: Money,
}

/// Sealed data under the commitment that its record holds.
pub type SealedBytes = (Commitment, Vec<u8>);

/// A sealed row as it lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRow {
    /// What the record holds.
    pub commitment: Commitment,
    /// The journal of the sale.
    pub epoch: Epoch,
    /// The sale's record.
    pub seq: Seq,
    /// The sealed data.
    pub bytes: Vec<u8>,
}

impl Ledger {
    /// What was taken by check on a day: from an account, and from everybody.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be read.
    pub fn check_exposure(
        &self,
        account: Option<AccountTag>,
        day: BusinessDate,
    ) -> Result<Exposure, LedgerError> {
        exposure(&self.db.conn, account, day).map_err(|why| self.failed("adding up checks", why))
    }

    /// The sale that this very check paid; none when it was not taken here.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be read.
    pub fn check_taken_with(
        &self,
        account: AccountTag,
        number: &CheckNumber,
    ) -> Result<Option<SaleNo>, LedgerError> {
        taken_with(&self.db.conn, account, number)
            .map_err(|why| self.failed("looking for a check", why))
    }

    /// Forgets which accounts were seen; to be called when their key is destroyed.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be written.
    pub fn forget_accounts(&mut self) -> Result<(), LedgerError> {
        forget_accounts(&self.db.conn).map_err(|why| self.failed("forgetting accounts", why))
    }

    /// Notes that a central, by its name, holds sealed rows.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be written; they are then sent again.
    pub fn sealed_held(
        &mut self,
        central: &str,
        commitments: &[Commitment],
    ) -> Result<(), LedgerError> {
        self.db.still_there()?;
        mark_held(&self.db.conn, central, commitments)
            .map_err(|why| self.failed("noting what central holds", why))
    }

    /// Destroys the sealed data of one check, on this disk too: the row is overwritten, and the
    /// log that may hold it is emptied. False when there is none.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be written.
    pub fn erase_sealed(&mut self, commitment: &Commitment) -> Result<bool, LedgerError> {
        let erased = erase(&self.db.conn, commitment)
            .map_err(|why| self.failed("erasing sealed data", why))?;
        if erased {
            self.empty_log()?;
        }
        Ok(erased)
    }

    /// The records beside which there is sealed data of days before this one that central holds,
    /// at most so many. Recording that it was destroyed ([`PiiErased`]) destroys it, in the same
    /// transaction; the log is to be emptied afterwards.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be read.
    pub fn sealed_to_erase(
        &self,
        before: BusinessDate,
        most: usize,
    ) -> Result<Vec<RecordRef>, LedgerError> {
        held_before(&self.db.conn, before, most)
            .map_err(|why| self.failed("looking for sealed data", why))
    }

    /// Moves the log into the database and empties it. Its file is as long as before afterwards,
    /// but what stood in it is gone.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be written.
    pub fn empty_log(&mut self) -> Result<(), LedgerError> {
        self.db
            .conn
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
            .map_err(|why| self.failed("emptying the log", why))?;
        self.db.lengthen_log();
        Ok(())
    }
}

pub(super) fn write(
    db: &Connection,
    epoch: Epoch,
    seq: Seq,
    day: BusinessDate,
    sale: SaleNo,
    checks: &[CheckRow],
) -> Result<()> {
    for (place, check) in (0_i64..).zip(checks) {
        if let Some(sealed) = &check.sealed {
            put(db, epoch, seq, day, sealed)?;
        }
        if let Some(account) = check.account {
            db.prepare_cached(
                "INSERT INTO check_seen(account, epoch, sale, place, day, number, amount) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((
                account.0,
                epoch.to_string(),
                sql_int(sale.0),
                place,
                day.to_string(),
                check.number.as_str(),
                check.amount.minor(),
            ))?;
        }
    }
    Ok(())
}

/// One sealed row beside its record.
pub(super) fn put(
    db: &Connection,
    epoch: Epoch,
    seq: Seq,
    day: BusinessDate,
    (commitment, bytes): &SealedBytes,
) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO sealed(commitment, epoch, seq, day, bytes, held_by) \
         VALUES (?1, ?2, ?3, ?4, ?5, '')",
    )?
    .execute((
        commitment.0,
        epoch.to_string(),
        sql_int(seq.0),
        day.to_string(),
        bytes.as_slice(),
    ))?;
    Ok(())
}

/// A voided sale's checks go back to the customer: what was sealed of them is destroyed, and they
/// count for no limit.
pub(super) fn take_back(db: &Connection, voided: Option<&SaleLink>) -> Result<()> {
    let Some(voided) = voided else { return Ok(()) };
    let epoch = voided.epoch.to_string();
    db.prepare_cached("DELETE FROM sealed WHERE epoch = ?1 AND seq = ?2")?
        .execute((&epoch, sql_int(voided.seq.0)))?;
    db.prepare_cached("DELETE FROM check_seen WHERE epoch = ?1 AND sale = ?2")?
        .execute((&epoch, sql_int(voided.number.0)))?;
    Ok(())
}

/// What was taken by check on a day: from an account, and from everybody.
pub(super) fn exposure(
    db: &Connection,
    account: Option<AccountTag>,
    day: BusinessDate,
) -> Result<Exposure> {
    let taken = |row: &rusqlite::Row<'_>| {
        Ok(Taken { count: row.get(0)?, sum: Money::from_minor(row.get(1)?) })
    };
    let day = day.to_string();
    let of_account = match account {
        None => Taken::default(),
        Some(account) => db
            .prepare_cached(
                "SELECT count(*), COALESCE(sum(amount), 0) FROM check_seen \
                 WHERE account = ?1 AND day = ?2",
            )?
            .query_row((account.0, &day), taken)?,
    };
    // From the sales themselves: this sum follows from the records, and so survives anything.
    let store = db
        .prepare_cached(
            "SELECT COALESCE(sum(checks > 0), 0), COALESCE(sum(checks), 0) FROM sale \
             WHERE checks <> 0 AND shift IN (SELECT number FROM shift WHERE date = ?1)",
        )?
        .query_row((&day,), taken)?;
    Ok(Exposure { account: of_account, store })
}

/// The sale that this very check paid.
pub(super) fn taken_with(
    db: &Connection,
    account: AccountTag,
    number: &CheckNumber,
) -> Result<Option<SaleNo>> {
    let number = number.as_str().trim_start_matches('0');
    let sale: Option<i64> = db
        .prepare_cached(
            "SELECT sale FROM check_seen WHERE account = ?1 AND ltrim(number, '0') = ?2 LIMIT 1",
        )?
        .query_row((account.0, number), |row| row.get(0))
        .optional()?;
    Ok(sale.and_then(|sale| u64::try_from(sale).ok()).map(SaleNo))
}

/// Forgets which accounts were seen: their key is gone, so that the rows say nothing any more.
pub(super) fn forget_accounts(db: &Connection) -> Result<()> {
    db.execute("DELETE FROM check_seen", ()).map(|_| ())
}

/// Sealed rows of a journal that this central does not hold yet, at most `count`.
pub(super) fn not_held(
    db: &Connection,
    epoch: Epoch,
    central: &str,
    count: usize,
) -> Result<Vec<SealedRow>> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    db.prepare_cached(
        "SELECT commitment, seq, bytes FROM sealed WHERE held_by <> ?3 AND epoch = ?1 \
         ORDER BY seq LIMIT ?2",
    )?
    .query_map((epoch.to_string(), count, central), |row| {
        Ok(SealedRow {
            commitment: Commitment(row.get(0)?),
            epoch,
            seq: Seq(row.get::<_, i64>(1)?.unsigned_abs()),
            bytes: row.get(2)?,
        })
    })?
    .collect()
}

/// Sealed rows of a journal's records from a place on.
pub(super) fn from_seq(
    db: &Connection,
    epoch: Epoch,
    from: Seq,
) -> Result<Vec<(BusinessDate, SealedRow)>> {
    let mut select = db.prepare_cached(
        "SELECT commitment, seq, day, bytes FROM sealed WHERE epoch = ?1 AND seq >= ?2 \
         ORDER BY seq",
    )?;
    let mut rows = select.query((epoch.to_string(), sql_int(from.0)))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let day: String = row.get(2)?;
        let Ok(day) = BusinessDate::parse(&day) else { continue };
        let commitment = Commitment(row.get(0)?);
        let seq = Seq(row.get::<_, i64>(1)?.unsigned_abs());
        found.push((day, SealedRow { commitment, epoch, seq, bytes: row.get(3)? }));
    }
    Ok(found)
}

/// A central holds these.
fn mark_held(db: &Connection, central: &str, commitments: &[Commitment]) -> Result<()> {
    let mut update = db.prepare_cached("UPDATE sealed SET held_by = ?2 WHERE commitment = ?1")?;
    commitments.iter().try_for_each(|one| update.execute((one.0, central)).map(|_| ()))
}

/// Takes one sealed row away; false when there is none. `secure_delete` overwrites it.
pub(super) fn erase(db: &Connection, commitment: &Commitment) -> Result<bool> {
    Ok(db.execute("DELETE FROM sealed WHERE commitment = ?1", (commitment.0,))? > 0)
}

/// The records whose sealed data a central holds, of days before this one.
fn held_before(db: &Connection, before: BusinessDate, most: usize) -> Result<Vec<RecordRef>> {
    let sql = "SELECT DISTINCT epoch, seq FROM sealed WHERE held_by <> '' AND day < ?1 \
               ORDER BY day, epoch, seq LIMIT ?2";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query((before.to_string(), most))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let epoch: String = row.get(0)?;
        let Some(epoch) = from_hex(&epoch).map(Epoch) else { continue };
        found.push(RecordRef { epoch, seq: Seq(row.get::<_, i64>(1)?.unsigned_abs()) });
    }
    Ok(found)
}

/// Takes away what a central holds beside these records. `secure_delete` overwrites it.
pub(super) fn erase_held(db: &Connection, of: &[RecordRef]) -> Result<()> {
    let sql = "DELETE FROM sealed WHERE held_by <> '' AND epoch = ?1 AND seq = ?2";
    let mut delete = db.prepare_cached(sql)?;
    of.iter()
        .try_for_each(|one| delete.execute((one.epoch.to_string(), sql_int(one.seq.0))).map(|_| ()))
}

/// An account as it was seen, column by column.
struct Seen {
    account: Vec<u8>,
    epoch: String,
    sale: i64,
    place: i64,
    day: String,
    number: String,
    amount: i64,
}

/// A sealed row, column by column.
struct Kept {
    commitment: Vec<u8>,
    epoch: String,
    seq: i64,
    day: String,
    bytes: Vec<u8>,
    held_by: String,
}

/// Every row as it lies in one database, to be taken along into another.
pub(super) struct Carried {
    sealed: Vec<Kept>,
    seen: Vec<Seen>,
}

impl Carried {
    pub(super) const NOTHING: Self = Self { sealed: Vec::new(), seen: Vec::new() };

    /// What can be read of an old database; what can't be is lost, as the paper check is not.
    pub(super) fn of(db: &Connection) -> Result<Self> {
        let sealed = db
            .prepare("SELECT commitment, epoch, seq, day, bytes, held_by FROM sealed")?
            .query_map((), |row| {
                Ok(Kept {
                    commitment: row.get(0)?,
                    epoch: row.get(1)?,
                    seq: row.get(2)?,
                    day: row.get(3)?,
                    bytes: row.get(4)?,
                    held_by: row.get(5)?,
                })
            })?
            .collect::<Result<_>>()?;
        let seen = db
            .prepare("SELECT account, epoch, sale, place, day, number, amount FROM check_seen")?
            .query_map((), |row| {
                Ok(Seen {
                    account: row.get(0)?,
                    epoch: row.get(1)?,
                    sale: row.get(2)?,
                    place: row.get(3)?,
                    day: row.get(4)?,
                    number: row.get(5)?,
                    amount: row.get(6)?,
                })
            })?
            .collect::<Result<_>>()?;
        Ok(Self { sealed, seen })
    }

    /// What another database has as well; the same row twice is one.
    pub(super) fn and(&mut self, other: Self) {
        self.sealed.extend(other.sealed);
        self.seen.extend(other.seen);
    }

    pub(super) fn store(&self, db: &Connection) -> Result<()> {
        for Kept { commitment, epoch, seq, day, bytes, held_by } in &self.sealed {
            db.prepare_cached(
                "INSERT OR IGNORE INTO sealed(commitment, epoch, seq, day, bytes, held_by) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((commitment, epoch, seq, day, bytes, held_by))?;
        }
        for Seen { account, epoch, sale, place, day, number, amount } in &self.seen {
            db.prepare_cached(
                "INSERT OR IGNORE INTO check_seen(account, epoch, sale, place, day, number, \
                 amount) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((account, epoch, sale, place, day, number, amount))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
