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

mod vocabulary;

use self::vocabulary::WORDS;
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
    /// A basket put aside because a card may have paid it.
    CardAside,
    /// Such a basket taken up, a manager signing.
    CardResumed,
    /// Money taken for it, the manager's signature in the sale.
    CardCollected,
    /// Closed: the card paid.
    CardPaid,
    /// Closed: other money paid, the card was reversed.
    CardReversed,
    /// Closed: given up.
    CardGivenUp,
    /// Another register's basket taken up.
    ResumedElsewhere,
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
    /// Each sale that a card may have paid has one ending, and central asks about none.
    CardList,
    /// No basket went on twice.
    WentOnOnce,
}

use Fact as F;

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
            if *of != kind || !rest.contains(phrase) {
                continue;
            }
            rest = rest.replacen(phrase, " ; ", 1);
            let new: Vec<Proof> =
                known.iter().copied().filter(|proof| !proofs.contains(proof)).collect();
            proofs.extend(new);
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
            F::CardAside | F::CardResumed | F::CardCollected => &[Piece::CardPending],
            F::CardPaid | F::CardReversed | F::CardGivenUp => {
                &[Piece::CardPending, Piece::CardClosed]
            }
            F::ResumedElsewhere => &[Piece::ThroughCentral],
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
            Sum::CardList => Piece::CardClosed.with_what_goes_before(),
            Sum::WentOnOnce => &[Piece::ThroughCentral],
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
