//! Wrong PINs outlive the plug: how often each number was keyed with a wrong one, in a file.
//!
//! ```text
//!  tries   tideover tries v3 <SHA-256 of the rows>
//!          number <hash of the number> <wrong ones in a row> <of them recorded> <from> <to> <who>
//!          all number <wrong ones of ten minutes, whatever the numbers>
//!          badge  <hash of the badge>  ... the same ...
//!          untold <who> <by> <wrong> <numbers> <from> <to> <what came of it>
//! ```
//!
//! A try is on the disk before its PIN is checked. After a restart each wait begins again, whole,
//! and so do the ten minutes in which tries on many numbers count together; the wall clock has no
//! part in it. Where the file can't be written tries count all the same while the program runs, and
//! that is said: no PIN is refused for it, and selling never stops.
//!
//! Both sides of a register, the real one and training, share one file, so going over to the other
//! side gains nothing; what was tried while somebody learned stands there as `untold` until the
//! real side records it, and so does what the plug cut off, or a busy disk did not take.
//!
//! Tries with a badge stand apart from those of a number alone: anybody can key another one's
//! number, and must not keep out by it who holds the badge.
//!
//! It holds hashes of numbers, since somebody may key a PIN where the number belongs. They are not
//! a secret from whoever has the disk: so few digits can all be tried. A number that somebody of
//! the store has stands there plainly.

mod file;

use std::collections::BTreeMap;

use crate::device::clock::Clock;
use crate::domain::event::SignInBy;
use crate::domain::guessing::{GuessEnd, PinGuessed};
use crate::domain::ids::PersonId;
use crate::domain::lockout::{FREE_TRIES, Lockout, Tried};
use crate::domain::time::Timestamp;
use crate::journal::hash::Hash;

pub use file::TriesFile;

/// The most that waits to be recorded by the real side.
const UNTOLD_MAX: usize = 50;

/// The tries so far, what is recorded of them, and where they are kept.
#[derive(Debug)]
pub struct Tries {
    file: TriesFile,
    kept: Kept,
    /// The file can't be written: a restart forgets the last of them.
    unkept: bool,
}

/// What the file holds.
#[derive(Debug, Default)]
struct Kept {
    numbers: Lockout,
    badges: Lockout,
    series: BTreeMap<String, Series>,
    untold: Vec<PinGuessed>,
}

/// Tries in a row: whose, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Series {
    person: Option<PersonId>,
    by: SignInBy,
    /// Wrong ones that stand in a record.
    told: usize,
    from: Timestamp,
    /// The one before the last.
    before: Timestamp,
    last: Timestamp,
}

/// Somebody who waits here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Who.
    pub person: PersonId,
    /// How many wrong tries in a row, badge and number together.
    pub tries: u32,
    /// For how much longer, at most.
    pub wait_ms: u64,
}

impl Tries {
    /// Those of a file, each with its whole wait from now. A file that is not whole counts as
    /// none, as where it was taken away: who can write there needs no PIN.
    pub fn load(file: TriesFile, clock: &dyn Clock) -> Self {
        let kept = file.load(clock);
        Self { file, kept, unkept: false }
    }

    /// How what is tried is known.
    pub fn key(tried: Tried<'_>) -> String {
        match tried {
            Tried::Pin(number) => hashed(b"tideover number\n", number),
            Tried::Badge(badge) => hashed(b"tideover badge\n", badge.text().as_str()),
            Tried::PhoneCode(person) => hashed(b"tideover phone code\n", person.as_str()),
        }
    }

    /// The monotonic time until which this must wait; none when it may be tried now.
    pub fn waits_until(&self, tried: Tried<'_>, now_ms: u64) -> Option<u64> {
        self.kept.lockout(tried).locked_until_ms(&Self::key(tried), now_ms)
    }

    /// Counts a try before it is checked, and keeps it: it is on the disk when this returns.
    /// `person` is whose it is, where somebody of the store has that number or badge.
    pub fn count(&mut self, tried: Tried<'_>, person: Option<PersonId>, clock: &dyn Clock) {
        let (key, now) = (Self::key(tried), clock.now());
        self.kept.lockout_mut(tried).count(&key, clock.mono_ms());
        let by = match tried {
            Tried::Pin(_) => SignInBy::Pin,
            Tried::Badge(_) => SignInBy::Badge,
            Tried::PhoneCode(_) => SignInBy::Phone,
        };
        let new = Series { person: person.clone(), by, told: 0, from: now, before: now, last: now };
        let series = self.kept.series.entry(key).or_insert(new);
        (series.before, series.last, series.person) = (series.last, now, person);
        self.kept.forget_old_series();
        self.keep();
    }

    /// The try was wrong: what is to be recorded, where it makes somebody wait. It counts as
    /// recorded; [`Tries::keep`] follows when it is.
    pub fn was_wrong(&mut self, tried: Tried<'_>, clock: &dyn Clock) -> Vec<PinGuessed> {
        let (key, now_ms, now) = (Self::key(tried), clock.mono_ms(), clock.now());
        let lockout = self.kept.lockout(tried);
        let (wrong, crowd) = (lockout.wrong(&key), lockout.crowd(now_ms));
        let Some(series) = self.kept.series.get_mut(&key) else { return Vec::new() };
        let mut told = Vec::new();
        if wrong > FREE_TRIES {
            series.told = wrong;
            told.push(series.guessed(wrong, series.last, GuessEnd::Wait));
        }
        if let Some(crowd) = crowd {
            let ago = i64::try_from(now_ms.saturating_sub(crowd.first_ms)).unwrap_or(0);
            let from = Timestamp::new(now.utc_ms.saturating_sub(ago), now.offset_min);
            told.push(PinGuessed {
                person: None,
                by: if series.by == SignInBy::Badge { SignInBy::Badge } else { SignInBy::Pin },
                tries: small(crowd.tries),
                from: from.unwrap_or(now),
                to: now,
                then: GuessEnd::AllWait { numbers: small(crowd.numbers) },
            });
        }
        told
    }

    /// The try was right: the count begins again, and what was wrong before is to be recorded.
    /// [`Tries::keep`] follows when it is.
    pub fn was_right(&mut self, tried: Tried<'_>) -> Option<PinGuessed> {
        let key = Self::key(tried);
        let wrong = self.kept.lockout(tried).wrong(&key).saturating_sub(1);
        self.kept.lockout_mut(tried).forgive(&key);
        let series = self.kept.series.remove(&key)?;
        let guessed = series.guessed(wrong, series.before, GuessEnd::Right);
        guessed.is_sound().then_some(guessed)
    }

    /// Keeps what can't be recorded here for the real side.
    pub fn keep_untold(&mut self, guessed: PinGuessed) {
        let same = |one: &PinGuessed| {
            (&one.person, one.by, one.from) == (&guessed.person, guessed.by, guessed.from)
        };
        self.kept.untold.retain(|one| !same(one));
        if self.kept.untold.len() < UNTOLD_MAX {
            self.kept.untold.push(guessed);
        }
    }

    /// What is not recorded yet: of the training side, and what the plug cut off. It counts as
    /// recorded; [`Tries::keep`] follows when it is.
    pub fn take_untold(&mut self) -> Vec<PinGuessed> {
        let Kept { numbers, badges, series, untold } = &mut self.kept;
        let mut told = std::mem::take(untold);
        for (key, series) in series {
            let wrong = numbers.wrong(key).max(badges.wrong(key));
            if wrong > FREE_TRIES && wrong > series.told {
                series.told = wrong;
                told.push(series.guessed(wrong, series.last, GuessEnd::Wait));
            }
        }
        told
    }

    /// Who of the store waits here, by number or by badge, whoever waits longest first.
    pub fn waiting(&self, now_ms: u64) -> Vec<Waiting> {
        let mut waiting: BTreeMap<PersonId, Waiting> = BTreeMap::new();
        // Answers by phone are between them and IT: no lead ends that wait.
        let here = self.kept.series.iter().filter(|(_, series)| series.by != SignInBy::Phone);
        for (key, series) in here {
            let lockout = if self.kept.badges.wrong(key) > 0 {
                &self.kept.badges
            } else {
                &self.kept.numbers
            };
            let wrong = lockout.wrong(key);
            let Some(person) = series.person.clone().filter(|_| wrong > FREE_TRIES) else {
                continue;
            };
            let until = lockout.locked_until_ms(key, now_ms).unwrap_or(now_ms);
            let new = Waiting { person: person.clone(), tries: 0, wait_ms: 0 };
            let one = waiting.entry(person).or_insert(new);
            one.tries = one.tries.saturating_add(small(wrong));
            one.wait_ms = one.wait_ms.max(until.saturating_sub(now_ms));
        }
        let mut waiting: Vec<Waiting> = waiting.into_values().filter(|w| w.wait_ms > 0).collect();
        waiting.sort_by_key(|one| std::cmp::Reverse(one.wait_ms));
        waiting
    }

    /// Ends somebody's waits, by number and by badge, once that is recorded; what made everybody
    /// wait stays.
    pub fn end_waits(&mut self, person: &PersonId) {
        let Kept { numbers, badges, series, .. } = &mut self.kept;
        series.retain(|key, series| {
            let keep = series.person.as_ref() != Some(person) || series.by == SignInBy::Phone;
            if !keep {
                numbers.forget(key);
                badges.forget(key);
            }
            keep
        });
        self.keep();
    }

    /// Something waits to be recorded.
    pub const fn has_untold(&self) -> bool {
        !self.kept.untold.is_empty()
    }

    /// Keeps all of it, on the disk when this returns. Where it can't be written everything counts
    /// on in memory.
    pub fn keep(&mut self) {
        let saved = self.file.save(&self.kept);
        self.unkept = saved.is_err();
        if let Err(error) = saved {
            tracing::error!(%error, "wrong PINs are not kept; a restart forgets them");
        }
    }

    /// The file could not be written when it was last to be.
    pub const fn is_unkept(&self) -> bool {
        self.unkept
    }
}

impl Kept {
    fn of_register() -> Self {
        Self {
            numbers: Lockout::of_register(),
            badges: Lockout::of_register(),
            series: BTreeMap::new(),
            untold: Vec::new(),
        }
    }

    const fn lockout(&self, tried: Tried<'_>) -> &Lockout {
        if matches!(tried, Tried::Badge(_)) { &self.badges } else { &self.numbers }
    }

    const fn lockout_mut(&mut self, tried: Tried<'_>) -> &mut Lockout {
        if matches!(tried, Tried::Badge(_)) { &mut self.badges } else { &mut self.numbers }
    }

    /// Numbers that nothing is counted for any more have no series either.
    fn forget_old_series(&mut self) {
        let Self { numbers, badges, series, .. } = self;
        series.retain(|key, _| numbers.wrong(key) > 0 || badges.wrong(key) > 0);
    }
}

impl Series {
    fn guessed(&self, wrong: usize, to: Timestamp, then: GuessEnd) -> PinGuessed {
        let (person, by, from) = (self.person.clone(), self.by, self.from);
        PinGuessed { person, by, tries: small(wrong), from, to, then }
    }
}

fn hashed(what: &[u8], whose: &str) -> String {
    Hash::of_parts(&[what, whose.as_bytes()]).to_string()
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
