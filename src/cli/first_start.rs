//! The first start: a machine without a register asks what it is to be, in a window or in the
//! terminal.
//!
//! Where neither a display nor a person is there, nothing is asked and the command fails as it
//! always did: scripts and services are not surprised.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use super::enroll::{self, Asked};
use super::output::{Failure, Output};
use crate::device::entropy::SystemEntropy;
use crate::device::mounts::Mounts;
use crate::domain::ids::StoreNo;
use crate::domain::words::{Words, words};
use crate::gui::guide::{Guide, LookAtPack, PackFace, Wish};
use crate::gui::language::Language;
use crate::gui::{guide_window, launch};
use crate::pack::{Pack, PackError, Shelf, claimed_key};
use crate::register::settings::{DataDir, Settings, SettingsError};

/// What came of it.
pub(super) enum Started {
    /// The machine is a register now.
    Register,
    /// The demo is wished for.
    Demo,
    /// Nothing was wished for.
    Nothing,
}

/// True where the guide is to be shown: nothing is set up, and somebody can answer.
pub(super) fn is_wanted(data: &DataDir) -> bool {
    matches!(data.settings(), Err(SettingsError::NotSetUp(_))) && (has_window() || has_person())
}

fn has_window() -> bool {
    launch::check().is_ok()
}

fn has_person() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Asks until something came of it.
///
/// # Errors
/// [`Failure`] when neither window nor terminal works.
pub(super) fn run(data: &DataDir, output: Output) -> Result<Started, Failure> {
    let mut trouble = None;
    loop {
        let guide = Guide::new(look(), trouble.take());
        let wish = if has_window() {
            guide_window::run(guide, language())?
        } else {
            in_terminal(guide, language(), output)?
        };
        let done = match wish {
            None => return Ok(Started::Nothing),
            Some(Wish::Demo) => return Ok(Started::Demo),
            Some(wish) => set_up(&wish, data),
        };
        match done {
            Ok(()) => return Ok(Started::Register),
            Err(failure) => trouble = Some(Words::data(failure.to_string())),
        }
    }
}

/// The environment's language, as long as the register has none of its own.
fn language() -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"];
    let word = set.iter().find_map(|name| std::env::var(name).ok().filter(|word| !word.is_empty()));
    word.and_then(|word| Language::from_word(&word)).unwrap_or_default()
}

fn look() -> LookAtPack {
    Box::new(|path| {
        let path = Path::new(path);
        let key = claimed_key(path).map_err(|error| why_not(&error))?;
        let pack = Pack::open(path, &key).map_err(|error| why_not(&error))?;
        let policy = pack.policy();
        let name = policy.store_name.clone();
        Ok(PackFace { store: policy.store.0, name, key: in_fours(&key.to_string()) })
    })
}

/// Why a file is no price file, on a machine that has none yet.
fn why_not(error: &PackError) -> Words {
    match error {
        PackError::Io { .. } => words!(
            "No file can be read there. Plug the stick in and type the whole path; nothing is \
             changed so far"
        ),
        PackError::NotAPack(_) => words!(
            "This is not a price file. It is called like store.pack; ask IT for it. Nothing is \
             changed so far"
        ),
        PackError::CutShort(_) | PackError::Changed(_) => words!(
            "This price file is damaged. Copy it again; if it stays so, tell IT. Nothing is \
             changed so far"
        ),
        other => Words::data(other.to_string()),
    }
}

/// 64 digits as people compare them.
fn in_fours(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place % 4 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

fn set_up(wish: &Wish, data: &DataDir) -> Result<(), Failure> {
    if !matches!(wish, Wish::Demo) {
        enroll::check_place(data, &Mounts::read(Path::new("/")).unwrap_or_default())?;
    }
    match wish {
        Wish::Demo => Ok(()),
        Wish::Enroll { central, fingerprint, code } => {
            let fingerprint = fingerprint.as_deref();
            enroll::run(&Asked::Central { central, fingerprint, code }, data, &SystemEntropy)?;
            Ok(())
        }
        Wish::Offline { pack, register } => {
            let file = Path::new(pack);
            // The person compared it with the retailer's: that is what makes it trusted.
            let key = claimed_key(file)?;
            let opened = Pack::open(file, &key)?;
            let store = opened.policy().store.0;
            let pack_key = key.to_string();
            let asked = Asked::Offline { store, register: *register, pack_key: &pack_key };
            enroll::run(&asked, data, &SystemEntropy)?;
            Shelf::open(&data.packs_dir())?.apply(file, &key, StoreNo(store))?;
            let settings = data.settings()?;
            let time_zone = settings.time_zone.or(Some(opened.policy().time_zone.clone()));
            data.write_settings(&Settings { time_zone, ..data.settings()? })?;
            Ok(())
        }
    }
}

/// The same questions, line by line.
fn in_terminal(
    mut guide: Guide,
    language: Language,
    output: Output,
) -> Result<Option<Wish>, Failure> {
    use crate::domain::policy::Currency;
    use crate::gui::language::Voice;

    let voice = Voice { language, currency: Currency::Usd };
    let mut lines = std::io::stdin().lock().lines();
    while guide.wish.is_none() {
        output.tell(format_args!("\n{}\n", language.say(guide.title())));
        for words in guide.words() {
            output.tell(format_args!("  {}", words.said_by(&voice)));
        }
        for (key, label) in guide.choices() {
            output.tell(format_args!("  {key}  {}", language.say(label)));
        }
        if let Some(trouble) = &guide.trouble {
            output.tell(format_args!("  ! {}", trouble.said_by(&voice)));
        }
        output.tell("> ");
        std::io::stdout().flush()?;
        let Some(line) = lines.next().transpose()? else { return Ok(None) };
        match (guide.choices().is_empty(), line.trim().chars().next()) {
            (false, Some(key)) => guide.choose(key),
            (false, None) => {}
            (true, _) => guide.answer(&line),
        }
    }
    Ok(guide.wish.take())
}
