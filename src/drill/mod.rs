//! A drill: an outage played on a store's own baskets, as a rehearsal and as proof.
//!
//! It drives the same register a cashier drives, never a second implementation of it.

pub mod baskets;
