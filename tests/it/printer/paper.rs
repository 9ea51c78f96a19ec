//! What a printer makes of its bytes: text, pictures, codes, cuts and pulses.
//!
//! It reads any stream of ESC/POS, also other programs' and also one that is cut into pieces, and
//! knows nothing of how ours is written.

use tideover::receipt::code_page::CodePage;

/// One thing on the paper, or at the drawer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Print {
    Line { text: String, bold: bool, wide: bool },
    Picture { width: usize, rows: Vec<Vec<u8>> },
    Qr(String),
    Barcode(String),
    Cut,
    Pulse { pin: u8 },
}

/// A printer's insides.
#[derive(Default)]
pub struct Paper {
    pub prints: Vec<Print>,
    /// Questions in the order they came: DLE EOT's number, or 0x80 for GS r.
    pub asked: Vec<u8>,
    /// Commands that this reader does not know.
    pub unknown: Vec<Vec<u8>>,
    pending: Vec<u8>,
    line: String,
    page: u8,
    bold: bool,
    wide: bool,
    qr: Vec<u8>,
}

impl Paper {
    /// Takes bytes as they come.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.pending.extend(bytes);
        let pending = std::mem::take(&mut self.pending);
        let mut rest = pending.as_slice();
        while !rest.is_empty() {
            match length(rest) {
                Some(length) if length <= rest.len() => {
                    self.command(&rest[..length]);
                    rest = &rest[length..];
                }
                _ => break,
            }
        }
        self.pending = rest.to_vec();
    }

    /// The words of all lines.
    pub fn lines(&self) -> Vec<&str> {
        let mut lines = Vec::new();
        for print in &self.prints {
            if let Print::Line { text, .. } = print {
                lines.push(text.as_str());
            }
        }
        lines
    }

    /// Bytes that wait for the rest of their command.
    pub fn waits(&self) -> usize {
        self.pending.len()
    }

    fn command(&mut self, bytes: &[u8]) {
        match bytes {
            [b'\n'] => self.end_line(),
            [byte] if *byte >= 0x20 => self.line.push(self.character(*byte)),
            [_] => {}
            [0x1B, b'@'] => {
                let asked = std::mem::take(&mut self.asked);
                let prints = std::mem::take(&mut self.prints);
                let unknown = std::mem::take(&mut self.unknown);
                *self = Self { prints, asked, unknown, ..Self::default() };
            }
            [0x1B, b'!', n] => {
                self.bold = n & 0x08 != 0;
                self.wide = n & 0x20 != 0;
            }
            [0x1B, b'E' | b'G', n] => self.bold = n & 1 == 1,
            [0x1B, b't', n] => self.page = *n,
            [0x1B, b'd', n] => {
                self.end_line();
                (1..*n).for_each(|_| self.end_line());
            }
            [0x1B, b'p', pin, _, _] | [0x10, 0x14, 1, pin, _] => {
                self.prints.push(Print::Pulse { pin: pin & 1 });
            }
            [0x10, 0x04, n] => self.asked.push(*n),
            [0x1D, b'r', _] => self.asked.push(0x80),
            [0x1D, b'!', n] => self.wide = n & 0xF0 != 0,
            [0x1D, b'V', ..] | [0x1B, b'i' | b'm'] => self.prints.push(Print::Cut),
            [0x1D, b'v', b'0', _, x, xh, _, _, dots @ ..] => {
                let wide = usize::from(*x) + 256 * usize::from(*xh);
                let rows = dots.chunks(wide.max(1)).map(<[u8]>::to_vec).collect();
                self.prints.push(Print::Picture { width: wide * 8, rows });
            }
            [0x1D, b'(', b'k', _, _, b'1', b'P', b'0', data @ ..] => self.qr = data.to_vec(),
            [0x1D, b'(', b'k', _, _, b'1', b'Q', ..] => {
                let text = String::from_utf8_lossy(&self.qr).into_owned();
                self.prints.push(Print::Qr(text));
            }
            [0x1D, b'(', b'L', _, _, 0x30, 0x70, _, _, _, _, x, xh, y, yh, dots @ ..] => {
                let wide = (usize::from(*x) + 256 * usize::from(*xh)).div_ceil(8);
                let high = usize::from(*y) + 256 * usize::from(*yh);
                let rows: Vec<_> = dots.chunks(wide.max(1)).map(<[u8]>::to_vec).collect();
                assert_eq!(rows.len(), high, "a picture's rows");
                self.prints.push(Print::Picture { width: wide * 8, rows });
            }
            [0x1D, b'k', 0..=6, data @ .., 0] | [0x1D, b'k', 65..=80, _, data @ ..] => {
                self.prints.push(Print::Barcode(String::from_utf8_lossy(data).into_owned()));
            }
            [0x1B | 0x1D | 0x1C | 0x10, ..] if is_known(bytes) => {}
            _ => self.unknown.push(bytes.to_vec()),
        }
    }

    fn end_line(&mut self) {
        let text = std::mem::take(&mut self.line);
        self.prints.push(Print::Line { text, bold: self.bold, wide: self.wide });
    }

    fn character(&self, byte: u8) -> char {
        let page = CodePage::ALL.into_iter().find(|page| page.number() == self.page);
        match byte {
            0x20..=0x7E => char::from(byte),
            0x80.. => {
                page.and_then(|p| p.upper().chars().nth(usize::from(byte - 0x80))).unwrap_or('?')
            }
            _ => '?',
        }
    }
}

/// Commands without an effect that anybody looks at here.
fn is_known(bytes: &[u8]) -> bool {
    match bytes {
        [0x1B, command, ..] => b"a-M45{V23JR!rT*BcLS\\$ ".contains(command),
        [0x1D, command, ..] => b"hwHfBLWb(PS\\\x7C".contains(command),
        [0x1C, command, ..] => b".&p-!S".contains(command),
        [0x10, ..] => true,
        _ => false,
    }
}

/// Bytes of the first command or character; none where that can't be known yet.
fn length(bytes: &[u8]) -> Option<usize> {
    let two = |at: usize| {
        let (low, high) = (*bytes.get(at)?, *bytes.get(at + 1)?);
        Some(usize::from(low) + 256 * usize::from(high))
    };
    match *bytes.first()? {
        0x1B => match *bytes.get(1)? {
            b'@' | b'i' | b'm' | b'2' | b'4' | b'5' | b'S' | b'L' | 0x0C => Some(2),
            b'p' => Some(5),
            b'$' | b'\\' | b'B' | b'c' => Some(4),
            b'*' => {
                let dots = if *bytes.get(2)? >= 32 { 3 } else { 1 };
                Some(5 + two(3)? * dots)
            }
            b'W' => Some(10),
            b'D' => Some(3 + bytes.get(2..)?.iter().position(|b| *b == 0)?),
            _ => Some(3),
        },
        0x1D => match *bytes.get(1)? {
            b'(' => Some(5 + two(3)?),
            b'v' => Some(8 + two(4)? * two(6)?),
            b'V' => Some(if *bytes.get(2)? >= 65 { 4 } else { 3 }),
            b'k' if *bytes.get(2)? <= 6 => Some(4 + bytes.get(3..)?.iter().position(|b| *b == 0)?),
            b'k' => Some(4 + usize::from(*bytes.get(3)?)),
            b'L' | b'W' | b'P' | b'\\' | b'$' => Some(4),
            _ => Some(3),
        },
        0x1C => match *bytes.get(1)? {
            b'.' | b'&' => Some(2),
            b'p' | b'S' => Some(4),
            _ => Some(3),
        },
        0x10 => match *bytes.get(1)? {
            0x04 | 0x05 => Some(3),
            0x14 => match *bytes.get(2)? {
                8 => Some(10),
                _ => Some(5),
            },
            _ => Some(1),
        },
        _ => Some(1),
    }
}
