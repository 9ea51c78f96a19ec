//! Central's HTTP: sockets, encryption, routes and bounds. What is answered is the door's and the
//! page's affair.

mod answer;
mod body;
mod guard;
mod health;
mod manager;
mod queue;
mod recovery;
mod unread;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request as HttpRequest, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response as HttpResponse;
use axum::routing::{get, post};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use crate::device::process::open_files;
use crate::domain::ids::StoreNo;
use crate::sync::asks::Asks;
use crate::sync::carrier::{Address, Method, Request, Response};
use crate::sync::revoked::REVOKED_PATH;
use crate::sync::wire::PHONE_KEY_PATH;
use crate::sync::wire::packs::PACKS_PATH;
use crate::sync::wire::regain::REGAIN_PATH;
use crate::sync::wire::rotation::ROTATION_PATH;

use super::admission::Class;
use super::door::Door;
use super::gate::{Passage, Turned};
use super::manager::Manager;
use super::operations::Operations;
use super::page;
use super::queue::Queues;
use super::recovery::Watch;
use answer::{TEXT, blocking, json, unavailable, with_type};
use body::{discard, is_discarded, len_max, read, said_len};
use guard::{FromHere, for_readers};
use health::Health;
use unread::Patient;
pub(super) use unread::Reading;

/// Connections at once, where the system allows as many open files.
const CONNECTIONS_MAX: u64 = 16_384;
/// Open files that are kept for everything else, packs among it.
const OTHER_FILES: u64 = 1_024;
/// Connections at once, however few files the system allows.
const CONNECTIONS_MIN: u64 = 256;
/// How long a request's head may take to come, and a connection may be idle.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
const HEADERS_MAX: usize = 64;
/// The longest head of a request, in bytes; a body is read in pieces of as many.
const HEAD_LEN_MAX: usize = 16 * 1024;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn router(
    manager: Manager,
    queues: Queues,
    watch: Arc<Watch>,
    operations: Operations,
    read_token: String,
) -> Router {
    let health = Arc::new(Health::new(Arc::clone(&watch)));
    let (secure, door, manager) = (manager.secure, Arc::clone(&manager.door), Arc::new(manager));
    let pages = Router::new()
        .route("/v1/exceptions", get(exceptions))
        .route("/v1/readiness", get(readiness))
        .route("/v1/stores/{store}/totals", get(totals))
        .route("/v1/stores/{store}/stock", get(stock))
        .with_state(Arc::clone(&door))
        .merge(manager::routes(Arc::clone(&manager)))
        .merge(queue::routes(Arc::new(queues)))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&door), after_deliveries))
        // What says how it stands waits for nobody.
        .merge(recovery::routes(Arc::clone(&watch), secure))
        .merge(health::guarded(Arc::clone(&health)))
        .layer(axum::middleware::from_fn(move |request, next| {
            let token = read_token.clone();
            async move { for_readers(&token, secure, request, next).await }
        }));
    Router::new()
        .route("/v1/hello", get(ask))
        .route("/v1/registers/{store}/{register}/cursor", get(ask))
        .route("/v1/registers/{store}/{register}/stages", get(ask))
        .route("/v1/announce", post(deliver))
        .route("/v1/segments", post(deliver))
        .route("/v1/records", post(deliver))
        .route("/v1/sealed", post(deliver))
        .route("/v1/enroll", post(deliver))
        .route("/v1/asides", post(deliver))
        .route(REGAIN_PATH, post(deliver))
        .route(REVOKED_PATH, get(ask))
        .route(PACKS_PATH, post(deliver))
        .route("/v1/packs/objects/{sha256}", get(ask))
        .route(PHONE_KEY_PATH, post(deliver))
        .route(ROTATION_PATH, post(deliver))
        .with_state(door)
        .merge(manager::errands(manager))
        .merge(health::open(health))
        .merge(recovery::public(watch, operations.public_form))
        .merge(pages)
}

async fn ask(State(door): State<Arc<Door>>, uri: Uri) -> HttpResponse {
    let request = Request::get(uri.to_string());
    let passage = match door.enter(Method::Get, &request.address, None) {
        Ok(passage) => passage,
        Err(turned) => return come_again(&turned),
    };
    called(door, passage, request).await
}

/// A delivery: let in by its head, its body read at its own speed, then done when it is called.
async fn deliver(State(door): State<Arc<Door>>, request: HttpRequest) -> HttpResponse {
    let (head, body) = request.into_parts();
    let address = Address::from(head.uri.path_and_query().map_or("/", |path| path.as_str()));
    let len = said_len(&head.headers);
    let passage = match door.enter(Method::Post, &address, len) {
        Ok(passage) => passage,
        Err(turned) => return refused(turned, body, len),
    };
    let body = match read(&door.gate, body, len_max(address.path())).await {
        Ok(body) => body,
        Err(response) => return closing(answered(Some(response))),
    };
    let request = Request::post(address, body.take());
    called(door, passage, request).await
}

/// Does what was let in when its turn comes.
async fn called(door: Arc<Door>, passage: Passage, request: Request) -> HttpResponse {
    match passage.ready().await.map(|called| passage.begins(called)) {
        Ok(Ok(())) => work(door, passage, request).await,
        Ok(Err(turned)) => come_again(&turned),
        Err(_) => unavailable(),
    }
}

/// The door's work, on a thread that may wait for the store. The place is given back with it.
async fn work(door: Arc<Door>, passage: Passage, request: Request) -> HttpResponse {
    let done = blocking(move || {
        let response = door.answer_within(&request);
        if response.status == 200 {
            passage.done();
        }
        response
    });
    answered(done.await)
}

/// A refusal goes out before the body is read. What the caller has begun to send is thrown away,
/// so that its line stays good and it hears the answer.
fn refused(turned: Turned, body: Body, len: Option<u64>) -> HttpResponse {
    tokio::spawn(discard(body));
    let response = come_again(&turned);
    if is_discarded(len) { response } else { closing(response) }
}

/// What follows on a line whose body was not read to its end would be lost: it is not to be used
/// for the next request.
fn closing(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn come_again(turned: &Turned) -> HttpResponse {
    let mut response = answered(Some(turned.response()));
    let wait_s = HeaderValue::from(turned.wait_s());
    response.headers_mut().insert(header::RETRY_AFTER, wait_s);
    response
}

/// Pages wait for deliveries, and are refused first.
async fn after_deliveries(
    State(door): State<Arc<Door>>,
    request: HttpRequest,
    next: Next,
) -> HttpResponse {
    let busy = || {
        let text = "Central is taking in deliveries, and this page waits for them. Nothing was \
                    changed; load it again in a moment.\n";
        with_type(StatusCode::SERVICE_UNAVAILABLE, TEXT, text.into())
    };
    let Ok(passage) = door.gate.enter(Class::Page, &Asks::default(), None) else { return busy() };
    match passage.ready().await.map(|called| passage.begins(called)) {
        Ok(Ok(())) => next.run(request).await,
        Ok(Err(_)) => busy(),
        Err(_) => unavailable(),
    }
}

async fn exceptions(State(door): State<Arc<Door>>, uri: Uri) -> HttpResponse {
    let store = uri
        .query()
        .and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("store=")))
        .and_then(|store| store.parse().ok())
        .map(StoreNo);
    json(blocking(move || page::exceptions_json(&door, store)).await)
}

async fn readiness(State(door): State<Arc<Door>>) -> HttpResponse {
    json(blocking(move || page::readiness_json(&door)).await)
}

async fn totals(
    State(door): State<Arc<Door>>,
    axum::extract::Path(store): axum::extract::Path<u32>,
) -> HttpResponse {
    json(blocking(move || page::totals_json(&door, StoreNo(store))).await)
}

async fn stock(
    State(door): State<Arc<Door>>,
    axum::extract::Path(store): axum::extract::Path<u32>,
) -> HttpResponse {
    json(blocking(move || page::stock_json(&door, StoreNo(store))).await)
}

pub(super) fn answered(response: Option<Response>) -> HttpResponse {
    let Some(Response { status, body }) = response else {
        return with_type(StatusCode::SERVICE_UNAVAILABLE, "text/plain", Vec::new());
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    with_type(status, "application/vnd.tideover.v1", body)
}

pub(super) fn serve(
    listener: std::net::TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    app: Router,
    reading: Reading,
    stopped: watch::Receiver<bool>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(64)
        .thread_name("central-io")
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            runtime.block_on(accept(listener, tls, app, reading, stopped));
            runtime.shutdown_timeout(STOP_TIMEOUT);
        }
        Err(error) => tracing::error!(%error, "central has no threads to listen with"),
    }
}

async fn accept(
    listener: std::net::TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    app: Router,
    reading: Reading,
    mut stopped: watch::Receiver<bool>,
) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let acceptor = tls.map(tokio_rustls::TlsAcceptor::from);
    let files = open_files(CONNECTIONS_MAX.saturating_add(OTHER_FILES));
    let most = files.saturating_sub(OTHER_FILES).clamp(CONNECTIONS_MIN, CONNECTIONS_MAX);
    let places = Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(0)));
    loop {
        let (stream, peer) = tokio::select! {
            _ = stopped.changed() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of handles: the next accept would fail at once as well.
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let app = app.clone().layer(axum::Extension(FromHere(peer.ip().is_loopback())));
        let (acceptor, stopped) = (acceptor.clone(), stopped.clone());
        stream.set_nodelay(true).ok();
        let stream = Patient::new(stream, reading.clone());
        tokio::spawn(async move {
            connection(stream, acceptor, app, stopped).await;
            drop(place);
        });
    }
    drop(listener);
    // Connections that are being answered end by themselves; idle ones were told to.
    let all = u32::try_from(most).unwrap_or(u32::MAX);
    tokio::time::timeout(STOP_TIMEOUT, places.acquire_many(all)).await.ok();
}

async fn connection(
    stream: Patient<TcpStream>,
    acceptor: Option<tokio_rustls::TlsAcceptor>,
    app: Router,
    stopped: watch::Receiver<bool>,
) {
    match acceptor {
        None => talk(TokioIo::new(stream), app, stopped).await,
        Some(acceptor) => {
            match tokio::time::timeout(HEADER_TIMEOUT, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => talk(TokioIo::new(stream), app, stopped).await,
                Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
                Err(_) => tracing::debug!("a handshake took too long"),
            }
        }
    }
}

async fn talk<I>(io: I, app: Router, mut stopped: watch::Receiver<bool>)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let app = app.layer(axum::middleware::from_fn(in_time));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_LEN_MAX)
        .serve_connection(io, TowerToHyperService::new(app));
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        done = connection.as_mut() => {
            if let Err(error) = done {
                tracing::debug!(%error, "a connection ended badly");
            }
            return;
        }
        _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
    }
    connection.await.ok();
}

/// Body and answer together have their time: a trickling body does not keep its place.
async fn in_time(request: axum::extract::Request, next: axum::middleware::Next) -> HttpResponse {
    match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => with_type(StatusCode::REQUEST_TIMEOUT, "text/plain", Vec::new()),
    }
}
