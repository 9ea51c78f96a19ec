//! The register's window without a display: a simulated till, simulated keys, and pictures drawn
//! by a renderer of our own.
#![allow(
    clippy::float_arithmetic,
    clippy::as_conversions,
    reason = "points on a screen are floats, pixels are bytes"
)]

mod keyboard;
mod pictures;
mod renderer;
mod shop;
mod targets;
mod till;
