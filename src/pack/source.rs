//! Where the tables come from: a folder, or texts in memory such as the sample store's.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// The four tables of a store.
#[derive(Clone, Debug)]
pub enum Source<'a> {
    /// A folder with items.csv, taxes.csv, people.csv and policy.csv.
    Folder(PathBuf),
    /// The same four as texts.
    Texts {
        /// items.csv
        items: &'a str,
        /// taxes.csv
        taxes: &'a str,
        /// people.csv
        people: &'a str,
        /// policy.csv
        policy: &'a str,
    },
    /// The same, of codes that a store gave its items itself: one that is as long as a GTIN need
    /// not end with its check digit.
    OwnCodes {
        /// items.csv
        items: &'a str,
        /// taxes.csv
        taxes: &'a str,
        /// people.csv
        people: &'a str,
        /// policy.csv
        policy: &'a str,
    },
}

/// Tideover Market, a made-up store of some three hundred items that ships with the program.
pub const fn sample_store() -> Source<'static> {
    Source::Texts {
        items: include_str!("../../assets/sample-store/items.csv"),
        taxes: include_str!("../../assets/sample-store/taxes.csv"),
        people: include_str!("../../assets/sample-store/people.csv"),
        policy: include_str!("../../assets/sample-store/policy.csv"),
    }
}

impl Source<'_> {
    /// A table that need not be there is.
    pub(super) fn has(&self, name: &'static str) -> bool {
        match self {
            Self::Folder(folder) => folder.join(name).exists(),
            Self::Texts { .. } | Self::OwnCodes { .. } => false,
        }
    }

    pub(super) fn table(&self, name: &'static str) -> std::io::Result<Box<dyn Read + '_>> {
        match self {
            Self::Folder(folder) => Ok(Box::new(File::open(folder.join(name))?)),
            Self::Texts { items, taxes, people, policy }
            | Self::OwnCodes { items, taxes, people, policy } => Ok(Box::new(match name {
                "items.csv" => items.as_bytes(),
                "taxes.csv" => taxes.as_bytes(),
                "people.csv" => people.as_bytes(),
                _ => policy.as_bytes(),
            })),
        }
    }
}
