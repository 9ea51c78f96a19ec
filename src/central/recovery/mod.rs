//! Where the recovery stands: what was announced against what is here, store by store.
//!
//! ```text
//!  RecoveryStore::stores ─▶ [StoreIn] ─┐
//!  found, hold, exports ───────────────┼─▶ Recovery (pure) ─▶ page, JSON, metrics
//!  Pace (records a second) ────────────┘
//!  RecoveryStore::outages ─▶ Outages ─▶ status page of a store, form for customers
//! ```
//!
//! Registers announce first, so that percent and money are known before the last body arrives.
//! They are counted over what was out (`out`): of journals that lack something, from where central
//! stood when they turned behind; and of whole ones that turned behind since an hour before the
//! oldest of those did, a day ago at most: registers of one outage announce within minutes. What
//! nobody vouched for is in no sum.
//! The database is asked at most once a second, however many people look (`watch`).

mod counted;
mod kept;
pub mod out;
mod pace;
pub mod page;
mod public;
mod question;
pub(super) mod status;
mod watch;

use serde::Serialize;

use crate::domain::ids::{RegisterNo, StoreNo};
use crate::domain::time::Timestamp;
use crate::reconcile::exception::Level;

use super::store::StoreError;

pub use pace::Pace;
pub(super) use public::{Asked, Board};
pub(super) use question::{FOUND, OUTAGES, REGISTERS, STORES, whole, within};
pub(super) use watch::Watch;

/// Whole journals that turned behind longer ago are no part of a recovery.
pub const COUNTED_MS: i64 = 24 * 60 * 60 * 1_000;

/// One store: sums over its registers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StoreIn {
    /// Its number.
    pub store: u32,
    /// When any of its registers was heard last, in milliseconds since 1970; 0 for never.
    pub heard_ms: i64,
    /// What can be added up.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The figures of one store or of several: what can be added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Registers that are known: enrolled, or nobody vouched for them yet.
    pub registers: u64,
    /// Of those enrolled, the ones that never announced anything.
    pub unheard: u64,
    /// Those with everything here that they announced, heard lately.
    pub complete: u64,
    /// Those that have something out and were heard lately.
    pub sending: u64,
    /// Those that have something out and were not heard lately.
    pub silent: u64,
    /// Those with everything here that they announced, and not heard lately: what they did since
    /// is not known here.
    pub quiet: u64,
    /// All records that are here and count.
    pub records: u64,
    /// Of what was out, records that are here.
    pub received: u64,
    /// Records that were out.
    pub expected: u64,
    /// Records that are out, of which a person decided that they are lost; in no other figure.
    pub given_up: u64,
    /// Records that are here of journals nobody vouched for; in no other figure.
    pub unvouched: u64,
    /// Takings less pay-outs of what was out and is here, in minor units.
    pub money: i64,
    /// The same of what was out.
    pub money_expected: i64,
    /// Records of other branches.
    pub forked: u64,
    /// Records that are here and not in the totals yet.
    pub behind: u64,
    /// Records that wait for others before them.
    pub parked: u64,
    /// Journals that are here whole, with other money than was announced.
    pub differs: u64,
    /// Registers with a key that nobody vouched for.
    pub provisional: u64,
}

/// The stores of a recovery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoresIn {
    /// One a store, by number.
    pub stores: Vec<StoreIn>,
    /// Whole journals count if they turned behind since, in milliseconds since 1970.
    pub counted_from_ms: i64,
}

/// One register of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RegisterIn {
    /// Its number.
    pub register: u16,
    /// A key of it is enrolled.
    pub enrolled: bool,
    /// A key of it waits for somebody to vouch for it.
    pub provisional: bool,
    /// All records that are here and count.
    pub records: u64,
    /// Of what was out, records that are here.
    pub received: u64,
    /// Records that were out.
    pub expected: u64,
    /// Records that are out, of which a person decided that they are lost.
    pub given_up: u64,
    /// Records that are here of journals nobody vouched for.
    pub unvouched: u64,
    /// Money of what was out and is here, in minor units.
    pub money: i64,
    /// Money of what was out.
    pub money_expected: i64,
    /// When it was heard last; 0 for never.
    pub heard_ms: i64,
}

/// What was found, by code and level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundCount {
    /// The rule's word.
    pub code: String,
    /// How grave.
    pub level: String,
    /// How often.
    pub count: u64,
    /// At how many stores.
    pub stores: u64,
    /// The amounts, summed.
    pub amount: i64,
}

/// How far another system is behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportLag {
    /// Its name.
    pub target: String,
    /// Records that it has not got yet and will get by themselves.
    pub behind: u64,
    /// Records that a person has to look at first.
    pub stuck: u64,
}

/// What a store answers about the recovery.
pub trait RecoveryStore {
    /// One row a store; silence begins before `silent_before` (milliseconds since 1970). Whole
    /// journals count if they turned behind since an hour before the oldest that is behind still
    /// did, and not before `counted_from`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn stores_in(&mut self, silent_before: i64, counted_from: i64) -> Result<StoresIn, StoreError>;

    /// One row a register of a store, the furthest behind first; whole journals count if they
    /// turned behind since `counted_from`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn registers_in(
        &mut self,
        store: StoreNo,
        counted_from: i64,
    ) -> Result<Vec<RegisterIn>, StoreError>;

    /// What was found over all stores, by code and level.
    ///
    /// # Errors
    /// [`StoreError`].
    fn found_counts(&mut self) -> Result<Vec<FoundCount>, StoreError>;

    /// The records of a store about outages, in the order of their places.
    ///
    /// # Errors
    /// [`StoreError`].
    fn outage_lines(&mut self, store: StoreNo) -> Result<Vec<Vec<u8>>, StoreError>;
}

/// Sums over all stores.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Stores that are known.
    pub stores: u64,
    /// Stores with everything here that was announced, all of their registers heard lately.
    pub stores_complete: u64,
    /// Stores that announced nothing, or of which nothing was heard lately.
    pub stores_silent: u64,
    /// Registers of stores where something was out, whole by their last word and not heard lately
    /// or never: what they did since is not known.
    pub away: u64,
    /// The figures of all stores, summed.
    #[serde(flatten)]
    pub all: Figures,
}

/// Where the recovery stood at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recovery {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The hours and minutes of central's own clock are so far from UTC, in minutes.
    pub offset_min: i16,
    /// A register is silent after so many milliseconds.
    pub silent_ms: i64,
    /// Whole journals count if they turned behind since, in milliseconds since 1970.
    pub counted_from_ms: i64,
    /// Why nothing may be sent, while that is so.
    pub hold: Option<String>,
    /// Sums over all stores.
    pub sums: Sums,
    /// In so many seconds all of it is here; none while that is not known.
    pub seconds_left: Option<u64>,
    /// Records a second, lately.
    pub a_second: Option<u64>,
    /// Other systems.
    pub exports: Vec<ExportLag>,
    /// What was found.
    pub found: Vec<FoundCount>,
    /// Stores, the worst first.
    pub stores: Vec<StoreIn>,
}

impl Figures {
    /// Records that are still out.
    pub const fn missing(&self) -> u64 {
        self.expected.saturating_sub(self.received)
    }

    fn and(self, more: &Self) -> Self {
        Self {
            registers: self.registers.saturating_add(more.registers),
            unheard: self.unheard.saturating_add(more.unheard),
            complete: self.complete.saturating_add(more.complete),
            sending: self.sending.saturating_add(more.sending),
            silent: self.silent.saturating_add(more.silent),
            quiet: self.quiet.saturating_add(more.quiet),
            records: self.records.saturating_add(more.records),
            given_up: self.given_up.saturating_add(more.given_up),
            unvouched: self.unvouched.saturating_add(more.unvouched),
            received: self.received.saturating_add(more.received),
            expected: self.expected.saturating_add(more.expected),
            money: self.money.saturating_add(more.money),
            money_expected: self.money_expected.saturating_add(more.money_expected),
            forked: self.forked.saturating_add(more.forked),
            behind: self.behind.saturating_add(more.behind),
            parked: self.parked.saturating_add(more.parked),
            differs: self.differs.saturating_add(more.differs),
            provisional: self.provisional.saturating_add(more.provisional),
        }
    }
}

impl StoreIn {
    /// Announced nothing, or nothing was heard since. A store whose keys are all revoked has
    /// nothing more to say.
    pub const fn is_silent(&self, before_ms: i64) -> bool {
        self.heard_ms < before_ms && self.figures.registers > 0
    }

    /// Everything that was announced is here, and every register says so.
    const fn is_complete(&self, before_ms: i64) -> bool {
        let Figures { unheard, quiet, .. } = self.figures;
        self.figures.missing() == 0 && unheard == 0 && quiet == 0 && !self.is_silent(before_ms)
    }

    /// Something was out, so that those who say nothing may have something too.
    const fn had_something_out(&self) -> bool {
        self.figures.expected > 0
    }

    /// Registers of which nobody knows what they did since.
    const fn away(&self) -> u64 {
        self.figures.unheard.saturating_add(self.figures.quiet)
    }

    /// Worst first: evidence in doubt, then silent with something out, then most out.
    fn rank(&self, before_ms: i64) -> (u8, std::cmp::Reverse<u64>, u32) {
        let Figures { forked, differs, parked, provisional, .. } = self.figures;
        let missing = self.figures.missing();
        let class = if forked > 0 || differs > 0 {
            0
        } else if missing > 0 && self.is_silent(before_ms) {
            1
        } else if missing > 0 {
            2
        } else if parked > 0 || self.heard_ms == 0 {
            3
        } else {
            4_u8.saturating_add(u8::from(provisional == 0))
        };
        (class, std::cmp::Reverse(missing), self.store)
    }
}

impl Sums {
    fn of(stores: &[StoreIn], before_ms: i64) -> Self {
        let count = |fits: &dyn Fn(&StoreIn) -> bool| {
            u64::try_from(stores.iter().filter(|one| fits(one)).count()).unwrap_or(u64::MAX)
        };
        Self {
            stores: count(&|_| true),
            stores_complete: count(&|one| one.is_complete(before_ms)),
            stores_silent: count(&|one| one.is_silent(before_ms)),
            away: stores
                .iter()
                .filter(|one| one.had_something_out())
                .fold(0, |sum, one| sum.saturating_add(one.away())),
            all: stores.iter().fold(Figures::default(), |sum, one| sum.and(&one.figures)),
        }
    }
}

/// What a recovery is made of, beside its stores.
pub(super) struct Around {
    pub(super) now: Timestamp,
    pub(super) silent_ms: i64,
    pub(super) hold: Option<String>,
    pub(super) found: Vec<FoundCount>,
    pub(super) exports: Vec<ExportLag>,
}

impl Recovery {
    /// Puts together what was asked; the pace hears of it.
    pub(super) fn of(
        StoresIn { mut stores, counted_from_ms }: StoresIn,
        around: Around,
        mono_ms: u64,
        pace: &mut Pace,
    ) -> Self {
        let Around { now, silent_ms, hold, mut found, exports } = around;
        let before = now.utc_ms.saturating_sub(silent_ms);
        let sums = Sums::of(&stores, before);
        stores.sort_by_key(|store| store.rank(before));
        let journals = |count: u64| FoundCount {
            code: String::new(),
            level: Level::Critical.word().to_owned(),
            count,
            stores: 0,
            amount: 0,
        };
        // What journals say as they stand is in no row of a database.
        if sums.all.parked > 0 {
            let at = stores.iter().filter(|store| store.figures.parked > 0).count();
            let stores = u64::try_from(at).unwrap_or(u64::MAX);
            found.push(FoundCount { code: "gap".into(), stores, ..journals(sums.all.parked) });
        }
        if sums.all.differs > 0 {
            let at = stores.iter().filter(|store| store.figures.differs > 0).count();
            let stores = u64::try_from(at).unwrap_or(u64::MAX);
            let code = "control_totals".into();
            found.push(FoundCount { code, stores, ..journals(sums.all.differs) });
        }
        let weight = |one: &FoundCount| {
            let grave = ["critical", "hold", "review"].iter().position(|word| *word == one.level);
            (grave.unwrap_or(3), std::cmp::Reverse(one.count), one.code.clone())
        };
        found.sort_by_key(weight);
        pace.see(mono_ms, sums.all.received);
        let missing = sums.all.missing();
        Self {
            at_ms: now.utc_ms,
            offset_min: now.offset_min,
            silent_ms,
            counted_from_ms,
            hold,
            seconds_left: (missing > 0).then(|| pace.seconds_for(missing)).flatten(),
            a_second: pace.a_second(),
            sums,
            exports,
            found,
            stores,
        }
    }

    /// Silent are those that were heard before it only.
    pub const fn silent_before(&self) -> i64 {
        self.at_ms.saturating_sub(self.silent_ms)
    }

    /// Something that was announced is not here.
    pub const fn is_under_way(&self) -> bool {
        self.sums.all.missing() > 0
    }

    /// Nothing is out, and nobody is away who may have something: only that is good news.
    pub const fn is_all_clear(&self) -> bool {
        !self.is_under_way() && self.sums.stores_silent == 0 && self.sums.away == 0
    }

    /// Records that other systems will get.
    pub fn export_lag(&self) -> u64 {
        self.exports.iter().fold(0, |sum, one| sum.saturating_add(one.behind))
    }

    /// Found with this level.
    pub fn found_at(&self, level: Level) -> u64 {
        let fitting = self.found.iter().filter(|one| one.level == level.word());
        fitting.fold(0, |sum, one| sum.saturating_add(one.count))
    }
}

/// A register as it is told to people.
impl RegisterIn {
    /// Its number.
    pub const fn number(&self) -> RegisterNo {
        RegisterNo(self.register)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_764_000_000_000;

    fn store(number: u32, received: u64, expected: u64, heard_min: i64) -> StoreIn {
        StoreIn {
            store: number,
            heard_ms: NOW - heard_min * 60_000,
            figures: Figures {
                registers: 1,
                unheard: u64::from(heard_min >= 60),
                records: received,
                received,
                expected,
                ..Figures::default()
            },
        }
    }

    fn recovery(stores: Vec<StoreIn>, found: Vec<FoundCount>) -> Recovery {
        let now = Timestamp::new(NOW, -360).expect("a time");
        let around = Around { now, silent_ms: 15 * 60_000, hold: None, found, exports: Vec::new() };
        let stores = StoresIn { stores, counted_from_ms: NOW - COUNTED_MS };
        Recovery::of(stores, around, 0, &mut Pace::default())
    }

    #[test]
    fn the_worst_store_comes_first() {
        let mut forked = store(9, 10, 10, 1);
        forked.figures.forked = 3;
        let never = StoreIn { heard_ms: 0, ..store(7, 0, 0, 60) };
        let all = vec![
            store(1, 50, 50, 1),
            store(2, 5, 900, 1),
            store(3, 5, 10, 16),
            store(4, 0, 2_000, 1),
            never,
            forked,
        ];
        let now = recovery(all, Vec::new());
        let order: Vec<u32> = now.stores.iter().map(|store| store.store).collect();
        assert_eq!(order, [9, 3, 4, 2, 7, 1]);
        assert_eq!((now.sums.stores, now.sums.stores_silent, now.sums.stores_complete), (6, 2, 2));
        assert_eq!((now.sums.all.received, now.sums.all.missing()), (70, 895 + 5 + 2_000));
        assert!(now.is_under_way() && now.seconds_left.is_none(), "no pace yet");
    }

    #[test]
    fn what_journals_say_as_they_stand_is_found_with_the_rest_gravest_first() {
        let of = |code: &str, level: &str, count| FoundCount {
            code: code.to_owned(),
            level: level.to_owned(),
            count,
            stores: 1,
            amount: 0,
        };
        let mut gap = store(1, 5, 5, 0);
        (gap.figures.parked, gap.figures.differs) = (4, 1);
        let found = vec![of("keyed_price", "info", 900), of("slip_twice", "hold", 2)];
        let now = recovery(vec![gap, store(2, 1, 1, 0)], found);
        let told: Vec<_> = now.found.iter().map(|one| (one.code.as_str(), one.count)).collect();
        let expected = [("gap", 4), ("control_totals", 1), ("slip_twice", 2), ("keyed_price", 900)];
        assert_eq!(told, expected);
        assert_eq!((now.found_at(Level::Critical), now.found_at(Level::Hold)), (5, 2));
        assert!(!now.is_under_way());
    }

    #[test]
    fn a_stores_figures_are_read_beside_its_number() {
        let told = serde_json::to_value(store(7, 5, 9, 1)).expect("json");
        let told = told.as_object().expect("an object");
        assert_eq!(
            (&told["store"], &told["received"], &told["expected"]),
            (&7.into(), &5.into(), &9.into())
        );
        assert_eq!(told.len(), 20, "none stands a level lower: {told:?}");
    }

    #[test]
    fn it_is_good_news_only_where_nobody_is_away_who_may_have_something() {
        let quiet = |count, expected| {
            let mut one = store(2, expected, expected, 1);
            (one.figures.registers, one.figures.quiet) = (9, count);
            one
        };
        let clear = |stores| recovery(stores, Vec::new()).is_all_clear();
        assert!(clear(vec![store(1, 5, 5, 1), quiet(0, 7)]));
        // Eight registers of a store that had an outage are switched off: nobody knows of them.
        let now = recovery(vec![store(1, 5, 5, 1), quiet(8, 7)], Vec::new());
        assert!(!now.is_all_clear() && !now.is_under_way());
        assert_eq!((now.sums.away, now.sums.stores_complete), (8, 1));
        // A store where nothing was out switches lanes on and off as it likes.
        assert!(clear(vec![store(1, 5, 5, 1), quiet(8, 0)]));
        // Not if all of it is silent.
        assert!(!clear(vec![store(1, 5, 5, 1), store(2, 0, 0, 16)]));
        assert!(!clear(vec![store(1, 5, 9, 1)]));
        // Whoever's keys are all revoked is waited for no more.
        let mut revoked = store(3, 0, 0, 16);
        revoked.figures.registers = 0;
        assert!(clear(vec![store(1, 5, 5, 1), revoked]));
    }
}
