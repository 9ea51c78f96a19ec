//! Who signs for whom, and where: a person is at one place at a time.

use std::collections::BTreeMap;

use crate::domain::approval::{Act, Approval};
use crate::domain::event::Event;
use crate::domain::ids::PersonId;
use crate::reconcile::exception::{Code, Exception};

use super::{Day, Deed};

pub(super) fn look(day: &Day<'_>) -> Vec<Exception> {
    let mut found = at_two_places(day);
    found.extend(always_the_same(day));
    found
}

fn approvals(deed: &Deed) -> Vec<&Approval> {
    match &deed.event {
        Event::DrawerOpen { approval, .. } | Event::CashMovement { approval, .. } => {
            approval.iter().collect()
        }
        Event::StockDelta(change) => change.approval.iter().collect(),
        _ => deed.sale().map_or_else(Vec::new, |sale| sale.terms.approvals.iter().collect()),
    }
}

/// Nobody signs at two registers within moments: a PIN is shared.
fn at_two_places(day: &Day<'_>) -> Vec<Exception> {
    let mut signed: Vec<(&PersonId, &Deed)> = Vec::new();
    for deed in day.deeds {
        signed.extend(approvals(deed).into_iter().map(|approval| (&approval.by, deed)));
    }
    signed.sort_by_key(|(by, deed)| ((*by).clone(), deed.happened.order()));
    let within_ms = u64::from(day.limits.approver_s).saturating_mul(1_000);
    let mut found = Vec::new();
    for pair in signed.windows(2) {
        let [(by, first), (again, second)] = pair else { continue };
        let apart = first.happened.journal.register != second.happened.journal.register;
        let passed = second.after(&first.happened);
        if by == again && apart && passed.is_some_and(|ms| ms < within_ms) {
            let text = format!(
                "{by} signed at registers {} and {} within {} s: somebody else knows the PIN",
                first.register(),
                second.register(),
                day.limits.approver_s
            );
            found.push(second.says(Code::ApproverTwice, text, format!("person {by}")));
        }
    }
    found
}

/// Acts about the price or the money of a sale.
const fn is_about_money(act: Act) -> bool {
    matches!(
        act,
        Act::PriceOverride
            | Act::OpenDepartment
            | Act::VoidLine
            | Act::CancelSale
            | Act::Void
            | Act::Refund
            | Act::RefundWithoutReceipt
            | Act::NoSale
    )
}

/// Most of one person's acts are signed by one colleague, who seldom signs for others. Where one
/// lead is on duty alone, everybody's are.
fn always_the_same(day: &Day<'_>) -> Vec<Exception> {
    let mut signed: BTreeMap<(&PersonId, &PersonId), (u64, &Deed)> = BTreeMap::new();
    for deed in day.deeds {
        let Some(seller) = &deed.by else { continue };
        for approval in approvals(deed).into_iter().filter(|one| is_about_money(one.act)) {
            let (count, last) = signed.entry((seller, &approval.by)).or_insert((0, deed));
            *count = count.saturating_add(1);
            *last = deed;
        }
    }
    let sum = |keep: &dyn Fn(&PersonId, &PersonId) -> bool| -> u64 {
        let kept = signed.iter().filter(|((seller, by), _)| keep(seller, by));
        kept.map(|(_, (count, _))| *count).fold(0, u64::saturating_add)
    };
    let mut found = Vec::new();
    for ((seller, by), (count, last)) in &signed {
        let own = sum(&|other, _| other == *seller);
        let elsewhere = sum(&|other, _| other != *seller);
        let theirs = sum(&|other, signer| other != *seller && signer == *by);
        let most = count.saturating_mul(2) > own;
        let seldom = theirs.saturating_mul(2) < elsewhere;
        if own >= u64::from(day.limits.same_approver_min) && most && seldom {
            let text = format!(
                "{by} signed for {count} of {own} acts of {seller}, and for {theirs} of \
                 {elsewhere} of everybody else"
            );
            let cause = format!("persons {seller} and {by}");
            found.push(last.says(Code::SameApprover, text, cause));
        }
    }
    found
}
