//! A register's window at the manager's reconciliation: errands instead of forms, the same
//! decisions.
//!
//! ```text
//!  errand ─▶ signed by an enrolled register of that store? ─▶ deed ─▶ answer, sealed by central
//!                 └ no: 401, 403                                └ refused: nothing changed
//! ```
//!
//! What may be done is what the page lets the same person do. A register that was revoked, or that
//! nobody vouched for, is not heard.

use crate::domain::ids::{RegisterNo, StoreNo};
use crate::domain::person::Role;
use crate::journal::key::Domain;
use crate::reconcile::errand::{
    Answer, Deed, ERRAND_LEN_MAX, Errand, Outcome, PROTOCOL, Refused, Secret,
};
use crate::sync::carrier::Response;
use crate::sync::sealed;

use super::{Manager, report};
use crate::central::close::NotClosed;
use crate::central::door::{No, STRANGER, opened};
use crate::central::form::Form;
use crate::central::refusal::refusal;
use crate::central::sign_in::Session;
use crate::central::store::{Standing, StoreError};
use crate::sync::wire::Refusal;

/// Why an errand is not heard at all.
#[derive(Debug, thiserror::Error)]
enum NotHeard {
    #[error("an errand is at most 16 KiB; nothing was changed")]
    TooLong,
    #[error("this is another version's errand; update both sides. Nothing was changed")]
    Version,
    #[error(transparent)]
    AtTheDoor(#[from] No),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Closed(#[from] NotClosed),
    #[error("central's answer could not be written ({0}); nothing is lost, call IT")]
    Answer(#[from] serde_json::Error),
}

impl Manager {
    /// Answers an errand.
    pub(in crate::central) fn errand(&self, body: &[u8]) -> Response {
        match self.heard(body) {
            Ok(body) => Response { status: 200, body },
            Err(why) => {
                let status = match &why {
                    NotHeard::AtTheDoor(why) => return refusal(why),
                    NotHeard::TooLong => 413,
                    NotHeard::Version => 400,
                    NotHeard::Store(_) | NotHeard::Closed(_) | NotHeard::Answer(_) => 503,
                };
                let body = serde_json::to_vec(&Refusal::new(why.to_string(), None));
                Response { status, body: body.unwrap_or_default() }
            }
        }
    }

    fn heard(&self, body: &[u8]) -> Result<Vec<u8>, NotHeard> {
        if body.len() > ERRAND_LEN_MAX {
            return Err(NotHeard::TooLong);
        }
        let (errand, key) = opened(body, Domain::Errand, |claimed: &Errand| &claimed.key)?;
        if errand.protocol != PROTOCOL {
            return Err(NotHeard::Version);
        }
        let (store, register) = (StoreNo(errand.store), RegisterNo(errand.reg));
        let standing = self.door.reader_of().call(move |s| s.standing(store, register, &key))?;
        if standing != Some(Standing::Enrolled) {
            return Err(No::Stranger(STRANGER).into());
        }
        let (outcome, looks) = match self.done(store, errand.deed)? {
            Ok(done) => done,
            Err(why) => (Outcome::Refused { why }, false),
        };
        let report = if looks { Some(Box::new(report::of(&self.now(store)?))) } else { None };
        let answer = Answer { protocol: PROTOCOL.to_owned(), nonce: errand.nonce, outcome, report };
        Ok(sealed::seal(&answer, Domain::ErrandAnswer, &self.door.key)?)
    }

    /// Does it; true where the one who asked sees how the store stands afterwards.
    fn done(
        &self,
        store: StoreNo,
        deed: Deed,
    ) -> Result<Result<(Outcome, bool), Refused>, NotClosed> {
        let of =
            |session: &Secret| self.session(Some(session.text()), store).ok_or(Refused::NoSession);
        // A refusal inside is an answer; outside it is central's own trouble.
        macro_rules! or_refuse {
            ($tried:expr) => {
                match $tried {
                    Ok(done) => done,
                    Err(why) => return Ok(Err(why)),
                }
            };
        }
        Ok(Ok(match deed {
            Deed::SignIn { number, pin, badge } => {
                let number = ("number".to_owned(), Secret::new(number));
                let mut fields = vec![number, ("pin".to_owned(), pin)];
                fields.extend(badge.map(|badge| ("badge".to_owned(), badge)));
                let word = or_refuse!(self.sign_in(store, &Form::of_window(fields)));
                let session = or_refuse!(of(&Secret::new(word.as_str())));
                let manager = session.person.role == Role::Manager;
                let name = session.person.name;
                (Outcome::SignedIn { session: Secret::new(word), name, manager }, true)
            }
            Deed::Look { session } => {
                or_refuse!(of(&session));
                (Outcome::Looked, true)
            }
            Deed::Decide { session, form } => {
                let session: Session = or_refuse!(of(&session));
                let (now, form) = (self.now(store)?, Form::of_window(form));
                let made = match self.made(&now, &session, &form) {
                    Ok(made) => made,
                    // What there is now is shown with the refusal.
                    Err(why) => return Ok(Ok((Outcome::Refused { why }, true))),
                };
                let count = made.len();
                self.keep(&now, &session, &form, made)?;
                (Outcome::Decided { count }, true)
            }
            Deed::Close { session } => {
                let session = or_refuse!(of(&session));
                match self.closed(&session)? {
                    Ok(closure) => (Outcome::Closed { number: closure.certificate.number }, true),
                    Err(why) => (Outcome::Refused { why }, true),
                }
            }
            Deed::Closure { session, number } => {
                or_refuse!(of(&session));
                let closure = self.closure(store, number)?;
                let closure = or_refuse!(closure.ok_or(Refused::NoClosure));
                let sealed = String::from_utf8_lossy(&closure.sealed).into_owned();
                (Outcome::Closure { sealed }, false)
            }
            Deed::SignOut { session } => {
                self.signs.end(session.text());
                (Outcome::SignedOut, false)
            }
        }))
    }
}
