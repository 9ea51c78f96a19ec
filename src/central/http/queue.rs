//! The queue's pages over HTTP. Who may look and which forms count is `guard`'s; who may act
//! is told by the token in the form itself, so that no session is to be stolen.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response as HttpResponse;
use axum::routing::{get, post};

use crate::domain::ids::StoreNo;
use crate::domain::words::Words;

use super::answer::{TEXT, again, blocking, foreign, go, html, json, with_type};
use super::guard::form_of;
use crate::central::form::{FORM_LEN_MAX, Form};
use crate::central::manager::Said;
use crate::central::queue::{Acted, Queues, Wanted};

/// How often the page that has no form of consequence is drawn anew, in seconds.
const ANEW: HeaderValue = HeaderValue::from_static("30");

pub(in crate::central) fn routes(queues: Arc<Queues>) -> Router {
    Router::new()
        .route("/queue", get(page))
        .route("/queue/amend", post(amend))
        .route("/v1/queue", get(report))
        .layer(DefaultBodyLimit::max(FORM_LEN_MAX))
        .with_state(queues)
}

/// What is asked for; none where a store is named that is no number.
fn wanted(form: &Form) -> Option<Wanted> {
    let store = match form.get("store") {
        "" => None,
        text => Some(StoreNo(text.parse().ok()?)),
    };
    let target = Some(form.get("target").to_owned()).filter(|target| !target.is_empty());
    Some(Wanted { store, target })
}

async fn page(State(queues): State<Arc<Queues>>, uri: Uri) -> HttpResponse {
    let form = Form::read(uri.query().unwrap_or_default());
    let Some(wanted) = wanted(&form) else { return no_store() };
    let name = form.get("cause").to_owned();
    if !name.is_empty() {
        let drawn = blocking(move || match queues.cause(&wanted, &name, None) {
            Ok(Some(page)) => Ok(page),
            Ok(None) => {
                let gone = Words::data("That error is gone; here is what is left.");
                queues.page(&wanted, &Said::Done(gone))
            }
            Err(why) => Err(why),
        });
        return html(drawn.await);
    }
    let said = match form.get("done").parse::<u64>() {
        Ok(1) => Said::Done(Words::data("1 record amended and signed.")),
        Ok(count) => Said::Done(Words::data(format!("{count} records amended and signed."))),
        Err(_) => Said::Nothing,
    };
    let mut response = html(blocking(move || queues.page(&wanted, &said)).await);
    response.headers_mut().insert(header::REFRESH, ANEW);
    response
}

async fn report(State(queues): State<Arc<Queues>>, uri: Uri) -> HttpResponse {
    let form = Form::read(uri.query().unwrap_or_default());
    let Some(wanted) = wanted(&form) else { return no_store() };
    json(blocking(move || queues.json(&wanted)).await)
}

async fn amend(State(queues): State<Arc<Queues>>, headers: HeaderMap, body: Bytes) -> HttpResponse {
    let Some(form) = form_of(&headers, &body) else { return foreign() };
    let store = form.get("store").parse::<u32>();
    let to = |count| {
        let store = store.map_or_else(|_| String::new(), |store| format!("&store={store}"));
        format!("/queue?done={count}{store}")
    };
    match blocking(move || queues.amend(&form)).await {
        Some(Ok(Acted::Done(count))) => go(&to(count)),
        Some(Ok(Acted::Again(page))) => again(page),
        other => html(other.map(|done| done.map(|_| String::new()))),
    }
}

fn no_store() -> HttpResponse {
    let text = "A store is a number, such as 1042. Go back and type it again.\n";
    with_type(StatusCode::BAD_REQUEST, TEXT, text.into())
}
