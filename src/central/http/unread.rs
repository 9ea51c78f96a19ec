//! Ends lines whose other side does not read what it asked for: an answer that nobody takes holds a
//! connection and its memory, and enough of them would shut registers out.
//!
//! ```text
//!  an answer is written ─▶ the line takes no byte of it for 15 s ─▶ ended, counted
//!                       └▶ it takes some: 15 s, and 1 s a KiB    ─▶ ended, counted
//!  all of it is written ─▶ both begin anew with the next answer
//! ```
//!
//! It stands below the encryption, so a handshake is held to it too.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::central::door::Door;

/// So many bytes earn an answer a second more.
const BYTES_A_SECOND: u64 = 1_024;

/// What lines are held to, and who counts those that were ended.
#[derive(Clone, Debug)]
pub(in crate::central) struct Reading {
    pub(in crate::central) door: Arc<Door>,
    /// How long a line may take nothing of an answer.
    pub(in crate::central) unread: Duration,
}

/// A line that is ended when nobody reads.
pub(super) struct Patient<S> {
    stream: S,
    reading: Reading,
    /// Since the line took something last; none while it takes all it is given.
    still: Option<Pin<Box<Sleep>>>,
    /// Since this answer first had to wait.
    whole: Option<Pin<Box<Sleep>>>,
    ended: bool,
}

impl<S: Unpin> Patient<S> {
    pub(super) const fn new(stream: S, reading: Reading) -> Self {
        Self { stream, reading, still: None, whole: None, ended: false }
    }

    fn after(
        &mut self,
        cx: &mut Context<'_>,
        wrote: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match wrote {
            Poll::Ready(Ok(bytes)) => {
                self.still = None;
                if let Some(whole) = &mut self.whole {
                    let count = u64::try_from(bytes).unwrap_or(u64::MAX);
                    let earned =
                        Duration::from_millis(count.saturating_mul(1_000) / BYTES_A_SECOND);
                    if let Some(until) = whole.deadline().checked_add(earned) {
                        whole.as_mut().reset(until);
                    }
                }
                Poll::Ready(Ok(bytes))
            }
            Poll::Pending => {
                let limit = self.reading.unread;
                let still = self.still.get_or_insert_with(|| Box::pin(sleep(limit)));
                let whole = self.whole.get_or_insert_with(|| Box::pin(sleep(limit)));
                let over = [still.as_mut().poll(cx), whole.as_mut().poll(cx)];
                if self.ended || over.iter().any(Poll::is_ready) {
                    return Poll::Ready(Err(self.ends()));
                }
                Poll::Pending
            }
            failed => failed,
        }
    }

    fn ends(&mut self) -> io::Error {
        if !self.ended {
            self.ended = true;
            self.reading.door.counters.unread();
            tracing::debug!("an answer was not read, and its line was ended");
        }
        io::Error::new(io::ErrorKind::TimedOut, "nobody read the answer")
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let wrote = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.after(cx, wrote)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let wrote = Pin::new(&mut this.stream).poll_write_vectored(cx, pieces);
        this.after(cx, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.stream).poll_flush(cx);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            // Everything that was to be said is out.
            this.whole = None;
        }
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
