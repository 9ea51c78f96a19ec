//! Readiness of stores on calm days: what their registers recorded of themselves, a score a store.
//!
//! ```text
//!  readiness, practice, pack_applied ─▶ Calm, a journal's newest ─┐
//!  announcements ─▶ the program's version, per journal ───────────┴ of_stores ─▶ page, JSON,
//!                                                                    programs     command
//! ```
//!
//! A store is as ready as the register that is least so. A register that never looked, or not for
//! a month, has no score, and says so instead of passing for ready.

mod page;
pub mod programs;
mod question;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::domain::event::Event;
use crate::domain::ids::{JournalId, PackVersion, RegisterNo, StoreNo};
use crate::domain::practice::Practice;
use crate::domain::readiness::{ReadinessLook, Topic};
use crate::domain::semver::Semver;
use crate::domain::time::Timestamp;
use crate::domain::words::{Words, term, words};

use super::door::Door;
use super::standing::Standing;
use super::store::StoreError;
pub(super) use page::section;
use programs::{AnnouncedProgram, ProgramIs, Programs, Running};
pub(super) use question::ROWS;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// A look older than this says nothing any more.
const LOOK_DAYS: i64 = 31;
/// An older program, among the topics that should be put right: no register knows it of itself.
const OLDER_PROGRAM: &str = "program";

/// A register's place in the chain.
type Place = (StoreNo, RegisterNo);

/// A look at readiness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// When, by the register's clock.
    pub at_ms: i64,
    /// What was found.
    pub look: ReadinessLook,
}

/// A practice that was finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Practiced {
    /// When it was noted.
    pub at_ms: i64,
    /// How many steps were done.
    pub steps: u32,
}

/// The newest that records say of a register.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calm {
    /// The newest look.
    pub looked: Option<Looked>,
    /// The newest practice.
    pub practiced: Option<Practiced>,
    /// The pack in use, and since when.
    pub pack: Option<(PackVersion, i64)>,
}

/// What one journal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadinessRow {
    /// The journal.
    pub journal: JournalId,
    /// When central last heard of it.
    pub last_seen_ms: i64,
    /// How far its key is trusted.
    pub standing: Standing,
    /// What was announced of the program in it; none where nothing was since central keeps it.
    pub program: Option<AnnouncedProgram>,
    /// What it says.
    pub calm: Calm,
}

/// A store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoreReadiness {
    /// Its number.
    pub store: u32,
    /// The lowest score of its registers; none where one of them has none.
    pub score: Option<u8>,
    /// What would fail at some register.
    pub not_ready: Vec<&'static str>,
    /// What should be put right at some register; `program` where one runs an older one.
    pub soon: Vec<&'static str>,
    /// Days since the last practice at any of its registers.
    pub practice_days: Option<i64>,
    /// The packs in use.
    pub packs: Vec<String>,
    /// The programs that run, the newest first.
    pub programs: Vec<String>,
    /// Its registers.
    pub registers: Vec<RegisterReadiness>,
}

/// A register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegisterReadiness {
    /// Its number.
    pub register: u16,
    /// Its score; none where it never looked, or not for a month.
    pub score: Option<u8>,
    /// Days since it looked.
    pub looked_days: Option<i64>,
    /// What would fail.
    pub not_ready: Vec<&'static str>,
    /// What should be put right; `program` where it runs an older one.
    pub soon: Vec<&'static str>,
    /// Days since its last practice.
    pub practice_days: Option<i64>,
    /// The pack in use.
    pub pack: Option<String>,
    /// Days since that was taken into use.
    pub pack_days: Option<i64>,
    /// The program that runs there.
    #[serde(flatten)]
    pub runs: Running,
    /// Hours since central heard of it.
    pub silent_hours: i64,
}

/// All stores; as JSON an array of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct StoresReadiness {
    /// The stores, the least ready first.
    pub stores: Vec<StoreReadiness>,
    /// What registers of the whole chain run.
    #[serde(skip)]
    pub programs: Programs,
}

impl Calm {
    /// Takes the next record.
    pub fn take(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::ReadinessLook(look) => {
                self.looked = Some(Looked { at_ms: at.utc_ms, look: look.clone() });
            }
            Event::Practice(Practice::Done { steps, .. }) => {
                let steps = u32::try_from(steps.len()).unwrap_or(u32::MAX);
                self.practiced = Some(Practiced { at_ms: at.utc_ms, steps });
            }
            Event::PackApplied { version, .. } => self.pack = Some((version.clone(), at.utc_ms)),
            _ => {}
        }
    }
}

impl Door {
    /// Readiness of all stores.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn readiness(&self) -> Result<StoresReadiness, StoreError> {
        let rows = self.reader.call(|store| store.readiness())?;
        Ok(of_stores(&rows, self.clock.now().utc_ms))
    }
}

/// Stores with their registers: the least ready first, then by number.
pub fn of_stores(rows: &[ReadinessRow], now_ms: i64) -> StoresReadiness {
    // Of a register's journals the one that was heard of last holds.
    let mut newest: BTreeMap<Place, &ReadinessRow> = BTreeMap::new();
    // A practice stays a practice when the journal had to be begun anew.
    let mut practiced: BTreeMap<Place, i64> = BTreeMap::new();
    for row in rows {
        let JournalId { store, register, .. } = row.journal;
        let known = newest.entry((store, register)).or_insert(row);
        if row.last_seen_ms >= known.last_seen_ms {
            *known = row;
        }
        if let Some(Practiced { at_ms, .. }) = row.calm.practiced {
            let latest = practiced.entry((store, register)).or_insert(at_ms);
            *latest = at_ms.max(*latest);
        }
    }
    let (mut runs, newest_program) = programs::running(rows, now_ms);
    let mut stores: BTreeMap<StoreNo, Vec<RegisterReadiness>> = BTreeMap::new();
    for (place, row) in newest {
        let Some(runs) = runs.remove(&place) else { continue };
        let practiced_ms = practiced.get(&place).copied();
        let one = RegisterReadiness::of(row, practiced_ms, runs, now_ms);
        stores.entry(place.0).or_default().push(one);
    }
    let mut stores: Vec<StoreReadiness> =
        stores.into_iter().map(|(store, registers)| StoreReadiness::of(store, registers)).collect();
    stores.sort_by_key(|store| (store.score, store.store));
    let programs = Programs::of(&stores, newest_program);
    StoresReadiness { stores, programs }
}

/// Whole days that have passed since then.
fn days(at_ms: i64, now_ms: i64) -> i64 {
    now_ms.saturating_sub(at_ms).max(0).div_euclid(DAY_MS)
}

impl RegisterReadiness {
    fn of(row: &ReadinessRow, practiced_ms: Option<i64>, runs: Running, now_ms: i64) -> Self {
        let days = |at_ms: i64| days(at_ms, now_ms);
        let looked = row.calm.looked.as_ref();
        let fresh = looked.filter(|looked| days(looked.at_ms) <= LOOK_DAYS);
        let words = |topics: fn(&ReadinessLook) -> &Vec<Topic>| -> Vec<&'static str> {
            let look = fresh.map(|looked| topics(&looked.look));
            look.into_iter().flatten().map(|topic| topic.word()).collect()
        };
        let mut soon = words(|look| &look.soon);
        soon.extend((runs.is == ProgramIs::Older).then_some(OLDER_PROGRAM));
        let pack = row.calm.pack.as_ref();
        let silent = now_ms.saturating_sub(row.last_seen_ms).max(0);
        Self {
            register: row.journal.register.0,
            score: fresh.map(|looked| looked.look.score),
            looked_days: looked.map(|looked| days(looked.at_ms)),
            not_ready: words(|look| &look.not_ready),
            soon,
            practice_days: practiced_ms.map(days),
            pack: pack.map(|(version, _)| version.to_string()),
            pack_days: pack.map(|(_, at_ms)| days(*at_ms)),
            runs,
            silent_hours: silent.div_euclid(DAY_MS.div_euclid(24)),
        }
    }
}

impl StoreReadiness {
    fn of(store: StoreNo, registers: Vec<RegisterReadiness>) -> Self {
        let lowest: Option<Vec<u8>> = registers.iter().map(|register| register.score).collect();
        let union = |of: fn(&RegisterReadiness) -> &Vec<&'static str>| {
            let words = || registers.iter().flat_map(of);
            let topics = Topic::ALL.into_iter().map(Topic::word).chain([OLDER_PROGRAM]);
            topics.filter(|topic| words().any(|word| word == topic)).collect::<Vec<_>>()
        };
        let (not_ready, soon) = (union(|one| &one.not_ready), union(|one| &one.soon));
        let mut packs: Vec<String> = registers.iter().filter_map(|one| one.pack.clone()).collect();
        packs.sort();
        packs.dedup();
        let mut programs: Vec<&Semver> =
            registers.iter().filter_map(|one| one.runs.version.as_ref()).collect();
        programs.sort_unstable();
        programs.dedup();
        let programs = programs.into_iter().rev().map(Semver::to_string).collect();
        Self {
            store: store.0,
            score: lowest.and_then(|scores| scores.into_iter().min()),
            not_ready,
            soon,
            practice_days: registers.iter().filter_map(|one| one.practice_days).min(),
            packs,
            programs,
            registers,
        }
    }
}

impl fmt::Display for StoresReadiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.stores.is_empty() {
            return writeln!(f, "No register has spoken yet.");
        }
        writeln!(f, "{}", self.programs)?;
        for store in &self.stores {
            writeln!(f, "Store {}: {}", store.store, score_words(store.score))?;
            if !store.not_ready.is_empty() {
                writeln!(f, "  not ready: {}", store.not_ready.join(", "))?;
            }
            if !store.soon.is_empty() {
                let plain = |word: &&'static str| match *word {
                    OLDER_PROGRAM => "older program",
                    topic => topic,
                };
                let soon: Vec<&str> = store.soon.iter().map(plain).collect();
                writeln!(f, "  soon: {}", soon.join(", "))?;
            }
            writeln!(f, "  practiced: {}", ago(store.practice_days))?;
            for one in &store.registers {
                let pack = one.pack.as_deref().unwrap_or("no pack");
                writeln!(
                    f,
                    "  register {}: {}, looked {}, {pack} in use, {}, silent for {} h",
                    one.register,
                    score_words(one.score),
                    ago(one.looked_days),
                    one.runs,
                    one.silent_hours
                )?;
            }
        }
        Ok(())
    }
}

/// A score as people say it.
pub(super) fn score_words(score: Option<u8>) -> Words {
    match score {
        None => Words::plain(term("not known")),
        Some(score) => words!("{} of 100", score.to_string()),
    }
}

/// Days as people say them.
pub(super) fn ago(days: Option<i64>) -> Words {
    match days {
        None => Words::plain(term("never")),
        Some(0) => Words::plain(term("today")),
        Some(1) => Words::plain(term("yesterday")),
        Some(days) => words!("{} days ago", days.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Epoch;

    const NOW: i64 = 100 * DAY_MS;

    fn row(store: u32, register: u16, score: Option<(u8, i64)>) -> ReadinessRow {
        let looked = score.map(|(score, days)| Looked {
            at_ms: NOW - days * DAY_MS,
            look: ReadinessLook { score, not_ready: vec![Topic::Practice], soon: Vec::new() },
        });
        let epoch = Epoch([register.to_le_bytes()[0]; 8]);
        ReadinessRow {
            journal: JournalId { store: StoreNo(store), register: RegisterNo(register), epoch },
            last_seen_ms: NOW - 3 * DAY_MS / 24,
            standing: Standing::Enrolled,
            program: None,
            calm: Calm { looked, ..Calm::default() },
        }
    }

    #[test]
    fn a_store_is_as_ready_as_its_least_ready_register() {
        let rows = [row(2, 1, Some((96, 1))), row(1, 1, Some((90, 1))), row(1, 2, Some((71, 5)))];
        let all = of_stores(&rows, NOW).stores;
        let scores: Vec<_> = all.iter().map(|store| (store.store, store.score)).collect();
        assert_eq!(scores, [(1, Some(71)), (2, Some(96))], "the least ready first");
        assert_eq!(all[0].not_ready, ["practice"]);
        assert_eq!((all[0].registers.len(), all[0].registers[1].looked_days), (2, Some(5)));
        assert_eq!(all[0].registers[0].silent_hours, 3);
    }

    #[test]
    fn a_register_that_never_looked_or_long_ago_leaves_its_store_without_a_score() {
        for unknown in [None, Some((100, 32))] {
            let all = of_stores(&[row(1, 1, Some((90, 1))), row(1, 2, unknown)], NOW).stores;
            assert_eq!(all[0].score, None, "{unknown:?}");
        }
        let all = of_stores(&[row(1, 1, Some((90, 31)))], NOW).stores;
        assert_eq!(all[0].score, Some(90));
    }

    #[test]
    fn a_register_with_a_new_journal_keeps_its_practice_and_loses_its_score() {
        let mut old = row(1, 1, Some((90, 1)));
        old.calm.practiced = Some(Practiced { at_ms: NOW - 4 * DAY_MS, steps: 8 });
        let mut new = row(1, 1, None);
        new.journal.epoch = Epoch([9; 8]);
        new.last_seen_ms = NOW;
        for rows in [[old.clone(), new.clone()], [new, old]] {
            let all = of_stores(&rows, NOW).stores;
            assert_eq!((all[0].score, all[0].practice_days), (None, Some(4)));
            assert_eq!(all[0].registers.len(), 1);
        }
    }
}
