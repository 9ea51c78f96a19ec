//! A printer with a thread of its own: the till hands a job over and goes on.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::receipt::status::Condition;

use super::exchange::{self, Garbage};
use super::{Job, Lamp, Outcome, Printer, PrinterEvent, Printout, Setup, Trouble, Wake};

/// Jobs that may wait.
const QUEUE_MAX: usize = 32;
/// Events that may wait for a till that does not ask; older ones are dropped.
const EVENTS_MAX: usize = 256;
/// The drawer's switch is looked at this often while it is open.
const DRAWER_LOOK: Duration = Duration::from_secs(2);
/// Garbage is told at most this often.
const GARBAGE_EVERY: Duration = Duration::from_secs(60);

/// A printer at the end of a wire.
pub struct ThreadPrinter {
    queue: Option<SyncSender<(Instant, Job)>>,
    shared: Arc<Shared>,
    ended: Receiver<()>,
    closing: Duration,
}

#[derive(Default)]
struct Shared {
    events: Mutex<VecDeque<PrinterEvent>>,
    wake: Mutex<Option<Wake>>,
}

/// What the thread knows from job to job.
struct Worker {
    setup: Setup,
    shared: Arc<Shared>,
    lamp: Option<Lamp>,
    /// The last job was cut off: the printer may still wait for the rest of a command.
    resync: bool,
    garbage: Garbage,
    garbage_told: Option<Instant>,
    /// The drawer's switch says open.
    drawer_open: bool,
    /// A pulse went out, and the switch was not asked since.
    pulsed: bool,
}

impl ThreadPrinter {
    /// Starts the printer's thread. It looks at the printer at once, and nobody waits for that.
    ///
    /// # Errors
    /// The system's, when no thread can be started.
    pub fn spawn(setup: Setup) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE_MAX);
        let (end, ended) = sync_channel(1);
        let shared = Arc::new(Shared::default());
        let closing = setup.deadlines.closing;
        let mut worker = Worker {
            setup,
            shared: Arc::clone(&shared),
            lamp: None,
            resync: false,
            garbage: Garbage::default(),
            garbage_told: None,
            drawer_open: false,
            pulsed: false,
        };
        std::thread::Builder::new().name("printer".to_owned()).spawn(move || {
            worker.run(&jobs);
            // Nobody may wait for the end any more.
            end.send(()).ok();
        })?;
        Ok(Self { queue: Some(queue), shared, ended, closing })
    }
}

impl Printer for ThreadPrinter {
    fn submit(&mut self, job: Job) {
        let what = job.what;
        let taken = self.queue.as_ref().is_some_and(|queue| queue.try_send((now(), job)).is_ok());
        if !taken {
            let outcome = Outcome::NotStarted(Trouble::QueueFull);
            self.shared.tell(PrinterEvent::Ended(what, outcome));
        }
    }

    fn events(&mut self) -> Vec<PrinterEvent> {
        lock(&self.shared.events).drain(..).collect()
    }

    fn wake_on_event(&mut self, wake: Wake) {
        let waiting = !lock(&self.shared.events).is_empty();
        if waiting {
            wake();
        }
        *lock(&self.shared.wake) = Some(wake);
    }
}

impl Drop for ThreadPrinter {
    /// The jobs in hand are still printed, as long as that does not take too long.
    fn drop(&mut self) {
        *lock(&self.shared.wake) = None;
        self.queue = None;
        if self.ended.recv_timeout(self.closing).is_err() {
            tracing::warn!("the printer was still busy when the program ended");
        }
    }
}

impl Worker {
    fn run(&mut self, jobs: &Receiver<(Instant, Job)>) {
        self.look();
        loop {
            let well = self.lamp.is_none_or(Lamp::is_well);
            let watched = self.setup.profile.open_level.is_some();
            let next = if watched && (self.drawer_open || self.pulsed) {
                jobs.recv_timeout(DRAWER_LOOK)
            } else if well {
                jobs.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                jobs.recv_timeout(self.setup.deadlines.look_again)
            };
            match next {
                Ok((since, job)) => self.one(since, &job),
                Err(RecvTimeoutError::Timeout) => self.look(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// One job, once. A pulse that waited too long is not sent: see [`Trouble::TooLate`].
    fn one(&mut self, since: Instant, job: &Job) {
        if job.what == Printout::Drawer && since.elapsed() > self.setup.deadlines.drawer {
            let outcome = Outcome::NotStarted(Trouble::TooLate);
            return self.shared.tell(PrinterEvent::Ended(job.what, outcome));
        }
        let ended = exchange::run(&self.setup, job, self.resync, &mut self.garbage);
        let outcome = ended.outcome;
        self.pulsed |= job.what == Printout::Drawer && outcome == Outcome::Printed;
        self.switch(ended.condition.as_ref());
        match &outcome {
            Outcome::Printed if job.what != Printout::Drawer => self.resync = false,
            Outcome::CutOff(_)
            | Outcome::Unsure
            | Outcome::NotStarted(Trouble::Lost | Trouble::Blocked) => self.resync = true,
            Outcome::Printed | Outcome::NotStarted(_) => {}
        }
        let lamp = match (&outcome, ended.condition) {
            (Outcome::NotStarted(trouble) | Outcome::CutOff(trouble), _) => Some(trouble.lamp()),
            (_, Some(condition)) => Some(Lamp::of(&condition)),
            (Outcome::Unsure, None) => Some(Lamp::Unknown),
            // A pulse says nothing about paper; a printer that answers nothing is as it was.
            (Outcome::Printed, None) => match self.lamp {
                Some(Lamp::Unreachable) => Some(Lamp::Unknown),
                _ => None,
            },
        };
        if let Some(lamp) = lamp {
            self.show(lamp);
        }
        self.tell_garbage();
        self.shared.tell(PrinterEvent::Ended(job.what, outcome));
    }

    fn look(&mut self) {
        let looked = exchange::look(&self.setup);
        // A printer that says nothing is not asked about its drawer over and over.
        self.pulsed = false;
        match &looked {
            Ok(Some(condition)) => self.switch(Some(condition)),
            Ok(None) | Err(_) => self.drawer_is(false),
        }
        let lamp = match looked {
            Ok(Some(condition)) => Lamp::of(&condition),
            Ok(None) if self.setup.answers => Lamp::Unknown,
            Ok(None) => Lamp::Ready,
            Err(trouble) => trouble.lamp(),
        };
        self.show(lamp);
    }

    /// What the drawer's switch says, where its level is known.
    fn switch(&mut self, condition: Option<&Condition>) {
        if let (Some(level), Some(condition)) = (self.setup.profile.open_level, condition) {
            self.drawer_is(condition.drawer_switch_high == level);
        }
    }

    fn drawer_is(&mut self, open: bool) {
        if self.drawer_open != open {
            self.drawer_open = open;
            self.shared.tell(PrinterEvent::DrawerOpen(open));
        }
    }

    fn show(&mut self, lamp: Lamp) {
        if self.lamp != Some(lamp) {
            self.lamp = Some(lamp);
            self.shared.tell(PrinterEvent::Lamp(lamp));
        }
    }

    fn tell_garbage(&mut self) {
        let due = self.garbage_told.is_none_or(|told| told.elapsed() >= GARBAGE_EVERY);
        if self.garbage.0 > 0 && due {
            tracing::warn!(bytes = self.garbage.0, "the printer sends what means nothing");
            self.garbage = Garbage::default();
            self.garbage_told = Some(now());
        }
    }
}

impl Shared {
    fn tell(&self, event: PrinterEvent) {
        {
            let mut events = lock(&self.events);
            if events.len() >= EVENTS_MAX {
                events.pop_front();
            }
            events.push_back(event);
        }
        if let Some(wake) = lock(&self.wake).as_ref() {
            wake();
        }
    }
}

/// How long a wire is silent is no time of the record: it orders nothing.
#[expect(clippy::disallowed_methods, reason = "a device may look at the clock")]
fn now() -> Instant {
    Instant::now()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
