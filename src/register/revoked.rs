//! Keys that central trusts no longer, as this register keeps them: central's notes as they were
//! signed, read again at each start, so that whoever changes the file changes nothing.
//!
//! ```text
//!  greeting: so many revocations ─▶ another number than known? ─▶ ask ─┐
//!  another register's note, where no line to central is ──────────────┴▶ revoked.note ─▶ till
//! ```
//!
//! Nothing is ever taken out: a note that says less than an earlier one stands beside it.

use crate::device::entropy::Entropy;
use crate::device::key_store::write_private;
use crate::domain::ids::{JournalId, Seq};
use crate::domain::words::words;
use crate::journal::hash::{from_hex, to_hex};
use crate::journal::key::PublicKey;
use crate::ledger::Finding;
use crate::sync::asides::NotTold;
use crate::sync::carrier::Transport;
use crate::sync::revoked::{Kept, Revoked, ask};

use super::register::Register;
use super::settings::{DataDir, Settings};
use super::view::NoticeKind;

/// The most notes that are kept beside one another; as a rule it is one.
const NOTES_MAX: usize = 8;

/// What is kept here; nothing where this register is not enrolled, or the file can't be read.
pub fn kept(data: &DataDir, settings: &Settings) -> Kept {
    let central = settings.central.as_ref();
    match central.and_then(|central| PublicKey::parse(&central.ack_key).ok()) {
        Some(central) => read(&notes(data), &central),
        None => Kept::default(),
    }
}

/// Asks central for its note, and keeps it. Nothing is changed by an answer that is not central's.
///
/// # Errors
/// [`NotTold`] where none came.
pub fn fetch(
    data: &DataDir,
    central: &PublicKey,
    line: &mut dyn Transport,
    entropy: &dyn Entropy,
) -> Result<Kept, NotTold> {
    let mut nonce = [0; 16];
    entropy.fill(&mut nonce).map_err(|why| NotTold::Refused(why.to_string()))?;
    let (note, told, answer) = ask(line, central, nonce)?;
    if answer.left_out > 0 {
        tracing::warn!(count = answer.left_out, "older revoked keys don't fit central's note");
    }
    Ok(keep(data, central, note, &told))
}

/// Takes a note that another register brought; none where it is not central's, or says nothing
/// that is not known here.
pub fn take(data: &DataDir, settings: &Settings, note: &[u8]) -> Option<Kept> {
    let central = PublicKey::parse(&settings.central.as_ref()?.ack_key).ok()?;
    let (told, _) = Revoked::read(note, &central).ok()?;
    let known = kept(data, settings).revoked;
    let mut both = known.clone();
    both.join(told.clone());
    (both != known).then(|| keep(data, &central, note.to_vec(), &told))
}

fn keep(data: &DataDir, central: &PublicKey, note: Vec<u8>, told: &Revoked) -> Kept {
    let mut all = notes(data);
    // One that says nothing beyond the new one goes.
    all.retain(|old| {
        let Ok((old, _)) = Revoked::read(old, central) else { return false };
        let mut both = told.clone();
        both.join(old);
        both != *told
    });
    all.insert(0, note);
    all.truncate(NOTES_MAX);
    let kept = read(&all, central);
    let text: String = all.iter().map(|note| format!("{}\n", to_hex(note))).collect();
    let path = data.revoked_path();
    let next = path.with_extension("new");
    let write = || {
        match std::fs::remove_file(&next) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => return Err(why),
            _ => {}
        }
        write_private(&next, text.as_bytes())?;
        std::fs::rename(&next, &path)
    };
    if let Err(error) = write() {
        tracing::error!(%error, "central's note about revoked keys was not kept");
    }
    tracing::info!(keys = kept.revoked.len(), "central told which keys are revoked");
    kept
}

/// The notes as they are kept, the newest first.
fn notes(data: &DataDir) -> Vec<Vec<u8>> {
    let text = std::fs::read_to_string(data.revoked_path()).unwrap_or_default();
    text.lines().take(NOTES_MAX).filter_map(unhex).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| from_hex::<1>(pair?).map(|[byte]| byte)).collect()
}

fn read(notes: &[Vec<u8>], central: &PublicKey) -> Kept {
    let mut kept = Kept::default();
    for note in notes {
        let Ok((told, answer)) = Revoked::read(note, central) else { continue };
        if kept.note.is_none() {
            (kept.decided, kept.note) = (Some(answer.decided), Some(note.clone()));
        }
        if kept.revoked.is_empty() {
            kept.revoked = told;
        } else {
            kept.revoked.join(told);
        }
    }
    kept
}

impl Register {
    /// Takes what central told of revoked keys; the other registers' copies go by it, too.
    pub fn keys_revoked(&mut self, kept: Kept) {
        let counted = self.is_counted();
        if let Some(copies) = &self.copies {
            copies.revoked_are(kept.clone());
        }
        self.trust.kept = kept;
        if counted && !self.is_counted() {
            let Finding { happened, money, done, .. } = Finding::key_revoked();
            self.say(NoticeKind::Attention, words!("{} {}", happened, money), done);
        }
    }

    /// What this register records next counts at central, as far as it was told.
    fn is_counted(&self) -> bool {
        let (key, chain) = (self.ledger.public_key(), self.ledger.chain());
        self.trust.kept.revoked.counts(&key, chain.journal.epoch, chain.next_seq)
    }

    /// True for a record of another register that counts, as far as notes name its journal.
    pub(super) fn counts(&self, journal: &JournalId, seq: Seq) -> bool {
        self.trust.kept.revoked.length_named(journal).is_none_or(|length| seq < length)
    }
}
