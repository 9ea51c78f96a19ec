//! Tideover tides a store over an outage.

pub mod device;
pub mod domain;
#[cfg(feature = "gui")]
pub mod gui;
pub mod register;
