//! Tideover tides a store over an outage.
//!
//! When a retailer's central systems are down, a register starts Tideover and keeps selling for
//! cash and checks; when they return, everything it did is handed over, once, provably, to the
//! cent. The map of the modules is docs/architecture.md.

#[cfg(feature = "central")]
pub mod central;
pub mod cli;
pub mod device;
pub mod domain;
pub mod drill;
#[cfg(feature = "central")]
pub mod fleet;
#[cfg(feature = "gui")]
pub mod gui;
pub mod journal;
pub mod ledger;
pub mod pack;
pub mod peer;
pub mod probe;
pub mod program;
pub mod receipt;
pub mod reconcile;
pub mod register;
pub mod sync;
