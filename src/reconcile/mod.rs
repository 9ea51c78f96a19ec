//! Rules that say what does not agree, and totals that must agree to the cent. Pure.
//!
//! Nothing here refuses, edits or deletes a sale: what looks wrong becomes an exception for a
//! person, grouped by its root cause, and counts like any other sale meanwhile.
//!
//! ```text
//!  envelope + event + PackView ─▶ rules ─▶ Exception { code, level, seq, cause, text, amount }
//!  all of one store's goods ─▶ goods, pickups ─▶ Exception
//!  all of one store's bags ─▶ bags ─▶ Exception
//!  one rain check and all its redemptions ─▶ rain_checks ─▶ Exception
//!  all of one store's paper slips ─▶ paper_slips ─▶ Exception
//!  events ─▶ Totals  ══ must equal ══  Totals of the register's own ledger
//!  exceptions + decisions ─▶ matters ─┐
//!  sales, drawers, announcements ─────┴▶ balance ─▶ certificate ─▶ paper ─▶ HTML, PDF
//!                                          └─▶ report ─▶ central's page, a register's window
//! ```

pub mod asides;
pub mod bags;
pub mod balance;
pub mod certificate;
pub mod checks;
pub mod circumstances;
pub mod conduct;
pub mod conduct_limits;
pub mod deposit;
pub mod errand;
pub mod exception;
pub mod goods;
pub mod hours;
pub mod matters;
pub mod packs;
pub mod paper;
pub mod paper_slips;
pub mod pdf;
pub mod pickups;
pub mod rain_checks;
pub mod records;
pub mod report;
pub mod returns;
pub mod rulebook;
pub mod rules;
pub mod said;
pub mod totals;
pub mod words;
