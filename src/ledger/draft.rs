//! The draft: the basket being rung up, saved at every line so that a program that ends finds it
//! again and asks "was money taken?".
//!
//! Replaced whole and not flushed: it survives the end of the program, not a power cut. A flush
//! for each scan would cost the cashier more than ringing up one basket again costs a customer.
//!
//! ```text
//!  draft   tideover draft v1 <sale number> <SHA-256 of number and lines>
//!          {"shift":0,"lines":[…],…}
//! ```

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::domain::event::Event;
use crate::domain::ids::{SaleNo, ShiftNo};
use crate::domain::money::Money;
use crate::domain::sale::{AbandonedSale, SavedBasket};
use crate::journal::body;
use crate::journal::hash::Hash;
use crate::journal::json::Writer;
use crate::journal::record::LINE_LEN_MAX;

use super::Place;
use super::error::LedgerError;

const TITLE: &str = "tideover draft v1";

/// The file a basket is saved in.
#[derive(Clone, Debug)]
pub struct Draft {
    path: PathBuf,
}

/// What a saved draft came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// No basket was open.
    Nothing,
    /// This one was.
    Basket {
        /// The number its sale would have got. When that sale is recorded, the basket is paid and
        /// only clearing it did not happen any more.
        sale: SaleNo,
        /// All that was in it.
        basket: Box<SavedBasket>,
    },
    /// One was, but it can't be read any more; the file was set aside here.
    Damaged(PathBuf),
}

impl Draft {
    /// The draft of a register.
    pub fn of(place: &Place) -> Self {
        Self { path: place.dir.join("draft") }
    }

    /// Saves a basket in place of the one saved before.
    ///
    /// # Errors
    /// [`LedgerError`] when they can't be written; the sale itself is not affected.
    pub fn save(&self, sale: SaleNo, basket: SavedBasket) -> Result<(), LedgerError> {
        if basket.lines.is_empty() && basket.open.is_empty() {
            return self.clear();
        }
        let (shift, total, returned) = (ShiftNo(0), Money::ZERO, Money::ZERO);
        let basket = AbandonedSale { shift, basket, total, returned };
        let mut json = Writer::new();
        body::write(&mut json, &Event::SaleAbandoned(basket));
        let json = json.into_text();
        if json.len() > LINE_LEN_MAX {
            return Err(LedgerError::TooLong(json.len()));
        }
        let text = format!("{TITLE} {sale} {}\n{json}", digest(sale, &json));
        let new = self.new_path();
        let written = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)
            .and_then(|mut file| file.write_all(text.as_bytes()));
        // Replacing a file makes some file systems start writing the new one to the disk at once,
        // which a cashier would feel at each scan: so the old one goes first. Ended in between,
        // the program finds the new one under its own name.
        written.and_then(|()| self.remove()).map_err(|why| self.failed(why))?;
        fs::rename(&new, &self.path).map_err(|why| self.failed(why))
    }

    /// The lines saved last. A damaged draft is set aside and said to be.
    ///
    /// # Errors
    /// [`LedgerError`] when the file is there and can't be read.
    pub fn load(&self) -> Result<Loaded, LedgerError> {
        let Some(bytes) = read(&self.path).map_err(|why| self.failed(why))? else {
            // Between the old one's end and the new one's name; half a new one is none.
            let new = read(&self.new_path()).map_err(|why| self.failed(why))?;
            let lines = new.and_then(|bytes| parse(&bytes));
            return Ok(lines.map_or(Loaded::Nothing, |(sale, basket)| Loaded::Basket {
                sale,
                basket: Box::new(basket),
            }));
        };
        if let Some((sale, basket)) = parse(&bytes) {
            return Ok(Loaded::Basket { sale, basket: Box::new(basket) });
        }
        let aside = self.path.with_extension("damaged");
        fs::rename(&self.path, &aside).map_err(|why| self.failed(why))?;
        Ok(Loaded::Damaged(aside))
    }

    /// Forgets the lines: the basket was paid or given up.
    ///
    /// # Errors
    /// [`LedgerError`] when the file can't be removed.
    pub fn clear(&self) -> Result<(), LedgerError> {
        // One that was left half written must not come back in its place.
        fs::remove_file(self.new_path()).ok();
        self.remove().map_err(|why| self.failed(why))
    }

    fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
            _ => Ok(()),
        }
    }

    fn new_path(&self) -> PathBuf {
        self.path.with_extension("new")
    }

    fn failed(&self, why: io::Error) -> LedgerError {
        LedgerError::file(&self.path, why)
    }
}

/// The file's bytes; none where there is no file.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(LINE_LEN_MAX.saturating_add(256)).unwrap_or(u64::MAX);
    match fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)) {
        Ok(_) => Ok(Some(bytes)),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(why),
    }
}

fn parse(bytes: &[u8]) -> Option<(SaleNo, SavedBasket)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, json) = text.split_once('\n')?;
    let (sale, sum) = head.strip_prefix(TITLE)?.strip_prefix(' ')?.split_once(' ')?;
    let sale = SaleNo(sale.parse().ok()?);
    if Hash::parse(sum)? != digest(sale, json) {
        return None;
    }
    match body::read("sale_abandoned", body::VERSION, json) {
        Ok(Event::SaleAbandoned(given_up)) => Some((sale, given_up.basket)),
        _ => None,
    }
}

fn digest(sale: SaleNo, json: &str) -> Hash {
    Hash::of_parts(&[sale.to_string().as_bytes(), b"\n", json.as_bytes()])
}

#[cfg(test)]
mod tests;
