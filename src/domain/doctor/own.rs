//! What is judged of a data folder, and of the register or central that lives in it.

use super::key::{self, KeyFile};
use super::release::{Release, program};
use super::{DoctorFinding, Judged, Seen, Topic, finding, good, not_seen, some_of, to_look, wrong};
use crate::domain::file_system::Keeps;
use crate::domain::readiness::ReadinessFinding;
use crate::domain::time::BusinessDate;

/// A data folder.
#[derive(Clone, Debug)]
pub struct Home {
    /// Whose it is.
    pub owner: Seen<Owner>,
    /// What lies in it.
    pub entries: Seen<Vec<Entry>>,
    /// What ledger, tape and anchor lie on, or central's database.
    pub places: Vec<PlaceUnder>,
    /// Room for names.
    pub inodes: Seen<Inodes>,
    /// The day by the clock.
    pub day: Day,
    /// The program's own words: its version, and SQLite's.
    pub program: Seen<String>,
    /// Whether it is the one that its builders signed.
    pub release: Release,
}

/// The user a folder belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its number.
    pub uid: u32,
    /// Its name, where the machine knows one.
    pub name: String,
    /// The group by which it may become root.
    pub admin: Option<String>,
}

/// A file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Below the data folder, or whole where it lies elsewhere.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Its rights.
    pub mode: u32,
    /// Whose it is.
    pub uid: u32,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// Keys, sales, or what opens them.
    Secret,
    /// Anything else; the folder guards it.
    File,
}

/// What something lies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceUnder {
    /// `ledger`, `tape`, `anchor`.
    pub what: &'static str,
    /// Where.
    pub path: String,
    /// The file system's kind, and how well it keeps.
    pub kind: Seen<(String, Keeps)>,
}

/// Names that fit on a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inodes {
    /// Still free.
    pub free: u64,
    /// All; 0 where the file system does not count them.
    pub all: u64,
}

/// The day by the clock, and one that lies before it for certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// By the clock.
    pub today: BusinessDate,
    /// A day that has been, and by what that is known.
    pub known: Option<(BusinessDate, &'static str)>,
}

/// What a register's folder tells.
#[derive(Clone, Debug)]
pub struct OwnState {
    /// The signing key.
    pub key: KeyFile,
    /// The journal's files.
    pub journal: Seen<Journal>,
    /// The price file.
    pub pack: Signed,
    /// What a PIN costs to try.
    pub pin: Seen<PinCost>,
    /// Seconds until the register locks itself; 0 never.
    pub lock_after_s: Seen<u32>,
    /// The line to central.
    pub central: CentralLine,
    /// The printer.
    pub printer: PrinterSet,
    /// Why the other registers could not be asked; none where they were.
    pub peers_unseen: Option<String>,
    /// What readiness finds.
    pub readiness: Vec<ReadinessFinding>,
}

/// How far the journal's files come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// The database is there and is a ledger.
    pub database: bool,
    /// Records on the tape; none where there is no tape.
    pub tape: Option<u64>,
    /// Lines of the tape that are no records.
    pub damaged: u64,
    /// The place after the anchor's record; none where there is no anchor.
    pub anchor: Option<u64>,
    /// The last record's business date.
    pub last: Option<BusinessDate>,
}

/// The price file in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// Right: its version and its day.
    Right(String),
    /// None can be used; why.
    None(String),
    /// One is used, but a later one had to be passed over; why.
    PassedOver(String, String),
}

/// What one try of a PIN takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinCost {
    /// Measured here, in milliseconds.
    pub took_ms: u64,
    /// Its memory, in MiB.
    pub mib: u32,
    /// Its passes.
    pub passes: u32,
}

/// What the line to central is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CentralLine {
    /// The register was never enrolled.
    NotEnrolled,
    /// The settings name no usable one.
    Unusable(String),
    /// Nothing answers.
    NoAnswer(String),
    /// Something else answers.
    NotCentral(String),
    /// Central turns this register away, or asks to wait.
    Refuses(String),
    /// It answers.
    Answers(Proof),
}

/// How central proves itself, besides by its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// By the certificate that was pinned at enrolment.
    Pinned,
    /// By any certificate this machine trusts.
    Trusted,
    /// It is on this machine.
    Here,
}

/// What the settings say of the printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrinterSet {
    /// Nothing: receipts are shown.
    Nothing,
    /// A file.
    File(String),
    /// Words that can't be used.
    Wrong(String),
    /// A printer, and whether a drawer hangs on it.
    Printer(String, bool),
}

/// What central's folder tells.
#[derive(Clone, Debug)]
pub struct CentralState {
    /// `seal.key` lies here.
    pub seal_key: bool,
    /// `central.key` holds a key.
    pub key: KeyFile,
    /// Where the database is.
    pub database: DatabaseAt,
}

/// Where central keeps what it receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseAt {
    /// In its own folder.
    Here,
    /// In PostgreSQL.
    Postgres,
    /// There is none yet.
    Nowhere,
    /// Its file is none.
    Damaged,
}

const INODES_LEAST: u64 = 2_000;
/// Below, trying all six-digit PINs is a matter of a day on one core.
const PIN_LEAST_MS: u64 = 100;
const PIN_MOST_MS: u64 = 1_000;
const LOCK_MOST_S: u32 = 300;

/// What is judged of any data folder.
pub(super) fn home(home: &Home) -> Vec<DoctorFinding> {
    vec![
        finding(Topic::Program, program(&home.program, &home.release)),
        finding(Topic::Owner, owner(&home.owner)),
        finding(Topic::Folders, rights(home, &[EntryKind::Folder])),
        finding(Topic::Files, rights(home, &[EntryKind::Secret, EntryKind::File])),
        finding(Topic::Places, places(&home.places)),
        finding(Topic::Inodes, inodes(&home.inodes)),
        finding(Topic::Date, day(&home.day)),
    ]
}

/// What is judged of a register.
pub(super) fn register(own: &OwnState, encrypted: &Seen<bool>) -> Vec<DoctorFinding> {
    vec![
        finding(Topic::Journal, journal(&own.journal)),
        finding(Topic::Key, key::judged(&own.key, encrypted)),
        finding(Topic::Pack, pack(&own.pack)),
        finding(Topic::Pin, pin(&own.pin)),
        finding(Topic::Lock, lock(&own.lock_after_s)),
        finding(Topic::Central, line(&own.central)),
        finding(Topic::Printer, printer(&own.printer)),
        finding(Topic::DrawerPin, drawer(&own.printer)),
    ]
}

/// What is judged of central.
pub(super) fn central(central: &CentralState) -> Vec<DoctorFinding> {
    let key = match &central.key {
        KeyFile::Whole | KeyFile::SealedToHost | KeyFile::SealedToTpm => {
            good("central.key is there and whole; keep a copy in a safe.")
        }
        KeyFile::Missing => to_look(
            "There is no central.key yet.",
            "Start central once; it makes its keys. If there was one, put it back: without it \
             every register must be enrolled again.",
        ),
        KeyFile::Damaged => {
            wrong("central.key holds no key.", "Put its copy back before central is started.")
        }
        KeyFile::Unreadable(why) => not_seen(why, "Run this as central's own user."),
        // Central's key is never changed; a register's is looked at below.
        KeyFile::Changed(_) => to_look("The key was changed for another one.", "Look at its file."),
    };
    let seal = if central.seal_key {
        to_look(
            "seal.key lies beside the database.",
            "Move it to the treasury, with a copy apart from it; central runs without it.",
        )
    } else {
        good("seal.key is not on this machine.")
    };
    let database = match &central.database {
        DatabaseAt::Here => good("central.db is there, and a database."),
        DatabaseAt::Postgres => not_seen(
            "The records are in PostgreSQL, by database.json; it was not asked.",
            "tideover central readiness asks it. Look at fsync and full_page_writes there.",
        ),
        DatabaseAt::Nowhere => to_look("There is no database yet.", "Start central once."),
        DatabaseAt::Damaged => wrong(
            "central.db is no database.",
            "Stop central and put its last backup back; registers send again what it lacks.",
        ),
    };
    vec![
        finding(Topic::Key, key),
        finding(Topic::SealKey, seal),
        finding(Topic::Database, database),
    ]
}

fn owner(owner: &Seen<Owner>) -> Judged {
    const OF_ITS_OWN: &str = "Make a user of its own for it (useradd --create-home tideover), give \
        it the folder with chown -R, and start the program as it.";
    match owner {
        Err(why) => not_seen(why, "Run this as the folder's own user."),
        Ok(Owner { uid: 0, .. }) => wrong("The data folder belongs to root.", OF_ITS_OWN),
        Ok(Owner { name, admin: Some(group), .. }) => {
            to_look(format!("Its user {name} may become root (group {group})."), OF_ITS_OWN)
        }
        Ok(Owner { uid, name, admin: None }) => {
            good(format!("It belongs to {name} ({uid}), who is no administrator."))
        }
    }
}

fn rights(home: &Home, kinds: &[EntryKind]) -> Judged {
    let folders = kinds.contains(&EntryKind::Folder);
    let entries = match &home.entries {
        Ok(entries) => entries.iter().filter(|entry| kinds.contains(&entry.kind)),
        Err(why) => return not_seen(why, "Run this as the folder's own user."),
    };
    let open = entries.clone().filter(|entry| {
        // A file that is no secret is guarded by its folder.
        entry.mode & 0o077 != 0 && entry.kind != EntryKind::File
    });
    let open: Vec<String> =
        open.map(|entry| format!("{} ({:04o})", entry.path, entry.mode & 0o7777)).collect();
    let own = home.owner.as_ref().ok().map(|owner| owner.uid);
    let strange = entries.clone().filter(|entry| own.is_some_and(|own| own != entry.uid));
    let strange: Vec<String> =
        strange.map(|entry| format!("{} (user {})", entry.path, entry.uid)).collect();
    if !open.is_empty() {
        let remedy = if folders {
            "chmod 0700 them: nobody but their own user may enter."
        } else {
            "chmod 0600 them: nobody but their own user may read."
        };
        return wrong(format!("Open to others: {}.", some_of(&open)), remedy);
    }
    if !strange.is_empty() {
        return wrong(
            format!("Of another user than the data folder: {}.", some_of(&strange)),
            "chown them to the folder's user; run commands as that user, not with sudo.",
        );
    }
    let count = entries.count();
    if folders {
        good(format!("{count} folders, each 0700 and its own user's."))
    } else {
        good(format!("{count} files, all its own user's; keys and sales 0600."))
    }
}

fn places(places: &[PlaceUnder]) -> Judged {
    const LOCAL: &str = "Use a disk of this machine: stop the register, move the folder, name it \
        in register.json.";
    let of = |wanted: &[Keeps]| -> Vec<String> {
        let those = places.iter().filter_map(|place| {
            let (kind, keeps) = place.kind.as_ref().ok()?;
            wanted.contains(keeps).then(|| format!("{} on {kind} ({})", place.what, place.path))
        });
        those.collect()
    };
    let shares = of(&[Keeps::Share]);
    if !shares.is_empty() {
        return wrong(format!("On a network share: {}.", some_of(&shares)), LOCAL);
    }
    let memory = of(&[Keeps::Memory]);
    if !memory.is_empty() {
        return wrong(format!("In memory only: {}.", some_of(&memory)), LOCAL);
    }
    let bare = of(&[Keeps::NoRights]);
    if !bare.is_empty() {
        return wrong(
            format!("On a file system without file rights: {}.", some_of(&bare)),
            "Format that disk as ext4 or xfs: on this one every user reads every sale.",
        );
    }
    if let Some(Err(why)) = places.iter().map(|place| &place.kind).find(|kind| kind.is_err()) {
        return not_seen(why, "Look at them with findmnt -T.");
    }
    let unsure = of(&[Keeps::Layer, Keeps::Unknown]);
    if !unsure.is_empty() {
        return to_look(
            format!("On a file system nothing is known of: {}.", some_of(&unsure)),
            "Use ext4, xfs or btrfs on a disk of this machine; in a container, a volume of it.",
        );
    }
    good(format!("On disks of this machine: {}.", some_of(&of(&[Keeps::Local]))))
}

fn inodes(inodes: &Seen<Inodes>) -> Judged {
    match inodes {
        Err(why) => not_seen(why, "Look with df -i."),
        Ok(Inodes { all: 0, .. }) => good("This file system has no limit of names."),
        Ok(Inodes { free, .. }) if *free < INODES_LEAST => wrong(
            format!("Only {free} more files fit on the disk."),
            "Find and remove what made so many files (df -i), before none fits.",
        ),
        Ok(Inodes { free, .. }) => good(format!("{free} more files fit on the disk.")),
    }
}

fn day(day: &Day) -> Judged {
    match &day.known {
        Some((known, by)) if day.today.is_before_known(*known) => wrong(
            format!("The clock says {}, but it is {known} or later by {by}.", day.today),
            "Set the clock (timedatectl set-time) and replace the machine's battery; until then \
             the register asks for the day when a shift is opened.",
        ),
        Some((known, by)) => good(format!("The clock says {}; {by}: {known}.", day.today)),
        None => good(format!("The clock says {}.", day.today)),
    }
}

fn journal(journal: &Seen<Journal>) -> Judged {
    const START: &str = "Start the register: it compares database, tape and anchor, brings back \
        what it can, and says the rest. Then tideover verify.";
    let Journal { database, tape, damaged, anchor, last } = match journal {
        Ok(journal) => journal,
        Err(why) => return not_seen(why, "Run this as the register's own user."),
    };
    match (*database, *tape, *anchor) {
        (false, None, None) => to_look("Nothing was ever recorded here.", "Start the register."),
        (_, None, Some(anchor)) => {
            wrong(format!("There is no tape, though {anchor} records were made."), START)
        }
        (true, None, None) => wrong("There is neither tape nor anchor beside the ledger.", START),
        (false, Some(tape), _) => {
            wrong(format!("The database is gone or no ledger; the tape has {tape} records."), START)
        }
        (true, Some(tape), Some(anchor)) if anchor > tape => {
            wrong(format!("{anchor} records were made, the tape has {tape}."), START)
        }
        (true, Some(_), _) if *damaged > 0 => {
            wrong(format!("{damaged} lines of the tape are no records."), START)
        }
        (true, Some(tape), None) => {
            to_look(format!("{tape} records on the tape, and no anchor."), START)
        }
        (true, Some(tape), Some(_)) => {
            let last = last.map_or_else(String::new, |day| format!(", the last of {day}"));
            good(format!("{tape} records on the tape{last}; the anchor agrees."))
        }
    }
}

fn pack(pack: &Signed) -> Judged {
    match pack {
        Signed::Right(which) => good(format!("{which}, signature right.")),
        Signed::None(why) => {
            wrong(format!("No price file can be used: {why}."), "tideover pack apply FILE")
        }
        Signed::PassedOver(used, why) => to_look(
            format!("{used} is used, since a later one can't be: {why}."),
            "tideover pack apply FILE, with the later one once more.",
        ),
    }
}

fn pin(pin: &Seen<PinCost>) -> Judged {
    let PinCost { took_ms, mib, passes } = match pin {
        Ok(cost) => *cost,
        Err(why) => return not_seen(why, ""),
    };
    // A million PINs; 3,600,000 ms an hour.
    let hours = took_ms.saturating_mul(10).div_euclid(36);
    let found = format!(
        "One try takes {took_ms} ms here ({mib} MiB, {passes} passes): all six-digit PINs in \
         {hours} hours of one such core."
    );
    if took_ms < PIN_LEAST_MS {
        to_look(found, "Ask for longer PINs (pin_len_min in policy.csv) and encrypt the disk.")
    } else if took_ms > PIN_MOST_MS {
        to_look(found, "Signing in is slow on this machine: look for what keeps it busy.")
    } else {
        good(found)
    }
}

fn lock(after_s: &Seen<u32>) -> Judged {
    const SET: &str = "Set lock_after_s in policy.csv; 120 is usual.";
    match after_s {
        Err(why) => not_seen(why, ""),
        Ok(0) => wrong("The register never locks itself.", SET),
        Ok(after_s) if *after_s > LOCK_MOST_S => {
            to_look(format!("The register locks itself only after {after_s} seconds."), SET)
        }
        Ok(after_s) => good(format!("The register locks itself after {after_s} seconds.")),
    }
}

fn line(line: &CentralLine) -> Judged {
    match line {
        CentralLine::NotEnrolled => to_look(
            "This register is not enrolled: it sells, and no central hears of it.",
            "tideover enroll, with a code, when central can be reached.",
        ),
        CentralLine::Unusable(why) => wrong(format!("{why}."), "tideover enroll, once more."),
        CentralLine::NoAnswer(why) => to_look(
            format!("Central does not answer: {why}."),
            "Selling goes on and nothing is lost. Look at the network, then tideover probe.",
        ),
        CentralLine::NotCentral(why) => wrong(
            format!("What answers at central's address is not central: {why}."),
            "Nothing was sent to it. Look for a captive portal, a proxy or a changed certificate; \
             compare the fingerprint with central's own by another way.",
        ),
        CentralLine::Refuses(why) => {
            wrong(format!("Central turns this register away: {why}."), "Ask who revoked it.")
        }
        CentralLine::Answers(Proof::Pinned) => {
            good("Central answers, with the certificate that was pinned.")
        }
        CentralLine::Answers(Proof::Here) => good("Central answers, on this machine."),
        CentralLine::Answers(Proof::Trusted) => to_look(
            "Central answers, with a certificate that this machine trusts and none pinned.",
            "Enroll with --fingerprint: then nobody else's certificate passes.",
        ),
    }
}

fn printer(printer: &PrinterSet) -> Judged {
    const SET: &str = "Write \"printer\" into register.json (docs/receipt.md), then tideover \
        device test.";
    match printer {
        PrinterSet::Nothing => to_look("No printer: receipts are shown on the screen.", SET),
        PrinterSet::File(file) => to_look(format!("Receipts go to the file {file}."), SET),
        PrinterSet::Wrong(why) => wrong(format!("{why}."), SET),
        PrinterSet::Printer(to, _) => good(format!("{to} is set; tideover device test tries it.")),
    }
}

fn drawer(printer: &PrinterSet) -> Judged {
    match printer {
        PrinterSet::Printer(_, true) => good("The drawer hangs on the printer."),
        _ => to_look(
            "No drawer is set: cashiers open it with its key.",
            "Write \"drawer\": \"pin2\" for the printer, then tideover device test --drawer.",
        ),
    }
}
