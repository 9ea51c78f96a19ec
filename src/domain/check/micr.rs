//! The magnetic line at the foot of a check (E-13B), as readers send it.
//!
//! ```text
//!  ⑈001024⑈  ⑆111000025⑆  0012345678⑈ 10   ⑇0000012345⑇
//!  auxiliary   transit     on-us            amount (the bank's, mostly blank)
//!  (business)  9 digits    account⑈number, or account⑈code beside an auxiliary number
//! ```
//!
//! Readers send letters for the four symbols; three alphabets are in use, and some send the
//! characters themselves. The routing number is read always, account and number as well as can
//! be: the on-us field's layout is each bank's own, so the cashier confirms the number.
//! Unicode named two of the characters the wrong way round: U+2448 is the on-us symbol, U+2449
//! the dash.

use zeroize::Zeroizing;

use super::AccountNo;
use super::routing::{NotRouting, Routing};
use crate::domain::tender::CheckNumber;

/// The most characters of a line: 65 places, and what a reader puts around them.
pub const MICR_LEN_MAX: usize = 96;

const TRANSIT: char = 'T';
const ON_US: char = 'U';
const AMOUNT: char = '$';
const DASH: char = '-';

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Micr {
    /// The bank.
    pub routing: Routing,
    /// The account, where the on-us field shows one.
    pub account: Option<AccountNo>,
    /// The check's number, where the line shows one.
    pub number: Option<CheckNumber>,
    /// It has an auxiliary field: a business check.
    pub business: bool,
}

/// Why a line can't be used. The cashier reads it again or keys the digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotMicr {
    /// Not a line of this kind at all: an item's code, or garbage.
    Form,
    /// The reader says that it could not read a character.
    Unread,
    /// The routing number can't be one.
    Routing(NotRouting),
}

/// One of the ways to send the four symbols.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    /// T transit, U on-us, $ amount, - dash.
    Tuds,
    /// A transit, B amount, C on-us, D dash.
    Abcd,
    /// t transit, o on-us, a amount, d dash.
    Toad,
    /// The characters of Unicode.
    Unicode,
}

impl Alphabet {
    fn of(line: &str) -> Option<Self> {
        let has = |wanted: &[char]| line.contains(wanted);
        if has(&['\u{2446}', '\u{2447}', '\u{2448}', '\u{2449}']) {
            Some(Self::Unicode)
        } else if has(&['t', 'o', 'O']) {
            Some(Self::Toad)
        } else if has(&['T']) {
            Some(Self::Tuds)
        } else if has(&['A', 'a']) {
            Some(Self::Abcd)
        } else {
            None
        }
    }

    /// The same character in the first alphabet.
    const fn plain(self, c: char) -> Option<char> {
        Some(match (self, c) {
            (_, '0'..='9' | ' ') => c,
            (Self::Tuds, 'T')
            | (Self::Abcd, 'A' | 'a')
            | (Self::Toad, 't' | 'T')
            | (Self::Unicode, '\u{2446}') => TRANSIT,
            (Self::Tuds, 'U')
            | (Self::Abcd, 'C' | 'c')
            | (Self::Toad, 'o' | 'O')
            | (Self::Unicode, '\u{2448}') => ON_US,
            (Self::Tuds, '$')
            | (Self::Abcd, 'B' | 'b')
            | (Self::Toad, 'a' | 'A')
            | (Self::Unicode, '\u{2447}') => AMOUNT,
            (Self::Tuds, '-')
            | (Self::Abcd, 'D' | 'd')
            | (Self::Toad, 'd' | 'D')
            | (Self::Unicode, '\u{2449}') => DASH,
            _ => return None,
        })
    }
}

/// Reads a line, whatever it holds.
///
/// # Errors
/// [`NotMicr`].
pub fn read(line: &str) -> Result<Micr, NotMicr> {
    let line = line.trim();
    if line.len() > MICR_LEN_MAX.saturating_mul(4) || line.chars().count() > MICR_LEN_MAX {
        return Err(NotMicr::Form);
    }
    let alphabet = Alphabet::of(line).ok_or(NotMicr::Form)?;
    // Room for all of it at once: a string that grows leaves copies behind.
    let mut plain = Zeroizing::new(String::with_capacity(MICR_LEN_MAX));
    for c in line.chars() {
        match alphabet.plain(c) {
            Some(c) => plain.push(c),
            // What readers send for a character they could not read.
            None if matches!(c, '?' | '!' | '@' | '*') => return Err(NotMicr::Unread),
            None => return Err(NotMicr::Form),
        }
    }
    let mut parts = plain.split(TRANSIT);
    let (Some(before), Some(transit), Some(after), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(NotMicr::Form);
    };
    let routing = digits(transit).ok_or(NotMicr::Form)?;
    let routing = Routing::parse(&routing).map_err(NotMicr::Routing)?;
    let auxiliary = before.contains(ON_US).then(|| number(before)).flatten();
    let on_us = after.split(AMOUNT).next().unwrap_or("");
    let mut fields = on_us.split(ON_US);
    let (first, rest) = (fields.next().unwrap_or(""), fields.next().unwrap_or(""));
    // Some banks begin the field with the symbol: then the account is what stands after it.
    let leads = first.trim().is_empty() && !rest.is_empty();
    let (account, tail) = if leads { (rest, fields.next().unwrap_or("")) } else { (first, rest) };
    let business = auxiliary.is_some();
    Ok(Micr {
        routing,
        account: digits(account).and_then(|digits| AccountNo::parse(&digits)),
        number: auxiliary.or_else(|| number(tail)),
        business,
    })
}

/// The digits of a field, dashes and spaces left out; none where it has none, or anything else.
fn digits(field: &str) -> Option<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(field.len()));
    for c in field.chars() {
        match c {
            '0'..='9' => text.push(c),
            ' ' | DASH => {}
            _ => return None,
        }
    }
    (!text.is_empty()).then_some(text)
}

/// A check's number without the zeros before it; the symbols around it are left out.
fn number(field: &str) -> Option<CheckNumber> {
    let digits = digits(field.trim().trim_matches(ON_US))?;
    CheckNumber::parse(digits.trim_start_matches('0')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> (String, String, String, bool) {
        let read = read(line).unwrap_or_else(|why| panic!("{line}: {why:?}"));
        (
            read.routing.to_string(),
            read.account.map(|account| account.digits().to_owned()).unwrap_or_default(),
            read.number.map(|number| number.as_str().to_owned()).unwrap_or_default(),
            read.business,
        )
    }

    fn is(
        routing: &str,
        account: &str,
        number: &str,
        business: bool,
    ) -> (String, String, String, bool) {
        (routing.to_owned(), account.to_owned(), number.to_owned(), business)
    }

    #[test]
    fn the_same_check_in_every_alphabet() {
        let personal = is("111000025", "0012345678", "1024", false);
        for line in [
            "T111000025T 0012345678U 1024",
            "A111000025A 0012345678C 1024",
            "t111000025t 0012345678o 1024",
            "T111000025T 0012345678O 1024",
            "⑆111000025⑆ 0012345678⑈ 1024",
            "  T111000025T001-2345-678U01024 $0000012345$\n",
            "⑆111000025⑆001⑉2345⑉678⑈1024",
        ] {
            assert_eq!(shown(line), personal, "{line}");
        }
        let business = is("021000021", "987654321", "50117", true);
        for line in [
            "U0050117U T021000021T 987654321U 10",
            "C0050117C A021000021A 987654321C",
            "o0050117o t021000021t 987654321o",
            "⑈0050117⑈ ⑆021000021⑆ 987654321⑈",
        ] {
            assert_eq!(shown(line), business, "{line}");
        }
    }

    #[test]
    fn what_a_bank_lays_out_otherwise_is_left_to_the_cashier() {
        assert_eq!(shown("T111000025T"), is("111000025", "", "", false));
        assert_eq!(shown("T111000025T 12345678"), is("111000025", "12345678", "", false));
        assert_eq!(
            shown("T111000025T U12345678U 1024"),
            is("111000025", "12345678", "1024", false)
        );
        assert_eq!(shown("T111000025T 12U 1024"), is("111000025", "", "1024", false));
    }

    #[test]
    fn garbage_is_told_apart_from_a_bad_read() {
        assert_eq!(read("T11100?025T 12345678U 1024"), Err(NotMicr::Unread));
        assert_eq!(read("T112000025T 12345678U"), Err(NotMicr::Routing(NotRouting::Sum)));
        assert_eq!(read("T000000000T 12345678U"), Err(NotMicr::Routing(NotRouting::Prefix)));
        for garbage in
            ["", "4006381333931", "T111000025 12345678U", "TTT", "TTTT", "hello", "T1T2T3T"]
        {
            assert!(
                matches!(read(garbage), Err(NotMicr::Form | NotMicr::Routing(NotRouting::Length))),
                "{garbage}"
            );
        }
    }

    /// Whatever a reader, a cable or a customer's bar code sends: an answer, and never a routing
    /// number that is none. SplitMix64 from a seed.
    #[test]
    fn nothing_a_reader_sends_takes_it_down() {
        let mut state = 0x7E57_u64;
        let mut draw = |below: u64| {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            usize::try_from((z ^ (z >> 31)) % below).expect("small")
        };
        let alphabet: Vec<char> = "0123456789TUABCDtoad$- ?⑆⑇⑈⑉]é\u{0}".chars().collect();
        let good: Vec<char> = "U0050117U T021000021T 987654321U 10".chars().collect();
        for _ in 0..20_000 {
            let mut line = good.clone();
            for _ in 0..draw(6) {
                let place = draw(u64::try_from(line.len()).expect("small") + 1);
                let c = alphabet[draw(u64::try_from(alphabet.len()).expect("small"))];
                match draw(3) {
                    0 => line.insert(place, c),
                    1 if place < line.len() => line[place] = c,
                    _ if place < line.len() => drop(line.remove(place)),
                    _ => {}
                }
            }
            let text: String = line.iter().collect();
            if let Ok(micr) = read(&text) {
                assert_eq!(Routing::parse(micr.routing.as_str()), Ok(micr.routing), "{text}");
            }
        }
        for len in 0..400 {
            let line: String = (0..len).map(|_| alphabet[draw(30)]).collect();
            drop(read(&line));
        }
    }
}
