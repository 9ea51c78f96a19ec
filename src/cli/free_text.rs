//! Names and reasons typed on a command line: kept for years, so no card's number may be in one.

use crate::domain::card_number;

/// A payment card's number stands in a text.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("it holds a payment card's number; nothing was done or kept. Write it without that number")]
pub struct CardInText;

/// Takes a text that holds no card's number.
///
/// # Errors
/// [`CardInText`].
pub fn without_a_card(text: &str) -> Result<String, CardInText> {
    if card_number::is_in(text) { Err(CardInText) } else { Ok(text.to_owned()) }
}
