//! Sealed bags of one store over all its registers: a number that left two drawers.
//!
//! ```text
//!  all bags that left drawers, by number ─▶ look ─▶ one exception a number, at its last use
//! ```
//!
//! A register refuses a number that it or a register it sees has used. Two that don't see each
//! other, or a journal that was given up, can't know; only all of them together tell. Bags are
//! bought again with the numbers of old ones, so uses that lie far apart are two bags.

use std::collections::BTreeMap;

use crate::domain::bag::{BagNo, REMEMBERED_DAYS};
use crate::domain::money::Money;
use crate::domain::time::BusinessDate;

use super::exception::{Code, Exception};
use super::goods::Happened;

/// A bag that left a drawer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BagUse {
    /// Where and when.
    pub happened: Happened,
    /// The business day.
    pub day: BusinessDate,
    /// Its number.
    pub bag: BagNo,
    /// What is in it.
    pub amount: Money,
}

/// Each number that was used again while the bag before it may still be in the safe.
pub fn look(bags: &[BagUse]) -> Vec<Exception> {
    let mut by_number: BTreeMap<&BagNo, Vec<&BagUse>> = BTreeMap::new();
    for one in bags {
        by_number.entry(&one.bag).or_default().push(one);
    }
    let mut found = Vec::new();
    for (bag, mut uses) in by_number {
        uses.sort_by_key(|one| one.happened.order());
        let apart = |before: &&BagUse, after: &&BagUse| {
            let days = |one: &BagUse| one.day.days_since_1970();
            days(after).saturating_sub(days(before)) < REMEMBERED_DAYS
        };
        for same in uses.chunk_by(apart) {
            let [_, .., last] = same else { continue };
            let named: Vec<String> = same.iter().map(|one| one.named()).collect();
            let text = format!(
                "bag {bag} left a drawer {} times: {}; find both in the safe",
                same.len(),
                named.join(", ")
            );
            let exception = last.happened.exception(Code::BagTwice, text, bag.as_str());
            found.push(exception.about(last.amount));
        }
    }
    found
}

impl BagUse {
    fn named(&self) -> String {
        format!("{} at register {} on {}", self.amount, self.happened.journal.register, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
    use crate::domain::time::Timestamp;

    fn used(register: u16, day: &str, number: &str, minor: i64) -> BagUse {
        let epoch = Epoch([register.to_le_bytes()[0]; 8]);
        let journal = JournalId { store: StoreNo(1042), register: RegisterNo(register), epoch };
        let at = Timestamp::parse(&format!("{day}T12:00:00.000-06:00")).expect("a time");
        BagUse {
            happened: Happened { at, journal, seq: Seq(u64::from(register)) },
            day: at.local_date(),
            bag: BagNo::parse(number).expect("a bag"),
            amount: Money::from_minor(minor),
        }
    }

    fn said(bags: &[BagUse]) -> Vec<(u16, String, Money)> {
        let said = |one: &Exception| {
            assert_eq!(one.code, Code::BagTwice);
            (one.journal.register.0, one.cause.clone(), one.amount)
        };
        look(bags).iter().map(said).collect()
    }

    #[test]
    fn a_number_used_at_another_register_or_on_another_day_is_told_once_at_its_last_use() {
        let mut bags = vec![
            used(7, "2026-11-22", "TB-9", 2_000),
            used(8, "2026-11-22", "TB-9", 4_000),
            used(9, "2026-11-24", "TB-9", 500),
            used(7, "2026-11-23", "TB-10", 100),
        ];
        let twice = [(9, "TB-9".to_owned(), Money::from_minor(500))];
        assert_eq!(said(&bags), twice);
        let text = look(&bags)[0].text.clone();
        assert!(text.contains("3 times") && text.contains("20.00 at register 7"), "{text}");
        bags.reverse();
        assert_eq!(said(&bags), twice, "in whatever order they came");
        bags.retain(|one| one.happened.journal.register == RegisterNo(7));
        assert_eq!(said(&bags), []);
    }

    #[test]
    fn a_number_that_is_bought_again_after_a_season_is_another_bag() {
        let first = used(7, "2026-08-01", "TB-9", 2_000);
        let (last_day, later) = ("2026-10-31", "2026-11-01");
        assert_eq!(said(&[first.clone(), used(8, last_day, "TB-9", 100)]).len(), 1);
        assert_eq!(said(&[first, used(8, later, "TB-9", 100)]), []);
    }
}
