//! Peers without threads, sockets and encryption: one thread steps a whole store, as a simulation
//! does. Who is asked, what is brought and what is believed is decided by the same code.
//!
//! ```text
//!  bring ─▶ client::Line ─ Ask, as a frame ─▶ fate ─▶ server::Caller ─▶ mirror
//!              ▲────────── Say, as a frame ◀─ fate ◀───────┘
//! ```
//!
//! No program that sells begins one.

use std::sync::Arc;

use super::client::{Line, Talk};
use super::offer::Offers;
use super::server::Caller;
use super::wire::{self, Ask, FRAME_LEN_MAX, Say};
use super::{Copies, Hub, NoPeers, PeerParts};
use crate::domain::ids::RegisterNo;
use crate::journal::key::PublicKey;

/// A register's peers, stepped by whoever holds it.
pub struct SteppedPeers(Hub);

/// What becomes of one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives, and so does its answer.
    Arrives,
    /// It is lost on the way.
    Lost,
    /// It arrives, and its answer is lost.
    AnswerLost,
}

impl std::fmt::Debug for SteppedPeers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SteppedPeers(register {})", self.0.register)
    }
}

impl SteppedPeers {
    /// Opens the mirror and reads it into the book; listens to nothing.
    ///
    /// # Errors
    /// [`NoPeers`].
    pub fn open(parts: PeerParts, copies: Arc<Copies>) -> Result<Self, NoPeers> {
        let mirror_dir = parts.mirror_dir.clone();
        let listed = parts.listed.clone();
        let hub = Hub::open(parts, copies, None)?;
        hub.read_book(&mirror_dir)?;
        listed.iter().for_each(|peer| hub.copies.know(peer.register));
        Ok(Self(hub))
    }

    /// This register.
    pub const fn register(&self) -> RegisterNo {
        self.0.register
    }

    /// Begins a line to another register and brings it everything it lacks; true when the line
    /// held to the end. `fate` says what becomes of each question.
    pub fn bring(&self, to: &Self, fate: &mut dyn FnMut() -> Fate) -> bool {
        let talk = Box::new(Direct { from: &self.0, to: &to.0, admitted: None, fate });
        let brought = Line::greet(&self.0, to.0.register, talk).and_then(|mut line| {
            let offers = Offers::open(&self.0)?;
            line.bring_all(&offers, true)
        });
        if let Err(why) = &brought {
            tracing::debug!(%why, to = %to.0.register, "the line to a peer ended");
            self.0.copies.lost(to.0.register);
        }
        brought.is_ok()
    }
}

/// A line within one thread.
struct Direct<'a> {
    from: &'a Hub,
    to: &'a Hub,
    /// Who the other side took the caller for, and the certificate it showed.
    admitted: Option<(RegisterNo, Option<String>)>,
    fate: &'a mut dyn FnMut() -> Fate,
}

impl Talk for Direct<'_> {
    fn ask(&mut self, ask: &Ask, lines: &[Vec<u8>]) -> std::io::Result<(Say, Vec<Vec<u8>>)> {
        let fate = (self.fate)();
        if fate == Fate::Lost {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
        let mut frame = Vec::new();
        wire::send(&mut frame, ask, lines)?;
        let (ask, lines) = wire::receive(&mut frame.as_slice(), FRAME_LEN_MAX)?;
        let (said, lines) = self.answer(ask, &lines);
        if fate == Fate::AnswerLost {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
        let mut frame = Vec::new();
        wire::send(&mut frame, &said, &lines)?;
        wire::receive(&mut frame.as_slice(), FRAME_LEN_MAX)
    }

    fn key(&self) -> Option<PublicKey> {
        Some(self.to.key.public())
    }
}

impl Direct<'_> {
    fn answer(&mut self, ask: Ask, lines: &[Vec<u8>]) -> (Say, Vec<Vec<u8>>) {
        let no = |text: &str| (Say::No { text: text.to_owned() }, Vec::new());
        if let (Ask::Hello(hello), None) = (&ask, &self.admitted) {
            let Some(register) = self.to.admits(Some(self.from.key.public()), hello) else {
                return no("not a register of this store");
            };
            self.admitted = Some((register, hello.certificate.clone()));
            return (Say::Hello(self.to.hello()), Vec::new());
        }
        let Some((register, certificate)) = &self.admitted else {
            return no("say who you are first");
        };
        let caller =
            Caller { hub: self.to, register: *register, certificate: certificate.as_deref() };
        if let Some(given) = caller.gives(&ask) {
            return given;
        }
        let (say, news) = caller.answer(ask, lines);
        news.into_iter().for_each(|news| (self.to.hear)(news));
        (say, Vec::new())
    }
}
