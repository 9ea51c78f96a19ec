//! The record of all that a piece of work does to the files of one folder: what both doors, the
//! database's (`vfs`) and the C library's (`calls`), tell it. It may also answer with an error.
//!
//! ```text
//!  SQLite ─▶ vfs ──┐                    ┌─▶ ops: create, write, cut, flush, move, remove
//!                  ├─▶ watch (a thread) ┤
//!  std::fs ─▶ calls┘                    └─▶ an error, where the plan says so
//! ```
//!
//! A watch belongs to one thread, so tests beside it go on undisturbed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustix::fd::AsFd;
use rustix::fs::{AtFlags, CWD, StatxFlags, statx};

use super::disk::{FileId, Op};

/// What is answered instead of doing as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A write fails.
    WriteError,
    /// A write finds no room.
    Full,
    /// A flush fails.
    FlushError,
}

/// From which op on trouble is answered, and whether only once.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub trouble: Trouble,
    pub at: usize,
    pub once: bool,
}

/// A durability that the ledger asked for and does not get, without being told: the proof that
/// the harness would notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lie {
    /// What `synchronous` is in truth; the ledger reads back what it set.
    pub synchronous: Option<u8>,
    /// A folder's flush does nothing.
    pub folders_unflushed: bool,
}

type Inode = (u32, u32, u64);

struct Watch {
    root: PathBuf,
    ops: Vec<Op>,
    files: BTreeMap<Inode, FileId>,
    folders: BTreeMap<Inode, PathBuf>,
    next: usize,
    plan: Option<Plan>,
    troubled: usize,
    lie: Lie,
}

thread_local! {
    /// Whether this thread is watched, and is not within SQLite's own calls: without a
    /// destructor, so that it can be asked at any time.
    static LOOKING: Cell<bool> = const { Cell::new(false) };
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// What a watched piece of work did.
pub struct Watched<T> {
    pub result: T,
    pub ops: Vec<Op>,
    /// How often trouble was answered.
    pub troubled: usize,
}

/// Watches what `work` does to the files below `root`; `known` are those that lie there already.
pub fn watch<T>(
    root: &Path,
    known: &BTreeMap<PathBuf, Option<FileId>>,
    plan: Option<Plan>,
    lie: Lie,
    work: impl FnOnce() -> T,
) -> Watched<T> {
    super::vfs::install();
    let mut watch = Watch {
        root: root.to_path_buf(),
        ops: Vec::new(),
        files: BTreeMap::new(),
        folders: BTreeMap::new(),
        next: 0,
        plan,
        troubled: 0,
        lie,
    };
    watch.folders.insert(inode_at(root).expect("the root is there"), PathBuf::new());
    for (path, file) in known {
        let inode = inode_at(&root.join(path)).expect("a known file is there");
        match file {
            Some(file) => {
                watch.next = watch.next.max(file.0 + 1);
                watch.files.insert(inode, *file);
            }
            None => {
                watch.folders.insert(inode, path.clone());
            }
        }
    }
    WATCH.with(|place| *place.borrow_mut() = Some(watch));
    LOOKING.set(true);
    let ended = Ended;
    let result = work();
    drop(ended);
    let watch = WATCH.with(|place| place.borrow_mut().take()).expect("still watched");
    Watched { result, ops: watch.ops, troubled: watch.troubled }
}

/// Stops looking, also where the work panics.
struct Ended;

impl Drop for Ended {
    fn drop(&mut self) {
        LOOKING.set(false);
    }
}

/// How many ops there were so far; 0 where nobody watches.
pub fn so_far() -> usize {
    asked(|watch| watch.ops.len()).unwrap_or(0)
}

/// Looks away while SQLite's own VFS works: what it does was told at its door.
pub fn aside<T>(work: impl FnOnce() -> T) -> T {
    let looked = LOOKING.replace(false);
    let result = work();
    LOOKING.set(looked);
    result
}

/// This thread is watched and what happens now was not told yet.
pub fn looking() -> bool {
    LOOKING.try_with(Cell::get).unwrap_or(false)
}

fn asked<T>(ask: impl FnOnce(&mut Watch) -> T) -> Option<T> {
    if !looking() {
        return None;
    }
    // What the record itself does must not be recorded.
    aside(|| WATCH.with(|place| place.borrow_mut().as_mut().map(ask)))
}

/// The lie that is told, where one is.
pub fn lie() -> Lie {
    asked(|watch| watch.lie).unwrap_or_default()
}

/// A path of the watched folder, as it is seen from there.
pub fn below(path: &Path) -> Option<PathBuf> {
    asked(|watch| path.strip_prefix(&watch.root).ok().map(Path::to_path_buf)).flatten()
}

/// The file that is open here.
pub fn file_of(fd: impl AsFd) -> Option<FileId> {
    asked(|watch| watch.files.get(&inode_of(fd)?).copied()).flatten()
}

/// The folder that is open here.
pub fn folder_of(fd: impl AsFd) -> Option<PathBuf> {
    asked(|watch| watch.folders.get(&inode_of(fd)?).cloned()).flatten()
}

/// A new file got a name.
pub fn created(path: &Path) -> Option<FileId> {
    let below = below(path)?;
    asked(|watch| {
        let file = FileId(watch.next);
        watch.next += 1;
        watch.files.insert(inode_at(path)?, file);
        watch.ops.push(Op::Create { path: below, file });
        Some(file)
    })
    .flatten()
}

/// The file at a path, where it is a known one.
pub fn file_at(path: &Path) -> Option<FileId> {
    asked(|watch| watch.files.get(&inode_at(path)?).copied()).flatten()
}

/// A new folder got a name.
pub fn folder_made(path: &Path) {
    let Some(below) = below(path) else { return };
    asked(|watch| {
        if let Some(inode) = inode_at(path) {
            watch.folders.insert(inode, below.clone());
        }
        watch.ops.push(Op::Folder { path: below });
    });
}

/// Takes note of an op, or says with which trouble it is answered instead.
pub fn note(op: Op) -> Result<(), Trouble> {
    asked(|watch| {
        let trouble = watch.plan.filter(|plan| {
            let n = watch.ops.len();
            let due = if plan.once { n == plan.at } else { n >= plan.at };
            let meant = match plan.trouble {
                Trouble::WriteError | Trouble::Full => matches!(op, Op::Write { .. }),
                Trouble::FlushError => matches!(op, Op::Flush { .. } | Op::FlushFolder { .. }),
            };
            due && meant && (!plan.once || watch.troubled == 0)
        });
        if let Some(plan) = trouble {
            watch.troubled += 1;
            if let Op::Flush { file, .. } = op {
                watch.ops.push(Op::Lost { file });
            }
            return Err(plan.trouble);
        }
        if !(watch.lie.folders_unflushed && matches!(op, Op::FlushFolder { .. })) {
            watch.ops.push(op);
        }
        Ok(())
    })
    .unwrap_or(Ok(()))
}

/// A write, as an op.
pub fn write_of(file: FileId, at: u64, bytes: &[u8]) -> Op {
    Op::Write { file, at, bytes: Rc::from(bytes) }
}

fn inode_of(fd: impl AsFd) -> Option<Inode> {
    let found = statx(fd, c"", AtFlags::EMPTY_PATH, StatxFlags::INO).ok()?;
    Some((found.stx_dev_major, found.stx_dev_minor, found.stx_ino))
}

fn inode_at(path: &Path) -> Option<Inode> {
    let found = statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::INO).ok()?;
    Some((found.stx_dev_major, found.stx_dev_minor, found.stx_ino))
}
