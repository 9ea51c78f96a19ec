//! Bytes as capitals and digits (RFC 4648 section 6, without padding): a QR code holds them in its
//! dense form, and a scanner types them on every keyboard.

const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Writes bytes: eight characters for five bytes, as few as will do at the end.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    let (mut held, mut bits) = (0_u32, 0_u32);
    let digit = |value: u32| {
        let place = usize::try_from(value & 31).unwrap_or(0);
        char::from(DIGITS.get(place).copied().unwrap_or(b'A'))
    };
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits = bits.saturating_add(8);
        while bits >= 5 {
            bits = bits.saturating_sub(5);
            text.push(digit(held >> bits));
        }
        held &= 0xff;
    }
    if bits > 0 {
        text.push(digit(held << 5_u32.saturating_sub(bits)));
    }
    text
}

/// Reads what [`encode`] wrote, in capitals or not; none for any other text, also for one whose
/// last character says more than the bytes need.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut held, mut bits) = (0_u32, 0_u32);
    for c in text.bytes() {
        let digit = match c.to_ascii_uppercase() {
            c @ b'A'..=b'Z' => c.wrapping_sub(b'A'),
            c @ b'2'..=b'7' => c.wrapping_sub(b'2').wrapping_add(26),
            _ => return None,
        };
        held = ((held & 0x7f) << 5) | u32::from(digit);
        bits = bits.saturating_add(5);
        if bits >= 8 {
            bits = bits.saturating_sub(8);
            bytes.push(u8::try_from((held >> bits) & 0xff).ok()?);
        }
    }
    // Fewer than five bits are left over, and they are zero: one text for each run of bytes.
    let left = held & 1_u32.checked_shl(bits)?.saturating_sub(1);
    (bits < 5 && left == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_standard_hold() {
        for (plain, coded) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded).as_deref(), Some(plain.as_bytes()));
            assert_eq!(decode(&coded.to_lowercase()).as_deref(), Some(plain.as_bytes()));
        }
        for wrong in ["M", "MZ", "MY=", "MZX", "M1", "MÄ", "MZXW6Y "] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)), Some(all));
    }
}
