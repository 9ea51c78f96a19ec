//! One kind of work again and again, so that its cost can be told: requests that central answers,
//! and what registers do themselves.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use crate::device::clock::Clock;
use crate::domain::ids::Seq;
use crate::domain::time::Timestamp;
use crate::journal::hash::Hash;
use crate::journal::key::{Domain, PublicKey, SigningKey};
use crate::sync::carrier::{Request, Source as _, Transport as _};
use crate::sync::sealed::{self, Sealed};
use crate::sync::segment;
use crate::sync::wire::{Announce, Hello, JournalName, PROTOCOL};

use super::clients::{Gate, Journal, NotPlayed, Order, key_of};
use super::line::{BUSY, PlainLine};

/// Segments that are made of different records before they are the first ones again.
const SEGMENTS_MADE: u32 = 8;
const GREETING: &str = "/v1/hello?nonce=0123456789abcdef";

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum What {
    /// Greetings on one connection.
    Hello,
    /// Greetings, each on a connection of its own.
    HelloAnew,
    /// Announcements.
    Announce,
    /// Deliveries of so many records.
    Segments(u32),
    /// Deliveries that are refused by their heads.
    Refused,
    /// Nothing: announcements are made, and go nowhere.
    MakesAnnounce,
    /// Nothing: deliveries of so many records are made.
    MakesSegments(u32),
    /// One greeting, whose answer is opened again and again.
    Opens,
}

/// Requests that are made before the clock runs.
pub(super) fn asked(
    order: &Order,
    place: u32,
    times: u32,
    what: What,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Request>, NotPlayed> {
    let made = |why: serde_json::Error| NotPlayed::Made(why.to_string());
    let key = Arc::new(key_of(order.seed, place)?);
    let post = |path: &str, body| Request::post(path, body);
    Ok(match what {
        What::Hello | What::HelloAnew => {
            let one = Request::get(GREETING);
            (0..times).map(|_| one.clone()).collect()
        }
        What::Announce => {
            let journal = Journal::new(place, 2, &key, clock.now())?;
            let body = announces(&journal, &key, clock.now()).map_err(made)?;
            (0..times).map(|_| post("/v1/announce", body.clone())).collect()
        }
        What::Segments(records) => {
            let journal = Journal::new(place, records.saturating_mul(times), &key, clock.now())?;
            let many = usize::try_from(records).unwrap_or(1).max(1);
            let path = format!("/v1/segments?records={records}");
            let built = journal.lines.chunks(many).map(|lines| {
                let body = segment::build(lines, &key);
                body.map(|body| post(&path, body)).map_err(|why| NotPlayed::Made(why.to_string()))
            });
            built.collect::<Result<Vec<Request>, NotPlayed>>()?
        }
        What::Refused => {
            let journal = Journal::new(place, 20, &key, clock.now())?;
            let body = segment::build(&journal.lines, &key)
                .map_err(|why| NotPlayed::Made(why.to_string()))?;
            let path = "/v1/segments?records=10000&within=0";
            (0..times).map(|_| post(path, body.clone())).collect()
        }
        What::MakesAnnounce | What::MakesSegments(_) | What::Opens => Vec::new(),
    })
}

fn announces(
    journal: &Journal,
    key: &SigningKey,
    now: Timestamp,
) -> Result<Vec<u8>, serde_json::Error> {
    let announce = Announce {
        protocol: PROTOCOL.to_owned(),
        journal: JournalName::of(&journal.state.id),
        key: key.public().to_string(),
        next_seq: 0,
        head: Hash::ZERO.to_string(),
        takings: 0,
        payouts: 0,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        at: now.to_string(),
    };
    sealed::seal(&announce, Domain::Announce, key)
}

/// What a register does by itself, by how many times it was done before: the bytes of what was
/// made.
pub(super) type Makes = Box<dyn FnMut(&mut PlainLine, u32) -> Option<usize> + Send>;

/// A register's own work; none where central is asked.
pub(super) fn makes(
    order: &Order,
    place: u32,
    what: What,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Makes>, NotPlayed> {
    let key = key_of(order.seed, place)?;
    let clock = Arc::clone(clock);
    Ok(match what {
        What::MakesAnnounce => {
            let journal = Journal::new(place, 2, &key, clock.now())?;
            Some(Box::new(move |_, _| {
                announces(&journal, &key, clock.now()).ok().map(|body| body.len())
            }))
        }
        What::MakesSegments(records) => {
            let count = records.saturating_mul(SEGMENTS_MADE);
            let journal = Journal::new(place, count, &key, clock.now())?;
            let many = usize::try_from(records).unwrap_or(1).max(1);
            Some(Box::new(move |_, time| {
                let from = u64::from((time % SEGMENTS_MADE).saturating_mul(records));
                let lines = journal.lines(&journal.state, Seq(from), many, usize::MAX).ok()?;
                segment::build(&lines, &key).ok().map(|body| body.len())
            }))
        }
        What::Opens => {
            let central_key = PublicKey::parse(&order.central_key);
            let central_key = central_key.map_err(|why| NotPlayed::Made(why.to_string()))?;
            let mut answer = None;
            Some(Box::new(move |line, _| {
                if answer.is_none() {
                    let asked = Request::get(GREETING);
                    answer = line.send(&asked).ok().map(|response| response.body);
                }
                let body = answer.as_ref()?;
                let hello: Hello =
                    Sealed::split(body).ok()?.open(Domain::Ack, &central_key).ok()?;
                Some(hello.nonce.len())
            }))
        }
        _ => None,
    })
}

/// Asks all of it on one line, or each on a line of its own.
pub(super) fn ask_all(mut line: PlainLine, asks: &[Request], anew: bool, began: &Gate) {
    began.wait();
    for request in asks {
        if anew {
            line.closes();
        }
        line.count.sends(request.body.len());
        match line.send(request) {
            Ok(response) if matches!(response.status, 200 | BUSY) => {}
            Ok(_) | Err(_) => {
                line.count.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}
