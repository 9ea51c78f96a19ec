//! The grammar of the entry line: `code`, `quantity*code`, and `-quantity*code` for a return.
//!
//! The quantity comes first, as on forty years of registers: `3*4011`, `0.65*4011`, `-1*4011`.

use crate::domain::quantity::Quantity;
use crate::domain::refusal::Refusal;

/// What a line of the entry field asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The quantity that was keyed, below zero for a return; none when only a code was.
    pub quantity: Option<Quantity>,
    /// The code.
    pub code: String,
}

/// Reads a line of the entry field.
///
/// # Errors
/// [`Refusal::QuantityOutOfRange`] when what stands before `*` is no quantity, or zero.
pub fn read(text: &str) -> Result<Entry, Refusal> {
    let Some((quantity, code)) = text.split_once(['*', 'x', 'X']).filter(|(before, _)| {
        // An article number may hold an x; a quantity is digits and at most one point.
        let before = before.strip_prefix('-').unwrap_or(before);
        !before.is_empty() && before.chars().all(|c| c.is_ascii_digit() || c == '.')
    }) else {
        let code = text.strip_prefix('*').unwrap_or(text).trim().to_owned();
        return Ok(Entry { quantity: None, code });
    };
    let quantity = Quantity::parse(quantity).map_err(|_| Refusal::QuantityOutOfRange)?;
    if quantity == Quantity::default() {
        return Err(Refusal::QuantityOutOfRange);
    }
    Ok(Entry { quantity: Some(quantity), code: code.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantity_first_then_the_code() {
        let read = |text| read(text).map(|e| (e.quantity.map(|q| q.to_string()), e.code));
        let entry =
            |quantity: Option<&str>, code: &str| Ok((quantity.map(str::to_owned), code.to_owned()));
        assert_eq!(read("4011"), entry(None, "4011"));
        assert_eq!(read("3*4011"), entry(Some("3"), "4011"));
        assert_eq!(read("0.65*4011"), entry(Some("0.65"), "4011"));
        assert_eq!(read("12x85123A"), entry(Some("12"), "85123A"));
        assert_eq!(read("AX12"), entry(None, "AX12"));
        assert_eq!(read("-2*4011"), entry(Some("-2"), "4011"));
        assert_eq!(read("-*4011"), entry(None, "-*4011"));
        assert_eq!(read("0*4011"), Err(Refusal::QuantityOutOfRange));
        assert_eq!(read("1.23456*4011"), Err(Refusal::QuantityOutOfRange));
    }
}
