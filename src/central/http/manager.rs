//! The manager's pages over HTTP: addresses, cookies, forms, and what keeps strangers out.
//!
//! A form counts only with a session's cookie, the word that stands in the page, and what
//! `guard` asks of every form.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response as HttpResponse;
use axum::routing::{get, post};

use crate::domain::ids::StoreNo;
use crate::reconcile::errand;
use crate::reconcile::paper;
use crate::reconcile::pdf;

use super::answer::{
    HTML, TEXT, again, blocking, foreign, go, html, language_of, unavailable, with_type,
};
use super::answered;
use super::guard::{cookie, form_of, set_cookie};
use crate::central::close::NotClosed;
use crate::central::form::{FORM_LEN_MAX, Form};
use crate::central::manager::{Deposit, Manager, Outcome, Reader};

const SESSION: &str = "tideover_session";

/// What registers bring; they prove who they are themselves.
pub(in crate::central) fn errands(manager: Arc<Manager>) -> Router {
    Router::new()
        .route(errand::PATH, post(errand))
        .layer(DefaultBodyLimit::max(errand::ERRAND_LEN_MAX))
        .with_state(manager)
}

pub(in crate::central) fn routes(manager: Arc<Manager>) -> Router {
    Router::new()
        .route("/reconcile", get(page))
        .route("/reconcile/sign-in", post(sign_in))
        .route("/reconcile/sign-out", post(sign_out))
        .route("/reconcile/decide", post(decide))
        .route("/reconcile/close", post(close))
        .route("/closure", get(closure))
        .route("/closure.pdf", get(closure_pdf))
        .route("/closure.txt", get(closure_text))
        .route("/deposit.pdf", get(deposit_pdf))
        .route("/deposit.csv", get(deposit_csv))
        .route("/v1/stores/{store}/reconciliation", get(report))
        .layer(DefaultBodyLimit::max(FORM_LEN_MAX))
        .with_state(manager)
}

fn store_of(uri: &Uri) -> Option<StoreNo> {
    Form::read(uri.query().unwrap_or_default()).get("store").parse().ok().map(StoreNo)
}

/// Who looks, by their cookie.
fn reader(manager: &Manager, store: StoreNo, headers: &HeaderMap) -> Reader {
    let session = manager.session(cookie(headers, SESSION), store);
    Reader { store, session, language: language_of(headers) }
}

async fn page(State(manager): State<Arc<Manager>>, headers: HeaderMap, uri: Uri) -> HttpResponse {
    let Some(store) = store_of(&uri) else {
        let language = language_of(&headers);
        return html(blocking(move || manager.stores(language)).await);
    };
    let form = Form::read(uri.query().unwrap_or_default());
    let done = form.get("done").parse::<usize>().ok();
    html(blocking(move || manager.page(&reader(&manager, store, &headers), done)).await)
}

async fn sign_in(
    State(manager): State<Arc<Manager>>,
    headers: HeaderMap,
    body: Bytes,
) -> HttpResponse {
    let Some((form, store)) = form_store(&headers, &body) else { return foreign() };
    let secure = manager.secure;
    let told = Arc::clone(&manager);
    match blocking(move || told.sign_in(store, &form)).await {
        Some(Ok(value)) => {
            let mut response = go(&format!("/reconcile?store={store}"));
            set_cookie(&mut response, SESSION, &value, secure);
            response
        }
        Some(Err(why)) => {
            let nobody = Reader { store, session: None, language: language_of(&headers) };
            let drawn = blocking(move || manager.refused(&nobody, &why));
            match drawn.await {
                Some(Ok(page)) => again(page),
                other => html(other),
            }
        }
        None => unavailable(),
    }
}

async fn sign_out(
    State(manager): State<Arc<Manager>>,
    headers: HeaderMap,
    body: Bytes,
) -> HttpResponse {
    let Some((form, store)) = form_store(&headers, &body) else { return foreign() };
    let session = cookie(&headers, SESSION).and_then(|value| {
        let session = manager.session(Some(value), store)?;
        session.with_form(form.get("word")).ok().map(|_| value)
    });
    if let Some(value) = session {
        manager.signs.end(value);
    }
    go(&format!("/reconcile?store={store}"))
}

async fn decide(
    State(manager): State<Arc<Manager>>,
    headers: HeaderMap,
    body: Bytes,
) -> HttpResponse {
    posted(manager, headers, &body, Manager::decide).await
}

async fn close(
    State(manager): State<Arc<Manager>>,
    headers: HeaderMap,
    body: Bytes,
) -> HttpResponse {
    posted(manager, headers, &body, Manager::close).await
}

type Act = fn(&Manager, &Reader, &Form) -> Result<Outcome, NotClosed>;

async fn posted(manager: Arc<Manager>, headers: HeaderMap, body: &[u8], act: Act) -> HttpResponse {
    let Some((form, store)) = form_store(&headers, body) else { return foreign() };
    let done = blocking(move || act(&manager, &reader(&manager, store, &headers), &form));
    match done.await {
        Some(Ok(Outcome::Go(to))) => go(&to),
        Some(Ok(Outcome::Again(page))) => again(page),
        other => html(other.map(|done| done.map(|_| String::new()))),
    }
}

/// A register's window: no cookie and no read token, but the register's signature.
async fn errand(State(manager): State<Arc<Manager>>, body: Bytes) -> HttpResponse {
    answered(blocking(move || manager.errand(&body)).await)
}

async fn closure(State(manager): State<Arc<Manager>>, uri: Uri) -> HttpResponse {
    found(manager, &uri, |one| (HTML, Manager::closure_page(one).into_bytes())).await
}

async fn closure_pdf(State(manager): State<Arc<Manager>>, uri: Uri) -> HttpResponse {
    found(manager, &uri, |one| {
        let paper = paper::of(&one.certificate, &one.digest(), &one.signature());
        ("application/pdf", pdf::draw(&paper, &one.sealed))
    })
    .await
}

async fn closure_text(State(manager): State<Arc<Manager>>, uri: Uri) -> HttpResponse {
    found(manager, &uri, |one| (TEXT, one.sealed.clone())).await
}

type DrawClosure = fn(&crate::central::close::Closure) -> (&'static str, Vec<u8>);

async fn found(manager: Arc<Manager>, uri: &Uri, draw: DrawClosure) -> HttpResponse {
    let form = Form::read(uri.query().unwrap_or_default());
    let (store, number) = (store_of(uri), form.get("number").parse::<u32>().ok());
    let Some((store, number)) = store.zip(number) else { return nothing() };
    match blocking(move || manager.closure(store, number)).await {
        Some(Ok(Some(one))) => {
            let (kind, body) = draw(&one);
            with_type(StatusCode::OK, kind, body)
        }
        Some(Ok(None)) => nothing(),
        other => html(other.map(|done| done.map(|_| String::new()))),
    }
}

async fn deposit_pdf(State(manager): State<Arc<Manager>>, uri: Uri) -> HttpResponse {
    deposit(manager, &uri, |list| ("application/pdf", list.pdf)).await
}

async fn deposit_csv(State(manager): State<Arc<Manager>>, uri: Uri) -> HttpResponse {
    deposit(manager, &uri, |list| ("text/csv; charset=utf-8", list.csv)).await
}

type DrawDeposit = fn(Deposit) -> (&'static str, Vec<u8>);

async fn deposit(manager: Arc<Manager>, uri: &Uri, draw: DrawDeposit) -> HttpResponse {
    let Some(store) = store_of(uri) else { return nothing() };
    match blocking(move || manager.deposit(store)).await {
        Some(Ok(list)) => {
            let (kind, body) = draw(list);
            with_type(StatusCode::OK, kind, body)
        }
        other => html(other.map(|done| done.map(|_| String::new()))),
    }
}

async fn report(
    State(manager): State<Arc<Manager>>,
    axum::extract::Path(store): axum::extract::Path<u32>,
) -> HttpResponse {
    match blocking(move || manager.report(StoreNo(store))).await {
        Some(Ok(text)) => with_type(StatusCode::OK, "application/json", text.into_bytes()),
        other => html(other),
    }
}

fn form_store(headers: &HeaderMap, body: &[u8]) -> Option<(Form, StoreNo)> {
    let form = form_of(headers, body)?;
    let store = form.get("store").parse().ok().map(StoreNo)?;
    Some((form, store))
}

fn nothing() -> HttpResponse {
    with_type(StatusCode::NOT_FOUND, TEXT, "There is no such paper; look at the address.\n".into())
}
