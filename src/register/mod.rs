//! The running till: a command comes in, the domain decides, the record is committed, then the
//! effects happen and a new view goes out.

pub mod command;
pub mod till;
pub mod view;
