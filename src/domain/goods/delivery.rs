//! What a truck brought, beside what it should have brought; and whether it was received before.
//!
//! ```text
//!  listed (notice or slip) ┐
//!  came, damaged           ┴▶ Outcome: matched, over, short, damaged, not ordered, unknown item
//! ```
//!
//! A long delivery is several records with one receiving number. What came less what is damaged
//! goes on the shelf.

use super::carton::{Carton, OrderNo};
use super::change::SlipNo;
use super::{LINES_MAX, is_count};
use crate::domain::approval::Approval;
use crate::domain::gtin::ItemCode;
use crate::domain::quantity::Quantity;
use crate::domain::time::BusinessDate;
use crate::domain::words::term;

/// The most cartons of one receiving.
pub const CARTONS_MAX: usize = 200;
/// The most records of one receiving.
pub const PARTS_MAX: usize = 20;
/// The longest name of who sent it, in bytes.
pub const SUPPLIER_LEN_MAX: usize = 80;

/// A delivery as it was received, or a part of it (`delivery`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The number of this receiving: one for all its records.
    pub receiving: SlipNo,
    /// Which of its records this is, from 1.
    pub part: u8,
    /// How many there are.
    pub parts: u8,
    /// What it was compared with.
    pub against: Against,
    /// Who sent it; empty where nobody said.
    pub supplier: String,
    /// The purchase order.
    pub order: Option<OrderNo>,
    /// Its cartons.
    pub cartons: Vec<Carton>,
    /// What came.
    pub lines: Vec<DeliveredLine>,
    /// The receiving that it repeats as far as known here; somebody signed for it.
    pub again: Option<SlipNo>,
    /// In words.
    pub note: String,
    /// Who else stood behind it.
    pub approval: Option<Approval>,
}

/// What a delivery was compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Against {
    /// The notice in the pack, by its number.
    Notice(SlipNo),
    /// The packing slip that came with it.
    Slip,
}

/// One item of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveredLine {
    /// Its code.
    pub code: ItemCode,
    /// Its name; empty where the price file does not have it.
    pub name: String,
    /// What notice or slip say should come.
    pub listed: Listed,
    /// What came, with what is damaged.
    pub came: Quantity,
    /// What of it is damaged.
    pub damaged: Quantity,
}

/// What notice or slip say of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// So many.
    Of(Quantity),
    /// It is not on it.
    No,
}

/// What comparing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// As listed.
    Matched,
    /// More came.
    Over,
    /// Less came.
    Short,
    /// As much came, some of it damaged.
    Damaged,
    /// It is not listed.
    NotOrdered,
    /// The price file does not have it.
    Unknown,
}

/// A delivery that is expected, as a pack tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedDelivery {
    /// Its number.
    pub number: SlipNo,
    /// Who sends it.
    pub supplier: String,
    /// The purchase order.
    pub order: Option<OrderNo>,
    /// When it should come.
    pub day: BusinessDate,
    /// What should come.
    pub lines: Vec<ExpectedLine>,
}

/// One item of an expected delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedLine {
    /// Its code.
    pub code: ItemCode,
    /// In which carton.
    pub carton: Option<Carton>,
    /// How much.
    pub quantity: Quantity,
}

impl DeliveredLine {
    /// What goes on the shelf.
    pub fn good(&self) -> Quantity {
        self.damaged.negated().and_then(|bad| self.came.plus(bad)).unwrap_or_default()
    }

    /// What comparing comes to; what is graver is said.
    pub fn outcome(&self) -> Outcome {
        if self.name.is_empty() {
            return Outcome::Unknown;
        }
        match self.listed {
            Listed::No => Outcome::NotOrdered,
            Listed::Of(listed) if self.came < listed => Outcome::Short,
            Listed::Of(listed) if self.came > listed => Outcome::Over,
            Listed::Of(_) if self.damaged > Quantity::default() => Outcome::Damaged,
            Listed::Of(_) => Outcome::Matched,
        }
    }

    fn is_sound(&self) -> bool {
        let listed = match self.listed {
            Listed::Of(listed) => is_count(listed) && (listed, self.came) != Default::default(),
            Listed::No => self.came > Quantity::default(),
        };
        listed && is_count(self.came) && is_count(self.damaged) && self.damaged <= self.came
    }
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Matched, Self::Over, Self::Short, Self::Damaged, Self::NotOrdered, Self::Unknown];

    /// The word in exports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Over => "over",
            Self::Short => "short",
            Self::Damaged => "damaged",
            Self::NotOrdered => "not_ordered",
            Self::Unknown => "unknown",
        }
    }

    /// As a person says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Matched => term("as listed"),
            Self::Over => term("over"),
            Self::Short => term("short"),
            Self::Damaged => term("damaged"),
            Self::NotOrdered => term("not ordered"),
            Self::Unknown => term("unknown item"),
        }
    }
}

impl Delivery {
    /// True for what a record may hold.
    pub fn is_sound(&self) -> bool {
        let parts = 1..=u8::try_from(PARTS_MAX).unwrap_or(u8::MAX);
        parts.contains(&self.parts)
            && (1..=self.parts).contains(&self.part)
            && (1..=LINES_MAX).contains(&self.lines.len())
            && self.lines.iter().all(DeliveredLine::is_sound)
            && self.cartons.len() <= CARTONS_MAX
            && self.supplier.len() <= SUPPLIER_LEN_MAX
            && self.again.as_ref() != Some(&self.receiving)
    }

    /// What the goods are known by, to find them again.
    pub fn mark(&self) -> DeliveryMark {
        DeliveryMark {
            receiving: self.receiving.clone(),
            notice: match &self.against {
                Against::Notice(number) => Some(number.clone()),
                Against::Slip => None,
            },
            order: self.order.clone(),
            cartons: self.cartons.clone(),
        }
    }
}

/// What the goods of a receiving are known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryMark {
    /// The receiving.
    pub receiving: SlipNo,
    /// The notice it was compared with.
    pub notice: Option<SlipNo>,
    /// The purchase order.
    pub order: Option<OrderNo>,
    /// Its cartons.
    pub cartons: Vec<Carton>,
}

impl DeliveryMark {
    /// The same goods, received twice: a carton that only one in the world can be, or one order or
    /// notice with a carton in common, or without cartons to tell its parts apart. Gives what they
    /// share.
    pub fn shares(&self, other: &Self) -> Option<String> {
        if self.receiving == other.receiving {
            return None;
        }
        let common = || self.cartons.iter().filter(|carton| other.cartons.contains(carton));
        if let Some(carton) = common().find(|carton| carton.is_worldwide()) {
            return Some(carton.to_string());
        }
        let same =
            |one: Option<&str>, two: Option<&str>| one.filter(|_| one == two).map(str::to_owned);
        let order = same(
            self.order.as_ref().map(OrderNo::as_str),
            other.order.as_ref().map(OrderNo::as_str),
        );
        let notice = same(
            self.notice.as_ref().map(SlipNo::as_str),
            other.notice.as_ref().map(SlipNo::as_str),
        );
        let shared = order.or(notice)?;
        if self.cartons.is_empty() || other.cartons.is_empty() {
            return Some(shared);
        }
        common().next().map(|carton| format!("{shared} / {carton}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, listed: Listed, came: &str, damaged: &str) -> DeliveredLine {
        DeliveredLine {
            code: ItemCode::parse("4011").expect("a code"),
            name: name.to_owned(),
            listed,
            came: Quantity::parse(came).expect("a quantity"),
            damaged: Quantity::parse(damaged).expect("a quantity"),
        }
    }

    #[test]
    fn each_way_to_differ_has_its_name() {
        let six = Listed::Of(Quantity::pieces(6).expect("fits"));
        for (line, outcome, good) in [
            (line("Soup", six, "6", "0"), Outcome::Matched, "6"),
            (line("Soup", six, "7", "0"), Outcome::Over, "7"),
            (line("Soup", six, "4", "1"), Outcome::Short, "3"),
            (line("Soup", six, "0", "0"), Outcome::Short, "0"),
            (line("Soup", six, "6", "2"), Outcome::Damaged, "4"),
            (line("Soup", Listed::No, "2", "0"), Outcome::NotOrdered, "2"),
            (line("", six, "6", "0"), Outcome::Unknown, "6"),
        ] {
            assert_eq!((line.outcome(), line.good().to_string()), (outcome, good.to_owned()));
            assert!(line.is_sound());
        }
        for wrong in [
            line("Soup", six, "6", "7"),
            line("Soup", six, "-1", "0"),
            line("Soup", Listed::No, "0", "0"),
            line("Soup", six, "100001", "0"),
        ] {
            assert!(!wrong.is_sound(), "{wrong:?}");
        }
    }

    #[test]
    fn the_same_goods_are_known_by_carton_order_and_notice() {
        let mark = |receiving: &str, order: Option<&str>, cartons: &[&str]| DeliveryMark {
            receiving: SlipNo::parse(receiving).expect("a number"),
            notice: None,
            order: order.map(|text| OrderNo::parse(text).expect("an order")),
            cartons: cartons.iter().map(|text| Carton::parse(text).expect("a carton")).collect(),
        };
        let sscc = "106141412345678908";
        let first = mark("R1", Some("PO-7"), &[sscc, "C-1"]);
        let shares = |other: DeliveryMark| first.shares(&other);
        assert_eq!(shares(mark("R1", Some("PO-7"), &[sscc])), None, "the same receiving");
        assert_eq!(shares(mark("R2", None, &[sscc])), Some(sscc.to_owned()));
        assert_eq!(shares(mark("R2", Some("PO-7"), &["C-1"])), Some("PO-7 / C-1".to_owned()));
        assert_eq!(shares(mark("R2", Some("PO-7"), &["C-2"])), None, "the rest of the order");
        assert_eq!(shares(mark("R2", Some("PO-7"), &[])), Some("PO-7".to_owned()));
        assert_eq!(shares(mark("R2", Some("PO-8"), &["C-1"])), None, "another sender's carton 1");
        assert_eq!(shares(mark("R2", None, &[])), None);
    }
}
