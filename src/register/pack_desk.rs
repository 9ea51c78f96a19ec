//! What becomes of packs that come by line: told, fetched in pieces, checked, put on the shelf.
//!
//! ```text
//!  manifest ─▶ hear ─ believed? ─▶ orders at once (pin, withdraw) ─▶ coming: delta, else the pack
//!  piece    ─▶ took ─▶ arriving/<sha256> ─ whole ─▶ finish: digest ─▶ patch ─▶ digest ─▶ shelf
//!                                                     └ anything wrong: the pack as a whole, or
//!                                                       refused in words; selling goes on
//! ```
//!
//! Pieces may come from central or from another register; neither is believed in anything. What
//! is remembered of manifests is written after the pack is in place.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::device::clock::Clock;
use crate::domain::ids::{PackVersion, RegisterNo, StoreNo};
use crate::domain::price_news::{PriceNews, PriceRefusal};
use crate::domain::time::Timestamp;
use crate::journal::hash::Hash;
use crate::pack::{
    Arrival, JumpLimits, ManifestRefused, Pack, PackError, PackKey, Shelf, Told, Trust, Waiting,
    compare, open_manifest, patch,
};
use crate::peer::{PIECE_LEN_MAX, PackCarrier};

const PROGRAM: &str = env!("CARGO_PKG_VERSION");
const HOUR_MS: i64 = 3_600_000;
/// After a pack that could not be used: doubled each time, at most [`AGAIN_MAX_MS`].
const AGAIN_FIRST_MS: u64 = 60_000;
const AGAIN_MAX_MS: u64 = 6 * 3_600_000;

/// See the module.
pub struct PackDesk {
    shelf: Shelf,
    trusted: PackKey,
    store: StoreNo,
    own: RegisterNo,
    clock: Arc<dyn Clock>,
    /// How long the other registers are waited for before this one goes to central itself.
    patience_ms: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    trust: Trust,
    told: Option<(Told, Vec<u8>)>,
    coming: Option<Coming>,
    refused: Option<PriceRefusal>,
    /// How far this clock was ahead of central's when it last told.
    clock_ahead_ms: i64,
    /// Files that turned out wrong since the last manifest.
    wrong: BTreeSet<String>,
    /// Nothing more is taken from other registers for this manifest.
    alone: bool,
    failures: u32,
    not_before_ms: u64,
    /// Registers that are seen and carry packs.
    seen: BTreeSet<RegisterNo>,
    /// When a piece last came, or the file began to be wanted.
    moved_ms: u64,
    /// Something changed that whoever shows it should look at.
    news: bool,
    stop: bool,
}

/// A file that is being fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Coming {
    sha256: String,
    bytes: u64,
    /// The version it is a delta from; none for the pack itself.
    from: Option<PackVersion>,
    held: u64,
    /// Another register brought a part of it.
    by_peer: bool,
}

impl PackDesk {
    /// A desk at a shelf; what was believed before holds again once it was checked again.
    pub fn new(
        shelf: Shelf,
        trusted: PackKey,
        (store, own): (StoreNo, RegisterNo),
        clock: Arc<dyn Clock>,
        patience_ms: u64,
    ) -> Self {
        let trust = shelf.trust();
        let told = trust.manifest.as_ref().and_then(|text| {
            let told = open_manifest(text.as_bytes(), &trusted, store, &|_| None).ok()?;
            Some((told, text.clone().into_bytes()))
        });
        let state = State { trust, told, news: true, ..State::default() };
        let desk = Self {
            shelf,
            trusted,
            store,
            own,
            clock,
            patience_ms,
            state: Mutex::new(state),
            changed: Condvar::new(),
        };
        desk.plan(&mut desk.lock());
        desk
    }

    /// Takes a manifest, whoever brought it. `ahead_ms`: how far this clock is ahead of central's,
    /// where central told it.
    pub fn hear(&self, text: &[u8], ahead_ms: Option<i64>) {
        let mut state = self.lock();
        state.clock_ahead_ms = ahead_ms.unwrap_or(state.clock_ahead_ms);
        if state.told.as_ref().is_some_and(|(_, known)| known == text) {
            return;
        }
        let seen = |key: &str| {
            let now = state.told.as_ref().filter(|(told, _)| told.manifest.key == key);
            state.trust.seen(key).max(now.map(|(told, _)| told.issued))
        };
        let opened = open_manifest(text, &self.trusted, self.store, &seen);
        let told = match opened.and_then(|told| self.still_good(&state, told)) {
            Ok(told) => told,
            Err(why) => {
                tracing::warn!(%why, "a manifest of packs was refused");
                let why = refusal(&why);
                state.news |= state.refused != Some(why);
                state.refused = Some(why);
                return;
            }
        };
        if let Err(error) = self.shelf.obey(&told) {
            tracing::error!(%error, "what was ordered can't be kept");
        }
        (state.refused, state.failures, state.not_before_ms) = (None, 0, 0);
        (state.alone, state.news) = (false, true);
        state.wrong.clear();
        state.told = Some((told, text.to_vec()));
        self.plan(&mut state);
    }

    fn still_good(&self, state: &State, told: Told) -> Result<Told, ManifestRefused> {
        if told.expires.utc_ms < self.now(state).utc_ms {
            return Err(ManifestRefused::Expired(told.manifest.expires));
        }
        Ok(told)
    }

    /// What time it is: this clock's, put right by central's where that was heard, and never
    /// before the newest manifest was signed.
    fn now(&self, state: &State) -> Timestamp {
        let own = self.clock.now();
        let ms = own.utc_ms.saturating_sub(state.clock_ahead_ms);
        let least = state.told.as_ref().map_or(ms, |(told, _)| told.issued.utc_ms);
        Timestamp::new(ms.max(least), own.offset_min).unwrap_or(own)
    }

    /// Decides what is to be fetched.
    fn plan(&self, state: &mut State) {
        state.coming = None;
        let Some((told, text)) = state.told.clone() else { return };
        if self.shelf.path_of(&told.version, &self.trusted, self.store).is_some() {
            self.shelf.reschedule(&told.version, told.effective_from);
            self.settle(state, &told, &text);
            return;
        }
        let orders = self.shelf.orders();
        let elsewhere = orders.pinned.is_some_and(|pinned| pinned != told.version);
        if elsewhere || orders.revoked.contains(&told.version) {
            state.refused = Some(PriceRefusal::ForbiddenHere);
            return;
        }
        if !told.fits(PROGRAM) {
            state.refused = Some(PriceRefusal::NewerProgram);
            return;
        }
        let delta = told.manifest.deltas.iter().find_map(|delta| {
            let from = PackVersion::parse(&delta.from).ok()?;
            let here = self.shelf.path_of(&from, &self.trusted, self.store).is_some();
            let fits = here && !state.wrong.contains(&delta.sha256);
            fits.then(|| (delta.sha256.clone(), delta.bytes, Some(from)))
        });
        let full = &told.manifest.full;
        let (sha256, bytes, from) =
            delta.unwrap_or_else(|| (full.sha256.clone(), full.bytes, None));
        let held = std::fs::metadata(self.part(&sha256)).map_or(0, |part| part.len());
        if held > bytes {
            drop(std::fs::remove_file(self.part(&sha256)));
        }
        let held = if held > bytes { 0 } else { held };
        state.moved_ms = self.clock.mono_ms();
        state.coming = Some(Coming { sha256, bytes, from, held, by_peer: false });
        self.changed.notify_all();
    }

    /// The pack of a manifest is in place: now the manifest is remembered.
    fn settle(&self, state: &mut State, told: &Told, text: &[u8]) {
        state.trust.remember(told, text);
        if let Err(error) = self.shelf.keep_trust(&state.trust) {
            tracing::error!(%error, "what was believed of packs can't be kept");
        }
        state.news = true;
    }

    /// The next piece to ask central for: the file, from where on, and how much is left. None
    /// while nothing is wanted, or another register is to fetch it first.
    pub fn from_central(&self) -> Option<(String, u64, u64)> {
        let state = self.lock();
        let coming = self.open_file(&state)?;
        let lowest = state.seen.iter().next().is_none_or(|first| self.own < *first);
        let waited = self.clock.mono_ms().saturating_sub(state.moved_ms);
        let turn = lowest || state.alone || waited >= self.patience_ms;
        turn.then(|| (coming.sha256.clone(), coming.held, coming.bytes.saturating_sub(coming.held)))
    }

    fn open_file<'s>(&self, state: &'s State) -> Option<&'s Coming> {
        let due = self.clock.mono_ms() >= state.not_before_ms;
        state.coming.as_ref().filter(|coming| due && coming.held < coming.bytes)
    }

    /// Takes a piece; one that does not fit is dropped.
    pub fn took_piece(&self, sha256: &str, from: u64, bytes: &[u8], by_peer: bool) {
        let mut state = self.lock();
        let part = self.part(sha256);
        let Some(coming) = state.coming.as_mut() else { return };
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let fits = coming.sha256 == sha256 && coming.held == from && len > 0;
        if !fits || from.saturating_add(len) > coming.bytes {
            return;
        }
        let write = || -> std::io::Result<()> {
            if let Some(folder) = part.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut file = std::fs::OpenOptions::new().append(true).create(true).open(&part)?;
            file.write_all(bytes)
        };
        match write() {
            Ok(()) => {
                coming.held = coming.held.saturating_add(len);
                coming.by_peer |= by_peer;
                state.moved_ms = self.clock.mono_ms();
            }
            Err(error) => {
                tracing::error!(%error, "a piece of a pack can't be kept");
                // What is there of it may end anywhere.
                drop(std::fs::remove_file(&part));
                coming.held = 0;
                self.refuse(&mut state, PriceRefusal::NoRoom);
            }
        }
        self.changed.notify_all();
    }

    /// Checks a file that is whole and puts its pack on the shelf; on the caller's thread, which
    /// is nobody's that sells or sends.
    pub fn finish(&self) {
        let (coming, told, text) = {
            let state = self.lock();
            let whole = state.coming.clone().filter(|coming| coming.held == coming.bytes);
            let (Some(coming), Some((told, text))) = (whole, state.told.clone()) else { return };
            (coming, told, text)
        };
        let done = self.put(&coming, &told);
        let mut state = self.lock();
        if state.told.as_ref().is_none_or(|(now, _)| *now != told) {
            // Another manifest came meanwhile: what is wanted was decided anew.
            return;
        }
        match done {
            Ok(()) => {
                (state.refused, state.coming) = (None, None);
                self.clear(&told);
                self.settle(&mut state, &told, &text);
            }
            Err(why) => {
                tracing::warn!(?why, file = %coming.sha256, "a pack that came can't be used");
                drop(std::fs::remove_file(self.part(&coming.sha256)));
                state.alone |= coming.by_peer;
                if coming.from.is_some() {
                    // A delta that fails costs nothing but the way: the pack comes as a whole.
                    state.wrong.insert(coming.sha256);
                    self.plan(&mut state);
                } else {
                    self.refuse(&mut state, why);
                    if let Some(coming) = &mut state.coming {
                        coming.held = 0;
                    }
                }
            }
        }
    }

    /// Central has a file no longer. Without a delta the pack comes as a whole; without the pack
    /// nothing comes until another manifest says what to fetch, or for a while.
    pub fn gone(&self, sha256: &str) {
        let mut state = self.lock();
        let Some(coming) = state.coming.as_ref().filter(|coming| coming.sha256 == sha256) else {
            return;
        };
        if coming.from.is_some() {
            state.wrong.insert(sha256.to_owned());
            self.plan(&mut state);
        } else {
            self.postpone(&mut state);
        }
    }

    fn postpone(&self, state: &mut State) {
        state.failures = state.failures.saturating_add(1);
        let doubled = 1_u64 << state.failures.saturating_sub(1).min(20);
        let wait_ms = AGAIN_FIRST_MS.saturating_mul(doubled).min(AGAIN_MAX_MS);
        state.not_before_ms = self.clock.mono_ms().saturating_add(wait_ms);
    }

    fn refuse(&self, state: &mut State, why: PriceRefusal) {
        self.postpone(state);
        state.news |= state.refused != Some(why);
        state.refused = Some(why);
    }

    fn put(&self, coming: &Coming, told: &Told) -> Result<(), PriceRefusal> {
        let part = self.part(&coming.sha256);
        let bytes = std::fs::read(&part).map_err(|_why| PriceRefusal::NoRoom)?;
        if Hash::of_bytes(&bytes).to_string() != coming.sha256 {
            return Err(PriceRefusal::Changed);
        }
        let file = match &coming.from {
            None => part,
            Some(from) => {
                let old = self.shelf.path_of(from, &self.trusted, self.store);
                let old = old.and_then(|path| std::fs::read(path).ok());
                let old = old.ok_or(PriceRefusal::Changed)?;
                let new = patch::apply(&old, &bytes, told.manifest.full.bytes);
                let new = new.map_err(|_why| PriceRefusal::Changed)?;
                if Hash::of_bytes(&new).to_string() != told.manifest.full.sha256 {
                    return Err(PriceRefusal::Changed);
                }
                let made = self.part(&told.manifest.full.sha256);
                std::fs::write(&made, &new).map_err(|_why| PriceRefusal::NoRoom)?;
                made
            }
        };
        let put = self.put_file(&file, told);
        put.map_err(|why| {
            tracing::warn!(%why, "a pack that came was refused");
            of_pack(&why)
        })
    }

    fn put_file(&self, file: &std::path::Path, told: &Told) -> Result<(), PackError> {
        let new = Pack::open(file, &self.trusted)?;
        if *new.version() != told.version {
            return Err(PackError::Changed(file.to_owned()));
        }
        let now = self.now(&self.lock());
        let in_use = self.shelf.current(&self.trusted, self.store)?.pack;
        let held = match in_use {
            Some(old) => {
                let jumps = compare(&old, &new, JumpLimits::USUAL)?;
                Some(jumps).filter(|jumps| jumps.alarm() && !told.manifest.jumps_accepted)
            }
            None => None,
        };
        drop(new);
        let arrival = Arrival {
            not_before: told.effective_from.filter(|from| from.utc_ms > now.utc_ms),
            held,
            back: told.pinned.as_ref() == Some(&told.version),
        };
        self.shelf.put(file, &self.trusted, self.store, &arrival).map(|_applied| ())
    }

    /// Removes what arrived for earlier manifests. A delta of this one stays for the others.
    fn clear(&self, told: &Told) {
        let deltas: Vec<&str> = told.manifest.deltas.iter().map(|d| d.sha256.as_str()).collect();
        let entries = std::fs::read_dir(self.arriving()).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name();
            if !deltas.iter().any(|delta| name.to_str() == Some(*delta)) {
                drop(std::fs::remove_file(entry.path()));
            }
        }
    }

    /// Lets packs be sold by whose time has come.
    pub fn come_into_force(&self) {
        let mut state = self.lock();
        let now = self.now(&state);
        state.news |= !self.shelf.come_into_force(now).is_empty();
    }

    /// The pack in use by what lies on the shelf now.
    pub fn current(&self) -> Option<Pack> {
        self.shelf.current(&self.trusted, self.store).ok()?.pack
    }

    /// A pack that waits for a manager, opened, with its jumps. It is asked about once its day has
    /// come: what is accepted is sold by.
    pub fn held(&self) -> Option<(Pack, u64)> {
        let due = |one: &Waiting| one.held.is_some() && one.not_before.is_none();
        let waiting = self.shelf.waiting().into_iter().find(due)?;
        let path = self.shelf.path_of(&waiting.version, &self.trusted, self.store)?;
        let jumped = waiting.held.map_or(0, |jumps| jumps.jumped);
        Some((Pack::open(&path, &self.trusted).ok()?, jumped))
    }

    /// A manager said yes.
    ///
    /// # Errors
    /// [`PackError`] when that can't be kept.
    pub fn accept(&self, version: &PackVersion) -> Result<(), PackError> {
        self.shelf.accept(version)?;
        self.tell_again();
        Ok(())
    }

    /// What a store should know besides the age, the worst first.
    pub fn news(&self) -> Vec<PriceNews> {
        let state = self.lock();
        let orders = self.shelf.orders();
        let mut news = Vec::new();
        let in_use = self.shelf.current(&self.trusted, self.store).ok().and_then(|now| now.pack);
        let in_use = in_use.as_ref().map(Pack::version);
        if let Some(version) = in_use.filter(|version| orders.withdrawn.contains(version)) {
            news.push(PriceNews::Withdrawn { version: version.to_string() });
        }
        for one in self.shelf.waiting() {
            let version = one.version.to_string();
            match (one.held, one.not_before) {
                (Some(jumps), None) => {
                    let (jumped, changed) = (jumps.jumped, jumps.changed);
                    news.push(PriceNews::Held { version, jumped, changed });
                }
                (_, Some(at)) => {
                    let offset_min = self.clock.now().offset_min;
                    let at = Timestamp::new(at.utc_ms, offset_min).unwrap_or(at);
                    news.push(PriceNews::Ready { version, at });
                }
                (None, None) => {}
            }
        }
        news.extend(state.refused.map(|why| PriceNews::Refused { why }));
        if let Some((told, _)) = &state.told {
            let now = self.now(&state).utc_ms;
            if told.fresh_until.utc_ms < now {
                let ms = now.saturating_sub(told.issued.utc_ms);
                let hours = u32::try_from(ms.div_euclid(HOUR_MS)).unwrap_or(u32::MAX);
                news.push(PriceNews::Frozen { hours });
            }
        }
        let pinned = orders.pinned.filter(|pinned| in_use == Some(pinned));
        news.extend(pinned.map(|version| PriceNews::Pinned { version: version.to_string() }));
        news
    }

    /// Whoever shows it lost it: it is told again.
    pub fn tell_again(&self) {
        self.lock().news = true;
        self.changed.notify_all();
    }

    /// True once after something changed.
    pub fn take_news(&self) -> bool {
        std::mem::take(&mut self.lock().news)
    }

    /// Waits until something changes, a time is over, or all ends; false at the end.
    pub fn wait(&self, time: Duration) -> bool {
        let state = self.lock();
        let waited = self.changed.wait_timeout_while(state, time, |state| {
            let whole = |coming: &Coming| coming.held == coming.bytes;
            !state.stop && !state.news && !state.coming.as_ref().is_some_and(whole)
        });
        !waited.unwrap_or_else(PoisonError::into_inner).0.stop
    }

    /// Ends every wait for good.
    pub fn stop(&self) {
        self.lock().stop = true;
        self.changed.notify_all();
    }

    fn arriving(&self) -> PathBuf {
        self.shelf.folder().join("arriving")
    }

    /// Where a file grows. Its name was checked to be a digest when the manifest was read.
    fn part(&self, sha256: &str) -> PathBuf {
        self.arriving().join(sha256)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PackCarrier for PackDesk {
    fn manifest(&self) -> Option<Vec<u8>> {
        self.lock().told.as_ref().map(|(_, text)| text.clone())
    }

    fn piece(&self, sha256: &str, from: u64) -> Option<Vec<u8>> {
        let (told, coming) = {
            let state = self.lock();
            (state.told.as_ref()?.0.clone(), state.coming.clone())
        };
        if coming.is_some_and(|coming| coming.sha256 == sha256) {
            return None;
        }
        let manifest = &told.manifest;
        let path = if manifest.full.sha256 == sha256 {
            self.shelf.path_of(&told.version, &self.trusted, self.store)?
        } else {
            manifest.deltas.iter().find(|delta| delta.sha256 == sha256)?;
            self.part(sha256)
        };
        crate::pack::piece(&path, from, PIECE_LEN_MAX).ok()
    }

    fn told(&self, manifest: &[u8]) {
        self.hear(manifest, None);
    }

    fn wanted(&self) -> Option<(String, u64)> {
        let state = self.lock();
        let coming = self.open_file(&state).filter(|_| !state.alone)?;
        Some((coming.sha256.clone(), coming.held))
    }

    fn took(&self, sha256: &str, from: u64, bytes: &[u8]) {
        self.took_piece(sha256, from, bytes, true);
    }

    fn sees(&self, register: RegisterNo, seen: bool) {
        let mut state = self.lock();
        if seen {
            state.seen.insert(register);
        } else {
            state.seen.remove(&register);
        }
    }
}

fn refusal(why: &ManifestRefused) -> PriceRefusal {
    match why {
        ManifestRefused::Form => PriceRefusal::Changed,
        ManifestRefused::OtherKey(_) | ManifestRefused::VoucherEnded(..) => PriceRefusal::OtherKey,
        ManifestRefused::OtherStore { .. } => PriceRefusal::OtherStore,
        ManifestRefused::RolledBack { .. } => PriceRefusal::RolledBack,
        ManifestRefused::Expired(_) => PriceRefusal::Expired,
    }
}

fn of_pack(why: &PackError) -> PriceRefusal {
    match why {
        PackError::Io { .. } => PriceRefusal::NoRoom,
        PackError::NotAPack(_) | PackError::CutShort(_) | PackError::Changed(_) => {
            PriceRefusal::Changed
        }
        PackError::OtherKey { .. } => PriceRefusal::OtherKey,
        PackError::OtherStore { .. } => PriceRefusal::OtherStore,
        PackError::Older { .. } | PackError::SameVersion(_) => PriceRefusal::RolledBack,
        PackError::NewerFormat { .. } => PriceRefusal::NewerProgram,
        PackError::Content { .. } | PackError::Database { .. } => PriceRefusal::Content,
        PackError::Revoked(_) | PackError::Pinned { .. } | PackError::NotOnShelf(_) => {
            PriceRefusal::ForbiddenHere
        }
    }
}
