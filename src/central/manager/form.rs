//! What a form says, and the decisions it comes to. Nothing here writes; a form that is refused
//! leaves everything as it was.

use crate::central::close::Reconciliation;
use crate::central::form::Form;
use crate::domain::card_number;
use crate::domain::decision::{AREA_LEN_MAX, Action, Decision, REASON_LEN_MAX, Second};
use crate::domain::gtin::ItemCode;
use crate::domain::ids::PersonId;
use crate::domain::money::Money;
use crate::reconcile::errand::Refused;
use crate::reconcile::exception::Code;
use crate::reconcile::matters::Matter;
use crate::reconcile::packs::{Looked, PackView};
use crate::reconcile::report::two_people;
use crate::reconcile::words::Choice;

/// What a form is about: one root cause, or all of one rule.
pub(in crate::central) fn targets<'a>(now: &'a Reconciliation, form: &Form) -> Vec<&'a Matter> {
    let code = Code::from_word(form.get("rule"));
    let all = form.get("all") == "1";
    let chosen = |matter: &&Matter| {
        Some(matter.code) == code
            && !matter.open.is_empty()
            && (all || matter.cause == form.get("cause"))
    };
    now.balance.matters.iter().filter(chosen).collect()
}

/// What matters come to together: how many findings, and their money.
pub(in crate::central) fn together(matters: &[&Matter]) -> (usize, Money) {
    let count = matters.iter().fold(0_usize, |sum, one| sum.saturating_add(one.open.len()));
    let sum = Money::sum(matters.iter().map(|one| one.open_sum())).unwrap_or_default();
    (count, sum)
}

/// Whether two people decide about these.
pub(in crate::central) fn needs_second(now: &Reconciliation, matters: &[&Matter]) -> bool {
    two_people(now.rules.two_people_above, matters.iter().map(|one| (one.open_sum(), one.level)))
}

/// The decisions a form comes to. `second` verifies the second person, who is asked only where
/// one is needed.
///
/// # Errors
/// [`Refused`], with what to mend.
pub(in crate::central) fn decisions(
    now: &Reconciliation,
    form: &Form,
    packs: &dyn PackView,
    second: impl FnOnce() -> Result<Second, Refused>,
) -> Result<Vec<Decision>, Refused> {
    let matters = targets(now, form);
    let (count, sum) = together(&matters);
    if matters.is_empty()
        || form.get("count") != count.to_string()
        || form.get("sum") != sum.minor().to_string()
    {
        return Err(Refused::Changed);
    }
    let choice = Choice::from_word(form.get("action")).ok_or(Refused::NoAction)?;
    let reason = form.get("reason");
    if reason.is_empty() || reason.len() > REASON_LEN_MAX {
        return Err(Refused::NoReason);
    }
    if card_number::is_in(reason) || card_number::is_in(form.get("area")) {
        return Err(Refused::CardNumber);
    }
    let mut actions = Vec::new();
    for matter in &matters {
        if !matter.code.choices().contains(&choice) {
            return Err(Refused::NoAction);
        }
        actions.push(action(now, choice, form, matter, matters.len() > 1, packs)?);
    }
    let settles = actions.iter().any(Action::settles);
    let second = if settles && needs_second(now, &matters) {
        if form.get("second").is_empty() && form.get("second_badge").is_empty() {
            return Err(Refused::NeedsSecond { amount: sum.minor() });
        }
        Some(second()?)
    } else {
        None
    };
    let decision = |(matter, action): (&&Matter, Action)| {
        Some(Decision {
            matter: matter.key()?,
            action,
            count: u32::try_from(matter.open.len()).ok()?,
            sum: matter.open_sum(),
            reach: matter.reach(),
            reason: reason.to_owned(),
            second: second.clone(),
        })
    };
    let decided: Option<Vec<Decision>> = matters.iter().zip(actions).map(decision).collect();
    decided.ok_or(Refused::Changed)
}

fn action(
    now: &Reconciliation,
    choice: Choice,
    form: &Form,
    matter: &Matter,
    one_of_many: bool,
    packs: &dyn PackView,
) -> Result<Action, Refused> {
    Ok(match choice {
        Choice::Accept => Action::Accept,
        Choice::WriteOff => Action::WriteOff,
        Choice::MakeGood => Action::MakeGood,
        Choice::Correct => {
            let text = form.get("amount");
            let amount = if one_of_many || text.is_empty() {
                // Each by its own difference, the other way round.
                matter.open_sum().negated().unwrap_or_default()
            } else {
                let wrong = || Refused::NotAnAmount { text: text.to_owned() };
                Money::parse(text).map_err(|_| wrong())?
            };
            Action::Correct { amount }
        }
        Choice::Reassign => {
            let text = form.get("item");
            let wrong = || Refused::NoSuchItem { code: text.to_owned() };
            let item = ItemCode::parse(text).map_err(|_| wrong())?;
            let at = matter.open.first().and_then(|one| {
                let sale = now.records.sale_at(&one.journal, one.seq)?;
                crate::domain::time::Timestamp::new(
                    sale.day.days_since_1970().saturating_add(1).saturating_mul(86_400_000),
                    0,
                )
            });
            let version = at.and_then(|at| packs.in_force(now.records.store, at));
            match version.map(|version| packs.item(now.records.store, &version, &item)) {
                Some(Looked::Absent) => return Err(wrong()),
                Some(Looked::Found(_) | Looked::NoPack) | None => Action::Reassign { item },
            }
        }
        Choice::Ask => {
            let text = form.get("person");
            let wrong = || Refused::NoSuchPerson { number: text.to_owned() };
            let person = PersonId::parse(text).map_err(|_| wrong())?;
            let known = packs.person(now.records.store, &person).ok_or_else(wrong)?;
            Action::Ask { person: known.id }
        }
        Choice::Count => {
            let area = form.get("area");
            if area.is_empty() || area.len() > AREA_LEN_MAX {
                return Err(Refused::NoArea);
            }
            Action::Count { area: area.to_owned() }
        }
    })
}
