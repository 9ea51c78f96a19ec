//! Reads bodies of requests within bounds of length and time: one that comes too slowly is cut
//! off, and costs no more than the bytes that came.
//!
//! ```text
//!  for 5 s at any speed ─▶ from then on at least 1 KiB for each further second ─▶ 60 s in all
//! ```

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::{HeaderMap, header};
use tokio::time::interval;

use crate::central::gate::Gate;
use crate::sync::carrier::Response;
use crate::sync::wire::{
    ANNOUNCE_LEN_MAX, ASIDES_ANSWER_LEN_MAX, RECORDS_LEN_MAX, Refusal, SEALED_BODY_LEN_MAX,
    SEGMENT_LEN_MAX,
};

/// How long a body may come at any speed.
const FREE: Duration = Duration::from_secs(5);
/// Then so many bytes at least for each further second.
const BYTES_A_SECOND: usize = 1_024;
/// How long a body may take.
const WHOLE: Duration = Duration::from_secs(60);
/// How often it is looked at whether a body comes fast enough.
const LOOK: Duration = Duration::from_millis(250);
/// How much of a refused body is thrown away before its line is given up.
const DISCARD_MAX: usize = 1024 * 1024;

/// A body, counted among those that are held until it goes.
pub(in crate::central) struct Held {
    gate: Arc<Gate>,
    bytes: Vec<u8>,
    counted: usize,
}

impl Held {
    fn add(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
        self.counted = self.counted.saturating_add(piece.len());
        self.gate.holds(piece.len());
    }

    /// Its bytes; from now on they are the work's.
    pub(in crate::central) fn take(mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.gate.lets_go(self.counted);
    }
}

enum Cut {
    Slow,
    Long,
    Broken,
}

/// What a body of this address may have, in bytes; one more shows that it is longer.
pub(in crate::central) fn len_max(path: &str) -> usize {
    match path {
        "/v1/records" => RECORDS_LEN_MAX,
        "/v1/segments" => SEGMENT_LEN_MAX,
        "/v1/sealed" => SEALED_BODY_LEN_MAX,
        _ => ANNOUNCE_LEN_MAX.max(ASIDES_ANSWER_LEN_MAX / 16),
    }
}

/// The length that a head says of its body.
pub(in crate::central) fn said_len(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads a body.
///
/// # Errors
/// What the caller is told of one that is too long, too slow, or broke off.
pub(in crate::central) async fn read(
    gate: &Arc<Gate>,
    body: Body,
    most: usize,
) -> Result<Held, Response> {
    gate.body_begins();
    let mut held = Held { gate: Arc::clone(gate), bytes: Vec::new(), counted: 0 };
    match pieces(body, most, |piece| held.add(piece)).await {
        Ok(()) => Ok(held),
        Err(cut) => {
            if matches!(cut, Cut::Slow) {
                gate.body_is_slow();
            }
            Err(told(&cut, most))
        }
    }
}

/// True when a body of this length is thrown away to its end, so that its line stays good.
pub(in crate::central) fn is_discarded(len: Option<u64>) -> bool {
    len.and_then(|len| usize::try_from(len).ok()).is_some_and(|len| len <= DISCARD_MAX)
}

/// Throws a body away as it comes, within the same bounds.
pub(in crate::central) async fn discard(body: Body) {
    pieces(body, DISCARD_MAX, |_| ()).await.ok();
}

async fn pieces(mut body: Body, most: usize, mut piece: impl FnMut(&[u8])) -> Result<(), Cut> {
    let mut looks = interval(LOOK);
    let mut passed = Duration::ZERO;
    let mut came: usize = 0;
    loop {
        let next = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx));
        let frame = tokio::select! {
            biased;
            frame = next => match frame {
                None => return Ok(()),
                Some(Err(_)) => return Err(Cut::Broken),
                Some(Ok(frame)) => frame,
            },
            _ = looks.tick() => {
                passed = passed.saturating_add(LOOK);
                let earned = u64::try_from(came / BYTES_A_SECOND).unwrap_or(u64::MAX);
                let earned = FREE.saturating_add(Duration::from_secs(earned));
                if passed > WHOLE.min(earned) {
                    return Err(Cut::Slow);
                }
                continue;
            }
        };
        // Trailers say nothing here.
        let Ok(data) = frame.into_data() else { continue };
        came = came.saturating_add(data.len());
        if came > most {
            return Err(Cut::Long);
        }
        piece(&data);
    }
}

fn told(cut: &Cut, most: usize) -> Response {
    let (status, text) = match cut {
        Cut::Slow => (
            408,
            "the body came too slowly and was cut off, nothing was stored; send fewer records \
             at a time"
                .to_owned(),
        ),
        Cut::Long => (
            413,
            format!("a body is at most {most} bytes here, nothing was stored; send less at a time"),
        ),
        Cut::Broken => (400, "the body broke off, nothing was stored; send it again".to_owned()),
    };
    let body = serde_json::to_vec(&Refusal::new(text, None)).unwrap_or_default();
    Response { status, body }
}
