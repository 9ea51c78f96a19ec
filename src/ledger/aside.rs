//! Putting files aside: under a name that says what they are and when, and never over another.

use std::fs::{self, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::domain::event::Event;
use crate::domain::ids::Epoch;
use crate::journal::key::PublicKey;
use crate::journal::record::Envelope;

use super::Place;
use super::error::LedgerError;
use super::join::{Sink, first_key};
use super::open::{beside, connect_file_to_read, flush_folder, private_folder};
use super::recover::Request;
use super::state::State;
use super::tape::TapeLines;

/// The database of a journal whose records were brought back, beside its lines.
pub(super) const RECOVERED: &str = "recovered.db";

pub(super) fn move_file(from: &Path, to_dir: &Path) -> Result<(), LedgerError> {
    let Some(name) = from.file_name() else { return Ok(()) };
    match fs::rename(from, to_dir.join(name)) {
        Ok(()) => Ok(()),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(()),
        // Another disk: beside the file itself, under a name that says what it is.
        Err(why) if why.kind() == std::io::ErrorKind::CrossesDevices => {
            let label = to_dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let beside = from.with_file_name(format!("{label}-{}", name.to_string_lossy()));
            fs::rename(from, beside).map_err(|why| LedgerError::file(from, why))
        }
        Err(why) => Err(LedgerError::file(from, why)),
    }
}

/// A new folder for what is set aside, named after what it is and when.
pub(super) fn set_aside_folder(request: &Request<'_>, what: &str) -> Result<PathBuf, LedgerError> {
    let now = request.clock.now();
    let (hour, minute) = now.local_hour_minute();
    let name = format!("{}-{hour:02}{minute:02}-{what}", now.local_date());
    new_folder(&request.place.set_aside(), &name)
}

pub(super) fn new_folder(parent: &Path, name: &str) -> Result<PathBuf, LedgerError> {
    private_folder(parent)?;
    let free = (1..10_000_u32)
        .map(|n| parent.join(if n == 1 { name.to_owned() } else { format!("{name}-{n}") }))
        .find(|path| !path.exists())
        .unwrap_or_else(|| parent.join(name));
    private_folder(&free)?;
    Ok(free)
}

/// Moves the database and what SQLite keeps beside it out of the way. The WAL last but one: a WAL
/// without its database is never read by another one, since the name is free only after it left.
pub(super) fn set_aside(request: &Request<'_>, what: &str) -> Result<(), LedgerError> {
    let path = request.place.database();
    if ["", "-wal", "-shm"].iter().all(|suffix| !beside(&path, suffix).exists()) {
        return Ok(());
    }
    let to = set_aside_folder(request, what)?;
    move_database(&path, &to)?;
    flush_folder(&request.place.dir)
}

pub(super) fn move_database(path: &Path, to: &Path) -> Result<(), LedgerError> {
    for suffix in ["-shm", "-wal", ""] {
        move_file(&beside(path, suffix), to)?;
    }
    // Its new name is durable before anybody makes it durable that the old one is gone.
    flush_folder(to)
}

/// Keeps a journal's lines in a plain file, flushed. It gets its name once it is whole; that name
/// is durable when its folder is.
pub(super) fn keep_lines(
    path: &Path,
    fill: &mut dyn FnMut(Sink<'_>) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let failed = |why| LedgerError::file(path, why);
    let new = beside(path, ".new");
    // Half written: it is written again from the same lines.
    fs::remove_file(&new).ok();
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new);
    let mut writer = BufWriter::new(file.map_err(failed)?);
    fill(&mut |_, line| {
        writer.write_all(line).and_then(|()| writer.write_all(b"\n")).map_err(failed)
    })?;
    let file = writer.into_inner().map_err(|why| failed(why.into_error()))?;
    file.sync_all().and_then(|()| fs::rename(&new, path)).map_err(failed)
}

/// The fold over a frozen journal's lines.
pub(super) fn state_of_lines(path: &Path) -> Result<State, LedgerError> {
    let failed = |why| LedgerError::file(path, why);
    let mut state = State::default();
    let mut lines = TapeLines::open(path).map_err(failed)?;
    while let Some((_, line)) = lines.next_record().map_err(failed)? {
        let Ok(envelope) = Envelope::read(&line) else { continue };
        let Ok(event) = envelope.event() else { continue };
        state = state.after(envelope.header.at, envelope.header.date, &event)?;
    }
    Ok(state)
}

/// A journal of this register that was given up says that this key was followed by another one.
/// What can't be read says nothing.
pub(super) fn rotated_away(place: &Place, key: &PublicKey) -> bool {
    let Ok(folders) = fs::read_dir(place.frozen()) else { return false };
    folders.flatten().any(|folder| {
        let Ok(mut lines) = TapeLines::open(&folder.path().join("lines-1.jsonl")) else {
            return false;
        };
        let (mut first, mut last) = (None, None);
        while let Ok(Some((_, line))) = lines.next_record() {
            if first.is_none() {
                first = Envelope::read(&line).ok().and_then(|envelope| first_key(&envelope));
                if first != Some(*key) {
                    return false;
                }
            }
            last = Some(line);
        }
        last.is_some_and(|line| {
            let event = Envelope::read(&line).and_then(|envelope| envelope.event());
            matches!(event, Ok(Event::KeyRotated(_)))
        })
    })
}

/// The end of the database, of a tape, or of a journal that was put away says that its key is
/// followed by this one.
pub(super) fn says_rotated_to(place: &Place, key: &PublicKey) -> bool {
    let says = |line: &[u8]| {
        let event = Envelope::read(line).and_then(|envelope| envelope.event());
        matches!(event, Ok(Event::KeyRotated(next)) if next.public_key == *key.bytes())
    };
    if last_of_database(&place.database()).is_some_and(|line| says(&line)) {
        return true;
    }
    let paths = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let is_tape = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "jsonl");
    let tapes = paths(&place.tape_dir).into_iter().filter(is_tape);
    // A start that could not finish began a journal beside it, and put the one that ended away.
    let frozen = paths(&place.frozen()).into_iter().map(|folder| folder.join("lines-1.jsonl"));
    tapes.chain(frozen).any(|path| {
        let Ok(mut lines) = TapeLines::open(&path) else { return false };
        let mut last = None;
        while let Ok(Some((_, line))) = lines.next_record() {
            last = Some(line);
        }
        last.is_some_and(|line| says(&line))
    })
}

fn last_of_database(path: &Path) -> Option<Vec<u8>> {
    let db = path.exists().then(|| connect_file_to_read(path).ok())??;
    let sql = "SELECT line FROM journal ORDER BY seq DESC LIMIT 1";
    db.query_row(sql, (), |row| row.get(0)).ok()
}

/// Where a journal's lines are kept already, and how many: a start froze it and was cut off
/// before the next journal began.
pub(super) fn kept_before(place: &Place, epoch: Epoch) -> Option<(PathBuf, u64)> {
    let name = epoch.to_string();
    let folders = fs::read_dir(place.frozen()).ok()?.flatten();
    folders
        .filter(|folder| folder.file_name().to_string_lossy().starts_with(&name))
        .filter_map(|folder| {
            let mut lines = TapeLines::open(&folder.path().join("lines-1.jsonl")).ok()?;
            let mut kept: u64 = 0;
            while let Ok(Some(_)) = lines.next_record() {
                kept = kept.saturating_add(1);
            }
            Some((folder.path(), kept))
        })
        .max_by_key(|(_, kept)| *kept)
}

#[cfg(test)]
mod tests;
