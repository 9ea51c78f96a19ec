//! This program once more, as a process that only reads: what a stranger's stick holds is taken
//! apart in it, within limits, and what it found comes back as frames over a pipe.
//!
//! ```text
//!  program ── spawn ─▶ reader: limits first, then the stick
//!     ▲  patience        │ frames: kind, length, bytes
//!     └──── pipe ◀───────┘   whoever breaks off, hangs or talks nonsense has told nothing
//! ```
//!
//! A driver that hangs, hangs the reader alone: after [`Patience`] it is given up. Not limited is
//! the network: without privileges no process can be cut off from it, and the reader opens none.

use std::ffi::OsString;
use std::io::{self, Read as _, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit,
};

use super::clock::{Clock as _, SystemClock};

/// What a reader may take beside what the program itself fills.
const MEMORY_MAX: u64 = 256 * 1024 * 1024;
/// Seconds of a processor.
const PROCESSOR_SECS: u64 = 10;
/// Open files at a time, the three of every process counted.
const FILES_MAX: u64 = 16;
/// How long an ended process is waited for.
const REAP_MS: u64 = 2_000;
const BYTES_A_READ: usize = 64 * 1024;

/// How long a reader is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Without a word, in milliseconds.
    pub silent_ms: u64,
    /// All waits together, in milliseconds.
    pub whole_ms: u64,
}

impl Default for Patience {
    /// 30 s without a word; ten minutes for a full and slow stick.
    fn default() -> Self {
        Self { silent_ms: 30_000, whole_ms: 600_000 }
    }
}

/// How readers are begun.
#[derive(Clone, Debug)]
pub struct Reader {
    program: PathBuf,
    patience: Patience,
}

/// One thing that a reader tells.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is; the two sides agree on it.
    pub kind: u8,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why what a reader told is not used.
#[derive(Debug, thiserror::Error)]
pub enum NotTold {
    /// No process.
    #[error("the process that reads sticks can't be started ({0})")]
    NotBegun(io::Error),
    /// Nothing came.
    #[error(
        "nothing came from it for {0} s: the stick or its driver hangs. Pull it out, try another \
         socket, and take another stick where it hangs again"
    )]
    Silent(u64),
    /// Too long in all.
    #[error("it was not read to its end in {0} s; copy it to a faster stick")]
    Slow(u64),
    /// Too much work.
    #[error(
        "reading it took more than {PROCESSOR_SECS} s of processor time, which nothing does that \
         this program wrote"
    )]
    Processor,
    /// It ended.
    #[error("the process that read it ended before it was done ({0})")]
    Ended(String),
    /// It told what can't be.
    #[error("the process that read it told what can't be understood")]
    Nonsense,
    /// The pipe.
    #[error("what the process that read it tells can't be heard ({0})")]
    Pipe(io::Error),
}

/// A reader at work; dropped, it is ended.
#[derive(Debug)]
pub struct Reading {
    child: Child,
    pipe: ChildStdout,
    clock: SystemClock,
    patience: Patience,
    waited_ms: u64,
    /// Bytes that may still be told.
    left: u64,
}

impl Reader {
    /// This very program.
    ///
    /// # Errors
    /// [`NotTold::NotBegun`] where it can't be found any more.
    pub fn this_program() -> Result<Self, NotTold> {
        Ok(Self::of(std::env::current_exe().map_err(NotTold::NotBegun)?))
    }

    /// A program by its path.
    pub fn of(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), patience: Patience::default() }
    }

    /// The same with another patience.
    #[must_use]
    pub fn with(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Begins a reader, which may tell at most `most` bytes.
    ///
    /// # Errors
    /// [`NotTold::NotBegun`].
    pub fn begin(&self, words: &[OsString], most: u64) -> Result<Reading, NotTold> {
        let mut command = Command::new(&self.program);
        command.args(words).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(NotTold::NotBegun)?;
        let Some(pipe) = child.stdout.take() else {
            return Err(NotTold::NotBegun(io::Error::from(io::ErrorKind::BrokenPipe)));
        };
        let (clock, patience) = (SystemClock::new(None), self.patience);
        Ok(Reading { child, pipe, clock, patience, waited_ms: 0, left: most })
    }
}

impl Reading {
    /// The process's number.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// The next frame.
    ///
    /// # Errors
    /// [`NotTold`].
    pub fn next_frame(&mut self) -> Result<Frame, NotTold> {
        let mut head = Vec::new();
        self.take(5, &mut head)?;
        let [kind, a, b, c, d] = head[..] else { return Err(NotTold::Nonsense) };
        let len = u32::from_be_bytes([a, b, c, d]);
        self.left = self.left.checked_sub(u64::from(len)).ok_or(NotTold::Nonsense)?;
        let mut bytes = Vec::new();
        self.take(usize::try_from(len).map_err(|_| NotTold::Nonsense)?, &mut bytes)?;
        Ok(Frame { kind, bytes })
    }

    /// Hears that nothing more is told, and that the reader ended well.
    ///
    /// # Errors
    /// [`NotTold`].
    pub fn finish(mut self) -> Result<(), NotTold> {
        self.wait()?;
        let mut more = [0; 1];
        if self.pipe.read(&mut more).map_err(NotTold::Pipe)? > 0 {
            return Err(NotTold::Nonsense);
        }
        match self.reaped() {
            Some(status) if status.success() => Ok(()),
            status => Err(why_ended(status)),
        }
    }

    /// Exactly so many bytes; room is made as they come, not as they are promised.
    fn take(&mut self, len: usize, into: &mut Vec<u8>) -> Result<(), NotTold> {
        let mut piece = [0; BYTES_A_READ];
        while into.len() < len {
            self.wait()?;
            let wanted = len.saturating_sub(into.len()).min(BYTES_A_READ);
            let room = piece.get_mut(..wanted).unwrap_or(&mut []);
            match self.pipe.read(room) {
                Ok(0) => return Err(why_ended(self.reaped())),
                Ok(count) => into.extend_from_slice(room.get(..count).unwrap_or(&[])),
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) => return Err(NotTold::Pipe(why)),
            }
        }
        Ok(())
    }

    /// Waits until there is something to read, or the reader ended.
    fn wait(&mut self) -> Result<(), NotTold> {
        let began = self.clock.mono_ms();
        let Patience { silent_ms, whole_ms } = self.patience;
        let allowed = silent_ms.min(whole_ms.saturating_sub(self.waited_ms));
        loop {
            let gone = self.clock.mono_ms().saturating_sub(began);
            if gone >= allowed {
                let slow = allowed < silent_ms;
                return Err(if slow {
                    NotTold::Slow(whole_ms.div_ceil(1_000))
                } else {
                    NotTold::Silent(silent_ms.div_ceil(1_000))
                });
            }
            let mut pipe = [PollFd::new(&self.pipe, PollFlags::IN)];
            match poll(&mut pipe, Some(&timespec(allowed.saturating_sub(gone)))) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => {
                    self.waited_ms = self.waited_ms.saturating_add(gone);
                    return Ok(());
                }
                Err(why) => return Err(NotTold::Pipe(why.into())),
            }
        }
    }

    /// How the process ended; none where it has not.
    fn reaped(&mut self) -> Option<ExitStatus> {
        let began = self.clock.mono_ms();
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Err(_) => return None,
                Ok(None) => {}
            }
            if self.clock.mono_ms().saturating_sub(began) > REAP_MS {
                return None;
            }
            poll(&mut [], Some(&timespec(5))).ok();
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        self.child.kill().ok();
        if self.reaped().is_none() {
            tracing::warn!(
                process = self.child.id(),
                "a process waits for a driver that hangs, and ends when the stick is pulled out"
            );
        }
    }
}

fn timespec(ms: u64) -> Timespec {
    let secs = i64::try_from(ms / 1_000).unwrap_or(i64::MAX);
    let rest = i64::try_from(ms % 1_000).unwrap_or(0);
    Timespec { tv_sec: secs, tv_nsec: rest.saturating_mul(1_000_000) }
}

fn why_ended(status: Option<ExitStatus>) -> NotTold {
    use std::os::unix::process::ExitStatusExt as _;
    match status {
        Some(status) if status.signal() == Some(Signal::XCPU.as_raw()) => NotTold::Processor,
        Some(status) => NotTold::Ended(status.to_string()),
        None => NotTold::Ended("it closed its pipe".to_owned()),
    }
}

/// Writes one frame: the reader's side.
///
/// # Errors
/// The pipe's, as when nobody listens any more.
pub fn tell(out: &mut dyn Write, kind: u8, bytes: &[u8]) -> io::Result<()> {
    let len = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    out.write_all(&[kind])?;
    out.write_all(&len.to_be_bytes())?;
    out.write_all(bytes)
}

/// Limits this process for good, before it opens anything: memory, processor time, open files,
/// no file that grows, no process of its own; and it ends with who began it.
///
/// # Errors
/// The system's, where a limit can't be set. Then nothing may be opened: a reader without limits
/// is what this module promises not to be.
pub fn limit_itself() -> io::Result<()> {
    let limits = [
        (Resource::As, mapped()?.saturating_add(MEMORY_MAX)),
        (Resource::Cpu, PROCESSOR_SECS),
        (Resource::Nofile, FILES_MAX),
        (Resource::Fsize, 0),
        (Resource::Nproc, 0),
        (Resource::Core, 0),
    ];
    for (resource, most) in limits {
        // Where the machine allows less, it stays at that.
        let within =
            |most: u64| Some(getrlimit(resource).maximum.map_or(most, |allowed| allowed.min(most)));
        // The second of grace tells a used-up processor from any other end.
        let grace = if matches!(resource, Resource::Cpu) { 1 } else { 0 };
        let maximum = within(most.saturating_add(grace));
        setrlimit(resource, Rlimit { current: within(most), maximum })?;
    }
    set_parent_process_death_signal(Some(Signal::KILL))?;
    Ok(())
}

/// What the program itself fills of its addresses: code, libraries, stack.
fn mapped() -> io::Result<u64> {
    let told = std::fs::read_to_string("/proc/self/status")?;
    let size = told.lines().find_map(|line| line.strip_prefix("VmSize:"));
    let size = size.and_then(|size| size.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    size.map(|kb| kb.saturating_mul(1024)).ok_or_else(|| io::ErrorKind::InvalidData.into())
}
