//! What a register's folder tells the doctor: read from its files alone, while it runs or not.
//!
//! ```text
//!  rights of files ─┐
//!  tape, anchor ────┼─▶ facts ─▶ domain::doctor, domain::readiness
//!  key, pack ───────┤
//!  central's greeting, peers' ports ┘
//! ```
//!
//! Nothing is written and the database is not opened: the tape holds the same lines, and reading it
//! needs no lock and leaves no file behind.

use std::net::TcpStream;
use std::net::ToSocketAddrs as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::peering;
use super::printer_settings::{PrinterSettings, WrongPrinter};
use super::readiness::{DAY_MS, mebibytes, pads, passed, people_by_role, seconds_off};
use super::rotating;
use super::sending::transport;
use super::settings::{Central, DataDir, Settings};
use crate::device::clock::Clock;
use crate::device::entropy::Entropy;
use crate::device::key_store::{self, KeyTrouble};
use crate::device::machine::MachineRoot;
use crate::device::printer::Target;
use crate::device::sealed_key::{SealedTo, sealed_to};
use crate::domain::book::Book;
use crate::domain::doctor::{
    CentralLine, Change, Day, Entry, EntryKind, Home, Inodes, Journal, KeyFile, OwnState, PinCost,
    PlaceUnder, PrinterSet, Proof, Release, Seen, Signed,
};
use crate::domain::ids::{PersonId, StoreNo};
use crate::domain::readiness::{self, CentralFact, CopiesFact, Facts, PrinterFact};
use crate::domain::signing::KeyFact;
use crate::domain::time::BusinessDate;
use crate::journal::key::{PublicKey, SigningKey};
use crate::journal::record::Envelope;
use crate::ledger::tape::{self, TapeLines};
use crate::ledger::{Place, anchor, file_is_a_database};
use crate::pack::{Pack, PackKey, Shelf};
use crate::program::{self, FolderError};
use crate::sync::push::{LinkState, SyncLoop, SyncParts};

const ENTRIES_MAX: usize = 20_000;
const DEPTH_MAX: usize = 6;
const PEER_WAIT: Duration = Duration::from_secs(1);

/// Who looks, and by what.
pub struct Looker<'a> {
    /// The machine.
    pub machine: &'a MachineRoot,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for a greeting's nonce.
    pub entropy: Arc<dyn Entropy>,
}

/// All that a register's folder tells.
pub struct Checkup {
    /// Its files and what they lie on.
    pub home: Home,
    /// Its state.
    pub own: OwnState,
    /// The port on which it listens to the other registers.
    pub port: Option<u16>,
}

/// Looks at a register's folder.
pub fn register(data: &DataDir, settings: &Settings, by: &Looker<'_>) -> Checkup {
    let place = data.place(settings);
    let (journal, book) = journal(&place, settings);
    let (pack, signed) = pack(data, settings);
    let last = journal.as_ref().ok().and_then(|journal| journal.last);
    let published = pack.as_ref().map(|pack| pack.published_at().local_date());
    let known = [
        published.map(|day| (day, "the price file's day")),
        last.map(|day| (day, "the last record's day")),
    ];
    let (central, clock_off_s) = greeting(settings, by);
    let (listen, called) = peering::addresses(settings);
    let (copies, peers_unseen) = peers(&called);
    let now = by.clock.now();
    let times = book.readiness.of(settings.identity().register);
    let days = |at| passed(at, now, DAY_MS);
    let key = own_key(data, &place);
    let of_pack = pack.as_ref().and_then(|pack| pack.policy().checks.seal_key);
    let facts = Facts {
        prices: pack.as_ref().map(|pack| {
            let age = crate::pack::age_minutes(pack.published_at(), now).max(0);
            let hours = u32::try_from(age.div_euclid(60)).unwrap_or(u32::MAX);
            (hours, pack.policy().pack_stale_hours)
        }),
        // What came by line only a running register tells.
        price_news: Vec::new(),
        key: match &key {
            KeyFile::Whole | KeyFile::SealedToHost | KeyFile::SealedToTpm => KeyFact::Signs,
            KeyFile::Missing => KeyFact::Missing,
            KeyFile::Damaged | KeyFile::Unreadable(_) => KeyFact::Unreadable,
            KeyFile::Changed(Change::PutBack) => KeyFact::RotatedAway,
            KeyFile::Changed(Change::Unfinished) => KeyFact::ChangeUnfinished,
            KeyFile::Changed(Change::HandedOld) => KeyFact::HandedOld,
        },
        seals: of_pack.or(data.seal_key()).is_some(),
        // The printer and central are judged by the doctor itself.
        central: CentralFact::InTouch,
        printer: PrinterFact::Fine,
        clock_off_s,
        free_mib: room(&place, data).map(mebibytes),
        tape_apart: place.tape_is_apart(),
        copies,
        drawer_days: times.drawer.map(days),
        people: people_by_role(pack.as_ref()),
        pads: pads(&book, called.len()),
        practice_days: times.practiced.map(days),
    };
    let places = [("ledger", &place.dir), ("tape", &place.tape_dir), ("anchor", &place.anchor_dir)];
    let own = OwnState {
        key,
        journal,
        pin: pin(pack.as_ref(), by.clock.as_ref()),
        lock_after_s: match &pack {
            Some(pack) => Ok(u32::from(pack.policy().counter.lock_after_s)),
            None => Err("there is no price file to say it".to_owned()),
        },
        pack: signed,
        central,
        printer: printer(data, settings),
        peers_unseen,
        readiness: readiness::look(&facts),
    };
    let port = listen.and_then(|listen| listen.rsplit_once(':')?.1.parse().ok());
    Checkup { home: home(&data.0, &places, &known, by), own, port }
}

/// Looks at a data folder and what it lies on. Of the known days the latest counts.
pub fn home(
    data: &Path,
    places: &[(&'static str, &PathBuf)],
    known: &[Option<(BusinessDate, &'static str)>],
    by: &Looker<'_>,
) -> Home {
    let program = std::env::current_exe().ok().and_then(|file| {
        let seconds = std::fs::metadata(file).ok()?.mtime();
        let day = BusinessDate::from_days_since_1970(seconds.div_euclid(86_400))?;
        Some((day, "the program file's day"))
    });
    let mounts = by.machine.mounts();
    let under = |path: &Path| {
        let mounts = mounts.as_ref().map_err(Clone::clone)?;
        let mount = mounts.under(path).ok_or_else(|| "its mount is not known".to_owned())?;
        Ok((mount.kind.clone(), mount.keeps()))
    };
    let owner = std::fs::metadata(data).map(|found| by.machine.owner(found.uid()));
    let room = rustix::fs::statvfs(data);
    Home {
        owner: owner.map_err(|why| format!("{} can't be seen ({why})", data.display())),
        entries: entries(data, places),
        places: places
            .iter()
            .map(|(what, path)| PlaceUnder {
                what,
                path: path.display().to_string(),
                kind: under(path),
            })
            .collect(),
        inodes: room
            .map(|room| Inodes { free: room.f_favail, all: room.f_files })
            .map_err(|why| format!("the disk does not tell its room ({why})")),
        day: Day {
            today: by.clock.now().local_date(),
            known: known.iter().copied().chain([program]).flatten().max_by_key(|(day, _)| *day),
        },
        program: crate::ledger::library()
            .map(|library| format!("tideover {} with {library}", env!("CARGO_PKG_VERSION")))
            .map_err(|why| why.to_string()),
        release: release(by.machine),
    }
}

/// This program beside what its builders signed.
fn release(machine: &MachineRoot) -> Release {
    let builders = match program::read_builders(&machine.file(program::BUILDERS_FILE)) {
        Ok(builders) => builders,
        Err(FolderError::NoBuilders(_)) => return Release::NoBuilders,
        Err(why) => return Release::NoList(why.to_string()),
    };
    let file = match std::env::current_exe() {
        Ok(file) => file,
        Err(why) => return Release::NoList(format!("its own file is not known ({why})")),
    };
    let checked = match program::check_installed(&file, &builders) {
        Ok(checked) => checked,
        Err(why) => return Release::NoList(why.to_string()),
    };
    let (number, builders) = (checked.list.number(), checked.signed.len());
    if checked.holds() {
        Release::Signed { number, builders }
    } else if checked.signed_enough() && checked.wrong.is_empty() {
        Release::Other(format!("{} is not the one of release {number}", file.display()))
    } else {
        let needs = checked.needs;
        Release::Other(format!(
            "{builders} of its builders signed release {number} rightly, and {needs} must"
        ))
    }
}

/// Files and folders of a data folder, and of its places elsewhere.
fn entries(data: &Path, places: &[(&'static str, &PathBuf)]) -> Seen<Vec<Entry>> {
    let mut found = Vec::new();
    let apart = places.iter().map(|(_, path)| path.as_path()).filter(|p| !p.starts_with(data));
    for root in std::iter::once(data).chain(apart.filter(|path| path.exists())) {
        walk(root, data, DEPTH_MAX, &mut found)
            .map_err(|why| format!("{} can't be read ({why})", root.display()))?;
    }
    Ok(found)
}

fn walk(path: &Path, data: &Path, depth: usize, found: &mut Vec<Entry>) -> std::io::Result<()> {
    let seen = match std::fs::symlink_metadata(path) {
        // A file of the running register that is gone by now.
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        seen => seen?,
    };
    if seen.is_symlink() || found.len() >= ENTRIES_MAX {
        return Ok(());
    }
    let shown = path.strip_prefix(data).unwrap_or(path);
    let shown = if shown.as_os_str().is_empty() { Path::new(".") } else { shown };
    let kind = if seen.is_dir() { EntryKind::Folder } else { kind(path) };
    let (path_shown, mode, uid) = (shown.display().to_string(), seen.mode(), seen.uid());
    found.push(Entry { path: path_shown, kind, mode, uid });
    let Some(depth) = depth.checked_sub(1).filter(|_| seen.is_dir()) else { return Ok(()) };
    for entry in std::fs::read_dir(path)? {
        walk(&entry?.path(), data, depth, found)?;
    }
    Ok(())
}

/// Keys, tokens and sales; SQLite gives what it makes beside a database the same rights.
fn kind(path: &Path) -> EntryKind {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    let secret = [".key", ".db", ".db-wal", "-key.pem", ".token", ".jsonl", "database.json"];
    let anchored = name.starts_with("anchor-") || name == "draft";
    if anchored || secret.iter().any(|ending| name.ends_with(ending)) {
        EntryKind::Secret
    } else {
        EntryKind::File
    }
}

/// Before the first record there is no ledger's folder yet.
fn room(place: &Place, data: &DataDir) -> Option<u64> {
    place.free_bytes().or_else(|| Place::in_one(&data.0).free_bytes())
}

/// What a register's key's file holds, and whether the journal says that another key follows it.
fn own_key(data: &DataDir, place: &Place) -> KeyFile {
    let opened = key_store::load(&data.key_path()).ok().flatten();
    if !opened.is_some_and(|opened| rotating::is_followed(data, place, &opened.public())) {
        return key(&data.key_path());
    }
    KeyFile::Changed(match rotating::why_rotated_away(data) {
        KeyFact::ChangeUnfinished => Change::Unfinished,
        KeyFact::HandedOld => Change::HandedOld,
        _ => Change::PutBack,
    })
}

/// What a key's file holds; nothing is made.
pub fn key(path: &Path) -> KeyFile {
    match key_store::load(path) {
        Ok(Some(_)) => match sealed_to(path) {
            _ if path.exists() => KeyFile::Whole,
            Ok(Some(SealedTo::Host)) => KeyFile::SealedToHost,
            Ok(Some(SealedTo::Tpm | SealedTo::HostAndTpm)) => KeyFile::SealedToTpm,
            Ok(None) | Err(_) => KeyFile::Whole,
        },
        Ok(None) => KeyFile::Missing,
        Err(KeyTrouble::File { source, .. })
            if source.kind() != std::io::ErrorKind::InvalidData =>
        {
            KeyFile::Unreadable(format!("{} can't be read ({source})", path.display()))
        }
        Err(KeyTrouble::Sealed(why)) => {
            KeyFile::Unreadable(format!("the key is sealed and was not opened ({why})"))
        }
        Err(_) => KeyFile::Damaged,
    }
}

fn journal(place: &Place, settings: &Settings) -> (Seen<Journal>, Book) {
    let mut book = Book::default();
    let read = (|| -> std::io::Result<Journal> {
        let anchor = anchor::read(&anchor::path(&place.anchor_dir, settings.identity()))?;
        let anchor = anchor.map(|(_, mark)| mark);
        let tape = match &anchor {
            Some(mark) => Some(tape::path(&place.tape_dir, mark.journal.epoch)),
            None => latest_tape(&place.tape_dir)?,
        };
        let mut journal = Journal {
            database: file_is_a_database(&place.database())?,
            tape: None,
            damaged: 0,
            anchor: anchor.map(|mark| mark.next_seq.0),
            last: None,
        };
        let Some(tape) = tape.filter(|tape| tape.exists()) else { return Ok(journal) };
        let mut lines = TapeLines::open(&tape)?;
        journal.tape = Some(0);
        while let Some((seq, line)) = lines.next_record()? {
            journal.tape = Some(seq.0.saturating_add(1));
            let Ok(envelope) = Envelope::read(&line) else { continue };
            journal.last = Some(envelope.header.date);
            if let Ok(event) = envelope.event() {
                book.take(&envelope.header.origin(), &event);
            }
        }
        journal.damaged = lines.damaged;
        Ok(journal)
    })();
    let read = read.map_err(|why| format!("the journal's files can't be read ({why})"));
    (read, book)
}

/// The tape that was written last, where no anchor names one.
fn latest_tape(dir: &Path) -> std::io::Result<Option<PathBuf>> {
    let entries = match std::fs::read_dir(dir) {
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        entries => entries?,
    };
    let tapes = entries.flatten().filter_map(|entry| {
        let named = entry.file_name().to_str().is_some_and(|name| name.starts_with("tape-"));
        Some((entry.metadata().ok().filter(|_| named)?.mtime(), entry.path()))
    });
    Ok(tapes.max().map(|(_, path)| path))
}

fn pack(data: &DataDir, settings: &Settings) -> (Option<Pack>, Signed) {
    let key = match PackKey::parse(&settings.pack_key) {
        Ok(key) => key,
        Err(why) => return (None, Signed::None(why.to_string())),
    };
    let current = match Shelf::look(&data.packs_dir(), &key, StoreNo(settings.store)) {
        Ok(current) => current,
        Err(why) => return (None, Signed::None(why.to_string())),
    };
    let passed = current.passed_over.first().map(|passed| passed.reason.to_string());
    let Some(pack) = current.pack else {
        let why = passed.unwrap_or_else(|| "none was brought to it yet".to_owned());
        return (None, Signed::None(why));
    };
    let which = format!("{} of {}", pack.version(), pack.published_at().local_date());
    let signed = match passed {
        None => Signed::Right(which),
        Some(why) => Signed::PassedOver(which, why),
    };
    (Some(pack), signed)
}

/// Tries a PIN for a number that nobody has: it takes as long as any other.
fn pin(pack: Option<&Pack>, clock: &dyn Clock) -> Seen<PinCost> {
    let pack = pack.ok_or_else(|| "there is no price file with people".to_owned())?;
    let unreadable = |why: &dyn std::fmt::Display| format!("the price file's people: {why}");
    let cost = pack.usual_cost().map_err(|why| unreadable(&why))?;
    let nobody = PersonId::parse("doctor").map_err(|why| unreadable(&why))?;
    let began = clock.mono_ms();
    pack.check_pin(&nobody, "000000").map_err(|why| unreadable(&why))?;
    let took_ms = clock.mono_ms().saturating_sub(began);
    Ok(PinCost { took_ms, mib: cost.m_kib.div_euclid(1_024), passes: cost.t })
}

/// Asks central for its greeting: the line, and how far this clock is off.
fn greeting(settings: &Settings, by: &Looker<'_>) -> (CentralLine, Option<u32>) {
    let Some(central) = &settings.central else { return (CentralLine::NotEnrolled, None) };
    match greet(central, by) {
        Ok((link, clock_off_s)) => (line(link, central), clock_off_s),
        Err(why) => (CentralLine::Unusable(why), None),
    }
}

fn greet(central: &Central, by: &Looker<'_>) -> Result<(LinkState, Option<u32>), String> {
    let mut transport = transport(central).map_err(|why| why.to_string())?;
    let central_key = PublicKey::parse(&central.ack_key)
        .map_err(|why| format!("central's key in the settings is none ({why})"))?;
    // A greeting is signed by nobody here.
    let mut seed = [0; 32];
    by.entropy.fill(&mut seed).map_err(|why| why.to_string())?;
    let key = SigningKey::from_seed(&seed).map_err(|why| why.to_string())?;
    let mut sync = SyncLoop::new(SyncParts {
        key: Arc::new(key),
        central_key: Some(central_key),
        clock: Arc::clone(&by.clock),
        entropy: Arc::clone(&by.entropy),
    });
    let link = sync.greet(&mut transport);
    Ok((link, sync.clock_ahead_ms().map(seconds_off)))
}

fn line(link: LinkState, central: &Central) -> CentralLine {
    match link {
        // Whoever answers with another certificate is somebody.
        LinkState::NoAnswer { text } if text.contains("certificate") => {
            CentralLine::NotCentral(text)
        }
        LinkState::NoAnswer { text }
        | LinkState::LeftOut { text }
        | LinkState::LedgerFailed { text } => CentralLine::NoAnswer(text),
        LinkState::NotCentral { text } => CentralLine::NotCentral(text),
        LinkState::Refused { text } | LinkState::Forked { text, .. } => CentralLine::Refuses(text),
        LinkState::Unknown
        | LinkState::UpToDate
        | LinkState::Sending
        | LinkState::Busy
        | LinkState::Held { .. } => CentralLine::Answers(match &central.certificate {
            _ if central.url.starts_with("http:") => Proof::Here,
            Some(_) => Proof::Pinned,
            None => Proof::Trusted,
        }),
    }
}

/// Which of the listed registers answer at their port.
fn peers(called: &[Option<String>]) -> (CopiesFact, Option<String>) {
    let addresses: Vec<&String> = called.iter().flatten().collect();
    if called.is_empty() {
        return (CopiesFact::Alone, None);
    }
    if addresses.is_empty() {
        let why = "the other registers call this one, so none could be called".to_owned();
        return (CopiesFact::Alone, Some(why));
    }
    let answers = |address: &&&String| {
        let found = address.to_socket_addrs().into_iter().flatten().next();
        found.is_some_and(|at| TcpStream::connect_timeout(&at, PEER_WAIT).is_ok())
    };
    let count = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
    let seen = count(addresses.iter().filter(answers).count());
    (CopiesFact::Seen { seen, known: count(addresses.len()) }, None)
}

fn printer(data: &DataDir, settings: &Settings) -> PrinterSet {
    let read = || -> Result<PrinterSet, WrongPrinter> {
        let words = PrinterSettings::of(settings)?;
        let chosen = words.read(&data.0)?;
        Ok(match &chosen.setup.target {
            Target::Screen | Target::None => PrinterSet::Nothing,
            Target::File(path) => PrinterSet::File(path.display().to_string()),
            Target::Tcp(_) | Target::Serial { .. } | Target::Device(_) => {
                PrinterSet::Printer(words.to.clone(), chosen.setup.profile.drawer.is_some())
            }
        })
    };
    read().unwrap_or_else(|why| PrinterSet::Wrong(why.to_string()))
}
