//! Receives journals, keeps their bytes, says so durably, and only then looks at what they say.
//!
//! ```text
//!  HTTP (http) ─▶ door ─▶ check frame, signature, chain ─▶ ingest (pure) ─▶ store: one
//!                   │                                        transaction, COMMIT ─▶ signed answer
//!                   └─ gate (admission): a refused caller gets a turn of its own
//!  project: stored segments ─▶ each record's signature ─▶ reconcile's rules ─▶ rows, exceptions
//! ```
//!
//! Nothing a record says can make central refuse it. Answers are signed by central's key, after
//! the commit. docs/central.md is for those who run it.

pub mod admission;
pub mod asides;
pub mod backend;
pub mod backup_check;
mod caught_up;
mod claims;
pub mod close;
#[cfg(test)]
pub mod conformance;
mod control;
pub mod counters;
mod damaged;
pub mod destruction;
pub mod door;
mod enrolling;
pub mod export;
mod form;
pub mod gate;
mod goods_rows;
mod held;
mod http;
pub mod ingest;
pub mod ingested;
pub mod lines;
mod manager;
mod marks;
mod metrics;
pub mod operations;
pub mod packs;
pub mod page;
pub mod paper_slips;
pub mod postgres;
pub mod project;
pub mod published;
pub mod queue;
pub mod rain_checks;
pub mod readiness;
pub mod recovery;
mod refusal;
pub mod revocation;
pub mod rotation;
pub mod seal_key;
mod sealed_data;
pub mod serve;
mod sign_in;
pub mod sqlite;
mod stages;
mod standing;
pub mod store;
pub mod tls;
#[cfg(feature = "otel")]
pub mod traces;

pub use door::offline::door_of;
