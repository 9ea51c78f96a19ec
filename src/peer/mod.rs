//! Registers of a store mirror each other's records on the LAN.
//!
//! ```text
//!  till ─ committed ─▶ copies ─▶ line to register 2 ─ TLS ─▶ its server ─▶ its mirror ─▶ its book
//!                        ▲──────────── durable there ◀───────────┘
//!  its line to us ─ TLS ─▶ server ─▶ our mirror ─▶ News ─▶ till: the store's book
//! ```
//!
//! A peer is a copy and never master: it can't alter a record unseen, can't read what is sealed,
//! and decides nothing here. It knows the ledger's files and the wire, nothing of the till; a sale
//! asks [`Copies`] alone, and never for longer than 150 ms.
//!
//! Reading order: wire, tls, roster, copies, proof, offer, client, server, regain; stepped does
//! without threads. docs/peers.md tells the rest.

mod client;
pub mod copies;
mod offer;
mod packs;
mod proof;
pub mod regain;
mod roster;
mod server;
pub mod stepped;
pub mod tls;
pub mod wire;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

pub use self::copies::{AccountElsewhere, Copies, PeersSeen};
pub use self::packs::{PIECE_LEN_MAX, PackCarrier};
use self::roster::Roster;
use self::tls::Tls;
pub use self::wire::{AccountAsked, AccountSeen};
use crate::device::clock::Clock;
use crate::domain::book::Origin;
use crate::domain::event::Event;
use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use crate::domain::words::{Words, words};
use crate::journal::key::{PublicKey, SigningKey};
use crate::ledger::{Branch, Mirror, Place};

/// The most registers a line is begun to.
pub const PEERS_MAX: usize = 64;
/// Addresses of one register: those a person wrote, and the last one it was heard from.
const ADDRESSES_MAX: usize = 4;
/// Plain sales of mirrored journals are read into the book as far back as this; all else always.
const BOOK_DAYS: i64 = 7;
/// Sealed data of others is kept this long.
const SEALED_DAYS: i64 = 14;

/// A register that a person listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its number.
    pub register: RegisterNo,
    /// `192.0.2.12:7450`; none where it begins the line itself.
    pub address: Option<String>,
    /// Its key; none where central certifies it.
    pub key: Option<PublicKey>,
}

/// What the peers are made of.
pub struct PeerParts {
    /// The store.
    pub store: StoreNo,
    /// This register.
    pub register: RegisterNo,
    /// Its key.
    pub key: Arc<SigningKey>,
    /// Central's certificate for it, as enrolment brought it.
    pub certificate: Option<String>,
    /// Central's key, where this register is enrolled: what it certified is believed.
    pub root: Option<PublicKey>,
    /// The registers that a person listed.
    pub listed: Vec<Listed>,
    /// Where to listen: `0.0.0.0:7450`; none to listen nowhere.
    pub listen: Option<String>,
    /// The port others are told to call, where it is not the one it listens on.
    pub announce: Option<u16>,
    /// Where the own ledger is.
    pub place: Place,
    /// Where the mirror is.
    pub mirror_dir: PathBuf,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Says what this register took from an account; called from the peers' own threads.
    pub account: AccountAnswer,
    /// What questions are drawn from that nobody may foresee; none where the machine gives no
    /// random numbers, and then nothing is asked to be shown.
    pub secret: Option<[u8; 32]>,
    /// Has and wants packs; none where packs are brought by hand.
    pub packs: Option<Arc<dyn PackCarrier>>,
    /// Hears what happens; called from the peers' own threads.
    pub hear: Box<dyn Fn(News) + Send + Sync>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Records of other registers that were not heard before, in the order of their journals.
    Records(Vec<(Origin, Event)>),
    /// The same at the start: what was heard in earlier days.
    Known(Vec<(Origin, Event)>),
    /// A peer came, went, or holds more than before.
    Lamp,
    /// Central's note about revoked keys, as another register keeps it: to be verified.
    Revoked(Vec<u8>),
    /// Something a person should know.
    Warning {
        /// What was found.
        text: Words,
        /// What to do.
        remedy: Words,
    },
}

/// Says what this register took from an account; none where it can't be read.
pub type AccountAnswer = Box<dyn Fn(&AccountAsked) -> Option<AccountSeen> + Send + Sync>;

/// Running peers.
pub struct Peers {
    hub: Arc<Hub>,
    listening: Option<SocketAddr>,
    server: Option<JoinHandle<()>>,
}

/// What all threads share.
struct Hub {
    store: StoreNo,
    register: RegisterNo,
    key: Arc<SigningKey>,
    certificate: Option<String>,
    roster: Roster,
    tls: Tls,
    place: Place,
    mirror: Mutex<Mirror>,
    clock: Arc<dyn Clock>,
    copies: Arc<Copies>,
    hear: Box<dyn Fn(News) + Send + Sync>,
    account: AccountAnswer,
    packs: packs::Carrier,
    nonces: Option<proof::Nonces>,
    port: Option<u16>,
    addresses: Mutex<BTreeMap<RegisterNo, Vec<String>>>,
    lines: Mutex<BTreeMap<RegisterNo, JoinHandle<()>>>,
    /// Journals a person was told of already.
    told: Mutex<Vec<JournalId>>,
    /// Registers a person was told of that they can't show what they said they keep.
    doubted: Mutex<Vec<RegisterNo>>,
}

/// Why there are no peers. Selling goes on, with this register's own copies.
#[derive(Debug, thiserror::Error)]
pub enum NoPeers {
    /// No port.
    #[error("this register can't be reached by the others at {address}; selling goes on alone")]
    Listen {
        /// The address.
        address: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The register's key can't be used for lines.
    #[error("lines to other registers can't be set up; selling goes on alone")]
    Tls(#[from] rustls::Error),
    /// The mirror's file.
    #[error("other registers' records can't be kept here; selling goes on alone")]
    Mirror(#[from] crate::ledger::LedgerError),
    /// No thread.
    #[error("a thread for other registers could not be started; selling goes on alone")]
    Thread(#[from] std::io::Error),
}

impl Peers {
    /// Opens the mirror, reads it into the book, and begins to listen and to call.
    ///
    /// # Errors
    /// [`NoPeers`]; selling goes on without them.
    pub fn start(parts: PeerParts, copies: Arc<Copies>) -> Result<Self, NoPeers> {
        let (listed, mirror_dir) = (parts.listed.clone(), parts.mirror_dir.clone());
        let listener = match &parts.listen {
            None => None,
            Some(address) => Some(
                TcpListener::bind(address.as_str())
                    .map_err(|source| NoPeers::Listen { address: address.clone(), source })?,
            ),
        };
        let listening = listener.as_ref().and_then(|listener| listener.local_addr().ok());
        let hub = Arc::new(Hub::open(parts, copies, listening)?);
        hub.read_book(&mirror_dir)?;
        let server = match listener {
            None => None,
            Some(listener) => {
                let hub = Arc::clone(&hub);
                let serve = move || server::listen(&hub, &listener);
                Some(std::thread::Builder::new().name("peers".to_owned()).spawn(serve)?)
            }
        };
        for peer in listed.into_iter().take(PEERS_MAX) {
            match peer.address {
                Some(address) => hub.call(peer.register, address),
                None => hub.copies.know(peer.register),
            }
        }
        Ok(Self { hub, listening, server })
    }

    /// Where it listens.
    pub const fn listening(&self) -> Option<SocketAddr> {
        self.listening
    }

    /// Begins a line to a register at an address, besides those of the settings.
    pub fn call(&self, register: RegisterNo, address: &str) {
        self.hub.call(register, address.to_owned());
    }

    /// How often a wait for another register ran out, since the start.
    pub fn waited_in_vain(&self) -> u64 {
        self.hub.copies.waited_in_vain()
    }

    /// Ends all lines and waits for them.
    pub fn stop(mut self) {
        self.hub.copies.stop();
        if let (Some(address), Some(server)) = (self.listening, self.server.take()) {
            // Wakes the thread that waits for somebody to call.
            let own = SocketAddr::new([127, 0, 0, 1].into(), address.port());
            drop(std::net::TcpStream::connect_timeout(&own, server::HELLO_WAIT));
            if server.join().is_err() {
                tracing::error!("the thread that listens for peers ended badly");
            }
        }
        let lines = std::mem::take(&mut *lock(&self.hub.lines));
        for (register, line) in lines {
            if line.join().is_err() {
                tracing::error!(%register, "the line to a peer ended badly");
            }
        }
    }
}

impl Hub {
    /// Opens the mirror; nothing runs yet.
    fn open(
        parts: PeerParts,
        copies: Arc<Copies>,
        listening: Option<SocketAddr>,
    ) -> Result<Self, NoPeers> {
        let mirror = Mirror::open(&parts.mirror_dir, parts.store)?;
        let keys = parts.listed.iter().filter_map(|peer| Some((peer.register, peer.key?)));
        Ok(Self {
            store: parts.store,
            register: parts.register,
            certificate: parts.certificate,
            roster: Roster::new(parts.store, parts.root, keys),
            tls: Tls::of(&parts.key)?,
            key: parts.key,
            place: parts.place,
            mirror: Mutex::new(mirror),
            clock: parts.clock,
            copies,
            hear: parts.hear,
            account: parts.account,
            packs: parts.packs,
            nonces: parts.secret.map(proof::Nonces::new),
            port: parts.announce.or(listening.map(|address| address.port())),
            addresses: Mutex::default(),
            lines: Mutex::default(),
            told: Mutex::default(),
            doubted: Mutex::default(),
        })
    }

    /// What the mirror holds goes into the book: once, at the start.
    fn read_book(&self, mirror_dir: &std::path::Path) -> Result<(), NoPeers> {
        let now = self.clock.now();
        let since = now.utc_ms.saturating_sub(BOOK_DAYS.saturating_mul(24 * 60 * 60 * 1_000));
        let day = now.local_date().days_since_1970().saturating_sub(SEALED_DAYS);
        if let Some(day) = crate::domain::time::BusinessDate::from_days_since_1970(day) {
            lock(&self.mirror).erase_sealed_before(day)?;
        }
        let reader = Mirror::open_to_read(mirror_dir, self.store)?;
        let good = self.good_lengths();
        let mut read = Vec::new();
        reader.for_book(since, &mut |origin, event| {
            let at = origin.at_record;
            if good.get(&at.epoch).is_some_and(|length| at.seq >= *length) {
                return;
            }
            read.push((origin, event));
            if read.len() >= wire::RECORDS_MAX {
                (self.hear)(News::Known(std::mem::take(&mut read)));
            }
        })?;
        if !read.is_empty() {
            (self.hear)(News::Known(read));
        }
        Ok(())
    }

    /// How long journals of revoked keys are good, of those that are kept here.
    fn good_lengths(&self) -> BTreeMap<Epoch, Seq> {
        let revoked = self.copies.revoked();
        let mirror = lock(&self.mirror);
        let good = |branch: &Branch| {
            let epoch = branch.journal.epoch;
            Some((epoch, revoked.length(&branch.key, epoch)?))
        };
        mirror.branches().iter().filter_map(good).collect()
    }

    /// Sees to it that a line goes to a register.
    fn call(self: &Arc<Self>, register: RegisterNo, address: String) {
        if register == self.register {
            return;
        }
        {
            let mut addresses = lock(&self.addresses);
            if addresses.len() >= PEERS_MAX && !addresses.contains_key(&register) {
                return;
            }
            let known = addresses.entry(register).or_default();
            if !known.contains(&address) {
                known.truncate(ADDRESSES_MAX.saturating_sub(1));
                known.push(address);
            }
        }
        self.copies.know(register);
        let mut lines = lock(&self.lines);
        if lines.contains_key(&register) || self.copies.stopped() {
            return;
        }
        let hub = Arc::clone(self);
        let thread = std::thread::Builder::new().name(format!("peer {register}"));
        match thread.spawn(move || client::run(&hub, register)) {
            Ok(line) => drop(lines.insert(register, line)),
            Err(error) => tracing::error!(%error, %register, "no line to a peer"),
        }
    }

    fn hello(&self) -> wire::Hello {
        wire::Hello {
            protocol: wire::PROTOCOL.to_owned(),
            store: self.store.0,
            reg: self.register.0,
            certificate: self.certificate.clone(),
            port: self.port,
            packs: self.packs.is_some(),
            shows: true,
            revoked: true,
            gives: true,
        }
    }

    /// The register at the other end, if it is one of this store's and says so itself.
    fn admits(&self, key: Option<PublicKey>, hello: &wire::Hello) -> Option<RegisterNo> {
        self.roster.admits(self.register, &self.copies.revoked(), key, hello)
    }

    /// Tells a person, once a journal.
    fn warn(&self, journal: JournalId, text: Words, remedy: Words) {
        let mut told = lock(&self.told);
        if !told.contains(&journal) && told.len() < PEERS_MAX {
            told.push(journal);
            (self.hear)(News::Warning { text, remedy });
        }
    }
}

impl Hub {
    /// A register can't show what it said it keeps: a person is told once a start.
    fn warn_doubted(&self, peer: RegisterNo) {
        let mut doubted = lock(&self.doubted);
        if doubted.contains(&peer) || doubted.len() >= PEERS_MAX {
            return;
        }
        doubted.push(peer);
        tracing::error!(%peer, "a peer can't show a record that it said it keeps");
        (self.hear)(News::Warning {
            text: words!("Register {} can't show a record that it said it keeps.", peer.0),
            remedy: words!(
                "No sale is lost: all of them are here. It counts as no copy until it shows that \
                 record. Start it anew and call IT: its disk may be failing."
            ),
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
