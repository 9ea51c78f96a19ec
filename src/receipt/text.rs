//! A document as plain text: for the screen of a store without paper, and for the text file.

use super::document::Document;
use super::layout::{Columns, Laid, Target, lay};

/// The lines of a document. Its QR code is shown by whoever can draw one; the proof stands in the
/// text anyway.
pub fn lines(document: &Document, columns: Columns) -> Vec<String> {
    lay(document, columns, Target::Text)
        .into_iter()
        .filter_map(|laid| match laid {
            Laid::Line { text, .. } => Some(text.trim_end().to_owned()),
            Laid::Qr(_) | Laid::Logo | Laid::Cut | Laid::DrawerPulse => None,
        })
        .collect()
}

/// The same as one text; empty for a document that only opens the drawer.
pub fn write(document: &Document, columns: Columns) -> String {
    lines(document, columns).join("\n")
}

/// The texts of a document's QR codes.
pub fn codes(document: &Document) -> impl Iterator<Item = &str> {
    document.parts().iter().filter_map(|part| match part {
        super::document::Part::Qr(text) => Some(text.as_str()),
        _ => None,
    })
}
