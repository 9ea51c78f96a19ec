//! Text pages as PDF 1.4: headings, words and tables in the fonts that every reader has.
//!
//! ```text
//!  Document ─▶ lines of runs, page by page ─▶ objects, cross-reference table, trailer
//! ```
//!
//! The same document gives the same bytes, on every machine and in every year, so that a printed
//! closure can be checked by drawing it again. Positions are whole hundredths of a point; the
//! widths are those of Helvetica (Adobe's metrics for the 14 standard fonts).

use std::fmt::Write as _;

use super::paper::{Block, Column, Document};

/// US Letter, in hundredths of a point.
const PAGE: (i64, i64) = (61_200, 79_200);
const MARGIN: i64 = 5_400;
const FOOT: i64 = 3_600;
/// What marks the attached bytes, for a program that looks for them.
const ATTACHMENT: &str = "closure.tideover";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Face {
    Plain,
    Bold,
    Mono,
}

/// One piece of text at a place.
struct Run {
    x: i64,
    y: i64,
    size: i64,
    face: Face,
    text: String,
}

/// A file inside a PDF.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its name: letters, digits and dots.
    pub name: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
}

/// Draws a closure; `attached`, its signed text, goes along as a file inside the PDF.
pub fn draw(document: &Document, attached: &[u8]) -> Vec<u8> {
    draw_with(document, File { name: ATTACHMENT, bytes: attached })
}

/// Draws a document with a file inside.
pub fn draw_with(document: &Document, file: File<'_>) -> Vec<u8> {
    write(document, &laid_out(document), file)
}

fn laid_out(document: &Document) -> Vec<Page> {
    let mut pen = Pen { pages: vec![Page::default()], y: PAGE.1.saturating_sub(MARGIN) };
    for block in &document.blocks {
        pen.block(block);
    }
    pen.pages
}

/// The signed text inside a PDF that [`draw`] made; none where there is none.
pub fn attached(pdf: &[u8]) -> Option<&[u8]> {
    file_of(pdf, ATTACHMENT)
}

/// The file of a name inside a PDF that [`draw_with`] made; none where there is none.
pub fn file_of<'a>(pdf: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mark = format!("/Type /EmbeddedFile /Name ({name}) /Length ");
    let at = find(pdf, mark.as_bytes())?;
    let rest = pdf.get(at.checked_add(mark.len())?..)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let len: usize = std::str::from_utf8(rest.get(..digits)?).ok()?.parse().ok()?;
    let begin = find(rest, b"stream\n")?.checked_add("stream\n".len())?;
    rest.get(begin..begin.checked_add(len)?)
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

#[derive(Default)]
struct Page {
    runs: Vec<Run>,
    /// Lines that divide: left, right and height.
    rules: Vec<(i64, i64, i64)>,
}

struct Pen {
    pages: Vec<Page>,
    /// Where the next line begins, from below.
    y: i64,
}

impl Pen {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Title(text) => self.words(text, 1_900, Face::Bold, 600),
            Block::Heading(text) => {
                self.room(5_200);
                self.down(1_000);
                self.words(text, 1_200, Face::Bold, 300);
            }
            Block::Words(text) => self.words(text, 950, Face::Plain, 300),
            Block::Verdict(text) => self.words(text, 1_200, Face::Bold, 500),
            Block::Mono(text) => self.mono(text),
            Block::Table { columns, rows, total } => self.table(columns, rows, total.as_ref()),
        }
    }

    fn words(&mut self, text: &str, size: i64, face: Face, after: i64) {
        let width = PAGE.0.saturating_sub(MARGIN.saturating_mul(2));
        for line in wrap(text, width, size) {
            self.line(&[(MARGIN, line)], size, face);
        }
        self.down(after);
    }

    fn mono(&mut self, text: &str) {
        let characters: Vec<char> = text.chars().collect();
        for piece in characters.chunks(88) {
            self.line(&[(MARGIN, piece.iter().collect())], 800, Face::Mono);
        }
        self.down(300);
    }

    fn table(&mut self, columns: &[Column], rows: &[Vec<String>], total: Option<&Vec<String>>) {
        self.room(4_000);
        let titles: Vec<String> = columns.iter().map(|column| column.title.to_owned()).collect();
        self.row(columns, &titles, Face::Bold);
        self.rule();
        for row in rows {
            // A table that goes on says again what its columns are.
            if self.room(3_000) {
                self.row(columns, &titles, Face::Bold);
                self.rule();
            }
            self.row(columns, row, Face::Plain);
        }
        if let Some(total) = total {
            self.rule();
            self.row(columns, total, Face::Bold);
        }
        self.down(400);
    }

    /// Draws a row, on the next page where it does not fit on this one.
    fn row(&mut self, columns: &[Column], cells: &[String], face: Face) {
        const SIZE: i64 = 880;
        let all: i64 = columns.iter().map(|column| column.share).sum::<i64>().max(1);
        let width = PAGE.0.saturating_sub(MARGIN.saturating_mul(2));
        let mut x = MARGIN;
        let mut drawn: Vec<Vec<(i64, String)>> = Vec::new();
        for (column, cell) in columns.iter().zip(cells) {
            let own = width.saturating_mul(column.share).div_euclid(all);
            let room = own.saturating_sub(500);
            let lines = wrap(cell, room, SIZE);
            for (place, line) in lines.into_iter().enumerate() {
                let left = if column.right {
                    x.saturating_add(room).saturating_sub(text_width(&line, SIZE))
                } else {
                    x
                };
                if drawn.len() <= place {
                    drawn.push(Vec::new());
                }
                if let Some(row) = drawn.get_mut(place) {
                    row.push((left, line));
                }
            }
            x = x.saturating_add(own);
        }
        let height = line_height(SIZE).saturating_mul(i64::try_from(drawn.len()).unwrap_or(1));
        self.room(height);
        for row in drawn {
            self.line(&row, SIZE, face);
        }
        self.down(120);
    }

    /// A line that divides, below the descenders of the row above it.
    fn rule(&mut self) {
        let y = self.y.saturating_sub(150);
        if let Some(page) = self.pages.last_mut() {
            page.rules.push((MARGIN, PAGE.0.saturating_sub(MARGIN), y));
        }
        self.down(250);
    }

    fn line(&mut self, pieces: &[(i64, String)], size: i64, face: Face) {
        self.room(line_height(size));
        self.down(line_height(size));
        let y = self.y;
        if let Some(page) = self.pages.last_mut() {
            page.runs.extend(pieces.iter().map(|(x, text)| Run {
                x: *x,
                y,
                size,
                face,
                text: text.clone(),
            }));
        }
    }

    fn down(&mut self, by: i64) {
        self.y = self.y.saturating_sub(by);
    }

    /// Begins a new page where so much does not fit any more; true when it did.
    fn room(&mut self, height: i64) -> bool {
        let least = MARGIN.saturating_add(FOOT.div_euclid(2));
        if self.y.saturating_sub(height) >= least {
            return false;
        }
        self.pages.push(Page::default());
        self.y = PAGE.1.saturating_sub(MARGIN);
        true
    }
}

const fn line_height(size: i64) -> i64 {
    size.saturating_mul(135).div_euclid(100)
}

/// Text broken to a width; a word that is longer than a line is broken where it must be.
fn wrap(text: &str, width: i64, size: i64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(last) = lines.last_mut() else { break };
        let with = if last.is_empty() { word.to_owned() } else { format!("{last} {word}") };
        if text_width(&with, size) <= width {
            *last = with;
            continue;
        }
        if last.is_empty() {
            lines.pop();
        }
        let mut piece = String::new();
        for c in word.chars() {
            piece.push(c);
            if text_width(&piece, size) > width && piece.chars().count() > 1 {
                piece.pop();
                lines.push(std::mem::replace(&mut piece, c.to_string()));
            }
        }
        lines.push(piece);
    }
    lines
}

/// The width of a text in Helvetica, in hundredths of a point.
fn text_width(text: &str, size: i64) -> i64 {
    let units: i64 = text.chars().map(glyph_width).sum();
    units.saturating_mul(size).div_euclid(1_000)
}

/// Adobe's Helvetica, U+0020 to U+007E, in thousandths of the size.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

fn glyph_width(c: char) -> i64 {
    let place = u32::from(c).checked_sub(0x20).and_then(|place| usize::try_from(place).ok());
    place.and_then(|place| WIDTHS.get(place)).map_or(556, |width| i64::from(*width))
}

/// One byte of the reader's own encoding (WinAnsi); what it lacks is a question mark.
fn encoded(c: char) -> u8 {
    match c {
        ' '..='~' | '\u{a0}'..='\u{ff}' => u8::try_from(u32::from(c)).unwrap_or(b'?'),
        '€' => 0x80,
        '…' => 0x85,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '•' => 0x95,
        '–' => 0x96,
        '—' => 0x97,
        _ => b'?',
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("(");
    for byte in text.chars().map(encoded) {
        match byte {
            b'(' | b')' | b'\\' => {
                quoted.push('\\');
                quoted.push(char::from(byte));
            }
            0x20..=0x7e => quoted.push(char::from(byte)),
            // Writing to a String can't fail.
            _ => write!(quoted, "\\{byte:03o}").unwrap_or_default(),
        }
    }
    quoted.push(')');
    quoted
}

fn points(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths.div_euclid(100), hundredths.rem_euclid(100))
}

fn content(page: &Page, foot: &str) -> String {
    let mut text = String::new();
    let bottom = [Run { x: MARGIN, y: FOOT, size: 750, face: Face::Plain, text: foot.to_owned() }];
    for run in page.runs.iter().chain(&bottom) {
        let font = match run.face {
            Face::Plain => "F1",
            Face::Bold => "F2",
            Face::Mono => "F3",
        };
        let (x, y, size) = (points(run.x), points(run.y), points(run.size));
        writeln!(text, "BT /{font} {size} Tf {x} {y} Td {} Tj ET", quoted(&run.text)).ok();
    }
    for (left, right, y) in &page.rules {
        let (left, right, y) = (points(*left), points(*right), points(*y));
        writeln!(text, "0.50 w {left} {y} m {right} {y} l S").ok();
    }
    text
}

fn write(document: &Document, pages: &[Page], file: File<'_>) -> Vec<u8> {
    const FIRST_PAGE: usize = 8;
    let page_at = |place: usize| FIRST_PAGE.saturating_add(place.saturating_mul(2));
    let kids: Vec<String> =
        (0..pages.len()).map(|place| format!("{} 0 R", page_at(place))).collect();
    let font = |name: &str| {
        format!("<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>")
            .into_bytes()
    };
    let stream = |head: &str, bytes: &[u8]| {
        let head = format!("<< {head}/Length {} >>\nstream\n", bytes.len());
        [head.as_bytes(), bytes, b"\nendstream"].concat()
    };
    let name = file.name;
    let files = format!("<< /Names [({name}) 7 0 R] >>");
    let mut objects: Vec<Vec<u8>> = vec![
        format!("<< /Type /Catalog /Pages 2 0 R /Lang (en) /Names << /EmbeddedFiles {files} >> >>")
            .into_bytes(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len())
            .into_bytes(),
        font("Helvetica"),
        font("Helvetica-Bold"),
        font("Courier"),
        stream(&format!("/Type /EmbeddedFile /Name ({name}) "), file.bytes),
        format!("<< /Type /Filespec /F ({name}) /UF ({name}) /EF << /F 6 0 R >> >>").into_bytes(),
    ];
    for (place, page) in pages.iter().enumerate() {
        let number = place.saturating_add(1);
        let foot = format!("{}    Page {number} of {}", document.foot, pages.len());
        objects.push(
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {} {}] /Contents {} 0 R /Resources \
                 << /Font << /F1 3 0 R /F2 4 0 R /F3 5 0 R >> >> >>",
                points(PAGE.0),
                points(PAGE.1),
                page_at(place).saturating_add(1)
            )
            .into_bytes(),
        );
        objects.push(stream("", content(page, &foot).as_bytes()));
    }
    let info = format!("<< /Title {} /Producer (Tideover) >>", quoted(&document.title));
    objects.push(info.into_bytes());
    let mut pdf = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut places = Vec::new();
    for (place, object) in objects.iter().enumerate() {
        places.push(pdf.len());
        pdf.extend_from_slice(format!("{} 0 obj\n", place.saturating_add(1)).as_bytes());
        pdf.extend_from_slice(object);
        pdf.extend_from_slice(b"\nendobj\n");
    }
    let (count, begin) = (objects.len().saturating_add(1), pdf.len());
    pdf.extend_from_slice(format!("xref\n0 {count}\n0000000000 65535 f \n").as_bytes());
    for place in places {
        pdf.extend_from_slice(format!("{place:010} 00000 n \n").as_bytes());
    }
    let trailer = format!(
        "trailer\n<< /Size {count} /Root 1 0 R /Info {} 0 R >>\nstartxref\n{begin}\n%%EOF\n",
        objects.len()
    );
    pdf.extend_from_slice(trailer.as_bytes());
    pdf
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(rows: usize) -> Document {
        let row = |place: usize| {
            vec![format!("Register {place} (front) \\ Jalapeño 水"), format!("-{place}.05")]
        };
        Document {
            title: "Closure".to_owned(),
            foot: "Store 1042".to_owned(),
            blocks: vec![
                Block::Title("Closure 1".to_owned()),
                Block::Words("one two three ".repeat(60)),
                Block::Table {
                    columns: vec![
                        Column { title: "Register", share: 3, right: false },
                        Column { title: "Amount", share: 1, right: true },
                    ],
                    rows: (0..rows).map(row).collect(),
                    total: Some(vec!["All".to_owned(), "-1.00".to_owned()]),
                },
            ],
        }
    }

    #[test]
    fn the_same_document_gives_the_same_bytes_and_gives_its_file_back() {
        let sealed = b"signature {\"protocol\":\"stream\\nendstream\"}";
        let pdf = draw(&document(120), sealed);
        assert_eq!(pdf, draw(&document(120), sealed));
        assert_eq!(attached(&pdf), Some(&sealed[..]));
        assert_eq!(attached(b"%PDF-1.4 of somebody else"), None);
        assert!(find(&pdf, b"/Count 3").is_some(), "120 rows need three pages");
    }

    #[test]
    fn every_object_stands_where_the_table_says() {
        let pdf = draw(&document(3), b"x");
        let text = String::from_utf8_lossy(&pdf);
        let begin: usize = text
            .rsplit_once("startxref\n")
            .and_then(|(_, rest)| rest.split_once('\n'))
            .map(|(number, _)| number.parse().expect("a number"))
            .expect("a table");
        let table = String::from_utf8_lossy(&pdf[begin..]).into_owned();
        assert!(table.starts_with("xref\n"));
        for (place, line) in table.lines().skip(3).take_while(|l| l.ends_with(" n ")).enumerate() {
            let at: usize = line[..10].parse().expect("a place");
            let head = format!("{} 0 obj\n", place + 1);
            assert!(pdf[at..].starts_with(head.as_bytes()), "object {}", place + 1);
        }
    }

    #[test]
    fn no_line_crosses_a_word() {
        for page in laid_out(&document(120)) {
            for (_, _, rule) in &page.rules {
                for run in &page.runs {
                    // A letter reaches from a quarter of its size below its line to above it.
                    let letter = run.y - run.size / 4..=run.y + run.size * 3 / 4;
                    assert!(!letter.contains(rule), "through '{}'", run.text);
                }
            }
        }
    }

    #[test]
    fn amounts_end_at_one_edge_and_long_words_are_broken() {
        assert_eq!(text_width("1,234.50", 1_000), 6 * 556 + 2 * 278);
        let lines = wrap(&"a".repeat(200), 10_000, 1_000);
        assert!(lines.len() > 5 && lines.iter().all(|line| text_width(line, 1_000) <= 10_000));
        assert_eq!(lines.concat().len(), 200);
        assert_eq!(quoted("(a\\b) é 水"), "(\\(a\\\\b\\) \\351 ?)");
    }
}
