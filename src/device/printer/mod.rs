//! The receipt printer: takes a document, never makes the till wait, and says what came of it.
//!
//! ```text
//!  till ── submit(Job) ──▶ [queue of 32] ──▶ printer's own thread ─ wire ─▶ TCP, serial, device
//!    ◀── events ── Ended(printed, not printed, cut off, not certain), Lamp ──┘
//! ```
//!
//! A job is tried once. What failed half-way is never printed again by itself: the cashier asks,
//! and that paper says COPY. Each job connects anew, so a printer that was unplugged, or moved to
//! another port of the same name, is found again by the next one. Status is asked where the
//! printer can answer, and believed only for a lamp and for not starting without paper.
//!
//! Reading order: this, wire, exchange, thread; file beside them.

mod exchange;
mod file;
mod thread;
mod wire;

use std::path::PathBuf;
use std::time::Duration;

use crate::domain::ids::SaleNo;
use crate::domain::words::{Words, term, words};
use crate::receipt::document::Document;
use crate::receipt::escpos::Profile;
use crate::receipt::status::{Condition, Paper};

pub use file::FilePrinter;
pub use thread::ThreadPrinter;

/// What a job is, as its outcome is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Printout {
    /// The drawer's pulse.
    Drawer,
    /// A receipt.
    Receipt {
        /// The sale's number.
        sale: SaleNo,
        /// A copy.
        copy: bool,
    },
    /// A slip.
    Slip,
}

/// One thing to be printed, or the drawer to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What it is.
    pub what: Printout,
    /// What stands on it.
    pub document: Document,
}

/// Why something was not printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No connection, or no such device; the system's word.
    Unreachable(String),
    /// No paper.
    PaperOut,
    /// The cover is open.
    CoverOpen,
    /// Switched offline.
    Offline,
    /// An error that a person must clear.
    Error,
    /// It takes nothing any more.
    Blocked,
    /// The connection ended in the middle.
    Lost,
    /// More waits than can be held.
    QueueFull,
    /// It came too late to be of use: a drawer must not spring open after its customer has left.
    TooLate,
    /// The file can't be written; the system's word.
    File(String),
}

/// What came of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Printed, as the printer says or as far as can be known.
    Printed,
    /// Nothing of it came out.
    NotStarted(Trouble),
    /// Some of it may have come out, but not all.
    CutOff(Trouble),
    /// All was sent, and the printer, which should answer, said nothing.
    Unsure,
}

/// The printer as its lamp shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lamp {
    /// There is none: receipts are shown on the screen.
    #[default]
    PaperFree,
    /// It prints.
    Ready,
    /// The roll ends soon.
    NearEnd,
    /// No paper.
    PaperOut,
    /// The cover is open.
    CoverOpen,
    /// It does not print now.
    Offline,
    /// An error that a person must clear.
    Error,
    /// It can't be reached.
    Unreachable,
    /// It does not say how it is.
    Unknown,
    /// Its settings are wrong: receipts are shown on the screen.
    WrongSettings,
}

/// What happened at the printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrinterEvent {
    /// A job is through.
    Ended(Printout, Outcome),
    /// The lamp changed.
    Lamp(Lamp),
    /// The drawer is open, or shut again, as its switch says.
    DrawerOpen(bool),
}

/// Called from the printer's thread after each event; must not wait.
pub type Wake = Box<dyn Fn() + Send>;

/// Where receipts go. No call waits for a device.
pub trait Printer: Send {
    /// Takes a job; what comes of it is told by an event, also when it can't be taken.
    fn submit(&mut self, job: Job);

    /// What happened since it was last asked.
    fn events(&mut self) -> Vec<PrinterEvent>;

    /// Calls `wake` after each event from now on.
    fn wake_on_event(&mut self, wake: Wake);
}

/// Where a printer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// There is none: the screen shows receipts.
    Screen,
    /// Nobody wants receipts: a drawer-less, paper-less register.
    None,
    /// A text file that receipts are appended to.
    File(PathBuf),
    /// A network printer: `192.168.1.50:9100`.
    Tcp(String),
    /// A serial line.
    Serial {
        /// The device, as `/dev/ttyUSB0`.
        path: PathBuf,
        /// Bits a second; 8 data bits, no parity, one stop bit.
        baud: u32,
        /// Lines CTS and RTS say when to wait.
        flow_control: bool,
    },
    /// A device that takes bytes, as `/dev/usb/lp0`.
    Device(PathBuf),
}

/// How long a printer's thread waits for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// For a connection.
    pub connect: Duration,
    /// For a printer that takes nothing.
    pub stall: Duration,
    /// For the answer to a question.
    pub answer: Duration,
    /// For the word that all is printed.
    pub done: Duration,
    /// After which a drawer is not opened any more.
    pub drawer: Duration,
    /// Between two looks at a printer in trouble.
    pub look_again: Duration,
    /// For the jobs in hand when the program ends.
    pub closing: Duration,
}

/// A printer as it is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Where it is.
    pub target: Target,
    /// What it is and can.
    pub profile: Profile,
    /// It answers when it is asked how it is. Where that is set and it does not, each receipt is
    /// told to be uncertain; a printer that never answers has this switched off by IT.
    pub answers: bool,
    /// How long to wait.
    pub deadlines: Deadlines,
}

/// A register without a printer.
#[derive(Debug, Default)]
pub struct NoPrinter;

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            stall: Duration::from_secs(3),
            answer: Duration::from_millis(500),
            done: Duration::from_secs(5),
            drawer: Duration::from_secs(5),
            look_again: Duration::from_secs(15),
            closing: Duration::from_secs(5),
        }
    }
}

impl Printer for NoPrinter {
    fn submit(&mut self, _: Job) {}

    fn events(&mut self) -> Vec<PrinterEvent> {
        Vec::new()
    }

    fn wake_on_event(&mut self, _: Wake) {}
}

/// The printer of a setup.
///
/// # Errors
/// The system's, when no thread can be started.
pub fn open(setup: Setup) -> std::io::Result<Box<dyn Printer>> {
    Ok(match &setup.target {
        Target::Screen | Target::None => Box::new(NoPrinter),
        Target::File(path) => Box::new(FilePrinter::new(path.clone(), setup.profile.columns)),
        Target::Tcp(_) | Target::Serial { .. } | Target::Device(_) => {
            Box::new(ThreadPrinter::spawn(setup)?)
        }
    })
}

/// How the printer of a setup is, asked now; none when it does not say.
///
/// # Errors
/// [`Trouble`] when it can't be reached.
pub fn look(setup: &Setup) -> Result<Option<Condition>, Trouble> {
    exchange::look(setup)
}

/// Prints a document now and waits for it: for `tideover device test`.
pub fn print_now(setup: &Setup, job: &Job) -> (Outcome, Option<Condition>) {
    let ended = exchange::run(setup, job, false, &mut exchange::Garbage::default());
    (ended.outcome, ended.condition)
}

impl Lamp {
    /// The lamp of a printer that answered.
    pub const fn of(condition: &Condition) -> Self {
        match condition {
            Condition { paper: Paper::Out, .. } => Self::PaperOut,
            Condition { cover_open: true, .. } => Self::CoverOpen,
            Condition { error: true, .. } => Self::Error,
            Condition { offline: true, .. } => Self::Offline,
            Condition { paper: Paper::NearEnd, .. } => Self::NearEnd,
            Condition { .. } => Self::Ready,
        }
    }

    /// It prints, or nothing else is known.
    pub const fn is_well(self) -> bool {
        matches!(self, Self::PaperFree | Self::Ready | Self::NearEnd | Self::Unknown)
    }

    /// Receipts are shown on the screen instead.
    pub const fn on_screen(self) -> bool {
        matches!(self, Self::PaperFree | Self::WrongSettings)
    }
}

impl Trouble {
    /// The trouble of a printer that answered; none when it would print.
    pub const fn of(condition: &Condition) -> Option<Self> {
        match Lamp::of(condition) {
            Lamp::PaperOut => Some(Self::PaperOut),
            Lamp::CoverOpen => Some(Self::CoverOpen),
            Lamp::Error => Some(Self::Error),
            Lamp::Offline => Some(Self::Offline),
            _ => None,
        }
    }

    /// What the lamp shows for it.
    pub const fn lamp(&self) -> Lamp {
        match self {
            Self::PaperOut => Lamp::PaperOut,
            Self::CoverOpen => Lamp::CoverOpen,
            Self::Error => Lamp::Error,
            Self::Offline | Self::Blocked => Lamp::Offline,
            Self::Unreachable(_) | Self::Lost | Self::QueueFull | Self::TooLate | Self::File(_) => {
                Lamp::Unreachable
            }
        }
    }

    /// What is the matter, as the end of a sentence: "the printer is out of paper".
    pub fn words(&self) -> Words {
        match self {
            Self::Unreachable(why) => words!("the printer can't be reached ({})", why),
            Self::PaperOut => words!("the printer is out of paper"),
            Self::CoverOpen => words!("the printer's cover is open"),
            Self::Offline => words!("the printer is offline"),
            Self::Error => words!("the printer reports an error"),
            Self::Blocked => words!("the printer takes nothing any more"),
            Self::Lost => words!("the connection to the printer was lost"),
            Self::QueueFull => words!("too much waits for the printer"),
            Self::TooLate => words!("the printer was busy for too long"),
            Self::File(why) => words!("the receipt file can't be written ({})", why),
        }
    }

    /// What to do about it.
    pub const fn remedy(&self) -> Words {
        Words::plain(match self {
            Self::Unreachable(_) | Self::Lost => term("Look at the printer's power and cable"),
            Self::PaperOut => term("Put in paper"),
            Self::CoverOpen => term("Close the cover"),
            Self::Offline => term("Press FEED or ONLINE on the printer"),
            Self::Error | Self::Blocked => term("Switch the printer off and on"),
            Self::QueueFull | Self::TooLate => term("Wait until the printer is ready"),
            Self::File(_) => term("Call IT"),
        })
    }
}
