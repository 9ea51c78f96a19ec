//! Pickup orders: goods that a customer ordered and paid online, and fetches in the store.
//!
//! ```text
//!  the pack's order ─▶ Handover ─ code, ID, short, substitute ─▶ handed | partly
//!  not staged yet ───────────────────────────────────────────▶ promised          nothing goes out
//!  "my money back" ──────────────────────────────────────────▶ refund_requested  no cash goes out
//!  not on file, e-mail and ID ─ a witness ───────────────────▶ unverified
//!  claimed before ─ nobody signs ─▶ declined      a manager signs ─▶ handed, with `again`
//! ```
//!
//! A pickup moves goods and never money: what was paid online is paid, and what is to be paid back
//! is paid back where it was paid. Nothing here is personal: a record names the order, never the
//! customer; the name on an ID stands in it as a commitment to what was sealed for central.

pub mod fault;
pub mod handover;

use super::approval::Approval;
use super::check::Commitment;
use super::goods::carton::OrderNo;
use super::goods::{LINES_MAX, is_amount, is_count};
use super::gtin::ItemCode;
use super::ids::RecordRef;
use super::item::ITEM_NAME_LEN_MAX;
use super::money::Money;
use super::quantity::Quantity;
use super::time::BusinessDate;
use super::words::term;

/// The longest place where goods stand, in bytes.
pub const PLACE_LEN_MAX: usize = 24;
/// The most that may be asked back for one order: 1,000,000.00.
pub const ASKED_MAX: Money = Money::from_minor(100_000_000);

/// An order that is to be fetched, as a pack tells it: all of it but whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickupOrder {
    /// Its number.
    pub number: OrderNo,
    /// Its goods stand ready.
    pub staged: bool,
    /// The last day it can be fetched; none where nobody said.
    pub until: Option<BusinessDate>,
    /// What was ordered.
    pub lines: Vec<OrderLine>,
}

/// One item of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// Its code.
    pub code: ItemCode,
    /// How much.
    pub quantity: Quantity,
    /// What was paid for all of it.
    pub paid: Money,
    /// Where it stands; empty where nobody said.
    pub place: String,
}

/// What came of somebody who wanted an order (`pickup`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pickup {
    /// The order.
    pub order: OrderNo,
    /// What came of it.
    pub outcome: Outcome,
    /// The pickup code was keyed and right.
    pub code: bool,
    /// An ID with the customer's name was looked at.
    pub id: bool,
    /// The goods.
    pub lines: Vec<PickupLine>,
    /// Why money is asked back, and how much where the pack says it; with that outcome only.
    pub refund: Option<Asked>,
    /// The name on the ID, sealed for central; where nothing was sealed the paper has it.
    pub name: Option<Commitment>,
    /// The claim before this one, as far as known here.
    pub again: Option<RecordRef>,
    /// Who else stood behind it.
    pub approval: Option<Approval>,
}

/// One item of a pickup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickupLine {
    /// Its code.
    pub code: ItemCode,
    /// Its name; empty where the price file does not have it.
    pub name: String,
    /// How much was ordered; none for what was not.
    pub ordered: Option<Quantity>,
    /// How much was handed over.
    pub handed: Quantity,
    /// The ordered item that it stands for.
    pub instead_of: Option<ItemCode>,
    /// Where it stood; empty where nobody said.
    pub place: String,
}

/// Money that is asked back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Why.
    pub why: RefundWhy,
    /// What was paid online; none where the pack does not know the order.
    pub amount: Option<Money>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// All of it was handed over.
    Handed,
    /// Some of it was, or something else instead.
    Partly,
    /// Goods were handed over for an order that is not on file.
    Unverified,
    /// Nothing stands ready: it was promised.
    Promised,
    /// Money is asked back.
    RefundRequested,
    /// It was claimed before, and nothing more was handed over.
    Declined,
}

/// Why money is asked back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefundWhy {
    /// It is not ready.
    NotReady,
    /// Something is missing.
    Missing,
    /// Something is damaged, or another item.
    Wrong,
    /// The customer does not want it any more.
    Unwanted,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Handed,
        Self::Partly,
        Self::Unverified,
        Self::Promised,
        Self::RefundRequested,
        Self::Declined,
    ];

    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Handed => "handed",
            Self::Partly => "partly",
            Self::Unverified => "unverified",
            Self::Promised => "promised",
            Self::RefundRequested => "refund_requested",
            Self::Declined => "declined",
        }
    }

    /// The outcome of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    /// As a person says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Handed => term("handed over"),
            Self::Partly => term("handed over in part"),
            Self::Unverified => term("handed over, not on file"),
            Self::Promised => term("promised"),
            Self::RefundRequested => term("refund requested"),
            Self::Declined => term("claimed again, nothing handed over"),
        }
    }

    /// Goods went out.
    pub const fn hands_over(self) -> bool {
        matches!(self, Self::Handed | Self::Partly | Self::Unverified)
    }
}

impl RefundWhy {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::NotReady, Self::Missing, Self::Wrong, Self::Unwanted];

    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotReady => "not_ready",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
            Self::Unwanted => "unwanted",
        }
    }

    /// The reason of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.word() == word)
    }

    /// As a person says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NotReady => term("It is not ready"),
            Self::Missing => term("Something is missing"),
            Self::Wrong => term("Damaged, or another item"),
            Self::Unwanted => term("The customer does not want it any more"),
        }
    }
}

impl PickupOrder {
    /// What was paid for all of it; none where that is absurd.
    pub fn paid(&self) -> Option<Money> {
        let sum = Money::sum(self.lines.iter().map(|line| line.paid)).ok()?;
        (sum >= Money::ZERO && sum <= ASKED_MAX).then_some(sum)
    }
}

impl PickupLine {
    fn is_sound(&self) -> bool {
        self.name.len() <= ITEM_NAME_LEN_MAX
            && self.place.len() <= PLACE_LEN_MAX
            && is_count(self.handed)
            && self.ordered.is_none_or(|ordered| is_amount(ordered) && self.handed <= ordered)
            && (self.ordered.is_none() || self.instead_of.is_none())
    }

    /// As it was ordered.
    fn is_whole(&self) -> bool {
        self.ordered == Some(self.handed)
    }
}

impl Pickup {
    /// True for what a record may hold.
    pub fn is_sound(&self) -> bool {
        let lines = &self.lines;
        let handed = |line: &PickupLine| line.handed > Quantity::default();
        let stands_for = |line: &PickupLine| {
            line.ordered.is_some()
                || line.instead_of.as_ref().is_some_and(|code| {
                    handed(line)
                        && lines.iter().any(|one| one.ordered.is_some() && one.code == *code)
                })
        };
        let nothing = !lines.iter().any(handed);
        let goods = match self.outcome {
            Outcome::Handed => !lines.is_empty() && lines.iter().all(PickupLine::is_whole),
            Outcome::Partly => {
                !nothing && lines.iter().all(stands_for) && !lines.iter().all(PickupLine::is_whole)
            }
            Outcome::Unverified => {
                let plain = |line: &PickupLine| line.ordered.is_none() && line.instead_of.is_none();
                !lines.is_empty() && lines.iter().all(|line| plain(line) && handed(line))
            }
            Outcome::Promised | Outcome::RefundRequested => {
                nothing && lines.iter().all(|line| line.ordered.is_some())
            }
            Outcome::Declined => lines.is_empty() && self.again.is_some(),
        };
        let proved = match self.outcome {
            Outcome::Handed | Outcome::Partly => self.code || self.id,
            Outcome::Unverified => !self.code && self.id && self.approval.is_some(),
            Outcome::Promised | Outcome::RefundRequested | Outcome::Declined => true,
        };
        let asked = |asked: Asked| {
            asked.amount.is_none_or(|amount| amount >= Money::ZERO && amount <= ASKED_MAX)
        };
        lines.len() <= LINES_MAX
            && lines.iter().all(PickupLine::is_sound)
            && goods
            && proved
            && self.refund.is_some() == (self.outcome == Outcome::RefundRequested)
            && self.refund.is_none_or(asked)
            && (self.name.is_none() || self.outcome == Outcome::Unverified)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::approval::Act;
    use crate::domain::ids::{Epoch, PersonId, Seq};
    use crate::domain::person::Role;

    fn pieces(count: i64) -> Quantity {
        Quantity::pieces(count).expect("fits")
    }

    fn line(ordered: Option<i64>, handed: i64) -> PickupLine {
        PickupLine {
            code: ItemCode::parse("4011").expect("a code"),
            name: "Bananas".to_owned(),
            ordered: ordered.map(pieces),
            handed: pieces(handed),
            instead_of: None,
            place: "Shelf A3".to_owned(),
        }
    }

    fn pickup(outcome: Outcome, lines: Vec<PickupLine>) -> Pickup {
        let order = OrderNo::parse("W-1001").expect("a number");
        let (refund, name, again, approval) = (None, None, None, None);
        Pickup { order, outcome, code: true, id: true, lines, refund, name, again, approval }
    }

    fn signed(act: Act) -> Option<Approval> {
        Some(Approval { act, by: PersonId::parse("41").expect("a person"), role: Role::Lead })
    }

    #[test]
    fn the_outcome_says_what_the_goods_must_be() {
        let instead = PickupLine {
            code: ItemCode::parse("4012").expect("a code"),
            instead_of: ItemCode::parse("4011").ok(),
            ..line(None, 1)
        };
        assert!(pickup(Outcome::Handed, vec![line(Some(2), 2)]).is_sound());
        assert!(pickup(Outcome::Partly, vec![line(Some(2), 1)]).is_sound());
        assert!(pickup(Outcome::Partly, vec![line(Some(2), 0), instead.clone()]).is_sound());
        assert!(pickup(Outcome::Promised, vec![line(Some(2), 0)]).is_sound());
        assert!(pickup(Outcome::Promised, Vec::new()).is_sound(), "an order nobody knows");
        for (wrong, why) in [
            (pickup(Outcome::Handed, vec![line(Some(2), 1)]), "it is short"),
            (pickup(Outcome::Handed, Vec::new()), "of what?"),
            (pickup(Outcome::Partly, vec![line(Some(2), 2)]), "it is whole"),
            (pickup(Outcome::Partly, vec![line(Some(2), 0)]), "nothing was handed over"),
            (pickup(Outcome::Partly, vec![line(Some(2), 3)]), "more than was ordered"),
            (pickup(Outcome::Partly, vec![line(Some(2), 1), line(None, 1)]), "instead of what?"),
            (pickup(Outcome::Partly, vec![instead]), "instead of what was never ordered"),
            (pickup(Outcome::Promised, vec![line(Some(2), 1)]), "a promise hands nothing over"),
            (pickup(Outcome::Declined, Vec::new()), "claimed before where?"),
            (pickup(Outcome::RefundRequested, vec![line(Some(2), 0)]), "why?"),
            (pickup(Outcome::Handed, vec![line(Some(-2), -2)]), "below zero"),
        ] {
            assert!(!wrong.is_sound(), "{why}");
        }
    }

    #[test]
    fn goods_leave_only_against_a_code_or_an_id_and_what_is_not_on_file_with_a_witness() {
        let handed = pickup(Outcome::Handed, vec![line(Some(2), 2)]);
        assert!(Pickup { code: false, ..handed.clone() }.is_sound());
        assert!(!Pickup { code: false, id: false, ..handed.clone() }.is_sound());
        let shown = Pickup {
            code: false,
            approval: signed(Act::HandOverUnverified),
            ..pickup(Outcome::Unverified, vec![line(None, 2)])
        };
        assert!(shown.is_sound());
        assert!(!Pickup { approval: None, ..shown.clone() }.is_sound());
        assert!(!Pickup { id: false, ..shown.clone() }.is_sound());
        assert!(!Pickup { code: true, ..shown }.is_sound(), "there is no code to check");
        let name = Some(Commitment([1; 32]));
        assert!(!Pickup { name, ..handed }.is_sound(), "a known order needs no name");
        let again = Some(RecordRef { epoch: Epoch([1; 8]), seq: Seq(7) });
        assert!(Pickup { again, ..pickup(Outcome::Declined, Vec::new()) }.is_sound());
        let asked = Some(Asked { why: RefundWhy::NotReady, amount: Some(Money::from_minor(499)) });
        let refund = pickup(Outcome::RefundRequested, vec![line(Some(2), 0)]);
        assert!(Pickup { refund: asked, ..refund }.is_sound());
    }

    #[test]
    fn every_word_is_read_back() {
        assert!(Outcome::ALL.iter().all(|one| Outcome::from_word(one.word()) == Some(*one)));
        assert!(RefundWhy::ALL.iter().all(|one| RefundWhy::from_word(one.word()) == Some(*one)));
    }
}
