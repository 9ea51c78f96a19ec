//! Changes this register's key for another one, while it does not sell.
//!
//! ```text
//!  all is sent ─▶ next key (durable) ─▶ central certifies it, asked by both keys
//!     ─▶ what it needs is kept (register.rotation)          the present key is whole up to here
//!     ─▶ `key_rotated`, the last record of the journal      the next one is whole from here on
//!     ─▶ certificate, settings, recovery key ─▶ files swapped, the old key destroyed
//!     ─▶ a new journal, which names the old one ─▶ both are sent
//! ```
//!
//! Whatever is cut off on the way is finished by the next start, or begins again with the same next
//! key: which of the two keys counts is said by the journal alone. The old key is not needed after
//! its last record: segments are signed by the key in use, and central verifies a journal by the
//! key that it began with.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::device::key_store::{self, KeyTrouble, write_private};
use crate::device::next_key::{load_or_make_next, swap};
use crate::device::sealed_key::handed_over;
use crate::domain::check::Commitment;
use crate::domain::event::{Event, KeyRotated};
use crate::domain::ids::JournalId;
use crate::journal::chain::Entry;
use crate::journal::key::{PublicKey, SigningKey};
use crate::journal::phone_code::RecoveryKey;
use crate::ledger::draft::{Draft, Loaded};
use crate::ledger::finding::FindingKind;
use crate::ledger::{Ledger, LedgerError, Place, not_in_use, rotated_away, says_rotated_to};
use crate::sync::carrier::{JournalState, SourceFailed, Transport};
use crate::sync::enroll::{NotEnrolled, phone_key_of};
use crate::sync::link::{LinkState, PushReport};
use crate::sync::push::{SyncLoop, SyncParts};
use crate::sync::rotation::{Certified, NotCertified, certify};

use super::journals::{LedgerJournals, failed};
use super::settings::{Central, DataDir, Settings, SettingsError};
use super::startup::World;

/// Points between two steps, where a test ends the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// The next key is in its file.
    NextKey,
    /// Central certified it.
    Certified,
    /// What it needs is kept: from here on a start could finish alone.
    Kept,
    /// The journal says that it ended.
    Ended,
    /// Certificate, settings and recovery key are the next key's.
    Papers,
    /// The next key is the register's; the old one is gone.
    Swapped,
    /// Nothing is left of the change.
    Settled,
    /// The new journal is begun.
    Begun,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The old key, shortened; none where a change that was cut off before was finished.
    pub old: Option<String>,
    /// The new one, shortened as on central's page.
    pub new: String,
    /// The new journal.
    pub journal: JournalId,
    /// What central has of both journals.
    pub sent: PushReport,
    /// How far this clock is ahead of central's.
    pub clock_ahead_ms: Option<i64>,
}

/// Why the key was not changed. The present one is whole.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// A register to learn on.
    #[error(
        "this is a register to learn on, and its key is known to nobody; nothing was changed. Name \
         the register's own folder with --data"
    )]
    Training,
    /// There is no central.
    #[error(
        "this register is not enrolled at a central, so nobody would know its new key; nothing was \
         changed. Run 'tideover enroll' with a code from central first"
    )]
    NotEnrolled,
    /// It sells.
    #[error(
        "Tideover is running on this register, and what it records needs its key; nothing was \
         changed. Close its window when no customer waits, then run this again"
    )]
    Running,
    /// The unit handed the key over as it was when it started.
    #[error(
        "this runs within the register's unit, which holds the key as it was at its start; nothing \
         was changed. Stop the unit, and run this as root outside of it"
    )]
    InUnit,
    /// There is no key yet.
    #[error("this register has no key yet; nothing was changed. It makes one at its first start")]
    NoKey,
    /// An older file was put back.
    #[error(
        "the key in {0} was changed for another one before, and vouches for nothing; nothing was \
         changed. Put the newer key's file back, or enroll this register with a new data folder"
    )]
    RotatedAway(String),
    /// A basket is open.
    #[error(
        "a sale is open on this register; nothing was changed. Start it, finish that sale or give \
         it up, close the shift, then run this again"
    )]
    OpenSale,
    /// A shift is open.
    #[error(
        "shift {0} is open, and its drawer is counted in the journal that would end; nothing was \
         changed. Start the register, close the shift, then run this again"
    )]
    OpenShift(u32),
    /// An outage goes on.
    #[error(
        "an outage is declared on this register; nothing was changed. Change the key when the \
         outage has ended"
    )]
    OpenOutage,
    /// Central does not hold everything.
    #[error(
        "central does not hold everything that this register recorded ({why}; {pending} records to \
         be sent); nothing was changed. Run 'tideover sync push', then this again"
    )]
    NotSent {
        /// Why.
        why: String,
        /// How many are not there.
        pending: u64,
    },
    /// Central said no.
    #[error(transparent)]
    NotCertified(#[from] NotCertified),
    /// No key for phone codes.
    #[error(
        "central certified the new key and gave no key for phone codes ({0}); the present key goes \
         on, run this again"
    )]
    NoPhoneKey(#[source] NotEnrolled),
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Central's key in the settings is none.
    #[error("central's key in this register's settings is not right; enroll it again")]
    CentralKey,
    /// The key's files.
    #[error(transparent)]
    Key(#[from] KeyTrouble),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Reading the journals.
    #[error(transparent)]
    Journals(#[from] SourceFailed),
    /// A file.
    #[error(
        "{path} can't be written; the present key goes on. Look at the folder's rights and space"
    )]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The journal had ended, and a file stood in the way.
    #[error(
        "the journal has ended, and the new key could not be put in place; nothing is lost. Look \
         at the rights and the space of {0}, and run this again or start the register: either \
         finishes"
    )]
    Unfinished(String),
}

/// What the next key needs once the journal has ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pending {
    key: String,
    certificate: String,
    receipt_word: Option<String>,
    recovery: String,
}

/// Whoever finishes does it alone: the till and the sending thread both ask for the key.
static SETTLING: Mutex<()> = Mutex::new(());

/// Finishes a change of keys that was cut off after its journal had ended; nothing where there is
/// none. What can't be done now is tried again at the next start.
pub fn settle(data: &DataDir) {
    if !data.rotation_path().exists() {
        return;
    }
    let settled = data.settings().map_err(NotChanged::from).and_then(|settings| {
        match not_in_use(&data.place(&settings).dir) {
            Ok(()) => finish(&alone(), data, &settings, &|_| ()),
            // Whoever has the ledger open is in the middle of it.
            Err(_) => Ok(None),
        }
    });
    match settled {
        Ok(None) => {}
        Ok(Some(key)) => {
            tracing::info!(key = %key.fingerprint(), "a change of keys was finished");
        }
        Err(error) => tracing::error!(%error, "a change of keys is not finished"),
    }
}

fn alone() -> MutexGuard<'static, ()> {
    SETTLING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts the next key in place where the journal says that it ended; none where it does not.
fn finish(
    _: &MutexGuard<'_, ()>,
    data: &DataDir,
    settings: &Settings,
    at: &dyn Fn(Point),
) -> Result<Option<PublicKey>, NotChanged> {
    let path = data.rotation_path();
    let unfinished = |_| NotChanged::Unfinished(data.0.display().to_string());
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(unfinished(why)),
    };
    let pending: Option<Pending> = serde_json::from_str(&text).ok();
    let key = pending.as_ref().and_then(|pending| PublicKey::parse(&pending.key).ok());
    // What can't be read was not kept whole, so the journal had not ended either.
    let (Some(pending), Some(key)) = (pending, key) else { return Ok(None) };
    let swapped = key_store::load(&data.key_path())
        .is_ok_and(|own| own.is_some_and(|own| own.public() == key));
    if !swapped && !says_rotated_to(&data.place(settings), &key) {
        return Ok(None);
    }
    data.write_certificate(&pending.certificate).map_err(unfinished)?;
    let central = settings
        .central
        .clone()
        .map(|central| Central { receipt_word: pending.receipt_word.clone(), ..central });
    data.write_settings(&Settings { central, ..settings.clone() })?;
    if let Some(recovery) = RecoveryKey::parse(&pending.recovery) {
        data.write_recovery_key(&recovery).map_err(unfinished)?;
    }
    at(Point::Papers);
    swap(&data.key_path()).map_err(|error| {
        tracing::error!(%error, "the new key is not in place yet");
        NotChanged::Unfinished(data.0.display().to_string())
    })?;
    at(Point::Swapped);
    std::fs::remove_file(&path).map_err(unfinished)?;
    std::fs::File::open(&data.0).and_then(|folder| folder.sync_all()).map_err(unfinished)?;
    at(Point::Settled);
    Ok(Some(key))
}

/// Changes the key. `at` is told of each step.
///
/// # Errors
/// [`NotChanged`]; selling goes on with the key that is whole.
pub fn rotate(
    data: &DataDir,
    world: &World,
    line: &mut dyn Transport,
    reason: &str,
    at: &dyn Fn(Point),
) -> Result<Changed, NotChanged> {
    let settings = data.settings()?;
    let desk = Desk::of(data, world, &settings)?;
    not_in_use(&desk.place.dir).map_err(|_| NotChanged::Running)?;
    let alone = alone();
    if finish(&alone, data, &settings, at)?.is_some() {
        // Its papers are other ones now.
        return Desk::of(data, world, &data.settings()?)?.begin(line, None, at);
    }
    let old = desk.present()?;
    let (ledger, began) = desk.open(desk.present()?)?;
    if began {
        // The change before this one was cut off just before its new journal.
        at(Point::Begun);
        return desk.done(ledger, old, None, line);
    }
    desk.check(&ledger)?;
    let (sent, _) = desk.send(&ledger, desk.present()?, line)?;
    // An earlier journal that forked stays so; it is at central all the same.
    let reached = matches!(sent.link, LinkState::UpToDate | LinkState::Forked { .. });
    if !reached || sent.pending > 0 {
        let (why, pending) = (said(&sent.link), sent.pending);
        return Err(NotChanged::NotSent { why, pending });
    }
    let next = load_or_make_next(&data.key_path(), world.entropy.as_ref())?;
    at(Point::NextKey);
    let ends = state(&lock(&ledger));
    let certified = certify(line, &desk.central_key, &ends, &old, &next)?;
    at(Point::Certified);
    desk.keep(certified, &next, line)?;
    at(Point::Kept);
    let mut ledger = ledger.into_inner().unwrap_or_else(PoisonError::into_inner);
    let entry = desk.entry(&ledger, &next.public(), reason);
    ledger.append(&entry)?;
    at(Point::Ended);
    ledger.close()?;
    finish(&alone, data, &settings, at)?;
    let before = Some(old.public().fingerprint());
    Desk::of(data, world, &data.settings()?)?.begin(line, before, at)
}

/// What a change is made with.
struct Desk<'a> {
    data: &'a DataDir,
    world: &'a World,
    place: Place,
    settings: &'a Settings,
    central_key: PublicKey,
}

impl<'a> Desk<'a> {
    fn of(data: &'a DataDir, world: &'a World, settings: &'a Settings) -> Result<Self, NotChanged> {
        if settings.training {
            return Err(NotChanged::Training);
        }
        let central = settings.central.as_ref().ok_or(NotChanged::NotEnrolled)?;
        let central_key = PublicKey::parse(&central.ack_key).map_err(|_| NotChanged::CentralKey)?;
        if handed_over().is_some() && !data.key_path().exists() {
            return Err(NotChanged::InUnit);
        }
        Ok(Self { data, world, place: data.place(settings), settings, central_key })
    }

    fn present(&self) -> Result<SigningKey, NotChanged> {
        let path = self.data.key_path();
        let key = key_store::load(&path)?.ok_or(NotChanged::NoKey)?;
        if rotated_away(&self.place, &key.public()) {
            return Err(NotChanged::RotatedAway(path.display().to_string()));
        }
        Ok(key)
    }

    /// Opens the ledger, and says whether a new journal was begun after one that had ended.
    fn open(&self, key: SigningKey) -> Result<(Mutex<Ledger>, bool), NotChanged> {
        let identity = self.settings.identity();
        let World { clock, entropy, faults, .. } = self.world;
        let (clock, entropy) = (clock.as_ref(), entropy.as_ref());
        let (ledger, opening) =
            Ledger::open(&self.place, identity, Some(key), clock, entropy, faults.clone())?;
        let began = opening.findings.iter().any(|one| one.kind == FindingKind::KeyRotated);
        Ok((Mutex::new(ledger), began))
    }

    /// Refuses where something is open that the journal's end would leave open.
    fn check(&self, ledger: &Mutex<Ledger>) -> Result<(), NotChanged> {
        let ledger = lock(ledger);
        let state = ledger.state();
        let next = state.last_sale_no.0.saturating_add(1);
        match Draft::of(&self.place).load() {
            Ok(Loaded::Basket { sale, .. }) if sale.0 == next => return Err(NotChanged::OpenSale),
            _ => {}
        }
        if let Some(shift) = &state.open_shift {
            return Err(NotChanged::OpenShift(shift.number.0));
        }
        if state.open_outage.is_some() {
            return Err(NotChanged::OpenOutage);
        }
        Ok(())
    }

    /// Sends what central does not have; the first trouble ends it, nothing is lost by that.
    fn send(
        &self,
        ledger: &Mutex<Ledger>,
        key: SigningKey,
        line: &mut dyn Transport,
    ) -> Result<(PushReport, Option<i64>), NotChanged> {
        let clock = &self.world.clock;
        let keep = |ack| lock(ledger).store_ack(&ack).map_err(failed);
        let note = |central: String, held: Vec<Commitment>| {
            lock(ledger).sealed_held(&central, &held).map_err(failed)
        };
        let journals = LedgerJournals::open(&self.place, clock.as_ref(), Box::new(keep))?;
        let mut journals = journals.with_sealed(Box::new(note));
        let mut sync = SyncLoop::new(SyncParts {
            key: std::sync::Arc::new(key),
            central_key: Some(self.central_key),
            clock: std::sync::Arc::clone(clock),
            entropy: std::sync::Arc::clone(&self.world.entropy),
        });
        let report = sync.push_once(line, &mut journals);
        Ok((report, sync.clock_ahead_ms()))
    }

    /// Keeps what the next key needs, so that a start can finish without central.
    fn keep(
        &self,
        certified: Certified,
        next: &SigningKey,
        line: &mut dyn Transport,
    ) -> Result<(), NotChanged> {
        let Settings { store, register, .. } = *self.settings;
        let recovery = phone_key_of(line, (store, register), &self.central_key, next)
            .map_err(NotChanged::NoPhoneKey)?;
        let pending = Pending {
            key: next.public().to_string(),
            certificate: certified.certificate,
            receipt_word: certified.receipt_word,
            recovery: recovery.to_text(),
        };
        let path = self.data.rotation_path();
        let file = |source| NotChanged::File { path: path.display().to_string(), source };
        let text = serde_json::to_string(&pending).map_err(|why| file(why.into()))?;
        let fresh: PathBuf = path.with_added_extension("fresh");
        match std::fs::remove_file(&fresh) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => return Err(file(why)),
            _ => {}
        }
        write_private(&fresh, text.as_bytes()).map_err(file)?;
        std::fs::rename(&fresh, &path).map_err(file)?;
        std::fs::File::open(&self.data.0).and_then(|folder| folder.sync_all()).map_err(file)
    }

    fn entry(&self, ledger: &Ledger, next: &PublicKey, reason: &str) -> Entry {
        let at = self.world.clock.now();
        let reason = reason.to_owned();
        Entry {
            at,
            mono_ms: self.world.clock.mono_ms(),
            date: ledger.state().last_day.unwrap_or_else(|| at.local_date()),
            by: None,
            pack: ledger.state().pack.clone(),
            outage: None,
            event: Event::KeyRotated(KeyRotated { public_key: *next.bytes(), reason }),
        }
    }

    /// Begins the journal of the new key, and sends it with the end of the old one.
    fn begin(
        &self,
        line: &mut dyn Transport,
        old: Option<String>,
        at: &dyn Fn(Point),
    ) -> Result<Changed, NotChanged> {
        let (ledger, _) = self.open(self.present()?)?;
        at(Point::Begun);
        self.done(ledger, self.present()?, old, line)
    }

    fn done(
        &self,
        ledger: Mutex<Ledger>,
        new: SigningKey,
        old: Option<String>,
        line: &mut dyn Transport,
    ) -> Result<Changed, NotChanged> {
        let journal = lock(&ledger).chain().journal;
        let fingerprint = new.public().fingerprint();
        let (sent, clock_ahead_ms) = self.send(&ledger, new, line)?;
        ledger.into_inner().unwrap_or_else(PoisonError::into_inner).close()?;
        Ok(Changed { old, new: fingerprint, journal, sent, clock_ahead_ms })
    }
}

fn lock(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

fn state(ledger: &Ledger) -> JournalState {
    let chain = ledger.chain();
    JournalState {
        id: chain.journal,
        next_seq: chain.next_seq,
        head: chain.head,
        lifetime: chain.lifetime,
    }
}

fn said(link: &LinkState) -> String {
    match link {
        LinkState::NoAnswer { text }
        | LinkState::NotCentral { text }
        | LinkState::Refused { text }
        | LinkState::Held { text }
        | LinkState::LedgerFailed { text } => text.clone(),
        LinkState::Forked { journal, text } => format!("{journal} forked: {text}"),
        LinkState::Unknown | LinkState::UpToDate | LinkState::Sending | LinkState::Busy => {
            "central was too busy to take all of it".to_owned()
        }
    }
}
