//! Tideover tides a store over an outage.

pub mod device;
pub mod domain;
pub mod journal;
pub mod ledger;
pub mod register;
