//! Payment cards' numbers in words: none is kept, whatever field it is keyed into.
//!
//! ```text
//!  "card 4111 1111-1111 1111 of Ann" ─▶ groups of digits, one blank, point or dash between them
//!      ─▶ neighbors together: 13 to 19 digits of an issuer, Luhn's digit right ─▶ a card's number
//! ```
//!
//! A number that only looks like one is refused too: one of ten numbers of an issuer's range and
//! length passes Luhn's digit. Whoever keys it is asked to leave it out.
//!
//! Source: ISO/IEC 7812 (issuer ranges, lengths, Luhn's digit).

/// The longest number of a card.
const LEN_MAX: usize = 19;

/// A text holds what is most likely a payment card's number.
pub fn is_in(text: &str) -> bool {
    runs(text).iter().any(|groups| {
        (0..groups.len()).any(|from| {
            let mut digits: Vec<u8> = Vec::with_capacity(LEN_MAX);
            groups.iter().skip(from).any(|group| {
                digits.extend(group);
                digits.len() <= LEN_MAX && of_an_issuer(&digits) && luhn_holds(&digits)
            })
        })
    })
}

/// Groups of digits, each run with one blank, point, slash or dash between its groups.
fn runs(text: &str) -> Vec<Vec<Vec<u8>>> {
    let mut runs: Vec<Vec<Vec<u8>>> = Vec::new();
    let mut between = usize::MAX;
    for c in text.chars() {
        let Some(digit) = c.to_digit(10).and_then(|digit| u8::try_from(digit).ok()) else {
            let joins = matches!(c, ' ' | '.' | '-' | '/' | '\u{a0}' | '\u{2010}'..='\u{2015}');
            between = if joins { between.saturating_add(1) } else { usize::MAX };
            continue;
        };
        match (between, runs.last_mut()) {
            (0, Some(run)) => run.last_mut().into_iter().for_each(|group| group.push(digit)),
            (1, Some(run)) => run.push(vec![digit]),
            _ => runs.push(vec![vec![digit]]),
        }
        between = 0;
    }
    runs
}

fn of_an_issuer(digits: &[u8]) -> bool {
    let number = |places: usize| {
        digits
            .iter()
            .take(places)
            .fold(0_u32, |all, digit| all.saturating_mul(10).saturating_add(u32::from(*digit)))
    };
    match digits.len() {
        13 => number(1) == 4,
        14 => matches!(number(2), 36 | 38 | 39) || matches!(number(3), 300..=305 | 309),
        15 => matches!(number(2), 34 | 37),
        16 => {
            matches!(number(1), 4)
                || matches!(number(2), 51..=55 | 62 | 65)
                || matches!(number(4), 2221..=2720 | 3528..=3589 | 6011)
                || matches!(number(3), 644..=649)
        }
        17..=19 => {
            matches!(number(1), 4) && digits.len() == 19
                || matches!(number(2), 62 | 65)
                || number(4) == 6011
        }
        _ => false,
    }
}

fn luhn_holds(digits: &[u8]) -> bool {
    let sum = digits.iter().rev().enumerate().fold(0_u32, |sum, (place, digit)| {
        let doubled = u32::from(*digit).saturating_mul(2);
        let value = match place.is_multiple_of(2) {
            true => u32::from(*digit),
            false if doubled > 9 => doubled.saturating_sub(9),
            false => doubled,
        };
        sum.saturating_add(value)
    });
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cards_number_is_seen_however_it_is_keyed() {
        for text in [
            "4111111111111111",
            "4111 1111 1111 1111",
            "card 4111-1111-1111-1111, Ann",
            "card:4111.1111.1111.1111.",
            "ref 99 4111111111111111 7",
            "x5555555555554444x",
            "378282246310005",
            "3782 822463 10005",
            "30569309025904",
            "6011 1111 1111 1117",
            "3530111333300000",
            "4222222222222",
            "6200000000000000000",
        ] {
            assert!(is_in(text), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_no_cards() {
        for text in [
            "",
            "INC-20417, call 218 555 0142 before 17:00",
            "4111 1111 1111 1112",
            "4111  1111  1111  1111",
            "2026-11-22 14:05, bag 00418822, slip 7003",
            "106141412345678908, 00411111111111111100",
            "UPC 042100005264",
            "4111 1111 then 1111 1111",
        ] {
            assert!(!is_in(text), "{text}");
        }
    }
}
