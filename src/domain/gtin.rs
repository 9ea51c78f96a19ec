//! Item codes: GTIN-8/12/13/14, PLU and the store's own article numbers.
//!
//! A GTIN is kept zero-padded to 14 digits, so that a UPC-A and the same EAN-13 are one item.
//! Every other code is kept as the store writes it: whether `84406` is a PLU or an article number
//! is for the pack to say, which is why [`ItemCode`] is one canonical text and not a tagged union.
//!
//! Source: GS1 General Specifications 7.9.1 (check digit); IFPS (PLU ranges).

use std::fmt;

/// The longest code a pack may hold, in bytes.
pub const ITEM_CODE_LEN_MAX: usize = 20;

/// The canonical text of an item's code: 14 digits for a GTIN, otherwise 1 to 20 characters out
/// of `A-Z 0-9 - . _ /`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemCode(String);

/// What a code looks like; the pack decides what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemCodeShape {
    /// 8, 12, 13 or 14 digits with a right check digit.
    Gtin,
    /// Four digits 3000-4999, or five digits beginning with 8 or 9.
    Plu,
    /// Anything else a store uses.
    Article,
}

/// Why a text is not an item code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotItemCode {
    /// Nothing was read.
    #[error("no code was read; scan it again or type the digits under the bars")]
    Empty,
    /// More than 20 characters.
    #[error("a code has at most {ITEM_CODE_LEN_MAX} characters, this one has {0}; scan it again")]
    TooLong(usize),
    /// A character that no code has.
    #[error("'{}' can't be part of a code; scan it again", .0.escape_debug())]
    Character(char),
}

impl ItemCode {
    /// Reads a scanned or typed code. Small letters become capitals; a GTIN is padded to 14.
    ///
    /// A number of GTIN length with a wrong check digit is kept as it is: the pack will not know
    /// it, and [`has_wrong_check_digit`] lets the screen say why.
    ///
    /// # Errors
    /// [`NotItemCode`] for a text that can't be a code.
    pub fn parse(text: &str) -> Result<Self, NotItemCode> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NotItemCode::Empty);
        }
        if text.len() > ITEM_CODE_LEN_MAX {
            return Err(NotItemCode::TooLong(text.chars().count()));
        }
        let allowed = |c: &char| c.is_ascii_alphanumeric() || "-._/".contains(*c);
        if let Some(wrong) = text.chars().find(|c| !allowed(c)) {
            return Err(NotItemCode::Character(wrong));
        }
        if is_gtin(text) {
            return Ok(Self(format!("{text:0>14}")));
        }
        Ok(Self(text.to_ascii_uppercase()))
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the code looks like.
    pub fn shape(&self) -> ItemCodeShape {
        if self.0.len() == 14 && is_gtin(&self.0) {
            ItemCodeShape::Gtin
        } else if is_plu(&self.0) {
            ItemCodeShape::Plu
        } else {
            ItemCodeShape::Article
        }
    }
}

impl fmt::Display for ItemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The check digit of a body of digits: weights 3, 1, 3, ... from the right.
///
/// None when the body holds anything but digits.
pub fn check_digit(body: &str) -> Option<u8> {
    let mut sum: u32 = 0;
    for (place, byte) in body.bytes().rev().enumerate() {
        if !byte.is_ascii_digit() {
            return None;
        }
        let digit = u32::from(byte.wrapping_sub(b'0'));
        let weight = if place.is_multiple_of(2) { 3 } else { 1 };
        sum = sum.checked_add(digit.checked_mul(weight)?)?;
    }
    u8::try_from(10_u32.checked_sub(sum % 10)? % 10).ok()
}

/// True for 8, 12, 13 or 14 digits whose last one is the check digit of the others.
pub fn is_gtin(text: &str) -> bool {
    has_gtin_length(text)
        && text
            .split_at_checked(text.len().saturating_sub(1))
            .and_then(|(body, last)| Some((check_digit(body)?, last.parse::<u8>().ok()?)))
            .is_some_and(|(expected, given)| expected == given)
}

/// True for a text of digits that is as long as a GTIN but has another check digit: a misread.
pub fn has_wrong_check_digit(text: &str) -> bool {
    has_gtin_length(text) && !is_gtin(text)
}

fn has_gtin_length(text: &str) -> bool {
    matches!(text.len(), 8 | 12 | 13 | 14) && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_plu(text: &str) -> bool {
    let first = text.bytes().next();
    text.bytes().all(|b| b.is_ascii_digit())
        && match text.len() {
            4 => matches!(first, Some(b'3' | b'4')),
            5 => matches!(first, Some(b'8' | b'9')),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_the_general_specifications() {
        for (body, digit) in [
            ("9501234", 6),
            ("04210000526", 4),
            ("950110153100", 0),
            ("061414100734", 9),
            ("1061414100734", 6),
        ] {
            assert_eq!(check_digit(body), Some(digit), "{body}");
        }
        assert_eq!(check_digit("12a"), None);
    }

    #[test]
    fn a_upc_and_its_ean_are_one_code() {
        let upc = ItemCode::parse("042100005264");
        assert_eq!(upc, ItemCode::parse("0042100005264"));
        assert_eq!(upc.map(|c| c.to_string()), Ok("00042100005264".to_owned()));
    }

    #[test]
    fn every_single_wrong_digit_of_a_gtin_is_noticed() {
        let good = "4006381333931";
        for place in 0..good.len() {
            for digit in '0'..='9' {
                let mut wrong: Vec<char> = good.chars().collect();
                if std::mem::replace(&mut wrong[place], digit) != digit {
                    assert!(has_wrong_check_digit(&String::from_iter(wrong)));
                }
            }
        }
    }

    #[test]
    fn shapes_of_codes() {
        let shape = |text| ItemCode::parse(text).map(|code| code.shape());
        assert_eq!(shape("4011"), Ok(ItemCodeShape::Plu));
        assert_eq!(shape("94011"), Ok(ItemCodeShape::Plu));
        assert_eq!(shape("85123a"), Ok(ItemCodeShape::Article));
        assert_eq!(shape("6534478"), Ok(ItemCodeShape::Article));
        assert_eq!(shape("96385074"), Ok(ItemCodeShape::Gtin));
    }

    #[test]
    fn what_is_no_code_is_refused_in_words() {
        assert_eq!(ItemCode::parse("  "), Err(NotItemCode::Empty));
        assert_eq!(ItemCode::parse("12\u{1b}3"), Err(NotItemCode::Character('\u{1b}')));
        assert_eq!(ItemCode::parse(&"1".repeat(21)), Err(NotItemCode::TooLong(21)));
    }
}
