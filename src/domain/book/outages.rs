//! The outages of a store: declared at one register, open at all of them.
//!
//! Two registers that can't see each other may each declare one. Then both are open until both are
//! ended, and the one that was declared first is shown.

use std::collections::{BTreeMap, BTreeSet};

use super::Origin;
use crate::domain::event::Event;
use crate::domain::ids::{OutageId, PersonId, RecordRef, RegisterNo};
use crate::domain::outage::Outage;
use crate::domain::protocol::TaskTick;
use crate::domain::time::Timestamp;

/// An outage as one register declared it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The register it was declared at.
    pub register: RegisterNo,
    /// What was declared.
    pub outage: Outage,
}

/// All outages of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outages {
    open: BTreeMap<OutageId, Declared>,
    /// What became known last, by the clocks of the registers, also of one that is not heard yet.
    /// The newest tick of each task, by the clocks of the registers.
    ticks: BTreeMap<(OutageId, String), (Timestamp, RecordRef, TaskTick)>,
    updates: BTreeMap<OutageId, (Timestamp, RecordRef, Outage)>,
    ended: BTreeSet<OutageId>,
}

impl Outages {
    pub(super) fn take(&mut self, origin: &Origin, event: &Event) {
        match event {
            Event::OutageDeclared(outage) if !self.ended.contains(&outage.id) => {
                let known = self.updates.get(&outage.id).map_or(outage, |(_, _, known)| known);
                let declared = Declared { register: origin.register, outage: known.clone() };
                self.open.insert(outage.id.clone(), declared);
            }
            Event::OutageUpdated(outage) => self.update(origin, outage),
            Event::OutageTask(tick) => self.tick(origin, tick),
            Event::OutageEnded { outage, .. } => {
                self.open.remove(outage);
                self.ended.insert(outage.clone());
            }
            _ => {}
        }
    }

    /// The newest tick counts, in whatever order they are heard.
    fn tick(&mut self, origin: &Origin, tick: &TaskTick) {
        let key = (tick.outage.clone(), tick.task.clone());
        let known = self.ticks.get(&key);
        let (at, by) = (origin.at, origin.at_record);
        if known.is_none_or(|(old, from, _)| (old.utc_ms, from) < (at.utc_ms, &by)) {
            self.ticks.insert(key, (at, by, tick.clone()));
        }
    }

    /// Whether a task of an outage is done: who signed, and when.
    pub fn done(&self, outage: &OutageId, task: &str) -> Option<(&PersonId, Timestamp)> {
        let (at, _, tick) = self.ticks.get(&(outage.clone(), task.to_owned()))?;
        tick.done.then_some((&tick.person, *at))
    }

    /// The newest update counts, in whatever order they are heard.
    fn update(&mut self, origin: &Origin, outage: &Outage) {
        let stamp = (origin.at, origin.at_record);
        let known = self.updates.get(&outage.id);
        if known.is_some_and(|(at, by, _)| (at.utc_ms, by) >= (stamp.0.utc_ms, &stamp.1)) {
            return;
        }
        self.updates.insert(outage.id.clone(), (stamp.0, stamp.1, outage.clone()));
        if let Some(declared) = self.open.get_mut(&outage.id) {
            declared.outage = outage.clone();
        }
    }

    /// The open outages, the one that was declared first at the front.
    pub fn open(&self) -> Vec<&Declared> {
        let mut open: Vec<&Declared> = self.open.values().collect();
        open.sort_by(|a, b| (a.outage.since, &a.outage.id).cmp(&(b.outage.since, &b.outage.id)));
        open
    }

    /// The open outage that is shown; none while there is none.
    pub fn current(&self) -> Option<&Outage> {
        self.open().first().map(|declared| &declared.outage)
    }
}
