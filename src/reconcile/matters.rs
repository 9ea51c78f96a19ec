//! Findings by root cause, with what people decided about them.
//!
//! ```text
//!  found, and what the figures themselves say (announced, counted) ─┐
//!  decisions, in the order they were made ──────────────────────────┴▶ Matter: open or settled
//! ```
//!
//! A decision covers what was there when it was made: findings of its rule and cause, below its
//! reach, that no earlier decision covers. They must still be as many and come to as much as it
//! says; otherwise they are open again, and the page says that they changed.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::decision::{Action, Matter as Key, Reach, RuleWord};
use crate::domain::ids::Epoch;
use crate::domain::money::Money;

use super::exception::{Code, Level};
use super::records::{Decided, Found};

/// All that one rule found for one root cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// The rule.
    pub code: Code,
    /// What the findings share; empty where nothing.
    pub cause: String,
    /// The gravest of them.
    pub level: Level,
    /// What is not decided.
    pub open: Vec<Found>,
    /// What was decided, with what each decision covers.
    pub settled: Vec<(Decided, Vec<Found>)>,
    /// Somebody was asked last, and nothing was settled since.
    pub asked: Option<Decided>,
    /// Something that was decided has changed since.
    pub changed: bool,
}

impl Matter {
    /// The money of what is open.
    pub fn open_sum(&self) -> Money {
        Money::sum(self.open.iter().map(|one| one.amount)).unwrap_or_default()
    }

    /// True when somebody has to decide before the store can be closed.
    pub fn is_due(&self) -> bool {
        !self.open.is_empty() && self.level > Level::Info
    }

    /// The name a decision gives it.
    pub fn key(&self) -> Option<Key> {
        let rule = RuleWord::parse(self.code.word()).ok()?;
        Some(Key { rule, cause: self.cause.clone() })
    }

    /// How far a decision about all that is open reaches.
    pub fn reach(&self) -> Vec<Reach> {
        let mut by_epoch: BTreeMap<Epoch, Reach> = BTreeMap::new();
        for one in &self.open {
            let (epoch, next) = (one.journal.epoch, one.seq.next());
            let reach = by_epoch.entry(epoch).or_insert(Reach { epoch, next });
            reach.next = reach.next.max(next);
        }
        by_epoch.into_values().collect()
    }

    /// Whether a finding at this place was decided, and by whom.
    pub fn settled_at(&self, epoch: Epoch, seq: crate::domain::ids::Seq) -> Option<&Decided> {
        let covers =
            |found: &[Found]| found.iter().any(|one| one.journal.epoch == epoch && one.seq == seq);
        self.settled.iter().find(|(_, found)| covers(found)).map(|(decided, _)| decided)
    }

    /// Its rank among others: the graver first, then more money, then more findings.
    fn rank(&self) -> (bool, Level, u64, usize) {
        (self.is_due(), self.level, self.open_sum().minor().unsigned_abs(), self.open.len())
    }
}

/// Puts findings and decisions together, the most pressing first.
pub fn of(found: Vec<Found>, decided: &[Decided]) -> Vec<Matter> {
    let mut by_key: BTreeMap<(Code, String), Vec<Found>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for one in found {
        // A fork's second branch may hold the same finding at the same place.
        if seen.insert((one.code, one.cause.clone(), one.journal, one.seq, one.text.clone())) {
            by_key.entry((one.code, one.cause.clone())).or_default().push(one);
        }
    }
    let mut matters: Vec<Matter> = by_key
        .into_iter()
        .map(|((code, cause), found)| matter(code, cause, found, decided))
        .collect();
    matters.sort_by(|one, other| {
        other
            .rank()
            .cmp(&one.rank())
            .then_with(|| (one.code, &one.cause).cmp(&(other.code, &other.cause)))
    });
    matters
}

fn matter(code: Code, cause: String, mut found: Vec<Found>, decided: &[Decided]) -> Matter {
    found.sort_by_key(|one| (one.journal, one.seq));
    let level = found.iter().map(|one| one.level).max().unwrap_or(Level::Info);
    let mut matter = Matter {
        code,
        cause,
        level,
        open: found,
        settled: Vec::new(),
        asked: None,
        changed: false,
    };
    let about = |one: &&Decided| {
        let key = &one.decision.matter;
        key.rule.as_str() == code.word() && key.cause == matter.cause
    };
    let decided: Vec<Decided> = decided.iter().filter(about).cloned().collect();
    for one in decided {
        if let Action::Ask { .. } = one.decision.action {
            matter.asked = Some(one);
            continue;
        }
        let within = |found: &Found| {
            one.decision
                .reach
                .iter()
                .any(|reach| reach.epoch == found.journal.epoch && found.seq < reach.next)
        };
        let (covered, rest): (Vec<Found>, Vec<Found>) =
            std::mem::take(&mut matter.open).into_iter().partition(within);
        let sum = Money::sum(covered.iter().map(|found| found.amount));
        let same =
            usize::try_from(one.decision.count) == Ok(covered.len()) && sum == Ok(one.decision.sum);
        if same {
            matter.open = rest;
            matter.asked = None;
            matter.settled.push((one, covered));
        } else {
            matter.changed = matter.changed || !covered.is_empty();
            matter.open = covered;
            matter.open.extend(rest);
        }
    }
    matter
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decision::Decision;
    use crate::domain::ids::{JournalId, PersonId, RegisterNo, Seq, StoreNo};
    use crate::domain::time::Timestamp;

    fn journal(register: u16) -> JournalId {
        let epoch = Epoch([register.to_le_bytes()[0]; 8]);
        JournalId { store: StoreNo(1042), register: RegisterNo(register), epoch }
    }

    fn found(register: u16, seq: u64, minor: i64) -> Found {
        Found {
            code: Code::UnknownItem,
            level: Level::Review,
            journal: journal(register),
            seq: Seq(seq),
            cause: "4012".to_owned(),
            text: "not in the pack".to_owned(),
            amount: Money::from_minor(minor),
        }
    }

    fn decided(seq: u64, action: Action, matter: &Matter) -> Decided {
        Decided {
            journal: journal(0),
            seq: Seq(seq),
            at: Timestamp::parse("2026-11-22T22:05:00.000-06:00").expect("a time"),
            by: PersonId::parse("51").expect("a person"),
            decision: Decision {
                matter: matter.key().expect("a rule"),
                action,
                count: u32::try_from(matter.open.len()).expect("few"),
                sum: matter.open_sum(),
                reach: matter.reach(),
                reason: "looked at".to_owned(),
                second: None,
            },
        }
    }

    #[test]
    fn a_decision_covers_what_was_there_and_nothing_that_comes_later() {
        let first = vec![found(7, 4, 100), found(7, 9, 200), found(8, 2, 50)];
        let all = of(first.clone(), &[]);
        assert_eq!((all.len(), all[0].open.len(), all[0].open_sum().minor()), (1, 3, 350));
        let one = decided(1, Action::Accept, &all[0]);
        let after = of(first.clone(), std::slice::from_ref(&one));
        assert!(after[0].open.is_empty() && !after[0].is_due());
        assert_eq!(after[0].settled_at(journal(8).epoch, Seq(2)), Some(&one));
        // Register 8 comes with one more.
        let more = [first.clone(), vec![found(8, 3, 70)]].concat();
        let after = of(more.clone(), std::slice::from_ref(&one));
        assert_eq!((after[0].open.len(), after[0].open_sum().minor()), (1, 70));
        let two = decided(2, Action::WriteOff, &after[0]);
        assert!(of(more, &[one, two])[0].open.is_empty());
    }

    #[test]
    fn what_turns_out_to_be_more_than_was_decided_is_open_again() {
        let one = decided(1, Action::Accept, &of(vec![found(7, 4, 100), found(7, 9, 200)], &[])[0]);
        // A rule finds another record between them, or another amount.
        for grown in [
            vec![found(7, 4, 100), found(7, 6, 5), found(7, 9, 200)],
            vec![found(7, 4, 100), found(7, 9, 201)],
        ] {
            let after = of(grown.clone(), std::slice::from_ref(&one));
            assert_eq!((after[0].open.len(), after[0].changed), (grown.len(), true));
        }
    }

    #[test]
    fn a_question_settles_nothing_and_is_over_once_it_is_settled() {
        let all = of(vec![found(7, 4, 100)], &[]);
        let ask = Action::Ask { person: PersonId::parse("41").expect("a person") };
        let asked = decided(1, ask, &all[0]);
        let after = of(vec![found(7, 4, 100)], std::slice::from_ref(&asked));
        assert!(after[0].is_due());
        assert_eq!(after[0].asked.as_ref(), Some(&asked));
        let settled = decided(2, Action::Accept, &after[0]);
        let after = of(vec![found(7, 4, 100)], &[asked, settled]);
        assert_eq!((after[0].open.len(), after[0].asked.as_ref()), (0, None));
    }

    #[test]
    fn the_graver_and_the_dearer_come_first() {
        let other = |code, level, minor, cause: &str| Found {
            code,
            level,
            cause: cause.to_owned(),
            ..found(7, 4, minor)
        };
        let all = of(
            vec![
                other(Code::KeyedPrice, Level::Info, 9_999, "1"),
                other(Code::UnknownItem, Level::Review, 10, "2"),
                other(Code::UnknownItem, Level::Review, -900, "3"),
                other(Code::Fork, Level::Critical, 0, ""),
            ],
            &[],
        );
        let causes: Vec<&str> = all.iter().map(|one| one.cause.as_str()).collect();
        assert_eq!(causes, ["", "3", "2", "1"]);
    }
}
