//! Badges: what a person carries beside the PIN, read by the ordinary scanner.
//!
//! ```text
//!  TDB1:51:9F3C0011AA22BB33CC44DD55EE66FF77
//!        │  └ sixteen random bytes: the secret, in the pack in no form
//!        └ whose it is
//! ```
//!
//! The text is a secret like a PIN. It is read where somebody is asked who they are, and is shown,
//! kept and logged nowhere; a scan of it anywhere else is refused without a word of it. Badge and
//! PIN together open their person's key, neither does alone (docs/pack.md).

use std::fmt;

use zeroize::Zeroizing;

use super::ids::PersonId;

/// What a badge's text begins with.
pub const PREFIX: &str = "TDB1:";
/// Bytes of the secret.
pub const SECRET_LEN: usize = 16;

/// A badge. It never shows in a log, and is wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Badge {
    person: PersonId,
    secret: Zeroizing<[u8; SECRET_LEN]>,
}

/// Why a scanned text is no badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the badge was not read whole; scan it again")]
pub struct NotABadge;

impl Badge {
    /// The badge of a person.
    pub const fn new(person: PersonId, secret: Zeroizing<[u8; SECRET_LEN]>) -> Self {
        Self { person, secret }
    }

    /// Reads what a scanner sent: what it puts before the code is passed over, and so is whether
    /// its letters are capitals.
    ///
    /// # Errors
    /// [`NotABadge`] when any of it is missing, or there is more.
    pub fn parse(text: &str) -> Result<Self, NotABadge> {
        let read = || {
            let from = place(text)?.checked_add(PREFIX.len())?;
            let (person, secret) = text.get(from..)?.trim_end().split_once(':')?;
            let mut bytes = Zeroizing::new([0; SECRET_LEN]);
            let mut digits = secret.chars().map(|c| c.to_digit(16));
            for byte in bytes.iter_mut() {
                let (high, low) = (digits.next()??, digits.next()??);
                *byte = u8::try_from(high.checked_mul(16)?.checked_add(low)?).ok()?;
            }
            let person = PersonId::parse(person).ok()?;
            digits.next().is_none().then_some(Self { person, secret: bytes })
        };
        read().ok_or(NotABadge)
    }

    /// Whose it is.
    pub const fn person(&self) -> &PersonId {
        &self.person
    }

    /// The secret, for the key it is half of.
    pub fn secret(&self) -> &[u8] {
        self.secret.as_slice()
    }

    /// The text in its square code.
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(80));
        text.push_str(PREFIX);
        text.push_str(self.person.as_str());
        text.push(':');
        for byte in self.secret.iter() {
            for half in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(u32::from(half), 16).map(|c| c.to_ascii_uppercase()));
            }
        }
        text
    }
}

impl fmt::Debug for Badge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Badge(..)")
    }
}

/// A badge, whole or not, stands in a text: nothing of it may be shown or kept. One whose first
/// letter was lost on its way is known too.
pub fn is_in(text: &str) -> bool {
    let (_, most) = PREFIX.split_at(1);
    place_of(most, text).is_some()
}

fn place(text: &str) -> Option<usize> {
    place_of(PREFIX, text)
}

fn place_of(sought: &str, text: &str) -> Option<usize> {
    let same = |window: &[u8]| window.eq_ignore_ascii_case(sought.as_bytes());
    text.as_bytes().windows(sought.len()).position(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn badge(id: &str) -> Badge {
        let secret = Zeroizing::new(std::array::from_fn(|at| {
            u8::try_from(at).expect("a byte").wrapping_mul(17)
        }));
        Badge::new(PersonId::parse(id).expect("an id"), secret)
    }

    #[test]
    fn a_badge_is_read_as_it_was_printed_whatever_the_scanner_puts_before_it() {
        let text = badge("m.51").text();
        assert_eq!(text.as_str(), "TDB1:m.51:00112233445566778899AABBCCDDEEFF");
        for before in ["", "]Q1", "]C0", "20"] {
            assert_eq!(Badge::parse(&format!("{before}{}", *text)), Ok(badge("m.51")));
        }
        assert_eq!(Badge::parse(&badge("51").text()[1..]), Err(NotABadge));
        assert!(is_in(&badge("51").text()[1..]), "its first letter was lost");
        let small = badge("51").text().to_lowercase();
        assert_eq!(Badge::parse(&small), Ok(badge("51")), "a scanner with Caps Lock on");
    }

    #[test]
    fn a_torn_badge_is_none_and_is_still_known_for_a_secret() {
        let text = badge("51").text();
        for cut in 0..text.len() {
            let torn = &text[..cut];
            assert_eq!(Badge::parse(torn), Err(NotABadge), "cut at {cut}");
            assert_eq!(is_in(torn), cut >= PREFIX.len());
        }
        for odd in [
            format!("{}0", *text),
            text.replace('F', "G"),
            text.replace(":51:", "::"),
            text.replace(":51:", ":5 1:"),
        ] {
            assert_eq!(Badge::parse(&odd), Err(NotABadge));
            assert!(is_in(&odd));
        }
        for other in ["TDO1:1042:7:9F3C0011AA22BB33:1801:5D41402ABC4B2A76", "4006381333931", ""] {
            assert!(!is_in(other));
        }
    }

    #[test]
    fn a_badge_shows_in_no_log() {
        assert_eq!(format!("{:?}", badge("51")), "Badge(..)");
    }
}
