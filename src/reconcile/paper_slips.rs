//! Paper slips of a store over all its registers: numbers that are missing, numbers used twice.
//!
//! ```text
//!  StoreSlips (all pads and slips of one store) ─▶ look ─▶ exceptions, the same in every order
//! ```
//!
//! A number is missing while a later one of its pad was used and nothing is known of it: the
//! classic way to sell beside the books. Numbers after the last one used are still on the pad.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::ids::SaleNo;
use crate::domain::money::Money;
use crate::domain::paper_slip::{PAD_LEN_MAX, PaperPad};

use super::exception::{Code, Exception};
use super::goods::Happened;

/// The codes of what is found here: they are replaced for a store as a whole.
pub const CODES: [Code; 2] = [Code::SlipMissing, Code::SlipTwice];
/// The most numbers that one exception names.
const NAMED_MAX: usize = 20;

/// A slip that was keyed or spoiled, and whose sale stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlipUse {
    /// Where and when it was keyed.
    pub happened: Happened,
    /// Its number.
    pub number: u32,
    /// The sale; none for a spoiled one.
    pub sale: Option<SaleNo>,
    /// What was taken.
    pub taken: Money,
}

/// All that is held of one store's slips, over the branches that came first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreSlips {
    /// The pads.
    pub pads: Vec<(Happened, PaperPad)>,
    /// The slips.
    pub uses: Vec<SlipUse>,
}

/// What does not agree.
pub fn look(slips: &StoreSlips) -> Vec<Exception> {
    let mut by_number: BTreeMap<u32, Vec<&SlipUse>> = BTreeMap::new();
    for one in &slips.uses {
        by_number.entry(one.number).or_default().push(one);
    }
    let mut found = Vec::new();
    for (number, uses) in &mut by_number {
        uses.sort_by_key(|one| one.happened.order());
        let named: Vec<String> = uses.iter().map(|one| one.named()).collect();
        if let [_, .., last] = uses.as_slice() {
            let text = format!("slip {number} was used {} times: {}", uses.len(), named.join(", "));
            let (journal, seq) = (last.happened.journal, last.happened.seq);
            let exception = Exception::new(Code::SlipTwice, journal, seq, text);
            found.push(exception.about(last.taken).because_of(number.to_string()));
        }
    }
    let mut pads: Vec<_> = slips.pads.iter().collect();
    pads.sort_by_key(|(happened, pad)| (pad.first, pad.last, happened.order()));
    let mut looked: BTreeSet<(u32, u32)> = BTreeSet::new();
    for (happened, pad) in pads {
        // The same pad noted at two registers is one pad.
        if !looked.insert((pad.first, pad.last)) {
            continue;
        }
        let missing = missing(pad, &by_number);
        if missing.is_empty() {
            continue;
        }
        let named: Vec<String> = missing.iter().take(NAMED_MAX).map(ToString::to_string).collect();
        let more = if missing.len() > NAMED_MAX { ", …" } else { "" };
        let text = format!(
            "{} of the slips {} to {} of {} are missing: {}{more}",
            missing.len(),
            pad.first,
            pad.last,
            pad.person,
            named.join(", ")
        );
        let exception = Exception::new(Code::SlipMissing, happened.journal, happened.seq, text);
        found.push(exception.because_of(format!("{}-{}", pad.first, pad.last)));
    }
    found
}

fn missing(pad: &PaperPad, used: &BTreeMap<u32, Vec<&SlipUse>>) -> Vec<u32> {
    let last = pad.last.min(pad.first.saturating_add(PAD_LEN_MAX));
    let Some((highest, _)) = used.range(pad.first..=last).next_back() else { return Vec::new() };
    (pad.first..*highest).filter(|number| !used.contains_key(number)).collect()
}

impl SlipUse {
    fn named(&self) -> String {
        let register = self.happened.journal.register;
        match self.sale {
            Some(sale) => format!("register {register}, sale {sale}"),
            None => format!("register {register}, spoiled"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{Epoch, JournalId, PersonId, RegisterNo, Seq, StoreNo};
    use crate::domain::time::Timestamp;

    fn happened(register: u16, minute: u64) -> Happened {
        let epoch = Epoch([register.to_le_bytes()[0]; 8]);
        let journal = JournalId { store: StoreNo(1042), register: RegisterNo(register), epoch };
        let ms = 1_790_000_000_000 + i64::try_from(minute).expect("fits") * 60_000;
        Happened { at: Timestamp::new(ms, -360).expect("a time"), journal, seq: Seq(minute) }
    }

    fn used(register: u16, minute: u64, number: u32) -> SlipUse {
        let sale = Some(SaleNo(minute));
        SlipUse { happened: happened(register, minute), number, sale, taken: Money::ZERO }
    }

    fn pad(first: u32, count: u32) -> PaperPad {
        let person = PersonId::parse("31").expect("a person");
        PaperPad::new(first, count, person).expect("a pad")
    }

    fn said(slips: &StoreSlips) -> Vec<(&'static str, u16, String)> {
        let found = look(slips);
        let said = |one: &Exception| (one.code.word(), one.journal.register.0, one.cause.clone());
        found.iter().map(said).collect()
    }

    #[test]
    fn a_gap_below_the_last_slip_is_missing_and_the_rest_is_still_on_the_pad() {
        let mut slips = StoreSlips {
            pads: vec![(happened(7, 1), pad(101, 50)), (happened(8, 2), pad(201, 50))],
            uses: vec![used(7, 5, 101), used(8, 6, 104)],
        };
        assert_eq!(said(&slips), [("slip_missing", 7, "101-150".to_owned())]);
        assert!(look(&slips)[0].text.contains("2 of the slips"), "{:?}", look(&slips));
        slips.uses.push(SlipUse { sale: None, ..used(9, 7, 102) });
        slips.uses.push(used(9, 7, 103));
        assert_eq!(said(&slips), [], "spoiled or keyed at whatever register");
        // A slip of no known pad leaves no gap, and a pad noted twice is one.
        slips.uses.push(used(9, 8, 999));
        slips.uses.push(used(9, 9, 203));
        slips.pads.push((happened(9, 9), pad(201, 50)));
        assert_eq!(said(&slips), [("slip_missing", 8, "201-250".to_owned())]);
    }

    #[test]
    fn a_number_used_twice_is_one_exception_at_the_later_one_in_every_order() {
        let mut slips = StoreSlips {
            pads: vec![(happened(7, 1), pad(101, 50))],
            uses: vec![used(9, 9, 101), used(7, 5, 101), used(8, 7, 101)],
        };
        let twice = [("slip_twice", 9, "101".to_owned())];
        assert_eq!(said(&slips), twice);
        slips.uses.reverse();
        assert_eq!(said(&slips), twice);
    }
}
