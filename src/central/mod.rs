//! Receives journals, keeps their bytes, says so durably, and only then looks at what they say.
//!
//! ```text
//!  HTTP (http) ─▶ door ─▶ check frame, signature, chain ─▶ ingest (pure) ─▶ store: one
//!                   │                                        transaction, COMMIT ─▶ signed answer
//!                   └─ admission: a refused caller gets a slot of its own
//!  project: stored segments ─▶ each record's signature ─▶ reconcile's rules ─▶ rows, exceptions
//! ```
//!
//! Nothing a record says can make central refuse it. Answers are signed by central's key, after
//! the commit. docs/central.md is for those who run it.

pub mod admission;
pub mod backend;
#[cfg(test)]
pub mod conformance;
pub mod door;
mod goods_rows;
mod held;
mod http;
pub mod ingest;
pub mod lines;
pub mod packs;
pub mod page;
pub mod postgres;
pub mod project;
pub mod seal_key;
mod sealed_data;
pub mod serve;
pub mod sqlite;
mod sqlite_goods;
mod sqlite_ingest;
mod sqlite_project;
mod sqlite_read;
mod sqlite_returns;
mod sqlite_sealed;
pub mod store;
pub mod tls;
