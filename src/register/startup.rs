//! From a data folder to a running register.
//!
//! ```text
//!  settings ─▶ key (none: unsigned) ─▶ ledger (checked, mended from the tape) ─▶ pack ─▶ Register
//! ```
//!
//! A key or a pack that is missing stops nothing here: without a key records are chained unsigned,
//! without a pack the window says what IT must bring. Only a ledger that can't record stops.

use std::path::Path;
use std::sync::Arc;

use crate::device::clock::Clock;
use crate::device::entropy::Entropy;
use crate::device::key_store::{self, KeyTrouble};
use crate::device::mounts::Mounts;
use crate::domain::event::Event;
use crate::domain::ids::StoreNo;
use crate::domain::own_machine::{Marks, Moved};
use crate::domain::policy::Currency;
use crate::domain::signing::KeyFact;
use crate::domain::words::{Words, words};
use crate::journal::key::SigningKey;
use crate::journal::record::{Envelope, Line};
use crate::ledger::draft::Draft;
use crate::ledger::finding::FindingKind;
use crate::ledger::{
    Faults, Finding, Ledger, LedgerError, Opening, Place, Reader, machine, rotated_away,
};
use crate::pack::{Catalog, Pack, PackKey, Shelf};
use crate::peer::News;

use super::account_key::AccountKey;
use super::paper_receipt::PaperTrust;
use super::phone_code::RecoveryKeyFile;
use super::printer_settings;
use super::register::{Parts, Register};
use super::revoked;
use super::rotating;
use super::settings::{DataDir, Settings, SettingsError};
use super::tries::TriesFile;
use super::view::{Link, Pending, Status, Stopped};

/// Records of a journal that was given up that are in memory at once.
const GIVEN_UP_PAGE: usize = 2_000;

/// What a register needs from outside its data folder.
#[derive(Clone)]
pub struct World {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Named points where a test ends the program; none otherwise.
    pub faults: Option<Arc<dyn Faults>>,
    /// By what this machine is told from another one; none where that is not asked.
    pub machine: Marks,
}

/// Why a register did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It is not set up.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// It can't record.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Opens everything and starts the register.
///
/// # Errors
/// [`StartError`] when the register is not set up or can't record durably.
pub fn open(data: &DataDir, world: &World) -> Result<Register, StartError> {
    // What was begun is finished first: settings are part of it.
    rotating::settle(data);
    let settings = data.settings()?;
    let (key, mut key_fact) = key_and_fact(data, world.entropy.as_ref());
    let place = data.place(&settings);
    let key = key.filter(|key| !rotated_away(&place, &key.public()));
    let had_key = key.is_some();
    let (ledger, mut opening, moved) = open_here(&place, &settings, key, world)?;
    if key_fact == KeyFact::Signs && !(had_key && ledger.signs()) {
        key_fact = rotating::why_rotated_away(data);
        tracing::error!(?key_fact, "the key at hand was changed; records are written unsigned");
    }
    // Learning may be lost; a machine that does not tell its mounts says nothing.
    let mounts = Mounts::read(Path::new("/")).unwrap_or_default();
    if !settings.training {
        opening.findings.extend(place.on_shares(&mounts));
    }
    let revoked = revoked::kept(data, &settings);
    let (key, chain) = (ledger.public_key(), ledger.chain());
    if !revoked.revoked.counts(&key, chain.journal.epoch, chain.next_seq) {
        opening.findings.push(Finding::key_revoked());
    }
    opening.findings.extend(rotating::papers_missing(data));
    let link = if settings.central.is_some() { Link::Down } else { Link::NotEnrolled };
    say_why_unsigned(&mut opening.findings, key_fact);
    let mut register = Register::start(Parts {
        key: key_fact,
        clock: Arc::clone(&world.clock),
        ledger,
        opening,
        pack: current_pack(data, &settings),
        draft: Draft::of(&place),
        tries: TriesFile::at(data.tries_path(&settings)),
        recovery: RecoveryKeyFile::at(data.recovery_key_path(), Arc::clone(&world.entropy)),
        paper: printer_settings::paper(data, &settings),
        account_key: AccountKey::at(data.account_key_path()),
        seal_key: data.seal_key(),
        entropy: Arc::clone(&world.entropy),
        running_mark: data.running_mark(),
        training: settings.training,
        link,
        trust: PaperTrust::of(&settings).without(revoked),
    })?;
    note_machine(&moved, &mut register)?;
    read_given_up(&place, &mut register);
    note_practice(data, &settings, &mut register);
    Ok(register)
}

/// Opens the ledger. One that was written on another machine is not gone on with; this machine is
/// its own from then on. Learning goes on anywhere.
fn open_here(
    place: &Place,
    settings: &Settings,
    key: Option<SigningKey>,
    world: &World,
) -> Result<(Ledger, Opening, Moved), LedgerError> {
    let none = Marks::default();
    let now = if settings.training { &none } else { &world.machine };
    let seen = machine::look(place, settings.identity(), now);
    let moved = seen.moved.clone();
    let open = if moved == Moved::Another { Ledger::open_moved } else { Ledger::open };
    let (clock, entropy) = (world.clock.as_ref(), world.entropy.as_ref());
    let opened = open(place, settings.identity(), key, clock, entropy, world.faults.clone());
    let (ledger, opening) = opened?;
    if let Err(error) = seen.keep(entropy) {
        tracing::warn!(%error, "the machine's marks were not kept; the next start looks again");
    }
    Ok((ledger, opening, moved))
}

/// A part of the machine is another one: that is on record, and nothing else comes of it.
fn note_machine(moved: &Moved, register: &mut Register) -> Result<(), LedgerError> {
    let Moved::Changed(parts) = moved else { return Ok(()) };
    let parts: Vec<&str> = parts.iter().map(|part| part.word()).collect();
    tracing::info!(?parts, "a part of this machine is another one");
    let text = format!("this machine has another {} than before", parts.join(", "));
    register.record(Event::Note { text }).map(|_| ())
}

/// What journals that were given up tell the store's book: baskets still wait, returns still count.
/// There are few of them, if any; one that can't be read is told and left out.
fn read_given_up(place: &Place, register: &mut Register) {
    if !place.frozen().exists() {
        return;
    }
    let known = |line: &Line| {
        let envelope = Envelope::read(line.bytes()).ok()?;
        Some((envelope.header.origin(), envelope.event().ok()?))
    };
    let mut read = || -> Result<(), LedgerError> {
        let reader = Reader::open(place)?;
        for journal in reader.journals()?.iter().filter(|j| j.frozen && j.branch == 1) {
            reader.pages(journal, GIVEN_UP_PAGE, &mut |lines| {
                register.heard(News::Known(lines.iter().filter_map(known).collect()));
            })?;
        }
        Ok(())
    };
    if let Err(error) = read() {
        tracing::error!(%error, "journals that were given up are left out of the store's book");
    }
}

/// A practice on the training side becomes known on the real one: its journal is read, and the
/// newest practice noted. Without it only readiness says too little, so nothing stops here.
fn note_practice(data: &DataDir, settings: &Settings, register: &mut Register) {
    let training = DataDir(data.0.join("training"));
    if settings.training || !training.0.exists() {
        return;
    }
    let learned = Reader::open(&training.place(settings)).and_then(|reader| reader.book());
    let noted = match learned {
        Ok(book) => register.note_practice(&book.readiness),
        Err(LedgerError::Nothing { .. }) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = noted {
        tracing::warn!(%error, "the last practice was not noted");
    }
}

impl StartError {
    /// The same for the window's screen.
    pub fn into_stopped(self) -> Stopped {
        let causes = std::iter::successors(std::error::Error::source(&self), |e| e.source());
        let because: Vec<String> = causes.map(ToString::to_string).collect();
        let what = if because.is_empty() {
            self.to_string()
        } else {
            format!("{self} ({})", because.join("; "))
        };
        Stopped {
            what: Words::data(what),
            money: words!(
                "Nothing is sold on this register until it can record. What it recorded before \
                    is untouched."
            ),
            remedy: words!(
                "Use another register, or paper slips: items, amounts, total, time. Call IT."
            ),
        }
    }
}

/// What the bar says while the ledger is being opened.
pub fn status_before(settings: &Settings, clock: &dyn Clock) -> Status {
    Status {
        store_name: String::new(),
        store: settings.store,
        register: settings.register,
        person: None,
        leads: false,
        badges: false,
        shift: None,
        date: None,
        outage: None,
        announcement: None,
        pack: None,
        pending: Pending::default(),
        link: Link::NotEnrolled,
        peers: None,
        printer: super::view::PrinterLamp::Unknown,
        suspended: Arc::default(),
        drop_due: false,
        departments: Arc::default(),
        age_by_sight: false,
        lock_after_s: 0,
        handed_over: None,
        currency: Currency::Usd,
        weight_unit: String::new(),
        training: settings.training,
        now: clock.now(),
    }
}

/// The names of the pack in use, for the finder's thread; none where there is no pack.
pub fn catalog(data: &DataDir, settings: &Settings) -> Option<Catalog> {
    let pack = current_pack(data, settings).ok()?;
    Catalog::of(pack).inspect_err(|error| tracing::error!(%error, "names can't be read")).ok()
}

/// The pack in use, or why there is none.
///
/// # Errors
/// Why, in words.
pub fn current_pack(data: &DataDir, settings: &Settings) -> Result<Pack, String> {
    let key = PackKey::parse(&settings.pack_key).map_err(|error| error.to_string())?;
    let shelf = Shelf::open(&data.packs_dir()).map_err(|error| error.to_string())?;
    let current =
        shelf.current(&key, StoreNo(settings.store)).map_err(|error| error.to_string())?;
    let reasons: Vec<String> =
        current.passed_over.iter().map(|passed| passed.reason.to_string()).collect();
    for reason in &reasons {
        tracing::error!(%reason, "a pack was passed over");
    }
    current.pack.ok_or_else(|| {
        if reasons.is_empty() {
            "none was brought to it yet".to_owned()
        } else {
            reasons.join("; ")
        }
    })
}

/// The register's key; without one records are chained but unsigned.
pub fn signing_key(data: &DataDir, entropy: &dyn Entropy) -> Option<SigningKey> {
    key_and_fact(data, entropy).0
}

/// The same, and why there is none. A change of keys that was cut off is finished before.
pub fn key_and_fact(data: &DataDir, entropy: &dyn Entropy) -> (Option<SigningKey>, KeyFact) {
    rotating::settle(data);
    match key_store::load_or_create(&data.key_path(), entropy) {
        Ok(key) => (Some(key), KeyFact::Signs),
        Err(error) => {
            tracing::error!(%error, "records are written unsigned");
            let fact = match error {
                KeyTrouble::Sealed(_) => KeyFact::Sealed,
                KeyTrouble::File { .. } | KeyTrouble::Damaged(_) => KeyFact::Unreadable,
                KeyTrouble::NotThere(_)
                | KeyTrouble::ChangeUnderWay(_)
                | KeyTrouble::NoEntropy(_) => KeyFact::Missing,
            };
            (None, fact)
        }
    }
}

/// The ledger knows only that it was handed no key.
fn say_why_unsigned(findings: &mut [Finding], key: KeyFact) {
    let Some((what, remedy)) = key.trouble() else { return };
    for finding in findings.iter_mut().filter(|one| one.kind == FindingKind::Unsigned) {
        finding.happened = words!("{}.", &what);
        finding.done = remedy.clone();
    }
}
