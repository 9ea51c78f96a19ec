//! Sealed data that central destroys once its days are over: by which rule, by whose word, and
//! that it stays destroyed.
//!
//! ```text
//!  sealed ──(some rows, one transaction)──▶ sealed_destroyed: each row's name, no data
//!    │                                      sealed_destruction: who, why, received before when
//!    └── at the end: what rows leave behind in files is overwritten ──▶ sealed_overwritten
//! ```
//!
//! Days are counted from when central received a row, by central's clock: a register's may be
//! wrong, or set. Whoever sends a destroyed row again is told that central holds it, and nothing is
//! kept. Records are not touched: they hold commitments, and verify as before.

use std::path::Path;

use crate::domain::card_number;
use crate::domain::check::Commitment;
use crate::domain::decision::REASON_LEN_MAX;
use crate::domain::ids::{JournalId, Seq, StoreNo};
use crate::domain::time::{BusinessDate, Timestamp};

use super::marks::{Mark, Marks};
use super::store::{Store, StoreError};

/// How many days sealed data is kept, unless the chain decided otherwise: a year in which whoever
/// drew a check may still call it forged or altered (UCC 4-406(f)), begun with a statement that
/// comes up to a month after, and some days.
pub const KEEP_DAYS: u32 = 400;
/// Nobody keeps it for less without saying so: banks pay a check for six months (UCC 4-404), and
/// one that came back may be presented again as a debit up to 180 days after its date (Nacha, RCK).
pub const KEEP_DAYS_MIN: i64 = 180;
/// The longest rule.
pub const KEEP_DAYS_MAX: i64 = 36_500;
/// Rows of one transaction.
pub const ROWS_AT_ONCE: usize = 500;

const DAY_MS: i64 = 86_400_000;

/// Up to which day it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Until {
    /// What central received before this day, in UTC.
    pub day: BusinessDate,
    /// It is sooner than the days that are kept.
    pub early: bool,
}

/// Somebody destroys sealed data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destruction {
    /// Who: a person of IT.
    pub who: String,
    /// Why.
    pub reason: String,
    /// When it was begun, in milliseconds since 1970.
    pub at_ms: i64,
    /// What central received before then.
    pub before_ms: i64,
    /// It is sooner than the days that are kept.
    pub early: bool,
}

/// A destruction as it stands on record, for one store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestructionRow {
    /// The store.
    pub store: StoreNo,
    /// What was done.
    pub done: Destruction,
    /// What its rows left behind was overwritten, too; until then it is to be run again.
    pub finished: bool,
}

/// How much sealed data of a store there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedCount {
    /// The store.
    pub store: StoreNo,
    /// Rows that were received before a moment.
    pub due: u64,
    /// When the first and the last of them were received; none where there is none.
    pub received: Option<(i64, i64)>,
    /// All rows.
    pub all: u64,
}

/// A row's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedName {
    /// The journal.
    pub journal: JournalId,
    /// What the record holds.
    pub commitment: Commitment,
}

/// Some rows that were destroyed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destroyed {
    /// How many.
    pub rows: u64,
    /// The last of them: the next ones lie behind it.
    pub last: SealedName,
}

/// That a row was destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// What the record holds.
    pub commitment: Commitment,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who.
    pub who: String,
    /// Why.
    pub reason: String,
}

/// Why nothing was destroyed.
#[derive(Debug, thiserror::Error)]
pub enum NotDestroyed {
    /// Central's store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The day is still to come.
    #[error(
        "{asked} is still to come, by UTC it is {today}; nothing was destroyed. Name an earlier \
         day with --before, or leave it out"
    )]
    Future {
        /// The day that was asked for.
        asked: BusinessDate,
        /// The day that it is.
        today: BusinessDate,
    },
    /// Checks of then may still come back.
    #[error(
        "what central received up to {asked} is not {keep} days old, and a check of then may still \
         come back or be called forged: without its data nobody knows whose account it was. \
         Nothing was destroyed. {latest} is the latest day by this rule; --keep sets the days that \
         your house decided, {KEEP_DAYS_MIN} at least, and who must go further says so with \
         --even-if-checks-may-still-come-back"
    )]
    TooEarly {
        /// The day that was asked for.
        asked: BusinessDate,
        /// The days that are kept.
        keep: u32,
        /// The latest day that the rule lets.
        latest: BusinessDate,
    },
    /// The clock is none.
    #[error(
        "this machine's clock shows no day that can be reckoned with; nothing was destroyed. Set \
         the clock"
    )]
    NoClock,
    /// There is no such store.
    #[error(
        "central never heard of store {0}; nothing was destroyed. Look at the number, or leave \
         --store out for all stores"
    )]
    NoStore(StoreNo),
    /// No reason.
    #[error(
        "say why with --why, on one line of at most 500 letters and without control characters; \
         nothing was destroyed"
    )]
    NoReason,
    /// A payment card's number in the reason.
    #[error(
        "the reason holds a payment card's number; nothing was destroyed or kept. Write it without \
         that number"
    )]
    CardNumber,
    /// Nobody signed.
    #[error(
        "this is no token of IT, so nobody would have signed; nothing was destroyed. 'tideover \
         central it-token --who NAME' makes one for a person; type it as the first line"
    )]
    NoToken,
}

/// What a store keeps of sealed data that was destroyed. Nothing of it is changed or taken away.
pub trait DestructionStore {
    /// How much sealed data of a store there is, or of each store.
    ///
    /// # Errors
    /// [`StoreError`].
    fn sealed_counts(
        &mut self,
        of: Option<StoreNo>,
        before_ms: i64,
    ) -> Result<Vec<SealedCount>, StoreError>;

    /// Destroys some rows that lie behind another one and were received in time, and keeps that
    /// and whose deed it was, in one transaction; none where there are no more. Their bytes may
    /// stand in files until [`Self::overwrite_destroyed`].
    ///
    /// # Errors
    /// [`StoreError`]; then none of them was.
    fn destroy_sealed(
        &mut self,
        deed: &Destruction,
        of: Option<StoreNo>,
        behind: Option<&SealedName>,
        most: usize,
    ) -> Result<Option<Destroyed>, StoreError>;

    /// Overwrites what destroyed rows left behind in the database's own files, and keeps that all
    /// destructions are finished by it.
    ///
    /// # Errors
    /// [`StoreError`], also where something held the files: then it is to be done again.
    fn overwrite_destroyed(&mut self, now_ms: i64) -> Result<(), StoreError>;

    /// What was done at a store, or at each, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn destructions(&mut self, of: Option<StoreNo>) -> Result<Vec<DestructionRow>, StoreError>;

    /// The destroyed rows of one record.
    ///
    /// # Errors
    /// [`StoreError`].
    fn destroyed_of(&mut self, journal: &JournalId, seq: Seq) -> Result<Vec<Gone>, StoreError>;
}

impl Until {
    /// The day that a rule of so many days comes to, or the one that was asked for.
    ///
    /// # Errors
    /// [`NotDestroyed`] where it is still to come, or too early and nobody said so.
    pub fn of(
        asked: Option<BusinessDate>,
        keep: u32,
        although: bool,
        now_ms: i64,
    ) -> Result<Self, NotDestroyed> {
        let days = now_ms.div_euclid(DAY_MS);
        let day = |days| BusinessDate::from_days_since_1970(days).ok_or(NotDestroyed::NoClock);
        let (today, latest) = (day(days)?, day(days.saturating_sub(i64::from(keep)))?);
        let Some(asked) = asked.filter(|asked| *asked > latest) else {
            return Ok(Self { day: asked.unwrap_or(latest), early: false });
        };
        if asked > today {
            return Err(NotDestroyed::Future { asked, today });
        }
        if !although {
            return Err(NotDestroyed::TooEarly { asked, keep, latest });
        }
        Ok(Self { day: asked, early: true })
    }

    /// The day's beginning in UTC, in milliseconds since 1970.
    pub fn ms(self) -> i64 {
        self.day.days_since_1970().saturating_mul(DAY_MS)
    }
}

/// A reason that can be kept.
///
/// # Errors
/// [`NotDestroyed`] where it is none.
pub fn reason(text: &str) -> Result<String, NotDestroyed> {
    let reason = text.trim();
    let odd = reason.chars().any(char::is_control) || reason.chars().count() > REASON_LEN_MAX;
    if reason.is_empty() || odd {
        return Err(NotDestroyed::NoReason);
    }
    if card_number::is_in(reason) {
        return Err(NotDestroyed::CardNumber);
    }
    Ok(reason.to_owned())
}

impl Gone {
    /// For whoever would have opened it.
    pub fn words(&self) -> String {
        let at = Timestamp::new(self.at_ms, 0).map(|at| at.local_date().to_string());
        format!(
            "its data was destroyed at central on {} by {} ({}), and nobody can open it any more; \
             the record and its money stand as they were",
            at.unwrap_or_default(),
            self.who,
            self.reason
        )
    }
}

/// How much sealed data there is, of one store or of all.
///
/// # Errors
/// [`NotDestroyed::NoStore`] where central has neither such data nor records of the store.
pub fn count(
    store: &mut dyn Store,
    of: Option<StoreNo>,
    until: Until,
) -> Result<Vec<SealedCount>, NotDestroyed> {
    let counts = store.sealed_counts(of, until.ms())?;
    let Some(of) = of.filter(|_| counts.is_empty()) else { return Ok(counts) };
    let known = !store.journals(Some(of))?.is_empty();
    if known { Ok(counts) } else { Err(NotDestroyed::NoStore(of)) }
}

/// A destruction that the database knows nothing of any more, since it was put back to an older
/// copy: what it took may be there again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// Who had done it.
    pub who: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What central had received before then went.
    pub before_ms: i64,
    /// It was of this store alone.
    pub of: Option<StoreNo>,
}

impl Undone {
    /// The one that the mark in central's folder tells of, where the database does not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn look(store: &mut dyn Store, folder: &Path) -> Result<Option<Self>, StoreError> {
        let Some(text) = Marks::of(folder).read(Mark::Destroyed) else { return Ok(None) };
        let Some((at, one)) = Self::read(&text) else { return Ok(None) };
        let rows = store.destructions(Some(at))?;
        let there = rows.iter().any(|row| row.done.at_ms == one.at_ms && row.done.who == one.who);
        Ok(Some(one).filter(|_| !there))
    }

    /// `STORE AT WHO BEFORE OF`: the store of the last row that went, and `all` or the store that
    /// was asked for.
    fn read(text: &str) -> Option<(StoreNo, Self)> {
        let words: Vec<&str> = text.split(' ').collect();
        let [store, at, who, before, of] = words.as_slice() else { return None };
        let of = if *of == "all" { None } else { Some(StoreNo(of.parse().ok()?)) };
        let (at_ms, before_ms) = (at.parse().ok()?, before.parse().ok()?);
        Some((StoreNo(store.parse().ok()?), Self { who: (*who).to_owned(), at_ms, before_ms, of }))
    }

    /// A deed takes all that this one took.
    pub fn is_covered(&self, deed: &Destruction, of: Option<StoreNo>) -> bool {
        deed.before_ms >= self.before_ms && (of.is_none() || of == self.of)
    }
}

/// Keeps beside the database that rows went, so that an older copy of it is known.
pub fn remember(folder: &Path, deed: &Destruction, of: Option<StoreNo>, last: StoreNo) {
    let Destruction { who, at_ms, before_ms, .. } = deed;
    let of = of.map_or_else(|| "all".to_owned(), |of| of.to_string());
    let text = format!("{last} {at_ms} {who} {before_ms} {of}");
    Marks::of(folder).write(Mark::Destroyed, &text);
}

/// Nothing is to be remembered: what had come back is gone again.
pub fn forget(folder: &Path) {
    Marks::of(folder).write(Mark::Destroyed, "");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> BusinessDate {
        BusinessDate::parse(text).expect("a day")
    }

    /// Noon of 2026-11-22 in UTC.
    fn noon() -> i64 {
        day("2026-11-22").days_since_1970() * DAY_MS + DAY_MS / 2
    }

    #[test]
    fn a_rule_of_days_names_a_day_and_an_earlier_one_is_nobodys_question() {
        let by_rule = Until::of(None, KEEP_DAYS, false, noon()).expect("a day");
        assert_eq!(by_rule, Until { day: day("2025-10-18"), early: false });
        assert_eq!(by_rule.ms(), day("2025-10-18").days_since_1970() * DAY_MS);
        for (asked, keep) in [("2025-10-18", 400), ("2001-01-01", 400), ("2026-05-26", 180)] {
            let until = Until::of(Some(day(asked)), keep, false, noon()).expect("old enough");
            assert_eq!(until, Until { day: day(asked), early: false });
        }
        assert!(matches!(Until::of(None, 400, false, i64::MAX), Err(NotDestroyed::NoClock)));
    }

    #[test]
    fn sooner_needs_a_word_and_what_is_to_come_has_none() {
        let of = |asked, although| Until::of(Some(day(asked)), KEEP_DAYS, although, noon());
        for asked in ["2025-10-19", "2026-11-22"] {
            assert!(matches!(of(asked, false), Err(NotDestroyed::TooEarly { .. })), "{asked}");
            assert_eq!(of(asked, true).expect("said"), Until { day: day(asked), early: true });
        }
        for although in [true, false] {
            assert!(matches!(of("2026-11-23", although), Err(NotDestroyed::Future { .. })));
        }
        // A word that was not needed is no early destruction.
        assert!(!of("2025-10-18", true).expect("old enough").early);
    }

    #[test]
    fn a_mark_is_read_as_it_was_written_and_anything_else_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let deed = Destruction {
            who: "jo".to_owned(),
            reason: "by the rule".to_owned(),
            at_ms: noon(),
            before_ms: day("2025-10-18").days_since_1970() * DAY_MS,
            early: false,
        };
        for of in [None, Some(StoreNo(1042))] {
            remember(folder.path(), &deed, of, StoreNo(1042));
            let text = Marks::of(folder.path()).read(Mark::Destroyed).expect("written");
            let (last, one) = Undone::read(&text).expect("read");
            assert_eq!((last, one.of, one.who.as_str()), (StoreNo(1042), of, "jo"));
            assert!(one.is_covered(&deed, None));
            assert_eq!(one.is_covered(&deed, Some(StoreNo(1042))), of.is_some());
            assert!(!one.is_covered(&deed, Some(StoreNo(7))));
            let sooner = Destruction { before_ms: deed.before_ms - 1, ..deed.clone() };
            assert!(!one.is_covered(&sooner, None));
        }
        for text in ["", "1042 1 jo 2", "1042 1 jo 2 every", "x 1 jo 2 all"] {
            assert_eq!(Undone::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_reason_is_asked_for_on_one_line_and_without_a_cards_number() {
        let long = "x".repeat(REASON_LEN_MAX + 1);
        for reason in ["", "  ", "two\nlines", &long] {
            assert!(matches!(super::reason(reason), Err(NotDestroyed::NoReason)), "{reason}");
        }
        assert!(matches!(super::reason("4111 1111 1111 1111"), Err(NotDestroyed::CardNumber)));
        let most = "x".repeat(REASON_LEN_MAX);
        assert_eq!(super::reason(&format!(" {most} ")).expect("a reason"), most);
    }
}
