//! The words of the restart screen: what happened, what it means for the money, what was done.

use std::path::Path;

use crate::domain::words::{Words, words};

use super::finding::{Finding, FindingKind};
use super::plan::GiveUp;
use super::writer::Ledger;

pub(super) fn restored(ledger: &Ledger, from: u64, to: u64) -> Finding {
    let count = to.saturating_add(1).saturating_sub(from);
    Finding::new(
        FindingKind::RecordsRestored,
        words!(
            "The ledger lacked its last {} records ({} to {}): an older copy was put \
             in its place, or its disk damaged it.",
            count,
            from,
            to
        ),
        words!("No sale is lost: they came back from the second copy. {}", last_sale(ledger)),
        words!("The records were checked and put back. Tell IT, so that the disk is looked at."),
    )
}

pub(super) fn rebuilt(ledger: &Ledger, missing: bool, set_aside: &Path) -> Finding {
    let (what, done) = if missing {
        (words!("The ledger file was missing."), words!("It was built again from the second copy."))
    } else {
        (
            words!("The ledger file was damaged."),
            words!(
                "It was built again from its records and the second copy; the damaged file is \
                 kept in {}.",
                set_aside.display().to_string()
            ),
        )
    };
    Finding::new(
        FindingKind::DatabaseRebuilt,
        what,
        words!("No sale is lost: every record was found and checked. {}", last_sale(ledger)),
        words!("{} Tell IT, so that the disk is looked at.", done),
    )
}

fn last_sale(ledger: &Ledger) -> Words {
    ledger.state().last_sale.as_ref().map_or_else(
        || words!("No sale was recorded yet."),
        |sale| words!("The last sale is number {}, {}.", sale.number, sale.total),
    )
}

pub(super) fn frozen(why: GiveUp, joined: u64, folder: &Path) -> Finding {
    let (happened, money) = match why {
        GiveUp::Fork => (
            words!(
                "The ledger and its second copy hold two different records in one place: this \
             register was copied, and both copies went on."
            ),
            words!("Both are kept and central gets both; a manager decides which sales are real."),
        ),
        GiveUp::Lost { known } => (
            if joined == 0 {
                words!("Ledger and second copy are gone, with all of their {} records.", known)
            } else {
                words!(
                    "Of {} records only the first {} can be found: an older copy was \
                     put in the place of the ledger, and the second copy does not hold the rest.",
                    known,
                    joined
                )
            },
            words!(
                "Up to {} records, and the sales among them, are missing here. IT brings back \
                 what others have of them with 'tideover recover'.",
                known.saturating_sub(joined)
            ),
        ),
        GiveUp::OtherEnd => (
            words!(
                "The ledger ends otherwise than it did when it was last written: it was \
                 replaced by \
             a copy that went on elsewhere."
            ),
            words!("The sales that were found are kept; those of the other copy are not here."),
        ),
        GiveUp::PutBack { .. } => (
            words!(
                "This register's disk was put back to an earlier moment: central or another \
                 register holds records of it that are not here."
            ),
            words!(
                "No sale is lost. Those that are not here are kept there, and IT brings them \
                 back with 'tideover recover'; what was sold here since then stands apart at \
                 central, for a manager to decide."
            ),
        ),
        GiveUp::Unreadable => (
            words!("The ledger can't be read, and there is no second copy of it."),
            words!(
                "How many sales it held is not known, and the file is kept. IT brings back what \
                 others have of them with 'tideover recover'."
            ),
        ),
        GiveUp::CutOff => (
            words!("The last start put the journal aside and was cut off before it was done."),
            words!("Every record that was found is kept, and goes to central as it is."),
        ),
        GiveUp::Recovered { back: 0 } => (
            words!("A copy of this register went on elsewhere, and IT brought its records back."),
            words!("Both are kept and central gets both; a manager decides which sales are real."),
        ),
        GiveUp::Recovered { back } => (
            words!(
                "IT brought {} records of this register back, from where copies of them lay.",
                back
            ),
            words!(
                "They count again: the journal they belong to is kept with them and goes to \
                 central as it is."
            ),
        ),
        GiveUp::OtherKey => (
            words!("This register has a new signing key."),
            words!(
                "No sale is lost: the journal of the old key is whole and goes to central as it is."
            ),
        ),
        GiveUp::OtherMachine => (
            words!("This register's data was copied from another machine."),
            words!(
                "No sale is lost: what was copied is kept, and goes to central as it is. If the \
                 other machine still sells, stop it and call IT."
            ),
        ),
        GiveUp::Rotated => return rotated(),
    };
    let done = words!(
        "The old journal is kept in {} and a new one was begun; selling goes on. An open shift \
         must be opened again: count the drawer. Tell the manager.",
        folder.display().to_string()
    );
    Finding::new(FindingKind::JournalFrozen, happened, money, done)
}

fn rotated() -> Finding {
    Finding::new(
        FindingKind::KeyRotated,
        words!("This register's signing key was changed, as IT asked for."),
        words!("No sale is lost: what the old key signed goes to central as it is."),
        words!("A new journal was begun, and receipts count on. Nothing is to be done."),
    )
}

pub(super) fn reason(why: GiveUp, joined: u64) -> String {
    match why {
        GiveUp::Fork => "two different records in one place".to_owned(),
        GiveUp::Lost { known } => format!("of {known} records only {joined} were found"),
        GiveUp::OtherEnd => "its end is not the one that was last written".to_owned(),
        GiveUp::PutBack { known } => {
            format!("others hold records of it, {known} in all, that are not among these {joined}")
        }
        GiveUp::Unreadable => "it could not be read".to_owned(),
        GiveUp::OtherKey => "the register has a new key".to_owned(),
        GiveUp::OtherMachine => "its data was copied to another machine".to_owned(),
        GiveUp::Rotated => "its key was changed for this one".to_owned(),
        GiveUp::CutOff => "it was put aside by a start that was cut off".to_owned(),
        GiveUp::Recovered { back: 0 } => "a copy of it went on elsewhere".to_owned(),
        GiveUp::Recovered { back } => format!("{back} of its records were brought back"),
    }
}
