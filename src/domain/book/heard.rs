//! What was heard and seen of an outage at any register of the store, the newest of it.

use std::collections::BTreeMap;

use super::Origin;
use crate::domain::event::Event;
use crate::domain::hearsay::Heard;
use crate::domain::ids::{RecordRef, RegisterNo};
use crate::domain::time::Timestamp;

/// The most that is kept; older ones stand in the journals.
pub const HEARD_MAX: usize = 40;

/// What was heard, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardAt {
    /// At which register.
    pub register: RegisterNo,
    /// When.
    pub at: Timestamp,
    /// What.
    pub heard: Heard,
}

/// The newest of it, by the clocks of the registers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hearsay {
    newest: BTreeMap<(i64, RecordRef), HeardAt>,
}

impl Hearsay {
    pub(super) fn take(&mut self, origin: &Origin, event: &Event) {
        let Event::Heard(heard) = event else { return };
        let (register, at) = (origin.register, origin.at);
        let key = (at.utc_ms, origin.at_record);
        self.newest.insert(key, HeardAt { register, at, heard: heard.clone() });
        // Whatever the order, the same ones are left.
        while self.newest.len() > HEARD_MAX {
            self.newest.pop_first();
        }
    }

    /// The newest first.
    pub fn newest(&self) -> impl Iterator<Item = &HeardAt> {
        self.newest.values().rev()
    }
}
