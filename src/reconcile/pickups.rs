//! Claims of pickup orders, over all registers of a store: handed over twice, and what the online
//! system says of each once it is back.
//!
//! ```text
//!  claims, by time ─▶ twice ─▶ exceptions
//!         └─ what the online system says ─▶ compare ─▶ matched | already_closed | not_found |
//!                                                      quantity_differs | duplicate, and `net`
//! ```
//!
//! The online system took an order's goods off its stock by itself. So what is still to be booked
//! is the difference: `net` is what the order took less what went out, and zero where both agree.

use std::collections::BTreeMap;

use crate::domain::check::Commitment;
use crate::domain::goods::carton::OrderNo;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::PersonId;
use crate::domain::money::Money;
use crate::domain::pickup::{Outcome, RefundWhy};
use crate::domain::quantity::Quantity;

use super::exception::{Code, Exception};
use super::goods::Happened;

/// One claim, as its record tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickupClaim {
    /// Where and when.
    pub happened: Happened,
    /// Who recorded it.
    pub by: Option<PersonId>,
    /// The order.
    pub order: OrderNo,
    /// What came of it.
    pub outcome: Outcome,
    /// Its pickup code was right.
    pub code: bool,
    /// An ID was looked at.
    pub id: bool,
    /// Why money is asked back.
    pub why: Option<RefundWhy>,
    /// How much was paid online.
    pub asked: Option<Money>,
    /// The commitment to the sealed name on the ID.
    pub name: Option<Commitment>,
    /// An earlier claim was known.
    pub again: bool,
    /// The witness, or the manager.
    pub signed: Option<PersonId>,
    /// The goods.
    pub lines: Vec<ClaimLine>,
}

/// One item of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimLine {
    /// The item.
    pub code: ItemCode,
    /// Its name.
    pub name: String,
    /// How much was ordered.
    pub ordered: Option<Quantity>,
    /// How much went out.
    pub handed: Quantity,
    /// What it stands for.
    pub instead_of: Option<ItemCode>,
    /// Where it stood.
    pub place: String,
}

/// What the online system says of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnlineOrder {
    /// How it stands there.
    pub state: OnlineState,
    /// What it took off stock for it.
    pub lines: BTreeMap<ItemCode, Quantity>,
}

/// How an order stands in the online system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnlineState {
    /// It waits to be fetched.
    Open,
    /// It was fetched, as that system believes.
    Closed,
    /// It was canceled: nothing is taken off stock for it.
    Canceled,
}

/// All that the online system says.
pub type Online = BTreeMap<OrderNo, OnlineOrder>;

/// What comparing a claim came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// As the online system has it.
    Matched,
    /// The online system had closed or canceled it already.
    AlreadyClosed,
    /// The online system does not know the order.
    NotFound,
    /// Something else went out than was ordered.
    QuantityDiffers,
    /// The order was claimed before.
    Duplicate,
}

/// A claim beside what the online system says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared<'a> {
    /// The claim.
    pub claim: &'a PickupClaim,
    /// None where the online system was not asked.
    pub verdict: Option<Verdict>,
    /// What is still to be booked, by item; below zero left the store.
    pub net: BTreeMap<ItemCode, Quantity>,
}

impl OnlineState {
    /// The state of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "open" => Some(Self::Open),
            "closed" => Some(Self::Closed),
            "canceled" | "cancelled" => Some(Self::Canceled),
            _ => None,
        }
    }
}

impl Verdict {
    /// The word in exports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::AlreadyClosed => "already_closed",
            Self::NotFound => "not_found",
            Self::QuantityDiffers => "quantity_differs",
            Self::Duplicate => "duplicate",
        }
    }
}

/// Each hand-over of an order that was handed over before, once.
pub fn twice(claims: &[PickupClaim]) -> Vec<Exception> {
    let mut first: BTreeMap<&OrderNo, &PickupClaim> = BTreeMap::new();
    let mut found = Vec::new();
    for claim in by_time(claims).into_iter().filter(|claim| claim.outcome.hands_over()) {
        let Some(before) = first.get(&claim.order) else {
            first.insert(&claim.order, claim);
            continue;
        };
        let signed = claim.signed.as_ref().filter(|_| claim.again);
        let signed = signed.map_or_else(String::new, |by| format!("; {by} signed"));
        let text = format!(
            "order {} was handed over twice: on register {} and on register {}{signed}",
            claim.order, before.happened.journal.register, claim.happened.journal.register
        );
        found.push(claim.exception(Code::PickedUpTwice, text));
    }
    found
}

/// Compares every claim with what the online system says, by time.
pub fn compare<'a>(claims: &'a [PickupClaim], online: Option<&Online>) -> Vec<Compared<'a>> {
    let mut handed: Vec<&OrderNo> = Vec::new();
    let mut all = Vec::new();
    for claim in by_time(claims) {
        let before = handed.contains(&&claim.order);
        if claim.outcome.hands_over() && !before {
            handed.push(&claim.order);
        }
        let known = online.map(|online| online.get(&claim.order));
        let net = net(claim, known.filter(|_| !before));
        let net = if online.is_some() { net } else { BTreeMap::new() };
        let verdict = verdict(claim, before, known, &net);
        all.push(Compared { claim, verdict, net });
    }
    all
}

/// What is to be looked at after comparing: nothing that was not found is ever dropped.
pub fn exceptions(compared: &[Compared<'_>]) -> Vec<Exception> {
    let told = |one: &Compared<'_>| {
        let order = &one.claim.order;
        let what = one.claim.outcome.word();
        match one.verdict? {
            Verdict::NotFound => {
                let text = format!("order {order} ({what}) is not known to the online system");
                Some(one.claim.exception(Code::PickupNotFound, text))
            }
            Verdict::QuantityDiffers => {
                let text = format!("order {order} ({what}): other goods went out than were paid");
                Some(one.claim.exception(Code::PickupDiffers, text))
            }
            Verdict::Matched | Verdict::AlreadyClosed | Verdict::Duplicate => None,
        }
    };
    compared.iter().filter_map(told).collect()
}

/// `known`: none where nobody asked, or a claim before this one took it all; some none where the
/// online system does not have the order.
fn net(claim: &PickupClaim, known: Option<Option<&OnlineOrder>>) -> BTreeMap<ItemCode, Quantity> {
    let mut net: BTreeMap<ItemCode, Quantity> = BTreeMap::new();
    if !claim.outcome.hands_over() {
        return net;
    }
    let taken = known.flatten().filter(|order| order.state != OnlineState::Canceled);
    for (code, quantity) in taken.into_iter().flat_map(|order| &order.lines) {
        net.insert(code.clone(), *quantity);
    }
    for line in &claim.lines {
        let sum = net.entry(line.code.clone()).or_default();
        let less = line.handed.negated().and_then(|less| sum.plus(less));
        *sum = less.unwrap_or(*sum);
    }
    net
}

fn verdict(
    claim: &PickupClaim,
    before: bool,
    known: Option<Option<&OnlineOrder>>,
    net: &BTreeMap<ItemCode, Quantity>,
) -> Option<Verdict> {
    if claim.outcome == Outcome::Declined || before && claim.outcome.hands_over() {
        return Some(Verdict::Duplicate);
    }
    let Some(order) = known? else { return Some(Verdict::NotFound) };
    if order.state != OnlineState::Open {
        return Some(Verdict::AlreadyClosed);
    }
    let even = net.values().all(|quantity| *quantity == Quantity::default());
    Some(if even { Verdict::Matched } else { Verdict::QuantityDiffers })
}

fn by_time(claims: &[PickupClaim]) -> Vec<&PickupClaim> {
    let mut claims: Vec<&PickupClaim> = claims.iter().collect();
    claims.sort_by_key(|claim| claim.happened.order());
    claims
}

impl PickupClaim {
    fn exception(&self, code: Code, text: String) -> Exception {
        self.happened.exception(code, text, self.order.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
    use crate::domain::time::Timestamp;

    fn pieces(count: i64) -> Quantity {
        Quantity::pieces(count).expect("fits")
    }

    fn item(text: &str) -> ItemCode {
        ItemCode::parse(text).expect("a code")
    }

    fn claim(register: u16, minute: i64, order: &str, outcome: Outcome) -> PickupClaim {
        let at = Timestamp::new(1_790_000_000_000 + minute * 60_000, -360).expect("a time");
        let epoch = Epoch([1; 8]);
        let journal = JournalId { store: StoreNo(1), register: RegisterNo(register), epoch };
        let handed = if outcome.hands_over() { pieces(2) } else { pieces(0) };
        PickupClaim {
            happened: Happened { at, journal, seq: Seq(minute.unsigned_abs()) },
            by: None,
            order: OrderNo::parse(order).expect("a number"),
            outcome,
            code: true,
            id: true,
            why: None,
            asked: None,
            name: None,
            again: false,
            signed: None,
            lines: vec![ClaimLine {
                code: item("4011"),
                name: "Bananas".to_owned(),
                ordered: Some(pieces(2)),
                handed,
                instead_of: None,
                place: String::new(),
            }],
        }
    }

    type Said<'a> = (&'a str, OnlineState, &'a [(&'a str, i64)]);

    fn online(orders: &[Said<'_>]) -> Online {
        let order = |(number, state, lines): &Said<'_>| {
            let lines = lines.iter().map(|(code, count)| (item(code), pieces(*count)));
            let order = OnlineOrder { state: *state, lines: lines.collect() };
            (OrderNo::parse(number).expect("a number"), order)
        };
        orders.iter().map(order).collect()
    }

    fn said(compared: &[Compared<'_>]) -> Vec<(&'static str, Vec<(String, i64)>)> {
        let net = |one: &Compared<'_>| {
            let of = |(code, quantity): (&ItemCode, &Quantity)| {
                (code.to_string(), quantity.tenthousandths() / 10_000)
            };
            one.net.iter().map(of).collect()
        };
        compared.iter().map(|one| (one.verdict.map_or("", Verdict::word), net(one))).collect()
    }

    #[test]
    fn each_claim_gets_its_verdict_and_stock_is_not_reduced_twice() {
        use OnlineState::{Canceled, Closed, Open};
        let claims = [
            claim(1, 1, "W-1", Outcome::Handed),
            claim(1, 2, "W-2", Outcome::Handed),
            claim(1, 3, "W-3", Outcome::Unverified),
            claim(1, 4, "W-4", Outcome::Partly),
            claim(2, 5, "W-1", Outcome::Handed),
            claim(2, 6, "W-5", Outcome::Handed),
            claim(2, 7, "W-6", Outcome::Promised),
            claim(2, 8, "W-1", Outcome::Declined),
        ];
        let online = online(&[
            ("W-1", Open, &[("4011", 2)]),
            ("W-2", Closed, &[("4011", 2)]),
            ("W-4", Open, &[("4011", 3), ("4012", 1)]),
            ("W-5", Canceled, &[("4011", 2)]),
            ("W-6", Open, &[("4011", 2)]),
        ]);
        let four = |count| vec![("4011".to_owned(), count)];
        assert_eq!(
            said(&compare(&claims, Some(&online))),
            [
                ("matched", four(0)),
                ("already_closed", four(0)),
                ("not_found", four(-2)),
                ("quantity_differs", vec![("4011".to_owned(), 1), ("4012".to_owned(), 1)]),
                ("duplicate", four(-2)),
                ("already_closed", four(-2)),
                ("matched", vec![]),
                ("duplicate", vec![]),
            ]
        );
        let compared = compare(&claims, Some(&online));
        let found = exceptions(&compared);
        let codes: Vec<&str> = found.iter().map(|one| one.code.word()).collect();
        assert_eq!(codes, ["pickup_not_found", "pickup_differs"]);
    }

    #[test]
    fn without_the_online_system_only_what_is_known_here_is_said() {
        let claims = [claim(2, 5, "W-1", Outcome::Handed), claim(1, 1, "W-1", Outcome::Handed)];
        let compared = compare(&claims, None);
        assert_eq!(said(&compared), [("", vec![]), ("duplicate", vec![])]);
        assert_eq!(compared[1].claim.happened.journal.register, RegisterNo(2), "the later one");
        assert_eq!(exceptions(&compared), []);
    }

    #[test]
    fn the_later_of_two_hand_overs_is_the_exception_in_whatever_order_they_came() {
        let mut claims = vec![
            claim(2, 5, "W-1", Outcome::Handed),
            claim(1, 1, "W-1", Outcome::Partly),
            claim(1, 2, "W-1", Outcome::Declined),
            claim(1, 3, "W-2", Outcome::Promised),
            claim(1, 4, "W-2", Outcome::Handed),
        ];
        for _ in 0..claims.len() {
            let found = twice(&claims);
            assert_eq!(found.len(), 1);
            let one = &found[0];
            assert_eq!((one.journal.register, one.cause.as_str()), (RegisterNo(2), "W-1"));
            claims.rotate_left(1);
        }
    }
}
