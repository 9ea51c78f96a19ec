//! The readers that `tests/it/fuzz` feeds by chance, for a fuzzer that follows coverage.

#[cfg(feature = "central")]
#[path = "../../tests/it/journals.rs"]
pub mod journals;
#[path = "../../tests/it/fuzz/readers/mod.rs"]
pub mod readers;

/// Feeds one reader.
pub fn feed(name: &str, input: &[u8]) {
    let (_, reader) = readers::ALL.iter().find(|(known, _)| *known == name).expect("a reader");
    if let readers::Seen::Refused(words) = reader(input) {
        assert!(words.trim().len() >= 8, "refused without words: {words:?}");
        assert!(words.len() < 4_096, "{} bytes of words", words.len());
        assert!(!words.chars().any(|c| c.is_control() && c != '\n'), "control characters");
    }
}
