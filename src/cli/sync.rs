//! `tideover sync status` and `tideover sync push`: what central has, and sending it the rest.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::device::clock::{Clock, SystemClock};
use crate::device::entropy::SystemEntropy;
use crate::domain::check::Commitment;
use crate::journal::key::PublicKey;
use crate::ledger::{Ledger, Mark};
use crate::register::journals::{LedgerJournals, failed};
use crate::register::sending::{keep_renewed, transport};
use crate::register::settings::DataDir;
use crate::register::startup;
use crate::sync::carrier::{SourceFailed, Transport};
use crate::sync::push::{Journals, LinkState, Next, PushReport, SyncLoop, SyncParts};

use super::output::{Failure, Output};

/// How far central is, as this register last heard.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// One a journal.
    pub journals: Vec<JournalStatus>,
    /// Records without a receipt.
    pub pending: u64,
}

/// One journal.
#[derive(Clone, Debug, Serialize)]
pub struct JournalStatus {
    /// In words.
    pub journal: String,
    /// Its records.
    pub records: u64,
    /// Records that central signed for.
    pub acknowledged: u64,
    /// Records that may be forgotten.
    pub prunable: u64,
}

/// What a push did.
#[derive(Clone, Debug, Serialize)]
pub struct Pushed {
    /// How it ended, in words.
    pub end: String,
    /// True when central has everything.
    pub complete: bool,
    /// Records new to central.
    pub created: u64,
    /// Records central had.
    pub existing: u64,
    /// Records it does not have yet.
    pub pending: u64,
}

/// Reads the status; asks nobody.
///
/// # Errors
/// [`SourceFailed`].
pub fn status(journals: &dyn Journals) -> Result<Status, SourceFailed> {
    let mut status = Status { journals: Vec::new(), pending: 0 };
    for state in journals.journals()? {
        let receipt = journals.receipt(&state.id)?;
        let acknowledged = receipt.as_ref().map_or(0, |receipt| receipt.next_seq.0);
        status.pending =
            status.pending.saturating_add(state.next_seq.0.saturating_sub(acknowledged));
        status.journals.push(JournalStatus {
            journal: state.id.to_string(),
            records: state.next_seq.0,
            acknowledged,
            prunable: receipt.map_or(0, |receipt| receipt.prune_seq.0),
        });
    }
    Ok(status)
}

/// Sends what is pending until central has it, a person is needed, or `stop` says so. Waits in
/// short pieces, so that `stop` is heard.
pub fn push(
    sync: &mut SyncLoop,
    transport: &mut dyn Transport,
    journals: &mut dyn Journals,
    progress: &mut dyn FnMut(&Next),
    stop: &dyn Fn() -> bool,
) -> Pushed {
    let mut wait = |ms: u64| {
        let mut left = ms;
        while left > 0 && !stop() {
            let piece = left.min(100);
            std::thread::sleep(Duration::from_millis(piece));
            left = left.saturating_sub(piece);
        }
    };
    Pushed::of(&sync.drain(transport, journals, &mut wait, progress, stop))
}

/// Sends what central does not have of a register that is not running, saying how far it is.
///
/// # Errors
/// [`Failure`] when the register is running, or can't send at all.
pub fn push_register(data: &DataDir, output: Output) -> Result<Pushed, Failure> {
    let settings = data.settings()?;
    let place = data.place(&settings);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(settings.time_zone.as_deref()));
    let central = settings.central.clone().ok_or(NotEnrolled)?;
    let key = startup::signing_key(data, &SystemEntropy);
    let sending_key = startup::signing_key(data, &SystemEntropy).ok_or(NotEnrolled)?;
    let identity = settings.identity();
    let (ledger, _) = Ledger::open(&place, identity, key, clock.as_ref(), &SystemEntropy, None)?;
    let ledger = Mutex::new(ledger);
    let lock = || ledger.lock().unwrap_or_else(PoisonError::into_inner);
    let keep = |ack| -> Result<(), SourceFailed> { lock().store_ack(&ack).map_err(failed) };
    let note = |central: String, held: Vec<Commitment>| -> Result<(), SourceFailed> {
        lock().sealed_held(&central, &held).map_err(failed)
    };
    let journals = LedgerJournals::open(&place, clock.as_ref(), Box::new(keep))?;
    let mut journals = journals.with_sealed(Box::new(note));
    let mut line = transport(&central)?;
    let mut sending = SyncLoop::new(SyncParts {
        key: Arc::new(sending_key),
        central_key: Some(PublicKey::parse(&central.ack_key)?),
        clock: Arc::clone(&clock),
        entropy: Arc::new(SystemEntropy),
    });
    let status = status(&journals)?;
    let bar = output.progress(status.pending, "Sending");
    // A person is waiting: the first trouble ends the command, nothing is lost by it.
    let trouble = std::cell::Cell::new(false);
    let mut progress = |next: &Next| {
        bar.set_position(status.pending.saturating_sub(next.pending));
        trouble.set(next.wait_ms > 0);
    };
    let pushed = push(&mut sending, &mut line, &mut journals, &mut progress, &|| trouble.get());
    bar.finish_and_clear();
    keep_renewed(&mut line, data);
    let in_use = lock().chain().journal;
    if let Some(end) = sending.parted(&in_use) {
        // Kept for the next start, which gives the journal up.
        let mark = Mark { journal: in_use, next_seq: end.next_seq, head: end.head };
        let ledger = lock();
        if ledger.lacks(&mark)? {
            ledger.keep_shown(&mark)?;
        }
    }
    drop(journals);
    ledger.into_inner().unwrap_or_else(PoisonError::into_inner).close()?;
    Ok(pushed)
}

/// The register has no central to send to.
#[derive(Debug, thiserror::Error)]
#[error(
    "this register is not enrolled at a central, so nothing can be sent; its journal is safe. \
     Run 'tideover enroll' with a code from central, or carry 'tideover export' there"
)]
struct NotEnrolled;

impl Pushed {
    /// The report of a drain.
    pub fn of(report: &PushReport) -> Self {
        Self {
            end: words(&report.link),
            complete: report.link == LinkState::UpToDate,
            created: report.created,
            existing: report.existing,
            pending: report.pending,
        }
    }
}

/// A link's state in words.
pub fn words(link: &LinkState) -> String {
    match link {
        LinkState::Unknown => "central was not asked yet".to_owned(),
        LinkState::UpToDate => "central has everything".to_owned(),
        LinkState::Sending => "stopped before all was sent; the rest is sent next time".to_owned(),
        LinkState::Busy => "central is busy; this register's turn comes by itself".to_owned(),
        LinkState::NoAnswer { text } | LinkState::NotCentral { text } => text.clone(),
        LinkState::Refused { text } => text.clone(),
        LinkState::Held { text } => format!("central asked to send nothing for now: {text}"),
        LinkState::Forked { journal, text } => {
            format!("{journal} must not be continued: {text}; tell IT, nothing is lost")
        }
        LinkState::LeftOut { text } | LinkState::LedgerFailed { text } => text.clone(),
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for one in &self.journals {
            writeln!(
                f,
                "{}: {} of {} records at central",
                one.journal, one.acknowledged, one.records
            )?;
        }
        writeln!(f, "{} records to be sent", self.pending)
    }
}

impl fmt::Display for Pushed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { end, created, existing, pending, .. } = self;
        writeln!(f, "{end}: {created} sent, {existing} there already, {pending} to go")
    }
}
