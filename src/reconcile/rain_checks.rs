//! Rain checks over all journals: redeemed twice, or naming a promise that nobody made.
//!
//! ```text
//!  Issued? + all its Uses ─▶ look ─▶ at most one exception a rule, the same in every order
//! ```
//!
//! A register refuses what its store's book knows to be redeemed. The same slip at two registers
//! that don't see each other, or at two stores, takes its promise twice; only central sees both.

use crate::domain::ids::{RecordRef, SaleNo};
use crate::domain::rain_check::RainCheck;
use crate::domain::time::BusinessDate;
use crate::journal::hash::Hash;

use super::exception::{Code, Exception};
use super::goods::Happened;

/// The codes of what is found here: they are replaced for one rain check as a whole.
pub const CODES: [Code; 2] = [Code::RedeemedTwice, Code::RainCheckUnknown];

/// A promise as its own journal has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Where and when.
    pub happened: Happened,
    /// Its record's hash.
    pub hash: Hash,
    /// The promise.
    pub check: RainCheck,
}

/// A redemption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// Where and when.
    pub happened: Happened,
    /// The branch its record is on.
    pub branch: i64,
    /// The promise's record.
    pub of: RecordRef,
    /// The number on its slip.
    pub number: u32,
    /// The sale; none where the service desk honored it.
    pub sale: Option<SaleNo>,
    /// What the paper said of the promise's hash, where it was believed by its paper.
    pub hash_start: Option<[u8; 16]>,
    /// That sale was taken back as a whole.
    pub voided: bool,
}

/// A rain check with all that became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The promise.
    pub issued: Issued,
    /// Its redemptions that stand, the first one first.
    pub uses: Vec<Use>,
}

/// How a rain check stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It waits.
    Open,
    /// It waits, past its last day.
    Expired,
    /// It was redeemed.
    Redeemed,
}

impl Account {
    /// How it stands on a day.
    pub fn standing(&self, today: BusinessDate) -> Standing {
        match (self.uses.is_empty(), self.issued.check.is_expired(today)) {
            (false, _) => Standing::Redeemed,
            (true, true) => Standing::Expired,
            (true, false) => Standing::Open,
        }
    }
}

impl Standing {
    /// The word in answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Expired => "expired",
            Self::Redeemed => "redeemed",
        }
    }
}

/// What the exceptions of one rain check share.
pub fn cause(of: RecordRef) -> String {
    format!("{}-{}", of.epoch, of.seq)
}

/// The redemptions that count: of the branches that came first, not voided; the first one first.
pub fn standing(uses: &[Use]) -> Vec<Use> {
    let mut standing: Vec<Use> =
        uses.iter().filter(|one| one.branch == 0 && !one.voided).copied().collect();
    standing.sort_by_key(|one| one.happened.order());
    standing
}

/// What does not agree between a promise and its redemptions. `held` is the hash of the record
/// that should have made the promise, `issued` what that record says, where central holds it.
pub fn look(
    of: RecordRef,
    held: Option<Hash>,
    issued: Option<&Issued>,
    uses: &[Use],
) -> Vec<Exception> {
    let uses = standing(uses);
    let mut found = Vec::new();
    if let [.., last] = uses.as_slice()
        && uses.len() > 1
    {
        let named: Vec<String> = uses.iter().map(Use::named).collect();
        let text = format!(
            "rain check {} was redeemed {} times: {}",
            last.number,
            uses.len(),
            named.join(", ")
        );
        found.push(last.exception(Code::RedeemedTwice, text, of));
    }
    let no_promise = |one: &&Use| {
        let other_number = issued.is_some_and(|issued| issued.check.number != one.number);
        let other_hash = held
            .is_some_and(|hash| one.hash_start.is_some_and(|start| !hash.0.starts_with(&start)));
        other_number || other_hash || (held.is_some() && issued.is_none())
    };
    if let Some(one) = uses.iter().find(no_promise) {
        let text = format!(
            "rain check {} ({}) was never issued as its slip says",
            one.number,
            one.named()
        );
        found.push(one.exception(Code::RainCheckUnknown, text, of));
    }
    found
}

impl Use {
    fn named(&self) -> String {
        let journal = self.happened.journal;
        let place = format!("store {}, register {}", journal.store, journal.register);
        match self.sale {
            Some(sale) => format!("{place}, sale {sale}"),
            None => format!("{place}, service desk"),
        }
    }

    fn exception(&self, code: Code, text: String, of: RecordRef) -> Exception {
        Exception::new(code, self.happened.journal, self.happened.seq, text).because_of(cause(of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
    use crate::domain::rain_check::{RainCheckKind, Worth};
    use crate::domain::time::Timestamp;

    const OF: RecordRef = RecordRef { epoch: Epoch([7; 8]), seq: Seq(12) };
    const HASH: Hash = Hash([0x5d; 32]);

    fn happened(register: u16, minute: u64) -> Happened {
        let epoch = Epoch([register.to_le_bytes()[0]; 8]);
        let journal = JournalId { store: StoreNo(1042), register: RegisterNo(register), epoch };
        let ms = 1_790_000_000_000 + i64::try_from(minute).expect("fits") * 60_000;
        Happened { at: Timestamp::new(ms, -360).expect("a time"), journal, seq: Seq(minute) }
    }

    fn used(register: u16, minute: u64) -> Use {
        Use {
            happened: happened(register, minute),
            branch: 0,
            of: OF,
            number: 7_003,
            sale: Some(SaleNo(minute)),
            hash_start: Some([0x5d; 16]),
            voided: false,
        }
    }

    fn issued(number: u32) -> Issued {
        let until = BusinessDate::parse("2026-12-22").expect("a day");
        let (kind, worth) = (RainCheckKind::Reward, Worth::Unsaid);
        let check = RainCheck { number, kind, code: None, what: String::new(), worth, until };
        Issued { happened: happened(7, 1), hash: HASH, check }
    }

    fn said(uses: &[Use]) -> Vec<(&'static str, u16, u64)> {
        let found = look(OF, Some(HASH), Some(&issued(7_003)), uses);
        let said = |one: &Exception| (one.code.word(), one.journal.register.0, one.seq.0);
        found.iter().map(said).collect()
    }

    #[test]
    fn the_last_redemption_is_the_one_exception_in_whatever_order_they_come() {
        assert_eq!(said(&[used(7, 5)]), []);
        let mut uses = vec![used(9, 9), used(7, 5), used(8, 7)];
        assert_eq!(said(&uses), [("redeemed_twice", 9, 9)]);
        uses.reverse();
        assert_eq!(said(&uses), [("redeemed_twice", 9, 9)]);
        // Two voided, one a fork's: one is left.
        uses[0].voided = true;
        uses[1].branch = 1;
        assert_eq!(said(&uses), []);
    }

    #[test]
    fn a_slip_of_a_record_that_promised_nothing_is_told() {
        let one = [used(8, 7)];
        let code = |held, issued: Option<&Issued>| {
            let found = look(OF, held, issued, &one);
            found.iter().map(|one| one.code).collect::<Vec<_>>()
        };
        assert_eq!(code(None, None), [], "its record has not come yet");
        assert_eq!(code(Some(HASH), Some(&issued(7_003))), []);
        assert_eq!(code(Some(HASH), None), [Code::RainCheckUnknown]);
        assert_eq!(code(Some(HASH), Some(&issued(7_004))), [Code::RainCheckUnknown]);
        assert_eq!(code(Some(Hash([0; 32])), Some(&issued(7_003))), [Code::RainCheckUnknown]);
    }
}
