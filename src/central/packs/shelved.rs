//! Packs of a whole chain: each is opened when it is asked, and few stay open.
//!
//! ```text
//!  ask ─▶ open? ─ yes ─▶ it
//!           └ no ─▶ open (whoever else wants this one waits, nobody else does)
//!                    └▶ more than may stay open: the one not asked for longest is let go
//! ```
//!
//! A pack that somebody is reading stays open until they are done. Its pages are hashed the first
//! time only, as long as its file is the same.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::kept::Kept;
use crate::pack::{Label, Pack, PackError, PackKey, Verified};

/// A pack that is known by its label.
pub(super) struct Shelved {
    path: PathBuf,
    pub(super) label: Label,
    slot: Mutex<Slot>,
    /// When it was asked last, by the open ones' own count.
    asked: AtomicU64,
}

#[derive(Default)]
struct Slot {
    open: Option<Arc<Kept>>,
    verified: Option<Verified>,
    /// It can't be opened, and that was said; another file is another pack.
    damaged: bool,
}

/// The packs that are open.
pub(super) struct Opened {
    most: usize,
    list: Mutex<Vec<Weak<Shelved>>>,
    asks: AtomicU64,
    openings: AtomicU64,
}

impl Shelved {
    pub(super) fn of(path: PathBuf, label: Label) -> Self {
        Self { path, label, slot: Mutex::default(), asked: AtomicU64::new(0) }
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Opened {
    /// Keeps at most so many open.
    pub(super) fn most(most: usize) -> Self {
        Self { most, list: Mutex::default(), asks: AtomicU64::new(0), openings: AtomicU64::new(0) }
    }

    /// The pack, opened where it is not; none where it can't be.
    pub(super) fn get(&self, pack: &Arc<Shelved>, key: &PackKey) -> Option<Arc<Kept>> {
        pack.asked.store(self.asks.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        let mut slot = pack.slot();
        if let Some(open) = &slot.open {
            return Some(Arc::clone(open));
        }
        if slot.damaged {
            return None;
        }
        self.openings.fetch_add(1, Ordering::Relaxed);
        let opened = match Pack::open_again(&pack.path, key, slot.verified.as_ref()) {
            Ok(opened) => opened,
            // Open files may be short for a moment: it is tried again when it is asked again.
            Err(error @ (PackError::Io { .. } | PackError::Database { .. })) => {
                tracing::warn!(%error, "a pack can't be opened now");
                return None;
            }
            Err(error) => {
                tracing::warn!(%error, "a pack is left out");
                slot.damaged = true;
                return None;
            }
        };
        if (opened.policy().store, opened.version()) != (pack.label.store, &pack.label.version) {
            // Its file was replaced a moment ago; the next look knows what it is.
            return None;
        }
        slot.verified = Some(opened.verified());
        let kept = Arc::new(Kept::of(opened));
        slot.open = Some(Arc::clone(&kept));
        drop(slot);
        self.make_room_for(pack);
        Some(kept)
    }

    fn make_room_for(&self, opened: &Arc<Shelved>) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain(|one| one.strong_count() > 0);
        list.push(Arc::downgrade(opened));
        while list.len() > self.most {
            let asked = |one: &Weak<Shelved>| {
                one.upgrade().map_or(0, |one| one.asked.load(Ordering::Relaxed))
            };
            let oldest = list.iter().enumerate().min_by_key(|(_, one)| asked(one));
            let Some(place) = oldest.map(|(place, _)| place) else { break };
            if let Some(let_go) = list.swap_remove(place).upgrade() {
                let_go.slot().open = None;
            }
        }
    }

    /// How often a file was opened so far.
    pub(super) fn openings(&self) -> u64 {
        self.openings.load(Ordering::Relaxed)
    }
}
