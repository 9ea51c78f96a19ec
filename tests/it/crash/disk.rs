//! What a disk holds after a power cut: of all that was written, what was flushed is there, and
//! of the rest some, torn or garbled, as chance will have it.
//!
//! ```text
//!  ops ─▶ Disk: what is durable │ what waits ── cut, with one Loss and a seed ──▶ Remains ─▶ files
//! ```
//!
//! Names are durable apart from contents, under two models. Strict: a name is durable once its
//! folder, or for SQLite its file, was flushed, and nothing else helps. Ordered: changes of names
//! become durable in their order, all of them with any flush, as on ext4, xfs and btrfs.
//!
//! Supposed of the disk: a sector of 512 bytes that is being written may hold garbage after a cut,
//! but the bytes beside those that were written keep their values (SQLite supposes the same,
//! POWERSAFE_OVERWRITE), and what a flush was answered for stays.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tideover::device::entropy::{Entropy as _, SeededEntropy};

use super::bytes::Bytes;

const SECTOR: u64 = 512;

/// A file, whatever its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(pub usize);

/// One thing that is done to the disk.
#[derive(Clone, Debug)]
pub enum Op {
    /// A folder is made.
    Folder { path: PathBuf },
    /// An empty file is made.
    Create { path: PathBuf, file: FileId },
    /// Bytes are written.
    Write { file: FileId, at: u64, bytes: Rc<[u8]> },
    /// The length is set.
    Cut { file: FileId, len: u64 },
    /// A flush failed: what waited for it never comes to the disk, though a program that reads
    /// still sees it, and a flush that is tried again answers well.
    Lost { file: FileId },
    /// What was written becomes durable; its name too, where SQLite asks.
    Flush { file: FileId, named: bool },
    /// A name is changed, in place of whatever had the new one.
    Rename { from: PathBuf, to: PathBuf },
    /// A name goes; durably, where SQLite asks for it.
    Remove { path: PathBuf, flushed: bool },
    /// A folder's names become durable.
    FlushFolder { path: PathBuf },
}

/// When a name is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Once its folder was flushed.
    Strict,
    /// In their order, with any flush.
    Ordered,
}

/// What becomes of what was not flushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// All of it is lost.
    All,
    /// All of it is there.
    Nothing,
    /// Each file holds the first of its writes.
    Late,
    /// The first writes of all files together are there.
    AfterAMoment,
    /// Each write is there or not.
    Some,
    /// Each sector of each write is there or not.
    Torn,
    /// The same, and some sectors hold garbage.
    Garbled,
}

impl Loss {
    pub const ALL: [Self; 7] = [
        Self::All,
        Self::Nothing,
        Self::Late,
        Self::AfterAMoment,
        Self::Some,
        Self::Torn,
        Self::Garbled,
    ];
}

#[derive(Clone, Debug)]
enum Change {
    Write(u64, Rc<[u8]>),
    Cut(u64),
}

/// A content, and what waits to be written to it.
#[derive(Clone, Debug, Default)]
struct Content {
    durable: Bytes,
    /// With their places among all ops.
    waiting: Vec<(usize, Change)>,
}

/// What a name stands for.
pub type Entry = Option<FileId>;

#[derive(Clone, Debug)]
enum NameChange {
    /// A name appears; none is a folder.
    Appears(PathBuf, Entry),
    /// A name goes.
    Goes(PathBuf),
    /// Within one folder both happen or neither.
    Moves(PathBuf, PathBuf, FileId),
}

/// A disk while it is used.
#[derive(Clone, Debug)]
pub struct Disk {
    model: Names,
    contents: BTreeMap<FileId, Content>,
    durable: BTreeMap<PathBuf, Entry>,
    waiting: Vec<(usize, NameChange)>,
    /// As a program sees them now.
    seen: BTreeMap<PathBuf, Entry>,
    ops: usize,
}

/// What a power cut left.
#[derive(Clone, Debug, Default)]
pub struct Remains {
    pub names: BTreeMap<PathBuf, Entry>,
    pub contents: BTreeMap<FileId, Bytes>,
}

impl Disk {
    /// A disk that holds this and nothing that waits.
    pub fn with(remains: &Remains, model: Names) -> Self {
        let content = |bytes: &Bytes| Content { durable: bytes.clone(), waiting: Vec::new() };
        Self {
            model,
            contents: remains.contents.iter().map(|(id, bytes)| (*id, content(bytes))).collect(),
            durable: remains.names.clone(),
            waiting: Vec::new(),
            seen: remains.names.clone(),
            ops: 0,
        }
    }

    /// One thing is done.
    pub fn take(&mut self, op: &Op) {
        self.ops += 1;
        match op {
            Op::Folder { path } => self.rename(NameChange::Appears(path.clone(), None)),
            Op::Create { path, file } => {
                self.contents.insert(*file, Content::default());
                self.rename(NameChange::Appears(path.clone(), Some(*file)));
            }
            Op::Write { file, at, bytes } => {
                self.wait(*file, Change::Write(*at, bytes.clone()));
            }
            Op::Cut { file, len } => self.wait(*file, Change::Cut(*len)),
            Op::Lost { file } => {
                if let Some(content) = self.contents.get_mut(file) {
                    content.waiting.clear();
                }
            }
            Op::Flush { file, named } => self.flush(*file, *named),
            Op::Rename { from, to } => {
                let Some(Some(file)) = self.seen.get(from).copied() else { return };
                if from.parent() == to.parent() {
                    self.rename(NameChange::Moves(from.clone(), to.clone(), file));
                } else {
                    // Two folders, and no promise that both are written at once.
                    self.rename(NameChange::Appears(to.clone(), Some(file)));
                    self.rename(NameChange::Goes(from.clone()));
                }
            }
            Op::Remove { path, flushed } => {
                if !self.seen.contains_key(path) {
                    return;
                }
                self.rename(NameChange::Goes(path.clone()));
                match self.model {
                    Names::Strict if *flushed => self.settle(|change| change.names(path)),
                    Names::Ordered if *flushed => self.settle(|_| true),
                    _ => {}
                }
            }
            Op::FlushFolder { path } => match self.model {
                Names::Strict => self.settle(|change| change.is_in(path)),
                Names::Ordered => self.settle(|_| true),
            },
        }
    }

    fn wait(&mut self, file: FileId, change: Change) {
        self.contents.entry(file).or_default().waiting.push((self.ops, change));
    }

    fn rename(&mut self, change: NameChange) {
        change.apply(&mut self.seen);
        self.waiting.push((self.ops, change));
    }

    fn flush(&mut self, file: FileId, named: bool) {
        if let Some(content) = self.contents.get_mut(&file)
            && !content.waiting.is_empty()
        {
            for (_, change) in content.waiting.drain(..) {
                change.apply(&mut content.durable);
            }
        }
        match self.model {
            Names::Strict if named => self.settle(|change| change.shows(file)),
            Names::Ordered => self.settle(|_| true),
            Names::Strict => {}
        }
    }

    fn settle(&mut self, is_durable: impl Fn(&NameChange) -> bool) {
        for (at, change) in std::mem::take(&mut self.waiting) {
            if is_durable(&change) {
                change.apply(&mut self.durable);
            } else {
                self.waiting.push((at, change));
            }
        }
    }

    /// The plug is pulled.
    pub fn cut(&self, loss: Loss, chance: &SeededEntropy) -> Remains {
        // All that waits, in its order, up to a moment.
        let first = self.contents.values().flat_map(|content| content.waiting.first());
        let first = first.map(|(at, _)| *at).min().unwrap_or(self.ops);
        let span = u64::try_from(self.ops - first).expect("fits") + 1;
        let moment = first + usize::try_from(chance.below(span)).expect("fits");
        let mut names = self.durable.clone();
        let kept = self.kept_names(loss, moment, chance);
        for change in kept {
            change.apply(&mut names);
        }
        names.retain(|_, entry| entry.is_none_or(|file| self.contents.contains_key(&file)));
        drop_orphans(&mut names);
        let mut contents = BTreeMap::new();
        for file in names.values().flatten() {
            let content = self.contents[file].after(loss, moment, chance);
            contents.insert(*file, content);
        }
        Remains { names, contents }
    }

    fn kept_names(&self, loss: Loss, moment: usize, chance: &SeededEntropy) -> Vec<NameChange> {
        let all = u64::try_from(self.waiting.len()).expect("fits");
        let first = match loss {
            Loss::All => 0,
            Loss::Nothing => self.waiting.len(),
            Loss::AfterAMoment => self.waiting.iter().filter(|(at, _)| *at <= moment).count(),
            _ => usize::try_from(chance.below(all + 1)).expect("fits"),
        };
        let any =
            self.model == Names::Strict && matches!(loss, Loss::Some | Loss::Torn | Loss::Garbled);
        let mut kept = Vec::new();
        for (place, (_, change)) in self.waiting.iter().enumerate() {
            if if any { chance.below(2) == 0 } else { place < first } {
                kept.push(change.clone());
            }
        }
        kept
    }
}

/// What lies in a folder that is not there is not there either.
fn drop_orphans(names: &mut BTreeMap<PathBuf, Entry>) {
    let all = names.clone();
    let has_folders = |path: &Path| {
        let mut above = path.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty());
        above.all(|above| matches!(all.get(above), Some(None)))
    };
    names.retain(|path, _| has_folders(path));
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<PathBuf, Entry>) {
        match self {
            Self::Appears(path, entry) => {
                names.insert(path.clone(), *entry);
            }
            Self::Goes(path) => {
                names.remove(path);
            }
            Self::Moves(from, to, file) => {
                // Where the old name never became durable, the new one may be all there is.
                names.remove(from);
                names.insert(to.clone(), Some(*file));
            }
        }
    }

    fn names(&self, wanted: &Path) -> bool {
        match self {
            Self::Appears(path, _) | Self::Goes(path) => path == wanted,
            Self::Moves(from, to, _) => from == wanted || to == wanted,
        }
    }

    fn is_in(&self, folder: &Path) -> bool {
        let (Self::Appears(path, _) | Self::Goes(path) | Self::Moves(path, _, _)) = self;
        path.parent() == Some(folder)
    }

    fn shows(&self, wanted: FileId) -> bool {
        match self {
            Self::Appears(_, file) => *file == Some(wanted),
            Self::Moves(_, _, file) => *file == wanted,
            Self::Goes(_) => false,
        }
    }
}

impl Change {
    fn apply(&self, bytes: &mut Bytes) {
        match self {
            Self::Write(at, written) => bytes.put(*at, written),
            Self::Cut(len) => bytes.resize(usize::try_from(*len).expect("fits")),
        }
    }
}

impl Content {
    fn after(&self, loss: Loss, moment: usize, chance: &SeededEntropy) -> Bytes {
        if self.waiting.is_empty() || loss == Loss::All {
            return self.durable.clone();
        }
        let mut bytes = self.durable.clone();
        let all = u64::try_from(self.waiting.len()).expect("fits");
        let first = usize::try_from(chance.below(all + 1)).expect("fits");
        for (place, (at, change)) in self.waiting.iter().enumerate() {
            let whole = match loss {
                Loss::All => false,
                Loss::Nothing => true,
                Loss::Late => place < first,
                Loss::AfterAMoment => *at <= moment,
                Loss::Some | Loss::Torn | Loss::Garbled => chance.below(2) == 0,
            };
            match (loss, change) {
                (Loss::Torn | Loss::Garbled, Change::Write(at, written)) => {
                    tear(&mut bytes, *at, written, loss == Loss::Garbled, chance);
                }
                _ if whole => change.apply(&mut bytes),
                _ => {}
            }
        }
        bytes
    }
}

/// Writes some sectors of what was written, and garbage into some of those.
fn tear(bytes: &mut Bytes, at: u64, written: &[u8], garbled: bool, chance: &SeededEntropy) {
    let mut at = at;
    let mut rest = written;
    while !rest.is_empty() {
        let to_edge = usize::try_from(SECTOR - at % SECTOR).expect("fits");
        let (sector, behind) = rest.split_at(to_edge.min(rest.len()));
        if chance.below(2) == 0 {
            if garbled && chance.below(4) == 0 {
                let mut noise = vec![0; sector.len()];
                chance.fill(&mut noise).expect("numbers");
                bytes.put(at, &noise);
            } else {
                bytes.put(at, sector);
            }
        }
        at += u64::try_from(sector.len()).expect("fits");
        rest = behind;
    }
}
