//! The entry line: characters as they came, and what they can be read as.
//!
//! It is drawn, not edited: no cursor moves in it, Erase takes the last character, Back takes
//! all. What was keyed is wiped from memory when it is cleared, since it may be a PIN.

use zeroize::{Zeroize as _, Zeroizing};

use super::wedge::is_burst;
use crate::domain::badge;
use crate::domain::money::Money;

/// The most characters of an entry line; a longer one is refused whole, never cut.
pub const ENTRY_LEN_MAX: usize = 1_024;
/// The most digits of an amount: 9,999,999.99. A GTIN-13 never fits.
const AMOUNT_DIGITS_MAX: usize = 9;

/// The entry line.
#[derive(Default)]
pub struct Entry {
    text: Zeroizing<String>,
    times_ms: Vec<u64>,
    overlong: bool,
}

/// A line that was ended.
pub struct Line {
    /// Its characters.
    pub text: Zeroizing<String>,
    /// Sent by a scanner, as far as can be told.
    pub scanned: bool,
    /// It was longer than [`ENTRY_LEN_MAX`] and holds only its beginning.
    pub overlong: bool,
}

impl Entry {
    /// Takes a character; spaces before the first one are dropped.
    pub fn put(&mut self, c: char, at_ms: u64) {
        if self.text.is_empty() && c == ' ' {
            return;
        }
        if self.times_ms.len() >= ENTRY_LEN_MAX {
            self.overlong = true;
            return;
        }
        self.text.push(c);
        self.times_ms.push(at_ms);
    }

    /// The last character goes; false when there was none.
    pub fn erase(&mut self) -> bool {
        self.times_ms.pop();
        self.text.pop().is_some()
    }

    /// Wipes it; false when it was empty.
    pub fn clear(&mut self) -> bool {
        let was_empty = self.text.is_empty();
        self.text.zeroize();
        self.times_ms.clear();
        self.overlong = false;
        !was_empty
    }

    /// Ends the line and leaves an empty one.
    pub fn end(&mut self) -> Line {
        let scanned = self.looks_scanned();
        let line = Line { text: self.text.clone(), scanned, overlong: self.overlong };
        self.clear();
        line
    }

    /// What stands there.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands there, as far as it may be seen; nothing of a badge.
    pub fn shown(&self) -> &str {
        if self.holds_badge() { "" } else { &self.text }
    }

    /// A badge stands there, whole or not: none of it may be seen.
    pub fn holds_badge(&self) -> bool {
        badge::is_in(&self.text)
    }

    /// How many characters stand there.
    pub fn len(&self) -> usize {
        self.times_ms.len()
    }

    /// Nothing stands there.
    pub fn is_empty(&self) -> bool {
        self.times_ms.is_empty()
    }

    /// Read as an amount, the way registers do it: digits alone are minor units (`2000` is
    /// 20.00), with a point it is as written (`20.` is 20.00). None when it is no amount.
    pub fn amount(&self) -> Option<Money> {
        read_amount(&self.text)
    }

    /// Its characters, or some of the last ones, came faster than a person types; or it begins
    /// with the `]` of a symbology identifier (ISO/IEC 15424), which nobody types.
    pub fn looks_scanned(&self) -> bool {
        self.text.starts_with(']') || is_burst(&self.times_ms)
    }

    /// A scanner is in the midst of it: its last character came just now, and either it came after
    /// `frame_ms`, when the frame before the last one was drawn, or the line is a burst already.
    pub fn is_coming_in(&self, frame_ms: u64, now_ms: u64) -> bool {
        const JUST_NOW_MS: u64 = 400; // a slow frame, with software rendering
        self.times_ms.last().is_some_and(|last| {
            now_ms.saturating_sub(*last) <= JUST_NOW_MS
                && (*last > frame_ms || is_burst(&self.times_ms))
        })
    }

    /// What a scanner sent at the end, without what was typed before; none when all was typed.
    pub fn scanned_tail(&self) -> Option<String> {
        const APART_MS: u64 = 60;
        if !self.ends_in_scan() {
            return None;
        }
        let pauses = self.times_ms.iter().zip(self.times_ms.iter().skip(1));
        let from = pauses
            .enumerate()
            .filter(|(_, (one, next))| next.saturating_sub(**one) > APART_MS)
            .fold(0, |_, (place, _)| place.saturating_add(1));
        Some(self.text.chars().skip(from).collect())
    }

    /// A scanner sent at least its tail, after something that was typed before.
    pub fn ends_in_scan(&self) -> bool {
        const TAIL: usize = 8; // the shortest retail code, GTIN-8
        let from = self.times_ms.len().saturating_sub(TAIL);
        self.looks_scanned() || (from > 0 && self.times_ms.get(from..).is_some_and(is_burst))
    }
}

/// See [`Entry::amount`].
pub fn read_amount(text: &str) -> Option<Money> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if !plain || digits == 0 || digits > AMOUNT_DIGITS_MAX {
        return None;
    }
    if text.contains('.') {
        let text = text.strip_suffix('.').unwrap_or(text);
        return Money::parse(text).ok();
    }
    text.parse::<u64>().ok().and_then(|n| i64::try_from(n).ok()).map(Money::from_minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str, gap_ms: u64) -> Entry {
        let mut entry = Entry::default();
        text.chars().zip(0_u64..).for_each(|(c, n)| entry.put(c, n * gap_ms));
        entry
    }

    #[test]
    fn digits_alone_are_minor_units_and_a_point_is_a_point() {
        for (text, minor) in
            [("2000", Some(2000)), ("5", Some(5)), ("20.", Some(2000)), ("20.5", Some(2050))]
        {
            assert_eq!(read_amount(text), minor.map(Money::from_minor), "{text}");
        }
        for wrong in ["", ".", "-5", "3*4011", "1.2.3", "12.345", "4006381333931", "abc", "+5"] {
            assert_eq!(read_amount(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_line_knows_whether_a_scanner_sent_it() {
        assert!(typed("4006381333931", 1).end().scanned);
        assert!(!typed("4006381333931", 80).end().scanned);
        assert!(typed("]C101095", 80).end().scanned);
    }

    #[test]
    fn a_scan_after_typed_digits_is_seen() {
        let mut entry = typed("20", 200);
        "4006381333931".chars().zip(2_000_u64..).for_each(|(c, at)| entry.put(c, at));
        assert!(entry.ends_in_scan());
        assert_eq!(entry.scanned_tail().as_deref(), Some("4006381333931"));
        assert_eq!(typed("jalapeno", 90).scanned_tail(), None);
        assert!(!typed("20", 200).ends_in_scan());
        assert!(!typed("123456789", 90).ends_in_scan());
    }

    #[test]
    fn an_overlong_line_is_told_and_the_next_one_is_fresh() {
        let mut entry = typed(&"7".repeat(ENTRY_LEN_MAX + 1), 1);
        assert!(entry.end().overlong);
        entry.put('1', 0);
        let line = entry.end();
        assert_eq!((line.text.as_str(), line.overlong), ("1", false));
    }
}
