//! What a register's window looks like, kept in its data folder: language, colors, and the
//! customer's window.
//!
//! A few words in a file of their own, beside the settings IT writes: a window that can't keep them
//! only opens as it did before.

use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;

use crate::gui::Remembered;
use crate::gui::customer::{Display, Place};
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
    pub(super) customer: Option<Display>,
    pub(super) customer_place: Option<Place>,
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
        customer: word("customer").and_then(|(_, word)| Display::from_word(word)),
        customer_place: word("customer_place").and_then(|(_, word)| Place::parse(word)),
    }
}

fn text(look: &Remembered) -> String {
    let (language, theme, customer) = (look.language, look.theme, look.customer);
    let mut text = format!(
        "language={}\ncolors={}\ncustomer={}\n",
        language.word(),
        theme.word(),
        customer.word()
    );
    if let Some(place) = look.customer_place {
        text.push_str(&format!("customer_place={place}\n"));
    }
    text
}

/// Keeps what the window tells, on a thread of its own: the window never waits for a disk.
pub(super) fn keeper(data: &Path) -> Option<Box<dyn Fn(Remembered)>> {
    let (queue, told) = sync_channel::<Remembered>(4);
    let file: PathBuf = data.join(FILE);
    let keep = move || {
        while let Ok(look) = told.recv() {
            if let Err(error) = std::fs::write(&file, text(&look)) {
                tracing::warn!(%error, "the window's look was not kept");
            }
        }
    };
    std::thread::Builder::new().name("look".to_owned()).spawn(keep).ok()?;
    Some(Box::new(move |look| {
        // A full queue holds a newer choice already than the one on the disk.
        queue.try_send(look).ok();
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let look = Remembered {
            language: Language::Spanish,
            theme: Theme::Contrast,
            customer: Display::Screen,
            customer_place: Place::parse("1280,0,1024,768"),
        };
        let kept = parse(&text(&look));
        assert_eq!((kept.language, kept.theme), (Some(look.language), Some(look.theme)));
        assert_eq!(
            (kept.customer, kept.customer_place),
            (Some(look.customer), look.customer_place)
        );
        assert_eq!(parse("colors=pink\nnothing"), Kept::default());
    }
}
