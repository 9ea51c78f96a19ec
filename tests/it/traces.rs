//! Looking for what must be nowhere: every file below a folder, for a secret as text, as bytes, in
//! hexadecimal and in base64 at each of its three shifts.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The forms that a secret's bytes may take in a file.
pub(crate) fn forms(bytes: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![bytes.to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()];
    let utf16: Vec<u8> = bytes.iter().flat_map(|byte| [*byte, 0]).collect();
    forms.push(utf16);
    for shift in 0..3_usize {
        let shifted = [vec![0; shift], bytes.to_vec()].concat();
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let text = engine.encode(&shifted);
            // The first and the last characters depend on what stands before and after.
            let from = if shift == 0 { 0 } else { shift + 1 };
            let to =
                if (bytes.len() + shift).is_multiple_of(3) { text.len() } else { text.len() - 1 };
            forms.push(text.as_bytes()[from..to].to_vec());
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

/// The first file below a folder that holds the secret in any form.
pub(crate) fn found(folder: &Path, secret: &[u8]) -> Option<PathBuf> {
    let forms = forms(secret);
    files(folder).into_iter().find(|path| {
        let bytes = std::fs::read(path).expect("a file");
        forms.iter().any(|form| holds(&bytes, form))
    })
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files
}

fn holds(bytes: &[u8], form: &[u8]) -> bool {
    let Some(first) = form.first() else { return false };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        if rest[at..].starts_with(form) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

#[test]
fn a_secret_is_found_in_each_of_its_forms_wherever_it_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = b"0012345678";
    let file = folder.path().join("below").join("a file");
    std::fs::create_dir(file.parent().expect("a parent")).expect("made");
    for before in ["", "x", "xy"] {
        let plain = format!("{before}0012345678 and more");
        let hex: String = plain.bytes().map(|byte| format!("{byte:02X}")).collect();
        for text in [plain.clone(), hex, STANDARD_NO_PAD.encode(&plain)] {
            std::fs::write(&file, format!("something {text}")).expect("written");
            assert_eq!(found(folder.path(), secret), Some(file.clone()), "{text}");
        }
    }
    std::fs::write(&file, "0012345677 MDAxMjM0NTY3Nw").expect("written");
    assert_eq!(found(folder.path(), secret), None);
}
