//! The file of wrong PINs, row by row. One of the versions before is read, too.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::device::clock::Clock;
use crate::device::own_file;
use crate::domain::event::SignInBy;
use crate::domain::guessing::{GuessEnd, PinGuessed};
use crate::domain::ids::PersonId;
use crate::domain::lockout::{Lockout, NUMBERS_MAX};
use crate::domain::time::Timestamp;
use crate::journal::hash::Hash;
use crate::ledger::error::LedgerError;

use super::{Kept, Series, UNTOLD_MAX};

const TITLE: &str = "tideover tries v3";
/// The same without what many people tried.
const TITLE_2: &str = "tideover tries v2";
const TITLE_1: &str = "tideover tries v1";
/// Stands where nobody of the store is known; no number of a person is this.
const NOBODY: &str = "*";
/// Twice the numbers, and what waits to be recorded; each row is shorter than this.
const LEN_MAX: u64 = 200 + 252 * 450;

/// The file.
#[derive(Clone, Debug)]
pub struct TriesFile(PathBuf);

impl TriesFile {
    /// A file at this place.
    pub const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn load(&self, clock: &dyn Clock) -> Kept {
        let now_ms = clock.mono_ms();
        match read(&self.0, clock.now()) {
            Ok(Some(rows)) => rows.restored(now_ms),
            Ok(None) => Kept::of_register(),
            Err(error) => {
                tracing::warn!(%error, "wrong PINs of before can't be read and are forgotten");
                Kept::of_register()
            }
        }
    }

    pub(super) fn save(&self, kept: &Kept) -> Result<(), LedgerError> {
        self.write(&rows_of(kept)).map_err(|why| LedgerError::file(&self.0, why))
    }

    fn write(&self, rows: &str) -> io::Result<()> {
        let new = self.0.with_extension("new");
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(format!("{TITLE} {}\n{rows}", Hash::of_bytes(rows.as_bytes())).as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &self.0)?;
        self.0.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }
}

/// Wrong tries by number or by badge, and how many of them were many people's.
#[derive(Default)]
struct Counts {
    wrong: Vec<(String, usize)>,
    of_all: usize,
}

/// What was read.
#[derive(Default)]
struct Rows {
    numbers: Counts,
    badges: Counts,
    series: BTreeMap<String, Series>,
    untold: Vec<PinGuessed>,
}

impl Rows {
    fn restored(self, now_ms: u64) -> Kept {
        Kept {
            numbers: Lockout::restored(self.numbers.wrong, self.numbers.of_all, now_ms),
            badges: Lockout::restored(self.badges.wrong, self.badges.of_all, now_ms),
            series: self.series,
            untold: self.untold,
        }
    }
}

fn rows_of(kept: &Kept) -> String {
    let mut rows = String::new();
    for (what, lockout) in [("number", &kept.numbers), ("badge", &kept.badges)] {
        for (key, wrong) in lockout.counts() {
            let Some(series) = kept.series.get(key) else { continue };
            let (told, from, to) = (series.told, series.from, series.last);
            let (who, by) = (who(series.person.as_ref()), by_word(series.by));
            // Writing to a String can't fail.
            writeln!(rows, "{what} {key} {wrong} {told} {from} {to} {who} {by}").ok();
        }
        writeln!(rows, "all {what} {}", lockout.counted_for_all()).ok();
    }
    for one in &kept.untold {
        let (then, numbers) = match one.then {
            GuessEnd::Wait => ("wait", 0),
            GuessEnd::AllWait { numbers } => ("all_wait", numbers),
            GuessEnd::Right => ("right", 0),
        };
        let (who, by) = (who(one.person.as_ref()), by_word(one.by));
        let (tries, from, to) = (one.tries, one.from, one.to);
        writeln!(rows, "untold {who} {by} {tries} {numbers} {from} {to} {then}").ok();
    }
    rows
}

fn read(path: &Path, now: Timestamp) -> io::Result<Option<Rows>> {
    let text = match own_file::text(path, LEN_MAX) {
        Ok(text) => text,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(why),
    };
    let whole = |title: &str| {
        let (head, rest) = text.split_once('\n')?;
        let sum = head.strip_prefix(title)?.strip_prefix(' ')?;
        (Hash::parse(sum)? == Hash::of_bytes(rest.as_bytes())).then_some(rest)
    };
    let rows = match (whole(TITLE).or_else(|| whole(TITLE_2)), whole(TITLE_1)) {
        (Some(rest), _) => rows(rest),
        (None, Some(rest)) => rows_of_1(rest, now),
        (None, None) => None,
    };
    match rows {
        Some(rows)
            if rows.numbers.wrong.len() <= NUMBERS_MAX
                && rows.badges.wrong.len() <= NUMBERS_MAX
                && rows.untold.len() <= UNTOLD_MAX =>
        {
            Ok(Some(rows))
        }
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "it is not whole")),
    }
}

fn rows(text: &str) -> Option<Rows> {
    let mut rows = Rows::default();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            [what @ ("number" | "badge"), key, wrong, told, from, to, who, by] => {
                Hash::parse(key)?;
                let last = Timestamp::parse(to).ok()?;
                let series = Series {
                    person: person(who)?,
                    by: by_of(by)?,
                    told: told.parse().ok()?,
                    from: Timestamp::parse(from).ok()?,
                    before: last,
                    last,
                };
                let counts = if *what == "badge" { &mut rows.badges } else { &mut rows.numbers };
                counts.wrong.push(((*key).to_owned(), wrong.parse().ok()?));
                rows.series.insert((*key).to_owned(), series);
            }
            ["all", "number", of_all] => rows.numbers.of_all = of_all.parse().ok()?,
            ["all", "badge", of_all] => rows.badges.of_all = of_all.parse().ok()?,
            ["untold", who, by, tries, numbers, from, to, then] => {
                let guessed = PinGuessed {
                    person: person(who)?,
                    by: by_of(by)?,
                    tries: tries.parse().ok()?,
                    from: Timestamp::parse(from).ok()?,
                    to: Timestamp::parse(to).ok()?,
                    then: match *then {
                        "wait" => GuessEnd::Wait,
                        "all_wait" => GuessEnd::AllWait { numbers: numbers.parse().ok()? },
                        "right" => GuessEnd::Right,
                        _ => return None,
                    },
                };
                rows.untold.push(guessed.is_sound().then_some(guessed)?);
            }
            _ => return None,
        }
    }
    Some(rows)
}

/// Counts alone: whose they were and when was not kept.
fn rows_of_1(text: &str, now: Timestamp) -> Option<Rows> {
    let mut rows = Rows::default();
    for line in text.lines() {
        let (key, wrong) = line.split_once(' ')?;
        Hash::parse(key)?;
        let (told, by) = (wrong.parse().ok()?, SignInBy::Pin);
        let series = Series { person: None, by, told, from: now, before: now, last: now };
        rows.numbers.wrong.push((key.to_owned(), told));
        rows.series.insert(key.to_owned(), series);
    }
    Some(rows)
}

fn who(person: Option<&PersonId>) -> &str {
    person.map_or(NOBODY, PersonId::as_str)
}

fn person(word: &str) -> Option<Option<PersonId>> {
    match word {
        NOBODY => Some(None),
        word => Some(Some(PersonId::parse(word).ok()?)),
    }
}

const fn by_word(by: SignInBy) -> &'static str {
    match by {
        SignInBy::Pin => "pin",
        SignInBy::Badge => "badge",
        SignInBy::Phone => "phone",
    }
}

fn by_of(word: &str) -> Option<SignInBy> {
    [SignInBy::Pin, SignInBy::Badge, SignInBy::Phone].into_iter().find(|by| by_word(*by) == word)
}
