//! A QR code as a square of dark and light modules, for screens and for printers without their own.

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

/// A code of at most version 25: 117 modules a side, the most that paper of 42 columns holds at
/// four dots a module.
const VERSION_MAX: u8 = 25;

/// A square of modules, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    side: usize,
    dark: Vec<bool>,
}

impl Matrix {
    /// The code of a text with medium correction; none for a text of more than 1,400 characters
    /// or so, which no receipt has.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::encode_segments_advanced(
            &QrSegment::make_segments(text),
            QrCodeEcc::Medium,
            Version::MIN,
            Version::new(VERSION_MAX),
            None,
            true,
        )
        .ok()?;
        let side = code.size();
        let dark = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
        Some(Self {
            side: usize::try_from(side).ok()?,
            dark: dark.map(|(x, y)| code.get_module(x, y)).collect(),
        })
    }

    /// Modules a side, without the light border of four that a reader needs.
    pub const fn side(&self) -> usize {
        self.side
    }

    /// Drawn of rectangles, with its light border, for a page.
    pub fn svg(&self) -> String {
        let side = self.side.saturating_add(8);
        let mut path = String::new();
        for (y, row) in (4_usize..).zip(self.rows()) {
            for (x, _) in (4_usize..).zip(row).filter(|(_, dark)| **dark) {
                path.push_str(&format!("M{x} {y}h1v1h-1z"));
            }
        }
        format!("<svg viewBox=\"0 0 {side} {side}\"><path d=\"{path}\"/></svg>")
    }

    /// The rows of modules, from the top; true is dark.
    pub fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.dark.chunks(self.side.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipts_code_stays_small() {
        let matrix =
            Matrix::of("TDO1:1042:7:9F3C0011AA22BB33:1801:5D41402ABC4B2A76").expect("fits");
        assert_eq!(matrix.side(), 29);
        assert_eq!(matrix.rows().count(), 29);
        // The finder in the corner: a dark frame of seven.
        let top: Vec<bool> = matrix.rows().next().expect("a row").iter().copied().take(8).collect();
        assert_eq!(top, [true, true, true, true, true, true, true, false]);
    }

    #[test]
    fn the_longest_code_of_a_receipt_fits_the_narrowest_paper() {
        let text = "A".repeat(crate::receipt::witness::TEXT_LEN_MAX);
        let matrix = Matrix::of(&text).expect("fits");
        // 384 dots: three a module, with the light border.
        assert!((matrix.side() + 8) * 3 <= 384, "{}", matrix.side());
    }

    #[test]
    fn what_does_not_fit_is_no_code() {
        assert_eq!(Matrix::of(&"x".repeat(5_000)), None);
    }
}
