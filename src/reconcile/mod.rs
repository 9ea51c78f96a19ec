//! Rules that say what does not agree, and totals that must agree to the cent. Pure.
//!
//! Nothing here refuses, edits or deletes a sale: what looks wrong becomes an exception for a
//! person, grouped by its root cause, and counts like any other sale meanwhile.
//!
//! ```text
//!  envelope + event + PackView ─▶ rules ─▶ Exception { code, level, seq, cause, text, amount }
//!  all of one store's goods ─▶ goods, pickups ─▶ Exception
//!  events ─▶ Totals  ══ must equal ══  Totals of the register's own ledger
//! ```

pub mod exception;
pub mod goods;
pub mod packs;
pub mod pickups;
pub mod returns;
pub mod rules;
pub mod totals;
