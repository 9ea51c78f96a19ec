//! The anchor: how far the journal had come, kept apart from it, so that a ledger that lost its
//! end, or was replaced by an older copy, is noticed.
//!
//! ```text
//!  anchor-<store>-<register>   [ slot 0, 512 bytes ][ slot 1, 512 bytes ]   written in turn
//!  slot: tideover anchor v1 <count> <store> <register> <epoch> <next_seq> <head> <checksum>\n
//! ```
//!
//! Written after each commit and not waited for: a power cut may leave it behind the journal,
//! never ahead of it. Two slots, a sector each, so that a torn write leaves the other.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use crate::journal::hash::{Hash, from_hex};

use super::Identity;

const SLOT: usize = 512;
const TITLE: &str = "tideover anchor v1";

/// How far a journal had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The journal.
    pub journal: JournalId,
    /// The next record's place.
    pub next_seq: Seq,
    /// The last record's hash.
    pub head: Hash,
}

/// The open anchor file.
#[derive(Debug)]
pub struct Anchor {
    file: File,
    count: u64,
}

/// The anchor of a register.
pub fn path(dir: &Path, identity: Identity) -> PathBuf {
    dir.join(format!("anchor-{}-{}", identity.store, identity.register))
}

/// The last mark, and how many were written; none when the file is missing or both slots are
/// damaged.
///
/// # Errors
/// What the system says, but for a missing file.
pub fn read(path: &Path) -> io::Result<Option<(u64, Mark)>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(why),
    };
    let mut last: Option<(u64, Mark)> = None;
    for start in [0, SLOT] {
        let mut slot = [0; SLOT];
        let start = u64::try_from(start).unwrap_or(0);
        let mark = file.read_exact_at(&mut slot, start).ok().and_then(|()| parse(&slot));
        if let Some((count, mark)) = mark
            && last.is_none_or(|(seen, _)| count > seen)
        {
            last = Some((count, mark));
        }
    }
    Ok(last)
}

impl Anchor {
    /// Opens the file to write marks after the last one.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        let count = read(path)?.map_or(0, |(count, _)| count);
        let is_new = !path.exists();
        let file =
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        if is_new && let Some(dir) = path.parent() {
            File::open(dir)?.sync_all()?;
        }
        Ok(Self { file, count })
    }

    /// Writes a mark over the older of the two.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&mut self, mark: &Mark) -> io::Result<()> {
        let count = self.count.saturating_add(1);
        let start = if count.is_multiple_of(2) { 0 } else { u64::try_from(SLOT).unwrap_or(0) };
        self.file.write_all_at(&slot(count, mark), start)?;
        self.count = count;
        Ok(())
    }

    /// Waits until the disk holds it: where a journal begins or ends, not after each record.
    ///
    /// # Errors
    /// What the system says.
    pub fn flush(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

fn slot(count: u64, mark: &Mark) -> Vec<u8> {
    let JournalId { store, register, epoch } = mark.journal;
    let (next_seq, head) = (mark.next_seq, mark.head);
    let said = format!("{TITLE} {count} {store} {register} {epoch} {next_seq} {head} ");
    let mut slot = format!("{said}{}\n", Hash::of_bytes(said.as_bytes())).into_bytes();
    slot.resize(SLOT, b'\n');
    slot
}

fn parse(slot: &[u8]) -> Option<(u64, Mark)> {
    let text = std::str::from_utf8(slot).ok()?;
    let line = text.split('\n').next()?;
    let (said, sum) = line.rsplit_once(' ')?;
    if Hash::parse(sum)? != Hash::of_parts(&[said.as_bytes(), b" "]) {
        return None;
    }
    let mut words = said.strip_prefix(TITLE)?.strip_prefix(' ')?.split(' ');
    let count = words.next()?.parse().ok()?;
    let journal = JournalId {
        store: StoreNo(words.next()?.parse().ok()?),
        register: RegisterNo(words.next()?.parse().ok()?),
        epoch: Epoch(from_hex(words.next()?)?),
    };
    let next_seq = Seq(words.next()?.parse().ok()?);
    let head = Hash::parse(words.next()?)?;
    Some((count, Mark { journal, next_seq, head }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(next_seq: u64) -> Mark {
        let journal =
            JournalId { store: StoreNo(1042), register: RegisterNo(7), epoch: Epoch([9; 8]) };
        Mark { journal, next_seq: Seq(next_seq), head: Hash([3; 32]) }
    }

    #[test]
    fn of_two_slots_the_one_that_was_written_later_counts() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("anchor");
        for (first, second, wanted) in [
            ((5, 50), (6, 60), (6, 60)),
            ((6, 60), (5, 50), (6, 60)),
            // As no program writes it: nothing tells them apart.
            ((5, 50), (5, 60), (5, 50)),
        ] {
            let bytes = [slot(first.0, &mark(first.1)), slot(second.0, &mark(second.1))].concat();
            assert_eq!(bytes.len(), 2 * SLOT);
            std::fs::write(&path, bytes).expect("written");
            let found = read(&path).expect("read").expect("a mark");
            assert_eq!(found, (wanted.0, mark(wanted.1)));
        }
        assert!(read(&path.join("below")).is_err(), "what can't be read is not a missing one");
        assert!(Anchor::open(&dir.path().join("nowhere/anchor")).is_err());
    }

    #[test]
    fn marks_are_written_in_turn_and_the_last_two_are_there() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = path(dir.path(), Identity { store: StoreNo(1042), register: RegisterNo(7) });
        assert!(path.ends_with("anchor-1042-7"));
        let mut anchor = Anchor::open(&path).expect("open");
        for count in 1..=5 {
            anchor.write(&mark(count)).expect("write");
            let bytes = std::fs::read(&path).expect("bytes");
            let slots: Vec<_> = bytes.chunks(SLOT).filter_map(parse).map(|(n, _)| n).collect();
            let before = count.checked_sub(1).filter(|before| *before > 0);
            let mut wanted: Vec<u64> = before.into_iter().chain([count]).collect();
            wanted.sort_by_key(|count| count % 2);
            assert_eq!(slots, wanted);
        }
        anchor.flush().expect("flushed");
    }

    #[test]
    fn the_last_mark_is_read_and_a_damaged_one_gives_way_to_the_one_before() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("anchor");
        assert_eq!(read(&path).expect("read"), None);
        let mut anchor = Anchor::open(&path).expect("open");
        anchor.write(&mark(1)).expect("write");
        anchor.write(&mark(2)).expect("write");
        drop(anchor);
        let mut anchor = Anchor::open(&path).expect("open again");
        anchor.write(&mark(3)).expect("write");
        let whole = std::fs::read(&path).expect("bytes");
        assert_eq!(read(&path).expect("read"), Some((3, mark(3))));
        let line_len = slot(3, &mark(3)).iter().position(|b| *b == b'\n').expect("a line");
        for place in 0..line_len {
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[SLOT + place] ^= 1 << bit;
                std::fs::write(&path, bytes).expect("damage");
                assert_eq!(read(&path).expect("read"), Some((2, mark(2))), "{place} {bit}");
            }
        }
    }
}
