//! Who may revoke a register's keys: one person of IT proposes, a second one decides or refuses.
//!
//! ```text
//!  token ─▶ who ─▶ propose ─▶ [what stands behind the lengths, in words] ─▶ another's token ─▶ end
//!             └─▶ alone: where one person of IT is all there is, and says so
//! ```
//!
//! The proposal alone takes a stolen register's word away: what it brings from then on waits. So
//! nobody has to be woken for a second signature while a thief sells, and nobody takes a store's
//! money out of the totals for good by themselves.

use std::path::Path;

use crate::central::close::{Closure, OWN_REGISTER};
use crate::central::queue::tokens;
use crate::central::store::{JournalRow, Standing, Store, StoreError};
use crate::domain::card_number;
use crate::domain::decision::REASON_LEN_MAX;
use crate::domain::ids::{Epoch, JournalId, PersonId, RegisterNo, Seq, StoreNo};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::journal::key::PublicKey;

pub use super::refusal::NotRevoked;
use super::{GoodLength, Revocation, Step, StepKind, Trust};

/// Whose keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which {
    /// The store.
    pub store: StoreNo,
    /// The register.
    pub register: RegisterNo,
    /// One key alone, where the register has another one by now that is trusted; all of them where
    /// none is named.
    pub key: Option<PublicKey>,
}

impl Which {
    /// All keys of a register.
    pub const fn all(store: StoreNo, register: RegisterNo) -> Self {
        Self { store, register, key: None }
    }
}

/// Up to where the register's records count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoodUntil {
    /// All that central holds now.
    Held,
    /// Up to this record of a journal, which is named where there are several; others as they are
    /// held.
    Record(Option<Epoch>, Seq),
    /// What central had received until a moment, in milliseconds since 1970: by central's clock,
    /// never by the record's own.
    Received(i64),
}

/// Somebody who acts, with what they say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub by: PersonId,
    /// Why.
    pub reason: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// What stands behind the length of one journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// The journal.
    pub epoch: Epoch,
    /// Records below it count.
    pub length: Seq,
    /// Records from there on that central holds.
    pub records: u64,
    /// Their takings.
    pub takings: Money,
    /// Their pay-outs.
    pub payouts: Money,
    /// Of them, those that other systems were given.
    pub handed: Vec<(String, u64)>,
    /// Closures that counted some of them.
    pub closures: Vec<u32>,
}

/// Whose token this is.
///
/// # Errors
/// [`NotRevoked::NoToken`] where it is nobody's.
pub fn signer(folder: &Path, token: &str) -> Result<PersonId, NotRevoked> {
    tokens::whose(folder, token.trim())?.ok_or(NotRevoked::NoToken)
}

/// The keys that could be revoked, and how long their journals would be good. Where all of them
/// are revoked already, what is good of their journals can become less, and never more.
///
/// # Errors
/// [`NotRevoked`].
pub fn draft(
    store: &mut dyn Store,
    which: Which,
    until: GoodUntil,
) -> Result<Revocation, NotRevoked> {
    let Which { store: number, register, .. } = which;
    let (keys, before) = drafted(store, which)?;
    let rows: Vec<JournalRow> = journals(store, which)?
        .into_iter()
        .filter(|row| keys.contains(&row.key) && row.position.next_seq > Seq(0))
        .collect();
    let named = named(which, until, &rows)?;
    let (mut lengths, mut less) = (Vec::new(), before.is_empty());
    for row in &rows {
        let (journal, held) = (row.journal, row.position.next_seq);
        let bound = before.last().map(|_| good_by(&before, row));
        let most = bound.map_or(held, |bound| bound.min(held));
        let length = match until {
            GoodUntil::Record(_, last) if named == Some(journal.epoch) => last.next(),
            GoodUntil::Received(at_ms) => store.received_until(&journal, at_ms)?.min(most),
            GoodUntil::Record(..) | GoodUntil::Held => most,
        };
        let asked = Seq(length.0.saturating_sub(1));
        if let Some(last) = before.last().filter(|_| length > most) {
            let (who, at) = decided_by(last);
            return Err(NotRevoked::Longer { who, at, lengths: told(&before, &rows), asked });
        }
        less |= length < most;
        let end = store.end_at(&journal, length)?;
        let Some((head, lifetime)) = end.filter(|_| length <= held) else {
            let held = last_of(held);
            return Err(NotRevoked::Beyond { epoch: journal.epoch, asked, held });
        };
        let epoch = journal.epoch;
        lengths.push(GoodLength { epoch, key: row.key, length, head, lifetime });
    }
    if let Some(last) = before.last().filter(|_| !less) {
        let ((who, at), lengths) = (decided_by(last), told(&before, &rows));
        return Err(NotRevoked::Already { store: number, register, who, at, lengths });
    }
    Ok(Revocation { store: number, register, number: 0, steps: Vec::new(), keys, lengths })
}

/// The keys that a proposal would be about, and what was decided about them: either all of them
/// were decided about, or none.
fn drafted(
    store: &mut dyn Store,
    which: Which,
) -> Result<(Vec<PublicKey>, Vec<Revocation>), NotRevoked> {
    let none = NotRevoked::NoKey(which.store, which.register);
    // Central's own journal of decisions is no register's.
    if which.register == OWN_REGISTER {
        return Err(none);
    }
    let all = store.revocations(Some((which.store, which.register)))?;
    let wanted = |key: &PublicKey| which.key.is_none_or(|one| one == *key);
    let names = |one: &Revocation, key: &PublicKey| one.keys.contains(key);
    let (bound, free): (Vec<_>, Vec<_>) =
        store.keys(which.store, which.register)?.into_iter().filter(|(k, _)| wanted(k)).partition(
            |(key, standing)| {
                let waits = all.iter().any(|one| one.end().is_none() && names(one, key));
                let decided = all.iter().any(|one| one.is_decided() && names(one, key));
                decided || (*standing == Standing::Revoked && !waits)
            },
        );
    let decided = free.is_empty();
    let keys = if decided { bound } else { free };
    let keys: Vec<PublicKey> = keys.into_iter().map(|(key, _)| key).collect();
    let about = |one: &Revocation| one.is_decided() && one.keys.iter().any(|k| keys.contains(k));
    let before: Vec<Revocation> = all.into_iter().filter(|one| decided && about(one)).collect();
    // A key that is revoked without a word of anybody is good for nothing, which can't be less.
    if keys.is_empty() || (decided && before.is_empty()) {
        return Err(none);
    }
    Ok((keys, before))
}

/// The journal of the record that is named. The newest one may be a thief's, so nobody guesses.
fn named(which: Which, until: GoodUntil, rows: &[JournalRow]) -> Result<Option<Epoch>, NotRevoked> {
    let Which { store, register, .. } = which;
    let GoodUntil::Record(epoch, _) = until else { return Ok(None) };
    match (epoch, rows) {
        (_, []) => Err(NotRevoked::NoRecords(store, register)),
        (None, [only]) => Ok(Some(only.journal.epoch)),
        (None, _) => {
            let held = |row: &JournalRow| {
                let last = last_of(row.position.next_seq);
                format!("of {} central holds records up to {last}", row.journal.epoch)
            };
            let journals = rows.iter().map(held).collect::<Vec<_>>().join("; ");
            Err(NotRevoked::WhichJournal { store, register, journals })
        }
        (Some(epoch), rows) if rows.iter().any(|row| row.journal.epoch == epoch) => Ok(Some(epoch)),
        (Some(_), _) => Err(NotRevoked::NoJournal { store, register }),
    }
}

/// How far a journal counts by what was decided.
fn good_by(decided: &[Revocation], row: &JournalRow) -> Seq {
    let all = decided.iter().filter_map(|one| one.trust(row.journal.epoch, &row.key));
    Trust::shortest(all).map_or(Seq(0), |trust| trust.length)
}

fn told(decided: &[Revocation], rows: &[JournalRow]) -> String {
    let one = |row: &JournalRow| match good_by(decided, row).0.checked_sub(1) {
        Some(last) => format!("journal {} counts up to {last}", row.journal.epoch),
        None => format!("nothing of journal {} counts", row.journal.epoch),
    };
    let all: Vec<String> = rows.iter().map(one).collect();
    if all.is_empty() { "nothing of it counts".to_owned() } else { all.join(", ") }
}

fn decided_by(one: &Revocation) -> (String, String) {
    let end = one.end().map(|end| (end.who.clone(), end.at_ms)).unwrap_or_default();
    (end.0, Timestamp::new(end.1, 0).map(|at| at.to_string()).unwrap_or_default())
}

fn last_of(length: Seq) -> String {
    length.0.checked_sub(1).map(|last| last.to_string()).unwrap_or_default()
}

/// Proposes to revoke a register's keys: what lies beyond the lengths waits from now on.
///
/// # Errors
/// [`NotRevoked`]; then nothing was changed.
pub fn propose(
    store: &mut dyn Store,
    which: Which,
    until: GoodUntil,
    actor: &Actor,
) -> Result<Revocation, NotRevoked> {
    let step = step(StepKind::Proposed, actor)?;
    if let Some(open) = waiting(store, which)? {
        return Err(waits(&open));
    }
    let mut proposal = draft(store, which, until)?;
    proposal.steps.push(step);
    let Some(number) = store.propose_revocation(&proposal)? else {
        let open = waiting(store, which)?;
        return Err(open.map_or(NotRevoked::NoneWaits(which.store, which.register), |o| waits(&o)));
    };
    tracing::warn!(by = %actor.by, store = %which.store, register = %which.register,
        "a revocation was proposed");
    proposal.number = number;
    Ok(proposal)
}

/// Decides or refuses what somebody else proposed.
///
/// # Errors
/// [`NotRevoked`]; then nothing was changed.
pub fn end(
    store: &mut dyn Store,
    which: Which,
    kind: StepKind,
    actor: &Actor,
) -> Result<Revocation, NotRevoked> {
    end_as(store, which, kind, actor, false)
}

/// Proposes and decides, where one person of IT is all there is: nobody else has a token. It shows
/// on record: one name stands at both.
///
/// # Errors
/// [`NotRevoked`]; then nothing was changed, or the proposal waits.
pub fn alone(
    store: &mut dyn Store,
    folder: &Path,
    which: Which,
    until: GoodUntil,
    actor: &Actor,
) -> Result<Revocation, NotRevoked> {
    let others = tokens::people(folder)?.into_iter().filter(|one| *one != actor.by);
    let others: Vec<String> = others.map(|one| one.to_string()).collect();
    if !others.is_empty() {
        return Err(NotRevoked::NotAlone(others.join(", ")));
    }
    match waiting(store, which)? {
        None => drop(propose(store, which, until, actor)?),
        Some(open) if until != GoodUntil::Held => {
            let who = open.proposal().map(|step| step.who.clone()).unwrap_or_default();
            return Err(NotRevoked::HasLengths(who));
        }
        Some(_) => {}
    }
    end_as(store, which, StepKind::Decided, actor, true)
}

fn end_as(
    store: &mut dyn Store,
    which: Which,
    kind: StepKind,
    actor: &Actor,
    alone: bool,
) -> Result<Revocation, NotRevoked> {
    let step = step(kind, actor)?;
    let none = || NotRevoked::NoneWaits(which.store, which.register);
    let mut open = waiting(store, which)?.ok_or_else(none)?;
    same_keys(which, &open)?;
    let proposed_by = open.proposal().map(|step| step.who.clone()).unwrap_or_default();
    // Who proposed may take it back, as anybody else may refuse it; nobody decides their own.
    if kind == StepKind::Decided && !alone && proposed_by == step.who {
        return Err(NotRevoked::SamePerson(proposed_by));
    }
    if !store.end_revocation(which.store, which.register, open.number, &step)? {
        return Err(none());
    }
    tracing::warn!(by = %actor.by, store = %which.store, register = %which.register,
        step = kind.word(), alone, "a revocation was ended");
    open.steps.push(step);
    Ok(open)
}

/// Whoever names a key means it alone.
///
/// # Errors
/// [`NotRevoked::OtherKeys`] where a proposal is about others, too.
pub fn same_keys(which: Which, open: &Revocation) -> Result<(), NotRevoked> {
    let Some(key) = which.key.filter(|key| open.keys != [*key]) else { return Ok(()) };
    let named: Vec<String> = open.keys.iter().map(PublicKey::fingerprint).collect();
    Err(NotRevoked::OtherKeys { named: named.join(", "), asked: key.fingerprint() })
}

/// Where a register stands, and all that people did about those keys, oldest first: what waits,
/// else what was decided about its present keys; none while they are trusted.
///
/// # Errors
/// [`StoreError`].
pub fn standing(
    store: &mut dyn Store,
    which: Which,
) -> Result<(Option<Revocation>, Vec<Step>), StoreError> {
    let mut all = store.revocations(Some((which.store, which.register)))?;
    all.retain(|one| which.key.is_none_or(|key| one.keys.contains(&key)));
    let known = store.keys(which.store, which.register)?;
    let trusted = |key: &PublicKey| known.iter().any(|(k, s)| k == key && *s != Standing::Revoked);
    let wanted = |key: &PublicKey| which.key.is_none_or(|one| one == *key);
    let waits = all.iter().find(|one| one.end().is_none());
    let keys: Vec<PublicKey> = match waits {
        Some(one) => one.keys.clone(),
        // An older machine's decision says nothing of the key that is trusted now.
        None if known.iter().any(|(key, _)| wanted(key) && trusted(key)) => {
            known.iter().map(|(key, _)| *key).filter(trusted).collect()
        }
        None => known.iter().map(|(key, _)| *key).collect(),
    };
    all.retain(|one| one.keys.iter().any(|key| keys.contains(key)));
    let steps = all.iter().flat_map(|one| one.steps.clone()).collect();
    let waits = all.iter().position(|one| one.end().is_none());
    let holds = waits.or_else(|| all.iter().rposition(Revocation::is_decided));
    Ok((holds.map(|at| all.swap_remove(at)), steps))
}

/// The proposal that waits for a second person.
///
/// # Errors
/// [`StoreError`].
pub fn waiting(store: &mut dyn Store, which: Which) -> Result<Option<Revocation>, StoreError> {
    let all = store.revocations(Some((which.store, which.register)))?;
    Ok(all.into_iter().find(|one| one.end().is_none()))
}

/// What stands behind the lengths of a revocation, journal by journal: one that it does not name
/// stands apart as a whole.
///
/// # Errors
/// [`StoreError`].
pub fn behind(store: &mut dyn Store, one: &Revocation) -> Result<Vec<Behind>, StoreError> {
    let which = Which::all(one.store, one.register);
    let closures: Vec<Closure> =
        store.closures(one.store)?.into_iter().filter_map(Closure::read).collect();
    let mut all = Vec::new();
    for row in journals(store, which)?.iter().filter(|row| one.keys.contains(&row.key)) {
        let JournalId { epoch, .. } = row.journal;
        let good = one.lengths.iter().find(|good| good.epoch == epoch);
        let (length, lifetime) =
            good.map_or((Seq(0), Default::default()), |good| (good.length, good.lifetime));
        let name = epoch.to_string();
        let counted = |closure: &&Closure| {
            let heads = &closure.certificate.heads;
            let of = heads.iter().find(|head| head.epoch == name);
            of.is_some_and(|head| head.next > length.0 && head.next > head.from)
        };
        let less = |all: Money, good: Money| all.minus(good).unwrap_or_default();
        all.push(Behind {
            epoch,
            length,
            records: row.position.next_seq.0.saturating_sub(length.0),
            takings: less(row.received.takings, lifetime.takings),
            payouts: less(row.received.payouts, lifetime.payouts),
            handed: store.handed_beyond(&row.journal, length)?,
            closures: closures.iter().filter(counted).map(|c| c.certificate.number).collect(),
        });
    }
    Ok(all)
}

fn journals(store: &mut dyn Store, which: Which) -> Result<Vec<JournalRow>, StoreError> {
    let of = |row: &JournalRow| {
        (row.journal.store, row.journal.register) == (which.store, which.register)
    };
    Ok(store.journals(Some(which.store))?.into_iter().filter(of).collect())
}

fn waits(open: &Revocation) -> NotRevoked {
    let who = open.proposal().map(|step| step.who.clone()).unwrap_or_default();
    NotRevoked::Waits { store: open.store, register: open.register, who }
}

fn step(kind: StepKind, actor: &Actor) -> Result<Step, NotRevoked> {
    let reason = actor.reason.trim();
    let odd = reason.chars().any(char::is_control) || reason.chars().count() > REASON_LEN_MAX;
    if reason.is_empty() || odd {
        return Err(NotRevoked::NoReason);
    }
    if card_number::is_in(reason) {
        return Err(NotRevoked::CardNumber);
    }
    let (at_ms, who) = (actor.at_ms, actor.by.to_string());
    Ok(Step { kind, at_ms, who, reason: reason.to_owned() })
}
