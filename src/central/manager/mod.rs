//! The manager's reconciliation as pages: drawn from what central holds, and forms that become
//! signed records.
//!
//! ```text
//!  GET  /reconcile?store=1042 ─▶ Reconciliation ─▶ page
//!  POST /reconcile/decide     ─▶ session, form word ─▶ form ─▶ decisions ─▶ Door::decide ─▶ page
//!  POST /reconcile/close      ─▶ the same           ─▶ Door::close ─▶ certificate
//!  GET  /closure, .pdf, .txt  ─▶ the certificate as page, as PDF, as it was signed
//! ```
//!
//! No decision is made here, and nothing is edited: a refused form changes nothing.

mod certificate;
mod decide_form;
mod deposit;
mod folds;
mod form;
mod page;
mod registers;
mod report;
mod style;
mod window;

use std::sync::Arc;

use crate::domain::decision::{Decision, Second};
use crate::domain::ids::StoreNo;
use crate::domain::language::{Language, Voice};
use crate::domain::words::term;
use crate::reconcile::errand::Refused;
use crate::reconcile::packs::PackView;
use crate::reconcile::said;
use crate::reconcile::words::Choice;

use super::close::{Closure, NotClosed, Reconciliation};
use super::door::Door;
use super::form::Form;
use super::sign_in::{Claim, Session, SignIns};

pub(super) use deposit::Deposit;
pub(super) use page::{Said, document};

use form::{decisions, targets};
use page::{Drawn, anchor};

/// What the pages need.
pub(super) struct Manager {
    pub(super) door: Arc<Door>,
    pub(super) packs: Arc<dyn PackView>,
    pub(super) signs: SignIns,
    /// Cookies are sent over encrypted lines only.
    pub(super) secure: bool,
}

/// Who looks at a page of a store.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    /// Which store.
    pub(super) store: StoreNo,
    /// Signed in as whom.
    pub(super) session: Option<Session>,
    /// In which language.
    pub(super) language: Language,
}

/// What a form came to.
pub(super) enum Outcome {
    /// Go to this address.
    Go(String),
    /// The page again, with what is wrong.
    Again(String),
}

impl Manager {
    fn now(&self, store: StoreNo) -> Result<Reconciliation, NotClosed> {
        self.door.reconciliation(store, self.packs.as_ref())
    }

    /// The session of a cookie.
    pub(super) fn session(&self, cookie: Option<&str>, store: StoreNo) -> Option<Session> {
        self.signs.session(cookie?, store, self.door.clock.as_ref())
    }

    /// The page of a store; `done` root causes were decided just now.
    pub(super) fn page(&self, reader: &Reader, done: Option<usize>) -> Result<String, NotClosed> {
        let said = done.map_or(Said::Nothing, |count| Said::Done(said::done(count)));
        Ok(drawn(&self.now(reader.store)?, reader, said, None))
    }

    /// The list of stores.
    pub(super) fn stores(&self, language: Language) -> Result<String, NotClosed> {
        let stores = self.door.stores()?;
        let line = |store: &StoreNo| {
            let name = self.packs.store(*store).map_or_else(
                || format!("{} {store}", language.say(term("Store"))),
                |facts| format!("{store} · {}", facts.name),
            );
            format!(
                "<p><a class=\"button plain\" href=\"/reconcile?store={store}\">{}</a></p>",
                super::page::escape(&name)
            )
        };
        let mut list: String = stores.iter().map(line).collect();
        if list.is_empty() {
            list = format!("<p>{}</p>", language.say(term("No register has spoken yet.")));
        }
        let title = language.say(term("After the outage"));
        let body = format!("<h1>{}</h1>{list}", language.say(term("Which store?")));
        Ok(page::document(title, &format!("<div><b>{title}</b></div>"), &body, language))
    }

    /// Signs somebody in; the cookie's value, or the page again.
    pub(super) fn sign_in(&self, store: StoreNo, form: &Form) -> Result<String, Refused> {
        let clock = self.door.clock.as_ref();
        let claim =
            Claim { number: form.get("number"), pin: form.get("pin"), badge: form.get("badge") };
        let person = self.signs.verify(store, claim, self.packs.as_ref(), clock)?;
        self.signs.begin(store, person, clock, self.door.entropy.as_ref())
    }

    /// Decides what a form says.
    pub(super) fn decide(&self, reader: &Reader, form: &Form) -> Result<Outcome, NotClosed> {
        let now = self.now(reader.store)?;
        let made = reader
            .session
            .clone()
            .ok_or(Refused::NoSession)
            .and_then(|session| session.with_form(form.get("word")))
            .and_then(|session| {
                let made = self.made(&now, &session, form)?;
                Ok((session, made))
            });
        let (session, made) = match made {
            Ok(done) => done,
            Err(why) => return Ok(again(&now, reader, form, &why)),
        };
        let (store, count) = (reader.store, made.len());
        self.keep(&now, &session, form, made)?;
        Ok(Outcome::Go(format!("/reconcile?store={store}&done={count}#decide")))
    }

    /// The decisions a form comes to, if the session's person may make them.
    fn made(
        &self,
        now: &Reconciliation,
        session: &Session,
        form: &Form,
    ) -> Result<Vec<Decision>, Refused> {
        let asks = Choice::from_word(form.get("action"))
            .is_some_and(|one| matches!(one, Choice::Ask | Choice::Count));
        if !asks {
            session.manager()?;
        }
        decisions(now, form, self.packs.as_ref(), || self.second(session, form))
    }

    /// Keeps decisions as records.
    fn keep(
        &self,
        now: &Reconciliation,
        session: &Session,
        form: &Form,
        made: Vec<Decision>,
    ) -> Result<(), NotClosed> {
        let (store, count) = (session.store, made.len());
        let mut places = targets(now, form).into_iter();
        let next = places.next().map_or_else(String::new, |one| anchor(one.code, &one.cause));
        self.door.decide(store, &session.person.id, now.facts.currency, made)?;
        tracing::info!(%store, by = %session.person.id, count, %next, "decided at central");
        Ok(())
    }

    fn second(&self, session: &Session, form: &Form) -> Result<Second, Refused> {
        let claim = Claim {
            number: form.get("second"),
            pin: form.get("second_pin"),
            badge: form.get("second_badge"),
        };
        if claim.number == session.person.id.as_str() {
            return Err(Refused::SamePerson);
        }
        let (packs, clock) = (self.packs.as_ref(), self.door.clock.as_ref());
        let person = self.signs.verify(session.store, claim, packs, clock)?;
        if person.id == session.person.id {
            return Err(Refused::SamePerson);
        }
        Ok(Second { by: person.id, role: person.role })
    }

    /// The page with a refusal at its top.
    pub(super) fn refused(&self, reader: &Reader, why: &Refused) -> Result<String, NotClosed> {
        let said = Said::Refused(why.words());
        Ok(drawn(&self.now(reader.store)?, reader, said, None))
    }

    /// Closes a store.
    pub(super) fn close(&self, reader: &Reader, form: &Form) -> Result<Outcome, NotClosed> {
        let session = reader
            .session
            .clone()
            .ok_or(Refused::NoSession)
            .and_then(|session| session.with_form(form.get("word")));
        let closed = match session {
            Ok(session) => self.closed(&session)?,
            Err(why) => Err(why),
        };
        let store = reader.store;
        match closed {
            Ok(closure) => {
                let number = closure.certificate.number;
                Ok(Outcome::Go(format!("/closure?store={store}&number={number}")))
            }
            Err(why) => Ok(Outcome::Again(self.refused(reader, &why)?)),
        }
    }

    /// Closes a store for a session's person.
    fn closed(&self, session: &Session) -> Result<Result<Closure, Refused>, NotClosed> {
        let by = match session.manager() {
            Ok(by) => by,
            Err(why) => return Ok(Err(why)),
        };
        match self.door.close(session.store, by, self.packs.as_ref()) {
            Ok(closure) => Ok(Ok(closure)),
            Err(NotClosed::Missing(lacks)) => Ok(Err(Refused::NotClosed { lacks })),
            Err(why @ NotClosed::Unbalanced(_)) => {
                Ok(Err(Refused::Failed { text: why.to_string() }))
            }
            Err(why) => Err(why),
        }
    }

    /// A closure of a store; none where there is no such number.
    pub(super) fn closure(
        &self,
        store: StoreNo,
        number: u32,
    ) -> Result<Option<Closure>, NotClosed> {
        let closures = self.now(store)?.closures;
        Ok(closures.into_iter().find(|one| one.certificate.number == number))
    }

    /// A closure as a page.
    pub(super) fn closure_page(closure: &Closure) -> String {
        certificate::html(closure)
    }

    /// The check deposit list of what is not closed yet.
    pub(super) fn deposit(&self, store: StoreNo) -> Result<Deposit, NotClosed> {
        Deposit::of(&self.now(store)?)
    }

    /// The reconciliation as JSON, for other programs and a register's window.
    pub(super) fn report(&self, store: StoreNo) -> Result<String, NotClosed> {
        let report = report::of(&self.now(store)?);
        serde_json::to_string(&report)
            .map_err(|why| super::store::StoreError::Unfit(why.to_string()).into())
    }
}

fn drawn(
    now: &Reconciliation,
    reader: &Reader,
    said: Said,
    open: Option<(String, String)>,
) -> String {
    let voice = Voice { language: reader.language, currency: now.facts.currency };
    let (report, session) = (report::of(now), reader.session.as_ref());
    Drawn { now, report: &report, voice, session, said, open }.html()
}

/// The page again, with what is wrong at its top and the matter open.
fn again(now: &Reconciliation, reader: &Reader, form: &Form, why: &Refused) -> Outcome {
    let cause = if form.get("all") == "1" {
        targets(now, form).first().map_or_else(String::new, |one| one.cause.clone())
    } else {
        form.get("cause").to_owned()
    };
    let open = Some((form.get("rule").to_owned(), cause));
    Outcome::Again(drawn(now, reader, Said::Refused(why.words()), open))
}
