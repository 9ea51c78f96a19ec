//! One check that was taken twice, at whatever register and store.
//!
//! Central can't compare accounts: a record holds a commitment that tells nothing of its account
//! (docs/checks.md). What it can compare is number, amount and business day. Two customers may
//! share all three, so what is found here is to be looked at and proves nothing; the treasury,
//! which can open the sealed data, compares the accounts themselves.

use std::collections::BTreeMap;

use crate::domain::ids::{JournalId, SaleNo, Seq, StoreNo};
use crate::domain::money::Money;
use crate::domain::tender::CheckNumber;
use crate::domain::time::BusinessDate;

use super::exception::{Code, Exception};

/// A check that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenCheck {
    /// The journal.
    pub journal: JournalId,
    /// The sale's record.
    pub seq: Seq,
    /// The sale.
    pub sale: SaleNo,
    /// The business day.
    pub day: BusinessDate,
    /// The number printed on it.
    pub number: CheckNumber,
    /// Its amount.
    pub amount: Money,
    /// The store that is looked at; others' checks are there to be compared with.
    pub own: bool,
}

/// Each check of the store that has a twin. Within one sale a check stands once.
pub fn look(checks: &[TakenCheck]) -> Vec<Exception> {
    let mut alike: BTreeMap<(BusinessDate, &CheckNumber, Money), Vec<&TakenCheck>> =
        BTreeMap::new();
    for check in checks {
        alike.entry((check.day, &check.number, check.amount)).or_default().push(check);
    }
    let mut found = Vec::new();
    for ((day, number, amount), twins) in alike {
        let number = number.as_str();
        for check in twins.iter().filter(|check| check.own) {
            let place = |other: &TakenCheck| (other.journal, other.seq);
            let Some(other) = twins.iter().find(|other| place(other) != place(check)) else {
                continue;
            };
            let text = format!(
                "check {number} over {amount} was taken with sale {} and with sale {} at {}; \
                 look whether it is one check",
                check.sale,
                other.sale,
                at(other.journal, check.journal.store)
            );
            let one = Exception::new(Code::CheckTwice, check.journal, check.seq, text);
            found.push(one.about(amount).because_of(format!("{number}, {amount}, {day}")));
        }
    }
    found
}

fn at(journal: JournalId, own: StoreNo) -> String {
    if journal.store == own {
        format!("register {}", journal.register)
    } else {
        format!("register {} of store {}", journal.register, journal.store)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{Epoch, RegisterNo};

    fn taken(store: u32, register: u16, number: &str, minor: i64) -> TakenCheck {
        let epoch = Epoch([register.to_le_bytes()[0]; 8]);
        TakenCheck {
            journal: JournalId { store: StoreNo(store), register: RegisterNo(register), epoch },
            seq: Seq(9),
            sale: SaleNo(4),
            day: BusinessDate::parse("2026-11-22").expect("a day"),
            number: CheckNumber::parse(number).expect("a number"),
            amount: Money::from_minor(minor),
            own: store == 1042,
        }
    }

    #[test]
    fn one_check_at_two_registers_or_two_stores_is_told_where_it_can_be_looked_at() {
        let checks = [
            taken(1042, 7, "1207", 4_000),
            taken(1042, 8, "1207", 4_000),
            taken(1042, 9, "1207", 4_001),
            taken(1042, 9, "1301", 500),
            taken(1043, 2, "1301", 500),
        ];
        let found = look(&checks);
        let said: Vec<_> = found.iter().map(|one| (one.journal.register.0, one.amount)).collect();
        let money = Money::from_minor;
        assert_eq!(said, [(7, money(4_000)), (8, money(4_000)), (9, money(500))]);
        let other = found.iter().find(|one| one.journal.register == RegisterNo(9));
        assert!(other.is_some_and(|one| one.text.contains("register 2 of store 1043")));
        assert_eq!(look(&checks[..1]), []);
    }
}
