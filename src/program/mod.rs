//! Signed releases: is this the program that its builders gave out?
//!
//! ```text
//!  a folder: tideover, …  ─ its files' sums ─▶ PROGRAMS ─ signed by each builder ─▶ PROGRAMS.*.sig
//!                                                 │
//!  /etc/tideover/builders (who, how many) ────────┴─▶ judge ─▶ the same, or what is wrong with it
//! ```
//!
//! A list names every file of a release by its SHA-256 and carries a number that only grows. It
//! counts when as many of the builders signed it as the builders' file asks for. Sums and
//! signatures are made so that `sha256sum` and `openssl` can check them where no Tideover is to be
//! trusted yet (docs/release.md).
//!
//! Nothing here fetches, installs or starts a program: a register never changes itself.

mod builders;
mod folder;
mod key;
mod list;

pub use builders::{Builder, Builders, NotBuilders};
pub use folder::{
    BUILDERS_FILE, Checked, FileState, FolderError, LIST_FILE, check, check_installed, list_of,
    read_builders, read_list, sign,
};
pub use key::{BuilderKey, BuilderKeyError};
pub use list::{Listed, NotAList, ProgramList};

#[cfg(test)]
mod tests;
