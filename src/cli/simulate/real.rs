//! A real central beside real registers: what its work costs, and whether the simulation tells
//! their drain.
//!
//! ```text
//!  this process: central, in a folder that goes away ◀─ loopback ─▶ another one: the registers
//!      the times of each kind of request ─▶ Measured ─▶ fleet::run ─▶ beside what really happened
//! ```

use std::cell::{Cell, OnceCell};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use serde::Serialize;

use crate::central::backend::{Address, Backend, bind};
use crate::central::serve::{Central, Encryption, NotServing, Settings};
use crate::central::store::{Standing, StoreError};
use crate::device::clock::{Clock as _, SystemClock};
use crate::device::entropy::{Entropy as _, SystemEntropy};
use crate::fleet::{Drain, Measured, NotAPlan, Own, Plan, Point, run, starts};
use crate::journal::hash::to_hex;
use crate::reconcile::packs::NoPacks;

use super::asking::What;
use super::clients::{Order, Told, Work, cpu_ms, key_of, number_of};
use crate::cli::output::Output;

/// Lines that ask at once while the work's times are measured: as many small words as central
/// answers at once, so that the machine is as full as in a drain.
const LINES: u32 = 48;
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
    /// How often registers did something, and the folder of a database's central.
    pub(super) plays: Cell<u64>,
    /// See above.
    pub(super) kept: OnceCell<Folder>,
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
    /// Records a second between a tenth and nine tenths of the real registers.
    pub(super) real_goodput: u64,
    /// Real requests and connections.
    pub(super) real_requests: u64,
    /// See above.
    pub(super) real_connections: u64,
    /// Deliveries that were refused, and small words.
    pub(super) real_refused: u64,
    /// See above.
    pub(super) real_words_refused: u64,
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
pub(super) struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is a temporary folder's affair.
        std::fs::remove_dir_all(&self.0).ok();
    }
}

impl Real {
    /// Has something asked or made again and again on [`LINES`] lines: what was told, and the
    /// microseconds of each.
    fn ask(&self, what: What, output: Output) -> Result<(Told, u64), NotCompared> {
        let times = self.times.div_ceil(LINES).max(1);
        let (told, cpu_ms) = self.play(LINES, Work::Ask { lines: LINES, times, what })?;
        let each = |ms: u64| ms.saturating_mul(1_000).checked_div(told.requests).unwrap_or(0);
        let us = each(told.took_ms);
        output.tell(format!(
            "{what:?}: {} in {} ms, {us} us each; processor time of central {} us each, of the \
             others {}; {} told to come later, {} not as wanted",
            told.requests,
            told.took_ms,
            each(cpu_ms),
            each(told.cpu_ms),
            told.words_busy.saturating_add(told.busy),
            told.failed
        ));
        Ok((told, us.max(1)))
    }

    /// Measures what each kind of request costs.
    pub(super) fn measure(&self, output: Output) -> Result<Measured, NotCompared> {
        let (_, hello_us) = self.ask(What::Hello, output)?;
        let (_, anew_us) = self.ask(What::HelloAnew, output)?;
        let (_, announce_us) = self.ask(What::Announce, output)?;
        let (_, refusal_us) = self.ask(What::Refused, output)?;
        let mut deliveries = Vec::new();
        let mut bytes_a_record = 0;
        for size in &self.sizes {
            let (told, us) = self.ask(What::Segments(*size), output)?;
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
            own: None,
        })
    }

    /// Measures what registers do themselves.
    fn measure_own(&self, output: Output) -> Result<Own, NotCompared> {
        let (_, announce_us) = self.ask(What::MakesAnnounce, output)?;
        let (_, opening_us) = self.ask(What::Opens, output)?;
        let mut segments = Vec::new();
        for size in &self.sizes {
            let (_, us) = self.ask(What::MakesSegments(*size), output)?;
            segments.push(Point { records: u64::from(*size), us });
        }
        Ok(Own { announce_us, segments, opening_us })
    }

    /// How long the fleet takes, in milliseconds, where all its work goes on at once and each
    /// register wakes for it, a request of each in turn: nobody is refused, and nobody waits.
    fn in_turn(&self, fleet: &[(u32, u64)], output: Output) -> Result<u64, NotCompared> {
        let all: Vec<u32> = fleet.iter().map(|(records, _)| *records).collect();
        let registers = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let work = Work::InTurn { at_once: LINES, fleet: all };
        let (told, cpu_ms) = self.play(registers, work)?;
        let us = told.took_ms.saturating_mul(1_000).checked_div(u64::from(registers));
        output.tell(format!(
            "{registers} registers in turn, {LINES} at once: {} ms, {} us each; {}",
            told.took_ms,
            us.unwrap_or(0),
            had(&told, cpu_ms)
        ));
        Ok(told.took_ms)
    }

    /// Drains a fleet of real registers, and the same one simulated. The machine may be another one
    /// in each minute, so what the work takes is measured before the drain and after it.
    pub(super) fn compare(&self, plan: &Plan, output: Output) -> Result<Compared, NotCompared> {
        plan.check()?;
        let own = Some(self.measure_own(output)?);
        let parts = Measured { own, ..self.measure(output)? };
        let fleet = starts(plan, &parts);
        let parts_us = fleet.iter().map(|(records, _)| parts.register_us(u64::from(*records)));
        let parts_us = parts_us.fold(0, u64::saturating_add);
        let before_ms = self.in_turn(&fleet, output)?;
        let count = u32::try_from(fleet.len()).unwrap_or(u32::MAX);
        let (told, cpu_ms) = self.play(count, Work::Drain(fleet.clone()))?;
        output.tell(format!("{count} real registers: {} ms; {}", told.took_ms, had(&told, cpu_ms)));
        // What disturbs makes it longer.
        let quicker_us = before_ms.min(self.in_turn(&fleet, output)?).saturating_mul(1_000);
        let permille = quicker_us.saturating_mul(1_000).checked_div(parts_us).unwrap_or(1_000);
        output.tell(format!(
            "all in turn takes {}.{:03} of its parts by themselves",
            permille / 1_000,
            permille % 1_000
        ));
        let measured = parts.at(permille);
        let simulated = run(plan, &measured)?;
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
            real_goodput: goodput(&told),
            real_requests: told.requests,
            real_connections: told.connections,
            real_refused: told.busy,
            real_words_refused: told.words_busy,
            real_failed: told.failed,
            off_permille,
            fits: off_permille.unsigned_abs() <= OFF_PERMILLE,
        })
    }

    /// Has registers do some work: at a central of their own, or at the one of the database. Each
    /// time they are other registers, so that nothing of theirs is there already.
    fn play(&self, registers: u32, work: Work) -> Result<(Told, u64), NotCompared> {
        let plays = self.plays.get().saturating_add(1);
        self.plays.set(plays);
        let seed = self.seed ^ (plays << 32);
        let own;
        let folder = match &self.database {
            None => {
                own = folder()?;
                &own.0
            }
            Some(url) => {
                let kept = match self.kept.get() {
                    Some(kept) => kept,
                    None => {
                        let made = folder()?;
                        let (url, password_file, authority) = (url.clone(), None, None);
                        bind(&made.0, &Address { url, password_file, authority })?;
                        self.kept.get_or_init(|| made)
                    }
                };
                &kept.0
            }
        };
        know(folder, seed, registers)?;
        let central = start(folder)?;
        let order = Order {
            address: central.address(),
            central_key: central.door().public_key().to_string(),
            seed,
            work,
        };
        let mut child = Command::new(&self.program)
            .args(["simulate", "--be-the-registers"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let told = order_and_hear(&mut child, &order, cpu_ms);
        child.wait()?;
        let (told, before_ms) = told?;
        let took_cpu_ms = cpu_ms().saturating_sub(before_ms);
        if self.database.is_some() {
            // What is made of records is not to go on beside what is measured next.
            central.settle();
        }
        central.stop();
        Ok((told, took_cpu_ms))
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

/// Records a second while the middle eight tenths of the registers became done.
fn goodput(told: &Told) -> u64 {
    let at = |tenths: usize| {
        let place = told.done_ms.len().saturating_mul(tenths) / 10;
        told.done_ms.get(place).copied().unwrap_or(0)
    };
    let middle_ms = at(9).saturating_sub(at(1)).max(1);
    told.records.saturating_mul(800).checked_div(middle_ms).unwrap_or(0)
}

/// What part of the machine central and registers had: what others had makes a drain longer.
fn had(told: &Told, cpu_ms: u64) -> String {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let processors = u64::try_from(processors).unwrap_or(1);
    let all_ms = told.took_ms.saturating_mul(processors);
    let percent = |ms: u64| ms.saturating_mul(100).checked_div(all_ms).unwrap_or(0);
    format!(
        "central had {} percent of {processors} processors, registers {}",
        percent(cpu_ms),
        percent(told.cpu_ms)
    )
}
