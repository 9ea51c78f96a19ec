//! What a sale, a tender, a drawer, a stock delta and an outage are.
//!
//! Pure: no input or output, no SQL, no clock, no randomness, no JSON, no window and no runtime.
//! Everything here is a value or a function from values to values, so that each rule of money
//! can be tested by itself and replayed years later with the same answer.
//!
//! ```text
//!  money ─ quantity ─ time ─ ids          what may be counted, and in which unit
//!      └─ code                             what a scan may mean
//!      └─ item ─ tax ─ policy ─ person    what the pack tells a register
//!            └─ sale ─ tender ─ check ─ cash_rounding   one customer
//!                  └─ drawer ─ shift ─ stock    one cashier, one day
//!                        └─ goods               what came, went and was counted beside sales
//!                        └─ outage ─ event      one store; all that can be recorded
//!                              └─ book          what all registers of a store recorded, folded
//! ```
//!
//! Sizes: [`money::Money`] counts minor units, [`quantity::Quantity`] and
//! [`quantity::UnitPrice`] ten-thousandths, [`tax::TaxRate`] ten-millionths.
//! Products are taken in `i128` and rounded half-up, away from zero, exactly once.
#![warn(clippy::arithmetic_side_effects)]

pub mod amendment;
pub mod announcement;
pub mod approval;
pub mod badge;
pub mod bag;
pub mod birth;
pub mod book;
pub mod card_number;
pub mod card_pending;
pub mod cash_rounding;
pub mod change_forecast;
pub mod check;
pub mod code;
pub mod counter;
pub mod day;
pub mod decision;
pub mod denomination;
pub mod doctor;
pub mod drawer;
pub mod drawer_fault;
pub mod echo;
pub mod erasure;
pub mod event;
pub mod file_system;
pub mod goods;
pub mod gtin;
pub mod guessing;
pub mod handing;
pub mod hearsay;
pub mod hours;
pub mod ids;
pub mod item;
pub mod language;
pub mod lockout;
pub mod money;
pub mod outage;
pub mod outage_history;
pub mod outage_stats;
pub mod own_machine;
pub mod paper_slip;
pub mod person;
pub mod phone_code;
pub mod pickup;
pub mod policy;
pub mod practice;
pub mod price_news;
pub mod probe;
pub mod protocol;
pub mod quantity;
pub mod rain_check;
pub mod readiness;
pub mod refusal;
pub mod sale;
pub mod semver;
pub mod shift;
pub mod signing;
pub mod spoken;
pub mod stock;
pub mod tax;
pub mod tender;
pub mod time;
pub mod training;
pub mod words;
