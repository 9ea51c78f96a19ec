//! One integration binary: each one would link the whole program again.
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
