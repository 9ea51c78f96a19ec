//! What came back of paid sales, at whichever register it was taken back.

use std::collections::BTreeMap;

use crate::domain::event::Event;
use crate::domain::ids::RecordRef;
use crate::domain::quantity::Quantity;

/// How much of each line of a paid sale came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Returns {
    came_back: BTreeMap<(RecordRef, u16), Quantity>,
}

impl Returns {
    pub(super) fn take(&mut self, event: &Event) {
        let Some(sale) = event.sale() else { return };
        let Some(link) = &sale.terms.link else { return };
        let record = RecordRef { epoch: link.epoch, seq: link.seq };
        for line in sale.lines.iter().filter(|line| !line.voided) {
            let Some(returned) = line.returned else { continue };
            let quantity = self.came_back.entry((record, returned.place)).or_default();
            let more = line.quantity.negated().and_then(|back| quantity.plus(back));
            // A sum that does not fit refuses every further return of the line.
            *quantity = more.unwrap_or(Quantity::from_tenthousandths(i64::MAX));
        }
    }

    /// How much of a line of a paid sale came back, anywhere in the store.
    pub fn of(&self, sale: RecordRef, place: u16) -> Quantity {
        self.came_back.get(&(sale, place)).copied().unwrap_or_default()
    }
}
