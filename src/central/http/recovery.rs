//! The recovery over HTTP: the page, a store's status, the form for customers, and the same as
//! JSON. Who may read the first two is `guard`'s; the form is for anybody, once it is on.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response as HttpResponse;
use axum::routing::get;

use crate::domain::ids::StoreNo;
use crate::domain::language::Language;
use crate::domain::policy::Currency;

use super::answer::{
    HTML, TEXT, asked_language, blocking, chosen_language, html, json, keep_language, language_of,
    with_type,
};
use crate::central::form::Form;
use crate::central::page::json as written;
use crate::central::recovery::page::Wanted;
use crate::central::recovery::{Asked, Board, Watch, page, status};

/// How often a page is drawn anew while something is out, in seconds.
const ANEW: HeaderValue = HeaderValue::from_static("5");
/// Whoever stands in between may keep a page for customers, as long as central keeps it.
const KEEP: HeaderValue = HeaderValue::from_static("public, max-age=30");

/// What the pages of a recovery are drawn from, and whether central's own lines are encrypted.
#[derive(Clone)]
struct Pages {
    watch: Arc<Watch>,
    secure: bool,
}

/// What readers get.
pub(in crate::central) fn routes(watch: Arc<Watch>, secure: bool) -> Router {
    let pages = Pages { watch: Arc::clone(&watch), secure };
    Router::new()
        .route("/", get(recovery))
        .route("/status", get(one_store))
        .with_state(pages)
        .merge(reports(watch))
}

fn reports(watch: Arc<Watch>) -> Router {
    Router::new()
        .route("/v1/recovery", get(report))
        .route("/v1/stores/{store}/status", get(store_report))
        .with_state(watch)
}

/// What anybody gets; nothing while it is not switched on.
pub(in crate::central) fn public(watch: Arc<Watch>, on: bool) -> Router {
    let board = on.then(|| Arc::new((watch, Board::default())));
    Router::new().route("/public/{store}", get(form)).with_state(board)
}

/// Pages are counted from 1 in addresses.
fn page_of(form: &Form, name: &str) -> Option<usize> {
    form.get(name).parse::<usize>().ok().map(|page| page.saturating_sub(1))
}

async fn recovery(State(pages): State<Pages>, headers: HeaderMap, uri: Uri) -> HttpResponse {
    let form = Form::read(uri.query().unwrap_or_default());
    let page = page_of(&form, "page").unwrap_or(0);
    let chosen = chosen_language(&form);
    let language = chosen.unwrap_or_else(|| language_of(&headers));
    let wanted = Wanted { page, ready: page_of(&form, "ready"), language };
    let drawn = blocking(move || page::html(&pages.watch, wanted)).await;
    let under_way = matches!(&drawn, Some(Ok((_, true))));
    let mut response = html(drawn.map(|drawn| drawn.map(|(page, _)| page)));
    keep_language(&mut response, chosen, pages.secure);
    refreshed(response, under_way)
}

/// A page that is drawn anew by itself, while there is something to wait for.
fn refreshed(mut response: HttpResponse, under_way: bool) -> HttpResponse {
    if under_way {
        response.headers_mut().insert(header::REFRESH, ANEW);
    }
    response
}

async fn report(State(watch): State<Arc<Watch>>) -> HttpResponse {
    json(blocking(move || written(watch.now()?.as_ref())).await)
}

async fn one_store(State(pages): State<Pages>, headers: HeaderMap, uri: Uri) -> HttpResponse {
    let form = Form::read(uri.query().unwrap_or_default());
    let chosen = chosen_language(&form);
    let language = chosen.unwrap_or_else(|| language_of(&headers));
    let mut response = status_of(pages.watch, &form, language).await;
    keep_language(&mut response, chosen, pages.secure);
    response
}

async fn status_of(watch: Arc<Watch>, form: &Form, language: Language) -> HttpResponse {
    let asked = form.get("store");
    let Ok(store) = asked.parse().map(StoreNo) else {
        return html(Some(Ok::<_, std::convert::Infallible>(status::which(language, None))));
    };
    let found = blocking(move || {
        let currency = watch.packs.store(store).map_or(Currency::Usd, |facts| facts.currency);
        Ok::<_, crate::central::store::StoreError>((watch.status(store)?, currency))
    });
    match found.await {
        Some(Ok((Some(found), currency))) => {
            let page = status::html(&found, language, currency);
            let waits =
                found.received < found.expected || !found.outages.is_empty() || found.is_silent();
            refreshed(with_type(StatusCode::OK, HTML, page.into_bytes()), waits)
        }
        Some(Ok((None, _))) => {
            let page = status::which(language, Some(store));
            with_type(StatusCode::NOT_FOUND, HTML, page.into_bytes())
        }
        Some(Err(why)) => html(Some(Err::<String, _>(why))),
        None => html::<crate::central::store::StoreError>(None),
    }
}

async fn store_report(State(watch): State<Arc<Watch>>, Path(store): Path<u32>) -> HttpResponse {
    match blocking(move || watch.status(StoreNo(store))).await {
        Some(Ok(None)) => {
            let text = "No register of this store is known here.\n";
            with_type(StatusCode::NOT_FOUND, TEXT, text.into())
        }
        Some(Ok(Some(found))) => json(Some(written(&found))),
        Some(Err(why)) => json(Some(Err(why))),
        None => json(None),
    }
}

type Shown = Option<Arc<(Arc<Watch>, Board)>>;

async fn form(
    State(shown): State<Shown>,
    Path(store): Path<String>,
    headers: HeaderMap,
) -> HttpResponse {
    // No cookie: what others keep follows from what machines ask for.
    let language = asked_language(&headers);
    let store = store.parse().map(StoreNo);
    let (Some(shown), Ok(store)) = (shown, store) else {
        return with_type(StatusCode::NOT_FOUND, TEXT, "There is nothing here.\n".into());
    };
    let asked = blocking(move || {
        let (watch, board) = shown.as_ref();
        board.ask(store, language, watch)
    });
    match asked.await {
        Some(Ok(Asked::Page(page))) => {
            let mut response = with_type(StatusCode::OK, HTML, page.as_bytes().to_vec());
            response.headers_mut().insert(header::CACHE_CONTROL, KEEP);
            let by_language = HeaderValue::from_static("accept-language");
            response.headers_mut().insert(header::VARY, by_language);
            response
        }
        Some(Ok(Asked::Later)) => {
            let text = "Many people ask just now. Please try again in a minute.\n\
                        Mucha gente pregunta ahora. Vuelva a intentarlo en un minuto.\n";
            let mut response = with_type(StatusCode::TOO_MANY_REQUESTS, TEXT, text.into());
            let later = HeaderValue::from_static("60");
            response.headers_mut().insert(header::RETRY_AFTER, later);
            response
        }
        // What went wrong is for the log, not for strangers.
        Some(Err(error)) => {
            tracing::warn!(%error, "customers could not be told how a store is open");
            with_type(StatusCode::SERVICE_UNAVAILABLE, TEXT, LATER.into())
        }
        None => with_type(StatusCode::SERVICE_UNAVAILABLE, TEXT, LATER.into()),
    }
}

const LATER: &str = "Please try again later.\nVuelva a intentarlo más tarde.\n";
