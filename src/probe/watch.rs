//! The thread that looks: each probe in its interval, one after the other, until it is told to end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::board::{Look, SharedBoard};
use super::look::{has_way_to, look};
use super::plan::Plan;
use crate::device::clock::Clock;

/// The ring's file below the data folder.
pub const LOG: &str = "probes.log";
/// The file is written this often at most.
const KEEP_MS: u64 = 60_000;
/// The longest sleep between two looks.
const REST_MS: u64 = 5_000;

/// A running thread.
pub struct Watch {
    stop: SyncSender<()>,
    thread: Option<JoinHandle<()>>,
}

/// One round over all probes, at once: what `tideover probe` does.
pub fn round(plan: &Plan, board: &SharedBoard, clock: &dyn Clock) {
    for place in 0..plan.probes.len() {
        one(plan, place, board, clock);
    }
}

fn one(plan: &Plan, place: usize, board: &SharedBoard, clock: &dyn Clock) {
    let Some(probe) = plan.probes.get(place) else { return };
    let connected = has_way_to(&probe.address);
    let (sight, took_ms) = look(probe, clock);
    let at = clock.now();
    let mut board = board.lock();
    board.connected = connected;
    board.put(place, Look { at, sight, took_ms });
}

impl Watch {
    /// Starts looking; none where there is nothing to look at or no thread can be had.
    pub fn start(
        plan: Plan,
        board: SharedBoard,
        clock: Arc<dyn Clock>,
        data: &Path,
    ) -> Option<Self> {
        if plan.probes.is_empty() {
            return None;
        }
        let (stop, stopped) = sync_channel(1);
        let log = data.join(LOG);
        let run = move || {
            let mut due = vec![0_u64; plan.probes.len()];
            let mut kept = clock.mono_ms();
            loop {
                let now = clock.mono_ms();
                for (place, due) in due.iter_mut().enumerate().filter(|(_, due)| **due <= now) {
                    one(&plan, place, &board, clock.as_ref());
                    let every = plan.probes.get(place).map_or(60, |probe| probe.every_s);
                    *due = clock.mono_ms().saturating_add(u64::from(every).saturating_mul(1_000));
                }
                let now = clock.mono_ms();
                if now.saturating_sub(kept) >= KEEP_MS {
                    kept = now;
                    keep(&log, &board);
                }
                let next = due.iter().min().copied().unwrap_or(now);
                let rest = next.saturating_sub(now).clamp(1, REST_MS);
                match stopped.recv_timeout(Duration::from_millis(rest)) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
                }
            }
            keep(&log, &board);
        };
        let thread = std::thread::Builder::new().name("probes".to_owned()).spawn(run).ok()?;
        Some(Self { stop, thread: Some(thread) })
    }

    /// Ends it and waits for the look that is under way.
    pub fn stop(mut self) {
        self.stop.try_send(()).ok();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the probes' thread ended badly");
        }
    }
}

/// Replaces the ring's file as a whole; without it only the past is missing.
fn keep(log: &PathBuf, board: &SharedBoard) {
    let text = board.lock().lines();
    let next = log.with_extension("new");
    let written = std::fs::write(&next, text).and_then(|()| std::fs::rename(&next, log));
    if let Err(error) = written {
        tracing::warn!(%error, "what the probes saw was not kept");
    }
}
