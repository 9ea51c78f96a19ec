//! What stands in the files of a drill: receipts beside their records, and numbers that must stand
//! nowhere.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::domain::ids::{Epoch, OutageId, Seq};
use crate::journal::hash::from_hex;

use super::gather::Gathered;

/// Folders within folders that are looked into.
const DEPTH_MAX: usize = 8;
const CHUNK: usize = 64 * 1024;

/// What the receipts of a drill's registers say.
#[derive(Clone, Debug, Default)]
pub struct Papers {
    /// Receipts, refunds and voids on paper.
    pub papers: u64,
    /// Those whose record is not in its journal, with the first one's proof.
    pub without_record: (u64, Option<String>),
    /// Those of an outage.
    pub in_outage: u64,
    /// Those of an outage that do not name it.
    pub unmarked: u64,
    /// The first outage's name.
    pub outage: Option<OutageId>,
    /// X reports.
    pub x_reports: u64,
}

impl Papers {
    /// Reads a register's receipts.
    ///
    /// # Errors
    /// The system's, when the file is there and can't be read.
    pub fn take(&mut self, file: &Path, records: &Gathered) -> io::Result<()> {
        let text = match std::fs::read(file) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for paper in text.split('\u{c}') {
            let title = |line: &str| line.trim().strip_prefix("X ").map(str::parse::<u32>);
            if paper.lines().filter_map(title).any(|number| number.is_ok()) {
                self.x_reports = self.x_reports.saturating_add(1);
            }
            let proofs = paper.split_whitespace().filter_map(proof);
            for (place, start) in proofs {
                self.one(paper, place, start, records);
            }
        }
        Ok(())
    }

    fn one(&mut self, paper: &str, place: (Epoch, Seq), start: [u8; 8], records: &Gathered) {
        let of_sale = records.papers.get(&place);
        let next = records.journals.get(&place.0).map_or(Seq(0), |journal| journal.next);
        if of_sale.is_none() && place.1 < next {
            return; // A slip bears the proof of a record that is no sale.
        }
        self.papers = self.papers.saturating_add(1);
        match of_sale.filter(|(hash, _)| hash.0.starts_with(&start)) {
            None => {
                self.without_record.0 = self.without_record.0.saturating_add(1);
                self.without_record.1.get_or_insert(format!("{}-{}", place.0, place.1));
            }
            Some((_, Some(outage))) => {
                self.in_outage = self.in_outage.saturating_add(1);
                let marked = paper.contains(outage.as_str());
                self.unmarked = self.unmarked.saturating_add(u64::from(!marked));
                self.outage.get_or_insert_with(|| outage.clone());
            }
            Some((_, None)) => {}
        }
    }
}

/// Journal, place and the first 16 digits of a hash.
fn proof(word: &str) -> Option<((Epoch, Seq), [u8; 8])> {
    let mut parts = word.split('-');
    let (epoch, seq, hash) = (parts.next()?, parts.next()?, parts.next()?);
    let place = (Epoch(from_hex(epoch)?), Seq(seq.parse().ok()?));
    parts.next().is_none().then_some((place, from_hex(hash)?))
}

/// Looks for bytes in every file below a folder: how many files were looked at, and the first one
/// that holds them.
///
/// # Errors
/// The system's, when a folder or file can't be read.
pub fn find(folder: &Path, bytes: &[u8]) -> io::Result<(u64, Option<PathBuf>)> {
    let mut looked = 0_u64;
    let mut folders = vec![(folder.to_owned(), 0_usize)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() && depth < DEPTH_MAX {
                folders.push((entry.path(), depth.saturating_add(1)));
            } else if kind.is_file() {
                looked = looked.saturating_add(1);
                if holds(&entry.path(), bytes)? {
                    return Ok((looked, Some(entry.path())));
                }
            }
        }
    }
    Ok((looked, None))
}

fn holds(file: &Path, bytes: &[u8]) -> io::Result<bool> {
    let mut file = match File::open(file) {
        // Files come and go while a database works.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    let overlap = bytes.len().saturating_sub(1);
    let mut window: Vec<u8> = Vec::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            return Ok(false);
        }
        window.extend_from_slice(chunk.get(..read).unwrap_or_default());
        if window.windows(bytes.len().max(1)).any(|part| part == bytes) {
            return Ok(true);
        }
        let keep = window.len().saturating_sub(overlap);
        window.drain(..keep);
    }
}
