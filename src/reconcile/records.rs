//! What central holds of one store, as far as reconciling asks: plain rows, whatever keeps them.

use crate::domain::decision::Decision;
use crate::domain::event::Lifetime;
use crate::domain::ids::{JournalId, PersonId, RegisterNo, SaleNo, Seq, ShiftNo, StoreNo};
use crate::domain::money::Money;
use crate::domain::shift::ShiftClose;
use crate::domain::time::{BusinessDate, Timestamp};
use crate::journal::hash::Hash;

use super::checks::TakenCheck;
use super::exception::{Code, Level};
use super::rain_checks::Account;
use super::totals::Totals;

/// All of one store.
#[derive(Clone, Debug)]
pub struct StoreRecords {
    /// The store.
    pub store: StoreNo,
    /// Its journals, those of registers only.
    pub journals: Vec<JournalState>,
    /// Its sales, over the branches that came first.
    pub sales: Vec<SaleFact>,
    /// Its drawers, one a shift.
    pub drawers: Vec<DrawerFact>,
    /// Cash that moved without a sale.
    pub moves: Vec<MoveFact>,
    /// Checks that were taken, and those that were handed back.
    pub checks: Vec<CheckFact>,
    /// Rain checks that it issued.
    pub rain_checks: Vec<Account>,
    /// What the rules found.
    pub found: Vec<Found>,
    /// They found more than is looked at.
    pub more_found: bool,
    /// Totals so far, over the branches that came first.
    pub totals: Totals,
    /// Totals of forks: kept, reported and not in the totals.
    pub forked: Totals,
}

/// One journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalState {
    /// Which.
    pub id: JournalId,
    /// The next record that central waits for.
    pub next: Seq,
    /// The hash of the last one here.
    pub head: Hash,
    /// Lifetime totals there.
    pub received: Lifetime,
    /// The next record by the register's word.
    pub expected_next: Seq,
    /// Lifetime totals by its word.
    pub expected: Lifetime,
    /// Records below it were read into rows.
    pub projected: Seq,
    /// Records that wait for others.
    pub parked: u64,
}

/// A sale, refund or void.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleFact {
    /// Its journal.
    pub journal: JournalId,
    /// Its record.
    pub seq: Seq,
    /// Its number.
    pub number: SaleNo,
    /// The shift.
    pub shift: ShiftNo,
    /// The business day.
    pub day: BusinessDate,
    /// Money went out.
    pub refund: bool,
    /// Lines before tax.
    pub subtotal: Money,
    /// Tax.
    pub tax: Money,
    /// Lines and tax.
    pub total: Money,
    /// Cash rounding.
    pub rounding: Money,
    /// Cash kept.
    pub cash: Money,
    /// Checks.
    pub checks: Money,
}

/// A drawer of one shift. A shift may be known by its sales alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawerFact {
    /// Its journal.
    pub journal: JournalId,
    /// The shift.
    pub shift: ShiftNo,
    /// Whose it is; none where nobody opened it.
    pub cashier: Option<PersonId>,
    /// The record that opened it.
    pub opened: Option<Seq>,
    /// What it was opened with.
    pub float: Money,
    /// The record that closed it, with the count.
    pub closed: Option<(Seq, ShiftClose)>,
    /// How often it was opened without a sale.
    pub no_sales: u32,
}

/// Cash that moved without a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoveFact {
    /// Its journal.
    pub journal: JournalId,
    /// Its record.
    pub seq: Seq,
    /// The shift.
    pub shift: ShiftNo,
    /// What came into the drawer; below zero what went out.
    pub into_drawer: Money,
    /// What came into the store by it, or went out below zero: paid in and paid out alone.
    pub into_store: Money,
}

/// A check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckFact {
    /// The check.
    pub taken: TakenCheck,
    /// It was handed back with a void.
    pub returned: bool,
}

/// One finding of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which rule.
    pub code: Code,
    /// How grave.
    pub level: Level,
    /// In which journal.
    pub journal: JournalId,
    /// At which record.
    pub seq: Seq,
    /// What it shares with others.
    pub cause: String,
    /// In words.
    pub text: String,
    /// The money it is about.
    pub amount: Money,
}

/// A decision with who made it, and its place in central's own journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Central's own journal.
    pub journal: JournalId,
    /// The decision's record.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: PersonId,
    /// What.
    pub decision: Decision,
}

impl StoreRecords {
    /// The sale of a record.
    pub fn sale_at(&self, journal: &JournalId, seq: Seq) -> Option<&SaleFact> {
        self.sales.iter().find(|sale| sale.seq == seq && sale.journal == *journal)
    }

    /// The registers that have journals here.
    pub fn registers(&self) -> Vec<RegisterNo> {
        let mut all: Vec<_> = self.journals.iter().map(|state| state.id.register).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}
