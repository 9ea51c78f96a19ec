//! The thread that asks central which pack to sell by, and fetches it in pieces.
//!
//! ```text
//!  nothing waits to be sent? ─ no ─▶ later: what was sold goes first
//!        └ yes ─▶ due? ask for the manifest ─▶ desk ─▶ pieces ─▶ whole ─▶ shelf ─▶ till
//! ```
//!
//! It has a line of its own, and uses it only while the sending thread has nothing to send. The
//! till is told when there is something to sell by; it takes that between two sales.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::device::clock::Clock;
use crate::device::entropy::Entropy;
use crate::domain::ids::{PackVersion, RegisterNo, StoreNo};
use crate::domain::time::Timestamp;
use crate::journal::hash::to_hex;
use crate::journal::key::{Domain, PublicKey, SigningKey};
use crate::ledger::{Place, Reader};
use crate::pack::{PackKey, Shelf};
use crate::sync::carrier::{NoAnswer, Request, Transport};
use crate::sync::http::HttpTransport;
use crate::sync::sealed::{self, Sealed};
use crate::sync::wire::packs::{
    GONE, PACKS_PATH, PIECE_LEN_MAX, PackAnswer, PackQuestion, piece_path,
};
use crate::sync::wire::{JournalName, PROTOCOL};

use super::pack_desk::PackDesk;
use super::sending::{CantSend, transport};
use super::settings::{Central, DataDir, Settings};
use super::till::Till as _;
use super::view::Link;
use super::worker::{PacksTold, TillHandle};

/// How often things are done; a test has less patience.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Between two questions for the manifest; up to half as much is added by chance.
    pub ask_ms: u64,
    /// Between two looks at whether a time has come.
    pub look_ms: u64,
    /// How long other registers are waited for before this one goes to central itself.
    pub patience_ms: u64,
}

impl Pace {
    /// A store's.
    pub const USUAL: Self = Self { ask_ms: 600_000, look_ms: 2_000, patience_ms: 300_000 };
}

/// A running thread.
pub struct PacksDown {
    desk: Arc<PackDesk>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread works with.
pub struct PacksParts {
    /// How central is reached; none where packs come from other registers or by hand.
    pub central: Option<Central>,
    /// The register's key.
    pub key: Option<Arc<SigningKey>>,
    /// Where the ledger is.
    pub place: Place,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// How often.
    pub pace: Pace,
}

/// The desk of a register's folder.
///
/// # Errors
/// Why there is none, in words; packs are then brought by hand.
pub fn desk(
    data: &DataDir,
    settings: &Settings,
    clock: &Arc<dyn Clock>,
    pace: Pace,
) -> Result<Arc<PackDesk>, String> {
    let key = PackKey::parse(&settings.pack_key).map_err(|why| why.to_string())?;
    let shelf = Shelf::open(&data.packs_dir()).map_err(|why| why.to_string())?;
    let who = (StoreNo(settings.store), RegisterNo(settings.register));
    Ok(Arc::new(PackDesk::new(shelf, key, who, Arc::clone(clock), pace.patience_ms)))
}

impl PacksDown {
    /// Starts it.
    ///
    /// # Errors
    /// [`CantSend`]; selling goes on by the pack that is here.
    pub fn spawn(
        parts: PacksParts,
        desk: Arc<PackDesk>,
        till: TillHandle,
    ) -> Result<Self, CantSend> {
        let line = match (&parts.central, &parts.key) {
            (Some(central), Some(key)) => {
                let most = usize::try_from(PIECE_LEN_MAX).unwrap_or(usize::MAX);
                let http = transport(central)?.with_answers_up_to(most);
                let central = PublicKey::parse(&central.ack_key)?;
                Some(Line { http, central, key: Arc::clone(key) })
            }
            _ => None,
        };
        till.pack_desk_is(Arc::clone(&desk));
        let inside = Arc::clone(&desk);
        let thread = std::thread::Builder::new()
            .name("packs".to_owned())
            .spawn(move || run(&parts, &inside, line, &till))?;
        Ok(Self { desk, thread: Some(thread) })
    }

    /// Ends it; what was fetched so far stays, and goes on from there.
    pub fn stop(mut self) {
        self.desk.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that fetches packs ended badly");
        }
    }
}

/// Why a piece did not come.
enum NoPiece {
    /// Central has the file no longer.
    Gone,
    /// Anything else, in words: it is asked for again.
    Failed(String),
}

/// The line to central.
struct Line {
    http: HttpTransport,
    central: PublicKey,
    key: Arc<SigningKey>,
}

fn run(parts: &PacksParts, desk: &PackDesk, mut line: Option<Line>, till: &TillHandle) {
    let (mut ask_at_ms, mut told) = (0, None);
    // The last file that was gone: each has the manifest asked for anew once.
    let mut gone = None;
    let look = Duration::from_millis(parts.pace.look_ms);
    loop {
        desk.come_into_force();
        desk.finish();
        // Without any price file nobody can even sign in: one that is brought by hand is used at
        // once, where otherwise the next start takes it.
        let brought = || till.view().status.pack.is_none() && desk.current().is_some();
        if desk.take_news() || (told.is_none() && brought()) {
            tell(desk, till, &mut told);
        }
        let now_ms = parts.clock.mono_ms();
        let mut pause = look;
        if let Some(line) = line.as_mut().filter(|_| is_free(till)) {
            if now_ms >= ask_at_ms {
                let chance = spread(parts.entropy.as_ref(), parts.pace.ask_ms / 2);
                ask_at_ms = now_ms.saturating_add(parts.pace.ask_ms).saturating_add(chance);
                if let Err(why) = line.ask(parts, desk) {
                    tracing::debug!(%why, "which pack to sell by was not told");
                }
                pause = Duration::ZERO;
            } else if let Some((sha256, from, left)) = desk.from_central() {
                match line.piece(&sha256, from, left) {
                    Ok(bytes) => {
                        desk.took_piece(&sha256, from, &bytes, false);
                        pause = Duration::ZERO;
                    }
                    // Asked for anew once already: what it is told next time comes with time.
                    Err(NoPiece::Gone) if gone.as_ref() == Some(&sha256) => desk.gone(&sha256),
                    Err(NoPiece::Gone) => {
                        tracing::info!(file = %sha256, "central has a pack's file no longer");
                        desk.gone(&sha256);
                        (gone, ask_at_ms) = (Some(sha256), now_ms);
                        pause = Duration::ZERO;
                    }
                    Err(NoPiece::Failed(why)) => {
                        tracing::debug!(%why, "a piece of a pack did not come");
                    }
                }
            }
        }
        if !desk.wait(pause) {
            return;
        }
    }
}

/// The sending thread has nothing to send, and central answers.
fn is_free(till: &TillHandle) -> bool {
    till.view().status.link == Link::UpToDate
}

/// Tells the till what is to be known, and hands it the pack that it does not sell by yet.
fn tell(desk: &PackDesk, till: &TillHandle, told: &mut Option<PackVersion>) {
    let in_use = till.view().status.pack.as_ref().map(|pack| pack.version.clone());
    let current = desk.current();
    let version = current.as_ref().map(|pack| pack.version().clone());
    let next = current.filter(|pack| {
        let same = in_use.as_deref() == Some(pack.version().as_str());
        !same && *told != version
    });
    // It was handed over already, and is taken between two sales; what is sold by is no news.
    *told =
        if in_use.as_deref() == version.as_ref().map(PackVersion::as_str) { None } else { version };
    till.packs_told(PacksTold { news: desk.news(), next });
}

fn spread(entropy: &dyn Entropy, most: u64) -> u64 {
    let mut bytes = [0; 8];
    if entropy.fill(&mut bytes).is_err() {
        return most / 2;
    }
    u64::from_le_bytes(bytes).checked_rem(most.saturating_add(1)).unwrap_or(0)
}

impl Line {
    /// Asks for the manifest of this store.
    fn ask(&mut self, parts: &PacksParts, desk: &PackDesk) -> Result<(), String> {
        let reader = Reader::open(&parts.place).map_err(|why| why.to_string())?;
        let journals = reader.journals().map_err(|why| why.to_string())?;
        let journal = journals.last().ok_or("there is no journal yet")?.id;
        let mut nonce = [0; 16];
        parts.entropy.fill(&mut nonce).map_err(|why| why.to_string())?;
        let question = PackQuestion {
            protocol: PROTOCOL.to_owned(),
            journal: JournalName::of(&journal),
            key: self.key.public().to_string(),
            nonce: to_hex(&nonce),
        };
        let body = sealed::seal(&question, Domain::PackQuestion, &self.key);
        let body = body.map_err(|why| why.to_string())?;
        let response = self.http.send(&Request::post(PACKS_PATH, body));
        let response = response.map_err(|why| why.to_string())?;
        if response.status != 200 {
            return Err(format!("central answered {}", response.status));
        }
        let split = Sealed::split(&response.body).map_err(|why| why.to_string())?;
        let answer: PackAnswer =
            split.open(Domain::Ack, &self.central).map_err(|why| why.to_string())?;
        let ours = answer.protocol == PROTOCOL
            && answer.answer == "packs"
            && answer.nonce == question.nonce
            && answer.store == journal.store.0;
        if !ours {
            return Err("what answered is not this register's central".to_owned());
        }
        let theirs = Timestamp::parse(&answer.time).map_err(|why| why.to_string())?;
        let ahead_ms = parts.clock.now().utc_ms.saturating_sub(theirs.utc_ms);
        if let Some(manifest) = answer.manifest {
            desk.hear(manifest.as_bytes(), Some(ahead_ms));
        }
        Ok(())
    }

    fn piece(&mut self, sha256: &str, from: u64, left: u64) -> Result<Vec<u8>, NoPiece> {
        let path = piece_path(sha256, from, left.min(PIECE_LEN_MAX));
        let request = Request::get(path);
        let failed = |why: NoAnswer| NoPiece::Failed(why.to_string());
        let response = self.http.send(&request).map_err(failed)?;
        match response.status {
            200 if !response.body.is_empty() => Ok(response.body),
            GONE => Err(NoPiece::Gone),
            status => Err(NoPiece::Failed(format!("central answered {status}"))),
        }
    }
}
