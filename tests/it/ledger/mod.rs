//! The ledger on real files: what it keeps, what it notices, what it says.

mod cost;
mod damage;
mod guards;
mod kill;
mod limits;
mod store;
