//! Which program registers run, by what they announce of it, and whose is older than the newest.
//!
//! ```text
//!  announcement ─▶ journal: version, since when ─┬▶ the register's: the latest, of a trusted key
//!                                                └▶ the chain's newest: of enrolled keys alone
//!                           the register's comes before the chain's newest ─▶ older
//! ```
//!
//! A register says this of itself, and nothing here proves it: docs/release.md has what does. What
//! nobody vouched for makes no other register's program an older one.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use super::{Place, ReadinessRow, StoreReadiness, ago, days};
use crate::central::standing::Standing;
use crate::domain::ids::JournalId;
use crate::domain::semver::Semver;
use crate::domain::words::{Words, term, words};

/// What a register announced of its program in a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnouncedProgram {
    /// When it announced this for the first time there, in milliseconds since 1970.
    pub since_ms: i64,
    /// The version; none where it announced a text that is none.
    pub version: Option<Semver>,
}

/// How a register's program stands beside the others'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgramIs {
    /// No newer one is known to run.
    Current,
    /// A newer one runs at another register.
    Older,
    /// What was announced is no version.
    Unreadable,
    /// Nothing was announced since central keeps it.
    NotAnnounced,
    /// All keys of the register ended: what runs there is no affair of the chain's.
    Ended,
}

/// What a register runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Running {
    /// The version, where one is known.
    #[serde(rename = "program", serialize_with = "as_text")]
    pub version: Option<Semver>,
    /// Days since it was announced for the first time.
    #[serde(rename = "program_days")]
    pub days: Option<i64>,
    /// How that stands beside the others'.
    #[serde(rename = "program_is")]
    pub is: ProgramIs,
}

/// What the registers of a chain run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Programs {
    /// The newest that an enrolled register runs.
    pub newest: Option<Semver>,
    /// How many registers run each version.
    pub running: BTreeMap<Semver, u64>,
    /// How many run an older one.
    pub older: u64,
    /// How many announced something that is no version.
    pub unreadable: u64,
    /// How many announced nothing yet.
    pub not_announced: u64,
    /// The stores of those three, by number.
    pub behind: Vec<u32>,
}

impl AnnouncedProgram {
    /// As a journal's columns have it; none where nothing was announced.
    pub(in crate::central) fn of_columns(
        version: Option<&str>,
        since_ms: Option<i64>,
    ) -> Option<Self> {
        since_ms.map(|since_ms| Self { since_ms, version: version.and_then(Semver::parse) })
    }
}

impl ProgramIs {
    /// Whether somebody has to see to it before everybody runs the newest.
    pub const fn is_behind(self) -> bool {
        matches!(self, Self::Older | Self::Unreadable | Self::NotAnnounced)
    }
}

/// What each register runs, and the newest of it. Of a register's journals the one counts that it
/// announced another version in last: a new program announces each journal that it still has.
pub(super) fn running(
    rows: &[ReadinessRow],
    now_ms: i64,
) -> (BTreeMap<Place, Running>, Option<Semver>) {
    let mut counting: BTreeMap<Place, &ReadinessRow> = BTreeMap::new();
    for row in rows {
        let JournalId { store, register, .. } = row.journal;
        let known = counting.entry((store, register)).or_insert(row);
        if weight(row) >= weight(known) {
            *known = row;
        }
    }
    let vouched = counting.values().filter(|row| row.standing == Standing::Enrolled);
    let newest = vouched.filter_map(|row| row.program.as_ref()?.version.as_ref()).max().cloned();
    let of = |row: &ReadinessRow| Running::of(row, newest.as_ref(), now_ms);
    (counting.into_iter().map(|(place, row)| (place, of(row))).collect(), newest)
}

/// Of two journals of a register the heavier one's announcement counts.
fn weight(row: &ReadinessRow) -> (bool, bool, bool, Option<i64>, i64) {
    let since_ms = row.program.as_ref().map(|program| program.since_ms);
    let is_enrolled = row.standing == Standing::Enrolled;
    (speaks(row.standing), since_ms.is_some(), is_enrolled, since_ms, row.last_seen_ms)
}

/// Whether a key's word counts for the register's program.
const fn speaks(standing: Standing) -> bool {
    matches!(standing, Standing::Enrolled | Standing::Provisional)
}

impl Running {
    fn of(row: &ReadinessRow, newest: Option<&Semver>, now_ms: i64) -> Self {
        let announced = row.program.as_ref().filter(|_| speaks(row.standing));
        let version = announced.and_then(|program| program.version.clone());
        let is = match (announced, &version) {
            _ if !speaks(row.standing) => ProgramIs::Ended,
            (None, _) => ProgramIs::NotAnnounced,
            (Some(_), None) => ProgramIs::Unreadable,
            (Some(_), Some(own)) if newest.is_some_and(|newest| own.comes_before(newest)) => {
                ProgramIs::Older
            }
            (Some(_), Some(_)) => ProgramIs::Current,
        };
        Self { version, days: announced.map(|program| days(program.since_ms, now_ms)), is }
    }
}

/// As the command says it of one register.
impl fmt::Display for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = ago(self.days);
        match (self.is, &self.version) {
            (ProgramIs::Older, Some(version)) => {
                write!(f, "older program {version}, first announced {since}")
            }
            (_, Some(version)) => write!(f, "program {version}, first announced {since}"),
            (ProgramIs::Unreadable, None) => {
                write!(f, "program not readable, first announced {since}")
            }
            (ProgramIs::Ended, None) => write!(f, "its keys ended"),
            (_, None) => write!(f, "program not announced yet"),
        }
    }
}

impl Programs {
    pub(super) fn of(stores: &[StoreReadiness], newest: Option<Semver>) -> Self {
        let mut all = Self { newest, ..Self::default() };
        for store in stores {
            for one in &store.registers {
                let count = match one.runs.is {
                    ProgramIs::Current | ProgramIs::Older => None,
                    ProgramIs::Unreadable => Some(&mut all.unreadable),
                    ProgramIs::NotAnnounced => Some(&mut all.not_announced),
                    ProgramIs::Ended => continue,
                };
                if let Some(count) = count {
                    *count = count.saturating_add(1);
                }
                if one.runs.is == ProgramIs::Older {
                    all.older = all.older.saturating_add(1);
                }
                if let Some(version) = &one.runs.version {
                    let count = all.running.entry(version.clone()).or_default();
                    *count = count.saturating_add(1);
                }
            }
            if store.registers.iter().any(|one| one.runs.is.is_behind()) {
                all.behind.push(store.store);
            }
        }
        all.behind.sort_unstable();
        all
    }

    /// The versions that most registers run, the newest first, and how many registers run others:
    /// what registers say of themselves may be any number of versions.
    pub fn most(&self, versions: usize) -> (Vec<(&Semver, u64)>, u64) {
        let mut by_count: Vec<(&Semver, u64)> =
            self.running.iter().map(|(version, count)| (version, *count)).collect();
        by_count.sort_by_key(|(version, count)| std::cmp::Reverse((*count, *version)));
        let others = by_count.split_off(versions.min(by_count.len()));
        by_count.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
        (by_count, others.iter().map(|(_, count)| *count).fold(0, u64::saturating_add))
    }

    /// Each thing that registers run or say, with how many do.
    pub(in crate::central) fn counts(&self, versions: usize) -> Vec<(Counted<'_>, u64)> {
        let (most, others) = self.most(versions);
        let named = most.into_iter().map(|(version, count)| (Counted::Version(version), count));
        let rest = [
            (Counted::Others, others),
            (Counted::Unreadable, self.unreadable),
            (Counted::NotAnnounced, self.not_announced),
        ];
        named.chain(rest.into_iter().filter(|(_, count)| *count > 0)).collect()
    }
}

/// What registers are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::central) enum Counted<'a> {
    /// They run this version.
    Version(&'a Semver),
    /// They run one of many others.
    Others,
    /// They announced something that is no version.
    Unreadable,
    /// They announced nothing yet.
    NotAnnounced,
}

impl Counted<'_> {
    /// As people read it.
    pub(in crate::central) fn words(self) -> Words {
        match self {
            Self::Version(version) => Words::data(version.as_str()),
            Self::Others => Words::plain(term("other versions")),
            Self::Unreadable => Words::plain(term("not readable")),
            Self::NotAnnounced => Words::plain(term("not announced yet")),
        }
    }
}

/// Versions that are named in a line.
pub(super) const VERSIONS_MAX: usize = 8;

/// The line of the whole chain.
impl fmt::Display for Programs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts(VERSIONS_MAX);
        let each = counts.into_iter().map(|(what, count)| format!("{}: {count}", what.words()));
        write!(f, "Registers by program: {}", each.collect::<Vec<_>>().join(", "))
    }
}

/// A register that does not run the newest, or of which nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegisterBehind {
    /// Its number.
    pub register: u16,
    /// What it runs.
    #[serde(flatten)]
    pub runs: Running,
    /// Hours since central heard of it.
    pub silent_hours: i64,
}

/// The registers that a roll-out has not reached, for the command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProgramsBehind {
    /// The newest that an enrolled register runs.
    #[serde(serialize_with = "as_text")]
    pub newest: Option<Semver>,
    /// How many registers run each version.
    pub running: BTreeMap<String, u64>,
    /// How many announced something that is no version.
    pub unreadable: u64,
    /// How many announced nothing yet.
    pub not_announced: u64,
    /// By store, the registers that run an older one or of which it is not known.
    pub stores: BTreeMap<u32, Vec<RegisterBehind>>,
    #[serde(skip)]
    line: String,
}

impl ProgramsBehind {
    /// What is left of a roll-out.
    pub fn of(all: &super::StoresReadiness) -> Self {
        let mut stores: BTreeMap<u32, Vec<RegisterBehind>> = BTreeMap::new();
        for store in &all.stores {
            for one in store.registers.iter().filter(|one| one.runs.is.is_behind()) {
                stores.entry(store.store).or_default().push(RegisterBehind {
                    register: one.register,
                    runs: one.runs.clone(),
                    silent_hours: one.silent_hours,
                });
            }
        }
        let programs = &all.programs;
        let each = programs.running.iter();
        Self {
            newest: programs.newest.clone(),
            running: each.map(|(version, count)| (version.to_string(), *count)).collect(),
            unreadable: programs.unreadable,
            not_announced: programs.not_announced,
            stores,
            line: programs.to_string(),
        }
    }
}

impl fmt::Display for ProgramsBehind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.running.is_empty() && self.stores.is_empty() {
            return writeln!(f, "No register has spoken yet.");
        }
        writeln!(f, "{}", self.line)?;
        if self.stores.is_empty() {
            return writeln!(f, "No register runs an older program, and each announced its own.");
        }
        for (store, registers) in &self.stores {
            writeln!(f, "Store {store}:")?;
            for RegisterBehind { register, runs, silent_hours } in registers {
                writeln!(f, "  register {register}: {runs}, silent for {silent_hours} h")?;
            }
        }
        Ok(())
    }
}

/// In the shape that serde asks for.
fn as_text<S: Serializer>(version: &Option<Semver>, to: S) -> Result<S::Ok, S::Error> {
    version.as_ref().map(Semver::as_str).serialize(to)
}

/// What a store has to put right about its programs.
pub(super) fn soon(store: &StoreReadiness) -> Option<Words> {
    let older = numbers(store, ProgramIs::Older);
    match older.len() {
        0 => None,
        many if many == store.registers.len() && many > 1 => {
            Some(Words::plain(term("soon: older program on all registers")))
        }
        _ => Some(words!("soon: older program on {}", older.join(", "))),
    }
}

/// The numbers of a store's registers whose program stands so.
pub(super) fn numbers(store: &StoreReadiness, is: ProgramIs) -> Vec<String> {
    let such = store.registers.iter().filter(|one| one.runs.is == is);
    such.map(|one| one.register.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::central::readiness::{Calm, DAY_MS, StoresReadiness, of_stores};
    use crate::domain::ids::{Epoch, RegisterNo, StoreNo};
    use ProgramIs::{Current, Ended, NotAnnounced, Older, Unreadable};
    use Standing::{Enrolled, Provisional, Revoked, Rotated};

    const NOW: i64 = 100 * DAY_MS;

    /// A journal of a register that announced a program so many days ago.
    fn row(
        (store, register, epoch): (u32, u16, u8),
        standing: Standing,
        announced: Option<(&str, i64)>,
    ) -> ReadinessRow {
        let (store, register, epoch) = (StoreNo(store), RegisterNo(register), Epoch([epoch; 8]));
        ReadinessRow {
            journal: JournalId { store, register, epoch },
            last_seen_ms: NOW,
            standing,
            program: announced.map(|(text, days)| AnnouncedProgram {
                since_ms: NOW - days * DAY_MS,
                version: Semver::parse(text),
            }),
            calm: Calm::default(),
        }
    }

    fn told(all: &StoresReadiness, store: u32, register: u16) -> (ProgramIs, String, Option<i64>) {
        let store = all.stores.iter().find(|one| one.store == store).expect("a store");
        let one = store.registers.iter().find(|one| one.register == register).expect("a register");
        let version = one.runs.version.as_ref().map_or_else(String::new, Semver::to_string);
        (one.runs.is, version, one.runs.days)
    }

    /// Two stores in the middle of a roll-out, with registers that nobody vouches for.
    fn chain() -> StoresReadiness {
        let rows = [
            row((1, 1, 1), Enrolled, Some(("0.10.0", 2))),
            row((1, 2, 1), Enrolled, Some(("0.9.0", 40))),
            row((2, 1, 1), Enrolled, Some(("0.10.0+b2", 1))),
            row((2, 2, 1), Provisional, Some(("99.0.0", 0))),
            row((2, 3, 1), Revoked, Some(("100.0.0", 0))),
            row((2, 4, 1), Rotated, Some(("0.1.0", 9))),
            row((7, 1, 1), Enrolled, None),
            row((7, 2, 1), Enrolled, Some(("latest", 3))),
            row((7, 3, 1), Provisional, Some(("0.10.0-rc.1", 3))),
        ];
        of_stores(&rows, NOW)
    }

    #[test]
    fn a_program_is_older_than_the_newest_that_an_enrolled_register_runs() {
        let all = chain();
        let of = |is, version: &str, days| (is, version.to_owned(), days);
        assert_eq!(told(&all, 1, 1), of(Current, "0.10.0", Some(2)), "a build is no newer one");
        assert_eq!(told(&all, 1, 2), of(Older, "0.9.0", Some(40)));
        assert_eq!(told(&all, 2, 1), of(Current, "0.10.0+b2", Some(1)));
        assert_eq!(told(&all, 2, 2), of(Current, "99.0.0", Some(0)), "and makes nobody old");
        assert_eq!(told(&all, 2, 3), of(Ended, "", None));
        assert_eq!(told(&all, 2, 4), of(Ended, "", None));
        assert_eq!(told(&all, 7, 1), of(NotAnnounced, "", None));
        assert_eq!(told(&all, 7, 2), of(Unreadable, "", Some(3)));
        assert_eq!(told(&all, 7, 3), of(Older, "0.10.0-rc.1", Some(3)));
        let store = |number| all.stores.iter().find(|one| one.store == number).expect("a store");
        assert_eq!(store(1).soon, ["program"]);
        assert_eq!(store(1).registers[1].soon, ["program"]);
        assert_eq!(store(1).programs, ["0.10.0", "0.9.0"], "the newest first");
        assert!(store(2).soon.is_empty() && store(1).registers[0].soon.is_empty());
        let programs = &all.programs;
        assert_eq!(programs.newest, Semver::parse("0.10.0+b2"));
        assert_eq!((programs.older, programs.unreadable, programs.not_announced), (2, 1, 1));
        assert_eq!(programs.behind, [1, 7]);
    }

    #[test]
    fn of_a_registers_journals_the_latest_announcement_by_a_trusted_key_counts() {
        let newer = row((1, 1, 2), Enrolled, Some(("0.10.0", 1)));
        let mut of_old_key = row((1, 1, 1), Rotated, Some(("0.9.0", 0)));
        of_old_key.last_seen_ms = NOW + 9;
        let mut earlier = row((1, 1, 3), Enrolled, Some(("0.9.0", 5)));
        earlier.last_seen_ms = NOW + 9;
        let strange = row((1, 1, 4), Provisional, Some(("99.0.0", 0)));
        let unheard = row((1, 1, 5), Enrolled, None);
        let rows = [newer, of_old_key, earlier, strange, unheard];
        let of = |places: &[usize]| {
            let rows: Vec<ReadinessRow> = places.iter().map(|one| rows[*one].clone()).collect();
            told(&of_stores(&rows, NOW), 1, 1)
        };
        let expected = (Current, "0.10.0".to_owned(), Some(1));
        assert_eq!(of(&[0, 1, 2, 3, 4]), expected);
        assert_eq!(of(&[4, 3, 2, 1, 0]), expected);
        assert_eq!(of(&[3, 4]).1, "99.0.0", "better than nothing");
        assert_eq!(of(&[1, 4]).0, NotAnnounced);
        assert_eq!(of(&[1]).0, Ended);
    }

    #[test]
    fn the_command_says_who_runs_what_and_who_is_behind() {
        let all = chain();
        let text = all.to_string();
        for said in [
            "Registers by program: 99.0.0: 1, 0.10.0+b2: 1, 0.10.0: 1, 0.10.0-rc.1: 1, 0.9.0: 1, \
             not readable: 1, not announced yet: 1\n",
            "  soon: older program\n",
            "no pack in use, older program 0.9.0, first announced 40 days ago, silent for 0 h\n",
            "no pack in use, program 0.10.0, first announced 2 days ago, silent for 0 h\n",
            "no pack in use, its keys ended, silent for 0 h\n",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
        let behind = ProgramsBehind::of(&all).to_string();
        let (_, stores) = behind.split_once('\n').expect("the line of the chain");
        let expected = "Store 1:\n  register 2: older program 0.9.0, first announced 40 days ago, \
                        silent for 0 h\nStore 7:\n  register 1: program not announced yet, silent \
                        for 0 h\n  register 2: program not readable, first announced 3 days ago, \
                        silent for 0 h\n  register 3: older program 0.10.0-rc.1, first announced 3 \
                        days ago, silent for 0 h\n";
        assert_eq!(stores, expected);
        let done = of_stores(&[row((1, 1, 1), Enrolled, Some(("0.9.0", 1)))], NOW);
        let done = ProgramsBehind::of(&done).to_string();
        assert!(done.ends_with("runs an older program, and each announced its own.\n"), "{done}");
        let nobody = ProgramsBehind::of(&StoresReadiness::default()).to_string();
        assert_eq!(nobody, "No register has spoken yet.\n");
    }

    #[test]
    fn of_many_versions_the_most_common_are_named_and_no_register_is_left_out() {
        let version = |minor: u16| format!("0.{minor}.0");
        let mut rows: Vec<ReadinessRow> = (0..200)
            .map(|minor| row((1, minor, 1), Provisional, Some((&version(minor), 1))))
            .collect();
        for register in 300..310 {
            rows.push(row((1, register, 1), Enrolled, Some(("0.7.0", 1))));
        }
        let programs = of_stores(&rows, NOW).programs;
        let counts = programs.counts(3);
        let named: Vec<(String, u64)> =
            counts.iter().map(|(what, count)| (what.words().to_string(), *count)).collect();
        let of = |what: &str, count| (what.to_owned(), count);
        let expected =
            [of("0.199.0", 1), of("0.198.0", 1), of("0.7.0", 11), of("other versions", 197)];
        assert_eq!(named, expected);
    }
}
