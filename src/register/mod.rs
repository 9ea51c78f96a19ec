//! The running till: a command comes in, the domain decides, the record is committed, then the
//! effects happen and a new view goes out.
//!
//! ```text
//!  window ─▶ till (trait) ─▶ worker thread ─▶ register ─▶ ledger, printer
//!      ◀──── view ◀─────────────┘    ▲
//!  sync thread ── acknowledgements ──┘
//! ```
//!
//! It may use everything below it (ledger, pack, sync, device) and knows nothing of windows,
//! command lines or central's insides.
//!
//! Reading order: command, view, register, then selling, paying, shifts, outages, sign_in.

pub mod account_key;
mod adjusting;
pub mod asking;
mod authority;
pub mod check_input;
pub mod check_view;
mod checks;
pub mod checkup;
pub mod command;
mod days;
pub mod entry;
pub mod finder;
pub mod free_text;
mod goods;
mod guesses;
mod in_flight;
pub mod journals;
mod outages;
pub mod pack_desk;
pub mod packs_down;
pub mod packs_shown;
pub mod page;
mod paper_receipt;
mod paper_slips;
mod paying;
pub mod peering;
pub mod phone_code;
mod pickups;
mod print_now;
pub mod printer_settings;
pub mod printing;
mod put_back;
mod rain_checks;
mod readiness;
pub mod reconciling;
#[expect(clippy::module_inception, reason = "the till's own noun; its parts stand around it")]
pub mod register;
mod returning;
pub mod revoked;
pub mod rotating;
mod running_mark;
mod scanning;
mod selling;
pub mod sending;
pub mod settings;
mod shifts;
mod showing;
mod sign_in;
mod slips;
pub mod startup;
mod suspending;
pub mod till;
pub mod training;
pub mod tries;
pub mod view;
mod watching;
pub mod worker;
