//! Traces of requests for an OpenTelemetry collector on this machine (feature `otel`).
//!
//! ```text
//!  request ─▶ routed ─▶ answered ─▶ span: method, route's template, class, status, time
//!                                     └ a queue of 2,048 ─▶ a thread of its own ─▶ OTLP/HTTP
//! ```
//!
//! A span knows neither a store nor a register nor a person: the template of a route has no
//! numbers in it, and what stands behind a `?`, heads and bodies are never read here. Nobody waits
//! for the collector: where it is slow or gone, the queue is full and spans are dropped.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method as HttpMethod;
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use opentelemetry_otlp::{RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider,
};

use crate::device::process::handles_left;
use crate::sync::carrier::Method;

use super::admission::Class;
use super::gate::class_of;

/// Spans that wait for the collector, and how many go at once.
const QUEUE: usize = 2_048;
const BATCH: usize = 512;
/// How long spans are gathered.
const GATHERED: Duration = Duration::from_secs(2);
/// How long the collector has for an answer.
const ANSWER: Duration = Duration::from_secs(3);
/// How long stopping waits until the queue is handed over.
const FLUSH: Duration = Duration::from_secs(3);

/// Why traces can't be handed over.
#[derive(Debug, thiserror::Error)]
pub enum NotTraced {
    /// The collector is elsewhere.
    #[error(
        "traces go to a collector on this machine only (127.0.0.1 or ::1), not to {0}; let that \
         one pass them on"
    )]
    Elsewhere(SocketAddr),
    /// Threads, files or the library.
    #[error("traces can't be handed over ({0}); leave --traces-to away, or give central more room")]
    Line(String),
}

/// Whoever hands traces over.
#[derive(Debug)]
pub(super) struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Traces {
    /// To a collector on this machine.
    pub(super) fn to(collector: SocketAddr) -> Result<Self, NotTraced> {
        if !collector.ip().is_loopback() {
            return Err(NotTraced::Elsewhere(collector));
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new()?)
            .with_endpoint(format!("http://{collector}/v1/traces"))
            .with_timeout(ANSWER)
            // What was not taken is dropped: the next batch waits already.
            .with_retry_policy(RetryPolicy::disabled())
            .build()
            .map_err(|why| NotTraced::Line(why.to_string()))?;
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(GATHERED)
            .build();
        let processor = BatchSpanProcessor::builder(exporter).with_batch_config(batches).build();
        // No detector is asked: neither the machine's name nor its user stands in a trace.
        let resource = Resource::builder_empty()
            .with_service_name("tideover-central")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider =
            SdkTracerProvider::builder().with_resource(resource).with_span_processor(processor);
        let provider = provider.build();
        let tracer = provider.tracer("tideover");
        tracing::info!(%collector, "traces are handed to a collector");
        Ok(Self { provider, tracer })
    }

    /// Has every request of the routes traced.
    pub(super) fn over(self: &Arc<Self>, app: Router) -> Router {
        app.layer(axum::middleware::from_fn_with_state(Arc::clone(self), traced))
    }

    /// Hands over what waits, within its time.
    pub(super) fn stop(&self) {
        if let Err(error) = self.provider.shutdown_with_timeout(FLUSH) {
            tracing::warn!(%error, "the last traces were not handed over; nothing else is lost");
        }
    }
}

async fn traced(State(traces): State<Arc<Traces>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let method = word_of(request.method());
    let class = word_of_class(request.method(), request.uri().path());
    let mut attributes =
        vec![KeyValue::new("http.request.method", method), KeyValue::new("tideover.class", class)];
    // What nobody routed has no template, and its address is the caller's affair.
    let name = match &route {
        Some(route) => format!("{method} {route}"),
        None => method.to_owned(),
    };
    attributes.extend(route.map(|route| KeyValue::new("http.route", route)));
    let span = traces.tracer.span_builder(name).with_kind(SpanKind::Server);
    let span = span.with_attributes(attributes);
    // Each request stands alone: nobody's trace goes on in central.
    let mut span = traces.tracer.build_with_context(span, &Context::new());
    let response = next.run(request).await;
    let status = response.status();
    span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
    span.end();
    response
}

/// A method by its name, where it is one that is routed.
fn word_of(method: &HttpMethod) -> &'static str {
    match *method {
        HttpMethod::GET => "GET",
        HttpMethod::HEAD => "HEAD",
        HttpMethod::POST => "POST",
        _ => "_OTHER",
    }
}

/// What a request is for, in the words of admission; pages are everything that people read.
fn word_of_class(method: &HttpMethod, path: &str) -> &'static str {
    const OF_REGISTERS: [&str; 11] = [
        "/v1/hello",
        "/v1/registers/",
        "/v1/announce",
        "/v1/segments",
        "/v1/records",
        "/v1/sealed",
        "/v1/enroll",
        "/v1/asides",
        "/v1/regain",
        "/v1/revoked",
        "/v1/packs",
    ];
    if !OF_REGISTERS.iter().any(|begins| path.starts_with(begins)) {
        return "page";
    }
    let method = if *method == HttpMethod::POST { Method::Post } else { Method::Get };
    match class_of(method, path) {
        Class::Upload => "upload",
        Class::Replay => "replay",
        Class::Page => "page",
        Class::Word => "word",
    }
}

/// The line to the collector; it says once that nothing goes over it, and once that it does again.
#[derive(Debug)]
struct Collector {
    line: reqwest::blocking::Client,
    failing: Arc<AtomicBool>,
}

impl Collector {
    fn new() -> Result<Self, NotTraced> {
        handles_left().map_err(|why| NotTraced::Line(why.to_string()))?;
        rustls::crypto::ring::default_provider().install_default().ok();
        let line = reqwest::blocking::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER)
            .build()
            .map_err(|why| NotTraced::Line(why.to_string()))?;
        Ok(Self { line, failing: Arc::default() })
    }
}

/// An answer that is on its way, as the library writes it.
type Coming<'f> =
    Pin<Box<dyn Future<Output = Result<axum::http::Response<Bytes>, HttpError>> + Send + 'f>>;

impl HttpClient for Collector {
    fn send_bytes<'s, 'f>(&'s self, request: axum::http::Request<Bytes>) -> Coming<'f>
    where
        's: 'f,
        Self: 'f,
    {
        let (sending, failing) = (self.line.send_bytes(request), Arc::clone(&self.failing));
        Box::pin(async move {
            let answer = sending.await;
            let taken = answer.as_ref().is_ok_and(|answer| answer.status().is_success());
            match (failing.swap(!taken, Ordering::Relaxed), taken) {
                (false, false) => tracing::warn!(
                    "the collector takes no traces; they are dropped, and requests go on"
                ),
                (true, true) => tracing::info!("the collector takes traces again"),
                _ => {}
            }
            answer
        })
    }
}
