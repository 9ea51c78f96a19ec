//! The way from a drill's registers to central: HTTP on a real socket, with the scenario's faults.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::device::clock::{Clock, SystemClock};
use crate::device::entropy::{Entropy as _, SystemEntropy};
use crate::domain::book::Book;
use crate::domain::ids::JournalId;
use crate::journal::key::{Domain, NotAKey, PublicKey, SigningKey};
use crate::ledger::{LedgerError, Place};
use crate::register::journals::{LedgerJournals, failed};
use crate::register::sending::transport;
use crate::register::settings::{Central, Settings, SettingsError};
use crate::register::startup;
use crate::sync::asides;
use crate::sync::carrier::{NoAnswer, Request, Transport as _};
use crate::sync::http::NotAnAddress;
use crate::sync::push::{LinkState, PushReport, SyncLoop, SyncParts};
use crate::sync::sealed::{NotSealed, Sealed};
use crate::sync::wire::{ASIDES_ANSWER_LEN_MAX, Answer};

use super::lane::Lane;
use super::network::{FaultyLine, Network};
use super::report::CentralSums;

/// Looks at central's totals before a drill gives up waiting for its projections.
const LOOKS_MAX: u32 = 400;
/// The longest list that is read, in bytes: a thousand groups of exceptions, or what moved of some
/// two hundred thousand items.
const LIST_LEN_MAX: usize = 16 * 1024 * 1024;
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(50);

/// The way to central.
#[derive(Debug, Default)]
pub struct Backhaul {
    /// What is wrong with it now.
    pub network: Network,
    /// Central moved: every register is to use this address from now on.
    pub moved_to: Option<String>,
}

/// Why central can't be had.
#[derive(Debug, thiserror::Error)]
pub enum BackhaulError {
    /// A register's settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A register is not enrolled.
    #[error("register {0} is not enrolled at a central")]
    NotEnrolled(u16),
    /// An address.
    #[error(transparent)]
    Address(#[from] NotAnAddress),
    /// A key.
    #[error(transparent)]
    Key(#[from] NotAKey),
    /// A ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Central did not answer at the end, when it must.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    /// Central's answer is not signed by it.
    #[error("central's answer about a journal is not signed by it")]
    Seal(#[from] NotSealed),
    /// Central answered something else.
    #[error("central's answer is not understood")]
    Answer(#[source] serde_json::Error),
}

#[derive(Deserialize)]
struct StoreSums {
    totals: CentralSums,
}

/// A group of exceptions, as far as the report needs it.
#[derive(Clone, Debug, Deserialize)]
pub struct ExceptionGroup {
    /// The rule's word.
    pub code: String,
    /// How grave.
    pub level: String,
    /// What they share.
    pub cause: String,
    /// How many.
    pub count: u64,
    /// Their amounts, summed, in minor units.
    pub amount: i64,
    /// The first one's words.
    pub text: String,
}

impl ExceptionGroup {
    /// One line of a report.
    pub fn line(&self) -> String {
        let Self { code, level, cause, count, text, .. } = self;
        let cause = if cause.is_empty() { String::new() } else { format!(" {cause}") };
        format!("{level}: {code}{cause}, {count} times, first: {text}")
    }
}

/// What moved of one item, as central says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MovedItem {
    /// Its code.
    pub item: String,
    /// What came less what went, in ten-thousandths.
    pub moved: i64,
}

impl Backhaul {
    /// Sends what a register has not sent. With `to_the_end` waiting is allowed, and ends only
    /// when all is there or a person is needed.
    ///
    /// # Errors
    /// [`BackhaulError`] when the register can't send at all; no answer is not an error.
    pub fn send(&mut self, lane: &mut Lane, to_the_end: bool) -> Result<PushReport, BackhaulError> {
        let settings = lane.data.settings()?;
        let (central, key) = self.enrolled(lane, &settings)?;
        let clock: std::sync::Arc<dyn Clock> = std::sync::Arc::new(SystemClock::new(None));
        let mut sync = SyncLoop::new(SyncParts {
            key: std::sync::Arc::new(key),
            central_key: Some(PublicKey::parse(&central.ack_key)?),
            clock: std::sync::Arc::clone(&clock),
            entropy: std::sync::Arc::new(SystemEntropy),
        });
        let mut line = transport(&central)?;
        let mut line = FaultyLine { line: &mut line, network: &mut self.network };
        let mut journals = journals(lane, &settings, clock.as_ref())?;
        if !to_the_end {
            return Ok(sync.push_once(&mut line, &mut journals));
        }
        let mut wait = |ms| std::thread::sleep(std::time::Duration::from_millis(ms));
        let held = std::cell::Cell::new(false);
        let mut progress = |next: &crate::sync::push::Next| {
            held.set(matches!(next.link, LinkState::Held { .. }));
        };
        Ok(sync.drain(&mut line, &mut journals, &mut wait, &mut progress, &|| held.get()))
    }

    /// A register's central, where it answers now, and the register's key.
    fn enrolled(
        &self,
        lane: &Lane,
        settings: &Settings,
    ) -> Result<(Central, SigningKey), BackhaulError> {
        let nobody = || BackhaulError::NotEnrolled(lane.number);
        let mut central = settings.central.clone().ok_or_else(nobody)?;
        if let Some(url) = &self.moved_to {
            central.url.clone_from(url);
        }
        let key = startup::signing_key(&lane.data, &SystemEntropy).ok_or_else(nobody)?;
        Ok((central, key))
    }

    /// Has a register ask central which sales of its store were put aside, until what it then knows
    /// is `enough`; the last answer stays where it never is.
    ///
    /// # Errors
    /// [`BackhaulError`] when the register can't ask; a refusal is told to the register.
    pub fn tell_asides(
        &mut self,
        lane: &mut Lane,
        enough: &dyn Fn(&Book) -> bool,
    ) -> Result<(), BackhaulError> {
        let (central, key) = self.enrolled(lane, &lane.data.settings()?)?;
        let root = PublicKey::parse(&central.ack_key)?;
        let mut line = transport(&central)?.with_answers_up_to(ASIDES_ANSWER_LEN_MAX);
        for look in 1..=LOOKS_MAX {
            let Ok(register) = lane.running() else {
                return Err(BackhaulError::NotEnrolled(lane.number));
            };
            let journal = register.ledger().chain().journal;
            let mut nonce = [0; 16];
            // Without a random number the answer is still this question's, by its signature.
            SystemEntropy.fill(&mut nonce).unwrap_or_default();
            let mut line = FaultyLine { line: &mut line, network: &mut self.network };
            let told = asides::ask(&mut line, &journal, &key, &root, nonce);
            register.asides_told(told.map_err(|why| why.to_string()));
            if enough(register.book()) || look == LOOKS_MAX {
                break;
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// Central's totals of a store, once they hold `sales` sales and refunds; the last ones seen
    /// when they never do.
    ///
    /// # Errors
    /// [`BackhaulError`] when central does not answer.
    pub fn totals(
        &self,
        central: &Central,
        store: u32,
        sales: u64,
    ) -> Result<CentralSums, BackhaulError> {
        let mut looks = 0_u32;
        loop {
            looks = looks.saturating_add(1);
            let seen = self.get(central, &format!("/v1/stores/{store}/totals"));
            match seen.map(|seen: StoreSums| seen.totals) {
                Ok(totals) if totals.count() >= sales || looks >= LOOKS_MAX => return Ok(totals),
                // Central may be on its way back.
                Err(BackhaulError::NoAnswer(_)) if looks < LOOKS_MAX => {}
                Ok(_) => {}
                Err(error) => return Err(error),
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Central's exceptions of a store, in groups of one cause.
    ///
    /// # Errors
    /// [`BackhaulError`] when central does not answer.
    pub fn exceptions(
        &self,
        central: &Central,
        store: u32,
    ) -> Result<Vec<ExceptionGroup>, BackhaulError> {
        self.get(central, &format!("/v1/exceptions?store={store}"))
    }

    /// The same, once they hold one of this rule; the last ones seen when they never do. Some rules
    /// are looked at when nothing else is left to do.
    ///
    /// # Errors
    /// [`BackhaulError`] when central does not answer.
    pub fn exceptions_with(
        &self,
        central: &Central,
        store: u32,
        code: &str,
    ) -> Result<Vec<ExceptionGroup>, BackhaulError> {
        let mut looks = 0_u32;
        loop {
            looks = looks.saturating_add(1);
            let groups = self.exceptions(central, store)?;
            if groups.iter().any(|group| group.code == code) || looks >= LOOKS_MAX {
                return Ok(groups);
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// What moved of each item in a store, once that is what `right` waits for; the last seen when
    /// it never is.
    ///
    /// # Errors
    /// [`BackhaulError`] when central does not answer.
    pub fn stock(
        &self,
        central: &Central,
        store: u32,
        right: &dyn Fn(&[MovedItem]) -> bool,
    ) -> Result<Vec<MovedItem>, BackhaulError> {
        let mut looks = 0_u32;
        loop {
            looks = looks.saturating_add(1);
            let seen: Vec<MovedItem> = self.get(central, &format!("/v1/stores/{store}/stock"))?;
            if right(&seen) || looks >= LOOKS_MAX {
                return Ok(seen);
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Central's position in a journal: the next record it waits for, and its head.
    ///
    /// # Errors
    /// [`BackhaulError`] when central does not answer.
    pub fn position(
        &self,
        central: &Central,
        journal: &JournalId,
    ) -> Result<(u64, String), BackhaulError> {
        let JournalId { store, register, epoch } = journal;
        let path = format!("/v1/registers/{store}/{register}/cursor?epoch={epoch}");
        let body = self.body(central, &path)?;
        let key = PublicKey::parse(&central.ack_key)?;
        let answer: Answer = Sealed::split(&body)?.open(Domain::Ack, &key)?;
        Ok((answer.cursor.next_seq, answer.cursor.head))
    }

    fn body(&self, central: &Central, path: &str) -> Result<Vec<u8>, BackhaulError> {
        let mut central = central.clone();
        if let Some(url) = &self.moved_to {
            central.url.clone_from(url);
        }
        let request = Request::get(path);
        let mut line = transport(&central)?.with_answers_up_to(LIST_LEN_MAX);
        Ok(line.send(&request)?.body)
    }

    fn get<T: DeserializeOwned>(&self, central: &Central, path: &str) -> Result<T, BackhaulError> {
        let body = self.body(central, path)?;
        serde_json::from_slice(&body).map_err(BackhaulError::Answer)
    }
}

/// A lane's journals, with its running register as the one who keeps acknowledgements.
fn journals<'a>(
    lane: &'a mut Lane,
    settings: &crate::register::settings::Settings,
    clock: &'a dyn Clock,
) -> Result<LedgerJournals<'a>, BackhaulError> {
    let place: Place = lane.data.place(settings);
    let keep = Box::new(move |ack| match lane.running() {
        Ok(register) => register.acknowledged(&ack).map_err(failed),
        // A register that is switched off asks central anew when it comes back.
        Err(_) => Ok(()),
    });
    Ok(LedgerJournals::open(&place, clock, keep)?)
}
