//! What a scenario claims: what must be possible, what must not happen, what must agree in the end;
//! and which proofs each claim needs.
//!
//! ```text
//!  a line of must, must_not, reconcile ─▶ phrases of the vocabulary ─▶ proofs ─▶ pieces to play
//!                                         └ a word left over ─▶ not proved, and the drill fails
//! ```
//!
//! The vocabulary is closed, as that of the steps is: a claim is proved by what its words are known
//! to mean, or not at all.

use super::piece::Piece;

/// Which list a claim stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimKind {
    /// It must be possible.
    Must,
    /// It must not happen.
    MustNot,
    /// It must agree afterwards.
    Reconcile,
}

/// One line of a scenario's lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which list.
    pub kind: ClaimKind,
    /// Its words.
    pub text: String,
    /// What proves it; it holds when all of them hold.
    pub proofs: Vec<Proof>,
    /// Words that nothing is known for: the claim is not proved.
    pub unknown: Vec<String>,
}

/// What proves a claim, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    /// Records that say it, at least one.
    Recorded(Fact),
    /// It was tried at the desk, and ended as it must.
    Tried(Piece),
    /// Figures that are counted again and must agree.
    Agrees(Sum),
    /// This version can't do it: the claim is known, and never holds.
    Missing(Gap),
}

/// What scenarios claim and this version can't do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// Sales that wait for a card's answer are no kind of their own.
    CardPending,
    /// A basket that was put aside is told to other registers by the store's network alone.
    ThroughCentral,
}

impl Gap {
    /// What is missing, and what there is instead.
    pub const fn words(self) -> &'static str {
        match self {
            Self::CardPending => {
                "this version can put a sale aside, and has no reason CARD_PENDING for it, nor a \
                 list of such sales that closes"
            }
            Self::ThroughCentral => {
                "this version takes a sale up at another register over the store's network, not \
                 through central"
            }
        }
    }
}

/// What records can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// An item by its package's code.
    Scan,
    /// Loose produce by its number.
    Plu,
    /// An item by weight.
    Weight,
    /// An amount without an item.
    OpenDepartment,
    /// Cash, and change back.
    Change,
    /// A check, and an ID that was seen.
    CheckWithId,
    /// A check above the limit, with a second signature.
    CheckSigned,
    /// A line taken back before payment.
    LineVoid,
    /// A paid sale taken back as a whole.
    SaleVoid,
    /// A basket put aside.
    Suspend,
    /// The same taken up again.
    Resume,
    /// Money back against a receipt, within the cap.
    Refund,
    /// The drawer opened without a sale.
    NoSale,
    /// Cash in without a sale.
    PaidIn,
    /// Cash out without a sale.
    PaidOut,
    /// Cash into the safe.
    Drop,
    /// Cash for the cash office.
    Pickup,
    /// An age that was found by an ID.
    Age,
    /// An item that the price file lacks, at a keyed price.
    Unlisted,
    /// Coupons or gift cards that were offered and given back.
    Offered,
    /// A blind count of a drawer.
    BlindCount,
    /// A shift closed after its count.
    ShiftClosed,
    /// A price changed to the shelf's.
    ShelfPrice,
    /// A pack taken into use that is older than the one before it: a version that was pinned.
    PinnedPack,
    /// A delivery of 38 lines and more from its slip.
    Truck,
    /// A line of a delivery as listed.
    Matched,
    /// More than listed came.
    Over,
    /// Less than listed came.
    Short,
    /// Something of it is damaged.
    Damaged,
    /// Not on the slip.
    NotOrdered,
    /// Not in the price file.
    UnknownGoods,
    /// Goods taken off the stock as damaged.
    DamageChange,
    /// Goods sent to another store.
    TransferOut,
    /// A count by two people with three lines far off.
    CountByTwo,
    /// Goods received a second time, somebody signing for it.
    ReceivedAgain,
    /// Goods of an order that is not on file, with a witness.
    OrderByMail,
    /// An order handed over a second time, a manager signing for it.
    OrderAgain,
    /// An order that was promised.
    OrderPromised,
    /// Money of an order asked back.
    OrderRefund,
}

/// What is counted again, from the records and where it can be from what central answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sum {
    /// Each sale, refund and void is in an outage, and its paper says which.
    OutageOnPaper,
    /// The X report stands on paper.
    XOnPaper,
    /// Payments are cash and checks, and nothing else.
    TendersOnly,
    /// A card's number is nowhere.
    NoCardNumber,
    /// What stands on a receipt is in its journal.
    ReceiptsKept,
    /// No sale's number is used twice.
    NumbersOnce,
    /// Central holds each record once.
    OnceAtCentral,
    /// Records stand without a gap, from the first.
    NoGaps,
    /// Each drawer by its movements.
    Drawers,
    /// Checks one by one, as a batch, and at central.
    Checks,
    /// Tax by authority and rate.
    Taxes,
    /// What moved of each item.
    Stock,
    /// Keyed prices and items that the price file lacks, as central lists them.
    KeyedList,
    /// Baskets that were given up.
    Abandoned,
    /// How long a record needed to central.
    Lag,
    /// Totals by tender at every minute.
    EveryMinute,
    /// Each sale names the pack it was priced by.
    CatalogNamed,
    /// Business dates are those of the shifts.
    BusinessDates,
    /// Nothing is dated in the hour that the clocks leave out.
    MissingHour,
    /// Records are in the order of time, by UTC and place.
    UtcOrder,
    /// What central lost came to it again.
    Resent,
    /// What central turned away waited with its reason, and the rest went on.
    TurnedAway,
    /// What was charged above the shelf's price.
    Overcharges,
    /// On hand is the trusted figure and what moved.
    OnHand,
    /// Nothing was sent while central said to hold.
    Held,
    /// Packs that must not be used were refused.
    PacksRefused,
    /// Records of a key that is gone verify by it.
    OldKeyVerifies,
    /// Registers asked central for nothing but what the wire knows.
    NoOrders,
    /// Central lists what came otherwise than listed.
    DeliveryList,
    /// Central found goods that were received twice.
    ReceivedTwice,
    /// Counts are dated when each item was counted.
    CountTimes,
    /// Central keeps and lists what this version does not know.
    NextVersion,
    /// No record about an order moved money.
    OrdersWithoutMoney,
    /// What the online system does not know is kept.
    OrderNotFound,
}

use Fact as F;
use Proof::{Agrees, Missing, Recorded, Tried};

/// The vocabulary: longer phrases before shorter ones that they hold.
const WORDS: &[(ClaimKind, &str, &[Proof])] = &[
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
        &[Missing(Gap::CardPending)],
    ),
    (
        ClaimKind::Must,
        "resume on another register through central",
        &[Missing(Gap::ThroughCentral)],
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
        &[Missing(Gap::CardPending)],
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

/// Words that say nothing by themselves.
const FILLERS: [&str; 3] = ["and", "or", "with"];

impl ClaimKind {
    /// Its list in the scenario, and the word in the report.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::MustNot => "must_not",
            Self::Reconcile => "reconcile",
        }
    }
}

impl Claim {
    /// Reads a line: what is known of its words, and which words nothing is known for.
    pub fn read(kind: ClaimKind, text: String) -> Self {
        let mut rest = text.clone();
        let mut proofs: Vec<Proof> = Vec::new();
        for (of, phrase, known) in WORDS {
            if *of == kind && rest.contains(phrase) {
                rest = rest.replacen(phrase, " ; ", 1);
                for proof in *known {
                    if !proofs.contains(proof) {
                        proofs.push(*proof);
                    }
                }
            }
        }
        let words = rest.split(|c: char| !c.is_alphanumeric());
        let unknown =
            words.filter(|word| !word.is_empty() && !FILLERS.contains(word)).map(str::to_owned);
        Self { kind, unknown: unknown.collect(), proofs, text }
    }
}

/// What has to be played at the desk so that these claims can be proved, in the order of play.
pub fn pieces(claims: &[Claim]) -> Vec<Piece> {
    let proofs = claims.iter().flat_map(|claim| &claim.proofs);
    let mut pieces: Vec<Piece> = proofs.flat_map(|proof| needed(*proof)).copied().collect();
    pieces.sort_unstable();
    pieces.dedup();
    pieces
}

fn needed(proof: Proof) -> &'static [Piece] {
    match proof {
        Proof::Tried(piece) => piece.with_what_goes_before(),
        Proof::Missing(_) => &[],
        Proof::Recorded(fact) => match fact {
            F::Scan | F::Plu | F::Weight | F::OpenDepartment | F::Change => &[Piece::Counter],
            F::CheckWithId => &[Piece::CheckWithId],
            F::CheckSigned => &[Piece::LargeCheck],
            F::LineVoid | F::SaleVoid => &[Piece::Voids],
            F::Suspend | F::Resume => &[Piece::Aside],
            F::Refund => &[Piece::Refund],
            F::NoSale | F::PaidIn | F::PaidOut | F::Drop | F::Pickup => &[Piece::Drawer],
            F::Age => &[Piece::TooYoung],
            F::Unlisted => &[Piece::Unlisted],
            F::Offered => &[Piece::Coupon],
            F::BlindCount | F::ShiftClosed => &[],
            F::ShelfPrice => &[Piece::WrongPrices, Piece::ShelfPrice],
            F::PinnedPack => &[Piece::WrongPrices, Piece::Pin],
            F::Truck
            | F::Matched
            | F::Over
            | F::Short
            | F::Damaged
            | F::NotOrdered
            | F::UnknownGoods => &[Piece::Truck],
            F::DamageChange => &[Piece::Damage],
            F::TransferOut => &[Piece::TransferOut],
            F::CountByTwo => &[Piece::CountAisle],
            F::ReceivedAgain => &[Piece::Truck, Piece::TruckAgain],
            F::OrderByMail => &[Piece::PickupByMail],
            F::OrderAgain => &[Piece::PickupHanded, Piece::PickupAgain],
            F::OrderPromised => &[Piece::PickupPromise],
            F::OrderRefund => &[Piece::PickupRefund],
        },
        Proof::Agrees(sum) => match sum {
            Sum::XOnPaper => &[Piece::XReport],
            Sum::NoCardNumber => &[Piece::CardNumber],
            Sum::Checks => &[Piece::CheckWithId],
            Sum::KeyedList => &[Piece::Unlisted],
            Sum::Abandoned => &[Piece::GivenUp],
            Sum::Overcharges | Sum::OnHand => &[Piece::WrongPrices, Piece::Pin],
            Sum::OldKeyVerifies => &[Piece::NewKey],
            Sum::DeliveryList | Sum::ReceivedTwice => &[Piece::Truck, Piece::TruckAgain],
            Sum::CountTimes => &[Piece::CountAisle],
            Sum::NextVersion => &[Piece::NextVersion],
            Sum::OrdersWithoutMoney => &[Piece::PickupHanded],
            Sum::OrderNotFound => Piece::OnlineBack.with_what_goes_before(),
            _ => &[],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_known_by_all_of_its_words_or_not_at_all() {
        let known = Claim::read(ClaimKind::Must, "void line, suspend/resume".to_owned());
        assert!(known.unknown.is_empty(), "{known:?}");
        assert_eq!(known.proofs.len(), 3);
        let half = Claim::read(ClaimKind::Must, "void line, juggle with eggs".to_owned());
        assert_eq!(half.unknown, ["juggle", "eggs"]);
        // What must be possible proves nothing about what must not happen.
        let other = Claim::read(ClaimKind::MustNot, "void line".to_owned());
        assert!(other.proofs.is_empty() && !other.unknown.is_empty());
    }

    #[test]
    fn no_phrase_hides_behind_a_shorter_one() {
        for (kind, phrase, proofs) in WORDS {
            let claim = Claim::read(*kind, (*phrase).to_owned());
            assert!(claim.unknown.is_empty(), "{phrase}: {claim:?}");
            assert!(proofs.iter().all(|proof| claim.proofs.contains(proof)), "{phrase}");
        }
    }
}
