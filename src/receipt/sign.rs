//! Signs for the door and the lanes: the announcement on paper, in both languages.
//!
//! ```text
//!  Announcement ─┬▶ [slip]: a strip of the receipt printer, to be taped to a lane
//!                └▶ [page]: a page that any browser prints on Letter or A4 paper
//! ```
//!
//! The same words as on the customer's window. The page is one file that needs no other: no
//! script, no picture, no address outside it. All of it is escaped, the store's own words too.

use crate::domain::announcement::Announcement;
use crate::domain::language::{Language, Voice};
use crate::domain::policy::Currency;
use crate::domain::words::{Speaker as _, Words, term, words};

use super::document::{Align, Document, Look, Part, Plain};

/// Where a sign hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At the door: everything.
    Door,
    /// At a lane: what can be paid with.
    Lane,
}

/// What a sign is made of.
#[derive(Clone, Copy, Debug)]
pub struct Sign<'a> {
    /// The store's name.
    pub store_name: &'a str,
    /// What is announced.
    pub told: &'a Announcement,
    /// What amounts are in.
    pub currency: Currency,
    /// Where it hangs.
    pub place: Place,
    /// Practice: nothing is down.
    pub training: bool,
}

impl Place {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Door, Self::Lane];

    /// The word in a file's name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Door => "door",
            Self::Lane => "lane",
        }
    }
}

impl Sign<'_> {
    const fn voice(&self, language: Language) -> Voice {
        Voice { language, currency: self.currency }
    }

    fn said(&self, words: &Words, language: Language) -> String {
        words.said_by(&self.voice(language))
    }

    /// What goes on below the lists.
    fn also(&self) -> &[Words] {
        match self.place {
            Place::Door => &self.told.also,
            Place::Lane => &[],
        }
    }

    fn practice(&self, language: Language) -> &'static str {
        self.voice(language).template(term("PRACTICE: nothing is down"))
    }
}

/// A strip of the receipt printer.
pub fn slip(sign: &Sign<'_>) -> Document {
    let mut paper = Document::default();
    paper.centered(sign.store_name, Look::Bold);
    for language in Language::ALL {
        let said = |words: &Words| sign.said(words, language);
        paper.push(Part::Rule);
        if sign.training {
            paper.centered(sign.practice(language), Look::Double);
        }
        paper.centered(said(&sign.told.headline), Look::Double);
        paper.push(Part::Blank);
        for words in &sign.told.works {
            paper.push(bold(format!("+ {}", said(words))));
        }
        for words in &sign.told.stopped {
            paper.line(format!("{}: {}", said(&words!("Not today")), said(words)));
        }
        paper.push(Part::Blank);
        paper.push(bold(said(&sign.told.until)));
        for words in sign.also() {
            paper.line(said(words));
        }
    }
    paper.push(Part::Cut);
    paper
}

fn bold(text: String) -> Part {
    Part::Line { text: Plain::from(text), align: Align::Left, look: Look::Bold }
}

const STYLE: &str = "@page{margin:12mm}\
    body{font-family:Arial,Helvetica,sans-serif;color:#000;background:#fff;margin:0}\
    section{page-break-inside:avoid;padding:4mm 0}\
    section+section{border-top:1mm solid #000}\
    h1{font-size:34pt;line-height:1.1;margin:0 0 5mm}\
    .lane h1{font-size:44pt}\
    p,li{font-size:17pt;line-height:1.3;margin:0 0 1.5mm}\
    .lane li{font-size:24pt}\
    ul{list-style:none;margin:0 0 4mm;padding:0}\
    .works li:before{content:\"\\2713\\a0\\a0\"}\
    .stopped li:before{content:\"\\2715\\a0\\a0\"}\
    .until{font-weight:bold;margin-top:2mm}\
    .store{font-size:14pt}\
    .practice{border:1mm solid #000;padding:2mm;font-weight:bold;text-align:center}";

/// A page for a browser: it fills a sheet of Letter or A4.
pub fn page(sign: &Sign<'_>) -> String {
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{}</title><style>{STYLE}</style></head>\n<body class=\"{}\">\n",
        escaped(sign.store_name),
        sign.place.word()
    );
    for language in Language::ALL {
        let said = |words: &Words| escaped(&sign.said(words, language));
        let list = |class: &str, list: &[Words]| {
            let items: String =
                list.iter().map(|words| format!("<li>{}</li>", said(words))).collect();
            format!("<ul class=\"{class}\">{items}</ul>\n")
        };
        html.push_str(&format!("<section lang=\"{}\">\n", language.word()));
        if sign.training {
            let practice = escaped(sign.practice(language));
            html.push_str(&format!("<p class=\"practice\">{practice}</p>\n"));
        }
        html.push_str(&format!("<h1>{}</h1>\n", said(&sign.told.headline)));
        html.push_str(&list("works", &sign.told.works));
        html.push_str(&list("stopped", &sign.told.stopped));
        html.push_str(&format!("<p class=\"until\">{}</p>\n", said(&sign.told.until)));
        for words in sign.also() {
            html.push_str(&format!("<p>{}</p>\n", said(words)));
        }
        html.push_str("</section>\n");
    }
    html.push_str(&format!("<p class=\"store\">{}</p>\n", escaped(sign.store_name)));
    html.push_str("</body></html>\n");
    html
}

/// Text between tags, and nothing else. What can't be seen is left out.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in Plain::new(text).as_str().chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::layout::Columns;
    use super::super::text;
    use super::*;
    use crate::domain::announcement::Terms;
    use crate::domain::money::Money;
    use crate::domain::outage::System;
    use crate::domain::time::Timestamp;

    fn told(returns: &str) -> Announcement {
        let terms = Terms {
            check_max: Money::from_minor(20_000),
            id_with_check: true,
            returns: returns.to_owned(),
        };
        let now = Timestamp::parse("2026-11-22T15:17:20.000-06:00").expect("a time");
        let until = Timestamp::parse("2026-11-22T18:00:00.000-06:00").ok();
        Announcement::of(&System::ALL, until, now, &terms).expect("an announcement")
    }

    fn sign<'a>(told: &'a Announcement, place: Place) -> Sign<'a> {
        let store_name = "Harbor <Street> & Sons";
        Sign { store_name, told, currency: Currency::Usd, place, training: false }
    }

    #[test]
    fn a_strip_says_the_same_in_both_languages_on_the_narrowest_paper() {
        let told = told("Returns within 30 days");
        for columns in [Columns::C32, Columns::C48] {
            let text = text::lines(&slip(&sign(&told, Place::Lane)), columns).join(" ");
            let words: Vec<&str> = text.split_whitespace().collect();
            let text = words.join(" ");
            assert!(text.contains("Checks up to $200.00, with a photo ID"), "{text}");
            assert!(text.contains("solo efectivo y cheques"), "{text}");
            assert!(!text.contains("Returns within"), "a lane's sign is short: {text}");
        }
    }

    #[test]
    fn a_page_holds_everything_and_nothing_of_it_is_a_tag() {
        let told = told("<script>alert(1)</script> \"30\" days");
        let html = page(&sign(&told, Place::Door));
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("&lt;script&gt;alert(1)"), "{html}");
        assert!(html.contains("Harbor &lt;Street&gt; &amp; Sons"), "{html}");
        assert!(html.contains("lang=\"es\"") && html.contains("6:00 p. m."), "{html}");
        assert!(!html.contains("http://") && !html.contains("https://"), "{html}");
        let opened = html.matches("<section").count();
        assert_eq!((opened, html.matches("</section>").count()), (2, 2));
    }

    #[test]
    fn practice_says_so_on_every_sign() {
        let told = told("");
        for place in Place::ALL {
            let sign = Sign { training: true, ..sign(&told, place) };
            assert_eq!(page(&sign).matches("class=\"practice\"").count(), 2);
            let text = text::lines(&slip(&sign), Columns::C48).join(" ");
            assert!(text.contains("PRACTICE") && text.contains("PRÁCTICA"), "{text}");
        }
    }
}
