//! The register's window: reads [`View`](crate::register::view::View) values, sends
//! [`Command`](crate::register::command::Command)s, and owns nothing that money depends on.
//!
//! ```text
//!  keyboard, scanner ─▶ wedge ─▶ strokes ─┐
//!  mouse, touch ─▶ screens ─────▶ strokes ─┴▶ desk ─▶ outbox ─▶ Till::send
//!                     ▲                        │
//!                     └── View ◀── Till::view ─┘
//! ```
//!
//! One path: a press on a button and a key on the keyboard become the same [`stroke::Stroke`],
//! and only [`desk`] decides what it means. There is no text field in the window, because a
//! focused one loses characters that follow an Enter within a frame.
//!
//! The customer's window is a second one that only reads ([`customer`]). A fault of either is
//! caught and told, and a person goes on ([`faults`]).
//!
//! It may not: name SQL, wait for a disk or a network, keep a figure the view does not hold.
#![expect(
    clippy::float_arithmetic,
    reason = "points on a screen are floats; money is formatted by the domain"
)]

pub mod bell;
pub mod customer;
pub mod desk;
pub mod entry;
pub mod faults;
pub mod frame_log;
pub mod guide;
pub mod guide_window;
pub mod keys;
pub mod launch;
pub mod notice;
mod outbox;
pub mod pen;
pub mod plan;
pub mod screens;
pub mod stroke;
pub mod theme;
pub mod tones;
pub mod wedge;
pub mod window;

pub use crate::domain::language;
pub use launch::{WindowError, run};
pub use window::{RegisterWindow, Remembered, WindowOptions};
