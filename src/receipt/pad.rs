//! Pads of paper slips: forms that are printed before the power goes.
//!
//! ```text
//!  PadSheet ─┬▶ [slip]: one form on the receipt printer
//!            └▶ [page]: all forms of a pad, two on a sheet of Letter or A4, for any browser
//! ```
//!
//! Each form has its number large and as a square code, so that it is scanned when it is keyed.
//! The page is one file that needs no other: no script, no picture, no address outside it; its
//! codes are drawn of rectangles. All text is escaped.

use crate::domain::ids::StoreNo;
use crate::domain::language::Language;
use crate::domain::paper_slip::CODE_PREFIX;
use crate::domain::words::term;

use super::document::{Document, Look, Part, Plain};
use super::qr::Matrix;
use super::sign::escaped;

/// Lines for items on a form.
const LINES: usize = 10;

/// What a pad is made of.
#[derive(Clone, Copy, Debug)]
pub struct PadSheet<'a> {
    /// The store's name.
    pub store_name: &'a str,
    /// The store's number.
    pub store: StoreNo,
    /// Practice: such a slip counts for nothing.
    pub training: bool,
}

const HEAD: [&str; 4] =
    [term("Date and time"), term("Register"), term("Your number"), term("ID looked at (age)")];
const FOOT: [&str; 4] = [term("Total"), term("Cash given"), term("Change"), term("Check number")];
const ITEM: [&str; 4] = [term("Quantity"), term("Item and code"), term("Price"), term("Amount")];

/// In both languages, where they differ.
pub(super) fn both(english: &'static str) -> String {
    let spanish = Language::Spanish.say(english);
    if spanish == english { english.to_owned() } else { format!("{english} / {spanish}") }
}

/// What stands in a slip's square code.
pub fn code(store: StoreNo, number: u32) -> String {
    format!("{CODE_PREFIX}{store}:{number}")
}

/// One form for the receipt printer.
pub fn slip(sheet: &PadSheet<'_>, number: u32) -> Document {
    let mut paper = Document::default();
    paper.centered(sheet.store_name, Look::Bold);
    paper.centered(format!("{} {number}", both(term("Slip"))), Look::Double);
    if sheet.training {
        paper.centered(both(term("PRACTICE: it counts for nothing")), Look::Bold);
    }
    for field in HEAD {
        paper.push(Part::Blank);
        paper.line(format!("{}:", both(field)));
    }
    paper.push(Part::Rule);
    paper.line(both(term("Each item: quantity, code, price, amount")));
    for _ in 0..LINES {
        paper.push(Part::Blank);
        paper.push(Part::Rule);
    }
    for field in FOOT {
        paper.push(Part::Blank);
        paper.line(format!("{}:", both(field)));
    }
    if !sheet.training {
        paper.push(Part::Qr(Plain::from(code(sheet.store, number))));
    }
    paper.push(Part::Cut);
    paper
}

const STYLE: &str = "@page{margin:10mm}\
    body{font-family:Arial,Helvetica,sans-serif;color:#000;background:#fff;margin:0}\
    section{break-inside:avoid;border:.4mm solid #000;padding:3mm;margin:0 0 5mm;\
    height:126mm;box-sizing:border-box;position:relative}\
    section:nth-of-type(2n){break-after:page}\
    h1{font-size:22pt;margin:0}\
    .store{font-size:10pt;margin:0 0 2mm}\
    svg{position:absolute;top:3mm;right:3mm;width:22mm;height:22mm}\
    .head{margin:0 28mm 2mm 0}\
    .head span,.foot span{display:inline-block;width:48%;font-size:9pt;padding:2mm 0;\
    border-bottom:.2mm solid #000;margin-right:1%}\
    table{border-collapse:collapse;width:100%;font-size:9pt}\
    th,td{border:.2mm solid #000;height:5.4mm;text-align:left;padding:0 1mm;font-weight:normal}\
    th:nth-child(2){width:52%}\
    .practice{font-weight:bold}";

/// All forms of these numbers as a page for a browser.
pub fn page(sheet: &PadSheet<'_>, first: u32, last: u32) -> String {
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{} {first} - {last}</title><style>{STYLE}</style></head>\n<body>\n",
        escaped(sheet.store_name)
    );
    let fields = |fields: &[&'static str]| -> String {
        fields.iter().map(|field| format!("<span>{}:</span>", escaped(&both(field)))).collect()
    };
    let heads: String = ITEM.iter().map(|item| format!("<th>{}</th>", both(item))).collect();
    let rows = "<tr><td></td><td></td><td></td><td></td></tr>".repeat(LINES);
    for number in first..=last {
        html.push_str(&format!("<section>{}", square(&code(sheet.store, number), sheet)));
        html.push_str(&format!("<h1>{} {number}</h1>", both(term("Slip"))));
        html.push_str(&format!(
            "<p class=\"store\">{}, {} {}</p>",
            escaped(sheet.store_name),
            both(term("Store")),
            sheet.store
        ));
        if sheet.training {
            let practice = both(term("PRACTICE: it counts for nothing"));
            html.push_str(&format!("<p class=\"practice\">{practice}</p>"));
        }
        html.push_str(&format!("<div class=\"head\">{}</div>", fields(&HEAD)));
        html.push_str(&format!("<table><tr>{heads}</tr>{rows}</table>"));
        html.push_str(&format!("<div class=\"foot\">{}</div></section>\n", fields(&FOOT)));
    }
    html.push_str("</body></html>\n");
    html
}

/// A square code drawn of rectangles, with its light border.
fn square(text: &str, sheet: &PadSheet<'_>) -> String {
    let matrix = Matrix::of(text).filter(|_| !sheet.training);
    matrix.map_or_else(String::new, |matrix| matrix.svg())
}

#[cfg(test)]
mod tests {
    use super::super::layout::Columns;
    use super::super::text;
    use super::*;

    const SHEET: PadSheet<'_> =
        PadSheet { store_name: "Harbor <Street> & Sons", store: StoreNo(1042), training: false };

    #[test]
    fn a_page_holds_each_number_once_with_its_code_and_nothing_of_it_is_a_tag() {
        let html = page(&SHEET, 101, 150);
        assert_eq!(html.matches("<section>").count(), 50);
        assert_eq!(html.matches("<svg").count(), 50);
        for number in [101, 125, 150] {
            let title = format!(" {number}</h1>");
            assert_eq!(html.matches(&title).count(), 1, "{number}");
        }
        assert!(html.contains("Harbor &lt;Street&gt; &amp; Sons") && !html.contains("<Street>"));
        assert!(html.contains("Check number / Número del cheque"), "both languages");
        for outside in ["http:", "https:", "<script", "<img", "url("] {
            assert!(!html.contains(outside), "{outside}");
        }
    }

    #[test]
    fn a_form_fits_the_narrowest_paper_and_names_its_number() {
        let form = slip(&SHEET, 104);
        for columns in [Columns::C32, Columns::C48] {
            let lines = text::lines(&form, columns);
            assert!(lines.join(" ").contains("104"), "{lines:#?}");
            assert!(lines.iter().all(|line| line.chars().count() <= 48));
        }
        let codes: Vec<&str> = text::codes(&form).collect();
        assert_eq!(codes, ["TDP1:1042:104"]);
    }

    #[test]
    fn a_practice_slip_carries_no_code() {
        let sheet = PadSheet { training: true, ..SHEET };
        assert_eq!(text::codes(&slip(&sheet, 1)).count(), 0);
        let html = page(&sheet, 1, 1);
        assert!(!html.contains("<svg") && html.contains("PRACTICE"));
    }
}
