//! Where the tables come from: a folder, or texts in memory such as the sample store's.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

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
    /// Files by their names, as they lie in a folder: the tables and their pictures.
    Files(&'a [(&'a str, &'a [u8])]),
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
        /// stock.csv
        stock: &'a str,
        /// giftcards.csv
        gift_cards: &'a str,
        /// orders.csv
        orders: &'a str,
    },
}

/// The sample store's files, as they lie in its folder.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../assets/sample-store/", $name)))),*]
    };
}

const SAMPLE: &[(&str, &[u8])] = files![
    "items.csv",
    "taxes.csv",
    "people.csv",
    "policy.csv",
    "labels.csv",
    "recalls.csv",
    "stock.csv",
    "deliveries.csv",
    "orders.csv",
    "giftcards.csv",
    "fast.csv",
    "pictures/bananas.png",
    "pictures/apple.png",
    "pictures/avocado.png",
    "pictures/tomato.png",
    "pictures/onion.png",
    "pictures/lime.png",
    "pictures/jalapeno.png",
    "pictures/bread.png",
    "pictures/bag.png",
    "pictures/ice.png",
];

/// Tideover Market, a made-up store of some three hundred items that ships with the program.
pub const fn sample_store() -> Source<'static> {
    Source::Files(SAMPLE)
}

impl Source<'_> {
    /// True when a table that a store may leave out is there; one that can't be looked at is said
    /// to be there, so that opening it tells why.
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Folder(folder) => folder.join(name).try_exists().unwrap_or(true),
            Self::Tables(tables) => tables.iter().any(|(known, _)| *known == name),
            Self::Files(files) => files.iter().any(|(known, _)| *known == name),
            Self::OwnCodes { .. } => {
                matches!(name, "stock.csv" | "giftcards.csv" | "orders.csv")
            }
            Self::Texts { .. } => false,
        }
    }

    pub(super) fn table(&self, name: &'static str) -> std::io::Result<Box<dyn Read + '_>> {
        match self {
            Self::Folder(folder) => Ok(Box::new(File::open(folder.join(name))?)),
            Self::Files(files) => {
                let file = files.iter().find(|(other, _)| *other == name);
                let (_, bytes) =
                    file.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))?;
                Ok(Box::new(*bytes))
            }
            Self::Tables(tables) => match tables.iter().find(|(known, _)| *known == name) {
                Some((_, text)) => Ok(Box::new(text.as_bytes())),
                None => Err(std::io::ErrorKind::NotFound.into()),
            },
            Self::OwnCodes { stock, .. } if name == "stock.csv" => Ok(Box::new(stock.as_bytes())),
            Self::OwnCodes { orders, .. } if name == "orders.csv" => {
                Ok(Box::new(orders.as_bytes()))
            }
            Self::OwnCodes { gift_cards, .. } if name == "giftcards.csv" => {
                Ok(Box::new(gift_cards.as_bytes()))
            }
            Self::Texts { items, taxes, people, policy }
            | Self::OwnCodes { items, taxes, people, policy, .. } => Ok(Box::new(match name {
                "items.csv" => items.as_bytes(),
                "taxes.csv" => taxes.as_bytes(),
                "people.csv" => people.as_bytes(),
                "policy.csv" => policy.as_bytes(),
                _ => return Err(std::io::Error::from(std::io::ErrorKind::NotFound)),
            })),
        }
    }

    /// A picture of this name: a plain relative path below the folder, at most `most` bytes and
    /// one, so that a longer one shows.
    pub(super) fn picture(&self, name: &str, most: usize) -> std::io::Result<Vec<u8>> {
        let outside = || std::io::Error::other("it is not below the folder of the tables");
        let path = Path::new(name);
        if !path.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(outside());
        }
        let most = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        let mut bytes = Vec::new();
        match self {
            Self::Folder(folder) => {
                File::open(folder.join(path))?.take(most).read_to_end(&mut bytes)?;
            }
            Self::Files(files) => {
                let file = files.iter().find(|(other, _)| *other == name);
                let (_, whole) = file.ok_or_else(outside)?;
                bytes.extend_from_slice(whole);
            }
            Self::Tables(_) | Self::Texts { .. } | Self::OwnCodes { .. } => return Err(outside()),
        }
        Ok(bytes)
    }
}
