//! `tideover register`: this machine's register, in its window.

use std::path::{Path, PathBuf};

use clap::Args;

use super::output::{Ending, Failure, Output};

/// `tideover register`
#[derive(Clone, Debug, Default, Args)]
pub struct RegisterArgs {
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// In a window instead of the whole screen.
    #[arg(long)]
    pub windowed: bool,
    /// To learn on: the same screens and prices, nothing counts, nothing is sent.
    #[arg(long)]
    pub training: bool,
    /// Dark colors, for dim stores.
    #[arg(long)]
    pub dark: bool,
    /// Slow each frame down by this much, to try how the window bears it.
    #[arg(long, value_name = "MS", default_value_t = 0, hide = true)]
    pub frame_delay_ms: u64,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when the register is not set up or the window can't be opened.
#[cfg(feature = "gui")]
pub fn run(args: &RegisterArgs, home: &Path, _: Output) -> Result<Ending, Failure> {
    use std::sync::Arc;
    use std::time::Duration;

    use crate::device::clock::{Clock, SystemClock};
    use crate::device::entropy::SystemEntropy;
    use crate::gui;
    use crate::register::sending::{Sending, SendingParts};
    use crate::register::settings::DataDir;
    use crate::register::startup::{self, World};
    use crate::register::worker::Worker;

    let data = DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()));
    let mut data = data;
    let mut settings = data.settings()?;
    if args.training {
        data = data.training(&settings)?;
        settings = data.settings()?;
    }
    // Before anything is opened: a machine without a display keeps its ledger free.
    gui::launch::check()?;
    crate::ledger::not_in_use(&data.place(&settings).dir)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(settings.time_zone.as_deref()));
    let entropy = Arc::new(SystemEntropy);
    let world = World {
        clock: Arc::clone(&clock),
        entropy: Arc::<SystemEntropy>::clone(&entropy),
        faults: None,
    };
    let status = startup::status_before(&settings, clock.as_ref());
    let opened = data.clone();
    let worker = Worker::spawn(Arc::clone(&clock), status, move || {
        startup::open(&opened, &world).map_err(startup::StartError::into_stopped)
    })?;
    let sending = match (&settings.central, startup::signing_key(&data, entropy.as_ref())) {
        (Some(central), Some(key)) => {
            let parts = SendingParts {
                central: central.clone(),
                key: Arc::new(key),
                place: data.place(&settings),
                clock: Arc::clone(&clock),
                entropy: Arc::<SystemEntropy>::clone(&entropy),
            };
            match Sending::spawn(parts, worker.handle()) {
                Ok(sending) => Some(sending),
                Err(error) => {
                    tracing::error!(%error, "nothing is sent; selling goes on");
                    None
                }
            }
        }
        _ => None,
    };
    let theme = if args.dark { gui::theme::Theme::Dark } else { gui::theme::Theme::Light };
    let options = gui::WindowOptions {
        theme,
        fullscreen: !args.windowed,
        frame_delay: Duration::from_millis(args.frame_delay_ms),
        ..gui::WindowOptions::default()
    };
    let ended = gui::run(Arc::new(worker.handle()), options);
    if let Some(sending) = sending {
        sending.stop();
    }
    worker.stop();
    ended?;
    Ok(Ending::Fine)
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] always: this program was built without its window.
#[cfg(not(feature = "gui"))]
pub fn run(_: &RegisterArgs, _: &Path, _: Output) -> Result<Ending, Failure> {
    Err(Failure::from(NoWindow))
}

/// The program has no window.
#[cfg(not(feature = "gui"))]
#[derive(Debug, thiserror::Error)]
#[error("this program was built without its window; install the one with it. Nothing was changed")]
struct NoWindow;
