//! A folder that another system takes files from: each delivery appears in it whole, or not at
//! all, and is known again afterwards, also when that system has taken it away.
//!
//! ```text
//!  DIR/.tideover/NAME.part   1 written and flushed
//!  DIR/.tideover/NAME.json   2 which records it holds, and the SHA-256 of each file
//!  DIR/NAME                  3 NAME.part, renamed: the one step that hands it over
//! ```
//!
//! So after a crash: NAME.json and NAME.part mean it was not handed over, NAME.json without
//! NAME.part that it was. Where NAME is still there its bytes are compared as well.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::event::Event;
use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use crate::journal::hash::{Hash, from_hex};

use super::ledger::{Order, TargetName};
use super::{Adapter, Entry, NotRead, Outcome, Seen};

/// Where deliveries are prepared and noted, below the folder.
const NOTES: &str = ".tideover";
/// Entries of one delivery.
const ENTRIES_MAX: usize = 500;
/// Entries of one delivery of a store's day: a list that a bank takes is one list.
const DAY_ENTRIES_MAX: usize = 5_000;
/// The longest note of a delivery, in bytes.
const NOTE_LEN_MAX: u64 = 4 * 1024 * 1024;

/// A file of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its name; with a leading dot the extension of a delivery that is one file.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// How records become files.
pub trait Format {
    /// The word before the folder in a target's name, and before each delivery's.
    fn kind(&self) -> &'static str;

    /// True for records that stand in these files.
    fn takes(&self, event: &Event) -> bool;

    /// In which order, and so what one delivery holds.
    fn order(&self) -> Order {
        Order::Journals
    }

    /// The files of a delivery: one, or several that lie in a folder of its own.
    ///
    /// # Errors
    /// In words, when the records can't be written in this form.
    fn render(&self, entries: &[Entry]) -> Result<Vec<Written>, String>;
}

/// A folder as a target.
pub struct Folder {
    dir: PathBuf,
    target: TargetName,
    format: Box<dyn Format>,
    index: Option<Index>,
}

/// What was handed over, by journal and record.
type Index = BTreeMap<(JournalId, Seq), (Hash, Health)>;

/// What became of a delivery's files.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Health {
    /// As they were written, or taken away by whoever they are for.
    Fine,
    /// They lie there, changed.
    Changed(String),
}

/// The note of a delivery.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Note {
    name: String,
    kind: String,
    files: Vec<NotedFile>,
    journals: Vec<NotedJournal>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct NotedFile {
    /// Empty where the delivery is this one file.
    name: String,
    sha256: String,
    bytes: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct NotedJournal {
    store: u32,
    reg: u16,
    epoch: String,
    /// Seq and hash of each record.
    records: Vec<(u64, String)>,
}

impl Folder {
    /// A folder that takes files of a format. It is made where it is missing, when the first
    /// delivery is.
    ///
    /// # Errors
    /// In words, where the path can't name a target.
    pub fn new(dir: &Path, format: Box<dyn Format>) -> Result<Self, String> {
        // The same folder under two names would be handed everything twice.
        let named = real_path(dir).map_err(|why| why.to_string())?;
        let name = format!("{}:{}", format.kind(), named.display());
        let target = TargetName::parse(&name).map_err(|why| why.to_string())?;
        Ok(Self { dir: named, target, format, index: None })
    }

    fn notes(&self) -> PathBuf {
        self.dir.join(NOTES)
    }

    fn write(&mut self, entries: &[Entry], handed: &mut bool) -> Result<Outcome, io::Error> {
        let files = match self.format.render(entries) {
            Ok(files) => files,
            Err(why) => return Ok(Outcome::Refused(why)),
        };
        let notes = self.notes();
        fs::create_dir_all(&notes)?;
        if self.index.is_none() {
            self.clean()?;
            self.index = Some(self.read_index()?);
        }
        let name = self.name_of(entries, &files)?;
        let last = self.dir.join(&name);
        if last.exists() {
            let text = format!(
                "{} is there already and nobody noted it: it is of another central, or was put \
                 there by hand; move it away",
                last.display()
            );
            return Ok(Outcome::Closed(text));
        }
        let part = notes.join(format!("{name}.part"));
        let noted = write_part(&part, &files)?;
        let note = self.note(&name, noted, entries);
        write_flushed(&notes.join(format!("{name}.json.new")), &serde_json::to_vec(&note)?)?;
        fs::rename(notes.join(format!("{name}.json.new")), notes.join(format!("{name}.json")))?;
        flush_dir(&notes)?;
        fs::rename(&part, &last)?;
        *handed = true;
        flush_dir(&self.dir)?;
        flush_dir(&notes)?;
        if let Some(index) = &mut self.index {
            index.extend(entries.iter().map(|e| ((e.journal(), e.seq()), (e.hash, Health::Fine))));
        }
        Ok(Outcome::Delivered)
    }

    /// The delivery's name says what is in it: `poslog-1042-7-9f3c…-000000000012-000000000511.xml`.
    fn name_of(&self, entries: &[Entry], files: &[Written]) -> io::Result<String> {
        let missing = || io::Error::new(io::ErrorKind::InvalidInput, "a delivery of nothing");
        let (first, last) = entries.first().zip(entries.last()).ok_or_else(missing)?;
        let (kind, journal) = (self.format.kind(), first.journal());
        let extension = match files {
            [one] => one.name.clone(),
            _ => String::new(),
        };
        let JournalId { store, register, epoch } = journal;
        match self.format.order() {
            Order::Journals => {
                let (from, to) = (first.seq().0, last.seq().0);
                Ok(format!("{kind}-{store}-{register}-{epoch}-{from:012}-{to:012}{extension}"))
            }
            // Late records make a further list of the same day.
            Order::StoreDays => {
                let begin = format!("{kind}-{store}-{}", first.header.date);
                let mut taken: Vec<String> = Vec::new();
                for entry in fs::read_dir(self.notes())? {
                    taken.push(entry?.file_name().to_string_lossy().into_owned());
                }
                (1..=9_999)
                    .map(|number| format!("{begin}-{number:02}{extension}"))
                    .find(|name| !taken.contains(&format!("{name}.json")))
                    .ok_or_else(missing)
            }
        }
    }

    fn note(&self, name: &str, files: Vec<NotedFile>, entries: &[Entry]) -> Note {
        let journals = entries.chunk_by(|one, next| one.journal() == next.journal());
        let journals = journals.filter_map(|run| {
            let JournalId { store, register, epoch } = run.first()?.journal();
            let records = run.iter().map(|e| (e.seq().0, e.hash.to_string())).collect();
            Some(NotedJournal {
                store: store.0,
                reg: register.0,
                epoch: epoch.to_string(),
                records,
            })
        });
        let kind = self.format.kind().to_owned();
        Note { name: name.to_owned(), kind, files, journals: journals.collect() }
    }

    /// Takes away what was begun and not handed over. The note goes first: a note alone would
    /// say that it was.
    fn clean(&self) -> io::Result<()> {
        let notes = self.notes();
        for entry in fs::read_dir(&notes)? {
            let part = entry?.path();
            let Some(stem) = name_text(&part).and_then(|name| name.strip_suffix(".part")) else {
                continue;
            };
            match fs::remove_file(notes.join(format!("{stem}.json"))) {
                Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
                _ => flush_dir(&notes)?,
            }
            remove(&part)?;
        }
        Ok(())
    }

    fn read_index(&self) -> io::Result<Index> {
        let mut index = Index::new();
        let notes = self.notes();
        let entries = match fs::read_dir(&notes) {
            Ok(entries) => entries,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(index),
            Err(why) => return Err(why),
        };
        for entry in entries {
            let path = entry?.path();
            let Some(stem) = name_text(&path).and_then(|name| name.strip_suffix(".json")) else {
                continue;
            };
            if notes.join(format!("{stem}.part")).exists() {
                continue; // Begun, and not handed over.
            }
            let mut text = Vec::new();
            File::open(&path)?.take(NOTE_LEN_MAX).read_to_end(&mut text)?;
            let note: Note = serde_json::from_slice(&text)?;
            if note.kind != self.format.kind() {
                continue;
            }
            let health = self.health(&note)?;
            let records = note.journals.iter().flat_map(NotedJournal::records);
            index.extend(records.map(|(place, hash)| (place, (hash, health.clone()))));
        }
        Ok(index)
    }

    /// The files as they lie there, against what was written.
    fn health(&self, note: &Note) -> io::Result<Health> {
        let place = self.dir.join(&note.name);
        if !place.exists() {
            return Ok(Health::Fine);
        }
        for noted in &note.files {
            let path = if noted.name.is_empty() { place.clone() } else { place.join(&noted.name) };
            let found = match fs::read(&path) {
                Ok(bytes) => Hash::of_bytes(&bytes).to_string(),
                Err(why) if why.kind() == io::ErrorKind::NotFound => continue,
                Err(why) => return Err(why),
            };
            if found != noted.sha256 {
                return Ok(Health::Changed(format!("{} was changed since", path.display())));
            }
        }
        Ok(Health::Fine)
    }
}

impl NotedJournal {
    /// Journal, place and hash of each record.
    fn records(&self) -> impl Iterator<Item = ((JournalId, Seq), Hash)> + '_ {
        let (store, register) = (StoreNo(self.store), RegisterNo(self.reg));
        let epoch = from_hex(&self.epoch).map(Epoch);
        self.records.iter().filter_map(move |(seq, hash)| {
            let journal = JournalId { store, register, epoch: epoch? };
            Some(((journal, Seq(*seq)), Hash::parse(hash)?))
        })
    }
}

impl Adapter for Folder {
    fn target(&self) -> &TargetName {
        &self.target
    }

    fn takes(&self, event: &Event) -> bool {
        self.format.takes(event)
    }

    fn order(&self) -> Order {
        self.format.order()
    }

    fn delivery_max(&self) -> usize {
        match self.format.order() {
            Order::Journals => ENTRIES_MAX,
            Order::StoreDays => DAY_ENTRIES_MAX,
        }
    }

    fn deliver(&mut self, entries: &[Entry]) -> Outcome {
        let mut handed = false;
        match self.write(entries, &mut handed) {
            Ok(outcome) => outcome,
            Err(why) => {
                // What was begun is taken away, and what is there read again, before the next one.
                self.index = None;
                let text = format!("{} can't be written ({why})", self.dir.display());
                if handed { Outcome::Unknown(text) } else { Outcome::Closed(text) }
            }
        }
    }

    fn look(&mut self, entries: &[Entry]) -> Result<Vec<Seen>, NotRead> {
        if self.index.is_none() {
            let read = self.read_index();
            let read = read.map_err(|why| NotRead(format!("{}: {why}", self.dir.display())))?;
            self.index = Some(read);
        }
        let none = Index::new();
        let index = self.index.as_ref().unwrap_or(&none);
        let seen = |entry: &Entry| match index.get(&(entry.journal(), entry.seq())) {
            None => Seen::Absent,
            Some((hash, _)) if *hash != entry.hash => {
                Seen::Different("another record was handed over in its place".to_owned())
            }
            Some((_, Health::Changed(why))) => Seen::Different(why.clone()),
            Some((_, Health::Fine)) => Seen::Same,
        };
        Ok(entries.iter().map(seen).collect())
    }
}

/// The path without links, also of a folder that is not there yet.
fn real_path(dir: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(dir)?;
    let mut missing = Vec::new();
    let mut there: &Path = &absolute;
    loop {
        if let Ok(real) = fs::canonicalize(there) {
            return Ok(missing.iter().rev().fold(real, |path, name| path.join(name)));
        }
        let (Some(above), Some(name)) = (there.parent(), there.file_name()) else {
            return Ok(absolute);
        };
        missing.push(name.to_owned());
        there = above;
    }
}

fn write_part(part: &Path, files: &[Written]) -> io::Result<Vec<NotedFile>> {
    remove(part)?;
    let noted = |name: &str, bytes: &[u8]| NotedFile {
        name: name.to_owned(),
        sha256: Hash::of_bytes(bytes).to_string(),
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
    };
    if let [one] = files {
        write_flushed(part, &one.bytes)?;
        return Ok(vec![noted("", &one.bytes)]);
    }
    fs::create_dir(part)?;
    for file in files {
        write_flushed(&part.join(&file.name), &file.bytes)?;
    }
    flush_dir(part)?;
    Ok(files.iter().map(|file| noted(&file.name, &file.bytes)).collect())
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(data) if data.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(why) => Err(why),
    };
    match removed {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
        _ => Ok(()),
    }
}

fn write_flushed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn flush_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn name_text(path: &Path) -> Option<&str> {
    path.file_name().and_then(|name| name.to_str())
}
