//! A small receiver of CloudEvents that does what docs/export.md asks of one: the reference for
//! those who build their own, and the other end of the tests.
//!
//! ```text
//!  POST /events   keeps an event under (source, id): 201 new, 200 the same again, 409 another one
//!  GET  /events?source=&epoch=&from=&to=    what is kept of a stretch, for reading back
//! ```
//!
//! It keeps everything in memory. A careless one, which keeps what comes twice twice, shows what a
//! sender does by itself; a moody one answers as it is told.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Deserialize;
use tokio::sync::oneshot;

use super::webhook::HeldEvent;

const BODY_LEN_MAX: usize = 512 * 1024;
/// The most events that are kept: it is for trying.
const EVENTS_MAX: usize = 1_000_000;

/// What a receiver does instead of answering rightly, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Nothing odd.
    Good,
    /// Keeps the event, and loses its answer.
    KeptAndSilent,
    /// Does not keep it, and loses its answer.
    LostAndSilent,
    /// Asks to come again in so many seconds.
    Busy(u64),
    /// Answers with this status, and keeps nothing.
    Status(u16),
}

/// Gives the mood for the n-th request, from 0.
pub type Moods = Box<dyn Fn(u64) -> Mood + Send + Sync>;

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// By source and id: the hash and how often it is there.
    pub events: BTreeMap<(String, String), (String, u64)>,
    /// Requests that came with an event, whatever was answered.
    pub requests: u64,
}

struct Shared {
    kept: Mutex<Kept>,
    careless: bool,
    moods: Moods,
}

/// A running receiver; it ends when it is dropped.
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Deserialize)]
struct Posted {
    specversion: String,
    id: String,
    source: String,
    r#type: String,
    #[serde(default)]
    recordhash: String,
}

impl Receiver {
    /// Starts one that does everything right.
    ///
    /// # Errors
    /// The system's, when it can't listen.
    pub fn start(listen: SocketAddr) -> std::io::Result<Self> {
        Self::start_with(listen, false, Box::new(|_| Mood::Good))
    }

    /// Starts one that may be careless, with moods.
    ///
    /// # Errors
    /// The system's, when it can't listen.
    pub fn start_with(listen: SocketAddr, careless: bool, moods: Moods) -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { kept: Mutex::new(Kept::default()), careless, moods });
        let app = Router::new()
            .route("/events", get(held).post(take))
            .layer(DefaultBodyLimit::max(BODY_LEN_MAX))
            .with_state(Arc::clone(&shared));
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let work = move || {
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                tokio::select! {
                    served = std::future::IntoFuture::into_future(axum::serve(listener, app)) => {
                        served.ok();
                    }
                    _ = stopped => {}
                }
            });
        };
        let thread = std::thread::Builder::new().name("receiver".to_owned()).spawn(work)?;
        Ok(Self { address, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// Where events are posted and read back: `http://127.0.0.1:40123/events`.
    pub fn url(&self) -> String {
        format!("http://{}/events", self.address)
    }

    /// What is kept now.
    pub fn kept(&self) -> Kept {
        self.shared.lock().clone()
    }

    /// Forgets an event, as a system does that is restored from an older copy.
    pub fn forget(&self, source: &str, id: &str) {
        self.shared.lock().events.remove(&(source.to_owned(), id.to_owned()));
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, event: Posted) -> Response {
        let mut kept = self.lock();
        if kept.events.len() >= EVENTS_MAX {
            return said(StatusCode::INSUFFICIENT_STORAGE, "it is full");
        }
        let place = kept.events.entry((event.source, event.id));
        match place {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert((event.recordhash, 1));
                said(StatusCode::CREATED, "new")
            }
            std::collections::btree_map::Entry::Occupied(mut there) => {
                if there.get().0 != event.recordhash {
                    return said(StatusCode::CONFLICT, "another event has this source and id");
                }
                if self.careless {
                    let (_, times) = there.get_mut();
                    *times = times.saturating_add(1);
                }
                said(StatusCode::OK, "there already")
            }
        }
    }
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let number = {
        let mut kept = shared.lock();
        kept.requests = kept.requests.saturating_add(1);
        kept.requests.saturating_sub(1)
    };
    let mood = (shared.moods)(number);
    match mood {
        Mood::LostAndSilent => return said(StatusCode::GATEWAY_TIMEOUT, "no answer in time"),
        Mood::Busy(seconds) => {
            let mut response = said(StatusCode::TOO_MANY_REQUESTS, "later");
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            return response;
        }
        Mood::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            return said(status, "as told");
        }
        Mood::Good | Mood::KeptAndSilent => {}
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/cloudevents+json") {
        return said(StatusCode::UNSUPPORTED_MEDIA_TYPE, "application/cloudevents+json is taken");
    }
    let answer = match serde_json::from_slice::<Posted>(&body) {
        Ok(event) if event.specversion != "1.0" => {
            said(StatusCode::BAD_REQUEST, "specversion 1.0 is taken")
        }
        Ok(event) if event.id.is_empty() || event.source.is_empty() || event.r#type.is_empty() => {
            said(StatusCode::BAD_REQUEST, "id, source and type are never empty")
        }
        Ok(event) => shared.keep(event),
        Err(_) => said(StatusCode::BAD_REQUEST, "it is not an event in structured JSON"),
    };
    if mood == Mood::KeptAndSilent {
        return said(StatusCode::GATEWAY_TIMEOUT, "no answer in time");
    }
    answer
}

async fn held(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(found, _)| *found == name).map(|(_, value)| value.replace("%2F", "/"))
    };
    let number = |name: &str| value(name)?.parse::<u64>().ok();
    let asked = (value("source"), value("epoch"), number("from"), number("to"));
    let (Some(from_source), Some(epoch), Some(from), Some(to)) = asked else {
        return said(StatusCode::BAD_REQUEST, "ask with source, epoch, from and to");
    };
    let kept = shared.lock();
    let of_source = kept.events.iter().filter(|((source, _), _)| *source == from_source);
    let held: Vec<HeldEvent> = of_source
        .filter_map(|((_, id), (hash, times))| {
            let seq: u64 = id.strip_prefix(epoch.as_str())?.strip_prefix(':')?.parse().ok()?;
            let (recordhash, times) = (hash.clone(), *times);
            (from <= seq && seq <= to).then(|| HeldEvent { id: id.clone(), recordhash, times })
        })
        .collect();
    axum_json(&held)
}

fn axum_json(held: &[HeldEvent]) -> Response {
    let body = serde_json::to_vec(held).unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn said(status: StatusCode, text: &'static str) -> Response {
    (status, text).into_response()
}
