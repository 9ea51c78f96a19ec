//! Whether a copy of central's database is whole: every record's bytes are there and are the ones
//! that were signed and chained, and nothing that central acknowledged at that time is missing.
//!
//! ```text
//!  copy ─▶ SQLite's own look at its pages
//!       ─▶ each segment: sealed header, digest, chain  ─▶ each of its records is listed
//!       ─▶ each branch ends where its records end      ─▶ the central it came from holds that end
//! ```
//!
//! What is derived (sales, totals, exceptions) is not compared: after a restore central derives it
//! again. Nothing is written, and the copy is not touched.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::domain::ids::{JournalId, Seq};
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::journal::record::Envelope;
use crate::sync::segment::{self, NotASegment, Stub, read_run, unpack};
use crate::sync::wire::RAW_LEN_MAX;

use super::sqlite::copy::{CopiedSegment, SqliteCopy};
use super::store::{Store, StoreError};

/// The most faults that are told one by one.
const FAULTS_MAX: usize = 20;

/// What a look at a copy found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BackupCheck {
    /// The copy.
    pub file: PathBuf,
    /// Everything that was looked at is there and is what it should be.
    pub whole: bool,
    /// Journals in it.
    pub journals: u64,
    /// Records in it.
    pub records: u64,
    /// Deliveries in it.
    pub segments: u64,
    /// Records that came without a good signature of their own, and are kept as they came.
    pub unsigned: u64,
    /// Records that the running central holds beyond it; none when there was nothing to compare.
    pub behind: Option<u64>,
    /// How many faults there are.
    pub fault_count: u64,
    /// The first of them, in words.
    pub faults: Vec<String>,
}

impl BackupCheck {
    fn fault(&mut self, words: String) {
        self.fault_count = self.fault_count.saturating_add(1);
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(words);
        }
    }
}

/// Looks at a copy; compares it with a central where one is given.
///
/// # Errors
/// [`StoreError`] when there is no such file, or the central can't be read. A copy that can't be
/// read is none of these: that is found.
pub fn check(file: &Path, live: Option<Box<dyn Store>>) -> Result<BackupCheck, StoreError> {
    std::fs::File::open(file)?;
    let mut check = BackupCheck { file: file.to_owned(), ..BackupCheck::default() };
    let ends = look(file, &mut check).unwrap_or_else(|why| {
        check.fault(format!("it can't be read to its end: {}", cause_of(&why)));
        BTreeMap::new()
    });
    if let Some(mut live) = live {
        compare(&ends, live.as_mut(), &mut check)?;
    }
    check.whole = check.fault_count == 0;
    Ok(check)
}

/// The database's own words; who is told here what follows from them is not a register.
fn cause_of(why: &StoreError) -> String {
    match why {
        StoreError::Database(cause) => cause.to_string(),
        other => other.to_string(),
    }
}

/// Where each journal's first branch ends.
type Ends = BTreeMap<JournalId, (Seq, Hash)>;

fn look(file: &Path, check: &mut BackupCheck) -> Result<Ends, StoreError> {
    let mut beside = file.as_os_str().to_owned();
    beside.push("-wal");
    let beside = PathBuf::from(beside);
    if std::fs::metadata(&beside).is_ok_and(|log| log.len() > 0) {
        check.fault(format!(
            "{} stands beside it: it was copied by other means than 'back-up', and may lack what \
             is in there",
            beside.display()
        ));
    }
    let copy = SqliteCopy::open(file)?;
    for words in copy.damage()? {
        check.fault(format!("SQLite says: {words}"));
    }
    let mut ends = BTreeMap::new();
    for (journal, key) in copy.journals()? {
        check.journals = check.journals.saturating_add(1);
        let key = PublicKey::from_bytes(key).ok();
        if key.is_none() {
            check.fault(format!("{journal}: its key is none"));
        }
        let listed = copy.records(&journal)?;
        let mut held = BTreeSet::new();
        let segments = copy.segments(&journal, &mut |segment| {
            look_at_segment(&journal, key.as_ref(), &segment, &listed, &mut held, check);
        })?;
        check.segments = check.segments.saturating_add(segments);
        check.records = check.records.saturating_add(count(listed.len()));
        let lost: Vec<Seq> =
            listed.keys().filter(|place| !held.contains(*place)).map(|(seq, _)| *seq).collect();
        if let Some(first) = lost.first() {
            let lost = lost.len();
            check.fault(format!("{journal}: {lost} records from {first} on have no bytes"));
        }
        for branch in copy.branches(&journal)? {
            let own = listed.values().filter(|of| **of == branch.branch).count();
            let said = branch.next.0.saturating_sub(branch.from.0);
            let last = branch.next.0.checked_sub(1).map(Seq);
            let head = last.is_some_and(|last| listed.contains_key(&(last, branch.head)));
            if count(own) != said || !head {
                let next = branch.next;
                check.fault(format!(
                    "{journal}: it should hold {said} records up to {next}, and holds {own}"
                ));
            }
            if branch.branch == 0 {
                ends.insert(journal, (branch.next, branch.head));
            }
        }
    }
    Ok(ends)
}

fn look_at_segment(
    journal: &JournalId,
    key: Option<&PublicKey>,
    segment: &CopiedSegment,
    listed: &BTreeMap<(Seq, Hash), i64>,
    held: &mut BTreeSet<(Seq, Hash)>,
    check: &mut BackupCheck,
) {
    let (from, to) = (segment.from, segment.to);
    let (records, raw) = match verified(journal, segment) {
        Ok(verified) => verified,
        Err(why) => {
            let why = words_of(&why);
            check.fault(format!("{journal}: records {from} to {to} can't be verified: {why}"));
            return;
        }
    };
    let signed = |line: &[u8]| {
        let envelope = Envelope::read(line).ok();
        envelope.zip(key).is_some_and(|(envelope, key)| envelope.is_signed_by(key))
    };
    let unsigned = raw.split(|byte| *byte == b'\n').filter(|line| !signed(line)).count();
    check.unsigned = check.unsigned.saturating_add(count(unsigned));
    let parked = segment.branch < 0;
    for Stub { seq, hash, .. } in records {
        let place = (seq, hash);
        if !parked && !listed.contains_key(&place) {
            check.fault(format!("{journal}: record {seq} is there and not listed"));
        }
        held.insert(place);
    }
}

/// The records of a segment and their lines, if all of it is what was signed and chained.
fn verified(
    journal: &JournalId,
    segment: &CopiedSegment,
) -> Result<(Vec<Stub>, Vec<u8>), NotASegment> {
    let len = usize::try_from(segment.raw_len).unwrap_or(usize::MAX);
    if len > RAW_LEN_MAX {
        return Err(NotASegment::TooLarge("unpacked"));
    }
    let records = if let Some(header) = &segment.header {
        let whole = [header.as_slice(), b"\n", &segment.blob].concat();
        let run = segment::open(&whole)?;
        if run.journal != *journal || run.prev != segment.prev {
            return Err(NotASegment::Header("it is of another journal or place"));
        }
        run.records
    } else {
        read_run(&unpack(&segment.blob, len)?, *journal, segment.from, segment.prev)?.records
    };
    let ends = records.first().map(|stub| stub.seq) == Some(segment.from)
        && records.last().map(|stub| (stub.seq, stub.hash)) == Some((segment.to, segment.head));
    if !ends {
        return Err(NotASegment::Chain("they begin or end elsewhere than is listed".to_owned()));
    }
    Ok((records, unpack(&segment.blob, len)?))
}

/// In a copy nothing is on its way any more, so the words for senders do not fit.
fn words_of(why: &NotASegment) -> String {
    match why {
        NotASegment::Seal(_) | NotASegment::Key(_) => {
            "their signature is not that of their register".to_owned()
        }
        NotASegment::NoHeader | NotASegment::Header(_) => "their header is damaged".to_owned(),
        NotASegment::TooLarge(_) => "their length is damaged".to_owned(),
        NotASegment::Blob | NotASegment::Unpack => "their bytes are damaged".to_owned(),
        NotASegment::Chain(why) => format!("they are not one chain: {why}"),
    }
}

fn compare(ends: &Ends, live: &mut dyn Store, check: &mut BackupCheck) -> Result<(), StoreError> {
    let rows = live.journals(None)?;
    let held: BTreeMap<JournalId, Seq> =
        rows.iter().map(|row| (row.journal, row.position.next_seq)).collect();
    let mut behind = held.values().map(|next| next.0).sum::<u64>();
    for (journal, (next, head)) in ends {
        behind = behind.saturating_sub(next.0);
        let Some(last) = next.0.checked_sub(1).map(Seq) else { continue };
        if live.stage_of(journal, last, head)?.is_none() {
            check.fault(format!(
                "{journal}: the central it is compared with does not hold its record {last}; the \
                 copy is another central's, or that one was put back to an older copy since"
            ));
        }
    }
    check.behind = Some(behind);
    Ok(())
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
