//! The bodies of a decision and of a closure: records of central's own journal.

use crate::domain::decision::{
    AREA_LEN_MAX, Action, CAUSE_LEN_MAX, Decision, Head, JOURNALS_MAX, Matter, REASON_LEN_MAX,
    Reach, RuleWord, Second, StoreClosed,
};
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{Epoch, PersonId, Seq};
use crate::domain::person::Role;
use crate::journal::hash::{from_hex, to_hex};
use crate::journal::json::{Malformed, Reader, Writer};

use super::{bytes32, int, label, money, number, text, word};

pub(super) fn write(json: &mut Writer, decision: &Decision) {
    text(json, "rule", decision.matter.rule.as_str());
    text(json, "cause", clipped(&decision.matter.cause, CAUSE_LEN_MAX));
    text(json, "action", decision.action.word());
    match &decision.action {
        Action::Accept | Action::WriteOff | Action::MakeGood => {}
        Action::Correct { amount } => int(json, "amount", amount.minor()),
        Action::Reassign { item } => text(json, "item", item.as_str()),
        Action::Ask { person } => text(json, "person", person.as_str()),
        Action::Count { area } => text(json, "area", clipped(area, AREA_LEN_MAX)),
    }
    int(json, "count", decision.count);
    int(json, "sum", decision.sum.minor());
    json.key("reach");
    json.array(decision.reach.iter().take(JOURNALS_MAX), |json, reach| {
        json.begin_object();
        text(json, "epoch", &reach.epoch.to_string());
        int(json, "next", reach.next);
        json.end_object();
    });
    text(json, "reason", clipped(&decision.reason, REASON_LEN_MAX));
    if let Some(second) = &decision.second {
        json.key("second");
        json.begin_object();
        text(json, "by", second.by.as_str());
        text(json, "role", second.role.word());
        json.end_object();
    }
}

pub(super) fn read(r: &mut Reader<'_>) -> Result<Decision, Malformed> {
    let rule = label(r, "rule", RuleWord::parse)?;
    let cause = words(r, "cause", CAUSE_LEN_MAX)?;
    r.key("action")?;
    let said = r.string(16)?.into_owned();
    let action = match said.as_str() {
        "accept" => Action::Accept,
        "correct" => Action::Correct { amount: money(r, "amount")? },
        "reassign" => {
            r.key("item")?;
            let canonical =
                |text: &str| ItemCode::parse(text).ok().filter(|code| code.as_str() == text);
            Action::Reassign { item: r.string_as(20, "an item's code", canonical)? }
        }
        "ask" => Action::Ask { person: label(r, "person", PersonId::parse)? },
        "write_off" => Action::WriteOff,
        "count" => Action::Count { area: words(r, "area", AREA_LEN_MAX)? },
        "make_good" => Action::MakeGood,
        _ => return Err(r.malformed("an action")),
    };
    let (count, sum) = (number(r, "count")?, money(r, "sum")?);
    r.key("reach")?;
    let reach = r.array(JOURNALS_MAX, |r| {
        let reach = Reach { epoch: epoch(r)?, next: Seq(number(r, "next")?) };
        r.end_object()?;
        Ok(reach)
    })?;
    if reach.is_empty() {
        return Err(r.malformed("a journal that the decision reaches"));
    }
    let reason = words(r, "reason", REASON_LEN_MAX)?;
    let second = if r.optional_key("second") {
        let by = label(r, "by", PersonId::parse)?;
        let role = word(r, "role", Role::from_word)?;
        r.end_object()?;
        Some(Second { by, role })
    } else {
        None
    };
    Ok(Decision { matter: Matter { rule, cause }, action, count, sum, reach, reason, second })
}

pub(super) fn write_closed(json: &mut Writer, closed: &StoreClosed) {
    int(json, "number", closed.number);
    text(json, "digest", &to_hex(&closed.digest));
    json.key("heads");
    json.array(closed.heads.iter().take(JOURNALS_MAX), |json, head| {
        json.begin_object();
        text(json, "epoch", &head.epoch.to_string());
        int(json, "next", head.next);
        text(json, "hash", &to_hex(&head.hash));
        json.end_object();
    });
}

pub(super) fn read_closed(r: &mut Reader<'_>) -> Result<StoreClosed, Malformed> {
    let (closure, digest) = (number(r, "number")?, bytes32(r, "digest")?);
    r.key("heads")?;
    let heads = r.array(JOURNALS_MAX, |r| {
        let (epoch, next) = (epoch(r)?, Seq(number(r, "next")?));
        let head = Head { epoch, next, hash: bytes32(r, "hash")? };
        r.end_object()?;
        Ok(head)
    })?;
    Ok(StoreClosed { number: closure, digest, heads })
}

pub(super) fn epoch(r: &mut Reader<'_>) -> Result<Epoch, Malformed> {
    r.key("epoch")?;
    Ok(Epoch(r.string_as(16, "16 hex digits", from_hex)?))
}

pub(super) fn words(
    r: &mut Reader<'_>,
    key: &'static str,
    len_max: usize,
) -> Result<String, Malformed> {
    r.key(key)?;
    r.string(len_max).map(|text| text.into_owned())
}

pub(super) fn clipped(text: &str, len_max: usize) -> &str {
    text.get(..text.floor_char_boundary(len_max)).unwrap_or("")
}
