//! What central's pages answer with: one set of headers, and one sentence for each way it fails.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::domain::language::Language;

use super::guard::{cookie, set_cookie};
use crate::central::form::Form;
use crate::central::store::StoreError;

pub(in crate::central) const HTML: &str = "text/html; charset=utf-8";
pub(in crate::central) const TEXT: &str = "text/plain; charset=utf-8";

/// The cookie of who chose a language by a page's link.
const LANGUAGE: &str = "tideover_language";

/// In which language somebody reads pages: the one they chose, or what their machine asks for.
pub(in crate::central) fn language_of(headers: &HeaderMap) -> Language {
    let chosen = cookie(headers, LANGUAGE).and_then(Language::from_word);
    chosen.unwrap_or_else(|| asked_language(headers))
}

/// The language of a page, where its address says one: the reader chose it by a link, and it is
/// kept for the pages that follow.
pub(in crate::central) fn chosen_language(form: &Form) -> Option<Language> {
    Language::ALL.into_iter().find(|language| language.word() == form.get("lang"))
}

/// Keeps a language that was chosen.
pub(in crate::central) fn keep_language(
    response: &mut Response,
    chosen: Option<Language>,
    secure: bool,
) {
    if let Some(language) = chosen {
        set_cookie(response, LANGUAGE, language.word(), secure);
    }
}

/// In which language a reader's machine asks for pages.
pub(in crate::central) fn asked_language(headers: &HeaderMap) -> Language {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let mut wanted = wanted.unwrap_or_default().split([',', ';']).map(str::trim);
    wanted.find_map(Language::from_word).unwrap_or_default()
}

/// Runs on a thread that may wait for the store; none when the service is going down.
pub(in crate::central) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

/// A body with its type; nothing on it may be kept, framed, or load anything from anywhere.
pub(in crate::central) fn with_type(
    status: StatusCode,
    kind: &'static str,
    body: Vec<u8>,
) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'",
        ),
    );
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// A page, or why there is none.
pub(in crate::central) fn html<E: std::fmt::Display>(page: Option<Result<String, E>>) -> Response {
    found(HTML, page)
}

/// JSON, or why there is none.
pub(in crate::central) fn json(text: Option<Result<String, StoreError>>) -> Response {
    found("application/json", text)
}

fn found<E: std::fmt::Display>(kind: &'static str, what: Option<Result<String, E>>) -> Response {
    match what {
        Some(Ok(text)) => with_type(StatusCode::OK, kind, text.into_bytes()),
        Some(Err(why)) => {
            with_type(StatusCode::SERVICE_UNAVAILABLE, TEXT, why.to_string().into_bytes())
        }
        None => unavailable(),
    }
}

/// A page that says why a form was not taken.
pub(in crate::central) fn again(page: String) -> Response {
    with_type(StatusCode::UNPROCESSABLE_ENTITY, HTML, page.into_bytes())
}

/// On to another address.
pub(in crate::central) fn go(to: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

/// The answer to a form of another site.
pub(in crate::central) fn foreign() -> Response {
    let text = "This form stood on another site, or names no store. Nothing was changed.\n";
    with_type(StatusCode::FORBIDDEN, TEXT, text.into())
}

/// The answer while central goes down.
pub(in crate::central) fn unavailable() -> Response {
    let text = "Central is stopping. Nothing was changed; try again.\n";
    with_type(StatusCode::SERVICE_UNAVAILABLE, TEXT, text.into())
}
