//! The JSON of a record, written and read strictly.
//!
//! A subset of RFC 8259 in which a text has one meaning and a meaning one text: no white space,
//! fields in the order of docs/record.md, integers only, and of the escapes only `\"`, `\\` and
//! `\u00xx` for control characters. Reading refuses everything else, so duplicate keys, floats,
//! unknown fields and second spellings can't hide anything. Nothing is built in memory.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Where and why a text is not the JSON of a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {at}: {what} expected")]
pub struct Malformed {
    /// The byte, counted from 0.
    pub at: usize,
    /// What should have stood there.
    pub what: &'static str,
}

/// Reads a text from left to right.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// Writes a text from left to right.
#[derive(Debug, Default)]
pub struct Writer {
    text: String,
    first: bool,
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of a text.
    pub const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The text that is still to be read.
    pub fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// A complaint about this place.
    pub const fn malformed(&self, what: &'static str) -> Malformed {
        Malformed { at: self.at, what }
    }

    /// Reads exactly this.
    ///
    /// # Errors
    /// [`Malformed`] when something else stands there.
    pub fn literal(&mut self, literal: &str, what: &'static str) -> Result<(), Malformed> {
        if self.try_literal(literal) { Ok(()) } else { Err(self.malformed(what)) }
    }

    /// Reads exactly this, if it stands there.
    pub fn try_literal(&mut self, literal: &str) -> bool {
        let found = self.rest().starts_with(literal);
        if found {
            self.at = self.at.saturating_add(literal.len());
        }
        found
    }

    /// Reads `{"key":` for a first field and `,"key":` for a later one. Which of the two it is
    /// follows from what stands before: an object begins where a value does.
    ///
    /// # Errors
    /// [`Malformed`] when another field stands there.
    pub fn key(&mut self, key: &'static str) -> Result<(), Malformed> {
        let before = self.at.checked_sub(1).and_then(|at| self.text.as_bytes().get(at));
        let begins = matches!(before, None | Some(b':' | b'[' | b','));
        let after = self
            .rest()
            .strip_prefix(if begins { "{\"" } else { ",\"" })
            .and_then(|rest| rest.strip_prefix(key));
        if after.is_some_and(|rest| rest.starts_with("\":")) {
            self.at = self.at.saturating_add(key.len()).saturating_add(4);
            Ok(())
        } else {
            Err(self.malformed(key))
        }
    }

    /// Reads the key of a field that may be left out; false, and nothing read, when it was.
    pub fn optional_key(&mut self, key: &'static str) -> bool {
        self.key(key).is_ok()
    }

    /// Reads `}`.
    ///
    /// # Errors
    /// [`Malformed`] when another field follows.
    pub fn end_object(&mut self) -> Result<(), Malformed> {
        self.literal("}", "the end of an object")
    }

    /// Reads an array, element by element, of at most `len_max` elements.
    ///
    /// # Errors
    /// [`Malformed`] when it is none, is longer, or an element is refused.
    pub fn array<T>(
        &mut self,
        len_max: usize,
        mut element: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        self.literal("[", "an array")?;
        let mut elements = Vec::new();
        if self.try_literal("]") {
            return Ok(elements);
        }
        loop {
            if elements.len() >= len_max {
                return Err(self.malformed("a shorter array"));
            }
            elements.push(element(self)?);
            if self.try_literal("]") {
                return Ok(elements);
            }
            self.literal(",", "the next element")?;
        }
    }

    /// Reads an integer without sign, leading zeros, fraction or exponent but for a minus.
    ///
    /// # Errors
    /// [`Malformed`] for anything else, or one that does not fit.
    pub fn int(&mut self) -> Result<i64, Malformed> {
        let rest = self.rest();
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        let len = digits.bytes().take_while(u8::is_ascii_digit).count();
        let sign = rest.len().saturating_sub(digits.len());
        let text = rest.get(..len.saturating_add(sign)).unwrap_or("");
        let canonical = !(digits.starts_with('0') && len > 1 || text == "-0");
        let follows = digits.as_bytes().get(len).copied();
        if len == 0 || !canonical || matches!(follows, Some(b'.' | b'e' | b'E')) {
            return Err(self.malformed("an integer"));
        }
        let value = text.parse().map_err(|_| self.malformed("a smaller integer"))?;
        self.at = self.at.saturating_add(text.len());
        Ok(value)
    }

    /// Reads an integer of another type.
    ///
    /// # Errors
    /// [`Malformed`] when it does not fit.
    pub fn int_as<T: TryFrom<i64>>(&mut self) -> Result<T, Malformed> {
        let before = self.clone();
        let value = self.int()?;
        T::try_from(value).map_err(|_| before.malformed("an integer within its bounds"))
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    /// [`Malformed`] for anything else.
    pub fn bool(&mut self) -> Result<bool, Malformed> {
        if self.try_literal("true") {
            return Ok(true);
        }
        self.literal("false", "true or false").map(|()| false)
    }

    /// Reads a string of at most `len_max` bytes.
    ///
    /// # Errors
    /// [`Malformed`] when it is none, is longer, or is spelled otherwise than it would be written.
    pub fn string(&mut self, len_max: usize) -> Result<Cow<'a, str>, Malformed> {
        self.literal("\"", "a string")?;
        let rest = self.rest();
        let plain = rest.find(['"', '\\']).ok_or_else(|| self.malformed("the end of a string"))?;
        let text = rest.get(..plain).unwrap_or("");
        if text.bytes().any(|byte| byte < 0x20) {
            return Err(self.malformed("an escaped control character"));
        }
        let value = if rest.as_bytes().get(plain) == Some(&b'"') {
            self.at = self.at.saturating_add(plain).saturating_add(1);
            Cow::Borrowed(text)
        } else {
            Cow::Owned(self.escaped_string()?)
        };
        if value.len() > len_max {
            return Err(self.malformed("a shorter string"));
        }
        Ok(value)
    }

    /// Reads a string and what it stands for.
    ///
    /// # Errors
    /// [`Malformed`] when `read` finds nothing in it.
    pub fn string_as<T>(
        &mut self,
        len_max: usize,
        what: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Malformed> {
        let before = self.clone();
        read(&self.string(len_max)?).ok_or_else(|| before.malformed(what))
    }

    /// Reads `null`, or what `read` reads.
    ///
    /// # Errors
    /// [`Malformed`] as `read` says.
    pub fn nullable<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        if self.try_literal("null") { Ok(None) } else { read(self).map(Some) }
    }

    /// Makes sure that nothing follows.
    ///
    /// # Errors
    /// [`Malformed`] when something does.
    pub fn end(&self) -> Result<(), Malformed> {
        if self.rest().is_empty() { Ok(()) } else { Err(self.malformed("the end")) }
    }

    fn escaped_string(&mut self) -> Result<String, Malformed> {
        let mut value = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((place, c)) = chars.next() {
            match c {
                '"' => {
                    self.at = self.at.saturating_add(place).saturating_add(1);
                    return Ok(value);
                }
                '\\' => match chars.next() {
                    Some((_, c @ ('"' | '\\'))) => value.push(c),
                    Some((_, 'u')) => {
                        let digits = self.rest().get(place..).and_then(|rest| rest.get(2..6));
                        let control = digits
                            .filter(|digits| {
                                // A number's own reader would take "+01f" too.
                                digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
                            })
                            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
                            .filter(|byte| *byte < 0x20);
                        value.push(char::from(
                            control.ok_or_else(|| self.malformed("a control character"))?,
                        ));
                        chars.nth(3);
                    }
                    _ => return Err(self.malformed("an escape")),
                },
                '\u{0}'..='\u{1f}' => {
                    return Err(self.malformed("an escaped control character"));
                }
                c => value.push(c),
            }
        }
        Err(self.malformed("the end of a string"))
    }
}

impl Writer {
    /// A writer of an empty text.
    pub fn new() -> Self {
        Self { text: String::with_capacity(2048), first: true }
    }

    /// The text.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Begins an object.
    pub fn begin_object(&mut self) {
        self.text.push('{');
        self.first = true;
    }

    /// Ends an object.
    pub fn end_object(&mut self) {
        self.text.push('}');
        self.first = false;
    }

    /// Writes a field's key, with the comma before it.
    pub fn key(&mut self, key: &str) {
        if !self.first {
            self.text.push(',');
        }
        self.first = false;
        self.text.push('"');
        self.text.push_str(key);
        self.text.push_str("\":");
    }

    /// Writes an array, element by element.
    pub fn array<T>(
        &mut self,
        elements: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.text.push('[');
        for (place, element) in elements.into_iter().enumerate() {
            if place > 0 {
                self.text.push(',');
            }
            write(self, element);
        }
        self.text.push(']');
        self.first = false;
    }

    /// Writes an integer.
    pub fn int(&mut self, value: impl std::fmt::Display) {
        // Writing to a String can't fail.
        write!(self.text, "{value}").ok();
    }

    /// Writes `true` or `false`.
    pub fn bool(&mut self, value: bool) {
        self.text.push_str(if value { "true" } else { "false" });
    }

    /// Writes a string.
    pub fn string(&mut self, value: &str) {
        self.text.push('"');
        for c in value.chars() {
            match c {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\u{0}'..='\u{1f}' => {
                    write!(self.text, "\\u{:04x}", u32::from(c)).ok();
                }
                c => self.text.push(c),
            }
        }
        self.text.push('"');
    }

    /// Writes what a value displays, as a string.
    pub fn string_of(&mut self, value: impl std::fmt::Display) {
        self.string(&value.to_string());
    }

    /// Writes `null`, or a string.
    pub fn string_or_null(&mut self, value: Option<&str>) {
        match value {
            Some(value) => self.string(value),
            None => self.text.push_str("null"),
        }
    }

    /// Writes text that is JSON already.
    pub fn raw(&mut self, json: &str) {
        self.text.push_str(json);
        self.first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_one_spelling() {
        for (text, value) in [("0", 0), ("-1", -1), ("9223372036854775807", i64::MAX)] {
            assert_eq!(Reader::new(text).int(), Ok(value));
        }
        for wrong in ["", "-", "-0", "01", "+1", "1.0", "1e3", "9223372036854775808", "NaN", " 1"] {
            assert!(Reader::new(wrong).int().is_err(), "{wrong}");
        }
    }

    #[test]
    fn strings_are_written_and_read_alike() {
        for text in ["", "Jalapeño", "a \"b\" \\c", "tab\tand\u{1}", "水"] {
            let mut writer = Writer::new();
            writer.string(text);
            let written = writer.into_text();
            assert_eq!(Reader::new(&written).string(100).as_deref(), Ok(text), "{written}");
        }
        for wrong in [
            "\"",
            "\"a",
            "\"\t\"",
            "\"\\n\"",
            "\"\\u0041\"",
            "\"\\u001F\"",
            "\"\\u+01f\"",
            "\"\\/\"",
            "\"\\u00",
            "\"\\ué123\"",
        ] {
            assert!(Reader::new(wrong).string(100).is_err(), "{wrong}");
        }
        assert!(Reader::new("\"abc\"").string(2).is_err());
    }

    #[test]
    fn fields_stand_in_their_order_and_once() {
        let read = |text| -> Result<(i64, i64), Malformed> {
            let mut reader = Reader::new(text);
            reader.key("a")?;
            let a = reader.int()?;
            reader.key("b")?;
            let b = reader.int()?;
            reader.end_object()?;
            reader.end()?;
            Ok((a, b))
        };
        assert_eq!(read("{\"a\":1,\"b\":2}"), Ok((1, 2)));
        for wrong in [
            "{\"b\":2,\"a\":1}",
            "{\"a\":1{\"b\":2}",
            ",\"a\":1,\"b\":2}",
            "{\"a\":1,\"a\":1,\"b\":2}",
            "{\"a\":1,\"b\":2,\"c\":3}",
            "{ \"a\":1,\"b\":2}",
            "{\"a\":1,\"b\":2} ",
            "{\"a\":1.5,\"b\":2}",
            "{\"a\":1}",
            "",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
