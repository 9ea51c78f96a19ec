//! A register that has nothing to send says so every few minutes, by name: a greeting names nobody,
//! so central would take a register that sells nothing for one that is cut off or switched off.
//!
//! It is an announcement like any other. Its answer says where central stands, so a central that
//! was put back to an older copy unnoticed hears of it, and gets what it lacks, within minutes.

use std::sync::Arc;

use super::carrier::{JournalState, Transport};
use super::link::LinkState;
use super::pace;
use super::push::{Journals, SyncLoop, Trouble, random_below};

impl SyncLoop {
    /// Central answered about a journal: it knows this register to be there.
    pub(super) fn was_heard(&mut self) {
        let entropy = Arc::clone(&self.parts.entropy);
        let wait_ms = pace::heard_ms(&mut |bound| random_below(entropy.as_ref(), bound));
        self.say_again_ms = self.parts.clock.mono_ms().saturating_add(wait_ms);
    }

    /// Announces the journal in use once more, where that is due.
    pub(super) fn say_again(
        &mut self,
        transport: &mut dyn Transport,
        journals: &mut dyn Journals,
        all: &[JournalState],
    ) -> Result<Option<(u64, bool, LinkState)>, Trouble> {
        if self.parts.clock.mono_ms() < self.say_again_ms {
            return Ok(None);
        }
        let in_use = |state: &&JournalState| state.branch == 1 && journals.in_use(&state.id);
        match all.iter().rfind(in_use) {
            Some(state) if self.parted(&state.id).is_none() => {
                self.ask(transport, journals, state).map(Some)
            }
            _ => Ok(None),
        }
    }
}
