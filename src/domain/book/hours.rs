//! Hours of everybody at the store, from whichever register they were punched at.
//!
//! Corrections may be heard before what they correct, so both are kept as they came and put
//! together when somebody asks.

use std::collections::BTreeMap;

use super::Origin;
use crate::domain::event::Event;
use crate::domain::hours::{Change, Correction, Punch, PunchKind, Whereabouts};
use crate::domain::ids::{PersonId, RecordRef, RegisterNo};
use crate::domain::time::{BusinessDate, Timestamp};

/// A time as it stands after all corrections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The record that a correction of it names: the punch, or its last correction.
    pub record: RecordRef,
    /// What it says.
    pub kind: PunchKind,
    /// The actual time.
    pub at: Timestamp,
    /// The register of the punch; of the correction, where it was missed.
    pub register: RegisterNo,
    /// Somebody corrected it.
    pub corrected: bool,
    /// It does not follow from the one before.
    pub odd: bool,
}

/// Work between coming and going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worked {
    /// The day it began.
    pub day: BusinessDate,
    /// When it began.
    pub from: Timestamp,
    /// When it ended; none while it lasts, or where nobody said.
    pub to: Option<Timestamp>,
    /// Meals in it, in milliseconds.
    pub meals_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Punched {
    punch: Punch,
    at: Timestamp,
    register: RegisterNo,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Corrected {
    correction: Correction,
    at: Timestamp,
    register: RegisterNo,
}

/// All hours that were heard of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    punches: BTreeMap<RecordRef, Punched>,
    corrections: BTreeMap<RecordRef, Corrected>,
}

impl Hours {
    pub(super) fn take(&mut self, origin: &Origin, event: &Event) {
        let Origin { at_record, at, register, .. } = *origin;
        match event {
            Event::Punch(punch) => {
                let punch = punch.clone();
                self.punches.insert(at_record, Punched { punch, at, register });
            }
            Event::PunchCorrected(correction) => {
                let correction = correction.clone();
                self.corrections.insert(at_record, Corrected { correction, at, register });
            }
            _ => {}
        }
    }

    /// Somebody's times after all corrections, in the order they happened.
    pub fn of(&self, person: &PersonId) -> Vec<Stamp> {
        let own = self.punches.iter().filter(|(_, punched)| punched.punch.person == *person);
        let mut stamps: Vec<Stamp> = own
            .map(|(record, punched)| Stamp {
                record: *record,
                kind: punched.punch.kind,
                at: punched.at,
                register: punched.register,
                corrected: false,
                odd: false,
            })
            .collect();
        let mut corrections: Vec<(&RecordRef, &Corrected)> = self
            .corrections
            .iter()
            .filter(|(_, corrected)| corrected.correction.person == *person)
            .collect();
        corrections.sort_by_key(|(record, corrected)| (corrected.at, **record));
        for (record, corrected) in corrections {
            apply(&mut stamps, *record, corrected);
        }
        stamps.sort_by_key(|stamp| (stamp.at.utc_ms, stamp.record));
        let mut place = Whereabouts::Away;
        for stamp in &mut stamps {
            stamp.odd = !stamp.kind.follows(place);
            place = stamp.kind.leads_to();
        }
        stamps
    }

    /// Where somebody is by their last time.
    pub fn whereabouts(&self, person: &PersonId) -> Whereabouts {
        self.of(person).last().map_or(Whereabouts::Away, |stamp| stamp.kind.leads_to())
    }

    /// Everybody who has hours.
    pub fn people(&self) -> Vec<PersonId> {
        let punched = self.punches.values().map(|punched| &punched.punch.person);
        let corrected = self.corrections.values().map(|corrected| &corrected.correction.person);
        let mut people: Vec<PersonId> = punched.chain(corrected).cloned().collect();
        people.sort();
        people.dedup();
        people
    }

    /// Somebody's work, from coming to going. A time that does not follow begins or ends work as
    /// it says, and what nobody said stays open.
    pub fn worked(&self, person: &PersonId) -> Vec<Worked> {
        let mut worked: Vec<Worked> = Vec::new();
        let mut meal: Option<Timestamp> = None;
        for stamp in self.of(person) {
            let open = worked.last_mut().filter(|last| last.to.is_none());
            match (stamp.kind, open) {
                (PunchKind::MealStart, Some(_)) => meal = Some(stamp.at),
                (PunchKind::MealEnd, Some(last)) => {
                    if let Some(from) = meal.take() {
                        let passed = stamp.at.utc_ms.saturating_sub(from.utc_ms);
                        last.meals_ms = last.meals_ms.saturating_add(passed);
                    }
                }
                (PunchKind::Out, Some(last)) => {
                    meal = None;
                    last.to = Some(stamp.at);
                }
                (PunchKind::In, _) => {
                    meal = None;
                    let day = stamp.at.local_date();
                    worked.push(Worked { day, from: stamp.at, to: None, meals_ms: 0 });
                }
                (PunchKind::MealStart | PunchKind::MealEnd | PunchKind::Out, None) => {}
            }
        }
        worked
    }
}

impl Worked {
    /// Time at work without meals, in milliseconds, to the millisecond; none while it is open.
    pub fn paid_ms(&self) -> Option<i64> {
        let whole = self.to?.utc_ms.saturating_sub(self.from.utc_ms);
        Some(whole.saturating_sub(self.meals_ms))
    }
}

/// A correction of what was corrected already names the later record, so of two that were made
/// apart the first one stands and the other finds nothing.
fn apply(stamps: &mut Vec<Stamp>, record: RecordRef, corrected: &Corrected) {
    let place = |stamps: &[Stamp], of: RecordRef| stamps.iter().position(|s| s.record == of);
    match corrected.correction.change {
        Change::Missed { kind, at } => {
            let register = corrected.register;
            stamps.push(Stamp { record, kind, at, register, corrected: true, odd: false });
        }
        Change::Moved { of, at } => {
            let found = place(stamps, of);
            if let Some(stamp) = found.and_then(|place| stamps.get_mut(place)) {
                *stamp = Stamp { record, at, corrected: true, ..stamp.clone() };
            }
        }
        Change::Removed { of } => {
            if let Some(place) = place(stamps, of) {
                stamps.remove(place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{Epoch, Seq};

    fn origin(register: u16, seq: u64, at: &str) -> Origin {
        let at = Timestamp::parse(&format!("2026-11-22T{at}:00.000-06:00")).expect("a time");
        Origin {
            register: RegisterNo(register),
            at_record: RecordRef { epoch: Epoch([register.to_le_bytes()[0]; 8]), seq: Seq(seq) },
            at,
            day: at.local_date(),
            by: None,
        }
    }

    fn maria() -> PersonId {
        PersonId::parse("31").expect("a number")
    }

    fn punch(kind: PunchKind) -> Event {
        Event::Punch(Punch { person: maria(), kind })
    }

    fn corrected(change: Change) -> Event {
        Event::PunchCorrected(Correction { person: maria(), change, reason: "forgot".to_owned() })
    }

    /// A day at two registers with a moved, a missed and a removed time.
    fn day() -> Vec<(Origin, Event)> {
        let first = origin(1, 1, "08:02");
        let twice = origin(1, 2, "08:03");
        let moved = origin(2, 9, "17:10");
        let at = |text| origin(1, 0, text).at;
        vec![
            (first.clone(), punch(PunchKind::In)),
            (twice.clone(), punch(PunchKind::In)),
            (origin(2, 3, "12:00"), punch(PunchKind::MealStart)),
            (origin(2, 4, "17:00"), punch(PunchKind::Out)),
            (origin(2, 8, "17:09"), corrected(Change::Removed { of: twice.at_record })),
            (moved.clone(), corrected(Change::Moved { of: first.at_record, at: at("07:58") })),
            (
                origin(2, 10, "17:11"),
                corrected(Change::Missed { kind: PunchKind::MealEnd, at: at("12:31") }),
            ),
            // Made apart from the one before it: it finds the punch corrected already.
            (origin(1, 12, "17:12"), corrected(Change::Removed { of: first.at_record })),
        ]
    }

    #[test]
    fn hours_are_the_same_in_every_order_of_arrival() {
        let fold = |records: Vec<(Origin, Event)>| {
            let mut hours = Hours::default();
            for (origin, event) in &records {
                hours.take(origin, event);
            }
            hours.of(&maria())
        };
        let as_it_was = fold(day());
        assert_eq!(
            as_it_was.iter().map(|s| (s.kind, s.at.local_hour_minute())).collect::<Vec<_>>(),
            [
                (PunchKind::In, (7, 58)),
                (PunchKind::MealStart, (12, 0)),
                (PunchKind::MealEnd, (12, 31)),
                (PunchKind::Out, (17, 0)),
            ]
        );
        assert!(as_it_was.iter().all(|stamp| !stamp.odd));
        for turn in 0..day().len() {
            let mut records = day();
            records.rotate_left(turn);
            assert_eq!(fold(records.clone()), as_it_was, "from {turn}");
            records.reverse();
            assert_eq!(fold(records), as_it_was, "backwards from {turn}");
        }
    }

    #[test]
    fn work_is_added_up_to_the_millisecond_and_never_rounded() {
        let mut hours = Hours::default();
        for (origin, event) in day() {
            hours.take(&origin, &event);
        }
        let worked = hours.worked(&maria());
        assert_eq!(worked.len(), 1);
        assert_eq!(worked.first().and_then(Worked::paid_ms), Some((542 - 31) * 60_000));
    }

    #[test]
    fn a_punch_that_does_not_follow_is_kept_and_marked() {
        let mut hours = Hours::default();
        hours.take(&origin(1, 1, "17:00"), &punch(PunchKind::Out));
        assert!(hours.of(&maria()).iter().all(|stamp| stamp.odd));
        assert_eq!(hours.worked(&maria()), []);
        assert_eq!(hours.whereabouts(&maria()), Whereabouts::Away);
    }
}
