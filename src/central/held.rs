//! The threads that drive stores: whoever asks waits, and runs that wait together share a
//! transaction and a flush.
//!
//! ```text
//!  door ─▶ one queue ─▶ a thread with a store: a call, or all runs that stand in front, at most 16
//!                    ─▶ another, where several stores have one database
//! ```
//!
//! A database on another machine may hang without ending. Whoever asks then waits for so long and
//! no longer, and is told that nothing was acknowledged; what nobody waits for any more is not
//! begun, but for runs: storing one is never wrong, and its register asks where it stands first.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::counters::Histogram;
use super::store::{Ingested, Store, StoreError};
use crate::device::clock::Stopwatch;
use crate::sync::segment::Run;

/// The most runs of one transaction.
const RUNS_AT_ONCE: usize = 16;
/// The most jobs that wait for the thread.
const JOBS_MAX: usize = 256;

const SILENT: &str = "it does not answer at the moment";

type Job = Box<dyn FnOnce(&mut dyn Store) + Send>;

enum Work {
    Call(Job),
    Ingest(Box<Run>, i64, SyncSender<Result<Ingested, StoreError>>),
    Stop,
}

/// A store and the one thread that drives it, or several stores on one database with a thread
/// each.
#[derive(Debug)]
pub struct Held {
    work: SyncSender<Work>,
    commits: Arc<Histogram>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// How long whoever asks waits; for as long as it takes where the database is in this process.
    patience: Option<Duration>,
}

impl Held {
    /// Gives the store a thread of its own.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the machine gives no thread.
    pub fn new(name: &str, store: Box<dyn Store>) -> Result<Self, StoreError> {
        Self::several(name, vec![store])
    }

    /// Gives each of some stores a thread of its own; they share the work.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the machine gives no thread.
    pub fn several(name: &str, stores: Vec<Box<dyn Store>>) -> Result<Self, StoreError> {
        let (work, jobs) = sync_channel(JOBS_MAX);
        let jobs = Arc::new(Mutex::new(jobs));
        let (commits, patience) = (Arc::default(), None);
        let held = Self { work, commits, threads: Mutex::default(), patience };
        for store in stores {
            let (jobs, commits) = (Arc::clone(&jobs), Arc::clone(&held.commits));
            let thread = std::thread::Builder::new().name(name.to_owned());
            let thread = thread.spawn(move || drive(store, &jobs, &commits))?;
            held.threads().push(thread);
        }
        Ok(held)
    }

    /// Lets nobody wait longer than this.
    #[must_use]
    pub const fn within(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// How long its transactions took that took runs in.
    pub(super) fn commits(&self) -> &Histogram {
        &self.commits
    }

    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the thread do something, and waits for it.
    ///
    /// # Errors
    /// [`StoreError`] of the deed, or [`StoreError::Stopped`].
    pub fn call<T: Send + 'static>(
        &self,
        deed: impl FnOnce(&mut dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = sync_channel(1);
        let given_up = Arc::new(AtomicBool::new(false));
        let nobody_waits = Arc::clone(&given_up);
        let job: Job = Box::new(move |store| {
            if !nobody_waits.load(Ordering::Acquire) {
                answer.send(deed(store)).ok();
            }
        });
        self.hand_over(Work::Call(job))?;
        let done = self.wait(&answered);
        given_up.store(true, Ordering::Release);
        done
    }

    fn hand_over(&self, work: Work) -> Result<(), StoreError> {
        if self.patience.is_none() {
            return self.work.send(work).map_err(|_| StoreError::Stopped);
        }
        // A full queue is one that does not move: nobody waits to wait.
        self.work.try_send(work).map_err(|why| match why {
            TrySendError::Full(_) => StoreError::Away(SILENT.to_owned()),
            TrySendError::Disconnected(_) => StoreError::Stopped,
        })
    }

    fn wait<T>(&self, answered: &Receiver<Result<T, StoreError>>) -> Result<T, StoreError> {
        let Some(patience) = self.patience else {
            return answered.recv().map_err(|_| StoreError::Stopped)?;
        };
        answered.recv_timeout(patience).map_err(|why| match why {
            RecvTimeoutError::Timeout => StoreError::Away(SILENT.to_owned()),
            RecvTimeoutError::Disconnected => StoreError::Stopped,
        })?
    }

    /// Stores a run together with others that wait, and returns after the commit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn ingest(&self, run: Run, now_ms: i64) -> Result<Ingested, StoreError> {
        let (answer, answered) = sync_channel(1);
        self.hand_over(Work::Ingest(Box::new(run), now_ms, answer))?;
        self.wait(&answered)
    }

    /// Ends the threads after what waits already, and closes the stores; gives the names of those
    /// that had ended by themselves, in the middle of their work.
    pub fn stop(&self) -> Vec<String> {
        let threads = std::mem::take(&mut *self.threads());
        for _ in &threads {
            self.work.send(Work::Stop).ok();
        }
        threads.into_iter().filter_map(said_if_it_broke).collect()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Waits for a thread; one that panicked is said, with its name: whoever it worked for was told
/// that central was stopping, and nobody was told why.
pub(super) fn said_if_it_broke(thread: JoinHandle<()>) -> Option<String> {
    let name = thread.thread().name().unwrap_or("a thread without a name").to_owned();
    thread.join().err()?;
    tracing::error!(
        thread = %name,
        "a thread of central broke off in the middle of its work; what it had committed is kept, \
         what it was asked last was not done. Send this log to whoever looks after Tideover"
    );
    Some(name)
}

fn drive(mut store: Box<dyn Store>, jobs: &Mutex<Receiver<Work>>, commits: &Histogram) {
    loop {
        // Held while waiting: whoever has it takes the next work and all runs that wait with it.
        let queue = jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = queue.recv().ok();
        let (mut runs, mut answers, mut at_ms) = (Vec::new(), Vec::new(), 0);
        while let Some(Work::Ingest(..)) = &next {
            if let Some(Work::Ingest(run, now_ms, answer)) = next.take() {
                runs.push(*run);
                answers.push(answer);
                at_ms = now_ms;
            }
            if runs.len() < RUNS_AT_ONCE {
                next = queue.try_recv().ok();
            }
        }
        drop(queue);
        if !runs.is_empty() {
            let watch = Stopwatch::start();
            ingest_together(store.as_mut(), &runs, at_ms, &answers);
            commits.add(watch.micros());
        }
        match next {
            Some(Work::Call(job)) => job(store.as_mut()),
            Some(Work::Stop) => return,
            // Nobody holds the other end any more.
            None if runs.is_empty() => return,
            Some(Work::Ingest(..)) | None => {}
        }
    }
}

/// One transaction for all; when it fails, one for each, so that none fails its neighbors.
fn ingest_together(
    store: &mut dyn Store,
    runs: &[Run],
    now_ms: i64,
    answers: &[SyncSender<Result<Ingested, StoreError>>],
) {
    match store.ingest(runs, now_ms) {
        Ok(all) => {
            for (answer, ingested) in answers.iter().zip(all) {
                answer.send(Ok(ingested)).ok();
            }
        }
        Err(why) if runs.len() <= 1 => {
            if let Some(answer) = answers.first() {
                answer.send(Err(why)).ok();
            }
        }
        // None of them is to blame, and each would wait for the line again.
        Err(StoreError::Away(why)) => {
            for answer in answers {
                answer.send(Err(StoreError::Away(why.clone()))).ok();
            }
        }
        Err(_) => {
            for (run, answer) in runs.iter().zip(answers) {
                answer.send(store.ingest_alone(run, now_ms)).ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::central::sqlite::SqliteStore;

    #[test]
    fn who_waits_for_a_silent_database_is_told_so_in_time_and_nothing_is_begun_for_nobody() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(dir.path()).expect("a store");
        let held = Held::new("central-slow", Box::new(store)).expect("a thread");
        let held = held.within(Duration::from_millis(50));
        let (go_on, silence) = sync_channel::<()>(1);
        let silent = held.call(move |_| {
            silence.recv().ok();
            Ok(())
        });
        assert!(matches!(&silent, Err(StoreError::Away(_))), "{silent:?}");
        let begun = Arc::new(AtomicBool::new(false));
        std::thread::scope(|scope| {
            // More than wait: the last of them are told at once.
            for _ in 0..JOBS_MAX + 10 {
                scope.spawn(|| {
                    let mark = Arc::clone(&begun);
                    let begins = move || mark.swap(true, Ordering::AcqRel);
                    let never = held.call(move |_| Ok(begins()));
                    assert!(matches!(never, Err(StoreError::Away(_))), "{never:?}");
                });
            }
        });
        go_on.send(()).expect("still there");
        // What comes after the silence is done, and nothing of what was given up.
        while held.call(|store| store.server_epoch()).is_err() {}
        assert!(!begun.load(Ordering::Acquire));
    }

    #[test]
    fn a_thread_that_broke_is_told_by_its_name_and_its_caller_is_answered() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(dir.path()).expect("a store");
        let held = Held::new("central-odd", Box::new(store)).expect("a thread");
        assert!(held.call(|store| store.server_epoch()).is_ok());
        let broke: Result<(), StoreError> = held.call(|_| panic!("a deed that breaks"));
        assert!(matches!(broke, Err(StoreError::Stopped)), "{broke:?}");
        assert_eq!(held.stop(), ["central-odd"]);
        let store = SqliteStore::open(dir.path()).expect("a store");
        let held = Held::new("central-fine", Box::new(store)).expect("a thread");
        assert_eq!(held.stop(), [""; 0]);
    }
}
