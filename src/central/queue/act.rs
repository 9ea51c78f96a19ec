//! A person of IT acts on a root cause: the token says who, the amendment is signed and kept, and
//! only then does the ledger move. A form that is refused leaves everything as it was.

use std::collections::BTreeMap;

use crate::central::close::NotClosed;
use crate::central::export::ledger::{HandOver, State, Step, TargetName};
use crate::central::export::lock::{Lock, Locked};
use crate::central::form::Form;
use crate::central::manager::Said;
use crate::central::store::{Store, StoreError};
use crate::domain::amendment::{Amend, Amended, Amendment, RECORDS_MAX, REFERENCE_LEN_MAX};
use crate::domain::card_number;
use crate::domain::decision::REASON_LEN_MAX;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{PersonId, StoreNo};
use crate::domain::policy::Currency;
use crate::domain::words::Words;

use super::causes::Cause;
use super::{Queues, Wanted, cause_page, tokens};

/// What a form came to.
pub(in crate::central) enum Acted {
    /// So many records were amended.
    Done(usize),
    /// The page again, with what is wrong.
    Again(String),
}

/// Why nothing was amended.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotAmended {
    #[error(
        "This is no token of IT, so nobody would have signed. Nothing was changed. 'tideover \
         central it-token' makes one for a person; the token for looking and a PIN sign nothing \
         here."
    )]
    NoToken,
    #[error("It changed while you looked: there is more of it now, or less. Look again.")]
    Changed,
    #[error("Choose what is done. Nothing was changed.")]
    NoAction,
    #[error("Say why, in a few words, at most 500 letters. Nothing was changed.")]
    NoReason,
    #[error(
        "What you typed holds a payment card's number. Nothing was changed or kept; write it \
         without that number."
    )]
    CardNumber,
    #[error("'{0}' is no item's code. Nothing was changed; look at the item file.")]
    NotAnItem(String),
    #[error(
        "Say under which number it stands there, at most 60 letters: without it nobody finds it. \
         Nothing was changed."
    )]
    NoReference,
    #[error(transparent)]
    Locked(#[from] Locked),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a form asks for, once it may.
struct Asked {
    by: PersonId,
    amend: Amend,
    reason: String,
}

impl Queues {
    /// Amends what a form names.
    pub(in crate::central) fn amend(&self, form: &Form) -> Result<Acted, NotClosed> {
        let store = form.get("store").parse().ok().map(StoreNo);
        let wanted = Wanted { store, target: None };
        let queue = self.now(&wanted)?;
        let Some(cause) = queue.causes.iter().find(|one| one.name == form.get("cause")) else {
            let gone = Said::Refused(Words::data(NotAmended::Changed.to_string()));
            return Ok(Acted::Again(super::page::html(&queue, &wanted, self, &gone)));
        };
        let (asked, lock) = match self.allowed(cause, form) {
            Ok(allowed) => allowed,
            Err(NotAmended::Store(why)) => return Err(why.into()),
            Err(why) => {
                let page = cause_page::html(cause, &wanted, self, Some(&why.to_string()));
                return Ok(Acted::Again(page));
            }
        };
        let Asked { by, amend, reason } = asked;
        self.sign(cause, &by, &amend, &reason)?;
        self.step(cause, &by, &amend, lock)?;
        tracing::info!(%by, action = amend.word(), cause = %cause.says, target = %cause.target,
            records = cause.records, "amended at central");
        Ok(Acted::Done(cause.records))
    }

    /// What is asked, and the lock of hand-overs where a run could send it meanwhile.
    fn allowed(&self, cause: &Cause, form: &Form) -> Result<(Asked, Option<Lock>), NotAmended> {
        let asked = self.asked(cause, form)?;
        // Of what is unknown a run may find out just now, and send it.
        let lock = (cause.state == State::Unknown).then(|| Lock::of(&self.folder)).transpose()?;
        let lock = lock.map(|lock| self.in_turn(lock, |_| Ok(()))).transpose()?;
        Ok((asked, lock))
    }

    fn asked(&self, cause: &Cause, form: &Form) -> Result<Asked, NotAmended> {
        let by = tokens::whose(&self.folder, form.get("token"))?.ok_or(NotAmended::NoToken)?;
        if form.get("count") != cause.records.to_string() {
            return Err(NotAmended::Changed);
        }
        let action = form.get("action");
        if !cause_page::actions(cause).iter().any(|(word, _)| *word == action) {
            return Err(NotAmended::NoAction);
        }
        let item = |field: &str| {
            let text = form.get(field);
            ItemCode::parse(text).map_err(|_| NotAmended::NotAnItem(text.to_owned()))
        };
        let amend = match action {
            "again_as" => Amend::AgainAs { item: item("item")?, other: item("as")? },
            "by_hand" => {
                let reference = form.get("reference");
                if reference.is_empty() || reference.len() > REFERENCE_LEN_MAX {
                    return Err(NotAmended::NoReference);
                }
                Amend::ByHand { reference: reference.to_owned() }
            }
            _ => Amend::Again,
        };
        let reason = form.get("reason");
        if reason.is_empty() || reason.len() > REASON_LEN_MAX {
            return Err(NotAmended::NoReason);
        }
        if card_number::is_in(reason) || card_number::is_in(form.get("reference")) {
            return Err(NotAmended::CardNumber);
        }
        Ok(Asked { by, amend, reason: reason.to_owned() })
    }

    /// One amendment for so many records, in the journal of each store.
    fn sign(
        &self,
        cause: &Cause,
        by: &PersonId,
        amend: &Amend,
        reason: &str,
    ) -> Result<(), NotClosed> {
        let mut by_store: BTreeMap<StoreNo, Vec<Amended>> = BTreeMap::new();
        for row in &cause.rows {
            let (epoch, seq, hash) = (row.journal.epoch, row.seq, row.hash.0);
            by_store.entry(row.journal.store).or_default().push(Amended { epoch, seq, hash });
        }
        for (store, records) in by_store {
            let amendment = |records: &[Amended]| Amendment {
                target: cause.target.clone(),
                action: amend.clone(),
                records: records.to_vec(),
                reason: reason.to_owned(),
            };
            let all = records.chunks(RECORDS_MAX).map(amendment).collect();
            let facts = self.packs.store(store);
            let currency = facts.map_or(Currency::Usd, |facts| facts.currency);
            self.door.amend(store, by, currency, all)?;
        }
        Ok(())
    }

    /// Does something while nobody else hands over, on this machine or another.
    fn in_turn(
        &self,
        lock: Lock,
        deed: impl FnOnce(&mut dyn Store) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Lock, Locked> {
        self.door.writer.call(move |store| {
            Ok(lock.take_turn(store).and_then(|()| {
                let done = deed(store);
                store.hand_overs().end_turn()?;
                done?;
                Ok(lock)
            }))
        })?
    }

    fn step(
        &self,
        cause: &Cause,
        by: &PersonId,
        amend: &Amend,
        lock: Option<Lock>,
    ) -> Result<(), NotClosed> {
        let (state, note) = match amend {
            Amend::Again => (State::Pending, format!("again, by {by}")),
            Amend::AgainAs { item, other } => {
                (State::Pending, format!("again, by {by}: {item} is {other} there"))
            }
            Amend::ByHand { reference } => {
                (State::Confirmed, format!("entered there by hand as {reference}, told by {by}"))
            }
        };
        let moved = |row: &HandOver| row.to(state, &note);
        let steps: Vec<Step> = cause.rows.iter().map(moved).collect();
        let target = TargetName::parse(&cause.target);
        let target = target.map_err(|why| StoreError::Unfit(why.to_string()))?;
        let now_ms = self.door.clock.now().utc_ms;
        let step = move |store: &mut dyn Store| store.hand_overs().step(&target, &steps, now_ms);
        match lock {
            None => self.door.writer.call(step)?,
            Some(lock) => drop(self.in_turn(lock, step).map_err(|why| match why {
                Locked::Store(why) => why,
                other => StoreError::Unfit(other.to_string()),
            })?),
        }
        Ok(())
    }
}
