//! The command line: what can be typed, and which command it goes to.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand, value_parser};

use crate::device::clock::{Clock, SystemClock};
use crate::device::entropy::SystemEntropy;
use crate::device::mounts::Mounts;
use crate::device::process::keep_memory_private;
use crate::device::reader::Reader;
use crate::domain::ids::StoreNo;
use crate::journal::key::PublicKey;
use crate::pack::{Pack, PackKey, Shelf};
use crate::register::journals::LedgerJournals;
use crate::register::settings::{DataDir, Settings, SettingsError};
use crate::sync::http::HttpTransport;

use super::log::LogFormat;
use super::output::{Ending, Failure, Output, say_failure};
use super::{device, export, hours, outages, pack, probe, register, sign, sync, verify};

/// Tides a store over an outage: sells for cash and checks while central systems are down, and
/// hands everything over once when they return.
#[derive(Debug, Parser)]
#[command(name = "tideover", version, after_help = EXIT_CODES)]
struct CommandLine {
    /// Answer in JSON, for machines.
    #[arg(long, global = true)]
    json: bool,
    /// How the log on the standard error is written.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    log: LogFormat,
    #[command(subcommand)]
    command: Option<Command>,
}

const EXIT_CODES: &str = "Without a command the register of this machine is opened.\n\n\
    Exit codes: 0 all is well, 1 something wrong was found, 2 the command line can't be read, \
    3 the command could not do its work.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Open this machine's register.
    Register(register::RegisterArgs),
    /// Make a store, a central and a register to try.
    #[cfg(feature = "central")]
    Demo(super::demo::DemoArgs),
    /// Play an outage on a store's own baskets and prove the sums.
    #[cfg(feature = "central")]
    Drill(super::drill::DrillArgs),
    /// Check a journal and say everything that is wrong with it.
    Verify(verify::VerifyArgs),
    /// Build, show or apply the signed file with items, prices, taxes and people.
    #[command(subcommand)]
    Pack(PackAction),
    /// Make this machine a register of a store.
    Enroll(EnrollArgs),
    /// Run the receiving end, or look after it.
    #[cfg(feature = "central")]
    Central(super::central::CentralArgs),
    /// How a store stands at central, and its closure certificates.
    #[cfg(feature = "central")]
    Closure(super::closure::ClosureArgs),
    /// See what is not at central yet, or send it.
    #[command(subcommand)]
    Sync(SyncAction),
    /// Look once at every system the store depends on, and say what answers.
    Probe(probe::ProbeArgs),
    /// Write the signs that tell customers of an outage, for the door and the lanes.
    Sign(sign::SignArgs),
    /// Write a pad of numbered paper slips, to be printed before the power goes.
    Pads(super::pads::PadsArgs),
    /// List the outages of this register: how often, how long, at what cost.
    Outages(outages::OutagesArgs),
    /// Look at this machine and its register, and say what would cost money one day.
    Doctor(super::doctor::DoctorArgs),
    /// Say how this register's key is kept, or seal it to this machine.
    #[command(subcommand)]
    Key(super::key::KeyAction),
    /// See whether a release is what its builders signed, or list and sign one.
    #[command(subcommand)]
    Program(super::program::ProgramAction),
    /// Try the printer and the drawer.
    #[command(subcommand)]
    Device(device::DeviceAction),
    /// Write a journal's lines to a file.
    Export(export::ExportArgs),
    /// Print who came and went when, for payroll.
    Hours(hours::HoursArgs),
    /// Bring exported journal lines to central.
    Import(ImportArgs),
    /// See this register's key for the others' lists, and list the store's other registers.
    #[command(subcommand)]
    Peer(super::peer::PeerAction),
    /// Bring another register's records from this one's copies to central, or into a file.
    Carry(super::carry::CarryArgs),
    /// Bring this register's own records back from other registers, central, a stick or a file.
    Recover(super::recover::RecoverArgs),
    /// Tell what the scanned codes of receipts prove, where a journal is lost.
    Receipts(super::receipts::ReceiptsArgs),
    /// List what is to be sent, or tell every hop of a receipt.
    #[command(subcommand)]
    Queue(super::queue::QueueAction),
    /// Try a receiver of exports with golden records, or run one that passes.
    #[cfg(feature = "central")]
    Conform(super::conform::ConformArgs),
    /// Put journals on a stick, checked, or bring them from one to central.
    #[cfg(feature = "central")]
    #[command(subcommand)]
    Bundle(super::bundle::BundleAction),
    /// Simulate how a whole fleet hands everything over when central is back.
    #[cfg(feature = "central")]
    Simulate(super::simulate::SimulateArgs),
    /// Compare another system with central, and hand over everything that it lacks, once.
    #[cfg(feature = "central")]
    Replay(super::replay::ReplayArgs),
    /// Read a stick for another process of this program.
    #[command(hide = true)]
    ReadStick(super::read_stick::ReadStickArgs),
}

#[derive(Debug, Subcommand)]
enum PackAction {
    /// Turn CSV files into one signed pack.
    Build(pack::PackBuildArgs),
    /// Verify a pack and tell what it holds.
    Show(pack::PackShowArgs),
    /// Let another key say which pack stores sell by.
    Vouch(super::pack::vouch::VouchArgs),
    /// Print what the store tells customers who pay by check.
    Notice(pack::PackNoticeArgs),
    /// Print the badges that people.csv gives, as a page.
    Badges(super::pack::badges::PackBadgesArgs),
    /// Verify a pack and take it into use on this register from its next start on.
    Apply(PackApplyArgs),
    /// Sell by this version, whatever is newer, from the register's next start on.
    Pin(super::pack::orders::PackVersionArgs),
    /// Lift the pin: the newest version that is not revoked is used again.
    Unpin(super::pack::orders::PackUnpinArgs),
    /// Never use this version on this register, nor take it again.
    Revoke(super::pack::orders::PackVersionArgs),
}

#[derive(Debug, Args)]
struct PackApplyArgs {
    /// The pack.
    file: PathBuf,
    /// Take it though prices jumped since the pack in use.
    #[arg(long)]
    accept_price_jumps: bool,
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct EnrollArgs {
    /// Central's address, such as https://central.example:7443.
    #[arg(long, value_name = "URL", required_unless_present = "offline", requires = "code")]
    central: Option<String>,
    /// The one-time code that 'tideover central enroll-code' printed.
    #[arg(long, required_unless_present = "offline", requires = "central")]
    code: Option<String>,
    /// The fingerprint of central's certificate, as central printed it at its start.
    #[arg(long, value_name = "HEX", requires = "central")]
    fingerprint: Option<String>,
    /// Set up without central, which can't be reached: the register sells all the same, and is
    /// enrolled or adopted later with the same key and journal.
    #[arg(
        long,
        conflicts_with_all = ["central", "code", "fingerprint"],
        requires_all = ["store", "register", "pack_key"]
    )]
    offline: bool,
    /// The store's number; central's code holds it, so it is told only with --offline.
    #[arg(
        long,
        value_name = "N",
        requires = "offline",
        value_parser = value_parser!(u32).range(1..)
    )]
    store: Option<u32>,
    /// The register's number; only with --offline.
    #[arg(
        long,
        value_name = "N",
        requires = "offline",
        value_parser = value_parser!(u16).range(1..)
    )]
    register: Option<u16>,
    /// The public key that the store's packs are signed with, as 'tideover pack build' printed
    /// it; only with --offline.
    #[arg(long, value_name = "HEX", requires = "offline")]
    pack_key: Option<String>,
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keep sales on a network share all the same.
    #[arg(long)]
    on_network_share: bool,
    /// Look at a machine whose root folder is here.
    #[arg(long, value_name = "DIR", default_value = "/", hide = true)]
    root: PathBuf,
}

#[derive(Debug, Subcommand)]
enum SyncAction {
    /// What central has of this register, as it last said.
    Status(SyncArgs),
    /// Send what central does not have.
    Push(SyncArgs),
}

#[derive(Debug, Args)]
struct SyncArgs {
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ImportArgs {
    /// The file of journal lines.
    file: PathBuf,
    /// Central's address.
    #[arg(long, value_name = "URL")]
    central: String,
    /// The fingerprint of central's certificate.
    #[arg(long, value_name = "HEX")]
    fingerprint: Option<String>,
    /// Central's public key, 64 hex digits: its answers must be signed by it.
    #[arg(long, value_name = "HEX")]
    key: Option<String>,
}

/// Runs the program.
pub fn run() -> ExitCode {
    keep_memory_private();
    // Installed once for the process; a second time changes nothing.
    rustls::crypto::ring::default_provider().install_default().ok();
    let line = CommandLine::parse();
    super::log::begin(line.log);
    let output = Output::new(line.json);
    let ending = dispatch(line.command, output).unwrap_or_else(|failure| {
        say_failure(&failure);
        Ending::Failed
    });
    ExitCode::from(ending.code())
}

fn dispatch(command: Option<Command>, output: Output) -> Result<Ending, Failure> {
    let home = home();
    match command {
        None => open(&register::RegisterArgs::default(), &home, output),
        Some(Command::Register(args)) => open(&args, &home, output),
        #[cfg(feature = "central")]
        Some(Command::Demo(args)) => super::demo::run(&args, output),
        #[cfg(feature = "central")]
        Some(Command::Drill(args)) => super::drill::run(&args, output),
        Some(Command::Verify(args)) => verify::run(&args, &home, output),
        Some(Command::Pack(action)) => pack_action(&action, &home, output),
        Some(Command::Enroll(args)) => enroll(&args, &home, output),
        #[cfg(feature = "central")]
        Some(Command::Central(args)) => super::central::run(&args, output),
        #[cfg(feature = "central")]
        Some(Command::Closure(args)) => super::closure::run(&args, output),
        Some(Command::Sync(action)) => sync_action(&action, &home, output),
        Some(Command::Key(action)) => super::key::run(&action, &home, output),
        Some(Command::Device(action)) => device::run(&action, &home, output),
        #[cfg(feature = "central")]
        Some(Command::Simulate(args)) => super::simulate::run(&args, output),
        Some(Command::Program(action)) => super::program::run(&action, output),
        Some(Command::Doctor(args)) => super::doctor::run(&args, &home, output),
        Some(Command::Probe(args)) => probe::run(&args, &home, output),
        Some(Command::Sign(args)) => sign::run(&args, &home, output),
        Some(Command::Pads(args)) => super::pads::run(&args, &home, output),
        Some(Command::Outages(args)) => outages::run(&args, &home, output),
        Some(Command::Export(args)) => export::run(&args, &home, output),
        Some(Command::Hours(args)) => hours::run(&args, &home, output),
        Some(Command::Import(args)) => import(&args, output),
        Some(Command::Peer(action)) => super::peer::run(&action, &home, output),
        Some(Command::Carry(args)) => super::carry::run(&args, &home, output),
        Some(Command::Recover(args)) => super::recover::run(&args, &home, output),
        Some(Command::Receipts(args)) => super::receipts::run(&args, &home, output),
        Some(Command::Queue(action)) => super::queue::run(&action, &home, output),
        #[cfg(feature = "central")]
        Some(Command::Conform(args)) => super::conform::run(&args, output),
        #[cfg(feature = "central")]
        Some(Command::Bundle(action)) => super::bundle::run(&action, &home, output),
        #[cfg(feature = "central")]
        Some(Command::Replay(args)) => super::replay::run(&args, output),
        Some(Command::ReadStick(args)) => super::read_stick::run(&args),
    }
}

/// Opens the register; on a machine that is none yet, asks what it is to be.
#[cfg(feature = "gui")]
fn open(args: &register::RegisterArgs, home: &Path, output: Output) -> Result<Ending, Failure> {
    use super::first_start::{self, Started};

    let data = DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()));
    if !first_start::is_wanted(&data) {
        return register::run(args, home, output);
    }
    match first_start::run(&data, output)? {
        Started::Register => register::run(args, home, output),
        #[cfg(feature = "central")]
        Started::Demo => super::demo::run(&super::demo::DemoArgs::default(), output),
        #[cfg(not(feature = "central"))]
        Started::Demo => Err("this program was built without the demo's central".into()),
        Started::Nothing => Ok(Ending::Fine),
    }
}

#[cfg(not(feature = "gui"))]
fn open(args: &register::RegisterArgs, home: &Path, output: Output) -> Result<Ending, Failure> {
    register::run(args, home, output)
}

/// The register's usual data folder: `$TIDEOVER_HOME`, else the user's data folder.
fn home() -> PathBuf {
    let given = |name: &str| std::env::var_os(name).map(PathBuf::from);
    given("TIDEOVER_HOME")
        .or_else(|| given("XDG_DATA_HOME").map(|dir| dir.join("tideover")))
        .or_else(|| given("HOME").map(|dir| dir.join(".local/share/tideover")))
        .unwrap_or_else(|| PathBuf::from("/var/lib/tideover"))
}

fn pack_action(action: &PackAction, home: &Path, output: Output) -> Result<Ending, Failure> {
    let clock = SystemClock::new(None);
    match action {
        PackAction::Build(args) => {
            let bar = output.progress(0, "Items");
            let built =
                pack::run_build(args, &clock, &SystemEntropy, &|rows| bar.set_position(rows))?;
            bar.finish_and_clear();
            output.say(&built)?;
            Ok(Ending::fine_if(built.succeeded()))
        }
        PackAction::Show(args) => {
            let bar = output.progress(0, "Verifying");
            let shown = pack::run_show(args, &clock, &|done| bar.set_position(done))?;
            bar.finish_and_clear();
            output.say(&shown)?;
            Ok(Ending::Fine)
        }
        PackAction::Vouch(args) => {
            output.say(&super::pack::vouch::run(args, &SystemEntropy)?)?;
            Ok(Ending::Fine)
        }
        PackAction::Notice(args) => {
            output.say(&pack::run_notice(args)?)?;
            Ok(Ending::Fine)
        }
        PackAction::Badges(args) => super::pack::badges::run(args, output),
        PackAction::Apply(args) => {
            let data = DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()));
            let settings = data.settings()?;
            let shelf = Shelf::open(&data.packs_dir())?;
            let key = PackKey::parse(&settings.pack_key)?;
            let store = StoreNo(settings.store);
            if !args.accept_price_jumps {
                pack::refuse_jumps(&shelf, &args.file, &key, store)?;
            }
            let applied = shelf.apply(&args.file, &key, store)?;
            tell_time_zone(&data, settings, &Pack::open(&args.file, &key)?)?;
            output.say(&pack::PackApplied::from(applied))?;
            Ok(Ending::Fine)
        }
        PackAction::Pin(args) => {
            output.say(&super::pack::orders::pin(args, home)?)?;
            Ok(Ending::Fine)
        }
        PackAction::Unpin(args) => {
            output.say(&super::pack::orders::unpin(args, home)?)?;
            Ok(Ending::Fine)
        }
        PackAction::Revoke(args) => {
            output.say(&super::pack::orders::revoke(args, home)?)?;
            Ok(Ending::Fine)
        }
    }
}

/// The pack knows the store's time zone; a machine in another one would date its sales wrongly.
/// A zone that IT wrote into the settings stays.
fn tell_time_zone(data: &DataDir, settings: Settings, pack: &Pack) -> Result<(), SettingsError> {
    if settings.time_zone.is_some() {
        return Ok(());
    }
    let time_zone = Some(pack.policy().time_zone.clone());
    data.write_settings(&Settings { time_zone, ..settings })
}

fn enroll(args: &EnrollArgs, home: &Path, output: Output) -> Result<Ending, Failure> {
    let data = DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()));
    let asked = match (&args.central, &args.code, args.store, args.register, &args.pack_key) {
        (Some(central), Some(code), ..) => super::enroll::Asked::Central {
            central,
            fingerprint: args.fingerprint.as_deref(),
            code,
        },
        (_, _, Some(store), Some(register), Some(pack_key)) => {
            super::enroll::Asked::Offline { store, register, pack_key }
        }
        // The command line's own rules let nothing else through.
        _ => return Err(Failure::from(super::enroll::Failed::Neither)),
    };
    if !args.on_network_share {
        // A machine that does not tell its mounts is not kept from selling.
        super::enroll::check_place(&data, &Mounts::read(&args.root).unwrap_or_default())?;
    }
    output.say(&super::enroll::run(&asked, &data, &SystemEntropy)?)?;
    Ok(Ending::Fine)
}

fn sync_action(action: &SyncAction, home: &Path, output: Output) -> Result<Ending, Failure> {
    let (SyncAction::Status(args) | SyncAction::Push(args)) = action;
    let data = DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()));
    let settings = data.settings()?;
    let place = data.place(&settings);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(settings.time_zone.as_deref()));
    if matches!(action, SyncAction::Status(_)) {
        let nowhere = Box::new(|_| Ok(()));
        let journals = LedgerJournals::open(&place, clock.as_ref(), nowhere)?;
        let status = sync::status(&journals)?;
        output.say(&status)?;
        return Ok(Ending::Fine);
    }
    let pushed = sync::push_register(&data, output)?;
    output.say(&pushed)?;
    Ok(Ending::fine_if(pushed.complete))
}

fn import(args: &ImportArgs, output: Output) -> Result<Ending, Failure> {
    let key = args.key.as_deref().map(PublicKey::parse).transpose()?;
    let mut line = HttpTransport::new(&args.central, args.fingerprint.as_deref(), false)?;
    let bar = output.progress(0, "Bringing");
    let reader = Reader::this_program()?;
    let mut progress = |done, length| {
        bar.set_length(length);
        bar.set_position(done);
    };
    let imported = super::import::run(&reader, &args.file, key.as_ref(), &mut line, &mut progress)?;
    bar.finish_and_clear();
    output.say(&imported)?;
    Ok(Ending::fine_if(imported.refused_count == 0))
}
