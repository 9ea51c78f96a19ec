//! Where journals are read from, to be handed to a central: another central's folder, a
//! register's, or a bundle on a stick.

use std::path::Path;

use super::bundle::told::{NotUsed, Part, read_bundle};
use super::central::existing;
use super::output::Failure;
use crate::central::backend::Backend;
use crate::central::store::Store;
use crate::device::reader::Reader as StickReader;
use crate::domain::event::Lifetime;
use crate::domain::ids::{JournalId, Seq};
use crate::journal::hash::Hash;
use crate::journal::record::Envelope;
use crate::ledger::{JournalRef, Reader};
use crate::register::settings::DataDir;

const BYTES_A_READ: usize = 1024 * 1024;

/// A journal, or the stretch of it that is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Journal {
    /// Which.
    pub id: JournalId,
    /// The first record that is here.
    pub first: Seq,
    /// The hash of the record before it.
    pub prev: Hash,
    /// The record after the last one.
    pub next_seq: Seq,
    /// Lifetime totals after the last one.
    pub lifetime: Lifetime,
}

/// Gives journals and their lines.
pub trait JournalSource {
    /// All journals.
    ///
    /// # Errors
    /// [`Failure`].
    fn journals(&mut self) -> Result<Vec<Journal>, Failure>;

    /// Lines of a journal from a place on, at most `count`.
    ///
    /// # Errors
    /// [`Failure`].
    fn lines(
        &mut self,
        journal: &Journal,
        from: Seq,
        count: usize,
    ) -> Result<Vec<Vec<u8>>, Failure>;

    /// Sealed data that goes with them, as its registers signed it.
    ///
    /// # Errors
    /// [`Failure`].
    fn sealed(&mut self) -> Result<Vec<Vec<u8>>, Failure> {
        Ok(Vec::new())
    }
}

/// Opens what lies in a folder.
///
/// # Errors
/// [`Failure`] when it is none of the three.
pub fn open(folder: &Path) -> Result<Box<dyn JournalSource>, Failure> {
    // The reader looks first: a stick is not even looked at from here.
    match read_bundle(&StickReader::this_program()?, folder, None) {
        Ok(bundle) => return Ok(Box::new(OfBundle(bundle.parts))),
        // A folder without a manifest, or a link to one: a central's or a register's, perhaps.
        Err(NotUsed::NoBundle(why)) => {
            let is_one = folder.join(crate::sync::bundle::MANIFEST).exists();
            if is_one && !Backend::is_in(folder) {
                return Err(why.into());
            }
        }
        Err(why) => return Err(why.into()),
    }
    if Backend::is_in(folder) {
        return Ok(Box::new(OfCentral(existing(folder)?)));
    }
    let data = DataDir(folder.to_owned());
    let settings = data.settings()?;
    Ok(Box::new(OfRegister { reader: Reader::open(&data.place(&settings))?, found: Vec::new() }))
}

struct OfCentral(Box<dyn Store>);

impl JournalSource for OfCentral {
    fn journals(&mut self) -> Result<Vec<Journal>, Failure> {
        let rows = self.0.journals(None)?;
        let journal = |row: crate::central::store::JournalRow| Journal {
            id: row.journal,
            first: Seq(0),
            prev: Hash::ZERO,
            next_seq: row.position.next_seq,
            lifetime: row.received,
        };
        Ok(rows.into_iter().map(journal).collect())
    }

    fn lines(
        &mut self,
        journal: &Journal,
        from: Seq,
        count: usize,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        Ok(self.0.lines(&journal.id, from, count)?)
    }
}

struct OfRegister {
    reader: Reader,
    found: Vec<JournalRef>,
}

impl JournalSource for OfRegister {
    fn journals(&mut self) -> Result<Vec<Journal>, Failure> {
        self.found = self.reader.journals()?;
        // The other branches of a frozen journal go by 'bundle export'; central keeps them apart.
        self.found.retain(|journal| journal.branch == 1);
        let mut journals = Vec::new();
        for found in &self.found {
            let (next_seq, _) = self.reader.head(found)?;
            let last = match next_seq.0.checked_sub(1) {
                Some(last) => self.reader.lines(found, Seq(last), 1, BYTES_A_READ)?,
                None => Vec::new(),
            };
            let last = last.first().and_then(|line| Envelope::read(line.bytes()).ok());
            journals.push(Journal {
                id: found.id,
                first: Seq(0),
                prev: Hash::ZERO,
                next_seq,
                lifetime: last.map_or_else(Lifetime::default, |last| last.header.lifetime),
            });
        }
        Ok(journals)
    }

    fn lines(
        &mut self,
        journal: &Journal,
        from: Seq,
        count: usize,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let found = self.found.iter().find(|found| found.id == journal.id);
        let Some(found) = found else { return Ok(Vec::new()) };
        let lines = self.reader.lines(found, from, count, BYTES_A_READ)?;
        Ok(lines.into_iter().map(|line| line.into_bytes()).collect())
    }
}

struct OfBundle(Vec<Part>);

impl JournalSource for OfBundle {
    fn journals(&mut self) -> Result<Vec<Journal>, Failure> {
        Ok(self.0.iter().filter_map(Part::journal).collect())
    }

    fn lines(
        &mut self,
        journal: &Journal,
        from: Seq,
        count: usize,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let part = self.0.iter().find(|part| part.journal().as_ref() == Some(journal));
        let Some(part) = part else { return Ok(Vec::new()) };
        let skipped = usize::try_from(from.0.saturating_sub(journal.first.0)).unwrap_or(usize::MAX);
        Ok(part.lines().skip(skipped).take(count).map(<[u8]>::to_vec).collect())
    }

    fn sealed(&mut self) -> Result<Vec<Vec<u8>>, Failure> {
        let sealed = self.0.iter().filter(|part| part.journal().is_none());
        Ok(sealed.flat_map(|part| part.lines().map(<[u8]>::to_vec)).collect())
    }
}
