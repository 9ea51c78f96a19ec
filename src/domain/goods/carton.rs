//! Numbers on what a truck brings: cartons (an SSCC or the sender's own), purchase orders.
//!
//! An SSCC has 18 digits, the last one the check digit of the others (GS1 General Specifications
//! 7.9.1); on a label it stands behind the application identifier 00.

use std::fmt;

use super::fault::GoodsFault;
use crate::domain::gtin::check_digit;

/// The longest carton or order number, in bytes.
pub const NUMBER_LEN_MAX: usize = 24;

/// A carton or pallet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Carton(String);

/// A purchase order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderNo(String);

impl Carton {
    /// Reads a scanned or keyed number: `(00)` and scanners' marks before an SSCC are dropped.
    ///
    /// # Errors
    /// [`GoodsFault`] for a number that no carton has, or an SSCC that was misread.
    pub fn parse(text: &str) -> Result<Self, GoodsFault> {
        let text = text.trim();
        let text = ["]C1", "]e0", "]d2", "]Q3"]
            .iter()
            .find_map(|mark| text.strip_prefix(mark))
            .unwrap_or(text);
        let text = text.strip_prefix("(00)").unwrap_or(text);
        let text = number(text)?;
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let sscc = match text.strip_prefix("00") {
            Some(rest) if digits && text.len() == 20 => rest,
            _ => text.as_str(),
        };
        if digits && sscc.len() == 18 && !is_sscc(sscc) {
            return Err(GoodsFault::CartonMisread);
        }
        Ok(Self(sscc.to_owned()))
    }

    /// Reads a number as records and packs write it.
    pub fn from_canonical(text: &str) -> Option<Self> {
        Self::parse(text).ok().filter(|carton| carton.0 == text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// No other carton in the world has this number.
    pub fn is_worldwide(&self) -> bool {
        is_sscc(&self.0)
    }
}

impl OrderNo {
    /// Reads a keyed number; small letters become capitals.
    ///
    /// # Errors
    /// [`GoodsFault`] for a number that no order has.
    pub fn parse(text: &str) -> Result<Self, GoodsFault> {
        number(text.trim()).map(Self)
    }

    /// Reads a number as records and packs write it.
    pub fn from_canonical(text: &str) -> Option<Self> {
        Self::parse(text).ok().filter(|order| order.0 == text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Carton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for OrderNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn number(text: &str) -> Result<String, GoodsFault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._/".contains(c);
    if text.is_empty() || text.len() > NUMBER_LEN_MAX || !text.chars().all(allowed) {
        return Err(GoodsFault::Number);
    }
    Ok(text.to_ascii_uppercase())
}

fn is_sscc(text: &str) -> bool {
    let Some((body, last)) = text.split_at_checked(17) else { return false };
    let digit = check_digit(body);
    text.len() == 18 && digit.is_some() && last.parse().ok() == digit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sscc_is_read_from_paper_and_label_and_a_misread_one_is_refused() {
        let sscc = "106141412345678908";
        for text in
            [sscc, "00106141412345678908", "(00)106141412345678908", "]C100106141412345678908"]
        {
            assert_eq!(Carton::parse(text).map(|c| c.to_string()), Ok(sscc.to_owned()), "{text}");
        }
        let worldwide = |text| Carton::parse(text).is_ok_and(|carton| carton.is_worldwide());
        assert!(worldwide(sscc) && !worldwide("C-17"));
        for place in 0..18 {
            let mut wrong = sscc.to_owned().into_bytes();
            wrong[place] = if wrong[place] == b'7' { b'3' } else { b'7' };
            let wrong = String::from_utf8(wrong).expect("digits");
            assert_eq!(Carton::parse(&wrong), Err(GoodsFault::CartonMisread), "{wrong}");
        }
    }

    #[test]
    fn a_senders_own_number_is_kept_and_garbage_is_not() {
        assert_eq!(Carton::parse(" c-17 ").map(|c| c.to_string()), Ok("C-17".to_owned()));
        for wrong in ["", "a b", "\u{1b}1", &"9".repeat(25)] {
            assert_eq!(Carton::parse(wrong), Err(GoodsFault::Number), "{wrong}");
        }
        assert_eq!(Carton::from_canonical("c-17"), None);
        assert_eq!(OrderNo::parse("po 1"), Err(GoodsFault::Number));
    }
}
