//! `tideover bundle export`: journals into a new folder, read back before it is called safe.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, value_parser};
use serde::Serialize;

use super::read::what;
use super::told::read_bundle;
use crate::cli::output::{Ending, Failure, Output};
use crate::device::clock::{Clock as _, SystemClock};
use crate::device::entropy::SystemEntropy;
use crate::device::reader::Reader as StickReader;
use crate::device::stick::Stick;
use crate::domain::ids::{JournalId, RegisterNo, Seq, StoreNo};
use crate::journal::hash::Hash;
use crate::ledger::{JournalRef, LedgerError, Mirror, Reader};
use crate::register::settings::DataDir;
use crate::register::startup;
use crate::sync::bundle::{
    Content, MANIFEST, Manifest, PART_LEN_AIM, PART_LEN_MAX, PARTS_MAX, PartNote, TOTAL_LEN_MAX,
    part_name, seal,
};
use crate::sync::carrier::SealedData;
use crate::sync::push_sealed::message;
use crate::sync::wire::{JournalName, SEALED_ROWS_MAX};

const RECORDS_A_READ: usize = 1_000;
const BYTES_A_READ: usize = 1024 * 1024;
/// What names a central that no central is: rows that one holds are written too.
const NO_CENTRAL: &str = "-";

/// `tideover bundle export`
#[derive(Clone, Debug, Args)]
pub struct BundleExportArgs {
    /// The folder to make, such as /media/stick/till-7.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Another register of the store, from this one's copy of it.
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    register: Option<u16>,
    /// This register and every other one it holds a copy of.
    #[arg(long, conflicts_with = "register")]
    all: bool,
    /// Only what central has not acknowledged, of this register's own journals.
    #[arg(long)]
    unsent: bool,
}

/// What lies on the stick.
#[derive(Clone, Debug, Serialize)]
pub struct BundlePut {
    /// The folder.
    pub folder: String,
    /// The store.
    pub store: u32,
    /// The parts, in words.
    pub parts: Vec<String>,
    /// Records.
    pub records: u64,
    /// Bytes of all parts.
    pub bytes: u64,
    /// The fingerprint of the key that signed it.
    pub key: String,
    /// It was read back from the stick and is right.
    pub safe_to_remove: bool,
    /// What was not right when it was read back.
    pub wrong: Vec<String>,
}

/// Why nothing was put on the stick.
#[derive(Debug, thiserror::Error)]
pub enum NotPut {
    /// There is one already.
    #[error(
        "{0} is there already, and a bundle is never written over; name a folder that is not \
         there yet"
    )]
    There(String),
    /// The stick.
    #[error(
        "{folder} can't be written; the journals are untouched. Look at the stick's space and \
         switch, and take another one where it fails again"
    )]
    Stick {
        /// The folder.
        folder: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No key.
    #[error(
        "a bundle is signed by the register's key, and there is none; nothing was written. \
         'tideover export' writes the lines without"
    )]
    NoKey,
    /// Nothing.
    #[error("{0}; nothing was written")]
    Nothing(String),
    /// Too much.
    #[error(
        "this is more than a bundle holds ({TOTAL_LEN_MAX} bytes, {PARTS_MAX} parts); nothing was \
         written. Take --unsent, or one --register at a time"
    )]
    TooMuch,
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The serializer.
    #[error("the manifest can't be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// Parts as they grow; they are written as soon as each is whole.
struct Parts<'a> {
    stick: &'a Stick,
    folder: String,
    notes: Vec<PartNote>,
    bytes: u64,
    records: u64,
}

/// A part that is not whole yet.
struct Open {
    journal: JournalId,
    content: Content,
    from: Seq,
    prev: Hash,
    head: Hash,
    lines: u64,
    bytes: Vec<u8>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub fn run(args: &BundleExportArgs, home: &Path, output: Output) -> Result<Ending, Failure> {
    let data = DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()));
    let put = put(args, &data)?;
    output.say(&put)?;
    Ok(Ending::fine_if(put.safe_to_remove))
}

fn put(args: &BundleExportArgs, data: &DataDir) -> Result<BundlePut, Failure> {
    let settings = data.settings()?;
    let folder = args.to.display().to_string();
    let key =
        if data.key_path().exists() { startup::signing_key(data, &SystemEntropy) } else { None };
    let key = key.ok_or(NotPut::NoKey)?;
    let stick = match Stick::make(&args.to) {
        Ok(stick) => stick,
        Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {
            return Err(NotPut::There(folder).into());
        }
        Err(source) => return Err(NotPut::Stick { folder, source }.into()),
    };
    let mut parts =
        Parts { stick: &stick, folder: folder.clone(), notes: Vec::new(), bytes: 0, records: 0 };
    let own = RegisterNo(settings.register);
    let wanted = args.register.map(RegisterNo);
    if args.all || wanted.is_none_or(|wanted| wanted == own) {
        let reader = Reader::open(&data.place(&settings))?;
        for journal in reader.journals()? {
            let from = if args.unsent { acknowledged(&reader, &journal)? } else { Seq(0) };
            own_journal(&mut parts, &reader, &journal, from)?;
            let rows = reader.sealed_not_held(journal.id.epoch, NO_CENTRAL, usize::MAX)?;
            let rows: Vec<SealedData> = rows
                .into_iter()
                .filter(|row| row.seq >= from)
                .map(|row| SealedData {
                    commitment: row.commitment,
                    seq: row.seq,
                    bytes: row.bytes,
                })
                .collect();
            let messages =
                rows.chunks(SEALED_ROWS_MAX).map(|rows| message(&journal.id, rows, &key));
            let messages = messages.collect::<Result<Vec<_>, _>>()?;
            parts.sealed(journal.id, &messages)?;
        }
    }
    let others = wanted.filter(|wanted| *wanted != own);
    if args.all || others.is_some() {
        copies(&mut parts, data, StoreNo(settings.store), others)?;
    }
    if parts.notes.is_empty() {
        return Err(NotPut::Nothing("there is no record to be put on it".to_owned()).into());
    }
    let manifest = Manifest {
        store: settings.store,
        by_register: settings.register,
        made_at: SystemClock::new(settings.time_zone.as_deref()).now().to_string(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        parts: parts.notes.clone(),
    };
    let failed = |source| NotPut::Stick { folder: folder.clone(), source };
    // The manifest comes last: without it there is no bundle.
    stick.write(MANIFEST, &seal(&manifest, &key)?).map_err(failed)?;
    stick.flush().map_err(failed)?;
    let (records, bytes) = (parts.records, parts.bytes);
    let wrong = match read_bundle(&StickReader::this_program()?, &args.to, Some(settings.store)) {
        Ok(found) => found.bad.iter().map(|bad| format!("{}: {}", bad.file, bad.why)).collect(),
        Err(why) => vec![why.to_string()],
    };
    Ok(BundlePut {
        folder,
        store: settings.store,
        parts: manifest.parts.iter().map(what).collect(),
        records,
        bytes,
        key: key.public().fingerprint(),
        safe_to_remove: wrong.is_empty(),
        wrong,
    })
}

fn acknowledged(reader: &Reader, journal: &JournalRef) -> Result<Seq, LedgerError> {
    Ok(reader.last_ack(journal)?.map_or(Seq(0), |ack| ack.next_seq))
}

fn own_journal(
    parts: &mut Parts<'_>,
    reader: &Reader,
    journal: &JournalRef,
    from: Seq,
) -> Result<(), NotPut> {
    let prev = match from.0.checked_sub(1) {
        None => Hash::ZERO,
        Some(last) => {
            let line = reader.lines(journal, Seq(last), 1, BYTES_A_READ)?;
            line.first().map_or(Hash::ZERO, crate::journal::record::Line::hash)
        }
    };
    let mut open = Open::records(journal.id, from, prev);
    let mut next = from;
    loop {
        let lines = reader.lines(journal, next, RECORDS_A_READ, BYTES_A_READ)?;
        if lines.is_empty() {
            break;
        }
        for line in lines {
            open = parts.line(open, line.bytes())?;
            next = next.next();
        }
    }
    parts.close(open)
}

fn copies(
    parts: &mut Parts<'_>,
    data: &DataDir,
    store: StoreNo,
    wanted: Option<RegisterNo>,
) -> Result<(), NotPut> {
    let mirror = Mirror::open_to_read(&data.mirror_dir(), store)?;
    let all = mirror.branches()?;
    let fits = |register: RegisterNo| wanted.is_none_or(|wanted| wanted == register);
    let chosen: Vec<_> = all.iter().filter(|branch| fits(branch.journal.register)).collect();
    if let (Some(wanted), true) = (wanted, chosen.is_empty()) {
        let text = format!(
            "this register holds no records of register {wanted}: try the store's other registers"
        );
        return Err(NotPut::Nothing(text));
    }
    for branch in chosen {
        let mut open = Open::records(branch.journal, Seq(0), Hash::ZERO);
        let mut next = Seq(0);
        loop {
            let lines = mirror.lines(&all, branch, next, RECORDS_A_READ, BYTES_A_READ)?;
            if lines.is_empty() {
                break;
            }
            for line in lines {
                open = parts.line(open, line.bytes())?;
                next = next.next();
            }
        }
        parts.close(open)?;
        if branch.number == 1 {
            let rows = mirror.sealed(branch.journal.epoch)?;
            let messages: Vec<Vec<u8>> = rows.into_iter().map(|row| row.message).collect();
            parts.sealed(branch.journal, &messages)?;
        }
    }
    Ok(())
}

impl Open {
    const fn records(journal: JournalId, from: Seq, prev: Hash) -> Self {
        let content = Content::Records;
        Self { journal, content, from, prev, head: prev, lines: 0, bytes: Vec::new() }
    }

    fn push(&mut self, line: &[u8]) {
        self.head = Hash::of_line(line);
        self.lines = self.lines.saturating_add(1);
        self.bytes.extend_from_slice(line);
        self.bytes.push(b'\n');
    }
}

impl Parts<'_> {
    /// Adds a line; a part that is full is written, and the line begins the next one.
    fn line(&mut self, mut open: Open, line: &[u8]) -> Result<Open, NotPut> {
        let len = open.bytes.len().saturating_add(line.len());
        if !open.bytes.is_empty() && len > PART_LEN_AIM {
            let next = Seq(open.from.0.saturating_add(open.lines));
            let after = Open::records(open.journal, next, open.head);
            self.close(open)?;
            open = after;
        }
        open.push(line);
        Ok(open)
    }

    fn sealed(&mut self, journal: JournalId, messages: &[Vec<u8>]) -> Result<(), NotPut> {
        let mut open =
            Open { content: Content::Sealed, ..Open::records(journal, Seq(0), Hash::ZERO) };
        for message in messages {
            open.push(message);
        }
        self.close(open)
    }

    /// Writes a part that is whole; one without lines is none.
    fn close(&mut self, open: Open) -> Result<(), NotPut> {
        if open.lines == 0 {
            return Ok(());
        }
        let bytes = u64::try_from(open.bytes.len()).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(bytes);
        let number = self.notes.len().saturating_add(1);
        if self.bytes > TOTAL_LEN_MAX || bytes > PART_LEN_MAX || number > PARTS_MAX {
            return Err(NotPut::TooMuch);
        }
        let head = match open.content {
            Content::Records => {
                self.records = self.records.saturating_add(open.lines);
                open.head
            }
            Content::Sealed => Hash::ZERO,
        };
        let note = PartNote {
            file: part_name(number),
            content: open.content,
            bytes,
            sha256: Hash::of_bytes(&open.bytes).to_string(),
            journal: JournalName::of(&open.journal),
            from: open.from.0,
            lines: open.lines,
            prev: open.prev.to_string(),
            head: head.to_string(),
        };
        let failed = |source| NotPut::Stick { folder: self.folder.clone(), source };
        self.stick.write(&note.file, &open.bytes).map_err(failed)?;
        self.notes.push(note);
        Ok(())
    }
}

impl fmt::Display for BundlePut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { folder, store, records, bytes, key, .. } = self;
        writeln!(
            f,
            "{folder}: {records} records of store {store}, {bytes} bytes, signed by {key}"
        )?;
        self.parts.iter().try_for_each(|part| writeln!(f, "  {part}"))?;
        if self.safe_to_remove {
            return writeln!(
                f,
                "Read back from the stick and right. Unmount it; then it is safe to remove."
            );
        }
        writeln!(f, "NOT safe: what was read back is not what was written. Take another stick.")?;
        self.wrong.iter().try_for_each(|wrong| writeln!(f, "  {wrong}"))
    }
}
