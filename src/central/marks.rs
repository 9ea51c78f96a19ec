//! Marks beside central's keys: what was seen of the database, in files of the data folder, so that
//! an older copy of it is known when it comes back.
//!
//! ```text
//!  received.mark     after a commit: how far the database was, and its name
//!  hand-over.mark    after a step of a hand-over: how often the ledger moved, or what was seen
//!  destroyed.mark    after sealed data was destroyed: by whom, when, received before when
//! ```
//!
//! Each is written after what it tells of, so that it can fall behind the database and never runs
//! ahead of it. All are hints: where one can't be written, `--restored` says the same.

use std::path::{Path, PathBuf};

/// A mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// What was received.
    Received,
    /// What was handed over.
    HandOver,
    /// What sealed data was destroyed last.
    Destroyed,
}

impl Mark {
    const fn file(self) -> &'static str {
        match self {
            Self::Received => "received.mark",
            Self::HandOver => "hand-over.mark",
            Self::Destroyed => "destroyed.mark",
        }
    }
}

/// The marks of a data folder.
#[derive(Clone, Debug)]
pub(super) struct Marks(PathBuf);

impl Marks {
    /// Those of a folder.
    pub(super) fn of(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// What a mark says, without its newline; none where it is not there.
    pub(super) fn read(&self, mark: Mark) -> Option<String> {
        let text = std::fs::read_to_string(self.0.join(mark.file())).ok()?;
        Some(text.trim_end_matches('\n').to_owned())
    }

    /// Has a mark say this, as a whole or not at all.
    pub(super) fn write(&self, mark: Mark, text: &str) {
        let (path, next) = (self.0.join(mark.file()), self.0.join(format!("{}.new", mark.file())));
        let written = std::fs::write(&next, format!("{text}\n"));
        if let Err(error) = written.and_then(|()| std::fs::rename(&next, &path)) {
            tracing::debug!(%error, mark = mark.file(), "a mark could not be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_says_what_was_written_last_and_each_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let marks = Marks::of(folder.path());
        assert_eq!(marks.read(Mark::Received), None);
        marks.write(Mark::Received, "42 9f3c");
        marks.write(Mark::Received, "43 9f3c");
        marks.write(Mark::HandOver, "7");
        assert_eq!(marks.read(Mark::Received).as_deref(), Some("43 9f3c"));
        assert_eq!(marks.read(Mark::HandOver).as_deref(), Some("7"));
        assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 2);
        // Where it can't be written nothing happens.
        Marks::of(&folder.path().join("nowhere")).write(Mark::HandOver, "8");
    }
}
