//! A real central beside real registers: what its work costs, and whether the simulation tells
//! their drain.
//!
//! ```text
//!  this process: central, in a folder that goes away ◀─ loopback ─▶ another one: the registers
//!      the times of each kind of request ─▶ Measured ─▶ fleet::run ─▶ beside what really happened
//! ```

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use serde::Serialize;

use crate::central::backend::{Address, Backend, bind};
use crate::central::gate::GateCounts;
use crate::central::serve::{Central, Encryption, NotServing, Settings};
use crate::central::store::{Standing, StoreError};
use crate::device::clock::{Clock as _, SystemClock};
use crate::device::entropy::{Entropy as _, SystemEntropy};
use crate::fleet::{Drain, Measured, NotAPlan, Plan, Point, run, starts};
use crate::journal::hash::to_hex;
use crate::reconcile::packs::NoPacks;

use super::clients::{Order, Told, What, Work, key_of, number_of};
use crate::cli::output::Output;

/// Lines that ask at once while the work's times are measured: as many as central has places.
const LINES: u32 = 16;
/// Registers that do their work one after another before a drain is simulated.
const IN_TURN: usize = 800;
/// How far off the simulation may be, in thousandths.
const OFF_PERMILLE: u64 = 150;

/// What is to be measured or compared.
pub(super) struct Real {
    /// The program itself, to start the registers with.
    pub(super) program: PathBuf,
    /// A database on a server instead of an embedded one.
    pub(super) database: Option<String>,
    /// The sizes of deliveries that are measured.
    pub(super) sizes: Vec<u32>,
    /// How many of each.
    pub(super) times: u32,
    pub(super) seed: u64,
}

/// A simulated and a real drain.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Compared {
    /// What was measured beforehand.
    pub(super) measured: Measured,
    /// The drain as it was simulated.
    pub(super) simulated: Drain,
    /// When the last real register was done.
    pub(super) real_ms: u64,
    /// When half of the real registers were done.
    pub(super) real_half_ms: u64,
    /// Records that came in.
    pub(super) real_records: u64,
    /// Real requests, and real refusals.
    pub(super) real_requests: u64,
    /// See above.
    pub(super) real_refused: u64,
    /// Requests that nobody answered.
    pub(super) real_failed: u64,
    /// Simulated time less real time, in thousandths of the real one.
    pub(super) off_permille: i64,
    /// Within 15 percent.
    pub(super) fits: bool,
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotCompared {
    #[error(transparent)]
    Central(#[from] NotServing),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the registers could not be started or heard: {0}")]
    Io(#[from] std::io::Error),
    #[error("the registers ended without a word; look at what they said above")]
    Silent,
    #[error(transparent)]
    Words(#[from] serde_json::Error),
    #[error(transparent)]
    Clients(#[from] super::clients::NotPlayed),
    #[error(transparent)]
    Plan(#[from] NotAPlan),
    #[error("the machine gives no random numbers, so no folder of its own can be named")]
    Chance,
}

/// A folder that goes away.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is a temporary folder's affair.
        std::fs::remove_dir_all(&self.0).ok();
    }
}

impl Real {
    /// Measures what each kind of request costs.
    pub(super) fn measure(&self, output: Output) -> Result<Measured, NotCompared> {
        let ask = |what: What, times: u32| {
            let work = Work::Ask { lines: LINES, times: times.div_ceil(LINES).max(1), what };
            let (told, _, cpu_ms) = self.play(LINES, work)?;
            let us = told.took_ms.saturating_mul(1_000).checked_div(told.requests).unwrap_or(0);
            let said = format!(
                "{what:?}: {} in {} ms, {us} us each; processor time of central {} us each; {} \
                 not as wanted",
                told.requests,
                told.took_ms,
                cpu_ms.saturating_mul(1_000).checked_div(told.requests).unwrap_or(0),
                told.failed
            );
            output.tell(said);
            Ok::<(Told, u64), NotCompared>((told, us.max(1)))
        };
        let (_, hello_us) = ask(What::Hello, self.times)?;
        let (_, anew_us) = ask(What::HelloAnew, self.times)?;
        let (_, announce_us) = ask(What::Announce, self.times)?;
        let (_, refusal_us) = ask(What::Refused, self.times)?;
        let mut deliveries = Vec::new();
        let mut bytes_a_record = 0;
        for size in &self.sizes {
            let (told, us) = ask(What::Segments(*size), self.times)?;
            let records = u64::from(*size);
            deliveries.push(Point { records, us });
            let all = told.requests.saturating_mul(records);
            bytes_a_record = told.bytes.checked_div(all).unwrap_or(0);
        }
        let on = if self.database.is_some() { "PostgreSQL" } else { "SQLite" };
        Ok(Measured {
            note: format!(
                "central on {on}, {LINES} lines, registers and central on this machine, version {}",
                env!("CARGO_PKG_VERSION")
            ),
            deliveries,
            hello_us,
            announce_us,
            refusal_us,
            connection_us: anew_us.saturating_sub(hello_us),
            bytes_a_record,
        })
    }

    /// What was measured, as it is where registers work on the same processors: some registers of
    /// the fleet do all their work one after another, on as many lines.
    fn beside_registers(
        &self,
        measured: Measured,
        fleet: &[(u32, u64)],
        output: Output,
    ) -> Result<Measured, NotCompared> {
        let some: Vec<u32> = fleet.iter().take(IN_TURN).map(|(records, _)| *records).collect();
        let count = u64::try_from(some.len()).unwrap_or(0);
        let alone_us = some.iter().map(|records| measured.register_us(u64::from(*records)));
        let alone_us = alone_us.fold(0, u64::saturating_add);
        let registers = u32::try_from(some.len()).unwrap_or(u32::MAX);
        let work = Work::InTurn { lines: LINES, fleet: some };
        let (told, _, _) = self.play(registers, work)?;
        let beside_us = told.took_ms.saturating_mul(1_000);
        let permille = beside_us.saturating_mul(1_000).checked_div(alone_us).unwrap_or(1_000);
        output.tell(format!(
            "{count} registers one after another on {LINES} lines: {} us each, {}.{:03} of what \
             their requests take by themselves",
            beside_us.checked_div(count).unwrap_or(0),
            permille / 1_000,
            permille % 1_000
        ));
        Ok(measured.at(permille.max(1_000)))
    }

    /// Drains a fleet of real registers, and the same one simulated.
    pub(super) fn compare(&self, plan: &Plan, output: Output) -> Result<Compared, NotCompared> {
        plan.check()?;
        let measured = self.measure(output)?;
        let fleet = starts(plan, &measured);
        let measured = self.beside_registers(measured, &fleet, output)?;
        let simulated = run(plan, &measured)?;
        let count = u32::try_from(fleet.len()).unwrap_or(u32::MAX);
        output.tell(format!("{count} real registers"));
        let (told, gate, _) = self.play(count, Work::Drain(fleet))?;
        output.tell(format!("{gate:?}"));
        let (simulated_ms, real_ms) = (simulated.drain_ms, told.took_ms);
        let signed = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
        let off = signed(simulated_ms).saturating_sub(signed(real_ms)).saturating_mul(1_000);
        let off_permille = off.checked_div(signed(real_ms)).unwrap_or(i64::MAX);
        Ok(Compared {
            measured,
            simulated,
            real_ms,
            real_half_ms: told.done_ms.get(told.done_ms.len() / 2).copied().unwrap_or(0),
            real_records: told.records,
            real_requests: told.requests,
            real_refused: gate.full.saturating_add(gate.late),
            real_failed: told.failed,
            off_permille,
            fits: off_permille.unsigned_abs() <= OFF_PERMILLE,
        })
    }

    /// Has registers do some work at a central of their own.
    fn play(&self, registers: u32, work: Work) -> Result<(Told, GateCounts, u64), NotCompared> {
        let folder = folder()?;
        if let Some(url) = &self.database {
            let address = Address { url: url.clone(), password_file: None, authority: None };
            bind(&folder.0, &address)?;
        }
        know(&folder.0, self.seed, registers)?;
        let central = start(&folder.0)?;
        let order = Order {
            address: central.address(),
            central_key: central.door().public_key().to_string(),
            seed: self.seed,
            work,
        };
        let mut child = Command::new(&self.program)
            .args(["simulate", "--be-the-registers"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let told = order_and_hear(&mut child, &order, own_cpu_ms);
        child.wait()?;
        let (told, before_ms) = told?;
        let cpu_ms = own_cpu_ms().saturating_sub(before_ms);
        let counts = central.door().counts();
        central.stop();
        Ok((told, counts, cpu_ms))
    }
}

fn order_and_hear<T>(
    child: &mut Child,
    order: &Order,
    before: impl FnOnce() -> T,
) -> Result<(Told, T), NotCompared> {
    let mut to = child.stdin.take().ok_or(NotCompared::Silent)?;
    let mut from = BufReader::new(child.stdout.take().ok_or(NotCompared::Silent)?);
    writeln!(to, "{}", serde_json::to_string(order)?)?;
    to.flush()?;
    let mut line = String::new();
    from.read_line(&mut line)?;
    if line.trim() != "ready" {
        return Err(NotCompared::Silent);
    }
    let before = before();
    writeln!(to, "go")?;
    to.flush()?;
    line.clear();
    from.read_line(&mut line)?;
    if line.is_empty() {
        return Err(NotCompared::Silent);
    }
    Ok((serde_json::from_str(&line)?, before))
}

fn folder() -> Result<Folder, NotCompared> {
    let mut word = [0; 8];
    SystemEntropy.fill(&mut word).map_err(|_| NotCompared::Chance)?;
    let path = std::env::temp_dir().join(format!("tideover-simulate-{}", to_hex(&word)));
    std::fs::create_dir_all(&path)?;
    Ok(Folder(path))
}

/// Makes the keys of the registers known, as if each had been enrolled.
fn know(folder: &Path, seed: u64, registers: u32) -> Result<(), NotCompared> {
    let mut store = Backend::of_folder(folder)?.open()?;
    let now_ms = SystemClock::new(None).now().utc_ms;
    for place in 0..registers {
        let (number, register) = number_of(place);
        let key = key_of(seed, place)?.public();
        store.put_key(number, register, &key, Standing::Enrolled, now_ms)?;
    }
    Ok(())
}

fn start(folder: &Path) -> Result<Central, NotCompared> {
    let settings = Settings {
        folder: folder.to_owned(),
        listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        encryption: Encryption::None,
        also_certificates: Vec::new(),
        pack_key: None,
        packs: Arc::new(NoPacks),
        clock: Arc::new(SystemClock::new(None)),
        entropy: Arc::new(SystemEntropy),
        restored: false,
        operations: crate::central::operations::Operations::default(),
    };
    Ok(Central::start(settings)?)
}

/// The processor time of this process, in milliseconds; zero where the system does not say.
fn own_cpu_ms() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit(')').next().unwrap_or_default();
    let fields: Vec<u64> =
        after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    // In hundredths of a second.
    fields.into_iter().fold(0, u64::saturating_add).saturating_mul(10)
}
