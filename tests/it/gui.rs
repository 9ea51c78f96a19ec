//! The register's window without a display: a simulated till, simulated keys, and pictures drawn
//! by a renderer of our own.
#![allow(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::iter_over_hash_type,
    reason = "points are floats, pixels are bytes, and the order of textures changes no picture"
)]

mod badge;
mod card_pending;
mod check;
mod customer;
mod faults;
mod find;
mod forms;
mod goods;
mod guide;
mod handing;
pub(crate) mod keyboard;
mod pages;
mod pictures;
mod prices;
mod print_now;
mod receipt_font;
mod renderer;
mod restart;
pub(crate) mod shop;
mod spanish;
mod strange_keyboard;
pub(crate) mod targets;
mod tasks;
mod till;
mod walked_away;
