//! Tideover tides a store over an outage.

pub mod domain;
