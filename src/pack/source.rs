//! Where the tables come from: a folder, or texts in memory such as the sample store's.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// The tables of a store: four that it needs, and others that it may have (docs/pack.md).
#[derive(Clone, Debug)]
pub enum Source<'a> {
    /// A folder with items.csv, taxes.csv, people.csv and policy.csv, and perhaps others.
    Folder(PathBuf),
    /// Tables as texts, each with its file's name.
    Tables(&'a [(&'a str, &'a str)]),
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

const SAMPLE: [(&str, &str); 7] = [
    ("items.csv", include_str!("../../assets/sample-store/items.csv")),
    ("taxes.csv", include_str!("../../assets/sample-store/taxes.csv")),
    ("people.csv", include_str!("../../assets/sample-store/people.csv")),
    ("policy.csv", include_str!("../../assets/sample-store/policy.csv")),
    ("labels.csv", include_str!("../../assets/sample-store/labels.csv")),
    ("recalls.csv", include_str!("../../assets/sample-store/recalls.csv")),
    ("giftcards.csv", include_str!("../../assets/sample-store/giftcards.csv")),
];

/// Tideover Market, a made-up store of some three hundred items that ships with the program.
pub const fn sample_store() -> Source<'static> {
    Source::Tables(&SAMPLE)
}

impl Source<'_> {
    /// True when a table that a store may leave out is there; one that can't be looked at is said
    /// to be there, so that opening it tells why.
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Folder(folder) => folder.join(name).try_exists().unwrap_or(true),
            Self::Tables(tables) => tables.iter().any(|(known, _)| *known == name),
            Self::Texts { .. } | Self::OwnCodes { .. } => false,
        }
    }

    pub(super) fn table(&self, name: &'static str) -> std::io::Result<Box<dyn Read + '_>> {
        match self {
            Self::Folder(folder) => Ok(Box::new(File::open(folder.join(name))?)),
            Self::Tables(tables) => match tables.iter().find(|(known, _)| *known == name) {
                Some((_, text)) => Ok(Box::new(text.as_bytes())),
                None => Err(std::io::ErrorKind::NotFound.into()),
            },
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
