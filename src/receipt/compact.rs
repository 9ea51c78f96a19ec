//! Small forms for a square code: numbers of seven bits a byte, labels behind their length.
//!
//! What is read is bounded before it is kept. Whoever reads a form writes it again and compares,
//! so that no second spelling can be signed or shown.

use crate::domain::money::Money;
use crate::domain::sale::SALE_AMOUNT_MAX;

/// Seven bits a byte, low first; the highest bit says that more follows.
pub(super) fn number(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

/// Zero, minus one, one, minus two, … as 0, 1, 2, 3.
pub(super) fn signed(out: &mut Vec<u8>, value: i64) {
    number(out, (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned());
}

/// A count, or a length.
pub(super) fn count(out: &mut Vec<u8>, count: usize) {
    out.push(u8::try_from(count).unwrap_or(u8::MAX));
}

/// A text behind its length.
pub(super) fn label(out: &mut Vec<u8>, text: &str) {
    count(out, text.len());
    out.extend(text.bytes());
}

/// What is left to be read.
pub(super) struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) const fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for place in 0..10_u32 {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            let shift = place.checked_mul(7)?;
            let moved = bits.checked_shl(shift)?;
            if moved >> shift != bits {
                return None;
            }
            value |= moved;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    pub(super) fn signed(&mut self) -> Option<i64> {
        let value = self.number()?;
        Some((value >> 1).cast_signed() ^ (value & 1).cast_signed().wrapping_neg())
    }

    pub(super) fn money(&mut self) -> Option<Money> {
        let most = SALE_AMOUNT_MAX.minor().unsigned_abs();
        self.signed().filter(|minor| minor.unsigned_abs() <= most).map(Money::from_minor)
    }

    pub(super) fn label(&mut self, len_max: usize) -> Option<&'a str> {
        let len = usize::from(self.byte()?);
        let (text, rest) = self.0.split_at_checked(len).filter(|_| len <= len_max)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    pub(super) fn list<T>(
        &mut self,
        most: usize,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let count = usize::from(self.byte()?);
        if count > most {
            return None;
        }
        (0..count).map(|_| read(self)).collect()
    }
}
