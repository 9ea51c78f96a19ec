//! Work that a person may stop: Ctrl-C ends it after what is begun, and keeps what was done.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A wish to stop.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens for Ctrl-C and a request to terminate from now on. The first one is a wish; a
    /// second one ends the program at once, which is safe as well.
    ///
    /// # Errors
    /// The system's, when there is no thread to listen.
    pub fn on_signal() -> std::io::Result<Self> {
        let stop = Self::default();
        let wish = stop.clone();
        std::thread::Builder::new().name("stop".to_owned()).spawn(move || {
            if super::central::wait_for_signal().is_ok() {
                wish.0.store(true, Ordering::Release);
                if super::central::wait_for_signal().is_ok() {
                    end_now();
                }
            }
        })?;
        Ok(stop)
    }

    /// True once somebody wished it.
    pub fn wanted(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Waits, but not beyond a wish to stop.
    pub fn wait(&self, ms: u64) {
        let mut left = ms;
        while left > 0 && !self.wanted() {
            let piece = left.min(100);
            std::thread::sleep(Duration::from_millis(piece));
            left = left.saturating_sub(piece);
        }
    }
}

/// As the signal would have done it: the exit code says that a signal ended the program.
#[expect(clippy::exit, reason = "a second Ctrl-C is to end it at once")]
fn end_now() {
    std::process::exit(130);
}
