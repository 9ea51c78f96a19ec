//! What was taken by check, all registers together, day by day.

use std::collections::BTreeMap;

use super::Origin;
use crate::domain::check::limits::Taken;
use crate::domain::event::Event;
use crate::domain::money::Money;
use crate::domain::time::BusinessDate;

/// Days that are kept, counted back from the last one heard of.
const DAYS: i64 = 8;

/// Checks of the last days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    days: BTreeMap<BusinessDate, Taken>,
}

impl Checks {
    pub(super) fn take(&mut self, origin: &Origin, event: &Event) {
        let Some(sale) = event.sale() else { return };
        let checks = sale.checks().unwrap_or(Money::from_minor(i64::MAX));
        if checks == Money::ZERO {
            return;
        }
        let day = self.days.entry(origin.day).or_default();
        day.count = day.count.saturating_add(u32::from(checks > Money::ZERO));
        // A sum that does not fit is above every limit.
        day.sum = day.sum.plus(checks).unwrap_or(Money::from_minor(i64::MAX));
        let last = self.days.last_key_value().map_or(0, |(day, _)| day.days_since_1970());
        self.days.retain(|day, _| day.days_since_1970() > last.saturating_sub(DAYS));
    }

    /// What was taken on a day, checks handed back taken off.
    pub fn of_day(&self, day: BusinessDate) -> Taken {
        self.days.get(&day).copied().unwrap_or_default()
    }
}
