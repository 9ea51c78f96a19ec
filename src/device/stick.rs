//! A folder on a stick, which anybody may have had in their hands: files are opened by fixed names
//! below one folder, never through a link, never anything but a plain file, and never beyond a
//! length that was fixed before.
//!
//! What is written is flushed, thrown out of the system's memory, and read again from the stick.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use rustix::fd::OwnedFd;
use rustix::fs::{
    Advice, AtFlags, FileType, Mode, OFlags, Stat, fadvise, fstat, fsync, mkdirat, openat, statat,
};
use rustix::io::Errno;

/// An opened folder.
#[derive(Debug)]
pub struct Stick {
    dir: OwnedFd,
    path: PathBuf,
}

/// Why a file of the stick is not read.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// It is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// It leads elsewhere, or is no file.
    #[error("{0} is a link, a device or a folder, and not a plain file of its own")]
    NotPlain(String),
    /// A name with a path in it.
    #[error("'{0}' is a path that leads out of the folder")]
    Path(String),
    /// Longer than it may be.
    #[error("{0} is longer than it may be")]
    TooLong(String),
    /// The system's words.
    #[error("{0} can't be read: {1}")]
    Io(String, io::Error),
}

impl Stick {
    /// Opens a folder; the folder itself may not be a link either.
    ///
    /// # Errors
    /// The system's.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let dir = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self { dir, path: path.to_owned() })
    }

    /// Makes a new folder, and opens it; one that is there already is not touched.
    ///
    /// # Errors
    /// The system's; `AlreadyExists` where there is one.
    pub fn make(path: &Path) -> io::Result<Self> {
        let mode = Mode::RWXU | Mode::RGRP | Mode::XGRP | Mode::ROTH | Mode::XOTH;
        mkdirat(rustix::fs::CWD, path, mode)?;
        Self::open(path)
    }

    /// The names in it, at most `count`, in order.
    ///
    /// # Errors
    /// The system's.
    pub fn names(&self, count: usize) -> io::Result<Vec<String>> {
        let entries = std::fs::read_dir(&self.path)?.take(count);
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let mut names: Vec<String> = names.collect::<io::Result<_>>()?;
        names.sort();
        Ok(names)
    }

    /// Reads a file whole, at most `most` bytes.
    ///
    /// # Errors
    /// [`NotRead`].
    pub fn read(&self, name: &str, most: u64) -> Result<Vec<u8>, NotRead> {
        let (file, len) = self.open_plain(name)?;
        if len > most {
            return Err(NotRead::TooLong(name.to_owned()));
        }
        let mut bytes = Vec::new();
        let room = usize::try_from(len).unwrap_or(usize::MAX).saturating_add(1);
        // As much as it says and no more: a reader's memory has an end.
        let made = bytes.try_reserve_exact(room);
        made.map_err(|_| NotRead::Io(name.to_owned(), io::ErrorKind::OutOfMemory.into()))?;
        // One byte more than it may have: it may grow while it is read.
        let read = file.take(most.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|why| NotRead::Io(name.to_owned(), why))?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
            return Err(NotRead::TooLong(name.to_owned()));
        }
        Ok(bytes)
    }

    /// Writes a new file, flushed, and has the system forget it, so that reading it again reads
    /// the stick.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if !is_name(name) {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::ROTH;
        let mut file = File::from(openat(&self.dir, name, flags, mode)?);
        file.write_all(bytes)?;
        file.sync_all()?;
        // Where a file system can't forget, it is read from memory; what was flushed is as right.
        fadvise(&file, 0, None, Advice::DontNeed).ok();
        Ok(())
    }

    /// Flushes the folder itself.
    ///
    /// # Errors
    /// The system's.
    pub fn flush(&self) -> io::Result<()> {
        match fsync(&self.dir) {
            // Some file systems of sticks can't flush a folder; each file was flushed.
            Err(Errno::INVAL) => Ok(()),
            other => Ok(other?),
        }
    }

    fn open_plain(&self, name: &str) -> Result<(File, u64), NotRead> {
        if !is_name(name) {
            return Err(NotRead::Path(name.to_owned()));
        }
        let io = |why: Errno| NotRead::Io(name.to_owned(), why.into());
        // Looked at before it is opened, since opening a device may do something; and again once
        // it is open, since somebody may have put another thing in its place meanwhile.
        match statat(&self.dir, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if is_plain(&stat) => {}
            Ok(_) => return Err(NotRead::NotPlain(name.to_owned())),
            Err(Errno::NOENT) => return Err(NotRead::Missing(name.to_owned())),
            Err(why) => return Err(io(why)),
        }
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let opened = match openat(&self.dir, name, flags, Mode::empty()) {
            Ok(opened) => opened,
            Err(Errno::NOENT) => return Err(NotRead::Missing(name.to_owned())),
            Err(Errno::LOOP) => return Err(NotRead::NotPlain(name.to_owned())),
            Err(why) => return Err(io(why)),
        };
        let stat = fstat(&opened).map_err(io)?;
        if !is_plain(&stat) {
            return Err(NotRead::NotPlain(name.to_owned()));
        }
        Ok((File::from(opened), u64::try_from(stat.st_size).unwrap_or(u64::MAX)))
    }
}

/// A file of its own: no link to one elsewhere, by name or by number, and nothing but a file.
fn is_plain(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile && stat.st_nlink == 1
}

/// A name of one file: no path, nothing hidden, nothing that a terminal would act on.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    (1..=80).contains(&name.len()) && !name.starts_with('.') && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_files_of_the_folder_itself_are_read() {
        let dir = tempfile::tempdir().expect("a folder");
        let outside = tempfile::tempdir().expect("a folder");
        std::fs::write(outside.path().join("secret"), "secret").expect("written");
        let stick = Stick::make(&dir.path().join("bundle")).expect("made");
        let again = Stick::make(&dir.path().join("bundle")).expect_err("there already");
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        stick.write("a.lines", b"12345").expect("written");
        stick.flush().expect("flushed");
        assert_eq!(stick.read("a.lines", 5).expect("read"), b"12345");
        assert!(matches!(stick.read("a.lines", 4), Err(NotRead::TooLong(_))));
        assert!(matches!(stick.read("b.lines", 4), Err(NotRead::Missing(_))));
        for path in ["../secret", "/etc/passwd", "", ".", "..", ".hidden", "a/b", "a\u{1b}b"] {
            assert!(matches!(stick.read(path, 4), Err(NotRead::Path(_))), "{path}");
            assert!(stick.write(path, b"").is_err(), "{path}");
        }
        let at = |name: &str| dir.path().join("bundle").join(name);
        let secret = outside.path().join("secret");
        std::os::unix::fs::symlink(&secret, at("link")).expect("linked");
        std::fs::hard_link(&secret, at("second")).expect("linked");
        std::fs::create_dir(at("folder")).expect("made");
        let fifo = rustix::fs::mknodat(
            rustix::fs::CWD,
            at("pipe"),
            FileType::Fifo,
            Mode::RUSR | Mode::WUSR,
            0,
        );
        fifo.expect("made");
        for name in ["link", "second", "folder", "pipe"] {
            assert!(matches!(stick.read(name, 100), Err(NotRead::NotPlain(_))), "{name}");
        }
        let linked = dir.path().join("linked");
        std::os::unix::fs::symlink(dir.path().join("bundle"), &linked).expect("linked");
        assert!(Stick::open(&linked).is_err());
    }
}
