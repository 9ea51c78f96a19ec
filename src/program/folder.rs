//! A release's folder on a disk: its list, its signatures, its files.
//!
//! ```text
//!  PROGRAMS                     the list
//!  PROGRAMS.9d61b19deffd5a60.sig  a builder's signature, 64 bytes; named after its key
//!  tideover                     a file of the list
//! ```
//!
//! Files are read as what they are; no link is followed and nothing is run. A file beside the list
//! that it does not name is told, since somebody may start it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use rustix::fs::OFlags;

use super::builders::{self, Builder, Builders, NotBuilders};
use super::key::BuilderKey;
use super::list::{self, FILES_MAX, Listed, NotAList, ProgramList};
use crate::domain::ids::{BuilderName, ProgramFile, ProgramVersion};
use crate::journal::hash::Hash;
use crate::journal::key::{PublicKey, Signature};

/// The list's name.
pub const LIST_FILE: &str = "PROGRAMS";
/// Where a machine says who its builders are, below its root.
pub const BUILDERS_FILE: &str = "etc/tideover/builders";
/// A file of more bytes is none of ours.
const FILE_MAX: u64 = 1 << 30;
const SIGNATURE_LEN: u64 = 64;

/// Why a folder could not be read or signed.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is nothing at this place.
    #[error("there is no {0}; name the folder or file that holds it")]
    Missing(PathBuf),
    /// It can't be read or written.
    #[error("{file} can't be read or written")]
    Io {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A link, a pipe, a folder, or too long.
    #[error("{0} is not a plain file of a length that fits; take it out of the folder")]
    NotPlain(PathBuf),
    /// A name that no release's file has.
    #[error(
        "{0} has a name that no file of a release has: 1 to 64 letters, digits, '-', '.' and '_'; \
         take it out of the folder"
    )]
    Name(PathBuf),
    /// Nobody has said who builds.
    #[error(
        "there is no {0}, which says whose signatures count; write it, or name another one with \
         --builders"
    )]
    NoBuilders(PathBuf),
    /// A list that was asked for can't be one.
    #[error("{file} was not written")]
    NotListed {
        /// The file.
        file: PathBuf,
        /// Why.
        source: NotAList,
    },
    /// The list is none.
    #[error("{file} is not a release's list")]
    List {
        /// The file.
        file: PathBuf,
        /// Why.
        source: NotAList,
    },
    /// The builders' file is none.
    #[error("{file} does not say who the builders are; correct it and try again")]
    Builders {
        /// The file.
        file: PathBuf,
        /// Why.
        source: NotBuilders,
    },
    /// There is a list already.
    #[error(
        "{0} is there already. A list is never written over, since somebody may have signed it; \
         begin with a new folder and a greater number"
    )]
    Listed(PathBuf),
    /// Somebody would sign what is not there.
    #[error(
        "{0} is not what the list names, or not there; nothing was signed. Build again from the \
         commit that the list names, and compare"
    )]
    Differs(ProgramFile),
}

/// How a file compares with the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileState {
    /// It has the bytes that the list names.
    Same,
    /// It has others.
    Differs,
    /// It is not there.
    Missing,
    /// It is there, and the list does not name it.
    NotListed,
}

/// A folder beside its list and its builders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Its list.
    pub list: ProgramList,
    /// Who signed it.
    pub signed: Vec<BuilderName>,
    /// Whose signature is there and wrong.
    pub wrong: Vec<BuilderName>,
    /// How many must have signed.
    pub needs: usize,
    /// Each file, by name.
    pub files: Vec<(ProgramFile, FileState)>,
}

impl Checked {
    /// True when enough builders signed, none wrongly, and every file is the one that they signed.
    pub fn holds(&self) -> bool {
        let same = |(_, state): &(ProgramFile, FileState)| *state == FileState::Same;
        self.signed_enough() && self.wrong.is_empty() && self.files.iter().all(same)
    }

    /// True when as many builders signed as must.
    pub const fn signed_enough(&self) -> bool {
        self.signed.len() >= self.needs
    }
}

/// The list of what lies in a folder; written into it, never over another one.
///
/// # Errors
/// [`FolderError`] when something in it belongs to no release.
pub fn list_of(
    folder: &Path,
    version: ProgramVersion,
    number: u32,
    source: &str,
) -> Result<ProgramList, FolderError> {
    let file = folder.join(LIST_FILE);
    if file.symlink_metadata().is_ok() {
        return Err(FolderError::Listed(file));
    }
    let files = names(folder)?
        .into_iter()
        .map(|name| {
            let (sum, bytes) = sum_of(&folder.join(name.as_str()))?;
            Ok(Listed { sum, bytes, name })
        })
        .collect::<Result<Vec<Listed>, FolderError>>()?;
    let list = ProgramList::new(version, number, source, files)
        .map_err(|source| FolderError::NotListed { file: file.clone(), source })?;
    write_new(&file, list.text().as_bytes())?;
    Ok(list)
}

/// Signs a folder's list, once every file of it has been found to be what the list names. The
/// same key may sign again; the file is the same.
///
/// # Errors
/// [`FolderError`] when a file differs, or something can't be read or written.
pub fn sign(folder: &Path, key: &BuilderKey) -> Result<(ProgramList, PathBuf), FolderError> {
    let list = read_list(folder)?;
    for listed in list.files() {
        if state(folder, listed)? != FileState::Same {
            return Err(FolderError::Differs(listed.name.clone()));
        }
    }
    let file = folder.join(signature_file(&key.public()));
    let Signature(bytes) = list.sign(key.signer());
    match read_plain(&file, SIGNATURE_LEN) {
        Ok(there) if there == bytes => {}
        Ok(_) => return Err(FolderError::Listed(file)),
        Err(FolderError::Missing(_)) => write_new(&file, &bytes)?,
        Err(why) => return Err(why),
    }
    Ok((list, file))
}

/// Compares a folder with its list and its list's signatures with the builders.
///
/// # Errors
/// [`FolderError`] when the list can't be read; a file that is wrong is no error.
pub fn check(folder: &Path, builders: &Builders) -> Result<Checked, FolderError> {
    let mut checked = signatures(folder, builders)?;
    for listed in checked.list.files() {
        checked.files.push((listed.name.clone(), state(folder, listed)?));
    }
    for name in names(folder)? {
        if checked.list.file(&name).is_none() {
            checked.files.push((name, FileState::NotListed));
        }
    }
    Ok(checked)
}

/// Compares one installed file with the list beside it; whatever else lies there is not looked at.
///
/// # Errors
/// [`FolderError`] when there is no list, or it can't be read; a file that is wrong is no error.
pub fn check_installed(file: &Path, builders: &Builders) -> Result<Checked, FolderError> {
    let named = file.file_name().and_then(|name| ProgramFile::parse(name.to_str()?).ok());
    let name = named.ok_or_else(|| FolderError::Name(file.to_owned()))?;
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    let mut checked = signatures(folder, builders)?;
    let found = match checked.list.file(&name) {
        Some(listed) => state(folder, listed)?,
        None => FileState::NotListed,
    };
    checked.files.push((name, found));
    Ok(checked)
}

/// A folder's list and who signed it; no file is looked at yet.
fn signatures(folder: &Path, builders: &Builders) -> Result<Checked, FolderError> {
    let list = read_list(folder)?;
    let (mut signed, mut wrong) = (Vec::new(), Vec::new());
    for Builder { key, name } in builders.all() {
        let there = match read_plain(&folder.join(signature_file(key)), SIGNATURE_LEN) {
            Err(FolderError::Missing(_)) => continue,
            Err(why @ FolderError::Io { .. }) => return Err(why),
            there => there.ok().and_then(|bytes| bytes.try_into().ok()).map(Signature),
        };
        let holds = there.is_some_and(|signature| list.signed_by(key, &signature));
        if holds { &mut signed } else { &mut wrong }.push(name.clone());
    }
    Ok(Checked { list, signed, wrong, needs: builders.needs(), files: Vec::new() })
}

/// Reads a folder's list.
///
/// # Errors
/// [`FolderError`] when there is none, or it is none.
pub fn read_list(folder: &Path) -> Result<ProgramList, FolderError> {
    let file = folder.join(LIST_FILE);
    let bytes = read_plain(&file, list::TEXT_MAX)?;
    let text = String::from_utf8_lossy(&bytes);
    ProgramList::parse(&text).map_err(|source| FolderError::List { file, source })
}

/// Reads a builders' file.
///
/// # Errors
/// [`FolderError`] when there is none, or it names no builders.
pub fn read_builders(file: &Path) -> Result<Builders, FolderError> {
    let bytes = read_plain(file, builders::TEXT_MAX).map_err(|why| match why {
        FolderError::Missing(file) => FolderError::NoBuilders(file),
        why => why,
    })?;
    let text = String::from_utf8_lossy(&bytes);
    let file = file.to_owned();
    Builders::parse(&text).map_err(|source| FolderError::Builders { file, source })
}

/// What a builder's signature of a list is called.
fn signature_file(key: &PublicKey) -> String {
    format!("{LIST_FILE}.{}.sig", key.fingerprint())
}

/// The names in a folder that a list may hold: all but the list itself and its signatures.
fn names(folder: &Path) -> Result<Vec<ProgramFile>, FolderError> {
    let failed = |source| FolderError::Io { file: folder.to_owned(), source };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let text = name.to_str().ok_or_else(|| FolderError::Name(entry.path()))?;
        if text == LIST_FILE || text.starts_with("PROGRAMS.") && text.ends_with(".sig") {
            continue;
        }
        let name = ProgramFile::parse(text).map_err(|_why| FolderError::Name(entry.path()))?;
        names.push(name);
        if names.len() > FILES_MAX {
            return Err(FolderError::List { file: folder.to_owned(), source: NotAList::Files });
        }
    }
    names.sort();
    Ok(names)
}

fn state(folder: &Path, listed: &Listed) -> Result<FileState, FolderError> {
    match sum_of(&folder.join(listed.name.as_str())) {
        Ok((sum, bytes)) if (sum, bytes) == (listed.sum, listed.bytes) => Ok(FileState::Same),
        Ok(_) | Err(FolderError::NotPlain(_)) => Ok(FileState::Differs),
        Err(FolderError::Missing(_)) => Ok(FileState::Missing),
        Err(why) => Err(why),
    }
}

/// The sum and length of a plain file.
fn sum_of(file: &Path) -> Result<(Hash, u64), FolderError> {
    let failed = |source| FolderError::Io { file: file.to_owned(), source };
    let mut opened = open_plain(file, FILE_MAX)?;
    let (mut context, mut bytes) = (Context::new(&SHA256), 0_u64);
    let mut part = vec![0; 1 << 16];
    loop {
        let read = opened.read(&mut part).map_err(failed)?;
        let Some(read @ [_, ..]) = part.get(..read) else { break };
        context.update(read);
        bytes = bytes.saturating_add(u64::try_from(read.len()).unwrap_or(u64::MAX));
    }
    let mut sum = [0; 32];
    sum.copy_from_slice(context.finish().as_ref());
    Ok((Hash(sum), bytes))
}

fn read_plain(file: &Path, most: u64) -> Result<Vec<u8>, FolderError> {
    let mut bytes = Vec::new();
    let read = open_plain(file, most)?.take(most).read_to_end(&mut bytes);
    read.map_err(|source| FolderError::Io { file: file.to_owned(), source })?;
    Ok(bytes)
}

/// Opens a plain file of at most so many bytes; no link, and nothing that could wait for a writer.
fn open_plain(file: &Path, most: u64) -> Result<File, FolderError> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(file);
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => FolderError::Missing(file.to_owned()),
        _ if file.is_symlink() => FolderError::NotPlain(file.to_owned()),
        _ => FolderError::Io { file: file.to_owned(), source },
    };
    let opened = opened.map_err(failed)?;
    let found = opened.metadata().map_err(failed)?;
    if found.is_file() && found.len() <= most {
        Ok(opened)
    } else {
        Err(FolderError::NotPlain(file.to_owned()))
    }
}

fn write_new(file: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let failed = |source| FolderError::Io { file: file.to_owned(), source };
    let mut made = OpenOptions::new().write(true).create_new(true).open(file).map_err(failed)?;
    made.write_all(bytes).and_then(|()| made.sync_all()).map_err(failed)
}
