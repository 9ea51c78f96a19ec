//! The proof on a receipt: which record it is the paper of, as text and as a QR code's text.
//!
//! ```text
//!  text   9f3c0011aa22bb33-1801-5d41402abc4b2a76         journal, seq, first 16 digits of the hash
//!  QR     TDO1:1042:7:9F3C0011AA22BB33:1801:5D41402ABC4B2A76
//! ```
//!
//! Only capitals, digits and colons: a QR code holds those in half the room, and a scanner that
//! types them needs no shift. The paper proves nothing by itself, since anybody can print one; it
//! names the record that does.

use std::fmt;

use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use crate::journal::hash::{Hash, from_hex, to_hex};

/// What a receipt's QR code begins with. A scan that begins so is a receipt, never an item.
pub const PREFIX: &str = "TDO1:";
/// The longest text of a code.
const LEN_MAX: usize = 80;

/// What a receipt's QR code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiptCode {
    /// The journal.
    pub journal: JournalId,
    /// The record's place in it.
    pub seq: Seq,
    /// The first eight bytes of the record's hash.
    pub hash_start: [u8; 8],
}

/// Why a scanned text is not a receipt's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("that is not the code of a receipt; scan the square at its end again, or key its number")]
pub struct NotAReceipt;

/// The proof as it stands on a receipt: journal, seq and the first 16 digits of the hash.
pub fn proof(journal: JournalId, seq: Seq, hash: Hash) -> String {
    let hash: String = hash.to_string().chars().take(16).collect();
    format!("{}-{seq}-{hash}", journal.epoch)
}

impl ReceiptCode {
    /// The code of a record.
    pub fn of(journal: JournalId, seq: Seq, hash: Hash) -> Self {
        let mut hash_start = [0; 8];
        for (to, from) in hash_start.iter_mut().zip(hash.0) {
            *to = from;
        }
        Self { journal, seq, hash_start }
    }

    /// True for a record with this hash.
    pub fn is_of(&self, hash: Hash) -> bool {
        hash.0.starts_with(&self.hash_start)
    }

    /// Reads what a scanner sent, in capitals or not.
    ///
    /// # Errors
    /// [`NotAReceipt`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NotAReceipt> {
        let read = || {
            if text.len() > LEN_MAX || !text.is_ascii() {
                return None;
            }
            let text = text.to_ascii_lowercase();
            let mut fields = text.strip_prefix("tdo1:")?.split(':');
            let store = StoreNo(number(fields.next()?)?);
            let register = RegisterNo(number(fields.next()?)?);
            let epoch = Epoch(from_hex(fields.next()?)?);
            let seq = Seq(number(fields.next()?)?);
            let hash_start = from_hex(fields.next()?)?;
            let journal = JournalId { store, register, epoch };
            fields.next().is_none().then_some(Self { journal, seq, hash_start })
        };
        read().ok_or(NotAReceipt)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

impl fmt::Display for ReceiptCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let JournalId { store, register, epoch } = self.journal;
        let epoch = epoch.to_string().to_ascii_uppercase();
        let hash = to_hex(&self.hash_start).to_ascii_uppercase();
        write!(f, "{PREFIX}{store}:{register}:{epoch}:{}:{hash}", self.seq)
    }
}

/// What a suspended sale's code begins with.
const ASIDE_PREFIX: &str = "TDS1:";

/// The code on the slip of a sale that was put aside: `TDS1:1042:7:9F3C0011AA22BB33:12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsideCode {
    /// The journal it was put aside in.
    pub journal: JournalId,
    /// The number on the slip.
    pub slip: u32,
}

impl AsideCode {
    /// True for a text that begins like one.
    pub fn is_one(text: &str) -> bool {
        text.get(..ASIDE_PREFIX.len()).is_some_and(|s| s.eq_ignore_ascii_case(ASIDE_PREFIX))
    }

    /// Reads what a scanner sent, in capitals or not.
    ///
    /// # Errors
    /// [`NotAReceipt`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NotAReceipt> {
        let read = || {
            if text.len() > LEN_MAX || !text.is_ascii() {
                return None;
            }
            let text = text.to_ascii_lowercase();
            let mut fields = text.strip_prefix("tds1:")?.split(':');
            let store = StoreNo(number(fields.next()?)?);
            let register = RegisterNo(number(fields.next()?)?);
            let epoch = Epoch(from_hex(fields.next()?)?);
            let slip = number(fields.next()?)?;
            let journal = JournalId { store, register, epoch };
            fields.next().is_none().then_some(Self { journal, slip })
        };
        read().ok_or(NotAReceipt)
    }
}

impl fmt::Display for AsideCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let JournalId { store, register, epoch } = self.journal;
        let epoch = epoch.to_string().to_ascii_uppercase();
        write!(f, "{ASIDE_PREFIX}{store}:{register}:{epoch}:{}", self.slip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_was_written() {
        let journal =
            JournalId { store: StoreNo(1042), register: RegisterNo(7), epoch: Epoch([0xab; 8]) };
        let hash = Hash([0x5d; 32]);
        let code = ReceiptCode::of(journal, Seq(1801), hash);
        let text = "TDO1:1042:7:ABABABABABABABAB:1801:5D5D5D5D5D5D5D5D";
        assert_eq!(code.to_string(), text);
        assert_eq!(ReceiptCode::parse(text), Ok(code));
        assert_eq!(ReceiptCode::parse(&text.to_lowercase()), Ok(code));
        assert!(code.is_of(hash) && !code.is_of(Hash([0; 32])));
        assert_eq!(proof(journal, Seq(1801), hash), "abababababababab-1801-5d5d5d5d5d5d5d5d");
    }

    #[test]
    fn the_code_of_a_sale_put_aside_is_read_as_it_was_written() {
        let journal =
            JournalId { store: StoreNo(1042), register: RegisterNo(7), epoch: Epoch([0xab; 8]) };
        let code = AsideCode { journal, slip: 12 };
        let text = "TDS1:1042:7:ABABABABABABABAB:12";
        assert_eq!(code.to_string(), text);
        assert!(AsideCode::is_one(text) && !AsideCode::is_one("TDO1:1042"));
        assert_eq!(AsideCode::parse(text), Ok(code));
        assert_eq!(AsideCode::parse(&text.to_lowercase()), Ok(code));
        for len in 0..text.len() - 1 {
            assert_ne!(AsideCode::parse(&text[..len]), Ok(code), "cut at {len}");
        }
    }

    #[test]
    fn anything_else_is_no_receipt() {
        for wrong in [
            "",
            "TDO1:",
            "4011",
            "https://example.com/TDO1:1",
            "TDO1:1042:7:ABABABABABABABAB:1801:5D5D",
            "TDO1:1042:7:ABABABABABABABAB:1801:5D5D5D5D5D5D5D5D:9",
            "TDO1:+1:7:ABABABABABABABAB:1801:5D5D5D5D5D5D5D5D",
            "TDO1:99999999999:7:ABABABABABABABAB:1801:5D5D5D5D5D5D5D5D",
            "TDO1:1042:7:ÄBABABABABABABAB:1801:5D5D5D5D5D5D5D5D",
        ] {
            assert_eq!(ReceiptCode::parse(wrong), Err(NotAReceipt), "{wrong}");
        }
    }
}
