//! A page that shows what a printer can: for `tideover device test`.

use super::code_page::CodePage;
use super::document::{Document, Look, Part};
use super::layout::Columns;

/// Characters a line of the code page's table.
const ROW: usize = 32;

/// The page: a ruler as wide as the paper, sizes, the code page, a drawn line, a QR code, a cut.
pub fn page(to: &str, columns: Columns, code_page: CodePage) -> Document {
    let mut page = Document::default();
    page.push(Part::Logo);
    page.centered("Tideover", Look::Double);
    page.centered("Test page - not a receipt", Look::Bold);
    page.line(format!("Printer: {to}"));
    page.line(format!("{} columns. Both ends of this ruler must be on one line:", columns.count()));
    page.line("1234567890".chars().cycle().take(columns.count()).collect::<String>());
    page.row("A row and its amount", "1,234.56", Look::Normal);
    page.row("The same, bold", "1,234.56", Look::Bold);
    page.row("Total", "$1.29", Look::Double);
    page.push(Part::Rule);
    page.line(format!("Code page {}:", code_page.name()));
    let upper: Vec<char> = code_page.upper().chars().filter(|c| *c != '\u{fffd}').collect();
    for row in upper.chunks(ROW) {
        page.line(row.iter().collect::<String>());
    }
    page.line("It must begin with:");
    let first = match code_page {
        CodePage::Wpc1252 => "the euro sign, a low comma",
        _ => "a capital C with a cedilla, u with two dots",
    };
    page.line(first);
    page.push(Part::Rule);
    page.line("Drawn, not typed: Łódź, Plzeň, 魚");
    page.push(Part::Rule);
    page.line("A phone must read this as 'Tideover device test':");
    page.push(Part::Qr("Tideover device test".into()));
    page.push(Part::Cut);
    page
}

#[cfg(test)]
mod tests {
    use super::super::escpos::{Profile, encode};
    use super::*;

    #[test]
    fn the_page_shows_every_character_of_the_printers_page() {
        for code_page in CodePage::ALL {
            let page = page("tcp", Columns::C42, code_page);
            let out = encode(&page, &Profile { code_page, ..Profile::default() });
            for byte in 0x80_u8..=0xFF {
                let known = code_page.upper().chars().nth(usize::from(byte - 0x80));
                // A soft hyphen can't be seen, so it is not printed.
                let seen = known.is_some_and(|c| c != '\u{fffd}' && c != '\u{ad}' && c != '\u{a0}');
                assert!(!seen || out.contains(&byte), "{code_page:?} {byte:02x}");
            }
        }
    }
}
