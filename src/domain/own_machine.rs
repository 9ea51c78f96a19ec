//! Which machine a register runs on, told by several marks, so that data that was copied to another
//! one is noticed and a changed part is not taken for that.
//!
//! ```text
//!  marks known ─┬ all the same ──────────────▶ nothing
//!               ├ some are others ───────────▶ a part was changed: noted, and taken as new
//!               ├ all are others, two or more ▶ another machine: a new journal
//!               └ none can be compared ──────▶ nothing: a container tells no marks
//! ```

use std::collections::BTreeMap;
use std::fmt;

/// A mark of a machine; its word stands in the file of marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The number of the installed system.
    System,
    /// The number of the file system that the data lies on.
    Disk,
    /// The serial number of the board.
    Board,
}

/// The marks as the machine tells them; what can't be read is not among them. They show nowhere.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Marks(BTreeMap<Part, String>);

/// What known marks and those of now come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It is the same machine, or nothing tells.
    No,
    /// These marks are others, and others are the same, or it is the only one.
    Changed(Vec<Part>),
    /// Every mark is another: the data came from another machine.
    Another,
}

impl Part {
    /// All marks.
    pub const ALL: [Self; 3] = [Self::System, Self::Disk, Self::Board];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Disk => "disk",
            Self::Board => "board",
        }
    }

    /// The mark of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.word() == word)
    }
}

impl Marks {
    /// A machine with these marks.
    pub fn of(marks: impl IntoIterator<Item = (Part, String)>) -> Self {
        Self(marks.into_iter().collect())
    }

    /// Each mark with what it is.
    pub fn each(&self) -> impl Iterator<Item = (Part, &str)> {
        self.0.iter().map(|(part, mark)| (*part, mark.as_str()))
    }

    /// The machine tells no marks.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Compares what is known of a machine with what it is now; `M` is a mark in any form.
pub fn compare<M: PartialEq>(known: &BTreeMap<Part, M>, now: &BTreeMap<Part, M>) -> Moved {
    let both = known.iter().filter_map(|(part, mark)| Some((*part, mark, now.get(part)?)));
    let (same, other): (Vec<_>, Vec<_>) = both.partition(|(_, mark, now)| mark == now);
    match (same.len(), other.len()) {
        (_, 0) => Moved::No,
        (0, 2..) => Moved::Another,
        _ => Moved::Changed(other.into_iter().map(|(part, ..)| part).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str) -> BTreeMap<Part, char> {
        Part::ALL.into_iter().zip(text.chars()).filter(|(_, mark)| *mark != '-').collect()
    }

    #[test]
    fn one_changed_part_is_no_other_machine_and_all_changed_ones_are() {
        let changed = |parts: &[Part]| Moved::Changed(parts.to_vec());
        for (known, now, moved) in [
            ("abc", "abc", Moved::No),
            ("abc", "abx", changed(&[Part::Board])),
            ("abc", "axx", changed(&[Part::Disk, Part::Board])),
            ("abc", "xyz", Moved::Another),
            // The board's number is not for everybody to read.
            ("abc", "ab-", Moved::No),
            ("abc", "xy-", Moved::Another),
            ("ab-", "xyz", Moved::Another),
            ("ab-", "xb-", changed(&[Part::System])),
            // A single mark that changes at each start is a container's.
            ("a--", "x--", changed(&[Part::System])),
            ("---", "xyz", Moved::No),
            ("abc", "---", Moved::No),
            ("a--", "-yz", Moved::No),
        ] {
            assert_eq!(compare(&marks(known), &marks(now)), moved, "{known} {now}");
        }
    }

    #[test]
    fn marks_show_in_no_log() {
        let marks = Marks::of([(Part::System, "secret".to_owned())]);
        assert_eq!(format!("{marks:?}"), "{System}");
    }
}
