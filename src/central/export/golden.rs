//! The conformance kit: golden records and stories about them that a receiver has to live through,
//! for whoever builds one.
//!
//! ```text
//!  plain · duplicate · reorder · lost answer · cut off · partial batch · clock skew ·
//!  another record under the same id · wrong content type · a kind of a later version
//! ```
//!
//! Every run has a journal of its own, made from a number, so that the same receiver can be tried
//! again. The records are real ones: signed, chained, and adding up.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use serde::Serialize;

use crate::domain::cash_rounding::CashRounding;
use crate::domain::event::{EpochOpen, Event};
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{
    JournalId, PersonId, RegisterNo, SaleNo, Seq, ShiftNo, StoreNo, TaxClass,
};
use crate::domain::item::{Item, SoldBy};
use crate::domain::money::Money;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::sale::{Basket, CompletedSale, LinePrice, Pricing, Taken};
use crate::domain::tax::{TaxBasis, TaxRate, TaxRow, TaxTable};
use crate::domain::tender::{CheckNumber, Tender};
use crate::domain::time::{BusinessDate, Timestamp};
use crate::journal::chain::{Chain, Entry as ChainEntry};
use crate::journal::epoch;
use crate::journal::hash::Hash;
use crate::journal::key::SigningKey;
use crate::journal::record::Envelope;

use super::Entry;
use super::http_client::{Answered, Line};
use super::webhook::{CONTENT_TYPE, HeldEvent, event, id, source};

/// The store of all golden records: no store of a chain has this number.
pub const STORE: StoreNo = StoreNo(999_999);
const REGISTER: RegisterNo = RegisterNo(1);
/// How long a receiver is given to notice that a line was cut.
const NOTICE_MS: u64 = 500;
/// How long a socket may take.
const SOCKET: Duration = Duration::from_secs(10);

/// When each sale says it was: among them clocks that are wrong.
const TIMES: [&str; 14] = [
    "2026-11-22T13:05:09.120-06:00",
    "2026-11-22T13:06:10.000-06:00",
    "2026-11-22T13:07:11.001-06:00",
    "2026-11-22T13:08:12.000-06:00",
    "2026-11-22T13:09:13.000-06:00",
    "2026-11-22T13:10:14.000-06:00",
    "2026-11-22T13:11:15.000-06:00",
    "2026-11-22T13:12:16.000-06:00",
    "2026-11-22T13:13:17.000-06:00",
    "2026-11-22T13:14:18.000-06:00",
    "1970-01-01T00:00:07.000+00:00",
    "2099-12-31T23:59:59.999-06:00",
    "2026-11-22T12:00:00.000+05:30",
    "2026-11-22T13:15:00.000-06:00",
];

/// What came of a story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "verdict", content = "why")]
pub enum Verdict {
    /// As it should be.
    Passed,
    /// Not as it should be.
    Failed(String),
    /// It could not be told here.
    NotRun(String),
}

/// A story and its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Story {
    /// Its name.
    pub name: &'static str,
    /// What a receiver has to do.
    pub expects: &'static str,
    /// What it did.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// A receiver that is tried.
pub struct Trial<'a> {
    /// The line to it.
    pub line: &'a mut dyn Line,
    /// Where events are posted.
    pub url: &'a str,
    /// Where it is read back.
    pub read_back: Option<&'a str>,
    /// Waits so many milliseconds.
    pub wait: &'a mut dyn FnMut(u64),
}

/// The golden sales of a run; none where the machine's library refuses a key.
pub fn entries(run: u64) -> Option<Vec<Entry>> {
    let seed = Hash::of_bytes(format!("tideover golden {run}").as_bytes());
    let key = SigningKey::from_seed(&seed.0).ok()?;
    let nonce = [7; 16];
    let epoch = epoch::derive(&key.public(), &nonce);
    let mut chain = Chain::empty(JournalId { store: STORE, register: REGISTER, epoch });
    let cashier = PersonId::parse("c31").ok()?;
    let open = Event::EpochOpen(EpochOpen {
        public_key: *key.public().bytes(),
        nonce,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        currency: Some("USD".to_owned()),
        follows: None,
    });
    let float = Money::from_minor(10_000);
    let shift =
        Event::ShiftOpen { shift: ShiftNo(1), cashier: cashier.clone(), float, pieces: Vec::new() };
    let mut events = vec![(TIMES.first()?, open), (TIMES.first()?, shift)];
    for (number, at) in (1_u64..).zip(&TIMES) {
        events.push((at, Event::of_sale(sale(number)?)));
    }
    let mut found = Vec::new();
    for (at, event) in events {
        let at = Timestamp::parse(at).ok()?;
        let entry = ChainEntry {
            at,
            mono_ms: chain.next_seq.0.saturating_mul(60_000),
            date: BusinessDate::parse("2026-11-22").ok()?,
            by: Some(cashier.clone()),
            pack: None,
            outage: None,
            event,
        };
        let (line, next) = chain.next(&entry, Some(&key)).ok()?;
        chain = next;
        let envelope = Envelope::read(line.bytes()).ok()?;
        let event = envelope.event().ok()?;
        if event.sale().is_some() {
            found.push(Entry {
                hash: line.hash(),
                json: envelope.json.to_owned(),
                header: envelope.header.clone(),
                event,
                currency: Some("USD".to_owned()),
                amended: None,
            });
        }
    }
    Some(found)
}

/// A sale: by cash or check, taxed, every fourth with a line that was taken back.
fn sale(number: u64) -> Option<CompletedSale> {
    let class = TaxClass::parse("general").ok()?;
    let date = BusinessDate::parse("2026-11-22").ok()?;
    let taxes = TaxTable::new(vec![TaxRow {
        code: TaxClass::parse("STATE").ok()?,
        class: class.clone(),
        rate: TaxRate::parse_percent("6.875").ok()?,
        from: BusinessDate::parse("2020-01-01").ok()?,
        until: None,
    }]);
    let item = |code: &str, name: &str, price: i64| -> Option<Item> {
        Some(Item {
            code: ItemCode::parse(code).ok()?,
            name: name.to_owned(),
            unit_price: UnitPrice::from_tenthousandths(price),
            sold_by: SoldBy::Each,
            tax_class: class.clone(),
            department: 1,
            age_min: None,
        })
    };
    let mut basket = Basket::default();
    let soup = item("4006381333931", "Soup & <bread> \"large\"", 34_900)?;
    basket.add(&soup, Quantity::pieces(2).ok()?, LinePrice::Pack).ok()?;
    let milk = item("4011", "Leche entera, 1 gal\u{f3}n", 29_900)?;
    let place = basket.add(&milk, Quantity::ONE, LinePrice::Pack).ok()?;
    if number.is_multiple_of(4) {
        basket.void(place).ok()?;
    }
    let pricing = Pricing { taxes: &taxes, basis: TaxBasis::Invoice, date };
    let due = basket.tender(pricing).ok()?;
    let tender = if number.is_multiple_of(3) {
        Tender::plain_check(due.still_due(), CheckNumber::parse(&number.to_string()).ok()?)
    } else {
        Tender::Cash { amount: Money::from_minor(2_000) }
    };
    match due.take(tender, CashRounding::None) {
        Ok(Taken::All(paid)) => Some(paid.number(SaleNo(number), ShiftNo(1))),
        _ => None,
    }
}

/// Tells all stories to a receiver.
pub fn try_receiver(trial: &mut Trial<'_>, golden: &[Entry]) -> Vec<Story> {
    type Tell = fn(&mut Trial<'_>, &[Entry]) -> Result<(), Verdict>;
    let stories: [(&'static str, &'static str, usize, usize, Tell); 10] = [
        ("plain", "takes an event with 2xx, and holds it", 0, 1, plain),
        ("duplicate", "takes the same event again with 2xx, and holds it once", 0, 1, duplicate),
        ("reorder", "takes events in any order, and holds each once", 1, 4, reorder),
        ("lost answer", "holds once what came again after its answer was lost", 4, 5, lost_answer),
        (
            "cut off",
            "holds nothing of an event that was cut off, and takes it whole",
            5,
            6,
            cut_off,
        ),
        (
            "partial batch",
            "refuses a broken event with 4xx, and takes those around it",
            6,
            10,
            partial,
        ),
        ("clock skew", "takes times of 1970, of 2099, and of another offset", 10, 13, skew),
        (
            "same id",
            "keeps the first event when another comes under its source and id",
            0,
            1,
            same_id,
        ),
        (
            "content type",
            "refuses another content type with 415, and holds nothing",
            13,
            14,
            other_type,
        ),
        (
            "later kind",
            "lives through a type it does not know, and takes the next event",
            13,
            14,
            later_kind,
        ),
    ];
    let told = stories.into_iter().map(|(name, expects, from, to, tell)| {
        let chosen = golden.get(from..to).unwrap_or_default();
        let verdict = match tell(trial, chosen) {
            Ok(()) => Verdict::Passed,
            Err(verdict) => verdict,
        };
        Story { name, expects, verdict }
    });
    told.collect()
}

fn plain(trial: &mut Trial<'_>, golden: &[Entry]) -> Result<(), Verdict> {
    golden.iter().try_for_each(|entry| trial.taken(entry))?;
    trial.held_once(golden)
}

fn duplicate(trial: &mut Trial<'_>, golden: &[Entry]) -> Result<(), Verdict> {
    for entry in golden.iter().chain(golden) {
        trial.taken(entry)?;
    }
    trial.held_once(golden)
}

fn reorder(trial: &mut Trial<'_>, golden: &[Entry]) -> Result<(), Verdict> {
    golden.iter().rev().try_for_each(|entry| trial.taken(entry))?;
    trial.held_once(golden)
}

fn lost_answer(trial: &mut Trial<'_>, golden: &[Entry]) -> Result<(), Verdict> {
    for entry in golden {
        let body = body(entry)?;
        trial.raw(&body, body.len())?;
        (trial.wait)(NOTICE_MS);
        trial.taken(entry)?;
    }
    trial.held_once(golden)
}

fn cut_off(trial: &mut Trial<'_>, golden: &[Entry]) -> Result<(), Verdict> {
    for entry in golden {
        let body = body(entry)?;
        trial.raw(&body, body.len() / 2)?;
        (trial.wait)(NOTICE_MS);
        if trial.held(entry)?.is_some_and(|held| held.is_some()) {
            return Err(failed("it holds an event of which half came"));
        }
        trial.taken(entry)?;
    }
    trial.held_once(golden)
}

fn partial(trial: &mut Trial<'_>, golden: &[Entry]) -> Result<(), Verdict> {
    for (place, entry) in golden.iter().enumerate() {
        if place == 2 {
            let mut broken = body(entry)?;
            broken.truncate(broken.len() / 2);
            let answer = trial.post(CONTENT_TYPE, &broken)?;
            if !(400..500).contains(&answer.status) {
                return Err(failed(&format!("a broken event was answered {}", answer.status)));
            }
        } else {
            trial.taken(entry)?;
        }
    }
    if let Some(third) = golden.get(2) {
        trial.taken(third)?;
    }
    trial.held_once(golden)
}

fn skew(trial: &mut Trial<'_>, golden: &[Entry]) -> Result<(), Verdict> {
    golden.iter().try_for_each(|entry| trial.taken(entry))?;
    trial.held_once(golden)
}

fn same_id(trial: &mut Trial<'_>, golden: &[Entry]) -> Result<(), Verdict> {
    for entry in golden {
        let other = Entry { hash: Hash::of_bytes(b"another record"), ..entry.clone() };
        let answer = trial.post(CONTENT_TYPE, &body(&other)?)?;
        if answer.status >= 500 {
            return Err(failed(&format!("it was answered {}", answer.status)));
        }
    }
    trial.held_once(golden)
}

fn other_type(trial: &mut Trial<'_>, golden: &[Entry]) -> Result<(), Verdict> {
    for entry in golden {
        let answer = trial.post("text/csv", &body(entry)?)?;
        if answer.status != 415 {
            return Err(failed(&format!("text/csv was answered {}, not 415", answer.status)));
        }
        if trial.held(entry)?.is_some_and(|held| held.is_some()) {
            return Err(failed("it holds what came as text/csv"));
        }
    }
    Ok(())
}

fn later_kind(trial: &mut Trial<'_>, golden: &[Entry]) -> Result<(), Verdict> {
    for entry in golden {
        let text = String::from_utf8(body(entry)?).map_err(|_| failed("no text"))?;
        let later = text
            .replace("\"tideover.sale.v1\"", "\"tideover.loyalty.v9\"")
            .replace(&id(entry), &format!("{}:{}", entry.journal().epoch, 9_999));
        let answer = trial.post(CONTENT_TYPE, later.as_bytes())?;
        if answer.status >= 500 {
            return Err(failed(&format!("an unknown type was answered {}", answer.status)));
        }
        trial.taken(entry)?;
    }
    trial.held_once(golden)
}

impl Trial<'_> {
    fn post(&mut self, kind: &str, body: &[u8]) -> Result<Answered, Verdict> {
        let answer = self.line.post(self.url, kind, body);
        answer.map_err(|why| failed(&format!("it did not answer: {}", why.text)))
    }

    fn taken(&mut self, entry: &Entry) -> Result<(), Verdict> {
        let answer = self.post(CONTENT_TYPE, &body(entry)?)?;
        if (200..300).contains(&answer.status) {
            return Ok(());
        }
        Err(failed(&format!("a good event was answered {}", answer.status)))
    }

    /// Whether an entry is held; none where the receiver can't be read back.
    fn held(&mut self, entry: &Entry) -> Result<Option<Option<HeldEvent>>, Verdict> {
        let Some(read_back) = self.read_back else { return Ok(None) };
        let joined = if read_back.contains('?') { '&' } else { '?' };
        let Seq(seq) = entry.seq();
        let (source, epoch) = (source(&entry.journal()), entry.journal().epoch);
        let url =
            format!("{read_back}{joined}source={source}&epoch={epoch}&from={seq:020}&to={seq:020}");
        let answer = self.line.get(&url);
        let answer = answer.map_err(|why| failed(&format!("no read-back: {}", why.text)))?;
        if answer.status != 200 {
            return Err(failed(&format!("the read-back answered {}", answer.status)));
        }
        let held: Vec<HeldEvent> = serde_json::from_slice(&answer.body)
            .map_err(|why| failed(&format!("the read-back is not as it should be: {why}")))?;
        Ok(Some(held.into_iter().find(|held| held.id == id(entry))))
    }

    fn held_once(&mut self, golden: &[Entry]) -> Result<(), Verdict> {
        for entry in golden {
            match self.held(entry)? {
                None => return Ok(()),
                Some(None) => return Err(failed(&format!("{} is not there", id(entry)))),
                Some(Some(held)) if held.times != 1 => {
                    let text = format!("{} is there {} times", id(entry), held.times);
                    return Err(failed(&text));
                }
                Some(Some(held)) if held.recordhash != entry.hash.to_string() => {
                    return Err(failed(&format!("{} is another record there", id(entry))));
                }
                Some(Some(_)) => {}
            }
        }
        Ok(())
    }

    /// Sends a request with so many bytes of its body, and hangs up without an answer.
    fn raw(&self, body: &[u8], sent: usize) -> Result<(), Verdict> {
        let not_run = |why: &str| Verdict::NotRun(why.to_owned());
        let Some(rest) = self.url.strip_prefix("http://") else {
            return Err(not_run("a line is cut on plain http alone; try it on this machine"));
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let address = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let head = format!(
            "POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {CONTENT_TYPE}\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        let send = || -> std::io::Result<()> {
            let mut line = TcpStream::connect(&address)?;
            line.set_write_timeout(Some(SOCKET))?;
            line.write_all(head.as_bytes())?;
            line.write_all(body.get(..sent).unwrap_or(body))?;
            line.flush()
        };
        send().map_err(|why| failed(&format!("it can't be reached: {why}")))
    }
}

fn body(entry: &Entry) -> Result<Vec<u8>, Verdict> {
    event(entry).ok_or_else(|| failed("the golden record can't be written"))
}

fn failed(why: &str) -> Verdict {
    Verdict::Failed(why.to_owned())
}

/// The same stories for systems that take files: which golden records go into which file, in order.
pub fn files(golden: &[Entry]) -> Vec<(&'static str, &'static str, Vec<Entry>)> {
    let part = |from: usize, to: usize| golden.get(from..to).unwrap_or_default().to_vec();
    let mut turned = part(1, 4);
    turned.reverse();
    vec![
        ("01-plain", "one sale: taken", part(0, 1)),
        ("02-duplicate", "the same sale again: nothing changes", part(0, 1)),
        ("03-reorder", "three sales, the last one first: all taken", turned),
        ("04-lost-answer", "a file whose hand-over was not confirmed: taken", part(4, 6)),
        ("05-lost-answer-again", "the same file again: nothing changes", part(4, 6)),
        ("06-partial-batch", "half of a batch: taken", part(6, 8)),
        (
            "07-partial-batch-whole",
            "all of it: the second half is taken, the first stays",
            part(6, 10),
        ),
        ("08-clock-skew", "times of 1970, 2099 and another offset: taken", part(10, 13)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_records_add_up_and_are_the_same_every_time() {
        let golden = entries(1).expect("made");
        assert_eq!(golden.len(), TIMES.len());
        assert_eq!(entries(1).expect("made"), golden);
        assert_ne!(entries(2).expect("made").first(), golden.first());
        for entry in &golden {
            let sale = entry.event.sale().expect("a sale");
            assert!(sale.adds_up(), "{}", sale.number);
            assert_eq!(entry.journal().store, STORE);
        }
        let voided = |entry: &&Entry| {
            entry.event.sale().is_some_and(|sale| sale.lines.iter().any(|line| line.voided))
        };
        assert_eq!(golden.iter().filter(voided).count(), 3);
        let in_files: usize = files(&golden).iter().map(|(_, _, entries)| entries.len()).sum();
        assert_eq!(in_files, 1 + 1 + 3 + 2 + 2 + 2 + 4 + 3);
    }
}
