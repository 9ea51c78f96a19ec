//! Writes XML: elements, attributes, text. Whatever a text holds, it stays text.

use std::fmt::Display;

/// A document that grows.
#[derive(Clone, Debug, Default)]
pub struct Xml(String);

impl Xml {
    /// A document with its declaration.
    pub fn new() -> Self {
        Self("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned())
    }

    /// Writes an element with what is within it.
    pub fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        within: impl FnOnce(&mut Self),
    ) {
        self.open(name, attributes);
        within(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// Writes an element with a text.
    pub fn text(&mut self, name: &str, text: impl Display) {
        self.text_with(name, &[], text);
    }

    /// Writes an element with attributes and a text.
    pub fn text_with(&mut self, name: &str, attributes: &[(&str, &str)], text: impl Display) {
        self.element(name, attributes, |xml| escape(&text.to_string(), &mut xml.0));
    }

    /// Begins a line, so that the file can be read by people and by line tools.
    pub fn line(&mut self) {
        self.0.push('\n');
    }

    /// The bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.0.push('<');
        self.0.push_str(name);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            escape(value, &mut self.0);
            self.0.push('"');
        }
        self.0.push('>');
    }
}

/// Texts come from records, and so from anybody. What XML can't hold becomes a question mark.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // A reader would turn them into spaces in an attribute.
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('?'),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_can_be_anything_and_never_becomes_markup() {
        let nasty = "</Description><Total a='1' b=\"2\">&amp; \u{1b}p\u{0}\u{ffff}\tµ]]>";
        let mut xml = Xml::new();
        xml.element("A", &[("Name", nasty)], |xml| xml.text("B", nasty));
        let text = String::from_utf8(xml.into_bytes()).expect("text");
        let mut reader = quick_xml::Reader::from_str(&text);
        let (mut elements, mut found) = (0, String::new());
        loop {
            use quick_xml::events::Event;
            match reader.read_event().expect("XML") {
                Event::Start(start) => {
                    elements += 1;
                    for attribute in start.attributes() {
                        attribute.expect("an attribute");
                    }
                }
                Event::Text(text) => found.push_str(&text),
                Event::GeneralRef(name) => {
                    let part = format!("&{};", &*name);
                    found.push_str(&quick_xml::escape::unescape(&part).expect("a name"));
                }
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(elements, 2);
        let kept = nasty.replace(['\u{1b}', '\u{0}', '\u{ffff}'], "?");
        assert_eq!(found.trim(), kept);
    }
}
