//! Who may read central's pages, and which forms count: one guard for all of them.
//!
//! ```text
//!  page ─▶ this machine, or the read token (in the address once, in a cookie from then on)
//!  form ─▶ stood on this very address ─▶ its fields; who signs is asked by whoever acts on it
//! ```
//!
//! Cookies are never brought along by other sites (`SameSite=Strict`), and no script reads them.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::journal::hash::Hash;

use super::answer::{TEXT, with_type};
use crate::central::form::Form;

/// The cookie of who showed the read token.
const READER: &str = "tideover_reader";

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(in crate::central) struct FromHere(pub(in crate::central) bool);

/// Pages tell what a store takes: on this machine to anybody, elsewhere to who has the token. It
/// is shown once in the address, and kept in a cookie from then on.
pub(in crate::central) async fn for_readers(
    token: &str,
    secure: bool,
    request: Request,
    next: Next,
) -> Response {
    let here = request.extensions().get::<FromHere>().is_some_and(|FromHere(here)| *here);
    let mut shown = request.uri().query().unwrap_or_default().split('&');
    let shown = shown.any(|pair| pair.strip_prefix("token=").is_some_and(|one| same(one, token)));
    let kept = cookie(request.headers(), READER).is_some_and(|kept| same(kept, token));
    // Programs that read metrics bring it as they bring any token.
    let borne = request.headers().get(header::AUTHORIZATION);
    let borne = borne.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let borne = borne.is_some_and(|word| same(word.trim(), token));
    if here || shown || kept || borne {
        let mut response = next.run(request).await;
        if shown {
            set_cookie(&mut response, READER, token, secure);
        }
        return response;
    }
    let text = "Open the address with its token, as central printed it when it started.\n";
    with_type(StatusCode::UNAUTHORIZED, TEXT, text.into())
}

/// Hashes are compared, so that the time taken tells nothing of the word.
fn same(shown: &str, word: &str) -> bool {
    Hash::of_bytes(shown.as_bytes()) == Hash::of_bytes(word.as_bytes())
}

/// A value of a request's cookies.
pub(in crate::central) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|text| text.split(';')).map(str::trim);
    pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// A cookie that no other site's form brings along, and no script reads.
pub(in crate::central) fn set_cookie(
    response: &mut Response,
    name: &str,
    value: &str,
    secure: bool,
) {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// The fields of a posted form; a form that stood on another site is not read.
pub(in crate::central) fn form_of(headers: &HeaderMap, body: &[u8]) -> Option<Form> {
    stood_here(headers).then(|| Form::read(&String::from_utf8_lossy(body)))
}

fn stood_here(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    match (text(header::ORIGIN), text(header::HOST)) {
        (None, _) => true,
        (Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, authority)| authority == host)
        }
        (Some(_), None) => false,
    }
}
