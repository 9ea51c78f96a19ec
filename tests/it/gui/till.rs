//! A simulated till: shows what a test puts there, keeps what the window sends.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tideover::register::command::Command;
use tideover::register::till::Till;
use tideover::register::view::View;

/// A till whose clock, queue and view are a test's own.
pub struct SimulatedTill {
    view: Mutex<Arc<View>>,
    sent: Mutex<Vec<Command>>,
    clock_ms: AtomicU64,
    room: AtomicU64,

    wake: Mutex<Option<Box<dyn Fn() + Send + Sync>>>,
}

impl SimulatedTill {
    pub fn showing(view: View) -> Arc<Self> {
        Arc::new(Self {
            view: Mutex::new(Arc::new(view)),
            sent: Mutex::default(),
            clock_ms: AtomicU64::new(1_000_000),
            room: AtomicU64::new(u64::MAX),

            wake: Mutex::default(),
        })
    }

    /// Puts another view on show, as the till's thread does.
    pub fn show(&self, view: View) {
        *self.view.lock().expect("view") = Arc::new(view);
        if let Some(wake) = self.wake.lock().expect("wake").as_ref() {
            wake();
        }
    }

    /// What was sent since the last call.
    pub fn sent(&self) -> Vec<Command> {
        std::mem::take(&mut self.sent.lock().expect("sent"))
    }

    pub fn pass_ms(&self, passed: u64) {
        self.clock_ms.fetch_add(passed, Ordering::SeqCst);
    }

    /// The queue takes this many more commands.
    pub fn set_room(&self, room: u64) {
        self.room.store(room, Ordering::SeqCst);
    }
}

impl Till for SimulatedTill {
    fn send(&self, command: Command) -> bool {
        let took = self
            .room
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |room| room.checked_sub(1))
            .is_ok();
        if took {
            self.sent.lock().expect("sent").push(command);
        }
        took
    }

    fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.lock().expect("view"))
    }

    fn on_change(&self, wake: Box<dyn Fn() + Send + Sync>) {
        *self.wake.lock().expect("wake") = Some(wake);
    }

    fn mono_ms(&self) -> u64 {
        self.clock_ms.load(Ordering::SeqCst)
    }
}
