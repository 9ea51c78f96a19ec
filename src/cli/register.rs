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
    /// Dark colors, for dim stores; Ctrl+T changes them at any time.
    #[arg(long)]
    pub dark: bool,
    /// The language of the window, en or es; Ctrl+E changes it at any time.
    #[arg(long, value_name = "WORD", value_parser = ["en", "es"])]
    pub language: Option<String>,
    /// A second window for the customer: off, window, or screen (the whole one it was moved to);
    /// Ctrl+D changes it at any time.
    #[arg(long, value_name = "WORD", value_parser = ["off", "window", "screen"])]
    pub customer: Option<String>,
    /// No tones; every notice is still shown.
    #[arg(long)]
    pub silent: bool,
    /// Slow each frame down by this much, to try how the window bears it.
    #[arg(long, value_name = "MS", default_value_t = 0, hide = true)]
    pub frame_delay_ms: u64,
    /// Note in this file how long keys take to be seen.
    #[arg(long, value_name = "FILE", hide = true)]
    pub frame_log: Option<PathBuf>,
    /// Let the window fail at a point of its own, as `drawing:300`: the 300th time it is passed;
    /// `drawing:300+`: each time from there on. Only in a program that is built for tests.
    #[cfg(feature = "gui-tests")]
    #[arg(long, value_name = "POINT:N", hide = true)]
    pub(super) window_fault: Option<super::window_fault::WindowFault>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when the register is not set up or the window can't be opened.
#[cfg(feature = "gui")]
pub fn run(args: &RegisterArgs, home: &Path, _: Output) -> Result<Ending, Failure> {
    use std::sync::Arc;
    use std::time::Duration;

    use super::look;
    use crate::device::clock::{Clock, SystemClock};
    use crate::device::entropy::SystemEntropy;
    use crate::device::marks;
    use crate::gui;
    use crate::peer::PackCarrier;
    use crate::probe::{Plan, SharedBoard, Watch};
    use crate::register::asking::{self, AskingParts};
    use crate::register::finder::FinderThread;
    use crate::register::packs_down::{self, Pace, PacksDown, PacksParts};
    use crate::register::peering;
    use crate::register::reconciling::{Reconciling, ReconcilingParts};
    use crate::register::sending::{Sending, SendingParts};
    use crate::register::settings::DataDir;
    use crate::register::startup::{self, World};
    use crate::register::training::Side;
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
        machine: marks::read(Path::new("/"), &data.0),
    };
    let status = startup::status_before(&settings, clock.as_ref());
    let plan = Plan::read(&data.0).inspect_err(|error| tracing::warn!(%error, "no probes"));
    let board = SharedBoard::of(plan.as_ref().map(Clone::clone).map_err(ToString::to_string));
    let seen = board.clone();
    // A window that was started to learn on stays there: nothing is sent for the other side.
    let (only, opened, real) = (args.training, data.clone(), settings.clone());
    let open = move |side| {
        let other = match side {
            Side::Training if !only => Some(opened.training(&real)),
            Side::Training | Side::Real => None,
        };
        let here = other.unwrap_or_else(|| Ok(opened.clone()));
        let register = here.map_err(startup::StartError::from).and_then(|data| {
            let mut register = startup::open(&data, &world)?;
            register.watch(seen.clone());
            if !only {
                register.allow_switching();
            }
            Ok(register)
        });
        register.map_err(startup::StartError::into_stopped)
    };
    let side = if args.training { Side::Training } else { Side::Real };
    let worker = Worker::spawn(Arc::clone(&clock), status, open, side)?;
    let watch = plan.ok().and_then(|plan| Watch::start(plan, board, Arc::clone(&clock), &data.0));
    let sending = match (&settings.central, startup::signing_key(&data, entropy.as_ref())) {
        (Some(central), Some(key)) => {
            let parts = SendingParts {
                central: central.clone(),
                key: Arc::new(key),
                place: data.place(&settings),
                data: data.clone(),
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
    if let (Some(central), Some(key)) =
        (&settings.central, startup::signing_key(&data, entropy.as_ref()))
    {
        let parts = AskingParts {
            central: central.clone(),
            key: Arc::new(key),
            place: data.place(&settings),
            entropy: Arc::<SystemEntropy>::clone(&entropy),
        };
        if let Err(error) = asking::start(parts, worker.handle()) {
            tracing::error!(%error, "central is not asked; selling goes on");
        }
    }
    let manager = match (&settings.central, startup::signing_key(&data, entropy.as_ref())) {
        (Some(central), Some(key)) if !settings.training => {
            let identity = settings.identity();
            let parts = ReconcilingParts {
                central: central.clone(),
                key: Arc::new(key),
                store: identity.store,
                register: identity.register,
                entropy: Arc::<SystemEntropy>::clone(&entropy),
                folder: data.closures_dir(),
            };
            let line = Reconciling::spawn(parts, worker.handle());
            let told = |error: &_| tracing::error!(%error, "no line for the manager");
            line.inspect_err(told).ok()
        }
        _ => None,
    };
    // A register to learn on has its prices from the real side's shelf.
    let desk = if settings.training {
        None
    } else {
        let told = |why: &String| tracing::error!(%why, "packs are brought by hand only");
        packs_down::desk(&data, &settings, &clock, Pace::USUAL).inspect_err(told).ok()
    };
    let packs = desk.clone().and_then(|desk| {
        let parts = PacksParts {
            central: settings.central.clone(),
            key: startup::signing_key(&data, entropy.as_ref()).map(Arc::new),
            place: data.place(&settings),
            clock: Arc::clone(&clock),
            entropy: Arc::<SystemEntropy>::clone(&entropy),
            pace: Pace::USUAL,
        };
        let told = |error: &_| tracing::error!(%error, "packs are brought by hand only");
        PacksDown::spawn(parts, desk, worker.handle()).inspect_err(told).ok()
    });
    // Beside the window: many copies take a while to be looked at.
    let (mirrored, till) = ((data.clone(), settings.clone()), worker.handle());
    let (time, chance) = (Arc::clone(&clock), Arc::<SystemEntropy>::clone(&entropy));
    let peers = std::thread::Builder::new().name("peers' start".to_owned()).spawn(move || {
        let carrier = desk.map(|desk| -> Arc<dyn PackCarrier> { desk });
        let (data, settings) = (&mirrored.0, &mirrored.1);
        peering::start_carrying(data, settings, &time, chance.as_ref(), &till, carrier)
    })?;
    let kept = look::read(&data.0);
    let theme = if args.dark { Some(gui::theme::Theme::Dark) } else { kept.theme };
    let language = args.language.as_deref().and_then(gui::language::Language::from_word);
    let customer = args.customer.as_deref().and_then(gui::customer::Display::from_word);
    let names = (data.clone(), settings.clone());
    let finder = FinderThread::spawn(move || startup::catalog(&names.0, &names.1))?;
    finder.handle().follow(worker.handle());
    let player = if args.silent { None } else { gui::tones::Player::start() };
    let tones: Box<dyn gui::tones::Tones> = match player {
        Some(player) => Box::new(player),
        None => Box::new(gui::tones::Silent),
    };
    let options = gui::WindowOptions {
        theme: theme.unwrap_or_default(),
        language: language.or(kept.language).unwrap_or_default(),
        customer: customer.or(kept.customer).unwrap_or_default(),
        customer_place: kept.customer_place,
        finder: Arc::new(finder.handle()),
        remember: look::keeper(&data.0),
        tones,
        fullscreen: !args.windowed,
        frame_delay: Duration::from_millis(args.frame_delay_ms),
        frame_log: match &args.frame_log {
            Some(path) => Some(gui::frame_log::FrameLog::to(std::fs::File::create(path)?)),
            None => None,
        },
        #[cfg(feature = "gui-tests")]
        faults: args.window_fault.clone().map(super::window_fault::WindowFault::hook),
        ..gui::WindowOptions::default()
    };
    let ended = gui::run(Arc::new(worker.handle()), options);
    if let Ok(Some(peers)) = peers.join() {
        peers.stop();
    }
    if let Some(packs) = packs {
        packs.stop();
    }
    if let Some(sending) = sending {
        sending.stop();
    }
    if let Some(manager) = manager {
        manager.stop();
    }
    if let Some(watch) = watch {
        watch.stop();
    }
    finder.stop();
    #[cfg(unix)]
    let mark = super::again::mark(&data);
    worker.stop();
    #[cfg(unix)]
    if matches!(ended, Err(gui::WindowError::Stopped { .. })) {
        super::again::start(&data, &mark, clock.as_ref());
    }
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
