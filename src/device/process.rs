//! What the running program forbids about itself: that its memory is written anywhere, or read by
//! other programs of its own user. And what it asks for: enough open files.
//!
//! Keys and PINs are in it while they are used. Swap is not forbidden here: the doctor tells of it.

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};

/// Memory is written to no core file, and no other program of this user can attach to it. Where
/// the system refuses, the program runs all the same.
pub fn keep_memory_private() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps could not be switched off");
    }
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "memory could not be closed to other programs");
    }
}

/// Handles that a line to another machine takes to be set up, and some to spare.
const HANDLES: usize = 8;

/// Looks whether a line can be set up now: libraries below it stop the thread that they are on
/// where the system gives them no handle.
///
/// # Errors
/// The system's, when it gives no more.
pub fn handles_left() -> std::io::Result<()> {
    let mut held = Vec::with_capacity(HANDLES);
    for _ in 0..HANDLES {
        held.push(std::fs::File::open("/dev/null")?);
    }
    Ok(())
}

/// Asks the system for as many open files and connections as are wanted; how many there may be.
pub fn open_files(wanted: u64) -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let current = limit.current.unwrap_or(u64::MAX);
    if current >= wanted {
        return current;
    }
    let most = limit.maximum.unwrap_or(wanted).min(wanted);
    let raised = Rlimit { current: Some(most), maximum: limit.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => most,
        Err(error) => {
            tracing::debug!(%error, "no more open files are allowed");
            current
        }
    }
}
