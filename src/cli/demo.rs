//! `tideover demo`: a store, a central and a register to try.
//!
//! ```text
//!  sample store ─▶ pack ─▶ register ⇄ central (in this process, on loopback)
//!      a display: the register's window, and the sums when it closes
//!      none:      an outage played in the terminal, and the sums at its end
//! ```

#[cfg(feature = "gui")]
mod window;

use std::path::{Path, PathBuf};

use clap::Args;

use crate::device::clock::{Clock as _, SystemClock};
use crate::device::entropy::SystemEntropy;
use crate::pack::{BuildOrder, Pack, PackSigner, PinCost, build, sample_store, version_after};
#[cfg(feature = "gui")]
use window::in_window;

use super::drill::{self, DrillArgs};
use super::output::{Ending, Failure, Output};

const SCENARIO: &str = include_str!("../../assets/demo/scenario.toml");
const BASKETS: &str = include_str!("../../assets/demo/baskets.jsonl");

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
