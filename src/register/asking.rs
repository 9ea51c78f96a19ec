//! Asks central for the sales that the store's registers put aside, on a thread of its own: the
//! till asks and goes on, and what comes is folded into the book when it comes.
//!
//! ```text
//!  page, or a shift that sales hold open ─▶ ask_for_asides ─▶ bell ─▶ thread ─▶ central
//!                                   book ◀─ told ◀─ queue ◀─────────┘
//! ```

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use crate::device::entropy::Entropy;
use crate::domain::time::Timestamp;
use crate::domain::words::{Words, words};
use crate::journal::key::{PublicKey, SigningKey};
use crate::ledger::{Place, Reader};
use crate::sync::asides::{self, Asides, NotTold};
use crate::sync::carrier::{NoAnswer, Transport};
use crate::sync::wire::ASIDES_ANSWER_LEN_MAX;

use super::register::Register;
use super::sending::{CantSend, transport};
use super::settings::Central;
use super::view::Link;
use super::worker::TillHandle;

/// Rings for a question; a full line means that one is on its way.
pub type Bell = Arc<dyn Fn() + Send + Sync>;

/// What a register knows of its own asking.
#[derive(Clone, Default)]
pub struct Asked {
    /// Who asks; none where there is no central, or somebody else asks for this register.
    pub(super) bell: Option<Bell>,
    /// A question is to be asked, or on its way.
    waiting: bool,
    /// What came of the last one.
    last: Last,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Last {
    #[default]
    Never,
    Told(Timestamp, u64),
    Failed(String),
}

/// What the thread works with.
pub struct AskingParts {
    /// How central is reached.
    pub central: Central,
    /// The register's key.
    pub key: Arc<SigningKey>,
    /// Where the ledger is.
    pub place: Place,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// Starts to ask what the till wants to know. The thread ends with the till.
///
/// # Errors
/// [`CantSend`]; selling goes on without it.
pub fn start(parts: AskingParts, till: TillHandle) -> Result<(), CantSend> {
    let line = transport(&parts.central)?.with_answers_up_to(ASIDES_ANSWER_LEN_MAX);
    let central = PublicKey::parse(&parts.central.ack_key)?;
    let (bell, rung) = sync_channel(1);
    // A full line: a question is asked already.
    till.asks_with(Arc::new(move || bell.try_send(()).unwrap_or_default()));
    std::thread::Builder::new()
        .name("asking".to_owned())
        .spawn(move || run(&parts, &central, line, &rung, &till))?;
    Ok(())
}

fn run(
    parts: &AskingParts,
    central: &PublicKey,
    mut line: impl Transport,
    rung: &Receiver<()>,
    till: &TillHandle,
) {
    while rung.recv().is_ok() {
        till.asides_told(ask(parts, central, &mut line));
    }
}

fn ask(
    parts: &AskingParts,
    central: &PublicKey,
    line: &mut dyn Transport,
) -> Result<Asides, String> {
    let no_ledger = |why: &dyn std::fmt::Display| {
        NotTold::NoAnswer(NoAnswer { text: why.to_string() }).to_string()
    };
    let reader = Reader::open(&parts.place).map_err(|why| no_ledger(&why))?;
    let journals = reader.journals().map_err(|why| no_ledger(&why))?;
    let journal = journals.last().ok_or_else(|| no_ledger(&"no journal"))?.id;
    let mut nonce = [0; 16];
    parts.entropy.fill(&mut nonce).map_err(|why| no_ledger(&why))?;
    asides::ask(line, &journal, &parts.key, central, nonce).map_err(|why| why.to_string())
}

impl Register {
    /// Takes who asks central for this register.
    pub fn asks_with(&mut self, bell: Bell) {
        self.asked.bell = Some(bell);
    }

    /// Wants to be told what the store's registers put aside. Nobody waits for the answer.
    pub(super) fn ask_for_asides(&mut self) {
        if self.training || self.link == Link::NotEnrolled {
            return;
        }
        self.asked.waiting = true;
        if let Some(bell) = &self.asked.bell {
            bell();
        }
    }

    /// A question is to be asked: for whoever asks without a bell.
    pub const fn wants_asides(&self) -> bool {
        self.asked.waiting
    }

    /// Takes central's answer.
    pub fn asides_told(&mut self, answer: Result<Asides, String>) {
        self.asked.waiting = false;
        self.asked.last = match answer {
            Ok(told) => {
                for (origin, event) in &told.records {
                    self.book.told(origin, event);
                }
                Last::Told(self.clock.now(), told.left_out)
            }
            Err(why) => Last::Failed(why),
        };
    }

    /// How asking stands, for the list.
    pub(super) fn asked_words(&self) -> Option<Words> {
        if self.link == Link::NotEnrolled {
            return None;
        }
        Some(match &self.asked.last {
            _ if self.asked.waiting => {
                words!("Central is being asked what other registers put aside.")
            }
            Last::Never => return None,
            Last::Told(at, 0) => {
                let (hour, minute) = at.local_hour_minute();
                words!("Central told what it holds at {}.", format!("{hour:02}:{minute:02}"))
            }
            Last::Told(_, left_out) => {
                words!("Central holds {} more than fit here: close some of them.", left_out)
            }
            Last::Failed(_) => {
                words!("Central does not answer: only what this register heard itself is listed.")
            }
        })
    }
}
