//! Which reading of a scan the catalog bears out.
//!
//! Every reading with a code is looked up once, at most [`READINGS_MAX`] in all. One that is in
//! the catalog wins; only when two are, a person is asked.

use super::garbage::Garbage;
use super::reading::{CodeForm, ItemReading, READINGS_MAX, Reading, Readings};
use crate::domain::gtin::ItemCode;
use crate::domain::item::Item;

/// What a scan comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// One item.
    Item(Box<ItemReading>, Box<Item>),
    /// Two items or more, best first: a person says which.
    Ask(Vec<(ItemReading, Item)>),
    /// A code that the catalog does not know.
    Unknown(Box<ItemReading>),
    /// Nothing with a code.
    Other(Reading),
}

/// Looks the readings up and chooses.
///
/// # Errors
/// Whatever the look-up fails with.
pub fn choose<E>(
    readings: Readings,
    mut look_up: impl FnMut(&ItemCode) -> Result<Option<Item>, E>,
) -> Result<Chosen, E> {
    let mut found: Vec<(ItemReading, Item)> = Vec::new();
    let mut unknown: Option<ItemReading> = None;
    let mut other: Option<Reading> = None;
    for reading in readings.into_all().into_iter().take(READINGS_MAX) {
        let Reading::Item(reading) = reading else {
            other = Some(reading);
            continue;
        };
        match look_up(&reading.code)? {
            Some(item) if found.iter().any(|(_, known)| known.code == item.code) => {}
            Some(item) => found.push((*reading, item)),
            // A label or an element string says more about an unknown item than its bare digits.
            None if unknown.is_none() || !is_bare(reading.form) => unknown = Some(*reading),
            None => {}
        }
    }
    if found.len() > 1 {
        return Ok(Chosen::Ask(found));
    }
    Ok(match (found.pop(), other, unknown) {
        (Some((reading, item)), _, _) => Chosen::Item(Box::new(reading), Box::new(item)),
        (None, Some(other), _) => Chosen::Other(other),
        (None, None, Some(unknown)) => Chosen::Unknown(Box::new(unknown)),
        (None, None, None) => Chosen::Other(Reading::Garbage(Garbage::Empty)),
    })
}

const fn is_bare(form: CodeForm) -> bool {
    matches!(form, CodeForm::Plain | CodeForm::UpcE)
}
