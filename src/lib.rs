//! Tideover tides a store over an outage.

#[cfg(feature = "central")]
pub mod central;
pub mod cli;
pub mod device;
pub mod domain;
pub mod journal;
pub mod reconcile;
pub mod register;
pub mod sync;
