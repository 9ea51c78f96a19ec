//! The bytes of a document for an ESC/POS printer: about twenty commands, all of them ours.
//!
//! ```text
//!  ESC @                start: whatever the last job left is gone
//!  FS .                 no double-byte characters, as printers made for China begin with
//!  ESC t n              code page
//!  ESC E n, GS ! n      bold, size
//!  ESC a n              QR code and pictures stand in the middle; text brings its own spaces
//!  GS v 0               a picture, in bands of 24 rows
//!  GS ( k               a QR code by the printer itself
//!  GS V A 3             feed and cut
//!  ESC p m t t          the drawer, on pin 2 or 5; or DLE DC4, which needs no turn
//! ```
//!
//! A line goes out in the chosen code page, else in CP437, which every printer has, else as a
//! picture. Text can't hold a command: see [`super::document::Plain`]; the tables give no control
//! byte either.

use super::bitmap::Bitmap;
use super::code_page::CodePage;
use super::document::{Document, Look};
use super::glyphs;
use super::layout::{Columns, Laid, Target, lay};
use super::qr::Matrix;

const ESC: u8 = 0x1B;
const GS: u8 = 0x1D;
const LF: u8 = b'\n';
/// Rows of a picture that are sent at once: small printers have small buffers.
const BAND_ROWS: usize = 24;
/// Rows below the proof, so that the cutter does not meet it.
const FEED_BEFORE_CUT: u8 = 3;

/// Which pin of its plug opens the drawer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DrawerPin {
    /// Pin 2: nearly every drawer.
    #[default]
    Pin2,
    /// Pin 5: a second drawer.
    Pin5,
}

/// How the drawer is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawer {
    /// Which pin.
    pub pin: DrawerPin,
    /// By the real-time pulse, which also works while the printer is offline. Not every printer
    /// knows it; the others print it as rubbish.
    pub realtime: bool,
}

/// Who draws a QR code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QrBy {
    /// The printer.
    #[default]
    Printer,
    /// We: for printers that can't.
    Picture,
}

/// What a printer is and can.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The width of its paper.
    pub columns: Columns,
    /// The code page it is set to.
    pub code_page: CodePage,
    /// How its drawer is opened; none without a drawer.
    pub drawer: Option<Drawer>,
    /// The level of the drawer's switch that says it is open; none where nobody found out.
    pub open_level: Option<bool>,
    /// Who draws QR codes.
    pub qr: QrBy,
    /// The store's picture.
    pub logo: Option<Bitmap>,
}

/// Bytes that end any command that was cut off: printers ignore zeros, and the rest of a picture
/// or of a QR code's text takes them in. The longest command is a band of a picture.
pub const RESYNC: [u8; 1_800] = [0; 1_800];

/// The bytes of a document.
pub fn encode(document: &Document, profile: &Profile) -> Vec<u8> {
    let laid = lay(document, profile.columns, Target::Printer);
    let mut out = Vec::with_capacity(4 * 1024);
    // A pulse alone needs no start, which would cost the printer's time before it.
    if laid.iter().any(|laid| *laid != Laid::DrawerPulse) {
        out.extend([ESC, b'@', 0x1C, b'.', ESC, b't', profile.code_page.number()]);
    }
    for laid in &laid {
        match laid {
            Laid::Line { text, look } => line(&mut out, text, *look, profile),
            Laid::Qr(text) => qr(&mut out, text, profile),
            Laid::Logo => {
                if let Some(logo) = profile.logo.as_ref().filter(|logo| fits(logo, profile)) {
                    centered(&mut out, |out| picture(out, logo));
                }
            }
            Laid::Cut => out.extend([GS, b'V', b'A', FEED_BEFORE_CUT]),
            Laid::DrawerPulse => pulse(&mut out, profile.drawer),
        }
    }
    out
}

/// Dots across the paper: twelve a column.
pub const fn dots(columns: Columns) -> usize {
    columns.count().saturating_mul(glyphs::WIDTH)
}

fn fits(picture: &Bitmap, profile: &Profile) -> bool {
    picture.width() <= dots(profile.columns)
}

fn line(out: &mut Vec<u8>, text: &str, look: Look, profile: &Profile) {
    let text = text.trim_end();
    let main = profile.code_page;
    let bytes = main.bytes(text).map(|bytes| (main, bytes));
    let bytes = bytes.or_else(|| CodePage::Cp437.bytes(text).map(|b| (CodePage::Cp437, b)));
    let Some((page, bytes)) = bytes else {
        return picture(out, &glyphs::draw(text, look, dots(profile.columns)));
    };
    if page != main {
        out.extend([ESC, b't', page.number()]);
    }
    match look {
        Look::Normal => out.extend(bytes),
        Look::Bold => {
            out.extend([ESC, b'E', 1]);
            out.extend(bytes);
            out.extend([ESC, b'E', 0]);
        }
        Look::Double => {
            out.extend([ESC, b'E', 1, GS, b'!', 0x11]);
            out.extend(bytes);
            out.extend([GS, b'!', 0, ESC, b'E', 0]);
        }
    }
    out.push(LF);
    if page != main {
        out.extend([ESC, b't', main.number()]);
    }
}

fn centered(out: &mut Vec<u8>, part: impl FnOnce(&mut Vec<u8>)) {
    out.extend([ESC, b'a', 1]);
    part(out);
    out.extend([ESC, b'a', 0]);
}

/// `GS v 0`, band after band; the printer puts one below the other.
fn picture(out: &mut Vec<u8>, picture: &Bitmap) {
    let wide = picture.width().div_ceil(8);
    for band in picture.rows().chunks(BAND_ROWS) {
        let (wide, high) = (u16::try_from(wide), u16::try_from(band.len()));
        let (Ok(wide), Ok(high)) = (wide, high) else { continue };
        out.extend([GS, b'v', b'0', 0]);
        out.extend(wide.to_le_bytes());
        out.extend(high.to_le_bytes());
        for row in band {
            out.extend(row);
        }
    }
}

fn qr(out: &mut Vec<u8>, text: &str, profile: &Profile) {
    // Dots a module: about 25 mm a side on either paper.
    let module = match profile.columns {
        Columns::C48 | Columns::C42 => 6_u8,
        Columns::C32 => 5,
    };
    // Less for a signed sale: as large as the paper holds.
    let side = Matrix::of(text).map_or(0, |matrix| matrix.side().saturating_add(8));
    let fits = dots(profile.columns).checked_div(side).unwrap_or(1);
    let module = module.min(u8::try_from(fits).unwrap_or(module)).max(1);
    if profile.qr == QrBy::Picture {
        if let Some(matrix) = Matrix::of(text) {
            let drawn = enlarge(&matrix, usize::from(module));
            centered(out, |out| picture(out, &drawn));
        }
        return;
    }
    let Ok(length) = u16::try_from(text.len().saturating_add(3)) else { return };
    centered(out, |out| {
        out.extend([GS, b'(', b'k', 4, 0, b'1', b'A', b'2', 0]); // model 2
        out.extend([GS, b'(', b'k', 3, 0, b'1', b'C', module]);
        out.extend([GS, b'(', b'k', 3, 0, b'1', b'E', b'1']); // medium correction
        out.extend([GS, b'(', b'k']);
        out.extend(length.to_le_bytes());
        out.extend([b'1', b'P', b'0']);
        out.extend(text.bytes().filter(|byte| (b' '..=b'~').contains(byte)));
        out.extend([GS, b'(', b'k', 3, 0, b'1', b'Q', b'0', LF]);
    });
}

/// A code drawn with `module` dots a module and its light border of four.
fn enlarge(matrix: &Matrix, module: usize) -> Bitmap {
    let side = matrix.side().saturating_add(8).saturating_mul(module);
    let mut drawn = Bitmap::blank(side, side);
    for (y, row) in (4_usize..).zip(matrix.rows()) {
        for (x, _) in (4_usize..).zip(row).filter(|(_, dark)| **dark) {
            for dot in 0..module.saturating_mul(module) {
                let (across, down) = (dot.checked_rem(module), dot.checked_div(module));
                let (Some(across), Some(down)) = (across, down) else { continue };
                let at =
                    |place: usize, off: usize| place.saturating_mul(module).saturating_add(off);
                drawn.blacken(at(x, across), at(y, down));
            }
        }
    }
    drawn
}

fn pulse(out: &mut Vec<u8>, drawer: Option<Drawer>) {
    let Some(drawer) = drawer else { return };
    let pin = match drawer.pin {
        DrawerPin::Pin2 => 0,
        DrawerPin::Pin5 => 1,
    };
    if drawer.realtime {
        // 1 x 100 ms.
        out.extend([0x10, 0x14, 1, pin, 1]);
    } else {
        // 25 x 2 ms on, 250 x 2 ms of rest.
        out.extend([ESC, b'p', pin, 25, 250]);
    }
}

#[cfg(test)]
mod tests;
