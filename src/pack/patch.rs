//! A pack out of an earlier one: the bytes that differ, packed against those that don't.
//!
//! ```text
//!  old file ─┐                          old file ─┐
//!  new file ─┴─ make ─▶ delta ─ line ─▶           ├─ apply ─▶ new file, byte for byte
//!                                          delta ─┘
//! ```
//!
//! A pack is signed over its bytes, so what comes out must be those bytes: a delta of rows would
//! have to make SQLite write the same pages again, on any version of it. This one is a zstd frame
//! with the old file as its beginning; it knows nothing of tables and can't be wrong about them.
//! Whether the result is right its digest and the pack's own signature say, not this file.

use std::io::{self, Read as _, Write as _};

/// No deltas are made from or to files longer than this: both are held in memory.
pub const PATCHED_LEN_MAX: u64 = 256 * 1024 * 1024;
/// How hard the differences are packed; a publisher waits some seconds for it.
const LEVEL: i32 = 9;
const WINDOW_LOG_MIN: u32 = 20;
const WINDOW_LOG_MAX: u32 = 30;

/// Makes a delta; none where a file is too long for one.
///
/// # Errors
/// The packing library's.
pub fn make(old: &[u8], new: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let Some(window) = window(old.len(), new.len()) else { return Ok(None) };
    let mut encoder = zstd::stream::write::Encoder::with_ref_prefix(Vec::new(), LEVEL, old)?;
    encoder.long_distance_matching(true)?;
    encoder.window_log(window)?;
    encoder.include_checksum(true)?;
    encoder.write_all(new)?;
    encoder.finish().map(Some)
}

/// Applies a delta; `bytes` is how long the result must be, and more is never unpacked.
///
/// # Errors
/// The unpacking library's; `InvalidData` where the result has another length.
pub fn apply(old: &[u8], delta: &[u8], bytes: u64) -> io::Result<Vec<u8>> {
    let invalid = || io::Error::new(io::ErrorKind::InvalidData, "the delta makes another file");
    if bytes > PATCHED_LEN_MAX {
        return Err(invalid());
    }
    let mut decoder = zstd::stream::read::Decoder::with_ref_prefix(delta, old)?;
    decoder.window_log_max(WINDOW_LOG_MAX)?;
    let mut new = Vec::new();
    decoder.take(bytes.saturating_add(1)).read_to_end(&mut new)?;
    if u64::try_from(new.len()).ok() != Some(bytes) {
        return Err(invalid());
    }
    Ok(new)
}

/// A window that both files fit into.
fn window(old: usize, new: usize) -> Option<u32> {
    let both = u64::try_from(old).ok()?.checked_add(u64::try_from(new).ok()?)?;
    if both > PATCHED_LEN_MAX.saturating_mul(2) {
        return None;
    }
    let log = u64::BITS.saturating_sub(both.leading_zeros());
    Some(log.clamp(WINDOW_LOG_MIN, WINDOW_LOG_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that don't compress.
    fn noise(len: usize, seed: u64) -> Vec<u8> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_be_bytes()[0]
        };
        (0..len).map(|_| next()).collect()
    }

    #[test]
    fn the_result_is_the_same_bytes_and_the_delta_is_as_long_as_what_changed() {
        let old = noise(400_000, 1);
        let mut new = old.clone();
        new.splice(1_000..1_010, noise(500, 2));
        new[300_000..300_100].copy_from_slice(&noise(100, 3));
        new.extend(noise(200, 4));
        let delta = make(&old, &new).expect("made").expect("short enough");
        assert!(delta.len() < 2_000, "{}", delta.len());
        let len = u64::try_from(new.len()).expect("a length");
        assert_eq!(apply(&old, &delta, len).expect("applied"), new);
        assert!(apply(&old, &delta, len - 1).is_err(), "longer than said");
        assert!(apply(&old, &delta, len + 1).is_err(), "shorter than said");
        assert!(apply(&old[1..], &delta, len).is_err(), "another file before it");
        for cut in [0, 1, delta.len() / 2, delta.len() - 1] {
            assert!(apply(&old, &delta[..cut], len).is_err(), "cut at {cut}");
        }
    }
}
