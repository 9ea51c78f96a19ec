//! What the running program forbids about itself: that its memory is written anywhere, or read by
//! other programs of its own user.
//!
//! Keys and PINs are in it while they are used. Swap is not forbidden here: the doctor tells of it.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

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
