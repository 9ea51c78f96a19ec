//! `tideover replay --to central:URL`: another central is given everything it lacks, from this
//! central's folder, from a register's, or from a bundle.
//!
//! A central takes each record once by itself, so no ledger is needed: its position in a journal
//! says what it has. It is read back after every piece, and a piece of which nothing is known is
//! followed by a question, never by the same piece again.

use std::fmt;

use serde::Serialize;

use super::ReplayArgs;
use crate::cli::import::{Failed, ask, hand_over};
use crate::cli::journal_source::{Journal, JournalSource, open};
use crate::cli::output::{Ending, Failure, Output};
use crate::cli::stopping::Stop;
use crate::device::clock::{Clock as _, SystemClock};
use crate::domain::event::Lifetime;
use crate::domain::ids::Seq;
use crate::domain::money::Money;
use crate::journal::hash::Hash;
use crate::journal::key::{Domain, PublicKey};
use crate::journal::record::Envelope;
use crate::sync::carrier::{Request, Transport};
use crate::sync::http::HttpTransport;
use crate::sync::sealed::Sealed;
use crate::sync::wire::{Answer, Refusal, SealedAnswer};

/// Record bytes of one request.
const CHUNK_LEN: usize = 1024 * 1024;
/// Records of one request, so that progress and a wish to stop are heard often enough.
const CHUNK_RECORDS: usize = 500;
/// How often central is asked after a lost answer before it is given up for now.
const TRIES_MAX: u32 = 5;

/// What became of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JournalReplay {
    /// Store, register and epoch.
    pub journal: String,
    /// Records here.
    pub records: u64,
    /// The target has these already.
    pub there: u64,
    /// The target lacks these.
    pub new: u64,
    /// Takings less pay-outs of those it lacks, in minor units.
    pub new_money: i64,
    /// The target holds other records in their place, in words.
    pub different: Option<String>,
    /// Handed over now.
    pub handed: u64,
}

/// What was compared, and done.
#[derive(Clone, Debug, Serialize)]
pub struct CentralReplay {
    /// The target's address.
    pub target: String,
    /// One a journal.
    pub journals: Vec<JournalReplay>,
    /// It was only looked.
    pub dry_run: bool,
    /// It was stopped by somebody before its end.
    pub stopped: bool,
    /// Rows of sealed data the target holds now.
    pub sealed: u64,
    /// Lines the target did not take, in words.
    pub refused: Vec<String>,
}

struct Target<'a> {
    line: Box<dyn Transport>,
    key: Option<PublicKey>,
    stop: &'a Stop,
}

/// Runs it.
///
/// # Errors
/// [`Failure`]; what was handed over is at the target.
pub fn run(args: &ReplayArgs, stop: &Stop, output: Output) -> Result<Ending, Failure> {
    let (_, url) = args.target.parts()?;
    let key = args.key.as_deref().map(PublicKey::parse).transpose()?;
    let line = Box::new(HttpTransport::new(url, args.fingerprint.as_deref(), false)?);
    let mut target = Target { line, key, stop };
    let mut source = open(&args.from)?;
    let mut replay = CentralReplay {
        target: url.to_owned(),
        journals: Vec::new(),
        dry_run: args.dry_run,
        stopped: false,
        sealed: 0,
        refused: Vec::new(),
    };
    let journals = source.journals()?;
    for journal in &journals {
        replay.journals.push(target.compare(source.as_mut(), journal)?);
    }
    if args.apply {
        let due = replay.journals.iter().map(|one| one.new).sum();
        let bar = output.progress(due, "Handing over");
        let mut pace = Pace { per_second: args.rate, clock: SystemClock::new(None), sent: 0 };
        for (journal, row) in journals.iter().zip(&mut replay.journals) {
            if stop.wanted() {
                break;
            }
            if row.different.is_none() {
                let refused = &mut replay.refused;
                let mut told = |sent| bar.set_position(sent);
                row.handed =
                    target.give(source.as_mut(), journal, &mut pace, refused, &mut told)?;
            }
        }
        for message in if stop.wanted() { Vec::new() } else { source.sealed()? } {
            let answer =
                ask::<SealedAnswer>("/v1/sealed", message, key.as_ref(), target.line.as_mut());
            match answer {
                Ok(answer) => {
                    let held = u64::try_from(answer.held.len()).unwrap_or(0);
                    replay.sealed = replay.sealed.saturating_add(held);
                }
                Err(Failed::Refused(why)) => replay.refused.push(why),
                Err(other) => return Err(other.into()),
            }
        }
        bar.finish_and_clear();
        replay.stopped = stop.wanted();
    }
    output.say(&replay)?;
    let odd = replay.journals.iter().any(|one| one.different.is_some());
    Ok(Ending::fine_if(!odd && !replay.stopped && replay.refused.is_empty()))
}

/// Holds a replay to so many records a second.
struct Pace {
    per_second: Option<u32>,
    clock: SystemClock,
    sent: u64,
}

impl Pace {
    fn piece(&self) -> usize {
        let rate = self.per_second.and_then(|rate| usize::try_from(rate).ok());
        rate.map_or(CHUNK_RECORDS, |rate| rate.clamp(1, CHUNK_RECORDS))
    }

    fn sent(&mut self, records: u64, stop: &Stop) {
        self.sent = self.sent.saturating_add(records);
        let Some(rate) = self.per_second.map(u64::from) else { return };
        let due = self.sent.saturating_mul(1_000) / rate.max(1);
        stop.wait(due.saturating_sub(self.clock.mono_ms()));
    }
}

impl Target<'_> {
    /// Where the target stands in a journal; waits and asks again where no answer comes.
    fn position(&mut self, journal: &Journal) -> Result<(Seq, Hash), Failed> {
        let id = journal.id;
        let path = format!("/v1/registers/{}/{}/cursor?epoch={}", id.store, id.register, id.epoch);
        let mut wait_ms = 500;
        let mut tries = 0;
        loop {
            let request = Request::get(path.as_str());
            match self.line.send(&request) {
                Ok(answer) if answer.status == 200 => {
                    let split = Sealed::split(&answer.body).map_err(|_| Failed::NotCentral)?;
                    let said: Result<Answer, _> = match &self.key {
                        Some(key) => split.open(Domain::Ack, key),
                        None => split.claim(),
                    };
                    let said = said.map_err(|_| Failed::NotCentral)?;
                    let head = Hash::parse(&said.cursor.head).ok_or(Failed::NotCentral)?;
                    if let Some(hold) = said.hold {
                        return Err(Failed::Refused(format!(
                            "it asked all to send nothing for now: {hold}"
                        )));
                    }
                    return Ok((Seq(said.cursor.next_seq), head));
                }
                Ok(answer) => {
                    let refusal: Refusal =
                        serde_json::from_slice(&answer.body).map_err(|_| Failed::NotCentral)?;
                    return Err(Failed::Refused(refusal.text));
                }
                Err(why) if tries >= TRIES_MAX || self.stop.wanted() => {
                    return Err(Failed::NoAnswer(why));
                }
                Err(_) => {
                    self.stop.wait(wait_ms);
                    wait_ms = wait_ms.saturating_mul(2);
                    tries = tries.saturating_add(1);
                }
            }
        }
    }

    fn compare(
        &mut self,
        source: &mut dyn JournalSource,
        journal: &Journal,
    ) -> Result<JournalReplay, Failure> {
        let (next, head) = self.position(journal)?;
        let mut row = JournalReplay {
            journal: journal.id.to_string(),
            records: journal.next_seq.0.saturating_sub(journal.first.0),
            there: 0,
            new: 0,
            new_money: 0,
            different: None,
            handed: 0,
        };
        if next > journal.next_seq {
            row.there = row.records;
            return Ok(row);
        }
        if next < journal.first {
            // What is missing before is brought by somebody else; central lets these wait for it.
            row.new = row.records;
            row.new_money = net(journal.lifetime);
            return Ok(row);
        }
        let before = match next.0.checked_sub(1) {
            None => Hash::ZERO,
            Some(_) if next == journal.first => journal.prev,
            Some(last) => {
                let line = source.lines(journal, Seq(last), 1)?;
                line.first().map_or(Hash::ZERO, |line| Hash::of_line(line))
            }
        };
        if before != head {
            row.different = Some(format!(
                "the target holds another record before {next}: the journal was copied or restored"
            ));
            return Ok(row);
        }
        row.there = next.0.saturating_sub(journal.first.0);
        row.new = journal.next_seq.0.saturating_sub(next.0);
        let known = match next.0.checked_sub(1) {
            Some(last) if next > journal.first => source.lines(journal, Seq(last), 1)?,
            _ => Vec::new(),
        };
        let known = known.first().and_then(|line| Envelope::read(line).ok());
        let known = known.map_or_else(Lifetime::default, |known| known.header.lifetime);
        row.new_money = net(journal.lifetime).saturating_sub(net(known));
        Ok(row)
    }

    /// Gives a journal's records from the target's own position on; tells how many were new to it.
    fn give(
        &mut self,
        source: &mut dyn JournalSource,
        journal: &Journal,
        pace: &mut Pace,
        refused: &mut Vec<String>,
        told: &mut dyn FnMut(u64),
    ) -> Result<u64, Failure> {
        let mut created = 0_u64;
        let mut next = self.position(journal)?.0.max(journal.first);
        while next < journal.next_seq && !self.stop.wanted() {
            let mut lines = source.lines(journal, next, pace.piece())?;
            let mut len = 0_usize;
            lines.retain(|line| {
                len = len.saturating_add(line.len()).saturating_add(1);
                len <= CHUNK_LEN.max(line.len().saturating_add(1))
            });
            let count = u64::try_from(lines.len()).unwrap_or(0);
            if count == 0 {
                break;
            }
            let after = Seq(next.0.saturating_add(count));
            match hand_over(lines.join(&b'\n'), self.key.as_ref(), self.line.as_mut()) {
                Ok(answer) => {
                    created = answer
                        .runs
                        .iter()
                        .fold(created, |sum, run| sum.saturating_add(run.created));
                    refused.extend(answer.refused);
                    next = after;
                }
                // Nobody knows whether it arrived: the target's position says so.
                Err(Failed::NoAnswer(_)) => {
                    let stands = self.position(journal)?.0;
                    if stands >= after {
                        created = created.saturating_add(count);
                    }
                    next = stands.max(journal.first);
                }
                Err(other) => return Err(other.into()),
            }
            pace.sent(count, self.stop);
            told(pace.sent);
        }
        Ok(created)
    }
}

fn net(lifetime: Lifetime) -> i64 {
    lifetime.takings.minor().saturating_sub(lifetime.payouts.minor())
}

impl fmt::Display for CentralReplay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Target central:{}", self.target)?;
        for one in &self.journals {
            let JournalReplay { journal, records, there, new, handed, .. } = one;
            writeln!(
                f,
                "{journal}: {records} records, {there} there already, {new} new ({})",
                Money::from_minor(one.new_money)
            )?;
            if let Some(why) = &one.different {
                writeln!(f, "  differs: {why}. Nothing of it is sent; tell IT")?;
            }
            if *handed > 0 {
                writeln!(f, "  {handed} handed over now")?;
            }
        }
        if self.sealed > 0 {
            writeln!(f, "Sealed data of {} checks is at the target", self.sealed)?;
        }
        for refused in &self.refused {
            writeln!(f, "  not taken: {refused}")?;
        }
        match (self.dry_run, self.stopped) {
            (true, _) => writeln!(f, "Nothing was sent. With --apply it is done."),
            (_, true) => writeln!(f, "Stopped; run it again, and it goes on from here."),
            _ => writeln!(f, "Everything that the target lacked was handed over."),
        }
    }
}
