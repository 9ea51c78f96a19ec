//! The reader: journals as they are on the disk, beside a running writer or without one.
//!
//! It never writes, holds no lock, and sees each record from the moment it is durable. Journals
//! that were frozen are read from the plain lines that were kept of them.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::domain::check::limits::Taken;
use crate::domain::ids::{Epoch, JournalId, SaleNo, Seq};
use crate::domain::tender::CheckNumber;
use crate::domain::time::BusinessDate;
use crate::journal::hash::Hash;
use crate::journal::record::{Envelope, Line};
use crate::journal::verify::{Depth, Known, Report, Verifier};

use super::Place;
use super::ack::{self, AckRow};
use super::error::LedgerError;
use super::open::{FileIdentity, connect_to_read, sql_int};
use super::sealed::{self, AccountTag, SealedRow};
use super::tape::TapeLines;
use super::writer::{Pending, pending_from};

const FROZEN_MAX: usize = 1_000;

/// A journal that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRef {
    /// Which.
    pub id: JournalId,
    /// It was given up and is not written any more.
    pub frozen: bool,
    /// 1, or more for the other branches of a forked journal.
    pub branch: u32,
    lines: Option<PathBuf>,
}

/// Reads a ledger's journals.
pub struct Reader {
    conn: Connection,
    path: PathBuf,
    file: Option<FileIdentity>,
    frozen: PathBuf,
}

impl Reader {
    /// Opens a ledger to read.
    ///
    /// # Errors
    /// [`LedgerError`] when there is none, or it can't be read.
    pub fn open(place: &Place) -> Result<Self, LedgerError> {
        let path = place.database();
        if !path.exists() {
            return Err(LedgerError::Nothing { path: place.dir.clone() });
        }
        let conn = connect_to_read(&path)?;
        let file = FileIdentity::at(&path);
        Ok(Self { conn, path, file, frozen: place.frozen() })
    }

    /// All journals of this register that can be read: the current one first, then the frozen
    /// ones. What can't be read of those keeps nobody from the others; [`Self::unreadable`] says
    /// which it is.
    ///
    /// # Errors
    /// [`LedgerError`] when the current one can't be read.
    pub fn journals(&self) -> Result<Vec<JournalRef>, LedgerError> {
        let (journals, unreadable) = self.looked()?;
        for why in unreadable {
            tracing::warn!(%why, "a journal that was given up is left out");
        }
        Ok(journals)
    }

    /// Why frozen journals, or parts of where they lie, can't be read.
    ///
    /// # Errors
    /// [`LedgerError`] when the current one can't be read.
    pub fn unreadable(&self) -> Result<Vec<LedgerError>, LedgerError> {
        Ok(self.looked()?.1)
    }

    fn looked(&self) -> Result<(Vec<JournalRef>, Vec<LedgerError>), LedgerError> {
        let first = self.lines_of_db(Seq(0), 1, usize::MAX)?;
        let mut journals: Vec<JournalRef> = first
            .first()
            .and_then(|line| Envelope::read(line.bytes()).ok().map(|e| e.header.journal))
            .map(|id| JournalRef { id, frozen: false, branch: 1, lines: None })
            .into_iter()
            .collect();
        let (mut paths, mut unreadable) = (Vec::new(), Vec::new());
        let mut kept = |found: Result<Vec<PathBuf>, LedgerError>| {
            found.unwrap_or_else(|why| {
                unreadable.push(why);
                Vec::new()
            })
        };
        for folder in kept(entries(&self.frozen)).into_iter().take(FROZEN_MAX) {
            if folder.is_dir() {
                paths.extend(kept(entries(&folder)).into_iter().filter(|path| is_lines(path)));
            }
        }
        paths.sort();
        for path in paths {
            match first_of(&path) {
                Err(why) => unreadable.push(LedgerError::given_up(&path, why)),
                Ok(None) => {}
                Ok(Some(id)) => {
                    let before = journals.iter().filter(|known| known.id == id).count();
                    let branch = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
                    journals.push(JournalRef { id, frozen: true, branch, lines: Some(path) });
                }
            }
        }
        Ok((journals, unreadable))
    }

    /// Lines of a journal from a place on: at most `max_records`, and no more than `max_bytes`
    /// but for a first line that is longer.
    ///
    /// # Errors
    /// [`LedgerError`] when they can't be read.
    pub fn lines(
        &self,
        journal: &JournalRef,
        from: Seq,
        max_records: usize,
        max_bytes: usize,
    ) -> Result<Vec<Line>, LedgerError> {
        match &journal.lines {
            None => self.lines_of_db(from, max_records, max_bytes),
            Some(path) => lines_of_file(path, from, max_records, max_bytes),
        }
    }

    /// All lines of a journal, handed on so many at a time: a journal of any length is read once,
    /// and never held whole.
    ///
    /// # Errors
    /// [`LedgerError`] when they can't be read; pages before that were handed on.
    pub fn pages(
        &self,
        journal: &JournalRef,
        records: usize,
        take: &mut dyn FnMut(Vec<Line>),
    ) -> Result<(), LedgerError> {
        let records = records.max(1);
        let Some(path) = &journal.lines else {
            let mut from = 0_u64;
            loop {
                let lines = self.lines_of_db(Seq(from), records, usize::MAX)?;
                let Ok(count) = u64::try_from(lines.len()) else { return Ok(()) };
                if count == 0 {
                    return Ok(());
                }
                from = from.saturating_add(count);
                take(lines);
            }
        };
        let mut page = Vec::new();
        each_line(path, &mut |_, line| {
            page.push(Line::from_bytes(line.to_vec()));
            if page.len() >= records {
                take(std::mem::take(&mut page));
            }
            true
        })?;
        if !page.is_empty() {
            take(page);
        }
        Ok(())
    }

    /// The place of a journal's next record.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be read.
    pub fn next_seq(&self, journal: &JournalRef) -> Result<Seq, LedgerError> {
        Ok(self.head(journal)?.0)
    }

    /// The place of a journal's next record, and the hash of its last one.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be read.
    pub fn head(&self, journal: &JournalRef) -> Result<(Seq, Hash), LedgerError> {
        let mut head = (Seq(0), Hash::ZERO);
        if let Some(path) = &journal.lines {
            each_line(path, &mut |seq, line| {
                head = (seq.next(), Hash::of_line(line));
                true
            })?;
            return Ok(head);
        }
        self.still_the_same()?;
        let sql = "SELECT seq, line FROM journal ORDER BY seq DESC LIMIT 1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?));
        match self.conn.query_row(sql, (), row) {
            Ok((seq, line)) => {
                Ok((Seq(u64::try_from(seq).unwrap_or(0)).next(), Hash::of_line(&line)))
            }
            Err(rusqlite::Error::QueryReturnedNoRows) => Ok(head),
            Err(why) => Err(self.failed(why)),
        }
    }

    /// The records of the current journal from a place on: how many, and their sales' money.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be read.
    pub fn pending_from(&self, from: Seq) -> Result<Pending, LedgerError> {
        self.still_the_same()?;
        let next: i64 = self
            .conn
            .query_row("SELECT COALESCE(max(seq) + 1, 0) FROM journal", (), |row| row.get(0))
            .map_err(|why| self.failed(why))?;
        let next = Seq(u64::try_from(next).unwrap_or(0));
        pending_from(&self.conn, from, next).map_err(|why| self.failed(why))
    }

    /// The record of a sale, refund or void of the current journal, by the number on its receipt.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be read.
    pub fn sale_seq(&self, number: SaleNo) -> Result<Option<Seq>, LedgerError> {
        self.still_the_same()?;
        let sql = "SELECT seq FROM sale WHERE number = ?1";
        match self.conn.query_row(sql, (sql_int(number.0),), |row| row.get::<_, i64>(0)) {
            Ok(seq) => Ok(Some(Seq(seq.unsigned_abs()))),
            Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
            Err(why) => Err(self.failed(why)),
        }
    }

    /// Central's last acknowledgement of a journal.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be read.
    pub fn last_ack(&self, journal: &JournalRef) -> Result<Option<AckRow>, LedgerError> {
        self.still_the_same()?;
        ack::read(&self.conn, journal.id.epoch).map_err(|why| self.failed(why))
    }

    /// What was taken from an account on a day, and the sale that this very check paid.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be read.
    pub fn account_seen(
        &self,
        account: AccountTag,
        number: &CheckNumber,
        day: BusinessDate,
    ) -> Result<(Taken, Option<SaleNo>), LedgerError> {
        let taken = sealed::exposure(&self.conn, Some(account), day);
        let taken = taken.map_err(|why| self.failed(why))?.account;
        let same = sealed::taken_with(&self.conn, account, number);
        Ok((taken, same.map_err(|why| self.failed(why))?))
    }

    /// Sealed data of a journal that this central does not hold yet, at most `count` rows.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be read.
    pub fn sealed_not_held(
        &self,
        epoch: Epoch,
        central: &str,
        count: usize,
    ) -> Result<Vec<SealedRow>, LedgerError> {
        self.still_the_same()?;
        sealed::not_held(&self.conn, epoch, central, count).map_err(|why| self.failed(why))
    }

    /// Sealed data of a journal's records from a place on, with its day, whoever else holds it.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be read.
    pub fn sealed_from(
        &self,
        epoch: Epoch,
        from: Seq,
    ) -> Result<Vec<(BusinessDate, SealedRow)>, LedgerError> {
        self.still_the_same()?;
        sealed::from_seq(&self.conn, epoch, from).map_err(|why| self.failed(why))
    }

    /// Verifies a journal; `progress` is told how many records were read, every so often.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be read; what is wrong with its records is in the report.
    pub fn verify(
        &self,
        journal: &JournalRef,
        depth: Depth,
        known: Known,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Report, LedgerError> {
        let mut verifier = Verifier::new(depth, known);
        let mut read: u64 = 0;
        let mut push = |line: &[u8]| {
            verifier.push(line);
            read = read.saturating_add(1);
            if read.is_multiple_of(256) {
                progress(read);
            }
        };
        match &journal.lines {
            Some(path) => each_line(path, &mut |_, line| {
                push(line);
                true
            })?,
            None => {
                self.still_the_same()?;
                let failed = |why| self.failed(why);
                let mut lines = self
                    .conn
                    .prepare_cached("SELECT line FROM journal ORDER BY seq")
                    .map_err(failed)?;
                let mut rows = lines.query(()).map_err(failed)?;
                while let Some(row) = rows.next().map_err(failed)? {
                    let line = row.get_ref(0).and_then(|value| Ok(value.as_blob()?));
                    push(line.map_err(failed)?);
                }
            }
        }
        progress(read);
        Ok(verifier.finish())
    }

    fn lines_of_db(
        &self,
        from: Seq,
        max_records: usize,
        max_bytes: usize,
    ) -> Result<Vec<Line>, LedgerError> {
        self.still_the_same()?;
        let failed = |why| self.failed(why);
        let mut select = self
            .conn
            .prepare_cached("SELECT seq, line FROM journal WHERE seq >= ?1 ORDER BY seq LIMIT ?2")
            .map_err(failed)?;
        let limit = i64::try_from(max_records).unwrap_or(i64::MAX);
        let mut rows = select.query((sql_int(from.0), limit)).map_err(failed)?;
        let (mut lines, mut bytes) = (Vec::new(), 0_usize);
        while let Some(row) = rows.next().map_err(failed)? {
            let line: Vec<u8> = row.get(1).map_err(failed)?;
            bytes = bytes.saturating_add(line.len());
            if bytes > max_bytes && !lines.is_empty() {
                break;
            }
            lines.push(Line::from_bytes(line));
        }
        Ok(lines)
    }

    /// A database that was built again is another file; what this reader holds is the old one.
    /// False once another database lies where this one was.
    pub fn is_current(&self) -> bool {
        FileIdentity::at(&self.path) == self.file
    }

    fn still_the_same(&self) -> Result<(), LedgerError> {
        if self.is_current() {
            Ok(())
        } else {
            Err(LedgerError::FileReplaced { path: self.path.clone() })
        }
    }

    fn failed(&self, why: rusqlite::Error) -> LedgerError {
        LedgerError::sqlite(&self.path, "reading records", why)
    }
}

/// Whose lines these are, by the first of them.
fn first_of(path: &Path) -> std::io::Result<Option<JournalId>> {
    let first = TapeLines::open(path)?.next_record()?;
    Ok(first.and_then(|(_, line)| Envelope::read(&line).ok().map(|one| one.header.journal)))
}

fn lines_of_file(
    path: &Path,
    from: Seq,
    max_records: usize,
    max_bytes: usize,
) -> Result<Vec<Line>, LedgerError> {
    let (mut lines, mut bytes) = (Vec::new(), 0_usize);
    each_line(path, &mut |seq, line| {
        if seq < from {
            return true;
        }
        bytes = bytes.saturating_add(line.len());
        if lines.len() >= max_records || (bytes > max_bytes && !lines.is_empty()) {
            return false;
        }
        lines.push(Line::from_bytes(line.to_vec()));
        true
    })?;
    Ok(lines)
}

/// Hands on each line of a frozen journal, with its place, until told to stop.
fn each_line(path: &Path, take: &mut dyn FnMut(Seq, &[u8]) -> bool) -> Result<(), LedgerError> {
    let failed = |why| LedgerError::given_up(path, why);
    let mut reader = BufReader::new(fs::File::open(path).map_err(failed)?);
    let mut seq = Seq(0);
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(failed)? == 0 || line == b"\n" {
            return Ok(());
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let place = Envelope::read(text).map_or(seq, |envelope| envelope.header.seq);
        if !take(place, text) {
            return Ok(());
        }
        seq = place.next();
    }
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>, LedgerError> {
    let failed = |why| LedgerError::given_up(dir, why);
    let found = match fs::read_dir(dir) {
        Ok(found) => found,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(failed(why)),
    };
    let mut paths = Vec::new();
    for entry in found {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn is_lines(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.starts_with("lines-") && name.ends_with(".jsonl"))
}

#[cfg(test)]
mod tests;
