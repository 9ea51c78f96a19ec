//! Tideover tides a store over an outage.

pub mod device;
pub mod domain;
pub mod drill;
pub mod journal;
pub mod register;
