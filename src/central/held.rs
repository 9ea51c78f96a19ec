//! A store and the one thread that drives it: callers queue, runs that wait together share a
//! transaction and a flush.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::sync::segment::Run;

use super::store::{Ingested, Store, StoreError};

/// The most runs of one transaction.
const RUNS_AT_ONCE: usize = 16;
/// The most jobs that wait for the thread.
const JOBS_MAX: usize = 256;

type Job = Box<dyn FnOnce(&mut dyn Store) + Send>;

enum Work {
    Call(Job),
    Ingest(Box<Run>, i64, SyncSender<Result<Ingested, StoreError>>),
    Stop,
}

/// A store and the one thread that drives it.
#[derive(Debug)]
pub struct Held {
    work: SyncSender<Work>,
    thread: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Held {
    /// Gives the store a thread of its own.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the machine gives no thread.
    pub fn new(name: &str, store: Box<dyn Store>) -> Result<Self, StoreError> {
        let (work, jobs) = sync_channel(JOBS_MAX);
        let thread =
            std::thread::Builder::new().name(name.to_owned()).spawn(move || drive(store, &jobs))?;
        Ok(Self { work, thread: std::sync::Mutex::new(Some(thread)) })
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
        let job: Job = Box::new(move |store| {
            answer.send(deed(store)).ok();
        });
        self.work.send(Work::Call(job)).map_err(|_| StoreError::Stopped)?;
        answered.recv().map_err(|_| StoreError::Stopped)?
    }

    /// Stores a run together with others that wait, and returns after the commit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn ingest(&self, run: Run, now_ms: i64) -> Result<Ingested, StoreError> {
        let (answer, answered) = sync_channel(1);
        let work = Work::Ingest(Box::new(run), now_ms, answer);
        self.work.send(work).map_err(|_| StoreError::Stopped)?;
        answered.recv().map_err(|_| StoreError::Stopped)?
    }

    /// Ends the thread after what waits already, and closes the store.
    pub fn stop(&self) {
        self.work.send(Work::Stop).ok();
        let thread = self.thread.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(thread) = thread {
            thread.join().ok();
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.stop();
    }
}

fn drive(mut store: Box<dyn Store>, jobs: &Receiver<Work>) {
    let mut next = jobs.recv().ok();
    while let Some(work) = next.take() {
        match work {
            Work::Stop => return,
            Work::Call(job) => job(store.as_mut()),
            Work::Ingest(run, now_ms, answer) => {
                let (mut runs, mut answers) = (vec![*run], vec![answer]);
                while runs.len() < RUNS_AT_ONCE {
                    match jobs.try_recv() {
                        Ok(Work::Ingest(run, _, answer)) => {
                            runs.push(*run);
                            answers.push(answer);
                        }
                        Ok(other) => {
                            next = Some(other);
                            break;
                        }
                        Err(_) => break,
                    }
                }
                ingest_together(store.as_mut(), &runs, now_ms, &answers);
            }
        }
        if next.is_none() {
            next = jobs.recv().ok();
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
        Err(_) => {
            for (run, answer) in runs.iter().zip(answers) {
                let one = store.ingest(std::slice::from_ref(run), now_ms);
                let one = one.and_then(|all| all.into_iter().next().ok_or(StoreError::Stopped));
                answer.send(one).ok();
            }
        }
    }
}
