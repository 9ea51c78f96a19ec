//! Out of a screen that fails again and again: the command that leaves it for another one. What is
//! in hand stays with the till, as when it is left by its own key.

use super::Desk;
use crate::register::check_input::CheckInput;
use crate::register::command::Command;
use crate::register::view::{Screen, View};

impl Desk {
    /// Asks the till for another screen; nothing where there is none.
    pub fn way_out(&mut self, view: &View, at_ms: u64) {
        let command = match (&view.ask, &view.screen) {
            (Some(_), _) => Command::Decline,
            (None, screen) => match screen {
                // Nobody is signed in, or nothing can be asked: only drawing it anew is left.
                Screen::Starting | Screen::Stopped(_) | Screen::SignIn(_) => return,
                Screen::Restart(_) => Command::AcknowledgeRestart,
                Screen::Receipt(_) => Command::LeaveReceipt,
                Screen::Page(_) => Command::LeavePage,
                Screen::Tender(_) => Command::LeaveTender,
                Screen::Check(_) => Command::Check(CheckInput::Leave),
                Screen::Done(_) => Command::NextCustomer,
                Screen::OpenShift | Screen::Sell(_) | Screen::ShiftClosed(_) => Command::SignOut,
            },
        };
        self.send(command, at_ms);
    }
}
