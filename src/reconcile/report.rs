//! A store as it stands after an outage, as one value: what central's answers hold and what a
//! register's window draws. The page shows the same, in the same order ([`Section`]).
//!
//! ```text
//!  central: Reconciliation ─▶ Report ═ JSON ═▶ register: Report ─▶ rows of the window
//!                  └─▶ page                         words of both: `said`, `words`
//! ```
//!
//! Money in minor units. Nothing here is a sentence, but for what a rule said of one record.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::money::Money;
use crate::domain::words::{Words, words};

use super::certificate::{DepositLine, Figures, Residual, ResidualKind, ThreeWay};
use super::exception::{Code, Level};

/// Findings of one matter that are shown; more are counted.
pub const SHOWN_MAX: usize = 6;
/// Lines of a list that are handed over; more are in the sums.
pub const LINES_MAX: usize = 400;

/// A store as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The store.
    pub store: u32,
    /// Its name.
    pub name: String,
    /// Its currency, ISO 4217.
    pub currency: String,
    /// By register.
    pub registers: Vec<RegisterLine>,
    /// Something came in since the last closure.
    pub something_new: bool,
    /// What was sold.
    pub sales: Figures,
    /// Cash three ways.
    pub cash: ThreeWay,
    /// Checks three ways.
    pub checks: ThreeWay,
    /// What one person decides alone, at most.
    pub two_people_above: i64,
    /// What has something open, the most pressing first.
    pub matters: Vec<MatterLine>,
    /// What customers paid too much.
    pub overcharges: Vec<FoundLine>,
    /// All of it.
    pub overcharged: i64,
    /// Places to be counted.
    pub tasks: Vec<TaskLine>,
    /// Every difference.
    pub residuals: Vec<Residual>,
    /// Checks to be deposited.
    pub deposit: Vec<DepositLine>,
    /// What was decided, the newest first.
    pub decided: Vec<Settled>,
    /// What keeps the store open, in English.
    pub missing: Vec<String>,
    /// The same, to be said in any language.
    pub lacks: Vec<Lack>,
    /// Its closures, the newest first.
    pub closures: Vec<Closed>,
}

/// One register, all its journals together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterLine {
    /// Its number.
    pub register: u16,
    /// Records here.
    pub records: u64,
    /// Records announced and not here.
    pub still_out: u64,
    /// Money here, since its first record.
    pub money: i64,
    /// Money announced and not here.
    pub money_out: i64,
    /// What should have been in its counted drawers, by central.
    pub should: i64,
    /// What was counted, cash and checks.
    pub counted: i64,
    /// Counted less what should be there.
    pub over: i64,
    /// Drawers that nobody counted.
    pub uncounted: usize,
}

/// One root cause with something open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatterLine {
    /// The rule's word.
    pub code: String,
    /// What it is called, in English.
    pub title: String,
    /// The word of its level.
    pub level: String,
    /// The root cause, as a decision names it.
    pub cause: String,
    /// The root cause as people read it.
    pub about: String,
    /// Findings that are open.
    pub open: usize,
    /// What they come to.
    pub amount: i64,
    /// It must be decided before the store can be closed.
    pub due: bool,
    /// What it means, in English.
    pub meaning: String,
    /// What the rule said of the first one.
    pub text: String,
    /// Where.
    pub registers: Vec<u16>,
    /// Some of the findings, at most [`SHOWN_MAX`].
    pub found: Vec<FoundLine>,
    /// It was decided before and has changed since.
    pub changed: bool,
    /// Who was asked last.
    pub asked: Option<Asked>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundLine {
    /// The register.
    pub register: u16,
    /// Its record.
    pub record: u64,
    /// The sale and its business day, where it is one.
    pub sale: Option<(u64, String)>,
    /// What the rule said, in English.
    pub text: String,
    /// The money it is about.
    pub amount: i64,
}

/// A question that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Who asked.
    pub by: String,
    /// Whom.
    pub person: String,
    /// What.
    pub reason: String,
}

/// A place to be counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskLine {
    /// Where.
    pub area: String,
    /// What it is about; empty where nothing more is known.
    pub about: String,
    /// Who said so.
    pub by: String,
}

/// What was decided of one root cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The rule's word.
    pub code: String,
    /// The root cause.
    pub cause: String,
    /// Findings.
    pub count: u32,
    /// What they came to.
    pub sum: i64,
    /// The action's word.
    pub action: String,
    /// Who.
    pub by: String,
    /// Who signed beside them.
    pub second: Option<String>,
    /// Why.
    pub reason: String,
}

/// A closure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Its number.
    pub number: u32,
    /// When.
    pub at: String,
    /// Whose number.
    pub by: String,
    /// Their name.
    pub by_name: String,
    /// Its fingerprint.
    pub digest: String,
}

/// What keeps a store open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "lack", rename_all = "snake_case")]
pub enum Lack {
    /// Central still reads.
    Unread {
        /// So many records.
        records: u64,
        /// Of this register.
        register: u16,
    },
    /// The rules found more than is looked at.
    MoreFound {
        /// So many are looked at.
        looked_at: usize,
    },
    /// A rule's findings are open.
    NotDecided {
        /// The rule's word.
        code: String,
        /// So many.
        count: usize,
        /// With so much money.
        sum: i64,
    },
    /// A difference that no rule and no decision explains.
    Unnamed {
        /// Of what.
        kind: ResidualKind,
        /// How much.
        amount: i64,
        /// Where.
        register: u16,
    },
    /// Nothing new since a closure.
    NothingSince {
        /// Its number.
        closure: u32,
    },
    /// No register has ever spoken.
    NobodySpoke,
}

/// The parts of page and window, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What is in and what is still out, by register.
    In,
    /// Drawers against ledger against central.
    Sums,
    /// What is to be decided.
    Decide,
    /// Worth knowing.
    Info,
    /// Overcharges to make good.
    Overcharges,
    /// Promises that nobody redeemed.
    RainChecks,
    /// Places to be counted.
    Tasks,
    /// Checks to deposit.
    Deposit,
    /// Every difference.
    Differences,
    /// What was decided.
    Decided,
    /// Closing the store.
    Close,
}

impl Section {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::In,
        Self::Sums,
        Self::Decide,
        Self::Info,
        Self::Overcharges,
        Self::RainChecks,
        Self::Tasks,
        Self::Deposit,
        Self::Differences,
        Self::Decided,
        Self::Close,
    ];
}

impl Report {
    /// What is to be decided.
    pub fn due(&self) -> Vec<&MatterLine> {
        self.matters.iter().filter(|one| one.due).collect()
    }

    /// What is worth knowing and needs no decision.
    pub fn info(&self) -> Vec<&MatterLine> {
        let info = |one: &&MatterLine| !one.due && one.rule() != Some(Code::RainCheckOpen);
        self.matters.iter().filter(info).collect()
    }

    /// Rain checks that nobody redeemed.
    pub fn rain_checks(&self) -> Vec<&MatterLine> {
        let open = |one: &&MatterLine| !one.due && one.rule() == Some(Code::RainCheckOpen);
        self.matters.iter().filter(open).collect()
    }

    /// Records that are waited for: what was written off is not.
    pub fn waited_for(&self) -> u64 {
        let waited = self.due().iter().any(|one| one.rule() == Some(Code::NotHere));
        if !waited {
            return 0;
        }
        self.registers.iter().fold(0, |sum, one| sum.saturating_add(one.still_out))
    }

    /// Whether two people decide about these.
    pub fn needs_second(&self, matters: &[&MatterLine]) -> bool {
        let of = |one: &&MatterLine| (Money::from_minor(one.amount), one.level());
        two_people(Money::from_minor(self.two_people_above), matters.iter().map(of))
    }
}

impl MatterLine {
    /// The rule; none where a later central has one that this program does not know.
    pub fn rule(&self) -> Option<Code> {
        Code::from_word(&self.code)
    }

    /// How grave.
    pub fn level(&self) -> Level {
        Level::from_word(&self.level).unwrap_or(Level::Critical)
    }

    /// What it is called.
    pub fn title_words(&self) -> Words {
        match self.rule() {
            Some(code) => Words::plain(code.title()),
            None => Words::data(self.title.clone()),
        }
    }

    /// What it means for the money, and what to do.
    pub fn meaning_words(&self) -> Words {
        match self.rule() {
            Some(code) => Words::plain(code.meaning()),
            None => Words::data(self.meaning.clone()),
        }
    }
}

/// Whether two people decide about matters with this money and weight: together or one of them
/// above the limit, or with the evidence itself in doubt.
pub fn two_people(limit: Money, matters: impl Iterator<Item = (Money, Level)>) -> bool {
    let most = limit.minor().unsigned_abs();
    let (mut sum, mut any) = (Money::ZERO, false);
    for (amount, level) in matters {
        any = any || amount.minor().unsigned_abs() > most || level == Level::Critical;
        sum = sum.plus(amount).unwrap_or(sum);
    }
    any || sum.minor().unsigned_abs() > most
}

impl Lack {
    /// In words.
    pub fn words(&self) -> Words {
        match self {
            Self::Unread { records, register } => words!(
                "Central still reads {} records of register {}; wait a moment",
                records,
                register
            ),
            Self::MoreFound { looked_at } => words!(
                "More than {} things were found in this store, and what is beyond is not shown; \
                 ask IT to settle what makes them and to derive them again",
                looked_at
            ),
            Self::NotDecided { code, count, sum } => {
                let title = Code::from_word(code)
                    .map_or_else(|| Words::data(code.clone()), |code| Words::plain(code.title()));
                words!("Not decided: {} ({}, {})", title, count, Money::from_minor(*sum))
            }
            Self::Unnamed { kind, amount, register } => words!(
                "{} of {} on register {} has no name; ask IT to compare its journal",
                Words::plain(kind.label()),
                Money::from_minor(*amount),
                register
            ),
            Self::NothingSince { closure } => words!("Nothing came in since closure {}", closure),
            Self::NobodySpoke => words!("No register has spoken yet"),
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words().fmt(f)
    }
}
