//! The store's fast items: bounds, pictures, and reading them from a pack.
//!
//! A picture stays a PNG, as the retailer made it: it is unpacked where it is drawn. Its size in
//! points stands in its first bytes and is bounded before anybody unpacks it.

use rusqlite::Transaction;

use super::check;
use super::error::PackError;
use super::open::Pack;
use super::source::Source;
use crate::domain::gtin::ItemCode;
use crate::domain::item::Item;

/// The most fast items: one page.
pub const FAST_MAX: u64 = 24;
/// The most bytes of a picture.
pub const PICTURE_BYTES_MAX: usize = 32 * 1024;
/// The most points of a picture's side.
const PICTURE_SIDE_MAX: u32 = 256;

/// A fast item of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fast {
    /// Its place on the page, from 1.
    pub place: u16,
    /// The item.
    pub item: Item,
    /// What stands on its tile.
    pub label: String,
    /// A PNG within [`PICTURE_BYTES_MAX`].
    pub picture: Option<Vec<u8>>,
}

/// Why a picture can't go into a pack.
pub(super) fn picture_fault(bytes: &[u8]) -> Option<String> {
    if bytes.len() > PICTURE_BYTES_MAX {
        return Some(format!("is {} bytes long, at most {PICTURE_BYTES_MAX} fit", bytes.len()));
    }
    let Some((width, height)) = png_size(bytes) else {
        return Some("is no PNG".to_owned());
    };
    let fits = |side: u32| (1..=PICTURE_SIDE_MAX).contains(&side);
    (!fits(width) || !fits(height)).then(|| {
        format!("is {width} by {height} points, at most {PICTURE_SIDE_MAX} by {PICTURE_SIDE_MAX}")
    })
}

/// Width and height from a PNG's header (ISO/IEC 15948, 11.2.2).
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")?;
    let (width, rest) = rest.split_first_chunk::<4>()?;
    let (height, _) = rest.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height)))
}

/// Place, item, label and picture.
pub(super) type FastRow = (u16, i64, String, Option<Vec<u8>>);

/// One row of fast.csv: place, code, label, picture.
pub(super) fn fast_row(
    fields: &[&str],
    source: &Source<'_>,
    transaction: &Transaction<'_>,
) -> Result<FastRow, String> {
    let [place, code, label, picture] = fields else {
        return Err("the row is incomplete".to_owned());
    };
    let number: u16 =
        place.parse().ok().filter(|place| (1..=FAST_MAX).contains(&u64::from(*place))).ok_or_else(
            || format!("the place '{}' is not 1 to {FAST_MAX}", check::quoted(place)),
        )?;
    let key = ItemCode::parse(code)
        .ok()
        .and_then(|code| check::item_key(&code))
        .ok_or_else(|| format!("'{}' is not an item code", check::quoted(code)))?;
    let known: bool = transaction
        .query_row("SELECT EXISTS (SELECT 1 FROM item WHERE key = ?1)", [key], |row| row.get(0))
        .map_err(|error| error.to_string())?;
    if !known {
        return Err(format!("{} has no row in items.csv", check::quoted(code)));
    }
    let picture = match *picture {
        "" => None,
        name => {
            let shown = check::quoted(name);
            let bytes = source
                .picture(name, PICTURE_BYTES_MAX)
                .map_err(|error| format!("the picture {shown} can't be read: {error}"))?;
            if let Some(fault) = picture_fault(&bytes) {
                return Err(format!("the picture {shown} {fault}"));
            }
            Some(bytes)
        }
    };
    Ok((number, key, check::shown(label, "the label")?, picture))
}

impl Pack {
    /// The fast items in the order of their places; none in a pack that has no such page.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read or a row holds what no pack may hold.
    pub fn fast_items(&self) -> Result<Vec<Fast>, PackError> {
        let mut all = Vec::new();
        for (place, key, label, picture) in self.fast_rows(FAST_MAX)? {
            let wrong = |what: &str| self.content(format!("the fast item {place}: {what}"));
            let label = super::check::shown(&label, "its label").map_err(|what| wrong(&what))?;
            if let Some(fault) = picture.as_deref().and_then(picture_fault) {
                return Err(wrong(&format!("its picture {fault}")));
            }
            let item = self.item_of_key(key)?.ok_or_else(|| wrong("its item is not there"))?;
            all.push(Fast { place, item, label, picture });
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(width: u32, height: u32) -> Vec<u8> {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend(width.to_be_bytes());
        png.extend(height.to_be_bytes());
        png
    }

    #[test]
    fn a_picture_is_measured_before_it_is_unpacked() {
        assert_eq!(picture_fault(&header(96, 96)), None);
        assert!(picture_fault(&header(60_000, 60_000)).is_some(), "it would fill the memory");
        assert!(picture_fault(b"GIF89a").is_some());
        assert!(picture_fault(&vec![0; PICTURE_BYTES_MAX + 1]).is_some());
    }
}
