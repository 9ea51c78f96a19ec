//! Control totals: a journal's own figures against what its register announced.

use crate::domain::event::Lifetime;
use crate::domain::ids::Seq;
use crate::reconcile::exception::Code;

use super::store::{ExceptionGroup, JournalRow};

/// What a journal's own figures say as they stand now: records that wait for others before them,
/// and money that is not what the register announced for the same records.
pub(super) fn control(row: &JournalRow) -> Option<ExceptionGroup> {
    let all_here = row.position.next_seq == row.expected_next;
    let (code, count, text) = if row.parked > 0 {
        let text = format!("records from {} on are missing before others", row.position.next_seq);
        (Code::Gap, row.parked, text)
    } else if all_here && row.expected_next > Seq(0) && row.expected != row.received {
        let text = "takings and pay-outs are not what the register announced".to_owned();
        (Code::ControlTotals, 1, text)
    } else {
        return None;
    };
    let net = |lifetime: Lifetime| lifetime.takings.minus(lifetime.payouts).unwrap_or_default();
    let amount = net(row.expected).minus(net(row.received)).unwrap_or_default().minor();
    Some(ExceptionGroup {
        store: row.journal.store,
        code: code.word().to_owned(),
        cause: String::new(),
        level: code.level().word().to_owned(),
        count,
        amount,
        text,
        journal: row.journal,
        seq: row.position.next_seq,
    })
}
