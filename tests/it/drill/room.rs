//! A folder for one drill, and what is put into it.

use tideover::drill::baskets::{BasketFile, write};

use super::*;

/// A folder for one test.
pub struct Room {
    pub dir: tempfile::TempDir,
}

impl Room {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a folder") }
    }

    pub fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().expect("a name").to_owned()
    }

    pub fn file(&self, name: &str, text: &str) -> String {
        self.file_of(name, text.as_bytes())
    }

    pub fn file_of(&self, name: &str, bytes: &[u8]) -> String {
        std::fs::write(self.path(name), bytes).expect("written");
        self.path(name)
    }

    pub fn hour(&self, day: &str) -> String {
        self.file("hour.toml", &an_hour(day))
    }

    /// Plays an hour's outage on baskets, which must agree.
    pub fn plays(&self, baskets: &BasketFile, day: &str) -> Value {
        let mut text = Vec::new();
        write(baskets, &mut text).expect("written");
        let baskets = self.file_of("baskets.jsonl", &text);
        let (code, report) = ask(&["drill", "--scenario", &self.hour(day), "--baskets", &baskets]);
        assert_agrees(code, &report);
        report
    }
}
