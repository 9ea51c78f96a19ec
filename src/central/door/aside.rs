//! Answers a register that asks which sales of its store were put aside.
//!
//! Only a register that central vouches for is told, and only of its own store: what is in a
//! customer's basket is nobody else's. The records go out as they came in; a register reads them
//! like any other.

use super::{Door, No, STRANGER, opened};
use crate::central::store::Standing;
use crate::journal::key::Domain;
use crate::sync::wire::{ANNOUNCE_LEN_MAX, ASIDES_RAW_MAX, AsidesAnswer, AsidesQuestion, PROTOCOL};

impl Door {
    /// What this store's registers put aside, as far as their journals came in.
    pub(in crate::central) fn asides(&self, body: &[u8]) -> Result<Vec<u8>, No> {
        if body.len() > ANNOUNCE_LEN_MAX {
            return Err(No::BadRequest("a question is at most 4 KiB"));
        }
        let (said, key) = opened(body, Domain::Asides, |claimed: &AsidesQuestion| &claimed.key)?;
        let name = |_| No::BadRequest("the question names no journal");
        let journal = said.journal.id().map_err(name)?;
        let hex = said.nonce.bytes().all(|byte| byte.is_ascii_hexdigit());
        if said.protocol != PROTOCOL || said.nonce.len() > 64 || !hex {
            return Err(No::BadRequest("a nonce is at most 64 hex digits"));
        }
        if self.standing(&journal, &key)? != Some(Standing::Enrolled) {
            return Err(No::Stranger(STRANGER));
        }
        let store = journal.store;
        let held = self.reader.call(move |held| held.asides(store))?;
        let mut room = ASIDES_RAW_MAX;
        let mut answer = AsidesAnswer {
            protocol: PROTOCOL.to_owned(),
            answer: "asides".to_owned(),
            nonce: said.nonce,
            store: store.0,
            lines: Vec::new(),
            left_out: 0,
            time: self.clock.now().to_string(),
        };
        for line in held {
            match (room.checked_sub(line.len()), String::from_utf8(line)) {
                (Some(left), Ok(line)) => {
                    room = left;
                    answer.lines.push(line);
                }
                _ => answer.left_out = answer.left_out.saturating_add(1),
            }
        }
        self.seal(&answer)
    }
}
