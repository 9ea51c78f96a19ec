//! The seam between a window and the running till: commands in, views out, nobody waits.
//!
//! ```text
//!  window ── send(Command) ─▶ bounded queue ─▶ till's own thread
//!     ▲                                             │
//!     └──── view() ◀── Arc<View> ◀── on_change() ◀──┘
//! ```
//!
//! No call here may block on a disk, a network or a lock that is held over either.

use std::sync::Arc;

use super::command::Command;
use super::view::View;

/// A running till as a window sees it.
pub trait Till: Send + Sync {
    /// Hands a command over; false when the queue is full, and then nothing was taken.
    fn send(&self, command: Command) -> bool;

    /// What the till shows now. Cheap: a pointer is copied.
    fn view(&self) -> Arc<View>;

    /// Calls `wake` from any thread after every new view.
    fn on_change(&self, wake: Box<dyn Fn() + Send + Sync>);

    /// Milliseconds that only go forward: the clock [`View::recording_since_ms`] is given in.
    fn mono_ms(&self) -> u64;
}
