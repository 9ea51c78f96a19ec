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
use crate::domain::decision::REASON_LEN_MAX;
use crate::domain::ids::{Epoch, JournalId, PersonId, RegisterNo, Seq, StoreNo};
use crate::domain::money::Money;
use crate::journal::key::PublicKey;

use super::{GoodLength, Revocation, Step, StepKind};

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
    /// Up to this record of a journal, the newest one where none is named; others as they are held.
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

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum NotRevoked {
    /// Nobody signed.
    #[error(
        "this is no token of IT, so nobody would have signed; nothing was changed. 'tideover \
         central it-token --who NAME' makes one for a person; type it as the first line"
    )]
    NoToken,
    /// No reason.
    #[error("say why with --why, in at most 500 letters; nothing was changed")]
    NoReason,
    /// There is nothing to revoke.
    #[error("register {1} of store {0} has no key to revoke; nothing was changed")]
    NoKey(StoreNo, RegisterNo),
    /// A proposal waits.
    #[error(
        "{who} proposed to revoke register {register} of store {store} already, and its records \
         wait since then; nothing was changed. Decide it with --second, or refuse it with --refuse \
         and propose anew"
    )]
    Waits {
        /// The store.
        store: StoreNo,
        /// The register.
        register: RegisterNo,
        /// Who proposed.
        who: String,
    },
    /// None waits.
    #[error(
        "nothing waits for a second person at register {1} of store {0}; nothing was changed. Look \
         with --look, propose with --why"
    )]
    NoneWaits(StoreNo, RegisterNo),
    /// The same person twice.
    #[error(
        "{0} proposed this, so somebody else decides; nothing was changed, and the register's \
         records wait meanwhile"
    )]
    SamePerson(String),
    /// There are others.
    #[error(
        "{0} can decide this as well, so nobody does it alone; nothing was changed. Leave --alone \
         out, and let them decide with --second"
    )]
    NotAlone(String),
    /// A place that central does not hold.
    #[error(
        "central holds records up to {held} of journal {epoch}, so nothing can count up to \
         {asked}; nothing was changed"
    )]
    Beyond {
        /// The journal.
        epoch: Epoch,
        /// What was asked for.
        asked: Seq,
        /// The last record held.
        held: String,
    },
    /// No such journal.
    #[error(
        "register {register} of store {store} has no journal of that name under a key that is \
         trusted; nothing was changed. --look names them"
    )]
    NoJournal {
        /// The store.
        store: StoreNo,
        /// The register.
        register: RegisterNo,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whose token this is.
///
/// # Errors
/// [`NotRevoked::NoToken`] where it is nobody's.
pub fn signer(folder: &Path, token: &str) -> Result<PersonId, NotRevoked> {
    tokens::whose(folder, token.trim())?.ok_or(NotRevoked::NoToken)
}

/// The keys that could be revoked, and how long their journals would be good.
///
/// # Errors
/// [`NotRevoked`].
pub fn draft(
    store: &mut dyn Store,
    which: Which,
    until: GoodUntil,
) -> Result<Revocation, NotRevoked> {
    let Which { store: number, register, key } = which;
    let wanted = |one: &(PublicKey, Standing)| {
        one.1 != Standing::Revoked && key.is_none_or(|key| key == one.0)
    };
    let keys: Vec<PublicKey> =
        store.keys(number, register)?.into_iter().filter(wanted).map(|(key, _)| key).collect();
    // Central's own journal of decisions is no register's.
    if keys.is_empty() || register == OWN_REGISTER {
        return Err(NotRevoked::NoKey(number, register));
    }
    let rows: Vec<JournalRow> = journals(store, which)?
        .into_iter()
        .filter(|row| keys.contains(&row.key) && row.position.next_seq > Seq(0))
        .collect();
    let newest = rows.last().map(|row| row.journal.epoch);
    let named = match until {
        GoodUntil::Record(epoch, _) => epoch.or(newest),
        GoodUntil::Held | GoodUntil::Received(_) => None,
    };
    let known = |epoch| rows.iter().any(|row| row.journal.epoch == epoch);
    if matches!(until, GoodUntil::Record(..)) && !named.is_some_and(known) {
        return Err(NotRevoked::NoJournal { store: number, register });
    }
    let mut lengths = Vec::new();
    for row in &rows {
        let (journal, held) = (row.journal, row.position.next_seq);
        let length = match until {
            GoodUntil::Record(_, last) if named == Some(journal.epoch) => last.next(),
            GoodUntil::Received(at_ms) => store.received_until(&journal, at_ms)?.min(held),
            GoodUntil::Record(..) | GoodUntil::Held => held,
        };
        let end = store.end_at(&journal, length)?;
        let Some((head, lifetime)) = end.filter(|_| length <= held) else {
            let last = held.0.checked_sub(1).map(|last| last.to_string());
            return Err(NotRevoked::Beyond {
                epoch: journal.epoch,
                asked: Seq(length.0.saturating_sub(1)),
                held: last.unwrap_or_default(),
            });
        };
        let epoch = journal.epoch;
        lengths.push(GoodLength { epoch, key: row.key, length, head, lifetime });
    }
    Ok(Revocation { store: number, register, number: 0, steps: Vec::new(), keys, lengths })
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
    if waiting(store, which)?.is_none() {
        propose(store, which, until, actor)?;
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
    Ok(store.journals()?.into_iter().filter(of).collect())
}

fn waits(open: &Revocation) -> NotRevoked {
    let who = open.proposal().map(|step| step.who.clone()).unwrap_or_default();
    NotRevoked::Waits { store: open.store, register: open.register, who }
}

fn step(kind: StepKind, actor: &Actor) -> Result<Step, NotRevoked> {
    let reason = actor.reason.trim();
    if reason.is_empty() || reason.len() > REASON_LEN_MAX {
        return Err(NotRevoked::NoReason);
    }
    let (at_ms, who) = (actor.at_ms, actor.by.to_string());
    Ok(Step { kind, at_ms, who, reason: reason.to_owned() })
}
