//! The demo's register in its window, beside a central in this process.
//!
//! ```text
//!  register ⇄ central ─ the window closes ─▶ what is left is sent ─▶ both are compared
//! ```

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::central::packs::Packs;
use crate::cli::output::{Ending, Failure, Output};
use crate::device::entropy::SystemEntropy;
use crate::device::key_store;
use crate::domain::ids::{RegisterNo, Seq};
use crate::domain::policy::Currency;
use crate::drill::embedded::{EmbeddedCentral, line_of};
use crate::journal::verify::{Depth, Known};
use crate::ledger::Reader;
use crate::pack::{Pack, PackSigner, Shelf};
use crate::register::settings::{DataDir, Settings, SettingsError};

use super::DemoArgs;

/// The demo's register.
const REGISTER: u16 = 7;

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

/// Opens the demo's register in its window; the sums when it closes.
pub(super) fn in_window(
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
    let window = crate::cli::register::RegisterArgs {
        data: Some(data.0.clone()),
        training: false,
        windowed: !args.fullscreen,
        dark: args.dark,
        frame_delay_ms: args.frame_delay_ms,
        ..crate::cli::register::RegisterArgs::default()
    };
    crate::cli::register::run(&window, &data.0, output)?;
    let report = settle(dir, &data, &mut central, output)?;
    central.stop();
    output.say(&report)?;
    Ok(Ending::fine_if(report.agrees))
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
    output.tell(crate::cli::sync::push_register(data, output)?);
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
