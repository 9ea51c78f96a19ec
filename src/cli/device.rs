//! `tideover device test`: a test page on the printer, and what was seen. The drawer is kicked only
//! where that is asked for, and never while a shift is open: nothing of it is on record.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::device::printer::{
    self, Job, Lamp, Outcome, PrinterEvent, Printout, Setup, Target, Trouble,
};
use crate::domain::ids::{PersonId, ShiftNo};
use crate::ledger::{LedgerError, Reader};
use crate::receipt::document::Document;
use crate::receipt::status::Condition;
use crate::receipt::trial;
use crate::register::printer_settings::{Chosen, PrinterSettings};
use crate::register::settings::DataDir;

use super::output::{Ending, Failure, Output};

/// `tideover device`
#[derive(Clone, Debug, Subcommand)]
pub enum DeviceAction {
    /// Print a test page, and say how the printer is.
    Test(DeviceTestArgs),
}

/// `tideover device test`
#[derive(Clone, Debug, Args)]
pub struct DeviceTestArgs {
    /// The register's data folder, whose printer is tried.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Another printer: tcp:192.168.1.50:9100, 'serial /dev/ttyUSB0 19200', device:/dev/usb/lp0,
    /// file:receipts.txt.
    #[arg(long, value_name = "PRINTER", conflicts_with = "data")]
    printer: Option<String>,
    /// Characters a line of that printer.
    #[arg(long, value_name = "N", requires = "printer")]
    columns: Option<u64>,
    /// The code page of that printer.
    #[arg(long, value_name = "NAME", requires = "printer")]
    code_page: Option<String>,
    /// Open the register's drawer as well; refused while a shift is open, since no record says it.
    #[arg(long, conflicts_with = "printer")]
    drawer: bool,
}

/// What was seen.
#[derive(Clone, Debug, Serialize)]
pub struct Tried {
    /// Where the printer is.
    pub printer: String,
    /// Whether the page was printed, as far as known.
    pub printed: Printed,
    /// The same in words.
    pub page: String,
    /// What became of the drawer; none where it was not tried.
    pub drawer: Option<String>,
    /// How the printer is, in words.
    pub status: Vec<String>,
    /// What to do next.
    pub remedy: Option<String>,
}

/// Whether a page came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Printed {
    /// Yes, as far as can be known.
    Yes,
    /// No, or not all of it.
    No,
    /// The printer does not say.
    Unsure,
    /// There is no printer: the screen shows receipts.
    OnScreen,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when there are no settings, or they name no printer that can be understood.
pub fn run(action: &DeviceAction, home: &Path, output: Output) -> Result<Ending, Failure> {
    let DeviceAction::Test(args) = action;
    let (to, chosen) = chosen(args, home)?;
    if args.drawer {
        no_shift_is_open(&data(args, home))?;
    }
    let mut tried = test(&to, &chosen.setup, args.drawer);
    if let Some(why) = chosen.no_logo {
        tried.status.push(format!("without its logo: {why}"));
    }
    output.say(&tried)?;
    Ok(Ending::fine_if(matches!(tried.printed, Printed::Yes | Printed::OnScreen)))
}

fn chosen(args: &DeviceTestArgs, home: &Path) -> Result<(String, Chosen), Failure> {
    if let Some(to) = &args.printer {
        let words = PrinterSettings {
            columns: args.columns,
            code_page: args.code_page.clone(),
            ..PrinterSettings::at(to)
        };
        return Ok((to.clone(), words.read(Path::new("."))?));
    }
    let data = data(args, home);
    let words = PrinterSettings::of(&data.settings()?)?;
    Ok((words.to.clone(), words.read(&data.0)?))
}

fn data(args: &DeviceTestArgs, home: &Path) -> DataDir {
    DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()))
}

/// A drawer that somebody answers for is opened at its register, where it is recorded. One that
/// can't be looked at may be such a drawer.
fn no_shift_is_open(data: &DataDir) -> Result<(), Failure> {
    let place = data.place(&data.settings()?);
    let state = Reader::open(&place).and_then(|reader| reader.state());
    let open = match state {
        Ok(state) => state.open_shift,
        Err(LedgerError::Nothing { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    match open {
        None => Ok(()),
        Some(shift) => Err(ShiftOpen(shift.number, shift.cashier).into()),
    }
}

/// Somebody answers for what is in the drawer.
#[derive(Debug, thiserror::Error)]
#[error(
    "shift {0} of cashier {1} is open on this register, so its drawer stays shut and nothing was \
     printed. No money is affected. Open the drawer at the register (F10), which records it, or \
     try it when the shift is closed; without --drawer the page is printed at once."
)]
struct ShiftOpen(ShiftNo, PersonId);

/// Tries a printer: the drawer first where that is asked for, as after a sale, then the page.
pub fn test(to: &str, setup: &Setup, drawer: bool) -> Tried {
    let mut tried = Tried {
        printer: to.to_owned(),
        printed: Printed::OnScreen,
        page: "There is no printer: the register shows receipts on its screen".to_owned(),
        drawer: None,
        status: Vec::new(),
        remedy: None,
    };
    let profile = &setup.profile;
    let page =
        Job { what: Printout::Slip, document: trial::page(to, profile.columns, profile.code_page) };
    let (outcome, condition) = match &setup.target {
        Target::Screen | Target::None => return tried,
        Target::File(_) => (on_file(setup, page), None),
        Target::Tcp(_) | Target::Serial { .. } | Target::Device(_) => {
            tried.drawer = drawer.then(|| kick(setup));
            printer::print_now(setup, &page)
        }
    };
    if !matches!(setup.target, Target::File(_)) {
        tried.status = status(setup, condition);
    }
    (tried.printed, tried.page, tried.remedy) = words(&outcome);
    tried
}

fn kick(setup: &Setup) -> String {
    if setup.profile.drawer.is_none() {
        return "The settings name none: write \"drawer\": \"pin2\" into the printer's".to_owned();
    }
    let pulse = Job { what: Printout::Drawer, document: Document::pulse() };
    match printer::print_now(setup, &pulse).0 {
        Outcome::Printed | Outcome::Unsure => {
            "Its pulse was sent: look whether it opened".to_owned()
        }
        Outcome::NotStarted(trouble) | Outcome::CutOff(trouble) => {
            format!("It did not open: {}", trouble.words())
        }
    }
}

fn on_file(setup: &Setup, page: Job) -> Outcome {
    let opened = printer::open(setup.clone());
    let Ok(mut file) = opened else { return Outcome::NotStarted(Trouble::QueueFull) };
    file.submit(page);
    let ended = file.events().into_iter().find_map(|event| match event {
        PrinterEvent::Ended(_, outcome) => Some(outcome),
        PrinterEvent::Lamp(_) | PrinterEvent::DrawerOpen(_) => None,
    });
    ended.unwrap_or(Outcome::Unsure)
}

fn words(outcome: &Outcome) -> (Printed, String, Option<String>) {
    match outcome {
        Outcome::Printed => (
            Printed::Yes,
            "The test page was printed".to_owned(),
            Some("Compare the page with what it says about itself".to_owned()),
        ),
        Outcome::NotStarted(trouble) => (
            Printed::No,
            format!("The test page was not printed: {}", trouble.words()),
            Some(trouble.remedy().to_string()),
        ),
        Outcome::CutOff(trouble) => (
            Printed::No,
            format!("The test page was cut off: {}", trouble.words()),
            Some(trouble.remedy().to_string()),
        ),
        Outcome::Unsure => (
            Printed::Unsure,
            "The test page was sent, and the printer does not answer".to_owned(),
            Some(
                "If the page came out whole, this printer can't answer: write \"answers\": false \
                 into its settings. If not, look at its cable"
                    .to_owned(),
            ),
        ),
    }
}

fn status(setup: &Setup, condition: Option<Condition>) -> Vec<String> {
    let Some(condition) = condition else {
        let why = if setup.answers { "it did not say how it is" } else { "it was not asked" };
        return vec![why.to_owned()];
    };
    let state = match Lamp::of(&condition) {
        Lamp::PaperOut => "out of paper",
        Lamp::CoverOpen => "cover open",
        Lamp::Error => "an error that a person must clear",
        Lamp::Offline => "offline",
        Lamp::NearEnd => "ready; the roll ends soon",
        _ => "ready, paper enough",
    };
    let level = if condition.drawer_switch_high { "high" } else { "low" };
    vec![
        state.to_owned(),
        format!("drawer switch {level} (open and shut must differ, or no switch is wired)"),
    ]
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Printer {}", self.printer)?;
        for status in &self.status {
            writeln!(f, "  Status: {status}")?;
        }
        if let Some(drawer) = &self.drawer {
            writeln!(f, "  Drawer: {drawer}.")?;
        }
        writeln!(f, "{}.", self.page)?;
        if let Some(remedy) = &self.remedy {
            writeln!(f, "{remedy}.")?;
        }
        Ok(())
    }
}
