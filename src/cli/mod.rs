//! What the commands do, one file a command: functions that return a report, which prints itself
//! for people and serializes for machines. Nothing here prints or exits.

#[cfg(feature = "central")]
pub mod central;
pub mod enroll;
pub mod import;
pub mod sync;
