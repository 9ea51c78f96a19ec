//! What is written on the back of a check: which sale it paid, and for deposit only.
//!
//! The back has room for four lines of 40 characters within its first 1.5 inches; the rest of the
//! back belongs to the banks (12 CFR 229 appendix D).

use crate::domain::ids::{RegisterNo, SaleNo, StoreNo};
use crate::domain::tender::CheckNumber;
use crate::domain::time::Timestamp;

/// The most characters of a line.
pub const COLUMNS: usize = 40;

/// What an endorsement says.
#[derive(Clone, Copy, Debug)]
pub struct Endorsement<'a> {
    /// The store's name: who the check is made out to.
    pub store_name: &'a str,
    /// The store.
    pub store: StoreNo,
    /// The register.
    pub register: RegisterNo,
    /// The sale it pays.
    pub sale: SaleNo,
    /// The check's number.
    pub number: &'a CheckNumber,
    /// When it was taken.
    pub at: Timestamp,
    /// Who took it.
    pub cashier: &'a str,
    /// Who approved it, where somebody had to.
    pub approved_by: Option<&'a str>,
}

impl Endorsement<'_> {
    /// Four lines; longer names are cut.
    pub fn lines(&self) -> Vec<String> {
        let date: String = self.at.to_string().chars().take(16).collect();
        let by = self.approved_by.map_or_else(String::new, |by| format!(" OK {by}"));
        [
            format!("FOR DEPOSIT ONLY {}", self.store_name),
            format!("Store {} Register {} Sale {}", self.store, self.register, self.sale),
            format!("Check {} {}", self.number.as_str(), date.replace('T', " ")),
            format!("Cashier {}{by}", self.cashier),
        ]
        .iter()
        .map(|line| line.chars().filter(|c| !c.is_control()).take(COLUMNS).collect())
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_back_of_a_check_names_its_sale_and_nobody_s_account() {
        let number = CheckNumber::parse("1207").expect("a number");
        let endorsement = Endorsement {
            store_name: "Tideover Market of Harbor Street and Beyond",
            store: StoreNo(1042),
            register: RegisterNo(7),
            sale: SaleNo(1801),
            number: &number,
            at: Timestamp::parse("2026-11-22T14:05:09.120-06:00").expect("a time"),
            cashier: "31",
            approved_by: Some("41"),
        };
        let lines = endorsement.lines();
        assert_eq!(
            lines,
            [
                "FOR DEPOSIT ONLY Tideover Market of Harb",
                "Store 1042 Register 7 Sale 1801",
                "Check 1207 2026-11-22 14:05",
                "Cashier 31 OK 41",
            ]
        );
    }
}
