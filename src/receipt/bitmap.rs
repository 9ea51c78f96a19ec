//! Pictures in black and white: a store's logo, read from PBM or a 1-bit BMP, both bounded.
//!
//! No picture library: two formats that any drawing program writes and that can be read whole in a
//! screen of code. A logo that can't be read costs the picture, never the receipt.

/// The widest picture: the dots of 80 mm paper.
pub const WIDTH_MAX: usize = 576;
/// The highest.
pub const HEIGHT_MAX: usize = 400;
/// The largest file that is looked at, in bytes.
pub const FILE_LEN_MAX: u64 = 256 * 1024;

/// Dots, row by row, eight a byte from the left; 1 is black.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitmap {
    width: usize,
    rows: Vec<Vec<u8>>,
}

/// Why a file is not a logo.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotALogo {
    /// Neither format.
    #[error("it is neither a PBM (P1 or P4) nor a BMP of 1 bit a dot; save it as one of them")]
    Format,
    /// Too large or empty.
    #[error("it is {0} by {1} dots; make it 1 to 576 dots wide and 1 to 400 high")]
    Size(usize, usize),
    /// Ends too early.
    #[error("it ends in the middle; save it again")]
    Short,
}

impl Bitmap {
    /// An all-white picture.
    pub(super) fn blank(width: usize, height: usize) -> Self {
        Self { width, rows: vec![vec![0; width.div_ceil(8)]; height] }
    }

    /// Dots a row.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// The rows from the top, each of `width / 8` bytes, rounded up.
    pub fn rows(&self) -> &[Vec<u8>] {
        &self.rows
    }

    /// Blackens a dot; one outside is nothing.
    pub(super) fn blacken(&mut self, x: usize, y: usize) {
        if x < self.width
            && let Some(byte) = self.rows.get_mut(y).and_then(|row| row.get_mut(x / 8))
        {
            *byte |= 0x80_u8 >> (x % 8);
        }
    }

    /// Reads a logo.
    ///
    /// # Errors
    /// [`NotALogo`] with what to do about it.
    pub fn read(bytes: &[u8]) -> Result<Self, NotALogo> {
        match bytes {
            [b'P', b'1' | b'4', ..] => pbm(bytes),
            [b'B', b'M', ..] => bmp(bytes),
            _ => Err(NotALogo::Format),
        }
    }
}

fn bounded(width: usize, height: usize) -> Result<(), NotALogo> {
    let fits = (1..=WIDTH_MAX).contains(&width) && (1..=HEIGHT_MAX).contains(&height);
    fits.then_some(()).ok_or(NotALogo::Size(width, height))
}

/// Netpbm's "portable bitmap", plain (P1) or raw (P4).
fn pbm(bytes: &[u8]) -> Result<Bitmap, NotALogo> {
    let plain = bytes.get(1) == Some(&b'1');
    let mut rest = bytes.get(2..).ok_or(NotALogo::Short)?;
    let width = number(&mut rest)?;
    let height = number(&mut rest)?;
    bounded(width, height)?;
    let mut bitmap = Bitmap::blank(width, height);
    if plain {
        let mut dots = rest.iter().filter(|b| matches!(b, b'0' | b'1'));
        for y in 0..height {
            for x in 0..width {
                if dots.next().ok_or(NotALogo::Short)? == &b'1' {
                    bitmap.blacken(x, y);
                }
            }
        }
        return Ok(bitmap);
    }
    // Exactly one white space stands before the dots.
    let dots = rest.get(1..).ok_or(NotALogo::Short)?;
    let stride = width.div_ceil(8);
    let mut rows = dots.chunks_exact(stride);
    for row in &mut bitmap.rows {
        row.copy_from_slice(rows.next().ok_or(NotALogo::Short)?);
    }
    whiten_beyond(&mut bitmap);
    Ok(bitmap)
}

/// The next number of a PBM's head; what follows `#` is a remark.
fn number(rest: &mut &[u8]) -> Result<usize, NotALogo> {
    loop {
        match rest.first() {
            Some(b'#') => {
                let end = rest.iter().position(|b| *b == b'\n').ok_or(NotALogo::Short)?;
                *rest = rest.get(end..).ok_or(NotALogo::Short)?;
            }
            Some(b) if b.is_ascii_whitespace() => *rest = rest.get(1..).ok_or(NotALogo::Short)?,
            Some(_) => break,
            None => return Err(NotALogo::Short),
        }
    }
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let text = rest.get(..digits.min(9)).unwrap_or_default();
    let text = std::str::from_utf8(text).map_err(|_| NotALogo::Format)?;
    *rest = rest.get(digits..).ok_or(NotALogo::Short)?;
    text.parse().map_err(|_| NotALogo::Format)
}

/// Windows' BMP with one bit a dot, not compressed.
fn bmp(bytes: &[u8]) -> Result<Bitmap, NotALogo> {
    let long = |at: usize| -> Result<i32, NotALogo> {
        let field = bytes.get(at..at.saturating_add(4)).ok_or(NotALogo::Short)?;
        Ok(i32::from_le_bytes(field.try_into().map_err(|_| NotALogo::Short)?))
    };
    let short = |at: usize| -> Result<u16, NotALogo> {
        let field = bytes.get(at..at.saturating_add(2)).ok_or(NotALogo::Short)?;
        Ok(u16::from_le_bytes(field.try_into().map_err(|_| NotALogo::Short)?))
    };
    let (start, header) = (long(10)?, long(14)?);
    let (width, height) = (long(18)?, long(22)?);
    if header < 40 || short(28)? != 1 || long(30)? != 0 {
        return Err(NotALogo::Format);
    }
    let size = |side: i32| usize::try_from(side.unsigned_abs()).unwrap_or(usize::MAX);
    let (wide, high) = (size(width), size(height));
    bounded(wide, high)?;
    let start = usize::try_from(start).map_err(|_| NotALogo::Format)?;
    // Which of the two colors is the darker one.
    let palette = usize::try_from(header).map_err(|_| NotALogo::Format)?.saturating_add(14);
    let light = |at: usize| -> Result<u32, NotALogo> {
        let color = bytes.get(at..at.saturating_add(3)).ok_or(NotALogo::Short)?;
        Ok(color.iter().map(|part| u32::from(*part)).sum())
    };
    let one_is_black = light(palette.saturating_add(4))? < light(palette)?;
    let stride = wide.div_ceil(32).saturating_mul(4);
    let dots = bytes.get(start..).ok_or(NotALogo::Short)?;
    let mut bitmap = Bitmap::blank(wide, high);
    for (place, from) in dots.chunks_exact(stride).take(high).enumerate() {
        // Rows stand from the bottom up unless the height is below zero.
        let y = if height < 0 { place } else { high.saturating_sub(place).saturating_sub(1) };
        for (to, from) in bitmap.rows.get_mut(y).into_iter().flatten().zip(from) {
            *to = if one_is_black { *from } else { !*from };
        }
    }
    if dots.len() < stride.saturating_mul(high) {
        return Err(NotALogo::Short);
    }
    whiten_beyond(&mut bitmap);
    Ok(bitmap)
}

/// The bits after the last dot of a row are white, whatever the file holds there.
fn whiten_beyond(bitmap: &mut Bitmap) {
    let beyond = bitmap.width % 8;
    if beyond == 0 {
        return;
    }
    for row in &mut bitmap.rows {
        if let Some(last) = row.last_mut() {
            *last &= !(0xFF_u8 >> beyond);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_and_a_raw_bitmap_are_the_same_picture() {
        let plain = Bitmap::read(b"P1\n# a cross\n3 3\n010\n1 1 1\n010\n").expect("read");
        let raw = Bitmap::read(b"P4 3 3\n\x5f\xff\x5f").expect("read");
        assert_eq!(plain, raw);
        assert_eq!(plain.rows(), [[0x40], [0xE0], [0x40]]);
    }

    #[test]
    fn a_bmp_is_read_from_the_bottom_up_and_by_its_colors() {
        let mut file = b"BM".to_vec();
        file.extend([0; 8]);
        file.extend(62_i32.to_le_bytes());
        for field in [40_i32, 3, 2] {
            file.extend(field.to_le_bytes());
        }
        file.extend([1, 0, 1, 0]);
        file.extend([0; 24]);
        file.extend([0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0]); // white, then black
        file.extend([0b1100_0000, 0, 0, 0, 0b0010_0000, 0, 0, 0]);
        let read = Bitmap::read(&file).expect("read");
        assert_eq!(read.rows(), [[0b0010_0000], [0b1100_0000]]);
        for length in 0..file.len() {
            assert!(Bitmap::read(&file[..length]).is_err(), "cut to {length}");
        }
    }

    #[test]
    fn what_is_no_logo_says_what_to_do() {
        assert_eq!(Bitmap::read(b"\x89PNG"), Err(NotALogo::Format));
        assert_eq!(Bitmap::read(b"P4 577 3\n"), Err(NotALogo::Size(577, 3)));
        assert_eq!(Bitmap::read(b"P4 0 3\n"), Err(NotALogo::Size(0, 3)));
        assert_eq!(Bitmap::read(b"P4 8 2\n\xff"), Err(NotALogo::Short));
        assert_eq!(Bitmap::read(b"P1 2 1 1"), Err(NotALogo::Short));
    }
}
