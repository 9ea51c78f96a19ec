//! CloudEvents 1.0 to a webhook: one event a request, in structured JSON.
//!
//! ```text
//!  id      epoch:seq                    (source, id) is what a receiver knows an event by
//!  source  /stores/1042/registers/7
//!  type    tideover.sale.v1             the record's kind
//!  data    the record's JSON, as it was signed
//! ```
//!
//! As the specification of webhooks asks: 429 is obeyed with its Retry-After, 410 switches the
//! target off, 415 ends the run, no redirect is followed. Where the receiver can be read back
//! (docs/export.md says how), it is asked before anything uncertain is sent again.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::device::clock::Clock;
use crate::domain::event::Event;
use crate::domain::ids::{JournalId, Seq};

use super::http_client::{Answered, Line};
use super::ledger::TargetName;
use super::{Adapter, Entry, NotRead, Outcome, Seen};

/// What is posted.
pub const CONTENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";
/// How long to wait when a busy receiver does not say.
const BUSY_MS: u64 = 30_000;
/// Of a receiver's own words, so many characters are kept.
const WORDS_MAX: usize = 120;

/// An event as it is posted. The order of the fields is part of the golden records.
#[derive(Debug, Serialize)]
pub struct CloudEvent<'a> {
    specversion: &'static str,
    id: String,
    source: String,
    r#type: String,
    subject: String,
    time: String,
    datacontenttype: &'static str,
    /// Zero-padded, so that its order as a text is the order of the records.
    sequence: String,
    partitionkey: String,
    recordhash: String,
    /// An item of the record, and what IT says that it is to the receiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    amendeditem: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amendedas: Option<&'a str>,
    data: &'a RawValue,
}

/// What a receiver says it holds.
#[derive(Debug, Deserialize, Serialize)]
pub struct HeldEvent {
    /// The event.
    pub id: String,
    /// The hash it came with.
    pub recordhash: String,
    /// How often it is there; a receiver that knows events by source and id always says 1.
    #[serde(default = "once")]
    pub times: u64,
}

const fn once() -> u64 {
    1
}

/// A webhook as a target.
pub struct Webhook {
    url: String,
    read_back: Option<String>,
    settle_ms: u64,
    target: TargetName,
    line: Box<dyn Line>,
    clock: Arc<dyn Clock>,
}

impl Webhook {
    /// A webhook at an address, over a line.
    ///
    /// # Errors
    /// In words, where the address can't name a target.
    pub fn new(
        url: String,
        read_back: Option<String>,
        settle_ms: u64,
        line: Box<dyn Line>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        // What stands behind the question mark may be a secret; the ledger is shown to people.
        let shown = url.split(['?', '#']).next().unwrap_or(&url);
        let target = TargetName::parse(&format!("webhook:{shown}"));
        let target = target.map_err(|why| why.to_string())?;
        Ok(Self { url, read_back, settle_ms, target, line, clock })
    }

    fn retry_ms(&self, said: Option<&str>) -> u64 {
        let Some(said) = said.map(str::trim) else { return BUSY_MS };
        if let Ok(seconds) = said.parse::<u64>() {
            return seconds.saturating_mul(1_000);
        }
        let Ok(at) = jiff::fmt::rfc2822::parse(said) else { return BUSY_MS };
        let left = at.timestamp().as_millisecond().saturating_sub(self.clock.now().utc_ms);
        u64::try_from(left).unwrap_or(0)
    }

    fn outcome(&self, answer: &Answered) -> Outcome {
        let said = words(&answer.body);
        let status = answer.status;
        match status {
            200..=299 => Outcome::Delivered,
            429 => Outcome::Busy(self.retry_ms(answer.retry_after.as_deref())),
            503 if answer.retry_after.is_some() => {
                Outcome::Busy(self.retry_ms(answer.retry_after.as_deref()))
            }
            410 => Outcome::Gone("the receiver answered 410: it wants no more events".to_owned()),
            415 => Outcome::Closed(
                "the receiver answered 415: it does not take application/cloudevents+json; have \
                 it set up for CloudEvents in structured JSON"
                    .to_owned(),
            ),
            300..=399 => Outcome::Closed(format!(
                "the receiver answered {status}, a redirect, which is not followed: name the \
                 address it leads to"
            )),
            401 | 403 | 407 => Outcome::Closed(format!(
                "the receiver answered {status}: it does not let this central in; look at the \
                 token ({said})"
            )),
            404 | 405 => Outcome::Closed(format!(
                "the receiver answered {status}: nothing takes events at this address ({said})"
            )),
            408 | 500..=599 => Outcome::Unknown(format!("the receiver answered {status}: {said}")),
            _ => Outcome::Refused(format!("the receiver answered {status}: {said}")),
        }
    }

    /// What the receiver holds of a stretch of a journal.
    fn ask(
        &mut self,
        read_back: &str,
        journal: &JournalId,
        from: Seq,
        to: Seq,
    ) -> Result<Vec<HeldEvent>, NotRead> {
        let joined = if read_back.contains('?') { '&' } else { '?' };
        let (source, epoch) = (source(journal), journal.epoch);
        let (from, to) = (padded(from), padded(to));
        let url = format!("{read_back}{joined}source={source}&epoch={epoch}&from={from}&to={to}");
        let answer = self.line.get(&url).map_err(|why| NotRead(why.text))?;
        if answer.status != 200 {
            let said = words(&answer.body);
            return Err(NotRead(format!("its read-back answered {}: {said}", answer.status)));
        }
        serde_json::from_slice(&answer.body)
            .map_err(|why| NotRead(format!("its read-back is not as docs/export.md says: {why}")))
    }
}

impl Adapter for Webhook {
    fn target(&self) -> &TargetName {
        &self.target
    }

    fn takes(&self, event: &Event) -> bool {
        event.sale().is_some()
            || matches!(
                event,
                Event::SaleAbandoned(_)
                    | Event::CashMovement { .. }
                    | Event::ShiftOpen { .. }
                    | Event::ShiftClose(_)
                    | Event::StockDelta(_)
                    | Event::StockCount(_)
                    | Event::Delivery(_)
                    | Event::OutageDeclared(_)
                    | Event::OutageUpdated(_)
                    | Event::OutageEnded { .. }
            )
    }

    fn delivery_max(&self) -> usize {
        1
    }

    fn can_look(&self) -> bool {
        self.read_back.is_some()
    }

    fn settle_ms(&self) -> u64 {
        self.settle_ms
    }

    fn deliver(&mut self, entries: &[Entry]) -> Outcome {
        let mut last = Outcome::Delivered;
        for entry in entries {
            let Some(body) = event(entry) else {
                return Outcome::Refused("the record's JSON can't be posted".to_owned());
            };
            last = match self.line.post(&self.url, CONTENT_TYPE, &body) {
                Ok(answer) => self.outcome(&answer),
                Err(why) => Outcome::Unknown(why.text),
            };
            if last != Outcome::Delivered {
                return last;
            }
        }
        last
    }

    fn look(&mut self, entries: &[Entry]) -> Result<Vec<Seen>, NotRead> {
        let Some(read_back) = self.read_back.clone() else {
            let why = "the receiver can't be read back: no --read-back was given".to_owned();
            return Ok(vec![Seen::CantTell(why); entries.len()]);
        };
        let mut seen = Vec::with_capacity(entries.len());
        for run in entries.chunk_by(|one, next| one.journal() == next.journal()) {
            let Some((first, last)) = run.first().zip(run.last()) else { continue };
            let held = self.ask(&read_back, &first.journal(), first.seq(), last.seq())?;
            let held: BTreeMap<&str, &HeldEvent> =
                held.iter().map(|held| (held.id.as_str(), held)).collect();
            seen.extend(run.iter().map(|entry| match held.get(id(entry).as_str()) {
                None => Seen::Absent,
                Some(held) if held.times > 1 => {
                    Seen::Different(format!("the receiver has it {} times", held.times))
                }
                Some(held) if held.recordhash != entry.hash.to_string() => {
                    Seen::Different("the receiver has another record under its id".to_owned())
                }
                Some(_) => Seen::Same,
            }));
        }
        Ok(seen)
    }
}

/// The body of an entry's event; none where its JSON is none.
pub fn event(entry: &Entry) -> Option<Vec<u8>> {
    let header = &entry.header;
    let journal = header.journal;
    let data: &RawValue = serde_json::from_str(&entry.json).ok()?;
    let subject = match entry.event.sale() {
        Some(sale) => format!("receipt/{}", sale.number),
        None => format!("record/{}", header.seq),
    };
    let event = CloudEvent {
        specversion: "1.0",
        id: id(entry),
        source: source(&journal),
        r#type: format!("tideover.{}.v1", entry.event.kind()),
        subject,
        time: header.at.to_string(),
        datacontenttype: "application/json",
        sequence: padded(header.seq),
        partitionkey: format!("{}-{}", journal.store, journal.register),
        recordhash: entry.hash.to_string(),
        amendeditem: entry.amended.as_ref().map(|(item, _)| item.as_str()),
        amendedas: entry.amended.as_ref().map(|(_, other)| other.as_str()),
        data,
    };
    serde_json::to_vec(&event).ok()
}

/// The event's id: `9f3c5a1e22b04d67:1801`.
pub fn id(entry: &Entry) -> String {
    format!("{}:{}", entry.journal().epoch, entry.seq())
}

/// Where the event comes from.
pub fn source(journal: &JournalId) -> String {
    format!("/stores/{}/registers/{}", journal.store, journal.register)
}

fn padded(seq: Seq) -> String {
    format!("{:020}", seq.0)
}

/// A receiver's own words, as far as they may be shown.
fn words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let shown = text.chars().take(WORDS_MAX).map(|c| if c.is_control() { ' ' } else { c });
    let shown: String = shown.collect();
    let shown = shown.trim();
    if shown.is_empty() { "no words".to_owned() } else { shown.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::clock::SimulatedClock;
    use crate::domain::time::Timestamp;
    use crate::sync::carrier::NoAnswer;

    struct NoLine;

    impl Line for NoLine {
        fn post(&mut self, _: &str, _: &str, _: &[u8]) -> Result<Answered, NoAnswer> {
            Err(NoAnswer { text: "cut".to_owned() })
        }

        fn get(&mut self, _: &str) -> Result<Answered, NoAnswer> {
            Err(NoAnswer { text: "cut".to_owned() })
        }
    }

    fn webhook() -> Webhook {
        let now = Timestamp::parse("2026-11-22T13:05:00.000-06:00").expect("a time");
        let clock = Arc::new(SimulatedClock::at(now));
        let url = "https://erp.example/in?key=secret".to_owned();
        Webhook::new(url, None, 0, Box::new(NoLine), clock).expect("a target")
    }

    #[test]
    fn each_answer_means_what_the_specification_says() {
        let hook = webhook();
        assert_eq!(hook.target().as_str(), "webhook:https://erp.example/in", "no secret is kept");
        let of = |status, retry: Option<&str>| {
            let retry_after = retry.map(str::to_owned);
            hook.outcome(&Answered { status, retry_after, body: b"why".to_vec() })
        };
        for fine in [200, 201, 202, 204] {
            assert_eq!(of(fine, None), Outcome::Delivered);
        }
        assert_eq!(of(429, Some("7")), Outcome::Busy(7_000));
        assert_eq!(of(429, Some("Sun, 22 Nov 2026 19:05:09 GMT")), Outcome::Busy(9_000));
        assert_eq!(of(429, Some("Sun, 22 Nov 2026 19:04:09 GMT")), Outcome::Busy(0));
        assert_eq!(of(429, Some("soon")), Outcome::Busy(BUSY_MS));
        assert_eq!(of(429, None), Outcome::Busy(BUSY_MS));
        assert_eq!(of(503, Some("2")), Outcome::Busy(2_000));
        assert!(matches!(of(410, None), Outcome::Gone(_)));
        for closed in [301, 302, 307, 308, 401, 403, 404, 405, 415] {
            assert!(matches!(of(closed, None), Outcome::Closed(_)), "{closed}");
        }
        for unknown in [408, 500, 502, 503, 504] {
            assert!(matches!(of(unknown, None), Outcome::Unknown(_)), "{unknown}");
        }
        for refused in [400, 409, 413, 422] {
            assert!(matches!(of(refused, None), Outcome::Refused(_)), "{refused}");
        }
    }
}
