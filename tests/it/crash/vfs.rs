//! The database's door: a VFS of SQLite that passes everything on to the system's own, and for a
//! watched thread tells each write, flush, cut and removal before.
//!
//! ```text
//!  SQLite ─▶ this VFS ─▶ watch: what, where, with which bytes
//!                └─▶ the system's VFS: real files, real locks, the real shared memory of the WAL
//! ```
//!
//! It is the default one of this test program, so the ledger opens its files as it always does.
//! What is not watched is handed over at `xOpen` for good.
//!
//! It promises what SQLite asks of any VFS and nothing more: a flush makes a new file's name
//! durable, a removal is durable when SQLite asked for that. The system's VFS flushes the whole
//! folder there; others don't.
#![expect(unsafe_code, reason = "SQLite calls these functions with its own pointers")]

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::mem::size_of;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rusqlite::ffi;

use super::disk::{FileId, Op};
use super::watch::{self, Trouble};

/// The head of an open file; the system's own lies behind it in the same piece of memory.
#[repr(C)]
struct Open {
    base: ffi::sqlite3_file,
    file: FileId,
}

/// The system's own VFS, which lives as long as the program.
struct System(*mut ffi::sqlite3_vfs);

// SAFETY: SQLite uses the same pointer on every thread.
unsafe impl Send for System {}
// SAFETY: as above.
unsafe impl Sync for System {}

static SYSTEM: OnceLock<System> = OnceLock::new();

/// Makes this the VFS of the program, once.
pub fn install() {
    SYSTEM.get_or_init(|| {
        // SAFETY: the system's VFS lives as long as the program, and ours is never freed.
        unsafe {
            assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
            let system = ffi::sqlite3_vfs_find(std::ptr::null());
            let own = Box::leak(Box::new(*system));
            own.szOsFile += c_int::try_from(size_of::<Open>()).expect("a small number");
            own.pNext = std::ptr::null_mut();
            own.zName = c"watched".as_ptr();
            own.xOpen = Some(open);
            own.xDelete = Some(delete);
            own.xAccess = Some(access);
            own.xFullPathname = Some(full_pathname);
            assert_eq!(ffi::sqlite3_vfs_register(own, 1), ffi::SQLITE_OK);
            System(system)
        }
    });
}

/// Before [`install`] is done this VFS is not called.
fn system() -> *mut ffi::sqlite3_vfs {
    SYSTEM.wait().0
}

/// The system's own file behind ours.
///
/// # Safety
/// `file` was opened by [`open`] as a watched one.
const unsafe fn behind(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: SQLite made room for both.
    unsafe { file.cast::<Open>().add(1).cast() }
}

/// Calls a method of the system's own file.
macro_rules! pass {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        let real = behind($file);
        watch::aside(|| (*(*real).pMethods).$method.expect("a method")(real $(, $argument)*))
    }};
}

const fn code(trouble: Trouble) -> c_int {
    match trouble {
        Trouble::Full => ffi::SQLITE_FULL,
        Trouble::WriteError => ffi::SQLITE_IOERR_WRITE,
        Trouble::FlushError => ffi::SQLITE_IOERR_FSYNC,
    }
}

/// # Safety
/// A C string.
unsafe fn path_of(name: *const c_char) -> PathBuf {
    // SAFETY: SQLite's word.
    Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes())).to_path_buf()
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite's word for its pointers; there is room for both files behind `file`.
    unsafe {
        let pass_on = |to| {
            watch::aside(|| (*system()).xOpen.expect("a method")(system(), name, to, flags, out))
        };
        if name.is_null() || watch::below(&path_of(name)).is_none() {
            return pass_on(file);
        }
        let path = path_of(name);
        let was_there = path.exists();
        (*file).pMethods = std::ptr::null();
        let opened = pass_on(behind(file));
        if opened != ffi::SQLITE_OK {
            return opened;
        }
        let known = if was_there { watch::file_at(&path) } else { watch::created(&path) };
        let Some(known) = known else { return ffi::SQLITE_CANTOPEN };
        file.cast::<Open>()
            .write(Open { base: ffi::sqlite3_file { pMethods: &raw const METHODS }, file: known });
        ffi::SQLITE_OK
    }
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, flush: c_int) -> c_int {
    // SAFETY: SQLite's word for its pointers.
    unsafe {
        let path = path_of(name);
        if let Some(path) = watch::below(&path).filter(|_| path.exists())
            && let Err(trouble) = watch::note(Op::Remove { path, flushed: flush != 0 })
        {
            return code(trouble);
        }
        watch::aside(|| (*system()).xDelete.expect("a method")(system(), name, flush))
    }
}

unsafe extern "C" fn access(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite's word for its pointers.
    unsafe { (*system()).xAccess.expect("a method")(system(), name, flags, out) }
}

unsafe extern "C" fn full_pathname(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    len: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite's word for its pointers.
    unsafe { (*system()).xFullPathname.expect("a method")(system(), name, len, out) }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: a watched file, as for all below.
    unsafe { pass!(file, xClose) }
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    bytes: *mut c_void,
    len: c_int,
    at: i64,
) -> c_int {
    // SAFETY: a watched file.
    unsafe { pass!(file, xRead, bytes, len, at) }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    len: c_int,
    at: i64,
) -> c_int {
    // SAFETY: a watched file; SQLite's word that so many bytes are there.
    unsafe {
        let len_here = usize::try_from(len).expect("a length");
        let given = std::slice::from_raw_parts(bytes.cast::<u8>(), len_here);
        let place = u64::try_from(at).expect("a place");
        match watch::note(watch::write_of((*file.cast::<Open>()).file, place, given)) {
            Ok(()) => pass!(file, xWrite, bytes, len, at),
            Err(trouble) => code(trouble),
        }
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: i64) -> c_int {
    // SAFETY: a watched file.
    unsafe {
        let op = Op::Cut {
            file: (*file.cast::<Open>()).file,
            len: u64::try_from(len).expect("a length"),
        };
        match watch::note(op) {
            Ok(()) => pass!(file, xTruncate, len),
            Err(trouble) => code(trouble),
        }
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: a watched file.
    unsafe {
        match watch::note(Op::Flush { file: (*file.cast::<Open>()).file, named: true }) {
            Ok(()) => pass!(file, xSync, flags),
            Err(trouble) => code(trouble),
        }
    }
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut i64) -> c_int {
    // SAFETY: a watched file.
    unsafe { pass!(file, xFileSize, out) }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, kind: c_int) -> c_int {
    // SAFETY: a watched file.
    unsafe { pass!(file, xLock, kind) }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, kind: c_int) -> c_int {
    // SAFETY: a watched file.
    unsafe { pass!(file, xUnlock, kind) }
}

unsafe extern "C" fn check_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: a watched file.
    unsafe { pass!(file, xCheckReservedLock, out) }
}

unsafe extern "C" fn control(
    file: *mut ffi::sqlite3_file,
    op: c_int,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: a watched file; for a pragma the argument is three strings of SQLite's.
    unsafe {
        if op == ffi::SQLITE_FCNTL_PRAGMA
            && let Some(truth) = watch::lie().synchronous
        {
            let strings = argument.cast::<*mut c_char>();
            let is_it =
                CStr::from_ptr(*strings.add(1)).to_bytes().eq_ignore_ascii_case(b"synchronous");
            let value = *strings.add(2);
            if is_it && value.is_null() {
                *strings = ffi::sqlite3_mprintf(c"3".as_ptr());
                return ffi::SQLITE_OK;
            }
            if is_it {
                // "EXTRA" is long enough to hold one digit.
                value.write(c_char::try_from(b'0' + truth).expect("a digit"));
                value.add(1).write(0);
            }
        }
        pass!(file, xFileControl, op, argument)
    }
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: a watched file.
    unsafe { pass!(file, xSectorSize) }
}

unsafe extern "C" fn characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: a watched file.
    unsafe { pass!(file, xDeviceCharacteristics) }
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    len: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: a watched file. Shared memory is no file that outlives a power cut.
    unsafe { pass!(file, xShmMap, region, len, extend, out) }
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    offset: c_int,
    n: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: a watched file.
    unsafe { pass!(file, xShmLock, offset, n, flags) }
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: a watched file.
    unsafe { pass!(file, xShmBarrier) }
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: a watched file.
    unsafe { pass!(file, xShmUnmap, delete) }
}

/// Without memory mapping, which the ledger switches off.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_lock),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};
