//! What readiness is read from: when each register last did what matters, and its practice.

use std::collections::{BTreeMap, BTreeSet};

use super::Origin;
use crate::domain::event::Event;
use crate::domain::ids::RegisterNo;
use crate::domain::practice::{Practice, PracticeStep};
use crate::domain::tender::Tender;
use crate::domain::time::Timestamp;

/// One register's last times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastTimes {
    /// The drawer was opened by a record.
    pub drawer: Option<Timestamp>,
    /// Central's acknowledgement was noted.
    pub acknowledged: Option<Timestamp>,
    /// A practice was finished.
    pub practiced: Option<Timestamp>,
    /// The last practice.
    pub last_practice: Option<Practice>,
    /// The practice that is under way: since when, and what was done.
    pub practice: Option<(Timestamp, BTreeSet<PracticeStep>)>,
    /// Readiness was looked at and recorded: when, with which score.
    pub looked: Option<(Timestamp, u8)>,
}

/// All registers' last times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    of: BTreeMap<RegisterNo, LastTimes>,
}

impl Readiness {
    pub(super) fn take(&mut self, origin: &Origin, event: &Event) {
        let times = self.of.entry(origin.register).or_default();
        let at = Some(origin.at);
        match event {
            Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale)
                if sale.tenders.iter().any(|tender| matches!(tender, Tender::Cash { .. })) =>
            {
                times.drawer = times.drawer.max(at);
            }
            Event::DrawerOpen { .. } | Event::CashMovement { .. } => {
                times.drawer = times.drawer.max(at);
            }
            Event::AckReceived { .. } => times.acknowledged = times.acknowledged.max(at),
            Event::Practice(Practice::Begun) => {
                times.practice = Some((origin.at, BTreeSet::new()));
            }
            Event::Practice(done @ Practice::Done { .. }) => {
                times.practice = None;
                times.last_practice = Some(done.clone());
                times.practiced = times.practiced.max(at);
            }
            Event::ReadinessLook(look) => times.looked = Some((origin.at, look.score)),
            _ => {}
        }
        if let (Some((_, done)), Some(step)) = (&mut times.practice, PracticeStep::shown_by(event))
        {
            done.insert(step);
        }
    }

    /// One register's times.
    pub fn of(&self, register: RegisterNo) -> LastTimes {
        self.of.get(&register).cloned().unwrap_or_default()
    }

    /// The registers that were heard of.
    pub fn registers(&self) -> impl Iterator<Item = (RegisterNo, &LastTimes)> {
        self.of.iter().map(|(register, times)| (*register, times))
    }
}
