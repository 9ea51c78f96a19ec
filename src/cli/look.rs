//! What a register's window looks like, kept in its data folder: language and colors.
//!
//! Two words in a file of their own, beside the settings IT writes: a window that can't keep them
//! only opens as it did before.

use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;

use crate::gui::language::Language;
use crate::gui::theme::Theme;

/// The file below the data folder.
const FILE: &str = "window.txt";
/// A longer file is none of ours.
const LEN_MAX: usize = 256;

/// What is kept; none where nothing was chosen yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) language: Option<Language>,
    pub(super) theme: Option<Theme>,
}

/// Reads it; nothing where there is no file.
pub(super) fn read(data: &Path) -> Kept {
    let text = std::fs::read_to_string(data.join(FILE)).unwrap_or_default();
    if text.len() > LEN_MAX { Kept::default() } else { parse(&text) }
}

fn parse(text: &str) -> Kept {
    let word = |name: &str| {
        text.lines().find_map(|line| line.split_once('=').filter(|(key, _)| *key == name))
    };
    Kept {
        language: word("language").and_then(|(_, word)| Language::from_word(word)),
        theme: word("colors").and_then(|(_, word)| Theme::from_word(word)),
    }
}

fn text(language: Language, theme: Theme) -> String {
    format!("language={}\ncolors={}\n", language.word(), theme.word())
}

/// Keeps what the window tells, on a thread of its own: the window never waits for a disk.
pub(super) fn keeper(data: &Path) -> Option<Box<dyn Fn(Language, Theme)>> {
    let (queue, told) = sync_channel::<(Language, Theme)>(4);
    let file: PathBuf = data.join(FILE);
    let keep = move || {
        while let Ok((language, theme)) = told.recv() {
            if let Err(error) = std::fs::write(&file, text(language, theme)) {
                tracing::warn!(%error, "the window's language and colors were not kept");
            }
        }
    };
    std::thread::Builder::new().name("look".to_owned()).spawn(keep).ok()?;
    Some(Box::new(move |language, theme| {
        // A full queue holds a newer choice already than the one on the disk.
        queue.try_send((language, theme)).ok();
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let kept = parse(&text(Language::Spanish, Theme::Contrast));
        let expected = (Some(Language::Spanish), Some(Theme::Contrast));
        assert_eq!((kept.language, kept.theme), expected);
        assert_eq!(parse("colors=pink\nnothing"), Kept::default());
    }
}
