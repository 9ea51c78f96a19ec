//! Packs over the lines between registers: one fetches from central, the others take it from it.
//!
//! ```text
//!  pack_told  ─▶ pack_told + signed manifest     which pack does the store sell by?
//!  pack_piece ─▶ pack_piece + bytes              a piece of a file that is whole there
//! ```
//!
//! A peer is believed in nothing: a manifest proves itself, a file by the digest in it. Pieces are
//! small and a record goes before the next one, so a sale never waits for a price file.

use std::sync::Arc;

use super::wire::{Ask, Say};
use crate::domain::ids::RegisterNo;

/// The longest piece of one frame, in bytes.
pub const PIECE_LEN_MAX: usize = 64 * 1024;
/// The most pieces between two looks at what else is to be brought.
pub(super) const PIECES_A_TURN: usize = 64;
/// How often a peer is asked which pack it was told of.
pub(super) const TOLD_EVERY_MS: u64 = 10_000;

/// What a register has and wants of packs.
pub trait PackCarrier: Send + Sync {
    /// The manifest that is believed here.
    fn manifest(&self) -> Option<Vec<u8>>;

    /// A piece of a file that is whole here; at most [`PIECE_LEN_MAX`].
    fn piece(&self, sha256: &str, from: u64) -> Option<Vec<u8>>;

    /// Takes a manifest that a peer told.
    fn told(&self, manifest: &[u8]);

    /// The file that is wanted, and from where on.
    fn wanted(&self) -> Option<(String, u64)>;

    /// Takes a piece of it.
    fn took(&self, sha256: &str, from: u64, bytes: &[u8]);

    /// A register is seen that carries packs too, or is not seen any more.
    fn sees(&self, register: RegisterNo, seen: bool);
}

/// Nobody carries packs.
pub(super) type Carrier = Option<Arc<dyn PackCarrier>>;

/// The answer to a question about packs, and the bytes behind it; none for other questions.
pub(super) fn answer(carrier: &Carrier, ask: &Ask) -> Option<(Say, Vec<Vec<u8>>)> {
    let none = || (Say::PackTold, Vec::new());
    match ask {
        Ask::PackTold => {
            let text = carrier.as_ref().and_then(|carrier| carrier.manifest());
            Some(text.map_or_else(none, |text| (Say::PackTold, vec![text])))
        }
        Ask::PackPiece { sha256, from } => {
            let piece = carrier.as_ref().and_then(|carrier| carrier.piece(sha256, *from));
            Some((Say::PackPiece, piece.into_iter().collect()))
        }
        _ => None,
    }
}

/// The bytes behind an answer: a frame cuts them at line feeds.
pub(super) fn joined(lines: &[Vec<u8>]) -> Option<Vec<u8>> {
    (!lines.is_empty()).then(|| lines.join(&b'\n'))
}
