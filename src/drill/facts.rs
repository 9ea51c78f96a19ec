//! What a record says: whether it is one that a claim looks for.

use crate::domain::approval::{Act, Approval};
use crate::domain::card_pending::Ending;
use crate::domain::check::IdOutcome;
use crate::domain::drawer::CashMovementKind;
use crate::domain::event::Event;
use crate::domain::goods::delivery::{Delivery, Outcome};
use crate::domain::goods::reason::StockReason;
use crate::domain::gtin::ItemCodeShape;
use crate::domain::money::Money;
use crate::domain::person::Role;
use crate::domain::pickup::{Outcome as Claimed, Pickup, PickupLine};
use crate::domain::sale::{
    AgeProof, CompletedSale, LinkKind, Offered, PriceSource, Reason, SaleLine,
};
use crate::domain::tender::Tender;

use super::claim::Fact;

/// What is known besides the record.
pub struct Around<'a> {
    /// The most that one person gives back against a receipt.
    pub refund_max: Money,
    /// Whether the drill's pack has an item.
    pub is_listed: &'a dyn Fn(&crate::domain::gtin::ItemCode) -> bool,
    /// The pack that was in use before this record is a later one.
    pub goes_back: bool,
}

impl Fact {
    /// All of them.
    pub const ALL: [Self; 46] = [
        Self::Scan,
        Self::Plu,
        Self::Weight,
        Self::OpenDepartment,
        Self::Change,
        Self::CheckWithId,
        Self::CheckSigned,
        Self::LineVoid,
        Self::SaleVoid,
        Self::Suspend,
        Self::Resume,
        Self::Refund,
        Self::NoSale,
        Self::PaidIn,
        Self::PaidOut,
        Self::Drop,
        Self::Pickup,
        Self::Age,
        Self::Unlisted,
        Self::Offered,
        Self::BlindCount,
        Self::ShiftClosed,
        Self::ShelfPrice,
        Self::PinnedPack,
        Self::Truck,
        Self::Matched,
        Self::Over,
        Self::Short,
        Self::Damaged,
        Self::NotOrdered,
        Self::UnknownGoods,
        Self::DamageChange,
        Self::TransferOut,
        Self::CountByTwo,
        Self::ReceivedAgain,
        Self::OrderByMail,
        Self::OrderAgain,
        Self::OrderPromised,
        Self::OrderRefund,
        Self::CardAside,
        Self::CardResumed,
        Self::CardCollected,
        Self::CardPaid,
        Self::CardReversed,
        Self::CardGivenUp,
        Self::ResumedElsewhere,
    ];

    /// What such a record says.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Scan => "an item sold by its package's code",
            Self::Plu => "loose produce sold by its number",
            Self::Weight => "an item sold by weight",
            Self::OpenDepartment => "an amount rung up in a department",
            Self::Change => "cash, and change back",
            Self::CheckWithId => "a check, and an ID that was seen",
            Self::CheckSigned => "a check above the limit, signed by a second person",
            Self::LineVoid => "a line taken back before payment",
            Self::SaleVoid => "a paid sale taken back as a whole",
            Self::Suspend => "a basket put aside",
            Self::Resume => "a basket taken up again",
            Self::Refund => "money back against a receipt, within the cap",
            Self::NoSale => "the drawer opened without a sale, with its reason",
            Self::PaidIn => "cash paid in, with its reason",
            Self::PaidOut => "cash paid out, with its reason",
            Self::Drop => "cash dropped into the safe, with its reason",
            Self::Pickup => "cash for the cash office, with its reason and a second signature",
            Self::Age => "the age found by an ID",
            Self::Unlisted => "an item that is not on file, at a keyed price in a department",
            Self::Offered => "a coupon or gift card offered, counted and given back",
            Self::BlindCount => "a drawer counted before what should be in it is shown",
            Self::ShiftClosed => "a shift closed with its sums (Z)",
            Self::ShelfPrice => "a price changed because the shelf shows another one",
            Self::PinnedPack => "the pack of the day before taken into use again",
            Self::Truck => "a delivery of 38 lines and more, from its packing slip",
            Self::Matched => "a line that came as listed",
            Self::Over => "a line of which more came",
            Self::Short => "a line of which less came",
            Self::Damaged => "a line that came damaged",
            Self::NotOrdered => "a line that nobody ordered",
            Self::UnknownGoods => "a line of an item that is not on file",
            Self::DamageChange => "goods taken off as damaged, signed",
            Self::TransferOut => "goods sent to another store, signed",
            Self::CountByTwo => "a count by two people, three items of it far off",
            Self::ReceivedAgain => "the same goods received again, signed",
            Self::OrderByMail => {
                "goods of an order that is not on file: number, sealed name, lines, place, witness"
            }
            Self::OrderAgain => "an order handed over again, signed by a manager",
            Self::OrderPromised => "an order promised, nothing handed over",
            Self::OrderRefund => "money of an order asked back, no cash paid out",
            Self::CardAside => "a basket put aside with the reason card_pending",
            Self::CardResumed => "such a basket taken up, signed by a manager",
            Self::CardCollected => "money taken for it, with the manager's signature",
            Self::CardPaid => "closed: paid by card, signed",
            Self::CardReversed => "closed: paid by a sale and the card reversed, signed",
            Self::CardGivenUp => "closed: given up, signed",
            Self::ResumedElsewhere => "another register's basket taken up",
        }
    }

    /// True for a record that says it.
    pub fn is_said_by(self, event: &Event, around: &Around<'_>) -> bool {
        match event {
            Event::Sale(sale) => self.of_sale(sale, around),
            Event::Refund(sale) => {
                let returned = sale.terms.link.as_ref().is_some_and(|l| l.kind == LinkKind::Return);
                let back = sale.total.minor().saturating_neg();
                self == Self::Refund && returned && back <= around.refund_max.minor()
            }
            Event::Void(_) => self == Self::SaleVoid,
            Event::SaleSuspended(sale) => {
                self == Self::Suspend || (self == Self::CardAside && sale.reason.is_card())
            }
            Event::SaleResumed { of, approval, .. } => match self {
                Self::Resume => true,
                Self::CardResumed => approval.as_ref().is_some_and(of_manager),
                Self::ResumedElsewhere => of.is_some(),
                _ => false,
            },
            Event::CardPendingClosed(closed) => {
                let ending = match closed.ending {
                    Ending::PaidByCard => Self::CardPaid,
                    Ending::CashCardReversed { .. } => Self::CardReversed,
                    Ending::Abandoned => Self::CardGivenUp,
                };
                self == ending && closed.approval.as_ref().is_some_and(of_manager)
            }
            Event::DrawerOpen { .. } => self == Self::NoSale,
            Event::CashMovement { movement, approval, .. } => {
                let kind = match self {
                    Self::PaidIn => CashMovementKind::PaidIn,
                    Self::PaidOut => CashMovementKind::PaidOut,
                    Self::Drop => CashMovementKind::Drop,
                    Self::Pickup => CashMovementKind::Pickup,
                    _ => return false,
                };
                movement.kind == kind && !movement.note.is_empty() && approval.is_some()
            }
            Event::CashCount(_) => self == Self::BlindCount,
            Event::ShiftClose(_) => self == Self::ShiftClosed,
            Event::PackApplied { .. } => self == Self::PinnedPack && around.goes_back,
            Event::Delivery(delivery) => self.of_delivery(delivery),
            Event::StockDelta(change) => match self {
                Self::DamageChange => change.reason == StockReason::Damage,
                Self::TransferOut => change.reason == StockReason::TransferOut,
                _ => false,
            },
            Event::Pickup(pickup) => self.of_pickup(pickup),
            Event::StockCount(count) => {
                let far = count.lines.iter().filter(|line| line.is_far_off()).count();
                self == Self::CountByTwo && count.counters.len() == 2 && far >= 3
            }
            _ => false,
        }
    }

    fn of_sale(self, sale: &CompletedSale, around: &Around<'_>) -> bool {
        let counted = || sale.lines.iter().filter(|line| !line.voided);
        let any = |is: &dyn Fn(&SaleLine) -> bool| counted().any(is);
        let shape = |line: &SaleLine| line.code.shape();
        let check = |id: Option<IdOutcome>| {
            let is = |tender: &Tender| {
                matches!(tender, Tender::Check { proof, .. }
                if id.is_none_or(|id| proof.id == id))
            };
            sale.tenders.iter().any(is)
        };
        match self {
            Self::Scan => any(&|line| {
                shape(line) == ItemCodeShape::Gtin && line.price_source == PriceSource::Pack
            }),
            Self::Plu => any(&|line| shape(line) == ItemCodeShape::Plu),
            Self::Weight => any(&|line| !line.quantity.is_whole()),
            Self::OpenDepartment => any(&|line| line.code.as_str().starts_with("DEPT-")),
            Self::Change => {
                let cash = sale.tenders.iter().any(|t| matches!(t, Tender::Cash { .. }));
                cash && sale.change > Money::ZERO
            }
            Self::CheckWithId => check(Some(IdOutcome::Seen)),
            Self::CheckSigned => {
                let act = Act::CheckAboveLimit;
                check(None) && sale.terms.approvals.iter().any(|approval| approval.act == act)
            }
            Self::LineVoid => sale.lines.iter().any(|line| line.voided),
            Self::Age => sale.terms.age.is_some_and(|age| age.proof == AgeProof::Id),
            Self::Unlisted => any(&|line| {
                let department = line.code.as_str().starts_with("DEPT-");
                line.price_source == PriceSource::Keyed
                    && !department
                    && !(around.is_listed)(&line.code)
            }),
            Self::Offered => sale.terms.offered != Offered::default(),
            Self::CardCollected => {
                sale.terms.card_pending.is_some() && sale.terms.approvals.iter().any(of_manager)
            }
            Self::ShelfPrice => any(&|line| {
                line.changed.is_some_and(|changed| changed.reason == Reason::ShelfPrice)
            }),
            _ => false,
        }
    }

    fn of_pickup(self, pickup: &Pickup) -> bool {
        let signed = |act: Act| pickup.approval.as_ref().is_some_and(|one| one.act == act);
        match self {
            Self::OrderByMail => {
                let named = pickup.name.is_some() && signed(Act::HandOverUnverified);
                let placed = |line: &PickupLine| !line.place.is_empty();
                pickup.outcome == Claimed::Unverified
                    && named
                    && !pickup.lines.is_empty()
                    && pickup.lines.iter().all(placed)
            }
            Self::OrderAgain => pickup.again.is_some() && signed(Act::HandOverAgain),
            Self::OrderPromised => pickup.outcome == Claimed::Promised,
            Self::OrderRefund => {
                pickup.outcome == Claimed::RefundRequested && pickup.refund.is_some()
            }
            _ => false,
        }
    }

    fn of_delivery(self, delivery: &Delivery) -> bool {
        let outcome = match self {
            Self::Truck => return delivery.lines.len() >= 38,
            Self::ReceivedAgain => return delivery.again.is_some() && delivery.approval.is_some(),
            Self::Matched => Outcome::Matched,
            Self::Over => Outcome::Over,
            Self::Short => Outcome::Short,
            Self::Damaged => Outcome::Damaged,
            Self::NotOrdered => Outcome::NotOrdered,
            Self::UnknownGoods => Outcome::Unknown,
            _ => return false,
        };
        delivery.lines.iter().any(|line| line.outcome() == outcome)
    }
}

/// A manager stood behind a sale that a card may have paid.
fn of_manager(approval: &Approval) -> bool {
    approval.act == Act::CardPending && approval.role == Role::Manager
}
