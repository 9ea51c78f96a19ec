//! The ledger on real files: what it keeps, what it notices, what it says.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::type_complexity,
    reason = "a test that fails says so by panicking, and attacks open the file as others would"
)]

mod cost;
mod damage;
mod disks;
mod flips;
mod guards;
mod interrupted;
mod kill;
mod limits;
mod regain;
pub(crate) mod store;
