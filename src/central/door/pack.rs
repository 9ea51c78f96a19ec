//! Answers a register that asks which pack its store is to sell by, and gives files in pieces.
//!
//! A manifest is told to registers that central vouches for, and only of their own store: a pack
//! holds what PINs open. While registers deliver records nothing of a file is given: what was sold
//! goes first, prices can wait.

use super::{Door, No, STRANGER, opened, query_value};
use crate::central::store::{Standing, StoreError};
use crate::journal::key::Domain;
use crate::sync::wire::packs::{OBJECTS_PATH, PIECE_LEN_MAX, PackAnswer, PackQuestion};
use crate::sync::wire::{ANNOUNCE_LEN_MAX, PROTOCOL};

impl Door {
    /// The manifest of the register's store.
    pub(in crate::central) fn packs(&self, body: &[u8]) -> Result<Vec<u8>, No> {
        if body.len() > ANNOUNCE_LEN_MAX {
            return Err(No::BadRequest("a question is at most 4 KiB"));
        }
        let (said, key) =
            opened(body, Domain::PackQuestion, |claimed: &PackQuestion| &claimed.key)?;
        let name = |_| No::BadRequest("the question names no journal");
        let journal = said.journal.id().map_err(name)?;
        let hex = said.nonce.bytes().all(|byte| byte.is_ascii_hexdigit());
        if said.protocol != PROTOCOL || said.nonce.len() > 64 || !hex {
            return Err(No::BadRequest("a nonce is at most 64 hex digits"));
        }
        if self.standing(&journal, &key)? != Some(Standing::Enrolled) {
            return Err(No::Stranger(STRANGER));
        }
        let manifest = match &self.published {
            Some(published) => published.manifest(journal.store).map_err(StoreError::Io)?,
            None => None,
        };
        self.seal(&PackAnswer {
            protocol: PROTOCOL.to_owned(),
            answer: "packs".to_owned(),
            nonce: said.nonce,
            store: journal.store.0,
            manifest: manifest.and_then(|text| String::from_utf8(text).ok()),
            time: self.clock.now().to_string(),
        })
    }

    /// A piece of a pack or a delta.
    pub(in crate::central) fn pack_piece(&self, path: &str, query: &str) -> Result<Vec<u8>, No> {
        let number = |name| query_value(query, name).and_then(|text| text.parse::<u64>().ok());
        let (Some(from), Some(most)) = (number("from"), number("most")) else {
            return Err(No::BadRequest("ask for a piece with from= and most="));
        };
        let sha256 = path.strip_prefix(OBJECTS_PATH).unwrap_or_default();
        let Some(published) = &self.published else { return Err(No::NotFound) };
        if published.object(sha256).is_none() {
            return Err(No::NotFound);
        }
        // Only a manifest tells a digest, so the file was here.
        let piece = published.piece(sha256, from, most.min(PIECE_LEN_MAX));
        piece.map_err(StoreError::Io)?.ok_or(No::Gone)
    }
}
