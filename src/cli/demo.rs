//! `tideover demo`: a store, a central and a register to try.
//!
//! ```text
//!  sample store ─▶ pack ─▶ register ⇄ central (in this process, on loopback)
//!      a display: the register's window, and the sums when it closes
//!      none:      an outage played in the terminal, and the sums at its end
//! ```

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use crate::central::packs::Packs;
use crate::device::clock::{Clock as _, SystemClock};
use crate::device::entropy::SystemEntropy;
use crate::device::key_store;
use crate::domain::ids::{RegisterNo, Seq};
use crate::domain::policy::Currency;
use crate::drill::embedded::{EmbeddedCentral, line_of};
use crate::journal::verify::{Depth, Known};
use crate::ledger::Reader;
use crate::pack::{
    BuildOrder, Pack, PackSigner, PinCost, Shelf, build, sample_store, version_after,
};
use crate::register::settings::{DataDir, Settings, SettingsError};

use super::drill::{self, DrillArgs};
use super::output::{Ending, Failure, Output};

const SCENARIO: &str = include_str!("../../assets/demo/scenario.toml");
const BASKETS: &str = include_str!("../../assets/demo/baskets.jsonl");
/// The demo's register.
const REGISTER: u16 = 7;

/// `tideover demo`
#[derive(Clone, Debug, Args, Default)]
pub struct DemoArgs {
    /// Keep everything in this folder; a second demo there goes on with it. Without it a
    /// temporary folder is used and removed.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Play an outage in the terminal, also where there is a display.
    #[arg(long)]
    pub terminal: bool,
    /// Cover the whole screen.
    #[arg(long)]
    pub fullscreen: bool,
    /// Dark colors.
    #[arg(long)]
    pub dark: bool,
    /// Slow each frame down by this much, to try how the window bears it.
    #[arg(long, value_name = "MS", default_value_t = 0, hide = true)]
    pub frame_delay_ms: u64,
}

/// What the register and central hold when the window is closed.
#[derive(Clone, Debug, Serialize)]
pub struct DemoReport {
    /// True when central has everything and the sums are the same.
    pub agrees: bool,
    /// Where it all lies.
    pub folder: String,
    /// Records in the journal.
    pub records: u64,
    /// Findings of its verification.
    pub findings: Vec<String>,
    /// Sales and refunds in the ledger.
    pub ledger_sales: u64,
    /// Their money.
    pub ledger_money: String,
    /// Sales and refunds at central.
    pub central_sales: u64,
    /// Their money.
    pub central_money: String,
    /// What central would ask a person to look at.
    pub exceptions: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when the demo can't be set up.
pub fn run(args: &DemoArgs, output: Output) -> Result<Ending, Failure> {
    let temporary;
    let dir = match &args.data {
        Some(dir) => dir.as_path(),
        None => {
            temporary = drill::TemporaryFolder::make()?;
            &temporary.0
        }
    };
    std::fs::create_dir_all(dir)?;
    let signer = signer(dir)?;
    let pack_file = pack_file(dir, &signer)?;
    match display(args) {
        Ok(()) => in_window(args, dir, &signer, &pack_file, output),
        Err(why) => {
            output.tell(why);
            in_terminal(dir, &pack_file, output)
        }
    }
}

/// Whether a window can be opened; the words say why not.
#[cfg(feature = "gui")]
fn display(args: &DemoArgs) -> Result<(), String> {
    if args.terminal {
        return Err("Playing an outage in the terminal.\n".to_owned());
    }
    crate::gui::launch::check()
        .map_err(|why| format!("{why}\n\nPlaying an outage in the terminal instead.\n"))
}

#[cfg(not(feature = "gui"))]
fn display(_: &DemoArgs) -> Result<(), String> {
    Err("Playing an outage in the terminal.\n".to_owned())
}

fn signer(dir: &Path) -> Result<PackSigner, Failure> {
    let file = dir.join("pack.key");
    if file.exists() {
        Ok(PackSigner::open(&file)?)
    } else {
        Ok(PackSigner::create(&file, &SystemEntropy)?)
    }
}

fn pack_file(dir: &Path, signer: &PackSigner) -> Result<PathBuf, Failure> {
    let out = dir.join("market.pack");
    let clock = SystemClock::new(None);
    let before = Pack::open(&out, &signer.public()).ok();
    let now = clock.now();
    let version = version_after(before.as_ref().map(Pack::version), now.local_date());
    let version = version.ok_or("the pack's version can't be counted further; use a new folder")?;
    let source = sample_store();
    build(
        &BuildOrder {
            source: &source,
            out: &out,
            signer,
            version: &version,
            published_at: now,
            skip_bad_rows: false,
            pin_cost: PinCost::DEFAULT,
            entropy: &SystemEntropy,
        },
        &|_| (),
    )?;
    Ok(out)
}

fn in_terminal(dir: &Path, pack_file: &Path, output: Output) -> Result<Ending, Failure> {
    let (scenario, baskets) = (dir.join("scenario.toml"), dir.join("baskets.jsonl"));
    std::fs::write(&scenario, SCENARIO)?;
    std::fs::write(&baskets, BASKETS)?;
    let args = DrillArgs {
        scenario,
        baskets,
        pack: Some(pack_file.to_owned()),
        registers: 2,
        offset: -360,
        data: Some(dir.join("drill")),
        central: None,
        codes: Vec::new(),
        echo: false,
    };
    drill::run(&args, output)
}

#[cfg(feature = "gui")]
fn in_window(
    args: &DemoArgs,
    dir: &Path,
    signer: &PackSigner,
    pack_file: &Path,
    output: Output,
) -> Result<Ending, Failure> {
    let data = DataDir(dir.join("register"));
    let mut central = set_up(dir, &data, signer, pack_file)?;
    let url = central.central()?.url();
    output.tell(format_args!(
        "Tideover Market is open: register {REGISTER}, central at {url}\n\n  \
         cashier  31   PIN 480273\n  lead     41   PIN 702946\n\n\
         Type 0.65*4011 and Enter for bananas, or any code of assets/sample-store/items.csv.\n\
         F1 is help. Close the window to see what central has.\n"
    ));
    let window = super::register::RegisterArgs {
        data: Some(data.0.clone()),
        training: false,
        windowed: !args.fullscreen,
        dark: args.dark,
        frame_delay_ms: args.frame_delay_ms,
        ..super::register::RegisterArgs::default()
    };
    super::register::run(&window, &data.0, output)?;
    let report = settle(dir, &data, &mut central, output)?;
    central.stop();
    output.say(&report)?;
    Ok(Ending::fine_if(report.agrees))
}

#[cfg(not(feature = "gui"))]
fn in_window(
    _: &DemoArgs,
    dir: &Path,
    _: &PackSigner,
    pack_file: &Path,
    output: Output,
) -> Result<Ending, Failure> {
    in_terminal(dir, pack_file, output)
}

/// Makes the register and its central, or finds those of an earlier demo.
fn set_up(
    dir: &Path,
    data: &DataDir,
    signer: &PackSigner,
    pack_file: &Path,
) -> Result<EmbeddedCentral, Failure> {
    let pack = Pack::open(pack_file, &signer.public())?;
    let policy = pack.policy().clone();
    std::fs::create_dir_all(&data.0)?;
    Shelf::open(&data.packs_dir())?.apply(pack_file, &signer.public(), policy.store)?;
    let packs = Packs::open(&data.packs_dir(), &signer.public())?;
    let central = EmbeddedCentral::start(&dir.join("central"), signer.public().0, Arc::new(packs))?;
    let settings = match data.settings() {
        // The port is another one at each start.
        Ok(mut settings) => {
            if let Some(line) = &mut settings.central {
                line.url = central.central()?.url();
            }
            settings
        }
        Err(SettingsError::NotSetUp(_)) => {
            let key = key_store::load_or_create(&data.key_path(), &SystemEntropy)?;
            let enrollment = central.enroll(policy.store, RegisterNo(REGISTER), &key)?;
            data.write_recovery_key(&central.phone_key(&enrollment, &key)?)?;
            Settings {
                store: policy.store.0,
                register: REGISTER,
                pack_key: signer.public().to_string(),
                time_zone: Some(policy.time_zone.clone()),
                central: Some(line_of(&enrollment)),
                tape_dir: None,
                anchor_dir: None,
                receipts: Some(data.0.join("receipts.txt")),
                printer: None,
                peers: None,
                training: false,
            }
        }
        Err(error) => return Err(error.into()),
    };
    data.write_settings(&settings)?;
    Ok(central)
}

/// Sends what is left and compares.
fn settle(
    dir: &Path,
    data: &DataDir,
    central: &mut EmbeddedCentral,
    output: Output,
) -> Result<DemoReport, Failure> {
    output.tell(super::sync::push_register(data, output)?);
    let settings = data.settings()?;
    let reader = Reader::open(&data.place(&settings))?;
    let pending = reader.pending_from(Seq(0))?;
    let (mut records, mut findings) = (0, Vec::new());
    for journal in reader.journals()? {
        let report = reader.verify(&journal, Depth::Full, Known::default(), &mut |_| ())?;
        records = report.records.saturating_add(records);
        findings.extend(report.findings.iter().map(|f| format!("record {}: {}", f.seq, f.text)));
    }
    let running = central.central()?;
    let store = settings.identity().store;
    let totals = running.totals(store, None)?;
    let money = totals.total.plus(totals.rounding)?;
    let groups = running.door().exceptions(Some(store))?;
    let central_sales = totals.sales.saturating_add(totals.refunds);
    let currency = Currency::Usd;
    Ok(DemoReport {
        agrees: findings.is_empty() && central_sales == pending.sales && money == pending.money,
        folder: dir.display().to_string(),
        records,
        findings,
        ledger_sales: pending.sales,
        ledger_money: currency.format(pending.money),
        central_sales,
        central_money: currency.format(money),
        exceptions: groups
            .into_iter()
            .map(|group| format!("{}: {} ({} times)", group.level, group.text, group.count))
            .collect(),
    })
}

impl fmt::Display for DemoReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "                 sales          money")?;
        writeln!(f, "  ledger   {:>11}{:>15}", self.ledger_sales, self.ledger_money)?;
        writeln!(f, "  central  {:>11}{:>15}", self.central_sales, self.central_money)?;
        for finding in &self.findings {
            writeln!(f, "  {finding}")?;
        }
        if !self.exceptions.is_empty() {
            writeln!(f, "\n  For a person to look at:")?;
            for exception in &self.exceptions {
                writeln!(f, "    {exception}")?;
            }
        }
        if self.agrees {
            write!(
                f,
                "\n  All {} records are verified, at central once, and agree to the cent.",
                self.records
            )
        } else {
            write!(
                f,
                "\n  NOT in agreement: look at the lines above. The journal is in {}",
                self.folder
            )
        }
    }
}
