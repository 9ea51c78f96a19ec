//! Keys that central trusts no longer, as this register keeps them: central's notes as they were
//! signed, read again at each start, so that whoever changes the file changes nothing.
//!
//! ```text
//!  greeting: so many revocations, by this central ─▶ [Hearing] ask? ───┐
//!  another register's note, where no line to central is ──────────────┴▶ revoked.note ─▶ till
//! ```
//!
//! Nothing is ever taken out: a note that says less than an earlier one stands beside it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::device::entropy::Entropy;
use crate::device::key_store::write_private;
use crate::device::own_file;
use crate::domain::ids::{JournalId, Seq};
use crate::domain::words::words;
use crate::journal::hash::{from_hex, to_hex};
use crate::journal::key::PublicKey;
use crate::ledger::Finding;
use crate::sync::asides::NotTold;
use crate::sync::carrier::Transport;
use crate::sync::pace::IDLE_MS;
use crate::sync::revoked::{Kept, Revoked, ask};

use super::register::Register;
use super::settings::{DataDir, Settings};
use super::view::NoticeKind;

/// The most notes that are kept beside one another; as a rule it is one, and each time central is
/// put back to an older copy may add one.
const NOTES_MAX: usize = 64;
/// The longest file of notes, in hexadecimal, a line each.
const NOTES_LEN_MAX: u64 = 64 * (2 * 1024 * 1024 + 1);

/// Whoever reads, joins and writes the notes does it alone: the sending thread and each line to
/// another register bring them.
static KEEPING: Mutex<()> = Mutex::new(());

/// When central is asked for its note: after a greeting that tells of another number of
/// revocations, or of another central, than the last note was asked for by; so once at each start.
#[derive(Debug, Default)]
pub struct Hearing {
    told: Option<(u64, Option<String>)>,
    not_before_ms: u64,
}

impl Hearing {
    /// True where it is to be asked now. Where it never revoked anything there is nothing to hear.
    pub fn is_due(&self, now_ms: u64, revocations: u64, central: Option<&str>) -> bool {
        let same =
            |(known, by): &(u64, Option<String>)| *known == revocations && by.as_deref() == central;
        revocations > 0 && now_ms >= self.not_before_ms && !self.told.as_ref().is_some_and(same)
    }

    /// It told.
    pub fn told(&mut self, revocations: u64, central: Option<String>) {
        self.told = Some((revocations, central));
    }

    /// It did not: no delivery soon after this one drags another try behind it.
    pub fn failed(&mut self, now_ms: u64) {
        self.not_before_ms = now_ms.saturating_add(IDLE_MS);
    }
}

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
    Ok(keep(&alone(), data, central, note, &told))
}

/// Takes a note that another register brought; none where it is not central's, or says nothing
/// that is not known here.
pub fn take(data: &DataDir, settings: &Settings, note: &[u8]) -> Option<Kept> {
    let central = PublicKey::parse(&settings.central.as_ref()?.ack_key).ok()?;
    news(data, &central, note)
}

fn news(data: &DataDir, central: &PublicKey, note: &[u8]) -> Option<Kept> {
    let (told, _) = Revoked::read(note, central).ok()?;
    let alone = alone();
    let known = read(&notes(data), central).revoked;
    let mut both = known.clone();
    both.join(told.clone());
    (both != known).then(|| keep(&alone, data, central, note.to_vec(), &told))
}

fn alone() -> MutexGuard<'static, ()> {
    KEEPING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keep(
    _: &MutexGuard<'_, ()>,
    data: &DataDir,
    central: &PublicKey,
    note: Vec<u8>,
    told: &Revoked,
) -> Kept {
    let mut said = told.clone();
    let mut all = notes(data);
    // One that says nothing beyond the newer ones goes.
    all.retain(|old| {
        let Ok((old, _)) = Revoked::read(old, central) else { return false };
        let before = said.clone();
        said.join(old);
        said != before
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
    let text = own_file::text(&data.revoked_path(), NOTES_LEN_MAX).unwrap_or_default();
    text.lines().take(NOTES_MAX).filter_map(unhex).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| from_hex::<1>(pair?).map(|[byte]| byte)).collect()
}

fn read(notes: &[Vec<u8>], central: &PublicKey) -> Kept {
    let mut kept = Kept::default();
    // The oldest first, so that of two that know of as many the newer one goes on.
    for note in notes.iter().rev() {
        let Ok((revoked, answer)) = Revoked::read(note, central) else { continue };
        let (decided, note) = (Some(answer.decided), Some(note.clone()));
        kept.join(Kept { revoked, decided, note });
    }
    kept
}

impl Register {
    /// Takes what central told of revoked keys; the other registers' copies go by it, too.
    pub fn keys_revoked(&mut self, told: Kept) {
        let counted = self.is_counted();
        // What two threads heard may come here in either order.
        self.trust.kept.join(told);
        if let Some(copies) = &self.copies {
            copies.revoked_are(self.trust.kept.clone());
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::key::{Domain, SigningKey};
    use crate::sync::revoked::{RevokedAnswer, RevokedKey};
    use crate::sync::sealed::seal;
    use crate::sync::wire::PROTOCOL;

    #[test]
    fn central_is_asked_once_a_start_a_number_and_a_central_and_a_failed_try_waits() {
        let mut hearing = Hearing::default();
        assert!(!hearing.is_due(0, 0, Some("one")), "it never revoked anything");
        assert!(hearing.is_due(0, 2, Some("one")), "at each start");
        hearing.failed(5);
        assert!(!hearing.is_due(5, 2, Some("one")));
        assert!(!hearing.is_due(4 + IDLE_MS, 3, Some("one")));
        assert!(hearing.is_due(5 + IDLE_MS, 2, Some("one")));
        hearing.told(2, Some("one".to_owned()));
        assert!(!hearing.is_due(5 + IDLE_MS, 2, Some("one")));
        assert!(hearing.is_due(5 + IDLE_MS, 3, Some("one")), "another number");
        assert!(hearing.is_due(5 + IDLE_MS, 2, Some("two")), "as many, of a restored one");
    }

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32]).expect("a key")
    }

    fn note(central: &SigningKey, stolen: u8) -> Vec<u8> {
        let key = RevokedKey {
            store: 1042,
            reg: u16::from(stolen),
            key: key(stolen).public().to_string(),
            journals: Vec::new(),
        };
        let answer = RevokedAnswer {
            protocol: PROTOCOL.to_owned(),
            answer: "revoked".to_owned(),
            nonce: String::new(),
            decided: 1,
            keys: vec![key],
            left_out: 0,
            time: "2026-11-22T13:05:09.120-06:00".to_owned(),
        };
        seal(&answer, Domain::Ack, central).expect("sealed")
    }

    /// Each of them says what no other one does, as after a central that was put back each time.
    #[test]
    fn notes_that_many_threads_bring_at_once_are_all_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, central) = (DataDir(folder.path().to_owned()), key(1));
        std::thread::scope(|threads| {
            for stolen in 10..34 {
                let (data, central) = (&data, &central);
                let word = note(central, stolen);
                threads.spawn(move || news(data, &central.public(), &word).expect("news"));
            }
        });
        let public = central.public();
        assert_eq!(read(&notes(&data), &public).revoked.len(), 24);
        assert_eq!(news(&data, &public, &note(&central, 20)), None, "it is known");
    }
}
