//! Health over HTTP: alive, ready, metrics, and the description of all addresses. None of it asks
//! for a place of admission, so that it answers in the worst hour.
//!
//! ```text
//!  /healthz       this process answers
//!  /readyz        it takes deliveries: not stopping, and the database answered within 2 s
//!  /metrics       for this machine, or with the read token
//!  /openapi.json  what there is to call
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response as HttpResponse;
use axum::routing::get;

use super::answer::{TEXT, blocking, unavailable, with_type};
use crate::central::metrics;
use crate::central::recovery::Watch;

/// The database is away when it does not answer in this time.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// Every address, with what goes in and comes out.
const OPENAPI: &str = include_str!("../../../docs/openapi.json");

/// What health is read from.
pub(in crate::central) struct Health {
    watch: Arc<Watch>,
    /// Somebody asks the database already: callers don't pile up behind one that is away.
    asking: AtomicBool,
    /// It answered when it was asked last.
    answered: AtomicBool,
    started_ms: i64,
}

impl Health {
    pub(in crate::central) fn new(watch: Arc<Watch>) -> Self {
        let started_ms = watch.door.clock.now().utc_ms;
        let (asking, answered) = (AtomicBool::new(false), AtomicBool::new(true));
        Self { watch, asking, answered, started_ms }
    }

    /// Why it is not ready; none when it is.
    async fn unready(self: &Arc<Self>) -> Option<&'static str> {
        const AWAY: &str = "not ready: the database does not answer\n";
        if self.watch.door.is_winding_down() {
            return Some("not ready: central is stopping\n");
        }
        if self.asking.swap(true, Ordering::AcqRel) {
            return (!self.answered.load(Ordering::Acquire)).then_some(AWAY);
        }
        let health = Arc::clone(self);
        let asked = blocking(move || {
            let answer = health.watch.door.reader.call(|store| store.server_epoch());
            health.answered.store(answer.is_ok(), Ordering::Release);
            health.asking.store(false, Ordering::Release);
            answer.is_ok()
        });
        match tokio::time::timeout(ANSWERS_WITHIN, asked).await {
            Ok(Some(true)) => None,
            Ok(_) => Some(AWAY),
            Err(_) => {
                self.answered.store(false, Ordering::Release);
                Some(AWAY)
            }
        }
    }
}

/// For anybody.
pub(in crate::central) fn open(health: Arc<Health>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/openapi.json", get(openapi))
        .with_state(health)
}

/// For readers.
pub(in crate::central) fn guarded(health: Arc<Health>) -> Router {
    Router::new().route("/metrics", get(tell)).with_state(health)
}

async fn readyz(State(health): State<Arc<Health>>) -> HttpResponse {
    match health.unready().await {
        None => with_type(StatusCode::OK, TEXT, "ready\n".into()),
        Some(why) => {
            let mut response = with_type(StatusCode::SERVICE_UNAVAILABLE, TEXT, why.into());
            let soon = HeaderValue::from_static("2");
            response.headers_mut().insert(header::RETRY_AFTER, soon);
            response
        }
    }
}

async fn tell(State(health): State<Arc<Health>>) -> HttpResponse {
    let ready = health.unready().await.is_none();
    let told = blocking(move || {
        let commits = health.watch.door.writer.commits();
        let process = metrics::Process { ready, started_ms: health.started_ms, commits };
        metrics::text(&health.watch, &process)
    });
    match told.await {
        Some(text) => with_type(StatusCode::OK, metrics::TYPE, text.into_bytes()),
        None => unavailable(),
    }
}

async fn openapi() -> HttpResponse {
    with_type(StatusCode::OK, "application/json", OPENAPI.into())
}
