//! Asks central which sales of this store were put aside: for a register that has no line to the
//! others, or whose others are away.
//!
//! ```text
//!  AsidesQuestion, sealed by the register ─▶ AsidesAnswer, sealed by central ─▶ records, read here
//! ```
//!
//! One request, one answer, nothing is tried again by itself: a person asked and sees what came.

use crate::domain::book::Origin;
use crate::domain::event::Event;
use crate::domain::ids::JournalId;
use crate::journal::hash::to_hex;
use crate::journal::key::{Domain, PublicKey, SigningKey};
use crate::journal::record::Envelope;

use super::carrier::{NoAnswer, Request, Transport};
use super::sealed::{self, Sealed};
use super::wire::{AsidesAnswer, AsidesQuestion, JournalName, PROTOCOL, Refusal};

/// What central told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asides {
    /// Records about sales that were put aside, as other registers wrote them.
    pub records: Vec<(Origin, Event)>,
    /// How many more there are than fit.
    pub left_out: u64,
}

/// Why nothing was told.
#[derive(Debug, thiserror::Error)]
pub enum NotTold {
    /// No answer.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    /// Central's words.
    #[error("central did not tell: {0}")]
    Refused(String),
    /// Something else answered, or an answer to another question.
    #[error("what answered is not this register's central; nothing was changed")]
    NotCentral,
}

/// Asks once.
///
/// # Errors
/// [`NotTold`]; nothing is changed by it.
pub fn ask(
    transport: &mut dyn Transport,
    journal: &JournalId,
    key: &SigningKey,
    central: &PublicKey,
    nonce: [u8; 16],
) -> Result<Asides, NotTold> {
    let question = AsidesQuestion {
        protocol: PROTOCOL.to_owned(),
        journal: JournalName::of(journal),
        key: key.public().to_string(),
        nonce: to_hex(&nonce),
    };
    let body = sealed::seal(&question, Domain::Asides, key).map_err(|_| NotTold::NotCentral)?;
    let request = Request::post("/v1/asides", body);
    let response = transport.send(&request)?;
    if response.status != 200 {
        let refusal: Result<Refusal, _> = serde_json::from_slice(&response.body);
        return Err(match refusal {
            Ok(refusal) if refusal.protocol == PROTOCOL => NotTold::Refused(refusal.text),
            _ => NotTold::NotCentral,
        });
    }
    let split = Sealed::split(&response.body).map_err(|_| NotTold::NotCentral)?;
    let answer: AsidesAnswer = split.open(Domain::Ack, central).map_err(|_| NotTold::NotCentral)?;
    let ours = answer.protocol == PROTOCOL
        && answer.answer == "asides"
        && answer.nonce == question.nonce
        && answer.store == journal.store.0;
    if !ours {
        return Err(NotTold::NotCentral);
    }
    // A record of a later program says nothing here; the next version of this one reads it.
    let read = |line: &String| {
        let envelope = Envelope::read(line.as_bytes()).ok()?;
        let of_store = envelope.header.journal.store == journal.store;
        let event = envelope.event().ok()?;
        of_store.then_some((envelope.header.origin(), event))
    };
    let records = answer.lines.iter().filter_map(read).collect();
    Ok(Asides { records, left_out: answer.left_out })
}
