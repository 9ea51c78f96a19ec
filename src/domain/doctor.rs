//! The doctor: what of a machine, a folder and a register's own state would cost money one day.
//!
//! ```text
//!  Facts (as seen; what could not be seen says why) ─▶ look ─▶ a finding a topic
//!                                                        wrong · look · not seen · good
//! ```
//!
//! Readiness asks whether a store is ready for an outage tomorrow; the doctor asks whether what it
//! records is kept, and kept from others. What readiness judges it judges here too. Nothing that
//! could not be seen is ever called good. IT reads it, on the terminal and in English.

mod key;
mod machine;
mod own;
mod release;
#[cfg(test)]
mod tests;

pub use key::{Change, KeyFile};
pub use machine::{CoreDumps, Keyboards, Machine, Swap, Updates, UsbStorage};
pub use own::{
    CentralLine, CentralState, DatabaseAt, Day, Entry, EntryKind, Home, Inodes, Journal, OwnState,
    Owner, PinCost, PlaceUnder, PrinterSet, Proof, Signed,
};
pub use release::Release;

use super::readiness::{ReadinessFinding, Standing, Topic as Ready};

/// What was seen, or why it could not be.
pub type Seen<T> = Result<T, String>;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Which program this is.
    Program,
    /// The user everything belongs to.
    Owner,
    /// Rights of folders.
    Folders,
    /// Rights of files.
    Files,
    /// The file systems below ledger, tape and anchor.
    Places,
    /// The tape has a disk of its own.
    SecondDisk,
    /// Free room.
    Room,
    /// Free inodes.
    Inodes,
    /// Database, tape and anchor.
    Journal,
    /// The signing key.
    Key,
    /// Central's key that checks are sealed to.
    Seal,
    /// The price file's signature.
    Pack,
    /// The price file's age.
    Prices,
    /// People who can sign in.
    People,
    /// What one try of a PIN costs.
    Pin,
    /// The register locks itself.
    Lock,
    /// The line to central.
    Central,
    /// The other registers.
    Peers,
    /// The receipt printer.
    Printer,
    /// The drawer is wired to the printer.
    DrawerPin,
    /// The drawer was used.
    Drawer,
    /// Pads of paper slips.
    Pads,
    /// The last practice.
    Practice,
    /// The day that the clock shows.
    Date,
    /// The clock beside central's.
    Clock,
    /// Something keeps the clock right.
    TimeSync,
    /// New files are private.
    Umask,
    /// Memory is written to no file when a program ends badly.
    CoreDumps,
    /// Memory is written to no disk.
    Swap,
    /// The disk is encrypted.
    Encryption,
    /// Who is logged in after a start.
    Autologin,
    /// Sticks.
    UsbStorage,
    /// Keyboards, and whatever says it is one.
    Keyboards,
    /// Other people with a shell.
    Users,
    /// What listens to the whole network.
    Ports,
    /// The firewall.
    Firewall,
    /// The desktop's own lock.
    Locker,
    /// Updates and restarts.
    Updates,
    /// What the machine starts.
    Boot,
    /// Central's key that opens what was sealed.
    SealKey,
    /// Central's database.
    Database,
}

/// How a topic stands; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Money can be lost by it, or stolen.
    Wrong,
    /// Somebody should look at it.
    Look,
    /// It could not be seen from here.
    NotSeen,
    /// As it should be.
    Good,
}

/// What was found about a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoctorFinding {
    /// Which.
    pub topic: Topic,
    /// How it stands.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do; empty where nothing is to be done.
    pub remedy: String,
}

/// Everything that is judged.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The machine.
    pub machine: Machine,
    /// The data folder.
    pub home: Home,
    /// What stands in it.
    pub post: Post,
}

/// Whose machine it is.
#[derive(Clone, Debug)]
pub enum Post {
    /// A register's.
    Register(Box<OwnState>),
    /// Central's.
    Central(CentralState),
}

/// Looks at everything, the worst first.
pub fn look(facts: &Facts) -> Vec<DoctorFinding> {
    let mut found = own::home(&facts.home);
    let encrypted = &facts.machine.encrypted;
    match &facts.post {
        Post::Register(own) => {
            found.extend(own::register(own, encrypted));
            let readiness = own.readiness.iter().filter_map(of_readiness);
            match &own.peers_unseen {
                None => found.extend(readiness),
                Some(why) => {
                    found.extend(readiness.filter(|finding| finding.topic != Topic::Peers));
                    let look = "Look at the lamp of a register that sells.";
                    found.push(finding(Topic::Peers, not_seen(why, look)));
                }
            }
        }
        Post::Central(central) => found.extend(own::central(central)),
    }
    let kiosk = matches!(facts.post, Post::Register(_));
    found.extend(machine::look(&facts.machine, facts.home.owner.as_ref().ok(), kiosk));
    found.sort_by_key(|finding| (finding.verdict, finding.topic));
    found
}

/// What readiness judges; the printer, the key and central are judged here by what a file and a
/// greeting tell.
fn of_readiness(finding: &ReadinessFinding) -> Option<DoctorFinding> {
    let topic = match finding.topic {
        Ready::Prices => Topic::Prices,
        Ready::People => Topic::People,
        Ready::Seal => Topic::Seal,
        Ready::Clock => Topic::Clock,
        Ready::Disk => Topic::Room,
        Ready::Tape => Topic::SecondDisk,
        Ready::Copies => Topic::Peers,
        Ready::Drawer => Topic::Drawer,
        Ready::Pads => Topic::Pads,
        Ready::Practice => Topic::Practice,
        Ready::Key | Ready::Central | Ready::Printer => return None,
    };
    let verdict = match finding.standing {
        Standing::Ready => Verdict::Good,
        Standing::Soon => Verdict::Look,
        // Nobody loses money by it before the outage.
        Standing::NotReady if matches!(topic, Topic::Practice | Topic::Pads) => Verdict::Look,
        Standing::NotReady => Verdict::Wrong,
    };
    let (found, remedy) = (finding.text.to_string(), finding.remedy.to_string());
    Some(DoctorFinding { topic, verdict, found, remedy })
}

/// A judgement: verdict, what was found, what to do.
type Judged = (Verdict, String, String);

fn good(found: impl Into<String>) -> Judged {
    (Verdict::Good, found.into(), String::new())
}

fn to_look(found: impl Into<String>, remedy: &str) -> Judged {
    (Verdict::Look, found.into(), remedy.to_owned())
}

fn wrong(found: impl Into<String>, remedy: &str) -> Judged {
    (Verdict::Wrong, found.into(), remedy.to_owned())
}

fn not_seen(why: &str, remedy: &str) -> Judged {
    (Verdict::NotSeen, why.to_owned(), remedy.to_owned())
}

fn finding(topic: Topic, (verdict, found, remedy): Judged) -> DoctorFinding {
    DoctorFinding { topic, verdict, found, remedy }
}

/// The first few of many, and how many more there are.
fn some_of(all: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<&str> = all.iter().take(SHOWN).map(String::as_str).collect();
    match all.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

impl Verdict {
    /// All, the worst first.
    pub const ALL: [Self; 4] = [Self::Wrong, Self::Look, Self::NotSeen, Self::Good];

    /// The word for machines.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Look => "look",
            Self::NotSeen => "not_seen",
            Self::Good => "good",
        }
    }

    /// The heading.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Wrong => "Wrong",
            Self::Look => "Look at",
            Self::NotSeen => "Not seen",
            Self::Good => "Good",
        }
    }
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 41] = [
        Self::Program,
        Self::Owner,
        Self::Folders,
        Self::Files,
        Self::Places,
        Self::SecondDisk,
        Self::Room,
        Self::Inodes,
        Self::Journal,
        Self::Key,
        Self::Seal,
        Self::Pack,
        Self::Prices,
        Self::People,
        Self::Pin,
        Self::Lock,
        Self::Central,
        Self::Peers,
        Self::Printer,
        Self::DrawerPin,
        Self::Drawer,
        Self::Pads,
        Self::Practice,
        Self::Date,
        Self::Clock,
        Self::TimeSync,
        Self::Umask,
        Self::CoreDumps,
        Self::Swap,
        Self::Encryption,
        Self::Autologin,
        Self::UsbStorage,
        Self::Keyboards,
        Self::Users,
        Self::Ports,
        Self::Firewall,
        Self::Locker,
        Self::Updates,
        Self::Boot,
        Self::SealKey,
        Self::Database,
    ];

    /// The word: in JSON and in docs/security.md.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Owner => "owner",
            Self::Folders => "folders",
            Self::Files => "files",
            Self::Places => "places",
            Self::SecondDisk => "second_disk",
            Self::Room => "room",
            Self::Inodes => "inodes",
            Self::Journal => "journal",
            Self::Key => "key",
            Self::Seal => "seal",
            Self::Pack => "pack",
            Self::Prices => "prices",
            Self::People => "people",
            Self::Pin => "pin",
            Self::Lock => "lock",
            Self::Central => "central",
            Self::Peers => "peers",
            Self::Printer => "printer",
            Self::DrawerPin => "drawer_pin",
            Self::Drawer => "drawer",
            Self::Pads => "pads",
            Self::Practice => "practice",
            Self::Date => "date",
            Self::Clock => "clock",
            Self::TimeSync => "time_sync",
            Self::Umask => "umask",
            Self::CoreDumps => "core_dumps",
            Self::Swap => "swap",
            Self::Encryption => "encryption",
            Self::Autologin => "autologin",
            Self::UsbStorage => "usb_storage",
            Self::Keyboards => "keyboards",
            Self::Users => "users",
            Self::Ports => "ports",
            Self::Firewall => "firewall",
            Self::Locker => "locker",
            Self::Updates => "updates",
            Self::Boot => "boot",
            Self::SealKey => "seal_key",
            Self::Database => "database",
        }
    }

    /// What it means for the money when it does not stand as it should.
    pub const fn stake(self) -> &'static str {
        match self {
            Self::Program => "An old SQLite can damage a ledger; an old program has known faults.",
            Self::Owner => {
                "Whoever works as this user can forge and destroy what was not copied elsewhere."
            }
            Self::Folders | Self::Files => {
                "Others on this machine can read or replace sales, keys and prices."
            }
            Self::Places => "A sale that was PAID can be gone after a power cut.",
            Self::SecondDisk => "One broken disk takes the sales that central does not have yet.",
            Self::Room | Self::Inodes => "On a full disk nothing can be recorded, so nothing sold.",
            Self::Journal => "Sales that central does not have yet may be missing.",
            Self::Key => "Whoever has the key can write sales in this register's name.",
            Self::Seal => {
                "Of a check only number and amount are kept: none can be collected twice."
            }
            Self::Pack | Self::Prices => "Items are sold at wrong prices and taxes, or not at all.",
            Self::People => "Nobody can sign in, or nobody can sign for returns and limits.",
            Self::Pin => "Whoever has the disk can try PINs and act as somebody else.",
            Self::Lock => "A passer-by sells, returns and opens the drawer in another's name.",
            Self::Central => "Sales stay on this machine until central hears of them.",
            Self::Peers => "Until central hears of a sale, this machine holds its only copy.",
            Self::Printer => "Customers get no paper: no returns by receipt, no witness.",
            Self::DrawerPin | Self::Drawer => "Cash is taken with a drawer that stays shut.",
            Self::Pads => "When no register runs, sales stop or stand on scraps of paper.",
            Self::Practice => "In the first hour of an outage people stop selling or use slips.",
            Self::Date | Self::Clock | Self::TimeSync => {
                "Sales bear a wrong time; taxes, checks and offers go by the day."
            }
            Self::Umask => "Files of other programs on this machine can be read by everybody.",
            Self::CoreDumps => "Keys and PINs can lie in a file after a crash.",
            Self::Swap => "Keys and PINs can lie on the disk after the power is off.",
            Self::Encryption => {
                "A stolen disk gives the key, and six-digit PINs within hours to days."
            }
            Self::Autologin => "After a power cut the lane is closed, or open to the wrong user.",
            Self::UsbStorage => "A stick can bring programs in and carry data out.",
            Self::Keyboards => {
                "A device that says it is a keyboard does what whoever is signed in may do."
            }
            Self::Users => "Every further login is a way to the ledger's machine.",
            Self::Ports | Self::Firewall => {
                "What listens can be attacked by anything on the store's network."
            }
            Self::Locker => "A cashier stands before a password that only IT knows.",
            Self::Updates => {
                "Known holes stay open, or the register restarts while customers wait."
            }
            Self::Boot => "Whoever starts another system from a stick has the disk.",
            Self::SealKey => "Whoever has it and the database reads every check's account.",
            Self::Database => "Central can't keep what registers hand over.",
        }
    }
}
