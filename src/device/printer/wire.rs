//! Bytes to a printer and back, with a deadline on everything: TCP, serial line, device file.
//!
//! All three are one descriptor that is asked whether it is ready before it is used, so that no
//! read and no write ever waits longer than it was told to.

use std::io;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::termios::{ControlModes, InputModes, OptionalActions, tcgetattr, tcsetattr};

use super::{Deadlines, Target, Trouble};

/// Bytes given to the system at once: progress is seen, and a cut shows soon.
const PIECE: usize = 512;

/// How long a line that said it was ready, and was not, is left alone.
const HOLD_BACK: Duration = Duration::from_millis(10);

/// An open way to a printer.
pub(super) struct Wire {
    fd: OwnedFd,
    socket: bool,
    can_read: bool,
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// A byte.
    Byte(u8),
    /// Nothing came in time.
    Nothing,
    /// Nothing will come any more.
    Gone,
}

/// Writing ended early: after so many bytes, for this reason.
pub(super) type Stopped = (usize, Trouble);

impl Wire {
    /// Connects.
    pub(super) fn open(target: &Target, deadlines: &Deadlines) -> Result<Self, Trouble> {
        let opened = match target {
            Target::Tcp(address) => tcp(address, deadlines.connect),
            Target::Serial { path, baud, flow_control } => serial(path, *baud, *flow_control),
            Target::Device(path) => device(path),
            Target::Screen | Target::None | Target::File(_) => {
                Err(io::Error::other("it is no printer"))
            }
        };
        opened.map_err(|error| Trouble::Unreachable(plain(&error)))
    }

    /// It may answer.
    pub(super) const fn can_read(&self) -> bool {
        self.can_read
    }

    /// Writes all of it, as long as some of it is taken every `stall`.
    pub(super) fn write_all(&mut self, bytes: &[u8], stall: Duration) -> Result<(), Stopped> {
        let mut sent: usize = 0;
        let mut held_back = Duration::ZERO;
        while let Some(rest) = bytes.get(sent..).filter(|rest| !rest.is_empty()) {
            let flags = self.wait(PollFlags::OUT, stall).map_err(|_| (sent, Trouble::Lost))?;
            if flags.is_empty() {
                return Err((sent, Trouble::Blocked));
            }
            let piece = rest.get(..PIECE.min(rest.len())).unwrap_or(rest);
            match self.write(piece) {
                Ok(0) => return Err((sent, Trouble::Blocked)),
                Ok(count) => {
                    sent = sent.saturating_add(count);
                    held_back = Duration::ZERO;
                }
                Err(Errno::AGAIN | Errno::INTR) => {
                    // Ready and yet not: a line that holds back. Hung up is another matter.
                    if flags.intersects(PollFlags::HUP | PollFlags::ERR) {
                        return Err((sent, Trouble::Lost));
                    }
                    if held_back >= stall {
                        return Err((sent, Trouble::Blocked));
                    }
                    held_back = held_back.saturating_add(HOLD_BACK);
                    // Nothing is waited for but the time.
                    self.wait(PollFlags::empty(), HOLD_BACK).map_err(|_| (sent, Trouble::Lost))?;
                }
                Err(_) => return Err((sent, Trouble::Lost)),
            }
        }
        Ok(())
    }

    /// Waits for one byte.
    pub(super) fn read(&mut self, wait: Duration) -> Read {
        if !self.can_read {
            return Read::Nothing;
        }
        match self.wait(PollFlags::IN, wait) {
            Ok(flags) if flags.is_empty() => return Read::Nothing,
            Ok(_) => {}
            Err(_) => return Read::Gone,
        }
        let mut byte = [0];
        match rustix::io::read(&self.fd, &mut byte) {
            Ok(0) => Read::Gone,
            Ok(_) => Read::Byte(byte.first().copied().unwrap_or(0)),
            Err(Errno::AGAIN | Errno::INTR) => Read::Nothing,
            Err(_) => Read::Gone,
        }
    }

    /// Ends the connection in good order: what was sent is not thrown away because an answer was
    /// left unread.
    pub(super) fn finish(mut self) {
        const UNREAD_MAX: usize = 256;
        if self.socket {
            // A connection that is gone needs no good end.
            rustix::net::shutdown(&self.fd, rustix::net::Shutdown::Write).ok();
        }
        for _ in 0..UNREAD_MAX {
            if !matches!(self.read(Duration::ZERO), Read::Byte(_)) {
                break;
            }
        }
    }

    fn write(&self, piece: &[u8]) -> Result<usize, Errno> {
        if self.socket {
            // A printer that is gone must not end the program.
            rustix::net::send(&self.fd, piece, rustix::net::SendFlags::NOSIGNAL)
        } else {
            rustix::io::write(&self.fd, piece)
        }
    }

    fn wait(&self, flags: PollFlags, wait: Duration) -> Result<PollFlags, Errno> {
        let mut fds = [PollFd::new(&self.fd, flags)];
        let time = Timespec::try_from(wait).unwrap_or(Timespec { tv_sec: 60, tv_nsec: 0 });
        loop {
            match poll(&mut fds, Some(&time)) {
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
                Ok(_) => break,
            }
        }
        let [fd] = &fds;
        Ok(fd.revents())
    }
}

/// The system's word without its number.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

fn tcp(address: &str, wait: Duration) -> io::Result<Wire> {
    // A name that is looked up may take its time; IT is told to write numbers.
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name is not known");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, wait) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_nonblocking(true)?;
                return Ok(Wire { fd: stream.into(), socket: true, can_read: true });
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn open(path: &Path) -> io::Result<(OwnedFd, bool)> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    match rustix::fs::open(path, OFlags::RDWR | flags, Mode::empty()) {
        Ok(fd) => Ok((fd, true)),
        Err(Errno::ACCESS | Errno::INVAL | Errno::ROFS) => {
            Ok((rustix::fs::open(path, OFlags::WRONLY | flags, Mode::empty())?, false))
        }
        Err(error) => Err(error.into()),
    }
}

fn device(path: &Path) -> io::Result<Wire> {
    let (fd, can_read) = open(path)?;
    let kind = rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode);
    if kind == rustix::fs::FileType::RegularFile {
        return Err(io::Error::other("it is a plain file, not a device"));
    }
    Ok(Wire { fd, socket: false, can_read })
}

/// Eight bits, no parity, one stop bit, every byte as it is.
fn serial(path: &Path, baud: u32, flow_control: bool) -> io::Result<Wire> {
    let (fd, can_read) = open(path)?;
    let mut line = tcgetattr(&fd)?;
    line.make_raw();
    line.set_speed(baud)?;
    line.control_modes |= ControlModes::CREAD | ControlModes::CLOCAL;
    line.control_modes.set(ControlModes::CRTSCTS, flow_control);
    line.input_modes.remove(InputModes::IXON | InputModes::IXOFF);
    tcsetattr(&fd, OptionalActions::Now, &line)?;
    Ok(Wire { fd, socket: false, can_read })
}
