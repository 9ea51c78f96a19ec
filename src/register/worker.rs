//! The till's own thread: commands in through a bounded queue, views out.
//!
//! ```text
//!  window ── send ──▶ [queue of 1,024] ──▶ till thread: Register ──▶ disk
//!     ◀── view ── latest view, replaced whole ◀──┘
//!  sync thread ── acknowledgement ──▶ [same queue]      one writer, one order
//! ```
//!
//! Whoever sends never waits. A panic in the register is caught here: the journal holds all that
//! was recorded, and the window says that the till must be started again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::device::clock::Clock;
use crate::domain::check::Commitment;
use crate::domain::price_news::PriceNews;
use crate::domain::words::{Words, words};
use crate::ledger::{AckRow, LedgerError, Mark, MirrorReader};
use crate::pack::Pack;
use crate::peer::{Copies, News};
use crate::sync::asides::Asides;
use crate::sync::revoked::Kept;

use super::asking::Bell;
use super::command::Command;
use super::pack_desk::PackDesk;
use super::reconciling::{Heard, ToCentral};
use super::register::Register;
use super::till::Till;
use super::training::{Side, StoreSide};
use super::view::{Link, NoticeKind, Screen, Status, Stopped, View};

/// Commands that may wait; a scanner never gets this far ahead.
const QUEUE_MAX: usize = 1_024;
/// The status bar's clock and the pack's age are refreshed this often.
const TICK: Duration = Duration::from_secs(20);

/// A message to the till's thread.
enum Message {
    Command(Command),
    Acknowledged(AckRow, SyncSender<Result<(), LedgerError>>),
    SealedHeld(String, Vec<Commitment>, SyncSender<Result<(), LedgerError>>),
    Link(Link),
    Clock(Option<i64>),
    /// The store's other registers, from now on.
    Peers(Arc<Copies>, MirrorReader),
    /// What they told.
    Heard(News),
    /// What was shown of this register's journal that may not be here.
    Elsewhere(Mark),
    /// Who asks central, from now on.
    AsksWith(Bell),
    /// What central told of sales that were put aside.
    Asides(Result<Asides, String>),
    Revoked(Box<Kept>),
    /// Where packs arrive.
    PackDesk(Arc<PackDesk>),
    /// What is to be known of packs.
    Packs(Box<PacksTold>),
    /// The line to central for the manager.
    ManagerLine(Arc<dyn ToCentral>),
    /// What central answered the manager.
    Central(Heard),
    /// The printer has something to say.
    Printer,
    Stop,
}

/// What is to be known of packs, and the one to sell by from now on.
pub struct PacksTold {
    /// The worst first.
    pub news: Vec<PriceNews>,
    /// A pack that is not sold by yet.
    pub next: Option<Pack>,
}

/// A running till thread.
pub struct Worker {
    handle: TillHandle,
    thread: Option<JoinHandle<()>>,
}

/// A way to talk to the till's thread; clones talk to the same one.
#[derive(Clone)]
pub struct TillHandle {
    queue: Arc<SyncSender<Message>>,
    shared: Arc<Shared>,
}

type Listener = Box<dyn Fn() + Send + Sync>;

struct Shared {
    clock: Arc<dyn Clock>,
    view: Mutex<Arc<View>>,
    listeners: Mutex<Vec<Listener>>,
    /// Since when a command is being done, plus one; zero while idle.
    busy_since_ms: AtomicU64,
}

/// Why an acknowledgement was not stored.
#[derive(Debug, thiserror::Error)]
pub enum NotStored {
    /// The till's thread is gone.
    #[error("the till has stopped; what it recorded is safe, start Tideover again")]
    TillStopped,
    /// The ledger can't take it.
    #[error(transparent)]
    Ledger(LedgerError),
}

impl Worker {
    /// Starts the till: opens the register on its own thread, then does its commands.
    ///
    /// # Errors
    /// The system's word when no thread can be started.
    pub fn spawn(
        clock: Arc<dyn Clock>,
        status: Status,
        mut open: impl FnMut(Side) -> Result<Register, Stopped> + Send + 'static,
        side: Side,
    ) -> std::io::Result<Self> {
        let (queue, messages) = sync_channel(QUEUE_MAX);
        let view = View {
            screen: Screen::Starting,
            status,
            ask: None,
            notice: None,
            about: Words::default(),
            recording_since_ms: None,
        };
        let shared = Arc::new(Shared {
            clock,
            view: Mutex::new(Arc::new(view)),
            listeners: Mutex::new(Vec::new()),
            busy_since_ms: AtomicU64::new(0),
        });
        let inside = Arc::clone(&shared);
        let queue = Arc::new(queue);
        // Weak: a till whose handles are gone ends, whoever prints for it.
        let (bell, waiting) = (Arc::downgrade(&queue), Arc::new(AtomicBool::new(false)));
        let heard = Arc::clone(&waiting);
        let open = move |side| {
            let mut register = open(side)?;
            let (waiting, bell) = (Arc::clone(&waiting), Weak::clone(&bell));
            register.wake_on_printer(Box::new(move || {
                // One message is enough for any number of events; a full queue is asked later.
                if !waiting.swap(true, Ordering::AcqRel)
                    && bell.upgrade().is_none_or(|q| q.try_send(Message::Printer).is_err())
                {
                    waiting.store(false, Ordering::Release);
                }
            }));
            Ok(register)
        };
        let thread = std::thread::Builder::new()
            .name("till".to_owned())
            .spawn(move || run(&inside, &messages, &heard, open, side))?;
        Ok(Self { handle: TillHandle { queue, shared }, thread: Some(thread) })
    }

    /// A handle for a window or a sync thread.
    pub fn handle(&self) -> TillHandle {
        self.handle.clone()
    }

    /// Ends the till in good order and waits for it.
    pub fn stop(mut self) {
        // A till that is gone already needs no telling.
        self.handle.queue.send(Message::Stop).ok();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the till's thread ended badly");
        }
    }
}

impl TillHandle {
    /// Stores central's acknowledgement and waits until it is stored.
    ///
    /// # Errors
    /// [`NotStored`] when it can't be stored; the records are simply sent again later.
    pub fn acknowledged(&self, ack: AckRow) -> Result<(), NotStored> {
        let (reply, answer) = sync_channel(1);
        self.queue.send(Message::Acknowledged(ack, reply)).map_err(|_| NotStored::TillStopped)?;
        answer.recv().map_err(|_| NotStored::TillStopped)?.map_err(NotStored::Ledger)
    }

    /// Notes that a central, by its name, holds sealed data, and waits until it is noted.
    ///
    /// # Errors
    /// [`NotStored`] when it can't be noted; the data is simply sent again later.
    pub fn sealed_held(&self, central: String, held: Vec<Commitment>) -> Result<(), NotStored> {
        let (reply, answer) = sync_channel(1);
        let message = Message::SealedHeld(central, held, reply);
        self.queue.send(message).map_err(|_| NotStored::TillStopped)?;
        answer.recv().map_err(|_| NotStored::TillStopped)?.map_err(NotStored::Ledger)
    }

    /// Hands the register its line to the store's other registers.
    pub fn peers_are(&self, copies: Arc<Copies>, mirror: MirrorReader) {
        // A till that is gone has no use for them.
        self.queue.send(Message::Peers(copies, mirror)).ok();
    }

    /// Tells what the store's other registers told. Records wait for their turn; a lamp that finds
    /// the queue full is shown with the next view.
    pub fn heard(&self, news: News) {
        match news {
            // What is verified before it is taken is not brought here.
            News::Revoked(_) => {}
            News::Lamp => drop(self.queue.try_send(Message::Heard(news))),
            News::Elsewhere(mark) => self.shown_elsewhere(mark),
            News::Records(_) | News::Known(_) | News::Warning { .. } => {
                drop(self.queue.send(Message::Heard(news)));
            }
        }
    }

    /// Tells that a record of this register's journal lies elsewhere; whoever tells it verified it.
    pub fn shown_elsewhere(&self, mark: Mark) {
        // A till that is gone looks at its journal when it starts.
        self.queue.send(Message::Elsewhere(mark)).ok();
    }

    /// Hands the register its line to central for the manager.
    pub fn manager_line(&self, line: Arc<dyn ToCentral>) {
        // A till that is gone has no use for it.
        self.queue.send(Message::ManagerLine(line)).ok();
    }

    /// Tells what central answered the manager.
    pub fn heard_of_central(&self, heard: Heard) {
        self.queue.send(Message::Central(heard)).ok();
    }

    /// Hands the register the place where packs arrive.
    pub fn pack_desk_is(&self, desk: Arc<PackDesk>) {
        // A till that is gone has no use for it.
        self.queue.send(Message::PackDesk(desk)).ok();
    }

    /// Tells what is to be known of packs.
    pub fn packs_told(&self, told: PacksTold) {
        self.queue.send(Message::Packs(Box::new(told))).ok();
    }

    /// Says how far this clock was ahead of central's.
    pub fn clock_is(&self, ahead_ms: Option<i64>) {
        // A full queue only delays what readiness says.
        self.queue.try_send(Message::Clock(ahead_ms)).ok();
    }

    /// Says who asks central for the till.
    pub fn asks_with(&self, bell: Bell) {
        // A full queue only costs what central would tell.
        self.queue.try_send(Message::AsksWith(bell)).ok();
    }

    /// Brings central's answer.
    pub fn asides_told(&self, answer: Result<Asides, String>) {
        // A full queue: it is asked again.
        self.queue.try_send(Message::Asides(answer)).ok();
    }

    /// Brings which keys are trusted no longer; they wait for their turn.
    pub fn keys_revoked(&self, kept: Kept) {
        // A till that is gone has no use for them.
        self.queue.send(Message::Revoked(Box::new(kept))).ok();
    }

    /// Says how central was last heard of.
    pub fn link_is(&self, link: Link) {
        // A full queue only delays the lamp.
        self.queue.try_send(Message::Link(link)).ok();
    }
}

impl Till for TillHandle {
    fn send(&self, command: Command) -> bool {
        self.queue.try_send(Message::Command(command)).is_ok()
    }

    fn view(&self) -> Arc<View> {
        let view = Arc::clone(&lock(&self.shared.view));
        match self.shared.busy_since_ms.load(Ordering::Acquire).checked_sub(1) {
            None => view,
            Some(since_ms) => {
                Arc::new(View { recording_since_ms: Some(since_ms), ..View::clone(&view) })
            }
        }
    }

    fn on_change(&self, listener: Listener) {
        lock(&self.shared.listeners).push(listener);
    }

    fn mono_ms(&self) -> u64 {
        self.shared.clock.mono_ms()
    }
}

fn run(
    shared: &Shared,
    messages: &Receiver<Message>,
    printer_waits: &AtomicBool,
    mut open: impl FnMut(Side) -> Result<Register, Stopped>,
    side: Side,
) {
    let mut register = match open(side) {
        Ok(register) => register,
        Err(stopped) => return shared.stopped(stopped),
    };
    shared.publish(register.view());
    let mut store = StoreSide::default();
    loop {
        let message = match messages.recv_timeout(TICK) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Message::Stop),
        };
        let quiet = message.is_none();
        // Before its events are taken: what comes meanwhile rings again.
        if matches!(message, Some(Message::Printer)) {
            printer_waits.store(false, Ordering::Release);
        }
        shared.busy(true);
        let going = catch_unwind(AssertUnwindSafe(|| match message {
            Some(Message::Stop) => false,
            Some(message) => {
                apply(&mut register, &mut store, message);
                register.hear_probes();
                register.take_new_pack();
                true
            }
            None => {
                register.hear_printer();
                register.hear_probes();
                register.take_new_pack();
                true
            }
        }));
        shared.busy(false);
        match going {
            Ok(true) => {
                let anew = register.begins_anew().then_some(Side::Real);
                if let Some(side) = register.switch_to().or(anew) {
                    register = match switched(register, side, &mut store, &mut open) {
                        Ok(register) => register,
                        Err(stopped) => return shared.stopped(stopped),
                    };
                }
                shared.publish(register.view());
                rest(&mut register, quiet);
            }
            Ok(false) => break,
            Err(_) => return shared.stopped(panicked()),
        }
    }
    if let Err(error) = register.close() {
        tracing::error!(%error, "the ledger was not closed in good order");
    }
}

/// The other side's register, or the same one on the journal that follows a given-up one. Where
/// training can't be opened the real one is opened again.
fn switched(
    mut register: Register,
    side: Side,
    store: &mut StoreSide,
    open: &mut impl FnMut(Side) -> Result<Register, Stopped>,
) -> Result<Register, Stopped> {
    if !register.is_training() {
        *store = register.leave_store();
    }
    if let Err(error) = register.close() {
        tracing::error!(%error, "the ledger was not closed in good order");
    }
    match (open(side), side) {
        (Err(stopped), Side::Training) => {
            tracing::error!(what = %stopped.what, "training can't be opened");
            let mut register = open(Side::Real)?;
            register.back_in_store(std::mem::take(store));
            register.say(
                NoticeKind::Attention,
                words!("Training can't be opened; real sales go on"),
                words!("Tell IT that the training folder can't be used."),
            );
            Ok(register)
        }
        (Ok(mut register), Side::Real) => {
            register.back_in_store(std::mem::take(store));
            Ok(register)
        }
        (opened, _) => opened,
    }
}

fn apply(register: &mut Register, store: &mut StoreSide, message: Message) {
    match message {
        Message::Command(command) => {
            // The view carries the answer to whoever looks at it.
            if !register.makes_way(&command) {
                register.handle(command);
            }
        }
        // What is sent is the real side's: its ledger is closed while somebody learns, and is told
        // again afterwards.
        Message::Acknowledged(..) | Message::SealedHeld(..) | Message::Link(_)
            if register.is_training() => {}
        Message::Peers(copies, mirror) if register.is_training() => {
            store.peers_are(copies, mirror);
        }
        Message::Heard(news) if register.is_training() => store.heard(&news),
        Message::Elsewhere(mark) if register.is_training() => store.shown_elsewhere(mark),
        Message::Elsewhere(mark) => register.shown_elsewhere(&mark),
        Message::AsksWith(bell) if register.is_training() => store.asks_with(bell),
        // Learning knows no other register; the real side reads the note when it starts.
        Message::Asides(_) | Message::Revoked(_) if register.is_training() => {}
        Message::PackDesk(desk) if register.is_training() => store.pack_desk_is(desk),
        // The shelf tells it again when the real side is opened.
        Message::Packs(_) if register.is_training() => {}
        Message::PackDesk(desk) => register.pack_desk_is(desk),
        Message::Packs(told) => register.packs_told(*told),
        Message::AsksWith(bell) => register.asks_with(bell),
        Message::Asides(answer) => register.asides_told(answer),
        Message::Revoked(kept) => register.keys_revoked(*kept),
        Message::ManagerLine(line) if register.is_training() => store.manager_line(line),
        Message::Acknowledged(ack, reply) => {
            // Whoever asked may be gone; the acknowledgement is stored all the same.
            reply.try_send(register.acknowledged(&ack)).ok();
        }
        Message::SealedHeld(central, held, reply) => {
            reply.try_send(register.sealed_held(&central, &held)).ok();
        }
        Message::Link(link) => register.link_is(link),
        Message::Clock(ahead_ms) => register.clock_is(ahead_ms),
        Message::Peers(copies, mirror) => register.peers_are(copies, mirror),
        Message::Heard(news) => register.heard(news),
        Message::ManagerLine(line) => register.manager_line(line),
        Message::Central(heard) => register.heard_of_central(heard),
        Message::Printer => {
            register.hear_printer();
        }
        Message::Stop => {}
    }
}

/// Moves what was recorded to where it stays, once the answer is out. A disk that fails here is
/// met again by the next record, which then is not shown as paid.
fn rest(register: &mut Register, quiet: bool) {
    if let Err(error) = register.ledger.rest(quiet) {
        tracing::warn!(%error, "records were not moved into the database");
    }
}

fn panicked() -> Stopped {
    Stopped {
        what: words!("The till stopped because of a fault in the program."),
        money: words!(
            "Everything that was shown as PAID is recorded. The sale in hand may not be."
        ),
        remedy: words!(
            "Close and start Tideover again: it will say which sale was recorded last. Tell IT."
        ),
    }
}

impl Shared {
    fn publish(&self, view: View) {
        {
            let mut shown = lock(&self.view);
            // The same view again wakes nobody: an idle register stays idle.
            if **shown == view {
                return;
            }
            *shown = Arc::new(view);
        }
        for listener in lock(&self.listeners).iter() {
            listener();
        }
    }

    fn stopped(&self, stopped: Stopped) {
        let before = Arc::clone(&lock(&self.view));
        self.publish(View { screen: Screen::Stopped(stopped), ..View::clone(&before) });
    }

    fn busy(&self, busy: bool) {
        let since = if busy { self.clock.mono_ms().saturating_add(1) } else { 0 };
        self.busy_since_ms.store(since, Ordering::Release);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
