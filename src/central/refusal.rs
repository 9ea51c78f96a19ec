//! How a refusal is said to a register, and under which reason it is counted.

use super::counters::Refused;
use super::door::No;
use super::store::KeptOut;
use crate::sync::carrier::Response;
use crate::sync::sealed::NotSealed;
use crate::sync::segment::NotASegment;
use crate::sync::wire::Refusal;
use crate::sync::wire::packs::GONE;

/// When to come again while central stops: by then another process answers, or this one is back.
pub(super) const STOPPING_MS: u64 = 2_000;

/// Under which reason a refusal is counted.
pub(super) const fn counted(why: &No) -> Refused {
    match why {
        No::Busy(_) | No::TooOften(_) => Refused::Busy,
        No::Stopping => Refused::Stopping,
        No::Frame(NotASegment::TooLarge(_)) => Refused::TooLarge,
        No::Frame(NotASegment::Seal(NotSealed::Signature)) | No::Seal(NotSealed::Signature) => {
            Refused::Signature
        }
        No::Frame(NotASegment::Key(_))
        | No::Stranger(_)
        | No::KeyTaken(..)
        | No::KeyRevoked(..)
        | No::Rotation(_) => Refused::Key,
        No::Frame(_) | No::Seal(_) | No::BadRequest(_) => Refused::Malformed,
        No::NotFound | No::Gone => Refused::NotFound,
        No::KeptOut(..) => Refused::Room,
        No::Store(_) | No::NoEntropy(_) => Refused::Store,
    }
}

/// The answer.
pub(super) fn refusal(why: &No) -> Response {
    let (status, retry_after_ms) = match why {
        No::Frame(NotASegment::TooLarge(_)) => (413, None),
        No::Frame(NotASegment::Seal(NotSealed::Signature)) | No::Seal(NotSealed::Signature) => {
            (401, None)
        }
        No::Frame(NotASegment::Key(_))
        | No::Stranger(_)
        | No::KeyTaken(..)
        | No::KeyRevoked(..) => (403, None),
        No::Frame(_) | No::Seal(_) | No::BadRequest(_) => (400, None),
        // A person has to do something; what merely waits is sent from where central stands.
        No::KeptOut(KeptOut::Branches | KeptOut::Unvouched, _) => (403, None),
        // It was understood, and is a matter of what stands here.
        No::Rotation(_) | No::KeptOut(KeptOut::Waiting, _) => (409, None),
        No::NotFound => (404, None),
        No::Gone => (GONE, None),
        No::Busy(retry_ms) => (503, Some(*retry_ms)),
        No::TooOften(retry_ms) => (429, Some(*retry_ms)),
        No::Stopping => (503, Some(STOPPING_MS)),
        No::Store(_) | No::NoEntropy(_) => (503, Some(5_000)),
    };
    if let No::Store(error) = why {
        tracing::error!(%error, "the store failed");
    }
    let body = serde_json::to_vec(&Refusal::new(why.to_string(), retry_after_ms));
    Response { status, body: body.unwrap_or_default() }
}
