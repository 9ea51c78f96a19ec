//! What stands on a piece of paper, part by part, before anybody asks how wide the paper is.

/// A line of text that can only be printed: no control character is in it.
///
/// Whatever is printed comes from packs, keyboards and scanners. ESC and GS in an item's name
/// would be commands to the printer, and one of them opens the drawer; here they are gone, as are
/// the characters that turn the direction of writing around.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plain(String);

/// Where a line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Center,
}

/// How a line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// As it is.
    #[default]
    Normal,
    /// Bold.
    Bold,
    /// Bold, twice as wide and twice as high.
    Double,
}

/// One part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A line, wrapped where it is too long.
    Line {
        /// The words.
        text: Plain,
        /// Where it stands.
        align: Align,
        /// How it looks.
        look: Look,
    },
    /// Words at the left, an amount at the right. The amount is never cut.
    Row {
        /// The words; they wrap, then end in two dots.
        left: Plain,
        /// The amount.
        right: Plain,
        /// How it looks.
        look: Look,
    },
    /// A rule from edge to edge.
    Rule,
    /// An empty line.
    Blank,
    /// A QR code of this text, as [`super::code::ReceiptCode`] writes it.
    Qr(Plain),
    /// The store's picture, where the printer has one.
    Logo,
    /// The end of this piece of paper.
    Cut,
    /// The pulse that opens the drawer; a document of its own.
    DrawerPulse,
}

/// A piece of paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    parts: Vec<Part>,
}

/// Lines a document may have; a sale of 500 lines needs about 1,100 parts.
const PARTS_MAX: usize = 4_000;

impl Plain {
    /// Takes a text without its control characters. A line break or a tab becomes a space; a
    /// letter followed by an accent becomes the letter with that accent, where there is one.
    pub fn new(text: &str) -> Self {
        let mut plain = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\n' | '\r' | '\t' => plain.push(' '),
                _ if is_silent(c) => {}
                '\u{300}'..='\u{36f}' => match plain.pop().map(|base| (base, with(base, c))) {
                    Some((_, Some(whole))) => plain.push(whole),
                    Some((base, None)) => plain.extend([base, c]),
                    None => {}
                },
                _ => plain.push(c),
            }
        }
        Self(plain)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Plain {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Plain {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<&String> for Plain {
    fn from(text: &String) -> Self {
        Self::new(text)
    }
}

/// Control characters, marks of direction and joiners: nothing of them can be seen.
fn is_silent(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e007f}' | '\u{fe00}'..='\u{fe0f}')
}

/// A letter with its accent as one character, for the accents of Western Europe.
fn with(base: char, accent: char) -> Option<char> {
    let (bases, wholes) = match accent {
        '\u{300}' => ("AEIOUaeiou", "ÀÈÌÒÙàèìòù"),
        '\u{301}' => ("AEIOUYaeiouy", "ÁÉÍÓÚÝáéíóúý"),
        '\u{302}' => ("AEIOUaeiou", "ÂÊÎÔÛâêîôû"),
        '\u{303}' => ("ANOano", "ÃÑÕãñõ"),
        '\u{308}' => ("AEIOUaeiouy", "ÄËÏÖÜäëïöüÿ"),
        '\u{30a}' => ("Aa", "Åå"),
        '\u{327}' => ("Cc", "Çç"),
        _ => return None,
    };
    bases.chars().zip(wholes.chars()).find(|(b, _)| *b == base).map(|(_, whole)| whole)
}

impl Document {
    /// The parts, from top to bottom.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Adds a part; beyond 4,000 nothing is added.
    pub fn push(&mut self, part: Part) {
        if self.parts.len() < PARTS_MAX {
            self.parts.push(part);
        }
    }

    /// Adds a line at the left.
    pub fn line(&mut self, text: impl Into<Plain>) {
        self.push(Part::Line { text: text.into(), align: Align::Left, look: Look::Normal });
    }

    /// Adds a centered line.
    pub fn centered(&mut self, text: impl Into<Plain>, look: Look) {
        self.push(Part::Line { text: text.into(), align: Align::Center, look });
    }

    /// Adds words with an amount.
    pub fn row(&mut self, left: impl Into<Plain>, right: impl Into<Plain>, look: Look) {
        self.push(Part::Row { left: left.into(), right: right.into(), look });
    }

    /// The drawer's pulse: its own document, sent before the receipt's.
    pub fn pulse() -> Self {
        Self { parts: vec![Part::DrawerPulse] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_not_seen_survives() {
        assert_eq!(Plain::new("a\u{1b}p\u{0}\u{19}\u{19}b").as_str(), "apb");
        assert_eq!(Plain::new("one\ntwo\tthree\r").as_str(), "one two three ");
        assert_eq!(Plain::new("\u{202e}soda\u{200b}\u{7f}\u{9b}").as_str(), "soda");
    }

    #[test]
    fn an_accent_joins_its_letter() {
        assert_eq!(Plain::new("jalapen\u{303}o cafe\u{301}").as_str(), "jalapeño café");
        assert_eq!(Plain::new("\u{301}x").as_str(), "x", "an accent without a letter");
        assert_eq!(Plain::new("x\u{301}").as_str(), "x\u{301}", "kept where no letter has it");
    }
}
