//! Plain record lines, as an exported file or a stick brings them, into runs that can be stored.
//!
//! Nobody signed the file, so each record has to speak for itself:
//!
//! ```text
//!  lines ─▶ stretches: one journal, dense, each chained to the one before
//!        ─▶ the keys of all their journals, asked for once
//!        ─▶ a run counts up to its last record whose own signature holds; a later record's `prev`
//!           vouches for an unsigned or unreadable one before it
//!        ─▶ what nobody vouches for is named in the answer, and not stored
//! ```

use std::collections::{BTreeMap, BTreeSet};

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

/// The journals that one body may have lines of: a store's registers have fewer.
pub const JOURNALS_MAX: usize = 256;
const REFUSED_MAX: usize = 100;

/// The keys that may speak for each journal.
pub type KeysOf = BTreeMap<JournalId, Vec<PublicKey>>;

/// Lines that were not taken: how many, and why the first ones were not.
#[derive(Default)]
struct Refused {
    why: BTreeMap<usize, &'static str>,
    count: u64,
}

/// A stretch of lines that follow one another.
struct Draft<'a> {
    journal: JournalId,
    from: Seq,
    prev: Hash,
    first_line: usize,
    /// Lines with their hash; none stands for one that can't be read.
    lines: Vec<(&'a [u8], Hash, Option<Envelope<'a>>)>,
}

/// All stretches of a body, and the keys that journals begin with in it, by the line.
#[derive(Default)]
struct Drafts<'a> {
    whole: Vec<Draft<'a>>,
    journals: BTreeSet<JournalId>,
    learned: Vec<(usize, JournalId, PublicKey)>,
}

/// Sorts lines into runs. `keys` is asked once, for all journals that have lines.
///
/// # Errors
/// Whatever `keys` fails with.
pub fn sort<E>(
    body: &[u8],
    keys: impl FnOnce(&BTreeSet<JournalId>) -> Result<KeysOf, E>,
) -> Result<Sorted, E> {
    let mut refused = Refused::default();
    let drafts = Drafts::of(body, &mut refused);
    let known = if drafts.journals.is_empty() { KeysOf::new() } else { keys(&drafts.journals)? };
    let mut runs = Vec::new();
    for draft in drafts.whole {
        let mut may = known.get(&draft.journal).cloned().unwrap_or_default();
        // A journal that begins in this file speaks for its later records in it.
        let begun = drafts
            .learned
            .iter()
            .filter(|(line, journal, _)| *line <= draft.first_line && *journal == draft.journal);
        may.extend(begun.map(|(_, _, key)| *key));
        runs.extend(draft.run(&may, &mut refused));
    }
    let said = |(line, why): (usize, &str)| format!("line {}: {why}", line.saturating_add(1));
    let refused_count = refused.count;
    Ok(Sorted { runs, refused: refused.why.into_iter().map(said).collect(), refused_count })
}

impl<'a> Drafts<'a> {
    fn of(body: &'a [u8], refused: &mut Refused) -> Self {
        let mut all = Self::default();
        let mut draft: Option<Draft<'a>> = None;
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
                        draft.lines.push((line, hash, None));
                    }
                    _ => refused.add(place, "it is not a record"),
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
                all.whole.extend(draft.take());
                let new = !all.journals.contains(&header.journal);
                if new && all.journals.len() >= JOURNALS_MAX {
                    refused.add(
                        place,
                        "lines of more than 256 journals came at once; bring them in parts",
                    );
                    continue;
                }
                all.journals.insert(header.journal);
                if header.seq == Seq(0)
                    && let Some((key, true)) = opened(&envelope)
                {
                    all.learned.push((place, header.journal, key));
                }
                draft = Some(Draft {
                    journal: header.journal,
                    from: header.seq,
                    prev: header.prev,
                    first_line: place,
                    lines: Vec::new(),
                });
            }
            if let Some(draft) = &mut draft {
                draft.lines.push((line, hash, Some(envelope)));
            }
        }
        all.whole.extend(draft.take());
        all
    }
}

impl Draft<'_> {
    fn next(&self) -> Seq {
        Seq(self.from.0.saturating_add(u64::try_from(self.lines.len()).unwrap_or(u64::MAX)))
    }

    fn head(&self) -> Hash {
        self.lines.last().map_or(self.prev, |(_, hash, _)| *hash)
    }

    /// The key that vouches for lines, and for how many.
    fn vouched(&self, may: &[PublicKey]) -> Option<(PublicKey, usize)> {
        let mut found: Option<(PublicKey, usize)> = None;
        for (place, (_, _, envelope)) in (1..).zip(&self.lines) {
            let Some(envelope) = envelope else { continue };
            let mut keys = match &found {
                Some((key, _)) => std::slice::from_ref(key).iter(),
                None => may.iter(),
            };
            let signer = keys.find(|key| envelope.is_signed_by(key)).copied();
            found = signer.map(|key| (key, place)).or(found);
        }
        found
    }

    fn run(&self, may: &[PublicKey], refused: &mut Refused) -> Option<Run> {
        let found = self.vouched(may);
        let count = found.map_or(0, |(_, count)| count);
        for place in count..self.lines.len() {
            refused.add(
                self.first_line.saturating_add(place),
                "nobody vouches for it: its own signature does not hold, and no later record in \
                 this file follows it",
            );
        }
        let (key, _) = found?;
        let raw = join(self.lines.iter().take(count).map(|(line, ..)| *line));
        let read = read_run(&raw, self.journal, self.from, self.prev);
        let (Ok(read), Ok(blob)) = (read, pack(&raw)) else {
            refused.add(self.first_line, "its run can't be read");
            return None;
        };
        Some(Run {
            journal: self.journal,
            key,
            prev: self.prev,
            records: read.records,
            header: None,
            raw_len: u64::try_from(raw.len()).unwrap_or(0),
            blob,
            opened_by: read.opened_by,
        })
    }
}

impl Refused {
    fn add(&mut self, line: usize, why: &'static str) {
        self.count = self.count.saturating_add(1);
        self.why.insert(line, why);
        if self.why.len() > REFUSED_MAX {
            self.why.pop_last();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::central::conformance::{REGISTER, journal_of};
    use crate::domain::ids::RegisterNo;

    fn body<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        join(lines)
    }

    #[test]
    fn keys_are_asked_for_once_however_many_journals_and_stretches_there_are() {
        let (seven, lines) = journal_of(REGISTER, 9, 9, "");
        let (eight, others) = journal_of(RegisterNo(8), 9, 9, "");
        // Their beginnings stand elsewhere, and the lines in no order.
        let mixed = (1..9).flat_map(|place| [lines[9 - place].bytes(), others[place].bytes()]);
        let mut asked = Vec::new();
        let key = crate::journal::key::SigningKey::from_seed(&[5; 32]).expect("a key").public();
        let sorted = sort(&body(mixed), |journals| {
            asked.push(journals.len());
            Ok::<_, Infallible>([(seven.journal, vec![key]), (eight.journal, vec![key])].into())
        });
        let sorted = sorted.expect("sorted");
        assert_eq!(asked, [2]);
        assert_eq!((sorted.runs.len(), sorted.refused_count), (16, 0));
    }

    #[test]
    fn lines_of_more_journals_than_a_store_has_are_refused_without_asking_about_each() {
        let all: Vec<_> = (0..300).map(|number| journal_of(RegisterNo(number), 1, 2, "")).collect();
        // Second records only: nothing in the body vouches for them.
        let second: Vec<&[u8]> = all.iter().map(|(_, lines)| lines[1].bytes()).collect();
        let mut asked = 0;
        let sorted = sort(&body(second), |journals| {
            asked += journals.len();
            Ok::<_, Infallible>(KeysOf::new())
        });
        let sorted = sorted.expect("sorted");
        assert_eq!((asked, sorted.runs.len(), sorted.refused_count), (256, 0, 300));
        assert_eq!(sorted.refused.len(), 100);
        assert!(sorted.refused[0].starts_with("line 1: nobody vouches"), "{:?}", sorted.refused);
    }
}
