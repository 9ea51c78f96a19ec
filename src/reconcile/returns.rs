//! What came back of a sale, over all journals: more than was sold, or of another sale.
//!
//! A register knows what came back in its own journal. The same paper shown at two registers that
//! don't see each other gives the money back twice; only central sees both.

use crate::domain::ids::{JournalId, Seq};
use crate::domain::money::Money;
use crate::domain::quantity::Quantity;
use crate::journal::hash::Hash;

use super::exception::{Code, Exception};

/// One line of a return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// The journal of the return.
    pub journal: JournalId,
    /// Its record.
    pub seq: Seq,
    /// The branch its record is on.
    pub branch: i64,
    /// The place of the line in the sale.
    pub place: u16,
    /// How much came back, above zero.
    pub quantity: Quantity,
    /// What was given back for it, before tax.
    pub amount: Money,
    /// What the paper said of the sale's hash, where it was believed by its paper.
    pub hash_start: Option<[u8; 16]>,
}

/// The sale that is taken back, as its own journal has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sold {
    /// Its journal.
    pub journal: JournalId,
    /// Its record.
    pub seq: Seq,
    /// Its record's hash.
    pub hash: Hash,
    /// How much was sold of each line: its place and the quantity.
    pub lines: Vec<(u16, Quantity)>,
}

/// What does not agree between a sale and all its returns, each with the branch it stands on.
/// Every return of a line of which too much came back is named: which of them was the honest one
/// is for a person to find out.
pub fn look(sold: &Sold, returns: &[Returned]) -> Vec<(i64, Exception)> {
    let mut found = Vec::new();
    let sale = format!("{}-{}", sold.journal.epoch, sold.seq);
    for back in returns {
        let name = (back.journal, back.seq);
        if back.hash_start.is_some_and(|start| !sold.hash.0.starts_with(&start)) {
            let text = format!("the paper of this return is not of the record at {}", sold.journal);
            let exception = Exception::new(Code::ReturnOfAnother, name.0, name.1, text);
            let exception = exception.about(back.amount).because_of(sale.as_str());
            found.push((back.branch, exception));
        }
        let of_line = |other: &&Returned| other.place == back.place && other.branch == 0;
        let all = returns.iter().filter(of_line);
        let came = all.fold(0_i64, |sum, one| sum.saturating_add(one.quantity.tenthousandths()));
        let line = sold.lines.iter().find(|(place, _)| *place == back.place);
        let was = line.map_or(0, |(_, quantity)| quantity.tenthousandths());
        if came > was {
            let (came, was) =
                (Quantity::from_tenthousandths(came), Quantity::from_tenthousandths(was));
            let text = format!(
                "{came} came back of line {} of a sale at {}, {was} were sold",
                back.place.saturating_add(1),
                sold.journal
            );
            let exception = Exception::new(Code::ReturnedTwice, name.0, name.1, text);
            let exception =
                exception.about(back.amount).because_of(format!("{sale}-{}", back.place));
            found.push((back.branch, exception));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{Epoch, RegisterNo, StoreNo};

    fn journal(register: u16) -> JournalId {
        let epoch = Epoch([register.to_le_bytes()[0]; 8]);
        JournalId { store: StoreNo(1042), register: RegisterNo(register), epoch }
    }

    fn back(register: u16, place: u16, pieces: i64) -> Returned {
        Returned {
            journal: journal(register),
            seq: Seq(9),
            branch: 0,
            place,
            quantity: Quantity::from_tenthousandths(pieces * 10_000),
            amount: Money::from_minor(pieces * 129),
            hash_start: None,
        }
    }

    fn words(returns: &[Returned]) -> Vec<(&'static str, u16)> {
        let sold = Sold {
            journal: journal(7),
            seq: Seq(3),
            hash: Hash([0x5d; 32]),
            lines: vec![(0, Quantity::from_tenthousandths(30_000)), (1, Quantity::ONE)],
        };
        let said = look(&sold, returns);
        said.iter().map(|(_, one)| (one.code.word(), one.journal.register.0)).collect()
    }

    #[test]
    fn what_was_sold_may_come_back_in_parts_and_no_more() {
        assert_eq!(words(&[back(7, 0, 1), back(8, 0, 2), back(8, 1, 1)]), []);
        assert_eq!(
            words(&[back(7, 0, 2), back(8, 0, 2), back(8, 1, 1)]),
            [("returned_twice", 7), ("returned_twice", 8)]
        );
        // A line that the sale does not have, or that was never sold.
        assert_eq!(words(&[back(8, 2, 1)]), [("returned_twice", 8)]);
    }

    #[test]
    fn a_paper_of_another_record_is_told() {
        let right = Returned { hash_start: Some([0x5d; 16]), ..back(8, 0, 1) };
        let wrong = Returned { hash_start: Some([0; 16]), ..back(9, 0, 1) };
        assert_eq!(words(&[right, wrong]), [("return_of_another", 9)]);
    }

    #[test]
    fn a_forks_return_is_not_counted_against_the_first_branch() {
        let fork = Returned { branch: 1, ..back(8, 1, 1) };
        assert_eq!(words(&[back(8, 1, 1), fork]), []);
    }
}
