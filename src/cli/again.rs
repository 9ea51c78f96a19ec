//! The register starts again by itself after its window ended by a fault.
//!
//! ```text
//!  window ends by a fault ─▶ till, lines, ledger end in good order ─▶ the same program anew
//!                             once a minute; it shows what was in flight ◀─┘
//! ```
//!
//! The window's library can't be begun twice in one process, so the process is replaced by a new
//! one with the same arguments. A second fault within a minute ends the program in words instead:
//! then whoever starts it (the kiosk's session, a person) decides.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::device::clock::Clock;
use crate::register::settings::DataDir;

/// When the program started itself anew, in milliseconds of the wall clock.
const STARTED_AGAIN: &str = "TIDEOVER_STARTED_AGAIN_MS";
/// It is not done twice within this time.
const APART_MS: i64 = 60_000;

/// What the running mark says now: whose receipt needs no question any more. Read before the till
/// ends in good order, which takes the mark away.
pub(super) fn mark(data: &DataDir) -> Vec<u8> {
    // Without it the new one asks about the last receipt, which is a question too many.
    std::fs::read(data.running_mark()).unwrap_or_default()
}

/// Replaces this process by a new one, which finds this running mark; comes back where that may
/// not or can't be.
pub(super) fn start(data: &DataDir, mark: &[u8], clock: &dyn Clock) {
    let now_ms = clock.now().utc_ms;
    let before = std::env::var(STARTED_AGAIN).ok().and_then(|text| text.parse::<i64>().ok());
    if before.is_some_and(|before| is_too_soon(before, now_ms)) {
        tracing::error!("the window failed again within a minute; it is not started by itself");
        return;
    }
    if let Err(error) = std::fs::write(data.running_mark(), mark) {
        tracing::warn!(%error, "the running mark was not written");
    }
    let Ok(program) = std::env::current_exe() else { return };
    tracing::error!("the register's window ended by a fault; the register starts again");
    let mut command = Command::new(program);
    command.args(std::env::args_os().skip(1)).env(STARTED_AGAIN, now_ms.to_string());
    let error = command.exec();
    tracing::error!(%error, "the register could not be started again");
}

/// A clock that was set back in between says nothing, and then it is done.
const fn is_too_soon(before_ms: i64, now_ms: i64) -> bool {
    let passed = now_ms.saturating_sub(before_ms);
    passed >= 0 && passed < APART_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_done_once_a_minute_and_a_clock_that_was_set_back_stops_nothing() {
        assert!(is_too_soon(1_000, 1_000));
        assert!(is_too_soon(1_000, 1_000 + APART_MS - 1));
        assert!(!is_too_soon(1_000, 1_000 + APART_MS));
        assert!(!is_too_soon(1_000, 999));
    }
}
