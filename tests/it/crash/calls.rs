//! The C library's door: what the ledger does to its files by itself, through `std::fs`, passes
//! here. The tape, the anchor, the ballast, what is moved aside, the folders: no list has to be
//! kept, and what somebody adds to the ledger later is seen too.
//!
//! This test program has functions of its own under the C library's names, which the linker
//! prefers. They do what those do, by the kernel's calls; for a watched thread they tell it first.
#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![expect(unsafe_code, reason = "functions with the C library's names and signatures")]

use std::ffi::{CStr, OsStr, c_char, c_int, c_uint, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fd::{BorrowedFd, IntoRawFd as _};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::disk::Op;
use super::watch::{self, Trouble};

unsafe extern "C" {
    fn __errno_location() -> *mut c_int;
}

/// What a C function answers: the number, or -1 with its reason beside it.
fn answer<T: TryInto<R>, R: From<i8>>(result: Result<T, Errno>) -> R {
    let why = match result.map(T::try_into) {
        Ok(Ok(number)) => return number,
        Ok(Err(_)) => Errno::OVERFLOW,
        Err(why) => why,
    };
    // SAFETY: the C library's own place for it, valid in each thread.
    unsafe { *__errno_location() = why.raw_os_error() };
    R::from(-1)
}

const fn errno(trouble: Trouble) -> Errno {
    match trouble {
        Trouble::Full => Errno::NOSPC,
        Trouble::WriteError | Trouble::FlushError => Errno::IO,
    }
}

/// # Safety
/// The caller's word that it is open, as for every call of the C library.
unsafe fn opened<'a>(fd: c_int) -> Result<BorrowedFd<'a>, Errno> {
    // SAFETY: not below zero, and the rest is the caller's word.
    if fd < 0 { Err(Errno::BADF) } else { Ok(unsafe { BorrowedFd::borrow_raw(fd) }) }
}

/// # Safety
/// A C string that lives as long as the call.
unsafe fn named<'a>(path: *const c_char) -> Result<&'a CStr, Errno> {
    // SAFETY: not null, and the rest is the caller's word.
    if path.is_null() { Err(Errno::FAULT) } else { Ok(unsafe { CStr::from_ptr(path) }) }
}

/// # Safety
/// So many bytes are readable there.
unsafe fn given<'a>(bytes: *const c_void, len: usize) -> &'a [u8] {
    // SAFETY: the caller's word; an empty slice needs no valid place.
    if len == 0 { &[] } else { unsafe { std::slice::from_raw_parts(bytes.cast(), len) } }
}

fn path_of(name: &CStr) -> PathBuf {
    Path::new(OsStr::from_bytes(name.to_bytes())).to_path_buf()
}

fn told(op: Op) -> Result<(), Errno> {
    watch::note(op).map_err(errno)
}

fn write_at(fd: BorrowedFd<'_>, bytes: &[u8], at: Option<u64>) -> Result<usize, Errno> {
    if let Some(file) = watch::file_of(fd) {
        let at = match at {
            Some(at) => at,
            None => rustix::fs::tell(fd)?,
        };
        told(watch::write_of(file, at, bytes))?;
    }
    match at {
        Some(at) => rustix::io::pwrite(fd, bytes, at),
        None => rustix::io::write(fd, bytes),
    }
}

fn flush(fd: BorrowedFd<'_>, data_only: bool) -> Result<c_int, Errno> {
    if let Some(file) = watch::file_of(fd) {
        told(Op::Flush { file, named: false })?;
    } else if let Some(path) = watch::folder_of(fd) {
        told(Op::FlushFolder { path })?;
    }
    if data_only {
        rustix::fs::fdatasync(fd)?
    } else {
        rustix::fs::fsync(fd)?
    }
    Ok(0)
}

fn open(name: &CStr, flags: OFlags, mode: Mode) -> Result<c_int, Errno> {
    let watched = watch::looking() && watch::below(&path_of(name)).is_some();
    let is_new = watched && flags.contains(OFlags::CREATE) && !path_of(name).exists();
    let fd = rustix::fs::open(name, flags, mode)?;
    if is_new {
        watch::created(&path_of(name));
    } else if watched
        && flags.contains(OFlags::TRUNC)
        && let Some(file) = watch::file_of(&fd)
    {
        told(Op::Cut { file, len: 0 })?;
    }
    Ok(fd.into_raw_fd())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite64(fd: c_int, bytes: *const c_void, len: usize, at: i64) -> isize {
    // SAFETY: the caller's word for both.
    let (fd, bytes) = unsafe { (opened(fd), given(bytes, len)) };
    let at = u64::try_from(at).map_err(|_| Errno::INVAL);
    answer(fd.and_then(|fd| write_at(fd, bytes, Some(at?))))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn write(fd: c_int, bytes: *const c_void, len: usize) -> isize {
    // SAFETY: the caller's word for both.
    let (fd, bytes) = unsafe { (opened(fd), given(bytes, len)) };
    answer(fd.and_then(|fd| write_at(fd, bytes, None)))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn ftruncate64(fd: c_int, len: i64) -> c_int {
    // SAFETY: the caller's word.
    let fd = unsafe { opened(fd) };
    answer(fd.and_then(|fd| {
        let len = u64::try_from(len).map_err(|_| Errno::INVAL)?;
        if let Some(file) = watch::file_of(fd) {
            told(Op::Cut { file, len })?;
        }
        rustix::fs::ftruncate(fd, len).map(|()| 0)
    }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fsync(fd: c_int) -> c_int {
    // SAFETY: the caller's word.
    answer(unsafe { opened(fd) }.and_then(|fd| flush(fd, false)))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdatasync(fd: c_int) -> c_int {
    // SAFETY: the caller's word.
    answer(unsafe { opened(fd) }.and_then(|fd| flush(fd, true)))
}

/// The mode is only there where a file may be made; on this system's calling convention a
/// missing one is read as whatever stood in its register, and not used.
#[unsafe(no_mangle)]
unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    let flags = OFlags::from_bits_retain(flags.cast_unsigned());
    let makes = flags.intersects(OFlags::CREATE | OFlags::TMPFILE);
    let mode = if makes { Mode::from_bits_retain(mode) } else { Mode::empty() };
    // SAFETY: the caller's word.
    answer(unsafe { named(path) }.and_then(|name| open(name, flags, mode)))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the caller's word.
    answer(unsafe { named(path) }.and_then(|name| {
        let below = watch::below(&path_of(name)).filter(|_| path_of(name).exists());
        if let Some(path) = below {
            told(Op::Remove { path, flushed: false })?;
        }
        rustix::fs::unlink(name).map(|()| 0)
    }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller's word for both.
    let (from, to) = unsafe { (named(from), named(to)) };
    answer(from.and_then(|from| {
        let to = to?;
        let there = path_of(from).exists();
        let both = watch::below(&path_of(from)).zip(watch::below(&path_of(to)));
        if let Some((from, to)) = both.filter(|_| there) {
            told(Op::Rename { from, to })?;
        }
        rustix::fs::rename(from, to).map(|()| 0)
    }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mkdir(path: *const c_char, mode: c_uint) -> c_int {
    // SAFETY: the caller's word.
    answer(unsafe { named(path) }.and_then(|name| {
        rustix::fs::mkdir(name, Mode::from_bits_retain(mode))?;
        watch::folder_made(&path_of(name));
        Ok(0)
    }))
}
