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
//! The database is asked at most once a second, however many people look (`watch`).

mod counted;
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
pub(super) use question::{FOUND, OUTAGES, REGISTERS, STORES};
pub(super) use watch::Watch;

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
    /// Registers that are known: enrolled, or heard of.
    pub registers: u64,
    /// Of them, those that never announced anything.
    pub unheard: u64,
    /// Those with everything here that they announced.
    pub complete: u64,
    /// Those that have something out and were heard lately.
    pub sending: u64,
    /// Those that have something out and were not heard lately.
    pub silent: u64,
    /// Records that are here.
    pub received: u64,
    /// Records that were announced.
    pub expected: u64,
    /// Takings less pay-outs of what is here, in minor units.
    pub money: i64,
    /// The same of what was announced.
    pub money_expected: i64,
    /// Records of other branches.
    pub forked: u64,
    /// Records that are here and not in the totals yet.
    pub behind: u64,
    /// Records that wait for others before them.
    pub parked: u64,
    /// Journals that are here whole, with other money than was announced.
    pub differs: u64,
    /// Registers that nobody vouched for.
    pub provisional: u64,
}

/// One register of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegisterIn {
    /// Its number.
    pub register: u16,
    /// Records that are here.
    pub received: u64,
    /// Records that were announced.
    pub expected: u64,
    /// Money that is here, in minor units.
    pub money: i64,
    /// Money that was announced.
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
    /// One row a store; silence begins before `silent_before` (milliseconds since 1970).
    ///
    /// # Errors
    /// [`StoreError`].
    fn stores_in(&mut self, silent_before: i64) -> Result<Vec<StoreIn>, StoreError>;

    /// One row a register of a store, the furthest behind first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn registers_in(&mut self, store: StoreNo) -> Result<Vec<RegisterIn>, StoreError>;

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
    /// Stores with everything here that was announced.
    pub stores_complete: u64,
    /// Stores that announced nothing, or of which nothing was heard lately.
    pub stores_silent: u64,
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
    /// Announced nothing, or nothing was heard since.
    pub const fn is_silent(&self, before_ms: i64) -> bool {
        self.heard_ms < before_ms
    }

    /// Everything that was announced is here, and something was.
    const fn is_complete(&self) -> bool {
        self.figures.missing() == 0 && self.heard_ms > 0
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
            stores_complete: count(&StoreIn::is_complete),
            stores_silent: count(&|one| one.is_silent(before_ms)),
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
        mut stores: Vec<StoreIn>,
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
            figures: Figures { registers: 1, received, expected, ..Figures::default() },
        }
    }

    fn recovery(stores: Vec<StoreIn>, found: Vec<FoundCount>) -> Recovery {
        let now = Timestamp::new(NOW, -360).expect("a time");
        let around = Around { now, silent_ms: 15 * 60_000, hold: None, found, exports: Vec::new() };
        Recovery::of(stores, around, 0, &mut Pace::default())
    }

    #[test]
    fn the_worst_store_comes_first() {
        let mut forked = store(9, 10, 10, 1);
        forked.figures.forked = 3;
        let never = StoreIn { heard_ms: 0, ..store(7, 0, 0, 0) };
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
        assert_eq!(told.len(), 16, "none stands a level lower: {told:?}");
    }
}
