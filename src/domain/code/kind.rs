//! What looks like an item's number and is none: coupons, refund receipts, gift cards, and the
//! numbers of payment cards.
//!
//! | 13 digits begin with | what it is |
//! |---|---|
//! | `05` (a UPC-A that begins with 5) | coupon |
//! | `99`, `981` to `984` | coupon |
//! | `980` | refund receipt |
//!
//! None of them can be honored while the systems that know their worth are down, so nothing of
//! value is read out of them or kept.
//!
//! Source: GS1 General Specifications 1.4.2 (prefixes), 2.6 (coupons); the offer behind AI 8112 is
//! validated in real time (The Coupon Bureau).

/// A paper that is worth money at another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// A coupon of a maker or a store.
    Coupon,
    /// A receipt for a refund, as machines for empty bottles print it.
    RefundReceipt,
}

/// The longest range prefix of gift cards, in digits.
pub const GIFT_PREFIX_LEN_MAX: usize = 14;
/// The longest number of a gift card, in digits.
pub const GIFT_LEN_MAX: usize = 40;
/// The most ranges of gift cards a store may have.
pub const GIFT_RANGES_MAX: usize = 200;

/// The numbers of one kind of gift card: digits of one length with one beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiftCards {
    prefix: String,
    digits: usize,
    name: String,
}

impl GiftCards {
    /// A range; none unless the prefix is 4 to 14 digits and the length 8 to 40, not below it.
    pub fn new(prefix: &str, digits: usize, name: &str) -> Option<Self> {
        let fits = (4..=GIFT_PREFIX_LEN_MAX).contains(&prefix.len())
            && prefix.bytes().all(|b| b.is_ascii_digit())
            && (8..=GIFT_LEN_MAX).contains(&digits)
            && prefix.len() <= digits;
        fits.then(|| Self { prefix: prefix.to_owned(), digits, name: name.to_owned() })
    }

    /// How the numbers begin.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// How many digits they have.
    pub const fn digits(&self) -> usize {
        self.digits
    }

    /// What the store calls them.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// True for a number of this range.
    pub fn holds(&self, number: &str) -> bool {
        number.len() == self.digits
            && number.starts_with(&self.prefix)
            && number.bytes().all(|b| b.is_ascii_digit())
    }
}

/// What paper a GTIN of 14 digits stands for; none for an item.
pub fn paper(gtin: &str) -> Option<Paper> {
    let thirteen = gtin.strip_prefix('0').filter(|rest| rest.len() == 13)?;
    match (thirteen.get(..2)?, thirteen.get(..3)?) {
        ("05" | "99", _) | (_, "981" | "982" | "983" | "984") => Some(Paper::Coupon),
        (_, "980") => Some(Paper::RefundReceipt),
        _ => None,
    }
}

/// True for an element string of a coupon that came without its symbology: AI 8110 or 8112 and
/// more digits than any item's code has.
pub fn is_coupon_string(text: &str) -> bool {
    text.len() > 20
        && (text.starts_with("8110") || text.starts_with("8112"))
        && text.bytes().all(|b| b.is_ascii_digit())
}

/// True for 15 or 16 digits that are most likely a payment card's number: they are never shown,
/// recorded or asked for.
///
/// Source: ISO/IEC 7812 (issuer ranges, Luhn's digit).
pub fn is_payment_card(text: &str) -> bool {
    let issuer = match text.len() {
        15 => matches!(text.get(..2), Some("34" | "37")),
        16 => matches!(text.get(..1), Some("2" | "4" | "5" | "6")),
        _ => false,
    };
    issuer && text.bytes().all(|b| b.is_ascii_digit()) && luhn_holds(text)
}

/// The same for a number with blanks, points, dashes or slashes between its digits, as somebody
/// may key it where a code belongs.
pub fn may_be_payment_card(code: &str) -> bool {
    let between = |c: char| matches!(c, ' ' | '-' | '.' | '/' | '_');
    let digits: String = code.chars().filter(|c| !between(*c)).collect();
    is_payment_card(&digits)
}

fn luhn_holds(digits: &str) -> bool {
    let sum = digits.bytes().rev().enumerate().fold(0_u32, |sum, (place, byte)| {
        let digit = u32::from(byte.wrapping_sub(b'0'));
        let doubled = digit.saturating_mul(2);
        let value = match place.is_multiple_of(2) {
            true => digit,
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
    fn coupons_and_receipts_by_their_prefix() {
        for (gtin, expected) in [
            ("00593966700768", Some(Paper::Coupon)),
            ("09912345678900", Some(Paper::Coupon)),
            ("09810000000000", Some(Paper::Coupon)),
            ("09840000000000", Some(Paper::Coupon)),
            ("09800000000000", Some(Paper::RefundReceipt)),
            ("09850000000000", None),
            ("09780000000000", None),
            ("00042100005264", None),
            ("59912345678900", None),
            ("", None),
        ] {
            assert_eq!(paper(gtin), expected, "{gtin}");
        }
        assert!(is_coupon_string("8110106141416543213150110120"));
        assert!(!is_coupon_string("81101061414165432131"));
    }

    #[test]
    fn a_gift_card_is_its_range_and_its_length() {
        let cards = GiftCards::new("6006491", 19, "Gift card").expect("a range");
        assert!(cards.holds("6006491234567890123"));
        assert!(!cards.holds("600649123456789012") && !cards.holds("7006491234567890123"));
        assert!(!cards.holds("600649123456789012x"));
        for (prefix, digits) in [("600", 19), ("6006x", 19), ("6006", 7), ("6006491", 41)] {
            assert_eq!(GiftCards::new(prefix, digits, "x"), None, "{prefix} {digits}");
        }
    }

    #[test]
    fn a_payment_cards_number_is_known_when_seen() {
        for number in ["4111111111111111", "378282246310005", "5555555555554444"] {
            assert!(is_payment_card(number), "{number}");
        }
        for written in ["3782-822463-10005", "4111 1111 1111 1111", "5555.5555.5555.4444"] {
            assert!(may_be_payment_card(written) && !is_payment_card(written), "{written}");
        }
        for number in ["4111111111111112", "4006381333931", "0104216518076420", "411111111111111x"]
        {
            assert!(!is_payment_card(number), "{number}");
        }
    }
}
