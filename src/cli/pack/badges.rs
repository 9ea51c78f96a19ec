//! `tideover pack badges`: the badges that a store's tables give its people, as a page to print.
//!
//! The page holds each badge as a square code and nothing of it as text. It is written for its
//! owner alone, and nothing of it is kept: what a badge holds follows from the badge key.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::device::entropy::SystemEntropy;
use crate::domain::ids::PersonId;
use crate::pack::{BadgeKey, Source, badges_of};
use crate::receipt::badge::{self, BadgeCard};

use crate::cli::output::{Ending, Failure, Output};

/// `tideover pack badges`
#[derive(Clone, Debug, Args)]
pub struct PackBadgesArgs {
    /// The folder with the tables.
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// The retailer's badge key, readable by its owner alone.
    #[arg(long, value_name = "FILE")]
    pub badge_key: PathBuf,
    /// Make the key if there is none yet.
    #[arg(long)]
    pub new_key: bool,
    /// Only this person's badge; may be given more than once.
    #[arg(long, value_name = "NUMBER")]
    pub person: Vec<String>,
    /// The page to write; one that is there is not replaced.
    #[arg(long, value_name = "FILE", default_value = "badges.html")]
    pub out: PathBuf,
}

/// What was written.
#[derive(Clone, Debug, Serialize)]
pub struct BadgesWritten {
    /// The page.
    pub file: String,
    /// The badges on it.
    pub badges: Vec<BadgeWritten>,
    /// The policy turned badges off: a pack passes them over.
    pub off: bool,
}

/// A badge on the page.
#[derive(Clone, Debug, Serialize)]
pub struct BadgeWritten {
    /// Whose.
    pub person: String,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: &'static str,
    /// Their how many-th.
    pub issue: u16,
}

/// Why no page was written.
#[derive(Debug, thiserror::Error)]
enum NoBadges {
    #[error(
        "people.csv gives nobody a badge; nothing was written. Add the column 'badge' with 1 for \
         the first badge of a person"
    )]
    Nobody,
    #[error("people.csv gives person {0} no badge; nothing was written. Write 1 in its column")]
    NotThem(String),
    #[error(
        "{file} can't be written; no badge was given out. Choose another name, or delete the old \
         page first"
    )]
    File {
        file: String,
        #[source]
        source: std::io::Error,
    },
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when tables or key can't be read, or the page can't be written.
pub fn run(args: &PackBadgesArgs, output: Output) -> Result<Ending, Failure> {
    let key = key(&args.badge_key, args.new_key)?;
    let mut store = badges_of(&Source::Folder(args.from.clone()), &key)?;
    for person in &args.person {
        let theirs = |id: &PersonId| id.as_str() == person;
        if !store.badges.iter().any(|badge| theirs(&badge.person.id)) {
            return Err(NoBadges::NotThem(person.clone()).into());
        }
    }
    if !args.person.is_empty() {
        store.badges.retain(|badge| args.person.iter().any(|id| badge.person.id.as_str() == id));
    }
    if store.badges.is_empty() {
        return Err(NoBadges::Nobody.into());
    }
    let cards: Vec<BadgeCard<'_>> = store
        .badges
        .iter()
        .map(|one| BadgeCard { person: &one.person, issue: one.issue, badge: &one.badge })
        .collect();
    let page = badge::page(&store.store_name, &cards);
    let file = args.out.display().to_string();
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&args.out)
        .and_then(|mut file| file.write_all(page.as_bytes()).and_then(|()| file.sync_all()))
        .map_err(|source| NoBadges::File { file: file.clone(), source })?;
    let written = |one: &crate::pack::IssuedBadge| BadgeWritten {
        person: one.person.id.to_string(),
        name: one.person.name.clone(),
        role: one.person.role.word(),
        issue: one.issue,
    };
    let badges = store.badges.iter().map(written).collect();
    output.say(&BadgesWritten { file, badges, off: store.off })?;
    Ok(Ending::Fine)
}

fn key(file: &Path, new_key: bool) -> Result<BadgeKey, crate::pack::KeyError> {
    if new_key && !file.exists() {
        return BadgeKey::create(file, &SystemEntropy);
    }
    BadgeKey::open(file)
}

impl fmt::Display for BadgesWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for BadgeWritten { person, name, role, issue } in &self.badges {
            writeln!(f, "{person}  {name}, {role}: badge {issue}")?;
        }
        writeln!(f, "Written to {}. Print it, then delete the file:", self.file)?;
        write!(f, "whoever has it has the badges. Nothing of them is kept elsewhere.")?;
        if self.off {
            write!(f, "\nThe policy says 'badges,off': a pack passes them over.")?;
        }
        Ok(())
    }
}
