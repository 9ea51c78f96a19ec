//! Paper slips of a store: which pads are out, which slips were keyed, which are missing.
//!
//! ```text
//!  pad 101–150 issued ─┬ keyed at any register ─▶ a sale      twice, apart: an exception
//!                      ├ spoiled, with why
//!                      └ below the highest that was used, and neither: missing
//! ```
//!
//! A slip whose sale was voided was keyed wrongly and may be keyed again. What was heard first
//! decides nothing: all is kept by number, and what holds is looked up.

use std::collections::{BTreeMap, BTreeSet};

use super::Origin;
use crate::domain::event::Event;
use crate::domain::ids::{RecordRef, RegisterNo};
use crate::domain::paper_slip::{PAD_LEN_MAX, PadStep, PaperPad};
use crate::domain::sale::LinkKind;
use crate::domain::time::Timestamp;

/// A pad that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedPad {
    /// The register it was noted at.
    pub register: RegisterNo,
    /// When.
    pub at: Timestamp,
    /// The pad.
    pub pad: PaperPad,
}

/// Where a slip was keyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyed {
    /// The register.
    pub register: RegisterNo,
    /// The sale's record.
    pub at_record: RecordRef,
    /// When it was keyed.
    pub at: Timestamp,
}

/// How a pad stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PadStanding {
    /// Slips that were keyed.
    pub keyed: u32,
    /// Slips that were spoiled.
    pub spoiled: u32,
    /// The highest number that was used; none while nothing was.
    pub highest: Option<u32>,
    /// Numbers below it of which nothing is known.
    pub missing: Vec<u32>,
}

/// All paper slips of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaperSlips {
    pads: BTreeMap<RecordRef, IssuedPad>,
    keyed: BTreeMap<u32, BTreeMap<RecordRef, Keyed>>,
    spoiled: BTreeMap<u32, BTreeMap<RecordRef, String>>,
    voided: BTreeSet<RecordRef>,
}

impl PaperSlips {
    pub(super) fn take(&mut self, origin: &Origin, event: &Event) {
        let Origin { register, at_record, at, .. } = *origin;
        match event {
            Event::PaperPad(PadStep::Issued { pad, .. }) => {
                self.pads.insert(at_record, IssuedPad { register, at, pad: pad.clone() });
            }
            Event::PaperPad(PadStep::Spoiled { number, reason, .. }) => {
                self.spoiled.entry(*number).or_default().insert(at_record, reason.clone());
            }
            Event::Void(sale) => {
                let void = sale.terms.link.as_ref().filter(|link| link.kind == LinkKind::Void);
                let sale = void.map(|link| RecordRef { epoch: link.epoch, seq: link.seq });
                self.voided.extend(sale);
            }
            Event::Sale(sale) => {
                if let Some(slip) = &sale.terms.paper_slip {
                    let of = self.keyed.entry(slip.number).or_default();
                    of.insert(at_record, Keyed { register, at_record, at });
                }
            }
            _ => {}
        }
    }

    /// Where a slip was keyed, the first time first; a voided sale counts for nothing.
    pub fn keyed(&self, number: u32) -> Vec<Keyed> {
        let of = self.keyed.get(&number).into_iter().flat_map(BTreeMap::values).copied();
        let mut standing: Vec<_> = of.filter(|one| !self.voided.contains(&one.at_record)).collect();
        standing.sort_by_key(|one| (one.at.utc_ms, one.at_record));
        standing
    }

    /// Why a slip was spoiled.
    pub fn spoiled(&self, number: u32) -> Option<&str> {
        self.spoiled.get(&number)?.values().next().map(String::as_str)
    }

    /// The pads, by their numbers.
    pub fn pads(&self) -> Vec<&IssuedPad> {
        let mut pads: Vec<_> = self.pads.iter().collect();
        pads.sort_by_key(|(at, issued)| (issued.pad.first, issued.pad.last, **at));
        pads.into_iter().map(|(_, issued)| issued).collect()
    }

    /// The pad that has a number.
    pub fn pad_of(&self, number: u32) -> Option<&IssuedPad> {
        self.pads().into_iter().find(|issued| issued.pad.holds(number))
    }

    /// A number after all pads.
    pub fn next_pad(&self) -> u32 {
        let last = self.pads.values().map(|issued| issued.pad.last).max();
        last.unwrap_or(0).saturating_add(1)
    }

    /// How a pad stands.
    pub fn standing(&self, pad: &PaperPad) -> PadStanding {
        let mut standing = PadStanding::default();
        let mut open = Vec::new();
        let last = pad.last.min(pad.first.saturating_add(PAD_LEN_MAX));
        for number in pad.first..=last {
            if !self.keyed(number).is_empty() {
                standing.keyed = standing.keyed.saturating_add(1);
            } else if self.spoiled(number).is_some() {
                standing.spoiled = standing.spoiled.saturating_add(1);
            } else {
                open.push(number);
                continue;
            }
            standing.highest = Some(number);
            standing.missing.append(&mut open);
        }
        standing
    }

    /// Slips of all pads that can still be written on: those after the last used one of their pad.
    /// What is missing below it can't, and a number on two pads is one slip.
    pub fn left(&self) -> u32 {
        let mut left: BTreeSet<u32> = BTreeSet::new();
        for issued in self.pads.values() {
            let pad = &issued.pad;
            let used = self.standing(pad).highest;
            let first = used.map_or(pad.first, |number| number.saturating_add(1));
            left.extend(first..=pad.last.min(pad.first.saturating_add(PAD_LEN_MAX)));
        }
        u32::try_from(left.len()).unwrap_or(u32::MAX)
    }

    /// The slip that comes next in a pad: the lowest of which nothing is known.
    pub fn next_of(&self, pad: &PaperPad) -> Option<u32> {
        (pad.first..=pad.last)
            .find(|number| self.keyed(*number).is_empty() && self.spoiled(*number).is_none())
    }
}
