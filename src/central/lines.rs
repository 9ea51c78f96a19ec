//! Plain record lines, as an exported file or a stick brings them, into runs that can be stored.
//!
//! Nobody signed the file, so each record has to speak for itself:
//!
//! ```text
//!  lines ─▶ runs: one journal, dense, each chained to the one before
//!        ─▶ a run counts up to its last record whose own signature holds; a later record's `prev`
//!           vouches for an unsigned or unreadable one before it
//!        ─▶ what nobody vouches for is named in the answer, and not stored
//! ```

use crate::domain::ids::{JournalId, Seq};
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::journal::record::Envelope;
use crate::sync::segment::{Run, join, opened, pack, read_run};
use crate::sync::wire::SEGMENT_RECORDS_MAX;

/// What was found in a body of lines.
#[derive(Debug, Default)]
pub struct Sorted {
    /// Runs that are vouched for.
    pub runs: Vec<Run>,
    /// Lines that are not, in words with their number.
    pub refused: Vec<String>,
    /// How many.
    pub refused_count: u64,
}

const REFUSED_MAX: usize = 100;

struct Draft<'a> {
    journal: JournalId,
    from: Seq,
    prev: Hash,
    first_line: usize,
    /// Lines with their hash.
    lines: Vec<(&'a [u8], Hash)>,
    /// How many of them are vouched for.
    vouched: usize,
    key: Option<PublicKey>,
    /// The keys that may.
    may: Vec<PublicKey>,
}

/// Sorts lines into runs. `keys` gives the keys that may speak for a journal.
pub fn sort<E>(
    body: &[u8],
    mut keys: impl FnMut(&JournalId) -> Result<Vec<PublicKey>, E>,
) -> Result<Sorted, E> {
    let mut sorted = Sorted::default();
    let mut draft: Option<Draft<'_>> = None;
    // A journal that begins in this file speaks for its later records in it.
    let mut learned: Vec<(JournalId, PublicKey)> = Vec::new();
    for (place, line) in body.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        let hash = Hash::of_line(line);
        let Ok(envelope) = Envelope::read(line) else {
            // It stays in its place for now; the next record tells whether it belongs there.
            match &mut draft {
                Some(draft) if draft.lines.len() < SEGMENT_RECORDS_MAX => {
                    draft.lines.push((line, hash));
                }
                _ => sorted.refuse(place, "it is not a record"),
            }
            continue;
        };
        let header = &envelope.header;
        let continues = draft.as_ref().is_some_and(|draft| {
            draft.journal == header.journal
                && draft.next() == header.seq
                && draft.head() == header.prev
                && draft.lines.len() < SEGMENT_RECORDS_MAX
        });
        if !continues {
            sorted.finish(draft.take());
            if header.seq == Seq(0)
                && let Some((key, true)) = opened(&envelope)
                && !learned.contains(&(header.journal, key))
            {
                learned.push((header.journal, key));
            }
            let mut may = keys(&header.journal)?;
            may.extend(learned.iter().filter(|(id, _)| *id == header.journal).map(|(_, k)| *k));
            draft = Some(Draft {
                journal: header.journal,
                from: header.seq,
                prev: header.prev,
                first_line: place,
                lines: Vec::new(),
                vouched: 0,
                key: None,
                may,
            });
        }
        if let Some(draft) = &mut draft {
            draft.lines.push((line, hash));
            if draft.key.is_none() {
                draft.key = draft.may.iter().copied().find(|key| envelope.is_signed_by(key));
            }
            if draft.key.is_some_and(|key| envelope.is_signed_by(&key)) {
                draft.vouched = draft.lines.len();
            }
        }
    }
    sorted.finish(draft.take());
    Ok(sorted)
}

impl Draft<'_> {
    fn next(&self) -> Seq {
        Seq(self.from.0.saturating_add(u64::try_from(self.lines.len()).unwrap_or(u64::MAX)))
    }

    fn head(&self) -> Hash {
        self.lines.last().map_or(self.prev, |(_, hash)| *hash)
    }
}

impl Sorted {
    fn finish(&mut self, draft: Option<Draft<'_>>) {
        let Some(draft) = draft else { return };
        let (vouched, rest) =
            draft.lines.split_at_checked(draft.vouched).unwrap_or((&[], &draft.lines));
        for (place, _) in rest.iter().enumerate() {
            let line = draft.first_line.saturating_add(vouched.len()).saturating_add(place);
            self.refuse(
                line,
                "nobody vouches for it: its own signature does not hold, and no later record in \
                 this file follows it",
            );
        }
        let (Some(key), false) = (draft.key, vouched.is_empty()) else { return };
        let raw = join(vouched.iter().map(|(line, _)| *line));
        let read = read_run(&raw, draft.journal, draft.from, draft.prev);
        let (Ok(read), Ok(blob)) = (read, pack(&raw)) else {
            return self.refuse(draft.first_line, "its run can't be read");
        };
        self.runs.push(Run {
            journal: draft.journal,
            key,
            prev: draft.prev,
            records: read.records,
            header: None,
            raw_len: u64::try_from(raw.len()).unwrap_or(0),
            blob,
            opened_by: read.opened_by,
        });
    }

    fn refuse(&mut self, place: usize, why: &str) {
        self.refused_count = self.refused_count.saturating_add(1);
        if self.refused.len() < REFUSED_MAX {
            self.refused.push(format!("line {}: {why}", place.saturating_add(1)));
        }
    }
}
