//! Wrong PINs at any register of the store, the newest of them, and who of those that lead has
//! heard of them.

use std::collections::BTreeMap;

use super::Origin;
use crate::domain::event::Event;
use crate::domain::guessing::{GuessEnd, PinGuessed};
use crate::domain::ids::{PersonId, RecordRef, RegisterNo};
use crate::domain::time::{BusinessDate, Timestamp};

/// The most that is kept; older ones stand in the journals.
pub const GUESSES_MAX: usize = 60;

/// Wrong PINs that made somebody wait, or everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuessedAt {
    /// At which register.
    pub register: RegisterNo,
    /// When it was recorded.
    pub at: Timestamp,
    /// On which business day.
    pub day: BusinessDate,
    /// What.
    pub guessed: PinGuessed,
}

/// The newest of them, by the clocks of the registers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guesses {
    newest: BTreeMap<(i64, RecordRef), GuessedAt>,
    /// When each person who leads signed in last, at any register.
    signed_in: BTreeMap<PersonId, i64>,
}

impl Guesses {
    pub(super) fn take(&mut self, origin: &Origin, event: &Event) {
        match event {
            Event::PinGuessed(guessed) => self.keep(origin, guessed),
            Event::SignIn { person, role, .. } if role.leads() => {
                let last = self.signed_in.entry(person.clone()).or_insert(i64::MIN);
                *last = (*last).max(origin.at.utc_ms);
            }
            _ => {}
        }
    }

    fn keep(&mut self, origin: &Origin, guessed: &PinGuessed) {
        // Three wrong ones and then the right one are no news.
        if guessed.then == GuessEnd::Right {
            return;
        }
        let (register, at, day) = (origin.register, origin.at, origin.day);
        let one = GuessedAt { register, at, day, guessed: guessed.clone() };
        self.newest.insert((at.utc_ms, origin.at_record), one);
        // Whatever the order, the same ones are left.
        while self.newest.len() > GUESSES_MAX {
            self.newest.pop_first();
        }
    }

    /// The newest of each row of tries, the newest first: of one number that was tried on, the
    /// last wait tells all.
    pub fn newest(&self) -> Vec<&GuessedAt> {
        let mut rows: Vec<&GuessedAt> = Vec::new();
        for one in self.newest.values().rev() {
            let same = |other: &&GuessedAt| {
                let (a, b) = (&one.guessed, &other.guessed);
                one.register == other.register
                    && (&a.person, a.by, a.from) == (&b.person, b.by, b.from)
            };
            if !rows.iter().any(same) {
                rows.push(one);
            }
        }
        rows
    }

    /// What this person has not been told of the day: since they signed in last.
    pub fn news_for(&self, person: &PersonId, day: BusinessDate) -> Vec<&GuessedAt> {
        let since = self.signed_in.get(person).copied().unwrap_or(i64::MIN);
        let mut news = self.newest();
        news.retain(|one| one.day == day && one.at.utc_ms > since);
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::SignInBy;
    use crate::domain::ids::{Epoch, Seq};
    use crate::domain::person::Role;

    fn at(minute: i64) -> Timestamp {
        Timestamp::new(1_795_000_000_000_i64.saturating_add(minute.saturating_mul(60_000)), 0)
            .expect("a time")
    }

    fn origin(register: u16, minute: u64) -> Origin {
        let at = at(i64::try_from(minute).expect("small"));
        Origin {
            register: RegisterNo(register),
            at_record: RecordRef { epoch: Epoch([register.to_le_bytes()[0]; 8]), seq: Seq(minute) },
            at,
            day: at.local_date(),
            by: None,
        }
    }

    fn person(id: &str) -> PersonId {
        PersonId::parse(id).expect("an id")
    }

    fn wait(id: &str, tries: u32, from: i64, to: i64) -> Event {
        Event::PinGuessed(PinGuessed {
            person: Some(person(id)),
            by: SignInBy::Pin,
            tries,
            from: at(from),
            to: at(to),
            then: GuessEnd::Wait,
        })
    }

    fn signs_in(id: &str) -> Event {
        Event::SignIn { person: person(id), role: Role::Lead, by: SignInBy::Pin }
    }

    #[test]
    fn whoever_leads_hears_of_each_once_and_in_any_order_the_same() {
        let records = [
            (origin(7, 1), wait("51", 4, 0, 1)),
            (origin(7, 2), wait("51", 5, 0, 2)),
            (origin(8, 3), signs_in("41")),
            (origin(8, 9), wait("31", 4, 8, 9)),
        ];
        let mut guesses = Guesses::default();
        records.iter().for_each(|(origin, event)| guesses.take(origin, event));
        let mut turned = Guesses::default();
        records.iter().rev().for_each(|(origin, event)| turned.take(origin, event));
        assert_eq!(guesses, turned);
        let tries = |who: &str| -> Vec<u32> {
            let news = guesses.news_for(&person(who), at(0).local_date());
            news.iter().map(|one| one.guessed.tries).collect()
        };
        assert_eq!(tries("42"), [4, 5], "one row of tries is told once, at its longest");
        assert_eq!(tries("41"), [4], "what came after they signed in");
        let tomorrow = at(1_440).local_date();
        assert!(guesses.news_for(&person("42"), tomorrow).is_empty(), "each day has its own");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut guesses = Guesses::default();
        for minute in 0..200 {
            let (from, id) = (i64::try_from(minute).expect("small"), format!("p{minute}"));
            guesses.take(&origin(7, minute), &wait(&id, 4, from, from));
        }
        assert_eq!(guesses.newest().len(), GUESSES_MAX);
    }
}
