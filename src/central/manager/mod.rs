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
mod deposit;
mod folds;
mod form;
mod page;
mod registers;
mod report;
mod style;

use std::sync::Arc;

use crate::domain::decision::Second;
use crate::domain::ids::StoreNo;
use crate::reconcile::packs::PackView;
use crate::reconcile::words::Choice;

use super::close::{Closure, NotClosed, Reconciliation};
use super::door::Door;
use super::form::Form;
use super::sign_in::{NotSigned, Session, SignIns};

pub(super) use deposit::Deposit;
pub(super) use page::{Said, document};

use form::{NotDecided, decisions, targets};
use page::{Drawn, anchor};

/// What the pages need.
pub(super) struct Manager {
    pub(super) door: Arc<Door>,
    pub(super) packs: Arc<dyn PackView>,
    pub(super) signs: SignIns,
    /// Cookies are sent over encrypted lines only.
    pub(super) secure: bool,
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

    /// The page of a store.
    pub(super) fn page(
        &self,
        store: StoreNo,
        session: Option<&Session>,
        done: Option<&str>,
    ) -> Result<String, NotClosed> {
        let now = self.now(store)?;
        let said = done.map_or(Said::Nothing, |done| Said::Done(done.to_owned()));
        Ok(Drawn { now: &now, session, said, open: None }.html())
    }

    /// The list of stores.
    pub(super) fn stores(&self) -> Result<String, NotClosed> {
        let stores = self.door.stores()?;
        let line = |store: &StoreNo| {
            let name = self.packs.store(*store).map_or_else(
                || format!("Store {store}"),
                |facts| format!("{store} · {}", facts.name),
            );
            format!(
                "<p><a class=\"button plain\" href=\"/reconcile?store={store}\">{}</a></p>",
                super::page::escape(&name)
            )
        };
        let list: String = stores.iter().map(line).collect();
        let list = if list.is_empty() { "<p>No register has spoken yet.</p>".into() } else { list };
        let bar = "<div><b>After the outage</b></div>";
        Ok(page::document("After the outage", bar, &format!("<h1>Which store?</h1>{list}")))
    }

    /// Signs somebody in; the cookie's value, or the page again.
    pub(super) fn sign_in(&self, store: StoreNo, form: &Form) -> Result<String, NotSigned> {
        let clock = self.door.clock.as_ref();
        let (number, pin) = (form.get("number"), form.get("pin"));
        let person = self.signs.verify(store, number, pin, self.packs.as_ref(), clock)?;
        self.signs.begin(store, person, clock, self.door.entropy.as_ref())
    }

    /// Decides what a form says.
    pub(super) fn decide(
        &self,
        store: StoreNo,
        session: Option<Session>,
        form: &Form,
    ) -> Result<Outcome, NotClosed> {
        let now = self.now(store)?;
        let done = session
            .clone()
            .ok_or(NotSigned::NoSession)
            .and_then(|session| session.with_form(form.get("word")))
            .map_err(NotDecided::from)
            .and_then(|session| {
                let asks = Choice::from_word(form.get("action"))
                    .is_some_and(|one| matches!(one, Choice::Ask | Choice::Count));
                if !asks {
                    session.manager()?;
                }
                let second = || self.second(store, &session, form);
                let made = decisions(&now, form, self.packs.as_ref(), second)?;
                Ok((session, made))
            });
        let (session, made) = match done {
            Ok(done) => done,
            Err(why) => return Ok(self.again(&now, session.as_ref(), form, &why.to_string())),
        };
        let count = made.len();
        let mut places = targets(&now, form).into_iter();
        let next = places.next().map_or_else(String::new, |one| anchor(one.code, &one.cause));
        self.door.decide(store, &session.person.id, now.facts.currency, made)?;
        tracing::info!(%store, by = %session.person.id, count, %next, "decided at central");
        Ok(Outcome::Go(format!("/reconcile?store={store}&done={count}#decide")))
    }

    fn second(&self, store: StoreNo, session: &Session, form: &Form) -> Result<Second, NotSigned> {
        let (number, pin) = (form.get("second"), form.get("second_pin"));
        if number == session.person.id.as_str() {
            return Err(NotSigned::SamePerson);
        }
        let clock = self.door.clock.as_ref();
        let person = self.signs.verify(store, number, pin, self.packs.as_ref(), clock)?;
        Ok(Second { by: person.id, role: person.role })
    }

    fn again(
        &self,
        now: &Reconciliation,
        session: Option<&Session>,
        form: &Form,
        why: &str,
    ) -> Outcome {
        let cause = if form.get("all") == "1" {
            targets(now, form).first().map_or_else(String::new, |one| one.cause.clone())
        } else {
            form.get("cause").to_owned()
        };
        let open = Some((form.get("rule").to_owned(), cause));
        let said = Said::Refused(why.to_owned());
        Outcome::Again(Drawn { now, session, said, open }.html())
    }

    /// The page with a refusal at its top.
    pub(super) fn refused(
        &self,
        store: StoreNo,
        session: Option<&Session>,
        why: &str,
    ) -> Result<String, NotClosed> {
        let now = self.now(store)?;
        let said = Said::Refused(why.to_owned());
        Ok(Drawn { now: &now, session, said, open: None }.html())
    }

    /// Closes a store.
    pub(super) fn close(
        &self,
        store: StoreNo,
        session: Option<Session>,
        form: &Form,
    ) -> Result<Outcome, NotClosed> {
        let allowed = session
            .clone()
            .ok_or(NotSigned::NoSession)
            .and_then(|session| session.with_form(form.get("word")))
            .and_then(|session| session.manager().cloned());
        let by = match allowed {
            Ok(by) => by,
            Err(why) => {
                let page = self.refused(store, session.as_ref(), &why.to_string())?;
                return Ok(Outcome::Again(page));
            }
        };
        match self.door.close(store, &by, self.packs.as_ref()) {
            Ok(closure) => {
                let number = closure.certificate.number;
                Ok(Outcome::Go(format!("/closure?store={store}&number={number}")))
            }
            Err(why @ (NotClosed::Missing(_) | NotClosed::Unbalanced(_))) => {
                let page = self.refused(store, session.as_ref(), &why.to_string())?;
                Ok(Outcome::Again(page))
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
