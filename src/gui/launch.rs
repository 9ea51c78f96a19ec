//! Opening the window, and saying plainly why it cannot be opened.
//!
//! The window's libraries are looked up while it runs (none is needed to build). Where one is
//! missing the library underneath gives an unclear error or, for one of them, panics; so display
//! and libraries are looked for first, and the message names the line that installs them.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::window::{RegisterWindow, WindowOptions};
use crate::register::till::Till;

/// What a bare Debian 12 or Ubuntu lacks for a window on X11.
pub const APT_X11: &str = "apt-get install -y --no-install-recommends libx11-6 libx11-xcb1 \
                           libxcursor1 libxi6 libxkbcommon-x11-0 libgl1";
/// The same on Wayland.
pub const APT_WAYLAND: &str = "apt-get install -y --no-install-recommends libwayland-client0 \
                               libwayland-egl1 libegl1 libxkbcommon0";

/// The shared objects that are opened while the window runs on X11.
const X11_LIBRARIES: [&str; 6] = [
    "libX11.so.6",
    "libX11-xcb.so.1",
    "libXcursor.so.1",
    "libXi.so.6",
    "libxkbcommon-x11.so.0",
    "libGL.so.1",
];
/// The same on Wayland.
const WAYLAND_LIBRARIES: [&str; 4] =
    ["libwayland-client.so.0", "libwayland-egl.so.1", "libEGL.so.1", "libxkbcommon.so.0"];

/// Where Debian, Ubuntu, Fedora and Alpine keep shared objects.
const LIBRARY_FOLDERS: [&str; 10] = [
    "/lib",
    "/usr/lib",
    "/lib64",
    "/usr/lib64",
    "/usr/local/lib",
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib/arm-linux-gnueabihf",
];

/// Why there is no window. Nothing was sold and nothing is lost; the other commands work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WindowError {
    /// Neither an X11 nor a Wayland display.
    #[error(
        "there is no display to open the register's window on (DISPLAY and WAYLAND_DISPLAY are \
         not set); nothing was sold; start it from a desktop session, or use the commands that \
         need no window"
    )]
    NoDisplay,
    /// Shared objects are missing.
    #[error(
        "the register's window needs libraries that are not installed here: {}; nothing was sold; \
         install them with\n  {apt}\nor use the commands that need no window",
        missing.join(", ")
    )]
    MissingLibraries {
        /// Their names.
        missing: Vec<&'static str>,
        /// The line that installs them.
        apt: &'static str,
    },
    /// The window was open and ended by a fault.
    #[error(
        "the register's window stopped: {reason}; every sale that was shown as paid is recorded; \
         start the register again, it shows what was in flight"
    )]
    Stopped {
        /// In the words of what stopped it.
        reason: String,
    },
    /// The libraries are there, and the window did not open all the same.
    #[error(
        "the register's window did not open: {reason}; nothing was sold; check that the display \
         accepts windows and that OpenGL 2.0 works, and that these are installed:\n  {apt}"
    )]
    NotOpened {
        /// In the words of the library underneath.
        reason: String,
        /// The line that installs what is usually missing.
        apt: &'static str,
    },
}

/// What the window will talk to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Display {
    X11,
    Wayland,
}

/// Looks for a display and the libraries without opening anything.
///
/// # Errors
/// [`WindowError::NoDisplay`] or [`WindowError::MissingLibraries`].
pub fn check() -> Result<(), WindowError> {
    let set = |name: &str| std::env::var_os(name);
    let folders = library_folders(set("LD_LIBRARY_PATH"), loader_cache());
    check_with(set("DISPLAY"), set("WAYLAND_DISPLAY"), &|library| {
        folders.iter().any(|folder| folder.join(library).exists())
    })
}

fn check_with(
    display: Option<OsString>,
    wayland: Option<OsString>,
    found: &dyn Fn(&str) -> bool,
) -> Result<(), WindowError> {
    let given = |value: &Option<OsString>| value.as_ref().is_some_and(|v| !v.is_empty());
    let kinds = [(Display::Wayland, given(&wayland)), (Display::X11, given(&display))];
    // Where not even the C library is found the folders are others than those known here, and
    // nothing can be said beforehand.
    if !found("libc.so.6") && kinds.iter().any(|(_, given)| *given) {
        return Ok(());
    }
    let mut refused = None;
    for (kind, _) in kinds.into_iter().filter(|(_, given)| *given) {
        let missing: Vec<&'static str> =
            libraries(kind).iter().copied().filter(|library| !found(library)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        refused = Some(WindowError::MissingLibraries { missing, apt: apt(kind) });
    }
    Err(refused.unwrap_or(WindowError::NoDisplay))
}

const fn libraries(kind: Display) -> &'static [&'static str] {
    match kind {
        Display::X11 => &X11_LIBRARIES,
        Display::Wayland => &WAYLAND_LIBRARIES,
    }
}

const fn apt(kind: Display) -> &'static str {
    match kind {
        Display::X11 => APT_X11,
        Display::Wayland => APT_WAYLAND,
    }
}

/// The folders the dynamic loader looks in: those of the environment, the usual ones, and those
/// that its configuration adds.
fn library_folders(path: Option<OsString>, configured: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        path.iter().flat_map(|path| std::env::split_paths(path).collect::<Vec<_>>()).collect();
    folders.extend(LIBRARY_FOLDERS.iter().map(PathBuf::from));
    folders.extend(configured);
    folders
}

/// The folders named in `/etc/ld.so.conf.d`; none when it cannot be read.
fn loader_cache() -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir("/etc/ld.so.conf.d") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
        .flat_map(|text| text.lines().map(str::trim).map(PathBuf::from).collect::<Vec<_>>())
        .filter(|folder| folder.is_absolute() && folder != Path::new("/"))
        .collect()
}

/// Opens the window on `till` and stays until it is closed.
///
/// # Errors
/// [`WindowError`]: [`WindowError::Stopped`] after the window was open, all others before anything
/// is shown.
pub fn run(till: Arc<dyn Till>, options: WindowOptions) -> Result<(), WindowError> {
    run_app(options.fullscreen, move |ctx| Box::new(RegisterWindow::new(ctx, till, options)))
}

/// Opens a window that `make` fills and stays until it is closed.
///
/// # Errors
/// The same as [`run`].
pub fn run_app(
    fullscreen: bool,
    make: impl FnOnce(&egui::Context) -> Box<dyn eframe::App>,
) -> Result<(), WindowError> {
    check()?;
    let opened = Arc::new(AtomicBool::new(false));
    let tell = Arc::clone(&opened);
    // The last net: a library that is there but broken may still panic underneath.
    let ended = catch_unwind(AssertUnwindSafe(|| open(fullscreen, make, &tell)));
    let opened = opened.load(Ordering::SeqCst);
    let reason = match ended {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        // What a fault says of itself may hold what stood on the screen; the log has its place.
        Err(_) if opened => "a fault in the program".to_owned(),
        Err(panic) => words_of(panic.as_ref()),
    };
    if opened {
        return Err(WindowError::Stopped { reason });
    }
    let wayland = std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty());
    let kind = if wayland { Display::Wayland } else { Display::X11 };
    Err(WindowError::NotOpened { reason, apt: apt(kind) })
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "it ended without a word".to_owned())
}

fn open(
    fullscreen: bool,
    make: impl FnOnce(&egui::Context) -> Box<dyn eframe::App>,
    opened: &Arc<AtomicBool>,
) -> eframe::Result {
    let opened = Arc::clone(opened);
    let viewport = egui::ViewportBuilder::default()
        .with_app_id("tideover")
        .with_title("Tideover register")
        .with_inner_size([1280.0, 720.0])
        .with_min_inner_size([720.0, 480.0])
        .with_fullscreen(fullscreen);
    let native = eframe::NativeOptions {
        viewport,
        renderer: eframe::Renderer::Glow,
        // Against bands in gradients. There are none, and without it software painting is faster.
        dithering: false,
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        "tideover",
        native,
        Box::new(move |cc| {
            opened.store(true, Ordering::SeqCst);
            Ok(make(&cc.egui_ctx))
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<OsString> {
        Some(OsString::from(text))
    }

    #[test]
    fn without_a_display_the_message_says_so() {
        let error = check_with(None, name(""), &|_| true).expect_err("no display");
        assert!(error.to_string().contains("no display"), "{error}");
    }

    #[test]
    fn a_missing_library_is_named_with_the_line_that_installs_it() {
        let error = check_with(name(":0"), None, &|library| library != "libxkbcommon-x11.so.0")
            .expect_err("missing");
        let text = error.to_string();
        assert!(text.contains("libxkbcommon-x11.so.0"), "{text}");
        assert!(text.contains("apt-get install -y --no-install-recommends libx11-6"), "{text}");
        assert!(!text.contains("libX11.so.6,"), "only what is missing: {text}");
    }

    #[test]
    fn where_libraries_live_elsewhere_nothing_is_refused_beforehand() {
        assert!(check_with(name(":0"), None, &|_| false).is_ok());
        assert!(check_with(None, None, &|_| false).is_err(), "without a display it is");
    }

    #[test]
    fn one_display_that_works_is_enough() {
        let x11_only = |library: &str| library == "libc.so.6" || X11_LIBRARIES.contains(&library);
        assert!(check_with(name(":0"), name("wayland-0"), &x11_only).is_ok());
        assert!(check_with(None, name("wayland-0"), &x11_only).is_err());
    }
}
