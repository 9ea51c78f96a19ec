//! Small files of the machine and of the register itself, read no further than they can be long.
//!
//! Whoever can write there could else have a start read a disk's worth. One that is longer is read
//! as far as that, so it is damaged to whoever reads it; it is not waited for and nothing is said
//! here.
//!
//! ```text
//!  path, longest ─▶ its first bytes ─▶ the reader of keys, notes, marks
//! ```

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The longest file of a key, a certificate or a mark, in bytes; each is far shorter.
pub const SMALL_MAX: u64 = 64 * 1024;

/// A file's bytes, `max` of them at most.
///
/// # Errors
/// The system's.
pub fn bytes(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A file's text, `max` bytes of it at most.
///
/// # Errors
/// The system's; [`io::ErrorKind::InvalidData`] where it is not UTF-8.
pub fn text(path: &Path, max: u64) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(max).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_no_further_than_it_can_be_long() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        assert_eq!(text(&path, 4).expect_err("none").kind(), io::ErrorKind::NotFound);
        std::fs::write(&path, "abcdef").expect("written");
        assert_eq!(text(&path, 4).expect("read"), "abcd");
        assert_eq!(bytes(&path, 99).expect("read"), b"abcdef");
        std::fs::write(&path, [0xff]).expect("written");
        assert_eq!(text(&path, 4).expect_err("no text").kind(), io::ErrorKind::InvalidData);
    }
}
