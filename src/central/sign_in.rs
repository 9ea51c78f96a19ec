//! Who is at central's page: number and PIN of the store's own people, tried as slowly as at a
//! register; a session in a cookie; a word in every form that no other site can know.
//!
//! ```text
//!  number + PIN ─▶ lockout ─▶ the store's newest pack ─▶ session (cookie) + form word
//!  form ─▶ session, form word ─▶ Person           idle for half an hour: sign in again
//! ```
//!
//! Sessions live in memory: a central that was restarted asks everybody again.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::device::clock::Clock;
use crate::device::entropy::{Entropy, NoEntropy};
use crate::domain::badge::Badge;
use crate::domain::ids::{PersonId, StoreNo};
use crate::domain::lockout::Lockout;
use crate::domain::person::{Person, Role};
use crate::journal::hash::{Hash, to_hex};
use crate::reconcile::errand::Refused;
use crate::reconcile::packs::{PackView, PinAnswer};

/// A session that nobody used for so long is over.
const IDLE_MS: u64 = 30 * 60 * 1_000;
/// Sessions at once; beyond them the one that was not used for longest ends.
const SESSIONS_MAX: usize = 200;

/// Who somebody says they are, and what they prove it with.
#[derive(Clone, Copy)]
pub(super) struct Claim<'a> {
    /// Their number; may be left out with a badge.
    pub(super) number: &'a str,
    /// Their PIN.
    pub(super) pin: &'a str,
    /// What a scanner sent of their badge; empty where there is none.
    pub(super) badge: &'a str,
}

/// Somebody who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Session {
    /// Who.
    pub(super) person: Person,
    /// Whose store they decide about.
    pub(super) store: StoreNo,
    /// The word that stands in each form.
    pub(super) form_word: String,
    last_ms: u64,
}

/// Everybody who signed in.
#[derive(Debug, Default)]
pub(super) struct SignIns {
    sessions: Mutex<BTreeMap<Hash, Session>>,
    lockout: Mutex<Lockout>,
    /// One PIN is tried at a time: each try takes 64 MiB.
    trying: Mutex<()>,
}

impl SignIns {
    /// Whose number and PIN these are, if they may decide anything. Wrong tries are counted
    /// whoever asks, and an unknown number takes as long and says the same.
    pub(super) fn verify(
        &self,
        store: StoreNo,
        claim: Claim<'_>,
        packs: &dyn PackView,
        clock: &dyn Clock,
    ) -> Result<Person, Refused> {
        let _one = self.trying.lock().unwrap_or_else(PoisonError::into_inner);
        let badge = Badge::parse(claim.badge).ok();
        let number = match &badge {
            Some(badge) if claim.number.is_empty() => badge.person().as_str(),
            _ => claim.number,
        };
        let badges = packs.store(store).is_some_and(|facts| facts.badges);
        let wrong = if badges { Refused::WrongBadgeOrPin } else { Refused::WrongPin };
        let key = format!("{store}/{number}");
        {
            let now_ms = clock.mono_ms();
            let mut lockout = self.lockout.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(until) = lockout.locked_until_ms(&key, now_ms) {
                return Err(Refused::Locked {
                    seconds: until.saturating_sub(now_ms).div_ceil(1_000),
                });
            }
            lockout.count(&key, now_ms);
        }
        let id = PersonId::parse(number).map_err(|_| wrong.clone())?;
        match packs.check_pin(store, &id, claim.pin, badge.as_ref()) {
            PinAnswer::Right(person) => {
                let mut lockout = self.lockout.lock().unwrap_or_else(PoisonError::into_inner);
                lockout.forgive(&key);
                if person.role.leads() {
                    Ok(person)
                } else {
                    Err(Refused::NotALead { name: person.name })
                }
            }
            PinAnswer::Wrong => Err(wrong),
            PinAnswer::NoPack => Err(Refused::NoPack),
        }
    }

    /// Begins a session; gives the cookie's value.
    pub(super) fn begin(
        &self,
        store: StoreNo,
        person: Person,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<String, Refused> {
        let word = || -> Result<String, NoEntropy> {
            let mut bytes = [0; 32];
            entropy.fill(&mut bytes)?;
            Ok(to_hex(&bytes))
        };
        let none = |why: NoEntropy| Refused::Failed { text: why.to_string() };
        let (cookie, form_word) = (word().map_err(none)?, word().map_err(none)?);
        let session = Session { person, store, form_word, last_ms: clock.mono_ms() };
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= SESSIONS_MAX {
            let oldest = sessions.iter().min_by_key(|(_, one)| one.last_ms);
            if let Some(oldest) = oldest.map(|(key, _)| *key) {
                sessions.remove(&oldest);
            }
        }
        sessions.insert(Hash::of_bytes(cookie.as_bytes()), session);
        Ok(cookie)
    }

    /// The session of a cookie, for its own store, as long as it is used.
    pub(super) fn session(
        &self,
        cookie: &str,
        store: StoreNo,
        clock: &dyn Clock,
    ) -> Option<Session> {
        let now_ms = clock.mono_ms();
        let key = Hash::of_bytes(cookie.as_bytes());
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, one| now_ms.saturating_sub(one.last_ms) <= IDLE_MS);
        let session = sessions.get_mut(&key).filter(|one| one.store == store)?;
        session.last_ms = now_ms;
        Some(session.clone())
    }

    /// Ends a session.
    pub(super) fn end(&self, cookie: &str) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.remove(&Hash::of_bytes(cookie.as_bytes()));
    }
}

impl Session {
    /// The session, if a form bears its word.
    pub(super) fn with_form(self, word: &str) -> Result<Self, Refused> {
        // Hashes are compared, so that the time taken tells nothing of the word.
        let same = Hash::of_bytes(word.as_bytes()) == Hash::of_bytes(self.form_word.as_bytes());
        if same { Ok(self) } else { Err(Refused::NoSession) }
    }

    /// The session's person, if they run the store.
    pub(super) fn manager(&self) -> Result<&Person, Refused> {
        if self.person.role == Role::Manager { Ok(&self.person) } else { Err(Refused::NotAManager) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::clock::SimulatedClock;
    use crate::device::entropy::SeededEntropy;
    use crate::domain::gtin::ItemCode;
    use crate::domain::ids::PackVersion;
    use crate::domain::tax::{TaxBasis, TaxTable};
    use crate::domain::time::Timestamp;
    use crate::reconcile::packs::{ItemView, Looked};

    const STORE: StoreNo = StoreNo(1042);

    /// A store with cashier 31 and manager 51; everybody's PIN is 480273.
    struct Two;

    impl PackView for Two {
        fn item(&self, _: StoreNo, _: &PackVersion, _: &ItemCode) -> Looked<ItemView> {
            Looked::NoPack
        }

        fn taxes(&self, _: StoreNo, _: &PackVersion) -> Option<(TaxTable, TaxBasis)> {
            None
        }

        fn check_pin(&self, _: StoreNo, id: &PersonId, pin: &str, _: Option<&Badge>) -> PinAnswer {
            let role = match id.as_str() {
                "31" => Role::Cashier,
                "51" => Role::Manager,
                _ => return PinAnswer::Wrong,
            };
            if pin != "480273" {
                return PinAnswer::Wrong;
            }
            PinAnswer::Right(Person { id: id.clone(), name: format!("Person {id}"), role })
        }
    }

    fn clock() -> SimulatedClock {
        SimulatedClock::at(Timestamp::parse("2026-11-22T22:05:00.000-06:00").expect("a time"))
    }

    #[test]
    fn wrong_pins_are_counted_and_a_cashier_does_not_decide() {
        let (signs, clock) = (SignIns::default(), clock());
        let verify = |number: &str, pin: &str| {
            signs.verify(STORE, Claim { number, pin, badge: "" }, &Two, &clock)
        };
        assert_eq!(verify("31", "480273"), Err(Refused::NotALead { name: "Person 31".to_owned() }));
        for _ in 0..4 {
            assert_eq!(verify("51", "000000"), Err(Refused::WrongPin));
        }
        assert_eq!(
            verify("51", "480273"),
            Err(Refused::Locked { seconds: 5 }),
            "the right one waits too"
        );
        clock.advance_ms(5_000);
        assert_eq!(verify("51", "480273").map(|one| one.role), Ok(Role::Manager));
        assert_eq!(verify("no such number", "480273"), Err(Refused::WrongPin));
    }

    #[test]
    fn a_badge_says_who_it_is_and_its_try_counts_for_that_number() {
        let (signs, clock) = (SignIns::default(), clock());
        let badge = "TDB1:51:9F3C0011AA22BB33CC44DD55EE66FF77";
        let verify = |number: &str, pin: &str, badge: &str| {
            signs.verify(STORE, Claim { number, pin, badge }, &Two, &clock)
        };
        assert_eq!(verify("", "480273", badge).map(|one| one.role), Ok(Role::Manager));
        assert_eq!(verify("", "480273", ""), Err(Refused::WrongPin), "nobody's");
        assert_eq!(verify("", "480273", &badge[..20]), Err(Refused::WrongPin), "torn");
        for _ in 0..4 {
            assert_eq!(verify("", "000000", badge), Err(Refused::WrongPin));
        }
        assert_eq!(verify("51", "480273", ""), Err(Refused::Locked { seconds: 5 }));
    }

    #[test]
    fn a_session_is_one_cookie_one_store_and_half_an_hour() {
        let (signs, clock) = (SignIns::default(), clock());
        let person = signs
            .verify(STORE, Claim { number: "51", pin: "480273", badge: "" }, &Two, &clock)
            .expect("right");
        let entropy = SeededEntropy::new(7);
        let cookie = signs.begin(STORE, person, &clock, &entropy).expect("begun");
        let session = signs.session(&cookie, STORE, &clock).expect("there");
        assert_eq!(signs.session(&cookie, StoreNo(1043), &clock), None);
        assert_eq!(signs.session(&cookie[1..], STORE, &clock), None);
        assert_eq!(session.clone().with_form("another"), Err(Refused::NoSession));
        assert_eq!(session.clone().with_form(&session.form_word), Ok(session));
        clock.advance_ms(29 * 60 * 1_000);
        assert!(signs.session(&cookie, STORE, &clock).is_some(), "it is being used");
        clock.advance_ms(31 * 60 * 1_000);
        assert_eq!(signs.session(&cookie, STORE, &clock), None);
    }
}
