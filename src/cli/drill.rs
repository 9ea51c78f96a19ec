//! `tideover drill`: plays an outage on a store's own baskets and proves the sums.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::central::packs::Packs;
use crate::device::clock::SimulatedClock;
use crate::device::entropy::SystemEntropy;
use crate::device::key_store::{self, KeyTrouble};
use crate::domain::ids::{PackVersion, RegisterNo};
use crate::domain::person::Person;
use crate::domain::time::Timestamp;
use crate::drill::account::account;
use crate::drill::backhaul::Backhaul;
use crate::drill::baskets::{self, BadLine, BasketFile};
use crate::drill::desk::Desk;
use crate::drill::embedded::{EmbeddedCentral, EmbeddedError, line_of};
use crate::drill::expect::Book;
use crate::drill::lane::Lane;
use crate::drill::own_central::OwnCentral;
use crate::drill::play::{DrillError, Play, Witnessed};
use crate::drill::props::Props;
use crate::drill::prove::Base;
use crate::drill::report::Report;
use crate::drill::scenario::{self, NotAScenario, Scenario};
use crate::drill::schedule::{schedule, with_pieces};
use crate::drill::tables::{self, Tables};
use crate::drill::{claim, piece};
use crate::pack::{
    BuildError, BuildOrder, Pack, PackError, PackKey, PackSigner, PinCost, Shelf, build,
    claimed_key,
};
use crate::reconcile::rulebook::Rulebook;
use crate::register::settings::{Central as CentralLine, DataDir, Settings, SettingsError};
use crate::register::startup::World;
use crate::sync::enroll::{NotEnrolled, enroll};
use crate::sync::http::{HttpTransport, NotAnAddress};

use super::output::{Ending, Failure, Output};

/// `tideover drill`
#[derive(Clone, Debug, Args)]
pub struct DrillArgs {
    /// The scenario; docs/drill.md shows the format.
    #[arg(long, value_name = "FILE")]
    pub scenario: PathBuf,
    /// The baskets, one JSON object a line; docs/baskets.md shows the format.
    #[arg(long, value_name = "FILE")]
    pub baskets: PathBuf,
    /// The store's pack; without one a pack is made from the baskets.
    #[arg(long, value_name = "FILE")]
    pub pack: Option<PathBuf>,
    /// How many registers sell.
    #[arg(long, value_name = "N", default_value_t = 4)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=30))]
    pub registers: u16,
    /// The store's offset from UTC on the day of the scenario, in minutes east.
    #[arg(long, value_name = "MINUTES", default_value_t = -360, allow_hyphen_values = true)]
    pub offset: i16,
    /// A folder for the registers and the report; an interrupted drill goes on from it. Without
    /// it everything is made in a temporary folder and removed.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A central that is running already, instead of one of the drill's own.
    #[arg(long, value_name = "URL", requires = "data")]
    pub central: Option<String>,
    /// A one-time code for each register, for a central that is running already.
    #[arg(long = "code", value_name = "CODE")]
    pub codes: Vec<String>,
    /// Say each receipt's proof on the standard output as soon as it is issued.
    #[arg(long)]
    pub echo: bool,
}

/// Why a drill could not be played.
#[derive(Debug, thiserror::Error)]
pub enum CantDrill {
    /// A file can't be read or written.
    #[error("{path} can't be used; check the name and the folder's rights")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The scenario is none.
    #[error(transparent)]
    Scenario(#[from] NotAScenario),
    /// The baskets are not right.
    #[error("the baskets can't be used; nothing was sold. Correct these lines:\n{0}")]
    Baskets(String),
    /// The pack is none.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// Items of the baskets can't go into a pack.
    #[error("no pack can be made from the baskets; nothing was sold. Give one with --pack:\n{0}")]
    Rows(String),
    /// A pack can't be made from the baskets.
    #[error("no pack can be made from the baskets; give one with --pack")]
    Build(#[from] BuildError),
    /// The pack's key.
    #[error(transparent)]
    PackKey(#[from] crate::pack::KeyError),
    /// The folder's registers trust another pack key.
    #[error(
        "{} holds a drill with another store's pack; nothing was sold. Give the pack it was begun \
         with, or another folder",
        .0.display()
    )]
    OtherPack(PathBuf),
    /// The pack has nobody who may lead.
    #[error("the pack has no lead or manager, so nobody may declare an outage; add one")]
    NoLead,
    /// A register's settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A register's key.
    #[error(transparent)]
    Key(#[from] KeyTrouble),
    /// Central.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// A register was not enrolled.
    #[error(transparent)]
    NotEnrolled(#[from] NotEnrolled),
    /// Central's address.
    #[error(transparent)]
    Address(#[from] NotAnAddress),
    /// Fewer codes than registers.
    #[error(
        "--central needs one --code for each register, and one more for the desk of a scenario \
         that claims something; the code of register {0} is missing"
    )]
    Codes(u16),
    /// The drill ended early.
    #[error(transparent)]
    Drill(#[from] DrillError),
}

/// How old a drill's own pack is when its outage begins: six hours.
const PACK_AGE_MS: i64 = 6 * 60 * 60 * 1_000;

/// What is prepared before the first basket.
struct Stage {
    dir: PathBuf,
    pack_file: PathBuf,
    key: PackKey,
    pack: Pack,
    /// What the pack was made from; none where one was given.
    tables: Option<Tables>,
    staff: Vec<Person>,
    /// Who is at the desk: whoever sells there, then whoever signs.
    desk_staff: Vec<Person>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when the drill could not be played to its end.
pub fn run(args: &DrillArgs, output: Output) -> Result<Ending, Failure> {
    let report = match &args.data {
        Some(dir) => play(args, dir, output)?,
        None => {
            let dir = TemporaryFolder::make()?;
            play(args, &dir.0, output)?
        }
    };
    output.say(&report)?;
    Ok(Ending::fine_if(report.agrees))
}

fn play(args: &DrillArgs, dir: &Path, output: Output) -> Result<Report, CantDrill> {
    let scenario = read_scenario(args)?;
    let baskets = read_baskets(&args.baskets)?;
    let stage = prepare(args, dir, &scenario, &baskets)?;
    let store = stage.pack.policy().store;
    let pieces = claim::pieces(&scenario.claims);
    let claims = !scenario.claims.is_empty();
    let desk_number = args.registers.saturating_add(1);
    let mut own = OwnCentral {
        central: None,
        dir: dir.to_owned(),
        key: stage.key,
        store,
        tables: stage.tables.clone(),
        version: stage.pack.version().clone(),
        free_register: desk_number.saturating_add(1),
    };
    if args.central.is_none() {
        let mut packs = Packs::default();
        packs.add(Pack::open(&stage.pack_file, &stage.key)?);
        let folder = dir.join("central");
        let central = EmbeddedCentral::start(&folder, stage.key.0, Arc::new(packs))?;
        // A drill's sales bear the scenario's day; when they really came in says nothing.
        let rules = Rulebook { late_hours: u32::MAX, ..Rulebook::default() };
        central.central()?.door().set_rules(&rules).map_err(EmbeddedError::from)?;
        own.central = Some(central);
    }
    let mut lanes = Vec::new();
    for number in 1..=args.registers {
        lanes.push(lane(args, (number, &stage.staff), &stage, &own, &scenario)?);
    }
    let desk = if claims {
        let lane = lane(args, (desk_number, &stage.desk_staff), &stage, &own, &scenario)?;
        Some(Desk::new(lane, Props::of(&stage.pack, &baskets.baskets)?))
    } else {
        None
    };
    let item = |code: &_| stage.pack.item(code).ok().flatten();
    let book = Book {
        item: &item,
        taxes: stage.pack.taxes(),
        policy: stage.pack.policy(),
        date: scenario.start.local_date(),
        version: stage.pack.version().clone(),
    };
    let count = usize::from(args.registers);
    let acts = schedule(&scenario, &baskets.baskets, count, &book);
    let acts = with_pieces(acts, &piece::moments(&scenario, &pieces));
    let bar = output.progress(u64::try_from(baskets.baskets.len()).unwrap_or(0), "Baskets");
    let mut on_basket = |done: usize, proof: Option<&str>| {
        bar.set_position(u64::try_from(done).unwrap_or(0));
        if let Some(proof) = proof.filter(|_| args.echo) {
            output.tell(proof);
        }
    };
    let moved_to = own.url();
    let mut play = Play {
        scenario: &scenario,
        lanes,
        backhaul: Backhaul { moved_to, ..Backhaul::default() },
        operator: &mut own,
        on_basket: &mut on_basket,
        desk,
        seen: Witnessed::default(),
        moments: Vec::new(),
        violations: Vec::new(),
    };
    play.run(&acts)?;
    let on_hand = |code: &_| stage.pack.on_hand(code).ok().flatten();
    let report = account(&mut play, &acts, &Base { book: &book, on_hand: &on_hand, dir })?;
    for lane in play.lanes.iter_mut().chain(play.desk.as_mut().map(|desk| &mut desk.lane)) {
        lane.stop().map_err(DrillError::Lane)?;
    }
    bar.finish_and_clear();
    if let Some(mut central) = own.central.take() {
        central.stop();
    }
    Ok(report)
}

fn read_scenario(args: &DrillArgs) -> Result<Scenario, CantDrill> {
    let path = &args.scenario;
    let text = std::fs::read_to_string(path).map_err(|source| file_error(path, source))?;
    Ok(scenario::read(&text, args.offset)?)
}

fn read_baskets(path: &Path) -> Result<BasketFile, CantDrill> {
    let file = std::fs::File::open(path).map_err(|source| file_error(path, source))?;
    baskets::read(BufReader::new(file)).map_err(|bad| bad_lines(&bad))
}

fn prepare(
    args: &DrillArgs,
    dir: &Path,
    scenario: &Scenario,
    baskets: &BasketFile,
) -> Result<Stage, CantDrill> {
    let make_dir = || std::fs::create_dir_all(dir).map_err(|source| file_error(dir, source));
    let (pack_file, key, tables) = match &args.pack {
        Some(path) => {
            // A drill trusts its own input: the key is the one the pack names.
            let key = claimed_key(path)?;
            Pack::open(path, &key)?;
            make_dir()?;
            (path.clone(), key, None)
        }
        None => {
            let own = dir.join("drill.pack");
            let parts = baskets::items_of(baskets).map_err(|bad| bad_lines(&bad))?;
            let tables = tables::of(&parts, "America/Chicago");
            make_dir()?;
            let key = if own.exists() {
                claimed_key(&own)?
            } else {
                build_pack(&own, dir, scenario, &tables)?
            };
            (own, key, Some(tables))
        }
    };
    let pack = Pack::open(&pack_file, &key)?;
    let staff: Vec<Person> =
        pack.people()?.into_iter().filter(|person| person.role.leads()).collect();
    if staff.is_empty() {
        return Err(CantDrill::NoLead);
    }
    let desk_staff = desk_staff(&pack.people()?);
    Ok(Stage { dir: dir.to_owned(), pack_file, key, pack, tables, staff, desk_staff })
}

/// A cashier and the highest of those who lead; two who lead where there is no cashier.
fn desk_staff(people: &[Person]) -> Vec<Person> {
    let highest = people.iter().filter(|person| person.role.leads()).max_by_key(|one| one.role);
    let sells = |person: &&Person| person.role.sells() && Some(*person) != highest;
    let seller = people.iter().filter(sells).min_by_key(|person| person.role);
    seller.into_iter().chain(highest).cloned().collect()
}

fn build_pack(
    out: &Path,
    dir: &Path,
    scenario: &Scenario,
    tables: &Tables,
) -> Result<PackKey, CantDrill> {
    let key_file = dir.join("pack.key");
    let signer = if key_file.exists() {
        PackSigner::open(&key_file)?
    } else {
        PackSigner::create(&key_file, &SystemEntropy)?
    };
    let day = scenario.start.local_date().to_string().replace('-', "");
    let version = PackVersion::parse(&format!("{day}-1"));
    let version = version.map_err(|_| BuildError::Version(day))?;
    build(
        &BuildOrder {
            source: &tables.source(),
            out,
            signer: &signer,
            version: &version,
            published_at: morning(scenario),
            skip_bad_rows: false,
            pin_cost: PinCost::FLOOR,
            entropy: &SystemEntropy,
        },
        &|_| (),
    )
    .map_err(bad_rows)?;
    Ok(signer.public())
}

/// The pack of a drill was made before its outage: what moves in it moves after its figures.
fn morning(scenario: &Scenario) -> Timestamp {
    let start = scenario.start;
    Timestamp { utc_ms: start.utc_ms.saturating_sub(PACK_AGE_MS).max(0), ..start }
}

fn lane(
    args: &DrillArgs,
    (number, staff): (u16, &[Person]),
    stage: &Stage,
    own: &OwnCentral,
    scenario: &Scenario,
) -> Result<Lane, CantDrill> {
    let data = DataDir(stage.dir.join(format!("register-{number}")));
    let zone = &stage.pack.policy().time_zone;
    let clock = SimulatedClock::at(scenario.start).turning_in(zone);
    let world = World {
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SystemEntropy),
        faults: None,
        machine: Default::default(),
    };
    let settings = data.settings();
    if settings.as_ref().is_ok_and(|known| known.pack_key != stage.key.to_string()) {
        return Err(CantDrill::OtherPack(args.data.clone().unwrap_or_default()));
    }
    if matches!(settings, Err(SettingsError::NotSetUp(_))) {
        std::fs::create_dir_all(&data.0).map_err(|source| file_error(&data.0, source))?;
        Shelf::open(&data.packs_dir())?.apply(
            &stage.pack_file,
            &stage.key,
            stage.pack.policy().store,
        )?;
        let central = enroll_lane(args, number, &data, own)?;
        data.write_settings(&Settings {
            store: own.store.0,
            register: number,
            pack_key: stage.key.to_string(),
            time_zone: None,
            central: Some(central),
            tape_dir: None,
            anchor_dir: None,
            receipts: Some(data.0.join("receipts.txt")),
            printer: None,
            peers: None,
            training: false,
        })?;
    }
    Ok(Lane::new(number, data, clock, world, staff.to_vec()))
}

fn enroll_lane(
    args: &DrillArgs,
    number: u16,
    data: &DataDir,
    own: &OwnCentral,
) -> Result<CentralLine, CantDrill> {
    let key = key_store::load_or_create(&data.key_path(), &SystemEntropy)?;
    let enrollment = match (&args.central, &own.central) {
        (Some(url), _) => {
            let place = usize::from(number.saturating_sub(1));
            let code = args.codes.get(place).ok_or(CantDrill::Codes(number))?;
            let mut line = HttpTransport::new(url, None, false)?;
            enroll(&mut line, url, None, code, &key)?
        }
        (None, Some(central)) => central.enroll(own.store, RegisterNo(number), &key)?,
        (None, None) => return Err(CantDrill::Codes(args.registers)),
    };
    if let Some(key) = enrollment.seal_key.as_deref().and_then(crate::journal::hash::from_hex) {
        data.write_seal_key(&key).map_err(|source| file_error(&data.0, source))?;
    }
    Ok(line_of(&enrollment))
}

/// Rows are of a table that only the drill sees; their reasons are what helps.
fn bad_rows(error: BuildError) -> CantDrill {
    match error {
        BuildError::BadRows(rows) => {
            let reasons: Vec<String> = rows.iter().map(|row| format!("  {row}")).collect();
            CantDrill::Rows(reasons.join("\n"))
        }
        other => CantDrill::Build(other),
    }
}

fn bad_lines(bad: &[BadLine]) -> CantDrill {
    let line = |bad: &BadLine| match bad.line {
        0 => format!("  {}", bad.reason),
        _ => format!("  {bad}"),
    };
    let lines: Vec<String> = bad.iter().map(line).collect();
    CantDrill::Baskets(lines.join("\n"))
}

fn file_error(path: &Path, source: std::io::Error) -> CantDrill {
    CantDrill::File { path: path.display().to_string(), source }
}

/// A folder that goes with the command.
pub(super) struct TemporaryFolder(pub(super) PathBuf);

impl TemporaryFolder {
    pub(super) fn make() -> Result<Self, CantDrill> {
        let mut random = [0; 8];
        crate::device::entropy::Entropy::fill(&SystemEntropy, &mut random)
            .map_err(|error| CantDrill::Key(error.into()))?;
        let name = format!("tideover-drill-{}", crate::journal::hash::to_hex(&random));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).map_err(|source| file_error(&path, source))?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "a temporary folder stays: {}", self.0.display());
        }
    }
}
