//! Readiness of stores on calm days: what their registers recorded of themselves, a score a store.
//!
//! ```text
//!  readiness, practice, pack_applied ─▶ Calm, a journal's newest
//!                                          └─ of_stores ─▶ page, JSON, command
//! ```
//!
//! A store is as ready as the register that is least so. A register that never looked, or not for
//! a month, has no score, and says so instead of passing for ready.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::domain::event::Event;
use crate::domain::ids::{JournalId, PackVersion, RegisterNo, StoreNo};
use crate::domain::practice::Practice;
use crate::domain::readiness::{ReadinessLook, Topic};
use crate::domain::time::Timestamp;
use crate::domain::words::{Words, term, words};

use super::door::Door;
use super::recovery::page::{Said, pages};
use super::store::StoreError;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// A look older than this says nothing any more.
const LOOK_DAYS: i64 = 31;
/// From this score on, and with nothing not ready, a store is well prepared.
const READY_SCORE: u8 = 80;

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
    /// What should be put right at some register.
    pub soon: Vec<&'static str>,
    /// Days since the last practice at any of its registers.
    pub practice_days: Option<i64>,
    /// The packs in use.
    pub packs: Vec<String>,
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
    /// What should be put right.
    pub soon: Vec<&'static str>,
    /// Days since its last practice.
    pub practice_days: Option<i64>,
    /// The pack in use.
    pub pack: Option<String>,
    /// Days since that was taken into use.
    pub pack_days: Option<i64>,
    /// Hours since central heard of it.
    pub silent_hours: i64,
}

/// All stores, for the command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct StoresReadiness(pub Vec<StoreReadiness>);

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
        Ok(StoresReadiness(of_stores(&rows, self.clock.now().utc_ms)))
    }
}

/// Stores with their registers: the least ready first, then by number.
pub fn of_stores(rows: &[ReadinessRow], now_ms: i64) -> Vec<StoreReadiness> {
    // Of a register's journals the one that was heard of last holds.
    let mut newest: BTreeMap<(StoreNo, RegisterNo), &ReadinessRow> = BTreeMap::new();
    for row in rows {
        let JournalId { store, register, .. } = row.journal;
        let known = newest.entry((store, register)).or_insert(row);
        if row.last_seen_ms >= known.last_seen_ms {
            *known = row;
        }
    }
    let mut stores: BTreeMap<StoreNo, Vec<RegisterReadiness>> = BTreeMap::new();
    for ((store, register), row) in newest {
        // A practice stays a practice when the journal had to be begun anew.
        let practiced = rows
            .iter()
            .filter(|other| (other.journal.store, other.journal.register) == (store, register))
            .filter_map(|other| other.calm.practiced.map(|practiced| practiced.at_ms))
            .max();
        let registers = stores.entry(store).or_default();
        registers.push(RegisterReadiness::of(register, row, practiced, now_ms));
    }
    let mut all: Vec<StoreReadiness> =
        stores.into_iter().map(|(store, registers)| StoreReadiness::of(store, registers)).collect();
    all.sort_by_key(|store| (store.score, store.store));
    all
}

impl RegisterReadiness {
    fn of(
        register: RegisterNo,
        row: &ReadinessRow,
        practiced_ms: Option<i64>,
        now_ms: i64,
    ) -> Self {
        let days = |at_ms: i64| now_ms.saturating_sub(at_ms).max(0).div_euclid(DAY_MS);
        let looked = row.calm.looked.as_ref();
        let fresh = looked.filter(|looked| days(looked.at_ms) <= LOOK_DAYS);
        let words = |topics: fn(&ReadinessLook) -> &Vec<Topic>| {
            let look = fresh.map(|looked| topics(&looked.look));
            look.into_iter().flatten().map(|topic| topic.word()).collect()
        };
        let pack = row.calm.pack.as_ref();
        let silent = now_ms.saturating_sub(row.last_seen_ms).max(0);
        Self {
            register: register.0,
            score: fresh.map(|looked| looked.look.score),
            looked_days: looked.map(|looked| days(looked.at_ms)),
            not_ready: words(|look| &look.not_ready),
            soon: words(|look| &look.soon),
            practice_days: practiced_ms.map(days),
            pack: pack.map(|(version, _)| version.to_string()),
            pack_days: pack.map(|(_, at_ms)| days(*at_ms)),
            silent_hours: silent.div_euclid(DAY_MS.div_euclid(24)),
        }
    }
}

impl StoreReadiness {
    fn of(store: StoreNo, registers: Vec<RegisterReadiness>) -> Self {
        let lowest: Option<Vec<u8>> = registers.iter().map(|register| register.score).collect();
        let union = |of: fn(&RegisterReadiness) -> &Vec<&'static str>| {
            let words = || registers.iter().flat_map(of);
            let topics = Topic::ALL.into_iter().map(Topic::word);
            topics.filter(|topic| words().any(|word| word == topic)).collect::<Vec<_>>()
        };
        let (not_ready, soon) = (union(|one| &one.not_ready), union(|one| &one.soon));
        let mut packs: Vec<String> = registers.iter().filter_map(|one| one.pack.clone()).collect();
        packs.sort();
        packs.dedup();
        Self {
            store: store.0,
            score: lowest.and_then(|scores| scores.into_iter().min()),
            not_ready,
            soon,
            practice_days: registers.iter().filter_map(|one| one.practice_days).min(),
            packs,
            registers,
        }
    }
}

impl fmt::Display for StoresReadiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return writeln!(f, "No register has spoken yet.");
        }
        for store in &self.0 {
            writeln!(f, "Store {}: {}", store.store, score_words(store.score))?;
            if !store.not_ready.is_empty() {
                writeln!(f, "  not ready: {}", store.not_ready.join(", "))?;
            }
            if !store.soon.is_empty() {
                writeln!(f, "  soon: {}", store.soon.join(", "))?;
            }
            writeln!(f, "  practiced: {}", ago(store.practice_days))?;
            for one in &store.registers {
                let pack = one.pack.as_deref().unwrap_or("no pack");
                writeln!(
                    f,
                    "  register {}: {}, looked {}, {pack} in use, silent for {} h",
                    one.register,
                    score_words(one.score),
                    ago(one.looked_days),
                    one.silent_hours
                )?;
            }
        }
        Ok(())
    }
}

/// Stores of one page.
const STORES_MAX: usize = 50;

/// The section of central's page: a row a store, the least ready first, so many of them; `address`
/// leads to the others.
pub(super) fn section(
    stores: &[StoreReadiness],
    page: usize,
    address: &dyn Fn(usize) -> String,
    said: Said,
) -> String {
    if stores.is_empty() {
        return String::new();
    }
    let topics = |words: &[&str]| -> String {
        let topics = words.iter().filter_map(|word| Topic::from_word(word));
        topics.map(|topic| said.0.say(topic.label())).collect::<Vec<_>>().join(", ")
    };
    let row = |store: &StoreReadiness| {
        let class = match store.score {
            Some(score) if score >= READY_SCORE && store.not_ready.is_empty() => "good-ink",
            Some(_) => "quiet",
            None => "bad-ink",
        };
        let unknown = store.registers.iter().filter(|one| one.score.is_none());
        let unknown: Vec<String> = unknown.map(|one| one.register.to_string()).collect();
        let mut found = Vec::new();
        let mut find = |class: &str, words: Words| {
            found.push(format!("<span class={class}>{}</span>", said.words(&words)));
        };
        if !unknown.is_empty() {
            find("bad-ink", words!("not looked: {}", unknown.join(", ")));
        }
        if !store.not_ready.is_empty() {
            find("bad-ink", words!("not ready: {}", topics(&store.not_ready)));
        }
        if !store.soon.is_empty() {
            find("quiet", words!("soon: {}", topics(&store.soon)));
        }
        // Versions are labels of a few characters: nothing in them is a tag.
        format!(
            "<tr><td>{}<td class=n><span class={class}>{}</span><td>{}<td>{}<td>{}</tr>",
            store.store,
            said.words(&score_words(store.score)),
            found.join("<br>"),
            said.words(&ago(store.practice_days)),
            store.packs.join("<br>")
        )
    };
    let shown = stores.iter().skip(page.saturating_mul(STORES_MAX)).take(STORES_MAX);
    let rows: String = shown.map(row).collect();
    let pages = pages(stores.len(), STORES_MAX, page, address, said);
    let note = words!(
        "A store is as ready as its least ready register. A look older than {} days counts no \
         more.",
        LOOK_DAYS.to_string()
    );
    format!(
        "<h2 id=ready>{}</h2><div class=wide><table><tr><th>{}<th class=n>{}<th>{}<th>{}<th>{}\
         </tr>{rows}</table></div>{pages}<p><small>{}</small></p>",
        said.term(term("Ready for an outage?")),
        said.term(term("Store")),
        said.term(term("Score")),
        said.term(term("To put right")),
        said.term(term("Practiced")),
        said.term(term("Packs in use")),
        said.words(&note)
    )
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
            calm: Calm { looked, ..Calm::default() },
        }
    }

    #[test]
    fn a_store_is_as_ready_as_its_least_ready_register() {
        let rows = [row(2, 1, Some((96, 1))), row(1, 1, Some((90, 1))), row(1, 2, Some((71, 5)))];
        let all = of_stores(&rows, NOW);
        let scores: Vec<_> = all.iter().map(|store| (store.store, store.score)).collect();
        assert_eq!(scores, [(1, Some(71)), (2, Some(96))], "the least ready first");
        assert_eq!(all[0].not_ready, ["practice"]);
        assert_eq!((all[0].registers.len(), all[0].registers[1].looked_days), (2, Some(5)));
        assert_eq!(all[0].registers[0].silent_hours, 3);
    }

    #[test]
    fn a_register_that_never_looked_or_long_ago_leaves_its_store_without_a_score() {
        for unknown in [None, Some((100, 32))] {
            let all = of_stores(&[row(1, 1, Some((90, 1))), row(1, 2, unknown)], NOW);
            assert_eq!(all[0].score, None, "{unknown:?}");
        }
        let all = of_stores(&[row(1, 1, Some((90, 31)))], NOW);
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
            let all = of_stores(&rows, NOW);
            assert_eq!((all[0].score, all[0].practice_days), (None, Some(4)));
            assert_eq!(all[0].registers.len(), 1);
        }
    }
}
