//! Stories that need more than one module; one binary, since each would link the program again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    reason = "tests may stop at the first surprise"
)]

#[cfg(feature = "gui-tests")]
mod gui;
mod pack;
