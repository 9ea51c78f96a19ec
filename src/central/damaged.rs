//! Rows of tables that are derived from records, and can't be read any more.
//!
//! ```text
//!  record ─▶ row, of the same types ─▶ read again ─ none of those types now: damaged
//!                                        └ passed over, counted by table, said with its remedy
//! ```
//!
//! Nothing is lost by it: the records are kept as they came, and all rows can be derived again.

use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::journal::record::Envelope;

/// A table that is derived from records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    /// Bags that left drawers.
    CashBag,
    /// Checks that were taken.
    CheckTaken,
    /// Records that are looked at with a store's others.
    ConductRecord,
    /// Drawers by shift.
    Drawer,
    /// What moved or was counted.
    GoodsMove,
    /// Packs that records name.
    GoodsPack,
    /// Records about outages.
    OutageRecord,
    /// Pads of paper slips.
    PaperPad,
    /// Paper slips.
    PaperSlip,
    /// Claims of pickup orders.
    Pickup,
    /// Their goods.
    PickupLine,
    /// Punches.
    Punch,
    /// Rain checks.
    RainCheck,
    /// How ready registers are.
    Readiness,
    /// Deliveries.
    Receiving,
    /// Sales.
    Sale,
    /// Their lines.
    SaleLine,
    /// Taxes.
    Tax,
}

const TABLES: [Table; 18] = [
    Table::CashBag,
    Table::CheckTaken,
    Table::ConductRecord,
    Table::Drawer,
    Table::GoodsMove,
    Table::GoodsPack,
    Table::OutageRecord,
    Table::PaperPad,
    Table::PaperSlip,
    Table::Pickup,
    Table::PickupLine,
    Table::Punch,
    Table::RainCheck,
    Table::Readiness,
    Table::Receiving,
    Table::Sale,
    Table::SaleLine,
    Table::Tax,
];

/// How often such a row was met in this process, by table.
static MET: [AtomicU64; 18] = [const { AtomicU64::new(0) }; 18];

impl Table {
    /// Its name in metrics and in the log.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::CashBag => "cash_bag",
            Self::CheckTaken => "check_taken",
            Self::ConductRecord => "conduct_record",
            Self::Drawer => "drawer",
            Self::GoodsMove => "goods_move",
            Self::GoodsPack => "goods_pack",
            Self::OutageRecord => "outage_record",
            Self::PaperPad => "paper_pad",
            Self::PaperSlip => "paper_slip",
            Self::Pickup => "pickup",
            Self::PickupLine => "pickup_line",
            Self::Punch => "punch",
            Self::RainCheck => "rain_check",
            Self::Readiness => "readiness",
            Self::Receiving => "receiving",
            Self::Sale => "sale",
            Self::SaleLine => "sale_line",
            Self::Tax => "tax",
        }
    }

    /// What a row says, where it can still be read.
    pub(super) fn read<T, E: Display>(self, read: Result<T, E>) -> Option<T> {
        read.inspect_err(|why| self.met(&why.to_string())).ok()
    }

    /// Those of a table's lines that can still be read as records.
    pub(super) fn lines(self, mut lines: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        lines.retain(|line| self.read(Envelope::read(line)).is_some());
        lines
    }

    /// The same, where nobody says why it can't be.
    pub(super) fn known<T>(self, read: Option<T>) -> Option<T> {
        if read.is_none() {
            self.met("it is no value that a record may have");
        }
        read
    }

    /// Said at the first, the second, the fourth time and so on: pages ask every second.
    fn met(self, why: &str) {
        let place = TABLES.iter().position(|table| *table == self);
        let Some(count) = place.and_then(|place| MET.get(place)) else { return };
        let times = count.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if times.is_power_of_two() {
            tracing::error!(
                table = self.word(),
                times,
                %why,
                "a row that was derived from records can't be read and is passed over: sums and \
                 findings of its store lack it. The records themselves are kept as they came: run \
                 'tideover central rebuild', and have the database's disk looked at"
            );
        }
    }
}

/// How often such rows were met, by table.
pub(super) fn counts() -> impl Iterator<Item = (&'static str, u64)> {
    let counts = MET.iter().map(|count| count.load(Ordering::Relaxed));
    TABLES.into_iter().map(Table::word).zip(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::central::conformance::{REGISTER, journal_with, piece, project_all, put};
    use crate::central::readiness::ReadinessRow;
    use crate::central::sqlite::SqliteStore;
    use crate::central::store::Store as _;
    use crate::domain::event::Event;
    use crate::domain::ids::PackVersion;

    fn met(table: Table) -> u64 {
        counts().find(|(word, _)| *word == table.word()).expect("a table").1
    }

    #[test]
    fn a_damaged_row_is_passed_over_counted_and_derived_again_by_a_rebuild() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = SqliteStore::open(folder.path()).expect("opened");
        let version = PackVersion::parse("20261122-1").expect("a version");
        let applied = |_| Event::PackApplied {
            version: version.clone(),
            digest: [7; 32],
            jumped: None,
            approval: None,
        };
        let (_, lines) = journal_with(REGISTER, 2, applied);
        put(&mut store, piece(&lines, 0, 2));
        project_all(&mut store);
        let sells_by = |store: &mut SqliteStore| {
            let row: ReadinessRow = store.readiness().expect("read").remove(0);
            row.calm.pack.map(|(version, _)| version)
        };
        assert_eq!(sells_by(&mut store), Some(version.clone()));
        let before = met(Table::Readiness);
        store.db.execute("UPDATE readiness SET pack = 'b*7'", []).expect("damaged");
        assert_eq!(sells_by(&mut store), None);
        assert_eq!(met(Table::Readiness), before + 1);
        store.forget_projections().expect("emptied");
        project_all(&mut store);
        assert_eq!(sells_by(&mut store), Some(version));
        assert_eq!(met(Table::Readiness), before + 1);
    }

    #[test]
    fn each_table_has_a_place_and_a_name_of_its_own() {
        let mut words: Vec<_> = counts().map(|(word, _)| word).collect();
        words.dedup();
        assert_eq!(words.len(), TABLES.len());
        assert!(words.is_sorted());
    }
}
