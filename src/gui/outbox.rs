//! Commands on their way to the till: in order, bounded, kept while its queue is full.

use std::collections::VecDeque;

use crate::register::command::Command;
use crate::register::till::Till;

/// The most commands that wait here when the till's own queue is full.
const OUTBOX_MAX: usize = 1_024;

/// The outbox.
#[derive(Default)]
pub struct Outbox {
    waiting: VecDeque<Command>,
}

impl Outbox {
    /// Puts a command at the end; false when there is no room, and then nothing was taken.
    pub fn put(&mut self, command: Command) -> bool {
        let fits = self.waiting.len() < OUTBOX_MAX;
        if fits {
            self.waiting.push_back(command);
        }
        fits
    }

    /// Hands over as many as the till takes; true when some are left.
    pub fn flush(&mut self, till: &dyn Till) -> bool {
        while let Some(command) = self.waiting.front() {
            if !till.send(command.clone()) {
                return true;
            }
            self.waiting.pop_front();
        }
        false
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The commands that wait, oldest first.
    #[cfg(test)]
    pub fn drain(&mut self) -> Vec<Command> {
        self.waiting.drain(..).collect()
    }
}
