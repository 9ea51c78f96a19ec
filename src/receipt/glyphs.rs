//! Letters as dots, for the lines that no code page can write: twelve dots wide, twenty-four high,
//! as the printers' own.
//!
//! ```text
//!  in the font     ASCII, Western Europe, Greek, common signs      drawn from B612 Mono
//!  composed        Latin Extended-A: a letter and its mark         ě ł ő ș: marks drawn here
//!  anything else   a box with the character's number               [30|42]: honest, not pretty
//! ```
//!
//! The dots lie in assets/fonts/receipt-12x24.bin, drawn from B612 Mono by a test of the window
//! (`it::gui::receipt_font`), which also checks that they are still the font's. So paper needs
//! neither the window nor a font engine.

use super::bitmap::Bitmap;
use super::document::Look;

/// Dots across.
pub(super) const WIDTH: usize = 12;
/// Dots down.
pub(super) const HEIGHT: usize = 24;

/// Each glyph: 24 rows of two bytes, the dots in the upper twelve bits.
const DOTS: &[u8] = include_bytes!("../../assets/fonts/receipt-12x24.bin");

/// The characters of the file, in its order.
const CHARACTERS: &str = include_str!("../../assets/fonts/receipt-12x24.txt");

type Rows = [u16; HEIGHT];

/// A letter that is made of another one and a mark.
const COMPOSED: [(&str, &str, Mark); 15] = [
    ("ĀāĒēĪīŌōŪū", "AaEeIıOoUu", Mark::Macron),
    ("ĂăĔĕĞğĬĭŎŏŬŭ", "AaEeGgIıOoUu", Mark::Breve),
    ("ČčĎďĚěŇňŘřŠšŤťŽžǍǎǦǧ", "CcDdEeNnRrSsTtZzAaGg", Mark::Caron),
    ("ĆćŃńŚśŹźĹĺŔŕǴǵ", "CcNnSsZzLlRrGg", Mark::Acute),
    ("ĈĉĜĝĤĥĴĵŜŝŴŵŶŷ", "CcGgHhJjSsWwYy", Mark::Circumflex),
    ("ĊċĖėĠġİŻż", "CcEeGgIZz", Mark::Dot),
    ("ŐőŰű", "OoUu", Mark::DoubleAcute),
    ("ĨĩŨũẼẽ", "IıUuEe", Mark::Tilde),
    ("Ůů", "Uu", Mark::Ring),
    ("ĄąĘęĮįŲų", "AaEeIiUu", Mark::Ogonek),
    ("ŞşŢţĢĶķĻļŅņŖŗ", "SsTtGKkLlNnRr", Mark::Below),
    ("ȘșȚț", "SsTt", Mark::Below),
    ("ŁłĐđĦħ", "LlDdHh", Mark::Stroke),
    ("ǓǔǑǒǏǐ", "UuOoIı", Mark::Caron),
    ("ẀẁỲỳǸǹ", "WwYyNn", Mark::Grave),
];

/// A mark above, below or through a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Macron,
    Breve,
    Caron,
    Acute,
    Grave,
    Circumflex,
    Dot,
    DoubleAcute,
    Tilde,
    Ring,
    Ogonek,
    Below,
    Stroke,
}

impl Mark {
    /// Four rows of twelve dots.
    const fn rows(self) -> [u16; 4] {
        match self {
            Self::Macron => [0, 0b0001_1111_1000, 0b0001_1111_1000, 0],
            Self::Breve => [0b0001_0000_1000, 0b0001_1001_1000, 0b0000_1111_0000, 0],
            Self::Caron => [0b0001_1001_1000, 0b0000_1111_0000, 0b0000_0110_0000, 0],
            Self::Acute => [0b0000_0001_1000, 0b0000_0011_0000, 0b0000_0110_0000, 0],
            Self::Grave => [0b0001_1000_0000, 0b0000_1100_0000, 0b0000_0110_0000, 0],
            Self::Circumflex => [0b0000_0110_0000, 0b0000_1111_0000, 0b0001_1001_1000, 0],
            Self::Dot => [0b0000_0110_0000, 0b0000_0110_0000, 0, 0],
            Self::DoubleAcute => [0b0000_1100_1100, 0b0001_1001_1000, 0b0011_0011_0000, 0],
            Self::Tilde => [0b0001_1100_1000, 0b0001_0111_1000, 0, 0],
            Self::Ring => [0b0000_0110_0000, 0b0000_1001_0000, 0b0000_0110_0000, 0],
            Self::Ogonek => {
                [0b0000_0011_0000, 0b0000_0110_0000, 0b0000_0110_0000, 0b0000_0011_1000]
            }
            Self::Below => [0, 0b0000_0110_0000, 0b0000_0110_0000, 0b0000_1100_0000],
            Self::Stroke => [0b0000_0000_1100, 0b0000_0111_0000, 0b0001_1100_0000, 0],
        }
    }

    /// The mark's first row, on a letter whose first inked row is `top`.
    const fn row(self, top: usize) -> usize {
        match self {
            Self::Ogonek | Self::Below => 19,
            Self::Stroke => 10,
            _ => top.saturating_sub(4),
        }
    }
}

/// A line of text as a picture of the paper's width.
pub(super) fn draw(text: &str, look: Look, dots: usize) -> Bitmap {
    let scale = if look == Look::Double { 2 } else { 1 };
    let mut picture = Bitmap::blank(dots, HEIGHT.saturating_mul(scale));
    for (column, c) in text.chars().enumerate() {
        let left = column.saturating_mul(WIDTH);
        for (y, row) in glyph(c).into_iter().enumerate() {
            // Bold: each dot once more, to its right.
            let row = if look == Look::Normal { row } else { row | (row >> 1) };
            for x in (0..WIDTH).filter(|x| row & (0x8000_u16 >> x) != 0) {
                square(&mut picture, left.saturating_add(x), y, scale);
            }
        }
    }
    picture
}

/// One dot, or four where letters are twice as large.
fn square(picture: &mut Bitmap, x: usize, y: usize, scale: usize) {
    for across in 0..scale {
        for down in 0..scale {
            let at = |place: usize, off: usize| place.saturating_mul(scale).saturating_add(off);
            picture.blacken(at(x, across), at(y, down));
        }
    }
}

fn glyph(c: char) -> Rows {
    own(c).or_else(|| composed(c)).unwrap_or_else(|| numbered(c))
}

/// The glyph of a character that the file holds.
fn own(c: char) -> Option<Rows> {
    if c == ' ' {
        return Some([0; HEIGHT]);
    }
    let place = CHARACTERS.trim_end().chars().position(|known| known == c)?;
    let mut glyph = [0; HEIGHT];
    let mut pairs = DOTS.get(place.saturating_mul(HEIGHT).saturating_mul(2)..)?.chunks_exact(2);
    for row in &mut glyph {
        *row = u16::from_be_bytes(pairs.next()?.try_into().ok()?);
    }
    Some(glyph)
}

fn composed(c: char) -> Option<Rows> {
    if c == 'ı' {
        return own('i').map(without_dot);
    }
    let (base, mark) = COMPOSED.iter().find_map(|(wholes, bases, mark)| {
        let mut pairs = wholes.chars().zip(bases.chars());
        pairs.find(|(whole, _)| *whole == c).map(|(_, base)| (base, *mark))
    })?;
    let mut glyph = if base == 'ı' { own('i').map(without_dot)? } else { own(base)? };
    if base == 'j' && mark == Mark::Circumflex {
        glyph = without_dot(glyph);
    }
    let top = glyph.iter().position(|row| *row != 0).unwrap_or(6);
    let first = mark.row(top);
    for (row, mark) in glyph.iter_mut().skip(first).zip(mark.rows()) {
        *row |= mark << 4;
    }
    Some(glyph)
}

/// An i or j without its dot: what stands above the first empty row is taken away.
fn without_dot(mut glyph: Rows) -> Rows {
    let top = glyph.iter().position(|row| *row != 0).unwrap_or(0);
    let gap = glyph.iter().skip(top).position(|row| *row == 0).unwrap_or(0);
    for row in glyph.iter_mut().take(top.saturating_add(gap)) {
        *row = 0;
    }
    glyph
}

/// Digits of three by five dots, for the number of a character.
const DIGITS: [[u16; 5]; 16] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 1, 1, 1],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
    [2, 5, 7, 5, 5],
    [6, 5, 6, 5, 6],
    [3, 4, 4, 4, 3],
    [6, 5, 5, 5, 6],
    [7, 4, 6, 4, 7],
    [7, 4, 6, 4, 4],
];

/// A box with the character's number in it, in two rows of two digits, or three of larger ones.
fn numbered(c: char) -> Rows {
    const FRAME: u16 = 0b1111_1111_1110;
    const SIDES: u16 = 0b1000_0000_0010;
    let mut glyph: Rows = [0; HEIGHT];
    for (y, row) in glyph.iter_mut().enumerate() {
        *row = match y {
            1 | 21 => FRAME << 4,
            2..=20 => SIDES << 4,
            _ => 0,
        };
    }
    let hex: Vec<char> = format!("{:04X}", u32::from(c)).chars().collect();
    let hex = if hex.len() % 2 == 1 { [vec!['0'], hex].concat() } else { hex };
    for (line, pair) in hex.chunks(2).enumerate() {
        let first = line.saturating_mul(6).saturating_add(if hex.len() > 4 { 3 } else { 5 });
        for (place, digit) in pair.iter().enumerate() {
            let value = digit.to_digit(16).and_then(|value| usize::try_from(value).ok());
            let Some(dots) = value.and_then(|value| DIGITS.get(value)) else { continue };
            let shift = if place == 0 { 11_u32 } else { 7 };
            for (row, dots) in glyph.iter_mut().skip(first).zip(dots) {
                *row |= dots << shift;
            }
        }
    }
    glyph
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(c: char) -> String {
        let dot = |row: u16, x: usize| if row & (0x8000 >> x) == 0 { '.' } else { '#' };
        let line = |row: &u16| (0..WIDTH).map(|x| dot(*row, x)).chain(['\n']).collect::<String>();
        glyph(c).iter().map(line).collect()
    }

    #[test]
    fn the_file_holds_each_of_its_characters_and_nothing_else() {
        let characters = CHARACTERS.trim_end().chars().count();
        assert_eq!(DOTS.len(), characters * HEIGHT * 2);
        assert!(characters > 200);
        for c in ('!'..='~').chain('¡'..='¬').chain('®'..='ÿ') {
            assert!(own(c).is_some_and(|rows| rows.iter().any(|row| *row != 0)), "{c}");
        }
    }

    #[test]
    fn every_composed_letter_has_its_base_and_differs_from_it() {
        for (wholes, bases, _) in COMPOSED {
            assert_eq!(wholes.chars().count(), bases.chars().count(), "{wholes}");
            for (whole, base) in wholes.chars().zip(bases.chars()) {
                assert!(composed(whole).is_some(), "{whole}");
                assert_ne!(glyph(whole), glyph(base), "{whole}");
            }
        }
    }

    #[test]
    fn what_nobody_drew_is_a_box_with_its_number() {
        assert_ne!(glyph('肉'), glyph('魚'));
        let box_of = shown('肉');
        assert!(box_of.lines().nth(1).is_some_and(|row| row == "###########."), "\n{box_of}");
        // 8089
        assert!(box_of.lines().nth(5).is_some_and(|row| row == "#.###.###.#."), "\n{box_of}");
        assert_ne!(glyph('\u{1f34e}'), glyph('\u{1f34f}'));
    }

    #[test]
    fn no_dot_lies_outside_the_cell() {
        for c in CHARACTERS.chars().chain("ěłőșıĴ肉\u{1f34e}".chars()) {
            assert!(glyph(c).iter().all(|row| row & 0x000F == 0), "{c}\n{}", shown(c));
        }
    }
}
