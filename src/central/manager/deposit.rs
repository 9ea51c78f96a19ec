//! The check deposit list of a store since its last closure: the page's own lines, as CSV and PDF.

use crate::central::close::{NotClosed, Reconciliation};
use crate::domain::money::Money;
use crate::reconcile::certificate::DepositLine;
use crate::reconcile::deposit::{DepositItem, DepositSheet};
use crate::reconcile::pdf;

/// The list, twice.
pub(in crate::central) struct Deposit {
    /// For a spreadsheet.
    pub(in crate::central) csv: Vec<u8>,
    /// To be signed; the CSV goes along as a file inside.
    pub(in crate::central) pdf: Vec<u8>,
}

impl Deposit {
    pub(super) fn of(now: &Reconciliation) -> Result<Self, NotClosed> {
        let lines = &now.balance.deposit;
        let mut csv = String::from("store,register,receipt,check_number,amount\r\n");
        let store = now.records.store;
        for DepositLine { register, sale, number, amount } in lines {
            let amount = Money::from_minor(*amount);
            csv.push_str(&format!("{store},{register},{sale},{number},{amount}\r\n"));
        }
        let item = |line: &DepositLine| DepositItem {
            register: line.register,
            receipt: line.sale,
            number: line.number.clone(),
            amount: Money::from_minor(line.amount),
            more: None,
        };
        let of = now.closures.last().map_or_else(
            || "since the first record".to_owned(),
            |last| format!("since closure {}", last.certificate.number),
        );
        let items = lines.iter().map(item).collect();
        let paper = DepositSheet { store: now.facts.name.clone(), of, items }.paper()?;
        let csv = csv.into_bytes();
        let pdf = pdf::draw_with(&paper, pdf::File { name: "deposit.csv", bytes: &csv });
        Ok(Self { csv, pdf })
    }
}
