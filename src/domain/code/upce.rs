//! UPC-E: six digits that stand for a UPC-A with zeros in the middle.
//!
//! ```text
//!  N abcdef C     f = 0,1,2   N ab f 0000 cde C        manufacturer ab f00
//!                 f = 3       N abc  00000 de C                     abc00
//!                 f = 4       N abcd 00000 e  C                     abcd0
//!                 f = 5..9    N abcde 0000 f  C                     abcde
//! ```
//! The check digit C is that of the UPC-A; the number system N is 0 or 1.
//!
//! Six or seven digits without the check digit are not read: a slip of one digit in what somebody
//! types would then sell another item unnoticed.
//!
//! Source: GS1 General Specifications 5.2.2.4.2.

use crate::domain::gtin::is_gtin;

/// The UPC-A, 12 digits, that eight digits of a UPC-E stand for; none where they are no UPC-E.
pub fn expand(upc_e: &str) -> Option<String> {
    if upc_e.len() != 8 || !upc_e.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| upc_e.get(from..to);
    let (system, check) = (part(0, 1)?, part(7, 8)?);
    if !matches!(system, "0" | "1") {
        return None;
    }
    let middle = match part(6, 7)? {
        last @ ("0" | "1" | "2") => format!("{}{last}0000{}", part(1, 3)?, part(3, 6)?),
        "3" => format!("{}00000{}", part(1, 4)?, part(4, 6)?),
        "4" => format!("{}00000{}", part(1, 5)?, part(5, 6)?),
        last => format!("{}0000{last}", part(1, 6)?),
    };
    let upc_a = format!("{system}{middle}{check}");
    is_gtin(&upc_a).then_some(upc_a)
}

/// The UPC-E of a UPC-A; none where it has no short form.
pub fn compress(upc_a: &str) -> Option<String> {
    if upc_a.len() != 12 || !is_gtin(upc_a) {
        return None;
    }
    let (maker, item) = (upc_a.get(1..6)?, upc_a.get(6..11)?);
    let (system, check) = (upc_a.get(..1)?, upc_a.get(11..)?);
    let head = |len: usize| maker.get(..len);
    let tail = |len: usize| item.get(5_usize.checked_sub(len)?..);
    let item_no: u32 = item.parse().ok()?;
    // The shortest maker's number first: two forms of one UPC-A never both hold.
    let six = if matches!(maker.get(2..)?, "000" | "100" | "200") && item_no <= 999 {
        format!("{}{}{}", head(2)?, tail(3)?, maker.get(2..3)?)
    } else if maker.ends_with("00") && item_no <= 99 {
        format!("{}{}3", head(3)?, tail(2)?)
    } else if maker.ends_with('0') && item_no <= 9 {
        format!("{}{}4", head(4)?, tail(1)?)
    } else if (5..=9).contains(&item_no) {
        format!("{maker}{}", tail(1)?)
    } else {
        return None;
    };
    matches!(system, "0" | "1").then(|| format!("{system}{six}{check}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_four_forms_goes_both_ways() {
        for (short, long) in [
            ("04252614", "042100005264"),
            ("01234565", "012345000065"),
            ("03400209", "034000000029"),
            ("00441643", "004410000063"),
        ] {
            assert_eq!(expand(short).as_deref(), Some(long), "{short}");
            assert_eq!(compress(long).as_deref(), Some(short), "{long}");
        }
    }

    #[test]
    fn what_is_no_upc_e_is_none() {
        for text in ["", "0425261", "04252615", "24252614", "0425261x", "042526144", "é252614"] {
            assert_eq!(expand(text), None, "{text}");
        }
        assert_eq!(compress("401100370077"), None, "a UPC-A without zeros has no short form");
    }
}
