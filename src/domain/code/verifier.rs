//! The price verifier: a digit that guards the price inside a label.
//!
//! ```text
//!  4 digits  2-  2-  3   5-      verifier = sum * 3 mod 10          2875 ─▶ 9
//!  5 digits  5+  2-  5-  5+  2-  verifier = the digit whose 5- weight is the rest   14685 ─▶ 6
//! ```
//!
//! Source: GS1 General Specifications 7.9.2 to 7.9.4. Many scales compute another digit, so a
//! layout says whether it is looked at.

/// The digit that guards a price of four or five digits; none for any other text.
pub fn verifier(price: &str) -> Option<u8> {
    let digits: Vec<u8> = price.bytes().map(|b| b.wrapping_sub(b'0')).collect();
    let sum = |weights: &[[u8; 10]]| -> Option<u8> {
        digits.iter().zip(weights).try_fold(0_u8, |sum, (digit, weights)| {
            sum.checked_add(*weights.get(usize::from(*digit))?)
        })
    };
    match digits.len() {
        4 => Some(sum(&[TWO_MINUS, TWO_MINUS, THREE, FIVE_MINUS])?.checked_mul(3)? % 10),
        5 => {
            let sum = sum(&[FIVE_PLUS, TWO_MINUS, FIVE_MINUS, FIVE_PLUS, TWO_MINUS])?;
            let rest = 10_u8.checked_sub(sum % 10)? % 10;
            let place = FIVE_MINUS.iter().position(|weight| *weight == rest)?;
            u8::try_from(place).ok()
        }
        _ => None,
    }
}

const TWO_MINUS: [u8; 10] = [0, 2, 4, 6, 8, 9, 1, 3, 5, 7];
const THREE: [u8; 10] = [0, 3, 6, 9, 2, 5, 8, 1, 4, 7];
const FIVE_PLUS: [u8; 10] = [0, 5, 1, 6, 2, 7, 3, 8, 4, 9];
const FIVE_MINUS: [u8; 10] = [0, 5, 9, 4, 8, 3, 7, 2, 6, 1];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_specifications() {
        for (price, digit) in [("2875", 9), ("0150", 1), ("0000", 0), ("14685", 6), ("00000", 0)] {
            assert_eq!(verifier(price), Some(digit), "{price}");
        }
        for none in ["", "287", "287x", "146850", "28\u{660}"] {
            assert_eq!(verifier(none), None, "{none}");
        }
    }

    #[test]
    fn a_wrong_digit_of_a_price_is_always_noticed() {
        let four = (0..10_000).step_by(37).map(|price| format!("{price:04}"));
        let five = (0..100_000).step_by(371).map(|price| format!("{price:05}"));
        for price in four.chain(five) {
            let wrong = (0..price.len()).flat_map(|place| changed_at(&price, place));
            for wrong in wrong {
                assert_ne!(verifier(&wrong), verifier(&price), "{wrong} for {price}");
            }
        }
    }

    /// The price with every other digit at one place.
    fn changed_at(price: &str, place: usize) -> Vec<String> {
        let with = |digit| {
            let mut digits: Vec<char> = price.chars().collect();
            (std::mem::replace(&mut digits[place], digit) != digit).then(|| digits.iter().collect())
        };
        ('0'..='9').filter_map(with).collect()
    }
}
