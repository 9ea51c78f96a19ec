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
//! Whatever is cut off on the way is finished by the next start, or begins again with the same
//! next key: which of the two keys counts is said by the journal alone. Where what was kept can't
//! be read any more, it is laid aside and said; the key that the journal names goes on all the
//! same, and a further change brings its papers. The old key is not needed after its last record:
//! segments are signed by the key in use, and central verifies a journal by the key that it began
//! with.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::device::key_store::{self, write_private};
use crate::device::next_key::{load_next, load_or_make_next, swap};
use crate::device::own_file::{self, SMALL_MAX};
use crate::device::sealed_key::handed_over;
use crate::domain::check::Commitment;
use crate::domain::event::{Event, KeyRotated};
use crate::domain::ids::JournalId;
use crate::domain::signing::KeyFact;
use crate::journal::chain::Entry;
use crate::journal::key::{PublicKey, SigningKey};
use crate::journal::phone_code::RecoveryKey;
use crate::ledger::draft::{Draft, Loaded};
use crate::ledger::finding::FindingKind;
use crate::ledger::{Finding, Ledger, Place, not_in_use, rotated_away, says_rotated_to};
use crate::sync::carrier::{JournalState, Transport};
use crate::sync::enroll::phone_key_of;
use crate::sync::link::{LinkState, PushReport};
use crate::sync::push::{SyncLoop, SyncParts};
use crate::sync::rotation::{Certified, certify};

use super::journals::{LedgerJournals, failed};
use super::settings::{DataDir, Settings};
use super::startup::World;

mod not_changed;

pub use not_changed::NotChanged;

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

impl Point {
    /// All of them, in their order.
    pub const ALL: [Self; 8] = [
        Self::NextKey,
        Self::Certified,
        Self::Kept,
        Self::Ended,
        Self::Papers,
        Self::Swapped,
        Self::Settled,
        Self::Begun,
    ];
}

/// What is told on the way.
#[derive(Clone, Copy, Debug)]
pub enum Told<'a> {
    /// A step is done.
    At(Point),
    /// Something was noticed that is not the change itself: what a start would say on its screen.
    Noticed(&'a Finding),
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

/// What the next key needs once the journal has ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pending {
    key: String,
    certificate: String,
    receipt_word: Option<String>,
    recovery: String,
}

impl Pending {
    /// What was kept, and for which key; none where it is damaged.
    fn read(bytes: &[u8]) -> Option<(PublicKey, Self)> {
        let pending: Self = serde_json::from_slice(bytes).ok()?;
        Some((PublicKey::parse(&pending.key).ok()?, pending))
    }
}

/// Whoever finishes does it alone: the till and the sending thread both ask for the key.
static SETTLING: Mutex<()> = Mutex::new(());

/// Finishes a change of keys that was cut off after its journal had ended; nothing where there is
/// none. What can't be done now is tried again at the next start.
pub fn settle(data: &DataDir) {
    if !data.rotation_path().exists() {
        return;
    }
    let log = |told: Told<'_>| {
        if let Told::Noticed(finding) = told {
            tracing::error!(what = %finding.text(), "a change of keys");
        }
    };
    let settled = data.settings().map_err(NotChanged::from).and_then(|settings| {
        match not_in_use(&data.place(&settings).dir) {
            Ok(()) => finish(&alone(), data, &log),
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

/// What is still to be done after a change whose papers could not be read: said at each start,
/// until a further change brought others.
pub fn papers_missing(data: &DataDir) -> Option<Finding> {
    let kept = data.rotation_path();
    // Where the next key can't be read either, all of it waits for IT as it lies.
    let damaged =
        own_file::bytes(&kept, SMALL_MAX).is_ok_and(|bytes| Pending::read(&bytes).is_none());
    let file = if damaged { kept } else { data.rotation_aside() };
    file.exists().then(|| Finding::key_papers_missing(file.display().to_string()))
}

/// The journal says that another key follows this one: put away already, or ended a moment ago.
pub(super) fn is_followed(data: &DataDir, place: &Place, own: &PublicKey) -> bool {
    let kept = own_file::bytes(&data.rotation_path(), SMALL_MAX).ok();
    let next = kept.and_then(|bytes| Pending::read(&bytes)).map(|(next, _)| next);
    let ended = |next| next != *own && says_rotated_to(place, &next);
    rotated_away(place, own) || next.is_some_and(ended)
}

/// Why the key at hand signs nothing although it opened: it is the one before the last change.
pub fn why_rotated_away(data: &DataDir) -> KeyFact {
    if data.rotation_path().exists() {
        KeyFact::ChangeUnfinished
    } else if handed_over().is_some() && !data.key_path().exists() {
        KeyFact::HandedOld
    } else {
        KeyFact::RotatedAway
    }
}

fn alone() -> MutexGuard<'static, ()> {
    SETTLING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts the next key in place where the journal says that it ended; none where it does not.
fn finish(
    _: &MutexGuard<'_, ()>,
    data: &DataDir,
    tell: &dyn Fn(Told<'_>),
) -> Result<Option<PublicKey>, NotChanged> {
    let path = data.rotation_path();
    let unfinished = |_| NotChanged::Unfinished(data.0.display().to_string());
    let bytes = match own_file::bytes(&path, SMALL_MAX) {
        Ok(bytes) => bytes,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(unfinished(why)),
    };
    let place = data.place(&data.settings()?);
    let own = key_store::load(&data.key_path()).ok().flatten().map(|own| own.public());
    let Some((key, pending)) = Pending::read(&bytes) else {
        return without_papers(data, &place, own, tell);
    };
    if own != Some(key) && !says_rotated_to(&place, &key) {
        return Ok(None);
    }
    data.write_certificate(&pending.certificate).map_err(unfinished)?;
    keep_word(data, pending.receipt_word)?;
    if let Some(recovery) = RecoveryKey::parse(&pending.recovery) {
        data.write_recovery_key(&recovery).map_err(unfinished)?;
    }
    put_in_place(data, tell)?;
    std::fs::remove_file(&path).map_err(unfinished)?;
    // What was missing after an earlier change is there again; where it can't go it is said again.
    std::fs::remove_file(data.rotation_aside()).ok();
    std::fs::File::open(&data.0).and_then(|folder| folder.sync_all()).map_err(unfinished)?;
    tell(Told::At(Point::Settled));
    Ok(Some(key))
}

/// What was kept for the next key is damaged: where the journal ended with that key, central knows
/// it, and it goes on without papers; where it did not, the present key does.
fn without_papers(
    data: &DataDir,
    place: &Place,
    own: Option<PublicKey>,
    tell: &dyn Fn(Told<'_>),
) -> Result<Option<PublicKey>, NotChanged> {
    let next = load_next(&data.key_path())?.map(|next| next.public());
    let key = next.or(own).filter(|key| says_rotated_to(place, key));
    if key.is_some() {
        // The word that is there is for the old key.
        keep_word(data, None)?;
        put_in_place(data, tell)?;
    }
    let unfinished = |_| NotChanged::Unfinished(data.0.display().to_string());
    std::fs::rename(data.rotation_path(), data.rotation_aside()).map_err(unfinished)?;
    std::fs::File::open(&data.0).and_then(|folder| folder.sync_all()).map_err(unfinished)?;
    if let Some(finding) = papers_missing(data) {
        tell(Told::Noticed(&finding));
    }
    tell(Told::At(Point::Settled));
    Ok(key)
}

/// Changes the word for receipts alone: whoever changed other settings meanwhile keeps them.
fn keep_word(data: &DataDir, word: Option<String>) -> Result<(), NotChanged> {
    let mut settings = data.settings()?;
    if let Some(central) = &mut settings.central {
        central.receipt_word = word;
    }
    Ok(data.write_settings(&settings)?)
}

fn put_in_place(data: &DataDir, tell: &dyn Fn(Told<'_>)) -> Result<(), NotChanged> {
    tell(Told::At(Point::Papers));
    swap(&data.key_path()).map_err(|error| {
        tracing::error!(%error, "the new key is not in place yet");
        NotChanged::Unfinished(data.0.display().to_string())
    })?;
    tell(Told::At(Point::Swapped));
    Ok(())
}

/// Changes the key. `tell` is told of each step, and of whatever else is noticed.
///
/// # Errors
/// [`NotChanged`]; selling goes on with the key that is whole.
pub fn rotate(
    data: &DataDir,
    world: &World,
    line: &mut dyn Transport,
    reason: &str,
    tell: &dyn Fn(Told<'_>),
) -> Result<Changed, NotChanged> {
    let settings = data.settings()?;
    let desk = Desk::of(data, world, &settings, tell)?;
    not_in_use(&desk.place.dir).map_err(|_| NotChanged::Running)?;
    let alone = alone();
    let next_journal = |line: &mut dyn Transport, old| {
        // The key's papers are other ones now.
        let settings = data.settings()?;
        Desk::of(data, world, &settings, tell)?.begin(line, old)
    };
    if finish(&alone, data, tell)?.is_some() {
        return next_journal(line, None).map_err(NotChanged::after_the_end);
    }
    let old = desk.present()?;
    let (ledger, began) = desk.open(desk.present()?)?;
    if began {
        // The change before this one was cut off just before its new journal.
        tell(Told::At(Point::Begun));
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
    tell(Told::At(Point::NextKey));
    let ends = state(&lock(&ledger));
    let certified = certify(line, &desk.central_key, &ends, &old, &next)?;
    tell(Told::At(Point::Certified));
    desk.keep(certified, &next, line)?;
    tell(Told::At(Point::Kept));
    let mut ledger = ledger.into_inner().unwrap_or_else(PoisonError::into_inner);
    let entry = desk.entry(&ledger, &next.public(), reason);
    ledger.append(&entry).map_err(NotChanged::NotEnded)?;
    tell(Told::At(Point::Ended));
    let before = Some(old.public().fingerprint());
    let closed = ledger.close().map_err(NotChanged::from);
    let finished = closed.and_then(|()| finish(&alone, data, tell));
    let changed = finished.and_then(|_| next_journal(line, before));
    changed.map_err(NotChanged::after_the_end)
}

/// What a change is made with.
struct Desk<'a> {
    data: &'a DataDir,
    world: &'a World,
    place: Place,
    settings: &'a Settings,
    central_key: PublicKey,
    tell: &'a dyn Fn(Told<'_>),
}

impl<'a> Desk<'a> {
    fn of(
        data: &'a DataDir,
        world: &'a World,
        settings: &'a Settings,
        tell: &'a dyn Fn(Told<'_>),
    ) -> Result<Self, NotChanged> {
        if settings.training {
            return Err(NotChanged::Training);
        }
        let central = settings.central.as_ref().ok_or(NotChanged::NotEnrolled)?;
        let central_key = PublicKey::parse(&central.ack_key).map_err(|_| NotChanged::CentralKey)?;
        if handed_over().is_some() && !data.key_path().exists() {
            return Err(NotChanged::InUnit);
        }
        Ok(Self { data, world, place: data.place(settings), settings, central_key, tell })
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
        let change = |one: &&Finding| one.kind == FindingKind::KeyRotated;
        let (began, others): (Vec<_>, Vec<_>) = opening.findings.iter().partition(change);
        others.into_iter().for_each(|finding| (self.tell)(Told::Noticed(finding)));
        Ok((Mutex::new(ledger), !began.is_empty()))
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
    fn begin(&self, line: &mut dyn Transport, old: Option<String>) -> Result<Changed, NotChanged> {
        let (ledger, _) = self.open(self.present()?)?;
        (self.tell)(Told::At(Point::Begun));
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
        branch: 1,
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
        | LinkState::LeftOut { text }
        | LinkState::LedgerFailed { text } => text.clone(),
        LinkState::Forked { journal, text } => format!("{journal} forked: {text}"),
        LinkState::Unknown | LinkState::UpToDate | LinkState::Sending | LinkState::Busy => {
            "central was too busy to take all of it".to_owned()
        }
    }
}
