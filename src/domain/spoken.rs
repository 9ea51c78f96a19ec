//! Codes that people read aloud and key: Crockford's base 32, without I, L, O and U.
//!
//! Heard wrongly they still mean the same: I and L are 1, O is 0, U is V; case, spaces and dashes
//! do not count.

/// The bits of a character.
pub const BITS: u32 = 5;
/// The most characters: they fit a number of 64 bits.
const LEN_MAX: u32 = 12;
const DIGITS: [char; 32] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J',
    'K', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z',
];

/// A code of so many characters, shown in two halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// What it stands for.
    pub number: u64,
    /// How many characters it has, at most twelve.
    pub len: u32,
}

impl Spoken {
    /// A code as somebody keyed it; none when it can't be one of `len` characters.
    pub fn parse(text: &str, len: u32) -> Option<Self> {
        let mut number = 0_u64;
        let mut count = 0_u32;
        for c in text.chars().filter(|c| !matches!(c, ' ' | '-')) {
            let c = match c.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                'U' => 'V',
                other => other,
            };
            let digit = DIGITS.iter().position(|digit| *digit == c)?;
            number = number << BITS | u64::try_from(digit).ok()?;
            count = count.checked_add(1).filter(|count| *count <= len.min(LEN_MAX))?;
        }
        (count == len).then_some(Self { number, len })
    }
}

impl std::fmt::Display for Spoken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let len = self.len.min(LEN_MAX);
        for place in (0..len).rev() {
            let digit = (self.number >> place.saturating_mul(BITS)) & 31;
            let digit = usize::try_from(digit).ok().and_then(|digit| DIGITS.get(digit));
            write!(f, "{}", digit.copied().unwrap_or('0'))?;
            if place > 0 && place == len / 2 {
                f.write_str("-")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_how_people_write_it() {
        let spoken = Spoken { number: 0x3_1234_5678_9abc, len: 10 };
        let text = spoken.to_string();
        assert_eq!(text.len(), 11);
        let typed = format!(" {} ", text.to_lowercase().replace('1', "l").replace('0', "o"));
        assert_eq!(Spoken::parse(&typed, 10), Some(spoken));
        for wrong in ["7K2MA-Q0X9", "7K2MA-Q0X9!", "7K2MA-Q0X9DD", "", "ÄÖ"] {
            assert_eq!(Spoken::parse(wrong, 10), None, "{wrong}");
        }
    }
}
