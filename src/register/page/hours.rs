//! Hours: number and PIN, then one key for what happens now. Corrections beside it.
//!
//! ```text
//!  number ─▶ PIN ─▶ own day ─▶ 1 work begins · 2 meal begins · 3 meal ends · 4 work ends
//!                     │           └ does not follow ─▶ "record it all the same?"
//!                     └ F4, a lead signed in ─▶ which time ─▶ what of it ─▶ when ─▶ why
//! ```
//!
//! The employee's PIN is the agreement to a correction, the signed-in lead makes it, and nobody
//! makes their own. Nothing here knows what hours are paid.

use crate::domain::badge::Badge;
use crate::domain::book::hours::Stamp;
use crate::domain::event::Event;
use crate::domain::hours::{
    Change, Correction, HoursFault, Punch, PunchKind, REASON_LEN_MAX, Whereabouts, check_time,
};
use crate::domain::person::Person;
use crate::domain::refusal::Refusal;
use crate::domain::time::{BusinessDate, Timestamp};
use crate::domain::words::{Words, term, words};
use crate::register::command::Pin;
use crate::register::outages::check_text;
use crate::register::register::{Register, Said, Setback};
use crate::register::view::{Choice, Column, PageAction, PageAsks, PageView, Row, RowMark};

use super::{Page, PageInput, PageName, Turn};

/// Times that are shown: about a week of them.
const SHOWN: usize = 40;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct HoursPage {
    step: Step,
}

#[derive(Clone, Debug, Default)]
enum Step {
    /// Whose hours.
    #[default]
    Number,
    /// Their PIN.
    Pin { number: String, badge: Option<Badge> },
    /// Their times, and what happens now.
    Own { person: Person },
    /// A punch that does not follow: all the same?
    Odd { person: Person, kind: PunchKind },
    /// Which time is wrong.
    Which { person: Person },
    /// What is wrong with it.
    What { person: Person, stamp: Stamp },
    /// Which punch was missed.
    Missed { person: Person },
    /// When it happened.
    When { person: Person, wrong: Wrong },
    /// Why it is corrected.
    Why { person: Person, change: Change },
}

/// What gets a time.
#[derive(Clone, Debug)]
enum Wrong {
    Missed(PunchKind),
    Moved(Stamp),
}

impl Page for HoursPage {
    fn view(&self, register: &Register) -> PageView {
        let page = |step, title| PageView { step, ..PageView::of(PageName::Hours, title) };
        match &self.step {
            Step::Number => PageView {
                lead: vec![words!("Key your number. The register's sale stays as it is.")],
                ..page(0, words!("Hours")).asking(PageAsks::Digits, term("Your number"))
            },
            Step::Pin { number, badge } => PageView {
                answered: vec![(
                    if badge.is_some() { words!("Badge") } else { words!("Number") },
                    Words::data(number.as_str()),
                )],
                ..page(1, words!("Hours")).asking(PageAsks::Pin, term("Your PIN"))
            },
            Step::Own { person } => {
                own(register, person, page(2, words!("Hours of {}", &person.name)))
            }
            Step::Odd { person, kind } => PageView {
                lead: vec![
                    words!("This register knows no time before it that fits."),
                    words!("It is recorded as it is now, and a manager looks at it."),
                ],
                answered: vec![(Words::data(person.name.as_str()), Words::plain(kind.label()))],
                choices: vec![Choice::open(words!("Yes, record it")), Choice::open(words!("No"))],
                ..page(3, words!("Record it all the same?"))
            },
            Step::Which { person } => PageView {
                lead: vec![words!("Choose the wrong time. F4: a time is missing.")],
                columns: columns(),
                rows: rows(&times(register, person)),
                empty: words!("There are no times yet."),
                rows_open: true,
                actions: vec![PageAction::new(term("One is missing"), true)],
                ..page(4, words!("Which time is wrong?"))
            },
            Step::What { stamp, .. } => PageView {
                answered: vec![(Words::plain(stamp.kind.label()), shown(stamp.at))],
                choices: vec![
                    Choice::open(words!("It was at another time")),
                    Choice::open(words!("It never happened")),
                ],
                ..page(5, words!("What is wrong with it?"))
            },
            Step::Missed { .. } => PageView {
                choices: PunchKind::ALL.map(|kind| Choice::open(Words::plain(kind.label()))).into(),
                ..page(6, words!("Which time is missing?"))
            },
            Step::When { wrong, .. } => {
                let (kind, was) = match wrong {
                    Wrong::Missed(kind) => (*kind, words!("missing")),
                    Wrong::Moved(stamp) => (stamp.kind, shown(stamp.at)),
                };
                PageView {
                    lead: vec![words!(
                        "Four digits for the hour and minute, 0805, or eight with month and day: \
                         11220805."
                    )],
                    answered: vec![(Words::plain(kind.label()), was)],
                    ..page(7, words!("When was it?"))
                        .asking(PageAsks::Digits, term("Hour and minute"))
                }
            }
            Step::Why { change, .. } => {
                let what = match change.at() {
                    Some(at) => shown(at),
                    None => words!("It never happened"),
                };
                PageView {
                    answered: vec![(words!("Right is"), what)],
                    ..page(8, words!("Why is it corrected?")).asking(PageAsks::Text, term("Reason"))
                }
            }
        }
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        let step = self.step.clone();
        match (step, input) {
            (Step::Number, PageInput::Answer { text, .. }) => {
                let number = match (text.text(), &register.person) {
                    ("", Some(person)) => person.id.to_string(),
                    ("", None) => return Ok(Turn::Stay(None)),
                    (number, _) => number.to_owned(),
                };
                Ok(self.go(Step::Pin { number, badge: None }))
            }
            (Step::Number | Step::Pin { .. }, PageInput::Badge(badge)) => {
                let number = badge.person().to_string();
                Ok(self.go(Step::Pin { number, badge: Some(badge) }))
            }
            (_, PageInput::Badge(_)) => Err(Refusal::BadgeElsewhere.into()),
            (Step::Pin { number, badge }, PageInput::Answer { text, .. }) => {
                let person = register.check_pin(&number, &Pin::new(text.text()).with(badge))?;
                Ok(self.go(Step::Own { person }))
            }
            (Step::Own { person }, PageInput::Choice(place)) => {
                let kind = *PunchKind::ALL.get(place).ok_or(Refusal::NoSuchLine)?;
                if kind.follows(register.book().hours.whereabouts(&person.id)) {
                    return punch(register, &person, kind);
                }
                Ok(self.go(Step::Odd { person, kind }))
            }
            (Step::Own { person }, PageInput::Action(0)) => {
                let lead = register.person()?;
                if !lead.role.leads() {
                    return Err(Refusal::NeedsLead.into());
                }
                if lead.id == person.id {
                    return Err(Refusal::Hours(HoursFault::OwnHours).into());
                }
                Ok(self.go(Step::Which { person }))
            }
            (Step::Odd { person, kind }, PageInput::Choice(0)) => punch(register, &person, kind),
            (Step::Odd { person, .. }, PageInput::Choice(_)) => Ok(self.go(Step::Own { person })),
            (Step::Which { person }, PageInput::Row(place)) => {
                let stamp = times(register, &person).get(place).cloned();
                let stamp = stamp.ok_or(Refusal::NoSuchLine)?;
                Ok(self.go(Step::What { person, stamp }))
            }
            (Step::Which { person }, PageInput::Action(0)) => Ok(self.go(Step::Missed { person })),
            (Step::What { person, stamp }, PageInput::Choice(0)) => {
                Ok(self.go(Step::When { person, wrong: Wrong::Moved(stamp) }))
            }
            (Step::What { person, stamp }, PageInput::Choice(1)) => {
                Ok(self.go(Step::Why { person, change: Change::Removed { of: stamp.record } }))
            }
            (Step::Missed { person }, PageInput::Choice(place)) => {
                let kind = *PunchKind::ALL.get(place).ok_or(Refusal::NoSuchLine)?;
                Ok(self.go(Step::When { person, wrong: Wrong::Missed(kind) }))
            }
            (Step::When { person, wrong }, PageInput::Answer { text, .. }) => {
                let now = register.clock.now();
                let near = match &wrong {
                    Wrong::Missed(_) => now,
                    Wrong::Moved(stamp) => stamp.at,
                };
                let at = read_time(text.text(), near).ok_or(HoursFault::NotATime)?;
                check_time(at, now)?;
                let change = match wrong {
                    Wrong::Missed(kind) => Change::Missed { kind, at },
                    Wrong::Moved(stamp) => Change::Moved { of: stamp.record, at },
                };
                Ok(self.go(Step::Why { person, change }))
            }
            (Step::Why { person, change }, PageInput::Answer { text, .. }) => {
                self.correct(register, person, change, text.text())
            }
            (Step::Number, PageInput::Back) => Ok(Turn::Leave(None)),
            (Step::Pin { .. } | Step::Own { .. }, PageInput::Back) => Ok(self.go(Step::Number)),
            (Step::Odd { person, .. } | Step::Which { person }, PageInput::Back) => {
                Ok(self.go(Step::Own { person }))
            }
            (
                Step::What { person, .. }
                | Step::Missed { person }
                | Step::When { person, .. }
                | Step::Why { person, .. },
                PageInput::Back,
            ) => Ok(self.go(Step::Which { person })),
            _ => Ok(Turn::Stay(None)),
        }
    }
}

impl HoursPage {
    fn go(&mut self, step: Step) -> Turn {
        self.step = step;
        Turn::Stay(None)
    }

    fn correct(
        &mut self,
        register: &mut Register,
        person: Person,
        change: Change,
        reason: &str,
    ) -> Result<Turn, Setback> {
        if reason.trim().is_empty() {
            return Err(HoursFault::NoReason.into());
        }
        if reason.len() > REASON_LEN_MAX {
            return Err(Refusal::TextTooLong.into());
        }
        check_text(reason)?;
        // What another register corrected meanwhile is not corrected twice.
        let stands = |of| times(register, &person).iter().any(|stamp| stamp.record == of);
        if change.of().is_some_and(|of| !stands(of)) {
            return Err(HoursFault::NoSuchPunch.into());
        }
        let reason = reason.trim().to_owned();
        let (id, name) = (person.id.clone(), person.name.clone());
        register.record(Event::PunchCorrected(Correction { person: id, change, reason }))?;
        self.step = Step::Own { person };
        Ok(Turn::Stay(Some(Said::done(words!("The hours of {} are corrected", name)))))
    }
}

/// Records a punch and leaves the page: the next one waits in line.
fn punch(register: &mut Register, person: &Person, kind: PunchKind) -> Result<Turn, Setback> {
    register.record(Event::Punch(Punch { person: person.id.clone(), kind }))?;
    let now = time_of_day(register.clock.now());
    let said = words!("{}: {} at {}", person.name.as_str(), Words::plain(kind.label()), now);
    Ok(Turn::Leave(Some(Said::done(said))))
}

fn own(register: &Register, person: &Person, page: PageView) -> PageView {
    let hours = &register.book().hours;
    let from = hours.whereabouts(&person.id);
    let place = match from {
        Whereabouts::Away => words!("Not at work by the last time."),
        Whereabouts::AtWork => words!("At work by the last time."),
        Whereabouts::AtMeal => words!("At a meal by the last time."),
    };
    // What follows stands out by its words: it is the first thing to press.
    let choice = |kind: PunchKind| {
        let label = Words::plain(kind.label());
        Choice::open(if kind.follows(from) { words!("▸ {}", label) } else { label })
    };
    PageView {
        lead: vec![place, words!("Times are kept as they are, to the second, and never rounded.")],
        columns: columns(),
        rows: rows(&times(register, person)),
        empty: words!("There are no times yet."),
        choices: PunchKind::ALL.map(choice).into(),
        actions: vec![PageAction::new(term("Correct…"), register.person.is_some())],
        ..page
    }
}

/// The newest times first.
fn times(register: &Register, person: &Person) -> Vec<Stamp> {
    let mut stamps = register.book().hours.of(&person.id);
    stamps.reverse();
    stamps.truncate(SHOWN);
    stamps
}

fn columns() -> Vec<Column> {
    vec![
        Column::words(term("Day"), 3),
        Column::words(term("Time"), 2),
        Column::words(term("What"), 4),
        Column::words(term("Register"), 2),
        Column::words("", 3),
    ]
}

fn rows(stamps: &[Stamp]) -> Vec<Row> {
    let row = |stamp: &Stamp| {
        let note = match (stamp.odd, stamp.corrected) {
            (true, _) => words!("does not follow"),
            (false, true) => words!("corrected"),
            (false, false) => Words::NOTHING,
        };
        let mark = if stamp.odd { RowMark::Attention } else { RowMark::Plain };
        Row::marked(
            mark,
            vec![
                Words::data(stamp.at.local_date().to_string()),
                Words::data(time_of_day(stamp.at)),
                Words::plain(stamp.kind.label()),
                Words::data(stamp.register.to_string()),
                note,
            ],
        )
    };
    stamps.iter().map(row).collect()
}

fn time_of_day(at: Timestamp) -> String {
    let (hour, minute) = at.local_hour_minute();
    format!("{hour:02}:{minute:02}")
}

fn shown(at: Timestamp) -> Words {
    Words::data(format!("{} {}", at.local_date(), time_of_day(at)))
}

/// `0805` on the day of `near`, `11220805` in its year; with `near`'s offset.
fn read_time(text: &str, near: Timestamp) -> Option<Timestamp> {
    let number = |from: usize| text.get(from..from.checked_add(2)?)?.parse::<u8>().ok();
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let day = near.local_date();
    let (day, at) = match text.len() {
        4 => (day, 0),
        8 => {
            let (month, of_month) = (number(0)?, number(2)?);
            let this = BusinessDate::new(day.year(), month, of_month);
            // In January, December is last year's.
            let last = BusinessDate::new(day.year().checked_sub(1)?, month, of_month);
            let past = this
                .filter(|this| this.days_since_1970() <= day.days_since_1970().saturating_add(1));
            (past.or(last)?, 4)
        }
        _ => return None,
    };
    let (hour, minute) = (number(at)?, number(at.checked_add(2)?)?);
    if hour > 23 || minute > 59 {
        return None;
    }
    let minutes = i64::from(hour).checked_mul(60)?.checked_add(i64::from(minute))?;
    let minutes = minutes.checked_sub(i64::from(near.offset_min))?;
    let days_ms = day.days_since_1970().checked_mul(86_400_000)?;
    Timestamp::new(days_ms.checked_add(minutes.checked_mul(60_000)?)?, near.offset_min)
}

impl From<HoursFault> for Setback {
    fn from(fault: HoursFault) -> Self {
        Self::Refused(Refusal::Hours(fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_keyed_with_or_without_its_day() {
        let near = Timestamp::parse("2026-01-03T17:05:09.120-06:00").expect("a time");
        let read = |text| read_time(text, near).map(|at| at.to_string());
        assert_eq!(read("0805").as_deref(), Some("2026-01-03T08:05:00.000-06:00"));
        assert_eq!(read("01020805").as_deref(), Some("2026-01-02T08:05:00.000-06:00"));
        assert_eq!(read("12310805").as_deref(), Some("2025-12-31T08:05:00.000-06:00"));
        for wrong in ["", "8", "805", "2405", "0860", "02300805", "0805x", "éé05", "131080555"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
