//! Central's HTTP: sockets, encryption, routes and bounds. What is answered is the door's and the
//! page's affair.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response as HttpResponse;
use axum::routing::{get, post};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use crate::domain::ids::StoreNo;
use crate::sync::carrier::{Method, Request, Response};
use crate::sync::wire::packs::PACKS_PATH;
use crate::sync::wire::{PHONE_KEY_PATH, RECORDS_LEN_MAX};

use super::door::Door;
use super::http_answer::{blocking, json, with_type};
use super::http_guard::{FromHere, for_readers};
use super::http_health::Health;
use super::manager::Manager;
use super::operations::Operations;
use super::queue::Queues;
use super::recovery::Watch;
use super::{http_health, http_manager, http_queue, http_recovery, page};

const CONNECTIONS_MAX: usize = 1_024;
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(40);
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
        .merge(http_manager::routes(Arc::clone(&manager)))
        .merge(http_queue::routes(Arc::new(queues)))
        .merge(http_recovery::routes(Arc::clone(&watch)))
        .merge(http_health::guarded(Arc::clone(&health)))
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
        .route(PACKS_PATH, post(deliver))
        .route("/v1/packs/objects/{sha256}", get(ask))
        .route(PHONE_KEY_PATH, post(deliver))
        .layer(DefaultBodyLimit::max(RECORDS_LEN_MAX))
        .with_state(door)
        .merge(http_manager::errands(manager))
        .merge(http_health::open(health))
        .merge(http_recovery::public(watch, operations.public_form))
        .merge(pages)
}

async fn ask(State(door): State<Arc<Door>>, uri: Uri) -> HttpResponse {
    let request = Request { method: Method::Get, path: uri.to_string(), body: Vec::new() };
    answered(blocking(move || door.answer(&request)).await)
}

async fn deliver(State(door): State<Arc<Door>>, uri: Uri, body: Bytes) -> HttpResponse {
    let path = uri.path().to_owned();
    let request = Request { method: Method::Post, path, body: Vec::from(body) };
    answered(blocking(move || door.answer(&request)).await)
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
            runtime.block_on(accept(listener, tls, app, stopped));
            runtime.shutdown_timeout(STOP_TIMEOUT);
        }
        Err(error) => tracing::error!(%error, "central has no threads to listen with"),
    }
}

async fn accept(
    listener: std::net::TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    app: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let acceptor = tls.map(tokio_rustls::TlsAcceptor::from);
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
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
        tokio::spawn(async move {
            connection(stream, acceptor, app, stopped).await;
            drop(place);
        });
    }
    drop(listener);
    // Connections that are being answered end by themselves; idle ones were told to.
    let all = u32::try_from(CONNECTIONS_MAX).unwrap_or(u32::MAX);
    tokio::time::timeout(STOP_TIMEOUT, places.acquire_many(all)).await.ok();
}

async fn connection(
    stream: TcpStream,
    acceptor: Option<tokio_rustls::TlsAcceptor>,
    app: Router,
    stopped: watch::Receiver<bool>,
) {
    stream.set_nodelay(true).ok();
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
        .max_buf_size(64 * 1024)
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
