//! Badges on paper: cards to be cut out, each with its square code and nothing of it as text.
//!
//! The page needs nothing from elsewhere: codes are drawn of rectangles, all text is escaped.
//! Nobody can read a badge off it but a scanner, or a camera: it is kept like a key.

use super::pad::both;
use super::qr::Matrix;
use super::sign::escaped;
use crate::domain::badge::Badge;
use crate::domain::person::{Person, Role};
use crate::domain::words::term;

/// A badge on the page.
#[derive(Clone, Copy, Debug)]
pub struct BadgeCard<'a> {
    /// Whose.
    pub person: &'a Person,
    /// Their how many-th.
    pub issue: u16,
    /// What stands in its code.
    pub badge: &'a Badge,
}

const STYLE: &str = "@page{margin:10mm}\
    body{font-family:Arial,Helvetica,sans-serif;color:#000;background:#fff;margin:0}\
    section{break-inside:avoid;border:.2mm dashed #000;width:85.6mm;height:54mm;padding:4mm;\
    box-sizing:border-box;position:relative;display:inline-block;margin:0 4mm 4mm 0;\
    vertical-align:top;overflow:hidden}\
    svg{position:absolute;top:3mm;right:3mm;width:32mm;height:32mm}\
    h1{font-size:14pt;margin:1mm 33mm 0 0}\
    p{font-size:9pt;margin:0 33mm 0 0}\
    .store{font-weight:bold;margin-bottom:3mm}\
    .rule{position:absolute;left:4mm;right:4mm;bottom:3mm;margin:0;font-size:7.5pt}";

/// All badges as a page for a browser.
pub fn page(store_name: &str, cards: &[BadgeCard<'_>]) -> String {
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{}</title><style>{STYLE}</style></head>\n<body>\n",
        escaped(store_name)
    );
    for BadgeCard { person, issue, badge } in cards {
        html.push_str(&format!(
            "<section>{}<p class=\"store\">{}</p><h1>{}</h1><p>{}</p><p>{} {}</p><p>{} {issue}</p>\
             <p class=\"rule\">{}<br>{}</p></section>\n",
            Matrix::of(&badge.text()).map_or_else(String::new, |matrix| matrix.svg()),
            escaped(store_name),
            escaped(&person.name),
            both(role(person.role)),
            both(term("Number")),
            escaped(person.id.as_str()),
            both(term("Badge")),
            both(term("Scan it, then key the PIN. Never copy it, never lend it.")),
            both(term("Lost? Tell the manager at once.")),
        ));
    }
    html.push_str("</body></html>\n");
    html
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Cashier => term("Cashier"),
        Role::Lead => term("Lead"),
        Role::Manager => term("Manager"),
        Role::It => term("IT"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::PersonId;
    use zeroize::Zeroizing;

    #[test]
    fn a_page_holds_each_badge_once_and_its_secret_as_no_text() {
        let id = PersonId::parse("51").expect("an id");
        let badge = Badge::new(id.clone(), Zeroizing::new([0xA7; 16]));
        let person = Person { id, name: "M <b> 51".to_owned(), role: Role::Manager };
        let card = BadgeCard { person: &person, issue: 2, badge: &badge };
        let html = page("Harbor & Sons", &[card, card]);
        assert_eq!(html.matches("<section>").count(), 2);
        assert_eq!(html.matches("<svg").count(), 2);
        assert!(html.contains("M &lt;b&gt; 51") && html.contains("Harbor &amp; Sons"));
        for secret in ["TDB1", "A7A7", "a7a7", "<b>", "http:", "https:", "<script", "url("] {
            assert!(!html.contains(secret), "{secret}");
        }
    }
}
