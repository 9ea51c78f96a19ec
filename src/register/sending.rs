//! The sending thread: brings records to central in its own time, and never holds up a sale.
//!
//! ```text
//!  till ── a new view ──▶ wake ─▶ SyncLoop::step ─▶ central
//!    ▲                                │ acknowledgement, lamp
//!    └──────────── queue ◀────────────┘
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::device::clock::Clock;
use crate::device::entropy::Entropy;
use crate::domain::words::{Words, words};
use crate::journal::key::{NotAKey, PublicKey, SigningKey};
use crate::ledger::{Mark, Place};
use crate::sync::carrier::SourceFailed;
use crate::sync::http::{HttpTransport, NotAnAddress};
use crate::sync::push::{LinkState, SyncLoop, SyncParts};
use crate::sync::revoked::{Kept, REVOKED_LEN_MAX};

use super::journals::LedgerJournals;
use super::revoked::{self, Hearing};
use super::settings::{Central, DataDir};
use super::till::Till as _;
use super::view::Link;
use super::worker::TillHandle;

/// The longest wait between two looks at the stop signal and the ledger.
const WAIT_MAX_MS: u64 = 30_000;
/// While the ledger is not there yet.
const NO_LEDGER_MS: u64 = 500;

/// A running sending thread.
pub struct Sending {
    wake: SyncSender<Wake>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wake {
    NewRecord,
    Stop,
}

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
pub enum CantSend {
    /// Central's address can't be used.
    #[error(transparent)]
    Address(#[from] NotAnAddress),
    /// Central's key in the settings is none.
    #[error("central's key in this register's settings is not right; enroll it again")]
    Key(#[from] NotAKey),
    /// No thread could be started.
    #[error("the sending thread could not be started; selling goes on, restart Tideover later")]
    Thread(#[from] std::io::Error),
}

/// What the thread works with.
pub struct SendingParts {
    /// How central is reached.
    pub central: Central,
    /// The register's key.
    pub key: Arc<SigningKey>,
    /// Where the ledger is.
    pub place: Place,
    /// The register's folder: central's certificate is kept in its settings.
    pub data: DataDir,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for waits.
    pub entropy: Arc<dyn Entropy>,
}

impl Sending {
    /// Starts sending what the till records.
    ///
    /// # Errors
    /// [`CantSend`]; selling goes on without it.
    pub fn spawn(parts: SendingParts, till: TillHandle) -> Result<Self, CantSend> {
        let transport = transport(&parts.central)?.with_answers_up_to(REVOKED_LEN_MAX);
        let sync = SyncLoop::new(SyncParts {
            key: Arc::clone(&parts.key),
            central_key: Some(PublicKey::parse(&parts.central.ack_key)?),
            clock: Arc::clone(&parts.clock),
            entropy: Arc::clone(&parts.entropy),
        });
        let (wake, woken) = sync_channel(1);
        let (nudge, seen) = (wake.clone(), AtomicU64::new(0));
        let watched = till.clone();
        till.on_change(Box::new(move || {
            // Only more to send is a reason to wake: an acknowledgement changes the view too, and
            // would otherwise wake the very thread that brought it.
            let pending = watched.view().status.pending.records;
            if pending > seen.swap(pending, Ordering::AcqRel) {
                // A full channel means that the thread is to be woken already.
                nudge.try_send(Wake::NewRecord).ok();
            }
        }));
        let thread = std::thread::Builder::new()
            .name("sending".to_owned())
            .spawn(move || run(&parts, &till, transport, sync, &woken))?;
        Ok(Self { wake, thread: Some(thread) })
    }

    /// Ends sending; what is not sent stays in the journal.
    pub fn stop(mut self) {
        // The thread may be on its way out.
        self.wake.send(Wake::Stop).ok();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the sending thread ended badly");
        }
    }
}

/// A line to central as the settings describe it.
///
/// # Errors
/// [`NotAnAddress`] when the address can't be used.
pub fn transport(central: &Central) -> Result<HttpTransport, NotAnAddress> {
    let line = HttpTransport::new(&central.url, central.certificate.as_deref(), false)?;
    // Without a key that can be read nobody's word is taken for another certificate.
    Ok(match PublicKey::parse(&central.ack_key) {
        Ok(key) => line.vouched_by(key),
        Err(_) => line,
    })
}

/// Keeps the certificate that central vouched for in the settings, so that the one it had before
/// is not believed any more.
pub fn keep_renewed(line: &mut HttpTransport, data: &DataDir) {
    let Some(certificate) = line.renewed() else { return };
    let kept = data.settings().and_then(|mut settings| {
        if let Some(central) = &mut settings.central {
            central.certificate = Some(certificate.to_string());
        }
        data.write_settings(&settings)
    });
    if let Err(error) = kept {
        tracing::warn!(%error, "central's new certificate was not kept; it is asked about again");
    }
}

/// What the lamp shows for a state of sending.
pub fn lamp(state: &LinkState) -> Link {
    match state {
        LinkState::UpToDate => Link::UpToDate,
        LinkState::Sending | LinkState::Busy => Link::Sending,
        LinkState::Held { .. } => Link::Held,
        LinkState::Unknown | LinkState::NoAnswer { .. } | LinkState::NotCentral { .. } => {
            Link::Down
        }
        LinkState::Forked { .. } => Link::Refused(words!(
            "Central holds records of this register that are not here: its disk was put back to \
             an earlier moment. A new journal begins as soon as no sale is open."
        )),
        LinkState::LeftOut { .. } => Link::Refused(words!(
            "Records of a journal that was given up can't be sent; everything else is at central. \
             Selling and sending go on. Call IT."
        )),
        LinkState::Refused { text } | LinkState::LedgerFailed { text } => {
            Link::Refused(Words::data(text.clone()))
        }
    }
}

fn run(
    parts: &SendingParts,
    till: &TillHandle,
    mut transport: HttpTransport,
    mut sync: SyncLoop,
    woken: &Receiver<Wake>,
) {
    let mut journals: Option<LedgerJournals<'_>> = None;
    let mut shown = None;
    let mut clock = None;
    let mut hearing = Hearing::default();
    loop {
        if journals.as_ref().is_none_or(|open| !open.is_current()) {
            journals = open(parts, till);
        }
        let (wait_ms, wake_early) = match &mut journals {
            None => (NO_LEDGER_MS, false),
            Some(open) => {
                let next = sync.step(parts.clock.mono_ms(), &mut transport, open);
                keep_renewed(&mut transport, &parts.data);
                if let Some(told) = hear_revoked(parts, &sync, &mut transport, &mut hearing) {
                    till.keys_revoked(told);
                }
                if let LinkState::Forked { journal, .. } = &next.link
                    && let Some(end) = sync.parted(journal)
                {
                    // Central signed it. Said each time: the till may have been busy learning.
                    let (next_seq, head) = (end.next_seq, end.head);
                    till.shown_elsewhere(Mark { journal: *journal, next_seq, head });
                }
                if matches!(next.link, LinkState::LedgerFailed { .. }) {
                    // A frozen or replaced journal: look again at what is there.
                    journals = None;
                }
                if sync.clock_ahead_ms() != clock {
                    clock = sync.clock_ahead_ms();
                    till.clock_is(clock);
                }
                let lamp = lamp(&next.link);
                if shown.as_ref() != Some(&lamp) {
                    till.link_is(lamp.clone());
                    shown = Some(lamp);
                }
                let least = if journals.is_none() { NO_LEDGER_MS } else { 0 };
                (next.wait_ms.max(least), next.wake_early)
            }
        };
        if !wait(woken, wait_ms.min(WAIT_MAX_MS), wake_early) {
            break;
        }
    }
}

/// Asks which keys are revoked, where [`Hearing`] says that there is something to hear.
fn hear_revoked(
    parts: &SendingParts,
    sync: &SyncLoop,
    line: &mut HttpTransport,
    hearing: &mut Hearing,
) -> Option<Kept> {
    let (now, name) = (sync.revocations()?, sync.central_name());
    if !hearing.is_due(parts.clock.mono_ms(), now, name.as_deref()) {
        return None;
    }
    let central = PublicKey::parse(&parts.central.ack_key).ok()?;
    match revoked::fetch(&parts.data, &central, line, parts.entropy.as_ref()) {
        Ok(told) => {
            hearing.told(now, name);
            Some(told)
        }
        Err(why) => {
            tracing::warn!(%why, "revoked keys were not told");
            hearing.failed(parts.clock.mono_ms());
            None
        }
    }
}

/// Waits; false when the thread is to end. A new record ends the wait only where that is allowed.
fn wait(woken: &Receiver<Wake>, wait_ms: u64, wake_early: bool) -> bool {
    if wait_ms == 0 {
        return !matches!(woken.try_recv(), Ok(Wake::Stop));
    }
    match woken.recv_timeout(Duration::from_millis(wait_ms)) {
        Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => false,
        Err(RecvTimeoutError::Timeout) => true,
        Ok(Wake::NewRecord) if wake_early => true,
        // The rest of the wait is given up too: the loop itself refuses to act before its time.
        Ok(Wake::NewRecord) => {
            !matches!(woken.recv_timeout(Duration::from_millis(wait_ms)), Ok(Wake::Stop))
        }
    }
}

fn open<'a>(parts: &'a SendingParts, till: &TillHandle) -> Option<LedgerJournals<'a>> {
    let (till, noting) = (till.clone(), till.clone());
    let note = move |central, held| {
        noting
            .sealed_held(central, held)
            .map_err(|why| SourceFailed { text: why.to_string(), cause: Some(Box::new(why)) })
    };
    let keep = move |ack| {
        till.acknowledged(ack)
            .map_err(|why| SourceFailed { text: why.to_string(), cause: Some(Box::new(why)) })
    };
    // Not there yet while the till is still opening it.
    let open = LedgerJournals::open(&parts.place, parts.clock.as_ref(), Box::new(keep));
    open.ok().map(|journals| journals.with_sealed(Box::new(note)))
}
