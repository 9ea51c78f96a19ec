//! Central as a running service: data folder, threads, HTTP. Start it, stop it; port 0 is fine.
//!
//! ```text
//!  accept ─▶ (TLS) ─▶ hyper ─▶ axum routes ─▶ a blocking thread ─▶ Door
//!                                                      writer thread ◀─┤
//!                                                      reader thread ◀─┤
//!                                     projection threads: woken by each commit
//! ```

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use crate::device::clock::Clock;
use crate::device::entropy::{Entropy, SystemEntropy};
use crate::device::key_store::{self, KeyTrouble};
use crate::domain::ids::{RegisterNo, StoreNo};
use crate::journal::key::PublicKey;
use crate::reconcile::packs::PackView;
use crate::reconcile::totals::Totals;

use super::backend::{Backend, Threads};
use super::caught_up::CaughtUp;
use super::destruction::Undone;
use super::door::{Door, DoorParts, new_server_epoch};
use super::held::said_if_it_broke;
use super::http::{Reading, router, serve};
use super::manager::Manager;
use super::marks::{Mark, Marks};
use super::operations::Operations;
use super::project;
use super::published::Published;
use super::queue::Queues;
use super::recovery::Watch;
use super::seal_key;
use super::sign_in::SignIns;
use super::store::{Held, JournalRow, Store, StoreError};
use super::tls::{self, NoTls, Tls};
#[cfg(feature = "otel")]
use super::traces::{NotTraced, Traces};

/// Central's signing key.
pub const KEY_FILE: &str = "central.key";
/// Whoever reads pages from another machine shows what this file holds.
const TOKEN_FILE: &str = "read.token";
/// Lines that wait to be accepted, as far as the system allows (`net.core.somaxconn`). One that
/// finds no room opens a second later or more: a fleet comes back at once.
const LINES_WAITING: i32 = 4_096;

/// The public half of the key that signs for a central's folder.
///
/// # Errors
/// [`StoreError::Unfit`] where the folder has none, or none that is one.
pub fn own_key(folder: &Path) -> Result<PublicKey, StoreError> {
    let path = folder.join(KEY_FILE);
    let unfit = |why: String| {
        StoreError::Unfit(format!(
            "what people decided at this central can't be checked without its key ({why}); \
             nothing was sent. Put {KEY_FILE} back into its folder"
        ))
    };
    if !path.exists() {
        return Err(unfit(format!("{} is not there", path.display())));
    }
    let key = key_store::load_or_create(&path, &SystemEntropy);
    key.map(|key| key.public()).map_err(|why| unfit(why.to_string()))
}

/// How central encrypts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// With the data folder's own certificate.
    Own,
    /// With these files: certificate chain and key, in PEM form.
    Files(PathBuf, PathBuf),
    /// Not at all: only within this machine.
    None,
}

/// What central is started with.
pub struct Settings {
    /// Where its database, key and certificate lie.
    pub folder: PathBuf,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How it encrypts.
    pub encryption: Encryption,
    /// Files of further certificates that are central's: those of proxies in front of it, and one
    /// that it will have.
    pub also_certificates: Vec<PathBuf>,
    /// The key that signs packs; central's own where none is given.
    pub pack_key: Option<PublicKey>,
    /// The packs that prices are compared with.
    pub packs: Arc<dyn PackView>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The database was restored from an older copy: registers are to ask anew.
    pub restored: bool,
    /// How it is operated.
    pub operations: Operations,
}

/// Why central did not start, or can't be stopped well.
#[derive(Debug, thiserror::Error)]
pub enum NotServing {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Encryption.
    #[error(transparent)]
    Tls(#[from] NoTls),
    /// Unencrypted towards others.
    #[error(
        "without encryption central listens on 127.0.0.1 or ::1 only, not on {0}; leave \
         --plain away, or put a proxy that encrypts in front"
    )]
    Plain(SocketAddr),
    /// The key file.
    #[error("central's key can't be used: {0}")]
    Key(#[from] KeyTrouble),
    /// The address.
    #[error("central can't listen on {address} ({cause}); is another one running there?")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        cause: std::io::Error,
    },
    /// Threads.
    #[error("central could not start its threads: {0}")]
    Threads(std::io::Error),
    /// Traces.
    #[cfg(feature = "otel")]
    #[error(transparent)]
    Traces(#[from] NotTraced),
}

/// A running central.
#[derive(Debug)]
pub struct Central {
    address: SocketAddr,
    read_token: String,
    tls: Option<Tls>,
    door: Arc<Door>,
    stop: watch::Sender<bool>,
    server: Option<JoinHandle<()>>,
    projectors: Vec<JoinHandle<()>>,
    caught_up: Arc<CaughtUp>,
    stores: Vec<Arc<Held>>,
    notice: Duration,
    #[cfg(feature = "otel")]
    traces: Option<Arc<Traces>>,
}

impl Central {
    /// Starts central and returns once it listens.
    ///
    /// # Errors
    /// [`NotServing`].
    pub fn start(settings: Settings) -> Result<Self, NotServing> {
        let tls = encryption(&settings)?;
        let backend = Backend::of_folder(&settings.folder)?;
        let mut store = backend.open()?;
        let key =
            key_store::load_or_create(&settings.folder.join(KEY_FILE), settings.entropy.as_ref())?;
        let seal_key = seal_key::public_of_folder(&settings.folder, settings.entropy.as_ref())?;
        let read_token = keep_token(&settings)?;
        store.bind_key(&key.public())?;
        name_store(store.as_mut(), &settings)?;
        let Threads { writer, reader, workers } = backend.threads(store)?;
        let (writer, reader) = (Arc::new(writer), Arc::new(reader));
        let caught_up = Arc::new(CaughtUp::default());
        let told = Arc::clone(&caught_up);
        let marks = Marking { marks: Marks::of(&settings.folder), reader: Arc::clone(&reader) };
        let door = Arc::new(Door::new(DoorParts {
            writer: Arc::clone(&writer),
            reader: Arc::clone(&reader),
            pack_key: settings.pack_key.unwrap_or_else(|| key.public()),
            seal_key: Some(seal_key),
            key,
            clock: Arc::clone(&settings.clock),
            entropy: Arc::clone(&settings.entropy),
            published: Some(Published::of(&settings.folder)),
            on_commit: Box::new(move || told.committed()),
        }));
        let mut certificates = tls::fingerprints(&settings.also_certificates)?;
        certificates.extend(tls.as_ref().map(|tls| tls.fingerprint));
        door.vouch_for(&certificates);
        let listener = std::net::TcpListener::bind(settings.listen).and_then(|listener| {
            listener.set_nonblocking(true)?;
            // The library's own queue holds 128.
            rustix::net::listen(&listener, LINES_WAITING)?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        });
        let (listener, address) =
            listener.map_err(|cause| NotServing::Listen { address: settings.listen, cause })?;
        let (stop, stopped) = watch::channel(false);
        let manager = Manager {
            door: Arc::clone(&door),
            packs: Arc::clone(&settings.packs),
            signs: SignIns::default(),
            secure: tls.is_some(),
        };
        let queues = Queues {
            door: Arc::clone(&door),
            packs: Arc::clone(&settings.packs),
            folder: settings.folder.clone(),
        };
        let operations = settings.operations;
        let watch =
            Arc::new(Watch::new(Arc::clone(&door), Arc::clone(&settings.packs), operations));
        let app = router(manager, queues, watch, operations, read_token.clone());
        #[cfg(feature = "otel")]
        let traces = operations.traces_to.map(Traces::to).transpose()?.map(Arc::new);
        #[cfg(feature = "otel")]
        let app = traces.as_ref().map_or(app.clone(), |traces| traces.over(app));
        let acceptor = tls.as_ref().map(|tls| Arc::clone(&tls.config));
        let reading = Reading { door: Arc::clone(&door), unread: operations.unread };
        let serves = move || serve(listener, acceptor, app, reading, stopped);
        let server = spawn("central-http", serves)?;
        tracing::info!(%address, "central listens");
        caught_up.committed();
        let mut stores = vec![Arc::clone(&writer), Arc::clone(&reader)];
        let mut lines = vec![(reader, writer)];
        if !workers.is_empty() {
            let workers = workers.into_iter().map(Arc::new);
            lines = workers.map(|worker| (Arc::clone(&worker), worker)).collect();
            stores.extend(lines.iter().map(|(worker, _)| Arc::clone(worker)));
        }
        let mut marks = Some(marks);
        let mut projectors = Vec::new();
        for (read, write) in lines {
            let (packs, watched) = (Arc::clone(&settings.packs), Arc::clone(&caught_up));
            // One of them keeps the mark.
            let (marks, door) = (marks.take(), Arc::clone(&door));
            projectors.push(spawn("central-projections", move || {
                let step = || {
                    watched.give_way(&|| door.gate.is_working());
                    project::step(&read, &write, packs.as_ref())
                };
                watched.follow(&step, &|| marks.iter().for_each(Marking::write));
            })?);
        }
        Ok(Self {
            address,
            read_token,
            tls,
            door,
            stop,
            server: Some(server),
            projectors,
            caught_up,
            stores,
            notice: operations.notice,
            #[cfg(feature = "otel")]
            traces,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address registers are given: `http://127.0.0.1:41873`.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The address of the recovery page, for a phone or another machine.
    pub fn page_url(&self) -> String {
        format!("{}/?token={}", self.url(), self.read_token)
    }

    /// The public key that personal data is sealed to.
    pub fn seal_key(&self) -> Option<[u8; 32]> {
        self.door.seal_key()
    }

    /// The fingerprint registers pin; none without encryption.
    pub fn fingerprint(&self) -> Option<String> {
        self.tls.as_ref().map(|tls| tls.fingerprint.to_string())
    }

    /// The door, for the same process: enrolment codes, holds, requests without a socket.
    pub fn door(&self) -> Arc<Door> {
        Arc::clone(&self.door)
    }

    /// Waits until everything that was stored is in the projections, then sums it up.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn totals(
        &self,
        store: StoreNo,
        register: Option<RegisterNo>,
    ) -> Result<Totals, StoreError> {
        if !self.settle() {
            return Err(StoreError::Behind);
        }
        self.door.totals(store, register, false)
    }

    /// One row a journal, at once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn journals(&self) -> Result<Vec<JournalRow>, StoreError> {
        self.door.journals()
    }

    /// Waits until the projections have caught up with every commit so far. False where they could
    /// not: central is stopping, or they failed time and again, which the log says.
    pub fn settle(&self) -> bool {
        self.caught_up.wait()
    }

    /// Says that it is not ready and refuses what is new, for as long as its notice; then stops.
    pub fn stop_with_notice(mut self) {
        self.door.wind_down();
        let in_flight = self.door.counters.in_flight();
        tracing::info!(in_flight, "central is stopping");
        std::thread::sleep(self.notice);
        self.shut();
        tracing::info!("central has stopped");
    }

    /// Stops: no new connections, what is begun is finished, the database is closed.
    pub fn stop(mut self) {
        self.shut();
    }

    fn shut(&mut self) {
        self.door.wind_down();
        self.stop.send(true).ok();
        if let Some(server) = self.server.take() {
            said_if_it_broke(server);
        }
        #[cfg(feature = "otel")]
        if let Some(traces) = self.traces.take() {
            traces.stop();
        }
        self.caught_up.stop();
        for projector in std::mem::take(&mut self.projectors) {
            said_if_it_broke(projector);
        }
        for store in &self.stores {
            store.stop();
        }
    }
}

impl Drop for Central {
    fn drop(&mut self) {
        self.shut();
    }
}

/// Marks what was received, as far as it is committed.
struct Marking {
    marks: Marks,
    reader: Arc<Held>,
}

impl Marking {
    fn write(&self) {
        if let Ok(mark) = self.reader.call(|store| store.mark()) {
            self.marks.write(Mark::Received, &mark);
        }
    }
}

fn encryption(settings: &Settings) -> Result<Option<Tls>, NotServing> {
    match &settings.encryption {
        Encryption::Own => {
            std::fs::create_dir_all(&settings.folder).map_err(StoreError::Io)?;
            let mut names = vec!["localhost".to_owned()];
            if !settings.listen.ip().is_unspecified() {
                names.push(settings.listen.ip().to_string());
            }
            Ok(Some(tls::of_folder(&settings.folder, &names)?))
        }
        Encryption::Files(cert, key) => Ok(Some(tls::of_files(cert, key)?)),
        Encryption::None if settings.listen.ip().is_loopback() => Ok(None),
        Encryption::None => Err(NotServing::Plain(settings.listen)),
    }
}

/// The token that pages ask of other machines: kept, so that bookmarks stay good.
fn keep_token(settings: &Settings) -> Result<String, NotServing> {
    let path = settings.folder.join(TOKEN_FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) if text.trim_end().len() >= 16 => Ok(text.trim_end().to_owned()),
        _ => {
            let word = new_server_epoch(settings.entropy.as_ref())?;
            std::fs::remove_file(&path).ok();
            key_store::write_private(&path, format!("{word}\n").as_bytes())
                .map_err(StoreError::Io)?;
            Ok(word)
        }
    }
}

/// Gives a new store its name, and a new one to a store that the mark beside it shows to be an
/// older copy.
fn name_store(store: &mut dyn Store, settings: &Settings) -> Result<(), NotServing> {
    let name = store.server_epoch()?;
    let marks = Marks::of(&settings.folder);
    let mark = marks.read(Mark::Received);
    let older = mark.map(|mark| store.is_older_than(&mark)).transpose()?.unwrap_or(false);
    if older && !name.is_empty() {
        tracing::warn!(
            held = store.received_count()?,
            "this database is an older copy; registers are asked to send again what it lacks"
        );
    }
    if name.is_empty() || settings.restored || older {
        store.set_server_epoch(&new_server_epoch(settings.entropy.as_ref())?)?;
        marks.write(Mark::Received, &store.mark()?);
    }
    if let Some(undone) = Undone::look(store, &settings.folder)? {
        tracing::warn!(
            by = %undone.who,
            "this database is an older copy: sealed data that was destroyed since is there again; \
             run 'tideover central destroy-sealed' once more"
        );
    }
    Ok(())
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, NotServing> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(NotServing::Threads)
}
