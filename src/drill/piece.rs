//! Pieces: what a drill plays at its desk so that a scenario's claims can be proved.
//!
//! ```text
//!  claims ─▶ pieces ─▶ each at its moment ─▶ desk: the register's own commands
//! ```
//!
//! The desk is one more register beside those that sell the baskets. A piece that ended as it must
//! is noted in the desk's journal with what came of it, so it is played once, also after a restart.

use super::scenario::{Scenario, Step};

/// One piece, in the order of play where nothing else says when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// A wrong price file is taken into use, and sold by.
    WrongPrices,
    /// A price is changed to the shelf's.
    ShelfPrice,
    /// The version of the day before is pinned, and sold by.
    Pin,
    /// A newer version is offered that was revoked.
    RevokedVersion,
    /// An ordinary sale: scan, number, weight, open amount; cash and change.
    Counter,
    /// A check below the limit, with an ID.
    CheckWithId,
    /// A check above the limit.
    LargeCheck,
    /// The same check once more.
    SameCheck,
    /// A line and a sale taken back.
    Voids,
    /// A basket put aside and taken up again.
    Aside,
    /// Items come back against a receipt.
    Refund,
    /// More is to come back than was sold.
    ReturnTooMuch,
    /// Cash without a sale.
    Drawer,
    /// A buyer who is too young, and one who is not.
    TooYoung,
    /// An item that the price file lacks.
    Unlisted,
    /// A basket that is given up.
    GivenUp,
    /// What was sold so far.
    XReport,
    /// A card's number is scanned and keyed.
    CardNumber,
    /// A coupon is scanned.
    Coupon,
    /// A gift card is scanned.
    GiftCard,
    /// What customers are told.
    Announced,
    /// The plug is pulled right after a sale was recorded.
    PlugPulled,
    /// A newer pack is taken into use.
    NewPrices,
    /// A truck without a notice.
    Truck,
    /// The same truck once more.
    TruckAgain,
    /// Goods that are damaged.
    Damage,
    /// Two people count an aisle.
    CountAisle,
    /// Goods for another store.
    TransferOut,
    /// A new key for the register, and a new enrolment.
    NewKey,
    /// How old the price file is.
    CatalogAge,
    /// A record of a later version, brought to central.
    NextVersion,
    /// The same event in a store of another time zone.
    OtherZone,
    /// The orders of the pack, without the online system.
    PickupList,
    /// An order that is not on file, shown by e-mail and ID.
    PickupByMail,
    /// An order handed over against an ID.
    PickupHanded,
    /// The same order claimed by a second person.
    PickupAgain,
    /// An order that is not ready.
    PickupPromise,
    /// Money of an order asked back.
    PickupRefund,
    /// Something short, something else instead.
    PickupPartly,
    /// An order that the online system closes meanwhile.
    PickupClosed,
    /// The same goods sold to whoever walks in.
    WalkIn,
    /// The online system is back, from an older copy.
    OnlineBack,
    /// Sales whose card may have paid are put aside; one is taken up and paid in cash.
    CardPending,
    /// A basket of another register goes on, as central tells of it.
    ThroughCentral,
    /// The list of those sales is closed, in each of its three ways.
    CardClosed,
}

impl Piece {
    /// All of them.
    pub const ALL: [Self; 45] = [
        Self::WrongPrices,
        Self::ShelfPrice,
        Self::Pin,
        Self::RevokedVersion,
        Self::Counter,
        Self::CheckWithId,
        Self::LargeCheck,
        Self::SameCheck,
        Self::Voids,
        Self::Aside,
        Self::Refund,
        Self::ReturnTooMuch,
        Self::Drawer,
        Self::TooYoung,
        Self::Unlisted,
        Self::GivenUp,
        Self::XReport,
        Self::CardNumber,
        Self::Coupon,
        Self::GiftCard,
        Self::Announced,
        Self::PlugPulled,
        Self::NewPrices,
        Self::Truck,
        Self::TruckAgain,
        Self::Damage,
        Self::CountAisle,
        Self::TransferOut,
        Self::NewKey,
        Self::CatalogAge,
        Self::NextVersion,
        Self::OtherZone,
        Self::PickupList,
        Self::PickupByMail,
        Self::PickupHanded,
        Self::PickupAgain,
        Self::PickupPromise,
        Self::PickupRefund,
        Self::PickupPartly,
        Self::PickupClosed,
        Self::WalkIn,
        Self::OnlineBack,
        Self::CardPending,
        Self::ThroughCentral,
        Self::CardClosed,
    ];

    /// Its name in notes and in the report.
    pub const fn word(self) -> &'static str {
        match self {
            Self::WrongPrices => "wrong prices",
            Self::ShelfPrice => "shelf price",
            Self::Pin => "pin",
            Self::RevokedVersion => "revoked version",
            Self::Counter => "counter",
            Self::CheckWithId => "check with ID",
            Self::LargeCheck => "large check",
            Self::SameCheck => "same check",
            Self::Voids => "voids",
            Self::Aside => "put aside",
            Self::Refund => "refund",
            Self::ReturnTooMuch => "return too much",
            Self::Drawer => "drawer",
            Self::TooYoung => "too young",
            Self::Unlisted => "unlisted item",
            Self::GivenUp => "given up",
            Self::XReport => "X report",
            Self::CardNumber => "card number",
            Self::Coupon => "coupon",
            Self::GiftCard => "gift card",
            Self::Announced => "announcement",
            Self::PlugPulled => "plug pulled",
            Self::NewPrices => "new prices",
            Self::Truck => "truck",
            Self::TruckAgain => "truck again",
            Self::Damage => "damage",
            Self::CountAisle => "count",
            Self::TransferOut => "transfer",
            Self::NewKey => "new key",
            Self::CatalogAge => "catalog age",
            Self::NextVersion => "next version",
            Self::OtherZone => "other zone",
            Self::PickupList => "pickup list",
            Self::PickupByMail => "order by mail",
            Self::PickupHanded => "order handed over",
            Self::PickupAgain => "order again",
            Self::PickupPromise => "order promised",
            Self::PickupRefund => "order refund",
            Self::PickupPartly => "order in part",
            Self::PickupClosed => "order closed online",
            Self::WalkIn => "walk-in sale",
            Self::OnlineBack => "online system back",
            Self::CardPending => "card pending",
            Self::ThroughCentral => "through central",
            Self::CardClosed => "card list closed",
        }
    }

    /// The piece of a name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|piece| piece.word() == word)
    }

    /// The piece, after those whose trace it needs.
    pub(super) const fn with_what_goes_before(self) -> &'static [Self] {
        match self {
            Self::WrongPrices => &[Self::WrongPrices],
            Self::ShelfPrice => &[Self::WrongPrices, Self::ShelfPrice],
            Self::Pin => &[Self::WrongPrices, Self::Pin],
            Self::RevokedVersion => &[Self::WrongPrices, Self::Pin, Self::RevokedVersion],
            Self::Counter => &[Self::Counter],
            Self::CheckWithId => &[Self::CheckWithId],
            Self::LargeCheck => &[Self::LargeCheck],
            Self::SameCheck => &[Self::CheckWithId, Self::SameCheck],
            Self::Voids => &[Self::Voids],
            Self::Aside => &[Self::Aside],
            Self::Refund => &[Self::Refund],
            Self::ReturnTooMuch => &[Self::Refund, Self::ReturnTooMuch],
            Self::Drawer => &[Self::Drawer],
            Self::TooYoung => &[Self::TooYoung],
            Self::Unlisted => &[Self::Unlisted],
            Self::GivenUp => &[Self::GivenUp],
            Self::XReport => &[Self::XReport],
            Self::CardNumber => &[Self::CardNumber],
            Self::Coupon => &[Self::Coupon],
            Self::GiftCard => &[Self::GiftCard],
            Self::Announced => &[Self::Announced],
            Self::PlugPulled => &[Self::PlugPulled],
            Self::NewPrices => &[Self::NewPrices],
            Self::Truck => &[Self::Truck],
            Self::TruckAgain => &[Self::Truck, Self::TruckAgain],
            Self::Damage => &[Self::Damage],
            Self::CountAisle => &[Self::CountAisle],
            Self::TransferOut => &[Self::TransferOut],
            Self::NewKey => &[Self::NewKey],
            Self::CatalogAge => &[Self::CatalogAge],
            Self::NextVersion => &[Self::NextVersion],
            Self::OtherZone => &[Self::OtherZone],
            Self::PickupList => &[Self::PickupList],
            Self::PickupByMail => &[Self::PickupList, Self::PickupByMail],
            Self::PickupHanded => &[Self::PickupHanded],
            Self::PickupAgain => &[Self::PickupHanded, Self::PickupAgain],
            Self::PickupPromise => &[Self::PickupPromise],
            Self::PickupRefund => &[Self::PickupRefund],
            Self::PickupPartly => &[Self::PickupPartly],
            Self::PickupClosed => &[Self::PickupClosed],
            Self::WalkIn => &[Self::PickupHanded, Self::WalkIn],
            Self::CardPending => &[Self::CardPending],
            Self::ThroughCentral => &[Self::ThroughCentral],
            Self::CardClosed => &[Self::CardPending, Self::CardClosed],
            Self::OnlineBack => &[
                Self::PickupByMail,
                Self::PickupHanded,
                Self::PickupAgain,
                Self::PickupPromise,
                Self::PickupRefund,
                Self::PickupPartly,
                Self::PickupClosed,
                Self::OnlineBack,
            ],
        }
    }

    /// The words of an event that it belongs to.
    pub(super) const fn event(self) -> Option<&'static str> {
        match self {
            Self::WrongPrices => Some("wrong price file"),
            Self::NextVersion => Some("schema v+1 and"),
            Self::ShelfPrice | Self::Pin => Some("pins the catalog version"),
            Self::Truck => Some("truck arrives"),
            Self::CountAisle => Some("cycle count"),
            Self::TransferOut => Some("transfer out"),
            Self::NewKey => Some("new trust root"),
            Self::PickupList => Some("cannot look up orders"),
            Self::PickupByMail | Self::PickupHanded => Some("manual handover"),
            Self::PickupAgain => Some("claimed by a second person"),
            Self::PickupPromise => Some("not staged"),
            Self::PickupRefund => Some("wants refund of online order"),
            Self::PickupPartly => Some("short item noted at handover"),
            Self::OnlineBack => Some("database restored from"),
            Self::ThroughCentral => Some("resume suspended sale on another register"),
            Self::CardClosed => Some("unknown authorisation turns out approved"),
            _ => None,
        }
    }
}

/// When each piece is played: with the event that it belongs to, or spread over the outage from
/// the moment that it is declared.
pub fn moments(scenario: &Scenario, pieces: &[Piece]) -> Vec<(u32, Piece)> {
    let of_words = |words: &str| {
        scenario.moments.iter().find(|moment| moment.text.contains(words)).map(|m| m.at_min)
    };
    let declared = scenario.moments.iter().find(|m| m.steps.contains(&Step::DeclareOutage));
    let from = declared.map_or(0, |moment| moment.at_min);
    let span = u64::from(scenario.duration_min.saturating_sub(from));
    let loose = |piece: &&Piece| piece.event().and_then(of_words).is_none();
    let count = u64::try_from(pieces.iter().filter(loose).count()).unwrap_or(0);
    let mut place = 0_u64;
    let mut played: Vec<(u32, Piece)> = Vec::new();
    for piece in pieces {
        let at_min = piece.event().and_then(of_words).unwrap_or_else(|| {
            place = place.saturating_add(1);
            let ahead = span.saturating_mul(place).checked_div(count.saturating_add(2));
            from.saturating_add(u32::try_from(ahead.unwrap_or(0)).unwrap_or(0))
        });
        played.push((at_min, *piece));
    }
    // Those of one event, and those that need another one's trace, stay in their order.
    played.sort();
    played
}
