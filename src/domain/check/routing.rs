//! Routing numbers: nine digits that name the bank a check is drawn on.
//!
//! Two tests, since each alone lets absurd numbers through: the weighted sum
//! `3(d1+d4+d7) + 7(d2+d5+d8) + (d3+d6+d9)` is a multiple of ten (ABA Key to Routing Numbers), and
//! the first two digits are ones that are given out. `000000000` passes the sum. The sum finds
//! every single wrong digit, but not every pair of digits that changed places.

use std::fmt;

/// A routing number that can exist.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Routing([u8; 9]);

/// Why nine digits are no routing number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRouting {
    /// Not nine digits.
    Length,
    /// The weighted sum is wrong: a digit was misread.
    Sum,
    /// No bank's number begins like that.
    Prefix,
}

impl Routing {
    /// Reads nine digits.
    ///
    /// # Errors
    /// [`NotRouting`], with the reason.
    pub fn parse(text: &str) -> Result<Self, NotRouting> {
        let digits: [u8; 9] = text.as_bytes().try_into().map_err(|_| NotRouting::Length)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(NotRouting::Length);
        }
        let weighted = digits.iter().zip([3_u32, 7, 1].into_iter().cycle());
        let sum = weighted.fold(0_u32, |sum, (digit, weight)| {
            let value = u32::from(digit.saturating_sub(b'0'));
            sum.saturating_add(value.saturating_mul(weight))
        });
        if !sum.is_multiple_of(10) {
            return Err(NotRouting::Sum);
        }
        let [first, second, ..] = digits;
        let prefix = first
            .saturating_sub(b'0')
            .saturating_mul(10)
            .saturating_add(second.saturating_sub(b'0'));
        // 00 government, 01-12 districts, 21-32 thrifts, 61-72 electronic, 80 traveller's checks.
        let given_out = matches!(prefix, 0..=12 | 21..=32 | 61..=72 | 80);
        // 00 is the Treasury's; nothing but zeros is nobody's.
        let nobody = digits.iter().all(|digit| *digit == b'0');
        if given_out && !nobody { Ok(Self(digits)) } else { Err(NotRouting::Prefix) }
    }

    /// The nine digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl fmt::Display for Routing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Routing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Routing(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sum_and_beginning_are_both_asked() {
        assert_eq!(Routing::parse("111000025").map(|r| r.to_string()), Ok("111000025".to_owned()));
        assert_eq!(Routing::parse("112000025"), Err(NotRouting::Sum));
        assert_eq!(Routing::parse("000000000"), Err(NotRouting::Prefix));
        // Right by its sum alone: 5 x 3 + 5 x 1 = 20.
        assert_eq!(Routing::parse("505000000"), Err(NotRouting::Prefix));
        for wrong in ["", "11100002", "1110000250", "11100002a", "١١١٠٠٠٠٢٥", "         "]
        {
            assert_eq!(Routing::parse(wrong), Err(NotRouting::Length), "{wrong}");
        }
    }

    #[test]
    fn one_wrong_digit_is_always_found() {
        let right = *b"021000021";
        for place in 0..9 {
            for digit in b'0'..=b'9' {
                let mut changed = right;
                changed[place] = digit;
                let text = std::str::from_utf8(&changed).expect("digits");
                assert_eq!(Routing::parse(text).is_ok(), changed == right, "{text}");
            }
        }
    }
}
