//! A checkpoint: a journal's size, head and root, signed. Whoever holds one can tell later whether
//! records were taken away or changed.
//!
//! Text of five lines, each ended by a newline:
//!
//! ```text
//! tideover checkpoint v1
//! <store> <register> <epoch>
//! <size: the count of records, and the next record's seq>
//! <hash of the last record, 64 hex digits> <RFC 6962 root, 64 hex digits>
//! <base64 signature over the four lines above, newlines included, or "-">
//! ```

use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};

use super::hash::{Hash, from_hex};
use super::key::{Domain, PublicKey, Signature, SigningKey};

const TITLE: &str = "tideover checkpoint v1";

/// What a checkpoint says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The journal.
    pub journal: JournalId,
    /// The seq the next record will have.
    pub size: Seq,
    /// The hash of the last record; zeros for an empty journal.
    pub head: Hash,
    /// The root over all records.
    pub root: Hash,
}

/// Why a text is not a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotACheckpoint {
    /// Not the five lines.
    #[error("this is not a checkpoint; give the file that 'tideover export --checkpoint' wrote")]
    Malformed,
    /// Signed by somebody else, or changed.
    #[error("this checkpoint's signature is wrong: it was changed, or is of another register")]
    Signature,
}

impl Checkpoint {
    /// The signed text.
    pub fn seal(&self, key: Option<&SigningKey>) -> String {
        let text = self.text();
        let signature = key.map_or_else(
            || "-".to_owned(),
            |key| key.sign(Domain::Checkpoint, text.as_bytes()).to_text(),
        );
        format!("{text}{signature}\n")
    }

    /// Reads a checkpoint; with a key its signature must be that key's.
    ///
    /// # Errors
    /// [`NotACheckpoint`] when it is none, or not signed by the key.
    pub fn read(text: &str, key: Option<&PublicKey>) -> Result<Self, NotACheckpoint> {
        let (checkpoint, signature) = Self::parse(text).ok_or(NotACheckpoint::Malformed)?;
        let said = checkpoint.text();
        if !text.starts_with(&said) {
            return Err(NotACheckpoint::Malformed);
        }
        let signed = |key: &PublicKey| {
            signature.is_some_and(|s| key.verifies(Domain::Checkpoint, said.as_bytes(), &s))
        };
        if key.is_some_and(|key| !signed(key)) {
            return Err(NotACheckpoint::Signature);
        }
        Ok(checkpoint)
    }

    fn parse(text: &str) -> Option<(Self, Option<Signature>)> {
        let text = text.strip_suffix('\n')?;
        let mut lines = text.split('\n');
        lines.next().filter(|title| *title == TITLE)?;
        let mut names = lines.next()?.split(' ');
        let journal = JournalId {
            store: StoreNo(names.next()?.parse().ok()?),
            register: RegisterNo(names.next()?.parse().ok()?),
            epoch: Epoch(from_hex(names.next()?)?),
        };
        let size = Seq(lines.next()?.parse().ok()?);
        let (head, root) = lines.next()?.split_once(' ')?;
        let signature = match lines.next()? {
            "-" => None,
            text => Some(Signature::parse(text.as_bytes())?),
        };
        if lines.next().is_some() {
            return None;
        }
        let (head, root) = (Hash::parse(head)?, Hash::parse(root)?);
        Some((Self { journal, size, head, root }, signature))
    }

    fn text(&self) -> String {
        let JournalId { store, register, epoch } = self.journal;
        format!("{TITLE}\n{store} {register} {epoch}\n{}\n{} {}\n", self.size, self.head, self.root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_read_back_and_no_byte_of_it_can_change() {
        let key = SigningKey::from_seed(&[5; 32]).expect("a key");
        let journal =
            JournalId { store: StoreNo(1042), register: RegisterNo(7), epoch: Epoch([9; 8]) };
        let checkpoint =
            Checkpoint { journal, size: Seq(41), head: Hash([1; 32]), root: Hash([2; 32]) };
        let text = checkpoint.seal(Some(&key));
        assert_eq!(Checkpoint::read(&text, Some(&key.public())), Ok(checkpoint));
        for place in 0..text.len() {
            for bit in 0..8 {
                let mut bytes = text.clone().into_bytes();
                bytes[place] ^= 1 << bit;
                if let Ok(text) = String::from_utf8(bytes) {
                    assert!(Checkpoint::read(&text, Some(&key.public())).is_err(), "{text}");
                }
            }
        }
    }
}
