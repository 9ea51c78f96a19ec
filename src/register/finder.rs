//! Looking items up while somebody types: on a thread of its own, beside the till.
//!
//! ```text
//!  window ── ask("jalap") ─▶ [one place: the newest text] ─▶ finder's thread: Catalog
//!     ◀── found() ◀── the last answer, with the text it belongs to ◀──┘
//! ```
//!
//! A text that was asked while another is being looked up replaces the one that waits, so a fast
//! typist never queues. A till that is busy with a disk delays nothing here: the finder opens the
//! pack by itself and never meets the ledger.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::domain::item::{Item, SoldBy};
use crate::domain::quantity::UnitPrice;
use crate::pack::{Catalog, PackError};

use super::till::Till as _;
use super::worker::TillHandle;

/// The most items of an answer.
pub const FOUND_MAX: usize = 200;

/// Finds items, as a window sees it.
pub trait Finder: Send + Sync {
    /// Asks for items with these words; the newest question counts. Never waits.
    fn ask(&self, text: &str);

    /// The last answer. Cheap: a pointer is copied.
    fn found(&self) -> Arc<Found>;

    /// Calls `wake` from any thread after every new answer.
    fn on_change(&self, wake: Box<dyn Fn() + Send + Sync>);
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The question, as it was asked.
    pub text: String,
    /// The first ones, best first.
    pub items: Vec<FoundItem>,
    /// How many there are.
    pub total: usize,
    /// Whether anything can be found.
    pub state: FinderState,
    /// The store's fast items; the same with every answer.
    pub fast: Arc<[FastItem]>,
}

/// A fast item on its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FastItem {
    /// The key that chooses it.
    pub key: char,
    /// What stands on its tile.
    pub label: String,
    /// The item.
    pub item: FoundItem,
    /// A PNG.
    pub picture: Option<Arc<[u8]>>,
}

/// The keys of the fast page, in the order of its places.
pub const FAST_KEYS: &str = "1234567890abcdefghijklmn";

/// Whether anything can be found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FinderState {
    /// The names are being read.
    #[default]
    Reading,
    /// It answers.
    Ready,
    /// There is no pack to search.
    Nothing,
}

/// An item that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundItem {
    /// Its code, as it is typed.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The price of one, or of one unit of weight.
    pub price: UnitPrice,
    /// Sold by weight.
    pub weighed: bool,
    /// Its department.
    pub department: u16,
    /// The youngest buyer, in years.
    pub age_min: Option<u8>,
}

impl From<Item> for FoundItem {
    fn from(item: Item) -> Self {
        Self {
            code: item.code.to_string(),
            name: item.name,
            price: item.unit_price,
            weighed: item.sold_by == SoldBy::Weight,
            department: item.department,
            age_min: item.age_min,
        }
    }
}

/// Nothing to find: a window without a pack.
#[derive(Debug, Default)]
pub struct NoFinder;

impl Finder for NoFinder {
    fn ask(&self, _text: &str) {}

    fn found(&self) -> Arc<Found> {
        Arc::new(Found { state: FinderState::Nothing, ..Found::default() })
    }

    fn on_change(&self, _wake: Box<dyn Fn() + Send + Sync>) {}
}

/// A running finder's thread.
pub struct FinderThread {
    handle: FinderHandle,
    thread: Option<JoinHandle<()>>,
}

/// A way to ask it; clones ask the same one.
#[derive(Clone)]
pub struct FinderHandle(Arc<Shared>);

type Listener = Box<dyn Fn() + Send + Sync>;

struct Shared {
    wanted: Mutex<Wanted>,
    asked: Condvar,
    found: Mutex<Arc<Found>>,
    listeners: Mutex<Vec<Listener>>,
}

#[derive(Default)]
struct Wanted {
    text: Option<String>,
    /// Another pack is sold by: its names are read.
    again: bool,
    stop: bool,
}

/// What the thread does next.
enum Next {
    Find(String),
    ReadAgain,
    End,
}

impl FinderThread {
    /// Starts it; `open` reads the names on the new thread, and again after each
    /// [`FinderHandle::read_again`].
    ///
    /// # Errors
    /// The system's word when no thread can be started.
    pub fn spawn(
        mut open: impl FnMut() -> Option<Catalog> + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            wanted: Mutex::default(),
            asked: Condvar::new(),
            found: Mutex::default(),
            listeners: Mutex::default(),
        });
        let inside = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("finder".to_owned())
            .spawn(move || while inside.run(open().as_ref()) {})?;
        Ok(Self { handle: FinderHandle(shared), thread: Some(thread) })
    }

    /// A handle for a window.
    pub fn handle(&self) -> FinderHandle {
        self.handle.clone()
    }

    /// Ends it and waits for it.
    pub fn stop(mut self) {
        lock(&self.handle.0.wanted).stop = true;
        self.handle.0.asked.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the finder's thread ended badly");
        }
    }
}

impl FinderHandle {
    /// Another pack is sold by: its names and prices are read.
    pub fn read_again(&self) {
        lock(&self.0.wanted).again = true;
        self.0.asked.notify_one();
    }

    /// Reads them again whenever a till sells by another pack than before.
    pub fn follow(self, till: TillHandle) {
        let (watched, before) = (till.clone(), Mutex::new(None));
        till.on_change(Box::new(move || {
            let now = watched.view().status.pack.as_ref().map(|pack| pack.version.clone());
            let mut before = lock(&before);
            if now.is_none() || *before == now {
                return;
            }
            if std::mem::replace(&mut *before, now).is_some() {
                self.read_again();
            }
        }));
    }
}

impl Finder for FinderHandle {
    fn ask(&self, text: &str) {
        lock(&self.0.wanted).text = Some(text.to_owned());
        self.0.asked.notify_one();
    }

    fn found(&self) -> Arc<Found> {
        Arc::clone(&lock(&self.0.found))
    }

    fn on_change(&self, wake: Box<dyn Fn() + Send + Sync>) {
        lock(&self.0.listeners).push(wake);
    }
}

impl Shared {
    /// Answers until it is to end, or to read the names again: true.
    fn run(&self, catalog: Option<&Catalog>) -> bool {
        let state = if catalog.is_some() { FinderState::Ready } else { FinderState::Nothing };
        let fast: Arc<[FastItem]> = catalog.map_or_else(Vec::new, fast_items).into();
        let empty = Found { state, fast, ..Found::default() };
        self.publish(empty.clone());
        loop {
            let text = match self.next() {
                Next::Find(text) => text,
                Next::ReadAgain => return true,
                Next::End => return false,
            };
            let answer =
                catalog.map_or_else(|| Ok(empty.clone()), |catalog| answer(catalog, &text, &empty));
            match answer {
                Ok(found) => self.publish(Found { text, ..found }),
                Err(error) => {
                    tracing::error!(%error, "the price file can't be searched");
                    self.publish(Found { text, state: FinderState::Nothing, ..empty.clone() });
                }
            }
        }
    }

    /// The newest question, or what goes before it.
    fn next(&self) -> Next {
        let mut wanted = lock(&self.wanted);
        loop {
            if wanted.stop {
                return Next::End;
            }
            if std::mem::take(&mut wanted.again) {
                return Next::ReadAgain;
            }
            if let Some(text) = wanted.text.take() {
                return Next::Find(text);
            }
            wanted = self.asked.wait(wanted).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn publish(&self, found: Found) {
        *lock(&self.found) = Arc::new(found);
        for listener in lock(&self.listeners).iter() {
            listener();
        }
    }
}

/// The fast page; a damaged one is left out, and said.
fn fast_items(catalog: &Catalog) -> Vec<FastItem> {
    match catalog.pack().fast_items() {
        Ok(fast) => FAST_KEYS
            .chars()
            .zip(fast)
            .map(|(key, fast)| FastItem {
                key,
                label: fast.label,
                item: fast.item.into(),
                picture: fast.picture.map(Arc::from),
            })
            .collect(),
        Err(error) => {
            tracing::error!(%error, "the page of fast items is left out");
            Vec::new()
        }
    }
}

fn answer(catalog: &Catalog, text: &str, empty: &Found) -> Result<Found, PackError> {
    let hits = catalog.search(text, FOUND_MAX)?;
    let items = hits.items.into_iter().map(FoundItem::from).collect();
    Ok(Found { items, total: hits.total, ..empty.clone() })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
