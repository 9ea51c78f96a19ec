//! What a rain check is for, in words: short, and never a number that is worth something.
//!
//! A card's or a coupon's number would be value on paper and in a journal that strangers verify.
//! So a row of digits as long as the shortest of them is refused, also with blanks or dashes in it.

use super::RainCheckFault;

/// The longest words, in bytes.
pub const WHAT_LEN_MAX: usize = 60;
/// As many digits as a price or a size never has.
const DIGITS_MAX: usize = 5;

/// Reads what it is for.
///
/// # Errors
/// [`RainCheckFault`] for a text that is too long, holds a number, or can't be printed.
pub fn read_what(text: &str) -> Result<String, RainCheckFault> {
    let text = text.trim();
    if text.len() > WHAT_LEN_MAX || text.chars().any(char::is_control) {
        return Err(RainCheckFault::TooLong);
    }
    let mut digits = 0_usize;
    for c in text.chars() {
        match c {
            // A blank, a dash or a dot inside a number does not end it.
            ' ' | '-' | '.' | '/' => {}
            c if c.is_numeric() => digits = digits.saturating_add(1),
            _ => digits = 0,
        }
        if digits > DIGITS_MAX {
            return Err(RainCheckFault::HoldsANumber);
        }
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_and_numbers_are_not() {
        for fine in ["", "Soup, 2 for 5.00", " half off any shoes ", "500 points", "10% until 2027"]
        {
            assert_eq!(read_what(fine).as_deref(), Ok(fine.trim()));
        }
        for number in ["6006 4912 3456 7890", "card 600-649", "1.2.3.4.5.6", "٠١٢٣٤٥٦"] {
            assert_eq!(read_what(number), Err(RainCheckFault::HoldsANumber), "{number}");
        }
        assert_eq!(read_what(&"x".repeat(61)), Err(RainCheckFault::TooLong));
        assert_eq!(read_what("so\u{1b}up"), Err(RainCheckFault::TooLong));
    }
}
