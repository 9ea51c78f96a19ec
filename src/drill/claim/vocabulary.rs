//! The vocabulary of claims: which phrase of which list names which proofs.

use super::ClaimKind;
use super::Fact as F;
use super::Proof::{self, Agrees, Recorded, Tried};
use super::Sum;
use crate::drill::piece::Piece;

/// The vocabulary: longer phrases before shorter ones that they hold.
pub(super) const WORDS: &[(ClaimKind, &str, &[Proof])] = &[
    // Selling without central.
    (ClaimKind::Must, "sell by scan", &[Recorded(F::Scan)]),
    (ClaimKind::Must, "PLU", &[Recorded(F::Plu)]),
    (ClaimKind::Must, "weight", &[Recorded(F::Weight)]),
    (ClaimKind::Must, "open department", &[Recorded(F::OpenDepartment)]),
    (ClaimKind::Must, "cash with change", &[Recorded(F::Change)]),
    (
        ClaimKind::Must,
        "check with ID and limit",
        &[Recorded(F::CheckWithId), Recorded(F::CheckSigned)],
    ),
    (ClaimKind::Must, "void line", &[Recorded(F::LineVoid)]),
    (ClaimKind::Must, "void transaction", &[Recorded(F::SaleVoid)]),
    (ClaimKind::Must, "suspend/resume", &[Recorded(F::Suspend), Recorded(F::Resume)]),
    (
        ClaimKind::Must,
        "refund with receipt within cap",
        &[Recorded(F::Refund), Tried(Piece::ReturnTooMuch)],
    ),
    (ClaimKind::Must, "no-sale", &[Recorded(F::NoSale)]),
    (ClaimKind::Must, "paid-in/out", &[Recorded(F::PaidIn), Recorded(F::PaidOut)]),
    (ClaimKind::Must, "drop", &[Recorded(F::Drop)]),
    (ClaimKind::Must, "pickup with reasons", &[Recorded(F::Pickup)]),
    (ClaimKind::Must, "age check", &[Recorded(F::Age), Tried(Piece::TooYoung)]),
    (
        ClaimKind::Must,
        "item not on file -> keyed price with reason",
        &[Recorded(F::Unlisted), Agrees(Sum::KeyedList)],
    ),
    (ClaimKind::Must, "print or show receipt marked with outage id", &[Agrees(Sum::OutageOnPaper)]),
    (ClaimKind::Must, "X at any time", &[Tried(Piece::XReport), Agrees(Sum::XOnPaper)]),
    (ClaimKind::Must, "blind close", &[Recorded(F::BlindCount)]),
    (ClaimKind::Must, "Z", &[Recorded(F::ShiftClosed), Agrees(Sum::Drawers)]),
    (
        ClaimKind::MustNot,
        "take a card number",
        &[Tried(Piece::CardNumber), Agrees(Sum::NoCardNumber)],
    ),
    (
        ClaimKind::MustNot,
        "redeem coupon/reward/gift card",
        &[
            Tried(Piece::Coupon),
            Tried(Piece::GiftCard),
            Recorded(F::Offered),
            Agrees(Sum::TendersOnly),
        ],
    ),
    (ClaimKind::MustNot, "promise EBT/WIC", &[Tried(Piece::Announced), Agrees(Sum::TendersOnly)]),
    (
        ClaimKind::MustNot,
        "lose a line after the drawer opened",
        &[Tried(Piece::PlugPulled), Agrees(Sum::ReceiptsKept)],
    ),
    (
        ClaimKind::MustNot,
        "sell twice after crash recovery",
        &[Tried(Piece::PlugPulled), Agrees(Sum::NumbersOnce)],
    ),
    (
        ClaimKind::Reconcile,
        "every signed envelope applied exactly once at central",
        &[Agrees(Sum::OnceAtCentral)],
    ),
    (ClaimKind::Reconcile, "gap-free per-register sequence 1..n", &[Agrees(Sum::NoGaps)]),
    (
        ClaimKind::Reconcile,
        "drawer = float + cash - change - drops + paid-in - paid-out per till",
        &[Agrees(Sum::Drawers)],
    ),
    (ClaimKind::Reconcile, "check batch total = sum of checks", &[Agrees(Sum::Checks)]),
    (
        ClaimKind::Reconcile,
        "duplicates (routing+account+serial) flagged",
        &[Tried(Piece::SameCheck)],
    ),
    (ClaimKind::Reconcile, "tax by authority", &[Agrees(Sum::Taxes)]),
    (ClaimKind::Reconcile, "inventory deltas by item", &[Agrees(Sum::Stock)]),
    (
        ClaimKind::Reconcile,
        "keyed-price and item-not-found list priced by central, difference report",
        &[Agrees(Sum::KeyedList)],
    ),
    (
        ClaimKind::Reconcile,
        "abandoned transactions counted, no ledger effect",
        &[Agrees(Sum::Abandoned)],
    ),
    // Only cards are down.
    (ClaimKind::Must, "stream envelopes to central while open (lag < 5 s)", &[Agrees(Sum::Lag)]),
    (
        ClaimKind::Must,
        "suspend a sale with reason CARD_PENDING and never collect twice without manager",
        &[
            Recorded(F::CardAside),
            Tried(Piece::CardPending),
            Recorded(F::CardResumed),
            Recorded(F::CardCollected),
        ],
    ),
    (
        ClaimKind::Must,
        "resume on another register through central",
        &[Tried(Piece::ThroughCentral), Recorded(F::ResumedElsewhere), Agrees(Sum::WentOnOnce)],
    ),
    (
        ClaimKind::Must,
        "current promotions/prices allowed because item master is up",
        &[Tried(Piece::NewPrices)],
    ),
    (ClaimKind::Must, "say which catalog version was used", &[Agrees(Sum::CatalogNamed)]),
    (ClaimKind::Must, "business date correct across the DST jump", &[Agrees(Sum::BusinessDates)]),
    (ClaimKind::MustNot, "store card data", &[Tried(Piece::CardNumber), Agrees(Sum::NoCardNumber)]),
    (
        ClaimKind::MustNot,
        "store-and-forward a card payment",
        &[Agrees(Sum::TendersOnly), Agrees(Sum::NoCardNumber)],
    ),
    (ClaimKind::MustNot, "use EBT", &[Tried(Piece::Announced), Agrees(Sum::TendersOnly)]),
    (
        ClaimKind::Reconcile,
        "central totals by tender equal fallback totals at every minute after lag",
        &[Agrees(Sum::EveryMinute)],
    ),
    (
        ClaimKind::Reconcile,
        "sale exists once although both central POS and fallback knew it",
        &[Agrees(Sum::NumbersOnce), Agrees(Sum::OnceAtCentral)],
    ),
    (
        ClaimKind::Reconcile,
        "CARD_PENDING list closed: paid by card | paid by cash + card reversed | abandoned",
        &[
            Tried(Piece::CardClosed),
            Recorded(F::CardPaid),
            Recorded(F::CardReversed),
            Recorded(F::CardGivenUp),
            Agrees(Sum::CardList),
        ],
    ),
    (ClaimKind::Reconcile, "no record between 02:00 and 03:00 local", &[Agrees(Sum::MissingHour)]),
    (ClaimKind::Reconcile, "ordering by UTC and sequence holds", &[Agrees(Sum::UtcOrder)]),
    // A wrong price file, rightly signed.
    (
        ClaimKind::Must,
        "pin and show catalog version",
        &[Tried(Piece::Pin), Recorded(F::PinnedPack), Agrees(Sum::CatalogNamed)],
    ),
    (ClaimKind::Must, "refuse a newer but revoked version", &[Tried(Piece::RevokedVersion)]),
    (
        ClaimKind::Must,
        "price override with reason PRICE_FILE_FAULT and shelf price honoured",
        &[Recorded(F::ShelfPrice), Tried(Piece::ShelfPrice)],
    ),
    (
        ClaimKind::Must,
        "keep acknowledged envelopes until settlement",
        &[Agrees(Sum::NoGaps), Agrees(Sum::Resent)],
    ),
    (ClaimKind::Must, "re-send from the sequence central names", &[Agrees(Sum::Resent)]),
    (
        ClaimKind::Must,
        "N-1/N+1 envelope version negotiation",
        &[Tried(Piece::NextVersion), Agrees(Sum::NextVersion)],
    ),
    (
        ClaimKind::Must,
        "park poison messages with the reason, keep the rest flowing",
        &[Agrees(Sum::TurnedAway), Agrees(Sum::NextVersion)],
    ),
    (
        ClaimKind::MustNot,
        "treat an acknowledgement as permission to delete",
        &[Agrees(Sum::NoGaps), Agrees(Sum::Resent)],
    ),
    (ClaimKind::MustNot, "apply twice what survived the rollback", &[Agrees(Sum::OnceAtCentral)]),
    (
        ClaimKind::MustNot,
        "overwrite on-hand with values written during the bad window",
        &[Agrees(Sum::OnHand)],
    ),
    (
        ClaimKind::Reconcile,
        "after re-send central equals ledger for every register, no duplicates",
        &[Agrees(Sum::Resent), Agrees(Sum::OnceAtCentral)],
    ),
    (
        ClaimKind::Reconcile,
        "overcharges: lines sold above shelf price listed for refund",
        &[Tried(Piece::WrongPrices), Agrees(Sum::Overcharges)],
    ),
    (ClaimKind::Reconcile, "undercharges reported only", &[Agrees(Sum::Overcharges)]),
    (
        ClaimKind::Reconcile,
        "inventory: on-hand = pre-fault snapshot + signed deltas, bad-window writes discarded",
        &[Agrees(Sum::OnHand), Agrees(Sum::Stock)],
    ),
    (
        ClaimKind::Reconcile,
        "time zones: Eastern and Central stores of the same event compare in UTC",
        &[Tried(Piece::OtherZone), Agrees(Sum::UtcOrder)],
    ),
    // Nothing that comes from outside is trusted.
    (ClaimKind::Must, "hold-queue state: collect, do not send", &[Agrees(Sum::Held)]),
    (
        ClaimKind::Must,
        "receive, transfer, damage, count with reason codes, before/after photo optional",
        &[
            Recorded(F::Truck),
            Recorded(F::TransferOut),
            Recorded(F::DamageChange),
            Recorded(F::CountByTwo),
        ],
    ),
    (
        ClaimKind::Must,
        "verify signature, version monotonic, key not revoked, before accepting any package",
        &[Agrees(Sum::PacksRefused)],
    ),
    (
        ClaimKind::Must,
        "re-enrol device key without losing or re-signing old records",
        &[Tried(Piece::NewKey), Agrees(Sum::OldKeyVerifies), Agrees(Sum::OnceAtCentral)],
    ),
    (
        ClaimKind::Must,
        "sell from last trusted catalog, show its age",
        &[Agrees(Sum::CatalogNamed), Tried(Piece::CatalogAge)],
    ),
    (ClaimKind::MustNot, "send anything before the signed all-clear", &[Agrees(Sum::Held)]),
    (ClaimKind::MustNot, "accept unsigned or older data", &[Agrees(Sum::PacksRefused)]),
    (ClaimKind::MustNot, "auto-order", &[Agrees(Sum::NoOrders)]),
    (
        ClaimKind::Reconcile,
        "receipts vs ASN: matched / over / short / damaged / unknown",
        &[
            Recorded(F::Matched),
            Recorded(F::Over),
            Recorded(F::Short),
            Recorded(F::Damaged),
            Recorded(F::NotOrdered),
            Recorded(F::UnknownGoods),
            Agrees(Sum::DeliveryList),
        ],
    ),
    (
        ClaimKind::Reconcile,
        "records signed with the old key verify against the key valid at signing time",
        &[Agrees(Sum::OldKeyVerifies)],
    ),
    (
        ClaimKind::Reconcile,
        "double receiving (store manual + DC later) detected by PO+SSCC or PO+carton",
        &[Recorded(F::ReceivedAgain), Tried(Piece::TruckAgain), Agrees(Sum::ReceivedTwice)],
    ),
    (
        ClaimKind::Reconcile,
        "count adjustments posted as of count time, sales after count time not lost",
        &[Agrees(Sum::CountTimes), Tried(Piece::CountAisle)],
    ),
    // Orders can't be looked up online.
    (
        ClaimKind::Must,
        "pickup-claim record: order no., name as on ID (not the ID number), lines, qty, \
         staged location, witness",
        &[Tried(Piece::PickupByMail), Recorded(F::OrderByMail)],
    ),
    (
        ClaimKind::Must,
        "inventory delta with reason PICKUP_HANDOVER_UNVERIFIED and zero tender",
        &[Recorded(F::OrderByMail), Agrees(Sum::OrdersWithoutMoney), Agrees(Sum::Stock)],
    ),
    (
        ClaimKind::Must,
        "second claim on same order no. warns and needs manager",
        &[Tried(Piece::PickupAgain), Recorded(F::OrderAgain)],
    ),
    (ClaimKind::Must, "walk-in sale of the same goods", &[Tried(Piece::WalkIn)]),
    (
        ClaimKind::Must,
        "list of pending promises",
        &[Tried(Piece::PickupPromise), Recorded(F::OrderPromised)],
    ),
    (
        ClaimKind::MustNot,
        "take payment again for a paid order without manager reason",
        &[Agrees(Sum::OrdersWithoutMoney)],
    ),
    (
        ClaimKind::MustNot,
        "refund cash for an order paid online",
        &[Tried(Piece::PickupRefund), Recorded(F::OrderRefund), Agrees(Sum::OrdersWithoutMoney)],
    ),
    (
        ClaimKind::MustNot,
        "block walk-in sales because online is down",
        &[Tried(Piece::WalkIn), Agrees(Sum::CatalogNamed)],
    ),
    (
        ClaimKind::Reconcile,
        "each claim -> matched | already-closed | not-found | quantity-differs | duplicate",
        &[Tried(Piece::OnlineBack)],
    ),
    (
        ClaimKind::Reconcile,
        "not-found kept as exception, never dropped",
        &[Agrees(Sum::OrderNotFound)],
    ),
    (
        ClaimKind::Reconcile,
        "deltas for matched claims netted against the order's own decrement so stock is not \
         reduced twice",
        &[Tried(Piece::OnlineBack)],
    ),
    (
        ClaimKind::Reconcile,
        "refund requests exported as a work list",
        &[Tried(Piece::OnlineBack), Recorded(F::OrderRefund)],
    ),
];
