//! Tideover tides a store over an outage.

pub mod cli;
pub mod device;
pub mod domain;
pub mod pack;
pub mod register;
