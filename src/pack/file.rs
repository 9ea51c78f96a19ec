//! Files of the pack: plain ones only, hashed in pieces, replaced as a whole, and remembered.
//!
//! A *mark* beside an applied pack says which file was verified to the last byte: digest, size,
//! device, inode, and the times of its last change. It spares hashing tens of megabytes at each
//! start. It guards against damage and mix-ups; whoever may write marks may also run another
//! program, which no mark helps against. [`super::Pack::verify_all`] trusts no mark.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use rustix::fs::{Mode, OFlags};

const PIECE: usize = 1 << 18;
const MARK_LEN_MAX: u64 = 1024;

/// A piece of a plain file.
///
/// # Errors
/// The system's.
pub fn piece(path: &Path, from: u64, most: usize) -> io::Result<Vec<u8>> {
    let mut file = open_plain(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut piece = Vec::new();
    file.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut piece)?;
    Ok(piece)
}

/// Opens a plain file for reading: no link, pipe or device, which a stick from outside may hold.
pub(super) fn open_plain(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a plain file"));
    }
    Ok(file)
}

/// SHA-256 of the first `len` bytes; `progress` hears of the bytes done.
pub(super) fn digest_of(file: &File, len: u64, progress: &dyn Fn(u64)) -> io::Result<[u8; 32]> {
    let mut file = file;
    file.seek(SeekFrom::Start(0))?;
    let mut context = Context::new(&SHA256);
    let mut piece = vec![0; PIECE];
    let mut left = file.take(len);
    let mut done: u64 = 0;
    loop {
        let read = left.read(&mut piece)?;
        let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        context.update(bytes);
        done = done.saturating_add(u64::try_from(read).unwrap_or(0));
        progress(done);
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    Ok(digest)
}

/// A file that is not yet there under its name; removed again unless it is put in place.
#[derive(Debug)]
pub(super) struct Incoming {
    temp: PathBuf,
    placed: bool,
}

impl Incoming {
    /// A name beside `path` that nothing reads.
    pub(super) fn beside(path: &Path) -> io::Result<Self> {
        let name = path
            .file_name()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it names no file"))?;
        let temp = format!(".{}.{}.part", name.to_string_lossy(), std::process::id());
        let temp = path.with_file_name(temp);
        match std::fs::remove_file(&temp) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _gone => Ok(Self { temp, placed: false }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.temp
    }

    /// Puts the file, already synced, at its name, durably.
    pub(super) fn place(mut self, path: &Path) -> io::Result<()> {
        std::fs::rename(&self.temp, path)?;
        self.placed = true;
        fsync_folder_of(path)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.placed {
            // Best effort: a left-over is hidden, never read, and removed by the next try.
            drop(std::fs::remove_file(&self.temp));
        }
    }
}

/// Makes a new name in a folder durable.
pub(super) fn fsync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// Which file it is, and when it was last changed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Mark {
    sha256: String,
    bytes: u64,
    dev: u64,
    ino: u64,
    mtime: (i64, i64),
    ctime: (i64, i64),
}

impl Mark {
    /// The mark of an open file whose signed digest is `sha256`, in hexadecimal.
    pub(super) fn of(metadata: &Metadata, sha256: &str) -> Self {
        Self {
            sha256: sha256.to_owned(),
            bytes: metadata.len(),
            dev: metadata.dev(),
            ino: metadata.ino(),
            mtime: (metadata.mtime(), metadata.mtime_nsec()),
            ctime: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// The mark beside a pack; none when it is missing or unreadable, which costs only time.
    pub(super) fn beside(pack: &Path) -> Option<Self> {
        let mut text = String::new();
        open_plain(&mark_path(pack)).ok()?.take(MARK_LEN_MAX).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Writes the mark beside a pack, durably and as a whole.
    pub(super) fn write_beside(&self, pack: &Path) -> io::Result<()> {
        let path = mark_path(pack);
        let incoming = Incoming::beside(&path)?;
        let mut file = File::create_new(incoming.path())?;
        file.write_all(serde_json::to_string(self)?.as_bytes())?;
        file.sync_all()?;
        incoming.place(&path)
    }
}

/// `packs/20261122-1.pack.mark`.
pub(super) fn mark_path(pack: &Path) -> PathBuf {
    let mut name = pack.as_os_str().to_owned();
    name.push(".mark");
    PathBuf::from(name)
}
