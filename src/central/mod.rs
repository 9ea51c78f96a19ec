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
mod aside_door;
pub mod asides;
pub mod backend;
pub mod backup_check;
mod claims;
pub mod close;
#[cfg(test)]
pub mod conformance;
mod control;
pub mod counters;
pub mod door;
mod enrolling;
pub mod export;
mod form;
pub mod gate;
mod goods_rows;
mod held;
mod http;
mod http_answer;
mod http_body;
mod http_guard;
mod http_health;
mod http_manager;
mod http_queue;
mod http_recovery;
pub mod ingest;
pub mod lines;
mod manager;
mod metrics;
mod offline_door;
pub mod operations;
mod pack_door;
pub mod packs;
pub mod page;
pub mod paper_slips;
pub mod postgres;
pub mod project;
pub mod published;
pub mod queue;
pub mod rain_checks;
mod rate;
pub mod readiness;
pub mod recovery;
mod refusal;
pub mod seal_key;
mod sealed_data;
pub mod serve;
mod sign_in;
pub mod sqlite;
mod sqlite_asides;
mod sqlite_conduct;
mod sqlite_copy;
mod sqlite_goods;
mod sqlite_hand_overs;
mod sqlite_ingest;
mod sqlite_paper_slips;
mod sqlite_pickups;
mod sqlite_project;
mod sqlite_rain_checks;
mod sqlite_read;
mod sqlite_readiness;
mod sqlite_reconcile;
mod sqlite_recovery;
mod sqlite_returns;
mod sqlite_sealed;
mod stages;
pub mod store;
pub mod tls;

pub use offline_door::door_of;
